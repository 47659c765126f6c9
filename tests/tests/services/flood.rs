//! A flood: more bytes than a process may hold, of messages that are large, broken, or of feeds nobody knows, wait in the topic of
//! events. Every one is admitted or refused, and the processes stay small.
//!
//! Must never enter: a bound that the flood itself would not break, a rate.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::chaos::{Clock, Herd};
use journal::Store as _;
use rdkafka::{
    ClientConfig,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use stages::message::{ADMITTED, EVENTS, LEDGER, Message, REFUSED};
use std::time::{Duration, Instant};
use tests::{broker::broker, form::amount, on_kafka::Stand, place, tap::Tap};
use vocab::time::Day;

const PARTITIONS: u32 = 3;
/// The largest message that is read, bytes; one is far larger.
const LARGE: usize = 1_000_000;
const FAR_TOO_LARGE: usize = 24 << 20;
/// What a process may hold at its peak, KiB. Each of three partitions has 2 MiB in our queue; a commit holds 8 MiB and one more reading
/// of all queues, and once more in the client; the client has read ahead 16 MiB, and one answer of the broker more, which is 64 KiB a
/// partition before it is decompressed, and here some twenty times as much after; the one message that is far too large is there twice, 48 MiB.
/// That makes about 130; the program, its clients and the allocator's slack may have as much again.
const PEAK_KIB_MAX: u64 = 256 << 10;

/// Message `n`: of fifty, four are as large as can be (one of them is an event), one is nested deeper than is read, one is no text; half
/// of the rest are of feeds that nobody knows.
fn message(n: u32, day: Day) -> Vec<u8> {
    let event = |source: String, padding: usize| {
        format!(
            "{{\"schemaVersion\":1,\"regime\":\"trial\",\"source\":\"{source}\",\"sourceRecordId\":\"R{n}\",\"op\":\"OPERATION_ASSERT\",\
             \"occurred\":{{\"precision\":\"PRECISION_DAY\",\"day\":\"{day}\"}},\"jurisdiction\":\"XA\",\"measures\":[\"arms\"],\
             \"inspectionPerformed\":{{}},\"nobodyReadsThis\":\"{}\"}}",
            noise(n, padding)
        )
    };
    match n % 50 {
        0 => event("customs".to_owned(), LARGE).into_bytes(),
        10 => format!("{{\"regime\":\"{}", noise(n, LARGE)).into_bytes(),
        20 => format!("{{\"regime\":{}", "[".repeat(LARGE)).into_bytes(),
        30 => noise(n, 3 * LARGE).into_bytes(),
        40 => vec![b'{', 0xff, 0xfe],
        _ if n.is_multiple_of(2) => event(format!("feed-{n}"), 0).into_bytes(),
        _ => event("customs".to_owned(), 0).into_bytes(),
    }
}

/// Text that can be compressed twentyfold at most: a flood of what compresses to nothing would only measure the compression.
fn noise(n: u32, bytes: usize) -> String {
    let mut state = u64::from(n) + 1;
    let mut text = String::with_capacity(bytes + 64);
    while text.len() < bytes {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(&format!("{state:020}").repeat(20));
    }
    text.truncate(bytes);
    text
}

fn is_event(n: u32) -> bool {
    !matches!(n % 50, 10 | 20 | 30 | 40)
}

/// Sends messages as a feed would that has no mercy, the last one far larger than is read.
fn send(stand: &Stand, messages: u32, day: Day) -> u64 {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &stand.bootstrap).set("compression.type", "lz4").set("linger.ms", "20");
    config.set("message.max.bytes", "100000000").set("queue.buffering.max.kbytes", "65536");
    let producer: BaseProducer = config.create().unwrap();
    let (topic, mut bytes) = (stand.section(0).space().name(EVENTS).unwrap(), 0);
    for n in 0..=messages {
        let value = if n == messages { vec![b' '; FAR_TOO_LARGE] } else { message(n, day) };
        bytes += value.len() as u64;
        let mut record = BaseRecord::<(), [u8]>::to(&topic).payload(&value).partition((n % PARTITIONS).cast_signed());
        while let Err((error, again)) = producer.send(record) {
            assert!(matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)), "{error}");
            producer.poll(Duration::from_millis(5));
            record = again;
        }
        producer.poll(Duration::ZERO);
    }
    producer.flush(Duration::from_secs(120)).unwrap();
    bytes
}

/// Waits until all messages are in and a casebook has seen them; how many were admitted and refused. A process that ended would have
/// begun to count its memory anew: none may end.
fn taken_in(stand: &Stand, herd: &mut Herd<'_>, messages: u32) -> (usize, usize) {
    let (began, patience) = (Instant::now(), Duration::from_secs(120 + u64::from(messages) / 50));
    let mut store = stand.store().unwrap();
    let mut log = Tap::open(stand, &mut store, &[ADMITTED, REFUSED]).unwrap();
    let (mut admitted, mut refused) = (0, 0);
    while admitted + refused < messages as usize {
        assert!(began.elapsed() < patience, "{admitted} admitted and {refused} refused of {messages}");
        store.wait(Duration::from_millis(20));
        let mut take = |record: Message| match record {
            Message::Admitted(one) => admitted += usize::from(one.origin != 0),
            _ => refused += 1,
        };
        log.read(&mut store, &mut take).unwrap();
    }
    let last = log.passed.values().min().copied().unwrap();
    let mut tap = Tap::open(stand, &mut store, &[LEDGER]).unwrap();
    tap.until_passed(&mut store, (LEDGER, PARTITIONS, last + 1), &mut || Ok(()), &mut |_| {}).unwrap();
    assert!(herd.all_live().unwrap(), "a process ended");
    (admitted, refused)
}

#[test]
fn a_flood_is_taken_in_and_refused_in_bounded_memory() {
    let Some(broker) = broker() else { return };
    let _place = place::take();
    let messages = u32::try_from(amount("SLIPWATCH_FLOOD", 2_500)).unwrap();
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
    stand.make_topics().unwrap();
    let day = intake::clock::now().day().plus(-1);
    let bytes = send(&stand, messages, day);
    let mut herd = Herd::start(&stand, &[("intake", 0), ("casebook", 0)], Clock::Host).unwrap();
    let (admitted, refused) = taken_in(&stand, &mut herd, messages + 1);
    let events = (0..messages).filter(|n| is_event(*n)).count();
    assert_eq!((admitted, refused), (events, messages as usize + 1 - events), "each is admitted or refused, once");
    let peaks = herd.peaks_kib().unwrap();
    println!("{} MiB in {messages} messages; peaks, KiB: {peaks:?}", bytes >> 20);
    assert!(bytes >> 10 > PEAK_KIB_MAX, "a flood that fits shows nothing: {} KiB", bytes >> 10);
    for (role, peak) in peaks {
        assert!(peak < PEAK_KIB_MAX, "{role:?} held {peak} KiB of a flood of {} KiB", bytes >> 10);
    }
}
