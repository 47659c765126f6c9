//! The feed of a live log: rows as they arrive, acts from the inbox, and marks by the clock.
//!
//! A reading thread waits for the input, so that marks go on while nothing comes. What must never enter: a decision; the
//! clock stamps and marks, nothing more.

use crate::{
    counting::Counting,
    door::{Door, Handed},
    failure::Failure,
    file::Rows,
    history::{Item, Reading, RowReader},
    inputs::Following,
};
use engine::identity;
use intake::clock::Leaps;
use journal::{Commit, JournalError, sqlite::SqliteStore};
use service_kit::{Feed, Flow};
use stages::{
    admission::activation,
    intaking::{FirstPack, Intaking},
    message::Message,
};
use std::{
    path::Path,
    sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel},
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use vocab::time::{TICKS_PER_SECOND, Tick};

/// Rows that may wait between the reading thread and the judging one.
const ROWS_WAITING_MAX: usize = 10_000;
/// Rows taken in at once.
const ROWS_AT_ONCE: usize = 5_000;
/// How often a followed file is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(100);
/// Acts taken from the inbox at once.
const ACTS_AT_ONCE: u32 = 64;
/// Ticks between marks while nothing comes.
const IDLE_TICKS: i64 = TICKS_PER_SECOND;

/// A row with its line.
type Numbered = (u64, Item);

/// What happens at the end of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtEnd {
    /// It is watched for more.
    Follow,
    /// The run ends.
    Stop,
}

/// Rows as they arrive.
pub struct Source {
    rows: Receiver<Result<Numbered, Failure>>,
    /// Held where nothing reads, so that the rows do not end.
    _held: Option<SyncSender<Result<Numbered, Failure>>>,
}

impl Source {
    /// No input: it sends nothing and does not end.
    #[must_use]
    pub fn silent() -> Self {
        let (sender, rows) = sync_channel(1);
        Self { rows, _held: Some(sender) }
    }

    /// Opens an input (`-` is standard input) after a line; what follows its end is `at_end`'s.
    ///
    /// # Errors
    /// [`Failure::Input`] when it cannot be opened.
    pub fn open(reading: &Reading, input: &Path, after_line: u64, at_end: AtEnd) -> Result<Self, Failure> {
        let (sender, rows) = sync_channel(ROWS_WAITING_MAX);
        let mut reader = if input == Path::new("-") {
            RowReader::of_standard_input(reading)
        } else if at_end == AtEnd::Stop {
            RowReader::open(reading, input)?
        } else {
            RowReader::following(reading, input, FOLLOW_EVERY)?
        };
        std::thread::spawn(move || {
            let sent = reader.each_row(after_line, |line, item| sender.send(Ok((line, item))).is_ok());
            if let Err(failure) = sent {
                let _nobody_listens = sender.send(Err(failure));
            }
        });
        Ok(Self { rows, _held: None })
    }
}

/// The feed of a live log.
pub struct Live {
    intaking: Intaking,
    source: Source,
    first_pack: Option<FirstPack>,
    rows: Rows,
    following: Following,
    door: Option<Door>,
    /// Requests whose messages are in the commit under way.
    uncommitted: Vec<oneshot::Sender<()>>,
    marked: Option<Tick>,
    leaps: Leaps,
    counting: Option<Counting>,
    has_ended: bool,
    failure: Option<Failure>,
    counts: (u64, u64),
}

impl Live {
    /// A feed of rows as they arrive.
    #[must_use]
    pub fn new(intaking: Intaking, source: Source, first_pack: Option<FirstPack>, rows: Rows, following: Following) -> Self {
        let marked = intaking.marked();
        Self {
            intaking,
            source,
            first_pack,
            rows,
            following,
            door: None,
            uncommitted: Vec::new(),
            marked,
            leaps: Leaps::default(),
            counting: None,
            has_ended: false,
            failure: None,
            counts: (0, 0),
        }
    }

    /// The same, with a door at which messages are handed in.
    #[must_use]
    pub fn with_door(self, door: Option<Door>) -> Self {
        Self { door, ..self }
    }

    /// The same, with somebody who is told when the clock leaps.
    #[must_use]
    pub fn counted_by(self, counting: Option<Counting>) -> Self {
        Self { counting, ..self }
    }

    /// Tells those who wait for the last commit, and closes the door.
    ///
    /// # Errors
    /// [`Failure::Other`] when the door had failed.
    pub fn close(&mut self) -> Result<(), Failure> {
        self.acknowledge();
        self.door.take().map_or(Ok(()), Door::close)
    }

