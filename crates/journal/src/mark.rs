//! What stands in a log: records and marks.
//!
//! A mark is the promise of one origin that a tick is complete; it is what makes order possible without a clock.
//! Must never enter: how a store writes them down, and when a mark is due (its writer decides that).

use std::ops::Range;

/// More origins than this in one mark is taken for damage, so that a bad number cannot ask for endless memory.
pub const ORIGINS_MAX: u32 = 65_536;

/// What the order protocol must know of a record; nothing else of it is ever looked at.
pub trait Sequenced {
    /// Order inside a tick, for instance (record id, revision, content hash). Records that compare equal must be
    /// interchangeable, because their mutual order is the order of arrival.
    type Order: Ord + Copy;
    /// The tick at which the record became known: the atom of knowledge, inside which nothing has an order of arrival.
    fn tick(&self) -> i64;
    /// The place of the record inside its tick.
    fn order(&self) -> Self::Order;
    /// About how many bytes the record holds while it waits. The default counts no heap memory.
    fn size_bytes(&self) -> usize {
        size_of_val(self)
    }
}

/// For whom a mark speaks: one origin, or every origin of its writer when they are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origins {
    /// One origin.
    One(u32),
    /// The origins `first <= origin < until`, all owned by the writer of the mark.
    Span {
        /// First origin spoken for.
        first: u32,
        /// One past the last origin spoken for.
        until: u32,
    },
}

impl Origins {
    /// All origins of a topic with `count` of them: what a lone writer says.
    #[must_use]
    pub fn all(count: u32) -> Self {
        Self::Span { first: 0, until: count }
    }

    /// The origins `first <= origin < until`, in the one form that so many have.
    #[must_use]
    pub fn of(first: u32, until: u32) -> Self {
        if until == first.saturating_add(1) { Self::One(first) } else { Self::Span { first, until } }
    }

    /// The origins as a half-open range.
    #[must_use]
    pub fn range(self) -> Range<u32> {
        match self {
            Self::One(origin) => origin..origin.saturating_add(1),
            Self::Span { first, until } => first..until,
        }
    }
}

/// "After me no record of these origins with a tick at or before `tick` follows, in any partition."
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Generation of the topic: a mark of another one is an error, never a fact.
    pub generation: u32,
    /// Stage of the writer, for people who read the log.
    pub stage: u8,
    /// The origins the mark speaks for.
    pub origins: Origins,
    /// The tick that is complete. Rises strictly from mark to mark of an origin; ticks may be skipped.
    pub tick: i64,
    /// How many origins the topic has; read only when the mark speaks for origin 0, and it never falls.
    pub count: u32,
}

/// One entry of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<R> {
    /// A record and the origin that sent it.
    Record {
        /// Who sent it: the index of the sending task, or of the input it came from.
        origin: u32,
        /// The record itself.
        record: R,
    },
    /// A promise of completeness.
    Mark(Mark),
}
