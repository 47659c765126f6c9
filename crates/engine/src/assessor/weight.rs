//! Series in a unit of weight: what is summed until their typical consignment is fixed, and how they then join the figures.
//!
//! A weight is judged as a count of typical consignments, and one that is not fixed yet would move every figure with it. So a series
//! waits outside the statistics until its first 52 weeks are known (`detection.md` §4.8, "Unit"). What must never enter: an alert;
//! those rest on counts.

use super::{
    close::{gap, is_in_force},
    jurisdiction::Figures,
    regime::Terms,
    rules::feed,
};
use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use surveillance::{Breach, Cell, Feed, Group, Settings, Traffic};
use vocab::{
    assessment::{ConditionPhase, Diagnosis, Mode, Modes, SeriesAssessment, Stream, Verdict},
    quantity::Unit,
    series::{Count, SeriesKey},
    tally::Sum,
};

/// Weeks over which the typical consignment is taken.
const REFERENCE_WEEKS: i64 = 52;
/// Weeks in which a fall by half has to be seen, to call a weight steady.
const STEADY_WEEKS: u16 = 13;
/// Weeks the statistics keep.
const KEPT_WEEKS: i64 = 52;

/// Σw and Σw² of inspections and of exposure in a week.
type Weights = [(i64, i128); 2];

/// A series by weight whose typical consignment is not fixed yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Waiting {
    /// The detector's number of the first week of its reference.
    since: i64,
    weeks: BTreeMap<i64, Weights>,
}

/// What its reference came to.
struct Reference {
    /// First week after it.
    until: i64,
    /// The typical consignment of inspections.
    consignment: f64,
    /// The typical consignment of exposure, if any exposure says what it weighs.
    exposed: Option<f64>,
}

impl Waiting {
    pub(crate) const fn since(since: i64) -> Self {
        Self { since, weeks: BTreeMap::new() }
    }

    pub(crate) fn add(&mut self, week: i64, count: Count, sum: Sum) {
        let [inspections, exposure] = self.weeks.entry(week).or_default();
        let of_count = match count {
            Count::Inspections => inspections,
            Count::Exposure => exposure,
            // The register weighs no interdictions: what was taken is told item by item.
            Count::Interdictions => return,
        };
        *of_count = (of_count.0 + sum.weight, of_count.1 + sum.weight_squared);
    }

    /// What stands of a week, in whole units: inspections, interdictions, exposure.
    fn seen(&self, week: i64) -> [i64; 3] {
        let [inspections, exposure] = self.weeks.get(&week).copied().unwrap_or_default();
        [inspections.0, 0, exposure.0]
    }

    /// Its reference, if there is a weight in it and every week that is kept fits the ring of the statistics.
    fn reference(&self) -> Option<Reference> {
        let until = self.since + REFERENCE_WEEKS;
        let typical = |of: usize| {
            let weeks = self.weeks.range(self.since..until).map(|(_, week)| week[of]);
            let (sum, squared) = weeks.fold((0_i64, 0_i128), |sums, week| (sums.0.saturating_add(week.0), sums.1.saturating_add(week.1)));
            (sum > 0 && squared > 0).then(|| squared as f64 / sum as f64)
        };
        let fits = self.weeks.values().flatten().all(|(weight, _)| (0..=i64::from(i32::MAX)).contains(weight));
        fits.then(|| Some(Reference { until, consignment: typical(0)?, exposed: typical(1) }))?
    }

    /// Puts it into a group as if it had been there all along, its level taken from the reference.
    fn enter(&self, group: &mut Group, at: usize, (reference, settings): (&Reference, &Settings)) -> Result<(), Breach> {
        let open = group.open_week();
        for (&week, [inspections, exposure]) in self.weeks.range(open - KEPT_WEEKS + 1..) {
            for (feed, weight) in [(Feed::Inspections, inspections.0), (Feed::Traffic, exposure.0)] {
                group.add(Cell { series: at, feed, week, known_week: open - 1 }, weight)?;
            }
        }
        let exposed = reference.exposed.filter(|_| settings.traffic == Traffic::Expected);
        group.weigh(at, [reference.consignment, reference.consignment, exposed.unwrap_or(reference.consignment)])?;
        if exposed.is_none() {
            group.judge_alone(at, settings)?;
        }
        match group.rebase(at, self.since, reference.until) {
            // Without anything left to take a level from it is learnt like any other.
            Ok(_) | Err(Breach::EmptyWindow { .. }) => Ok(()),
            Err(breach) => Err(breach),
        }
    }

