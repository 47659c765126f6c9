//! Two hundred messages a second by the clock, whatever brokers do: what could not be sent is owed, and goes when they are back.
//!
//! A producer of its own, as a feed has one: idempotent, acknowledged by all copies, with a queue that has an end. Every message is
//! known to have been delivered, or the test ends. Must never enter: a transaction of ours, a message that may be lost.

use rdkafka::{
    ClientConfig, ClientContext,
    error::{KafkaError, RDKafkaErrorCode},
    producer::{BaseRecord, DeliveryResult, Producer as _, ProducerContext, ThreadedProducer},
};
use stages::message::EVENTS;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tests::{Outcome, on_kafka::Stand};
use vocab::time::Day;

/// Messages a second.
pub(crate) const RATE: u32 = 200;
/// Messages of one day and one turn of the script of [`message`].
pub(crate) const TURN: u32 = 50;
/// Days ago, by the scripted clock, that what is reported occurred. On that clock a day is an eighth of a second, and intake reads
/// its clock before it reads messages: on a busy machine yesterday would now and then be the day after tomorrow.
const AGO: i32 = 15;
/// What is no event names no source.
pub(crate) const NO_SOURCE: &str = "";
/// The feeds.
const SOURCES: [&str; 3] = ["customs", "coastguard", "harbour"];
/// Messages that wait for brokers at most: a minute's.
const QUEUE: u32 = 60 * RATE;
/// How long the last of them may wait.
const PATIENCE: Duration = Duration::from_secs(120);

/// How much the first place reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Full,
    Fallen,
}

/// What is said in one message of a turn.
struct Said {
    record: u32,
    revision: u32,
    operation: &'static str,
    day: Day,
    /// Another measure than the record's own.
    shift: usize,
}

/// Of fifty: five are others once more, one says something else of a record, one is a correction, one a withdrawal, one older
/// than the horizon, one from the future; the rest are said once.
fn said(n: u32, day: Day) -> Said {
    let plain = Said { record: n, revision: 0, operation: "ASSERT", day, shift: 0 };
    match n % TURN {
        9 | 19 | 29 | 39 => Said { record: n - 9, ..plain },
        41 => Said { day: day.plus(100_000), ..plain },
        42 => Said { day: day.plus(-800), ..plain },
        44 => Said { record: n - 1, shift: 1, ..plain },
        45 => Said { record: n - 45, ..plain },
        46 => Said { record: n - 10, revision: 1, ..plain },
        47 => Said { record: n - 20, revision: 1, operation: "RETRACT", ..plain },
        _ => plain,
    }
}

/// Whether message `n` must be refused, whatever the clock says: it is no event, or from the future.
pub(crate) const fn is_wrong(n: u32) -> bool {
    matches!(n % TURN, 41 | 49)
}

/// The feed of a record.
fn source(record: u32) -> &'static str {
    SOURCES[(record / 10) as usize % SOURCES.len()]
}

/// Message `n`, of a day. Of fifty the last is no event, and the one before it is a refused boarding, which pages; the rest are
/// inspections in three places, in one of which they fall to a fifth in the end.
pub(crate) fn message(n: u32, day: Day, level: Level) -> Vec<u8> {
    if n % TURN == 49 {
        return format!("no event, number {n}").into_bytes();
    }
    let Said { record, revision, operation, day, shift } = said(n, day);
    let place = match record % 3 {
        0 if level == Level::Fallen && record % 15 != 0 => "XB",
        0 => "XA",
        1 => "XB",
        _ => "XC",
    };
    let measure = ["arms", "coal", "fish"][(record as usize / 3 + shift) % 3];
    let body = if record % TURN == 48 { "\"inspectionRefused\":{\"ground\":\"no consent\"}" } else { "\"inspectionPerformed\":{}" };
    let text = format!(
        "{{\"schemaVersion\":1,\"regime\":\"trial\",\"source\":\"{}\",\"sourceRecordId\":\"R{record}\",\"revision\":{revision},\
         \"op\":\"OPERATION_{operation}\",\"occurred\":{{\"precision\":\"PRECISION_DAY\",\"day\":\"{day}\"}},\"jurisdiction\":\"{place}\",\
         \"measures\":[\"{measure}\"],\"caseId\":\"c{}\",{body}}}",
        source(record),
        record % 11
    );
    text.into_bytes()
}

