//! Settings of the console. The file of defaults is the one people read; there are none in code.
//!
//! What must never enter: a default, a threshold that judges.

use serde::Deserialize;
use service_kit::{config::Settings, logging::LogSection};
use std::{net::SocketAddr, path::PathBuf};

/// Settings of the console.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where decisions come from.
    pub source: SourceSection,
    /// The admin port.
    pub admin: AdminSection,
    /// What is logged.
    pub log: LogSection,
}

/// Where decisions come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    /// The embedded database.
    pub db: PathBuf,
    /// How often it is looked at, milliseconds.
    pub every_ms: u64,
    /// Seconds away from the end of the source after which the console is not ready.
    pub stale_after_s: u64,
}

/// The admin port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSection {
    /// Address and port.
    pub listen: SocketAddr,
}

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("defaults.toml");
}
