//! A herald beside an embedded log: the database is read without its lock, and what the herald keeps (reading position and outbox)
//! stands in a file of its own, where they are committed as one thing.
//!
//! So the judging process never waits for a receiver, and the herald may run in it, beside it or not at all. What must never enter: a
//! write to the database.

use crate::heard::Heard;
use journal::{
    Commit, Entry, JournalError, Page, Restored, Store, Topic,
    sqlite::{Body, Chain, Codec, Layout, Reader, RowBuffer, Sqlite, SqliteStore, StoredEntry, StoredRow},
};
use std::{path::Path, sync::Arc};
use vocab::time::Tick;

/// The log of alerts, in both files. (0 is the log of records, which every file has.)
pub const ALERTS: Topic = Topic(1);
/// Its name in the database.
pub(crate) const DECISIONS: &str = "decisions";
/// Version of the herald's own file.
const LAYOUT: u32 = 1;
/// Version of what the herald makes of the log: an outbox of another one is refused.
pub const VERSION: &str = "herald 1";

/// Both files as one store.
#[derive(Debug)]
pub struct Beside {
    log: Reader,
    own: SqliteStore<NothingWritten>,
    generation: u32,
}

/// The herald writes no records.
#[derive(Clone, Copy, Debug)]
pub struct NothingWritten;

impl Codec for NothingWritten {
    type Record = Heard;

    fn write(&self, _topic: Topic, record: &Heard, row: &mut RowBuffer) {
        row.tick = journal::Sequenced::tick(record);
    }

    fn read(&self, _topic: Topic, row: &StoredRow) -> Result<Heard, String> {
        heard(row)
    }
}

impl Beside {
    /// Opens the database for reading and the herald's own file, which is made when absent and locked.
    ///
    /// # Errors
    /// Those of [`Reader::open`] and [`Sqlite::open`]; [`JournalError::OtherGeneration`] when the own file is of another log.
    pub fn open(db: &Path, own: &Path) -> Result<Self, JournalError> {
        let log = Reader::open(db)?;
        // A number that is none was put in by hand; it agrees with no file.
        let generation = log.meta("generation")?.and_then(|text| text.parse().ok()).unwrap_or(u32::MAX);
        let layout = Layout::new(LAYOUT, generation, VERSION).table(DECISIONS, Body::Text, Chain::Plain);
        Ok(Self { log, own: SqliteStore::new(Sqlite::open(own, &layout)?, NothingWritten), generation })
    }

    /// The generation of the log.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }
}

/// A row of the table of decisions.
fn heard(row: &StoredRow) -> Result<Heard, String> {
    if !row.key.starts_with("alert/") {
        return Ok(Heard::Other(Tick(row.tick)));
    }
    let text = str::from_utf8(&row.body).map_err(|error| error.to_string())?;
    let transition = wire::decision::transition_from_json(text).map_err(|refusal| refusal.to_string())?;
    Ok(Heard::Transition(Arc::new(transition)))
}

impl Store for Beside {
    type Record = Heard;

    fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        if topic == ALERTS { Ok(1) } else { Err(JournalError::UnknownTopic { topic }) }
    }

    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError> {
        if topic != ALERTS {
            return Err(JournalError::UnknownTopic { topic });
        }
        if partition != 0 {
            return Err(JournalError::UnknownPartition { topic, partition });
        }
        self.log.end(DECISIONS)
    }

    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<Heard>)>) -> Result<(), JournalError> {
        let (topic, partition) = at;
        let end = self.end(topic, partition)?;
        if from > end {
            return Err(JournalError::PositionAhead { topic, partition, wanted: from, end });
        }
        if from == end || max == 0 {
            return Ok(());
        }
        for entry in self.log.entries(DECISIONS, from, max)? {
            let position = entry.position();
            let entry = match entry {
                StoredEntry::Mark(_, mark) => Entry::Mark(mark),
                StoredEntry::Row(row) => {
                    let record = heard(&row).map_err(|why| JournalError::BadRecord { position, why })?;
                    Entry::Record { origin: row.origin, record }
                }
            };
            out.push((position, entry));
        }
        Ok(())
    }

    fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        self.own.restore(task)
    }

    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError> {
        self.own.pages(task)
    }

    fn commit(&mut self, parts: &mut [Commit<Heard>]) -> Result<(), JournalError> {
        self.own.commit(parts)
    }
}
