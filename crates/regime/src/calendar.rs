//! The calendar of a pack: dated circumstances that figures may coincide with.
//!
//! An entry is read into the same words as an event that notes a circumstance, so that both are heard alike. What must never
//! enter: a conclusion from a date; an entry changes what is said beside a figure, and no figure.

use crate::{
    findings::{Fault, Findings},
    form::CALENDAR,
    measure::{label, word},
    section::{Entry, Section, suggestion},
    word::{EFFECTS, KINDS},
};
use std::collections::BTreeMap;
use vocab::{
    event::{Circumstance, Selector},
    name::{JurisdictionCode, Label, MeasureId},
    pack::{CalendarEntry, Jurisdictions, Measure, has_shape},
    time::{Day, Occurred},
};

/// Entries at most. Every series looks through all of them in every week: a thousand are noticed, a million would be waited for.
const ENTRIES_MAX: usize = 1_000;

/// What an entry may name; a part that could not be read is not there to be compared with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'p> {
    /// The measures, sorted by id.
    pub(crate) measures: Option<&'p [Measure]>,
    /// The jurisdictions, a list sorted by code.
    pub(crate) jurisdictions: Option<&'p Jurisdictions>,
}

/// Reads `[[calendar]]`.
pub(crate) fn calendar<'t>(entry: &Entry<'t>, known: Known<'_>, out: &mut Findings<'t>) -> Option<Vec<CalendarEntry>> {
    let items = out.keep(entry.items())?;
    if items.len() > ENTRIES_MAX {
        let help = format!("at most {ENTRIES_MAX}: leave out what is over, or join what follows on one another");
        out.add(entry.fault(format!("the calendar has {} entries", items.len()), help));
        return None;
    }
    let mut stands = Stands::default();
    let mut found = Vec::new();
    for item in items {
        let section = item.section(&CALENDAR, out);
        let Some(section) = out.keep(section) else { continue };
        let entry = dated(&section, known, out);
        if let Some(entry) = &entry {
            out.keep(stands.once(entry, &section));
        }
        found.push(entry);
    }
    let mut found: Vec<CalendarEntry> = found.into_iter().collect::<Option<_>>()?;
    found.sort_by(|left, right| place(left).cmp(&place(right)));
    Some(found)
}

fn place(entry: &CalendarEntry) -> (Day, &Label) {
    (entry.occurred.day, &entry.circumstance.text)
}

fn dated<'t>(section: &Section<'t>, known: Known<'_>, out: &mut Findings<'t>) -> Option<CalendarEntry> {
    let text = label(section, "label", out);
    let occurred = days(section, out);
    let kind = word(section, "kind", &KINDS, out);
    let effect = optional(section, "effect", out, |entry, out| out.keep(entry.word(&EFFECTS)));
    let jurisdiction = optional(section, "jurisdiction", out, |entry, out| jurisdiction(entry, known.jurisdictions, out));
    let measure = optional(section, "measure", out, |entry, out| measure(entry, known.measures, out));
    let affects = Selector { jurisdiction: jurisdiction?, measure: measure? };
    Some(CalendarEntry { circumstance: Circumstance { kind: kind?, effect: effect?, affects, text: text? }, occurred: occurred? })
}

/// A key that may be left out; one that is there and cannot be read leaves nothing to compile.
pub(crate) fn optional<'t, T>(
    section: &Section<'t>,
    key: &str,
    out: &mut Findings<'t>,
    read: impl FnOnce(&Entry<'t>, &mut Findings<'t>) -> Option<T>,
) -> Option<Option<T>> {
    section.entry(key).map_or(Some(None), |entry| read(&entry, out).map(Some))
}

