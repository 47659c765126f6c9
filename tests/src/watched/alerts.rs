//! Alerts of claims: each from its first fact to its end, as people read of it in `deploy/regimes/README.md`.
//!
//! A claim is a rule of a subject. Claims do not know of each other. Must never enter: where a fact comes from.

use super::{Key, Move, News, line, recalled};
use std::collections::{BTreeMap, BTreeSet};
use vocab::{
    act::{Act, Deed, Seen},
    name::JurisdictionCode,
    pack::Severity,
    record::{AlertId, RecordId},
    time::{TICKS_PER_DAY, Tick},
    watch::{About, Duty, DutyStanding, Resolves, WatchRule, WatchedFact, WatchedMatter, Watches},
};

/// Facts shown beside a move, and records named beside a recall, at most.
const FACTS_MAX: usize = 20;
const UNDONE_BY_MAX: usize = 20;

/// A rule and what it is of.
type Claim = (String, String);

/// A fact as it was last told, with the claims it makes.
#[derive(Clone, Debug)]
struct Fact {
    jurisdiction: JurisdictionCode,
    what: WatchedMatter,
    claims: BTreeSet<Claim>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Firing,
    Acknowledged(Tick),
    Resolved,
    Recalled,
}

impl Phase {
    const fn is_open(self) -> bool {
        matches!(self, Self::Firing | Self::Acknowledged(_))
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Acknowledged(_) => "acknowledged",
            Self::Resolved => "resolved",
            Self::Recalled => "recalled",
        }
    }
}

/// The newest alert of a claim.
#[derive(Clone, Debug)]
struct Alert {
    opened: Tick,
    rule: WatchRule,
    n: u32,
    phase: Phase,
    facts: BTreeMap<Key, WatchedFact>,
    has_lapsed: bool,
    /// What it rested on when it last rested on anything: how many facts, and the newest.
    shown: (usize, Vec<WatchedFact>),
}

impl Alert {
    fn show(&mut self) {
        let mut facts: Vec<WatchedFact> = self.facts.values().cloned().collect();
        facts.sort_by_key(|fact| (std::cmp::Reverse(fact.known), fact.record));
        if !facts.is_empty() {
            let all = facts.len();
            facts.truncate(FACTS_MAX);
            self.shown = (all, facts);
        }
    }

    /// When a fact of it has had its time.
    fn lapse(&self, fact: &WatchedFact) -> Option<Tick> {
        match self.rule.resolves {
            Resolves::ByAct => None,
            Resolves::AfterDays(days) => Some(Tick(fact.known.0 + i64::from(days) * TICKS_PER_DAY)),
        }
    }
}

/// What a tick does to a claim.
#[derive(Default)]
struct Turn {
    added: Vec<(Key, WatchedFact, WatchRule)>,
    changed: Vec<(Key, WatchedFact)>,
    undone: Vec<(Key, RecordId)>,
    over: Vec<(Key, WatchedMatter)>,
}

/// Every claim.
#[derive(Debug, Default)]
pub(super) struct Alerts {
    told: BTreeMap<Key, Fact>,
    alerts: BTreeMap<Claim, Alert>,
    pub(super) moves: Vec<Move>,
}

impl Alerts {
    /// Facts that have had their time, then acknowledgements that run out, each at its tick.
    pub(super) fn fall_due(&mut self, to: Tick) {
        loop {
            let open = self.alerts.iter().filter(|(_, alert)| alert.phase.is_open());
            let due = open.flat_map(|(claim, alert)| {
                let lapses = alert.facts.iter().filter_map(move |(key, fact)| Some((alert.lapse(fact)?, claim, Some(key))));
                let expiry = if let Phase::Acknowledged(until) = alert.phase { Some((until, claim, None)) } else { None };
                lapses.chain(expiry)
            });
            let first = due.min_by_key(|(tick, claim, key)| (*tick, *claim, key.is_none(), *key));
            let Some((tick, claim, key)) = first.filter(|(tick, ..)| *tick <= to) else { return };
            let (claim, key) = (claim.clone(), key.cloned());
            let Some(alert) = self.alerts.get_mut(&claim) else { return };
            match key {
                None => self.go(tick, &claim, (Phase::Firing, "acknowledgement_expired".to_owned())),
                Some(key) => {
                    alert.facts.remove(&key);
                    alert.has_lapsed = true;
                    self.end(tick, &claim, &Turn::default());
                }
            }
        }
    }

