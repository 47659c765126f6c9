//! Who is told what a line does: readings for numbers and log lines, and nothing that anything is decided by.
//!
//! What a commit wrote is counted when the commit stands, and never if it does not. Where tasks stand is told about once a second, how
//! far inputs are read a little less often, for that asks the store. Must never enter: a metric's name, an answer that changes what
//! the line does.

use std::time::{Duration, Instant};

use journal::{Change, JournalError, Lag, Notice, Output, Store, Topic};

/// How often it is told where tasks stand.
const READ_EVERY: Duration = Duration::from_secs(1);
/// Of so many readings one asks the store how far inputs are read.
const ASK_EVERY: u32 = 5;

/// The part of a task in a commit, as it was put together.
#[derive(Clone, Copy, Debug)]
pub struct Gathered<'a, R> {
    /// The task.
    pub task: &'a str,
    /// Records it took since its part before; those of a silent re-run are not among them.
    pub taken: u64,
    /// Repeats it dropped since then.
    pub repeats: u64,
    /// What it writes.
    pub outputs: &'a [Output<R>],
}

/// Counts something that was gathered. Called once the commit stands, dropped when it will never be made.
pub type Count = Box<dyn FnOnce()>;

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The task.
    pub task: String,
    /// Whether it is still in its silent re-run.
    pub is_silent: bool,
    /// How long ago its state was saved, or restored; none where there is no state.
    pub since_checkpoint: Option<Duration>,
    /// The last mark of every announced origin of its inputs: topic, origin, tick.
    pub marks: Vec<(Topic, u32, Option<i64>)>,
}

/// Something a line has to tell.
#[derive(Debug)]
pub enum Seen<'a> {
    /// A commit stands; it took so long.
    Committed(Duration),
    /// The log did not do what it was asked to.
    Failed(&'a JournalError),
    /// Partitions came or went.
    Moved(&'a Change),
    /// Where every task seated here stands: what is not among them is not here any more.
    Tasks(&'a [Reading]),
    /// How far every input is read: what is not among them is not read here any more.
    Inputs(&'a [Lag]),
    /// The store has something to say.
    Notice(&'a Notice),
    /// The host's clock has leapt by so many milliseconds, backwards where negative.
    Leapt(i64),
}

/// Writes what a store has to say to the log, under the name of the part whose store it is.
pub fn say_notice(notice: &Notice, part: &str) {
    match notice {
        Notice::Broker(words) => tracing::warn!(part, words, "the client of the broker says"),
        Notice::Disagreement { task, topic, partition, entry, group } => {
            let words = "the group stood elsewhere than the task's own entry, which counts";
            tracing::warn!(part, task, topic, partition, entry, group, "{words}");
        }
        Notice::Unreadable { topic, partition, position, bytes_max } => {
            let words = "a batch cannot be unpacked, and its partition stands still: it is damaged, or holds more than bytes_max; raise \
                         kafka.client.\"receive.message.max.bytes\" and reload, until it is past (deploy/runbooks/UnreadableBatch.md)";
            tracing::error!(part, topic, partition, position, bytes_max, "{words}");
        }
    }
}

/// Who is told.
pub trait Observer<R> {
    /// A part of a commit was put together; what is given back is called once the commit stands.
    fn gathered(&mut self, part: &Gathered<'_, R>) -> Count;

    /// Something is to be told.
    fn see(&mut self, seen: &Seen<'_>);
}

/// An observer with the times at which it is told; it may be nobody.
pub struct Watch<'a, R> {
    observer: Option<Box<dyn Observer<R> + 'a>>,
    read: Option<Instant>,
    readings: u32,
}

impl<'a, R> Watch<'a, R> {
    /// Nobody is told.
    #[must_use]
    pub fn nobody() -> Self {
        Self { observer: None, read: None, readings: 0 }
    }

    /// This one is told.
    #[must_use]
    pub fn of(observer: impl Observer<R> + 'a) -> Self {
        Self { observer: Some(Box::new(observer)), ..Self::nobody() }
    }

    /// Tells something.
    pub fn see(&mut self, seen: &Seen<'_>) {
        if let Some(observer) = &mut self.observer {
            observer.see(seen);
        }
    }

    /// Tells a part of a commit; what is to be called once it stands.
    pub fn gathered(&mut self, part: &Gathered<'_, R>) -> Option<Count> {
        self.observer.as_mut().map(|observer| observer.gathered(part))
    }

    /// Whether it is time for a reading.
    pub fn is_due(&mut self) -> bool {
        let is_due = self.observer.is_some() && self.read.is_none_or(|read| read.elapsed() >= READ_EVERY);
        if is_due {
            self.read = Some(Instant::now());
        }
        is_due
    }

    /// Tells what a store has to say, and now and then how far inputs are read. To be called when a reading is due.
    pub fn read(&mut self, store: &mut impl Store<Record = R>, inputs: &[(Topic, u32)]) {
        for notice in store.take_notices() {
            self.see(&Seen::Notice(&notice));
        }
        let asks = self.readings.is_multiple_of(ASK_EVERY);
        self.readings = self.readings.wrapping_add(1);
        if asks {
            match store.lags(inputs) {
                Ok(lags) => self.see(&Seen::Inputs(&lags)),
                Err(error) => self.see(&Seen::Failed(&error)),
            }
        }
    }
}

impl<R> std::fmt::Debug for Watch<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.observer.is_some() { "Watch(somebody)" } else { "Watch(nobody)" })
    }
}
