//! Processes that share partitions: they come, go, die and are replaced, and every record counts once.
//!
//! Must never enter: a rule about one process alone.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::Scope;
use std::time::{Duration, Instant};

use journal::Step;
use journal::kafka::{Inputs, KafkaStore};
use service_kit::{Ending, Fatal, Line, Pace, Stop};
use tests::broker::{Broker, broker};

use crate::messages::{PATIENCE, ToyMessages, make_topics, open, said, source};
use crate::toy::IN;
use crate::work::{Summers, plain_answer, write_ticks};

const PARTITIONS: u32 = 3;

/// One member of the group, as a thread with clients of its own.
struct Member {
    stop: Stop,
    seated: AtomicU32,
}

/// How a member lives.
#[derive(Clone, Copy)]
enum Life {
    /// To the end, in peace.
    Long,
    /// Its commits are slow, so that others come and go in the middle of them.
    Slow,
}

fn live(broker: &Broker, space: &str, ordinal: u32, member: &Member, life: Life) {
    let mut store = open(broker, space, ordinal, Inputs::Shared(vec![IN]));
    match life {
        Life::Long => {}
        Life::Slow => store.hang(Some(Box::new(|step| {
            if step == Step::Positions {
                std::thread::sleep(Duration::from_millis(150));
            }
            Ok(())
        }))),
    }
    let pace = Pace { checkpoint_records: Some(40), commit_outputs: 20, ..Pace::default() };
    let mut line = Line::new(pace);
    let mut crew = Summers { partitions: PARTITIONS, seated: &member.seated };
    let start = Instant::now();
    loop {
        match line.serve(&mut store, &mut crew, &member.stop) {
            Ok(Ending::Stopped) => break,
            Err(Fatal::Journal(error)) if error.is_passing() && start.elapsed() < PATIENCE * 4 => {}
            other => panic!("member {ordinal}: {other:?}"),
        }
    }
}

fn join<'scope>(
    scope: &'scope Scope<'scope, '_>,
    (broker, space): (&'static Broker, &'scope str),
    ordinal: u32,
    life: Life,
) -> &'scope Member {
    let member: &'scope Member = Box::leak(Box::new(Member { stop: Stop::new(), seated: AtomicU32::new(0) }));
    scope.spawn(move || live(broker, space, ordinal, member, life));
    member
}

/// Waits until the summing stage has said as much as it will say.
fn wait_for(broker: &Broker, space: &str, ticks: i64) {
    let (want, start) = (plain_answer(ticks).len(), Instant::now());
    while said(broker, space, PARTITIONS).len() < want {
        assert!(start.elapsed() < PATIENCE * 4, "the answers did not come");
    }
}

/// Members of a group on a space of its own; what was said in the end is the plain answer.
fn shared(
    ticks: i64,
    act: impl for<'scope> FnOnce(&'scope Scope<'scope, '_>, (&'static Broker, &'scope str), &mut KafkaStore<ToyMessages>),
) {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, PARTITIONS);
    let mut source = source(broker, &space);
    std::thread::scope(|scope| act(scope, (broker, &space), &mut source));
    assert_eq!(said(broker, &space, PARTITIONS), plain_answer(ticks));
}

#[test]
fn a_member_that_comes_takes_partitions_over_and_one_that_goes_gives_them_back() {
    shared(90, |scope, (broker, space), source| {
        let first = join(scope, (broker, space), 0, Life::Long);
        write_ticks(source, 1..=30);
        let second = join(scope, (broker, space), 1, Life::Long);
        wait_until(|| second.seated.load(Ordering::Acquire) > 0);
        write_ticks(source, 31..=60);
        first.stop.ask();
        write_ticks(source, 61..=90);
        wait_for(broker, space, 90);
        second.stop.ask();
    });
}

#[test]
fn a_rebalance_during_a_commit_loses_and_repeats_nothing() {
    shared(60, |scope, (broker, space), source| {
        write_ticks(source, 1..=30);
        let members: Vec<_> = (0..3).map(|ordinal| join(scope, (broker, space), ordinal, Life::Slow)).collect();
        wait_until(|| members.iter().all(|member| member.seated.load(Ordering::Acquire) > 0));
        write_ticks(source, 31..=60);
        members[1].stop.ask();
        wait_for(broker, space, 60);
        for member in members {
            member.stop.ask();
        }
    });
}

fn wait_until(is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE * 2, "it did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}
