//! What is true of every series, one line of JSON each: what a monitor should find, and when.
//!
//! | field | what |
//! |---|---|
//! | `series`, `jurisdiction`, `measure` | as decisions name them |
//! | `scenario` | the group of the scenario file |
//! | `kind` | what should be named; `none` for a series that is steady |
//! | `onset` | Monday of the week in which it begins |
//! | `end` | Monday of the week in which it is over; absent while it stands |
//! | `size` | what is left (0.5: half), a year after the onset if it falls slowly; for timeliness how many times as long |
//! | `eval_from`, `eval_to` | what is scored, where the scenario says so |
//! | `note` | what else was drawn; see [`Note`] |
//!
//! What must never enter: a figure counted from events.

use crate::generate::{
    change::{Change, End, Return},
    plan::Place,
    scenario::Scenario,
};
use serde::Serialize;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// `JURISDICTION/MEASURE`.
    pub series: String,
    jurisdiction: String,
    measure: String,
    /// The group.
    pub scenario: String,
    /// What should be named, or `none`.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    onset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eval_to: Option<String>,
    note: Note,
}

/// What else was drawn. Levels are those before season, growth and change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// The key of the scenario file; of a displacement with its end.
    change: String,
    /// Monday from which the fall is smaller but stands, and the level since.
    #[serde(skip_serializing_if = "Option::is_none")]
    eased: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    eased_to: Option<f64>,
    inspections_per_week: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    exposure_per_week: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hit_rate: Option<f64>,
}

/// The word for a series of which nothing should be said.
pub const NONE: &str = "none";

/// The lines of a jurisdiction.
#[must_use]
pub fn lines(scenario: &Scenario, place: &Place<'_>) -> Vec<Line> {
    let group = place.group;
    let monday = |week: u16| scenario.week(week).monday().to_string();
    let line = |series: &crate::generate::plan::Series| {
        let measure = scenario.measures[series.measure].as_str().to_owned();
        let course = series.course;
        let returns = course.and_then(|course| Some((course.back?, group.change.returns_to()?)));
        let back = |wanted: Return| returns.filter(|(_, (_, what))| *what == wanted);
        let level = series.level;
        let note = Note {
            change: course.map_or_else(|| NONE.to_owned(), |course| change(&group.change, course.end)),
            eased: back(Return::Eased).map(|(week, _)| monday(week)),
            eased_to: back(Return::Eased).map(|(_, (level, _))| level),
            inspections_per_week: rounded(level.inspections_per_week),
            exposure_per_week: level.exposure_per_inspection.map(|ratio| rounded(ratio * level.inspections_per_week)),
            hit_rate: level.hit_rate.map(rounded),
        };
        Line {
            series: format!("{}/{measure}", place.code),
            jurisdiction: place.code.clone(),
            measure,
            scenario: group.name.as_str().to_owned(),
            kind: course.and_then(|course| group.change.kind(course.end)).map_or(NONE, |kind| kind.as_str()),
            onset: course.map(|course| monday(course.onset)),
            end: back(Return::Over).map(|(week, _)| monday(week)),
            size: course.and_then(|course| group.change.effect(course)).map(rounded),
            eval_from: scenario.scored_from_week.map(monday),
            eval_to: scenario.scored_from_week.map(|_| monday(scenario.weeks)),
            note,
        }
    };
    place.series.iter().map(line).collect()
}

/// Four decimals: what a person reads.
fn rounded(number: f64) -> f64 {
    (number * 1e4).round() / 1e4
}

fn change(change: &Change, end: End) -> String {
    match (change, end) {
        (Change::Displacement { .. }, End::Source) => "displacement_source".to_owned(),
        (Change::Displacement { .. }, End::Sink) => "displacement_sink".to_owned(),
        (other, End::Source | End::Sink) => other.as_str().to_owned(),
    }
}
