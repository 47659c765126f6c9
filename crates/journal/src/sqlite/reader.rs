//! Reading a file without its lock, while a writer may run.
//!
//! Every call sees one committed state. Must never enter: a write, or a long transaction (it would keep the writer's
//! log from being folded back).

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::chain::{Verified, verify};
use super::layout::{Body, Chain, Table};
use super::open::{Identity, connect, identify, meta, opening, recorded};
use super::rows::{StoredEntry, StoredRow, marks_from, number_of, position_of, rows_from, select};
use super::saved::{load_pages, load_position};
use crate::commit::Page;
use crate::error::JournalError;
use crate::position::{PositionEntry, Topic};

/// A journal file open for reading.
#[derive(Debug)]
pub struct Reader {
    connection: Connection,
    tables: Vec<Table>,
}

impl Reader {
    /// Opens an existing file; it needs no write permission and takes no lock.
    ///
    /// # Errors
    /// [`JournalError::Missing`], [`JournalError::NotAJournal`], [`JournalError::NewerLayout`].
    pub fn open(path: &Path) -> Result<Self, JournalError> {
        if !path.is_file() {
            return Err(JournalError::Missing { path: path.to_owned(), why: "no such file".to_owned() });
        }
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        if is_settled_in_read_only_place(&connection, path) {
            connection = immutable(path)?;
        }
        match identify(&connection, path)? {
            Identity::Journal => {}
            Identity::Empty => {
                return Err(JournalError::NotAJournal { path: path.to_owned(), why: "an empty file".to_owned() });
            }
        }
        let tables = tables(&connection)?;
        Ok(Self { connection, tables })
    }

    /// The names of the append-only tables, in no promised order but the same in every run.
    pub fn tables(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|table| table.name.as_str())
    }

    /// Rows of a table at or after a position, at most `max`.
    ///
    /// # Errors
    /// [`JournalError::BadTableName`] when there is no such table, errors of the database.
    pub fn rows(&self, table: &str, from: u64, max: usize) -> Result<Vec<StoredRow>, JournalError> {
        rows_from(&self.connection, self.table(table)?, from, max)
    }

    /// Rows and marks of a table at or after a position, at most `max`, in order, from one snapshot: a mark is never seen
    /// without the rows before it.
    ///
    /// # Errors
    /// [`JournalError::BadTableName`], errors of the database.
    pub fn entries(&self, table: &str, from: u64, max: usize) -> Result<Vec<StoredEntry>, JournalError> {
        let table = self.table(table)?;
        let snapshot = self.connection.unchecked_transaction()?;
        let mut entries: Vec<_> = rows_from(&snapshot, table, from, max)?.into_iter().map(StoredEntry::Row).collect();
        entries.extend(marks_from(&snapshot, table, from, max)?.into_iter().map(|(position, mark)| StoredEntry::Mark(position, mark)));
        entries.sort_by_key(StoredEntry::position);
        entries.truncate(max);
        Ok(entries)
    }

    /// One past the last position of a table, marks counted.
    ///
    /// # Errors
    /// [`JournalError::BadTableName`], errors of the database.
    pub fn end(&self, table: &str) -> Result<u64, JournalError> {
        let table = self.table(table)?;
        Ok(self.connection.query_row("SELECT next FROM heads WHERE topic = ?1", [&table.name], |row| row.get(0).map(position_of))?)
    }

    /// Rows of a table with a key, at most `max`. Walks the table unless the caller's layout has an index on `key`.
    ///
    /// # Errors
    /// [`JournalError::BadTableName`], errors of the database.
    pub fn rows_with_key(&self, table: &str, key: &str, max: usize) -> Result<Vec<StoredRow>, JournalError> {
        select(&self.connection, self.table(table)?, "key = ?1", &[&key], max)
    }

    /// How many rows a table has, as its head says.
    ///
    /// # Errors
    /// [`JournalError::BadTableName`], errors of the database.
    pub fn count(&self, table: &str) -> Result<u64, JournalError> {
        Ok(recorded(&self.connection, self.table(table)?)?.rows)
    }

    /// Walks the chain of a table, in one snapshot.
    ///
    /// # Errors
    /// [`JournalError::BadLink`] names the first bad row.
    pub fn verify_chain(&self, table: &str) -> Result<Verified, JournalError> {
        let table = self.table(table)?;
        let snapshot = self.connection.unchecked_transaction()?;
        verify(&snapshot, table, &recorded(&snapshot, table)?)
    }

    /// The link stored with a row of a chained table.
    ///
    /// # Errors
    /// [`JournalError::BadTableName`], errors of the database.
    pub fn link_at(&self, table: &str, position: u64) -> Result<[u8; 32], JournalError> {
        let table = self.table(table)?;
        let sql = format!("SELECT link FROM {} WHERE {} = ?1", table.name, table.position_column());
        Ok(self.connection.query_row(&sql, [number_of(position)], |row| row.get(0))?)
    }

    /// A value of `meta`: `layout`, `generation`, `judgement`, `created`.
    ///
    /// # Errors
    /// Errors of the database.
    pub fn meta(&self, name: &str) -> Result<Option<String>, JournalError> {
        meta(&self.connection, name)
    }

    /// Where a task stood at its last commit. Topics are numbered by [`Reader::tables`].
    ///
    /// # Errors
    /// Errors of the database.
    pub fn position(&self, task: &str) -> Result<Option<PositionEntry>, JournalError> {
        load_position(&self.connection, &self.tables, task, "committed")
    }

    /// The saved pages of a task, checksums verified.
    ///
    /// # Errors
    /// [`JournalError::BadPage`].
    pub fn pages(&self, task: &str) -> Result<Vec<Page>, JournalError> {
        load_pages(&self.connection, task)
    }

    /// The topic number of a table in answers of this reader.
    #[must_use]
    pub fn topic(&self, table: &str) -> Option<Topic> {
        let index = self.tables.iter().position(|known| known.name == table)?;
        u16::try_from(index).ok().map(Topic)
    }

    fn table(&self, name: &str) -> Result<&Table, JournalError> {
        let found = self.tables.iter().find(|table| table.name == name);
        found.ok_or_else(|| JournalError::BadTableName { name: name.to_owned() })
    }
}

/// A cleanly closed file has no write-ahead log; where that cannot be made, nobody can be writing either.
fn is_settled_in_read_only_place(connection: &Connection, path: &Path) -> bool {
    let readable = connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())).is_ok();
    !readable && !with_suffix(path, "-wal").exists()
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn immutable(path: &Path) -> Result<Connection, JournalError> {
    let escaped: String = path.display().to_string().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags).map_err(|error| opening(path, error))
}

fn tables(connection: &Connection) -> Result<Vec<Table>, JournalError> {
    let sql = "SELECT substr(name, 7), value FROM meta WHERE name LIKE 'table.%'
               ORDER BY name <> 'table.admitted', name";
    let mut statement = connection.prepare(sql)?;
    let found = statement.query_map([], |row| {
        let shape: String = row.get(1)?;
        Ok(Table {
            name: row.get(0)?,
            body: if shape.starts_with("text") { Body::Text } else { Body::Bytes },
            chain: if shape.ends_with("linked") { Chain::Linked } else { Chain::Plain },
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}
