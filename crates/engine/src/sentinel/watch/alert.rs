//! The newest alert of a watched claim: the facts it rests on, its phase, and its series.
//!
//! Its life is the one all alerts have. What must never enter: which facts there are besides, when anything falls due.

use super::FactKey;
use crate::{
    identity,
    sentinel::{
        life::{self, Request, Unmoved},
        weigh::of_no_series,
    },
};
use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::{
    alert::{AlertPhase, Change, Evidence, LongView},
    assessment::{Diagnosis, FiredBy},
    name::{JurisdictionCode, RegimeId},
    pack::Severity,
    quantity::Unit,
    record::{AlertId, ClaimId},
    series::{MeasureKey, SeriesKey},
    time::{Day, TICKS_PER_DAY, Tick},
    watch::{Resolves, WatchRule, Watched, WatchedFact},
};

/// Facts told beside a transition, at most.
const FACTS_MAX: usize = 20;

/// The newest alert of a claim, and the names of those before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct WatchAlert {
    claim: ClaimId,
    /// The rule as it was when the alert opened: it ends as was said then.
    rule: WatchRule,
    series: SeriesKey,
    opened: Tick,
    past: Vec<AlertId>,
    /// Number of its newest transition.
    transitions: u32,
    phase: AlertPhase,
    /// What it rests on now.
    facts: BTreeMap<FactKey, WatchedFact>,
    /// One that it rested on has had its time: the claim was right, whatever becomes of the others.
    has_lapsed: bool,
    /// What it rests on, or did when it ended.
    told: Watched,
    /// The tick at which an acknowledgement runs out.
    pub(super) expires: Option<Tick>,
    /// The day it ended.
    ended: Option<Day>,
}

impl WatchAlert {
    /// An alert that opens at a tick; nothing was told of it yet.
    pub(super) fn opening(
        (claim, regime): (ClaimId, &RegimeId),
        opened: Tick,
        (rule, jurisdiction): (WatchRule, JurisdictionCode),
        before: Option<Self>,
    ) -> Self {
        let measure = rule.of.measure.clone().map_or(MeasureKey::Any, MeasureKey::One);
        let mut past = before.as_ref().map(|before| before.past.clone()).unwrap_or_default();
        past.extend(before.as_ref().map(Self::id));
        Self {
            claim,
            series: SeriesKey { regime: regime.clone(), jurisdiction, measure, unit: Unit::Count },
            opened,
            past,
            transitions: 0,
            phase: AlertPhase::Firing,
            facts: BTreeMap::new(),
            has_lapsed: false,
            told: Watched { rule: rule.name.clone(), action: rule.action.clone(), about: rule.about, standing: 0, facts: Vec::new() },
            expires: None,
            ended: None,
            rule,
        }
    }

    pub(super) fn id(&self) -> AlertId {
        identity::watch_alert(self.claim, self.opened)
    }

    pub(super) const fn claim(&self) -> ClaimId {
        self.claim
    }

    pub(super) const fn phase(&self) -> AlertPhase {
        self.phase
    }

    pub(super) const fn series(&self) -> &SeriesKey {
        &self.series
    }

    pub(super) const fn opened(&self) -> Tick {
        self.opened
    }

    /// The day it ended, if it did.
    pub(super) const fn ended(&self) -> Option<Day> {
        self.ended
    }

    pub(super) const fn severity(&self) -> Severity {
        self.rule.severity
    }

    pub(super) fn previous(&self) -> Option<AlertId> {
        self.past.last().copied()
    }

    /// The number of its newest transition.
    pub(super) const fn newest(&self) -> u32 {
        self.transitions
    }

    /// Counts a transition and gives its number, from 1.
    pub(super) fn number(&mut self) -> u32 {
        self.transitions += 1;
        self.transitions
    }

    /// How its beginning is called: a notice never pages.
    pub(super) const fn beginning(&self) -> Change {
        match self.rule.severity {
            Severity::Notice => Change::Noted,
            Severity::Warning | Severity::Critical => Change::Fired(FiredBy::Fact),
        }
    }

    /// Whether it rests on a fact.
    pub(super) fn rests_on(&self, key: &FactKey) -> bool {
        self.facts.contains_key(key)
    }

    /// Whether it rests on anything.
    pub(super) fn rests(&self) -> bool {
        !self.facts.is_empty()
    }

    /// The tick at which a fact has had its time, if it has one.
    pub(super) fn lapses(&self, fact: &WatchedFact) -> Option<Tick> {
        match self.rule.resolves {
            Resolves::ByAct => None,
            Resolves::AfterDays(days) => Some(Tick(fact.known.0.saturating_add(i64::from(days) * TICKS_PER_DAY))),
        }
    }

    /// The facts it rests on.
    pub(super) fn facts(&self) -> impl Iterator<Item = (&FactKey, &WatchedFact)> {
        self.facts.iter()
    }

    /// Rests on one more fact.
    pub(super) fn add(&mut self, key: FactKey, fact: WatchedFact) {
        self.facts.insert(key, fact);
    }

    /// A fact that it may rest on says something else now; since when it is known stays.
    pub(super) fn change(&mut self, key: &FactKey, fact: WatchedFact) {
        if let Some(before) = self.facts.get_mut(key) {
            *before = WatchedFact { known: before.known, ..fact };
        }
    }

    /// Rests on a fact no longer.
    pub(super) fn remove(&mut self, key: &FactKey) -> Option<WatchedFact> {
        self.facts.remove(key)
    }

    /// A fact has had its time.
    pub(super) fn lapse(&mut self, key: &FactKey) {
        self.has_lapsed |= self.facts.remove(key).is_some();
    }

    /// Whether a fact has had its time.
    pub(super) const fn has_lapsed(&self) -> bool {
        self.has_lapsed
    }

    /// Takes down what it rests on, newest first; what it rested on last stays told.
    pub(super) fn learn(&mut self) {
        let mut facts: Vec<&WatchedFact> = self.facts.values().collect();
        facts.sort_by_key(|fact| (core::cmp::Reverse(fact.known), fact.record));
        if !facts.is_empty() {
            self.told.standing = u32::try_from(facts.len()).unwrap_or(u32::MAX);
            self.told.facts = facts.into_iter().take(FACTS_MAX).cloned().collect();
        }
    }

    /// Of what it rested on, a fact says now why it is over.
    pub(super) fn learn_end(&mut self, over: &WatchedFact) {
        for fact in self.told.facts.iter_mut().filter(|fact| fact.record == over.record) {
            fact.what = over.what.clone();
        }
    }

    /// Asks it to move.
    pub(super) fn ask(&mut self, request: Request, day: Day) -> Result<(), Unmoved> {
        let phase = life::next(Some(self.phase), request)?;
        self.ended = if phase.is_open() { None } else { Some(day) };
        self.phase = phase;
        Ok(())
    }

    /// The first civil day of what it is told with.
    pub(super) fn since(&self) -> Option<Day> {
        self.told.facts.iter().map(|fact| fact.what.day()).min()
    }

    /// What a transition of it rests on.
    pub(super) fn evidence(&self, day: Day) -> Evidence {
        let long = Some(alloc::boxed::Box::new(LongView::Watched(self.told.clone())));
        Evidence { long, ..of_no_series(day.week(), Diagnosis::Steady) }
    }
}
