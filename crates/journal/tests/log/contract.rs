//! The contract of a store: one suite, passed by each.
//!
//! Must never enter: a test that knows which store it runs on.

use journal::{
    Checkpoint, Commit, Entry, Extent, InputPosition, JournalError, Lease, Mark, Origins, Output, PageChange, PositionEntry, Start, Step,
    Store, StreamPosition, Task, Topic,
};

use crate::toy::{Ground, IN, OUT, Toy, append, plan, records_of};

type PageText<'a> = (&'a str, &'a [u8]);

fn toy(tick: i64, id: u32) -> Toy {
    Toy { tick, id, value: i64::from(id) }
}

fn record(tick: i64, id: u32) -> Entry<Toy> {
    Entry::Record { origin: 0, record: toy(tick, id) }
}

fn mark(tick: i64) -> Entry<Toy> {
    Entry::Mark(Mark { generation: 1, stage: 1, origins: Origins::One(0), tick, count: 1 })
}

fn output(topic: Topic, entry: Entry<Toy>) -> Output<Toy> {
    Output { topic, partition: 0, entry }
}

fn stream(name: &str, lines: u64) -> StreamPosition {
    StreamPosition { name: name.to_owned(), bytes: lines * 40, lines, prefix_bytes: 64, prefix_sha256: [7; 32] }
}

fn position(task: &str, tick: i64, next: u64) -> PositionEntry {
    let input = InputPosition { topic: IN, partition: 0, next, marks: vec![Some(tick), None, Some(-3)], count: Some(3) };
    PositionEntry {
        task: task.to_owned(),
        generation: 1,
        judgement: "toy-1".to_owned(),
        tick: Some(tick),
        sent: Some(tick),
        inputs: vec![input],
        streams: vec![stream("a.csv", next), stream("b.csv", next + 1)],
    }
}

fn pages(extent: Extent, changes: &[(&str, Option<&[u8]>)]) -> Option<Checkpoint> {
    let change = |(key, body): &(&str, Option<&[u8]>)| PageChange { key: (*key).to_owned(), body: body.map(<[u8]>::to_vec) };
    Some(Checkpoint { extent, pages: changes.iter().map(change).collect() })
}

fn part(lease: &Lease, tick: i64, next: u64, outputs: Vec<Output<Toy>>) -> Commit<Toy> {
    let position = position(&lease.task, tick, next);
    Commit { lease: lease.clone(), outputs, position, checkpoint: None }
}

fn entries_from(log: &mut impl Store<Record = Toy>, from: u64, max: usize) -> Vec<(u64, Entry<Toy>)> {
    let mut out = Vec::new();
    log.read((IN, 0), from, max, &mut out).unwrap();
    out
}

/// What was appended is read, in order, from any position, in pieces.
pub(crate) fn appends_are_read_in_order<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    let log = ground.log();
    assert_eq!(log.end(IN, 0).unwrap(), 0);
    assert!(entries_from(log, 0, 10).is_empty());
    let written = [record(1, 7), record(1, 3), mark(1), record(2, 9), mark(2)];
    append(log, &written).unwrap();
    let read = entries_from(log, 0, 100);
    assert_eq!(read.iter().map(|(_, entry)| entry.clone()).collect::<Vec<_>>(), written);
    assert!(read.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(entries_from(log, read[1].0, 2), read[1..3]);
    let end = log.end(IN, 0).unwrap();
    assert!(end > read[4].0, "a store may keep marks of its own behind the last entry");
    assert!(entries_from(log, end, 5).is_empty());
    assert_eq!(entries_from(log, 0, 100), read, "what was taken can be read again");
    append(log, &[record(3, 1)]).unwrap();
    let behind = entries_from(log, end, 5);
    assert!(matches!(&behind[..], [(at, entry)] if *at >= end && *entry == record(3, 1)), "{behind:?}");
    ground.restart();
    assert_eq!(entries_from(ground.log(), 0, 5), read);
}

