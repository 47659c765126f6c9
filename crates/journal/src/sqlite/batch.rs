//! One transaction: rows, marks, pages, positions and answers, all or nothing.
//!
//! A batch that is dropped leaves no trace; the caller still has what it wanted to write and may try again. Must never
//! enter: a partial commit, or a row written outside a batch.

use super::chain::link;
use super::layout::{Body, Chain};
use super::open::{Head, Sqlite, save_head};
use super::rows::number_of;
use super::saved::{save_pages, save_position};
use crate::commit::Checkpoint;
use crate::error::JournalError;
use crate::fault::Step;
use crate::mark::Mark;
use crate::position::{PositionEntry, Topic};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// A row to append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The origin that sent it.
    pub origin: u32,
    /// Its tick.
    pub tick: i64,
    /// Its key.
    pub key: &'a str,
    /// Its body; must be UTF-8 for a text table.
    pub body: &'a [u8],
}

/// An open transaction of a [`Sqlite`] file.
#[derive(Debug)]
pub struct Batch<'a> {
    file: &'a mut Sqlite,
    /// Ends of the tables as they will be, and whether they moved.
    heads: Vec<Head>,
    moved: Vec<bool>,
}

impl Sqlite {
    /// Begins a transaction. Keep it short: an inbox waits behind it.
    ///
    /// # Errors
    /// [`JournalError::Busy`] when another process holds the file for more than 5 seconds, errors of the database.
    pub fn begin(&mut self) -> Result<Batch<'_>, JournalError> {
        self.fault.at(Step::Begin)?;
        if !self.connection.is_autocommit() {
            self.connection.execute_batch("ROLLBACK")?;
        }
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Batch { heads: self.heads.clone(), moved: vec![false; self.heads.len()], file: self })
    }
}

impl Batch<'_> {
    /// Appends a row and returns its position.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], [`JournalError::BadRecord`] when a text table gets bytes that are none,
    /// [`JournalError::Full`], [`JournalError::Failing`].
    pub fn append(&mut self, topic: Topic, row: &Row<'_>) -> Result<u64, JournalError> {
        let index = usize::from(topic.0);
        let table = self.file.tables.get(index).ok_or(JournalError::UnknownTopic { topic })?;
        let head = &mut self.heads[index];
        let position = head.next;
        let body = match table.body {
            Body::Bytes => ValueRef::Blob(row.body),
            Body::Text if str::from_utf8(row.body).is_ok() => ValueRef::Text(row.body),
            Body::Text => return Err(JournalError::BadRecord { position, why: "body is not UTF-8".to_owned() }),
        };
        let mut statement = self.file.connection.prepare_cached(&self.file.inserts[index])?;
        let body = ToSqlOutput::Borrowed(body);
        let (at, origin, tick, key) = (number_of(position), row.origin, row.tick, row.key);
        match table.chain {
            Chain::Plain => statement.execute((at, origin, tick, key, body))?,
            Chain::Linked => {
                head.link = link(&head.link, tick, key.as_bytes(), row.body);
                let link = ToSqlOutput::Borrowed(ValueRef::Blob(&head.link));
                statement.execute((at, origin, tick, key, body, link))?
            }
        };
        head.rows += 1;
        head.next += 1;
        head.last_mark = None;
        self.moved[index] = true;
        Ok(position)
    }

    /// Appends a mark and returns its position. It replaces the mark right before it if that one speaks for the same
    /// origins: an idle day is one row.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], errors of the database.
    pub fn mark(&mut self, topic: Topic, mark: &Mark) -> Result<u64, JournalError> {
        let index = usize::from(topic.0);
        let table = self.file.tables.get(index).ok_or(JournalError::UnknownTopic { topic })?;
        let head = &mut self.heads[index];
        let position = head.next;
        let connection = &self.file.connection;
        if let Some((before, _)) = head.last_mark.filter(|(_, last)| Mark { tick: mark.tick, ..*last } == *mark) {
            let mut delete = connection.prepare_cached("DELETE FROM marks WHERE topic = ?1 AND position = ?2")?;
            delete.execute((&table.name, number_of(before)))?;
        }
        let range = mark.origins.range();
        let mut insert = connection.prepare_cached("INSERT INTO marks VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        insert.execute((&table.name, number_of(position), mark.generation, mark.stage, range.start, range.end, mark.tick, mark.count))?;
        head.next += 1;
        head.last_mark = Some((position, *mark));
        self.moved[index] = true;
        Ok(position)
    }

    /// Writes where a task stands.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], errors of the database.
    pub fn position(&mut self, entry: &PositionEntry) -> Result<(), JournalError> {
        save_position(&self.file.connection, &self.file.tables, "committed", entry)
    }

    /// Writes the pages due, and that a restart goes on from `entry`, which must be the position of this batch.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], errors of the database.
    pub fn checkpoint(&mut self, entry: &PositionEntry, checkpoint: &Checkpoint) -> Result<(), JournalError> {
        save_pages(&self.file.connection, entry, checkpoint)?;
        save_position(&self.file.connection, &self.file.tables, "checkpoint", entry)
    }

    /// Notes that an act of the inbox was admitted at `tick`: it is not offered again.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn take(&mut self, id: i64, tick: i64) -> Result<(), JournalError> {
        let mut statement = self.file.connection.prepare_cached("UPDATE inbox SET taken = ?2 WHERE id = ?1")?;
        statement.execute((id, tick))?;
        Ok(())
    }

    /// Answers an act of the inbox.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn answer(&mut self, id: i64, answer: &str) -> Result<(), JournalError> {
        let mut statement = self.file.connection.prepare_cached("UPDATE inbox SET answer = ?2 WHERE id = ?1")?;
        statement.execute((id, Value::Text(answer.to_owned())))?;
        Ok(())
    }

    /// Tells the fail-point that a step is reached. [`Step::Begin`], [`Step::Sent`] and [`Step::Done`] tell themselves.
    ///
    /// # Errors
    /// What the hook returns.
    pub fn reached(&mut self, step: Step) -> Result<(), JournalError> {
        self.file.fault.at(step)
    }

    /// Makes all of it durable.
    ///
    /// # Errors
    /// [`JournalError::Full`], [`JournalError::Failing`]: nothing is stored and the same rows may be written again.
    pub fn commit(self) -> Result<(), JournalError> {
        for (index, table) in self.file.tables.iter().enumerate() {
            if self.moved[index] {
                save_head(&self.file.connection, table, &self.heads[index])?;
            }
        }
        self.file.connection.prepare_cached("COMMIT")?.execute([])?;
        self.file.heads.clone_from(&self.heads);
        self.file.fault.at(Step::Sent)?;
        self.file.fault.at(Step::Done)
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        // After an error SQLite may have rolled back already. If this fails, the next `begin` tries again.
        if !self.file.connection.is_autocommit() {
            let _rolled_back = self.file.connection.execute_batch("ROLLBACK");
        }
    }
}
