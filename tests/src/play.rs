//! Plays a log through the shipped wiring: intake, and every stage as tasks on a log in memory, or all of them fused.
//!
//! A [`Setup`] names what must make no difference: partitions, buckets, the order inside a tick, the pace of marks, how much is
//! put in at once, crashes. What must never enter: anything that a setup may change in what is decided.

use crate::{
    Outcome,
    chance::Chance,
    event_log::{Line, Log, Said},
};
use engine::{intake::Pace, register::Bucket};
use journal::{Commit, JournalError, Memory, Retention, Step, Store, Topic};
use service_kit::{Ending, Fatal, Feed, Flow, Line as Seats, Pace as LoopPace, Stop};
use slipwatch::{
    fused::FusedStage,
    replay::{Partitions, Stages, memory},
};
use stages::{
    assessor::Statistic,
    intaking::Intaking,
    message::{ASSESSMENTS, COUNTS, DECISIONS, DOCKETS, LATE, LEDGER, Message, REFUSED, UNLISTED},
};
use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    alert::Decision,
    assessment::Assessment,
    name::{Label, SourceId},
    record::{Admitted, Late, Position, Refused, Version},
    tally::{Ledger, Tally},
    time::{Day, Tick},
    unlisted::Unlisted,
};

/// How the stages are wired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// A task per stage and partition.
    Staged,
    /// One task of all of them, on one partition.
    Fused,
}

/// How often intake says that time has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// After the lines of a tick, and no more.
    WithLines,
    /// At the end of every day between as well.
    Daily,
}

/// What a process that plays a log meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crashes {
    /// It lives to the end.
    Never,
    /// It dies each time it has committed so many ticks, and comes back from its last checkpoint.
    After(usize),
}

/// How a log is played. Nothing of it may change what is decided.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Partitions of every topic between stages.
    pub partitions: u32,
    /// How tallies are put together.
    pub bucket: Bucket,
    /// Lines of one tick come in an order drawn from this seed; none: as written.
    pub shuffle: Option<u64>,
    /// How the stages are wired.
    pub wiring: Wiring,
    /// The pace of marks.
    pub marks: Marks,
    /// Ticks put into the log at once.
    pub helping: usize,
    /// Records after which a task saves its state; none: never.
    pub checkpoint_records: Option<u64>,
    /// Crashes on the way.
    pub crashes: Crashes,
}

impl Setup {
    /// One partition, in order, without a mishap.
    pub const PLAIN: Self = Self {
        partitions: 1,
        bucket: Bucket::Day,
        shuffle: None,
        wiring: Wiring::Staged,
        marks: Marks::WithLines,
        helping: 16,
        checkpoint_records: None,
        crashes: Crashes::Never,
    };
}

