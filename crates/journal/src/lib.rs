//! THE LOG: one protocol over several stores: memory, SQLite and Kafka.
//!
//! A log is a set of topics, cut into partitions, each a growing list of entries: records and marks. A *task* reads
//! its inputs through [`TickOrder`], which hands out whole ticks in one fixed order whatever the order of arrival, and
//! commits outputs, position and state pages through [`Store`] as one thing, all or nothing. [`Task`] adds the restart:
//! load the last checkpoint, read again from there, keep silent up to the committed tick, go on.
//!
//! Must never enter: a word of what the records are about, a wall clock, a decision, a retry policy.

mod commit;
mod error;
mod fault;
pub mod kafka;
mod mark;
mod memory;
mod order;
mod partition;
mod position;
pub mod sqlite;
mod store;
mod task;

pub use commit::{Checkpoint, Commit, Extent, Output, Page, PageChange};
pub use error::{BadLink, JournalError, LinkFault};
pub use fault::{FailHook, Step};
pub use mark::{Entry, Mark, ORIGINS_MAX, Origins, Sequenced};
pub use memory::{Memory, Retention, TopicShape};
pub use order::{Accepted, HELD_BYTES_MAX, TickOrder};
pub use partition::{murmur2, partition_for};
pub use position::{InputPosition, PositionEntry, StreamPosition, Topic};
pub use store::{Change, Lag, Lease, Notice, Restored, Store};
pub use task::{Start, Target, Task, TaskPlan, Turn, Voice};
