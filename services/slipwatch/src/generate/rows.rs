//! Reports as lines of `events.jsonl`: id, kind, occurred, reported, jurisdiction, measures, count and, where there is one,
//! stratum.
//!
//! What must never enter: an order (`pending`).

use crate::generate::{change::Feed, pending::Report, scenario::Scenario, week::Way};
use serde::Serialize;
use std::io;
use vocab::time::Instant;

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    kind: &'static str,
    occurred: String,
    reported: String,
    jurisdiction: &'a str,
    measures: &'a [&'a str],
    count: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    stratum: Option<&'a str>,
}

/// What rows of a scenario have in common.
#[derive(Debug)]
pub struct Rows<'s> {
    measures: Vec<&'s str>,
    strata: Vec<String>,
    first_ms: i64,
}

impl<'s> Rows<'s> {
    /// Rows of a scenario.
    #[must_use]
    pub fn of(scenario: &'s Scenario) -> Self {
        Self {
            measures: scenario.measures.iter().map(|word| word.as_str()).collect(),
            strata: scenario.strata().iter().map(|word| word.as_str().to_owned()).collect(),
            first_ms: i64::from(scenario.first_week.monday().0) * 86_400_000,
        }
    }

    /// Writes a report of a jurisdiction as a line.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, report: &Report, way: &Way<'_>, out: &mut impl io::Write) -> io::Result<()> {
        let (kind, letter) = match report.feed {
            Feed::Inspections => ("inspection", 'i'),
            Feed::Interdictions => ("interdiction", 'h'),
            Feed::Exposure => ("exposure", 'x'),
        };
        let served = self.named(way.serves(report.feed, report.source));
        let of = if let [one] = served.as_slice() { one } else { "shared" };
        let code = way.place().code.as_str();
        let at = |seconds: i64| Instant(self.first_ms + seconds * 1_000).to_string();
        let row = Row {
            id: &format!("{code}-{of}-{letter}{}", report.ordinal),
            kind,
            occurred: at(report.occurred),
            reported: at(report.known),
            jurisdiction: code,
            measures: &self.named(report.measures),
            count: report.count,
            stratum: report.stratum.and_then(|number| self.strata.get(usize::from(number))).map(String::as_str),
        };
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")
    }

    fn named(&self, measures: u16) -> Vec<&'s str> {
        self.measures.iter().enumerate().filter(|(at, _)| measures & 1 << at != 0).map(|(_, name)| *name).collect()
    }
}
