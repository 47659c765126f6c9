//! Rows and marks read back from a file, by a writer or by a reader without a lock.
//!
//! Must never enter: a write.

use rusqlite::Connection;

use super::layout::Table;
use crate::error::JournalError;
use crate::mark::{Mark, Origins};

/// A stored row, with its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// Position in its table.
    pub position: u64,
    /// The origin that sent it.
    pub origin: u32,
    /// Its tick.
    pub tick: i64,
    /// Its key.
    pub key: String,
    /// Its body; UTF-8 in a text table.
    pub body: Vec<u8>,
}

/// An entry of a table: a row, or a mark with its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredEntry {
    /// A record.
    Row(StoredRow),
    /// A promise of completeness.
    Mark(u64, Mark),
}

impl StoredEntry {
    /// Its position in the table.
    #[must_use]
    pub const fn position(&self) -> u64 {
        match self {
            Self::Row(row) => row.position,
            Self::Mark(position, _) => *position,
        }
    }
}

/// SQLite counts in i64; positions never get there.
pub(super) fn number_of(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

/// A negative position was put in by hand; it reads as 0 and the chain does not fit.
pub(super) fn position_of(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// The first rows of `table` for which `condition` holds, in order of position; at most `max`.
pub(super) fn select(
    connection: &Connection,
    table: &Table,
    condition: &str,
    values: &[&dyn rusqlite::ToSql],
    max: usize,
) -> Result<Vec<StoredRow>, JournalError> {
    let column = table.position_column();
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let sql = format!("SELECT {column}, origin, tick, key, body FROM {} WHERE {condition} ORDER BY {column} LIMIT {max}", table.name);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(values, |row| {
        Ok(StoredRow {
            position: position_of(row.get(0)?),
            origin: row.get(1)?,
            tick: row.get(2)?,
            key: row.get(3)?,
            body: row.get_ref(4)?.as_bytes()?.to_vec(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Rows of `table` at or after `from`.
pub(super) fn rows_from(connection: &Connection, table: &Table, from: u64, max: usize) -> Result<Vec<StoredRow>, JournalError> {
    let condition = format!("{} >= ?1", table.position_column());
    select(connection, table, &condition, &[&number_of(from)], max)
}

/// Marks of `table` at or after `from`, with their positions.
pub(super) fn marks_from(connection: &Connection, table: &Table, from: u64, max: usize) -> Result<Vec<(u64, Mark)>, JournalError> {
    let mut statement = connection.prepare_cached(
        "SELECT position, generation, stage, first_origin, until_origin, tick, origins FROM marks
         WHERE topic = ?1 AND position >= ?2 ORDER BY position LIMIT ?3",
    )?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let marks = statement.query_map((&table.name, number_of(from), max), |row| {
        let mark = Mark {
            generation: row.get(1)?,
            stage: row.get(2)?,
            origins: Origins::of(row.get(3)?, row.get(4)?),
            tick: row.get(5)?,
            count: row.get(6)?,
        };
        Ok((position_of(row.get(0)?), mark))
    })?;
    Ok(marks.collect::<Result<_, _>>()?)
}
