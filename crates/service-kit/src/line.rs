//! The one loop: it drives stages on a log, task after task, on one thread.
//!
//! The order of effects is the same everywhere: ask the feed, read, step through whole ticks, commit what the feed
//! gave, outputs, marks, positions and the pages due as one thing. Must never enter: a decision, a retry that hides an
//! error, a commit inside a tick.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use journal::{
    Checkpoint, Commit, Entry, Extent, JournalError, Page, PageChange, Sequenced, Start, Store, Task, TaskPlan, Topic, Turn, Voice,
};

use crate::observer::{Count, Gathered, Observer, Reading, Seen, Watch};
use crate::shift::Due;
use crate::stage::{BadState, Outputs, Stage};
use crate::stop::Stop;

/// How the loop turns; none of it changes an output.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Entries read at most per input and round.
    pub poll_entries: usize,
    /// Outputs of a task above which a round ends and commits. A tick is never cut, so a commit may be larger.
    pub commit_outputs: usize,
    /// Records, and marks between them, read by a task after which its next commit is a checkpoint; `None`: never, not even at
    /// the end.
    pub checkpoint_records: Option<u64>,
    /// Time a task has worked since its last checkpoint after which its next commit is one: about as long as a restart takes.
    pub checkpoint_work: Duration,
    /// How long to wait when nothing moved and the feed is idle.
    pub idle: Duration,
    /// After how many such waits in a row what was stepped through becomes a checkpoint.
    pub idle_rounds: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            poll_entries: 16_384,
            commit_outputs: 10_000,
            checkpoint_records: Some(250_000),
            checkpoint_work: Duration::from_secs(5),
            idle: Duration::from_millis(5),
            idle_rounds: 400,
        }
    }
}

/// What a feed has to say after it was asked for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Ask again at once.
    More,
    /// Nothing now; ask again later.
    Idle,
    /// Nothing any more.
    Ended,
}

/// What brings records into the log from outside, such as the reader of a file.
pub trait Feed<S: Store> {
    /// Gives parts to be committed with those of the stages, in one transaction: enough to be worth a round, little enough
    /// to be held in memory. Stages see the records in the round after. It is asked again only when what it gave before is
    /// committed, so that is the moment to acknowledge.
    ///
    /// # Errors
    /// Errors of the log.
    fn fill(&mut self, store: &mut S, parts: &mut Vec<Commit<S::Record>>) -> Result<Flow, JournalError>;
}

/// Why the loop returned without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The feed ended and every task passed what it can pass.
    Ended,
    /// It was asked to stop; everything done is committed.
    Stopped,
}

/// What ends the loop.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// The log failed. If the error says that the commit can be retried, the next [`Line::run`] does.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A stage cannot even start from nothing.
    #[error("start task {task}")]
    Stage {
        /// The task.
        task: String,
        /// What the stage says.
        #[source]
        source: BadState,
    },
}

/// A task with its stage.
struct Seat<'a, R> {
    task: Task<R>,
    stage: Box<dyn Stage<Record = R> + 'a>,
    out: Outputs<R>,
    since: Since,
    /// Records taken aloud since its last part of a commit.
    taken: u64,
    /// What is to be counted once its part of the commit under way stands.
    count: Option<Count>,
    /// Repeats that were told by now.
    repeats_told: u64,
    /// When its state was last saved, or restored.
    saved: Instant,
    /// The stage asked in this round to be saved.
    must_save: bool,
    /// Its part of the commit under way is a checkpoint.
    saving: bool,
    rebuilt: bool,
    ticks: Ticks,
}

/// What was done since the last checkpoint: a restart does it again.
#[derive(Clone, Copy, Debug, Default)]
struct Since {
    stepped: u64,
    entries: u64,
    work: Duration,
}

impl Since {
    /// Whether that is enough. Marks count as well: a task with few records reads many of them.
    fn is_enough(&self, pace: &Pace) -> bool {
        let over = |records| self.stepped.max(self.entries) >= records || (self.entries > 0 && self.work >= pace.checkpoint_work);
        pace.checkpoint_records.is_some_and(over)
    }
}

/// Whether a seat left work for the next round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ticks {
    /// All that is complete and read was stepped through.
    Drained,
    /// There may be more to read.
    Unread,
    /// Complete ticks wait: the commit before them was large enough.
    Waiting,
}

