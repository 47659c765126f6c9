//! Alerts: standing claims with a lifecycle, their transitions with the evidence, and the seals over a day's decisions.
//!
//! A notice is an alert that never pages: it is noted and ended. What must never enter: the rule by which any of it comes about.

mod digest;
mod evidence;
mod look;
mod rule;

pub use digest::{Digest, DigestRow, OverdueRow};
pub use evidence::{Evidence, Grade, LongView, Reason, RuledOut};
pub use look::{Look, LookFound};
pub use rule::Rule;

use crate::{
    act::Answer,
    assessment::{FiredBy, Kind},
    name::{ActorId, Label, RegimeId},
    pack::Severity,
    record::{AlertId, ClaimId, PackHash, RecordId, SealHash, TransitionId},
    series::SeriesKey,
    time::{Day, Instant, Tick, Week},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Where an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AlertPhase {
    /// The fall stands and nobody has taken it.
    Firing,
    /// Somebody has.
    Acknowledged,
    /// The fall ended, or was closed.
    Resolved,
    /// Late evidence undid it.
    Recalled,
}

impl AlertPhase {
    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Recalled => "recalled",
        }
    }
    /// Whether the claim still stands.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Firing | Self::Acknowledged => true,
            Self::Resolved | Self::Recalled => false,
        }
    }
}

/// What happened to an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// It fires; pages.
    Fired(FiredBy),
    /// It fires again soon after its end: the same alert, no new page.
    Reopened(FiredBy),
    /// The fall became deeper; pages again.
    Escalated(FiredBy),
    /// Somebody looks after it.
    Acknowledged {
        /// Who.
        who: ActorId,
        /// Why.
        why: Label,
        /// Until when.
        until: Instant,
    },
    /// The acknowledgement ran out; it is firing again.
    AcknowledgementExpired,
    /// The fall ended in this week.
    Recovered(Week),
    /// The evidence faded.
    Faded,
    /// A person closed it.
    Closed {
        /// Who.
        who: ActorId,
        /// Why.
        why: Label,
    },
    /// A person set the level anew.
    Rebased {
        /// Who.
        who: ActorId,
        /// Why.
        why: Label,
    },
    /// Late evidence undid it.
    Recalled {
        /// Records whose correction or withdrawal touched the weeks of its evidence, at most 20, sorted.
        undone_by: Vec<RecordId>,
        /// How many there were.
        withdrawn: u32,
    },
    /// For two unheld weeks running it looked like another kind; no new page.
    Reclassified {
        /// What it was called.
        from: Kind,
        /// What it is called now.
        to: Kind,
    },
    /// A notice begins; never pages.
    Noted,
    /// What a notice was about has ended.
    Ended,
}

impl Change {
    /// The words of all changes: those that [`Change::as_str`] gives.
    pub const WORDS: [&str; 13] = [
        "fired",
        "reopened",
        "escalated",
        "acknowledged",
        "acknowledgement_expired",
        "reclassified",
        "recovered",
        "faded",
        "closed",
        "rebased",
        "recalled",
        "noted",
        "ended",
    ];

    /// The word used in labels and files.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Fired(_) => "fired",
            Self::Reopened(_) => "reopened",
            Self::Escalated(_) => "escalated",
            Self::Acknowledged { .. } => "acknowledged",
            Self::AcknowledgementExpired => "acknowledgement_expired",
            Self::Recovered(_) => "recovered",
            Self::Faded => "faded",
            Self::Closed { .. } => "closed",
            Self::Rebased { .. } => "rebased",
            Self::Recalled { .. } => "recalled",
            Self::Reclassified { .. } => "reclassified",
            Self::Noted => "noted",
            Self::Ended => "ended",
        }
    }

    /// Whether it calls somebody.
    #[must_use]
    pub const fn pages(&self) -> bool {
        match self {
            Self::Fired(_) | Self::Escalated(_) => true,
            Self::Reopened(_)
            | Self::Acknowledged { .. }
            | Self::AcknowledgementExpired
            | Self::Recovered(_)
            | Self::Faded
            | Self::Closed { .. }
            | Self::Rebased { .. }
            | Self::Recalled { .. }
            | Self::Reclassified { .. }
            | Self::Noted
            | Self::Ended => false,
        }
    }
}

/// One transition of an alert, with the evidence as it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Its identity: (alert, n).
    pub id: TransitionId,
    /// The alert.
    pub alert: AlertId,
    /// 1 for the first transition of the alert.
    pub n: u32,
    /// The claim: (regime, rule, series).
    pub claim: ClaimId,
    /// The rule of the claim.
    pub rule: Rule,
    /// The series it is about.
    pub series: SeriesKey,
    /// The day the alert opened.
    pub opened: Day,
    /// The tick of the decision.
    pub at: Tick,
    /// What happened.
    pub change: Change,
    /// Where the alert stands now.
    pub phase: AlertPhase,
    /// What sort of slippage or notice, as it is called now.
    pub kind: Kind,
    /// How grave.
    pub severity: Severity,
    /// The evidence of the newest assessment.
    pub evidence: Evidence,
    /// Circumstances on record that coincide with the weeks since the onset, at most 5.
    pub coincides: Vec<Label>,
    /// The series' last alert before this one, if any.
    pub previous: Option<AlertId>,
    /// Version of the judgement.
    pub judgement: u32,
    /// The pack in force.
    pub pack: PackHash,
}

impl Eq for Transition {}

/// A seal: the hash over the decisions of a regime on a closed day, chained to the day before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// The regime.
    pub regime: RegimeId,
    /// The day that closed.
    pub day: Day,
    /// How many decisions it covers.
    pub decisions: u32,
    /// Version of the judgement.
    pub judgement: u32,
    /// The pack in force.
    pub pack: PackHash,
    /// The seal of the day before.
    pub previous: SealHash,
    /// Hash over all of this and the day's decisions.
    pub hash: SealHash,
}

/// What the sentinel decides.
#[expect(clippy::large_enum_variant, reason = "decisions are few and go straight to their writer; a box would only hide the words")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// An alert moved.
    Transition(Transition),
    /// An act was answered.
    Answer(Answer),
    /// A week was gone through for the digest.
    Digest(Digest),
    /// A day was sealed.
    Seal(Seal),
}
