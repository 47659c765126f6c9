//! What a watch rule found, in sentences: what was reported, where, by whom, and which duty is overdue.
//!
//! The reader is at a phone at night: first how many and where, then each fact with what finds it in its source. What must never
//! enter: what to do about it (the pack says that, in `steps`), a conclusion from several facts.

use super::counted;
use vocab::{
    alert::{Change, LongView, Transition},
    record::RecordId,
    watch::{About, Duty, DutyStanding, Incident, Watched, WatchedFact, WatchedMatter},
};

/// Facts told one by one in a sentence each; the rest are counted.
const FACTS_TOLD_MAX: usize = 5;

/// The claim; `what` and `place` name the series.
pub(super) fn claim(watched: &Watched, what: &str, place: &str) -> Vec<String> {
    let Watched { rule, about, standing, facts, .. } = watched;
    let (one, several) = if are_duties(facts) { ("duty", "duties") } else { ("report", "reports") };
    let found = match (about, standing) {
        (About::Record, _) | (About::Jurisdiction, 1) => format!("one {one}"),
        (About::Jurisdiction, standing) => format!("{standing} {several}"),
    };
    let mut sentences = vec![format!("Rule \"{rule}\" of the pack matches {found} for {what} in {place}.")];
    sentences.extend(facts.iter().take(FACTS_TOLD_MAX).map(fact));
    let told = u32::try_from(facts.len().min(FACTS_TOLD_MAX)).unwrap_or(u32::MAX);
    if *standing > told {
        sentences.push(format!("And {} more, which became known before these.", standing - told));
    }
    sentences
}

/// A recall of duties by records that came later and are not those that opened them: nothing was withdrawn.
pub(super) fn met_after_all(transition: &Transition) -> Option<String> {
    let Change::Recalled { undone_by, withdrawn } = &transition.change else { return None };
    let Some(LongView::Watched(Watched { facts, .. })) = transition.evidence.long.as_deref() else { return None };
    let opened = |record: &RecordId| facts.iter().any(|fact| fact.record == *record);
    if !are_duties(facts) || undone_by.is_empty() || undone_by.iter().any(opened) {
        return None;
    }
    let (show, was) = if *withdrawn == 1 { ("shows", "the duty was") } else { ("show", "the duties were") };
    Some(format!("recalled: {} that came later {show} that {was} met in time", counted(u64::from(*withdrawn), "record")))
}

fn are_duties(facts: &[WatchedFact]) -> bool {
    facts.iter().all(|fact| matches!(fact.what, WatchedMatter::Duty(_)))
}

fn fact(fact: &WatchedFact) -> String {
    let known = fact.known.start();
    match &fact.what {
        WatchedMatter::Incident(incident) => format!("{}, known {known}.", happened(incident)),
        WatchedMatter::Duty(duty) => format!("{}, known {known}.", owed(duty)),
    }
}

fn happened(incident: &Incident) -> String {
    let Incident { event, occurred, source, source_record_id, measures, stratum, count, case } = incident;
    let mut text = format!("{event} on {occurred}: record {source_record_id} of {source}");
    if *count > 1 {
        text.push_str(&format!(", {count} acts"));
    }
    if !measures.is_empty() {
        let named: Vec<&str> = measures.iter().map(vocab::name::MeasureId::as_str).collect();
        text.push_str(&format!(", under {}", named.join(", ")));
    }
    if let Some(stratum) = stratum {
        text.push_str(&format!(", stratum \"{stratum}\""));
    }
    if let Some(case) = case {
        text.push_str(&format!(", case \"{case}\""));
    }
    text
}

fn owed(duty: &Duty) -> String {
    let Duty { name, case, opened, last_day, standing, .. } = duty;
    let stands = match standing {
        DutyStanding::Overdue => "nothing that meets it was known when that day had passed".to_owned(),
        DutyStanding::MetLate(met, _) => format!("it was met on {met}"),
        DutyStanding::Undone(_) => "it is no longer overdue".to_owned(),
    };
    format!("Duty \"{name}\" of case \"{case}\", begun on {opened}, was due by {last_day}, grace included: {stands}")
}
