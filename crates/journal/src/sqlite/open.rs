//! Opening a file to write: whose it is, whether it is one of ours, and what it was made by.
//!
//! Everything that could make a later commit fail for a reason known now is refused here, before a byte is written.
//! Must never enter: a repair, or a guess about a file of another program.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::chain::{Link, Recorded, Verified, verify};
use super::layout::{APPLICATION_ID, FILE_LAYOUT, FIXED_DDL, Layout, Table};
use super::rows::{marks_from, number_of, position_of};
use crate::error::JournalError;
use crate::fault::{FailHook, FailPoint};
use crate::mark::Mark;
use crate::position::Topic;

/// Where a table ends, as committed or as being written.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) rows: u64,
    /// Next position.
    pub(super) next: u64,
    pub(super) link: Link,
    /// The mark that is the last entry, if a mark is: the next one like it replaces it.
    pub(super) last_mark: Option<(u64, Mark)>,
}

/// A journal file open for writing. One process at a time.
#[derive(Debug)]
pub struct Sqlite {
    pub(super) path: PathBuf,
    pub(super) connection: Connection,
    pub(super) tables: Vec<Table>,
    pub(super) inserts: Vec<String>,
    pub(super) heads: Vec<Head>,
    pub(super) fault: FailPoint,
    /// Held for as long as the file is open; the lock goes with the process, whatever ends it.
    _lock: File,
}

impl Sqlite {
    /// Opens or creates a journal file and locks it.
    ///
    /// # Errors
    /// [`JournalError::Locked`] when another process has it, [`JournalError::ReadOnly`], [`JournalError::Missing`],
    /// [`JournalError::NotAJournal`], [`JournalError::NewerLayout`], [`JournalError::NoWriteAhead`],
    /// [`JournalError::OtherTable`], [`JournalError::OtherGeneration`], [`JournalError::OtherJudgement`],
    /// [`JournalError::BadTableName`].
    pub fn open(path: &Path, layout: &Layout) -> Result<Self, JournalError> {
        layout.check()?;
        refuse_read_only(path)?;
        let lock = lock(path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        let fresh = identify(&connection, path)? == Identity::Empty;
        write_ahead(&connection, path)?;
        if fresh {
            create(&connection, layout)?;
        } else {
            agree(&connection, path, layout)?;
        }
        let heads = layout.tables.iter().map(|table| head(&connection, table)).collect::<Result<_, _>>()?;
        Ok(Self {
            path: path.to_owned(),
            connection,
            inserts: layout.tables.iter().map(Table::insert).collect(),
            tables: layout.tables.clone(),
            heads,
            fault: FailPoint::default(),
            _lock: lock,
        })
    }

    /// Hangs a fail-point hook in, or takes it out.
    pub fn hang(&mut self, hook: Option<FailHook>) {
        self.fault.hang(hook);
    }

    /// Bounds the size of the file: beyond it commits fail with [`JournalError::Full`], as on a full disk. For sites
    /// that share a disk, and for tests. Pages have 4,096 bytes; less than the file has means "no growth".
    ///
    /// # Errors
    /// Errors of the database.
    pub fn limit_pages(&mut self, pages_max: u32) -> Result<(), JournalError> {
        let set = format!("PRAGMA max_page_count = {pages_max}");
        Ok(self.connection.query_row(&set, [], |_| Ok(()))?)
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// One past the last position of a table; marks take positions too.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`].
    pub fn end(&self, topic: Topic) -> Result<u64, JournalError> {
        let head = self.heads.get(usize::from(topic.0));
        head.map(|head| head.next).ok_or(JournalError::UnknownTopic { topic })
    }

    /// Walks the chain of a table.
    ///
    /// # Errors
    /// [`JournalError::BadLink`] names the first bad row.
    pub fn verify_chain(&self, topic: Topic) -> Result<Verified, JournalError> {
        let table = self.table(topic)?;
        verify(&self.connection, table, &recorded(&self.connection, table)?)
    }

    pub(super) fn table(&self, topic: Topic) -> Result<&Table, JournalError> {
        self.tables.get(usize::from(topic.0)).ok_or(JournalError::UnknownTopic { topic })
    }
}

/// Permission bits are looked at even where the system would let us pass (a superuser): they are somebody's intent.
fn refuse_read_only(path: &Path) -> Result<(), JournalError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for place in [folder, path] {
        match place.metadata() {
            Ok(found) if found.permissions().readonly() => {
                return Err(JournalError::ReadOnly { path: place.to_owned() });
            }
            Ok(found) if place == path && !found.is_file() => {
                return Err(JournalError::NotAJournal { path: path.to_owned(), why: "not a file".to_owned() });
            }
            Ok(_) => {}
            Err(error) if place == path && error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(JournalError::Missing { path: place.to_owned(), why: error.to_string() }),
        }
    }
    Ok(())
}

fn lock(path: &Path) -> Result<File, JournalError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|error| match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => JournalError::ReadOnly { path: path.to_owned() },
        _ => JournalError::Missing { path: PathBuf::from(&name), why: error.to_string() },
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(JournalError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(JournalError::Missing { path: PathBuf::from(name), why: error.to_string() }),
    }
}

