//! A partition whose queue is full rests, others do not, and it is read on when its task asks.
//!
//! Must never enter: a figure of how fast.

use std::time::{Duration, Instant};

use journal::kafka::{Identity, Inputs, KafkaStore, Settings};
use journal::{Entry, Store};
use tests::broker::broker;

use crate::messages::{PATIENCE, ToyMessages, make_topics, on_stall, source, texts};
use crate::toy::{IN, Toy};
use crate::work::write_ticks;

/// What may wait of a partition.
const QUEUE_BYTES: usize = 4 << 10;
/// More than a message of these tests takes in a queue.
const MESSAGE_BYTES: usize = 1 << 8;
const TICKS: i64 = 100;

/// Takes what is there of a partition, a few at a time.
fn take(store: &mut KafkaStore<ToyMessages>, partition: u32, count: usize) -> Vec<(u64, Entry<Toy>)> {
    let (mut taken, begun) = (Vec::new(), Instant::now());
    while taken.len() < count {
        assert!(begun.elapsed() < PATIENCE, "{} of {count} came of partition {partition}", taken.len());
        let next = taken.last().map_or(0, |(position, _)| position + 1);
        store.read((IN, partition), next, 7, &mut taken).unwrap();
        store.wait(Duration::from_millis(2));
    }
    taken
}

#[test]
fn a_partition_that_nobody_asks_for_rests_and_the_others_go_on() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 2);
    write_ticks(&mut source(broker, &space), 1..=TICKS);
    let mut settings = Settings::new(&broker.bootstrap, Identity::new(&space, "toy", 0), Inputs::Chosen);
    settings.queue_bytes_max = QUEUE_BYTES;
    let mut store = KafkaStore::open(settings, ToyMessages::new(&space), on_stall()).unwrap();
    let there = [0, 1].map(|partition| texts(broker, (&format!("{space}.in"), partition), 0, "read_committed").len());
    assert!(there.iter().all(|count| count * 96 > QUEUE_BYTES * 2), "all of it must not fit: {there:?}");
    for partition in [0, 1] {
        store.read((IN, partition), 0, 0, &mut Vec::new()).unwrap();
    }
    let waiting = |store: &KafkaStore<ToyMessages>| store.waiting_bytes((IN, 0)).unwrap();
    let begun = Instant::now();
    while waiting(&store) <= QUEUE_BYTES {
        assert!(begun.elapsed() < PATIENCE, "the queue does not fill");
        store.wait(Duration::from_millis(10));
    }
    // The other one is read to its end meanwhile, in many more polls than it would take to read all of both.
    assert_eq!(take(&mut store, 1, there[1]).len(), there[1]);
    assert!(waiting(&store) < QUEUE_BYTES + MESSAGE_BYTES, "{} bytes wait", waiting(&store));
    let taken = take(&mut store, 0, there[0]);
    assert_eq!(taken.len(), there[0]);
    assert!(taken.windows(2).all(|pair| pair[0].0 < pair[1].0), "each once, and in order");
}

/// Whoever asks for a longer wait gets a shorter one: between two polls the group is not answered.
#[test]
fn no_wait_is_longer_than_a_poll_may_be() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    let mut store = crate::messages::open(broker, &space, 0, Inputs::Shared(vec![IN]));
    let begun = Instant::now();
    (0..3).for_each(|_| store.wait(PATIENCE));
    assert!(begun.elapsed() < PATIENCE, "three waits took {:?}", begun.elapsed());
}
