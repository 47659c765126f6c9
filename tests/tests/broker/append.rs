//! Appends outside a transaction: on the broker when they are acknowledged, and where Java clients would put them.

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::Thread,
    time::{Duration, Instant},
};

use journal::kafka::{Appender, Identity, Inputs, Outgoing, Settings};
use journal::{JournalError, partition_for};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::{Headers, Message};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use tests::broker::{broker, plain_reader};

use crate::messages::PATIENCE;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread: an append needs no runtime.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    let begun = Instant::now();
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park_timeout(PATIENCE),
        }
        assert!(begun.elapsed() < PATIENCE, "an append does not come to an end");
    }
}

fn appender(bootstrap: &str, space: &str) -> Appender {
    let mut settings = Settings::new(bootstrap, Identity::new(space, "door", 0), Inputs::Chosen);
    settings.call_timeout = Duration::from_secs(5);
    Appender::open(settings).unwrap()
}

/// Partition, key, value, headers.
type Found = (u32, Vec<u8>, Vec<u8>, Vec<String>);

/// Everything in a topic, as another client reads it.
fn all(bootstrap: &str, topic: &str, partitions: u32) -> Vec<Found> {
    let reader: BaseConsumer = plain_reader(bootstrap, &format!("{topic}-all")).create().unwrap();
    let mut list = TopicPartitionList::new();
    // By its number: a client that has just begun asks half a second later where the beginning is.
    (0..partitions).for_each(|partition| list.add_partition_offset(topic, partition.cast_signed(), Offset::Offset(0)).unwrap());
    reader.assign(&list).unwrap();
    let (mut found, mut ended, begun) = (Vec::new(), 0, Instant::now());
    while ended < partitions {
        assert!(begun.elapsed() < PATIENCE, "{topic} does not end");
        match reader.poll(Duration::from_millis(100)) {
            Some(Ok(message)) => {
                let header = |header: rdkafka::message::Header<'_, &[u8]>| {
                    format!("{}: {}", header.key, String::from_utf8_lossy(header.value.unwrap_or_default()))
                };
                let headers = message.headers().map(|headers| headers.iter().map(header).collect()).unwrap_or_default();
                let bytes = |bytes: Option<&[u8]>| bytes.unwrap_or_default().to_vec();
                found.push((message.partition().cast_unsigned(), bytes(message.key()), bytes(message.payload()), headers));
            }
            Some(Err(rdkafka::error::KafkaError::PartitionEOF(_))) => ended += 1,
            Some(Err(error)) => panic!("{error}"),
            None => {}
        }
    }
    found
}

#[test]
fn what_is_acknowledged_is_there_in_order_and_where_its_key_belongs() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    let topic = format!("{space}.events");
    broker.topics(&[(&topic, 3, &[])]);
    let appender = appender(&broker.bootstrap, &space);
    let message = |number: usize| Outgoing {
        key: format!("kr-customs/A-{}", number % 5).into_bytes(),
        value: number.to_string().into_bytes(),
        headers: vec![("content-type".to_owned(), b"application/json".to_vec()), ("ce_id".to_owned(), number.to_string().into_bytes())],
    };
    let sent: Vec<Outgoing> = (0..100).map(message).collect();
    for request in sent.chunks(30) {
        wait(appender.append(&topic, request)).unwrap();
    }
    let found = all(&broker.bootstrap, &topic, 3);
    assert_eq!(found.len(), sent.len());
    for (partition, key, value, headers) in &found {
        let number: usize = String::from_utf8_lossy(value).parse().unwrap();
        assert_eq!(*partition, partition_for(key, 3), "{}", String::from_utf8_lossy(key));
        assert_eq!(
            (key, headers.as_slice()),
            (&sent[number].key, &["content-type: application/json".to_owned(), format!("ce_id: {number}")][..])
        );
    }
    for partition in 0..3 {
        let numbers: Vec<usize> = found
            .iter()
            .filter(|(of, ..)| *of == partition)
            .map(|(_, _, value, _)| String::from_utf8_lossy(value).parse().unwrap())
            .collect();
        assert!(numbers.is_sorted(), "in the order of sending: {numbers:?}");
    }
}

#[test]
fn an_append_that_comes_to_nothing_says_so_in_time() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    let message = [Outgoing { key: Vec::new(), value: b"x".to_vec(), headers: Vec::new() }];
    let topic = format!("{space}.nowhere");
    let refused = wait(appender(&broker.bootstrap, &space).append(&topic, &message));
    let Err(error @ JournalError::Unavailable { .. }) = refused else { panic!("{refused:?}") };
    assert!(error.to_string().contains(&topic) && error.is_passing(), "{error}");
    // Nobody listens there: a port that was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = wait(appender(&free.to_string(), &space).append(&topic, &message));
    assert!(matches!(refused, Err(JournalError::Unavailable { .. })), "{refused:?}");
}
