//! Duties: after every tick, and at every instant at which one could fall due, which of them are overdue.
//!
//! A record is in a case from the tick at which a message that names the case begins to stand to the tick at which another one
//! takes its place. What it opens is fixed by the rules in force when it came in. Must never enter: a memory of what was found
//! the tick before, but for the comparison with it.

use super::{ByTick, Key, News};
use crate::naive::{Figures, Stood, lists};
use std::collections::{BTreeMap, BTreeSet};
use vocab::{
    event::{Event, Operation},
    name::{CaseName, JurisdictionCode, MeasureId, RegimeId, Stratum},
    pack::Pack,
    record::{Admitted, RecordId},
    time::{Day, Tick},
    watch::{Duty, DutyStanding, Obligation, WatchedMatter},
};

/// A record in a case.
#[derive(Debug)]
struct Joined {
    record: RecordId,
    from: Tick,
    until: Option<Tick>,
    occurred: Day,
    event: String,
    /// What it opens, with what is told of it.
    opens: Vec<(Obligation, JurisdictionCode)>,
    measures: Vec<MeasureId>,
    stratum: Option<Stratum>,
}

impl Joined {
    fn is_in_at(&self, tick: Tick) -> bool {
        self.from <= tick && self.until.is_none_or(|until| until > tick)
    }
}

/// What stands of a duty at a tick, if it is past its last day.
enum Past {
    Overdue(JurisdictionCode, Duty),
    MetLate(Duty),
    /// Met in time, by a record.
    Met(RecordId),
}

type CaseKey = (RegimeId, CaseName);

