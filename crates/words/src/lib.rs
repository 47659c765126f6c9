//! THE SENTENCES. What people read: transitions and their evidence in sentences.
//!
//! Neutral words only: reported activity fell, coincides with. No cause is ever named, no figure stands without its
//! interval, and every sentence can be checked against the evidence it comes from. Every sentence has a reader: whoever is
//! called at night, and wants to know what fell, how sure that is, what it is not, and what to do. One wording serves the command
//! line, the notifications and the console. What must never enter: a judgement, a byte format, a file.

mod bars;
mod claim;
mod diagnosis;
mod long;
mod not;
mod steps;
mod sure;
mod watched;

pub use bars::bar;
pub use claim::{claim, place_of, week};
pub use diagnosis::{diagnosis, stream};
pub use long::{is_apart_from_weeks, looked};
pub use not::{allowed_for, not, untold, was_not};
pub use steps::{asked, questions, steps};
pub use sure::{power, sure};

use std::fmt::Write as _;
use vocab::alert::{Change, Transition};
use vocab::assessment::{FiredBy, Interval};
use vocab::pack::Pack;

/// The pack that judged, and what it asks of an alert.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The pack.
    pub pack: &'a Pack,
    /// The weight of evidence that its policy asks for, nats.
    pub alert_weight_nats: f64,
}

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

/// A positive real for people; below ten a whole number would hide what counts.
#[must_use]
pub fn figure(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 { format!("{value:.1}") } else { whole(value) }
}

/// So many of something: one, or several with an s.
#[must_use]
pub fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
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
            let were = if *withdrawn == 1 { "was" } else { "were" };
            format!(
                "recalled: {} {were} withdrawn or corrected, and what arrived later explains it",
                counted(u64::from(*withdrawn), "record")
            )
        }
        Change::Reclassified { from, to } => format!("reclassified: {}, no longer {}", to.as_str(), from.as_str()),
        Change::Noted => "noted".to_owned(),
        Change::Ended => "ended".to_owned(),
    }
}

/// What happened in a transition, in a few words: of a duty that was met after all, what shows it.
#[must_use]
pub fn moved(transition: &Transition) -> String {
    watched::met_after_all(transition).unwrap_or_else(|| change(&transition.change))
}

fn by_what(by: FiredBy) -> &'static str {
    match by {
        FiredBy::Evidence => "by its own evidence",
        FiredBy::Pool => "by the jurisdiction's evidence (suspected)",
        FiredBy::Collapse => "by collapse",
        FiredBy::Erosion => "by a year's level against the reference",
        FiredBy::Quotient => "by growth next door against growth here",
        FiredBy::Fact => "by a rule of the pack",
    }
}

/// The kind of an alert, and how sure it is where that is graded.
#[must_use]
pub fn kind(transition: &Transition) -> String {
    let kind = transition.kind.as_str();
    if transition.kind.is_slippage() { format!("{kind}, {}", transition.evidence.grade.as_str()) } else { kind.to_owned() }
}

/// One line for lists: when, what, how much, how sure.
pub fn headline(transition: &Transition) -> String {
    let evidence = &transition.evidence;
    let mut line = format!("{}  {}  {}", transition.at.day(), transition.series, moved(transition));
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
#[must_use]
pub fn evidence(transition: &Transition, rules: Option<Rules<'_>>) -> Vec<String> {
    let evidence = &transition.evidence;
    let mut sentences = claim(transition, rules.map(|rules| rules.pack));
    if is_apart_from_weeks(evidence) {
        return sentences;
    }
    sentences.push(week(evidence));
    sentences.extend(sure(transition, rules));
    sentences.push(format!("Power: {}.", power(&evidence.power)));
    sentences
}

/// A positive real as a whole number for people.
#[expect(clippy::cast_possible_truncation, reason = "figures on screens are far below 2^53")]
pub fn whole(value: f64) -> String {
    count(value.round() as i64)
}