fn days<'t>(section: &Section<'t>, out: &mut Findings<'t>) -> Option<Occurred> {
    let first = out.keep(section.needed("from"));
    let from = first.and_then(|entry| out.keep(entry.day()));
    let last = section.entry("to");
    let to = optional(section, "to", out, |entry, out| out.keep(entry.day()));
    let on = Occurred::on(from?);
    let (Some(entry), Some(to)) = (last, to?) else { return Some(on) };
    let lasting = on.until(to).map_err(|_| {
        let problem = format!("{to} comes before from = {}", on.day);
        entry.fault(problem, "`to` is the last day of it; leave it out where it is one day")
    });
    out.keep(lasting)
}

/// A jurisdiction of the pack.
pub(crate) fn jurisdiction<'t>(entry: &Entry<'t>, known: Option<&Jurisdictions>, out: &mut Findings<'t>) -> Option<JurisdictionCode> {
    let code = out.keep(entry.name(JurisdictionCode::parse))?;
    match known {
        Some(Jurisdictions::Listed(listed)) if listed.binary_search_by(|one| one.code.cmp(&code)).is_err() => {
            let names = || listed.iter().map(|one| one.code.as_str());
            out.add(stranger(entry, "jurisdiction", code.as_str(), names));
        }
        Some(Jurisdictions::Pattern { shape, .. }) if !has_shape(code.as_str(), shape) => {
            let help = "name one that the pattern admits, or leave it out: then the entry concerns all of them";
            out.add(entry.fault(format!("\"{code}\" is no jurisdiction of this pack"), help));
        }
        Some(Jurisdictions::Listed(_) | Jurisdictions::Pattern { .. }) | None => {}
    }
    Some(code)
}

/// A measure of the pack.
pub(crate) fn measure<'t>(entry: &Entry<'t>, known: Option<&[Measure]>, out: &mut Findings<'t>) -> Option<MeasureId> {
    let id = out.keep(entry.name(MeasureId::parse))?;
    if let Some(measures) = known.filter(|measures| measures.binary_search_by(|one| one.id.cmp(&id)).is_err()) {
        let names = || measures.iter().map(|one| one.id.as_str());
        out.add(stranger(entry, "measure", id.as_str(), names));
    }
    Some(id)
}

fn stranger<'t, 'w, I: Iterator<Item = &'w str>>(entry: &Entry<'t>, what: &str, name: &str, known: impl Fn() -> I) -> Fault<'t> {
    let help = suggestion(name, known, "leave it out, or name one of ");
    entry.fault(format!("\"{name}\" is no {what} of this pack"), help)
}

/// The days on which a label stands already, and for which series.
#[derive(Debug, Default)]
struct Stands(BTreeMap<Label, Vec<(Occurred, Selector, String)>>);

impl Stands {
    /// A fault if the label stands already on one of the days, for one of the series.
    fn once<'t>(&mut self, CalendarEntry { circumstance, occurred }: &CalendarEntry, section: &Section<'t>) -> Result<(), Fault<'t>> {
        let with_label = self.0.entry(circumstance.text.clone()).or_default();
        let meets = |(other, affects, _): &&(Occurred, Selector, String)| {
            occurred.day <= other.last_day && other.day <= occurred.last_day && both_mean_one(&circumstance.affects, affects)
        };
        let entry = section.needed("label")?;
        if let Some((other, _, path)) = with_label.iter().find(meets) {
            let problem = format!("\"{}\" stands already from {} to {}, in {path}", circumstance.text, other.day, other.last_day);
            return Err(entry.fault(problem, "make one entry of the two, or give them days or labels that differ"));
        }
        with_label.push((*occurred, circumstance.affects.clone(), entry.path));
        Ok(())
    }
}

/// Whether there may be a series that both concern.
fn both_mean_one(one: &Selector, other: &Selector) -> bool {
    let jurisdictions = one.jurisdiction.as_ref().zip(other.jurisdiction.as_ref());
    let measures = one.measure.as_ref().zip(other.measure.as_ref());
    jurisdictions.is_none_or(|(one, other)| one == other) && measures.is_none_or(|(one, other)| one == other)
}
