//! A process that runs stages on a broker: a thread for each kind of task, each with its own consumer group and producer.
//!
//! What passes (a broker that is away, a transaction that was rolled back) is waited out and tried again; what does not pass
//! ends all parts. Must never enter: which tasks there are (`crew`), a decision, a wall clock.

use crate::{
    bytes::Bytes,
    crew::Kind,
    message::Message,
    settings::{KafkaSection, Sections, StateSection},
};
use journal::{
    JournalError, Store as _, Topic,
    kafka::{Inputs, KafkaStore},
};
use service_kit::{Crew, Ending, Exit, Fatal, Hand, Health, Line, Pace, Pulse, Stop, broker::end_on_stall, config::BadConfig};
use std::time::{Duration, Instant};

/// How long to wait before what passes is tried again, at first and at most.
const AGAIN_AFTER: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How long after the start a topic that is not there may still be on its way.
const NEW_TOPICS_WITHIN: Duration = Duration::from_secs(15);
/// A process whose place another took opens anew, unless it happened twice within so long: then the other one is really there.
const TAKEN_OVER_AGAIN: Duration = Duration::from_secs(60);
/// Rounds without tasks after which a process counts as standing by: others have all partitions.
const STANDBY_ROUNDS: u32 = 1_000;

/// Why a service ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Its configuration cannot be used.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// The log or a stage failed for good.
    #[error("{part}: {source}")]
    Part {
        /// The part of the service.
        part: &'static str,
        /// What failed.
        source: Fatal,
    },
    /// A part ended by a bug; its message stands in the log.
    #[error("{part} ended by a bug")]
    Bug {
        /// The part of the service.
        part: &'static str,
    },
}

impl Failed {
    /// The exit code it ends in.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(_) => Exit::Configuration.code(),
            Self::Part { source: Fatal::Journal(error), .. } => error.exit_code(),
            Self::Part { source: Fatal::Stage { .. }, .. } | Self::Bug { .. } => Exit::Bug.code(),
        }
    }
}

/// What the parts of a process share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// How to reach the broker.
    pub kafka: KafkaSection,
    /// How often state is saved.
    pub state: StateSection,
    /// Where they report.
    pub health: Health,
    /// Whether to go on.
    pub stop: Stop,
}

/// Opens a part's store; a broker that is away is waited for until somebody asks to stop.
///
/// # Errors
/// [`Failed`] of what does not pass.
pub fn open((shared, pulse): (&Shared, &Pulse), part: &'static str, inputs: &[Topic]) -> Result<Option<KafkaStore<Bytes>>, Failed> {
    let mut patience = Patience::new(part, shared, pulse);
    loop {
        let settings = shared.kafka.settings(part, Inputs::Shared(inputs.to_vec()))?;
        match KafkaStore::open(settings, Bytes::of(&shared.kafka.space()), end_on_stall()) {
            Ok(store) => return Ok(Some(store)),
            Err(error) => drop(patience.after(error)?),
        }
        if shared.stop.is_asked() {
            return Ok(None);
        }
    }
}

/// With what to go on after an error that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The same store: what waits is committed again.
    Same,
    /// A new one, with tasks restored: somebody has taken this one's place.
    Anew,
}

/// Waits longer from failure to failure.
pub struct Patience<'a> {
    part: &'static str,
    shared: &'a Shared,
    pulse: &'a Pulse,
    wait: Duration,
    began: Instant,
    last: Instant,
    taken_over: Option<Instant>,
}

impl<'a> Patience<'a> {
    /// Patience that has not been tried yet.
    #[must_use]
    pub fn new(part: &'static str, shared: &'a Shared, pulse: &'a Pulse) -> Self {
        Self { part, shared, pulse, wait: AGAIN_AFTER.0, began: Instant::now(), last: Instant::now(), taken_over: None }
    }

    /// Waits a while after an error that passes.
    ///
    /// # Errors
    /// [`Failed`] of one that does not.
    pub fn after(&mut self, error: JournalError) -> Result<Again, Failed> {
        // Topics that were made a moment ago are not known to every broker yet.
        let is_new = matches!(error, JournalError::NoTopic { .. }) && self.began.elapsed() < NEW_TOPICS_WITHIN;
        // A client that stood still for longer than its session meets itself when it comes back, and so is called taken over though
        // nobody else is there. Whoever is there takes over again at once.
        let is_first = matches!(error, JournalError::Superseded { .. }) && self.taken_over.is_none_or(|at| at.elapsed() > TAKEN_OVER_AGAIN);
        if !error.is_passing() && !is_new && !is_first {
            return Err(Failed::Part { part: self.part, source: error.into() });
        }
        // What failed after it went well for a while fails anew.
        if self.last.elapsed() > self.wait + AGAIN_AFTER.1 {
            self.wait = AGAIN_AFTER.0;
        }
        tracing::warn!(part = self.part, %error, again_in_ms = u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX), "trying again");
        self.shared.health.wrong(self.part, &error.to_string());
        let mut left = self.wait;
        while !left.is_zero() && !self.shared.stop.is_asked() {
            // A process that waits for its broker is alive, and not ready.
            self.pulse.beat();
            let nap = left.min(AGAIN_AFTER.0);
            std::thread::sleep(nap);
            left -= nap;
        }
        self.wait = (self.wait * 2).min(AGAIN_AFTER.1);
        self.last = Instant::now();
        if is_first {
            self.taken_over = Some(self.last);
        }
        Ok(if is_first { Again::Anew } else { Again::Same })
    }
}

