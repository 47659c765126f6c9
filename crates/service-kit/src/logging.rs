//! Logging: one JSON object a line on standard output, or text for people.
//!
//! Field names are constant, values never stand in the message. Must never enter: a payload, a secret, a level that depends on
//! the data.

use serde::Deserialize;
use tracing::level_filters::LevelFilter;

/// The section `log` of every service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// What is written: this level and what is graver.
    pub level: LogLevel,
    /// In which shape.
    pub format: LogFormat,
}

/// How much is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Judgement stopped.
    Error,
    /// Look in office hours.
    Warn,
    /// Changes of phase; silent in steady state.
    Info,
    /// Per batch.
    Debug,
    /// Per record.
    Trace,
}

/// In which shape lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl LogLevel {
    const fn filter(self) -> LevelFilter {
        match self {
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// Starts logging for the whole process. Where it has started already (tests run several services in one process), the first
/// one's settings stay.
pub fn start(section: LogSection) {
    let builder = tracing_subscriber::fmt().with_max_level(section.level.filter());
    let started = match section.format {
        LogFormat::Json => builder.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init(),
        LogFormat::Text => builder.try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging has started before");
    }
}
