//! Logs by chance: the stream equals the recomputation at every cut, in every manner of reading, and whatever comes twice.

use crate::{
    naive::{self, Figures},
    run::{Log, Manner, REGIME, activation, admitted, log, pack, pages, run, store},
};
use engine::register::{Bucket, Output, Register};
use proptest::{collection::vec, prelude::*, sample::select};
use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    event::{
        Body, Circumstance, CircumstanceKind, Context, Event, Exposure, Inspection, Obstacle, Operation, Seizure, Selector,
        UnrecognisedBody,
    },
    name::{CaseName, EventTypeName, JurisdictionCode, Label, MeasureId, RegimeId, SourceId, SourceRecordId, Stratum},
    record::{Admitted, RecordId},
    tally::{Cell, Fact, Ledger},
    time::{Day, Occurred, Tick},
};

/// The first day of every log by chance, and how many days it lasts.
const START: Day = Day(17_900);
const DAYS: i32 = 120;

fn known() -> impl Strategy<Value = Tick> {
    (0..DAYS, 0..3_i64).prop_map(|(day, part)| Tick(START.plus(day + 1).last_tick().0 - 100_000 * part))
}

fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        6 => Just(Body::InspectionPerformed(Inspection::default())),
        1 => Just(Body::SeizureRecorded(Seizure::default())),
        1 => Just(Body::ExposureObserved(Exposure::default())),
        1 => Just(Body::InspectionRefused(Obstacle::default())),
        1 => Just(Body::Unrecognised(UnrecognisedBody { type_name: EventTypeName::parse("new").unwrap(), bytes: Arc::from([]) })),
    ]
}

fn occurred() -> impl Strategy<Value = (i32, i32)> {
    // Days before known, and what sort of time it is.
    (prop_oneof![5 => 0..20, 2 => -1..60], prop_oneof![8 => Just(0), 1 => Just(1), 1 => 2..12])
}

fn when(known: Day, (before, sort): (i32, i32)) -> Occurred {
    let day = known.plus(-before);
    match sort {
        0 => Occurred::on(day),
        1 => Occurred::in_month_of(day),
        days => Occurred::on(day).until(day.plus(days)).unwrap(),
    }
}

fn act() -> impl Strategy<Value = Admitted> {
    let names = (
        0..9_u8,
        select(vec!["KR", "JP", "XX"]),
        vec(select(vec!["a", "b", "c", "z"]), 0..3),
        select(vec!["", "s", "t"]),
        select(vec!["", "C1", "C2"]),
    );
    let figures =
        (0..4_u32, 1..4_u32, prop_oneof![5 => Just(Operation::Assert), 1 => Just(Operation::Correct), 2 => Just(Operation::Retract)]);
    (known(), occurred(), names, figures, body(), select(vec![REGIME, REGIME, REGIME, REGIME, "other"])).prop_map(
        |(known, occurred, (id, place, measures, stratum, case), (revision, count, operation), body, regime)| {
            let event = Event {
                regime: RegimeId::parse(regime).unwrap(),
                source: SourceId::parse(if id % 2 == 0 { "even" } else { "odd" }).unwrap(),
                source_record_id: SourceRecordId::parse(&id.to_string()).unwrap(),
                revision,
                operation,
                occurred: when(known.day(), occurred),
                reported: None,
                count,
                jurisdiction: JurisdictionCode::parse(place).ok(),
                measures: measures.into_iter().map(|id| MeasureId::parse(id).unwrap()).collect(),
                stratum: Stratum::parse(stratum).ok(),
                body,
                context: CaseName::parse(case).ok().map(|case| Arc::new(Context { case: Some(case), ..Context::default() })),
            };
            admitted(event, known)
        },
    )
}

fn circumstance() -> impl Strategy<Value = Admitted> {
    (known(), 0..3_u32, select(vec!["a storm", "a gale"])).prop_map(|(known, revision, text)| {
        let storm =
            Circumstance { kind: CircumstanceKind::Storm, effect: None, affects: Selector::default(), text: Label::parse(text).unwrap() };
        let event = activation(&pack(9, &[], &[], 1), revision, known.day());
        let source_record_id = SourceRecordId::parse("storm").unwrap();
        admitted(Event { body: Body::ContextNoted(storm), source_record_id, ..event }, known)
    })
}

fn rules() -> impl Strategy<Value = Admitted> {
    let places = select(vec![&["KR"][..], &["KR", "JP"], &["JP", "XX"]]);
    let measures = select(vec![&["a", "b:2019-01-20..2019-03-01"][..], &["a", "b", "c"], &["b:..2019-02-01"]]);
    (known(), 2..6_u32, places, measures, 3..7_u16).prop_map(|(known, version, places, measures, weeks)| {
        // One version has one content: what it lists follows from the version, here from the day too by its name.
        let pack = pack(version * 1_000 + u32::try_from(known.day().0 - START.0).unwrap(), places, measures, weeks);
        admitted(activation(&pack, 1, known.day()), known)
    })
}

