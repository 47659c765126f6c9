//! The naive checker of watch rules: which facts stand after every tick, and what alerts of them come to.
//!
//! From the messages that stand ([`naive`](crate::naive)) it works out incidents and overdue duties anew after every tick and
//! compares with the tick before; `alerts` gives each claim its life. It shares the vocabulary with the product and nothing
//! else; only the names that people use for alerts are looked up among what the product told. Must never enter: a call into the
//! engine, a shortcut.

mod alerts;
mod duties;
mod incidents;

use crate::{
    naive::{Figures, Stood},
    play::Played,
};
use alerts::Alerts;
use std::collections::{BTreeMap, BTreeSet};
use vocab::{
    act::{Act, Deed},
    alert::{Change, Decision, LongView, Rule, Transition},
    event::{Body, Operation},
    name::{JurisdictionCode, Label, MeasureId, RegimeId},
    record::{AlertId, RecordId},
    time::Tick,
    watch::{About, Watched, WatchedFact, WatchedMatter},
};

/// One fact: an incident of a record, or a duty that it opened.
type Key = (RecordId, Option<Label>);

/// What a tick changes in a fact.
#[derive(Clone, Debug)]
enum News {
    /// It is so.
    Is(JurisdictionCode, WatchedMatter),
    /// It never was, as a record shows.
    Undone(RecordId),
    /// It is over.
    Over(WatchedMatter),
}

/// The facts that each tick changes.
type ByTick = BTreeMap<Tick, BTreeMap<Key, News>>;

/// A move of an alert, in a form that says nothing of how it was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Move {
    at: Tick,
    rule: String,
    subject: String,
    n: u32,
    change: String,
    phase: String,
    severity: String,
    facts: Vec<String>,
    standing: u32,
}

/// Compares every move of every alert of a watch rule; says how many there were of each sort.
///
/// # Panics
/// When one differs, with `name` and both sides.
pub fn assert_watched(name: &str, played: &Played, figures: &Figures) -> BTreeMap<String, usize> {
    let transitions: Vec<&Transition> = played.decisions.iter().filter_map(|(_, decision)| watched(decision)).collect();
    let mut product: Vec<Move> = transitions.iter().filter_map(|moved| told(moved)).collect();
    let regimes: BTreeSet<&RegimeId> = figures.stood.iter().map(|stood| &stood.message.event.regime).collect();
    let (until, names) = (until(played), names(&transitions));
    let mut naive: Vec<Move> = regimes.into_iter().flat_map(|regime| recomputed(figures, regime, until, &names)).collect();
    product.sort();
    naive.sort();
    for (told, found) in product.iter().zip(&naive) {
        assert_eq!(told, found, "{name}: the product's move of a watched alert on the left");
    }
    assert_eq!(product.get(naive.len()), naive.get(product.len()), "{name}: the product's move on the left, nothing on the other side");
    let mut sorts = BTreeMap::new();
    for moved in naive {
        let matter = moved.facts.first().and_then(|fact| fact.split(' ').next()).unwrap_or_default().to_owned();
        *sorts.entry(format!("{matter} {}", moved.change.split(' ').next().unwrap_or_default())).or_default() += 1;
    }
    sorts
}

/// Compares what every digest lists as overdue with the duties worked out anew; says how many rows there were.
///
/// # Panics
/// When one differs, with `name` and both sides.
pub fn assert_overdue(name: &str, played: &Played, figures: &Figures) -> usize {
    let digests = played.decisions.iter().filter_map(|(_, decision)| match &**decision {
        Decision::Digest(digest) => Some(digest),
        Decision::Transition(_) | Decision::Answer(_) | Decision::Seal(_) => None,
    });
    let until = until(played);
    let mut rows = 0;
    for digest in digests {
        let close = digest.day.last_tick();
        let mut owed = BTreeMap::<Key, (JurisdictionCode, Vec<MeasureId>)>::new();
        for (_, news) in duties::of(figures, &digest.regime, until).range(..=close) {
            for (key, said) in news {
                match said {
                    News::Is(place, what) => _ = owed.insert(key.clone(), (place.clone(), what.measures().to_vec())),
                    News::Undone(_) | News::Over(_) => _ = owed.remove(key),
                }
            }
        }
        let pack = figures.packs.at(close, &digest.regime);
        let mut found = BTreeMap::<String, u32>::new();
        for ((_, duty), (place, measures)) in &owed {
            let duty = duty.as_ref().map(Label::as_str).unwrap_or_default();
            let listed = measures.iter().filter(|id| pack.is_some_and(|pack| pack.measures.iter().any(|one| one.id == **id)));
            let named = listed.map(ToString::to_string).chain(["any".to_owned()]);
            named.for_each(|measure| *found.entry(format!("{place}/{measure} {duty}")).or_default() += 1);
        }
        let told =
            digest.overdue.as_ref().map(|rows| rows.iter().map(|row| (format!("{} {}", row.series, row.duty), row.overdue)).collect());
        let knows = !owed.is_empty() || pack.is_some_and(|pack| !pack.obligations.is_empty());
        assert_eq!(told, knows.then_some(found), "{name}: what is overdue at the close of {}, the product's on the left", digest.week);
        rows += digest.overdue.as_ref().map_or(0, Vec::len);
    }
    rows
}

