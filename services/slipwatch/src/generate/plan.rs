//! What is drawn once for every jurisdiction: how much its series do, when they change, and which weeks stand still.
//!
//! Everything that the truth tells comes from here, and the weeks are drawn from the same values. What must never enter: an
//! event.

use crate::generate::{
    chance::Chance,
    change::{Change, Course, End, Factors},
    scenario::{Each, Group, Neighbours, OUTAGES_FROM_WEEK, Scenario},
};
use std::collections::BTreeSet;

/// The name that stands for all measures of a jurisdiction where a stream's name needs one.
const ALL_MEASURES: &str = "";

/// How much a series does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// Inspections a week, before season, growth and change.
    pub inspections_per_week: f64,
    /// Exposure for each inspection, where it is reported.
    pub exposure_per_inspection: Option<f64>,
    /// Share of inspections with a find, where finds are reported.
    pub hit_rate: Option<f64>,
    /// Where in its yearly wave the first week lies, in radians.
    pub phase: f64,
}

/// One measure of a jurisdiction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Series {
    /// Which measure of the scenario.
    pub measure: usize,
    /// How much it does.
    pub level: Level,
    /// When it changes, if it does.
    pub course: Option<Course>,
}

/// One jurisdiction.
#[derive(Clone, Debug, PartialEq)]
pub struct Place<'s> {
    /// Its code.
    pub code: String,
    /// The group it belongs to.
    pub group: &'s Group,
    /// Which one of its group, from 0.
    pub number: u16,
    /// Codes of the jurisdictions beside it.
    pub neighbours: Vec<String>,
    /// Its series, in the order of the measures.
    pub series: Vec<Series>,
    /// Weeks without any inspection.
    pub outages: BTreeSet<u16>,
}

impl Place<'_> {
    /// What becomes of a series in a week.
    #[must_use]
    pub fn factors(&self, series: &Series, week: u16) -> Factors {
        series.course.map_or(Factors::STEADY, |course| self.group.change.factors(course, week))
    }

    /// The chance of one purpose of a jurisdiction or of one of its measures.
    #[must_use]
    pub fn chance(&self, seed: u64, measure: &str, purpose: &str) -> Chance {
        Chance::of(seed, &[self.group.name.as_str(), &self.number.to_string(), measure, purpose])
    }
}

/// Draws every jurisdiction.
#[must_use]
pub fn plan(scenario: &Scenario, seed: u64) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for group in &scenario.groups {
        let first = places.len();
        places.extend((0..group.jurisdictions).map(|number| place(scenario, group, seed, (first, number))));
    }
    places
}

/// `first` is the place of the group's first jurisdiction among all.
fn place<'s>(scenario: &Scenario, group: &'s Group, seed: u64, (first, number): (usize, u16)) -> Place<'s> {
    let code = |number: u16| format!("J{:03}", first + usize::from(number) + 1);
    let mut place = Place { code: code(number), group, number, neighbours: Vec::new(), series: Vec::new(), outages: BTreeSet::new() };
    if group.neighbours == Neighbours::Ring {
        let last = group.jurisdictions - 1;
        let beside = [number.checked_sub(1).unwrap_or(last), if number == last { 0 } else { number + 1 }];
        let beside: BTreeSet<u16> = beside.into_iter().filter(|other| *other != number).collect();
        place.neighbours = beside.into_iter().map(code).collect();
    }
    place.series = (0..scenario.measures.len()).map(|measure| series(scenario, &place, seed, measure)).collect();
    let mut chance = place.chance(seed, ALL_MEASURES, "outages");
    while place.outages.len() < usize::from(group.outages) {
        place.outages.insert(chance.between(OUTAGES_FROM_WEEK, scenario.weeks - 1));
    }
    place
}

fn series(scenario: &Scenario, place: &Place<'_>, seed: u64, measure: usize) -> Series {
    let group = place.group;
    // What moves from one jurisdiction to the next is the same amount in both, so both ends draw alike.
    let is_sink = group.change.is_displacement() && !place.number.is_multiple_of(2);
    let (drawn_as, end) = if is_sink { (place.number - 1, End::Sink) } else { (place.number, End::Source) };
    let drawing = Place { number: drawn_as, ..place.clone() };
    let name = scenario.measures[measure].as_str();
    let level = level(group, &mut drawing.chance(seed, if group.sharing.is_some() { ALL_MEASURES } else { name }, "level"));
    let affected = group.affected_measures.is_none_or(|n| measure < usize::from(n));
    let course = group.onset.filter(|_| affected && group.change != Change::None).map(|onset| {
        let mut chance = match onset.each {
            Each::Jurisdiction => drawing.chance(seed, ALL_MEASURES, "course"),
            Each::Series => drawing.chance(seed, name, "course"),
        };
        let onset = chance.between(onset.weeks.low, onset.weeks.high);
        Course { onset, back: group.change.lasts().map(|weeks| onset + chance.between(weeks.low, weeks.high)), end }
    });
    Series { measure, level, course }
}

fn level(group: &Group, chance: &mut Chance) -> Level {
    let volume = group.volume;
    // Always four draws, so that leaving one feed out moves no other.
    let [inspections, exposure, hits, phase] = std::array::from_fn(|_| chance.share());
    Level {
        inspections_per_week: volume.inspections_per_week.at(inspections),
        exposure_per_inspection: volume.exposure_per_inspection.map(|range| range.at(exposure)),
        hit_rate: volume.hit_rate.map(|range| range.at(hits)),
        phase: phase * std::f64::consts::TAU,
    }
}
