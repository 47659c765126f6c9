//! A stage on its input partitions: reading, order, restart, and the position of every commit.
//!
//! After a restart the task reads again from its last checkpoint, skips what the checkpoint holds, and hands out the
//! ticks up to the committed one with [`Voice::Silent`]: their outputs exist already. The first tick after it is aloud.
//! Several inputs are joined: a tick is handed out when every input has passed it. (What must not wait for another
//! input is another task.) Must never enter: what the outputs mean, a retry, a wait.

use crate::commit::{Checkpoint, Commit, Extent, Output};
use crate::error::JournalError;
use crate::mark::{Entry, Mark, Origins, Sequenced};
use crate::order::TickOrder;
use crate::position::{InputPosition, PositionEntry, Topic};
use crate::store::{Lease, Restored, Store};

/// What a task is; constant for its generation.
#[derive(Clone, Debug)]
pub struct TaskPlan {
    /// Name, unique in the store, such as `fold/3`.
    pub name: String,
    /// Number of the stage, written into its marks.
    pub stage: u8,
    /// This task's origin in its target topics: no other task that writes one of them has it.
    pub origin: u32,
    /// Partitions read; their order does not matter to the result.
    pub inputs: Vec<(Topic, u32)>,
    /// Topics written: every partition of each gets the marks.
    pub targets: Vec<Target>,
    /// Generation of topics and state.
    pub generation: u32,
    /// Version of the judgement; state of another one is refused.
    pub judgement: String,
    /// Bytes of waiting records per input above which only positions are kept.
    pub held_bytes_max: usize,
}

/// A topic that a task writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The topic.
    pub topic: Topic,
    /// How many tasks write it, of whatever stage: its readers wait for the marks of so many origins.
    pub origins: u32,
}

/// Where a task starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// The last checkpoint.
    Saved,
    /// The beginning of the log; saved pages are not looked at and are replaced at the next checkpoint.
    Log,
}

/// Whether outputs are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// The outputs of this tick were committed before: build state only.
    Silent,
    /// The outputs are new.
    Aloud,
}

/// What a task does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// A whole tick of records, sorted, without repeats.
    Tick {
        /// The tick.
        tick: i64,
        /// Whether its outputs are wanted.
        voice: Voice,
    },
    /// Nothing more will come at or before `tick`: what falls due by then is due.
    Passed {
        /// The tick.
        tick: i64,
        /// Whether its outputs are wanted.
        voice: Voice,
    },
}

/// A stage on its inputs.
#[derive(Debug)]
pub struct Task<R> {
    plan: TaskPlan,
    lease: Lease,
    orders: Vec<TickOrder<R>>,
    fresh: Vec<(u64, Entry<R>)>,
    /// Last tick whose outputs are committed: up to here the task is silent.
    committed: Option<i64>,
    sent: Option<i64>,
    /// Last tick handed out, and last tick told to be passed.
    stepped: Option<i64>,
    done: Option<i64>,
    extent: Extent,
    /// Whether the part now under way is a checkpoint.
    saving: bool,
}

impl<R: Sequenced> Task<R> {
    /// Takes the task over and finds where it goes on. The pages to restore, if any, are then in [`Store::pages`] and
    /// belong to [`Task::tick`].
    ///
    /// # Errors
    /// A refusal when the saved position belongs to another judgement, generation or set of partitions, or when the
    /// log no longer has the positions needed; errors of the store.
    pub fn open(store: &mut impl Store<Record = R>, plan: TaskPlan, start: Start) -> Result<Self, JournalError> {
        let Restored { lease, position, checkpoint } = store.restore(&plan.name)?;
        if let Some(position) = &position {
            plan.agrees_with(position)?;
            for input in &position.inputs {
                check_end(store, input)?;
            }
        }
        let from = match start {
            Start::Saved => checkpoint,
            Start::Log => None,
        };
        let floor = from.as_ref().and_then(|entry| entry.tick);
        let mut orders = Vec::with_capacity(plan.inputs.len());
        for &(topic, partition) in &plan.inputs {
            let saved = from.as_ref().map(|entry| plan.input_of(entry, topic, partition)).transpose()?;
            let at = saved.cloned().unwrap_or_else(|| InputPosition::start(topic, partition));
            store.read((topic, partition), at.next, 0, &mut Vec::new())?;
            orders.push(TickOrder::resume(&at, plan.generation, floor, plan.held_bytes_max));
        }
        Ok(Self {
            extent: if from.is_some() { Extent::Touched } else { Extent::Whole },
            committed: position.as_ref().and_then(|entry| entry.tick),
            sent: position.as_ref().and_then(|entry| entry.sent),
            plan,
            lease,
            orders,
            fresh: Vec::new(),
            stepped: floor,
            done: floor,
            saving: false,
        })
    }

