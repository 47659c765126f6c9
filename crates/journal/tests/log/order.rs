//! The order protocol as a property, on every store: whatever stalls, is skipped, repeated or grows, each tick is
//! handed out complete, sorted, once, and only when it has passed.
//!
//! Must never enter: restarts; they are `checkpoint.rs`.

use crate::grounds::{MemoryGround, PassingGround, SqliteGround};
use crate::script::Script;
use crate::toy::{Ground, IN, OUT, Toy, append, plan};
use std::collections::BTreeMap;

use journal::{
    Checkpoint, Commit, Entry, Extent, InputPosition, Mark, Memory, Origins, Output, Retention, Sequenced, Start, Store, Task, TaskPlan,
    TickOrder, TopicShape, Turn, Voice,
};
use proptest::prelude::*;

/// Writes the script in chunks, reads it in other chunks, and compares every release with the plain expectation.
fn whole_ticks_come_once<G: Ground>(script: &Script, write: usize, read: usize, held_bytes_max: usize) {
    let mut ground = G::new().unwrap();
    let mut order = TickOrder::resume(&InputPosition::start(IN, 0), 1, None, held_bytes_max);
    let mut whole = script.whole.iter();
    let mut passed = None;
    // A store may fold marks together, so what is passed is only known to lie at or behind an entry's own.
    for chunk in script.entries.chunks(write) {
        append(ground.log(), chunk).unwrap();
        let mut fresh = Vec::new();
        while {
            fresh.clear();
            ground.log().read((IN, 0), order.read_to(), read, &mut fresh).unwrap();
            !fresh.is_empty()
        } {
            for (position, entry) in fresh.drain(..) {
                order.accept(position, entry).unwrap();
            }
            assert!(order.passed() >= passed, "passed fell from {passed:?} to {:?}", order.passed());
            assert!(order.held_bytes() <= held_bytes_max);
            passed = order.passed();
            let mut records = Vec::new();
            let log = ground.log();
            while let Some(tick) = order.release(&mut records, |positions, out| again(log, positions, out)).unwrap() {
                assert!(passed.is_some_and(|passed| tick <= passed));
                let want = whole.next().map(|(tick, records)| (*tick, records.as_slice()));
                assert_eq!(want, Some((tick, records.as_slice())));
            }
            assert!(order.first_waiting() > passed || order.first_waiting().is_none(), "complete but kept back");
        }
    }
    assert_eq!(whole.next(), None, "never handed out");
    assert_eq!(order.passed(), script.passed.last().copied().flatten());
    assert!(order.repeats() >= script.repeats);
    assert_eq!(order.held_bytes(), 0);
    assert_eq!(order.oldest(), order.read_to());
}

fn again(log: &mut impl Store<Record = Toy>, positions: &[u64], out: &mut Vec<Toy>) -> Result<(), journal::JournalError> {
    for &position in positions {
        let mut found = Vec::new();
        log.read((IN, 0), position, 1, &mut found)?;
        match found.pop() {
            Some((there, Entry::Record { record, .. })) if there == position => out.push(record),
            other => panic!("{other:?} at {position}"),
        }
    }
    Ok(())
}

fn tape() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 1..160)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]
    #[test]
    fn in_memory(tape in tape(), origins in 1_usize..5, write in 1_usize..40, read in 1_usize..40, held in 0_usize..400) {
        whole_ticks_come_once::<MemoryGround>(&Script::of(&tape, origins), write, read, held);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]
    #[test]
    fn in_sqlite(tape in tape(), origins in 1_usize..5, write in 1_usize..40, read in 1_usize..40, held in 0_usize..400) {
        whole_ticks_come_once::<SqliteGround>(&Script::of(&tape, origins), write, read, held);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]
    #[test]
    fn in_sqlite_passing(tape in tape(), origins in 1_usize..5, write in 1_usize..40, read in 1_usize..40, held in 0_usize..400) {
        whole_ticks_come_once::<PassingGround>(&Script::of(&tape, origins), write, read, held);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]
    /// Entry by entry, what is passed is what the plain rule says: the least last mark, once each origin has marked.
    #[test]
    fn passed_follows_the_rule(tape in tape(), origins in 1_usize..5) {
        let script = Script::of(&tape, origins);
        let mut order = TickOrder::resume(&InputPosition::start(IN, 0), 1, None, usize::MAX);
        let mut announced = false;
        for (position, (entry, want)) in (0..).zip(script.entries.iter().zip(&script.passed)) {
            // Before origin 0 has marked nobody can know how many origins there are.
            announced |= matches!(entry, Entry::Mark(mark) if mark.origins.range().contains(&0));
            order.accept(position, entry.clone()).unwrap();
            prop_assert_eq!(order.passed(), want.filter(|_| announced), "after entry {}", position);
        }
        prop_assert_eq!(order.repeats(), script.repeats);
    }
}

fn mark(origin: u32, tick: i64, count: u32) -> Entry<Toy> {
    Entry::Mark(Mark { generation: 1, stage: 0, origins: Origins::One(origin), tick, count })
}

fn record(origin: u32, tick: i64) -> Entry<Toy> {
    Entry::Record { origin, record: Toy { tick, id: 1, value: 1 } }
}

fn order() -> TickOrder<Toy> {
    TickOrder::resume(&InputPosition::start(IN, 0), 1, None, 1_000)
}

