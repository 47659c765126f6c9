//! Watching: rules of the pack on facts, decided at the tick at which a fact is told, without waiting for any weighing.
//!
//! A fact that a rule matches makes a claim; an alert of it stands while a fact stands that makes it, and has not had its time. Here
//! is what is remembered, and which claims a fact makes. What must never enter: an assessment, a figure, an order inside a tick.

mod alert;
mod settle;

use crate::identity;
use alert::WatchAlert;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use vocab::{
    act::Staleness,
    name::{JurisdictionCode, Label, RegimeId},
    pack::Pack,
    record::{AlertId, ClaimId, RecordId},
    tally::{Fact, Matter, Note},
    time::{Day, Tick},
    watch::{About, Duty, DutyStanding, WatchRule, WatchedFact, WatchedMatter, Watches},
};

/// One fact: a record's incident, or one of the duties it opened, by the obligation's name.
pub(super) type FactKey = (RecordId, Option<Label>);

/// What an alert claims: a rule by its name, of a subject.
pub(super) type Claim = (Label, Subject);

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Subject {
    /// One record, or the duty it opened.
    Record(RecordId),
    /// A jurisdiction.
    Jurisdiction(JurisdictionCode),
}

/// What falls due of an alert. A fact that has had its time comes before an acknowledgement that runs out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Due {
    /// A fact has had its time.
    Lapse(FactKey),
    /// An acknowledgement runs out.
    Expiry,
}

/// A fact as it was last told, and the claims it makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Told {
    jurisdiction: JurisdictionCode,
    fact: WatchedFact,
    claims: BTreeSet<Claim>,
}

/// What is remembered of watched facts and their alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Watch {
    /// Facts that make a claim, also where its alert has ended: told again, they make it no second time.
    told: BTreeMap<FactKey, Told>,
    alerts: BTreeMap<Claim, WatchAlert>,
    /// Every alert that is remembered, with those before it.
    names: BTreeMap<AlertId, Claim>,
    deadlines: BTreeSet<(Tick, Claim, Due)>,
}

/// What a tick says of a fact.
enum News {
    /// It is so.
    Says(JurisdictionCode, WatchedFact),
    /// It is so no longer.
    Gone(Gone),
}

/// Why a fact no longer stands.
#[derive(Clone)]
enum Gone {
    /// It was undone by a record: the claim should never have been made.
    Undone(RecordId),
    /// What it was about is over, as the fact now says.
    Over(WatchedFact),
}

/// What a tick does to one claim.
#[derive(Default)]
struct Moves {
    gone: Vec<(FactKey, Gone)>,
    changed: Vec<(FactKey, WatchedFact)>,
    /// With the rule that matches and the jurisdiction.
    added: Vec<(FactKey, WatchedFact, WatchRule, JurisdictionCode)>,
}

impl Watch {
    /// Whether an alert is one of a watch rule, now or before.
    pub(super) fn knows(&self, alert: AlertId) -> bool {
        self.names.contains_key(&alert)
    }

    /// The claim of the alert that an act names, if it stands.
    fn named(&self, alert: AlertId) -> Result<&Claim, Staleness> {
        let claim = self.names.get(&alert).ok_or(Staleness::NoSuchAlert)?;
        let stands = self.alerts.get(claim).is_some_and(|newest| newest.id() == alert && newest.phase().is_open());
        if stands { Ok(claim) } else { Err(Staleness::Ended) }
    }

    /// The first tick at which something falls due.
    pub(super) fn due(&self) -> Option<Tick> {
        self.deadlines.first().map(|(tick, ..)| *tick)
    }

    /// Lets go of what has ended and will not be spoken of again: `before` is the first day inside the horizon.
    pub(super) fn forget(&mut self, before: Day) {
        self.alerts.retain(|_, alert| alert.ended().is_none_or(|day| day >= before));
        let alerts = &self.alerts;
        self.names.retain(|_, claim| alerts.contains_key(claim));
        self.told.retain(|key, told| {
            let stands = told.claims.iter().any(|claim| alerts.get(claim).is_some_and(|alert| alert.rests_on(key)));
            stands || told.fact.known.day() >= before
        });
    }

    /// Takes what a tick says in, and tells what it does to each claim.
    fn moves(&mut self, pack: Option<&Pack>, news: BTreeMap<FactKey, News>) -> BTreeMap<Claim, Moves> {
        let mut moves = BTreeMap::<Claim, Moves>::new();
        for (key, said) in news {
            match said {
                News::Gone(gone) => {
                    for claim in self.told.remove(&key).map(|told| told.claims).unwrap_or_default() {
                        moves.entry(claim).or_default().gone.push((key.clone(), gone.clone()));
                    }
                }
                News::Says(jurisdiction, fact) => self.says(pack, (key, jurisdiction, fact), &mut moves),
            }
        }
        moves
    }

