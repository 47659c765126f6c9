//! Inspections of cruise ships, the results: more of them fail from 2012 to 2014 while as many are inspected. Expectations C5 and
//! C6 of `tests/expectations/ship-sanitation.md`.
//!
//! Must never enter: a reason for the change; the file does not know one.

use crate::ship_sanitation::{pages, played, shipped};
use std::collections::BTreeMap;
use surveillance::statistics::{Proportion, difference};
use vocab::{assessment::Diagnosis, event::Body, time::Week};

/// Failed and inspected ships of some years.
fn failed(years: std::ops::RangeInclusive<i32>) -> Proportion {
    let mut counts = BTreeMap::<&str, u64>::new();
    for (_, event) in shipped().events().unwrap() {
        let year: i32 = event.occurred.day.to_string()[..4].parse().unwrap();
        if years.contains(&year) {
            let sort = if matches!(event.body, Body::InspectionPerformed(_)) { "inspected" } else { "failed" };
            *counts.entry(sort).or_default() += 1;
        }
    }
    Proportion::new(counts["failed"], counts["inspected"]).unwrap()
}

/// C5, by the two-sample test alone.
#[test]
fn the_share_that_fails_rose_in_2013_and_not_before() {
    let before = failed(2007..=2011);
    assert_eq!((before.hits(), before.trials()), (10, 1_084));
    let shift = difference(failed(2013..=2013), before).unwrap();
    assert!(shift.p_exact < 0.001 && shift.interval.low > 0.0, "{shift:?}");
    let steady = difference(failed(2011..=2011), failed(2007..=2010)).unwrap();
    assert!(steady.p_exact > 0.05 && steady.interval.contains(0.0), "{steady:?}");
}

/// C5 and C6: neither the rise nor the return is slippage.
#[test]
fn more_failed_ships_and_then_fewer_are_no_slip() {
    assert_eq!(pages(played(), "2012-07-01", "2014-09-30"), Vec::<String>::new());
    assert_eq!(pages(played(), "2014-10-01", "2016-12-31"), Vec::<String>::new());
}

/// C5: what the product calls it, in the weeks in which the newest quarter lies wholly above what was expected.
#[test]
fn the_rise_is_called_an_outcome_change_at_steady_effort() {
    let changed = played().assessments.iter().filter(|one| one.series[0].diagnosis == Diagnosis::OutcomeChange);
    let weeks: Vec<String> = changed.map(|one| one.week.to_string()).collect();
    let runs = [("2012-W39", "2012-W41"), ("2012-W44", "2012-W48"), ("2013-W32", "2013-W37")];
    let expected = runs
        .iter()
        .flat_map(|(first, last)| (Week::parse(first).unwrap().0..=Week::parse(last).unwrap().0).map(|week| Week(week).to_string()));
    assert_eq!(weeks, expected.collect::<Vec<_>>());
}
