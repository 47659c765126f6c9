//! A topic as any other client reads and writes it: partitions, keys, bytes and headers.
//!
//! Must never enter: a client of ours, a meaning of what is read.

use rdkafka::{
    ClientConfig, Message as _,
    consumer::{BaseConsumer, Consumer as _},
    error::KafkaError,
    message::{BorrowedMessage, Header, Headers as _, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer as _},
    topic_partition_list::{Offset, TopicPartitionList},
};
use std::time::{Duration, Instant};
use tests::broker::plain_reader;

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(150);

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) partition: i32,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) value: Vec<u8>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
}

impl Told {
    fn of(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
        Self {
            partition: message.partition(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().unwrap_or_default().to_vec(),
            headers: headers.map(|header| (header.key.to_owned(), header.value.unwrap_or_default().to_vec())).collect(),
        }
    }

    /// The value of a header, as text.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| str::from_utf8(value).unwrap_or(""))
    }
}

/// What is committed of a topic, partition by partition.
pub(crate) fn read(bootstrap: &str, topic: &str, partitions: u32) -> Vec<Told> {
    let mut config = plain_reader(bootstrap, &format!("{topic}-plain"));
    let reader: BaseConsumer = config.set("isolation.level", "read_committed").create().unwrap();
    let mut list = TopicPartitionList::new();
    // By its number: a client that has just begun asks half a second later where the beginning is.
    (0..partitions).for_each(|partition| list.add_partition_offset(topic, partition.cast_signed(), Offset::Offset(0)).unwrap());
    reader.assign(&list).unwrap();
    let (mut told, mut ended, began) = (Vec::new(), 0, Instant::now());
    while ended < partitions {
        assert!(began.elapsed() < PATIENCE, "{topic} does not come to an end");
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => told.push(Told::of(&message)),
            Some(Err(KafkaError::PartitionEOF(_))) => ended += 1,
            Some(Err(_)) | None => {}
        }
    }
    told.sort_by_key(|told| told.partition);
    told
}

/// A producer that knows nothing of us; its partitioner is the one that hashes as Java clients do.
pub(crate) fn producer(bootstrap: &str) -> BaseProducer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("linger.ms", "0").set("partitioner", "murmur2_random").create().unwrap()
}

/// Writes messages, each to its partition.
pub(crate) fn write(bootstrap: &str, topic: &str, messages: &[Told]) {
    let producer = producer(bootstrap);
    for Told { partition, key, value, headers } in messages {
        let with = |all: OwnedHeaders, (key, value): &(String, Vec<u8>)| all.insert(Header { key, value: Some(value) });
        let mut record = BaseRecord::<[u8], [u8]>::to(topic).partition(*partition).payload(value);
        record.key = key.as_deref();
        record.headers = Some(headers.iter().fold(OwnedHeaders::new(), with));
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.poll(Duration::ZERO);
    }
    producer.flush(PATIENCE).unwrap();
}