    fn says(
        &mut self,
        pack: Option<&Pack>,
        (key, jurisdiction, fact): (FactKey, JurisdictionCode, WatchedFact),
        moves: &mut BTreeMap<Claim, Moves>,
    ) {
        let before = self.told.remove(&key);
        if let Some(same) = before.as_ref().filter(|told| told.jurisdiction == jurisdiction && told.fact.what == fact.what) {
            // Said anew in other words, or delivered again under another revision: nothing has changed.
            self.told.insert(key, same.clone());
            return;
        }
        let mut claims = BTreeSet::new();
        for rule in pack.map_or(&[][..], |pack| &pack.watches).iter().filter(|rule| matches(rule, &jurisdiction, &fact.what)) {
            let claim = (rule.name.clone(), subject(rule.about, &key, &jurisdiction));
            let made = moves.entry(claim.clone()).or_default();
            if before.as_ref().is_some_and(|told| told.claims.contains(&claim)) {
                made.changed.push((key.clone(), fact.clone()));
            } else {
                made.added.push((key.clone(), fact.clone(), rule.clone(), jurisdiction.clone()));
            }
            claims.insert(claim);
        }
        for claim in before.into_iter().flat_map(|told| told.claims).filter(|claim| !claims.contains(claim)) {
            moves.entry(claim).or_default().gone.push((key.clone(), Gone::Undone(key.0)));
        }
        if !claims.is_empty() {
            self.told.insert(key, Told { jurisdiction, fact, claims });
        }
    }
}

fn subject(about: About, key: &FactKey, jurisdiction: &JurisdictionCode) -> Subject {
    match about {
        About::Record => Subject::Record(key.0),
        About::Jurisdiction => Subject::Jurisdiction(jurisdiction.clone()),
    }
}

/// The identity of a claim.
fn claim_id(regime: &RegimeId, (rule, subject): &Claim) -> ClaimId {
    let watched = match subject {
        Subject::Record(record) => identity::Watched::Record(*record),
        Subject::Jurisdiction(code) => identity::Watched::Jurisdiction(code),
    };
    identity::watch_claim(regime, rule, watched)
}

/// Whether a rule matches what a fact says of a jurisdiction.
fn matches(rule: &WatchRule, jurisdiction: &JurisdictionCode, what: &WatchedMatter) -> bool {
    let looks = match (&rule.watches, what) {
        (Watches::Events(types), WatchedMatter::Incident(incident)) => types.contains(&incident.event),
        (Watches::Overdue(name), WatchedMatter::Duty(Duty { name: of, standing: DutyStanding::Overdue, .. })) => name == of,
        (Watches::Events(_), WatchedMatter::Duty(_)) | (Watches::Overdue(_), WatchedMatter::Duty(_) | WatchedMatter::Incident(_)) => false,
    };
    looks
        && rule.of.jurisdiction.as_ref().is_none_or(|code| code == jurisdiction)
        && rule.of.measure.as_ref().is_none_or(|measure| what.measures().contains(measure))
        && rule.stratum.as_ref().is_none_or(|stratum| what.stratum() == Some(stratum))
}

/// What the facts of a tick say, each fact once: what takes a record's incident back comes before what replaces it.
fn news(facts: &[&Fact]) -> BTreeMap<FactKey, News> {
    let mut news = BTreeMap::new();
    for fact in facts {
        match fact {
            Fact::Withdrawn(withdrawal) if withdrawal.series.is_empty() => {
                news.entry((withdrawal.record, None)).or_insert(News::Gone(Gone::Undone(withdrawal.record)));
            }
            Fact::Withdrawn(_) => {}
            Fact::Told(note) => match said(note) {
                Some((key, said @ News::Says(..))) => _ = news.insert(key, said),
                // A record that moves to another case is owed there in the same tick.
                Some((key, gone @ News::Gone(_))) => _ = news.entry(key).or_insert(gone),
                None => {}
            },
        }
    }
    news
}

fn said(note: &Note) -> Option<(FactKey, News)> {
    let (record, known) = (note.record, note.known);
    let jurisdiction = note.jurisdiction.clone()?;
    match &note.matter {
        Matter::Incident(incident) => {
            let what = WatchedMatter::Incident(incident.clone());
            Some(((record, None), News::Says(jurisdiction, WatchedFact { record, known, what })))
        }
        Matter::Duty(duty) => {
            let fact = WatchedFact { record, known, what: WatchedMatter::Duty(duty.clone()) };
            let news = match duty.standing {
                DutyStanding::Overdue => News::Says(jurisdiction, fact),
                DutyStanding::MetLate(..) => News::Gone(Gone::Over(fact)),
                DutyStanding::Undone(by) => News::Gone(Gone::Undone(by)),
            };
            Some(((record, Some(duty.name.clone())), news))
        }
        Matter::Pack(..) | Matter::Circumstance(..) | Matter::Definition(_) | Matter::Target(_) | Matter::Feed(..) | Matter::Act(_) => None,
    }
}
