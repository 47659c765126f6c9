//! intake: the one service that reads a clock. Messages of feeds and acts of people in; admitted records, refusals, marks out.
//!
//! A task per partition of events and one of actions; every tick one transaction. It decodes, checks, stamps and routes. [`http`]
//! is the door for feeds that hand messages in over HTTP. Must never enter: a judgement, a second reading of a time that is
//! stamped, a message that is neither admitted nor refused.

pub mod broker;
pub mod clock;
pub mod http;
pub mod line;
mod origin;

use broker::HttpSection;
use http::Listening;
use line::{Helping, Intake, Names};
use serde::Deserialize;
use service_kit::{
    Health, Pulse, Stop,
    admin::AdminSection,
    config::{BadConfig, Settings},
    logging::LogSection,
};
use stages::{
    intaking::FirstPack,
    message::{ACTIONS, EVENTS},
    process::{Again, Failed, Patience, Shared, Standing, open},
    settings::{KafkaSection, StateSection},
};
use std::{path::PathBuf, sync::Arc};
use wire::inbound::Schemas;

/// Name of the service, of its group and of the topic that keeps its state.
pub const NAME: &str = "intake";

/// Its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Which broker, whose topics, and who this process is.
    pub kafka: KafkaSection,
    /// Probes and metrics.
    pub admin: AdminSection,
    /// Log lines.
    pub log: LogSection,
    /// How messages are taken in.
    pub intake: IntakeSection,
    /// The door for feeds over HTTP.
    pub http: HttpSection,
}

/// The section `intake`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeSection {
    /// The pack to activate when the log is new: a file.
    pub first_pack: Option<PathBuf>,
    /// Messages read of each partition at once.
    pub read_at_once: usize,
    /// Records after which a commit is made before the tick ends.
    pub commit_records: usize,
    /// Ids under which a schema registry keeps our event schema as protobuf.
    pub protobuf_schema_ids: Vec<u32>,
    /// The same for its JSON schema.
    pub json_schema_ids: Vec<u32>,
}

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/intake.toml");
}

/// The service, ready to run.
#[derive(Clone, Debug)]
pub struct Service {
    config: Config,
    health: Health,
    first_pack: Option<FirstPack>,
}

/// The service of a configuration, reporting its health.
///
/// # Errors
/// [`BadConfig`] when the pack to begin with cannot be read or has mistakes.
pub fn build(config: Config, health: Health) -> Result<Service, BadConfig> {
    let first_pack = config.intake.first_pack.as_ref().map(first_pack).transpose()?;
    Ok(Service { config, health, first_pack })
}

fn first_pack(file: &PathBuf) -> Result<FirstPack, BadConfig> {
    let bytes = std::fs::read(file).map_err(|source| BadConfig::Unreadable { file: file.clone(), source })?;
    let name = file.display().to_string();
    let pack = regime::compile(&name, &bytes).map_err(|mistakes| {
        let mut told: Vec<String> = mistakes.shown().iter().map(regime::Mistake::one_line).collect();
        told.insert(0, format!("intake.first_pack: {name} has {} mistakes", mistakes.total()));
        BadConfig::Wrong(told)
    })?;
    Ok(FirstPack { pack: Arc::new(pack), bytes: Arc::from(bytes) })
}

impl Service {
    /// Takes in what comes until asked to stop; what is in hand is committed then.
    ///
    /// # Errors
    /// [`Failed`]: what does not pass by waiting.
    pub fn run(self, stop: &Stop) -> Result<(), Failed> {
        let Self { config: Config { kafka, intake, http, .. }, health, first_pack } = self;
        let state = StateSection { checkpoint_records: 0 };
        let shared = Shared { kafka, state, health, stop: stop.clone() };
        let pulse = shared.health.pulse(NAME);
        shared.health.wrong(NAME, "no partition is taken in yet");
        shared.health.started();
        let door = broker::door(&http, &shared.kafka)?;
        let taking = Taking { shared: &shared, pulse: &pulse, section: &intake, first_pack };
        let mut patience = Patience::new(NAME, &shared, &pulse);
        let mut served = Ok(Again::Anew);
        while !stop.is_asked() && matches!(served, Ok(Again::Anew)) {
            served = taking.take_in(&mut patience);
        }
        if let Some(Err(error)) = door.map(Listening::close) {
            tracing::warn!(%error, "the door for feeds did not close in order");
        }
        served.map(drop)
    }
}

/// What it takes to take messages in.
struct Taking<'a> {
    shared: &'a Shared,
    pulse: &'a Pulse,
    section: &'a IntakeSection,
    first_pack: Option<FirstPack>,
}

impl Taking<'_> {
    /// Takes in until asked to stop, or until another has taken this one's place.
    fn take_in(&self, patience: &mut Patience<'_>) -> Result<Again, Failed> {
        let Self { shared, pulse, section, .. } = self;
        let Some(mut store) = open((shared, pulse), NAME, &[ACTIONS, EVENTS])? else { return Ok(Again::Same) };
        let space = shared.kafka.space();
        let name = |topic| space.name(topic).unwrap_or_default();
        let names = Names { events: name(EVENTS), actions: name(ACTIONS) };
        let helping = Helping { read: section.read_at_once, commit: section.commit_records };
        let mut line = Intake::new(helping, names, schemas(section), self.first_pack.clone());
        let mut standing = Standing::new(shared, NAME);
        let mut again = Again::Same;
        while !shared.stop.is_asked() && again == Again::Same {
            let mut turned = |line: &Intake| standing.turned(pulse, line.open_origins());
            match line.serve(&mut store, &mut turned, &shared.stop) {
                Ok(()) => break,
                Err(error) => again = patience.after(error)?,
            }
            standing.again();
        }
        Ok(again)
    }
}

fn schemas(section: &IntakeSection) -> Schemas {
    let protobuf = section.protobuf_schema_ids.iter().fold(Schemas::default(), |schemas, id| schemas.with_protobuf(*id));
    section.json_schema_ids.iter().fold(protobuf, |schemas, id| schemas.with_json(*id))
}