    /// What was put in is committed: whoever waits for it is told.
    fn acknowledge(&mut self) {
        if !self.uncommitted.is_empty() {
            self.rows.forget_originals();
        }
        for committed in self.uncommitted.drain(..) {
            // A client that left does not hear it; sent again, its messages count once.
            let _left = committed.send(());
        }
    }

    fn take_handed(&mut self, now: Tick) -> usize {
        let mut taken = 0;
        while taken < ROWS_AT_ONCE
            && let Some(Handed { messages, committed }) = self.door.as_ref().and_then(Door::take)
        {
            taken += messages.len();
            for came in messages {
                match self.intaking.admit(came.event.clone(), now) {
                    Some(admitted) => {
                        self.counts.0 += 1;
                        self.rows.keep(&admitted, came);
                    }
                    None => self.counts.1 += 1,
                }
            }
            self.uncommitted.push(committed);
        }
        taken
    }

    /// Events taken in and rows refused.
    #[must_use]
    pub const fn counts(&self) -> (u64, u64) {
        self.counts
    }

    /// What ended the feed early, if anything did.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn activate(&mut self, now: Tick) {
        if let Some(FirstPack { pack, bytes }) = self.first_pack.take() {
            // A pack holds from the tick after its own: what comes with the first tick must find it in force.
            self.intaking.admit(activation(&pack, &bytes, now.day()), Tick(now.0 - 1));
        }
    }

    fn take_rows(&mut self, now: Tick) -> usize {
        let mut taken = 0;
        while taken < ROWS_AT_ONCE {
            match self.source.rows.try_recv() {
                Ok(Ok((line, item))) => {
                    taken += 1;
                    self.following.reached(line);
                    self.take_item(item, now);
                }
                Ok(Err(failure)) => {
                    self.failure = Some(failure);
                    self.has_ended = true;
                }
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.has_ended = true;
                    break;
                }
            }
        }
        taken
    }

    fn take_item(&mut self, item: Item, now: Tick) {
        match item {
            Item::Event(event, _) => match self.intaking.admit_prepared(event, now) {
                Some(_) => self.counts.0 += 1,
                None => self.counts.1 += 1,
            },
            Item::Refused(mut refused) => {
                refused.day = now.day();
                self.counts.1 += 1;
                self.intaking.refuse(*refused, now);
            }
        }
    }

    fn take_acts(&mut self, store: &mut SqliteStore<Rows>, now: Tick) -> Result<usize, JournalError> {
        let acts = store.file().acts(ACTS_AT_ONCE)?;
        let count = acts.len();
        for act in acts {
            let admitted = wire::event::event_from_json(act.body.as_bytes()).map_err(|refusal| refusal.to_string()).and_then(|event| {
                self.rows.ask(identity::record(&event.source, &event.source_record_id), act.id);
                self.intaking.admit(event, now).ok_or_else(|| "it stands in the table `refused`".to_owned())
            });
            if let Err(why) = admitted {
                turn_away(store, (act.id, now), &why)?;
            }
        }
        Ok(count)
    }

    /// Marks what is complete: every tick before this one, and this one too when the input has ended.
    fn mark(&mut self, now: Tick, taken: usize) {
        let due = if self.has_ended { now } else { Tick(now.0 - 1) };
        let wait = if taken > 0 || self.has_ended { 1 } else { IDLE_TICKS };
        if self.marked.is_none_or(|marked| due.0 - marked.0 >= wait) {
            self.intaking.mark(due);
            self.marked = Some(due);
        }
    }
}

/// Answers an act that cannot be let in, so that it is not offered again.
fn turn_away(store: &mut SqliteStore<Rows>, (id, now): (i64, Tick), why: &str) -> Result<(), JournalError> {
    let mut batch = store.file().begin()?;
    batch.take(id, now.0)?;
    batch.answer(id, &format!("refused: {why}"))?;
    batch.commit()
}

impl Feed<SqliteStore<Rows>> for Live {
    fn fill(&mut self, store: &mut SqliteStore<Rows>, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        self.acknowledge();
        if self.has_ended {
            return Ok(Flow::Ended);
        }
        let now = intake::clock::now();
        if let (Some(by_ms), Some(counting)) = (self.leaps.look(now, Instant::now()), &self.counting) {
            counting.leapt(by_ms);
        }
        self.activate(now);
        let taken = self.take_rows(now) + self.take_handed(now) + self.take_acts(store, now)?;
        self.mark(now, taken);
        let waiting = self.intaking.waiting();
        if waiting > 0 {
            parts.push(self.intaking.part(Some(self.following.page())));
        }
        Ok(match (self.has_ended, waiting) {
            (true, _) => Flow::Ended,
            (false, 0) => Flow::Idle,
            (false, _) => Flow::More,
        })
    }
}
