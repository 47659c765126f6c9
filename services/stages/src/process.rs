//! A process that runs stages on a broker: a thread for each kind of task, each with its own consumer group and producer.
//!
//! What passes (a broker that is away, a transaction that was rolled back) is waited out and tried again; what does not pass
//! ends all parts. Must never enter: which tasks there are (`crew`), a decision, a wall clock.

use crate::{
    bytes::Bytes,
    crew::Kind,
    ground,
    message::Message,
    numbers::{Numbers, cause_of, stage_of},
    settings::{KafkaSection, Sections, StateSection},
    space::Space,
};
use catalogue::{
    closed::{Service as ServiceName, Stage},
    process::{Output, Process, REVISION},
};
use journal::{
    JournalError, Store as _, Topic,
    kafka::{Inputs, KafkaStore, Settings},
};
use service_kit::{
    Again, Crew, Ending, Exit, Fatal, Hand, Health, Line, Live, Pace, Patience, Post, Standing, Starting, Stop,
    admin::BadPort,
    broker::{Reached as _, end_on_stall, unreached},
    config::BadConfig,
};
use std::{sync::Arc, time::Duration};

/// Why a service ended early.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// Its configuration cannot be used.
    #[error(transparent)]
    Config(#[from] BadConfig),
    /// A port that it needs cannot be served.
    #[error(transparent)]
    Port(#[from] BadPort),
    /// The log or a stage failed for good.
    #[error("{part}: {source}")]
    Part {
        /// The part of the service.
        part: &'static str,
        /// What failed.
        source: Fatal,
    },
    /// The log failed for good in a topic: the log knows its number, and people its name.
    #[error("{part}: {source} (topic {} is {name})", number.0)]
    Topic {
        /// The part of the service.
        part: &'static str,
        /// What failed.
        source: Box<JournalError>,
        /// The topic.
        number: Topic,
        /// Its name on the broker.
        name: String,
    },
    /// It was asked to stop, and its last commit did not come about: what was in hand is read again by whoever goes on.
    #[error("{part}: stopped without a last commit ({why}); what was in hand is read again at the next start")]
    Undrained {
        /// The part of the service.
        part: &'static str,
        /// Why it did not.
        why: String,
    },
    /// A part ended by a bug; its message stands in the log.
    #[error("{part} ended by a bug")]
    Bug {
        /// The part of the service.
        part: &'static str,
    },
}

impl Failed {
    /// That the log failed for good, with the name of the topic where the error knows only its number.
    fn of_log(part: &'static str, source: JournalError, space: &Space) -> Self {
        match source.topic().and_then(|number| Some((number, space.name(number)?))) {
            Some((number, name)) => Self::Topic { part, source: Box::new(source), number, name },
            None => Self::Part { part, source: source.into() },
        }
    }

    /// The exit code it ends in.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Config(error) => error.exit().code(),
            Self::Port(error) => error.exit().code(),
            Self::Part { source: Fatal::Journal(error), .. } => error.exit_code(),
            Self::Topic { source, .. } => source.exit_code(),
            Self::Undrained { .. } => Exit::Again.code(),
            Self::Part { source: Fatal::Stage { .. }, .. } | Self::Bug { .. } => Exit::Bug.code(),
        }
    }
}

/// What the parts of a process share.
#[derive(Clone, Debug)]
pub struct Shared {
    /// How to reach the broker, by now.
    pub kafka: Live<KafkaSection>,
    /// Where they report.
    pub health: Health,
    /// What they count into.
    pub numbers: Arc<Process>,
    /// Whether to go on.
    pub stop: Stop,
}

impl Shared {
    /// What a part counts and says.
    #[must_use]
    pub fn numbers_of(&self, stage: Stage, post: &Post) -> Numbers {
        Numbers::new(Arc::clone(&self.numbers), stage, &self.kafka.now().space(), post)
    }

    /// What comes after the work by one way to the broker has ended: none, or another.
    #[must_use]
    pub fn after(&self) -> Again {
        if self.stop.is_asked() { Again::Same } else { Again::Anew }
    }

    /// Counts a failure, and waits a while when it passes. Asked to stop, a part may try its last commit a few times more.
    ///
    /// # Errors
    /// [`Failed`] of one that does not pass, and of a last commit that did not come about.
    pub fn wait_out(&self, error: JournalError, patience: &mut Patience, part: &'static str) -> Result<Again, Failed> {
        self.numbers.observe(Output::Failed(cause_of(&error)));
        let why = error.to_string();
        let again = patience.after(error).map_err(|error| Failed::of_log(part, error, &self.kafka.now().space()))?;
        let is_over = self.stop.is_asked() && (again == Again::Anew || !patience.take_last_try());
        if is_over { Err(Failed::Undrained { part, why }) } else { Ok(again) }
    }
}

