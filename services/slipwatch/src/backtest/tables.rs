//! A backtest for people: tables of figures with their intervals, and sentences that say what they rest on.
//!
//! What must never enter: a figure that the report does not hold.

use crate::{
    backtest::{
        comparison::{Compared, Told},
        figures::Figure,
        report::{Group, Report, Side},
        resample::{UNITS_MIN, Unit},
        value::{difference, with_interval, written},
    },
    output::table,
};
use std::fmt::Write as _;

impl Unit {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Jurisdiction => "jurisdictions within their group",
            Self::Series => "series within their group",
        }
    }
}

/// The whole report as text.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let mut say = |line: &str| {
        let written = writeln!(text, "{line}");
        debug_assert!(written.is_ok(), "a string takes every line");
    };
    for line in head(report) {
        say(&line);
    }
    say(&figures(report));
    if !report.compared.is_empty() {
        say(&compared(report));
    }
    if report.sides.iter().any(|side| !side.groups.is_empty()) {
        say(&groups(report));
    }
    say(&named(report));
    for line in lives(report).into_iter().chain(curves(report)).chain(report.notes.iter().map(|note| format!("note: {note}"))) {
        say(&line);
    }
    text
}

fn head(report: &Report) -> Vec<String> {
    let mut lines = vec![format!(
        "Backtest over {}: {} series of {}, decisions from {} to {}",
        report.log.join(", "),
        report.series,
        report.truth,
        report.window.0,
        report.window.1
    )];
    for side in &report.sides {
        let pack = &side.pack.pack;
        let rate = pack.policy.false_alarms_per_series_year;
        lines.push(format!("  {}: {}, version {}, {rate} false pages per series and year asked for", side.name, pack.title, pack.version));
        let all = &side.all;
        lines.push(format!(
            "    {} of {} slips found by a new page; {} false pages in {:.1} series-years",
            all.found, all.slips, all.false_pages, all.series_years
        ));
    }
    lines.push(format!(
        "95 % intervals from {} draws (seed {}) of {} {}; where nothing was missed or nothing false seen, the exact limit",
        report.resamples,
        report.seed,
        report.units,
        report.unit.words()
    ));
    lines
}

fn figures(report: &Report) -> String {
    let header: Vec<&str> = std::iter::once("figure").chain(report.sides.iter().map(|side| side.name.as_str())).collect();
    let has = |figure: &Figure| report.sides.iter().any(|side| side.all.figures.contains_key(figure));
    let row = |figure: Figure| {
        let values = report.sides.iter().map(|side| with_interval(figure.measure(), side.all.figures.get(&figure).copied()));
        std::iter::once(figure.words().to_owned()).chain(values).collect()
    };
    table(&header, Figure::ALL.into_iter().filter(has).map(row))
}

fn compared(report: &Report) -> String {
    let names: Vec<&str> = report.sides.iter().map(|side| side.name.as_str()).collect();
    let row =
        |one: &Compared| vec![one.figure.words().to_owned(), difference(one.figure.measure(), one.difference), one.told.words().to_owned()];
    let shown = table(&["figure", &format!("difference: {}", names.join(" less ")), "is it real"], report.compared.iter().map(row));
    let count = report.compared.len();
    let alone = report.compared.iter().filter(|one| one.told == Told::RealAlone).count();
    format!(
        "{shown}{count} figures are compared at once, on the same draws. `real` holds for all of them together (each interval without \
         {:.2} % of the draws); {alone} would be real only taken alone. Weeks to a page are those \
         of the slips that each pack found; only the mean counts what it missed, as 26.\n",
        5.0 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX))
    )
}

fn groups(report: &Report) -> String {
    let mut header = vec!["group".to_owned(), "pack".to_owned(), "series".to_owned(), "found by page".to_owned()];
    header.extend(["found, open", "weeks, half", "false pages per year", "kind right later"].map(str::to_owned));
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let places = 0..report.sides.first().map_or(0, |side| side.groups.len());
    let rows = places.flat_map(|place| report.sides.iter().map(move |side| group_row(side, &side.groups[place])));
    let shown = table(&header, rows);
    format!("{shown}A group of fewer than {UNITS_MIN} units has no intervals: too few to draw from.\n")
}

fn group_row(side: &Side, group: &Group) -> Vec<String> {
    let value = |figure: Figure| with_interval(figure.measure(), group.figures.get(&figure).copied());
    let found = if group.slips == 0 { "no slips".to_owned() } else { format!("{} of {}", group.found, group.slips) };
    let mut row = vec![group.name.clone(), side.name.clone(), group.series.to_string(), found];
    row.extend([Figure::FoundOpen, Figure::DelayMedian, Figure::FalsePages, Figure::KindRightLater].map(value));
    row
}

fn named(report: &Report) -> String {
    let rows = report.sides.iter().flat_map(|side| {
        side.named.iter().map(|(actual, said)| {
            let said: Vec<String> = said.iter().map(|(word, times)| format!("{word} {times}")).collect();
            vec![side.name.clone(), (*actual).to_owned(), said.join(", ")]
        })
    });
    table(&["pack", "what happened", "what was said first"], rows)
}

fn lives(report: &Report) -> Vec<String> {
    let line = |side: &Side| {
        let lives = side.lives;
        format!(
            "alerts by {}: {} fired, {} re-opened, {} escalated, {} called another kind, {} ended, {} recalled, {} standing at the end",
            side.name, lives.fired, lives.reopened, lives.escalated, lives.reclassified, lives.resolved, lives.recalled, lives.standing
        )
    };
    report.sides.iter().map(line).collect()
}

fn curves(report: &Report) -> Vec<String> {
    let line = |side: &Side| {
        let point = |point: &crate::backtest::report::Point| {
            let measure = Figure::FalsePages.measure();
            format!("{} at {} (asked {})", written(measure, point.found), written(measure, point.false_pages), point.rate)
        };
        let points: Vec<String> = side.curve.iter().map(point).collect();
        format!("found by page at false pages per year, {}: {}", side.name, points.join(", "))
    };
    report.sides.iter().filter(|side| side.curve.len() > 1).map(line).collect()
}
