//! Refusals of a database: rows of its table `refused`, read without its lock.
//!
//! What must never enter: a write; more rows in memory at once than large messages allow.

use super::{Again, At, Kept, REDRIVE, Refusals, Sent, Turned, Visit, nothing};
use crate::{book::Book, failure::Failure, file};
use journal::{JournalError, sqlite::StoredRow};
use stages::intaking::INTAKE;
use std::path::Path;
use vocab::{
    record::{Refusal, Refused, SealHash},
    time::Tick,
};

/// The table.
const TABLE: &str = "refused";
/// Rows read at once: each may hold a mebibyte.
const ROWS_AT_ONCE: usize = 64;

/// The refusals of a database.
pub struct InFile {
    book: Book,
    sent: Sent,
}

impl InFile {
    /// Opens them.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let book = Book::open(path)?;
        let sent = Sent::of(&book.reader().pages(REDRIVE).map_err(file::failed)?)?;
        Ok(Self { book, sent })
    }

    /// One past the last of them.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn end(&self) -> Result<u64, Failure> {
        self.book.reader().end(TABLE).map_err(file::failed)
    }

    /// Those from a row on, a few at once, as they are stored; none at the end.
    ///
    /// # Errors
    /// [`Failure`] of the file, or of a row that cannot be read.
    pub fn some(&self, from: u64) -> Result<Vec<(u64, Tick, Refused)>, Failure> {
        let rows = self.book.reader().rows(TABLE, from, ROWS_AT_ONCE).map_err(file::failed)?;
        rows.iter().map(|row| Ok((row.position, Tick(row.tick), read(row)?))).collect()
    }

    /// The tick up to which the log is promised to be complete; none of a new one.
    ///
    /// # Errors
    /// [`Failure`] of the file.
    pub fn marked(&self) -> Result<Option<Tick>, Failure> {
        let intake = self.book.reader().position(INTAKE).map_err(file::failed)?;
        Ok(intake.and_then(|position| position.sent).map(Tick))
    }

    /// What was sent again when they were opened.
    #[must_use]
    pub const fn sent(&self) -> &Sent {
        &self.sent
    }
}

impl Refusals for InFile {
    fn each(&self, visit: Visit<'_>) -> Result<(), Failure> {
        let mut next = 0;
        loop {
            let rows = self.some(next)?;
            let Some((last, ..)) = rows.last() else { return Ok(()) };
            next = last + 1;
            for (row, tick, refused) in rows {
                if visit(turned((row, tick), &refused, &self.sent))?.is_break() {
                    return Ok(());
                }
            }
        }
    }

    fn at(&self, at: At) -> Result<Turned, Failure> {
        let At::Row(row) = at else { return Err(nothing(at)) };
        let rows = self.book.reader().rows(TABLE, row, 1).map_err(file::failed)?;
        let row = rows.first().filter(|found| found.position == row).ok_or_else(|| nothing(at))?;
        Ok(turned((row.position, Tick(row.tick)), &read(row)?, &self.sent))
    }
}

fn read(row: &StoredRow) -> Result<Refused, Failure> {
    let refused = wire::refused::refused_from_json(&String::from_utf8_lossy(&row.body));
    let bad = |refusal: Refusal| JournalError::BadRecord { position: row.position, why: format!("{TABLE}: {refusal}") };
    refused.map_err(bad).map_err(file::failed)
}

/// A refusal of a database as it is shown; `row` is where it stands and the tick at which it was refused.
#[must_use]
pub fn turned((row, tick): (u64, Tick), refused: &Refused, sent: &Sent) -> Turned {
    let kept = refused.bytes.len() as u64;
    // Of a row longer than is read the hash is that of its beginning, and only the reason says how long it was.
    let told = if let Refusal::TooLarge { bytes, .. } = refused.reason { bytes } else { 0 };
    let length = refused.length.max(told);
    Turned {
        at: At::Row(row),
        known: Some(tick.start()),
        input: refused.position.input.to_string(),
        place: refused.position.at,
        source: refused.source.as_ref().map(ToString::to_string),
        code: refused.reason.code().to_owned(),
        reason: refused.reason.to_string(),
        sha256: SealHash(refused.sha256).to_string(),
        length: Some(length),
        bytes: refused.bytes.to_vec(),
        kept: match (length > kept, wire::feed::is_piece(&refused.reason)) {
            (true, _) => Kept::Beginning,
            (false, true) => Kept::Piece,
            (false, false) => Kept::Whole,
        },
        headers: Vec::new(),
        headers_left_out: 0,
        again: if sent.has((0, row)) { Again::Sent } else { Again::Waiting },
    }
}
