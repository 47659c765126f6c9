//! The ground of a store on a broker, and the contract on it.
//!
//! What a store hands out comes when it comes; the ground waits until as much has come as an independent reader counts. Must
//! never enter: a rule; those stand in the contract.

use std::time::{Duration, Instant};

use journal::kafka::{Codec, Growth, Identity, Incoming, Inputs, KafkaStore, MessageBuffer, Settings, TopicName};
use journal::{Commit, Entry, FailHook, JournalError, Mark, Origins, Page, Restored, Store, Topic};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::{ClientConfig, Message};
use tests::broker::{Broker, broker};

use crate::contract::contract;
use crate::toy::{Ground, Toy};

contract!(kafka, KafkaGround);

/// How long anything may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Key: id. Value: tick and value, or a mark, as words.
#[derive(Clone, Debug)]
pub(crate) struct ToyMessages(pub(crate) Vec<TopicName>);

impl ToyMessages {
    pub(crate) fn new(space: &str) -> Self {
        let name = |topic: &str| TopicName { name: format!("{space}.{topic}"), growth: Growth::Fixed };
        Self(vec![name("in"), name("out")])
    }
}

impl Codec for ToyMessages {
    type Record = Toy;

    fn topics(&self) -> &[TopicName] {
        &self.0
    }

    fn encode(&self, _topic: Topic, entry: &Entry<Toy>, message: &mut MessageBuffer) {
        match entry {
            Entry::Record { origin, record } => {
                message.key.extend_from_slice(record.id.to_string().as_bytes());
                message.value.extend_from_slice(format!("r {origin} {} {}", record.tick, record.value).as_bytes());
            }
            Entry::Mark(mark) => {
                let (range, count) = (mark.origins.range(), mark.count);
                let words = format!("m {} {} {} {} {} {count}", mark.generation, mark.stage, range.start, range.end, mark.tick);
                message.value.extend_from_slice(words.as_bytes());
            }
        }
    }

    fn decode(&self, _topic: Topic, message: &Incoming<'_>) -> Result<Entry<Toy>, String> {
        let text = str::from_utf8(message.value.unwrap_or_default()).map_err(|error| error.to_string())?;
        let numbers: Vec<i64> = text.split(' ').skip(1).map(|word| word.parse().unwrap()).collect();
        let at = |place: usize| u32::try_from(numbers[place]).unwrap();
        if text.starts_with('r') {
            let id = str::from_utf8(message.key.unwrap_or_default()).unwrap().parse().unwrap();
            return Ok(Entry::Record { origin: at(0), record: Toy { tick: numbers[1], id, value: numbers[2] } });
        }
        let (first, until) = (at(2), at(3));
        let origins = if until == first + 1 { Origins::One(first) } else { Origins::Span { first, until } };
        Ok(Entry::Mark(Mark { generation: at(0), stage: u8::try_from(numbers[1]).unwrap(), origins, tick: numbers[4], count: at(5) }))
    }
}

pub(crate) fn on_stall() -> journal::kafka::OnStall {
    std::sync::Arc::new(|call, hung| panic!("{call} hangs for {hung:?}"))
}

/// How many committed messages a partition has at and after a position, as another client counts them.
fn count_from(bootstrap: &str, (name, partition): (&str, u32), from: u64) -> usize {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("group.id", format!("{name}-count")).set("enable.partition.eof", "true");
    config.set("isolation.level", "read_committed").set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
    let reader: BaseConsumer = config.create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(name, partition.cast_signed(), Offset::Offset(from.cast_signed())).unwrap();
    reader.assign(&list).unwrap();
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < PATIENCE {
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => count += usize::from(message.offset() >= from.cast_signed()),
            Some(Err(KafkaError::PartitionEOF(_))) => return count,
            Some(Err(error)) => panic!("{error}"),
            None => {}
        }
    }
    panic!("{name} did not end");
}

/// A store that waits for what is there.
pub(crate) struct Patient {
    pub(crate) store: KafkaStore<ToyMessages>,
    names: Vec<TopicName>,
    bootstrap: String,
}

impl Store for Patient {
    type Record = Toy;

    fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        self.store.partitions(topic)
    }
    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError> {
        self.store.end(topic, partition)
    }
    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<Toy>)>) -> Result<(), JournalError> {
        let before = out.len();
        self.store.read(at, from, max, out)?;
        if max == 0 {
            return Ok(());
        }
        let name = &self.names[usize::from(at.0.0)].name;
        let there = count_from(&self.bootstrap, (name, at.1), from).min(max);
        let start = Instant::now();
        while out.len() - before < there {
            assert!(start.elapsed() < PATIENCE, "{} of {there} came", out.len() - before);
            let next = out.last().filter(|_| out.len() > before).map_or(from, |(position, _)| position + 1);
            self.store.wait(Duration::from_millis(10));
            self.store.read(at, next, there - (out.len() - before), out)?;
        }
        Ok(())
    }
    fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        self.store.restore(task)
    }
    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError> {
        self.store.pages(task)
    }
    fn commit(&mut self, parts: &mut [Commit<Toy>]) -> Result<(), JournalError> {
        self.store.commit(parts)
    }
}

/// A place on the shared broker.
pub(crate) struct KafkaGround {
    log: Option<Patient>,
    space: String,
    broker: &'static Broker,
}

impl Ground for KafkaGround {
    type Log = Patient;

    fn new() -> Option<Self> {
        let broker = broker()?;
        let space = broker.space();
        let identity = Identity::new(&space, "toy", 0);
        let (input, output, state) = (format!("{space}.in"), format!("{space}.out"), identity.state_topic());
        broker.topics(&[(&input, 1, &[]), (&output, 1, &[]), (&state, 1, &[("cleanup.policy", "compact")])]);
        let mut ground = Self { log: None, space, broker };
        ground.restart();
        Some(ground)
    }
    fn log(&mut self) -> &mut Patient {
        self.log.as_mut().unwrap()
    }
    fn restart(&mut self) {
        self.log = None;
        let codec = ToyMessages::new(&self.space);
        let settings = Settings::new(&self.broker.bootstrap, Identity::new(&self.space, "toy", 0), Inputs::Chosen);
        let names = codec.0.clone();
        let store = KafkaStore::open(settings, codec, on_stall()).unwrap();
        self.log = Some(Patient { store, names, bootstrap: self.broker.bootstrap.clone() });
    }
    fn hang(&mut self, hook: Option<FailHook>) {
        self.log().store.hang(hook);
    }
}
