//! The loop of intake: read what came, stamp it, and at the end of every tick commit records, marks and positions as one.
//!
//! No task of it is ordered by ticks: it makes them. An origin that is new admits nothing before origin 0 has announced it. What
//! failed to commit is committed again before anything else is read. Must never enter: a stage, a decision.

use crate::{
    clock::{self, Clock, Leaps},
    origin::{Origin, Phase, Sink, marks, task_name},
    recovery,
};
use engine::intake::{ACTIONS as ORIGIN_OF_ACTIONS, Pace};
use journal::{Change, Commit, Entry, JournalError, Output, PositionEntry, Sequenced as _, Store, Topic};
use service_kit::{Count, Gathered, Reading, Seen, Stop, Watch};
use stages::{
    GENERATION,
    admission::{Admission, activation},
    intaking::FirstPack,
    judgement,
    message::{ACTIONS, ADMITTED, EVENTS, Message, REFUSED},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use vocab::time::Tick;
use wire::inbound::Schemas;

/// How long to wait for messages at most: a part of a tick, so that marks are in time.
const WAIT_MAX: Duration = Duration::from_millis(25);

/// Bytes of outputs after which a commit is made before the tick ends: messages may be large.
const COMMIT_BYTES_MAX: usize = 8 << 20;

/// How much is done at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Helping {
    /// Messages read of each partition at once.
    pub read: usize,
    /// Outputs after which a commit is made before the tick ends.
    pub commit: usize,
}

/// Intake of the partitions that this process has.
pub struct Intake {
    helping: Helping,
    clock: Clock,
    leaps: Leaps,
    schemas: Schemas,
    first_pack: Option<FirstPack>,
    names: Names,
    origins: BTreeMap<u32, Origin>,
    outputs: Vec<Output<Message>>,
    /// A commit that was not acknowledged yet.
    pending: Vec<Commit<Message>>,
    /// Changes of partitions that were told and not yet followed.
    changes: Vec<Change>,
    /// The last tick at whose end was marked.
    marked: Option<Tick>,
    watch: Watch<'static, Message>,
    /// What is counted once the commit stands, with the origin it is of.
    counts: Vec<(u32, Count)>,
}

/// What refusals call the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The topic of events.
    pub events: String,
    /// The topic of acts.
    pub actions: String,
}

impl Intake {
    /// Intake without partitions.
    #[must_use]
    pub fn new(helping: Helping, names: Names, schemas: Schemas, first_pack: Option<FirstPack>) -> Self {
        Self {
            helping,
            clock: clock::now,
            leaps: Leaps::default(),
            schemas,
            first_pack,
            names,
            origins: BTreeMap::new(),
            outputs: Vec::new(),
            pending: Vec::new(),
            changes: Vec::new(),
            marked: None,
            watch: Watch::nobody(),
            counts: Vec::new(),
        }
    }

    /// The same by another clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The same, with somebody who is told what it does.
    #[must_use]
    pub fn watched(self, watch: Watch<'static, Message>) -> Self {
        Self { watch, ..self }
    }

    /// Takes in what comes until asked to stop; what is in hand is committed then. `turned` is told of every round.
    ///
    /// # Errors
    /// Errors of the log. After one that is passing the next call goes on where this one was.
    pub fn serve(
        &mut self,
        store: &mut impl Store<Record = Message>,
        turned: &mut impl FnMut(&Self),
        stop: &Stop,
    ) -> Result<(), JournalError> {
        loop {
            self.commit(store)?;
            turned(self);
            if self.watch.is_due() {
                self.tell(store);
            }
            if stop.is_asked() {
                // Nobody may go on here for long: what is stamped is promised, so that no stage waits for the next one.
                return self.mark(store, (self.clock)(), Admission::finish_origin);
            }
            self.follow(store)?;
            // A commit that failed while partitions were given back comes first: an origin has one part in a commit.
            self.commit(store)?;
            let now = (self.clock)();
            if let Some(by_ms) = self.leaps.look(now, Instant::now()) {
                self.watch.see(&Seen::Leapt(by_ms));
            }
            let came = self.read(store, now)?;
            // The tick first: while a backlog fills every round, whoever waits for a mark would wait for the end of the backlog.
            if self.marked < Some(Tick(now.0 - 1)) {
                self.mark(store, Tick(now.0 - 1), Admission::mark_origin)?;
            } else if self.outputs.len() >= self.helping.commit || self.waiting_bytes() >= COMMIT_BYTES_MAX {
                self.put_together(None);
            } else if came == 0 {
                store.wait(WAIT_MAX);
            }
        }
    }