/// Stages on a log, driven in turn by one thread.
pub struct Line<'a, R> {
    pace: Pace,
    seats: Vec<Seat<'a, R>>,
    /// The commit being put together, or one that failed, with the seats of its parts (the feed has none): it is committed
    /// before anything else happens.
    pending: Vec<Commit<R>>,
    pending_seats: Vec<Option<usize>>,
    records: Vec<R>,
    due: VecDeque<Due>,
    watch: Watch<'a, R>,
    /// What of the feed is to be counted once the commit under way stands.
    fed: Vec<Count>,
}

impl<'a, R: Sequenced> Line<'a, R> {
    /// A line without stages.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        let (pending, pending_seats, records) = (Vec::new(), Vec::new(), Vec::new());
        Self { pace, seats: Vec::new(), pending, pending_seats, records, due: VecDeque::new(), watch: Watch::nobody(), fed: Vec::new() }
    }

    /// The same, with somebody who is told what it does.
    #[must_use]
    pub fn observed_by(self, observer: impl Observer<R> + 'a) -> Self {
        Self { watch: Watch::of(observer), ..self }
    }

    /// Takes a task over and gives it to `stage` (its own, or a mutable reference to one), restored from its pages, or rebuilt
    /// from the log when a page is bad.
    /// Stages should be added in the order of the way of the data: then a record crosses them in few rounds.
    ///
    /// # Errors
    /// Refusals of [`Task::open`]; [`Fatal::Stage`] when the stage refuses to start from nothing.
    pub fn seat(&mut self, store: &mut impl Store<Record = R>, plan: TaskPlan, stage: impl Stage<Record = R> + 'a) -> Result<(), Fatal> {
        let mut stage: Box<dyn Stage<Record = R> + 'a> = Box::new(stage);
        let name = plan.name.clone();
        let partitions = |topic| store.partitions(topic).map(|count| (topic, count));
        let targets = plan.targets.iter().map(|target| partitions(target.topic)).collect::<Result<_, _>>()?;
        let out = Outputs::new(plan.origin, targets);
        let mut task = Task::open(store, plan.clone(), Start::Saved)?;
        let saved = match store.pages(&name) {
            Ok(pages) => stage.restore(pages).is_ok(),
            Err(JournalError::BadPage { .. }) => false,
            Err(other) => return Err(other.into()),
        };
        if !saved {
            task = Task::open(store, plan, Start::Log)?;
            let source = stage.restore(Vec::<Page>::new());
            source.map_err(|source| Fatal::Stage { task: name, source })?;
        }
        self.seats.push(Seat {
            task,
            stage,
            out,
            since: Since::default(),
            taken: 0,
            count: None,
            repeats_told: 0,
            saved: Instant::now(),
            must_save: false,
            saving: false,
            rebuilt: !saved,
            ticks: Ticks::Drained,
        });
        Ok(())
    }

    /// Drives the stages until the feed has ended and nothing moves any more, or until asked to stop.
    ///
    /// # Errors
    /// [`Fatal::Journal`]. After a failed commit the next call begins with the same commit; after another error, and
    /// after [`JournalError::Fenced`], the line must be dropped and its tasks seated anew.
    pub fn run<S: Store<Record = R>>(&mut self, store: &mut S, feed: &mut impl Feed<S>, stop: &Stop) -> Result<Ending, Fatal> {
        let mut idle_rounds = 0;
        loop {
            self.commit(store)?;
            if stop.is_asked() {
                return self.close(store, Ending::Stopped);
            }
            let flow = self.fill(store, feed)?;
            let fed = !self.pending.is_empty();
            let moved = self.round(store)? || fed;
            idle_rounds = if moved { 0 } else { idle_rounds + 1 };
            if self.watch.is_due() {
                self.tell(store);
            }
            match flow {
                Flow::More => {}
                Flow::Idle | Flow::Ended if moved => {}
                Flow::Idle if idle_rounds == self.pace.idle_rounds => self.save(store)?,
                Flow::Idle => store.wait(self.pace.idle),
                Flow::Ended => return self.close(store, Ending::Ended),
            }
        }
    }

    /// A feed is not asked while stages are behind it: what lies between them must fit in memory.
    fn fill<S: Store<Record = R>>(&mut self, store: &mut S, feed: &mut impl Feed<S>) -> Result<Flow, Fatal> {
        if self.seats.iter().any(|seat| seat.ticks != Ticks::Drained) {
            return Ok(Flow::More);
        }
        let before = self.pending.len();
        let flow = feed.fill(store, &mut self.pending);
        self.pending_seats.resize(self.pending.len(), None);
        for Commit { lease, outputs, .. } in &self.pending[before..] {
            // What a feed reads is not seen here: of all it read it writes a record, let in or turned away.
            let taken = outputs.iter().filter(|output| matches!(output.entry, Entry::Record { .. })).count() as u64;
            self.fed.extend(self.watch.gathered(&Gathered { task: &lease.task, taken, repeats: 0, outputs }));
        }
        Ok(flow?)
    }

    /// Forgets a task: what it did since its last commit belongs to its next owner. Gives its inputs back; `None`: it has no
    /// seat here.
    pub fn unseat(&mut self, task: &str) -> Option<Vec<(Topic, u32)>> {
        let index = self.seats.iter().position(|seat| seat.task.plan().name == task)?;
        let seat = self.seats.remove(index);
        let mut owners = self.pending_seats.iter();
        self.pending.retain(|_| owners.next() != Some(&Some(index)));
        self.pending_seats.retain(|owner| *owner != Some(index));
        for owner in self.pending_seats.iter_mut().flatten() {
            *owner -= usize::from(*owner > index);
        }
        Some(seat.task.plan().inputs.clone())
    }

    /// Tells where everything stands.
    pub(crate) fn tell(&mut self, store: &mut impl Store<Record = R>) {
        let inputs: Vec<(Topic, u32)> = self.plans().flat_map(|plan| plan.inputs.iter().copied()).collect();
        let readings: Vec<Reading> = self.seats.iter().map(Seat::reading).collect();
        self.watch.see(&Seen::Tasks(&readings));
        self.watch.read(store, &inputs);
    }

    pub(crate) fn watch(&mut self) -> &mut Watch<'a, R> {
        &mut self.watch
    }

    pub(crate) fn due(&mut self) -> &mut VecDeque<Due> {
        &mut self.due
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The plans of the tasks seated here.
    pub fn plans(&self) -> impl Iterator<Item = &TaskPlan> {
        self.seats.iter().map(|seat| seat.task.plan())
    }

    /// How many of the tasks seated here have their state: the others are in their silent re-run.
    #[must_use]
    pub fn restored(&self) -> usize {
        self.seats.iter().filter(|seat| !seat.task.is_silent()).count()
    }

    /// Repeats dropped by all tasks since the start: a reading for metrics.
    #[must_use]
    pub fn repeats(&self) -> u64 {
        self.seats.iter().map(|seat| seat.task.repeats()).sum()
    }

    /// Tasks that were rebuilt from the log because a saved page was bad.
    pub fn rebuilt(&self) -> impl Iterator<Item = &str> {
        self.seats.iter().filter(|seat| seat.rebuilt).map(|seat| seat.task.plan().name.as_str())
    }

    /// The tick every task has passed; `None` before all of them have passed one.
    #[must_use]
    pub fn passed(&self) -> Option<i64> {
        self.seats.iter().map(|seat| seat.task.tick()).min().flatten()
    }

    /// One turn of every task, and one commit of all of them. Says whether anything moved.
    pub(crate) fn round(&mut self, store: &mut impl Store<Record = R>) -> Result<bool, Fatal> {
        let mut moved = false;
        for seat in &mut self.seats {
            moved |= seat.turn(store, &self.pace, &mut self.records)?;
            seat.must_save = seat.stage.must_save();
        }
        let pace = self.pace;
        self.gather(store, |seat| seat.must_save || seat.since.is_enough(&pace))?;
        self.commit(store)?;
        Ok(moved)
    }

    fn gather(&mut self, store: &impl Store<Record = R>, is_checkpoint: impl Fn(&Seat<'_, R>) -> bool) -> Result<(), Fatal> {
        for (index, seat) in self.seats.iter_mut().enumerate() {
            if seat.task.is_silent() {
                continue; // a checkpoint before the committed tick would be a step back
            }
            let checkpoint = is_checkpoint(seat).then(|| seat.checkpoint());
            if let Some(part) = seat.task.part(store, seat.out.take(), checkpoint)? {
                seat.count = seat.told(&mut self.watch, &part);
                self.pending.push(part);
                self.pending_seats.push(Some(index));
            }
        }
        Ok(())
    }

    pub(crate) fn commit(&mut self, store: &mut impl Store<Record = R>) -> Result<(), Fatal> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let began = Instant::now();
        store.commit(&mut self.pending)?;
        for (part, index) in self.pending.drain(..).zip(self.pending_seats.drain(..)) {
            if let Some(index) = index {
                self.seats[index].committed(&part);
            }
        }
        self.fed.drain(..).for_each(|count| count());
        self.watch.see(&Seen::Committed(began.elapsed()));
        Ok(())
    }

    /// Makes what was stepped through a checkpoint.
    pub(crate) fn save(&mut self, store: &mut impl Store<Record = R>) -> Result<(), Fatal> {
        // What waits of a commit that failed comes first: a task has one part in a commit.
        self.commit(store)?;
        let saves = self.pace.checkpoint_records.is_some();
        self.gather(store, |seat| seat.must_save || (saves && seat.since.stepped.max(seat.since.entries) > 0))?;
        self.commit(store)
    }

    fn close(&mut self, store: &mut impl Store<Record = R>, ending: Ending) -> Result<Ending, Fatal> {
        self.save(store)?;
        Ok(ending)
    }
}