/// What became of messages on their way to the brokers.
#[derive(Default)]
struct Deliveries {
    delivered: AtomicU32,
    failed: Mutex<Option<KafkaError>>,
}

impl Deliveries {
    fn failed(&self) -> MutexGuard<'_, Option<KafkaError>> {
        // A failure once noted stays one, whoever panicked with the lock.
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Deliveries {}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        match result {
            Ok(_) => drop(self.delivered.fetch_add(1, Ordering::AcqRel)),
            Err((error, _)) => drop(self.failed().get_or_insert_with(|| error.clone())),
        }
    }
}

/// What was sent.
#[derive(Default)]
pub(crate) struct Sent {
    /// How often each message was.
    pub(crate) messages: BTreeMap<Vec<u8>, u32>,
    /// From the first message until all were acknowledged.
    pub(crate) took: Duration,
    /// The most that was owed or not acknowledged at once.
    pub(crate) behind: u32,
}

impl Sent {
    pub(crate) fn all(&self) -> u32 {
        self.messages.values().sum()
    }

    /// Messages that intake must refuse.
    pub(crate) fn wrong(&self) -> u32 {
        (0..self.all()).map(|n| u32::from(is_wrong(n))).sum()
    }
}

struct Sender {
    producer: ThreadedProducer<Deliveries>,
    topic: String,
    partitions: i32,
}

impl Sender {
    fn open(stand: &Stand) -> Outcome<Self> {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &stand.bootstrap).set("enable.idempotence", "true").set("acks", "all").set("linger.ms", "5");
        // A message waits for brokers as long as the test does; none is given up.
        config.set("message.timeout.ms", "0").set("queue.buffering.max.messages", QUEUE.to_string());
        let topic = stand.section(0).space().name(EVENTS).ok_or("the topic of events has no name")?;
        Ok(Self { producer: config.create_with_context(Deliveries::default())?, topic, partitions: i32::try_from(stand.partitions)? })
    }

    /// Takes message `n` into the queue, unless that is full.
    fn offer(&self, n: u32, bytes: &[u8]) -> Outcome<bool> {
        let partition = i32::try_from(n)? % self.partitions;
        match self.producer.send(BaseRecord::<(), [u8]>::to(&self.topic).partition(partition).payload(bytes)) {
            Ok(()) => Ok(true),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), _)) => Ok(false),
            Err((error, _)) => Err(error.into()),
        }
    }

    /// Messages that were acknowledged.
    fn delivered(&self) -> Outcome<u32> {
        let deliveries = self.producer.context();
        deliveries.failed().take().map_or(Ok(()), Err)?;
        Ok(deliveries.delivered.load(Ordering::Acquire))
    }
}

/// Sends what is owed by the clock for some time, each turn of one day, and waits until all of it is acknowledged.
pub(crate) fn send(stand: &Stand, time: Duration, today: impl Fn() -> Day) -> Outcome<Sent> {
    let (sender, began) = (Sender::open(stand)?, Instant::now());
    let all = u32::try_from(time.as_secs())? * RATE / TURN * TURN;
    let (mut n, mut day, mut sent) = (0, today().plus(-AGO), Sent::default());
    while n < all {
        let owed = all.min(u32::try_from(began.elapsed().as_millis() * u128::from(RATE) / 1_000)?);
        sent.behind = sent.behind.max(owed.saturating_sub(sender.delivered()?));
        while n < owed {
            // Days do not run backwards while messages are caught up with.
            day = if n.is_multiple_of(TURN) { day.max(today().plus(-AGO)) } else { day };
            let level = if n >= all / 4 * 3 { Level::Fallen } else { Level::Full };
            let bytes = message(n, day, level);
            if !sender.offer(n, &bytes)? {
                break;
            }
            *sent.messages.entry(bytes).or_default() += 1;
            n += 1;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let ended = Instant::now();
    while sender.delivered()? < all {
        if ended.elapsed() > PATIENCE {
            return Err(format!("{} of {all} messages were acknowledged", sender.delivered()?).into());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(Sent { took: began.elapsed(), ..sent })
}
