//! A partition that lost its owner in the midst of a move: whoever is left sees it, and the group shares anew.
//!
//! The member that has to give a partition up stands still in its answer, and another process of its name comes back: as a kill between
//! the two steps of a move does it. Must never enter: a new member of the group but the one that the product sends, a member that leaves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use journal::kafka::{Identity, Settings};
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::{ClientConfig, ClientContext};
use tests::broker::{Broker, broker};
use tests::form;

use crate::members::{Life, Member};
use crate::messages::{PATIENCE, ToyMessages, make_copied_topics, said, source};
use crate::toy::IN;
use crate::work::{plain_answer, write_ticks};

const PARTITIONS: u32 = 2;
const TICKS: i64 = 20;

/// Stands still when it is asked to give something up.
#[derive(Default)]
struct Still {
    stands: AtomicBool,
    may_go: AtomicBool,
}

impl ClientContext for &'static Still {}

impl ConsumerContext for &'static Still {
    fn pre_rebalance(&self, _consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if matches!(rebalance, Rebalance::Revoke(_)) {
            self.stands.store(true, Ordering::Release);
            while !self.may_go.load(Ordering::Acquire) {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

/// The settings of the product's first member, written down once more.
fn first_member(broker: &Broker, space: &str) -> ClientConfig {
    let identity = Identity::new(space, "toy", 0);
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &broker.bootstrap);
    config.set("group.id", &identity.group);
    config.set("group.instance.id", &identity.instance);
    config.set("partition.assignment.strategy", "cooperative-sticky");
    config.set("session.timeout.ms", "6000");
    config.set("heartbeat.interval.ms", "300");
    config.set("enable.auto.commit", "false");
    config
}

/// Lets everybody go, also where the test has failed.
struct Ending<'a>(&'a Still, [&'a AtomicBool; 2], &'a Member);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let Self(still, ends, member) = self;
        still.may_go.store(true, Ordering::Release);
        ends.iter().for_each(|ends| ends.store(true, Ordering::Release));
        member.stop.ask();
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < 2 * PATIENCE, "{what}: it did not happen");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn look_often(settings: &mut Settings) {
    settings.look_at_group = Duration::from_millis(500);
}

#[test]
fn a_partition_that_lost_its_owner_in_a_move_is_shared_out_anew() {
    if form::protocol().is_some() {
        return; // the broker itself shares out, and does not lose sight: nothing of this happens there
    }
    let brokers = u32::try_from(form::amount("SLIPWATCH_ORPHAN_BROKERS", 1)).unwrap();
    let own = if brokers > 1 { Broker::start(brokers) } else { None };
    let Some(broker) = (if brokers > 1 { own.as_ref() } else { broker() }) else { return };
    let space = broker.space();
    make_copied_topics(broker, &space, (PARTITIONS, brokers));
    write_ticks(&mut source(broker, &space), 1..=TICKS);
    let name = ToyMessages::new(&space).0[usize::from(IN.0)].name.clone();
    let still: &'static Still = Box::leak(Box::default());
    let (first_ends, second_ends, member) = (AtomicBool::new(false), AtomicBool::new(false), Member::default());
    let serve = |consumer: &dyn Fn(Duration), ends: &AtomicBool| {
        while !ends.load(Ordering::Acquire) {
            consumer(Duration::from_millis(50));
        }
    };
    std::thread::scope(|scope| {
        let _ending = Ending(still, [&first_ends, &second_ends], &member);
        let first: BaseConsumer<&'static Still> = first_member(broker, &space).create_with_context(still).unwrap();
        first.subscribe(&[&name]).unwrap();
        let had = std::sync::Arc::new(AtomicBool::new(false));
        let has = std::sync::Arc::clone(&had);
        let ends = &first_ends;
        scope.spawn(move || {
            serve(
                &|longest| {
                    drop(first.poll(longest));
                    has.fetch_or(first.assignment().is_ok_and(|list| list.count() == 2), Ordering::AcqRel);
                },
                ends,
            );
        });
        until("the first member has both partitions", || had.load(Ordering::Acquire));
        let life = Life { broker, space: &space, ordinal: 1, partitions: PARTITIONS, set: look_often, slow: None, hook: None };
        scope.spawn(|| life.live(&member));
        until("the first member is to give one up", || still.stands.load(Ordering::Acquire));
        if brokers > 1 {
            // One that does not coordinate the group, and stays away.
            let coordinator = broker.coordinator_of(&Identity::new(&space, "toy", 0).group);
            broker.kill((1..=brokers).find(|one| *one != coordinator).unwrap());
        }
        // It is killed there, as far as anybody can see, and comes back under its name.
        let again: BaseConsumer = first_member(broker, &space).create().unwrap();
        again.subscribe(&[&name]).unwrap();
        let ends = &second_ends;
        scope.spawn(move || serve(&|longest| drop(again.poll(longest)), ends));
        until("the partition has an owner again", || member.seated.load(Ordering::Acquire) > 0);
        first_ends.store(true, Ordering::Release);
        second_ends.store(true, Ordering::Release);
        still.may_go.store(true, Ordering::Release);
        // The name is gone with its session, and what it had comes to the one that is left.
        until("all is said", || said(broker, &space, PARTITIONS).len() >= plain_answer(TICKS).len());
    });
    assert_eq!(said(broker, &space, PARTITIONS), plain_answer(TICKS));
}
