//! Letters: a transition on its way to one outlet, with what must be told with it; and what is said of how that went.
//!
//! What must never enter: a body, an address.

use crate::{
    labels::{Texts, Timing},
    moment::Moment,
};
use std::{sync::Arc, time::Duration};
use vocab::{
    alert::Transition,
    record::{AlertId, TransitionId},
    time::Tick,
};

/// A transition to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// What is told; its id is the idempotency key.
    pub transition: Arc<Transition>,
    /// When the alert was first heard of.
    pub since: Tick,
    /// The labels that the alert had before, if they are others now: that set has to be ended.
    pub before: Option<Texts>,
    /// Whether it is told long after.
    pub timing: Timing,
}

/// Letters that go to an outlet together: one for a webhook, the newest of several alerts for an Alertmanager.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Names the attempt when its outcome is told.
    pub id: u64,
    /// Index of the outlet.
    pub outlet: usize,
    /// In order per alert.
    pub letters: Vec<Letter>,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Delivered,
    /// It may work later.
    Retry {
        /// Whether the receiver answered.
        reach: Reach,
        /// How long it asked to be left alone.
        after: Option<Duration>,
        /// What happened.
        why: String,
    },
    /// It will never work: the receiver does not take this.
    Refused {
        /// What it said.
        why: String,
    },
}

/// Whether a receiver was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It answered that it cannot now.
    Answered,
    /// There was no answer.
    Away,
}

/// What the outbox has to say of itself: for logs and numbers, after the fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Withheld: decided before the fence.
    Withheld(TransitionId),
    /// Delivered.
    Delivered {
        /// Index of the outlet.
        outlet: usize,
        /// What.
        transition: TransitionId,
        /// Its alert.
        alert: AlertId,
        /// Whether the alert has ended with it.
        is_end: bool,
    },
    /// To be tried again.
    Retrying {
        /// Index of the outlet.
        outlet: usize,
        /// How many letters of this attempt.
        letters: usize,
        /// Why.
        why: String,
    },
    /// Given up: a dead letter.
    Dead {
        /// Index of the outlet.
        outlet: usize,
        /// What.
        transition: TransitionId,
        /// Why.
        why: String,
    },
    /// Thrown out because too many waited.
    Overflowed {
        /// Index of the outlet.
        outlet: usize,
        /// What.
        transition: TransitionId,
    },
}

impl News {
    /// The outlet it concerns.
    #[must_use]
    pub const fn outlet(&self) -> Option<usize> {
        match self {
            Self::Withheld(_) => None,
            Self::Delivered { outlet, .. }
            | Self::Retrying { outlet, .. }
            | Self::Dead { outlet, .. }
            | Self::Overflowed { outlet, .. } => Some(*outlet),
        }
    }
}

/// A letter in its queue.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) letter: Letter,
    /// Whether it is in saved state: only then may it leave.
    pub(super) is_saved: bool,
    pub(super) is_in_flight: bool,
    /// To be sent alone, because it may be what a batch was refused for.
    pub(super) is_alone: bool,
    pub(super) tries: u32,
    pub(super) due: Moment,
    /// The newest try found nobody there.
    pub(super) found_nobody: bool,
}

impl Waiting {
    pub(super) fn new(letter: Letter) -> Self {
        Self { letter, is_saved: false, is_in_flight: false, is_alone: false, tries: 0, due: Moment::default(), found_nobody: false }
    }

    pub(super) fn alert(&self) -> AlertId {
        self.letter.transition.alert
    }

    /// It may not leave before it is saved once more; its number.
    pub(super) fn unsave(&mut self) -> u32 {
        self.is_saved = false;
        self.letter.transition.n
    }

    pub(super) fn is_ready(&self, now: Moment) -> bool {
        self.is_saved && !self.is_in_flight && self.due <= now
    }
}
