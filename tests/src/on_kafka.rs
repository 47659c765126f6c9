//! Plays a log through the shipped services on a real broker: every stage with its own consumer group, in so many instances.
//!
//! The log is put in as history: intake's stamps are those the log says. Everything behind is what runs in production. Must never
//! enter: a stage of its own, a comparison.

use crate::{
    Outcome,
    event_log::Log,
    play::{LogFeed, Played, Setup},
    tap::Tap,
};
use engine::intake::Pace;
use journal::{
    Commit, Entry, JournalError, Lease, Output, Store as _, Topic,
    kafka::{Inputs, KafkaStore, Reader, topics::Topics},
};
use service_kit::{
    Fatal, Feed, Flow, Health, Line, Pace as LoopPace, Stop,
    broker::{SaslSection, TlsSection, end_on_stall},
    config::load,
};
use stages::{
    bytes::Bytes,
    intaking,
    intaking::Intaking,
    message::{ASSESSMENTS, DECISIONS, DOCKETS, EVENTS, LATE, LEDGER, Message, Raw, UNLISTED},
    process::Failed,
    settings::KafkaSection,
    space::Scale,
};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long a log may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

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
            client: crate::form::protocol().into_iter().collect(),
            client_files: BTreeMap::new(),
            tls: TlsSection::default(),
            sasl: SaslSection::default(),
        }
    }

    /// Makes the topics.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn make_topics(&self) -> Outcome<()> {
        self.make_copied_topics(1)
    }

    /// Makes the topics with so many copies of each partition.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn make_copied_topics(&self, copies: u32) -> Outcome<()> {
        let scale = Scale { events: self.partitions, partitions: self.partitions, replication: copies };
        let (topics, wanted) = (Topics::open(&self.bootstrap, &[])?, self.section(0).space().wanted(scale));
        let began = Instant::now();
        loop {
            match topics.plan(&wanted).and_then(|plan| topics.apply(&plan)) {
                // A broker on a busy machine takes its time to know what it has made.
                Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {}
                made => return Ok(made?),
            }
        }
    }

    /// Deletes the topics: a broker of tests holds only so many.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn delete_topics(&self) -> Outcome<()> {
        let scale = Scale { events: self.partitions, partitions: self.partitions, replication: 1 };
        let wanted = self.section(0).space().wanted(scale);
        let names: Vec<&str> = wanted.iter().map(|topic| topic.name.as_str()).collect();
        Ok(Topics::open(&self.bootstrap, &[])?.delete(&names)?)
    }

    /// A store that puts logs in and reads what came of them.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn store(&self) -> Outcome<KafkaStore<Bytes>> {
        self.store_of(900)
    }

    /// What reads logs without taking part in anything.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn reader(&self) -> Outcome<Reader<Bytes>> {
        let (section, began) = (self.section(902), Instant::now());
        let settings = section.settings("reader", Inputs::Chosen)?;
        loop {
            match Reader::open(&settings, Bytes::of(&section.space())) {
                Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {}
                opened => return Ok(opened?),
            }
        }
    }

    fn store_of(&self, instance: u32) -> Outcome<KafkaStore<Bytes>> {
        let section = self.section(instance);
        let began = Instant::now();
        loop {
            let settings = section.settings("intake", Inputs::Chosen)?;
            match KafkaStore::open(settings, Bytes::of(&section.space()), end_on_stall()) {
                // A broker tells of a topic a moment after it has made it.
                Err(JournalError::NoTopic { .. }) if began.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(50)),
                Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {}
                opened => return Ok(opened?),
            }
        }
    }
}

/// Plays a log.
///
/// # Errors
/// Whatever ended it early, and patience that ran out.
pub fn play(log: &Log, stand: &Stand) -> Outcome<Played> {
    play_slowly(log, stand, Duration::ZERO, &mut || Ok(()))
}

/// Plays a log over some time; `look` is called again and again until what came of it is complete.
///
/// # Errors
/// Whatever ended it early, and patience that ran out.
pub fn play_slowly(log: &Log, stand: &Stand, time: Duration, look: &mut impl FnMut() -> Outcome<()>) -> Outcome<Played> {
    stand.make_topics()?;
    with_services(stand, || put_in_slowly(log, stand, time, look))
}

/// Plays a log put in as a setup says: its order inside ticks, its marks, how many ticks at once. Partitions are those of the stand.
///
/// # Errors
/// As for [`play`].
pub fn play_as(log: &Log, stand: &Stand, setup: Setup) -> Outcome<Played> {
    stand.make_topics()?;
    with_services(stand, || put_in_as((log, setup), stand, Duration::ZERO, &mut || Ok(())))
}