/// A wrong address and a position that was never written are errors.
pub(crate) fn wrong_addresses_are_refused<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    let log = ground.log();
    append(log, &[record(1, 1)]).unwrap();
    let mut out = Vec::new();
    assert!(matches!(log.read((IN, 0), 9, 1, &mut out), Err(JournalError::PositionAhead { wanted: 9, .. })));
    assert!(matches!(log.read((IN, 5), 0, 1, &mut out), Err(JournalError::UnknownPartition { partition: 5, .. })));
    assert!(matches!(log.read((Topic(40), 0), 0, 1, &mut out), Err(JournalError::UnknownTopic { .. })));
    assert!(matches!(log.partitions(Topic(40)), Err(JournalError::UnknownTopic { .. })));
    let lease = log.restore("fold").unwrap().lease;
    let mut parts = [part(&lease, 1, 1, vec![output(OUT, record(1, 1)), output(Topic(40), record(1, 2))])];
    assert!(matches!(log.commit(&mut parts), Err(JournalError::UnknownTopic { .. })));
    assert!(records_of(log, OUT).is_empty(), "not even the good output of a bad commit");
}

/// Stopped at any step before it is sent, a commit leaves nothing; from there on it leaves everything.
pub(crate) fn a_commit_is_one_thing<G: Ground>() {
    for step in Step::COMMIT {
        let Some(mut ground) = G::new() else { return };
        append(ground.log(), &[record(1, 1), mark(1)]).unwrap();
        let lease = ground.log().restore("fold").unwrap().lease;
        ground.hang(Some(Box::new(move |at| if at == step { Err(JournalError::Stopped(at)) } else { Ok(()) })));
        let mut parts = [part(&lease, 1, 2, vec![output(OUT, record(1, 5)), output(OUT, mark(1))])];
        parts[0].checkpoint = pages(Extent::Touched, &[("a", Some(b"one"))]);
        assert!(matches!(ground.log().commit(&mut parts), Err(JournalError::Stopped(at)) if at == step));
        ground.restart();
        let log = ground.log();
        let restored = log.restore("fold").unwrap();
        let stored = step >= Step::Sent;
        assert_eq!(restored.position, stored.then(|| position("fold", 1, 2)), "{step:?}");
        assert_eq!(restored.checkpoint, restored.position, "{step:?}");
        assert_eq!(records_of(log, OUT).len(), usize::from(stored), "{step:?}");
        assert_eq!(log.pages("fold").unwrap().len(), usize::from(stored), "{step:?}");
    }
}

/// A commit that was stopped before it was sent can be made again by the process that lives on.
pub(crate) fn a_failed_commit_can_be_retried<G: Ground>() {
    for step in [Step::Begin, Step::Outputs, Step::State, Step::Positions] {
        let Some(mut ground) = G::new() else { return };
        let lease = ground.log().restore("fold").unwrap().lease;
        let mut once = true;
        ground.hang(Some(Box::new(
            move |at| {
                if at == step && std::mem::take(&mut once) { Err(JournalError::Stopped(at)) } else { Ok(()) }
            },
        )));
        let log = ground.log();
        let outputs: Vec<_> = (0..9).map(|id| output(OUT, record(1, id))).chain([output(OUT, mark(1))]).collect();
        let mut parts = [part(&lease, 1, 0, outputs.clone())];
        parts[0].checkpoint = pages(Extent::Whole, &[("a", Some(b"one"))]);
        assert!(log.commit(&mut parts).is_err());
        assert_eq!(parts[0].outputs, outputs, "{step:?}: the parts are as they were");
        log.commit(&mut parts).unwrap();
        assert!(parts[0].outputs.is_empty());
        assert_eq!(records_of(log, OUT), (0..9).map(|id| toy(1, id)).collect::<Vec<_>>());
        assert!(log.end(OUT, 0).unwrap() >= 10);
        assert_eq!(log.pages("fold").unwrap().len(), 1);
    }
}