/// The measures a record names, each once.
pub(super) fn measures(event: &Event) -> Vec<MeasureId> {
    event.measures.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What each tick says of duties.
pub(super) fn of(figures: &Figures, regime: &RegimeId, until: Tick) -> ByTick {
    let mut by_tick = ByTick::new();
    let mut moved = Vec::new();
    for (case, joined) in cases(figures).into_iter().filter(|((of, _), _)| of == regime) {
        for (tick, key, news) in story(&case, &joined, until) {
            moved.push((tick, key, news));
        }
    }
    // A record that goes to another case is owed there in the same tick.
    moved.sort_by_key(|(tick, key, news)| (*tick, key.clone(), matches!(news, News::Is(..))));
    for (tick, key, news) in moved {
        by_tick.entry(tick).or_default().insert(key, news);
    }
    by_tick
}

/// Every case with all that was ever in it.
fn cases(figures: &Figures) -> BTreeMap<CaseKey, Vec<Joined>> {
    let mut cases = BTreeMap::<CaseKey, Vec<Joined>>::new();
    let mut ordered: Vec<&Stood> = figures.stood.iter().collect();
    ordered.sort_by_key(|stood| stood.from);
    let mut last = BTreeMap::<RecordId, (&Admitted, Option<CaseKey>)>::new();
    // Whoever leaves a case and whoever joins it in one tick meet it as it was before.
    for of_tick in ordered.chunk_by(|one, next| one.from == next.from) {
        let tick = of_tick[0].from;
        let was: BTreeSet<CaseKey> =
            cases.iter().filter(|(_, all)| all.iter().any(|one| one.until.is_none())).map(|(key, _)| key.clone()).collect();
        for Stood { message, .. } in of_tick {
            let case = case_of(message);
            let before = last.insert(message.id, (message, case.clone()));
            if before.as_ref().is_some_and(|(said, of)| said.content == message.content && *of == case) {
                continue;
            }
            if let Some(left) = before.and_then(|(_, of)| of).and_then(|of| cases.get_mut(&of)) {
                left.iter_mut().filter(|one| one.record == message.id && one.until.is_none()).for_each(|one| one.until = Some(tick));
            }
            let pack = figures.packs.at(tick, &message.event.regime).filter(|pack| !pack.obligations.is_empty());
            // A case of which nothing is kept is not begun while nothing is owed in its regime.
            if let Some(case) = case.filter(|case| pack.is_some() || was.contains(case)) {
                cases.entry(case).or_default().push(join(pack, message));
            }
        }
    }
    cases
}

fn case_of(message: &Admitted) -> Option<CaseKey> {
    let event = &message.event;
    event.case().filter(|_| event.operation != Operation::Retract).map(|name| (event.regime.clone(), name.clone()))
}

fn join(pack: Option<&Pack>, message: &Admitted) -> Joined {
    let event = &*message.event;
    let name = event.body.type_name();
    let listed = |pack: &Pack| event.jurisdiction.clone().filter(|code| lists(&pack.jurisdictions, code));
    let opens = |one: &&Obligation| {
        one.opened_by.iter().any(|of| of.as_str() == name)
            && one.of.jurisdiction.as_ref().is_none_or(|code| event.jurisdiction.as_ref() == Some(code))
            && one.of.measure.as_ref().is_none_or(|measure| event.measures.contains(measure))
    };
    let opened = pack.and_then(|pack| Some((pack, listed(pack)?)));
    Joined {
        record: message.id,
        from: message.known,
        until: None,
        occurred: event.occurred.day,
        event: name.to_owned(),
        opens: opened
            .map(|(pack, code)| pack.obligations.iter().filter(opens).map(|one| (one.clone(), code.clone())).collect())
            .unwrap_or_default(),
        measures: measures(event),
        stratum: event.stratum.clone(),
    }
}

/// What is told of the duties of one case: looked at after every tick that changes it, and whenever one may fall due.
fn story(case: &CaseKey, joined: &[Joined], until: Tick) -> Vec<(Tick, Key, News)> {
    let mut looks: BTreeSet<Tick> = joined.iter().flat_map(|one| [Some(one.from), one.until]).flatten().collect();
    for opener in joined {
        looks.extend(opener.opens.iter().map(|(obligation, _)| due(obligation, opener)).filter(|due| *due >= opener.from));
    }
    let mut told = BTreeMap::<Key, (JurisdictionCode, Duty)>::new();
    let mut moved = Vec::new();
    for tick in looks.into_iter().filter(|tick| *tick <= until) {
        let stands = past(case, joined, tick);
        let keys: BTreeSet<Key> = stands.keys().chain(told.keys()).cloned().collect();
        for key in keys {
            let news = match stands.get(&key) {
                Some(Past::Overdue(code, duty)) => {
                    let says = (code.clone(), duty.clone());
                    let is_new = told.insert(key.clone(), says.clone()).as_ref() != Some(&says);
                    is_new.then_some(News::Is(says.0, WatchedMatter::Duty(says.1)))
                }
                Some(Past::MetLate(duty)) => told.remove(&key).map(|(_, was)| {
                    // It ends as it was told.
                    News::Over(WatchedMatter::Duty(Duty { standing: duty.standing, ..was }))
                }),
                Some(Past::Met(by)) => told.remove(&key).map(|_| News::Undone(*by)),
                None => told.remove(&key).map(|_| News::Undone(key.0)),
            };
            moved.extend(news.map(|news| (tick, key, news)));
        }
    }
    moved
}

fn due(obligation: &Obligation, opener: &Joined) -> Tick {
    let days = i32::from(obligation.within_days) + i32::from(obligation.grace_days);
    Tick(opener.occurred.plus(days).last_tick().0 + 1)
}

/// The duties that are past their last day at a tick, or met.
fn past((_, name): &CaseKey, joined: &[Joined], tick: Tick) -> BTreeMap<Key, Past> {
    let mut found = BTreeMap::new();
    for opener in joined.iter().filter(|one| one.is_in_at(tick)) {
        for (obligation, code) in &opener.opens {
            let meets = joined.iter().filter(|one| {
                one.is_in_at(tick) && one.occurred >= opener.occurred && obligation.met_by.iter().any(|of| of.as_str() == one.event)
            });
            let met = meets.map(|one| (one.occurred, one.record)).min();
            let last_day = opener.occurred.plus(i32::from(obligation.within_days) + i32::from(obligation.grace_days));
            let duty = |standing| Duty {
                name: obligation.name.clone(),
                case: name.clone(),
                opened: opener.occurred,
                last_day,
                measures: opener.measures.clone(),
                stratum: opener.stratum.clone(),
                standing,
            };
            let past = match met {
                Some((day, by)) if day <= last_day => Past::Met(by),
                Some((day, by)) => Past::MetLate(duty(DutyStanding::MetLate(day, by))),
                None if due(obligation, opener) <= tick => Past::Overdue(code.clone(), duty(DutyStanding::Overdue)),
                None => continue,
            };
            found.insert((opener.record, Some(obligation.name.clone())), past);
        }
    }
    found
}
