//! The SQLite file as a [`Store`]: a codec between records and rows, one partition per topic.
//!
//! Must never enter: a codec. What a record looks like as key and body is the caller's.

use super::batch::{Batch, Row};
use super::open::Sqlite;
use super::rows::{StoredRow, marks_from, rows_from};
use super::saved::{holds_lease, load_pages, load_position, take_lease};
use super::tail::Tail;
use crate::commit::{Commit, Page};
use crate::error::JournalError;
use crate::fault::Step;
use crate::mark::Entry;
use crate::position::Topic;
use crate::store::{Lease, Restored, Store};

/// A record as it will be stored; the buffers are used again for the next one.
#[derive(Clone, Debug, Default)]
pub struct RowBuffer {
    /// The tick.
    pub tick: i64,
    /// The key; emptied before each record.
    pub key: String,
    /// The body; emptied before each record.
    pub body: Vec<u8>,
}

/// How records become rows and come back.
pub trait Codec {
    /// The record.
    type Record;

    /// Writes a record of `topic` as a row.
    fn write(&self, topic: Topic, record: &Self::Record, row: &mut RowBuffer);

    /// Reads a row of `topic` back.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the row.
    fn read(&self, topic: Topic, row: &StoredRow) -> Result<Self::Record, String>;

    /// Writes what belongs beside a record in the same transaction, such as the answer to an act of the inbox. Nothing,
    /// unless a codec says otherwise.
    ///
    /// # Errors
    /// Those of the batch; the whole commit is then rolled back.
    fn beside(&self, _topic: Topic, _record: &Self::Record, _batch: &mut Batch<'_>) -> Result<(), JournalError> {
        Ok(())
    }
}

/// A journal file with a codec.
#[derive(Debug)]
pub struct SqliteStore<C: Codec> {
    file: Sqlite,
    codec: C,
    tails: Vec<(Topic, Tail<C::Record>)>,
}

impl<C: Codec> SqliteStore<C> {
    /// Puts a codec before a file.
    #[must_use]
    pub fn new(file: Sqlite, codec: C) -> Self {
        Self { file, codec, tails: Vec::new() }
    }

    /// Keeps the newest entries of `topic` as values for the one task that reads it, so that stages fused in this process
    /// pass typed records on and nothing is decoded that was just encoded. A reader that is further behind, or a second
    /// one, reads the file.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`].
    pub fn passing(mut self, topic: Topic) -> Result<Self, JournalError> {
        let tail = Tail::at(self.file.end(topic)?);
        self.tails.push((topic, tail));
        Ok(self)
    }

    fn tail(&mut self, topic: Topic) -> Option<&mut Tail<C::Record>> {
        self.tails.iter_mut().find(|(passing, _)| *passing == topic).map(|(_, tail)| tail)
    }

    /// The file itself.
    #[must_use]
    pub fn file(&mut self) -> &mut Sqlite {
        &mut self.file
    }
}

impl Sqlite {
    /// Rows of a table at or after a position, at most `max`.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], errors of the database.
    pub fn rows(&self, topic: Topic, from: u64, max: usize) -> Result<Vec<StoredRow>, JournalError> {
        rows_from(&self.connection, self.table(topic)?, from, max)
    }

    /// Takes over a task: where it stood, and the lease to write for it. See [`Store::restore`].
    ///
    /// # Errors
    /// Errors of the database.
    pub fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        let epoch = take_lease(&self.connection, task)?;
        let position = load_position(&self.connection, &self.tables, task, "committed")?;
        self.fault.at(Step::Restore)?;
        let checkpoint = load_position(&self.connection, &self.tables, task, "checkpoint")?;
        Ok(Restored { lease: Lease { task: task.to_owned(), epoch }, position, checkpoint })
    }

    /// The saved pages of a task. See [`Store::pages`].
    ///
    /// # Errors
    /// [`JournalError::BadPage`].
    pub fn pages(&self, task: &str) -> Result<Vec<Page>, JournalError> {
        load_pages(&self.connection, task)
    }

    pub(super) fn check_lease(&self, lease: &Lease) -> Result<(), JournalError> {
        if holds_lease(&self.connection, &lease.task, lease.epoch)? {
            return Ok(());
        }
        Err(JournalError::Fenced { task: lease.task.clone() })
    }
}

