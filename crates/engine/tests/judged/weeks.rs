//! Logs told by the number of a week, as the tests of levels and years write them: the first week is that of 2018-01-01.
//!
//! What must never enter: an expectation.

use super::{Log, code, count, day, inspections, label, listed, pack};
use vocab::{
    pack::{ErosionReference, Intervention, Pack},
    series::Count,
    time::{Day, Week},
};

/// Monday of the first week of these logs.
pub(crate) const FIRST: &str = "2018-01-01";

pub(crate) fn monday(number: i32) -> Day {
    day(FIRST).plus(7 * number)
}

pub(crate) fn sunday(number: i32) -> Day {
    monday(number).plus(6)
}

pub(crate) fn week(number: i32) -> Week {
    monday(number).week()
}

/// So many inspections in each week, known on the day.
pub(crate) fn weekly(log: &mut Log, of: &str, first: i32, acts: &[i64]) {
    for (number, &acts) in (first..).zip(acts) {
        count(log, inspections(of, monday(number).plus(2), acts));
    }
}

pub(crate) fn level(acts: i64, weeks: usize) -> Vec<i64> {
    vec![acts; weeks]
}

/// A pack measured against its first 52 weeks.
pub(crate) fn eroding() -> Pack {
    Pack { erosion: Some(ErosionReference { first: week(0), last: week(51) }), ..pack() }
}

/// A pack with an intervention in KR in week 40, with JP next to it and CN as control, looked at up to so many weeks later.
pub(crate) fn intervened(after_weeks: u16) -> Pack {
    let codes = |text: &str| vec![code(text)];
    let intervention = Intervention {
        label: label("patrols"),
        day: monday(40),
        treated: codes("KR"),
        neighbours: codes("JP"),
        controls: codes("CN"),
        counts: Count::Inspections,
        before_weeks: 30,
        after_weeks,
    };
    Pack { interventions: vec![intervention], jurisdictions: listed(&["CN", "JP", "KR"]), ..pack() }
}
