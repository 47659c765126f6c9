//! A batch that holds more than the client unpacks: its partition stands still before it, where that is is told, and with another bound
//! for what is unpacked everything is read.
//!
//! Must never enter: a message that is skipped, a batch that is large on the wire.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use journal::{
    Entry, Notice, Store as _,
    kafka::{Inputs, KafkaStore},
};
use rdkafka::{
    ClientConfig,
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use service_kit::broker::end_on_stall;
use stages::{
    bytes::Bytes,
    message::{EVENTS, Message},
    settings::KafkaSection,
};
use std::time::{Duration, Instant};
use tests::{broker::broker, on_kafka::Stand};

/// What the client unpacks at most, and what it is to unpack.
const BOUND: &str = "4000000";
const FAR_MORE: usize = 8 << 20;
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends each value in a batch of its own, packed to nearly nothing.
fn send(stand: &Stand, values: &[Vec<u8>]) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &stand.bootstrap).set("compression.type", "zstd").set("message.max.bytes", "100000000");
    let producer: BaseProducer = config.create().unwrap();
    let topic = stand.section(0).space().name(EVENTS).unwrap();
    for value in values {
        producer.send(BaseRecord::<(), [u8]>::to(&topic).payload(value).partition(0)).map_err(|(error, _)| error).unwrap();
        producer.flush(PATIENCE).unwrap();
    }
}

/// What is read of the events until so many messages are there, or something is told that a batch cannot be unpacked.
fn read(section: &KafkaSection, wanted: usize) -> (Vec<usize>, Option<Notice>) {
    let settings = section.settings("intake", Inputs::Chosen).unwrap();
    let mut store = KafkaStore::open(settings, Bytes::of(&section.space()), end_on_stall()).unwrap();
    let (mut sizes, mut out, began) = (Vec::new(), Vec::new(), Instant::now());
    let mut next = 0;
    while sizes.len() < wanted {
        assert!(began.elapsed() < PATIENCE, "{sizes:?} were read of {wanted}");
        store.read((EVENTS, 0), next, 10, &mut out).unwrap();
        for (position, entry) in out.drain(..) {
            let Entry::Record { record: Message::Raw(raw), .. } = entry else { panic!("{entry:?} is no message of a feed") };
            next = position + 1;
            sizes.push(raw.bytes.len());
        }
        assert!(store.changes().unwrap().is_empty());
        if let Some(told) = store.take_notices().into_iter().find(|notice| matches!(notice, Notice::Unreadable { .. })) {
            return (sizes, Some(told));
        }
        store.wait(Duration::from_millis(20));
    }
    (sizes, None)
}

#[test]
fn a_batch_that_cannot_be_unpacked_is_told_by_its_place_and_read_with_another_bound() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 1, instances: 1 };
    stand.make_topics().unwrap();
    send(&stand, &[b"before".to_vec(), vec![0; FAR_MORE], b"behind".to_vec()]);
    let mut section = stand.section(0);
    let bound = |key: &str, bytes: &str| (key.to_owned(), bytes.to_owned());
    section.client.extend([bound("receive.message.max.bytes", BOUND), bound("fetch.max.bytes", "2000000")]);
    let (sizes, told) = read(&section, 3);
    let topic = section.space().name(EVENTS).unwrap();
    assert_eq!(told, Some(Notice::Unreadable { topic, partition: 0, position: 1, bytes_max: 4_000_000 }), "{sizes:?}");
    // It is not skipped: whoever raises the bound reads it, and what stands behind it.
    section.client = stand.section(0).client;
    let (sizes, told) = read(&section, 3);
    assert_eq!((sizes, told), (vec![b"before".len(), FAR_MORE, b"behind".len()], None));
}
