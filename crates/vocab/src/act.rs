//! Acts: what a person, or the command line for them, did. Each is an event with who and why, answered once.

use crate::{
    event::Selector,
    name::{ActorId, Label},
    record::{AlertId, RecordId},
    series::SeriesKey,
    time::{Day, Instant, Tick, Week},
};
use serde::{Deserialize, Serialize};

/// An act with its author and reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who.
    pub who: ActorId,
    /// Why.
    pub why: Label,
    /// What was done.
    pub deed: Deed,
}

impl Act {
    /// The type as `domain.md` §8.1 writes it.
    #[must_use]
    pub const fn type_name(&self) -> &'static str {
        match self.deed {
            Deed::Acknowledge { .. } => "alert.acknowledged",
            Deed::Close { .. } => "alert.closed",
            Deed::Rebase { .. } => "level.rebased",
            Deed::DeclareOutage { .. } => "outage.declared",
        }
    }
}

/// The alert an act names, as its author saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The alert.
    pub alert: AlertId,
    /// The number of the newest transition the author had seen.
    pub transition: u32,
    /// The series the alert is about, so that its jurisdiction's task can act without a look-up.
    pub series: SeriesKey,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// Somebody looks after the alert until an instant; then it is firing again.
    Acknowledge {
        /// The alert as seen.
        seen: Seen,
        /// Until when.
        until: Instant,
    },
    /// The alert is closed by hand, as if the fall had ended with the open week.
    Close {
        /// The alert as seen.
        seen: Seen,
    },
    /// The level of a series is set anew from a window of weeks; ends its alert, if any.
    Rebase {
        /// The series.
        series: SeriesKey,
        /// First week of the window.
        from: Week,
        /// Last week of the window, inclusive.
        until: Week,
    },
    /// An outage is declared: the weeks it touches are settled, neither learned nor evidence.
    DeclareOutage {
        /// Which series.
        affects: Selector,
        /// First civil day.
        from: Day,
        /// Last civil day, inclusive.
        until: Day,
    },
}

/// What became of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Outcome {
    /// It took effect.
    Applied,
    /// It did not, because things had moved on.
    Stale(Staleness),
}

/// Why an act came too late or missed its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
pub enum Staleness {
    /// No alert of that id.
    #[error("there is no such alert")]
    NoSuchAlert,
    /// It had ended.
    #[error("the alert had ended before")]
    Ended,
    /// It had changed since the author looked.
    #[error("the alert had changed since: its newest transition is {newest}")]
    Moved {
        /// Number of its newest transition.
        newest: u32,
    },
    /// The expiry lies in the past.
    #[error("the expiry lies in the past")]
    Expired,
    /// The regime or series is not one of the pack's.
    #[error("no pack in force lists it")]
    Unlisted,
    /// The window to set a level from holds no week that has closed within the 52 weeks kept.
    #[error("the window holds no closed week of the 52 that are kept")]
    EmptyWindow,
}

/// The answer to an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The act's record.
    pub act: RecordId,
    /// When it was decided.
    pub at: Tick,
    /// What became of it.
    pub outcome: Outcome,
}
