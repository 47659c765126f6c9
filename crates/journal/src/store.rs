//! What a log store must do, whichever it is.
//!
//! The trait is cut so that Kafka fits: reading is by position and sequential, the lease is the producer's epoch and
//! the group's generation, one commit may carry several tasks because an instance has one transaction, and nothing here
//! needs a second look at what was sent. Must never enter: SQL, a client's types, a decision about records.

use std::ops::ControlFlow;
use std::time::Duration;

use crate::commit::{Commit, Page};
use crate::error::JournalError;
use crate::mark::Entry;
use crate::position::{PositionEntry, Topic};

/// The right to write for a task: the newest restore of a task has it, every older one is fenced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The task it is for.
    pub task: String,
    /// Rises with every restore of the task.
    pub epoch: u64,
}

/// What a store knows of a task at its start.
#[derive(Clone, Debug)]
pub struct Restored {
    /// The right to commit from now on; whoever had it before is fenced.
    pub lease: Lease,
    /// Where the task stood at its last commit; `None` if it never committed.
    pub position: Option<PositionEntry>,
    /// Where it stood at its last checkpoint; `None` if there was none.
    pub checkpoint: Option<PositionEntry>,
}

/// What became of the partitions a process reads, where others decide that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// These partitions are this process's to read and to write for: seat their tasks.
    Gained(Vec<(Topic, u32)>),
    /// Another process waits for these: commit what is done, forget their tasks, then [`Store::let_go`].
    Losing(Vec<(Topic, u32)>),
    /// These are another's already: forget their tasks without a commit, then [`Store::let_go`].
    Lost(Vec<(Topic, u32)>),
}

/// Something people should hear of; nothing is decided by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What the client library says about the broker and the way to it.
    Broker(String),
    /// The group's position of an input is not the one in the task's entry; the entry was believed.
    Disagreement {
        /// The task.
        task: String,
        /// Name of the topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Position in the task's entry.
        entry: u64,
        /// Position the group has, if it has one.
        group: Option<u64>,
    },
    /// A batch cannot be unpacked, and its partition stands still before it. It is told again for as long as that lasts.
    Unreadable {
        /// Name of the topic.
        topic: String,
        /// The partition.
        partition: u32,
        /// Position of its first message that cannot be read.
        position: u64,
        /// The most bytes that the client unpacks a batch to.
        bytes_max: u64,
    },
}

impl Notice {
    /// Whether something cannot go on until somebody mends it.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        match self {
            Self::Broker(_) | Self::Disagreement { .. } => false,
            Self::Unreadable { .. } => true,
        }
    }
}

/// How far one input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lag {
    /// The input topic.
    pub topic: Topic,
    /// The partition of it.
    pub partition: u32,
    /// The next position to be asked for.
    pub next: u64,
    /// Entries from there to the end. Of what is not fetched yet, what ends transactions is among them.
    pub entries: u64,
}

/// Entries read at once of a stretch.
const STRETCH: usize = 1_000;

/// A log store.
pub trait Store {
    /// What the store carries.
    type Record;

    /// How many partitions `topic` has.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`].
    fn partitions(&self, topic: Topic) -> Result<u32, JournalError>;

    /// One past the last position of a partition.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], [`JournalError::UnknownPartition`].
    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError>;

    /// Appends to `out` up to `max` committed entries at or after `from`, in order of position. Positions rise but need
    /// not be dense. `at` is (topic, partition).
    ///
    /// # Errors
    /// [`JournalError::PositionGone`] when `from` was deleted, [`JournalError::PositionAhead`] when it was never
    /// written: a missing position is never skipped.
    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<Self::Record>)>) -> Result<(), JournalError>;

    /// Shows the committed entries of a partition, from a position or the first that is kept, until `each` breaks off or they end; where
    /// what is read otherwise stands does not change. Whoever has written there by now and has not ended is waited for: what is shown
    /// holds everything that can come to be committed of what was written before.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn show(
        &mut self,
        at: (Topic, u32),
        from: u64,
        each: &mut dyn FnMut(u64, Entry<Self::Record>) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let (mut next, mut entries) = (from, Vec::new());
        loop {
            match self.read(at, next, STRETCH, &mut entries) {
                Err(JournalError::PositionGone { first, .. }) => next = first,
                read => read?,
            }
            if entries.is_empty() && next >= self.end(at.0, at.1)? {
                return Ok(());
            }
            for (position, entry) in entries.drain(..) {
                next = position + 1;
                if each(position, entry).is_break() {
                    return Ok(());
                }
            }
        }
    }

    /// Where the group of processes that share the inputs stands in one of them: for a task whose own entry is lost. None where no
    /// group keeps positions, or none of this input.
    ///
    /// # Errors
    /// When the store cannot be asked.
    fn group_position(&mut self, _at: (Topic, u32)) -> Result<Option<u64>, JournalError> {
        Ok(None)
    }

    /// Takes over a task: fences whoever wrote for it before, and says where it stands.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn restore(&mut self, task: &str) -> Result<Restored, JournalError>;

    /// The saved pages of a task, in order of their keys, each with its checksum verified.
    ///
    /// # Errors
    /// [`JournalError::BadPage`]: rebuild the task from the log.
    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError>;

    /// Commits every part, all or nothing. Success empties the outputs and checkpoints of the parts; after an error that is not
    /// [`JournalError::Fenced`] the same parts may be committed again.
    ///
    /// # Errors
    /// [`JournalError::Fenced`] when a part's lease is stale, [`JournalError::Full`] and [`JournalError::Failing`] when
    /// the disk is, and those of a wrong topic or partition.
    fn commit(&mut self, parts: &mut [Commit<Self::Record>]) -> Result<(), JournalError>;

    /// What became of the partitions since this was last asked, in order. Nothing, where no other process takes part.
    ///
    /// # Errors
    /// Errors of the store.
    fn changes(&mut self) -> Result<Vec<Change>, JournalError> {
        Ok(Vec::new())
    }

    /// Gives partitions up that are being lost. Their tasks must be forgotten by then.
    ///
    /// # Errors
    /// Errors of the store.
    fn let_go(&mut self, _inputs: &[(Topic, u32)]) -> Result<(), JournalError> {
        Ok(())
    }

    /// How far those of the inputs are read that are read at all: for readings, never for decisions. Nothing, where nobody else
    /// writes: then whoever reads knows the end.
    ///
    /// # Errors
    /// When the store cannot say it now.
    fn lags(&self, _inputs: &[(Topic, u32)]) -> Result<Vec<Lag>, JournalError> {
        Ok(Vec::new())
    }

    /// What people should hear of, since this was last asked.
    fn take_notices(&mut self) -> Vec<Notice> {
        Vec::new()
    }

    /// Waits until there may be something to read, at most `longest`.
    fn wait(&mut self, longest: Duration) {
        std::thread::sleep(longest);
    }
}
