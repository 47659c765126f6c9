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
mod recovery;

use broker::HttpSection;
use catalogue::{
    closed::{Service as ServiceName, Stage},
    process::{Process, REVISION},
};
use clock::Clock;
use http::{Keys, Listening};
use line::{Helping, Intake, Names};
use schemars::JsonSchema;
use serde::Deserialize;
use service_kit::{
    Again, Health, Live, Patience, Post, Standing, Starting, Stop, Watch,
    admin::AdminSection,
    broker::{self as kit, Reached as _},
    config::{BadConfig, Settings},
    logging::LogSection,
    reload::Reach,
};
use stages::{
    intaking::FirstPack,
    message::{ACTIONS, EVENTS},
    process::{Failed, Shared, open},
    settings::KafkaSection,
};
use std::{num::NonZeroUsize, path::PathBuf, sync::Arc};
use wire::inbound::Schemas;

/// Name of the service, of its group and of the topic that keeps its state.
pub const NAME: &str = "intake";

/// Its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntakeSection {
    /// The pack to activate when the log is new: a file.
    pub first_pack: Option<PathBuf>,
    /// Messages read of each partition at once.
    // With none at all intake would be ready, and take nothing in.
    pub read_at_once: NonZeroUsize,
    /// Records after which a commit is made before the tick ends.
    pub commit_records: usize,
    /// Ids under which a schema registry keeps our event schema as protobuf.
    pub protobuf_schema_ids: Vec<u32>,
    /// The same for its JSON schema.
    pub json_schema_ids: Vec<u32>,
}

/// What a reload changes.
pub const RELOADED: Reach = &[&["log.level", "http.tokens_file"], kit::RELOADED];

impl Settings for Config {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/intake.toml");
}

/// The service, ready to run.
#[derive(Clone, Debug)]
pub struct Service {
    kafka: Live<KafkaSection>,
    keys: Keys,
    intake: IntakeSection,
    http: HttpSection,
    health: Health,
    numbers: Arc<Process>,
    first_pack: Option<FirstPack>,
    clock: Clock,
}

/// The service of a configuration, reporting its health. It counts for itself until it is told [where to](Service::counting_into).
///
/// # Errors
/// [`BadConfig`] when the pack to begin with or the tokens cannot be read or have mistakes.
pub fn build(config: Config, health: Health) -> Result<Service, BadConfig> {
    let first_pack = config.intake.first_pack.as_ref().map(first_pack).transpose()?;
    let Config { kafka, intake, http, .. } = config;
    let keys = Keys::new(broker::tokens(&http)?.unwrap_or_default());
    let numbers = Arc::new(Process::new(ServiceName::Intake, env!("CARGO_PKG_VERSION"), REVISION));
    Ok(Service { kafka: Live::new(kafka), keys, intake, http, health, numbers, first_pack, clock: clock::now })
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
    /// The same, counting into the numbers of a process.
    #[must_use]
    pub fn counting_into(self, numbers: Arc<Process>) -> Self {
        Self { numbers, ..self }
    }

    /// How it reaches the broker: replaced, it commits what is in hand and goes on the other way.
    #[must_use]
    pub fn kafka(&self) -> Live<KafkaSection> {
        self.kafka.clone()
    }

    /// Who may come in by the door.
    #[must_use]
    pub fn keys(&self) -> Keys {
        self.keys.clone()
    }

    /// The same by another clock than that of the host: faults of intake are tested on a scripted one.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Takes in what comes until asked to stop; what is in hand is committed then.
    ///
    /// # Errors
    /// [`Failed`]: what does not pass by waiting.
    pub fn run(self, stop: &Stop) -> Result<(), Failed> {
        let Self { kafka, keys, intake, http, health, numbers, first_pack, clock } = self;
        kafka.now().access().pairs()?;
        let shared = Shared { kafka, health, numbers, stop: stop.clone() };
        let post = Post::new(NAME, (&shared.health, stop), &Starting::of(1));
        let door = broker::door(&http, keys, &shared)?;
        let mut taking = Taking {
            shared: &shared,
            post: &post,
            section: &intake,
            first_pack,
            clock,
            patience: Patience::new(&post),
            standing: Standing::new(&post),
        };
        let mut served = Ok(Again::Anew);
        while !stop.is_asked() && matches!(served, Ok(Again::Anew)) {
            served = taking.take_in();
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
    post: &'a Post,
    section: &'a IntakeSection,
    first_pack: Option<FirstPack>,
    clock: Clock,
    patience: Patience,
    standing: Standing,
}

impl Taking<'_> {
    /// Takes in until asked to stop, or until the store must be opened anew.
    fn take_in(&mut self) -> Result<Again, Failed> {
        let Self { shared, post, section, first_pack, clock, patience, standing } = self;
        let Some((mut store, until)) = open(shared, post, &[ACTIONS, EVENTS])? else { return Ok(Again::Same) };
        let space = shared.kafka.now().space();
        let name = |topic| space.name(topic).unwrap_or_default();
        let names = Names { events: name(EVENTS), actions: name(ACTIONS) };
        let helping = Helping { read: section.read_at_once.get(), commit: section.commit_records };
        let watch = Watch::of(shared.numbers_of(Stage::Intake, post));
        let mut line = Intake::new(helping, names, schemas(section), first_pack.clone()).watched(watch).with_clock(*clock);
        loop {
            let mut turned = |line: &Intake| {
                let (origins, open) = line.origins();
                standing.turned(origins, open);
            };
            let again = match line.serve(&mut store, &mut turned, &until) {
                Ok(()) => {
                    standing.again();
                    return Ok(shared.after());
                }
                Err(error) => shared.wait_out(error, patience, NAME)?,
            };
            standing.again();
            match again {
                // What could not be committed the old way is read again the new one.
                Again::Same if !until.is_asked() || shared.stop.is_asked() => {}
                Again::Same | Again::Anew => return Ok(Again::Anew),
            }
        }
    }
}

fn schemas(section: &IntakeSection) -> Schemas {
    let protobuf = section.protobuf_schema_ids.iter().fold(Schemas::default(), |schemas, id| schemas.with_protobuf(*id));
    section.json_schema_ids.iter().fold(protobuf, |schemas, id| schemas.with_json(*id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::config::{Sources, load};

    #[test]
    fn an_intake_that_would_read_nothing_is_refused_by_name() {
        let flags = vec![("intake.read_at_once".to_owned(), "0".to_owned())];
        let error = load::<Config>(&Sources { flags, ..Sources::default() }).unwrap_err().to_string();
        assert!(error.contains("intake.read_at_once") && error.contains("nonzero"), "{error}");
    }
}