fn watched(decision: &Decision) -> Option<&Transition> {
    match decision {
        Decision::Transition(moved) if moved.rule == Rule::Watch => Some(moved),
        Decision::Transition(_) | Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_) => None,
    }
}

/// The last tick of the last sealed day.
fn until(played: &Played) -> Tick {
    let seals = played.decisions.iter().filter_map(|(_, decision)| match &**decision {
        Decision::Seal(seal) => Some(seal.day),
        Decision::Transition(_) | Decision::Answer(_) | Decision::Digest(_) => None,
    });
    seals.max().map_or(Tick(i64::MIN), vocab::time::Day::last_tick)
}

/// What people call an alert: its rule and subject, and the tick at which it opened.
fn names(transitions: &[&Transition]) -> BTreeMap<AlertId, (String, String, Tick)> {
    let opening = transitions.iter().filter(|moved| moved.n == 1);
    opening.filter_map(|moved| told(moved).map(|told| (moved.alert, (told.rule, told.subject, told.at)))).collect()
}

/// A move as the product told it.
fn told(moved: &Transition) -> Option<Move> {
    let Some(LongView::Watched(Watched { rule, about, standing, facts, .. })) = moved.evidence.long.as_deref() else { return None };
    let subject = match about {
        About::Record => facts.first()?.record.to_string(),
        About::Jurisdiction => moved.series.jurisdiction.to_string(),
    };
    Some(Move {
        at: moved.at,
        rule: rule.to_string(),
        subject,
        n: moved.n,
        change: match &moved.change {
            Change::Recalled { undone_by, withdrawn } => recalled(undone_by.iter().copied(), *withdrawn),
            Change::Acknowledged { until, .. } => format!("acknowledged until {until}"),
            other => other.as_str().to_owned(),
        },
        phase: moved.phase.as_str().to_owned(),
        severity: format!("{:?}", moved.severity),
        facts: facts.iter().map(line).collect(),
        standing: *standing,
    })
}

fn recalled(undone_by: impl Iterator<Item = RecordId>, withdrawn: u32) -> String {
    format!("recalled {withdrawn} {:?}", undone_by.map(|record| record.to_string()).collect::<BTreeSet<_>>())
}

/// A fact in words.
fn line(fact: &WatchedFact) -> String {
    let sort = match fact.what {
        WatchedMatter::Incident(_) => "incident",
        WatchedMatter::Duty(_) => "duty",
    };
    format!("{sort} {} known {:?}: {:?}", fact.record, fact.known, fact.what)
}

/// What people did to alerts of a regime, by tick, in the order of their records; saying it again does not make it happen twice.
fn acts(figures: &Figures, regime: &RegimeId) -> BTreeMap<Tick, BTreeMap<RecordId, Act>> {
    let (mut acts, mut done) = (BTreeMap::<Tick, BTreeMap<RecordId, Act>>::new(), BTreeSet::new());
    for Stood { from, message } in &figures.stood {
        let Body::Act(act) = &message.event.body else { continue };
        let is_ours = match &act.deed {
            Deed::Acknowledge { seen, .. } | Deed::Close { seen } => seen.series.regime == *regime,
            Deed::Rebase { .. } | Deed::DeclareOutage { .. } => false,
        };
        if is_ours && message.event.operation != Operation::Retract && done.insert(message.id) {
            acts.entry(*from).or_default().insert(message.id, act.clone());
        }
    }
    acts
}

/// Every move of a regime, worked out anew.
fn recomputed(figures: &Figures, regime: &RegimeId, until: Tick, names: &BTreeMap<AlertId, (String, String, Tick)>) -> Vec<Move> {
    let mut facts = incidents::of(figures, regime);
    for (tick, news) in duties::of(figures, regime, until) {
        facts.entry(tick).or_default().extend(news);
    }
    let acts = acts(figures, regime);
    let ticks: BTreeSet<Tick> = facts.keys().chain(acts.keys()).copied().collect();
    let mut alerts = Alerts::default();
    for tick in ticks {
        alerts.fall_due(tick);
        let rules = figures.packs.at(tick, regime).map_or(&[][..], |pack| &pack.watches);
        alerts.hear(tick, rules, facts.remove(&tick).unwrap_or_default());
        acts.get(&tick).into_iter().flat_map(BTreeMap::values).for_each(|act| alerts.act(tick, act, names));
    }
    alerts.fall_due(until);
    alerts.moves
}
