//! Intaking: admitted records, refusals and marks as parts of commits, whichever store takes them.
//!
//! The last mark of the intake task is where it goes on. What must never enter: a clock (its tick is handed in), a decision,
//! where the events come from.

use crate::{
    GENERATION,
    admission::{Admission, EVENTS, label},
    judgement, key,
    message::{ADMITTED, Message, REFUSED},
};
use engine::{
    intake::{Pace, Prepared},
    register::is_broadcast,
};
use journal::{
    Checkpoint, Commit, Entry, Extent, InputPosition, JournalError, Lease, Mark, Origins, Output, Page, PageChange, PositionEntry, Store,
    partition_for,
};
use std::{ops::Range, sync::Arc};
use vocab::{
    event::Event,
    pack::Pack,
    record::{Admitted, Position, Refusal, Refused},
    time::Tick,
};

/// Name of the intake task.
pub const INTAKE: &str = "intake";
/// Number of the intake stage in marks.
const STAGE: u8 = 0;
/// Name of the page that says which files were read and how far.
pub const INPUTS: &str = "inputs";

/// The partitions a record goes to: that of its key, or all of them for what every task must hear.
#[must_use]
pub fn partitions_of(admitted: &Admitted, partitions: u32) -> Range<u32> {
    if is_broadcast(&admitted.event.body) {
        return 0..partitions;
    }
    if partitions <= 1 {
        return 0..1;
    }
    let mut key = Vec::new();
    key::of_event(&admitted.event, &mut key);
    let own = partition_for(&key, partitions);
    own..own + 1
}

/// The page that says which files were read, among those of the intake task; none where no file was.
#[must_use]
pub fn inputs_of(pages: &[Page]) -> Option<&[u8]> {
    pages.iter().find(|page| page.key == INPUTS).map(|page| page.body.as_slice())
}

/// Where a task of intake stands: it has sent marks up to a tick, and releases none itself.
#[must_use]
pub fn position(task: &str, sent: Option<Tick>, inputs: Vec<InputPosition>) -> PositionEntry {
    PositionEntry {
        task: task.to_owned(),
        generation: GENERATION,
        judgement: judgement(),
        tick: None,
        sent: sent.map(|tick| tick.0),
        inputs,
        streams: Vec::new(),
    }
}

/// Writes admitted records, refusals and marks as parts of commits.
#[derive(Debug)]
pub struct Intaking {
    admission: Admission,
    pace: Pace,
    lease: Lease,
    partitions: u32,
    refusal_partitions: u32,
    origins: u32,
    outputs: Vec<Output<Message>>,
    next_origin: u32,
    turned_away: u64,
}

impl Intaking {
    /// Takes the intake task over. The last mark of every origin is where it stood.
    ///
    /// # Errors
    /// Errors of the store; another judgement or generation is refused.
    pub fn open(store: &mut impl Store<Record = Message>, pace: Pace, partitions: u32) -> Result<Self, JournalError> {
        let restored = store.restore(INTAKE)?;
        let mark = restored.position.as_ref().and_then(|position| position.sent).map(Tick);
        if let Some(position) = restored.position.filter(|position| position.judgement != judgement()) {
            return Err(JournalError::OtherJudgement { task: INTAKE.to_owned(), stored: position.judgement, running: judgement() });
        }
        let (origins, refusal_partitions) = (partitions + 1, store.partitions(REFUSED)?);
        let (admission, lease) = (Admission::resume(pace, origins, mark), restored.lease);
        Ok(Self { admission, pace, lease, partitions, refusal_partitions, origins, outputs: Vec::new(), next_origin: 0, turned_away: 0 })
    }

    /// The same for a log whose inputs are so many origins, where that is not a partition of events for each of the log.
    #[must_use]
    pub fn with_origins(self, origins: u32) -> Self {
        let (pace, mark) = (self.pace, self.admission.marked());
        Self { admission: Admission::resume(pace, origins, mark), origins, ..self }
    }

    /// The last mark.
    #[must_use]
    pub fn marked(&self) -> Option<Tick> {
        self.admission.marked()
    }