    /// Reads up to `max` new entries from each input; returns how many came.
    ///
    /// # Errors
    /// Errors of the store, and [`JournalError::Disorder`].
    pub fn poll(&mut self, store: &mut impl Store<Record = R>, max: usize) -> Result<usize, JournalError> {
        let mut came = 0;
        for order in &mut self.orders {
            self.fresh.clear();
            store.read(order.input(), order.read_to(), max, &mut self.fresh)?;
            came += self.fresh.len();
            for (position, entry) in self.fresh.drain(..) {
                order.accept(position, entry)?;
            }
        }
        Ok(came)
    }

    /// What to do next with what was read; a tick's records are put into `records`. `None`: nothing is complete.
    ///
    /// # Errors
    /// Errors of the store, when records that did not fit in memory are read again.
    pub fn turn(&mut self, store: &mut impl Store<Record = R>, records: &mut Vec<R>) -> Result<Option<Turn>, JournalError> {
        records.clear();
        let Some(passed) = self.orders.iter().map(TickOrder::passed).min().flatten() else { return Ok(None) };
        let waiting = self.orders.iter().filter_map(TickOrder::first_waiting).min();
        let first = waiting.filter(|tick| *tick <= passed);
        // Between the last silent tick and the first one aloud everything due by then must fall due in silence.
        let silent_end = self.committed.filter(|end| self.done < Some(*end) && passed >= *end && first.is_none_or(|tick| tick > *end));
        if let Some(end) = silent_end {
            return Ok(Some(self.pass(end)));
        }
        match first {
            Some(tick) => {
                self.gather(store, tick, records)?;
                self.stepped = Some(tick);
                Ok(Some(Turn::Tick { tick, voice: self.voice(tick) }))
            }
            None if self.done < Some(passed) => Ok(Some(self.pass(passed))),
            None => Ok(None),
        }
    }

    /// Ends the tick last handed out, so that a commit can stand behind it; `None` when it is ended already.
    pub fn cut(&mut self) -> Option<Turn> {
        let stepped = self.stepped.filter(|tick| self.done < Some(*tick))?;
        Some(self.pass(stepped))
    }

    fn pass(&mut self, tick: i64) -> Turn {
        self.done = Some(tick);
        Turn::Passed { tick, voice: self.voice(tick) }
    }

    fn voice(&self, tick: i64) -> Voice {
        if self.committed.is_some_and(|committed| tick <= committed) { Voice::Silent } else { Voice::Aloud }
    }

    fn gather(&mut self, store: &mut impl Store<Record = R>, tick: i64, records: &mut Vec<R>) -> Result<(), JournalError> {
        let mut absent = Vec::new();
        for order in &mut self.orders {
            order.take(tick, records, &mut absent);
            for position in absent.drain(..) {
                read_one(store, order.input(), position, records)?;
            }
        }
        records.sort_by_key(Sequenced::order);
        Ok(())
    }

    /// The part of a commit that stands behind everything handed out, with the marks that say so. `None` when there is
    /// nothing to commit: the task is still silent, or did not move and no checkpoint is given. The last turn must have
    /// been [`Turn::Passed`] (see [`Task::cut`]); `outputs` are those of the turns aloud since the commit before.
    ///
    /// # Errors
    /// [`JournalError::BadOutput`] when an output's tick is not one of those being committed: its mark would be a lie.
    pub fn part(
        &mut self,
        store: &impl Store<Record = R>,
        mut outputs: Vec<Output<R>>,
        checkpoint: Option<Checkpoint>,
    ) -> Result<Option<Commit<R>>, JournalError> {
        let still = self.done == self.committed && checkpoint.is_none();
        if self.is_silent() || (still && outputs.is_empty()) {
            return Ok(None);
        }
        self.check_ticks(&outputs)?;
        if let Some(tick) = self.done.filter(|tick| self.sent < Some(*tick)) {
            let origins = Origins::One(self.plan.origin);
            let (generation, stage) = (self.plan.generation, self.plan.stage);
            for &Target { topic, origins: count } in &self.plan.targets {
                let mark = Mark { generation, stage, origins, tick, count };
                let partitions = 0..store.partitions(topic)?;
                outputs.extend(partitions.map(|partition| Output { topic, partition, entry: Entry::Mark(mark) }));
            }
        }
        self.saving = checkpoint.is_some();
        let checkpoint = checkpoint.map(|due| Checkpoint { extent: self.extent, pages: due.pages });
        Ok(Some(Commit { lease: self.lease.clone(), outputs, position: self.position(), checkpoint }))
    }