impl<C: Codec> Store for SqliteStore<C> {
    type Record = C::Record;

    fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        self.file.table(topic).map(|_| 1)
    }

    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError> {
        only_partition(topic, partition)?;
        self.file.end(topic)
    }

    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<C::Record>)>) -> Result<(), JournalError> {
        let (topic, partition) = at;
        let end = self.end(topic, partition)?;
        if from > end {
            return Err(JournalError::PositionAhead { topic, partition, wanted: from, end });
        }
        if from == end || max == 0 {
            return Ok(());
        }
        if let Some(tail) = self.tail(topic).filter(|tail| tail.reaches(from)) {
            tail.take(from, max, out);
            return Ok(());
        }
        let table = self.file.table(topic)?;
        let rows = rows_from(&self.file.connection, table, from, max)?;
        let mut marks = marks_from(&self.file.connection, table, from, max)?.into_iter().peekable();
        let before = out.len();
        for row in rows {
            while let Some((position, mark)) = marks.next_if(|(position, _)| *position < row.position) {
                out.push((position, Entry::Mark(mark)));
            }
            let record = self.codec.read(topic, &row);
            let record = record.map_err(|why| JournalError::BadRecord { position: row.position, why })?;
            out.push((row.position, Entry::Record { origin: row.origin, record }));
        }
        out.extend(marks.map(|(position, mark)| (position, Entry::Mark(mark))));
        out.truncate(before + max);
        Ok(())
    }

    fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        self.file.restore(task)
    }

    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError> {
        self.file.pages(task)
    }

    fn commit(&mut self, parts: &mut [Commit<C::Record>]) -> Result<(), JournalError> {
        for part in &*parts {
            self.file.check_lease(&part.lease)?;
        }
        let mut batch = self.file.begin()?;
        let mut positions = Vec::new();
        for part in &*parts {
            append(&self.codec, &mut batch, part, &mut positions)?;
        }
        batch.reached(Step::Outputs)?;
        for part in &*parts {
            if let Some(checkpoint) = &part.checkpoint {
                batch.checkpoint(&part.position, checkpoint)?;
            }
        }
        batch.reached(Step::State)?;
        for part in &*parts {
            batch.position(&part.position)?;
        }
        batch.reached(Step::Positions)?;
        batch.commit()?;
        let mut positions = positions.into_iter();
        for part in parts {
            part.checkpoint = None;
            for (output, position) in part.outputs.drain(..).zip(&mut positions) {
                if let Some(tail) = self.tail(output.topic) {
                    tail.push(position, output.entry);
                }
            }
        }
        Ok(())
    }
}

fn append<C: Codec>(codec: &C, batch: &mut Batch<'_>, part: &Commit<C::Record>, positions: &mut Vec<u64>) -> Result<(), JournalError> {
    let mut buffer = RowBuffer::default();
    for output in &part.outputs {
        only_partition(output.topic, output.partition)?;
        let position = match &output.entry {
            Entry::Mark(mark) => batch.mark(output.topic, mark)?,
            Entry::Record { origin, record } => {
                buffer.key.clear();
                buffer.body.clear();
                codec.write(output.topic, record, &mut buffer);
                let RowBuffer { tick, key, body } = &buffer;
                let row = Row { origin: *origin, tick: *tick, key, body };
                let position = batch.append(output.topic, &row)?;
                codec.beside(output.topic, record, batch)?;
                position
            }
        };
        positions.push(position);
    }
    Ok(())
}

fn only_partition(topic: Topic, partition: u32) -> Result<(), JournalError> {
    if partition == 0 { Ok(()) } else { Err(JournalError::UnknownPartition { topic, partition }) }
}
