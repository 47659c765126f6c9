//! The configuration of the herald: where it reads, where it sends, and how patiently.
//!
//! The annotated defaults are `deploy/config/herald.toml`. Whatever can be known to be wrong before a socket opens is refused here, each
//! mistake with its key, its value and what would be right. What must never enter: a secret in plain sight, a default in code.

mod check;
mod reload;

pub use reload::{RELOADED, adopt};

use crate::{guard::Allowed, labels::Links, outbox, signature::Secret, webhook::Form};
use hyper::Uri;
use schemars::JsonSchema;
use serde::Deserialize;
use service_kit::{
    admin::AdminSection,
    broker::{SaslSection, TlsSection},
    config::Settings,
    logging::LogSection,
};
use std::{collections::BTreeMap, path::PathBuf, time::Duration};

/// What the file says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// What is logged.
    pub log: LogSection,
    /// The admin port.
    pub admin: AdminSection,
    /// Where alerts are read.
    pub source: SourceSection,
    /// The broker alerts are read from, instead.
    pub kafka: KafkaSection,
    /// How letters are delivered.
    pub delivery: DeliverySection,
    /// Where people read on.
    pub links: LinksSection,
    /// Alertmanagers.
    pub alertmanagers: Vec<AlertmanagerSection>,
    /// Webhooks.
    pub webhooks: Vec<WebhookSection>,
}

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/herald.toml");
}

/// The section `source`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSection {
    /// The database of an embedded log; it is only read.
    pub db: PathBuf,
    /// The herald's own file: reading position and outbox. Empty: beside the database.
    pub outbox: PathBuf,
}

/// The section `kafka`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KafkaSection {
    /// Brokers to begin with, `host:port,host:port`. Empty: the database.
    pub bootstrap: String,
    /// What every topic's name begins with.
    pub namespace: String,
    /// Generation of the state topic.
    pub generation: u32,
    /// Number of this instance among those of the herald, from 0. Two processes with one number fence each other.
    pub instance: u32,
    /// How long the group waits for a silent instance before its partitions move, milliseconds.
    pub session_timeout_ms: u64,
    /// More settings of the client library, by their names there.
    pub client: BTreeMap<String, String>,
    /// Settings of the client library whose values are secret: name and the file that holds the value.
    pub client_files: BTreeMap<String, PathBuf>,
    /// Whom clients trust, and who they are.
    pub tls: TlsSection,
    /// As which user they come.
    pub sasl: SaslSection,
}

/// The section `delivery`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeliverySection {
    /// `first_start`, or an instant: what was decided before it is never sent.
    pub fence: String,
    /// Told as late when read so long after it was decided.
    pub late_after_seconds: u64,
    /// The first wait before another try.
    pub backoff_first_seconds: u64,
    /// The longest one.
    pub backoff_longest_seconds: u64,
    /// Tries before a letter is dead.
    pub tries_max: u32,
    /// A receiver has so long to answer.
    pub answer_within_seconds: u64,
    /// Letters that may wait for one address.
    pub waiting_max: usize,
    /// How far ahead a standing alert ends at an Alertmanager.
    pub hold_hours: u64,
    /// How often standing alerts are sent again.
    pub resend_seconds: u64,
    /// How long ended ones are.
    pub resend_ended_seconds: u64,
}

/// The section `links`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinksSection {
    /// Address of the console.
    pub console: String,
    /// Address of the runbooks.
    pub runbooks: String,
}

/// A section `alertmanagers`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertmanagerSection {
    /// Name of the receiver.
    pub name: String,
    /// Every instance; no load balancer.
    pub urls: Vec<String>,
    /// What its addresses are allowed.
    #[serde(default)]
    pub allow: Vec<Allowed>,
    /// Only alerts at least so grave: `notice`, `warning`, `critical`.
    #[serde(default = "warning")]
    pub severity_min: String,
    /// Only these regimes; none: all.
    #[serde(default)]
    pub regimes: Vec<String>,
}

/// A section `webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookSection {
    /// Name of the receiver.
    pub name: String,
    /// Where letters go.
    pub url: String,
    /// `alertmanager` or `cloudevents`.
    pub form: String,
    /// Files with a secret each (`whsec_…`): one, or the new and the old during a rotation.
    pub secret_files: Vec<PathBuf>,
    /// What its address is allowed.
    #[serde(default)]
    pub allow: Vec<Allowed>,
    /// Only alerts at least so grave: `notice`, `warning`, `critical`.
    #[serde(default = "warning")]
    pub severity_min: String,
    /// Only these regimes; none: all.
    #[serde(default)]
    pub regimes: Vec<String>,
}

fn warning() -> String {
    "warning".to_owned()
}

/// An address with what is needed to write to it.
#[derive(Clone, Debug)]
pub struct Target {
    /// The whole URL.
    pub url: Uri,
    /// What it is allowed.
    pub allowed: Vec<Allowed>,
    /// The form of a webhook's body; none for an Alertmanager.
    pub form: Option<Form>,
    /// What letters are signed with.
    pub secrets: Vec<Secret>,
}

/// When what is sent again is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resend {
    /// How far ahead a standing alert ends.
    pub hold: Duration,
    /// How often standing alerts are sent again.
    pub every: Duration,
    /// How long ended ones are.
    pub ended_for: Duration,
}

/// A configuration that can be used.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What the outbox goes by.
    pub rules: outbox::Rules,
    /// The addresses, in the order of the outlets.
    pub targets: Vec<Target>,
    /// Where people read on.
    pub links: Links,
    /// When what is sent again.
    pub resend: Resend,
    /// A receiver has so long to answer.
    pub answer_within: Duration,
}
