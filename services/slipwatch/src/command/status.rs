//! `slipwatch status`: every series as it was judged in a week, and what would have been seen if its effort had fallen.
//!
//! A quiet board says here what its quiet is worth. What must never enter: a decision, a colour without a word.

use super::when;
use crate::{
    book::Book,
    cli::{Format, StatusArgs},
    failure::Failure,
    output::{Output, csv, table},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vocab::{
    assessment::{Assessment, Mode, Modes, Power, SeriesAssessment, Stream, Verdict},
    time::Week,
};

const HEADER: [&str; 8] = ["series", "verdict", "inspections", "expected", "13 weeks", "30 % seen in", "half seen in", "comes to"];

/// A series with the assessment it stands in.
type Line<'a> = (&'a Assessment, &'a SeriesAssessment);

/// Shows the board of a week.
///
/// # Errors
/// [`Failure::Usage`] for a week that is none, or was never assessed; [`Failure`] of the file.
pub fn run(arguments: &StatusArgs, out: &mut Output) -> Result<(), Failure> {
    let wanted = arguments.week.as_deref().map(|text| when::week("--week", text)).transpose()?;
    let board = Book::open(&arguments.db)?.newest_assessments(wanted)?;
    let Some(newest) = board.iter().map(|assessment| assessment.week).max() else {
        return Err(Failure::Usage("no week of this log has been assessed up to then".to_owned()));
    };
    let mut lines: Vec<Line<'_>> = board.iter().flat_map(|at| at.series.iter().map(move |series| (at, series))).collect();
    // The worst first; of equals the order of keys stays.
    lines.sort_by_key(|(_, series)| series.verdict);
    match out.format() {
        Format::Json => out.json(&lines.iter().map(value).collect::<Vec<_>>()),
        Format::Csv => out.text(&csv(&HEADER, lines.iter().map(|line| row(line).to_vec()))),
        Format::Table => out.text(&page(&lines, newest)),
    }
}

fn page(lines: &[Line<'_>], newest: Week) -> String {
    let (silent, told): (Vec<Line<'_>>, Vec<Line<'_>>) = lines.iter().partition(|(_, series)| series.modes.has(Mode::NeverReported));
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    told.iter().for_each(|(_, series)| *counts.entry(series.verdict).or_default() += 1);
    let counts: Vec<String> = counts.iter().map(|(verdict, number)| format!("{number} {}", verdict.as_str())).collect();
    let mut text = format!("Week {newest}, as known on {}: {}\n", newest.sunday(), counts.join(", "));
    text.push_str(&table(&HEADER, told.iter().map(|line| row(line).to_vec())));
    if !silent.is_empty() {
        text.push_str(&format!("{} series that never reported are not shown (-o json has them).\n", silent.len()));
    }
    text.push_str("\n13 weeks: inspections against what was expected, with a 95 % interval.\n");
    text.push_str(
        "30 % seen in: how soon this series alone would show a fall by 30 %, four times in five; half: one by half, every other time.\n",
    );
    text.push_str("`normal` says no more than that; `insufficient` that not even a fall by half would reliably be seen within 26 weeks.\n");
    text
}

fn row((at, series): &Line<'_>) -> [String; 8] {
    let effort = series.stream(Stream::Effort);
    let Power { weeks_for_30_percent, weeks_for_half, .. } = series.power;
    let seen_in = |number: Option<u16>| number.map_or_else(|| "no year".to_owned(), weeks);
    [
        at.key(series).to_string(),
        series.verdict.as_str().to_owned(),
        words::count(series.seen[0]),
        effort.and_then(|effort| effort.expected).map(|expected| words::figure(expected.estimate)).unwrap_or_default(),
        effort.and_then(|effort| effort.recent).as_ref().map(words::percent_range).unwrap_or_default(),
        seen_in(weeks_for_30_percent),
        seen_in(weeks_for_half),
        comes_to(series),
    ]
}

fn weeks(number: u16) -> String {
    words::counted(u64::from(number), "week")
}

/// The diagnosis and what to keep in mind.
fn comes_to(series: &SeriesAssessment) -> String {
    let modes: Vec<&str> = modes(series.modes).collect();
    let diagnosis = series.diagnosis.as_str().replace('_', " ");
    if modes.is_empty() { diagnosis } else { format!("{diagnosis} ({})", modes.join(", ").replace('_', " ")) }
}

fn modes(modes: Modes) -> impl Iterator<Item = &'static str> {
    Mode::ALL.iter().filter(move |(mode, _)| modes.has(*mode)).map(|(_, word)| *word)
}

fn value((at, series): &Line<'_>) -> Value {
    let effort = series.stream(Stream::Effort);
    json!({
        "series": at.key(series).to_string(), "regime": at.regime.as_str(), "week": at.week.to_string(), "knownOn": at.day.to_string(),
        "verdict": series.verdict.as_str(), "diagnosis": series.diagnosis.as_str(), "seen": series.seen,
        "expected": effort.and_then(|effort| effort.expected).map(|expected| [expected.estimate, expected.low, expected.high]),
        "recent": effort.and_then(|effort| effort.recent).map(|recent| [recent.estimate, recent.low, recent.high]),
        "completeness": series.completeness, "evidenceNats": effort.and_then(|effort| effort.evidence_nats),
        "power": {
            "halfIn26Weeks": series.power.half_in_26_weeks, "smallestFallIn13Weeks": series.power.smallest_fall_in_13_weeks,
            "weeksForHalf": series.power.weeks_for_half, "weeksFor30Percent": series.power.weeks_for_30_percent, "says": words::power(&series.power),
        },
        "modes": modes(series.modes).collect::<Vec<_>>(),
    })
}
