//! The admitted log on a broker, read entry by entry and held against the promises of its marks.
//!
//! Knows the protocol only as design.md tells it, and nothing of how it is kept. Must never enter: an order of ticks of the product's.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use journal::{Entry, Mark, kafka::topics::Topics};
use rdkafka::{
    ClientConfig,
    consumer::{BaseConsumer, Consumer as _},
};
use stages::{
    message::{ADMITTED, Message, REFUSED},
    space::Scale,
};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};
use tests::on_kafka::Stand;
use vocab::record::Admitted;

const PATIENCE: Duration = Duration::from_secs(300);
/// How long a broker may take to make the partitions of a topic that it knows, and to answer for one.
const MADE_WITHIN: Duration = Duration::from_secs(30);
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// What stands in the log.
#[derive(Debug, Default)]
pub(crate) struct Stamped {
    /// Records of feeds, each once.
    pub(crate) records: Vec<Arc<Admitted>>,
    /// Records of the origin of people's acts, a copy for each partition.
    pub(crate) acts: u32,
    /// Messages that were turned away.
    pub(crate) refused: u32,
    /// Last mark of every origin.
    pub(crate) marks: BTreeMap<u32, i64>,
    /// The tick of the mark that first spoke of so many origins.
    pub(crate) counts: BTreeMap<u32, i64>,
}

impl Stamped {
    /// Messages of feeds that are in the log or were turned away.
    pub(crate) fn taken(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap() + self.refused
    }

    /// Records that no mark covers yet.
    pub(crate) fn open(&self) -> usize {
        self.records.iter().filter(|one| self.marks.get(&one.origin).is_none_or(|mark| *mark < one.known.0)).count()
    }

    /// How often each record of a feed is there.
    pub(crate) fn by_record(&self) -> BTreeMap<String, u32> {
        let mut all = BTreeMap::new();
        self.records.iter().for_each(|one| *all.entry(one.event.source_record_id.to_string()).or_default() += 1);
        all
    }
}

/// One partition, as far as it is read.
#[derive(Default)]
struct Promises {
    marks: BTreeMap<u32, i64>,
    count: u32,
}

impl Promises {
    /// The tick that is complete from all that were announced.
    fn passed(&self) -> Option<i64> {
        let each = (0..self.count).map(|origin| self.marks.get(&origin).copied());
        each.min().flatten()
    }

    fn mark(&mut self, mark: &Mark) {
        for origin in mark.origins.range() {
            let before = self.marks.insert(origin, mark.tick);
            assert!(before.is_none_or(|before| before < mark.tick), "marks of {origin} rise strictly: {before:?}, {mark:?}");
        }
        if mark.origins.range().contains(&0) {
            assert!(mark.count >= self.count, "the number of origins fell from {} in {mark:?}", self.count);
            self.count = mark.count;
        }
    }

    fn record(&self, one: &Admitted) {
        let (origin, known) = (one.origin, one.known.0);
        assert!(origin == 0 || origin < self.count, "origin {origin} was not announced: {} are", self.count);
        assert!(self.marks.get(&origin).is_none_or(|mark| *mark < known), "{origin} stamped {known}, which it had promised to be complete");
        assert!(self.passed().is_none_or(|passed| passed < known), "{origin} stamped {known}, which was released before");
    }
}

/// Reads all of the log; every entry must keep what was promised before it.
pub(crate) fn stamped(stand: &Stand) -> Stamped {
    let reader = stand.reader().unwrap();
    let mut all = Stamped::default();
    for partition in 0..stand.partitions {
        let mut promises = Promises::default();
        let took = reader.each((ADMITTED, partition), 0, |_, entry| {
            match entry {
                Entry::Mark(mark) => {
                    promises.mark(&mark);
                    all.counts.entry(promises.count).or_insert(mark.tick);
                }
                Entry::Record { record: Message::Admitted(one), .. } => {
                    promises.record(&one);
                    if one.origin == 0 { all.acts += 1 } else { all.records.push(one) }
                }
                Entry::Record { record, .. } => panic!("{record:?} is no business of intake"),
            }
            Ok(ControlFlow::Continue(()))
        });
        took.unwrap();
        all.marks = promises.marks;
        let took = reader.each((REFUSED, partition), 0, |_, entry| {
            all.refused += u32::from(matches!(entry, Entry::Record { .. }));
            Ok(ControlFlow::Continue(()))
        });
        took.unwrap();
    }
    all
}

/// Waits until so many messages of feeds are in the log or were turned away.
pub(crate) fn until_taken(stand: &Stand, messages: u32) -> Stamped {
    let began = Instant::now();
    loop {
        let all = stamped(stand);
        if all.taken() >= messages {
            return all;
        }
        assert!(began.elapsed() < PATIENCE, "{} of {messages} messages were taken in: {:?}", all.taken(), all.marks);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Whether the partitions of a topic answer: a broker whose controller is starved was seen to know a topic that was made anew, and never
/// to make its partitions.
fn has_partitions(stand: &Stand, name: &str) -> bool {
    let client: BaseConsumer = ClientConfig::new().set("bootstrap.servers", &stand.bootstrap).create().unwrap();
    let Ok(found) = client.fetch_metadata(Some(name), ANSWERS_WITHIN) else { return false };
    let partitions = found.topics().first().map_or(&[][..], |topic| topic.partitions());
    !partitions.is_empty() && partitions.iter().all(|one| client.fetch_watermarks(name, one.id(), ANSWERS_WITHIN).is_ok())
}

/// Deletes topics and makes them anew, empty; how many. So many partitions of events there are.
pub(crate) fn make_anew(stand: &Stand, events: u32, is_lost: impl Fn(&str) -> bool) -> usize {
    let wanted = stand.section(0).space().wanted(Scale { events, partitions: stand.partitions, replication: 1 });
    let lost: Vec<&str> = wanted.iter().map(|topic| topic.name.as_str()).filter(|name| is_lost(name)).collect();
    assert!(!lost.is_empty());
    let topics = Topics::open(&stand.bootstrap, &[]).unwrap();
    topics.delete(&lost).unwrap();
    let (began, mut made) = (Instant::now(), Instant::now());
    // Deleting goes on in the background: until it is through, a topic can neither be made nor be seen to be whole.
    loop {
        match topics.plan(&wanted) {
            Ok(plan) if plan.is_done() && lost.iter().all(|name| has_partitions(stand, name)) => return lost.len(),
            Ok(plan) if plan.is_done() && made.elapsed() > MADE_WITHIN => {
                topics.delete(&lost).unwrap();
                made = Instant::now();
            }
            Ok(plan) => drop(topics.apply(&plan)),
            Err(_) => {}
        }
        assert!(began.elapsed() < PATIENCE, "{lost:?} were not made anew");
        std::thread::sleep(Duration::from_millis(100));
    }
}
