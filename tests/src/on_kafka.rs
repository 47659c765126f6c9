//! Plays a log through the shipped services on a real broker: every stage with its own consumer group, in so many instances.
//!
//! The log is put in as history: intake's stamps are those the log says. Everything behind is what runs in production. Must never
//! enter: a stage of its own, a comparison.

use crate::{
    Outcome,
    event_log::Log,
    play::{LogFeed, Played, Setup},
};
use engine::intake::Pace;
use journal::{
    Commit, Entry, JournalError, Store as _, Topic,
    kafka::{Inputs, KafkaStore, topics::Topics},
};
use service_kit::{Feed, Flow, Health, Line, Pace as LoopPace, Stop, config::load};
use stages::{
    bytes::Bytes,
    intaking::Intaking,
    message::{ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, Message, UNLISTED},
    process::{Failed, end_on_stall},
    settings::KafkaSection,
    space::Scale,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How long a log may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where and how a log is played.
#[derive(Clone, Debug)]
pub struct Stand {
    /// The broker.
    pub bootstrap: String,
    /// What the names of its topics begin with: nobody else's.
    pub namespace: String,
    /// Partitions of every topic between stages.
    pub partitions: u32,
    /// Instances of every service.
    pub instances: u32,
}

impl Stand {
    /// How an instance of a service reaches the broker.
    #[must_use]
    pub fn section(&self, instance: u32) -> KafkaSection {
        KafkaSection {
            bootstrap: self.bootstrap.clone(),
            namespace: self.namespace.clone(),
            instance,
            session_timeout_ms: 6_000,
            client: BTreeMap::new(),
            client_files: BTreeMap::new(),
        }
    }

    /// Makes the topics.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn make_topics(&self) -> Outcome<()> {
        let scale = Scale { events: self.partitions, partitions: self.partitions, replication: 1 };
        let topics = Topics::open(&self.bootstrap, &[])?;
        let plan = topics.plan(&self.section(0).space().wanted(scale))?;
        Ok(topics.apply(&plan)?)
    }

    /// A store that puts logs in and reads what came of them.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn store(&self) -> Outcome<KafkaStore<Bytes>> {
        let section = self.section(900);
        let settings = section.settings("intake", Inputs::Chosen)?;
        Ok(KafkaStore::open(settings, Bytes::of(&section.space()), end_on_stall())?)
    }
}

/// Plays a log.
///
/// # Errors
/// Whatever ended it early, and patience that ran out.
pub fn play(log: &Log, stand: &Stand) -> Outcome<Played> {
    stand.make_topics()?;
    let stop = Stop::new();
    std::thread::scope(|scope| {
        let services: Vec<_> = (0..stand.instances)
            .flat_map(|instance| {
                let section = stand.section(instance);
                let (casebook, assessor, sentinel) = (section.clone(), section.clone(), section);
                let stop = &stop;
                [
                    scope.spawn(move || serve_casebook(casebook, stop)),
                    scope.spawn(move || serve_assessor(assessor, stop)),
                    scope.spawn(move || serve_sentinel(sentinel, stop)),
                ]
            })
            .collect();
        let played = put_in_and_collect(log, stand);
        stop.ask();
        for service in services {
            service.join().map_err(|_| "a service ended by a bug")??;
        }
        played
    })
}

macro_rules! serving {
    ($($name:ident: $service:ident),*) => {$(
        fn $name(section: KafkaSection, stop: &Stop) -> Result<(), Failed> {
            let mut config: $service::Config = load(&service_kit::config::Sources::default())?;
            config.0.kafka = section;
            $service::build(config, Health::new(Duration::from_secs(60))).run(stop)
        }
    )*};
}

serving!(serve_casebook: casebook, serve_assessor: assessor, serve_sentinel: sentinel);

fn put_in_and_collect(log: &Log, stand: &Stand) -> Outcome<Played> {
    put_in_slowly(log, stand, Duration::ZERO, &mut || Ok(()))
}

