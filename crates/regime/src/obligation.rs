//! `[[obligation]]`: duties with a clock. A record of some type opens one in its case, a record of another type meets it.
//!
//! Whether a duty is overdue is the docket's to say; here stands what the pack asks. What must never enter: a date, a case.

use crate::{
    calendar::{Known, jurisdiction, measure, optional},
    findings::Findings,
    form::OBLIGATION,
    section::{Entry, Named, Section, suggestion},
    word::EVENTS,
};
use serde::Serialize;
use std::{fmt, ops::RangeInclusive};
use vocab::{
    event::Selector,
    name::{EventTypeName, Label},
    watch::Obligation,
};

/// Days a duty may take: a day at least, ten years at most.
const WITHIN_DAYS: RangeInclusive<i64> = 1..=3_660;
/// Days of grace.
const GRACE_DAYS: RangeInclusive<i64> = 0..=366;
/// Obligations in a pack: every step of a case asks each of them.
const COUNT_MAX: usize = 100;

/// Reads `[[obligation]]`.
pub(crate) fn obligations<'t>(entry: &Entry<'t>, known: Known<'_>, out: &mut Findings<'t>) -> Option<Vec<Obligation>> {
    let items = few(entry, COUNT_MAX, out)?;
    let mut names = Named::default();
    let mut found = Vec::new();
    for item in items {
        let section = item.section(&OBLIGATION, out);
        let Some(section) = out.keep(section) else { continue };
        let name = name(&section, &mut names, out);
        let opened_by = section.needed("opened_by").map(|entry| events(&entry, out));
        let opened_by = out.keep(opened_by).flatten();
        let met_by = met_by(&section, opened_by.as_deref(), out);
        let within_days = out.keep(section.needed("within_days").and_then(|entry| entry.whole(WITHIN_DAYS)));
        let grace_days = optional(&section, "grace_days", out, |entry, out| out.keep(entry.whole(GRACE_DAYS)));
        let of = selector(&section, known, out);
        let read = || {
            Some(Obligation {
                name: name?,
                opened_by: opened_by?,
                met_by: met_by?,
                of: of?,
                within_days: within_days?,
                grace_days: grace_days?.unwrap_or(0),
            })
        };
        found.push(read());
    }
    let mut found: Vec<Obligation> = found.into_iter().collect::<Option<_>>()?;
    found.sort_by(|left, right| left.name.cmp(&right.name));
    Some(found)
}

/// The entries of a section that may stand only so often.
pub(crate) fn few<'t>(entry: &Entry<'t>, count_max: usize, out: &mut Findings<'t>) -> Option<Vec<Entry<'t>>> {
    let items = out.keep(entry.items())?;
    if items.len() > count_max {
        out.add(entry.fault(format!("there are {} of them", items.len()), format!("at most {count_max}")));
        return None;
    }
    Some(items)
}

/// The name of a rule, once in a pack. It is part of ids and labels, so its letters are few.
pub(crate) fn name<'t>(section: &Section<'t>, names: &mut Named, out: &mut Findings<'t>) -> Option<Label> {
    let entry = out.keep(section.needed("name"))?;
    let name = out.keep(entry.name(Label::parse))?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !name.as_str().bytes().all(fits) {
        let help = format!("small letters, digits and hyphens, as in {}", entry.example);
        out.add(entry.fault(format!("{} is no name of a rule", entry.found()), help));
        return None;
    }
    out.keep(names.once(name.as_str(), &entry))?;
    Some(name)
}

/// Types of events, each once, sorted.
pub(crate) fn events<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Vec<EventTypeName>> {
    let mut names = Named::default();
    let mut found = Vec::new();
    for item in out.keep(entry.items())? {
        let event = out.keep(item.name(EventTypeName::parse));
        if let Some(event) = &event {
            out.keep(names.once(event.as_str(), &item));
            if !EVENTS.contains(&event.as_str()) {
                let help = suggestion(event.as_str(), || EVENTS.into_iter(), "one of ");
                out.add(item.fault(format!("{} is no type of event that can be watched", item.found()), help));
            }
        }
        found.push(event);
    }
    let mut found: Vec<EventTypeName> = found.into_iter().collect::<Option<_>>()?;
    found.sort();
    Some(found)
}

/// What meets a duty: with an event that opens another one, a case would never be done.
fn met_by<'t>(section: &Section<'t>, opened_by: Option<&[EventTypeName]>, out: &mut Findings<'t>) -> Option<Vec<EventTypeName>> {
    let entry = out.keep(section.needed("met_by"))?;
    let found = events(&entry, out)?;
    let both = found.iter().find(|event| opened_by.is_some_and(|opened_by| opened_by.contains(event)));
    if let Some(both) = both {
        out.add(entry.fault(format!("\"{both}\" opens the duty as well"), "name what ends it: an event cannot do both"));
        return None;
    }
    Some(found)
}

/// Of which jurisdiction and measure.
pub(crate) fn selector<'t>(section: &Section<'t>, known: Known<'_>, out: &mut Findings<'t>) -> Option<Selector> {
    let jurisdiction = optional(section, "jurisdiction", out, |entry, out| jurisdiction(entry, known.jurisdictions, out));
    let measure = optional(section, "measure", out, |entry, out| measure(entry, known.measures, out));
    Some(Selector { jurisdiction: jurisdiction?, measure: measure? })
}

/// An obligation in plain words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ObligationLine {
    /// Its name.
    pub name: String,
    /// What opens a duty.
    pub opened_by: Vec<String>,
    /// What meets it.
    pub met_by: Vec<String>,
    /// Days to the day it is due.
    pub within_days: u16,
    /// Days that are let pass after that.
    pub grace_days: u16,
    /// The jurisdiction of what opens it, if not all.
    pub jurisdiction: Option<String>,
    /// The measure of what opens it, if not all.
    pub measure: Option<String>,
}

/// Says what an obligation amounts to.
pub(crate) fn obligation_line(obligation: &Obligation) -> ObligationLine {
    let names = |events: &[EventTypeName]| events.iter().map(ToString::to_string).collect();
    ObligationLine {
        name: obligation.name.to_string(),
        opened_by: names(&obligation.opened_by),
        met_by: names(&obligation.met_by),
        within_days: obligation.within_days,
        grace_days: obligation.grace_days,
        jurisdiction: obligation.of.jurisdiction.as_ref().map(ToString::to_string),
        measure: obligation.of.measure.as_ref().map(ToString::to_string),
    }
}

impl fmt::Display for ObligationLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, opened_by, met_by, within_days, grace_days, .. } = self;
        let (place, measure) = (self.jurisdiction.as_deref().unwrap_or("all"), self.measure.as_deref().unwrap_or("all"));
        let (opened_by, met_by) = (opened_by.join(" or "), met_by.join(" or "));
        write!(f, "{name}: {opened_by} of {place}/{measure}, then {met_by} of the same case within {within_days} d")?;
        if *grace_days > 0 { write!(f, " and {grace_days} d of grace") } else { Ok(()) }
    }
}
