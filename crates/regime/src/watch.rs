//! `[[watch]]`: rules on facts. An event of a type, or a duty that is overdue, opens an alert at the tick at which it is told.
//!
//! A rule says for itself how grave it is, what to do, and how its alert ends; none of that has a value where the pack says nothing.
//! What must never enter: whether a fact matches.

use crate::{
    calendar::{Known, optional},
    findings::Findings,
    form::WATCH,
    measure::{label, word},
    obligation::{events, few, name, selector},
    section::{Entry, Named, Section, suggestion},
    word::{ABOUT, SEVERITIES, word_of},
};
use serde::Serialize;
use std::{fmt, ops::RangeInclusive};
use vocab::{
    name::{EventTypeName, Label, Stratum},
    watch::{Obligation, Resolves, WatchRule, Watches},
};

/// Days after which an alert ends by itself.
const RESOLVES_AFTER_DAYS: RangeInclusive<i64> = 1..=3_660;
/// Rules in a pack: every watched fact asks each of them.
const COUNT_MAX: usize = 200;

/// How an alert ends that nothing ends by itself.
const RESOLVES: [(&str, Resolves); 1] = [("by-act", Resolves::ByAct)];

/// Reads `[[watch]]`; obligations that could not be read would seem not to be there.
pub(crate) fn watches<'t>(
    entry: &Entry<'t>,
    (known, obligations): (Known<'_>, Option<&[Obligation]>),
    out: &mut Findings<'t>,
) -> Option<Vec<WatchRule>> {
    let items = few(entry, COUNT_MAX, out)?;
    let mut names = Named::default();
    let mut found = Vec::new();
    for item in items {
        let section = item.section(&WATCH, out);
        let Some(section) = out.keep(section) else { continue };
        let name = name(&section, &mut names, out);
        let watches = looks(&section, obligations, out);
        let of = selector(&section, known, out);
        let stratum = optional(&section, "stratum", out, |entry, out| out.keep(entry.name(Stratum::parse)));
        let about = word(&section, "about", &ABOUT, out);
        let severity = word(&section, "severity", &SEVERITIES, out);
        let action = label(&section, "action", out);
        let resolves = resolves(&section, out);
        let read = || {
            Some(WatchRule {
                name: name?,
                watches: watches?,
                of: of?,
                stratum: stratum?,
                about: about?,
                severity: severity?,
                action: action?,
                resolves: resolves?,
            })
        };
        found.push(read());
    }
    let mut found: Vec<WatchRule> = found.into_iter().collect::<Option<_>>()?;
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Some(found)
}

/// Events or an overdue duty: one of the two.
fn looks<'t>(section: &Section<'t>, obligations: Option<&[Obligation]>, out: &mut Findings<'t>) -> Option<Watches> {
    match (section.entry("events"), section.entry("overdue")) {
        (Some(entry), None) => events(&entry, out).map(Watches::Events),
        (None, Some(entry)) => overdue(&entry, obligations, out).map(Watches::Overdue),
        (Some(_), Some(entry)) => {
            let help = "write two rules: one that names `events`, one that names what is `overdue`";
            out.add(entry.fault("the rule names `events` as well", help));
            None
        }
        (None, None) => {
            let help = "write `events = [\"inspection.refused\"]`, or `overdue = \"…\"` with the name of an [[obligation]]";
            out.add(section.fault("the rule does not say what it looks at", help));
            None
        }
    }
}

fn overdue<'t>(entry: &Entry<'t>, obligations: Option<&[Obligation]>, out: &mut Findings<'t>) -> Option<Label> {
    let name = out.keep(entry.name(Label::parse))?;
    let known = |obligations: &[Obligation]| obligations.iter().any(|obligation| obligation.name == name);
    if let Some(obligations) = obligations.filter(|obligations| !known(obligations)) {
        let help = if obligations.is_empty() {
            "declare it in an [[obligation]] first".to_owned()
        } else {
            suggestion(name.as_str(), || obligations.iter().map(|obligation| obligation.name.as_str()), "one of ")
        };
        out.add(entry.fault(format!("no obligation of this pack is called \"{name}\""), help));
        return None;
    }
    Some(name)
}

/// By an act or after some days: one of the two, so that nobody finds out later which was meant.
fn resolves<'t>(section: &Section<'t>, out: &mut Findings<'t>) -> Option<Resolves> {
    match (section.entry("resolves"), section.entry("resolves_after_days")) {
        (Some(entry), None) => out.keep(entry.word(&RESOLVES)),
        (None, Some(entry)) => out.keep(entry.whole(RESOLVES_AFTER_DAYS)).map(Resolves::AfterDays),
        (Some(_), Some(entry)) => {
            out.add(
                entry.fault("the rule has `resolves` as well", "keep one of them: somebody closes the alert, or it ends after some days"),
            );
            None
        }
        (None, None) => {
            let help = "write `resolves_after_days = 14`, or `resolves = \"by-act\"` where somebody has to close it";
            out.add(section.fault("the rule does not say how its alert ends", help));
            None
        }
    }
}

/// A rule on facts in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WatchLine {
    /// Its name.
    pub name: String,
    /// Types of events it looks at; empty where it looks at a duty.
    pub events: Vec<String>,
    /// The obligation whose overdue duties it looks at.
    pub overdue: Option<String>,
    /// The jurisdiction, if not all.
    pub jurisdiction: Option<String>,
    /// The measure, if not all.
    pub measure: Option<String>,
    /// The stratum, if not all.
    pub stratum: Option<String>,
    /// `record` or `jurisdiction`.
    pub about: &'static str,
    /// How grave it is.
    pub severity: &'static str,
    /// What to do.
    pub action: String,
    /// Days after which its alert ends by itself; none: somebody closes it.
    pub resolves_after_days: Option<u16>,
}

/// Says what a rule amounts to.
pub(crate) fn watch_line(rule: &WatchRule) -> WatchLine {
    let (events, overdue) = match &rule.watches {
        Watches::Events(types) => (types.iter().map(EventTypeName::to_string).collect(), None),
        Watches::Overdue(name) => (Vec::new(), Some(name.to_string())),
    };
    WatchLine {
        name: rule.name.to_string(),
        events,
        overdue,
        jurisdiction: rule.of.jurisdiction.as_ref().map(ToString::to_string),
        measure: rule.of.measure.as_ref().map(ToString::to_string),
        stratum: rule.stratum.as_ref().map(ToString::to_string),
        about: word_of(&ABOUT, &rule.about),
        severity: word_of(&SEVERITIES, &rule.severity),
        action: rule.action.to_string(),
        resolves_after_days: match rule.resolves {
            Resolves::ByAct => None,
            Resolves::AfterDays(days) => Some(days),
        },
    }
}

impl fmt::Display for WatchLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, about, severity, action, .. } = self;
        let what = self.overdue.as_ref().map_or_else(|| self.events.join(" or "), |duty| format!("overdue {duty}"));
        let (place, measure) = (self.jurisdiction.as_deref().unwrap_or("all"), self.measure.as_deref().unwrap_or("all"));
        write!(f, "{name} ({severity}): {what} of {place}/{measure}")?;
        self.stratum.as_ref().map_or(Ok(()), |stratum| write!(f, ", stratum {stratum}"))?;
        let end = self.resolves_after_days.map_or_else(|| "until somebody closes it".to_owned(), |days| format!("for {days} d"));
        write!(f, "; an alert a {about}, {end}: {action}")
    }
}
