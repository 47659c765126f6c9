//! The life of an alert as one total function: every phase answers every request.
//!
//! What a request means for evidence, deadlines and identities is derived by the caller from the phases before and after.
//! What must never enter: a tick, an identity, a threshold.

use vocab::{act::Staleness, alert::AlertPhase};

/// What may be asked of an alert, by its condition, by a person or by a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// The condition fired.
    Fire,
    /// The fall became deeper.
    Escalate,
    /// The fall ended.
    Recover,
    /// The evidence faded.
    Fade,
    /// Late evidence undid it.
    Recall,
    /// Somebody looks after it.
    Acknowledge,
    /// The acknowledgement ran out.
    Expire,
    /// A person closes it.
    Close,
    /// A person set the level anew.
    Rebase,
}

impl Request {
    /// All of them.
    pub const ALL: [Self; 9] =
        [Self::Fire, Self::Escalate, Self::Recover, Self::Fade, Self::Recall, Self::Acknowledge, Self::Expire, Self::Close, Self::Rebase];
}

/// Why a request moves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmoved {
    /// There is no alert.
    Absent,
    /// It had ended.
    Ended,
    /// It stands already as the request would have it.
    Standing,
}

impl Unmoved {
    /// How an act that moved nothing is answered; nothing for a request that no act makes.
    #[must_use]
    pub const fn staleness(self) -> Option<Staleness> {
        match self {
            Self::Absent => Some(Staleness::NoSuchAlert),
            Self::Ended => Some(Staleness::Ended),
            Self::Standing => None,
        }
    }
}

/// The phase after a request. An escalation ends an acknowledgement: what was taken was a lesser fall, and it pages again.
///
/// # Errors
/// [`Unmoved`] when the request moves nothing.
pub const fn next(phase: Option<AlertPhase>, request: Request) -> Result<AlertPhase, Unmoved> {
    match phase {
        None => match request {
            Request::Fire => Ok(AlertPhase::Firing),
            Request::Escalate
            | Request::Recover
            | Request::Fade
            | Request::Recall
            | Request::Acknowledge
            | Request::Expire
            | Request::Close
            | Request::Rebase => Err(Unmoved::Absent),
        },
        Some(AlertPhase::Firing) => open(request, Err(Unmoved::Standing)),
        Some(AlertPhase::Acknowledged) => open(request, Ok(AlertPhase::Firing)),
        Some(AlertPhase::Resolved | AlertPhase::Recalled) => match request {
            Request::Fire => Ok(AlertPhase::Firing),
            Request::Escalate
            | Request::Recover
            | Request::Fade
            | Request::Recall
            | Request::Acknowledge
            | Request::Expire
            | Request::Close
            | Request::Rebase => Err(Unmoved::Ended),
        },
    }
}

/// An open alert differs only in what an expiry finds.
const fn open(request: Request, expired: Result<AlertPhase, Unmoved>) -> Result<AlertPhase, Unmoved> {
    match request {
        Request::Fire => Err(Unmoved::Standing),
        Request::Escalate => Ok(AlertPhase::Firing),
        Request::Recover | Request::Fade | Request::Close | Request::Rebase => Ok(AlertPhase::Resolved),
        Request::Recall => Ok(AlertPhase::Recalled),
        Request::Acknowledge => Ok(AlertPhase::Acknowledged),
        Request::Expire => expired,
    }
}
