//! The log in one SQLite file: append-only tables, marks, positions, pages, an inbox. `FILE.md` documents it.
//!
//! One process writes (a lock file says who), in WAL mode with `synchronous = FULL`, so that an acknowledged commit
//! survives power loss; others may read, and may hand in acts through the inbox. Every topic is one table with one
//! partition, because all stages are fused into one task here. Must never enter: the meaning of a key or a body, and
//! when to commit (the caller groups).

mod batch;
mod chain;
mod inbox;
mod layout;
mod open;
mod reader;
mod rows;
mod saved;
mod store;
mod tail;

pub use batch::{Batch, Row};
pub use chain::{Link, Verified, link};
pub use inbox::{Act, Inbox};
pub use layout::{ADMITTED, Body, Chain, FILE_LAYOUT, Layout};
pub use open::Sqlite;
pub use reader::Reader;
pub use rows::{StoredEntry, StoredRow};
pub use store::{Codec, RowBuffer, SqliteStore};
