//! Several conditions of one series are one alert: what each of them does to it, as tables.

use crate::{
    judged::{instant, seen, week},
    script::{FIRED, Script, alert, assessed, stream, sunday},
};
use vocab::{
    act::Deed,
    assessment::{ConditionPhase, FiredBy, Stream, StreamAssessment, Turn},
};

/// One word a stream and week: `.` quiet, `f` fires, `|` stands, `e` escalates, `r` recovers, `d` fades, `x` is recalled.
fn did(which: Stream, word: char, number: i32) -> StreamAssessment {
    let (phase, turn) = match word {
        '.' => (ConditionPhase::Quiet, None),
        'f' => (ConditionPhase::Firing, FIRED),
        '|' => (ConditionPhase::Firing, None),
        'e' => (ConditionPhase::Firing, Some(Turn::Escalated(FiredBy::Collapse))),
        'r' => (ConditionPhase::Quiet, Some(Turn::Recovered(vocab::time::Week(week("2020-W12").0 + number)))),
        'd' => (ConditionPhase::Quiet, Some(Turn::Faded)),
        'x' => (ConditionPhase::Quiet, Some(Turn::Recalled)),
        other => panic!("no week is called {other}"),
    };
    StreamAssessment { phase, turn, ..stream(which, Some(if which == Stream::Effort { 9.0 } else { 8.0 })) }
}

/// What is told of the alert, week by week from 2020-03-22 on.
fn told(effort: &str, yields: &str) -> Vec<String> {
    let mut script = Script::from("2020-03-01");
    for (number, (one, other)) in effort.chars().zip(yields.chars()).enumerate() {
        let number = i32::try_from(number).unwrap();
        let streams = vec![did(Stream::Effort, one, number), did(Stream::Yield, other, number)];
        script.weigh_all(&[assessed(sunday(number), "KR/coal", streams)]);
    }
    let week = |moved: &vocab::alert::Transition| (moved.at.day().0 - sunday(0).0) / 7;
    // Names are for another test: here only what begins and ends.
    let moved = script.transitions().into_iter().filter(|moved| moved.change.as_str() != "reclassified");
    moved.map(|moved| format!("{} {}", week(moved), moved.change.as_str())).collect()
}

#[test]
fn an_alert_opens_with_the_first_condition_and_ends_with_the_last() {
    let table = [
        ("f|r", "...", vec!["0 fired", "2 recovered"]),
        ("f|r..", ".f||d", vec!["0 fired", "4 recovered"]),
        ("f|d..", ".f||r", vec!["0 fired", "4 recovered"]),
        // Undone altogether, or only in part.
        ("f|x..", ".f||x", vec!["0 fired", "4 recalled"]),
        ("f|x..", ".f||d", vec!["0 fired", "4 faded"]),
        ("f|r..", ".f||x", vec!["0 fired", "4 recovered"]),
        // One ends as the other fires: the same alert goes on.
        ("f|r..", "..f|d", vec!["0 fired", "4 recovered"]),
        ("f|r", "f|r", vec!["0 fired", "2 recovered"]),
        // Either may make it worse; both at once page once.
        ("f|ee.", ".f|e|", vec!["0 fired", "2 escalated", "3 escalated"]),
        (".....", "f|e|r", vec!["0 fired", "2 escalated", "4 recovered"]),
        // It comes again within the weeks of merging, by another condition.
        ("f|r..", "....f", vec!["0 fired", "2 recovered", "4 reopened"]),
    ];
    for (effort, yields, want) in table {
        let found = told(effort, yields);
        let want: Vec<String> = want.into_iter().map(str::to_owned).collect();
        assert_eq!(found, want, "{effort} beside {yields}");
    }
}

#[test]
fn closing_and_setting_a_level_anew_end_the_alert_whatever_stands() {
    for is_closed in [true, false] {
        let mut script = Script::from("2020-03-01");
        let weigh = |script: &mut Script, number: i32, one, other| {
            let streams = vec![did(Stream::Effort, one, number), did(Stream::Yield, other, number)];
            script.weigh_all(&[assessed(sunday(number), "KR/coal", streams)]);
        };
        weigh(&mut script, 0, 'f', 'f');
        let fired = alert("KR/coal", "2020-03-22");
        let deed = if is_closed {
            Deed::Close { seen: seen("KR/coal", fired, 1) }
        } else {
            Deed::Rebase { series: crate::judged::series("KR/coal"), from: week("2020-W09"), until: week("2020-W12") }
        };
        script.act("2020-03-23T09:00:00Z", 1, deed);
        // The assessor hears of the act as well: its conditions are quiet from then on.
        weigh(&mut script, 1, '.', '.');
        weigh(&mut script, 2, '.', 'f');
        let until = instant("2020-05-01T00:00:00Z");
        script.act("2020-04-06T09:00:00Z", 2, Deed::Acknowledge { seen: seen("KR/coal", fired, 3), until });
        let word = if is_closed { "closed" } else { "rebased" };
        script.check(&format!(
            "2020-03-22T23:59:59.750Z KR/coal 1 fired by evidence -> firing
             2020-03-23T09:00:00Z KR/coal 2 {word} -> resolved
             2020-03-23T09:00:00Z act 1 Applied
             2020-04-05T23:59:59.750Z KR/coal 3 reopened by evidence -> firing
             2020-04-06T09:00:00Z KR/coal 4 acknowledged until 2020-05-01T00:00:00Z -> acknowledged
             2020-04-06T09:00:00Z act 2 Applied"
        ));
    }
}
