//! What a jurisdiction counts around the interventions of its pack, in days before and after, by measure.
//!
//! Running sums, since the weeks before an intervention may be older than any window the detector keeps. What must never enter:
//! another jurisdiction; they meet in the sentinel.

use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::{
    assessment::{Around, BeforeAfter},
    name::{JurisdictionCode, MeasureId},
    pack::{Intervention, LOOKS_WEEKS, Part},
    series::Count,
    time::{Day, Week},
};

/// Sums of one intervention: before it, and after it up to each look from the one before on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    before: i64,
    after: [i64; LOOKS_WEEKS.len()],
}

/// One intervention in which the jurisdiction has a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Counted {
    intervention: Intervention,
    part: Part,
    /// The first week whose counts were all told while it was declared.
    since: Week,
    sums: BTreeMap<MeasureId, Sums>,
}

/// All of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Arounds(Vec<Counted>);

impl Arounds {
    /// These interventions are declared; what is new among them is counted from a week on, what is gone is forgotten.
    pub(crate) fn declare(&mut self, code: &JurisdictionCode, interventions: &[Intervention], since: Week) {
        let mut before = core::mem::take(&mut self.0);
        for intervention in interventions {
            let Some(part) = intervention.part_of(code) else { continue };
            let same = before.iter().position(|counted| counted.intervention == *intervention);
            let counted = same.map(|at| before.swap_remove(at));
            self.0.push(counted.unwrap_or_else(|| Counted { intervention: intervention.clone(), part, since, sums: BTreeMap::new() }));
        }
    }

    /// Whether nothing is counted.
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a signed count of a day.
    pub(crate) fn add(&mut self, measure: &MeasureId, count: Count, (occurred, acts): (Day, i64)) {
        for counted in self.0.iter_mut().filter(|counted| counted.intervention.counts == count) {
            let Some(place) = place_of(occurred, &counted.intervention) else { continue };
            if !counted.sums.contains_key(measure) {
                counted.sums.insert(measure.clone(), Sums::default());
            }
            let Some(sums) = counted.sums.get_mut(measure) else { continue };
            match place {
                Place::Before => sums.before += acts,
                Place::After(look) => sums.after[look] += acts,
            }
        }
    }

    /// What is told at the close of a week: the counts of the interventions that are looked at in it. One of which the days before
    /// were not all counted is not told: its zeros would be no zeros.
    pub(crate) fn looked_at(&self, week: Week) -> Vec<Around> {
        let due = self.0.iter().filter_map(|counted| Some((counted, counted.intervention.look_at(week)?)));
        let whole = due.filter(|(counted, _)| counted.since.monday() <= counted.intervention.from());
        whole.map(|(counted, look)| counted.tell(look)).collect()
    }
}

impl Counted {
    fn tell(&self, look: u16) -> Around {
        let looks = LOOKS_WEEKS.iter().filter(|weeks| **weeks <= look).count();
        let counts = self.sums.iter().map(|(measure, sums)| {
            let [before, after] = [sums.before, sums.after[..looks].iter().sum()].map(|acts| u64::try_from(acts).unwrap_or(0));
            BeforeAfter { measure: measure.clone(), before, after }
        });
        Around { label: self.intervention.label.clone(), part: self.part, after_weeks: look, counts: counts.collect() }
    }
}

/// Where a day lies around an intervention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Before,
    /// Up to the look of this number, and after the look before it.
    After(usize),
}

fn place_of(day: Day, intervention: &Intervention) -> Option<Place> {
    if day < intervention.day {
        return (intervention.from() <= day).then_some(Place::Before);
    }
    let weeks = (day.0 - intervention.day.0) / 7;
    LOOKS_WEEKS.iter().position(|look| weeks < i32::from(*look)).map(Place::After)
}

#[cfg(test)]
mod tests {
    use super::{Arounds, Place, place_of};
    use std::{borrow::ToOwned, vec, vec::Vec};
    use vocab::{
        name::{JurisdictionCode, Label, MeasureId},
        pack::{Intervention, Part},
        series::Count,
        time::{Day, Week},
    };

    fn intervention(label: &str) -> Intervention {
        let codes = |code: &str| vec![JurisdictionCode::parse(code).unwrap()];
        Intervention {
            label: Label::parse(label).unwrap(),
            day: Day::parse("2004-07-20").unwrap(),
            treated: codes("A"),
            neighbours: codes("B"),
            controls: codes("C"),
            counts: Count::Exposure,
            before_weeks: 20,
            after_weeks: 52,
        }
    }

    #[test]
    fn a_day_lies_before_or_after_up_to_a_look() {
        let intervention = intervention("patrols");
        for (days, place) in [
            (-141, None),
            (-140, Some(Place::Before)),
            (-1, Some(Place::Before)),
            (0, Some(Place::After(0))),
            (83, Some(Place::After(0))),
            (84, Some(Place::After(1))),
            (182, Some(Place::After(2))),
            (364, Some(Place::After(3))),
            (728, None),
        ] {
            assert_eq!(place_of(intervention.day.plus(days), &intervention), place, "{days} days after");
        }
    }

    #[test]
    fn only_what_was_counted_from_its_first_day_on_is_told() {
        let (one, other) = (intervention("patrols"), intervention("escorts"));
        let code = JurisdictionCode::parse("B").unwrap();
        let measure = MeasureId::parse("attacks").unwrap();
        let mut arounds = Arounds::default();
        arounds.declare(&code, core::slice::from_ref(&one), Week::parse("2004-W01").unwrap());
        for (days, acts) in [(-30, 7), (3, 2), (100, 5), (101, -1)] {
            arounds.add(&measure, Count::Exposure, (one.day.plus(days), acts));
            arounds.add(&measure, Count::Inspections, (one.day.plus(days), 99));
        }
        // Declared anew with another beside it: the first goes on, the second was not counted before.
        arounds.declare(&code, &[other, one.clone()], Week::parse("2004-W20").unwrap());
        let told = |weeks: i32| {
            let around = arounds.looked_at(one.day.plus(7 * weeks - 1).week());
            let lines = around.iter().map(|around| {
                let counts: Vec<(u64, u64)> = around.counts.iter().map(|counts| (counts.before, counts.after)).collect();
                (around.label.as_str().to_owned(), around.part, around.after_weeks, counts)
            });
            lines.collect::<Vec<_>>()
        };
        assert_eq!(told(12), [("patrols".to_owned(), Part::Neighbour, 12, vec![(7, 2)])]);
        assert_eq!(told(26), [("patrols".to_owned(), Part::Neighbour, 26, vec![(7, 6)])]);
        assert_eq!((told(13), told(104)), (vec![], vec![]), "no look is due, or granted");
    }
}