fn logs() -> impl Strategy<Value = Vec<Admitted>> {
    let first = admitted(activation(&pack(1, &["KR", "JP"], &["a", "b"], 5), 1, START), START.last_tick());
    (vec(act(), 0..60), vec(rules(), 0..4), vec(circumstance(), 0..4)).prop_map(move |(acts, mut rules, circumstances)| {
        // Two packs of one name would be two contents of one revision.
        rules.sort_by_key(|pack| (pack.id, pack.known));
        rules.dedup_by_key(|pack| pack.id);
        acts.into_iter().chain(rules).chain(circumstances).chain([first.clone()]).collect()
    })
}

/// What is told one by one: counted, for partitions order it differently.
type Words = BTreeMap<String, u64>;
/// Sums of each cell by the day on which they became known.
type ByDay = BTreeMap<(Day, Cell), (i64, i64, i64)>;

/// Everything that the outputs amount to: figures at the end, sums by known day, words.
fn summed(out: &[Output]) -> (Figures, ByDay, Words) {
    let (mut figures, mut days, mut words) = (Figures::default(), BTreeMap::new(), Words::new());
    for output in out {
        match output {
            Output::Tally(tally) => {
                naive::add(figures.cells.entry(tally.cell.clone()).or_default(), tally.sum);
                naive::add(days.entry((tally.known.day(), tally.cell.clone())).or_default(), tally.sum);
            }
            Output::Ledger(line) => *figures.ledger.entry((line.source.to_string(), line.day)).or_default() += line.change,
            Output::Version(version) => {
                *figures.cases.entry((version.case, version.record, version.occurred)).or_default() += i64::from(version.sign);
            }
            Output::Late(late) => figures.late.push((late.id, late.known, late.revision)),
            Output::Note(note) => *words.entry(format!("{note:?}")).or_default() += 1,
            Output::Fact(fact) => *words.entry(format!("{fact:?}")).or_default() += 1,
            Output::Unlisted(unlisted) => *words.entry(format!("{:?} {}", unlisted.what, unlisted.code)).or_default() += unlisted.count,
        }
    }
    figures.cells.retain(|_, sum| *sum != (0, 0, 0));
    days.retain(|_, sum| *sum != (0, 0, 0));
    figures.ledger.retain(|_, sum| *sum != Ledger::default());
    figures.cases.retain(|_, sign| *sign != 0);
    figures.late.sort_unstable();
    (figures, days, words)
}

fn until(records: &[Admitted], day: i32) -> Log {
    log(records.iter().filter(|record| record.known.day() <= START.plus(day)).cloned())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_stream_equals_the_recomputation_as_of_every_day(records in logs(), day in 0..=DAYS + 1) {
        let log = until(&records, day);
        let (figures, ..) = summed(&run(&log, Manner::PLAIN));
        let naive = naive::figures(&log);
        prop_assert_eq!(&figures, &naive);
        let admitted: i64 = figures.ledger.values().map(Ledger::admitted).sum();
        prop_assert_eq!(admitted, i64::try_from(log.values().flatten().count()).unwrap());
    }

    #[test]
    fn no_manner_of_reading_changes_what_is_said(
        records in logs(),
        partitions in select(vec![1, 3, 16]),
        bucket in select(vec![Bucket::Minute, Bucket::Day]),
        pace in select(vec![1, 3, 1_000]),
        restore in select(vec![0, 1, 5]),
        seed in any::<u64>(),
    ) {
        let mut shuffled = records.clone();
        let mut state = seed;
        for at in (1..shuffled.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
        }
        let manner = Manner { partitions, bucket, pace, restore };
        prop_assert_eq!(summed(&run(&log(records), Manner::PLAIN)), summed(&run(&log(shuffled), manner)));
    }

    #[test]
    fn a_restored_register_goes_on_as_if_it_had_never_stopped(records in logs(), every in 1..6_usize) {
        let log = log(records);
        let plain = Manner { pace: 2, ..Manner::PLAIN };
        prop_assert_eq!(run(&log, plain), run(&log, Manner { restore: every, ..plain }));
    }

    #[test]
    fn what_comes_twice_counts_once(records in logs(), again in vec((any::<prop::sample::Index>(), 0..100_i32), 0..20)) {
        let mut more = records.clone();
        for (which, days) in again {
            let record = which.get(&records);
            more.push(Admitted { known: Tick(record.known.0 + i64::from(days) * 345_600), ..record.clone() });
        }
        let added = i64::try_from(more.len() - records.len()).unwrap();
        let (once, days_once, words_once) = summed(&run(&log(records), Manner::PLAIN));
        let (twice, days_twice, words_twice) = summed(&run(&log(more), Manner::PLAIN));
        prop_assert_eq!(once.cells, twice.cells);
        prop_assert_eq!(once.cases, twice.cases);
        prop_assert_eq!(days_once, days_twice);
        prop_assert_eq!(words_once, words_twice);
        let sum = |ledger: &BTreeMap<(String, Day), Ledger>| ledger.values().fold((0, 0), |(all, effective), line| (all + line.admitted(), effective + line.effective));
        let ((all_once, effective_once), (all_twice, effective_twice)) = (sum(&once.ledger), sum(&twice.ledger));
        prop_assert_eq!((all_once + added, effective_once), (all_twice, effective_twice));
    }

    #[test]
    fn whole_pages_are_the_state(records in logs(), day in 0..=DAYS) {
        let mut register = Register::new(0, 1, Bucket::Minute);
        let mut out = Vec::new();
        for (tick, records) in until(&records, day) {
            let mut records = records;
            records.sort_by_key(|record| (record.id, record.event.revision, record.content));
            register.step(tick, &records, &mut out);
        }
        let whole = register.pages_whole();
        let mut stored = BTreeMap::new();
        stored.extend(whole.iter().filter_map(|change| Some((change.key.clone(), change.body.clone()?))));
        let mut restored = Register::restore(0, 1, Bucket::Minute, pages(&stored)).unwrap();
        prop_assert_eq!(restored.stories(), register.stories());
        prop_assert_eq!(restored.pages_whole(), whole);
        // Nothing changed since: only the page of every tick is due.
        prop_assert_eq!(register.pages_due().len(), 1);
    }

    #[test]
    fn bytes_that_are_no_page_are_an_error(bytes in vec(any::<u8>(), 0..200), key in select(vec!["now", "cells/0", "rules/x", "stories/17900", "stories/x", "y"])) {
        let page = engine::page::Page { key: key.to_owned(), body: bytes };
        let _ = Register::restore(0, 1, Bucket::Day, [page]);
    }
}

