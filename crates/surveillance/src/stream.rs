//! The five streams of a series: each a ratio of two counts, held against what it was, and the side on which it is watched.
//!
//! What must never enter: what a reader calls a fall of one of them.

use serde::{Deserialize, Serialize};

/// One ratio of a series and its side (§1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Stream {
    /// Inspections per traffic, downwards.
    Effort,
    /// Interdictions per inspection, downwards.
    Yield,
    /// Late arrivals of inspections over those to be expected, upwards.
    Timeliness,
    /// Traffic, downwards.
    TrafficDown,
    /// Traffic, upwards.
    TrafficUp,
}

/// Which way counts must go to be evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Down,
    Up,
}

impl Stream {
    /// All of them, in the order of every array.
    pub const ALL: [Self; 5] = [Self::Effort, Self::Yield, Self::Timeliness, Self::TrafficDown, Self::TrafficUp];
    /// Those that have a condition: they fire, and their firing freezes and settles. The first of all.
    pub const WITH_CONDITION: [Self; 3] = [Self::Effort, Self::Yield, Self::Timeliness];

    /// Its place in [`Stream::ALL`].
    #[must_use]
    pub const fn at(self) -> usize {
        match self {
            Self::Effort => 0,
            Self::Yield => 1,
            Self::Timeliness => 2,
            Self::TrafficDown => 3,
            Self::TrafficUp => 4,
        }
    }

    pub(crate) const fn side(self) -> Side {
        match self {
            Self::Effort | Self::Yield | Self::TrafficDown => Side::Down,
            Self::Timeliness | Self::TrafficUp => Side::Up,
        }
    }

    /// Whether the series of a group lend each other evidence of it, and a collapse of it needs none.
    pub(crate) const fn is_pooled(self) -> bool {
        match self {
            Self::Effort | Self::Yield => true,
            Self::Timeliness | Self::TrafficDown | Self::TrafficUp => false,
        }
    }
}
