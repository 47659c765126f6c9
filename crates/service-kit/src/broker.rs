//! What every service says of its client to a broker, and what it does when a call of that client hangs.
//!
//! Names of topics and groups are the service's. Must never enter: a default, a word of what the records are about.

use std::sync::Arc;
use std::time::Duration;

use journal::JournalError;
use journal::kafka::{OnStall, Settings};

pub use crate::access::{Access, SaslSection, TlsSection};
use crate::config::BadConfig;
use crate::exit::Exit;
pub use crate::way::{RELOADED, Reached, Way};

/// Settings with what a configuration says of the client: the session time-out in milliseconds, and how it reaches the broker.
///
/// # Errors
/// [`BadConfig`] naming every key of [`Access`] that cannot be used.
pub fn with_client(mut settings: Settings, session_timeout_ms: u64, access: Access<'_>) -> Result<Settings, BadConfig> {
    settings.session_timeout = Duration::from_millis(session_timeout_ms);
    settings.more.extend(access.pairs()?);
    Ok(settings)
}

/// Looks for what a start would refuse; asks no broker.
///
/// # Errors
/// [`BadConfig`] with the key, its value and what would be right.
pub fn check(settings: &Settings) -> Result<(), BadConfig> {
    settings.check().map_err(|error| BadConfig::Wrong(vec![format!("kafka: {error}")]))
}

/// What a process that runs makes of settings that cannot be used: files may be half written at the moment, and what was good at the
/// start is waited for.
#[must_use]
pub fn unreached(bad: BadConfig) -> JournalError {
    JournalError::Untrusted { doing: "reach the broker".to_owned(), why: bad.to_string() }
}

/// Ends the process when a call of the client hangs: nothing else can.
#[must_use]
pub fn end_on_stall() -> OnStall {
    Arc::new(|call, hung| {
        tracing::error!(call, hung_ms = u64::try_from(hung.as_millis()).unwrap_or(u64::MAX), "a call to the broker never returned");
        std::process::exit(i32::from(Exit::Again.code()));
    })
}
