//! The only broker dies in the middle of a commit: the commit is made again, and stands once.
//!
//! The broker is killed by the commit itself, at one of its steps, so that none of these deaths comes too late; and before the end of
//! the transaction was asked for, by a transaction that outlasts the restart: a broker that is killed behind a decided end, or that
//! ends transactions of its own while it starts, was seen to leave them open (tests/FAULTS.md, 9). These tests have brokers of their
//! own. Must never enter: a broker that other tests use, a fixed wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
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
/// The steps of a commit at which the broker dies, one after the other.
const DEATHS: [Step; 3] = [Step::Positions, Step::Outputs, Step::State];

/// What the worker's commits may do: go on, wait, meet the broker's death.
const FREE: u8 = 0;
const HELD: u8 = 1;
const ARMED: u8 = 2;

/// Transactions last longer than a broker takes to come back.
fn patiently(settings: &mut Settings) {
    (settings.session_timeout, settings.call_timeout) = (Duration::from_secs(45), Duration::from_secs(5));
}

/// Kills the broker in the next commit, once it is armed.
fn killing(broker: Arc<Broker>, state: Arc<AtomicU8>) -> FailHook {
    let mut deaths = DEATHS.into_iter().cycle().peekable();
    Box::new(move |at| {
        while at == Step::Begin && state.load(Ordering::Acquire) == HELD {
            std::thread::sleep(Duration::from_millis(2));
        }
        if deaths.peek() == Some(&at) && state.compare_exchange(ARMED, FREE, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            deaths.next();
            broker.kill(1);
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
    let deaths = i64::try_from(amount("SLIPWATCH_OUTAGES", 1)).unwrap();
    let (state, members) = (Arc::new(AtomicU8::new(FREE)), [Member::default()]);
    std::thread::scope(|scope| {
        let (member, _stopping) = (&members[0], Stopping(&members));
        let hook = Some(killing(Arc::clone(&broker), Arc::clone(&state)));
        let (life_broker, space) = (Arc::clone(&broker), &space);
        let worker = scope.spawn(move || {
            let life = Life { broker: &life_broker, space, ordinal: 0, partitions: 1, set: patiently, slow: None, hook };
            life.live(member);
        });
        let mut source = source(&broker, space);
        for death in 0..=deaths {
            state.store(HELD, Ordering::Release);
            write_ticks(&mut source, death * TICKS + 1..=(death + 1) * TICKS);
            // The last ticks meet nothing.
            state.store(if death < deaths { ARMED } else { FREE }, Ordering::Release);
            wait_until("the death", || state.load(Ordering::Acquire) == FREE || worker.is_finished());
            if death < deaths {
                broker.revive(1);
                broker.wait_until_whole(1); // on a starved machine one may end while it starts, and is started again
            }
            let wanted = plain_answer((death + 1) * TICKS);
            wait_until("all answers", || said(&broker, space, 1).len() >= wanted.len() || worker.is_finished());
            assert_eq!(said(&broker, space, 1), wanted, "after death {death}");
        }
        println!("waited out: {:#?}", member.failures().iter().collect::<std::collections::BTreeSet<_>>());
        assert!(!member.failures().is_empty(), "a commit whose end is never answered fails");
    });
    let mut store = open(&broker, &space, 0, Inputs::Chosen);
    // What was committed, not the last checkpoint: a stop that meets a failure leaves an older one, which is run again in silence.
    let committed = store.restore(&plan_of(0, 1).name).unwrap().position.and_then(|position| position.tick);
    assert_eq!(committed, Some((deaths + 1) * TICKS));
}
