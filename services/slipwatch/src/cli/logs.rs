//! The arguments of what takes logs in, writes them out, and plays them.
//!
//! Only shapes and help texts, like `cli`. Must never enter: a default that judges.

use super::{BrokerArgs, Rules};
use clap::Args;
use std::path::PathBuf;

/// Arguments of `import`.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// Mapping and pack.
    #[command(flatten)]
    pub rules: Rules,
    /// The database, made when absent; needed unless --check only tries.
    #[arg(long, value_name = "FILE", required_unless_present_any = ["check", "kafka"])]
    pub db: Option<PathBuf>,
    /// Into a new log on Kafka instead: its brokers. The topics must be there (`slipwatch topics apply`), intake must not run yet.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "db", group = "broker")]
    pub kafka: Option<String>,
    /// Whose topics.
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// Only try the mapping on the first rows: what they become, and what would be refused, by reason and with line numbers.
    /// Nothing is written, no pack is needed.
    #[arg(long, value_name = "ROWS")]
    pub check: Option<usize>,
    /// An archive that `slipwatch export` wrote, in place of files: its log becomes a new database, or a new log on Kafka, with the ticks it
    /// has. Records need no rules there, for the packs of a log are in it.
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = ["files", "check", "mapping", "pack"])]
    pub archive: Option<PathBuf>,
    /// The port for probes and metrics, where files go into a database.
    #[command(flatten)]
    pub admin: crate::counting::AdminArgs,
    /// The files, in the order of their history; plain, .gz or .zst.
    #[arg(required_unless_present = "archive", value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `export`.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// The database.
    #[arg(long, value_name = "FILE", required_unless_present = "kafka")]
    pub db: Option<PathBuf>,
    /// The log on Kafka instead: its brokers. Services may go on; what they admit meanwhile is left to the next time.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "db", group = "broker")]
    pub kafka: Option<String>,
    /// Whose topics.
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// The archive to write. A name that ends in .jsonl asks for JSON lines, any other for protobuf in zstd.
    #[arg(long, value_name = "ARCHIVE")]
    pub out: PathBuf,
}

/// Arguments of `replay`.
#[derive(Args, Debug)]
pub struct ReplayArgs {
    /// Mapping and pack.
    #[command(flatten)]
    pub rules: Rules,
    /// How many partitions each topic has; the answer does not depend on it.
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub partitions: u32,
    /// The folder for the answers, made when absent.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Close days up to this one (YYYY-MM-DD), even where the log has ended.
    #[arg(long, value_name = "DAY")]
    pub until: Option<String>,
    /// Also write statistic.jsonl, open.jsonl and pages.jsonl for the detection benchmark.
    #[arg(long)]
    pub yardstick: bool,
    /// An archive that `slipwatch export` wrote, in place of files.
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = ["files", "mapping", "pack", "until"])]
    pub archive: Option<PathBuf>,
    /// The log on Kafka, in place of files: its brokers. It is read as far as the marks of all origins; nothing is written there.
    #[arg(long, value_name = "HOST:PORT", conflicts_with_all = ["files", "mapping", "pack", "until", "archive"], group = "broker")]
    pub from_kafka: Option<String>,
    /// Compare every decision with what the services have decided: the first difference is printed with both bodies, and the exit
    /// code is 1. As far as they have come; what lies behind that is counted.
    #[arg(long, requires = "from_kafka")]
    pub compare: bool,
    /// Whose topics.
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// The files, in the order of their history; plain, .gz or .zst.
    #[arg(required_unless_present_any = ["archive", "from_kafka"], value_name = "FILE")]
    pub files: Vec<PathBuf>,
}
