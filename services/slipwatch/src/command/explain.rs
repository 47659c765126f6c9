//! `slipwatch explain`: the evidence of an alert, the records behind it, and whether the log decides the same again.
//!
//! What must never enter: a decision; the verification drives the stages themselves. What the page says stands in `explanation`.

use crate::{
    behind::Behind,
    book::{Book, Stored, find},
    cli::{ExplainArgs, Format},
    embedded::BUCKET,
    explanation::{Explanation, Verified},
    failure::Failure,
    fused::FusedStage,
    output::Output,
    silences::Silences,
};
use std::collections::BTreeMap;
use vocab::{alert::Transition, assessment::Assessment};

/// Explains an alert.
///
/// # Errors
/// [`Failure::No`] when a stored record was changed, or the log decides something else.
pub fn run(arguments: &ExplainArgs, out: &mut Output) -> Result<(), Failure> {
    let book = Book::open(&arguments.db)?;
    let rows = book.verify_chains()?;
    let transitions = book.transitions()?;
    let alert = find(&transitions, &arguments.alert)?;
    let life: Vec<&Transition> =
        transitions.iter().map(|stored| &stored.transition).filter(|transition| transition.alert == alert).collect();
    let transition = chosen(&life, arguments.transition)?;
    let judged_to = book.judged_to()?.ok_or_else(|| Failure::Input("this log has not been judged yet".to_owned()))?;
    let mut stage = FusedStage::new(BUCKET).with_witness(transition.series.clone(), transition.at.day());
    let mut behind = Behind::of(transition, &life);
    let recomputed = book.recompute(&mut stage, judged_to, |row, record| {
        behind.see(row, record);
        Ok(())
    })?;
    behind.link(book.reader())?;
    let difference = difference(&book.decisions()?, &recomputed);
    let (silences, assessment) = assessed(&book, transition)?;
    let verified = Verified { recomputed: recomputed.len(), difference: difference.clone(), rows };
    let explanation = Explanation {
        transition,
        life,
        group: group(&transitions, transition),
        assessment,
        behind,
        weeks: stage.witnessed().to_vec(),
        silences,
        verified,
        db: &arguments.db,
    };
    match out.format() {
        Format::Json => out.json(&explanation.value())?,
        Format::Table | Format::Csv => out.text(&explanation.words())?,
    }
    match difference {
        None => Ok(()),
        Some(difference) => Err(Failure::No(format!("the log does not decide the same again: {difference}"))),
    }
}

/// The silent weeks of a transition's jurisdiction, and what was assessed in its week.
fn assessed(book: &Book, transition: &Transition) -> Result<(Silences, Option<Assessment>), Failure> {
    let (mut silences, mut found) = (Silences::default(), None);
    book.assessments_of(&transition.series, |one| {
        silences.see(&one);
        if one.week == transition.evidence.week {
            found = Some(one);
        }
    })?;
    Ok((silences, found))
}

/// Other alerts of the jurisdiction that stood when a transition was decided, as they were then.
fn group<'a>(transitions: &'a [Stored], transition: &Transition) -> Vec<&'a Transition> {
    let mut newest = BTreeMap::new();
    let same = |one: &&Transition| {
        one.series.regime == transition.series.regime
            && one.series.jurisdiction == transition.series.jurisdiction
            && one.alert != transition.alert
            && one.at <= transition.at
    };
    for one in transitions.iter().map(|stored| &stored.transition).filter(same) {
        newest.insert((&one.series, one.alert), one);
    }
    newest.into_values().filter(|one| one.phase.is_open()).collect()
}

/// The transition asked for; by default the newest that pages.
fn chosen<'a>(all: &[&'a Transition], n: Option<u32>) -> Result<&'a Transition, Failure> {
    let found = match n {
        Some(n) => all.iter().find(|transition| transition.n == n),
        None => all.iter().rfind(|transition| transition.change.pages()).or_else(|| all.last()),
    };
    let numbers = || all.iter().map(|transition| transition.n.to_string()).collect::<Vec<_>>().join(", ");
    found.copied().ok_or_else(|| Failure::Usage(format!("the alert has the transitions {}", numbers())))
}

type Decisions = BTreeMap<String, Vec<u8>>;

/// The first decision that differs between the stored and the recomputed ones.
fn difference(stored: &Decisions, recomputed: &Decisions) -> Option<String> {
    for (key, body) in stored {
        match recomputed.get(key) {
            None => return Some(format!("{key} is stored and is not decided again")),
            Some(again) if again != body => return Some(format!("{key} is decided otherwise")),
            Some(_) => {}
        }
    }
    recomputed.keys().find(|key| !stored.contains_key(*key)).map(|key| format!("{key} is decided and is not stored"))
}
