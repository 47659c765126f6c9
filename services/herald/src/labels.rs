//! What identifies an alert at a receiver (labels), and what is said beside it (annotations).
//!
//! Labels are the identity: whatever may change while the alert stands is an annotation, save severity and name, whose change ends
//! the old set. What must never enter: a sentence of its own (`words` has them), a URL but those of the configuration.

use std::collections::BTreeMap;
use vocab::{
    alert::{AlertPhase, Change, LongView, Rule, Transition},
    assessment::Kind,
    quantity::Unit,
};

/// Labels or annotations, in the order of their names.
pub type Texts = BTreeMap<String, String>;

/// Where people read on, by the configuration of a site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// Address of the console; the page of an alert is below it. Empty: none.
    pub console: String,
    /// Address of the runbooks; that of an alert is `<it>/<alertname>.md`. Empty: none.
    pub runbooks: String,
}

impl Links {
    /// The page of an alert.
    #[must_use]
    pub fn page(&self, transition: &Transition) -> Option<String> {
        below(&self.console, &format!("alerts/{}", transition.alert))
    }
}

fn below(base: &str, path: &str) -> Option<String> {
    (!base.is_empty()).then(|| format!("{}/{path}", base.trim_end_matches('/')))
}

/// The name of an alert (`domain.md` §8.3).
#[must_use]
pub const fn alert_name(rule: Rule, kind: Kind) -> &'static str {
    match rule {
        Rule::ReportingSilence(_) => "ReportingSilence",
        Rule::Deterrence => "Deterrence",
        Rule::EffortErosion => "EffortErosion",
        Rule::DefinitionBreak => "DefinitionBreak",
        Rule::DisplacementQuotient => "Displacement",
        Rule::Watch => "WatchedFact",
        Rule::Slippage => match kind {
            Kind::Yield => "YieldSlip",
            Kind::Timeliness => "LateReporting",
            Kind::Displacement => "Displacement",
            Kind::Effort | Kind::Deterrence | Kind::Reporting | Kind::Erosion | Kind::Definition | Kind::Incident => "EffortSlip",
        },
    }
}

/// The labels of an alert, as a transition leaves it.
#[must_use]
pub fn labels(transition: &Transition) -> Texts {
    let series = &transition.series;
    let mut labels = texts([
        ("alertname", alert_name(transition.rule, transition.kind).to_owned()),
        ("regime", series.regime.to_string()),
        ("jurisdiction", series.jurisdiction.to_string()),
        ("measure", series.measure.to_string()),
        ("slipwatch_alert", transition.alert.to_string()),
        ("severity", transition.severity.as_str().to_owned()),
    ]);
    // Rules of a pack share a name here; a site routes by theirs.
    if let Some(LongView::Watched(watched)) = transition.evidence.long.as_deref() {
        labels.insert("rule".to_owned(), watched.rule.to_string());
    }
    labels
}

fn texts<const N: usize>(pairs: [(&str, String); N]) -> Texts {
    pairs.into_iter().map(|(name, text)| (name.to_owned(), text)).collect()
}

/// What is said beside the labels.
#[must_use]
pub fn annotations(transition: &Transition, timing: Timing, links: &Links) -> Texts {
    let evidence = &transition.evidence;
    let mut said = texts([
        ("summary", words::headline(transition)),
        ("description", description(transition)),
        ("change", words::moved(transition)),
        ("kind", words::kind(transition)),
        ("power", words::power(&evidence.power)),
        ("transition", format!("{}/{}", transition.alert, transition.n)),
    ]);
    let mut add = |name: &str, text: Option<String>| {
        if let Some(text) = text {
            said.insert(name.to_owned(), text);
        }
    };
    add("onset", evidence.onset().map(|onset| onset.week.to_string()));
    add("size", evidence.size().as_ref().map(words::percent_range));
    add("completeness", evidence.completeness.map(words::percent));
    add("unit", (transition.series.unit != Unit::Count).then(|| transition.series.unit.to_string()));
    add("runbook_url", below(&links.runbooks, &format!("{}.md", alert_name(transition.rule, transition.kind))));
    add("dashboard_url", links.page(transition));
    add(
        "coincides_with",
        (!transition.coincides.is_empty()).then(|| transition.coincides.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")),
    );
    add("late_evaluation", (timing == Timing::Late).then(|| format!("decided for {}, read later", transition.at.start())));
    add("recalled", (transition.phase == AlertPhase::Recalled).then(|| words::moved(transition)));
    match &transition.change {
        Change::Acknowledged { who, why, until } => {
            add("acknowledged_by", Some(who.to_string()));
            add("acknowledged_until", Some(until.to_string()));
            add("acknowledged_why", Some(why.to_string()));
        }
        Change::Closed { who, why } | Change::Rebased { who, why } => add("closed_by", Some(format!("{who}: {why}"))),
        Change::Fired(_)
        | Change::Reopened(_)
        | Change::Escalated(_)
        | Change::AcknowledgementExpired
        | Change::Recovered(_)
        | Change::Faded
        | Change::Recalled { .. }
        | Change::Reclassified { .. }
        | Change::Noted
        | Change::Ended => {}
    }
    said
}

/// Everything that whoever is called should read, sentence by sentence.
#[must_use]
pub fn description(transition: &Transition) -> String {
    let mut sentences = words::evidence(transition, None);
    // Which weeks were silent is in the assessments, which are not read here.
    sentences.extend(words::not(transition, None));
    sentences.extend(transition.coincides.iter().map(|label| format!("Coincides with: {label}.")));
    if transition.phase.is_open() {
        sentences.extend(words::asked(transition));
        sentences.extend(words::questions(transition.kind).iter().map(|question| (*question).to_owned()));
    }
    sentences.join("\n")
}

/// Whether a transition was read when it was decided, or long after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Timing {
    /// Soon after its tick.
    Prompt,
    /// Long after: a catch-up, or a herald that was away.
    Late,
}
