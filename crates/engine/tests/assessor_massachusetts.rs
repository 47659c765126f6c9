//! Twenty years of one real series through assessor and sentinel: the transitions of the vector `ma_life`, as alerts.

mod judged;

use judged::{Run, count, day, inspections, listed, log_with, measure, pack};
use vocab::{
    alert::{Change, Decision},
    assessment::{Erosion, ErosionTurn, Interval},
    pack::{ErosionReference, Pack},
    time::{Day, Week},
};

const VECTOR: &str = include_str!("../../surveillance/tests/vectors/ma_life.json");

/// Binding citations by week.
fn counts() -> Vec<i64> {
    let (_, from) = VECTOR.split_once("\"counts\": [").expect("the vector has counts");
    let (counts, _) = from.split_once(']').expect("which end");
    counts.split(',').map(|count| count.trim().parse().expect("and are numbers")).collect()
}

#[test]
fn the_alerts_of_massachusetts_are_those_of_the_vector() {
    let first = day("2001-12-31");
    let pack = Pack { measures: vec![measure("citations")], jurisdictions: listed(&["US-MA"]), first_week: Some(first.week()), ..pack() };
    let mut log = log_with(pack, first);
    let counts = counts();
    for (number, &acts) in (0..).zip(&counts) {
        count(&mut log, inspections("US-MA/citations", first.plus(7 * number + 3), acts));
    }
    let run = Run::of(&log, first.plus(7 * i32::try_from(counts.len()).expect("some thousand weeks") - 1));
    let told: Vec<String> = run.decisions.iter().filter_map(line).collect();
    assert_eq!(
        told,
        [
            // Day of the close's morning after, onset, recovery: as the vector prints them.
            "2011-01-31 fired Evidence 2010-12-20",
            "2011-03-21 recovered 2010-12-20 from 2011-02-28",
            "2014-01-06 fired Evidence 2013-11-04",
            "2014-02-03 recovered 2013-11-04 from 2014-01-13",
            "2015-02-16 fired Evidence 2015-01-26",
            "2015-04-06 recovered 2015-01-26 from 2015-03-09",
            "2015-12-07 fired Evidence 2015-09-28",
            "2016-04-25 recovered 2015-09-28 from 2016-04-04",
            "2016-11-14 fired Evidence 2016-09-19",
            "2017-05-29 recovered 2016-09-19 from 2017-05-08",
            "2017-08-07 fired Evidence 2017-05-29",
            "2020-03-23 escalated Collapse 2017-05-29",
        ]
    );
    assert_eq!(run.assessments.len(), counts.len());
}

/// `detection.md` §6.1: the figures that are written there for this series.
#[test]
fn the_erosion_of_massachusetts_is_the_one_written_down() {
    let first = day("2001-12-31");
    let week = |text: &str| Week::parse(text).expect("a week");
    let erosion = ErosionReference { first: week("2003-W01"), last: week("2007-W52") };
    let mut log = log_with(
        Pack {
            measures: vec![measure("citations")],
            jurisdictions: listed(&["US-MA"]),
            first_week: Some(first.week()),
            erosion: Some(erosion),
            ..pack()
        },
        first,
    );
    for (number, &acts) in (0..).zip(&counts()) {
        count(&mut log, inspections("US-MA/citations", first.plus(7 * number + 3), acts));
    }
    let run = Run::of(&log, day("2013-01-06"));
    let told: Vec<(Day, Erosion)> =
        run.assessments.iter().filter_map(|one| Some((one.day, **one.series.first()?.erosion.as_ref()?))).collect();
    let turns: Vec<(String, ErosionTurn)> = told.iter().filter_map(|(day, erosion)| Some((day.to_string(), erosion.turn?))).collect();
    let [(warned, ErosionTurn::Warned), (critical, ErosionTurn::Critical)] = &turns[..] else { panic!("{turns:?}") };
    assert!(("2010-10-01".."2011-01-01").contains(&warned.as_str()), "{warned}");
    assert!(("2011-10-01".."2011-12-01").contains(&critical.as_str()), "{critical}");
    let of_january = told.iter().filter(|(day, _)| day.to_string().starts_with("2011-01"));
    let ratios: Vec<Interval> = of_january.filter_map(|(_, erosion)| erosion.ratio).collect();
    let near = |ratio: &Interval| {
        [(ratio.estimate, 0.855), (ratio.low, 0.78), (ratio.high, 0.93)].iter().all(|(found, wanted)| (found - wanted).abs() < 0.005)
    };
    assert!(ratios.iter().any(near), "{ratios:?}");
}

fn line(decision: &Decision) -> Option<String> {
    let Decision::Transition(moved) = decision else { return None };
    let morning: Day = moved.at.day().plus(1);
    let onset = moved.evidence.onset().map_or_else(String::new, |onset| onset.week.monday().to_string());
    let word = moved.change.as_str();
    Some(match &moved.change {
        Change::Fired(by) | Change::Reopened(by) | Change::Escalated(by) => format!("{morning} {word} {by:?} {onset}"),
        Change::Recovered(from) => format!("{morning} {word} {onset} from {}", from.monday()),
        Change::Acknowledged { .. }
        | Change::AcknowledgementExpired
        | Change::Faded
        | Change::Closed { .. }
        | Change::Rebased { .. }
        | Change::Recalled { .. }
        | Change::Reclassified { .. }
        | Change::Noted
        | Change::Ended => format!("{morning} {word}"),
    })
}
