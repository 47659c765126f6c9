//! What people read: transitions and their evidence in sentences.
//!
//! Neutral words only: reported activity fell, coincides with. No cause is ever named, no figure stands without its
//! interval, and every sentence can be checked against the evidence it comes from.

use crate::silences::Silences;
use std::fmt::Write as _;
use vocab::alert::{Change, Evidence, Transition};
use vocab::assessment::{EvidenceOf, FiredBy, Interval, Mode, Power, Stream};

/// The first characters of an id: enough to name an alert by hand.
pub fn short(id: &impl ToString) -> String {
    id.to_string().chars().take(8).collect()
}

/// A share as a percentage without false precision.
pub fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// An estimate with its interval, as percentages.
pub fn percent_range(interval: &Interval) -> String {
    format!("{} [{}–{}]", percent(interval.estimate), percent(interval.low), percent(interval.high))
}

/// A number with thousands set apart.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// Weight of evidence in powers of ten, the unit people are shown; never called a p-value.
pub fn weight(nats: f64) -> String {
    format!("{:.1}", nats / std::f64::consts::LN_10)
}

/// What happened, in a few words.
pub fn change(change: &Change) -> String {
    match change {
        Change::Fired(by) => format!("fired {}", by_what(*by)),
        Change::Reopened(by) => format!("reopened {}", by_what(*by)),
        Change::Escalated(by) => format!("escalated {}", by_what(*by)),
        Change::Acknowledged { who, until, .. } => format!("acknowledged by {who} until {until}"),
        Change::AcknowledgementExpired => "acknowledgement expired; firing again".to_owned(),
        Change::Recovered(week) => format!("resolved: recovered from week {week} on"),
        Change::Faded => "resolved: the evidence faded".to_owned(),
        Change::Closed { who, .. } => format!("resolved: closed by {who}"),
        Change::Rebased { who, .. } => format!("resolved: level set anew by {who}"),
        Change::Recalled { withdrawn: 0, .. } => "recalled: reports that arrived later explain it".to_owned(),
        Change::Recalled { withdrawn, .. } => {
            format!("recalled: {} records were withdrawn or corrected, and what arrived later explains it", withdrawn)
        }
        Change::Reclassified { from, to } => format!("reclassified: {}, no longer {}", to.as_str(), from.as_str()),
        Change::Noted => "noted".to_owned(),
        Change::Ended => "ended".to_owned(),
    }
}

fn by_what(by: FiredBy) -> &'static str {
    match by {
        FiredBy::Evidence => "by its own evidence",
        FiredBy::Pool => "by the jurisdiction's evidence (suspected)",
        FiredBy::Collapse => "by collapse",
        FiredBy::Erosion => "by a year's level against the reference",
        FiredBy::Quotient => "by growth next door against growth here",
    }
}

/// One line for lists: when, what, how much, how sure.
pub fn headline(transition: &Transition) -> String {
    let evidence = &transition.evidence;
    let mut line = format!("{}  {}  {}", transition.at.day(), transition.series, change(&transition.change));
    if let Some(size) = &evidence.size() {
        let _ = write!(line, "; level {} of expected", percent_range(size));
    }
    if let Some(onset) = &evidence.onset() {
        let _ = write!(line, " since {}", onset.week);
    }
    if let Some(nats) = evidence.evidence_nats() {
        let _ = write!(line, "; weight of evidence {}", weight(nats));
    }
    line
}

/// The evidence, sentence by sentence.
pub fn evidence(evidence: &Evidence) -> Vec<String> {
    let mut sentences = vec![seen(evidence)];
    if let Some(size) = &evidence.size() {
        let since = evidence.onset().map(|onset| format!(" since week {}", onset.week)).unwrap_or_default();
        sentences.push(format!("Level{since}: {} of what {} to expect.", percent_range(size), leads(evidence)));
    }
    if let Some(onset) = &evidence.onset() {
        sentences.push(format!(
            "Onset: week {} (Monday {}), starts between {} and {} fit nearly as well.",
            onset.week,
            onset.week.monday(),
            onset.earliest,
            onset.latest
        ));
    }
    if let Some((nats, by)) = evidence.leading().and_then(|leading| Some((leading.evidence_nats?, leading.by))) {
        let whose = match by {
            EvidenceOf::Own => "the series' own evidence",
            EvidenceOf::Pool => "the evidence of the jurisdiction as a whole, with which this series agrees",
        };
        sentences.push(format!("Weight of evidence for a fall: {} powers of ten ({nats:.2} nats), {whose}.", weight(nats)));
    }
    sentences.push(power(&evidence.power));
    sentences
}