/// All that came of a log, sorted so that how it was played cannot show.
#[derive(Clone, Debug, Default)]
pub struct Played {
    /// What intake let in, in its order.
    pub admitted: Vec<Arc<Admitted>>,
    /// The same, with what the clock said.
    pub stamped: Vec<(Tick, Arc<Admitted>)>,
    /// Messages handed to intake.
    pub received: u64,
    /// What it turned away.
    pub refused: Vec<Arc<Refused>>,
    /// By day, regime and jurisdiction.
    pub assessments: Vec<Arc<Assessment>>,
    /// In the order of the seals.
    pub decisions: Vec<(Tick, Arc<Decision>)>,
    /// What was older than the horizon.
    pub late: Vec<Arc<Late>>,
    /// What became of messages.
    pub ledger: BTreeMap<(SourceId, Day), Ledger>,
    /// Acts that name what no pack lists: by tick, regime, what and code.
    pub unlisted: BTreeMap<(Tick, String, &'static str, String), u64>,
    /// Records that joined and left cases.
    pub dockets: Vec<Arc<Version>>,
    /// Signed counts; none from a fused stage, which keeps them to itself.
    pub tallies: Vec<Tally>,
}

/// Plays a log.
///
/// # Errors
/// Whatever ended it early.
pub fn play(log: &Log, setup: Setup) -> Outcome<Played> {
    let mut store = memory(Retention::All, Partitions::even(setup.partitions));
    let intaking = Intaking::open(&mut store, Pace::Live, setup.partitions)?;
    let mut feed = LogFeed::new(log, setup, intaking)?;
    loop {
        feed.allowed = match setup.crashes {
            Crashes::Never => usize::MAX,
            Crashes::After(ticks) => ticks.max(1),
        };
        match live(&mut store, setup, &mut feed) {
            Ok(Ending::Ended) => return collect(&mut store, feed),
            Ok(Ending::Stopped) => return Err("the loop stopped unasked".into()),
            Err(Fatal::Journal(JournalError::Stopped(Step::Begin))) => {} // died, as was wanted
            Err(other) => return Err(other.into()),
        }
    }
}

/// One life of the process: stages that know nothing, seated on what is stored.
fn live(store: &mut Memory<Message>, setup: Setup, feed: &mut LogFeed) -> Result<Ending, Fatal> {
    let mut stages = Stages::new(Partitions::even(setup.partitions), setup.bucket, Statistic::Off);
    let mut fused = FusedStage::new(setup.bucket);
    let pace = LoopPace { checkpoint_records: setup.checkpoint_records, ..LoopPace::default() };
    let mut line = Seats::new(pace);
    match setup.wiring {
        Wiring::Staged => stages.seat(store, &mut line)?,
        Wiring::Fused => line.seat(store, slipwatch::embedded::plan(), &mut fused)?,
    }
    line.run(store, feed, &Stop::new())
}

/// Lines of one reading of the clock.
struct Group {
    clock: Tick,
    lines: Vec<Line>,
}

/// The lines of a log on their way into the store.
pub struct LogFeed {
    groups: Vec<Group>,
    next: usize,
    /// Helpings left before the process dies.
    allowed: usize,
    setup: Setup,
    until: Option<Day>,
    /// Where they are let in.
    pub intaking: Intaking,
    /// What refusals call the log.
    input: Label,
    stamped: Vec<(Tick, Arc<Admitted>)>,
    received: u64,
}

impl LogFeed {
    /// A feed of a log.
    ///
    /// # Errors
    /// None that a log can bring about.
    pub fn new(log: &Log, setup: Setup, intaking: Intaking) -> Outcome<Self> {
        let input = Label::parse("log")?;
        let mut groups: Vec<Group> = Vec::new();
        for lines in log.lines.chunk_by(|one, next| one.clock == next.clock) {
            groups.extend(lines.first().map(|first| Group { clock: first.clock, lines: lines.to_vec() }));
        }
        if let Some(seed) = setup.shuffle {
            let mut chance = Chance::new(seed, "order inside a tick");
            groups.iter_mut().for_each(|group| chance.shuffle(&mut group.lines));
        }
        let (until, stamped) = (log.until, Vec::new());
        Ok(Self { groups, next: 0, allowed: usize::MAX, setup, until, intaking, input, stamped, received: 0 })
    }

    /// How many readings of the clock it has.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// What is known of it when it is in: what was let in, and how many messages there were.
    #[must_use]
    pub fn played(self) -> Played {
        let admitted = self.stamped.iter().map(|(_, one)| Arc::clone(one)).collect();
        Played { admitted, stamped: self.stamped, received: self.received, ..Played::default() }
    }

    fn put(&mut self, at: usize) {
        let Some(Group { clock, lines }) = self.groups.get_mut(at) else { return };
        let (clock, lines) = (*clock, std::mem::take(lines));
        self.pass_to(clock.day().plus(-1));
        for line in lines {
            match line.said {
                Said::Event(event) => {
                    self.received += 1;
                    self.stamped.extend(self.intaking.admit(*event, clock).map(|one| (clock, one)));
                }
                Said::Refused(at, refusal, bytes) => {
                    self.received += 1;
                    let position = Position { input: self.input.clone(), at };
                    self.intaking.refuse(wire::refused::refused(refusal, position, &bytes, clock.day()), clock);
                }
                Said::Clock => {}
            }
        }
        self.intaking.mark(clock);
    }