    /// About how many bytes wait for a commit.
    fn waiting_bytes(&self) -> usize {
        let bytes = |output: &Output<Message>| match &output.entry {
            Entry::Record { record, .. } => record.size_bytes(),
            Entry::Mark(_) => 0,
        };
        self.outputs.iter().map(bytes).sum()
    }

    /// How many origins there are here, and how many of them admit.
    #[must_use]
    pub fn origins(&self) -> (usize, usize) {
        (self.origins.len(), self.origins.values().filter(|origin| origin.phase == Phase::Open).count())
    }

    /// Tells where everything stands.
    fn tell(&mut self, store: &mut impl Store<Record = Message>) {
        let reading = |origin: &Origin| Reading {
            task: origin.lease.task.clone(),
            is_silent: false,
            since_checkpoint: None,
            marks: vec![(ADMITTED, origin.number, origin.admission.marked_of(origin.number).map(|tick| tick.0))],
        };
        let readings: Vec<Reading> = self.origins.values().map(reading).collect();
        self.watch.see(&Seen::Tasks(&readings));
        let inputs: Vec<(Topic, u32)> = self.origins.values().map(|origin| origin.input).collect();
        self.watch.read(store, &inputs);
    }

    /// Takes and gives partitions as the group says.
    fn follow(&mut self, store: &mut impl Store<Record = Message>) -> Result<(), JournalError> {
        let changes = store.changes()?;
        changes.iter().for_each(|change| self.watch.see(&Seen::Moved(change)));
        self.changes.extend(changes);
        while let Some(change) = self.changes.first().cloned() {
            match change {
                Change::Gained(inputs) => {
                    for input in inputs {
                        self.gain(store, input)?;
                    }
                }
                Change::Losing(inputs) => {
                    let saved = self.commit(store).and_then(|()| {
                        self.put_together(None);
                        self.commit(store)
                    });
                    self.forget(store, &inputs)?;
                    match saved {
                        // Others wait: what cannot be committed now is read again by the next owner.
                        Err(error) if error.is_passing() => {
                            self.watch.see(&Seen::Failed(&error));
                            tracing::warn!(%error, "partitions are given back without a last commit");
                        }
                        ended => ended?,
                    }
                }
                Change::Lost(inputs) => self.forget(store, &inputs)?,
            }
            self.changes.remove(0);
        }
        Ok(())
    }

    fn gain(&mut self, store: &mut impl Store<Record = Message>, input: (Topic, u32)) -> Result<(), JournalError> {
        let number = if input.0 == ACTIONS { ORIGIN_OF_ACTIONS } else { input.1 + 1 };
        self.drop_origin(number); // one from a try that failed
        let restored = store.restore(&task_name(number))?;
        let has_entry = restored.position.is_some();
        let (mark, next) = match &restored.position {
            Some(position) => {
                check(position)?;
                (position.sent.map(Tick), position.inputs.first().map(|input| input.next))
            }
            None => lost(store, number, input)?,
        };
        let next = next.map_or_else(|| first_kept(store, input), Ok)?;
        store.read(input, next, 0, &mut Vec::new())?;
        let is_known = mark.is_some() || number == ORIGIN_OF_ACTIONS;
        let phase = if is_known { Phase::Open } else { Phase::Unannounced(store.end(ADMITTED, 0)?) };
        let topic_name = if input.0 == ACTIONS { &self.names.actions } else { &self.names.events };
        let mut origin = Origin {
            number,
            input,
            input_name: format!("{topic_name}/{}", input.1),
            lease: restored.lease,
            next,
            phase,
            admission: Admission::resume_origin(Pace::Live, number, None),
            has_moved: false,
            taken: 0,
        };
        origin.resume(mark);
        tracing::info!(origin = number, partition = input.1, offset = next, "origin taken over");
        self.origins.insert(number, origin);
        if number == ORIGIN_OF_ACTIONS && !has_entry && mark.is_none() {
            self.propose_pack(store)?;
        }
        Ok(())
    }

