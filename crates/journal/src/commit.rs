//! What is committed as one thing: outputs, the tick they reach, positions, and the pages due.
//!
//! Must never enter: a way to write one of the four without the others.

use crate::mark::Entry;
use crate::position::{PositionEntry, Topic};
use crate::store::Lease;

/// One entry on its way to a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output<R> {
    /// The topic it goes to.
    pub topic: Topic,
    /// The partition of it; a mark goes to every one, as one output each.
    pub partition: u32,
    /// The record or mark.
    pub entry: Entry<R>,
}

/// A piece of saved state as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Name of the page, unique in its task.
    pub key: String,
    /// The bytes the task gave; their meaning and their version byte are the task's own.
    pub body: Vec<u8>,
}

/// A page that changed since the checkpoint before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageChange {
    /// Name of the page, unique in its task.
    pub key: String,
    /// The new bytes, or `None` when the page is gone.
    pub body: Option<Vec<u8>>,
}

/// How much of the state the pages of a checkpoint are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What changed since the checkpoint before.
    Touched,
    /// All of it: whatever else is stored for the task is stale and goes (the first checkpoint after a rebuild).
    Whole,
}

/// The pages due. Together with the position of their commit they are a place to restart from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whether other stored pages stay.
    pub extent: Extent,
    /// The changed pages; the last change of a key wins.
    pub pages: Vec<PageChange>,
}

/// One task's part of a commit.
#[derive(Clone, Debug)]
pub struct Commit<R> {
    /// The right to write for this task; a stale one is refused.
    pub lease: Lease,
    /// Records and marks to append, in this order. Empty after a successful commit; untouched after a failed one.
    pub outputs: Vec<Output<R>>,
    /// Where the task stands once this is committed.
    pub position: PositionEntry,
    /// Pages due, if this commit is a checkpoint: its restart position is then `position`. Emptied like `outputs`.
    pub checkpoint: Option<Checkpoint>,
}