/// Two tasks in one commit stand or fall together.
pub(crate) fn parts_stand_or_fall_together<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    let log = ground.log();
    let first = log.restore("first").unwrap().lease;
    let stale = log.restore("second").unwrap().lease;
    let second = log.restore("second").unwrap().lease;
    let make = |lease: &Lease, id| part(lease, 1, 0, vec![output(OUT, record(1, id))]);
    let mut parts = [make(&first, 1), make(&stale, 2)];
    assert!(matches!(log.commit(&mut parts), Err(JournalError::Fenced { task }) if task == "second"));
    assert!(records_of(log, OUT).is_empty());
    log.commit(&mut [make(&first, 1), make(&second, 2)]).unwrap();
    assert_eq!(records_of(log, OUT), [toy(1, 1), toy(1, 2)]);
}

/// The newest owner of a task writes, every older one is fenced, also across a restart.
pub(crate) fn older_owners_are_fenced<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    let old = ground.log().restore("fold").unwrap().lease;
    ground.log().commit(&mut [part(&old, 1, 0, vec![output(OUT, record(1, 1))])]).unwrap();
    ground.restart();
    let log = ground.log();
    let new = log.restore("fold").unwrap().lease;
    let mut late = [part(&old, 9, 0, vec![output(OUT, record(9, 9))])];
    assert!(matches!(log.commit(&mut late), Err(JournalError::Fenced { task }) if task == "fold"));
    log.commit(&mut [part(&new, 2, 0, vec![output(OUT, record(2, 2))])]).unwrap();
    assert_eq!(records_of(log, OUT), [toy(1, 1), toy(2, 2)]);
    assert_eq!(log.restore("fold").unwrap().position, Some(position("fold", 2, 0)));
}

/// Pages change, go, and are replaced as a whole; a restart finds what the last checkpoint said.
pub(crate) fn pages_follow_their_checkpoints<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    append(ground.log(), &[record(1, 1), mark(1), record(2, 1), mark(2)]).unwrap();
    let mut lease = ground.log().restore("fold").unwrap().lease;
    let steps: [(i64, Option<Checkpoint>, &[PageText]); 4] = [
        (1, pages(Extent::Touched, &[("b", Some(b"x")), ("a", Some(b"y")), ("b", Some(b"z"))]), &[("a", b"y"), ("b", b"z")]),
        (2, None, &[("a", b"y"), ("b", b"z")]),
        (3, pages(Extent::Touched, &[("a", None), ("c", Some(b""))]), &[("b", b"z"), ("c", b"")]),
        (4, pages(Extent::Whole, &[("d", Some(b"0"))]), &[("d", b"0")]),
    ];
    let mut saved = None;
    for (tick, checkpoint, want) in steps {
        saved = checkpoint.as_ref().map(|_| tick).or(saved);
        let mut parts = [part(&lease, tick, 1, Vec::new())];
        parts[0].checkpoint = checkpoint;
        ground.log().commit(&mut parts).unwrap();
        ground.restart();
        let restored = ground.log().restore("fold").unwrap();
        lease = restored.lease;
        assert_eq!(restored.position, Some(position("fold", tick, 1)));
        assert_eq!(restored.checkpoint.and_then(|entry| entry.tick), saved);
        let found = ground.log().pages("fold").unwrap();
        let found: Vec<PageText> = found.iter().map(|page| (page.key.as_str(), page.body.as_slice())).collect();
        assert_eq!(found, want, "after {tick}");
    }
    assert!(ground.log().pages("other").unwrap().is_empty());
}

