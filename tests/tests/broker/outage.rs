//! Brokers that die under a commit: it is made again, and stands once.
//!
//! These tests have brokers of their own, because they kill them. Must never enter: a broker that other tests use.

use std::time::{Duration, Instant};

use journal::Store;
use journal::kafka::Inputs;
use service_kit::{Ending, Fatal, Line, Pace, Stop};
use tests::broker::Broker;

use crate::messages::{PATIENCE, make_topics, open, said, source};
use crate::toy::IN;
use crate::work::{Summers, plain_answer, plan_of, write_ticks};

/// A process goes on through the loss of its only broker: alive, not ready, and by itself when it is back.
#[test]
fn a_broker_that_dies_under_work_and_comes_back_costs_time_only() {
    let Some(broker) = Broker::start(1) else { return };
    let space = broker.space();
    make_topics(&broker, &space, 1);
    write_ticks(&mut source(&broker, &space), 1..=40);
    let (stop, seated) = (Stop::new(), std::sync::atomic::AtomicU32::new(0));
    let failures = std::thread::scope(|scope| {
        let (stop, broker, space, seated) = (&stop, &broker, &space, &seated);
        let worker = scope.spawn(move || {
            let mut store = open(broker, space, 0, Inputs::Shared(vec![IN]));
            // The tick by tick commits make it likely that one of them is under way when the broker dies.
            let mut line = Line::new(Pace { commit_outputs: 1, checkpoint_records: Some(30), ..Pace::default() });
            let mut crew = Summers { partitions: 1, seated };
            let mut failures = Vec::new();
            loop {
                match line.serve(&mut store, &mut crew, stop) {
                    Ok(Ending::Stopped) => return failures,
                    Err(Fatal::Journal(error)) if error.is_passing() => failures.push(error.to_string()),
                    other => panic!("{other:?}"),
                }
            }
        });
        let start = Instant::now();
        while said(broker, space, 1).is_empty() {
            assert!(start.elapsed() < PATIENCE * 4);
        }
        broker.kill(1);
        std::thread::sleep(Duration::from_secs(2)); // long enough for calls to fail, short enough for the session
        broker.revive(1);
        let start = Instant::now();
        while said(broker, space, 1).len() < plain_answer(40).len() {
            if start.elapsed() > PATIENCE * 2 {
                break; // what was said is compared below
            }
        }
        stop.ask();
        worker.join().unwrap()
    });
    assert_eq!(said(&broker, &space, 1), plain_answer(40), "after {failures:#?}");
    let mut store = open(&broker, &space, 0, Inputs::Chosen);
    // What was committed, not the last checkpoint: a stop that meets a failure leaves an older one, which is run again in silence.
    let committed = store.restore(&plan_of(0, 1).name).unwrap().position.and_then(|position| position.tick);
    assert_eq!(committed, Some(40));
    assert!(store.end(IN, 0).unwrap() > 0);
}