    /// Activates the pack that configuration proposes for a log that is new.
    fn propose_pack(&mut self, store: &impl Store<Record = Message>) -> Result<(), JournalError> {
        let Some(FirstPack { pack, bytes }) = self.first_pack.clone() else {
            tracing::warn!(
                "the log is new and intake.first_pack names no pack: nothing counts until `slipwatch act pack FILE` puts one into force"
            );
            return Ok(());
        };
        let now = (self.clock)();
        let Self { origins, outputs, schemas, .. } = self;
        let mut sink = sink(store, outputs, schemas)?;
        let Some(origin) = origins.get_mut(&ORIGIN_OF_ACTIONS) else { return Ok(()) };
        // A pack holds from the tick after its own: what comes with the first tick must find it in force.
        let proposed = origin.propose(activation(&pack, &bytes, now.day()), Tick(now.0 - 1), &mut sink);
        match proposed {
            Ok(()) => tracing::info!(pack = %pack.hash, "the first pack of a new log is activated"),
            Err(refusal) => tracing::error!(%refusal, "the first pack was not admitted"),
        }
        Ok(())
    }

    fn forget(&mut self, store: &mut impl Store<Record = Message>, inputs: &[(Topic, u32)]) -> Result<(), JournalError> {
        let lost: Vec<u32> = self.origins.values().filter(|origin| inputs.contains(&origin.input)).map(|origin| origin.number).collect();
        for number in lost {
            tracing::info!(origin = number, "origin given up");
            self.drop_origin(number);
        }
        store.let_go(inputs)
    }

    /// Forgets an origin and what waits of it: the next owner reads it again.
    fn drop_origin(&mut self, number: u32) {
        let Some(origin) = self.origins.remove(&number) else { return };
        self.pending.retain(|part| part.lease.task != origin.lease.task);
        self.counts.retain(|(of, _)| *of != number);
        self.outputs.retain(|output| owner(output) != Some(number));
        // A promise for it would be a lie: its next owner may stamp the same tick. Marks may be skipped, so the whole one goes.
        for part in &mut self.pending {
            part.outputs.retain(|output| !speaks_for(output, number));
        }
    }

    /// Reads what came and takes it in; how many messages.
    fn read(&mut self, store: &mut impl Store<Record = Message>, now: Tick) -> Result<usize, JournalError> {
        let mut came = Vec::new();
        let mut count = 0;
        for origin in self.origins.values_mut() {
            if let Phase::Unannounced(from) = origin.phase {
                origin.listen(store, from, now)?;
                continue;
            }
            came.clear();
            store.read(origin.input, origin.next, self.helping.read, &mut came)?;
            count += came.len();
            let mut sink = sink(store, &mut self.outputs, &self.schemas)?;
            for (position, entry) in came.drain(..) {
                if let Entry::Record { record: Message::Raw(raw), .. } = entry {
                    origin.take(position, &raw, now, &mut sink);
                }
            }
        }
        Ok(count)
    }

    /// Promises a tick from every origin that can, and commits.
    fn mark(&mut self, store: &mut impl Store<Record = Message>, due: Tick, promise: Promise) -> Result<(), JournalError> {
        self.marked = Some(due);
        let open = self.origins.values_mut().filter(|origin| origin.phase == Phase::Open);
        let promised: Vec<(u32, Tick)> =
            open.filter_map(|origin| Some((origin.number, promise(&mut origin.admission, origin.number, due)?))).collect();
        let count = store.partitions(EVENTS)? + 1;
        let partitions = store.partitions(ADMITTED)?;
        for mark in marks(&promised, count) {
            let to_all = (0..partitions).map(|partition| Output { topic: ADMITTED, partition, entry: Entry::Mark(mark) });
            self.outputs.extend(to_all);
        }
        self.put_together(Some(&promised));
        self.commit(store)
    }