/// Opens the file as a database; errors name the file.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, JournalError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| opening(path, error))?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// What an error means while a file is opened.
pub(super) fn opening(path: &Path, error: rusqlite::Error) -> JournalError {
    let path = path.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => JournalError::NotAJournal { path, why: "not a database".to_owned() },
        Some(ErrorCode::ReadOnly) => JournalError::ReadOnly { path },
        Some(ErrorCode::CannotOpen) => JournalError::Missing { path, why: error.to_string() },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => JournalError::Locked { path },
        Some(_) | None => error.into(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Identity {
    Empty,
    Journal,
}

pub(super) fn identify(connection: &Connection, path: &Path) -> Result<Identity, JournalError> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let objects = number("SELECT count(*) FROM sqlite_master").map_err(|error| opening(path, error))?;
    let application = number("PRAGMA application_id")?;
    if objects == 0 && application == 0 {
        return Ok(Identity::Empty);
    }
    if application != APPLICATION_ID {
        let why = "a database of another program".to_owned();
        return Err(JournalError::NotAJournal { path: path.to_owned(), why });
    }
    let found = u32::try_from(number("PRAGMA user_version")?).unwrap_or(u32::MAX);
    if found > FILE_LAYOUT {
        return Err(JournalError::NewerLayout { found, newest: FILE_LAYOUT });
    }
    Ok(Identity::Journal)
}

fn write_ahead(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0));
    if mode.map_err(|error| opening(path, error))? != "wal" {
        return Err(JournalError::NoWriteAhead { path: path.to_owned() });
    }
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16384;")?;
    Ok(())
}

/// Makes the tables, in one transaction: a file is either empty or a journal.
fn create(connection: &Connection, layout: &Layout) -> Result<(), JournalError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    transaction.execute_batch(FIXED_DDL)?;
    for (name, value) in
        [("layout", layout.version.to_string()), ("generation", layout.generation.to_string()), ("judgement", layout.judgement.clone())]
    {
        transaction.execute("INSERT INTO meta VALUES (?1, ?2)", (name, value))?;
    }
    // For people only: nothing is ever decided by it.
    transaction.execute("INSERT INTO meta VALUES ('created', strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))", [])?;
    for table in &layout.tables {
        add(&transaction, table)?;
    }
    for view in &layout.views {
        transaction.execute_batch(view)?;
    }
    transaction.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FILE_LAYOUT};"))?;
    Ok(transaction.commit()?)
}

fn add(connection: &Connection, table: &Table) -> Result<(), JournalError> {
    connection.execute_batch(&table.ddl())?;
    connection.execute("INSERT INTO meta VALUES ('table.' || ?1, ?2)", (&table.name, table.shape()))?;
    connection.execute("INSERT INTO heads VALUES (?1, 0, 0, zeroblob(32))", [&table.name])?;
    Ok(())
}

/// Compares a file with what the caller declares; tables that are new in this version are added.
fn agree(connection: &Connection, path: &Path, layout: &Layout) -> Result<(), JournalError> {
    let found = number_in_meta(connection, "layout")?;
    if found > layout.version {
        return Err(JournalError::NewerLayout { found, newest: layout.version });
    }
    let stored = number_in_meta(connection, "generation")?;
    if stored != layout.generation {
        let what = path.display().to_string();
        return Err(JournalError::OtherGeneration { what, stored, running: layout.generation });
    }
    let stored = meta(connection, "judgement")?.unwrap_or_default();
    if stored != layout.judgement {
        let (task, running) = (path.display().to_string(), layout.judgement.clone());
        return Err(JournalError::OtherJudgement { task, stored, running });
    }
    // Immediate: an act that another process hands in between a read and the write below would make the write fail at once.
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    for table in &layout.tables {
        match meta(&transaction, &format!("table.{}", table.name))? {
            Some(shape) if shape == table.shape() => {}
            Some(found) => {
                let (table, declared) = (table.name.clone(), table.shape().to_owned());
                return Err(JournalError::OtherTable { table, found, declared });
            }
            None => add(&transaction, table)?,
        }
    }
    transaction.execute("UPDATE meta SET value = ?1 WHERE name = 'layout'", [layout.version.to_string()])?;
    Ok(transaction.commit()?)
}

pub(super) fn meta(connection: &Connection, name: &str) -> Result<Option<String>, JournalError> {
    let found = connection.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0));
    Ok(found.optional()?)
}

fn number_in_meta(connection: &Connection, name: &str) -> Result<u32, JournalError> {
    // A number that is none was put in by hand; it compares as newer than anything.
    Ok(meta(connection, name)?.and_then(|value| value.parse().ok()).unwrap_or(u32::MAX))
}

pub(super) fn recorded(connection: &Connection, table: &Table) -> Result<Recorded, JournalError> {
    let row = connection.query_row("SELECT rows, link FROM heads WHERE topic = ?1", [&table.name], |row| {
        Ok(Recorded { rows: position_of(row.get(0)?), last: row.get(1)? })
    });
    Ok(row?)
}

fn head(connection: &Connection, table: &Table) -> Result<Head, JournalError> {
    let Recorded { rows, last } = recorded(connection, table)?;
    let next: i64 = connection.query_row("SELECT next FROM heads WHERE topic = ?1", [&table.name], |row| row.get(0))?;
    let next = position_of(next);
    let last_mark = marks_from(connection, table, next.saturating_sub(1), 1)?.pop();
    Ok(Head { rows, next, link: last, last_mark })
}

/// Writes where a table ends.
pub(super) fn save_head(connection: &Connection, table: &Table, head: &Head) -> Result<(), JournalError> {
    let mut statement = connection.prepare_cached("UPDATE heads SET rows = ?2, next = ?3, link = ?4 WHERE topic = ?1")?;
    statement.execute((&table.name, number_of(head.rows), number_of(head.next), head.link))?;
    Ok(())
}
