//! Two intakes whose clocks are an hour apart: what one takes over from the other it goes on with above the last mark.
//!
//! Must never enter: a clock that is set while an intake runs, which is the engine's own test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{door::event, running::Running};
use intake::clock;
use journal::Entry;
use stages::message::{ADMITTED, Message};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    time::{Duration, Instant},
};
use tests::{
    broker::broker,
    on_kafka::{Producer, Stand},
};
use vocab::time::{TICKS_PER_SECOND, Tick};

const PATIENCE: Duration = Duration::from_secs(300);
/// As many as make sure that whoever comes second is given one of events.
const PARTITIONS: u32 = 4;
const AT_ONCE: u32 = 40;

fn an_hour_ago() -> Tick {
    Tick(clock::now().0 - 3_600 * TICKS_PER_SECOND)
}

/// What the log says of each origin.
#[derive(Debug, Default)]
struct Told {
    /// The last mark.
    marks: BTreeMap<u32, i64>,
    /// The stamps of its records, in order of position.
    stamps: BTreeMap<u32, Vec<i64>>,
}

impl Told {
    /// Reads the log, and that no promise in it was broken.
    fn read(stand: &Stand) -> Self {
        let (reader, mut told) = (stand.reader().unwrap(), Self::default());
        for partition in 0..PARTITIONS {
            let mut marks: BTreeMap<u32, i64> = BTreeMap::new();
            let each = reader.each((ADMITTED, partition), 0, |position, entry| {
                match entry {
                    Entry::Mark(mark) => mark.origins.range().for_each(|origin| {
                        let before = marks.insert(origin, mark.tick);
                        assert!(before < Some(mark.tick), "partition {partition}, position {position}: {mark:?} behind {before:?}");
                    }),
                    Entry::Record { origin, record: Message::Admitted(one) } => {
                        let mark = marks.get(&origin).copied();
                        assert!(mark < Some(one.known.0), "partition {partition}, position {position}: {:?} behind {mark:?}", one.known);
                        told.stamps.entry(origin).or_default().push(one.known.0);
                    }
                    Entry::Record { .. } => {}
                }
                Ok(ControlFlow::Continue(()))
            });
            each.unwrap();
            for (origin, tick) in marks {
                let newest = told.marks.entry(origin).or_insert(tick);
                *newest = tick.max(*newest);
            }
        }
        told
    }

    fn records(&self) -> usize {
        self.stamps.iter().filter(|(origin, _)| **origin != 0).map(|(_, stamps)| stamps.len()).sum()
    }

    /// Origins of events whose marks lie this far below the newest.
    fn behind(&self, ticks: i64) -> usize {
        let newest = self.marks.values().max().copied().unwrap_or(0);
        self.marks.iter().filter(|(origin, tick)| **origin != 0 && newest - **tick >= ticks).count()
    }
}

fn until(stand: &Stand, what: &str, is_so: impl Fn(&Told) -> bool) -> Told {
    let began = Instant::now();
    loop {
        let told = Told::read(stand);
        if is_so(&told) {
            return told;
        }
        assert!(began.elapsed() < PATIENCE, "it did not happen: {what}; {:?}", told.marks);
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_intake_whose_clock_is_an_hour_behind_goes_on_above_the_last_mark() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 2 };
    stand.make_topics().unwrap();
    let first = Running::intake(stand.section(0), "small.toml");
    first.ready();
    let mut producer = Producer::open(&stand).unwrap();
    // None that is no event.
    producer.send((0..AT_ONCE).map(event)).unwrap();
    until(&stand, "the first is at work", |told| told.records() == AT_ONCE as usize);
    let second = Running::intake_by(an_hour_ago, stand.section(1), "small.toml");
    second.ready();
    // Ahead of its clock an origin goes on by one tick in two: it falls behind those of the clock that is right.
    until(&stand, "the second has taken over", |told| told.behind(2 * TICKS_PER_SECOND) > 0);
    let sent = clock::now().0;
    producer.send((0..AT_ONCE).map(|n| event(n + 50))).unwrap();
    let told = until(&stand, "both are at work", |told| told.records() == 2 * AT_ONCE as usize);
    let early = told.stamps.iter().filter(|(origin, stamps)| **origin != 0 && stamps.last().is_some_and(|last| *last < sent)).count();
    assert!(early > 0, "nothing of the second lot was stamped by the clock that is behind: {told:?}");
    first.end().unwrap();
    second.end().unwrap();
    Told::read(&stand);
}
