//! casebook: one story per record, and one per case. Admitted records in; tallies, facts, versions, and what nobody judges, out.
//!
//! Two kinds of task: the register spreads records, the docket reads what it says of cases. A thin library: configuration and
//! wiring. What it decides stands in the engine's register and docket. Must never enter: a decision, a second way to read the log.

use catalogue::closed::Service as Name;
use schemars::JsonSchema;
use serde::Deserialize;
use service_kit::{Health, config::Settings};
use stages::{crew::Kind, process::Service, settings::Sections};

/// The kinds of task it runs, each in a thread of its own.
pub const KINDS: [Kind; 2] = [Kind::Register, Kind::Docket];

/// Its configuration: the sections that all stages have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Config(pub Sections);

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/casebook.toml");
}

/// The service of a configuration, reporting its health.
#[must_use]
pub fn build(Config(sections): Config, health: Health) -> Service {
    Service::new(sections, health, (Name::Casebook, &KINDS))
}
