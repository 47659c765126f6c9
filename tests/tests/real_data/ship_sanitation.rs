//! Inspections of cruise ships: small counts with results. Expectations C1 to C6 of `tests/expectations/ship-sanitation.md`.
//!
//! Must never enter: a pack of the test's own; where one line of the shipped pack is left out, the test says which.

use crate::said::{decides_the_same, weeks};
use std::sync::OnceLock;
use tests::{
    agree::assert_agree,
    naive::Figures,
    play::Played,
    real::{Real, transitions},
};
use vocab::{
    assessment::Verdict,
    time::{Day, Week},
};

pub(crate) fn shipped() -> Real {
    Real::shipped("cdc-vsp", "tests/data/cdc-vsp/inspections.csv.gz").unwrap()
}

/// The shipped rules: series from 2009 on.
pub(crate) fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| shipped().play(1).unwrap())
}

/// The shipped rules without the line that says where the series begin: from the first row of 1990 on.
fn played_from_the_first_row() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| shipped().with_pack_changed("first_week = \"2009-W01\"\n", "").unwrap().play(1).unwrap())
}

/// The days of pages from a day to a day, both included.
pub(crate) fn pages(played: &Played, first: &str, last: &str) -> Vec<String> {
    let days = Day::parse(first).unwrap()..=Day::parse(last).unwrap();
    let pages = transitions(played).into_iter().filter(|moved| moved.change.pages() && days.contains(&moved.at.day()));
    pages.map(|moved| format!("{} {}", moved.at.day(), moved.change.as_str())).collect()
}

/// Every row counts: no refusal, no conflict, and a find beside each inspection that failed.
#[test]
fn every_inspection_and_every_find_counts() {
    let mut ledger = vocab::tally::Ledger::default();
    played().ledger.values().for_each(|line| ledger += *line);
    assert_eq!((played().refused.len(), ledger.conflicts, ledger.late, ledger.unlisted), (0, 0, 0, 0));
    let seen = |at: usize| played().assessments.iter().map(|one| one.series[0].seen[at]).sum::<i64>();
    assert_eq!((seen(0), seen(1)), (1674, 48), "rows from 2008-12-29 to 2016-01-03, and the failed among them");
}

/// C1.
#[test]
fn the_shutdown_of_2013_without_a_fall_is_no_alarm() {
    assert_eq!(pages(played(), "2013-09-30", "2014-03-31"), Vec::<String>::new());
    let october = weeks(played(), "2013-W40", "2013-W44");
    assert_eq!(october.len(), 5);
    for (week, series) in october {
        assert_eq!(series.verdict, Verdict::Normal, "{week}");
    }
}

/// What the guide to packs says of this file (deploy/regimes/README.md): judged from the first row on, nothing could be seen.
#[test]
fn where_a_series_begins_decides_what_can_be_seen() {
    let power = |played| weeks(played, "2013-W40", "2013-W40")[0].1.power.half_in_26_weeks;
    let told = |power: f64| format!("{power:.3}");
    assert_eq!((told(power(played_from_the_first_row())), told(power(played()))), ("0.014".to_owned(), "0.839".to_owned()));
    let october = weeks(played_from_the_first_row(), "2013-W40", "2013-W44");
    assert!(october.iter().all(|(_, series)| series.verdict == Verdict::Insufficient));
}

/// Every figure against the checker that computes it apart, and the same decisions on any number of partitions.
#[test]
fn the_figures_are_those_of_the_naive_checker_on_any_number_of_partitions() {
    assert_agree("ship sanitation", played(), &Figures::of(&played().admitted));
    decides_the_same(&shipped(), played());
}

/// C2. Half of the weeks are not `insufficient`, as was expected, but `watch`: of two verdicts that hold the worse is said. In none
/// of them could a fall by half have been seen, and none is `normal`.
#[test]
fn a_sample_too_small_is_never_called_healthy() {
    let winter = weeks(played_from_the_first_row(), "1995-W46", "1996-W01");
    let told: Vec<&str> = winter.iter().map(|(_, series)| series.verdict.as_str()).collect();
    let (early, late) = (["insufficient"; 4], ["watch"; 4]);
    assert_eq!(told, [early, late].concat());
    assert!(winter.iter().all(|(_, series)| series.power.half_in_26_weeks < 0.01));
}

/// C3.
#[test]
fn no_week_before_2000_is_normal() {
    let before = weeks(played_from_the_first_row(), "1990-W01", "1999-W52");
    assert!(before.len() > 500, "{}", before.len());
    let normal: Vec<Week> = before.iter().filter(|(_, series)| series.verdict == Verdict::Normal).map(|(week, _)| *week).collect();
    assert_eq!(normal, Vec::<Week>::new());
    assert_eq!(pages(played_from_the_first_row(), "1990-01-01", "1999-12-31"), Vec::<String>::new());
}

/// C4.
#[test]
fn the_growth_of_an_archive_is_in_no_baseline() {
    let first = played().assessments.iter().find(|one| one.series.iter().any(|series| series.seen[0] > 0)).unwrap();
    assert!(first.week >= Week::parse("2009-W01").unwrap(), "{}", first.week);
}
