//! What must not matter does not: random logs with falls, late and withdrawn reports, outages and acts are judged in several
//! partitions, at any pace, shuffled and split within each tick, restarted anywhere; every decision and seal stays the same.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod judged;

use judged::disturbed::{Dice, disturbed};
use judged::{Log, Run, act, affects, count, day, inspections, log_with, note, pack, record, seen, series, tally, told};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use std::collections::BTreeMap;
use vocab::{
    act::Deed,
    alert::{Decision, Rule},
    assessment::{ConditionPhase, SeriesAssessment},
    series::{Count, SeriesKey},
    tally::{Fact, Matter, Note, Sum, Tally, Withdrawal},
    time::{Day, Tick, Week},
};

const NAMES: [&str; 6] = ["AA/coal", "AA/fish", "BC/arms", "BC/coal", "BC/fish", "KR/coal"];
const WEEKS: i32 = 110;

fn first() -> Day {
    day("2018-01-01")
}

fn end() -> Day {
    first().plus(7 * WEEKS - 1)
}

/// Reports of one series on one day: on time or late, some withdrawn later.
fn report(log: &mut Log, dice: &mut Dice, name: &str, on: Day, level: i64) {
    let known = if dice.one_in(4) { on.plus(dice.days(30)) } else { on };
    let acts = level / 2 + dice.small(level.unsigned_abs() + 1);
    if acts == 0 || known > end() {
        return;
    }
    count(log, tally(name, Count::Inspections, (on, known), acts));
    if dice.one_in(3) {
        count(log, tally(name, Count::Interdictions, (on, known), 1));
    }
    let taken_back = known.plus(1 + dice.days(60));
    if dice.one_in(12) && taken_back <= end() {
        let mut back = tally(name, Count::Inspections, (on, known), -acts);
        back.known = taken_back.last_tick();
        count(log, back);
        let record = record(u8::try_from(dice.below(250)).unwrap());
        let withdrawal =
            Withdrawal { record, regime: judged::regime(), known: taken_back.last_tick(), occurred: on, series: vec![series(name)] };
        log.entry(taken_back.last_tick()).or_default().facts.push(Fact::Withdrawn(withdrawal));
    }
}

/// A log in which some series fall, some sources fall silent, and an outage is declared.
fn log_of(dice: &mut Dice) -> Log {
    let mut log = log_with(pack(), first());
    let silence = (400 + dice.days(250), 20 + dice.days(60));
    for name in NAMES {
        let begins = dice.days(200);
        let (fall, back) = (350 + dice.days(300), 30 + dice.days(200));
        for number in begins..7 * WEEKS {
            let is_silent = name.starts_with('B') && (silence.0..silence.0 + silence.1).contains(&number);
            let level = if (fall..fall + back).contains(&number) && !name.ends_with("arms") { 1 } else { 6 };
            if !is_silent {
                report(&mut log, dice, name, first().plus(number), level);
            }
        }
    }
    for number in 0..7 * WEEKS {
        let mut any = inspections("BC/any", first().plus(number), 4);
        any.sum = Sum { acts: 4, measures: 6, measures_squared: 10, ..Sum::default() };
        count(&mut log, any);
    }
    let from = first().plus(380 + dice.days(200));
    let outage = Deed::DeclareOutage { affects: affects(Some("KR"), None), from, until: from.plus(20) };
    told(&mut log, note(251, from.plus(dice.days(40)).last_tick(), act(outage)));
    log
}

/// Acts on alerts as they were seen, some of them too late.
fn with_acts(mut log: Log, dice: &mut Dice) -> Log {
    let plain = Run::of(&log, end());
    for (number, moved) in (1..250).zip(plain.transitions()) {
        let at = Tick(moved.at.0 + 1 + dice.small(3_000_000));
        let name = moved.series.to_string();
        let seen = seen(&name, moved.alert, moved.n);
        let week = at.day().week();
        let deed = match dice.below(5) {
            0 => Deed::Close { seen },
            1 => Deed::Rebase { series: moved.series.clone(), from: Week(week.0 - 12), until: Week(week.0 - 1) },
            2 => Deed::Rebase { series: moved.series.clone(), from: Week(week.0), until: week },
            _ => Deed::Acknowledge { seen, until: at.day().plus(dice.days(30)).last_tick().start() },
        };
        if at <= end().last_tick() {
            told(&mut log, note(number, at, act(deed)));
        }
    }
    log
}

/// Counts recomputed the long way: whatever was known of a week at its close.
fn seen_naively(log: &Log, key: &SeriesKey, week: Week) -> [i64; 3] {
    let known = log.range(..=week.sunday().last_tick()).flat_map(|(_, batch)| &batch.tallies);
    let of_week: Vec<&Tally> = known.filter(|tally| tally.cell.series == *key && tally.cell.occurred.week() == week).collect();
    Count::ALL.map(|count| of_week.iter().filter(|tally| tally.cell.count == count).map(|tally| tally.sum.acts).sum())
}

fn key_of(one: &SeriesAssessment, jurisdiction: &vocab::name::JurisdictionCode) -> SeriesKey {
    SeriesKey { regime: judged::regime(), jurisdiction: jurisdiction.clone(), measure: one.measure.clone(), unit: one.unit }
}

/// The alerts that stand at the end of a day, by what was told of them.
fn standing(run: &Run, at: Tick) -> Vec<String> {
    let mut phases = BTreeMap::new();
    for moved in run.transitions().filter(|moved| moved.rule == Rule::Slippage && moved.at <= at) {
        phases.insert(moved.series.to_string(), moved.phase);
    }
    phases.into_iter().filter(|(_, phase)| phase.is_open()).map(|(name, _)| name).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn partitions_pace_order_splits_and_restarts_change_nothing(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let base = log_of(&mut dice);
        let log = with_acts(base, &mut dice);
        let plain = Run::of(&log, end());
        prop_assert!(!plain.assessments.is_empty());
        for (partitions, restarts) in [(1, 0), (3, 40), (16, 15)] {
            let other = disturbed(&log, (partitions, restarts), end(), &mut dice);
            prop_assert_eq!(&plain.assessments, &other.assessments, "{} partitions", partitions);
            prop_assert_eq!(&plain.decisions, &other.decisions, "{} partitions", partitions);
        }
    }

    #[test]
    fn condition_and_alert_agree_at_every_close(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let base = log_of(&mut dice);
        let log = with_acts(base, &mut dice);
        let run = Run::of(&log, end());
        let mut firing: BTreeMap<Day, Vec<String>> = BTreeMap::new();
        for assessment in &run.assessments {
            let names = firing.entry(assessment.day).or_default();
            for one in &assessment.series {
                let key = key_of(one, &assessment.jurisdiction);
                prop_assert_eq!(one.seen, seen_naively(&log, &key, assessment.week), "{} in {}", key, assessment.week);
                if one.streams.iter().any(|stream| stream.phase == ConditionPhase::Firing) {
                    names.push(key.to_string());
                }
            }
        }
        for (day, names) in firing {
            prop_assert_eq!(names, standing(&run, day.last_tick()), "at the close of {}", day);
        }
        let is_act = |fact: &&Fact| matches!(fact, Fact::Told(Note { matter: Matter::Act(_), .. }));
        let acts = log.values().flat_map(|batch| &batch.facts).filter(is_act).count();
        let answers = run.decisions.iter().filter(|decision| matches!(decision, Decision::Answer(_))).count();
        prop_assert_eq!(answers, acts, "every act is answered once");
    }
}
