//! The invariances of the judgement (`detection.md` §8), by their numbers, over logs in which all five streams speak: effort, finds,
//! delays and traffic each change somewhere, and reports come late.
//!
//! What is compared is every word of assessments and alerts. A find that the logs do not hold is a failure of its own
//! (`every_stream_speaks`). What must never enter: a tolerance.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod judged;

use judged::disturbed::{Dice, disturbed};
use judged::{Log, Run, count, day, listed, log_with, measure, pack, tally};
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use vocab::{
    alert::Transition,
    assessment::{Assessment, ConditionPhase, Stream},
    pack::{ExposureRule, Jurisdiction, Jurisdictions, Pack},
    series::{Count, MeasureKey},
    tally::{Sum, Tally},
    time::{Day, Week},
};

const WEEKS: i32 = 112;
/// Effort falls, finds fall, reports come later, traffic falls, traffic rises.
const NAMES: [&str; 5] = ["AA/coal", "AA/fish", "BC/coal", "BC/fish", "KR/coal"];

fn first() -> Day {
    day("2018-01-01")
}

fn end_of(first: Day) -> Day {
    first.plus(7 * WEEKS - 1)
}

fn trial() -> Pack {
    Pack { exposure: ExposureRule::Reported, ..pack() }
}

/// A week of one series: acts, how many of them found something, traffic, and how many acts are told late by how many weeks.
struct Drawn {
    acts: i64,
    finds: i64,
    traffic: i64,
    late: i64,
    late_weeks: i32,
}

fn drawn(name: &str, week: i32, dice: &mut Dice) -> Drawn {
    let has_changed = |of: &str, from: i32| name == of && week >= from;
    let acts = 20 + dice.small(9) - if has_changed("AA/coal", 86) { 18 } else { 0 };
    let finds = if has_changed("AA/fish", 70) { 0 } else { 7 + dice.small(5) };
    let traffic = match () {
        () if has_changed("BC/fish", 80) => 30 + dice.small(9),
        () if has_changed("KR/coal", 80) => 220 + dice.small(30),
        () => 90 + dice.small(20),
    };
    let (late, late_weeks) = if has_changed("BC/coal", 80) { (15, 3 + dice.days(3)) } else { (dice.small(4), 1 + dice.days(3)) };
    Drawn { acts, finds: finds.min(acts), traffic, late: late.min(acts), late_weeks }
}

/// A log that begins on a Monday.
fn log_of(pack: Pack, first: Day, dice: &mut Dice) -> Log {
    let mut log = log_with(pack, first);
    for week in 0..WEEKS {
        for name in NAMES {
            let of = drawn(name, week, dice);
            let on = first.plus(7 * week + dice.days(5));
            let parts = [
                (Count::Inspections, of.acts - of.late, on),
                (Count::Inspections, of.late, on.plus(7 * of.late_weeks)),
                (Count::Interdictions, of.finds, on.plus(1)),
                (Count::Exposure, of.traffic, on.plus(1)),
            ];
            for (of, acts, known) in parts {
                if acts > 0 && known <= end_of(first) {
                    count(&mut log, tally(name, of, (on, known), acts));
                }
            }
        }
    }
    log
}

/// Every word of what is said of jurisdictions, but for names and hashes of names; dates as if all had begun so many weeks earlier.
fn words(run: &Run, rename: &BTreeMap<&str, &str>, weeks: i64) -> Vec<String> {
    let said = run.assessments.iter().map(|one| serde_json::to_value(one).unwrap());
    let moved = run.transitions().map(|one| serde_json::to_value(one).unwrap());
    let mut values: Vec<Value> = said.chain(moved).collect();
    values.iter_mut().for_each(|value| plain(value, rename, weeks));
    values.iter().map(Value::to_string).collect()
}

