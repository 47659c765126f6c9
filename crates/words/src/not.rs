//! What an alert was not and why, what is allowed for, and what cannot be told.
//!
//! Each sentence rests on a figure of the evidence or on a rule of the detector that holds always. What must never enter: a reading
//! that nobody decided on.

use super::{diagnosis::stream as name, percent, weight};
use vocab::{
    alert::{Evidence, Reason, RuledOut, Transition},
    assessment::{Kind, Mode, Modes, Stream},
};

/// All of it, one after the other. `silent` says in how many weeks since the onset the jurisdiction's feeds brought nothing; whoever
/// does not know says `None`, and then nothing is claimed of it either way.
#[must_use]
pub fn not(transition: &Transition, silent: Option<usize>) -> Vec<String> {
    let mut sentences = was_not(transition, silent);
    sentences.extend(allowed_for(transition).iter().map(|sentence| format!("Allowed for: {}", small(sentence))));
    sentences.extend(untold(transition, silent).iter().map(|sentence| format!("Cannot be told: {}", small(sentence))));
    sentences
}

/// Whether it rests on inspections that were expected and did not come.
const fn is_about_inspections(kind: Kind) -> bool {
    match kind {
        Kind::Effort | Kind::Displacement => true,
        Kind::Yield | Kind::Timeliness | Kind::Deterrence | Kind::Reporting | Kind::Erosion | Kind::Definition | Kind::Incident => false,
    }
}

/// What it was not, with the number that decided.
#[must_use]
pub fn was_not(transition: &Transition, silent: Option<usize>) -> Vec<String> {
    let mut sentences = Vec::new();
    let is_silent = is_about_inspections(transition.kind) && silent.is_none_or(|weeks| weeks > 0);
    let is_said = transition.evidence.ruled_out.iter().any(|one| one.kind == Kind::Reporting);
    if is_about_inspections(transition.kind) && !is_silent && !is_said {
        sentences.push("Not a silence: the jurisdiction's feeds kept reporting in the weeks since the onset.".to_owned());
    }
    let decided = transition.evidence.ruled_out.iter().filter(|one| !is_untold(one, &transition.evidence));
    // Weeks without any report lie behind it: that they arrive now decides nothing.
    let decided = decided.filter(|one| one.kind != Kind::Reporting || !is_silent);
    sentences.extend(decided.map(|one| format!("Not {}: {}.", kind(one.kind), reason(one, transition.evidence.modes))));
    sentences
}

/// What the figures allow for.
#[must_use]
pub fn allowed_for(transition: &Transition) -> Vec<String> {
    if !is_about_inspections(transition.kind) {
        return Vec::new();
    }
    let evidence = &transition.evidence;
    let mut sentences = Vec::new();
    if let Some(share) = evidence.completeness {
        sentences.push(format!(
            "Reports that are still to come: {} of the week is expected to be known, and what is missing is allowed for.",
            percent(share)
        ));
    }
    sentences.push(if evidence.modes.has(Mode::Unseasoned) {
        "The season, in part: less than a year is learned, and the interval is wider for it.".to_owned()
    } else {
        "The season: the expectation carries a yearly pattern learned from weeks that were not alarmed.".to_owned()
    });
    sentences.push(
        "A single odd week: one week's shortfall counts for a limited number of standard deviations, unless it is a collapse.".to_owned(),
    );
    if !evidence.modes.has(Mode::Unadjusted) {
        sentences.push("Less traffic: effort is set against the exposure reported for the same weeks.".to_owned());
    }
    if evidence.modes.has(Mode::WeighedSteady) {
        sentences.push(
            "What the inspections weigh: the series of the same acts by weight is steady, and a fall of it by half would have been seen in 13 weeks."
                .to_owned(),
        );
    }
    sentences
}

/// What cannot be told.
#[must_use]
pub fn untold(transition: &Transition, silent: Option<usize>) -> Vec<String> {
    let evidence = &transition.evidence;
    let mut sentences = Vec::new();
    if let Some(silent) = silent.filter(|weeks| *weeks > 0 && is_about_inspections(transition.kind)) {
        sentences.push(format!(
            "Whether inspections stopped or only their reports. The jurisdiction's feeds were silent in {silent} of the weeks since the onset; a silence holds alerts back at first, and counts as no inspections when it lasts."
        ));
    }
    if evidence.modes.has(Mode::Unadjusted) {
        sentences.push(
            "Whether there was less to inspect. No exposure is reported (unadjusted), so a fall of traffic looks the same.".to_owned(),
        );
    }
    if evidence.modes.has(Mode::DefinitionBreak) {
        sentences.push(
            "What a change of what is counted did. One is on record or shows in the mix, and nobody has set the level anew.".to_owned(),
        );
    }
    // That exposure is not reported is said above, once for all kinds that would need it.
    let open = evidence.ruled_out.iter().filter(|one| is_untold(one, evidence) && one.reason != Reason::Unadjusted);
    sentences.extend(open.map(|one| format!("Whether it was {}: {}.", kind(one.kind), open_because(one, evidence.modes))));
    sentences
}