    fn assess(&self, key: &SeriesKey, week: i64) -> SeriesAssessment {
        let seen = self.seen(week);
        SeriesAssessment {
            verdict: Verdict::Learning,
            seen,
            diagnosis: Diagnosis::Learning,
            ..gap(&key.measure, key.unit, Modes::default())
        }
    }
}

impl Figures {
    /// Adds what acts of a week weigh to a series that is judged by weight, or is going to be.
    pub(crate) fn add_weight(&mut self, key: &SeriesKey, (cell, count, sum): (Cell, Count, Sum), first: i64) {
        let Ok(at) = self.position(&key.measure, key.unit) else {
            if !self.waiting.contains_key(key) {
                self.waiting.insert(key.clone(), Waiting::since(first));
            }
            if let Some(waiting) = self.waiting.get_mut(key) {
                waiting.add(cell.week, count, sum);
            }
            return;
        };
        let Some(member) = self.members.get_mut(at).filter(|member| !member.overflowed) else { return };
        let cell = Cell { series: at, feed: feed(count), ..cell };
        let added = self.group.add(cell, sum.weight);
        let beside = self.bare.as_mut().map_or(Ok(()), |bare| bare.add(cell, sum.weight));
        match added.and(beside) {
            Ok(()) => {}
            // A weight beyond what a week can hold says nothing of the counts beside it.
            Err(Breach::Overflow { .. }) => member.overflowed = true,
            Err(_) => self.refused = true,
        }
    }

    /// Says what the series that wait have to say at a close, and lets those join whose reference is known as well as a level that
    /// is learnt.
    pub(crate) fn close_weights(&mut self, number: i64, terms: &Terms<'_>, series: &mut Vec<SeriesAssessment>) {
        if self.waiting.is_empty() {
            return;
        }
        series.extend(self.waiting.iter().map(|(key, waiting)| waiting.assess(key, number)));
        series.sort_by(|one, other| (&one.measure, one.unit).cmp(&(&other.measure, other.unit)));
        let guard = i64::from(terms.rules.pack.policy.guard_weeks);
        for (key, mut waiting) in core::mem::take(&mut self.waiting) {
            waiting.weeks = waiting.weeks.split_off(&waiting.since.min(number - KEPT_WEEKS + 1));
            if number < waiting.since + REFERENCE_WEEKS + guard - 1 {
                self.waiting.insert(key, waiting);
            } else if let Some(reference) = waiting.reference() {
                self.enter(&key, (&waiting, &reference), (number, terms));
            } else {
                waiting.since = number + 1;
                self.waiting.insert(key, waiting);
            }
        }
    }

    fn enter(&mut self, key: &SeriesKey, (waiting, reference): (&Waiting, &Reference), (number, terms): (i64, &Terms<'_>)) {
        let Err(at) = self.position(&key.measure, key.unit) else { return };
        self.join(at, key, waiting.since);
        let with = (reference, &terms.rules.settings);
        let entered = waiting.enter(&mut self.group, at, with);
        let beside = self.bare.as_mut().map_or(Ok(()), |bare| waiting.enter(bare, at, with));
        self.refused |= entered.and(beside).is_err();
        if let Some(member) = self.members.get_mut(at) {
            member.consignment = Some(reference.consignment);
        }
        self.settle_outages(at, terms);
        for week in reference.until..=number {
            let week = self.week(week);
            if !is_in_force(terms, &key.measure, week) {
                self.settle(at, week, week);
            }
        }
    }
}

/// Marks counts of which the weight is steady. `threshold_nats` is that of the conditions.
pub(crate) fn mark_steady(series: &mut [SeriesAssessment], threshold_nats: f64) {
    let weighed = series.iter().filter(|one| one.unit != Unit::Count && is_steady(one, threshold_nats));
    let steady: Vec<_> = weighed.map(|one| one.measure.clone()).collect();
    for measure in &steady {
        let counted = series.iter_mut().filter(|one| one.unit == Unit::Count && one.measure == *measure);
        counted.for_each(|one| one.modes.raise(Mode::WeighedSteady));
    }
}

/// No evidence worth watching, where a fall by half would have been seen.
fn is_steady(series: &SeriesAssessment, threshold_nats: f64) -> bool {
    let is_quiet = series.stream(Stream::Effort).is_some_and(|effort| {
        effort.phase == ConditionPhase::Quiet && effort.evidence_nats.is_some_and(|nats| nats < threshold_nats / 2.0)
    });
    is_quiet && series.power.weeks_for_half.is_some_and(|weeks| weeks <= STEADY_WEEKS)
}