fn plain(value: &mut Value, rename: &BTreeMap<&str, &str>, weeks: i64) {
    match value {
        Value::Object(fields) => {
            for name in ["id", "alert", "claim", "previous", "pack"] {
                fields.remove(name);
            }
            for (name, field) in fields {
                let by = match name.as_str() {
                    "week" | "onset" | "earliest" | "latest" | "Recovered" => weeks,
                    "day" | "opened" => 7 * weeks,
                    "at" => (first().plus(7).last_tick().0 - first().last_tick().0) * weeks,
                    _ => 0,
                };
                match field.as_i64() {
                    Some(number) if by != 0 => *field = (number - by).into(),
                    Some(_) | None => plain(field, rename, weeks),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| plain(item, rename, weeks)),
        Value::String(text) => {
            if let Some(name) = rename.get(text.as_str()) {
                *text = (*name).to_owned();
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn of<'a>(run: &'a Run, code: &str) -> (Vec<&'a Assessment>, Vec<&'a Transition>) {
    let said = run.assessments.iter().filter(|one| one.jurisdiction.as_str() == code).collect();
    (said, run.transitions().filter(|moved| moved.series.jurisdiction.as_str() == code).collect())
}

fn without(log: &Log, code: &str) -> Log {
    let mut log = log.clone();
    log.values_mut().for_each(|batch| batch.tallies.retain(|tally| tally.cell.series.jurisdiction.as_str() != code));
    log
}

/// The names that the others stand for, each pair in the same order.
const RENAMED: [(&str, &str); 6] = [("AA", "AB"), ("BC", "PQ"), ("KR", "ZA"), ("arms", "ash"), ("coal", "bees"), ("fish", "tea")];

fn renamed(log: &Log) -> Log {
    let names: BTreeMap<&str, &str> = RENAMED.into();
    let pack = Pack { measures: ["ash", "bees", "tea"].map(measure).into(), ..trial() };
    let mut other = log_with(pack, first());
    for of in log.values().flat_map(|batch| &batch.tallies) {
        let MeasureKey::One(id) = &of.cell.series.measure else { unreachable!("every tally is of one measure") };
        let mut cell = of.cell.clone();
        cell.series = judged::series(&format!("{}/{}", names[of.cell.series.jurisdiction.as_str()], names[id.as_str()]));
        count(&mut other, Tally { cell, ..of.clone() });
    }
    other
}

/// The log with sums that are taken back: within their week, or, of a week long closed, taken back and told again within one week.
fn with_pairs(log: &Log, dice: &mut Dice) -> Log {
    let mut other = log.clone();
    for of in log.values().flat_map(|batch| &batch.tallies) {
        let monday = of.known.day().week().monday();
        let known = |log: &mut Log, day: Day, acts: i64| {
            count(log, Tally { known: day.last_tick(), sum: Sum { acts, ..of.sum }, ..of.clone() });
        };
        // A series that is new would enter with what is taken back.
        let is_old = of.known.day() > first().plus(70);
        if is_old && dice.one_in(6) {
            known(&mut other, of.known.day(), 5);
            known(&mut other, monday.plus(6), -5);
        }
        let later = monday.plus(7 * (1 + dice.days(9)));
        if dice.one_in(9) && later.plus(6) <= end_of(first()) {
            known(&mut other, later.plus(1), -of.sum.acts);
            known(&mut other, later.plus(4), of.sum.acts);
        }
    }
    other
}

#[test]
fn every_stream_speaks() {
    let (mut weighed, mut fired, mut late) = (BTreeSet::new(), BTreeSet::new(), 0);
    for seed in 0..4 {
        let log = log_of(trial(), first(), &mut Dice(seed));
        late += log.values().flat_map(|batch| &batch.tallies).filter(|of| of.known.day().week() > of.cell.occurred.week()).count();
        let run = Run::of(&log, end_of(first()));
        for stream in run.assessments.iter().flat_map(|one| &one.series).flat_map(|one| &one.streams) {
            if stream.own_evidence_nats.is_some_and(|nats| nats > 5.0) {
                weighed.insert(stream.stream);
            }
            if stream.phase == ConditionPhase::Firing {
                fired.insert(stream.stream);
            }
        }
    }
    assert_eq!(weighed, Stream::ALL.into_iter().collect());
    assert_eq!(fired, [Stream::Effort, Stream::Yield, Stream::Timeliness].into());
    assert!(late > 1_000, "{late} late reports");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariance_1_3_6_order_restarts_and_partitions_change_nothing(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let log = log_of(trial(), first(), &mut dice);
        let plain = Run::of(&log, end_of(first()));
        for (partitions, restarts) in [(1, 12), (16, 40)] {
            let other = disturbed(&log, (partitions, restarts), end_of(first()), &mut dice);
            prop_assert_eq!(&plain.assessments, &other.assessments, "{} partitions", partitions);
            prop_assert_eq!(&plain.decisions, &other.decisions, "{} partitions", partitions);
        }
    }

    #[test]
    fn invariance_4_what_is_taken_back_in_its_week_or_told_again_in_one_later_week_is_nothing(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let log = log_of(trial(), first(), &mut dice);
        let (plain, other) = (Run::of(&log, end_of(first())), Run::of(&with_pairs(&log, &mut dice), end_of(first())));
        prop_assert_eq!(&plain.assessments, &other.assessments);
        prop_assert_eq!(&plain.decisions, &other.decisions);
    }

    #[test]
    fn invariance_7_other_names_in_the_same_order_change_no_number(seed in any::<u64>()) {
        let log = log_of(trial(), first(), &mut Dice(seed));
        let (plain, other) = (Run::of(&log, end_of(first())), Run::of(&renamed(&log), end_of(first())));
        prop_assert!(plain.assessments.iter().zip(&other.assessments).all(|(one, other)| one.jurisdiction != other.jurisdiction));
        prop_assert_eq!(words(&plain, &RENAMED.into(), 0), words(&other, &BTreeMap::new(), 0));
    }

    #[test]
    fn invariance_8_a_jurisdiction_does_not_depend_on_another(seed in any::<u64>()) {
        let log = log_of(trial(), first(), &mut Dice(seed));
        let (all, fewer) = (Run::of(&log, end_of(first())), Run::of(&without(&log, "BC"), end_of(first())));
        prop_assert_eq!(of(&fewer, "BC"), (Vec::new(), Vec::new()));
        for code in ["AA", "KR"] {
            prop_assert_eq!(of(&all, code), of(&fewer, code));
        }
    }

    #[test]
    fn invariance_8_a_neighbour_changes_no_assessment(seed in any::<u64>()) {
        let Jurisdictions::Listed(codes) = listed(&["AA", "BC", "KR"]) else { unreachable!("listed makes a list") };
        let near = |of: Jurisdiction| {
            let neighbours = ["AA", "BC", "KR"].iter().filter(|code| **code != of.code.as_str()).map(|code| judged::code(code)).collect();
            Jurisdiction { neighbours, ..of }
        };
        let pack = Pack { jurisdictions: Jurisdictions::Listed(codes.into_iter().map(near).collect()), ..trial() };
        let log = log_of(pack, first(), &mut Dice(seed));
        let (all, fewer) = (Run::of(&log, end_of(first())), Run::of(&without(&log, "BC"), end_of(first())));
        for code in ["AA", "KR"] {
            prop_assert_eq!(of(&all, code).0, of(&fewer, code).0);
        }
    }

    #[test]
    fn invariance_9_whole_weeks_later_moves_every_date_and_no_number(seed in any::<u64>(), weeks in 1..300i32) {
        let later = first().plus(7 * weeks);
        let log = log_of(trial(), first(), &mut Dice(seed));
        let moved = log_of(trial(), later, &mut Dice(seed));
        let (plain, other) = (Run::of(&log, end_of(first())), Run::of(&moved, end_of(later)));
        prop_assert!(plain.assessments.iter().zip(&other.assessments).all(|(one, other)| one.week.0 + weeks == other.week.0));
        let (plain, other) = (words(&plain, &BTreeMap::new(), 0), words(&other, &BTreeMap::new(), i64::from(weeks)));
        prop_assert_eq!(plain.len(), other.len());
        for (one, other) in plain.iter().zip(&other) {
            prop_assert_eq!(one, other);
        }
    }

    #[test]
    fn invariance_10_after_a_later_retraction_every_count_is_that_of_a_log_without_the_record(seed in any::<u64>()) {
        let mut dice = Dice(seed);
        let log = log_of(trial(), first(), &mut dice);
        let mut with = log.clone();
        let mut last = Week(0);
        for name in NAMES {
            for of in Count::ALL {
                let on = first().plus(7 * (5 + dice.days(90)));
                let back = on.plus(7 * (1 + dice.days(12)));
                count(&mut with, tally(name, of, (on, on), 6));
                let taken = tally(name, of, (on, on), -6);
                count(&mut with, Tally { known: back.last_tick(), ..taken });
                last = last.max(back.week());
            }
        }
        let (plain, other) = (Run::of(&log, end_of(first())), Run::of(&with, end_of(first())));
        let seen = |run: &Run| -> Vec<_> {
            let since = run.assessments.iter().filter(|one| one.week >= last);
            since.map(|one| (one.week, one.series.iter().map(|one| one.seen).collect::<Vec<_>>())).collect()
        };
        prop_assert!(!seen(&plain).is_empty());
        prop_assert_eq!(seen(&plain), seen(&other));
    }
}
