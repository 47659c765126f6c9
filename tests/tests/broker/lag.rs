//! How far a reader is behind, in records: what ends transactions takes positions, and at rest none of it is left to read.
//!
//! Must never enter: a fixed wait, a figure of how fast anything is.

use std::time::{Duration, Instant};

use journal::kafka::{Inputs, KafkaStore};
use journal::{Lag, Store};
use tests::broker::broker;

use crate::messages::{PATIENCE, ToyMessages, make_topics, open, source};
use crate::toy::IN;
use crate::work::{records_of, write_ticks};

const TICKS: i64 = 20;

#[test]
fn at_rest_nothing_is_behind_whatever_ended_the_last_transaction() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    write_ticks(&mut source(broker, &space), 1..=TICKS);
    let mut store = open(broker, &space, 1, Inputs::Chosen);
    let mut read = Vec::new();
    store.read((IN, 0), 0, 0, &mut read).unwrap();
    let behind = |store: &KafkaStore<ToyMessages>| store.lags(&[(IN, 0)]).unwrap();
    let first = behind(&store);
    let there = usize::try_from(TICKS).unwrap() + (1..=TICKS).flat_map(records_of).count();
    assert!(first.first().is_some_and(|lag| lag.entries >= there as u64), "{first:?} of {there}");
    let begun = Instant::now();
    while read.len() < there {
        assert!(begun.elapsed() < PATIENCE, "{} of {there} entries came", read.len());
        store.wait(Duration::from_millis(20));
        let next = read.last().map_or(0, |(position, _)| position + 1);
        store.read((IN, 0), next, 1_000, &mut read).unwrap();
    }
    let next = read.last().map_or(0, |(position, _)| position + 1);
    assert!(store.end(IN, 0).unwrap() > next, "behind the last entry the end of its transaction must stand for this test to say anything");
    let (begun, rest) = (Instant::now(), [Lag { topic: IN, partition: 0, next, entries: 0 }]);
    while behind(&store) != rest {
        assert!(begun.elapsed() < PATIENCE, "{:?}", behind(&store));
        store.wait(Duration::from_millis(20));
    }
}
