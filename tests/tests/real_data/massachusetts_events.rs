//! Massachusetts, what is said around dated events: snow, a manhunt, a law, a standstill, and the year that did not come back.
//! Expectations M5 to M10 of `tests/expectations/massachusetts.md`.
//!
//! Must never enter: a figure that the vector of the whole life already pins (`massachusetts.rs`).

use crate::{massachusetts::played, said};
use tests::real::{transitions, transitions_of};
use vocab::{
    alert::{Change, Rule, Transition},
    assessment::{Mode, SeriesAssessment, Verdict},
    time::{Day, Week},
};

/// Transitions of slippage from a day to a day, both included.
fn between(first: &str, last: &str) -> Vec<&'static Transition> {
    let days = Day::parse(first).unwrap()..=Day::parse(last).unwrap();
    transitions_of(Rule::Slippage, played()).into_iter().filter(|moved| days.contains(&moved.at.day())).collect()
}

/// What the only series says from a week to a week, both included.
fn weeks(first: &str, last: &str) -> Vec<(Week, &'static SeriesAssessment)> {
    said::weeks(played(), first, last)
}

fn day_of(moved: &Transition) -> String {
    moved.at.day().to_string()
}

/// M5.
#[test]
fn the_snow_of_2015_coincides_and_does_not_latch() {
    let moves = between("2015-01-26", "2015-05-31");
    let told: Vec<(String, &str)> = moves.iter().map(|moved| (day_of(moved), moved.change.as_str())).collect();
    assert_eq!(told, [("2015-02-15".to_owned(), "fired"), ("2015-04-05".to_owned(), "recovered")]);
    for moved in moves {
        let labels: Vec<&str> = moved.coincides.iter().map(|label| label.as_str()).collect();
        assert_eq!(labels, ["record snow in Boston"]);
    }
    let snow = weeks("2015-W05", "2015-W08");
    assert_eq!(snow.len(), 4);
    assert!(snow.iter().all(|(_, series)| series.modes.has(Mode::Coincides)));
    let later = weeks("2015-W15", "2015-W39");
    assert!(later.iter().all(|(_, series)| series.verdict != Verdict::Slip), "until the fall of that autumn nothing stands");
}

/// M6.
#[test]
fn one_short_week_moves_no_alert() {
    assert_eq!(between("2013-04-01", "2013-06-30"), Vec::<&Transition>::new());
    let marathon = weeks("2013-W16", "2013-W16");
    assert!(marathon.iter().all(|(_, series)| series.modes.has(Mode::Coincides)));
    assert!(weeks("2013-W16", "2013-W26").iter().all(|(_, series)| series.verdict != Verdict::Slip));
}

/// M7.
#[test]
fn a_law_that_comes_into_force_is_no_alarm() {
    assert_eq!(between("2020-02-17", "2020-03-15"), Vec::<&Transition>::new());
}

/// M8. That it is escalated by collapse on that day is the vector's.
#[test]
fn the_standstill_of_2020_is_critical_and_says_that_traffic_is_unknown() {
    let moves = between("2020-03-16", "2020-03-31");
    assert_eq!(moves.iter().map(|moved| day_of(moved)).collect::<Vec<_>>(), ["2020-03-22"]);
    assert_eq!(moves[0].severity.as_str(), "critical");
    assert!(moves[0].evidence.modes.has(Mode::Unadjusted));
    let labels: Vec<&str> = moves[0].coincides.iter().map(|label| label.as_str()).collect();
    assert!(labels.contains(&"state of emergency declared"), "{labels:?}");
}

/// M9 and M10.
#[test]
fn what_did_not_come_back_is_no_new_normal() {
    assert_eq!(between("2020-03-23", "2022-12-31"), Vec::<&Transition>::new());
    let last = weeks("2021-W01", "2021-W52");
    assert!(last.len() >= 51, "{}", last.len());
    assert!(last.iter().all(|(_, series)| series.verdict == Verdict::Slip));
    let rebased = transitions(played()).into_iter().filter(|moved| matches!(moved.change, Change::Rebased { .. })).count();
    assert_eq!(rebased, 0);
}