/// Puts a log in over some time and collects what came of it; `look` is called again and again until that is complete.
///
/// # Errors
/// Whatever ended it early, and patience that ran out.
pub fn put_in_slowly(log: &Log, stand: &Stand, time: Duration, look: &mut impl FnMut() -> Outcome<()>) -> Outcome<Played> {
    let mut store = stand.store()?;
    let setup = Setup { partitions: stand.partitions, helping: if time.is_zero() { 16 } else { 1 }, ..Setup::PLAIN };
    let intaking = Intaking::open(&mut store, Pace::Live, stand.partitions)?;
    let feed = LogFeed::new(log, setup, intaking)?;
    let groups = u32::try_from(feed.groups())?.max(1);
    let mut slowly = Slowly { feed, groups, given: 0, time, began: Instant::now(), look, failure: None };
    put_in(&mut store, &mut slowly)?;
    let Slowly { feed, look, failure, .. } = slowly;
    failure.map_or(Ok(()), Err)?;
    let last = feed.intaking.marked().map_or(0, |tick| tick.0);
    let mut played = feed.played();
    collect(&mut store, (stand, last), &mut played, look)?;
    played.sort();
    Ok(played)
}

/// A log that is put in over some time.
struct Slowly<'a, L> {
    feed: LogFeed,
    groups: u32,
    given: u32,
    time: Duration,
    began: Instant,
    look: &'a mut L,
    failure: Option<Box<dyn std::error::Error>>,
}

impl<L: FnMut() -> Outcome<()>> Feed<KafkaStore<Bytes>> for Slowly<'_, L> {
    fn fill(&mut self, store: &mut KafkaStore<Bytes>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if let Err(failure) = (self.look)() {
            self.failure = Some(failure);
            return Ok(Flow::Ended);
        }
        if self.began.elapsed() * self.groups < self.time * self.given {
            return Ok(Flow::Idle);
        }
        self.given += 1;
        self.feed.fill(store, parts)
    }
}

fn put_in(store: &mut KafkaStore<Bytes>, feed: &mut impl Feed<KafkaStore<Bytes>>) -> Outcome<()> {
    let mut line = Line::new(LoopPace { checkpoint_records: None, ..LoopPace::default() });
    line.run(store, feed, &Stop::new())?;
    Ok(())
}

/// Reads results until every task of the sentinel has passed a tick, then what else there is.
fn collect(
    store: &mut KafkaStore<Bytes>,
    (stand, last): (&Stand, i64),
    played: &mut Played,
    look: &mut impl FnMut() -> Outcome<()>,
) -> Outcome<()> {
    let began = Instant::now();
    let mut passed: BTreeMap<u32, i64> = BTreeMap::new();
    let mut readers: Vec<Reader> = Vec::new();
    for topic in [DECISIONS, ASSESSMENTS, LATE, LEDGER, UNLISTED, DOCKETS] {
        readers.extend((0..store.partitions(topic)?).map(|partition| Reader { at: (topic, partition), next: 0, is_open: false }));
    }
    while passed.len() < stand.partitions as usize || passed.values().any(|tick| *tick < last) {
        if began.elapsed() > PATIENCE {
            return Err(format!("after {} s the sentinel has passed {passed:?}, not {last}", PATIENCE.as_secs()).into());
        }
        look()?;
        store.wait(Duration::from_millis(20));
        for reader in &mut readers {
            reader.read(store, played, &mut passed)?;
        }
    }
    // What the sentinel passed stands in the topics before it.
    for reader in &mut readers {
        let end = store.end(reader.at.0, reader.at.1)?;
        while reader.next < end && reader.read(store, played, &mut passed)? > 0 {}
    }
    Ok(())
}

struct Reader {
    at: (Topic, u32),
    next: u64,
    is_open: bool,
}

impl Reader {
    fn read(&mut self, store: &mut KafkaStore<Bytes>, played: &mut Played, passed: &mut BTreeMap<u32, i64>) -> Result<usize, JournalError> {
        let mut entries = Vec::new();
        if !std::mem::replace(&mut self.is_open, true) {
            store.read(self.at, self.next, 0, &mut entries)?;
        }
        store.read(self.at, self.next, 10_000, &mut entries)?;
        let count = entries.len();
        for (position, entry) in entries {
            self.next = position + 1;
            match entry {
                Entry::Record { record, .. } => played.take(record),
                Entry::Mark(mark) if self.at == (DECISIONS, 0) => mark.origins.range().for_each(|origin| {
                    passed.insert(origin, mark.tick);
                }),
                Entry::Mark(_) => {}
            }
        }
        Ok(count)
    }
}
