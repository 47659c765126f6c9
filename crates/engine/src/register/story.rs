//! A story: the one thing that is remembered of a record, however many messages spoke of it.
//!
//! It holds what the record contributes, as stored when it was told, so that a correction takes back exactly that. Fixed
//! size, no heap object. Must never enter: the event itself, a name, anything derived from a pack now in force.

use vocab::{
    record::{ContentHash, RecordId},
    time::Day,
};

/// In place of an index: there is none.
pub(super) const NONE: u32 = u32::MAX;

/// What is remembered of one record, 72 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Story {
    /// The record.
    pub(super) id: RecordId,
    /// Content of the message that stands.
    pub(super) content: ContentHash,
    /// Its revision.
    pub(super) revision: u32,
    /// The day on which the record was first known; kept for life.
    pub(super) first_known: Day,
    /// The day on which the message that stands became known.
    pub(super) known: Day,
    /// The civil day it occurred.
    pub(super) occurred: Day,
    /// The last day named by anything heard of the record: until the horizon has passed it, some message of it might come
    /// again and be taken for news.
    pub(super) last_day: Day,
    /// How many acts it stands for.
    pub(super) count: u32,
    /// What they weigh together, in whole units of its cell's weight; 0 where the cell has none.
    pub(super) weight: u32,
    /// Index of the cell it counts in, or [`NONE`].
    pub(super) cell: u32,
    /// Index of the case it belongs to, or [`NONE`].
    pub(super) case: u32,
    /// Its traits.
    pub(super) traits: Traits,
}

impl Story {
    /// Whether the horizon, whose first day is given, has left it behind.
    pub(super) fn is_behind(&self, horizon: Day) -> bool {
        !self.traits.has(Trait::Kept) && self.last_day < horizon
    }
}

/// A set of [`Trait`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits(pub(super) u8);

/// What a story is besides its figures.
#[derive(Clone, Copy)]
pub(super) enum Trait {
    /// The message that stands is counted in no series, for no pack lists what it names.
    Unlisted = 1,
    /// It is kept whatever the horizon: a pack or note told again years later is still a duplicate.
    Kept = 2,
    /// A note of it was told.
    Told = 4,
}

impl Traits {
    /// Whether a trait is there.
    pub(super) const fn has(self, which: Trait) -> bool {
        self.0 & which as u8 != 0
    }

    /// The same with a trait.
    pub(super) const fn with(self, which: Trait) -> Self {
        Self(self.0 | which as u8)
    }
}
