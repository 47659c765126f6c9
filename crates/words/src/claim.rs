//! What an alert claims: what fell, where, how far, since when; and what the closed week says.
//!
//! One sentence per kind, from the figures of the leading stream. What must never enter: how sure that is (`sure`).

use super::{count, figure, long, percent, percent_range};
use vocab::{
    alert::{Change, Evidence, Transition},
    assessment::{Interval, Kind, Mode, Onset, Stream},
    pack::{Jurisdictions, Pack},
    series::{MeasureKey, SeriesKey},
};

/// The claim in a sentence, and when it began in another.
#[must_use]
pub fn claim(transition: &Transition, pack: Option<&Pack>) -> Vec<String> {
    let evidence = &transition.evidence;
    let (what, place) = (measure_of(&transition.series, pack), place_of(&transition.series, pack));
    if let Some(long) = evidence.long.as_deref() {
        return long::claim(long, &what, &place);
    }
    let level = evidence.size().map(|size| format!(" to {}", percent_range(&size))).unwrap_or_default();
    let leads = leads(evidence);
    let first = match transition.kind {
        Kind::Effort => format!("Inspections reported for {what} in {place} fell{level} of what {leads} one to expect."),
        Kind::Yield => format!("Finds per inspection for {what} in {place} fell{level} of what they used to be."),
        Kind::Timeliness => format!(
            "Reports of inspections for {what} in {place} come later than they used to{}.",
            evidence.size().map(|size| format!(": late ones stand at {} of those expected", percent_range(&size))).unwrap_or_default()
        ),
        Kind::Displacement => format!(
            "Inspections for {what} in {place} fell{level} of what {leads} one to expect while exposure rose here and fell in a neighbour: traffic seems to have moved."
        ),
        Kind::Deterrence => {
            format!("There is less to inspect for {what} in {place}: exposure fell{level} of what the season leads one to expect.")
        }
        Kind::Reporting if !transition.phase.is_open() => format!("Reports come from {place} again."),
        Kind::Reporting => format!("No reports come from {place}: nothing can be said of effort until they do."),
        Kind::Erosion => {
            format!("Over a year, inspections for {what} in {place} lie{} of the frozen reference.", level.replacen(" to ", " at ", 1))
        }
        Kind::Definition => {
            format!("What is counted for {what} in {place} changed its composition: totals before and after cannot be compared.")
        }
        Kind::Incident => format!("Something that the pack watches for was reported for {what} in {place}."),
    };
    let mut sentences = vec![first];
    if let Change::Escalated(_) = transition.change {
        sentences.push(format!("It has become deeper since the alert opened on {}.", transition.opened));
    }
    sentences.extend(evidence.onset().map(|onset| since(onset, &transition.change)));
    sentences
}

fn since(onset: Onset, change: &Change) -> String {
    let range = if onset.earliest == onset.latest {
        String::new()
    } else {
        format!("; a start anywhere from {} to {} fits nearly as well", onset.earliest, onset.latest)
    };
    let until = if let Change::Recovered(week) = change { format!(", until week {week}") } else { String::new() };
    format!("Since week {} (Monday {}){until}{range}.", onset.week, onset.week.monday())
}

/// What an expectation rests on.
fn leads(evidence: &Evidence) -> &'static str {
    if evidence.modes.has(Mode::Unadjusted) { "the season leads" } else { "season and exposure lead" }
}

/// A measure by its id and its title.
fn measure_of(series: &SeriesKey, pack: Option<&Pack>) -> String {
    let title = match &series.measure {
        MeasureKey::Any => return "all measures".to_owned(),
        MeasureKey::One(id) => pack.and_then(|pack| pack.measures.iter().find(|measure| measure.id == *id)).map(|measure| &measure.title),
    };
    title.map_or_else(|| series.measure.to_string(), |title| format!("{} ({title})", series.measure))
}

/// A jurisdiction by its name and its code.
#[must_use]
pub fn place_of(series: &SeriesKey, pack: Option<&Pack>) -> String {
    let code = &series.jurisdiction;
    let listed = match pack.map(|pack| &pack.jurisdictions) {
        Some(Jurisdictions::Listed(listed)) => listed.iter().find(|one| one.code == *code),
        Some(Jurisdictions::Pattern { .. }) | None => None,
    };
    listed.map_or_else(|| code.to_string(), |one| format!("{} ({code})", one.title))
}

/// What the closed week says, in the count that leads: reported, expected, known.
#[must_use]
pub fn week(evidence: &Evidence) -> String {
    let (seen, what) = match evidence.stream {
        Some(Stream::Yield) => (evidence.seen[1], "finds"),
        Some(Stream::ExposureDown | Stream::ExposureUp) => (evidence.seen[2], "exposures"),
        Some(Stream::Effort | Stream::Timeliness) | None => (evidence.seen[0], "inspections"),
    };
    let known = match evidence.completeness {
        Some(share) => format!("; {} of that week's inspections are expected to be known by then", percent(share)),
        None => String::new(),
    };
    // Of late reports no number of inspections is expected: that of effort stands in.
    let stream = evidence.stream.filter(|stream| *stream != Stream::Timeliness).unwrap_or(Stream::Effort);
    let expected = evidence.streams.iter().find(|one| one.stream == stream).and_then(|one| one.expected);
    match expected {
        Some(expected) => {
            format!("Week {}: {} {what} reported, {} expected{}{known}.", evidence.week, count(seen), range(&expected), of(seen, &expected))
        }
        None => format!("Week {}: {} {what} reported; no expectation{known}.", evidence.week, count(seen)),
    }
}

fn range(interval: &Interval) -> String {
    let [estimate, low, high] = [interval.estimate, interval.low, interval.high].map(figure);
    format!("{estimate} [{low}–{high}]")
}

#[expect(clippy::cast_precision_loss, reason = "weekly counts are far below 2^53")]
fn of(seen: i64, expected: &Interval) -> String {
    if expected.estimate > 0.0 { format!(" ({} of it)", percent(seen as f64 / expected.estimate)) } else { String::new() }
}
