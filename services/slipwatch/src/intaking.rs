//! The feed of history into a log, whichever store it is: days are admitted in turn and committed with their marks.
//!
//! The position of the intake task says which days are in; a restart reads the files again, lets those days go by, and goes
//! on with the next. What must never enter: a clock, a decision.

use crate::{
    admission::{Admission, EVENTS, activation, label},
    failure::Failure,
    history::{History, KnownDay},
    message::{ADMITTED, Message, REFUSED},
};
use engine::{
    identity,
    intake::{Pace, Prepared},
    register::is_broadcast,
};
use journal::{Checkpoint, Commit, Entry, Extent, JournalError, Lease, Mark, Origins, Output, PageChange, PositionEntry, Store};
use service_kit::{Feed, Flow};
use std::sync::Arc;
use vocab::{
    event::Event,
    pack::Pack,
    record::{Admitted, Position, Refused},
    time::{Day, Tick},
};

/// Name of the intake task.
pub const INTAKE: &str = "intake";
/// Generation of everything this build writes.
pub const GENERATION: u32 = 1;
/// Number of the intake stage in marks.
const STAGE: u8 = 0;
/// Records put into the log at once, about: a day is never cut.
const RECORDS_AT_ONCE: usize = 2_000;
/// Name of the page that says which files were read and how far.
pub const INPUTS: &str = "inputs";

/// The version of the judgement as positions carry it.
#[must_use]
pub fn judgement() -> String {
    engine::seal::JUDGEMENT.to_string()
}

/// Writes admitted records, refusals and marks as parts of commits.
#[derive(Debug)]
pub struct Intaking {
    admission: Admission,
    lease: Lease,
    partitions: u32,
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
        let origins = partitions + 1;
        let admission = Admission::resume(pace, origins, mark);
        Ok(Self { admission, lease: restored.lease, partitions, origins, outputs: Vec::new(), next_origin: 0, turned_away: 0 })
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
        self.next_origin = (self.next_origin + 1) % (self.origins - 1);
        let kept = Arc::clone(prepared.event());
        match self.admission.admit_prepared(prepared, EVENTS + self.next_origin, clock) {
            Ok(admitted) => {
                let admitted = Arc::new(admitted);
                self.send(&admitted);
                Some(admitted)
            }
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

    fn send(&mut self, admitted: &Arc<Admitted>) {
        let partitions = if is_broadcast(&admitted.event.body) {
            0..self.partitions
        } else {
            let home = identity::home(admitted.id, self.partitions);
            home..home + 1
        };
        for partition in partitions {
            let entry = Entry::Record { origin: admitted.origin, record: Message::Admitted(Arc::clone(admitted)) };
            self.outputs.push(Output { topic: ADMITTED, partition, entry });
        }
    }

    /// Keeps a refusal.
    pub fn refuse(&mut self, refused: Refused, tick: Tick) {
        let entry = Entry::Record { origin: 0, record: Message::Refused(tick, Arc::new(refused)) };
        self.outputs.push(Output { topic: REFUSED, partition: 0, entry });
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
        let position = PositionEntry {
            task: INTAKE.to_owned(),
            generation: GENERATION,
            judgement: judgement(),
            tick: None,
            sent: self.marked().map(|tick| tick.0),
            inputs: Vec::new(),
            streams: Vec::new(),
        };
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

/// Files of history on their way into a log.
pub struct HistoryFeed {
    /// Where they are admitted.
    pub intaking: Intaking,
    history: History,
    first_pack: Option<FirstPack>,
    /// Days up to this one are in already: they are read again and let go by.
    done: Option<Day>,
    until: Option<Day>,
    page: InputsPage,
    failure: Option<Failure>,
    has_ended: bool,
}

/// How far the files are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// Up to a day.
    Day(Day),
    /// All of them.
    End,
}

/// Writes the page of inputs; nothing in a log that is not resumed.
pub type InputsPage = Box<dyn Fn(Reached, &History) -> Option<Vec<u8>>>;

impl HistoryFeed {
    /// A feed of files; `done` is the last day of them that is in already.
    #[must_use]
    pub fn new(intaking: Intaking, history: History, done: Option<Day>, page: InputsPage) -> Self {
        Self { intaking, history, first_pack: None, done, until: None, page, failure: None, has_ended: false }
    }

    /// The same, activating a pack before the first day.
    #[must_use]
    pub fn with_pack(self, first_pack: Option<FirstPack>) -> Self {
        Self { first_pack, ..self }
    }

    /// The same, letting days pass up to this one after the end of the files.
    #[must_use]
    pub fn until(self, until: Option<Day>) -> Self {
        Self { until, ..self }
    }

    /// The files.
    #[must_use]
    pub const fn history(&self) -> &History {
        &self.history
    }

    /// What ended the feed early, if anything did.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn day(&mut self, day: Day, known: KnownDay) {
        if self.done >= Some(day) {
            return;
        }
        if let Some(FirstPack { pack, bytes }) = self.first_pack.take() {
            let before = day.plus(-1);
            self.intaking.admit(activation(&pack, &bytes, before), before.last_tick());
            self.intaking.mark(before.last_tick());
        }
        for refused in known.refused {
            self.intaking.refuse(refused, day.last_tick());
        }
        for (claimed, event) in known.events {
            self.intaking.admit_prepared(event, claimed.last_tick());
        }
        self.intaking.mark(day.last_tick());
    }

    fn end(&mut self) {
        let day = self.intaking.marked().map_or(vocab::time::DAY_MIN, Tick::day);
        for refused in self.history.take_refused() {
            self.intaking.refuse(refused, day.last_tick());
        }
        if let Some(until) = self.until.filter(|until| *until > day) {
            self.intaking.mark(until.last_tick());
        }
    }

    /// Puts days in until there are enough for a commit; how far that is.
    fn advance(&mut self) -> Result<Reached, Failure> {
        while self.intaking.waiting() < RECORDS_AT_ONCE {
            match self.history.next_day()? {
                Some((day, known)) => self.day(day, known),
                None => {
                    self.end();
                    return Ok(Reached::End);
                }
            }
        }
        Ok(Reached::Day(self.intaking.marked().map_or(vocab::time::DAY_MIN, Tick::day)))
    }
}

impl<S: Store<Record = Message>> Feed<S> for HistoryFeed {
    fn fill(&mut self, _store: &mut S, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if self.has_ended {
            return Ok(Flow::Ended);
        }
        let reached = self.advance().unwrap_or_else(|failure| {
            self.failure = Some(failure);
            Reached::End
        });
        self.has_ended = reached == Reached::End;
        if self.failure.is_none() {
            let page = (self.page)(reached, &self.history);
            parts.push(self.intaking.part(page));
        }
        Ok(if self.has_ended { Flow::Ended } else { Flow::More })
    }
}