    /// Says of every day that ends that it did, where marks are daily.
    fn pass_to(&mut self, last: Day) {
        let Some(marked) = self.intaking.marked().filter(|_| self.setup.marks == Marks::Daily) else { return };
        let mut day = Tick(marked.0.saturating_add(1)).day();
        while day <= last {
            self.intaking.mark(day.last_tick());
            day = day.plus(1);
        }
    }
}

impl<S: Store<Record = Message>> Feed<S> for LogFeed {
    fn fill(&mut self, _store: &mut S, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if self.next > self.groups.len() {
            return Ok(Flow::Ended);
        }
        if self.allowed == 0 {
            return Err(JournalError::Stopped(Step::Begin));
        }
        let ticks = self.setup.helping.max(1).min(self.allowed);
        self.allowed -= ticks;
        for _ in 0..ticks {
            self.put(self.next);
            self.next += 1;
            if self.next > self.groups.len() {
                if let Some(until) = self.until {
                    self.pass_to(until.plus(-1));
                    self.intaking.mark(until.last_tick());
                }
                break;
            }
        }
        parts.push(self.intaking.part(None));
        Ok(Flow::More)
    }
}

fn collect(store: &mut Memory<Message>, feed: LogFeed) -> Outcome<Played> {
    let mut played = feed.played();
    let mut take = |topic: Topic| store.drain(topic, 0);
    for topic in [ASSESSMENTS, DECISIONS, LATE, DOCKETS, LEDGER, UNLISTED, REFUSED, COUNTS] {
        take(topic)?.into_iter().for_each(|message| played.take(message));
    }
    played.sort();
    Ok(played)
}

impl Played {
    /// Takes one record that left the log.
    pub fn take(&mut self, message: Message) {
        match message {
            Message::Assessment(assessment) => self.assessments.push(assessment),
            Message::Decision(tick, decision) => self.decisions.push((tick, decision)),
            Message::Late(late) => self.late.push(late),
            Message::Version(version) => self.dockets.push(version),
            Message::Ledger(_, line) => *self.ledger.entry((line.source.clone(), line.day)).or_default() += line.change,
            Message::Unlisted(tick, unlisted) => {
                let Unlisted { regime, what, code, count } = &*unlisted;
                *self.unlisted.entry((tick, regime.to_string(), what.as_str(), code.to_string())).or_default() += count;
            }
            Message::Refused(_, refused, _) => self.refused.push(refused),
            Message::Tallies(told) => self.tallies.extend(told.tallies.iter().cloned()),
            Message::Admitted(_) | Message::Kept(..) | Message::Raw(_) | Message::Note(_) | Message::Fact(_) | Message::Statistic(..) => {}
        }
    }

    /// Brings everything into the one order that does not depend on how it was played.
    pub fn sort(&mut self) {
        self.assessments.sort_by_key(|one| (one.day, one.regime.clone(), one.jurisdiction.clone()));
        self.decisions.sort_by_key(|(tick, decision)| place(*tick, decision));
        self.late.sort_by_key(|late| (late.known, late.id, late.revision, late.occurred, late.count));
        self.dockets.sort_by_key(|version| (version.known, version.case, version.record, version.sign, version.occurred));
        self.refused.sort_by_key(|refused| (refused.day, refused.sha256));
        self.ledger.retain(|_, ledger| *ledger != Ledger::default());
    }
}

/// Where a decision stands: by tick; transitions, then answers, then the digest, then the seal.
fn place(tick: Tick, decision: &Decision) -> (Tick, u8, String, [u8; 16], u32) {
    match decision {
        Decision::Transition(moved) => (tick, 0, moved.series.regime.to_string(), moved.alert.0, moved.n),
        Decision::Answer(answer) => (tick, 1, String::new(), answer.act.0, 0),
        Decision::Digest(digest) => (tick, 2, digest.regime.to_string(), [0; 16], 0),
        Decision::Seal(seal) => (tick, 3, seal.regime.to_string(), [0; 16], 0),
    }
}
