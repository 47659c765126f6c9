//! Logging: one JSON object a line on standard output, or text for people.
//!
//! Field names are constant, values never stand in the message. Must never enter: a payload, a secret, a level that depends on
//! the data.

use std::{ffi::OsStr, io::IsTerminal, sync::OnceLock};

use schemars::JsonSchema;
use serde::Deserialize;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::{fmt, prelude::*, reload};

/// The section `log` of every service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogSection {
    /// What is written: this level and what is graver.
    pub level: LogLevel,
    /// In which shape.
    pub format: LogFormat,
}

/// How much is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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

/// Sets how much is written from now on.
type SetLevel = Box<dyn Fn(LevelFilter) + Send + Sync>;

static SET_LEVEL: OnceLock<SetLevel> = OnceLock::new();

/// Starts logging for the whole process. Where it has started already (tests run several services in one process), the first
/// one's settings stay.
pub fn start(section: LogSection) {
    let (filter, handle) = reload::Layer::new(section.level.filter());
    let all = tracing_subscriber::registry().with(filter);
    let started = match section.format {
        LogFormat::Json => {
            let lines = fmt::layer().json().flatten_event(true).with_current_span(false).with_span_list(false);
            all.with(lines).try_init()
        }
        LogFormat::Text => {
            let coloured = is_coloured(&std::io::stdout(), std::env::var_os("NO_COLOR").as_deref());
            all.with(fmt::layer().with_ansi(coloured)).try_init()
        }
    };
    if started.is_err() || SET_LEVEL.set(Box::new(move |level| tell_failure(handle.reload(level)))).is_err() {
        tracing::debug!("logging has started before");
    }
}

/// Colours are for a terminal, and for people who did not say otherwise: in a file they stand in the way of every search.
fn is_coloured(out: &impl IsTerminal, no_color: Option<&OsStr>) -> bool {
    out.is_terminal() && no_color.is_none_or(OsStr::is_empty)
}

/// Writes this level and what is graver from now on.
pub fn set_level(level: LogLevel) {
    if let Some(set) = SET_LEVEL.get() {
        set(level.filter());
    }
}

fn tell_failure(changed: Result<(), reload::Error>) {
    if let Err(error) = changed {
        tracing::warn!(%error, "the log level stays");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_a_file_have_no_colours() {
        let folder = std::env::temp_dir();
        let file = std::fs::File::open(folder).expect("a place for files that pass");
        assert!(!is_coloured(&file, None));
    }
}