/// Whether a part is ready: it has tasks, restored, or stands by because others have them all.
#[derive(Debug)]
pub struct Standing<'a> {
    shared: &'a Shared,
    part: &'static str,
    rounds: u32,
}

impl<'a> Standing<'a> {
    /// A part whose tasks are not known yet.
    #[must_use]
    pub fn new(shared: &'a Shared, part: &'static str) -> Self {
        shared.health.wrong(part, "its tasks are not known yet");
        Self { shared, part, rounds: 0 }
    }

    /// To be told of every round, and how many tasks there are.
    pub fn turned(&mut self, pulse: &Pulse, tasks: usize) {
        pulse.beat();
        if self.rounds < STANDBY_ROUNDS {
            self.rounds = if tasks > 0 { STANDBY_ROUNDS } else { self.rounds + 1 };
            if self.rounds == STANDBY_ROUNDS {
                self.shared.health.right(self.part);
            }
        }
    }

    /// Something went wrong and was told: ready is said anew.
    pub fn again(&mut self) {
        self.rounds = 0;
    }
}

/// The tasks of one kind, as partitions bring them.
struct KindCrew<'a> {
    kind: Kind,
    partitions: u32,
    pulse: Pulse,
    standing: Standing<'a>,
}

impl Crew<Message> for KindCrew<'_> {
    fn tasks(&mut self, (topic, partition): (Topic, u32)) -> Vec<Hand<Message>> {
        tracing::info!(part = self.kind.name(), topic = topic.0, partition, "partition gained");
        self.pulse.beat();
        vec![self.kind.hand((partition, self.partitions))]
    }

    fn turned(&mut self, line: &Line<'_, Message>) {
        self.standing.turned(&self.pulse, line.plans().count());
    }
}

/// A service that does nothing but run kinds of task, ready to run.
#[derive(Clone, Debug)]
pub struct Service {
    sections: Sections,
    health: Health,
    kinds: &'static [Kind],
}

impl Service {
    /// The service of a configuration, reporting its health.
    #[must_use]
    pub fn new(sections: Sections, health: Health, kinds: &'static [Kind]) -> Self {
        Self { sections, health, kinds }
    }

    /// Runs its tasks until asked to stop: what is in hand is committed then.
    ///
    /// # Errors
    /// [`Failed`]: what does not pass by waiting.
    pub fn run(self, stop: &Stop) -> Result<(), Failed> {
        let Self { sections: Sections { kafka, state, .. }, health, kinds } = self;
        run(&Shared { kafka, state, health, stop: stop.clone() }, kinds)
    }
}

/// Runs every kind in a thread of its own until asked to stop; the first that fails stops the others.
///
/// # Errors
/// [`Failed`] of the first part that failed.
fn run(shared: &Shared, kinds: &[Kind]) -> Result<(), Failed> {
    std::thread::scope(|scope| {
        let parts: Vec<_> = kinds
            .iter()
            .map(|kind| {
                let part = scope.spawn(|| {
                    let ended = run_kind(shared, *kind);
                    // Whatever ended it: the others have nothing to live for.
                    shared.stop.ask();
                    ended
                });
                (kind.name(), part)
            })
            .collect();
        shared.health.started();
        let mut result = Ok(());
        for (part, thread) in parts {
            let ended = thread.join().unwrap_or(Err(Failed::Bug { part }));
            result = result.and(ended);
        }
        result
    })
}

fn run_kind(shared: &Shared, kind: Kind) -> Result<(), Failed> {
    let part = kind.name();
    let pulse = shared.health.pulse(part);
    let mut patience = Patience::new(part, shared, &pulse);
    while !shared.stop.is_asked() {
        let Some(mut store) = open((shared, &pulse), part, &[kind.shared()])? else { return Ok(()) };
        let partitions = match store.partitions(kind.shared()) {
            Ok(partitions) => partitions,
            Err(error) => return Err(Failed::Part { part, source: error.into() }),
        };
        let mut crew = KindCrew { kind, partitions, pulse: pulse.clone(), standing: Standing::new(shared, part) };
        let mut line = Line::new(pace(&shared.state));
        while !shared.stop.is_asked() {
            let again = match line.serve(&mut store, &mut crew, &shared.stop) {
                Ok(Ending::Stopped | Ending::Ended) => return Ok(()),
                Err(Fatal::Journal(error)) => patience.after(error)?,
                Err(source) => return Err(Failed::Part { part, source }),
            };
            crew.standing.again();
            if again == Again::Anew {
                break;
            }
        }
    }
    Ok(())
}

/// A round commits what it has; a checkpoint comes after so many records, and when nothing comes for a while.
fn pace(state: &StateSection) -> Pace {
    Pace { checkpoint_records: Some(state.checkpoint_records), idle: Duration::from_millis(50), ..Pace::default() }
}
