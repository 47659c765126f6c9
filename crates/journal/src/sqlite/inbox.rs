//! The inbox: how another process hands in an act while a writer runs.
//!
//! The writer polls [`super::Sqlite::acts`], takes each act in the batch that admits it as a record, and answers it in the
//! batch that decides it.
//! Transactions here are single statements. Must never enter: the meaning of an act, or a write to another table.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::open::{Identity, Sqlite, connect, identify};
use crate::error::JournalError;

/// An act that waits to be admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Its number, rising in order of arrival.
    pub id: i64,
    /// What was handed in.
    pub body: String,
}

/// The door for another process.
#[derive(Debug)]
pub struct Inbox {
    connection: Connection,
}

impl Inbox {
    /// Opens the inbox of an existing file, without its lock.
    ///
    /// # Errors
    /// [`JournalError::Missing`], [`JournalError::NotAJournal`], [`JournalError::NewerLayout`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        match identify(&connection, path)? {
            Identity::Journal => {}
            Identity::Empty => {
                return Err(JournalError::NotAJournal { path: path.to_owned(), why: "an empty file".to_owned() });
            }
        }
        connection.execute_batch("PRAGMA synchronous = FULL")?;
        Ok(Self { connection })
    }

    /// Hands in an act; durable when this returns. Returns its number.
    ///
    /// # Errors
    /// [`JournalError::Busy`] when the writer kept the file for more than 5 seconds, errors of the database.
    pub fn hand_in(&mut self, body: &str) -> Result<i64, JournalError> {
        self.connection.execute("INSERT INTO inbox (body) VALUES (?1)", [body])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// The answer to an act, once there is one.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn answer(&self, id: i64) -> Result<Option<String>, JournalError> {
        let found = self.connection.query_row("SELECT answer FROM inbox WHERE id = ?1", [id], |row| row.get(0));
        Ok(found.optional()?.flatten())
    }
}

impl Sqlite {
    /// Acts not yet taken, oldest first; at most `max`.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn acts(&self, max: u32) -> Result<Vec<Act>, JournalError> {
        let sql = "SELECT id, body FROM inbox WHERE taken IS NULL ORDER BY id LIMIT ?1";
        let mut statement = self.connection.prepare_cached(sql)?;
        let acts = statement.query_map([max], |row| Ok(Act { id: row.get(0)?, body: row.get(1)? }))?;
        Ok(acts.collect::<Result<_, _>>()?)
    }
}
