//! Marks as they cross a topic: the promise of origins that a tick is complete from them.
//!
//! What a mark brings about (the release of whole ticks) is the journal's. Must never enter: a clock, a partition.

use crate::time::Tick;
use serde::{Deserialize, Serialize};

/// "After me no record of these origins with a tick at or before `known` follows, in any partition."
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark {
    /// Generation of the topic.
    pub generation: u32,
    /// Stage of the writer, for people who read the log.
    pub stage: u8,
    /// First origin it speaks for.
    pub first: u32,
    /// One past the last origin it speaks for; more than `first`.
    pub until: u32,
    /// The tick that is complete.
    pub known: Tick,
    /// How many origins the topic has; read only when the mark speaks for origin 0.
    pub count: u32,
}
