//! The messages of the toy, and how a store of them is opened.
//!
//! Must never enter: an assertion; those stand in the tests.

use std::time::{Duration, Instant};

use journal::kafka::{Codec, Growth, Identity, Incoming, Inputs, KafkaStore, MessageBuffer, Settings, TopicName};
use journal::{Entry, Mark, Origins, Topic};
use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tests::{
    broker::{Broker, plain_reader},
    form::protocol,
};

use crate::toy::Toy;

/// How long anything may take before the test has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

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
        let origins = Origins::of(first, until);
        Ok(Entry::Mark(Mark { generation: at(0), stage: u8::try_from(numbers[1]).unwrap(), origins, tick: numbers[4], count: at(5) }))
    }
}

pub(crate) fn on_stall() -> journal::kafka::OnStall {
    std::sync::Arc::new(|call, hung| panic!("{call} hangs for {hung:?}"))
}

/// Topics in a space: the input and the output with as many partitions, and the state beside them.
pub(crate) fn make_topics(broker: &Broker, space: &str, partitions: u32) {
    make_copied_topics(broker, space, (partitions, 1));
}

/// The same with so many copies of each partition: (partitions, copies).
pub(crate) fn make_copied_topics(broker: &Broker, space: &str, (partitions, copies): (u32, u32)) {
    let state = Identity::new(space, "toy", 0).state_topic();
    let (input, output) = (format!("{space}.in"), format!("{space}.out"));
    let compacted = [("cleanup.policy", "compact")];
    broker.copied_topics(copies, &[(&input, partitions, &[]), (&output, partitions, &[]), (&state, partitions, &compacted)]);
}

/// The store of one instance of the service `toy`.
pub(crate) fn open(broker: &Broker, space: &str, ordinal: u32, inputs: Inputs) -> KafkaStore<ToyMessages> {
    let mut settings = Settings::new(&broker.bootstrap, Identity::new(space, "toy", ordinal), inputs);
    settings.more.extend(protocol());
    KafkaStore::open(settings, ToyMessages::new(space), on_stall()).unwrap()
}

/// The store of the stage before: it writes the input, under a name of its own.
pub(crate) fn source(broker: &Broker, space: &str) -> KafkaStore<ToyMessages> {
    open(broker, space, 99, Inputs::Chosen)
}

fn reader(broker: &Broker, (name, partition): (&str, u32), from: u64, isolation: &str) -> BaseConsumer {
    let mut config = plain_reader(&broker.bootstrap, &format!("{name}-reader"));
    config.set("isolation.level", isolation).set("auto.offset.reset", "earliest");
    let reader: BaseConsumer = config.create().unwrap();
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(name, partition.cast_signed(), Offset::Offset(from.cast_signed())).unwrap();
    reader.assign(&list).unwrap();
    reader
}

/// What a partition has at and after a position, as another client reads it: keys and values, as text.
pub(crate) fn texts(broker: &Broker, at: (&str, u32), from: u64, isolation: &str) -> Vec<(String, String)> {
    let (reader, start, mut found) = (reader(broker, at, from, isolation), Instant::now(), Vec::new());
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    while start.elapsed() < PATIENCE {
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => found.push((text(message.key()), text(message.payload()))),
            Some(Err(KafkaError::PartitionEOF(_))) => return found,
            // A broker that is away: the client tries again, and the patience here ends.
            Some(Err(_)) | None => {}
        }
    }
    panic!("{at:?} did not end");
}

/// All records of the output, in an order that does not depend on partitions.
pub(crate) fn said(broker: &Broker, space: &str, partitions: u32) -> Vec<Toy> {
    let name = format!("{space}.out");
    let all = (0..partitions).flat_map(|partition| texts(broker, (&name, partition), 0, "read_committed"));
    let record = |(key, value): (String, String)| {
        let numbers: Vec<i64> = value.strip_prefix("r ")?.split(' ').map(|word| word.parse().unwrap()).collect();
        Some(Toy { tick: numbers[1], id: key.parse().unwrap(), value: numbers[2] })
    };
    let mut said: Vec<Toy> = all.filter_map(record).collect();
    said.sort_by_key(|record| (record.tick, record.id, record.value));
    said
}