#[test]
fn a_stalled_origin_holds_the_tick_and_a_new_one_does_too() {
    let mut order = order();
    for (position, (entry, want)) in (0..).zip([
        (mark(0, 5, 2), None),
        (mark(1, 3, 2), Some(3)),
        (mark(1, 4, 9), Some(4)), // only origin 0 says how many there are
        (mark(0, 6, 3), Some(4)), // origin 2 is announced and has not marked
        (mark(1, 8, 3), Some(4)),
        (mark(2, 7, 3), Some(6)),
        (mark(0, 9, 1), Some(7)), // the count never falls
    ]) {
        order.accept(position, entry).unwrap();
        assert_eq!(order.passed(), want, "after {position}");
    }
}

#[test]
fn what_breaks_the_protocol_is_an_error_and_never_a_fact() {
    let mut order = order();
    order.accept(0, mark(0, 5, 1)).unwrap();
    assert!(order.accept(1, record(7, 4)).is_err(), "an origin that was never announced");
    assert!(order.accept(1, record(0, 9)).is_err(), "a position twice");
    let other = Entry::Mark(Mark { generation: 2, stage: 0, origins: Origins::One(0), tick: 9, count: 1 });
    assert!(order.accept(2, other).is_err(), "another generation");
    let many = Entry::Mark(Mark { generation: 1, stage: 0, origins: Origins::all(u32::MAX), tick: 9, count: 1 });
    assert!(order.accept(3, many).is_err(), "endless origins");
    assert_eq!(order.passed(), Some(5));
}

#[test]
fn a_mark_behind_waiting_records_is_not_part_of_the_restart_position() {
    let mut order = order();
    order.accept(0, mark(0, 5, 2)).unwrap();
    order.accept(1, record(1, 4)).unwrap();
    order.accept(2, mark(0, 8, 2)).unwrap();
    let position = order.position();
    assert_eq!((position.next, position.marks, position.count), (1, vec![Some(5)], Some(2)));
    order.accept(3, mark(1, 6, 2)).unwrap();
    order.release(&mut Vec::new(), |_, _| Ok(())).unwrap();
    let position = order.position();
    assert_eq!((position.next, position.marks), (4, vec![Some(8), Some(6)]));
}

/// Two inputs of one task: each tick comes once with the records of both, when both have passed it; and a restart in
/// between, at any tick, with one input far ahead of the other, loses and repeats nothing.
fn inputs_are_joined(left: &Script, right: &Script, polls: &[usize]) {
    let topic = TopicShape { partitions: 1, readers: 0 };
    let mut log = Memory::new(Retention::All, &[topic, topic]);
    write_to(&mut log, IN, left);
    write_to(&mut log, OUT, right);
    let plan = || TaskPlan { inputs: vec![(OUT, 0), (IN, 0)], targets: Vec::new(), held_bytes_max: 300, ..plan("both") };
    let last = left.passed.last().min(right.passed.last()).copied().flatten();
    let mut whole: BTreeMap<i64, Vec<Toy>> = left.whole.clone();
    for (tick, records) in &right.whole {
        whole.entry(*tick).or_default().extend(records);
    }
    whole.values_mut().for_each(|records| records.sort_by_key(Sequenced::order));
    let (mut seen, mut records) = (Vec::new(), Vec::new());
    let mut task = Task::open(&mut log, plan(), Start::Saved).unwrap();
    for poll in polls.iter().copied().chain(std::iter::repeat_n(1_000, 3)) {
        task.poll(&mut log, poll).unwrap();
        let mut turns = poll % 5;
        while let Some(turn) = task.turn(&mut log, &mut records).unwrap() {
            if let Turn::Tick { tick, voice: Voice::Aloud } = turn {
                seen.push((tick, records.clone()));
            }
            turns = turns.wrapping_sub(1);
            if turns == 0 {
                break; // a commit in the middle of what is complete, and a restart from it
            }
        }
        task.cut();
        let checkpoint = Checkpoint { extent: Extent::Touched, pages: Vec::new() };
        if let Some(part) = task.part(&log, Vec::new(), Some(checkpoint)).unwrap() {
            log.commit(&mut [part]).unwrap();
        }
        task = Task::open(&mut log, plan(), Start::Saved).unwrap();
    }
    assert_eq!(task.tick(), last);
    let want: Vec<_> = whole.into_iter().filter(|(tick, _)| Some(*tick) <= last).collect();
    assert_eq!(seen, want);
}

fn write_to(log: &mut Memory<Toy>, topic: journal::Topic, script: &Script) {
    let lease = log.restore("writer").unwrap().lease;
    let output = |entry: &Entry<Toy>| Output { topic, partition: 0, entry: entry.clone() };
    let outputs = script.entries.iter().map(output).collect();
    let position = Task::open(log, TaskPlan { inputs: Vec::new(), ..plan("none") }, Start::Saved).unwrap().position();
    log.commit(&mut [Commit { lease, outputs, position, checkpoint: None }]).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]
    #[test]
    fn two_inputs(left in tape(), right in tape(), polls in prop::collection::vec(0_usize..60, 0..40)) {
        inputs_are_joined(&Script::of(&left, 2), &Script::of(&right, 3), &polls);
    }
}