/// Does something while the stages run as services; they end with it.
///
/// # Errors
/// Those of what is done, and of services.
pub fn with_services<T>(stand: &Stand, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let stop = Stop::new();
    std::thread::scope(|scope| {
        let asks = AsksToStop(&stop);
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
        let done = work();
        drop(asks);
        for service in services {
            match service.join().map_err(|_| "a service ended by a bug")? {
                // A starved machine may cost the last commit: that is said, and what was looked for is there already.
                Ok(()) | Err(Failed::Undrained { .. }) => {}
                Err(failed) => return Err(failed.into()),
            }
        }
        done
    })
}

/// Asks services to stop when it goes, also when a test has failed while they run: nobody would end them.
pub struct AsksToStop<'a>(pub &'a Stop);

impl Drop for AsksToStop<'_> {
    fn drop(&mut self) {
        self.0.ask();
    }
}

macro_rules! serving {
    ($($name:ident: $service:ident),*) => {$(
        fn $name(section: KafkaSection, stop: &Stop) -> Result<(), Failed> {
            let mut config: $service::Config = load(&service_kit::config::Sources::default())?;
            // It is never killed: what a starved machine makes of a short session is nobody's question here.
            config.0.kafka = KafkaSection { session_timeout_ms: 30_000, ..section };
            $service::build(config, Health::new(Duration::from_secs(60))).run(stop)
        }
    )*};
}

serving!(serve_casebook: casebook, serve_assessor: assessor, serve_sentinel: sentinel);

/// Puts a log in over some time and collects what came of it; `look` is called again and again until that is complete.
///
/// # Errors
/// Whatever ended it early, and patience that ran out.
pub fn put_in_slowly(log: &Log, stand: &Stand, time: Duration, look: &mut impl FnMut() -> Outcome<()>) -> Outcome<Played> {
    put_in_as((log, Setup { helping: if time.is_zero() { 16 } else { 1 }, ..Setup::PLAIN }), stand, time, look)
}

fn put_in_as((log, setup): (&Log, Setup), stand: &Stand, time: Duration, look: &mut impl FnMut() -> Outcome<()>) -> Outcome<Played> {
    let mut store = stand.store()?;
    let setup = Setup { partitions: stand.partitions, ..setup };
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
    let began = Instant::now();
    loop {
        match line.run(store, feed, &Stop::new()) {
            // On a busy machine a transaction may be rolled back; the same commit is made again.
            Err(Fatal::Journal(error)) if error.is_passing() && began.elapsed() < PATIENCE => {}
            ended => return Ok(ended.map(drop)?),
        }
    }
}

/// Reads results until every task that watches or weighs has passed a tick, then what else there is.
///
/// # Errors
/// Those of the broker, of `look`, and patience that ran out.
pub fn collect(
    store: &mut KafkaStore<Bytes>,
    (stand, last): (&Stand, i64),
    played: &mut Played,
    look: &mut impl FnMut() -> Outcome<()>,
) -> Outcome<()> {
    let mut tap = Tap::open(stand, store, &[DECISIONS, ASSESSMENTS, LATE, LEDGER, UNLISTED, DOCKETS])?;
    tap.until_passed(store, (DECISIONS, 2 * stand.partitions, last), look, &mut |record| played.take(record))?;
    tap.rest(&mut |record| played.take(record))
}

/// A feed: messages into the topic of events, as a producer of its own would send them.
pub struct Producer {
    store: KafkaStore<Bytes>,
    lease: Lease,
    sent: u32,
}

impl Producer {
    /// Opens a feed.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn open(stand: &Stand) -> Outcome<Self> {
        let mut store = stand.store_of(901)?;
        let began = Instant::now();
        let lease = loop {
            match store.restore("feed/0") {
                Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {}
                restored => break restored?.lease,
            }
        };
        Ok(Self { store, lease, sent: 0 })
    }

    /// Sends messages, to one partition after the other.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn send(&mut self, messages: impl IntoIterator<Item = Vec<u8>>) -> Outcome<()> {
        self.send_to(EVENTS, messages.into_iter().map(|bytes| Raw { bytes, headers: Vec::new() }))
    }

    /// Sends messages with what stands beside them to an input, to one partition of it after the other.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn send_to(&mut self, topic: Topic, messages: impl IntoIterator<Item = Raw>) -> Outcome<()> {
        let partitions = self.store.partitions(topic)?;
        let mut outputs = Vec::new();
        for raw in messages {
            let entry = Entry::Record { origin: 0, record: Message::Raw(Arc::new(raw)) };
            outputs.push(Output { topic, partition: self.sent % partitions, entry });
            self.sent += 1;
        }
        let position = intaking::position("feed/0", None, Vec::new());
        let mut parts = [Commit { lease: self.lease.clone(), outputs, position, checkpoint: None }];
        let began = Instant::now();
        loop {
            match self.store.commit(&mut parts) {
                // On a busy machine a transaction may be rolled back; the same messages go again.
                Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {}
                ended => return Ok(ended?),
            }
        }
    }
}
