//! Series by weight beside counts: what they say, what they say of the counts, and that alerts rest on counts.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod judged;

use judged::weeks::{FIRST, monday, week};
use judged::{Log, Run, count, day, inspections, log_with, pack, series};
use std::collections::BTreeMap;
use vocab::{
    assessment::{ConditionPhase, Mode, SeriesAssessment, Stream, Verdict},
    pack::{ExposureRule, Pack},
    quantity::Unit,
    series::Count,
    tally::{Sum, Tally},
    time::Day,
};

fn by_weight(exposure: ExposureRule) -> Pack {
    let mut pack = pack();
    pack.exposure = exposure;
    pack.measures.iter_mut().for_each(|measure| measure.weighed_in = Some(Unit::Tonne));
    pack
}

/// So many acts of so many tonnes each, as the register would tell them.
fn shipped(log: &mut Log, number: i32, counts: Count, (acts, tonnes): (i64, i64)) {
    let mut counted = inspections("KR/coal", monday(number).plus(2), acts);
    counted.cell.count = counts;
    let mut weighed = Tally { sum: sum((acts * tonnes, i128::from(acts * tonnes * tonnes))), ..counted.clone() };
    weighed.cell.series.unit = Unit::Tonne;
    [counted, weighed].into_iter().for_each(|tally| count(log, tally));
}

fn sum((weight, weight_squared): (i64, i128)) -> Sum {
    Sum { weight, weight_squared, ..Sum::default() }
}

/// A few more or fewer ships in each week, as a steady service has.
fn ships(number: i32, level: i64) -> i64 {
    level + [3, -4, 6, 0, -5, 2, -2][usize::try_from(number).unwrap() % 7] * level / 100
}

fn of_week(run: &Run, number: i32, unit: Unit) -> &SeriesAssessment {
    let assessment = run.assessments.iter().find(|one| one.week == week(number)).unwrap();
    assessment.series.iter().find(|one| one.measure == series("KR/coal").measure && one.unit == unit).unwrap()
}

/// Ships fall from 100 to 50 a week in week 110; each of them carries `later` tonnes from then on, and 30 before.
fn fall(later: i64, exposure: ExposureRule) -> Log {
    let mut log = log_with(by_weight(exposure), day(FIRST));
    for number in 0..130 {
        let now = if number < 110 { (ships(number, 100), 30) } else { (ships(number, 50), later) };
        shipped(&mut log, number, Count::Inspections, now);
        if exposure == ExposureRule::Reported {
            shipped(&mut log, number, Count::Exposure, (ships(number, 400), 35));
        }
    }
    log
}

fn end() -> Day {
    monday(130).plus(-1)
}

#[test]
fn a_weight_waits_until_its_typical_consignment_is_known_and_fixed() {
    let run = Run::of(&fall(30, ExposureRule::Absent), end());
    for number in [0, 40, 77] {
        let weighed = of_week(&run, number, Unit::Tonne);
        assert_eq!((weighed.verdict, weighed.consignment, weighed.streams.len()), (Verdict::Learning, None, 0), "week {number}");
        assert_eq!(weighed.seen, [30 * ships(number, 100), 0, 0], "week {number}");
    }
    for number in [78, 100, 129] {
        assert_eq!(of_week(&run, number, Unit::Tonne).consignment, Some(30.0), "week {number}");
    }
    let (counted, weighed) = (of_week(&run, 100, Unit::Count), of_week(&run, 100, Unit::Tonne));
    assert_eq!((counted.verdict, weighed.verdict), (Verdict::Normal, Verdict::Normal));
    assert!(counted.modes.has(Mode::WeighedSteady) && !weighed.modes.has(Mode::WeighedSteady));
    // What is expected is told in tonnes, as what is seen is.
    let expected = weighed.stream(Stream::Effort).unwrap().expected.unwrap().estimate;
    assert!((2_800.0..3_200.0).contains(&expected), "{expected}");
}

