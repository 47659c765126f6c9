//! The arguments of what looks at refused messages and sends them again.
//!
//! Only shapes and help texts, like `cli`. Must never enter: a default that judges.

use super::BrokerArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `refused`.
#[derive(Args, Debug)]
pub struct RefusedArgs {
    /// The database.
    #[arg(long, value_name = "FILE", global = true)]
    pub db: Option<PathBuf>,
    /// The log on Kafka instead: its brokers.
    #[arg(long, value_name = "HOST:PORT", global = true, conflicts_with = "db", group = "broker")]
    pub kafka: Option<String>,
    /// Whose topics.
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// What to do.
    #[command(subcommand)]
    pub step: RefusedStep,
}

/// What is to be done about refused messages.
#[derive(Debug, Subcommand)]
pub enum RefusedStep {
    /// List what was refused: where it stood, when, whose it is, why, and how it begins; counts by reason at the end
    ///
    /// The table shows the newest; -o json prints an object a line, -o csv a line each, both all of them unless --limit says otherwise.
    List(RefusedList),
    /// Write the bytes of one refused message to standard output, as they came
    ///
    /// On a terminal they are shown with whatever would steer it as \x.. and \u{..}. Of a message over a mebibyte only the first kibibyte
    /// is kept: then that is written, and the exit code is 1.
    Show {
        /// Where the refusal stands, as `refused list` says it: a row of the table, or PARTITION/POSITION on a broker.
        at: String,
    },
    /// Send refused messages in again, after an upgrade, with a mended mapping, or under another pack
    ///
    /// In a database they go through the same admission as an import and become known with the first tick that is open, for what was
    /// decided stays decided; each commit says what was sent: killed and run again it sends nothing twice. No other process may hold the
    /// database. Rows of a feed need its mapping.
    /// On a broker the original bytes and headers go to the topic of events, to the partition they came from, in transactions that say
    /// what was sent; intake takes them in like any message.
    ///
    /// Refusals stay where they are: they are history. What is refused again is a new refusal, and the next redrive sends that one. A
    /// record that was refused twice is sent twice, and counts once (source, record id, revision). Acts of people are never sent again:
    /// say them again with `slipwatch act`.
    Redrive(RefusedRedrive),
}

/// Which refusals.
#[derive(Args, Clone, Debug, Default)]
pub struct RefusedWhich {
    /// Only these reasons: a code such as bad_field, or words of the sentence. May be given several times.
    #[arg(long, value_name = "REASON")]
    pub reason: Vec<String>,
    /// Only of this feed; `-` for those whose feed is not known.
    #[arg(long, value_name = "SOURCE")]
    pub source: Option<String>,
    /// Only what was refused from then on (RFC 3339, or YYYY-MM-DD for its beginning, UTC).
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Only what was refused before then (RFC 3339, or YYYY-MM-DD for its end, UTC).
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

/// Arguments of `refused list`.
#[derive(Args, Debug)]
pub struct RefusedList {
    /// Which.
    #[command(flatten)]
    pub which: RefusedWhich,
    /// Only those that were not sent again yet.
    #[arg(long)]
    pub waiting: bool,
    /// At most so many, the newest [default: 50 in a table, else all].
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Only counts, by reason and feed, with the first and the last time.
    #[arg(long, conflicts_with = "limit")]
    pub summary: bool,
}

/// Arguments of `refused redrive`.
#[derive(Args, Debug)]
pub struct RefusedRedrive {
    /// Which. What was sent again already is not among them.
    #[command(flatten)]
    pub which: RefusedWhich,
    /// At most so many, the oldest.
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
    /// Only say what would be sent and, in a database, what would become of it; change nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// The mapping of the feed whose rows are read again (databases only): the mended one.
    #[arg(short, long, value_name = "FILE", conflicts_with = "kafka")]
    pub mapping: Option<PathBuf>,
    /// A file of that feed, whose first line names the columns: rows of CSV do not say it themselves.
    #[arg(long, value_name = "FILE", requires = "mapping")]
    pub columns_of: Option<PathBuf>,
}
