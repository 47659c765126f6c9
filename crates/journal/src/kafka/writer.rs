//! The one transactional producer of an instance.
//!
//! Its name fences every other process of the same name. Each call is watched, and what was sent is waited for before
//! anything else is asked, because the library would wait in slices of 100 ms. Must never enter: what is sent, a retry.

use std::borrow::Cow;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaError};
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaErrorCode;

use super::failure::{Unsent, not_started, unavailable};
use super::settings::Settings;
use super::watchdog::Watchdog;
use crate::error::JournalError;

/// How long to rest when nothing was delivered meanwhile.
const REST: Duration = Duration::from_micros(200);

/// How long a call may wait on its own for what only this thread can take from the client.
const SLICE: Duration = Duration::from_millis(20);

/// How long after a refusal the client may take to tell of the message that is its reason. Where there is none (a topic that may not be
/// written), this is what it costs.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

/// Hears what became of every message.
#[derive(Debug, Default)]
pub(super) struct Courier {
    failed: Mutex<Option<Unsent>>,
}

impl ClientContext for Courier {
    fn log(&self, _level: RDKafkaLogLevel, _facility: &str, _message: &str) {}
    fn error(&self, _error: KafkaError, _reason: &str) {}
}

impl ProducerContext for Courier {
    type DeliveryOpaque = ();
    fn delivery(&self, delivered: &DeliveryResult<'_>, (): ()) {
        if let Err((error, message)) = delivered
            && let Ok(mut failed) = self.failed.lock()
        {
            let bytes = message.payload_len() + message.key_len();
            if failed.as_ref().is_none_or(Unsent::is_echo) {
                *failed = Some(Unsent { error: error.clone(), name: message.topic().to_owned(), bytes });
            }
        }
    }
}

/// One message on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Letter<'a> {
    pub(super) topic: &'a str,
    pub(super) partition: u32,
    pub(super) key: &'a [u8],
    /// `None`: a tombstone.
    pub(super) value: Option<&'a [u8]>,
    pub(super) headers: &'a [(Cow<'static, str>, Vec<u8>)],
}

/// A transactional producer, fenced off from those before it.
pub(super) struct Writer {
    producer: BaseProducer<Courier>,
    call_timeout: Duration,
    begun: Instant,
    open_at_most: Duration,
}

impl Writer {
    /// Fences whoever wrote under this name: its open transaction is rolled back, its sent one is completed.
    pub(super) fn open(settings: &Settings, watchdog: &Watchdog) -> Result<Self, JournalError> {
        let made = settings.producer().create_with_context(Courier::default());
        let producer: BaseProducer<Courier> = made.map_err(|error| not_started("start the producer", &error))?;
        let timeout = settings.call_timeout;
        let fenced = watchdog.during("init_transactions", || producer.init_transactions(timeout));
        fenced.map_err(|error| unavailable("fence the writer before this one", &error))?;
        let open_at_most = settings.transaction_timeout();
        Ok(Self { producer, call_timeout: timeout, begun: Instant::now(), open_at_most })
    }

    pub(super) fn begin(&mut self) -> Result<(), KafkaError> {
        self.begun = Instant::now();
        if let Ok(mut failed) = self.producer.context().failed.lock() {
            *failed = None;
        }
        self.producer.begin_transaction()
    }

    /// Whether the transaction begun last may have been rolled back by the broker for its age: then a fence says nothing
    /// about another process.
    pub(super) fn is_overdue(&self) -> bool {
        self.begun.elapsed() >= self.open_at_most
    }

