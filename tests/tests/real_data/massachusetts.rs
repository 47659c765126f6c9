//! The whole way on real data: twenty years of citations from the file that `slipwatch demo` carries, through mapping, history,
//! pack and every stage, against the vector that was computed apart, and every figure against the naive checker.
//!
//! Must never enter: a copy of the data or of the rules; they are the shipped ones.

use crate::said::decides_the_same;
use serde_json::Value;
use std::sync::OnceLock;
use tests::{
    agree::assert_agree,
    naive::Figures,
    play::Played,
    real::{Real, root, transitions_of},
};
use vocab::{
    alert::{AlertPhase, Change, Rule, Transition},
    assessment::{FiredBy, Verdict},
    time::{Day, Week},
};

/// The shipped data under the shipped rules.
pub(crate) fn shipped() -> Real {
    Real::shipped("ma-citations", "services/slipwatch/demo/daily.csv.gz").unwrap()
}

/// What came of them, computed once.
pub(crate) fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| shipped().play(1).unwrap())
}

/// A transition as the vector prints it: the morning after, what, the onset, the week of recovery.
fn row(moved: &Transition) -> [String; 4] {
    let what = match &moved.change {
        Change::Fired(FiredBy::Evidence) => "FIRE evidence".to_owned(),
        Change::Escalated(FiredBy::Collapse) => "escalate by collapse".to_owned(),
        other => other.as_str().to_owned(),
    };
    let recovery = match &moved.change {
        Change::Recovered(week) => week.monday().to_string(),
        _ => "None".to_owned(),
    };
    let onset = moved.evidence.onset().map_or_else(String::new, |onset| onset.week.monday().to_string());
    [moved.at.day().plus(1).to_string(), what, onset, recovery]
}

fn vector() -> Value {
    let text = std::fs::read_to_string(root().join("crates/surveillance/tests/vectors/ma_life.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn rows_of_vector() -> Vec<[String; 4]> {
    let vector = vector();
    let rows = vector["transitions"].as_array().unwrap();
    let cell = |row: &Value, at: usize| row[at].as_str().unwrap().to_owned();
    let what = |row: &Value| cell(row, 1).split(" rho").next().unwrap().to_owned();
    rows.iter().map(|row| [cell(row, 0), what(row), cell(row, 3), cell(row, 7)]).collect()
}

#[test]
fn twenty_years_of_citations_move_the_alert_as_the_vector_says() {
    let played = played();
    let moves = transitions_of(Rule::Slippage, played);
    let rows: Vec<[String; 4]> = moves.iter().map(|moved| row(moved)).collect();
    assert_eq!(rows.len(), 12);
    assert_eq!(rows, rows_of_vector());
    let last = moves.last().unwrap();
    assert_eq!(last.at.day(), Day::parse("2020-03-22").unwrap(), "the collapse pages at the close of its week");
    assert!(last.change.pages() && last.phase == AlertPhase::Firing, "and nothing ends the alert afterwards");
    let stands = played.assessments.iter().filter(|one| one.week >= Week::parse("2020-W12").unwrap());
    let weeks: Vec<(Week, Verdict)> = stands.map(|one| (one.week, one.series[0].verdict)).collect();
    assert!(weeks.iter().all(|(_, verdict)| *verdict == Verdict::Slip), "{weeks:?}");
    assert!(weeks.last().unwrap().0 >= Week::parse("2021-W50").unwrap(), "it stands through 2021: {weeks:?}");
}

#[test]
fn the_figures_of_twenty_years_are_those_of_the_naive_checker() {
    let played = played();
    let seen: Vec<i64> = played.assessments.iter().map(|one| one.series[0].seen[0]).collect();
    let counts: Vec<i64> = vector()["counts"].as_array().unwrap().iter().map(|count| count.as_i64().unwrap()).collect();
    assert_eq!(seen, counts, "binding citations of every week");
    assert_agree("massachusetts", played, &Figures::of(&played.admitted));
}

#[test]
fn twenty_years_come_to_the_same_on_any_number_of_partitions() {
    decides_the_same(&shipped(), played());
}
