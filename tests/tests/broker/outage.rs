//! The only broker dies in the middle of a commit: the commit is made again, and stands once.
//!
//! The broker is killed by the commit itself, at one of its steps, so that none of these deaths comes too late. These tests have
//! brokers of their own. Must never enter: a broker that other tests use, a fixed wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use journal::kafka::{Inputs, Settings};
use journal::{FailHook, Step, Store};
use tests::broker::Broker;
use tests::form::amount;

use crate::members::{Life, Member, Stopping, wait_until};
use crate::messages::{make_topics, open, said, source};
use crate::work::{plain_answer, plan_of, write_ticks};

/// Ticks between two deaths.
const TICKS: i64 = 12;

/// Where in a commit the broker dies: at a step, or a moment behind it, while the call that follows is under way.
const DEATHS: [(Step, Duration); 5] = [
    (Step::Outputs, Duration::ZERO),
    (Step::Positions, Duration::from_millis(1)),
    (Step::Positions, Duration::ZERO),
    (Step::State, Duration::from_millis(2)),
    (Step::Positions, Duration::from_millis(4)),
];

fn quickly(settings: &mut Settings) {
    (settings.session_timeout, settings.call_timeout) = (Duration::from_secs(3), Duration::from_secs(4));
}

/// Kills the broker in the next commit, once it is armed; one place after the other.
fn killing(broker: Arc<Broker>, armed: Arc<AtomicBool>) -> FailHook {
    let mut deaths = DEATHS.into_iter().cycle().peekable();
    Box::new(move |at| {
        if deaths.peek().is_some_and(|(step, _)| *step == at) && armed.swap(false, Ordering::AcqRel) {
            let after = deaths.next().map_or(Duration::ZERO, |(_, after)| after);
            if after.is_zero() {
                broker.kill(1);
            } else {
                let broker = Arc::clone(&broker);
                std::thread::spawn(move || {
                    std::thread::sleep(after);
                    broker.kill(1);
                });
            }
        }
        Ok(())
    })
}

/// A process goes on through the loss of its only broker: alive, and by itself when it is back.
#[test]
fn a_broker_that_dies_in_a_commit_and_comes_back_costs_time_only() {
    let Some(broker) = Broker::start(1) else { return };
    let (broker, space) = (Arc::new(broker), "outage".to_owned());
    make_topics(&broker, &space, 1);
    let deaths = i64::try_from(amount("SLIPWATCH_OUTAGES", 2)).unwrap();
    let (armed, members) = (Arc::new(AtomicBool::new(false)), [Member::default()]);
    std::thread::scope(|scope| {
        let (member, _stopping) = (&members[0], Stopping(&members));
        let hook = Some(killing(Arc::clone(&broker), Arc::clone(&armed)));
        let (life_broker, space) = (Arc::clone(&broker), &space);
        let worker = scope.spawn(move || {
            let life = Life { broker: &life_broker, space, ordinal: 0, partitions: 1, set: quickly, slow: None, hook };
            life.live(member);
        });
        let mut source = source(&broker, space);
        write_ticks(&mut source, 1..=TICKS);
        for death in 1..=deaths {
            let wanted = plain_answer(death * TICKS);
            wait_until("the work before", || said(&broker, space, 1).len() >= wanted.len() || worker.is_finished());
            assert_eq!(said(&broker, space, 1), wanted, "before death {death}");
            let before = member.failures().len();
            // While the broker is away ticks cannot be written either.
            armed.store(true, Ordering::Release);
            std::thread::scope(|scope| {
                scope.spawn(|| write_ticks(&mut source, death * TICKS + 1..=(death + 1) * TICKS));
                wait_until("a failure", || member.failures().len() > before || worker.is_finished());
                broker.revive(1);
            });
        }
        let wanted = plain_answer((deaths + 1) * TICKS);
        wait_until("all answers", || said(&broker, space, 1).len() >= wanted.len() || worker.is_finished());
        assert_eq!(said(&broker, space, 1), wanted);
        println!("waited out: {:#?}", member.failures().iter().collect::<std::collections::BTreeSet<_>>());
    });
    let mut store = open(&broker, &space, 0, Inputs::Chosen);
    // What was committed, not the last checkpoint: a stop that meets a failure leaves an older one, which is run again in silence.
    let committed = store.restore(&plan_of(0, 1).name).unwrap().position.and_then(|position| position.tick);
    assert_eq!(committed, Some((deaths + 1) * TICKS));
}
