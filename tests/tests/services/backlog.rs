//! A backlog holds no mark back: while intake works through it, tick after tick is released to the stages behind.
//!
//! Must never enter: a rate, which is the machine's; only that there were marks among the records.

use crate::chaos::{Clock, Herd};
use journal::{Entry, Store as _};
use stages::message::{ADMITTED, Message};
use std::time::{Duration, Instant};
use tests::{
    broker::broker,
    feed::message,
    on_kafka::{Producer, Stand},
    place,
};

/// Messages that wait when intake starts: more than it takes in within a few ticks.
const MESSAGES: u32 = 60_000;
/// Enough for what is read at once of all of them to fill a commit.
const PARTITIONS: u32 = 3;
/// How long they may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

#[test]
fn a_backlog_holds_no_mark_back() {
    let Some(broker) = broker() else { return };
    let _place = place::take();
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
    stand.make_topics().unwrap();
    let day = intake::clock::now().day().plus(-1);
    let mut producer = Producer::open(&stand).unwrap();
    for from in (0..MESSAGES).step_by(10_000) {
        producer.send((from..from + 10_000).map(|n| message(n, "customs", day))).unwrap();
    }
    let mut herd = Herd::start(&stand, &[("intake", 0)], Clock::Host).unwrap();
    let mut store = stand.store().unwrap();
    let admissible = MESSAGES - MESSAGES / 50;
    let (mut next, mut records, mut ticks, mut between) = ([0; PARTITIONS as usize], 0, 0, 0);
    let began = Instant::now();
    while records < admissible {
        assert!(began.elapsed() < PATIENCE, "{records} of {admissible} records were admitted");
        herd.restart().unwrap();
        store.wait(Duration::from_millis(20));
        for (partition, next) in (0..).zip(&mut next) {
            let mut entries: Vec<(u64, Entry<Message>)> = Vec::new();
            store.read((ADMITTED, partition), *next, 10_000, &mut entries).unwrap();
            for (position, entry) in entries {
                *next = position + 1;
                match entry {
                    Entry::Record { origin: 0, .. } => {} // the first pack
                    Entry::Record { .. } => {
                        records += 1;
                        between = if partition == 0 { ticks } else { between };
                    }
                    // The first marks stand before the first record.
                    Entry::Mark(_) => ticks += u32::from(partition == 0 && records > 0),
                }
            }
        }
    }
    assert!(between >= 3, "{between} marks among {records} records: whoever waits for a tick waits for the end of the backlog");
}