/// Of two packs in one tick the one with the higher id holds from the next; the horizon of the other has moved nothing.
#[test]
fn a_pack_that_another_replaces_in_its_tick_has_never_held() {
    let replaced = START.plus(18);
    let told = |day: Day, occurred: Day| {
        let event = activation(&pack(1, &[], &[], 1), 0, day);
        let (source, jurisdiction) = (SourceId::parse("even").unwrap(), JurisdictionCode::parse("KR").ok());
        let body = Body::InspectionPerformed(Inspection::default());
        admitted(Event { body, source, jurisdiction, occurred: Occurred::on(occurred), ..event }, day.last_tick())
    };
    let mut versions = [2_u32, 3];
    versions.sort_by_key(|version| admitted(activation(&pack(*version, &[], &[], 1), 1, replaced), replaced.last_tick()).id);
    // Horizons in weeks of the pack that is replaced and of the one that holds; what becomes of a message from 23 days back.
    for ((weeks_replaced, weeks), (conflicts, late)) in [((3, 5), (1, 0)), ((5, 3), (0, 1))] {
        let packs = [(1, 5, START), (versions[0], weeks_replaced, replaced), (versions[1], weeks, replaced)];
        let packs =
            packs.map(|(version, weeks, day)| admitted(activation(&pack(version, &["KR"], &["a"], weeks), 1, day), day.last_tick()));
        let day = replaced.plus(1);
        let log = log(packs.into_iter().chain([told(START.plus(6), day.plus(-23)), told(day, day)]));
        let (figures, ..) = summed(&run(&log, Manner::PLAIN));
        assert_eq!(figures, naive::figures(&log), "{weeks_replaced} and {weeks} weeks");
        let line = figures.ledger[&("even".to_owned(), day)];
        assert_eq!((line.conflicts, line.late), (conflicts, late), "{weeks_replaced} and {weeks} weeks");
    }
}

#[test]
fn what_the_horizon_has_left_is_let_go() {
    let mut register = Register::new(0, 1, Bucket::Day);
    let (mut out, mut stored) = (Vec::new(), BTreeMap::new());
    let first = admitted(activation(&pack(1, &["KR"], &["a"], 4), 1, START), START.last_tick());
    register.step(START.last_tick(), std::slice::from_ref(&first), &mut out);
    for day in 1..400 {
        let known = START.plus(day);
        let source_record_id = SourceRecordId::parse(&day.to_string()).unwrap();
        let event = Event {
            source_record_id,
            occurred: Occurred::on(known),
            body: Body::InspectionPerformed(Inspection::default()),
            ..(*first.event).clone()
        };
        let measures = vec![MeasureId::parse("a").unwrap()];
        let event = Event { jurisdiction: JurisdictionCode::parse("KR").ok(), measures, ..event };
        register.step(known.last_tick(), &[admitted(event, known.last_tick())], &mut out);
        store(&mut register, &mut stored);
        assert!(register.stories() <= 1 + 28 + 49 + 1, "{} stories on day {day}", register.stories());
        let pages = stored.keys().filter(|key| key.starts_with("stories/")).count();
        assert_eq!(pages, register.stories(), "a page for each day with a story: no other is stored");
    }
    assert!(out.iter().any(|output| matches!(output, Output::Tally(_))));
    assert!(!out.iter().any(|output| matches!(output, Output::Late(_) | Output::Fact(Fact::Withdrawn(_)))));
}

#[test]
fn records_are_spread_over_their_homes() {
    let homes: Vec<u32> = (0..160_u8).map(|n| engine::identity::home(RecordId([n.wrapping_mul(97); 16]), 16)).collect();
    for partition in 0..16 {
        assert!(homes.contains(&partition), "{partition}");
    }
}