#[test]
fn ships_that_fall_while_tonnes_hold_page_on_counts_and_say_that_the_weight_is_steady() {
    for exposure in [ExposureRule::Absent, ExposureRule::Reported] {
        let run = Run::of(&fall(62, exposure), end());
        assert_eq!(run.told().lines().filter(|line| line.contains("fired")).count(), 1, "{}", run.told());
        assert!(run.told().lines().all(|line| line.contains("KR/coal 0 ") || line.contains("KR/coal 1 ")), "{}", run.told());
        let (counted, weighed) = (of_week(&run, 120, Unit::Count), of_week(&run, 120, Unit::Tonne));
        assert_eq!((counted.verdict, weighed.verdict), (Verdict::Slip, Verdict::Normal));
        assert!(counted.modes.has(Mode::WeighedSteady));
        assert_eq!(weighed.modes.has(Mode::Unadjusted), exposure == ExposureRule::Absent);
    }
}

#[test]
fn a_weight_that_falls_is_told_and_opens_nothing() {
    // As many ships as ever, each with a third of its cargo.
    let mut log = log_with(by_weight(ExposureRule::Absent), day(FIRST));
    for number in 0..130 {
        shipped(&mut log, number, Count::Inspections, (ships(number, 100), if number < 110 { 30 } else { 10 }));
    }
    let run = Run::of(&log, end());
    let (counted, weighed) = (of_week(&run, 120, Unit::Count), of_week(&run, 120, Unit::Tonne));
    assert_eq!((counted.verdict, weighed.verdict), (Verdict::Normal, Verdict::Slip));
    assert_eq!(weighed.stream(Stream::Effort).unwrap().phase, ConditionPhase::Firing);
    assert!(!counted.modes.has(Mode::WeighedSteady));
    assert_eq!(run.told(), "");
}

#[test]
fn counts_say_the_same_whether_or_not_they_are_weighed() {
    let mut stops = fall(62, ExposureRule::Reported);
    // A year of exposure, then none: the weight joins when the counts have long been judged without it.
    for batch in stops.values_mut() {
        batch.tallies.retain(|tally| tally.cell.count != Count::Exposure || tally.cell.occurred < monday(53));
    }
    for weighed in [fall(62, ExposureRule::Absent), fall(62, ExposureRule::Reported), stops] {
        let mut plain = weighed.clone();
        for batch in plain.values_mut() {
            batch.tallies.retain(|tally| tally.cell.series.unit == Unit::Count);
        }
        let (weighed, plain) = (Run::of(&weighed, end()), Run::of(&plain, end()));
        assert_eq!(weighed.told(), plain.told());
        for number in 0..130 {
            let mut counted = of_week(&weighed, number, Unit::Count).clone();
            counted.modes.0 &= !(Mode::WeighedSteady as u16);
            assert_eq!(counted, *of_week(&plain, number, Unit::Count), "week {number}");
        }
    }
}

#[test]
fn a_weight_beyond_what_a_week_holds_leaves_the_counts_alone() {
    let mut log = fall(30, ExposureRule::Absent);
    for _ in 0..2 {
        let mut heavy = inspections("KR/coal", monday(100), 0);
        (heavy.cell.series.unit, heavy.sum) = (Unit::Tonne, sum((2_000_000_000, 4_000_000_000_000_000_000)));
        count(&mut log, heavy);
    }
    let run = Run::of(&log, end());
    assert_eq!(of_week(&run, 99, Unit::Tonne).verdict, Verdict::Normal);
    assert_eq!((of_week(&run, 105, Unit::Tonne).verdict, of_week(&run, 105, Unit::Count).verdict), (Verdict::Gap, Verdict::Normal));
    assert_eq!(of_week(&run, 120, Unit::Count).verdict, Verdict::Slip);
}

#[test]
fn restarts_change_nothing() {
    let log = fall(62, ExposureRule::Reported);
    let whole = Run::of(&log, end());
    let (mut run, mut pages) = (Run::new(1), BTreeMap::new());
    for (&tick, batch) in &log {
        run.step(tick, batch);
        run.restart(&mut pages);
    }
    run.pass(end().last_tick());
    assert_eq!((run.told(), run.assessments), (whole.told(), whole.assessments));
}
