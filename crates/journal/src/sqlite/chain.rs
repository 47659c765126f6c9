//! The chain of rows: an edited record is found, and the first bad one is named.
//!
//! The link of a row is SHA-256 over the link before it and the row, length-prefixed; the first row follows 32 zero
//! bytes. The file also keeps the last link, so that a cut end is found. Somebody who rewrites all of it is found only
//! by a copy of a link kept elsewhere. Must never enter: positions or origins, which a re-import may change.

use rusqlite::Connection;
use sha2::{Digest, Sha256};

use super::layout::{Chain, Table};
use super::rows::position_of;
use crate::error::{BadLink, JournalError, LinkFault};

/// A link of a chain: a SHA-256 hash.
pub type Link = [u8; 32];

/// A chain that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Rows in it.
    pub rows: u64,
    /// The last link; 32 zero bytes when there is no row. Kept elsewhere, it also finds a chain rewritten as a whole.
    pub last: Link,
}

/// The link of a row: SHA-256 of previous link, tick (i64), length of key (u64), key, length of body (u64), body; all
/// numbers little-endian.
#[must_use]
pub fn link(previous: &Link, tick: i64, key: &[u8], body: &[u8]) -> Link {
    let mut hash = Sha256::new();
    let mut head = [0_u8; 48];
    head[..32].copy_from_slice(previous);
    head[32..40].copy_from_slice(&tick.to_le_bytes());
    head[40..].copy_from_slice(&(key.len() as u64).to_le_bytes());
    hash.update(head);
    hash.update(key);
    hash.update((body.len() as u64).to_le_bytes());
    hash.update(body);
    hash.finalize().into()
}

/// Where a chain was recorded to end.
pub(super) struct Recorded {
    pub(super) rows: u64,
    pub(super) last: Link,
}

/// Walks a chained table from its first row. A table without chain is an empty chain.
pub(super) fn verify(connection: &Connection, table: &Table, recorded: &Recorded) -> Result<Verified, JournalError> {
    let mut walked = Verified { rows: 0, last: [0; 32] };
    let mut end = 0;
    match table.chain {
        Chain::Plain => return Ok(walked),
        Chain::Linked => {}
    }
    let bad = |position, good_rows, fault| Err(JournalError::BadLink(BadLink { table: table.name.clone(), position, good_rows, fault }));
    let column = table.position_column();
    let sql = format!("SELECT {column}, tick, key, body, link FROM {} ORDER BY {column}", table.name);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let position = position_of(row.get(0)?);
        let bytes = |index| row.get_ref(index).map(|value| value.as_bytes_or_null().ok().flatten().unwrap_or_default());
        // A tick of another type than integer is an edit too.
        let Ok(tick) = row.get::<_, i64>(1) else { return bad(position, walked.rows, LinkFault::Edited) };
        let next = link(&walked.last, tick, bytes(2)?, bytes(3)?);
        if bytes(4)? != next {
            return bad(position, walked.rows, LinkFault::Edited);
        }
        if walked.rows == recorded.rows {
            return bad(position, walked.rows, LinkFault::Surplus);
        }
        walked.last = next;
        walked.rows += 1;
        end = position + 1;
    }
    if walked.rows < recorded.rows {
        return bad(end, walked.rows, LinkFault::Cut);
    }
    if walked.last != recorded.last {
        return bad(end.saturating_sub(1), walked.rows.saturating_sub(1), LinkFault::Edited);
    }
    Ok(walked)
}
