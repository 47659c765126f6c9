//! Known events beside data: a file that says, from other sources, what happened and what a monitor should say.
//!
//! Used to compare, never to decide. One row an event: start, end, scope, kind, measured change, confidence, source, answer.

use crate::failure::Failure;
use vocab::{alert::Transition, time::Day};

/// One known event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// First day.
    pub start: Day,
    /// Last day; open without one.
    pub end: Option<Day>,
    /// The kind, in the file's word.
    pub kind: String,
    /// Where it is known from.
    pub source: String,
}

/// Known events, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    events: Vec<Known>,
}

impl Truth {
    /// Reads the file.
    ///
    /// # Errors
    /// [`Failure::Input`] that names the row.
    pub fn read(text: &str) -> Result<Self, Failure> {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let mut events = Vec::new();
        for (row, record) in reader.records().enumerate() {
            let wrong = |why: &dyn std::fmt::Display| Failure::Input(format!("row {} of the known events: {why}", row + 2));
            let record = record.map_err(|error| wrong(&error))?;
            let field = |place: usize| record.get(place).unwrap_or_default();
            let day = |text: &str| Day::parse(text).map_err(|bad| wrong(&bad));
            let end = (!field(1).is_empty()).then(|| day(field(1))).transpose()?;
            events.push(Known { start: day(field(0))?, end, kind: field(3).replace('_', " "), source: field(6).to_owned() });
        }
        Ok(Self { events })
    }
}

/// The most specific known event that overlaps the weeks from a transition's onset to its decision.
#[must_use]
pub fn explained_by(truth: &Truth, transition: &Transition) -> Option<String> {
    let until = transition.at.day();
    let from = transition.evidence.onset().map_or(until, |onset| onset.week.monday());
    let overlapping = truth.events.iter().filter(|event| event.start <= until && event.end.is_none_or(|end| end >= from));
    let shortest = overlapping.min_by_key(|event| event.end.map_or(i32::MAX, |end| end.0 - event.start.0))?;
    let end = shortest.end.map_or_else(|| "now".to_owned(), |end| end.to_string());
    // The file quotes its sources at length, also what they say of causes; here only where it is known from.
    let source = shortest.source.split([';', '(']).next().unwrap_or_default().trim();
    Some(format!("{}, {} to {end} ({source})", shortest.kind, shortest.start))
}