impl<R: Sequenced> Seat<'_, R> {
    /// Reads and steps until nothing more is complete or enough waits for the commit.
    fn turn(&mut self, store: &mut impl Store<Record = R>, pace: &Pace, records: &mut Vec<R>) -> Result<bool, Fatal> {
        let began = Instant::now();
        let came = match self.ticks {
            Ticks::Waiting => 0,
            Ticks::Unread | Ticks::Drained => self.task.poll(store, pace.poll_entries)?,
        };
        self.since.entries += came as u64;
        let mut moved = came > 0 || self.ticks != Ticks::Drained;
        self.ticks = if came < pace.poll_entries { Ticks::Drained } else { Ticks::Unread };
        loop {
            if self.out.len() >= pace.commit_outputs {
                self.ticks = Ticks::Waiting;
                break;
            }
            let Some(turn) = self.task.turn(store, records)? else { break };
            moved = true;
            self.apply(turn, records);
        }
        if let Some(turn) = self.task.cut() {
            self.apply(turn, &[]);
        }
        self.since.work += began.elapsed();
        Ok(moved)
    }

    fn apply(&mut self, turn: Turn, records: &[R]) {
        match turn {
            Turn::Tick { tick, voice } => {
                self.out.speak(voice);
                self.stage.step(tick, records, &mut self.out);
                self.since.stepped += records.len() as u64;
                match voice {
                    Voice::Aloud => self.taken += records.len() as u64,
                    Voice::Silent => {}
                }
            }
            Turn::Passed { tick, voice } => {
                self.out.speak(voice);
                self.stage.pass(tick, &mut self.out);
            }
        }
    }

    /// Tells its part of a commit.
    fn told(&mut self, watch: &mut Watch<'_, R>, part: &Commit<R>) -> Option<Count> {
        let taken = std::mem::take(&mut self.taken);
        let repeats = self.task.repeats();
        let new = repeats - std::mem::replace(&mut self.repeats_told, repeats);
        watch.gathered(&Gathered { task: &part.lease.task, taken, repeats: new, outputs: &part.outputs })
    }

    fn committed(&mut self, part: &Commit<R>) {
        self.task.committed(part);
        if std::mem::take(&mut self.saving) {
            self.saved = Instant::now();
            self.stage.saved();
        }
        if let Some(count) = self.count.take() {
            count();
        }
    }

    fn reading(&self) -> Reading {
        let marks = self.task.orders().iter().flat_map(|order| {
            let topic = order.input().0;
            (0..).zip(order.marks()).map(move |(origin, mark)| (topic, origin, mark))
        });
        Reading {
            task: self.task.plan().name.clone(),
            is_silent: self.task.is_silent(),
            since_checkpoint: Some(self.saved.elapsed()),
            marks: marks.collect(),
        }
    }

    fn checkpoint(&mut self) -> Checkpoint {
        let mut pages: Vec<PageChange> = Vec::new();
        self.stage.pages_due(&mut pages);
        self.since = Since::default();
        self.must_save = false;
        self.saving = true;
        Checkpoint { extent: Extent::Touched, pages }
    }
}
