//! Positions, pages and leases in a file.
//!
//! Written for a program and readable for a person: ticks are numbers, marks are text, one row per thing. Must never
//! enter: a page without its checksum.

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

use super::layout::Table;
use super::rows::{number_of, position_of};
use crate::commit::{Checkpoint, Extent, Page};
use crate::error::JournalError;
use crate::position::{InputPosition, PositionEntry, StreamPosition, Topic};

fn save_streams(connection: &Connection, entry: &PositionEntry) -> Result<(), JournalError> {
    let mut row = connection.prepare_cached("INSERT OR REPLACE INTO inputs VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    for stream in &entry.streams {
        let (bytes, lines, prefix) = (number_of(stream.bytes), number_of(stream.lines), number_of(stream.prefix_bytes));
        row.execute((&entry.task, &stream.name, bytes, lines, prefix, stream.prefix_sha256))?;
    }
    Ok(())
}

fn load_streams(connection: &Connection, task: &str) -> Result<Vec<StreamPosition>, JournalError> {
    let sql = "SELECT name, bytes, lines, prefix_bytes, prefix_sha256 FROM inputs WHERE task = ?1 ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([task], |row| {
        Ok(StreamPosition {
            name: row.get(0)?,
            bytes: position_of(row.get(1)?),
            lines: position_of(row.get(2)?),
            prefix_bytes: position_of(row.get(3)?),
            prefix_sha256: row.get(4)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Takes a lease: the epoch rises with every call.
pub(super) fn take_lease(connection: &Connection, task: &str) -> Result<u64, JournalError> {
    // Not by `RETURNING` alone: its commit happens when the statement is put away, where a full disk goes unheard, and the
    // lease that was never stored looks like one that a newer owner took.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute("INSERT INTO leases VALUES (?1, 1) ON CONFLICT (task) DO UPDATE SET epoch = epoch + 1", [task])?;
    let epoch: i64 = transaction.query_row("SELECT epoch FROM leases WHERE task = ?1", [task], |row| row.get(0))?;
    transaction.commit()?;
    Ok(position_of(epoch))
}

pub(super) fn holds_lease(connection: &Connection, task: &str, epoch: u64) -> Result<bool, JournalError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM leases WHERE task = ?1 AND epoch = ?2")?;
    Ok(statement.exists((task, number_of(epoch)))?)
}

pub(super) fn save_position(connection: &Connection, tables: &[Table], point: &str, entry: &PositionEntry) -> Result<(), JournalError> {
    let mut row = connection.prepare_cached("INSERT OR REPLACE INTO position VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    row.execute((&entry.task, point, entry.tick, entry.sent, entry.generation, &entry.judgement))?;
    let mut stale = connection.prepare_cached("DELETE FROM position_inputs WHERE task = ?1 AND point = ?2")?;
    stale.execute((&entry.task, point))?;
    let mut row = connection.prepare_cached("INSERT INTO position_inputs VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for input in &entry.inputs {
        let topic = input.topic;
        let table = tables.get(usize::from(topic.0)).ok_or(JournalError::UnknownTopic { topic })?;
        let (next, marks) = (number_of(input.next), marks_as_text(&input.marks));
        row.execute((&entry.task, point, &table.name, input.partition, next, input.count, marks))?;
    }
    save_streams(connection, entry)
}

pub(super) fn load_position(
    connection: &Connection,
    tables: &[Table],
    task: &str,
    point: &str,
) -> Result<Option<PositionEntry>, JournalError> {
    let sql = "SELECT tick, sent, generation, judgement FROM position WHERE task = ?1 AND point = ?2";
    let entry = connection.query_row(sql, (task, point), |row| {
        Ok(PositionEntry {
            task: task.to_owned(),
            tick: row.get(0)?,
            sent: row.get(1)?,
            generation: row.get(2)?,
            judgement: row.get(3)?,
            inputs: Vec::new(),
            streams: Vec::new(),
        })
    });
    let Some(mut entry) = entry.optional()? else { return Ok(None) };
    let sql = "SELECT topic, partition, next, origins, marks FROM position_inputs WHERE task = ?1 AND point = ?2";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query((task, point))?;
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        // A table that is no longer declared cannot be read; the task then misses its position and says so.
        let Some(index) = tables.iter().position(|table| table.name == name) else { continue };
        let marks: String = row.get(4)?;
        entry.inputs.push(InputPosition {
            topic: Topic(u16::try_from(index).unwrap_or(u16::MAX)),
            partition: row.get(1)?,
            next: position_of(row.get(2)?),
            count: row.get(3)?,
            marks: marks_from_text(&marks),
        });
    }
    entry.streams = load_streams(connection, task)?;
    Ok(Some(entry))
}

/// `0:17 2:15`: origin and tick; an origin without a mark is left out.
fn marks_as_text(marks: &[Option<i64>]) -> String {
    let known = marks.iter().enumerate().filter_map(|(origin, mark)| mark.map(|tick| format!("{origin}:{tick}")));
    known.collect::<Vec<_>>().join(" ")
}

fn marks_from_text(text: &str) -> Vec<Option<i64>> {
    let mut marks = Vec::new();
    for (origin, tick) in text.split_whitespace().filter_map(|word| word.split_once(':')) {
        let (Ok(origin), Ok(tick)) = (origin.parse::<u16>(), tick.parse()) else { continue };
        let place = usize::from(origin);
        if marks.len() <= place {
            marks.resize(place + 1, None);
        }
        marks[place] = Some(tick);
    }
    marks
}

pub(super) fn save_pages(connection: &Connection, entry: &PositionEntry, checkpoint: &Checkpoint) -> Result<(), JournalError> {
    match checkpoint.extent {
        Extent::Whole => {
            connection.execute("DELETE FROM pages WHERE task = ?1", [&entry.task])?;
        }
        Extent::Touched => {}
    }
    let mut delete = connection.prepare_cached("DELETE FROM pages WHERE task = ?1 AND key = ?2")?;
    let mut insert = connection.prepare_cached("INSERT OR REPLACE INTO pages VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for change in &checkpoint.pages {
        match &change.body {
            None => delete.execute((&entry.task, &change.key))?,
            Some(body) => insert.execute((&entry.task, &change.key, entry.tick, crc32c::crc32c(body), body))?,
        };
    }
    Ok(())
}

pub(super) fn load_pages(connection: &Connection, task: &str) -> Result<Vec<Page>, JournalError> {
    let mut statement = connection.prepare("SELECT key, crc, body FROM pages WHERE task = ?1 ORDER BY key")?;
    let mut rows = statement.query([task])?;
    let mut pages = Vec::new();
    while let Some(row) = rows.next()? {
        let key: String = row.get(0)?;
        let body: Vec<u8> = row.get(2)?;
        if i64::from(crc32c::crc32c(&body)) != row.get::<_, i64>(1)? {
            return Err(JournalError::BadPage { task: task.to_owned(), key });
        }
        pages.push(Page { key, body });
    }
    Ok(pages)
}