    /// Makes a commit of what waits: a part for every origin that moved. The marks come last, behind the records of every origin
    /// they speak for: a record behind its mark would be taken for a repeat.
    fn put_together(&mut self, promised: Option<&[(u32, Tick)]>) {
        let is_marked = |number: u32| promised.is_some_and(|promised| promised.iter().any(|(origin, _)| *origin == number));
        let (marks, mut records): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.outputs).into_iter().partition(|output| owner(output).is_none());
        for origin in self.origins.values_mut().filter(|origin| origin.has_moved || is_marked(origin.number)) {
            origin.has_moved = false;
            let own: Vec<_> = records.extract_if(.., |output| owner(output) == Some(origin.number)).collect();
            let (lease, position) = (origin.lease.clone(), origin.position());
            let gathered = Gathered { task: &lease.task, taken: std::mem::take(&mut origin.taken), repeats: 0, outputs: &own };
            self.counts.extend(self.watch.gathered(&gathered).map(|count| (origin.number, count)));
            self.pending.push(Commit { lease, outputs: own, position, checkpoint: None });
        }
        debug_assert!(records.is_empty(), "an origin that wrote something has moved");
        if let Some(last) = self.pending.last_mut() {
            last.outputs.extend(marks);
        }
    }

    /// Commits what waits; an origin that turns out to be another's is forgotten, and the rest is committed.
    fn commit(&mut self, store: &mut impl Store<Record = Message>) -> Result<(), JournalError> {
        while !self.pending.is_empty() {
            let began = Instant::now();
            match store.commit(&mut self.pending) {
                Ok(()) => {
                    self.pending.clear();
                    self.counts.drain(..).for_each(|(_, count)| count());
                    self.watch.see(&Seen::Committed(began.elapsed()));
                }
                Err(JournalError::Fenced { task }) => {
                    let owned = self.origins.values().find(|origin| origin.lease.task == task).map(|origin| origin.number);
                    let Some(number) = owned else { return Err(JournalError::Fenced { task }) };
                    tracing::warn!(origin = number, "origin taken by another");
                    self.watch.see(&Seen::Failed(&JournalError::Fenced { task }));
                    self.drop_origin(number);
                }
                Err(other) => return Err(other),
            }
        }
        Ok(())
    }
}

/// How an origin promises a tick of the clock.
type Promise = fn(&mut Admission, u32, Tick) -> Option<Tick>;

/// Refuses what another version of the judgement stamped, or another generation.
fn check(position: &PositionEntry) -> Result<(), JournalError> {
    let task = &position.task;
    if position.generation != GENERATION {
        let what = format!("task {task}");
        return Err(JournalError::OtherGeneration { what, stored: position.generation, running: GENERATION });
    }
    if position.judgement != judgement() {
        return Err(JournalError::OtherJudgement { task: task.clone(), stored: position.judgement.clone(), running: judgement() });
    }
    Ok(())
}

/// Last mark and next message of an origin without an entry of its own: what the log says, and the group. A log that does not know it
/// has nothing of its input, whatever a group of an earlier log of this name has read.
fn lost(store: &mut impl Store<Record = Message>, number: u32, input: (Topic, u32)) -> Result<(Option<Tick>, Option<u64>), JournalError> {
    let mark = recovery::last_mark(store, number)?;
    let next = if mark.is_some() { store.group_position(input)? } else { None };
    if let Some(Tick(mark)) = mark {
        tracing::warn!(origin = number, mark, next, "no entry of its own: it goes on where the log and the group say");
    }
    Ok((mark, next))
}

/// Whose an output is: a record's origin; a mark speaks for several.
fn owner(output: &Output<Message>) -> Option<u32> {
    match &output.entry {
        Entry::Record { origin, .. } => Some(*origin),
        Entry::Mark(_) => None,
    }
}

fn speaks_for(output: &Output<Message>, origin: u32) -> bool {
    match &output.entry {
        Entry::Record { .. } => false,
        Entry::Mark(mark) => mark.origins.range().contains(&origin),
    }
}

fn sink<'a>(
    store: &impl Store<Record = Message>,
    outputs: &'a mut Vec<Output<Message>>,
    schemas: &'a Schemas,
) -> Result<Sink<'a>, JournalError> {
    Ok(Sink { partitions: store.partitions(ADMITTED)?, refusal_partitions: store.partitions(REFUSED)?, outputs, schemas })
}

/// The first position that the broker still has: where a first start begins.
fn first_kept(store: &mut impl Store<Record = Message>, input: (Topic, u32)) -> Result<u64, JournalError> {
    match store.read(input, 0, 0, &mut Vec::new()) {
        Ok(()) => Ok(0),
        Err(JournalError::PositionGone { first, .. }) => Ok(first),
        Err(other) => Err(other),
    }
}
