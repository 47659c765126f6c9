//! sentinel: what is an alert. Facts and assessments in; transitions, answers, digests and seals out.
//!
//! Watching goes by the tick and never waits for weighing, which goes by the day: two kinds of task over the same facts. A thin
//! library: configuration and wiring. What it decides stands in the engine's sentinel. Must never enter: a decision, a
//! second way to read the log.

use serde::Deserialize;
use service_kit::{Health, Stop, config::Settings};
use stages::{
    crew::Kind,
    process::{self, Failed, Shared},
    settings::Sections,
};

/// The kinds of task it runs, each in a thread of its own.
pub const KINDS: [Kind; 2] = [Kind::Watch, Kind::Weigh];

/// Its configuration: the sections that all stages have.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Config(pub Sections);

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/sentinel.toml");
}

/// The service, ready to run.
#[derive(Clone, Debug)]
pub struct Service {
    config: Config,
    health: Health,
}

/// The service of a configuration, reporting its health.
#[must_use]
pub fn build(config: Config, health: Health) -> Service {
    Service { config, health }
}

impl Service {
    /// Runs its tasks until asked to stop: what is in hand is committed then.
    ///
    /// # Errors
    /// [`Failed`]: what does not pass by waiting.
    pub fn run(self, stop: &Stop) -> Result<(), Failed> {
        let Self { config: Config(Sections { kafka, state, .. }), health } = self;
        process::run(&Shared { kafka, state, health, stop: stop.clone() }, &KINDS)
    }
}
