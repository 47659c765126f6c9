//! A case: the steps that belong to it, and where each of its duties stands.
//!
//! A duty is opened by a record when it joins, by the obligations in force then, and met by a step of the same case that occurred no
//! earlier. What must never enter: another case, whether anybody is told (a fact is).

use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::{
    name::{CaseName, JurisdictionCode, Label, RegimeId},
    pack::Pack,
    record::{RecordId, Step, Version},
    tally::{Fact, Matter, Note},
    time::{Day, Tick},
    watch::{Duty, DutyStanding, Obligation},
};

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Case {
    regime: RegimeId,
    name: CaseName,
    /// What belongs to it, with the civil day of occurrence; a record that joined without a step may be met by nothing.
    steps: BTreeMap<RecordId, (Day, Step)>,
    duties: BTreeMap<(RecordId, Label), Owed>,
    /// The first instant at which one of them becomes overdue.
    pub(super) deadline: Option<Tick>,
}

/// A duty, and what was told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Owed {
    /// As it stood when the record joined; none: the record has left since the last tick.
    by: Option<Terms>,
    /// The duty as overdue, while that is what was told last.
    told: Option<(JurisdictionCode, Duty)>,
}

/// What a duty asks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Terms {
    obligation: Obligation,
    jurisdiction: JurisdictionCode,
    opened: Day,
    step: Step,
}

/// Where a duty stands at a tick.
enum Standing {
    Open(Tick),
    Overdue,
    InTime(RecordId),
    Late(Day, RecordId),
}

impl Case {
    pub(super) const fn new(regime: RegimeId, name: CaseName) -> Self {
        Self { regime, name, steps: BTreeMap::new(), duties: BTreeMap::new(), deadline: None }
    }

    pub(super) const fn regime(&self) -> &RegimeId {
        &self.regime
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.duties.is_empty()
    }

    /// Whether a duty is open or overdue.
    pub(super) fn is_owed(&self) -> bool {
        self.deadline.is_some() || self.duties.values().any(|owed| owed.told.is_some())
    }

    /// Whether the horizon has left all of it behind.
    pub(super) fn is_behind(&self, floor: Day) -> bool {
        self.steps.values().all(|(day, _)| *day < floor)
    }

    /// Takes what one record does in a tick: it leaves, joins, or does both in other words.
    pub(super) fn tell(&mut self, pack: Option<&Pack>, versions: &[&Version]) {
        for version in versions {
            let of_record = self.duties.iter_mut().filter(|((record, _), _)| *record == version.record);
            of_record.for_each(|(_, owed)| owed.by = None);
            match &version.step {
                None => _ = self.steps.remove(&version.record),
                Some(step) => self.join(pack, version, step),
            }
        }
    }

    fn join(&mut self, pack: Option<&Pack>, version: &Version, step: &Step) {
        self.steps.insert(version.record, (version.occurred, step.clone()));
        for obligation in pack.map_or(&[][..], |pack| &pack.obligations).iter().filter(|one| opens(one, step)) {
            // Where it is accounted for must be known to be told of: the register counts what no pack lists.
            let listed = pack.is_some_and(|pack| step.jurisdiction.as_ref().is_some_and(|code| pack.jurisdictions.admits(code)));
            let Some(jurisdiction) = step.jurisdiction.clone().filter(|_| listed) else { continue };
            let terms = Terms { obligation: obligation.clone(), jurisdiction, opened: version.occurred, step: step.clone() };
            let key = (version.record, obligation.name.clone());
            self.duties.entry(key).or_insert(Owed { by: None, told: None }).by = Some(terms);
        }
    }

    /// Tells what has changed by a tick.
    pub(super) fn settle(&mut self, at: Tick, out: &mut Vec<Fact>) {
        self.deadline = None;
        let (steps, name, regime) = (&self.steps, &self.name, &self.regime);
        for ((record, _), owed) in &mut self.duties {
            let standing = owed.by.as_ref().map(|terms| terms.standing(steps, at));
            if let Some(Standing::Open(due)) = standing {
                self.deadline = Some(self.deadline.map_or(due, |deadline| deadline.min(due)));
            }
            let told = owed.told.take();
            let now = owed.by.as_ref().map(|terms| (terms.jurisdiction.clone(), terms.duty(name)));
            let said = match (standing, told, now) {
                (Some(Standing::Overdue), told, Some(now)) => {
                    owed.told = Some(now.clone());
                    (told.as_ref() != Some(&now)).then_some(now)
                }
                (Some(Standing::Late(day, by)), Some(told), _) => Some(as_standing(told, DutyStanding::MetLate(day, by))),
                (Some(Standing::InTime(by)), Some(told), _) => Some(as_standing(told, DutyStanding::Undone(by))),
                (Some(Standing::Open(_) | Standing::Overdue) | None, Some(told), _) => {
                    Some(as_standing(told, DutyStanding::Undone(*record)))
                }
                (Some(Standing::Open(_) | Standing::Overdue | Standing::InTime(_) | Standing::Late(..)) | None, None, _) => None,
            };
            out.extend(said.map(|(jurisdiction, duty)| fact((*record, regime), at, (jurisdiction, duty))));
        }
        self.duties.retain(|_, owed| owed.by.is_some());
    }
}

impl Terms {
    fn standing(&self, steps: &BTreeMap<RecordId, (Day, Step)>, at: Tick) -> Standing {
        let last_day = self.obligation.last_day(self.opened);
        let meets = |(day, step): &(Day, Step)| *day >= self.opened && self.obligation.met_by.contains(&step.event);
        let met = steps.iter().filter(|(_, step)| meets(step)).map(|(record, (day, _))| (*day, *record)).min();
        let due = Tick(last_day.last_tick().0.saturating_add(1));
        match met {
            Some((day, by)) if day <= last_day => Standing::InTime(by),
            Some((day, by)) => Standing::Late(day, by),
            None if due <= at => Standing::Overdue,
            None => Standing::Open(due),
        }
    }

    /// The duty as overdue.
    fn duty(&self, case: &CaseName) -> Duty {
        Duty {
            name: self.obligation.name.clone(),
            case: case.clone(),
            opened: self.opened,
            last_day: self.obligation.last_day(self.opened),
            measures: self.step.measures.clone(),
            stratum: self.step.stratum.clone(),
            standing: DutyStanding::Overdue,
        }
    }
}

fn as_standing((jurisdiction, duty): (JurisdictionCode, Duty), standing: DutyStanding) -> (JurisdictionCode, Duty) {
    (jurisdiction, Duty { standing, ..duty })
}

fn fact((record, regime): (RecordId, &RegimeId), known: Tick, (jurisdiction, duty): (JurisdictionCode, Duty)) -> Fact {
    Fact::Told(Note { record, known, regime: regime.clone(), jurisdiction: Some(jurisdiction), matter: Matter::Duty(duty) })
}

/// Whether a step opens a duty.
fn opens(obligation: &Obligation, step: &Step) -> bool {
    obligation.opened_by.contains(&step.event)
        && obligation.of.jurisdiction.as_ref().is_none_or(|code| step.jurisdiction.as_ref() == Some(code))
        && obligation.of.measure.as_ref().is_none_or(|measure| step.measures.contains(measure))
}
