//! The log of alerts on a broker: binary CloudEvents in, and reading positions and outbox in the herald's compacted state topic.
//!
//! Partitions come and go with the consumer group; each has an outbox of its own, and moves with it. What must never enter: a record of
//! ours on the topic of alerts, a decision.

use crate::{
    beside::{ALERTS, VERSION},
    config::KafkaSection,
    drain::Drain,
    heard::Heard,
    outbox::{Outbox, Rules},
    stage::{HeraldStage, Surroundings},
    witness::Witness,
};
use journal::{
    Entry, HELD_BYTES_MAX, JournalError, Mark, Origins, TaskPlan, Topic,
    kafka::{Codec, Growth, Identity, Incoming, Inputs, KafkaStore, MessageBuffer, Settings, TopicName},
};
use service_kit::{
    Again, Crew, Fatal, Hand, Line, Pace, Patience, Post, Standing,
    broker::{Reached as _, end_on_stall, unreached, with_client},
    config::BadConfig,
};
use std::{sync::Arc, time::Duration};
use vocab::alert::Decision;
use wire::{outbound, outbound::Published};

/// Name of the consumer group, of the tasks and of the topic of state.
const GROUP: &str = "herald";

/// The codec of the topic of alerts; nothing is ever written to it.
#[derive(Clone, Debug)]
pub struct AlertsCodec {
    topics: [TopicName; 2],
}

impl AlertsCodec {
    /// The codec of a namespace's alerts.
    #[must_use]
    pub fn of(namespace: &str) -> Self {
        let topic = |name: &str| TopicName { name: format!("{namespace}.{name}.v1"), growth: Growth::Fixed };
        // The first is the log of records, which the herald does not read; its place keeps the numbers of both ways to run equal.
        Self { topics: [topic("not-read"), topic("alerts")] }
    }
}

impl Codec for AlertsCodec {
    type Record = Heard;

    fn topics(&self) -> &[TopicName] {
        &self.topics
    }

    fn encode(&self, _topic: Topic, _entry: &Entry<Heard>, _message: &mut MessageBuffer) {}

    fn decode(&self, _topic: Topic, message: &Incoming<'_>) -> Result<Entry<Heard>, String> {
        let bytes = message.value.ok_or("a message without a value is no CloudEvent of ours")?;
        let (told, origin) = outbound::published_in(message.headers(), bytes).map_err(|refusal| refusal.to_string())?;
        let tick = told.tick();
        let record = match told {
            Published::Mark(mark) => return Ok(Entry::Mark(mark_of(&mark))),
            Published::Assessment(_) => Heard::Other(tick),
            Published::Decision(decision) => match &*decision {
                Decision::Transition(transition) => Heard::Transition(Arc::new(transition.clone())),
                Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_) => Heard::Other(tick),
            },
        };
        Ok(Entry::Record { origin, record })
    }
}

fn mark_of(mark: &vocab::mark::Mark) -> Mark {
    let vocab::mark::Mark { generation, stage, first, until, known, count } = *mark;
    Mark { generation, stage, origins: Origins::of(first, until), tick: known.0, count }
}

impl KafkaSection {
    /// How the herald reaches the broker.
    ///
    /// # Errors
    /// [`BadConfig`] naming every key of the way to the broker that cannot be used.
    pub fn settings(&self) -> Result<Settings, BadConfig> {
        let identity = Identity::new(&format!("{}.g{}", self.namespace, self.generation), GROUP, self.instance);
        let settings = Settings::new(&self.bootstrap, identity, Inputs::Shared(vec![ALERTS]));
        with_client(settings, self.session_timeout_ms, self.access())
    }
}

/// Why it ended early.
#[derive(Debug, thiserror::Error)]
pub enum Ended {
    /// A file of the configuration cannot be read.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The log failed for good.
    #[error(transparent)]
    Run(#[from] Fatal),
}

/// Delivers what the group gives, until asked to stop; a broker that is away is waited for, and so are topics that were made a
/// moment ago.
///
/// # Errors
/// [`Ended`] of what does not pass.
pub fn run(section: &KafkaSection, (rules, around): (Rules, Surroundings), witness: &Witness) -> Result<(), Ended> {
    let post = witness.post(&around.stop);
    let (mut patience, mut standing) = (Patience::new(&post), Standing::new(&post));
    let mut drain = Drain::new(around.clone());
    let stop = drain.stop.clone();
    while let Some(mut store) = open(section, (&post, witness), &mut patience)? {
        let generation = section.generation;
        let mut crew = HeraldCrew { rules: &rules, around: &around, generation, standing: &mut standing, drain: &mut drain };
        let pace = Pace { idle: Duration::from_millis(20), ..Pace::default() };
        let mut line = Line::new(pace).observed_by(witness.counts(format!("{}.alerts.v1", section.namespace)));
        loop {
            let again = match line.serve(&mut store, &mut crew, &stop) {
                Ok(_) => return Ok(()),
                Err(Fatal::Journal(error)) => wait_out(error, witness, &mut patience)?,
                Err(fatal) => return Err(fatal.into()),
            };
            if around.stop.is_asked() {
                return Ok(());
            }
            crew.standing.again();
            match again {
                Again::Anew => break,
                Again::Same => {}
            }
        }
    }
    Ok(())
}

type Store = KafkaStore<AlertsCodec>;

/// Opens the store; none when somebody asked to stop before it could be.
fn open(section: &KafkaSection, (post, witness): (&Post, &Witness), patience: &mut Patience) -> Result<Option<Store>, Ended> {
    while !post.stop.is_asked() {
        match section
            .settings()
            .map_err(unreached)
            .and_then(|settings| KafkaStore::open(settings, AlertsCodec::of(&section.namespace), end_on_stall()))
        {
            Ok(opened) => return Ok(Some(opened)),
            Err(error) => drop(wait_out(error, witness, patience)?),
        }
    }
    Ok(None)
}

/// Counts a failure, and waits a while when it passes.
fn wait_out(error: JournalError, witness: &Witness, patience: &mut Patience) -> Result<Again, Ended> {
    witness.failed(&error);
    Ok(patience.after(error).map_err(Fatal::from)?)
}

/// The tasks of the herald, as partitions bring them.
struct HeraldCrew<'a> {
    rules: &'a Rules,
    around: &'a Surroundings,
    generation: u32,
    standing: &'a mut Standing,
    drain: &'a mut Drain,
}

impl Crew<Heard> for HeraldCrew<'_> {
    fn tasks(&mut self, (_, partition): (Topic, u32)) -> Vec<Hand<Heard>> {
        let stage = HeraldStage::new(Outbox::new(self.rules.clone()), self.around.clone());
        vec![(plan(self.generation, partition), Box::new(stage))]
    }

    fn turned(&mut self, line: &Line<'_, Heard>) {
        self.standing.turned(line.plans().count(), line.restored());
        self.drain.turned();
    }
}

/// What the task of a partition of the herald is.
#[must_use]
pub fn plan(generation: u32, partition: u32) -> TaskPlan {
    TaskPlan {
        name: format!("{GROUP}/{partition}"),
        stage: 7,
        origin: partition,
        inputs: vec![(ALERTS, partition)],
        targets: Vec::new(),
        generation,
        judgement: VERSION.to_owned(),
        held_bytes_max: HELD_BYTES_MAX,
    }
}