    /// What a tick says of facts.
    pub(super) fn hear(&mut self, tick: Tick, rules: &[WatchRule], news: BTreeMap<Key, News>) {
        let mut turns = BTreeMap::<Claim, Turn>::new();
        for (key, said) in news {
            let before = self.told.remove(&key);
            let claims = before.as_ref().map(|fact| fact.claims.clone()).unwrap_or_default();
            match said {
                News::Undone(by) => claims.into_iter().for_each(|claim| turns.entry(claim).or_default().undone.push((key.clone(), by))),
                News::Over(what) => {
                    claims.into_iter().for_each(|claim| turns.entry(claim).or_default().over.push((key.clone(), what.clone())))
                }
                News::Is(jurisdiction, what) => {
                    if let Some(same) = before.filter(|fact| fact.jurisdiction == jurisdiction && fact.what == what) {
                        self.told.insert(key, same);
                        continue;
                    }
                    let fact = WatchedFact { record: key.0, known: tick, what: what.clone() };
                    let mut makes = BTreeSet::new();
                    for rule in rules.iter().filter(|rule| matches(rule, &jurisdiction, &what)) {
                        let claim = (rule.name.to_string(), subject(rule, key.0, &jurisdiction));
                        let turn = turns.entry(claim.clone()).or_default();
                        if claims.contains(&claim) {
                            turn.changed.push((key.clone(), fact.clone()));
                        } else {
                            turn.added.push((key.clone(), fact.clone(), rule.clone()));
                        }
                        makes.insert(claim);
                    }
                    for claim in claims.difference(&makes) {
                        turns.entry(claim.clone()).or_default().undone.push((key.clone(), key.0));
                    }
                    if !makes.is_empty() {
                        self.told.insert(key, Fact { jurisdiction, what, claims: makes });
                    }
                }
            }
        }
        for (claim, turn) in turns {
            self.turn(tick, &claim, turn);
        }
    }

    fn turn(&mut self, tick: Tick, claim: &Claim, mut turn: Turn) {
        match self.alerts.get_mut(claim).filter(|alert| alert.phase.is_open()) {
            Some(alert) => {
                // Only what it rested on can be taken from it.
                turn.undone.retain(|(key, _)| alert.facts.remove(key).is_some());
                turn.over.retain(|(key, _)| alert.facts.remove(key).is_some());
                for (key, fact) in &turn.changed {
                    if let Some(stands) = alert.facts.get_mut(key) {
                        stands.what = fact.what.clone();
                    }
                }
                alert.facts.extend(turn.added.iter().map(|(key, fact, _)| (key.clone(), fact.clone())));
                self.end(tick, claim, &turn);
            }
            None => {
                let Some((_, _, rule)) = turn.added.first() else { return };
                let (rule, facts) = (rule.clone(), turn.added.iter().map(|(key, fact, _)| (key.clone(), fact.clone())).collect());
                let word = if rule.severity == Severity::Notice { "noted" } else { "fired" };
                let alert = Alert { opened: tick, rule, n: 0, phase: Phase::Firing, facts, has_lapsed: false, shown: (0, Vec::new()) };
                self.alerts.insert(claim.clone(), alert);
                self.go(tick, claim, (Phase::Firing, word.to_owned()));
            }
        }
    }

