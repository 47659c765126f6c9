//! Massachusetts over years: effort erodes against a reference that nothing moves, while no week of it stands out. Expectations M1
//! and M2 of `tests/expectations/massachusetts.md`, and M3: the mix of outcomes breaks.
//!
//! Must never enter: a reference chosen by its result; the shipped pack declares 2003 to 2007, as `detection.md` 6.1 does.

use crate::massachusetts::played;
use tests::real::{transitions, transitions_of};
use vocab::{
    alert::{Change, LongView, Rule},
    assessment::{Erosion, ErosionState, ErosionTurn, FiredBy, Interval, MixShift, Stream},
    time::{Day, Week},
};

/// What the comparison with the reference says at each close.
fn erosion() -> Vec<(Day, Erosion)> {
    played().assessments.iter().filter_map(|one| Some((one.day, **one.series[0].erosion.as_ref()?))).collect()
}

fn turns() -> Vec<(String, ErosionTurn)> {
    erosion().iter().filter_map(|(day, erosion)| Some((day.to_string(), erosion.turn?))).collect()
}

/// M1.
#[test]
fn a_long_erosion_warns_in_2010_and_is_critical_in_2011() {
    let turns = turns();
    let [(warned, ErosionTurn::Warned), (critical, ErosionTurn::Critical)] = turns.as_slice() else { panic!("{turns:?}") };
    assert!(("2010-10-01".."2011-01-01").contains(&warned.as_str()), "{warned}");
    assert!(("2011-10-01".."2011-12-01").contains(&critical.as_str()), "{critical}");
    let last = erosion();
    assert_eq!(last.last().unwrap().1.state, ErosionState::Critical, "it stands to the end of 2021");
    let moves = transitions_of(Rule::EffortErosion, played());
    let told: Vec<String> = moves.iter().map(|moved| format!("{} {}", moved.at.day(), moved.change.as_str())).collect();
    assert_eq!(told, [format!("{warned} fired"), format!("{critical} escalated")]);
    for moved in moves {
        assert!(matches!(moved.change, Change::Fired(FiredBy::Erosion) | Change::Escalated(FiredBy::Erosion)), "{:?}", moved.change);
        assert!(matches!(moved.evidence.long.as_deref(), Some(LongView::Erosion(_))));
    }
}

/// M1: .855 [.78, .93] in January 2011.
#[test]
fn the_ratio_of_january_2011_is_the_one_written_down() {
    let month = Day::parse("2011-01-01").unwrap()..Day::parse("2011-02-01").unwrap();
    let ratios: Vec<Interval> = erosion().iter().filter(|(day, _)| month.contains(day)).filter_map(|(_, erosion)| erosion.ratio).collect();
    assert_eq!(ratios.len(), 5, "a close a week");
    for ratio in ratios {
        let near = |is: f64, written: f64| (is - written).abs() <= 0.005;
        assert!(near(ratio.estimate, 0.855) && near(ratio.low, 0.78) && near(ratio.high, 0.93), "{ratio:?}");
    }
}

/// M2 (a) and (b).
#[test]
fn no_week_stood_out_while_effort_eroded() {
    let (warned, _) = &turns()[0];
    let slips = transitions_of(Rule::Slippage, played());
    assert!(slips.iter().all(|moved| moved.at.day().to_string() > *warned), "nothing of the weekly rule moved before {warned}");
    let collapses = transitions(played())
        .into_iter()
        .filter(|moved| matches!(moved.change, Change::Fired(FiredBy::Collapse) | Change::Escalated(FiredBy::Collapse)));
    let days: Vec<String> = collapses.map(|moved| moved.at.day().to_string()).collect();
    assert_eq!(days, ["2020-03-22"], "the test that one week can pass");
}

/// M2 (c): of the 52 weeks behind the first warning, those outside their own interval of 95 %.
#[test]
fn the_weeks_behind_the_first_warning_lie_where_chance_leaves_them() {
    let warned = Day::parse(&turns()[0].0).unwrap();
    let year: Vec<_> = played().assessments.iter().filter(|one| one.day <= warned && one.day > warned.plus(-364)).collect();
    assert_eq!(year.len(), 52);
    let outside = year.iter().filter(|one| {
        let series = &one.series[0];
        let expected = series.stream(Stream::Effort).unwrap().expected.unwrap();
        let seen = series.seen[0] as f64;
        seen < expected.low || seen > expected.high
    });
    assert!(outside.count() <= 3);
}

/// M3. Seen when it was expected, and first in another stratum: the share of CIVIL is ten points lower two weeks before that of WARN,
/// which took most of them, is ten points higher.
#[test]
fn the_mix_breaks_when_warnings_begin_to_be_recorded() {
    let seen: Vec<_> = played().assessments.iter().filter_map(|one| Some((one.week, one.series[0].mix.as_ref()?))).collect();
    let (week, shift) = seen[0];
    assert!((Week::parse("2017-W48").unwrap()..=Week::parse("2018-W26").unwrap()).contains(&week), "{week}");
    let told = |shift: &MixShift| format!("{} {:.3} {:.3}", shift.stratum.as_ref().map_or("", |one| one.as_str()), shift.before, shift.now);
    assert_eq!((week.to_string(), told(shift)), ("2018-W07".to_owned(), "CIVIL 0.649 0.546".to_owned()));
    assert!(shift.z.abs() >= 4.0);
    let last = played().assessments.last().unwrap().series[0].mix.as_ref();
    assert!(last.is_some(), "it stands until somebody sets the level anew");
}
