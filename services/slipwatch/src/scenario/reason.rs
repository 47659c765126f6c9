//! Why a verdict is what it is, in half a line: what stands beside the actual verdict in a failure.
//!
//! Figures come from the assessment as it was decided. What must never enter: a threshold of its own.

use crate::weight::alert_weight;
use vocab::{
    alert::Transition,
    assessment::{Assessment, Hold, Mode, SeriesAssessment, Stream, StreamAssessment, Verdict},
    pack::Pack,
};

/// Why a series was judged as it was.
#[must_use]
pub fn verdict(assessment: &Assessment, series: &SeriesAssessment, pack: &Pack) -> String {
    match series.verdict {
        Verdict::Gap => gap(assessment, series),
        Verdict::Learning => format!("{} inspections; no baseline yet", words::count(series.seen[0])),
        Verdict::Insufficient => {
            format!("{}; a fall by half is seen within 26 weeks with probability {:.2}", seen(series), series.power.half_in_26_weeks)
        }
        Verdict::Slip | Verdict::Watch | Verdict::Normal => format!("{}{}", seen(series), weight(series, pack)),
    }
}

fn gap(assessment: &Assessment, series: &SeriesAssessment) -> String {
    let silent: Vec<&str> = assessment.silent.iter().map(|count| count.as_str()).collect();
    match assessment.held {
        Some(Hold::Silence) => format!("held: {} silent", silent.join(" and ")),
        Some(Hold::Backlog) => "held: reports have just resumed".to_owned(),
        None if series.modes.has(Mode::NeverReported) => "nothing was ever reported".to_owned(),
        None => "nothing can be said of this week".to_owned(),
    }
}

/// The stream that says most: of those whose condition is furthest, the one with the most evidence; effort where none says anything.
fn leading(series: &SeriesAssessment) -> Option<&StreamAssessment> {
    let judged = series.streams.iter().filter(|one| matches!(one.stream, Stream::Effort | Stream::Yield | Stream::Timeliness));
    let nats = |one: &StreamAssessment| one.evidence_nats.unwrap_or(f64::NEG_INFINITY);
    // Of equals the later one would win, and effort comes first.
    judged.rev().max_by(|one, other| one.phase.cmp(&other.phase).then(nats(one).total_cmp(&nats(other))))
}

fn seen(series: &SeriesAssessment) -> String {
    let stream = leading(series);
    let (seen, what) = match stream.map(|leading| leading.stream) {
        Some(Stream::Yield) => (series.seen[1], "finds"),
        Some(Stream::Timeliness) => return "reports later than they used to be".to_owned(),
        Some(Stream::Effort | Stream::ExposureDown | Stream::ExposureUp) | None => (series.seen[0], "inspections"),
    };
    let seen = words::count(seen);
    match stream.and_then(|leading| leading.expected) {
        Some(expected) => format!("{seen} {what}, {} expected", words::figure(expected.estimate)),
        None => format!("{seen} {what}, no expectation"),
    }
}

fn weight(series: &SeriesAssessment, pack: &Pack) -> String {
    let threshold = alert_weight(&pack.policy);
    leading(series).and_then(|leading| leading.evidence_nats).map_or_else(String::new, |nats| {
        format!("; weight of evidence {}, an alert needs {}", words::weight(nats), words::weight(threshold))
    })
}

/// What a transition rests on.
#[must_use]
pub fn transition(transition: &Transition) -> String {
    let evidence = &transition.evidence;
    let mut parts = Vec::new();
    if let Some(size) = evidence.size() {
        let since = evidence.onset().map(|onset| format!(" since {}", onset.week)).unwrap_or_default();
        parts.push(format!("level {} of expected{since}", words::percent_range(&size)));
    }
    parts.extend(evidence.evidence_nats().map(|nats| format!("weight of evidence {}", words::weight(nats))));
    parts.join("; ")
}