/// What an expectation rests on.
fn leads(evidence: &Evidence) -> &'static str {
    if evidence.modes.has(Mode::Unadjusted) { "the season leads one" } else { "season and exposure lead one" }
}

fn seen(evidence: &Evidence) -> String {
    let known =
        evidence.completeness.map(|share| format!("; {} of that week's reports are known by then", percent(share))).unwrap_or_default();
    let effort = evidence.streams.iter().find(|one| one.stream == Stream::Effort);
    match effort.and_then(|effort| effort.expected) {
        Some(expected) => {
            let level = if expected.estimate > 0.0 {
                format!(" ({} of it)", percent(of(evidence.seen[0], expected.estimate)))
            } else {
                String::new()
            };
            format!(
                "Week {}: {} inspections reported, {} expected [{}–{}]{level}{known}.",
                evidence.week,
                count(evidence.seen[0]),
                whole(expected.estimate),
                whole(expected.low),
                whole(expected.high)
            )
        }
        None => format!("Week {}: {} inspections reported; no expectation yet{known}.", evidence.week, count(evidence.seen[0])),
    }
}

#[expect(clippy::cast_precision_loss, reason = "weekly counts are far below 2^53")]
fn of(seen: i64, expected: f64) -> f64 {
    seen as f64 / expected
}

/// A positive real as a whole number for people.
#[expect(clippy::cast_possible_truncation, reason = "figures on screens are far below 2^53")]
pub fn whole(value: f64) -> String {
    count(value.round() as i64)
}

/// What a quiet verdict would be worth.
pub fn power(power: &Power) -> String {
    let smallest = match power.smallest_fall_in_13_weeks {
        Some(fall) => format!("a fall of {} or more is seen within 13 weeks at least every other time", percent(fall)),
        None => "no fall would reliably be seen within 13 weeks".to_owned(),
    };
    match power.weeks_for_half {
        Some(1) => format!("Power: {smallest}; a fall by half within a week."),
        Some(weeks) => format!("Power: {smallest}; a fall by half within {weeks} weeks."),
        None => format!("Power: {smallest}; not even a fall by half within a year."),
    }
}

/// What it was not, with the reason; and what cannot be told.
pub fn not(transition: &Transition, silences: &Silences) -> Vec<String> {
    let evidence = &transition.evidence;
    let mut sentences = vec![match silences.behind(transition) {
        0 => "Not a silence: the jurisdiction's feeds kept reporting in the weeks since the onset.".to_owned(),
        silent => format!(
            "Cannot be told: whether inspections stopped or only their reports. The jurisdiction's feeds were silent in {silent} of the weeks since the onset; a silence holds alerts back at first, and counts as no inspections when it lasts."
        ),
    }];
    if let Some(share) = evidence.completeness {
        sentences.push(format!(
            "Not late reporting: {} of the week is expected to be known, and what is missing is allowed for.",
            percent(share)
        ));
    }
    sentences.push("Not the season: the expectation carries a yearly pattern learned from weeks that were not alarmed.".to_owned());
    sentences.push(
        "Not a single odd week: one week's shortfall counts for a limited number of standard deviations, unless it is a collapse."
            .to_owned(),
    );
    if evidence.modes.has(Mode::Unadjusted) {
        sentences.push(
            "Cannot be told: whether there was less to inspect. No exposure is reported (unadjusted), so a fall of traffic looks the same."
                .to_owned(),
        );
    } else {
        sentences.push("Not a fall of traffic: effort is set against the exposure reported for the same weeks.".to_owned());
    }
    if evidence.modes.has(Mode::DefinitionBreak) {
        sentences.push("Cannot be told: what a change of definition did. It is on record and nobody has set the level anew.".to_owned());
    }
    sentences
}
