//! The arguments of what people put on record: acts about alerts and series, and packs.
//!
//! Only shapes and help texts, like `cli`. Must never enter: a default that judges.

use super::BrokerArgs;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Arguments of `act`.
#[derive(Args, Debug)]
pub struct ActArgs {
    /// The database.
    #[arg(long, value_name = "FILE", global = true)]
    pub db: Option<PathBuf>,
    /// The log on Kafka instead: its brokers. The act goes to the topic of acts; its answer comes when the services have come to it.
    #[arg(long, value_name = "HOST:PORT", global = true, conflicts_with = "db", group = "broker")]
    pub kafka: Option<String>,
    /// Whose topics.
    #[command(flatten)]
    pub broker: BrokerArgs,
    /// How long the answer of another process is awaited, such as 10s, 500ms or 2m. The same command again goes on waiting.
    #[arg(long, global = true, value_name = "TIME", default_value = "10s")]
    pub wait: String,
    /// The regime of an outage or a new level, where a log is about several; default: the one there is.
    #[arg(long, global = true, value_name = "NAME")]
    pub regime: Option<String>,
    /// Who acts: a name or an address that colleagues recognise.
    #[arg(long, global = true)]
    pub who: Option<String>,
    /// Why, in a sentence; it stands in the log for ever.
    #[arg(long, global = true)]
    pub why: Option<String>,
    /// When it became known (RFC 3339), only in a log of history; default: the end of the newest day of the log.
    #[arg(long, global = true, value_name = "INSTANT")]
    pub at: Option<String>,
    /// What was done.
    #[command(subcommand)]
    pub deed: DeedArgs,
}

/// What was done.
#[derive(Debug, Subcommand)]
pub enum DeedArgs {
    /// Take an alert until an instant; then it fires again
    Acknowledge {
        /// The alert, by id or its first characters.
        alert: String,
        /// Until when (RFC 3339).
        #[arg(long)]
        until: String,
        /// The newest transition you have seen; the newest there is, by default.
        #[arg(long)]
        transition: Option<u32>,
    },
    /// Close an alert by hand
    Close {
        /// The alert, by id or its first characters.
        alert: String,
        /// The newest transition you have seen; the newest there is, by default.
        #[arg(long)]
        transition: Option<u32>,
    },
    /// Set the level of a series anew from a window of weeks
    Rebase {
        /// The series, JURISDICTION/MEASURE.
        series: String,
        /// First week of the window (YYYY-Www).
        #[arg(long)]
        from: String,
        /// Last week of the window, inclusive.
        #[arg(long)]
        until: String,
    },
    /// Put another pack into force: it holds from the tick after its own, and judges nothing that was decided before
    ///
    /// Said again in the same words on the same day it is the same act.
    Pack {
        /// The regime pack (TOML).
        file: PathBuf,
    },
    /// Declare that inspections could not take place: these weeks are neither learned nor evidence
    Outage {
        /// Which series: JURISDICTION, or JURISDICTION/MEASURE.
        series: String,
        /// First civil day (YYYY-MM-DD).
        #[arg(long)]
        from: String,
        /// Last civil day, inclusive.
        #[arg(long)]
        until: String,
    },
}
