//! Settings of the console. The file of defaults is the one people read; there are none in code.
//!
//! What must never enter: a default, a threshold that judges.

use serde::Deserialize;
use service_kit::{config::Settings, logging::LogSection};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};

/// Settings of the console.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// How decisions are looked for.
    pub source: SourceSection,
    /// The broker, where they come from one.
    pub kafka: BrokerSection,
    /// The admin port.
    pub admin: AdminSection,
    /// What is logged.
    pub log: LogSection,
}

/// How decisions are looked for: in a database or on a broker, whichever is named.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    /// The embedded database; empty: none.
    pub db: PathBuf,
    /// How often it is looked at, milliseconds.
    pub every_ms: u64,
    /// Seconds away from the end of the source after which the console is not ready.
    pub stale_after_s: u64,
}

/// The broker.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerSection {
    /// Brokers to begin with, `host:port,host:port`; empty: none.
    pub bootstrap: String,
    /// What every topic's name begins with.
    pub namespace: String,
    /// The generation whose assessments are shown.
    pub generation: u32,
    /// Number of this console, for the broker's log.
    pub instance: u32,
    /// More settings of the client library.
    pub client: BTreeMap<String, String>,
}

/// The admin port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdminSection {
    /// Address and port.
    pub listen: SocketAddr,
}

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/console.toml");
}
