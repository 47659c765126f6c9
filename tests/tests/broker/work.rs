//! Work for processes that share partitions: a writer of ticks, a stage that sums, and the plain answer.
//!
//! Every record tells the new sum of its id, so a record that is lost or counted twice changes all answers behind it. Must
//! never enter: a log, a client.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use journal::kafka::KafkaStore;
use journal::{
    Commit, Entry, Mark, Origins, Output, Page, PageChange, PositionEntry, Sequenced, Store, Target, TaskPlan, Topic, partition_for,
};
use service_kit::{BadState, Crew, Hand, Line, Outputs, Stage};

use crate::messages::{PATIENCE, ToyMessages};
use crate::toy::{IN, OUT, Toy};

/// Ids in use.
const IDS: u32 = 40;

/// Records of a tick; the same for every run.
pub(crate) fn records_of(tick: i64) -> impl Iterator<Item = Toy> {
    let mixed = move |n: i64| ((tick * 1_000 + n).wrapping_mul(6_364_136_223_846_793_005) >> 33).unsigned_abs();
    (0..i64::try_from(mixed(0) % 7).unwrap()).map(move |n| {
        let id = u32::try_from(mixed(n + 1) % u64::from(IDS)).unwrap();
        Toy { tick, id, value: n + 1 }
    })
}

/// What the stage says about the ticks up to the last, computed without a log.
pub(crate) fn plain_answer(ticks: i64) -> Vec<Toy> {
    let mut sums = BTreeMap::<u32, i64>::new();
    let mut out = Vec::new();
    for tick in 1..=ticks {
        let mut records: Vec<Toy> = records_of(tick).collect();
        records.sort_by_key(Sequenced::order);
        for record in records {
            let sum = sums.entry(record.id).or_default();
            *sum += record.value;
            out.push(Toy { value: *sum, ..record });
        }
    }
    out.sort_by_key(|record| (record.tick, record.id, record.value));
    out
}

/// Writes ticks with a store of its own, as the stage before would.
pub(crate) fn write_ticks(store: &mut KafkaStore<ToyMessages>, ticks: std::ops::RangeInclusive<i64>) {
    let begun = Instant::now();
    let lease = loop {
        match store.restore("source/0") {
            Ok(restored) => break restored.lease,
            // Topics were made a moment ago, or brokers are away.
            Err(error) => assert!(error.is_passing() && begun.elapsed() < PATIENCE * 2, "the source cannot begin: {error}"),
        }
    };
    let partitions = store.partitions(IN).unwrap();
    for tick in ticks {
        let record = |record: Toy| Output {
            topic: IN,
            partition: partition_for(&record.id.to_le_bytes(), partitions),
            entry: Entry::Record { origin: 0, record },
        };
        let mark = |partition| {
            let mark = Mark { generation: 1, stage: 1, origins: Origins::One(0), tick, count: 1 };
            Output { topic: IN, partition, entry: Entry::Mark(mark) }
        };
        let outputs = records_of(tick).map(record).chain((0..partitions).map(mark)).collect();
        let position = PositionEntry {
            task: "source/0".to_owned(),
            generation: 1,
            judgement: "toy-1".to_owned(),
            tick: Some(tick),
            sent: Some(tick),
            inputs: Vec::new(),
            streams: Vec::new(),
        };
        let (mut parts, begun) = ([Commit { lease: lease.clone(), outputs, position, checkpoint: None }], Instant::now());
        // Brokers may be away: the same commit is made again.
        while let Err(error) = store.commit(&mut parts) {
            assert!(error.is_passing() && begun.elapsed() < PATIENCE * 2, "tick {tick} cannot be written: {error}");
        }
    }
}

pub(crate) fn plan_of(partition: u32, of: u32) -> TaskPlan {
    TaskPlan {
        name: format!("sum/{partition}"),
        stage: 2,
        origin: partition,
        inputs: vec![(IN, partition)],
        targets: vec![Target { topic: OUT, origins: of }],
        generation: 1,
        judgement: "toy-1".to_owned(),
        held_bytes_max: 1 << 12,
    }
}

/// Tells the sum of an id after every record of it.
#[derive(Debug, Default)]
pub(crate) struct Summing {
    sums: BTreeMap<u32, i64>,
    touched: BTreeSet<u32>,
}

impl Stage for Summing {
    type Record = Toy;

    fn step(&mut self, _tick: i64, records: &[Toy], out: &mut Outputs<Toy>) {
        for record in records {
            let sum = self.sums.entry(record.id).or_default();
            *sum += record.value;
            self.touched.insert(record.id);
            out.send(OUT, &record.id.to_le_bytes(), Toy { value: *sum, ..*record });
        }
    }
    fn pass(&mut self, _tick: i64, _out: &mut Outputs<Toy>) {}
    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        let page = |id: &u32| PageChange { key: id.to_string(), body: Some(self.sums[id].to_le_bytes().to_vec()) };
        pages.extend(self.touched.iter().map(page));
        self.touched.clear();
    }
    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        *self = Self::default();
        for page in pages {
            self.sums.insert(page.key.parse().unwrap(), i64::from_le_bytes(page.body.try_into().unwrap()));
        }
        Ok(())
    }
}

/// Seats the summing stage for every partition it is given, and counts what was seated.
pub(crate) struct Summers<'a> {
    pub(crate) partitions: u32,
    pub(crate) seated: &'a AtomicU32,
}

impl Crew<Toy> for Summers<'_> {
    fn tasks(&mut self, (topic, partition): (Topic, u32)) -> Vec<Hand<Toy>> {
        assert_eq!(topic, IN);
        vec![(plan_of(partition, self.partitions), Box::new(Summing::default()))]
    }
    fn turned(&mut self, line: &Line<'_, Toy>) {
        self.seated.store(u32::try_from(line.plans().count()).unwrap(), Ordering::Release);
    }
}
