//! The embedded file as a source: read by position, without its lock, in short reads while its writer runs.
//!
//! A file that another takes the place of under the same name is begun anew. What must never enter: what rows say, a long transaction (it
//! would keep the writer's log from being folded back).

use crate::model::{Batch, Beginning, Look};
use journal::{
    JournalError,
    sqlite::{Reader, StoredRow},
};
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// Rows read at once.
const ROWS_AT_ONCE: usize = 1_024;

/// Tables that are followed.
const TABLES: [&str; 2] = ["assessments", "decisions"];

/// A database that is followed.
#[derive(Debug)]
pub struct FileSource {
    path: PathBuf,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    reader: Reader,
    /// Device and inode: which file it is, whatever its name.
    identity: (u64, u64),
    /// The next position of each table.
    next: [u64; 2],
}

impl FileSource {
    /// A database that is opened at the first look.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path, open: None }
    }

    /// Reads to the end of what is committed. A file that took the place of the one known is begun anew.
    ///
    /// # Errors
    /// [`JournalError`] when there is no such file, it is no log, or it cannot be read. The next look tries again.
    pub fn look(&mut self) -> Result<Look, JournalError> {
        let identity = identity(&self.path)?;
        let (mut open, beginning) = match self.open.take().filter(|open| open.identity == identity) {
            Some(open) => (open, Beginning::Known),
            // Also after a look that failed half way: what it had read is not in the model.
            None => (Open { reader: Reader::open(&self.path)?, identity, next: [0; 2] }, Beginning::Anew),
        };
        let mut batch = Batch::default();
        for (table, next) in TABLES.into_iter().zip(&mut open.next) {
            follow(&open.reader, table, next, |row| match table {
                "assessments" => batch.assessment(row.key, row.body),
                _ => batch.decision(&row.key, row.body),
            })?;
        }
        self.open = Some(open);
        Ok(Look::new(beginning, batch))
    }
}

/// Walks the rows of a table from a position on, and moves it behind them.
fn follow(reader: &Reader, table: &str, next: &mut u64, mut take: impl FnMut(StoredRow)) -> Result<(), JournalError> {
    loop {
        let rows = reader.rows(table, *next, ROWS_AT_ONCE)?;
        let came = rows.len();
        for row in rows {
            *next = row.position + 1;
            take(row);
        }
        if came < ROWS_AT_ONCE {
            return Ok(());
        }
    }
}

fn identity(path: &Path) -> Result<(u64, u64), JournalError> {
    let missing = |why: std::io::Error| JournalError::Missing { path: path.to_owned(), why: why.to_string() };
    let found = std::fs::metadata(path).map_err(missing)?;
    Ok((found.dev(), found.ino()))
}
