//! What to do about an alert: whom to ask what, and the command for each decision.
//!
//! Nothing here follows from a figure: it is what the kind and the phase leave open. What must never enter: advice on policy.

use super::short;
use std::path::Path;
use vocab::{
    alert::{AlertPhase, LongView, Transition},
    assessment::Kind,
};

/// Next steps, in order: for the newest transition of an alert.
#[must_use]
pub fn steps(newest: &Transition, db: &Path) -> Vec<String> {
    match newest.phase {
        AlertPhase::Firing | AlertPhase::Acknowledged => {}
        AlertPhase::Resolved if newest.kind.is_slippage() => {
            return vec!["Nothing: it has ended. A new fall within some weeks opens it again.".to_owned()];
        }
        AlertPhase::Resolved => return vec!["Nothing: it has ended.".to_owned()],
        AlertPhase::Recalled => return vec!["Nothing: it was taken back.".to_owned()],
    }
    let act = |deed: &str| format!("slipwatch act {deed} --db {} --who NAME --why REASON", db.display());
    let (alert, series) = (short(&newest.alert), &newest.series);
    let mut steps: Vec<String> = questions(newest.kind).iter().map(|question| (*question).to_owned()).collect();
    steps.extend(asked(newest));
    let is_for_somebody = newest.kind.is_slippage() || newest.kind == Kind::Incident;
    if newest.phase == AlertPhase::Firing && is_for_somebody {
        steps.push(format!(
            "To take it until an instant, after which it fires again: {}",
            act(&format!("acknowledge {alert} --until INSTANT"))
        ));
    }
    match newest.kind {
        Kind::Effort | Kind::Displacement | Kind::Yield | Kind::Erosion => {
            let from = newest.evidence.onset().map_or_else(|| "DAY".to_owned(), |onset| onset.week.monday().to_string());
            steps.push(format!("If inspections could not take place: {}", act(&format!("outage {series} --from {from} --until DAY"))));
            steps.push(format!("If the new level is meant to stay: {}", act(&format!("rebase {series} --from WEEK --until WEEK"))));
        }
        Kind::Definition => {
            steps.push(format!("To judge by the new definition: {}", act(&format!("rebase {series} --from WEEK --until WEEK"))));
        }
        Kind::Timeliness | Kind::Deterrence | Kind::Reporting | Kind::Incident => {}
    }
    if is_for_somebody {
        steps.push(format!("If it is settled otherwise: {}", act(&format!("close {alert}"))));
    }
    steps
}

/// What the pack says is to be done, of an alert of one of its own rules.
#[must_use]
pub fn asked(newest: &Transition) -> Option<String> {
    match newest.evidence.long.as_deref()? {
        LongView::Watched(watched) => Some(format!("The pack says: {}", watched.action)),
        LongView::Erosion(_) | LongView::Mix(_) | LongView::Look(_) => None,
    }
}

/// Whom to ask what, by kind: what the first step is.
#[must_use]
pub const fn questions(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Effort => &["Ask the authority: were fewer inspections made, or fewer reported? How many inspectors were on duty?"],
        Kind::Yield => {
            &["Ask the authority: what is inspected now that was not before, and are finds still written down? Have samples looked at."]
        }
        Kind::Timeliness => {
            &["Write to the feed's owner: reports come later than they used to. Figures of the newest weeks will still rise."]
        }
        Kind::Displacement => &["Look at the neighbours' alerts and exposure: effort may be needed where the traffic went."],
        Kind::Deterrence => &["Nobody has to act: read it beside the neighbours' exposure."],
        Kind::Reporting => &[
            "Write to the feed's owner: when will reports resume, and will the missing weeks follow? Verdicts on effort are held for some weeks.",
        ],
        Kind::Erosion => &["Bring it to the policy review: the year is compared with a reference that nothing moves."],
        Kind::Definition => &["Ask the feed's owner what is counted since then, and compare strata, not totals."],
        Kind::Incident => &[],
    }
}
