//! `[erosion]`: the frozen window that long erosion is measured against.
//!
//! The window is a date range that a person chose beforehand; choosing it after a look at the figures is what it must not be,
//! and no program can check that. What must never enter: a figure of the window.

use crate::{
    findings::{Fault, Findings},
    form::EROSION,
    section::Entry,
};
use vocab::{pack::ErosionReference, time::Week};

/// Weeks it must have at least (`detection.md` §6.1).
const WEEKS_MIN: i32 = 52;
/// Weeks it may have at most: forty years, more than any log.
const WEEKS_MAX: i32 = 2_080;

/// Reads `[erosion]`.
pub(crate) fn erosion<'t>(entry: &Entry<'t>, first_week: Option<Week>, out: &mut Findings<'t>) -> Option<ErosionReference> {
    let section = entry.section(&EROSION, out);
    let section = out.keep(section)?;
    let entry = out.keep(section.needed("reference"))?;
    let reference = out.keep(window(&entry))?;
    if let Some(first) = first_week.filter(|first| reference.first < *first) {
        let problem = format!("it begins in {}, before first_week = {first}", reference.first);
        out.add(entry.fault(problem, "begin it in the first week or later, or set the first week earlier"));
    }
    Some(reference)
}

fn window<'t>(entry: &Entry<'t>) -> Result<ErosionReference, Fault<'t>> {
    let items = entry.items()?;
    let [first, last] = items.as_slice() else {
        let help = format!("two weeks, the first and the last: {}", entry.example);
        return Err(entry.fault(format!("the list has length {}, not 2", items.len()), help));
    };
    let reference = ErosionReference { first: first.week()?, last: last.week()? };
    let weeks = reference.weeks();
    if weeks < 1 {
        let problem = format!("it ends in {}, before it begins in {}", reference.last, reference.first);
        return Err(entry.fault(problem, "write the earlier week first"));
    }
    if !(WEEKS_MIN..=WEEKS_MAX).contains(&weeks) {
        let long = if weeks < WEEKS_MIN { "short" } else { "long" };
        let help = format!("{WEEKS_MIN} to {WEEKS_MAX} weeks, both ends counted; whole years where there is a season");
        return Err(entry.fault(format!("a reference of {weeks} weeks is too {long}"), help));
    }
    Ok(reference)
}

/// What to keep in mind about a reference that is admitted: with parts of years, season stands on one side and not on the other.
pub(crate) fn remark(reference: ErosionReference) -> Option<String> {
    // A year has 52 weeks, or 53 as five or six in 28 do.
    let weeks = reference.weeks();
    let years = weeks / 52;
    let whole = weeks - 52 * years <= (years + 4) / 5;
    (!whole).then(|| {
        let (first, last) = (reference.first, reference.last);
        format!("erosion: {first} to {last} are {weeks} weeks, which are no whole years: where there is a season, it does not cancel")
    })
}

#[cfg(test)]
mod tests {
    use super::{ErosionReference, Week, remark};

    #[test]
    fn whole_years_are_known_with_their_odd_weeks() {
        for (first, last, whole) in [
            ("2003-W01", "2007-W52", true),
            ("2019-W01", "2019-W52", true),
            ("2020-W01", "2020-W53", true),
            ("2015-W01", "2020-W53", true),
            ("2019-W01", "2020-W26", false),
            ("2019-W10", "2020-W20", false),
        ] {
            let [first_week, last_week] = [first, last].map(|text| Week::parse(text).unwrap());
            let reference = ErosionReference { first: first_week, last: last_week };
            assert_eq!(remark(reference).is_none(), whole, "{first} to {last}");
        }
    }
}
