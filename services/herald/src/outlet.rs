//! Outlets: one address that letters go to, and which letters it asks for. A receiver with several instances has one each, because
//! each must get everything.
//!
//! What must never enter: a connection, a queue.

use vocab::{alert::Transition, name::RegimeId, pack::Severity};

/// What an outlet is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Alertmanager v2: the state of alerts, several at once, sent again and again while they stand.
    States,
    /// Webhooks: each transition, once, alone.
    Letters,
}

/// Which transitions an outlet asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    /// Only those at least so grave.
    pub severity_min: Severity,
    /// Only those of these regimes; none listed: of all.
    pub regimes: Vec<RegimeId>,
}

impl Asks {
    /// Whether it asks for this one.
    #[must_use]
    pub fn admits(&self, transition: &Transition) -> bool {
        transition.severity >= self.severity_min && (self.regimes.is_empty() || self.regimes.contains(&transition.series.regime))
    }
}

/// One address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outlet {
    /// The receiver it belongs to, as configured.
    pub receiver: String,
    /// Its name in saved state: receiver and address. Another address is another outlet.
    pub key: String,
    /// What it is sent.
    pub manner: Manner,
    /// What it asks for.
    pub asks: Asks,
    /// Letters that may wait for it; beyond, the oldest go.
    pub waiting_max: usize,
}