    pub(super) fn send(&self, letter: Letter<'_>) -> Result<(), Unsent> {
        let mut record = BaseRecord::<[u8], [u8]>::to(letter.topic).partition(letter.partition.cast_signed());
        record.key = (!letter.key.is_empty()).then_some(letter.key);
        record.payload = letter.value;
        if !letter.headers.is_empty() {
            let with = |all: OwnedHeaders, (key, value): &(Cow<'static, str>, Vec<u8>)| all.insert(Header { key, value: Some(value) });
            record.headers = Some(letter.headers.iter().fold(OwnedHeaders::new_with_capacity(letter.headers.len()), with));
        }
        let start = Instant::now();
        loop {
            match self.producer.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) if start.elapsed() < self.open_at_most => {
                    record = again;
                    self.producer.poll(REST);
                }
                Err((error, _)) => {
                    let bytes = letter.value.map_or(0, <[u8]>::len) + letter.key.len();
                    let this = Unsent { error, name: letter.topic.to_owned(), bytes };
                    return Err(self.first_failed().unwrap_or(this));
                }
            }
        }
    }

    /// The error the client does not recover from, if there is one: other errors are then only its echo.
    pub(super) fn fatal(&self) -> Option<RDKafkaErrorCode> {
        self.producer.client().fatal_error().map(|(code, _)| code)
    }

    /// Waits until everything that was sent is delivered or has failed.
    pub(super) fn drain(&self) -> Result<(), Unsent> {
        while self.hear() > 0 {
            std::thread::sleep(REST);
        }
        self.take_failed().map_or(Ok(()), Err)
    }

    /// Behind a message that failed the client takes none: what that one met is the reason. The client refuses a little before it
    /// tells of that one, so it is waited for.
    fn first_failed(&self) -> Option<Unsent> {
        let start = Instant::now();
        loop {
            self.producer.poll(REST);
            let is_told = self.producer.context().failed.lock().is_ok_and(|failed| failed.as_ref().is_some_and(|first| !first.is_echo()));
            if is_told || self.producer.in_flight_count() == 0 || start.elapsed() >= TOLD_WITHIN {
                return self.take_failed();
            }
        }
    }

    /// The first message that failed for a reason of its own, else the first that was not delivered, if there is one.
    fn take_failed(&self) -> Option<Unsent> {
        self.producer.context().failed.lock().ok().and_then(|mut failed| failed.take())
    }

    pub(super) fn positions(
        &self,
        watchdog: &Watchdog,
        positions: &TopicPartitionList,
        group: &ConsumerGroupMetadata,
    ) -> Result<(), KafkaError> {
        let send = || self.producer.send_offsets_to_transaction(positions, group, self.call_timeout);
        watchdog.during("send_offsets_to_transaction", send)
    }

    pub(super) fn commit(&self, watchdog: &Watchdog) -> Result<(), KafkaError> {
        watchdog.during("commit_transaction", || self.producer.commit_transaction(self.call_timeout))
    }

    /// Rolls the transaction back. The library waits until it has told of all that was sent, and tells only whoever asks: it is called in
    /// slices, and what it has to tell is taken between them. In one call it would wait for as long as it may, and give up.
    pub(super) fn abort(&self, watchdog: &Watchdog) -> Result<(), KafkaError> {
        let start = Instant::now();
        let is_under_way = |error: &RDKafkaError| error.code() == RDKafkaErrorCode::OperationTimedOut && error.is_retriable();
        watchdog.during("abort_transaction", || {
            loop {
                match self.producer.abort_transaction(SLICE) {
                    Err(KafkaError::Transaction(error)) if is_under_way(&error) && start.elapsed() < self.call_timeout => {
                        self.hear();
                    }
                    ended => return ended,
                }
            }
        })
    }

    /// Takes what the client has to tell by now of what was sent; how much is still on its way.
    fn hear(&self) -> i32 {
        let mut left = self.producer.in_flight_count();
        while left > 0 {
            self.producer.poll(Duration::ZERO);
            let before = std::mem::replace(&mut left, self.producer.in_flight_count());
            if left >= before {
                break;
            }
        }
        left
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rdkafka::mocking::MockCluster;

    use super::*;
    use crate::kafka::settings::{Identity, Inputs};

    /// Without what was sent being taken the library would wait for all of the time-out of a call, and the producer be lost.
    #[test]
    fn what_was_sent_and_not_heard_of_holds_no_rollback_up() {
        let cluster = MockCluster::new(1).unwrap();
        cluster.create_topic("toy.out", 1, 1).unwrap();
        let settings = Settings::new(&cluster.bootstrap_servers(), Identity::new("toy", "fold", 0), Inputs::Chosen);
        let watchdog = Watchdog::start(Duration::from_secs(600), Arc::new(|call, hung| panic!("{call} hangs for {hung:?}")));
        let mut writer = Writer::open(&settings, &watchdog).unwrap();
        for _again in 0..2 {
            writer.begin().unwrap();
            for _letter in 0..200 {
                writer.send(Letter { topic: "toy.out", partition: 0, key: b"k", value: Some(b"v"), headers: &[] }).unwrap();
            }
            writer.abort(&watchdog).unwrap();
        }
    }
}