/// Saved state that does not belong to this program, or a log that lost its end, is refused with the way out.
pub(crate) fn what_does_not_fit_is_refused<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    let log = ground.log();
    append(log, &[record(1, 1), mark(1)]).unwrap();
    let lease = log.restore("fold").unwrap().lease;
    log.commit(&mut [part(&lease, 1, 2, Vec::new())]).unwrap();
    let refusal = |log: &mut G::Log, change: fn(&mut journal::TaskPlan)| {
        let mut plan = plan("fold");
        change(&mut plan);
        Task::open(log, plan, Start::Saved).unwrap_err()
    };
    let judged = refusal(log, |plan| "toy-2".clone_into(&mut plan.judgement));
    assert!(judged.to_string().contains("import it anew"), "{judged}");
    assert!(matches!(refusal(log, |plan| plan.generation = 2), JournalError::OtherGeneration { stored: 1, running: 2, .. }));
    assert!(matches!(refusal(log, |plan| plan.inputs = vec![(OUT, 0)]), JournalError::PositionMissing { .. }));
    assert!(Task::open(log, plan("fold"), Start::Saved).is_ok());
    let lease = log.restore("fold").unwrap().lease;
    log.commit(&mut [part(&lease, 1, 77, Vec::new())]).unwrap();
    let cut = refusal(log, |_| {});
    assert!(matches!(cut, JournalError::PositionAhead { wanted: 77, .. }), "{cut}");
}

/// A task that starts from the log owes nothing to saved pages: its first checkpoint takes the place of all of them.
pub(crate) fn rebuilding_replaces_every_page<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    let log = ground.log();
    append(log, &[record(1, 1), mark(1), record(2, 1), mark(2)]).unwrap();
    let starts = [(Start::Saved, "a", vec!["a"]), (Start::Saved, "b", vec!["a", "b"]), (Start::Log, "c", vec!["c"])];
    for (start, key, want) in starts {
        let mut task = Task::open(log, plan("fold"), start).unwrap();
        task.poll(log, 9).unwrap();
        while task.turn(log, &mut Vec::new()).unwrap().is_some() {}
        for key in [key, key] {
            let mut parts = [task.part(log, Vec::new(), pages(Extent::Touched, &[(key, Some(b"x"))])).unwrap().unwrap()];
            log.commit(&mut parts).unwrap();
            task.committed(&parts[0]);
        }
        let found = log.pages("fold").unwrap();
        assert_eq!(found.iter().map(|page| page.key.as_str()).collect::<Vec<_>>(), want);
    }
}

/// An output whose tick was already marked would make the mark a lie.
pub(crate) fn outputs_outside_their_ticks_are_refused<G: Ground>() {
    let Some(mut ground) = G::new() else { return };
    let log = ground.log();
    append(log, &[record(1, 1), mark(3)]).unwrap();
    let mut task = Task::open(log, plan("fold"), Start::Saved).unwrap();
    task.poll(log, 10).unwrap();
    let mut records = Vec::new();
    while task.turn(log, &mut records).unwrap().is_some() {}
    let late = task.part(log, vec![output(OUT, record(4, 1))], None);
    assert!(matches!(late, Err(JournalError::BadOutput { .. })), "{late:?}");
    let mut parts = [task.part(log, vec![output(OUT, record(3, 1))], None).unwrap().unwrap()];
    log.commit(&mut parts).unwrap();
    task.committed(&parts[0]);
    assert!(task.part(log, vec![output(OUT, record(3, 1))], None).is_err());
    assert!(task.part(log, Vec::new(), None).unwrap().is_none(), "nothing new, nothing to commit");
}

/// One test per rule, on a ground.
macro_rules! contract {
    ($store:ident, $ground:ty) => {
        contract!(
            $store, $ground, appends_are_read_in_order, wrong_addresses_are_refused, a_commit_is_one_thing, a_failed_commit_can_be_retried,
            parts_stand_or_fall_together, older_owners_are_fenced, pages_follow_their_checkpoints, what_does_not_fit_is_refused,
            outputs_outside_their_ticks_are_refused, rebuilding_replaces_every_page
        );
    };
    ($store:ident, $ground:ty, $($rule:ident),*) => {
        mod $store {
            use super::*;
            $(#[test] fn $rule() { crate::contract::$rule::<$ground>(); })*
        }
    };
}

pub(crate) use contract;
