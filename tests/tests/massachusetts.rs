//! The whole way on real data: twenty years of citations from the file that `slipwatch demo` carries, through mapping, history,
//! pack and every stage, against the vector that was computed apart, and every figure against the naive checker.
//!
//! Must never enter: a copy of the data or of the rules; they are the shipped ones.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its vector has failed")]

use engine::{intake::Pace, register::Bucket};
use journal::Retention;
use serde_json::Value;
use slipwatch::{
    failure::Failure,
    file::failed,
    history::{FileFrom, History, Reading},
    intaking::{HistoryFeed, Intaking},
    message::{ADMITTED, Message},
    replay::{Left, Outlet, Stages, memory, replay},
    rules,
    stages::Statistic,
};
use std::{path::PathBuf, sync::Arc};
use tests::{agree::assert_agree, naive::Figures, play::Played, transcript};
use vocab::{
    alert::{AlertPhase, Change, Decision, Transition},
    assessment::{FiredBy, Verdict},
    time::{Day, Week},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Keeps what leaves the log.
#[derive(Default)]
struct Kept(Played);

impl Outlet for Kept {
    fn take(&mut self, left: Left) -> Result<(), Failure> {
        left.records.into_iter().flatten().for_each(|message| self.0.take(message));
        Ok(())
    }
}

/// The shipped data under the shipped rules, on so many partitions.
fn played(partitions: u32) -> Result<Played, Failure> {
    let mapping = rules::mapping(&root().join("deploy/mappings/ma-citations.toml"))?;
    let reading = Reading::Mapped(Arc::new(mapping));
    let pack = rules::pack(&root().join("deploy/regimes/ma-citations.toml"))?;
    let files = FileFrom::whole(&[root().join("services/slipwatch/demo/daily.csv.gz")]);
    let history = History::open(&reading, &files, None)?;
    let mut store = memory(Retention::All, partitions);
    let intaking = Intaking::open(&mut store, Pace::History, partitions).map_err(failed)?;
    let mut feed = HistoryFeed::new(intaking, history, None, Box::new(|_, _| None)).with_pack(Some(pack));
    let mut stages = Stages::new(partitions, Bucket::Day, Statistic::Off);
    let mut kept = Kept::default();
    replay(&mut store, &mut stages, &mut feed, &mut kept)?;
    let Kept(mut played) = kept;
    for partition in 0..partitions {
        for message in store.drain(ADMITTED, partition).map_err(failed)? {
            match message {
                // A pack stands in every partition; the log has it once.
                Message::Admitted(admitted) if partition == 0 || admitted.origin != 0 => played.admitted.push(admitted),
                _ => {}
            }
        }
    }
    let counts = feed.history().counts();
    played.received = counts.events + counts.refused.values().sum::<u64>() + 1;
    played.sort();
    Ok(played)
}

fn transitions(played: &Played) -> Vec<&Transition> {
    let moves = played.decisions.iter().filter_map(|(_, decision)| match &**decision {
        Decision::Transition(moved) => Some(moved),
        Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_) => None,
    });
    moves.collect()
}

/// A transition as the vector prints it: the morning after, what, the onset, the week of recovery.
fn row(moved: &Transition) -> [String; 4] {
    let what = match &moved.change {
        Change::Fired(FiredBy::Evidence) => "FIRE evidence".to_owned(),
        Change::Escalated(FiredBy::Collapse) => "escalate by collapse".to_owned(),
        Change::Fired(_)
        | Change::Escalated(_)
        | Change::Reopened(_)
        | Change::Acknowledged { .. }
        | Change::AcknowledgementExpired
        | Change::Recovered(_)
        | Change::Faded
        | Change::Closed { .. }
        | Change::Rebased { .. }
        | Change::Recalled { .. }
        | Change::Reclassified { .. }
        | Change::Noted
        | Change::Ended => moved.change.as_str().to_owned(),
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
    let played = played(1).unwrap();
    let moves = transitions(&played);
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
    let played = played(1).unwrap();
    let seen: Vec<i64> = played.assessments.iter().map(|one| one.series[0].seen[0]).collect();
    let counts: Vec<i64> = vector()["counts"].as_array().unwrap().iter().map(|count| count.as_i64().unwrap()).collect();
    assert_eq!(seen, counts, "binding citations of every week");
    assert_agree("massachusetts", &played, &Figures::of(&played.admitted));
}

#[test]
fn twenty_years_come_to_the_same_on_any_number_of_partitions() {
    let one = transcript::decided(&played(1).unwrap());
    for partitions in [3, 16] {
        assert!(transcript::decided(&played(partitions).unwrap()) == one, "{partitions} partitions decide something else");
    }
}