/// Whether a kind could not be looked at, rather than was looked at and is not there.
fn is_untold(ruled_out: &RuledOut, evidence: &Evidence) -> bool {
    match ruled_out.reason {
        Reason::NoNeighbour | Reason::Unadjusted => true,
        // Without evidence it is not there, unless there is nothing to hold the figure against: then nobody looked.
        Reason::LittleEvidence => ruled_out.found.is_none() && ruled_out.stream.is_none_or(|stream| !has_level(evidence, stream)),
        Reason::LessEvidence
        | Reason::NearOne
        | Reason::Unbalanced
        | Reason::OtherOnset
        | Reason::TooOld
        | Reason::NeighboursHold
        | Reason::SlippageFires
        | Reason::ReportsArrive => false,
    }
}

/// Whether a stream has a level, so that a change of it would show.
fn has_level(evidence: &Evidence, stream: Stream) -> bool {
    evidence.streams.iter().any(|one| one.stream == stream && one.expected.is_some())
}

/// Why a kind could not be looked at.
fn open_because(ruled_out: &RuledOut, modes: Modes) -> String {
    match (ruled_out.reason, ruled_out.stream) {
        (Reason::LittleEvidence, Some(stream)) => {
            format!("there is no level to hold {} against; none are reported, or too few yet", name(stream, modes))
        }
        _ => reason(ruled_out, modes),
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Effort => "a fall of inspections",
        Kind::Yield => "a fall of finds per inspection",
        Kind::Timeliness => "late reports",
        Kind::Displacement => "traffic that moved to a neighbour",
        Kind::Deterrence => "deterrence",
        Kind::Reporting => "a silence of the feeds",
        Kind::Erosion => "a long erosion",
        Kind::Definition => "a change of what is counted",
        Kind::Incident => "something the pack watches for",
    }
}

/// Why, with the number found and the number it was held against.
fn reason(ruled_out: &RuledOut, modes: Modes) -> String {
    let RuledOut { found, bound, .. } = *ruled_out;
    let stream = ruled_out.stream.map_or("the figure", |stream| name(stream, modes));
    let nats = |value: Option<f64>| value.map_or_else(|| "none".to_owned(), weight);
    let share = |value: Option<f64>| value.map_or_else(|| "unknown".to_owned(), percent);
    let number = |value: Option<f64>| value.map_or_else(|| "some".to_owned(), |weeks| format!("{weeks:.0}"));
    let weeks = |value: Option<f64>| if value == Some(1.0) { "1 week".to_owned() } else { format!("{} weeks", number(value)) };
    match ruled_out.reason {
        Reason::LittleEvidence => format!("the weight of evidence of {stream} is {}, and {} is asked", nats(found), nats(bound)),
        Reason::LessEvidence => format!("the weight of evidence of {stream} is {}, less than the {} that lead", nats(found), nats(bound)),
        Reason::NearOne => format!("{stream} stand at {} of what is expected, and {} would be asked", share(found), share(bound)),
        Reason::Unbalanced => format!(
            "what effort lost and exposure gained do not balance (the product of their levels is {}, and {} is asked)",
            share(found),
            share(bound)
        ),
        Reason::OtherOnset => format!("{stream} changed {} apart from effort, and at most {} would fit", weeks(found), number(bound)),
        Reason::TooOld => format!("it began {} ago, and reports alone could be late for {}", weeks(found), number(bound)),
        Reason::NoNeighbour => "the pack declares no neighbour where exposure could have gone".to_owned(),
        Reason::NeighboursHold => format!(
            "no declared neighbour lost exposure (the largest weight of evidence there is {}, and {} is asked)",
            nats(found),
            nats(bound)
        ),
        Reason::Unadjusted => "no exposure is reported".to_owned(),
        Reason::SlippageFires => "slippage fires, and it comes first".to_owned(),
        Reason::ReportsArrive => format!("reports arrive ({} of the week is known)", share(found)),
    }
}

/// The same, to stand behind a colon.
fn small(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