    fn check_ticks(&self, outputs: &[Output<R>]) -> Result<(), JournalError> {
        for output in outputs {
            let Entry::Record { record, .. } = &output.entry else { continue };
            let tick = record.tick();
            if Some(tick) <= self.sent || Some(tick) > self.done {
                let (name, topic) = (&self.plan.name, output.topic.0);
                let (sent, done) = (self.sent.unwrap_or(i64::MIN), self.done.unwrap_or(i64::MIN));
                let why = format!("{name} sent a record of tick {tick} to topic {topic}, outside the ticks above {sent} up to {done}");
                return Err(JournalError::BadOutput { why });
            }
        }
        Ok(())
    }

    /// To be called when the part was committed, and only then.
    pub fn committed(&mut self, part: &Commit<R>) {
        self.committed = part.position.tick;
        self.sent = part.position.sent;
        if self.saving {
            self.extent = Extent::Touched;
        }
    }

    /// Where the task stands now.
    #[must_use]
    pub fn position(&mut self) -> PositionEntry {
        PositionEntry {
            task: self.plan.name.clone(),
            generation: self.plan.generation,
            judgement: self.plan.judgement.clone(),
            tick: self.done,
            sent: self.sent.max(self.done),
            inputs: self.orders.iter_mut().map(TickOrder::position).collect(),
            streams: Vec::new(),
        }
    }

    /// Last tick that was passed; before the first turn, the tick of the restored checkpoint.
    #[must_use]
    pub fn tick(&self) -> Option<i64> {
        self.done
    }

    /// Whether the task is still in its silent re-run: nothing may be committed before it is through.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.done < self.committed
    }

    /// What the task is.
    #[must_use]
    pub fn plan(&self) -> &TaskPlan {
        &self.plan
    }

    /// What stands before each input: how far it is read, and what its origins have promised.
    #[must_use]
    pub fn orders(&self) -> &[TickOrder<R>] {
        &self.orders
    }

    /// Repeats dropped since the start.
    #[must_use]
    pub fn repeats(&self) -> u64 {
        self.orders.iter().map(TickOrder::repeats).sum()
    }
}

impl TaskPlan {
    fn agrees_with(&self, position: &PositionEntry) -> Result<(), JournalError> {
        if position.generation != self.generation {
            let (what, running) = (format!("task {}", self.name), self.generation);
            return Err(JournalError::OtherGeneration { what, stored: position.generation, running });
        }
        if position.judgement != self.judgement {
            let (task, stored) = (self.name.clone(), position.judgement.clone());
            return Err(JournalError::OtherJudgement { task, stored, running: self.judgement.clone() });
        }
        for &(topic, partition) in &self.inputs {
            self.input_of(position, topic, partition)?;
        }
        Ok(())
    }

    fn input_of<'a>(&self, position: &'a PositionEntry, topic: Topic, partition: u32) -> Result<&'a InputPosition, JournalError> {
        let found = position.inputs.iter().find(|input| (input.topic, input.partition) == (topic, partition));
        found.ok_or_else(|| JournalError::PositionMissing { task: self.name.clone(), topic, partition })
    }
}

fn check_end(store: &impl Store, input: &InputPosition) -> Result<(), JournalError> {
    let end = store.end(input.topic, input.partition)?;
    if input.next <= end {
        return Ok(());
    }
    let (topic, partition, wanted) = (input.topic, input.partition, input.next);
    Err(JournalError::PositionAhead { topic, partition, wanted, end })
}

/// Reads one record that did not fit in memory when it came.
fn read_one<R>(store: &mut impl Store<Record = R>, at: (Topic, u32), position: u64, records: &mut Vec<R>) -> Result<(), JournalError> {
    let mut found = Vec::with_capacity(1);
    store.read(at, position, 1, &mut found)?;
    match found.pop() {
        Some((there, Entry::Record { record, .. })) if there == position => {
            records.push(record);
            Ok(())
        }
        Some(_) | None => Err(JournalError::Disorder { position, why: "the record that stood there is gone".to_owned() }),
    }
}