    /// Ends an alert that rests on nothing any more.
    fn end(&mut self, tick: Tick, claim: &Claim, turn: &Turn) {
        let Some(alert) = self.alerts.get_mut(claim) else { return };
        if !alert.facts.is_empty() {
            return alert.show();
        }
        for (key, what) in &turn.over {
            alert.shown.1.iter_mut().filter(|fact| fact.record == key.0).for_each(|fact| fact.what = what.clone());
        }
        if alert.has_lapsed || !turn.over.is_empty() {
            return self.go(tick, claim, (Phase::Resolved, "ended".to_owned()));
        }
        let undone_by: BTreeSet<RecordId> = turn.undone.iter().map(|(_, by)| *by).collect();
        let withdrawn = u32::try_from(undone_by.len()).unwrap_or(u32::MAX);
        self.go(tick, claim, (Phase::Recalled, recalled(undone_by.into_iter().take(UNDONE_BY_MAX), withdrawn)));
    }

    /// Moves an alert and tells of it.
    fn go(&mut self, at: Tick, claim: &Claim, (phase, change): (Phase, String)) {
        let Some(alert) = self.alerts.get_mut(claim) else { return };
        alert.phase = phase;
        alert.n += 1;
        alert.show();
        let (standing, shown) = &alert.shown;
        self.moves.push(Move {
            at,
            rule: claim.0.clone(),
            subject: claim.1.clone(),
            n: alert.n,
            change,
            phase: phase.word().to_owned(),
            severity: format!("{:?}", alert.rule.severity),
            facts: shown.iter().map(line).collect(),
            standing: u32::try_from(*standing).unwrap_or(u32::MAX),
        });
        if !phase.is_open() {
            alert.facts.clear();
        }
    }

    /// What a person does to an alert that stands, if it is as that person saw it.
    pub(super) fn act(&mut self, tick: Tick, act: &Act, names: &BTreeMap<AlertId, (String, String, Tick)>) {
        let (seen, until) = match &act.deed {
            Deed::Acknowledge { seen, until } => (seen, Some(*until)),
            Deed::Close { seen } => (seen, None),
            Deed::Rebase { .. } | Deed::DeclareOutage { .. } => return,
        };
        let Some((claim, n)) = self.named(seen, names) else { return };
        match until {
            _ if seen.transition != n => {}
            None => self.go(tick, &claim, (Phase::Resolved, "closed".to_owned())),
            Some(until) if Tick::of(until) > tick => {
                self.go(tick, &claim, (Phase::Acknowledged(Tick::of(until)), format!("acknowledged until {until}")));
            }
            Some(_) => {}
        }
    }

    /// The claim of the alert that an act names, while it stands, with the number of its newest move.
    fn named(&self, seen: &Seen, names: &BTreeMap<AlertId, (String, String, Tick)>) -> Option<(Claim, u32)> {
        let (rule, subject, opened) = names.get(&seen.alert)?;
        let claim = (rule.clone(), subject.clone());
        let alert = self.alerts.get(&claim).filter(|alert| alert.phase.is_open() && alert.opened == *opened)?;
        Some((claim, alert.n))
    }
}

fn subject(rule: &WatchRule, record: RecordId, jurisdiction: &JurisdictionCode) -> String {
    match rule.about {
        About::Record => record.to_string(),
        About::Jurisdiction => jurisdiction.to_string(),
    }
}

fn matches(rule: &WatchRule, jurisdiction: &JurisdictionCode, what: &WatchedMatter) -> bool {
    let (looks, measures, stratum) = match (what, &rule.watches) {
        (WatchedMatter::Incident(incident), Watches::Events(types)) => {
            (types.contains(&incident.event), &incident.measures, &incident.stratum)
        }
        (WatchedMatter::Duty(duty), Watches::Overdue(name)) => (is_owed(duty) && duty.name == *name, &duty.measures, &duty.stratum),
        (WatchedMatter::Incident(_), Watches::Overdue(_)) | (WatchedMatter::Duty(_), Watches::Events(_)) => return false,
    };
    looks
        && rule.of.jurisdiction.as_ref().is_none_or(|code| code == jurisdiction)
        && rule.of.measure.as_ref().is_none_or(|measure| measures.contains(measure))
        && (rule.stratum.is_none() || rule.stratum == *stratum)
}

fn is_owed(duty: &Duty) -> bool {
    match duty.standing {
        DutyStanding::Overdue => true,
        DutyStanding::MetLate(..) | DutyStanding::Undone(_) => false,
    }
}
