//! sentinel: what is an alert. Facts and assessments in; transitions, answers, digests and seals out.
//!
//! Watching goes by the tick and never waits for weighing, which goes by the day: two kinds of task over the same facts. A thin
//! library: configuration and wiring. What it decides stands in the engine's sentinel. Must never enter: a decision, a
//! second way to read the log.

use catalogue::closed::Service as Name;
use schemars::JsonSchema;
use serde::Deserialize;
use service_kit::{Health, config::Settings};
use stages::{crew::Kind, process::Service, settings::Sections};

/// The kinds of task it runs, each in a thread of its own.
pub const KINDS: [Kind; 2] = [Kind::Watch, Kind::Weigh];

/// Its configuration: the sections that all stages have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Config(pub Sections);

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/sentinel.toml");
}

/// The service of a configuration, reporting its health.
#[must_use]
pub fn build(Config(sections): Config, health: Health) -> Service {
    Service::new(sections, health, (Name::Sentinel, &KINDS))
}