/// Opens a part's store; a broker that is away is waited for until somebody asks to stop. With it comes the wish to stop serving it:
/// when somebody asks, or when the broker is to be reached in another way.
///
/// # Errors
/// [`Failed`] of what does not pass.
pub fn open(shared: &Shared, post: &Post, inputs: &[Topic]) -> Result<Option<(KafkaStore<Bytes>, Stop)>, Failed> {
    let mut patience = Patience::new(post);
    while !shared.stop.is_asked() {
        let (kafka, until) = shared.kafka.until_replaced(&shared.stop);
        let opened = way(&kafka, post, inputs).and_then(|settings| KafkaStore::open(settings, Bytes::of(&kafka.space()), end_on_stall()));
        match opened.and_then(|store| ground::checked(store, &kafka.space(), inputs)) {
            Ok(store) => return Ok(Some((store, until))),
            // Nothing is in hand yet: a wish to stop ends the wait.
            Err(error) => {
                shared.numbers.observe(Output::Failed(cause_of(&error)));
                patience.after(error).map_err(|error| Failed::of_log(post.part, error, &kafka.space()))?;
            }
        }
    }
    Ok(None)
}

/// How a part reaches the broker by now.
fn way(kafka: &KafkaSection, post: &Post, inputs: &[Topic]) -> Result<Settings, JournalError> {
    kafka.settings(post.part, Inputs::Shared(inputs.to_vec())).map_err(unreached)
}

/// The tasks of one kind, as partitions bring them.
struct KindCrew<'a> {
    kind: Kind,
    partitions: u32,
    post: &'a Post,
    standing: &'a mut Standing,
}

impl Crew<Message> for KindCrew<'_> {
    fn tasks(&mut self, (_, partition): (Topic, u32)) -> Vec<Hand<Message>> {
        self.post.pulse.beat();
        vec![self.kind.hand((partition, self.partitions))]
    }

    fn turned(&mut self, line: &Line<'_, Message>) {
        self.standing.turned(line.plans().count(), line.restored());
    }
}

/// A service that does nothing but run kinds of task, ready to run.
#[derive(Clone, Debug)]
pub struct Service {
    kafka: Live<KafkaSection>,
    state: StateSection,
    health: Health,
    numbers: Arc<Process>,
    kinds: &'static [Kind],
}

impl Service {
    /// The service of a configuration, reporting its health. It counts for itself until it is told [where to](Self::counting_into).
    #[must_use]
    pub fn new(sections: Sections, health: Health, (service, kinds): (ServiceName, &'static [Kind])) -> Self {
        let numbers = Arc::new(Process::new(service, env!("CARGO_PKG_VERSION"), REVISION));
        Self { kafka: Live::new(sections.kafka), state: sections.state, health, numbers, kinds }
    }

    /// How it reaches the broker: replaced, it commits what is in hand and goes on the other way.
    #[must_use]
    pub fn kafka(&self) -> Live<KafkaSection> {
        self.kafka.clone()
    }

    /// The same, counting into the numbers of a process.
    #[must_use]
    pub fn counting_into(self, numbers: Arc<Process>) -> Self {
        Self { numbers, ..self }
    }

    /// Runs its tasks until asked to stop: what is in hand is committed then.
    ///
    /// # Errors
    /// [`Failed`]: what does not pass by waiting, and settings of the broker that cannot be used from the start.
    pub fn run(self, stop: &Stop) -> Result<(), Failed> {
        let Self { kafka, state, health, numbers, kinds } = self;
        kafka.now().access().pairs()?;
        run(&Shared { kafka, health, numbers, stop: stop.clone() }, &state, kinds)
    }
}

/// Runs every kind in a thread of its own until asked to stop; the first that fails stops the others.
///
/// # Errors
/// [`Failed`] of the first part that failed.
fn run(shared: &Shared, state: &StateSection, kinds: &[Kind]) -> Result<(), Failed> {
    let starting = Starting::of(kinds.len());
    std::thread::scope(|scope| {
        let parts: Vec<_> = kinds
            .iter()
            .map(|kind| {
                let post = Post::new(kind.name(), (&shared.health, &shared.stop), &starting);
                let part = scope.spawn(move || {
                    let (patience, standing) = (Patience::new(&post), Standing::new(&post));
                    let ended = Part { shared, kind: *kind, post: &post, pace: pace(state), patience, standing }.run();
                    // Whatever ended it: the others have nothing to live for.
                    shared.stop.ask();
                    ended
                });
                (kind.name(), part)
            })
            .collect();
        let mut result = Ok(());
        for (part, thread) in parts {
            let ended = thread.join().unwrap_or(Err(Failed::Bug { part }));
            result = result.and(ended);
        }
        result
    })
}

/// A kind of task in a process.
struct Part<'a> {
    shared: &'a Shared,
    kind: Kind,
    post: &'a Post,
    pace: Pace,
    patience: Patience,
    standing: Standing,
}

