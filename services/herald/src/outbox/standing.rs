//! What is known of each alert: its newest transition, and who was told. Ended ones are kept for a while, because an alert may be
//! reopened or taken back, and who was told of it must hear that too.
//!
//! What must never enter: a letter.

use super::{
    letter::Letter,
    page::{self, Body},
};
use crate::labels::Timing;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use vocab::{alert::Transition, record::AlertId, time::Tick};

/// Ended alerts kept.
const ENDED_KEPT: usize = 10_000;

/// An alert as it was last heard of.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// Its newest transition.
    pub newest: Arc<Transition>,
    /// When it was first heard of.
    pub since: Tick,
    /// The outlets it was routed to, and whether they have got anything of it.
    pub outlets: BTreeMap<String, bool>,
}

impl Standing {
    pub(super) fn new(transition: &Arc<Transition>) -> Self {
        Self { newest: Arc::clone(transition), since: transition.at, outlets: BTreeMap::new() }
    }

    pub(super) fn body(&self) -> Body {
        Body::Alert { newest: page::protobuf(&self.newest), since: self.since, outlets: self.outlets.clone() }
    }

    /// What is told of it when it is told again. That it is told again makes it no later than it was.
    #[must_use]
    pub fn letter(&self) -> Letter {
        Letter { transition: Arc::clone(&self.newest), since: self.since, before: None, timing: Timing::Prompt }
    }

    /// When it ended; `None` while it stands.
    #[must_use]
    pub fn ended(&self) -> Option<Tick> {
        (!self.newest.phase.is_open()).then_some(self.newest.at)
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Standings {
    alerts: BTreeMap<AlertId, Standing>,
    ended: BTreeSet<(Tick, AlertId)>,
}

impl Standings {
    pub(super) fn of(&self, alert: AlertId) -> Option<&Standing> {
        self.alerts.get(&alert)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Standing> {
        self.alerts.values()
    }

    pub(super) fn put(&mut self, standing: Standing) {
        let alert = standing.newest.alert;
        let now_ended = standing.ended();
        if let Some(ended) = self.alerts.insert(alert, standing).and_then(|before| before.ended()) {
            self.ended.remove(&(ended, alert));
        }
        if let Some(ended) = now_ended {
            self.ended.insert((ended, alert));
        }
    }

    /// An outlet has got something of an alert; whether that is new.
    pub(super) fn reached(&mut self, alert: AlertId, outlet: &str) -> bool {
        let was = self.alerts.get_mut(&alert).and_then(|standing| standing.outlets.get_mut(outlet));
        was.is_some_and(|reached| !std::mem::replace(reached, true))
    }

    /// Forgets the alerts that ended longest ago, beyond those that are kept.
    pub(super) fn forget(&mut self) -> Vec<AlertId> {
        let mut forgotten = Vec::new();
        while self.ended.len() > ENDED_KEPT
            && let Some((_, alert)) = self.ended.pop_first()
        {
            self.alerts.remove(&alert);
            forgotten.push(alert);
        }
        forgotten
    }
}
