//! `[[displacement]]`: interventions after which their neighbours are compared with controls (`detection.md` §6.7).
//!
//! Who is treated, who is a neighbour and who is a control is declared beforehand by a person who knows the region; the quotient
//! is worth what the controls are. What must never enter: a figure, or a choice of controls by figures.

use crate::{
    findings::Findings,
    form::DISPLACEMENT,
    measure::{label, word},
    section::{Entry, Named, Section},
    word::COUNTS,
};
use std::ops::RangeInclusive;
use vocab::{
    name::JurisdictionCode,
    pack::{Feed, Intervention, Jurisdictions},
    series::Count,
};

/// Weeks before an intervention: twelve at least, ten years at most.
const BEFORE_WEEKS: RangeInclusive<i64> = 12..=520;
/// Weeks after it: from the first look to the last.
const AFTER_WEEKS: RangeInclusive<i64> = 12..=104;
/// Interventions in a pack: a jurisdiction keeps counts of each.
const COUNT_MAX: usize = 100;

/// What the rest of the pack says, as far as an intervention rests on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around<'p> {
    pub(crate) jurisdictions: Option<&'p Jurisdictions>,
    /// Feeds that could not be read would seem not to be there.
    pub(crate) feeds: Option<&'p [Feed]>,
}

/// Reads `[[displacement]]`.
pub(crate) fn interventions<'t>(entry: &Entry<'t>, known: Around<'_>, out: &mut Findings<'t>) -> Option<Vec<Intervention>> {
    let items = out.keep(entry.items())?;
    if items.len() > COUNT_MAX {
        let problem = format!("there are {} interventions", items.len());
        out.add(entry.fault(problem, format!("at most {COUNT_MAX}: leave out those whose last look has passed")));
        return None;
    }
    let mut labels = Named::default();
    let mut found = Vec::new();
    for item in items {
        let section = item.section(&DISPLACEMENT, out);
        let Some(section) = out.keep(section) else { continue };
        if let Ok(entry) = section.needed("label")
            && let Ok(text) = entry.text()
        {
            out.keep(labels.once(text, &entry));
        }
        found.push(intervention(&section, known, out));
    }
    let mut found: Vec<Intervention> = found.into_iter().collect::<Option<_>>()?;
    found.sort_by(|left, right| (left.day, &left.label).cmp(&(right.day, &right.label)));
    Some(found)
}

fn intervention<'t>(section: &Section<'t>, known: Around<'_>, out: &mut Findings<'t>) -> Option<Intervention> {
    let label = label(section, "label", out);
    let day = out.keep(section.needed("day"));
    let day = day.and_then(|entry| out.keep(entry.day()));
    let mut named = Named::default();
    let mut codes = |key, out: &mut Findings<'t>| places(section, key, (known.jurisdictions, &mut named), out);
    let treated = codes("treated", out);
    let neighbours = codes("neighbours", out);
    let controls = codes("controls", out);
    let counts = counts(section, known.feeds, out);
    let before_weeks = weeks(section, "before_weeks", BEFORE_WEEKS, out);
    let after_weeks = weeks(section, "after_weeks", AFTER_WEEKS, out);
    Some(Intervention {
        label: label?,
        day: day?,
        treated: treated?,
        neighbours: neighbours?,
        controls: controls?,
        counts: counts?,
        before_weeks: before_weeks?,
        after_weeks: after_weeks?,
    })
}

/// The count that is compared; one that no feed brings would be zero on every side.
fn counts<'t>(section: &Section<'t>, feeds: Option<&[Feed]>, out: &mut Findings<'t>) -> Option<Count> {
    let counts = word(section, "counts", &COUNTS, out)?;
    let is_missing = feeds.is_some_and(|feeds| !feeds.is_empty() && !feeds.iter().any(|feed| feed.counts.contains(&counts)));
    if let Some(entry) = section.entry("counts").filter(|_| is_missing) {
        let help = "name a count that a feed of this pack brings, or list the feed that does";
        out.add(entry.fault(format!("no feed brings {}", counts.as_str()), help));
    }
    Some(counts)
}

fn weeks<'t>(section: &Section<'t>, key: &str, bounds: RangeInclusive<i64>, out: &mut Findings<'t>) -> Option<u16> {
    let entry = out.keep(section.needed(key))?;
    out.keep(entry.whole(bounds))
}

/// Jurisdictions of the pack, none of which has another part already.
fn places<'t>(
    section: &Section<'t>,
    key: &str,
    (known, named): (Option<&Jurisdictions>, &mut Named),
    out: &mut Findings<'t>,
) -> Option<Vec<JurisdictionCode>> {
    let list = out.keep(section.needed(key))?;
    let mut found = Vec::new();
    for item in out.keep(list.items())? {
        let code = out.keep(item.name(JurisdictionCode::parse));
        if let Some(code) = &code {
            out.keep(named.once(code.as_str(), &item));
            if known.is_some_and(|known| !known.admits(code)) {
                let help = "name one that [jurisdictions] lists or admits";
                out.add(item.fault(format!("\"{code}\" is no jurisdiction of this pack"), help));
            }
        }
        found.push(code);
    }
    let mut found: Vec<JurisdictionCode> = found.into_iter().collect::<Option<_>>()?;
    found.sort();
    Some(found)
}