    /// Lines that were older than the sorting window of their feed.
    #[must_use]
    pub const fn out_of_window(&self) -> u64 {
        self.admission.out_of_window()
    }

    /// Events that could be read and were not let in: a pack with mistakes, a word that intake does not know.
    #[must_use]
    pub const fn turned_away(&self) -> u64 {
        self.turned_away
    }

    /// How many outputs wait for a commit.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.outputs.len()
    }

    /// Admits an event at a tick of the clock, or keeps why not; the record's identity when it is in.
    pub fn admit(&mut self, event: Event, clock: Tick) -> Option<Arc<Admitted>> {
        self.admit_prepared(Prepared::of(event), clock)
    }

    /// The same for an event that was prepared on another thread.
    pub fn admit_prepared(&mut self, prepared: Prepared, clock: Tick) -> Option<Arc<Admitted>> {
        let kept = Arc::clone(prepared.event());
        match self.try_admit(prepared, clock) {
            Ok(admitted) => Some(admitted),
            Err(reason) => {
                self.turned_away += 1;
                let mut bytes = Vec::new();
                wire::event::event_to_json(&kept, &mut bytes);
                let position = Position { input: label(kept.source_record_id.as_str()), at: u64::from(kept.revision) };
                self.refuse(wire::refused::refused_of(kept.source.clone(), reason, position, &bytes, clock.day()), clock);
                None
            }
        }
    }

    /// Admits an event at a tick of the clock, or says why not and keeps nothing: whoever hands it in has the bytes it was read from.
    ///
    /// # Errors
    /// The [`Refusal`] of intake.
    pub fn try_admit(&mut self, prepared: Prepared, clock: Tick) -> Result<Arc<Admitted>, Refusal> {
        self.next_origin = (self.next_origin + 1) % (self.origins - 1);
        let admitted = Arc::new(self.admission.admit_prepared(prepared, EVENTS + self.next_origin, clock)?);
        self.send(&admitted);
        Ok(admitted)
    }

    fn send(&mut self, admitted: &Arc<Admitted>) {
        for partition in partitions_of(admitted, self.partitions) {
            let entry = Entry::Record { origin: admitted.origin, record: Message::Admitted(Arc::clone(admitted)) };
            self.outputs.push(Output { topic: ADMITTED, partition, entry });
        }
    }

    /// Keeps a refusal.
    pub fn refuse(&mut self, refused: Refused, tick: Tick) {
        let record = Message::Refused(tick, Arc::new(refused), Arc::default());
        let partition = key::partition(&record, self.refusal_partitions, 0);
        self.outputs.push(Output { topic: REFUSED, partition, entry: Entry::Record { origin: 0, record } });
    }

    /// Promises that everything up to a tick of the clock is in.
    pub fn mark(&mut self, clock: Tick) {
        let Some(tick) = self.admission.mark(self.origins, clock) else { return };
        let mark = Mark { generation: GENERATION, stage: STAGE, origins: Origins::all(self.origins), tick: tick.0, count: self.origins };
        for partition in 0..self.partitions {
            self.outputs.push(Output { topic: ADMITTED, partition, entry: Entry::Mark(mark) });
        }
    }

    /// What waits, as a part of a commit, with a page that says how far the inputs were read.
    pub fn part(&mut self, inputs: Option<Vec<u8>>) -> Commit<Message> {
        let position = position(INTAKE, self.marked(), Vec::new());
        let page = |body| Checkpoint { extent: Extent::Touched, pages: vec![PageChange { key: INPUTS.to_owned(), body: Some(body) }] };
        Commit { lease: self.lease.clone(), outputs: std::mem::take(&mut self.outputs), position, checkpoint: inputs.map(page) }
    }
}

/// The pack to activate when the log is new, with its bytes.
#[derive(Clone, Debug)]
pub struct FirstPack {
    /// What it means.
    pub pack: Arc<Pack>,
    /// Its bytes.
    pub bytes: Arc<[u8]>,
}