impl Part<'_> {
    fn run(mut self) -> Result<(), Failed> {
        while let Some((mut store, until)) = open(self.shared, self.post, &[self.kind.shared()])? {
            match self.serve(&mut store, &until)? {
                Again::Anew => {}
                Again::Same => return Ok(()),
            }
        }
        Ok(())
    }

    /// Serves until asked to stop, or until the store must be opened anew.
    fn serve(&mut self, store: &mut KafkaStore<Bytes>, until: &Stop) -> Result<Again, Failed> {
        let Self { shared, kind, post, pace, patience, standing } = self;
        let part = post.part;
        let partitions = store.partitions(kind.shared()).map_err(|error| Failed::Part { part, source: error.into() })?;
        let mut crew = KindCrew { kind: *kind, partitions, post, standing };
        let poll_entries = (ROUND_ENTRIES / partitions.max(1) as usize).max(POLL_ENTRIES_MIN);
        let mut line = Line::new(Pace { poll_entries, ..*pace }).observed_by(shared.numbers_of(stage_of(*kind), post));
        loop {
            let again = match line.serve(store, &mut crew, until) {
                Ok(Ending::Stopped | Ending::Ended) => {
                    // Whatever goes wrong on another way is told, and ready is said anew after it.
                    crew.standing.again();
                    return Ok(shared.after());
                }
                Err(Fatal::Journal(error)) => shared.wait_out(error, patience, part)?,
                Err(source) => return Err(Failed::Part { part, source }),
            };
            crew.standing.again();
            match again {
                // What could not be committed the old way is done again the new one.
                Again::Same if !until.is_asked() => {}
                Again::Same | Again::Anew => return Ok(Again::Anew),
            }
        }
    }
}

/// Entries read at most in a round of all partitions together: a commit of a backlog is still many thousands of records, and what
/// waits decoded stays small however many partitions there are.
const ROUND_ENTRIES: usize = 16_384;
/// Entries read at most of one partition, however many there are.
const POLL_ENTRIES_MIN: usize = 512;

/// A round commits what it has; a checkpoint comes after so many records, and when nothing comes for a while.
fn pace(state: &StateSection) -> Pace {
    Pace { checkpoint_records: Some(state.checkpoint_records), idle: Duration::from_millis(50), ..Pace::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::broker::{SaslSection, TlsSection};

    fn shared(stop: &Stop) -> Shared {
        let kafka = KafkaSection {
            bootstrap: "localhost:9092".to_owned(),
            namespace: "toy".to_owned(),
            instance: 0,
            session_timeout_ms: 6_000,
            client: [].into(),
            client_files: [].into(),
            tls: TlsSection::default(),
            sasl: SaslSection::default(),
        };
        let numbers = Arc::new(Process::new(ServiceName::Casebook, "0.0.0", REVISION));
        Shared { kafka: Live::new(kafka), health: Health::new(Duration::from_secs(60)), numbers, stop: stop.clone() }
    }

    fn away() -> JournalError {
        JournalError::Unavailable { doing: "commit".to_owned(), why: "nobody answers".to_owned() }
    }

    /// Whoever stops a process reads in its words and its exit code whether what was in hand is committed.
    #[test]
    fn a_last_commit_that_does_not_come_about_is_said_and_ends_with_75() {
        let stop = Stop::new();
        let shared = shared(&stop);
        let post = Post::new("register", (&shared.health, &stop), &Starting::of(1));
        let mut patience = Patience::new(&post);
        assert!(matches!(shared.wait_out(away(), &mut patience, "register"), Ok(Again::Same)));
        stop.ask();
        let tries = (0..10).take_while(|_| shared.wait_out(away(), &mut patience, "register").is_ok()).count();
        assert!((1..10).contains(&tries), "{tries} tries more");
        let failed = shared.wait_out(away(), &mut patience, "register").unwrap_err();
        assert_eq!(failed.exit_code(), 75);
        let said = failed.to_string();
        assert!(said.contains("register: stopped without a last commit") && said.contains("nobody answers"), "{said}");
    }

    /// A number is no name to whoever is called at night.
    #[test]
    fn a_topic_that_was_cut_is_told_by_its_name() {
        let stop = Stop::new();
        let shared = shared(&stop);
        let post = Post::new("assessor", (&shared.health, &stop), &Starting::of(1));
        let cut = JournalError::PositionAhead { topic: crate::message::TALLIES, partition: 0, wanted: 9, end: 2 };
        let failed = shared.wait_out(cut, &mut Patience::new(&post), "assessor").unwrap_err();
        assert!(failed.to_string().contains("toy.g1.tallies.v1"), "{failed}");
        assert_eq!(failed.exit_code(), 74);
    }

    /// Another has the name by now: there is nothing to be tried again.
    #[test]
    fn a_stop_that_meets_a_fence_has_no_last_commit() {
        let stop = Stop::new();
        let shared = shared(&stop);
        let post = Post::new("register", (&shared.health, &stop), &Starting::of(1));
        stop.ask();
        let superseded = JournalError::Superseded { instance: "toy-0".to_owned() };
        let failed = shared.wait_out(superseded, &mut Patience::new(&post), "register").unwrap_err();
        assert!(matches!(failed, Failed::Undrained { .. }), "{failed}");
    }
}
