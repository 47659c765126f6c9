//! Appends outside any transaction: what a process hands on the moment it comes, acknowledged by all replicas in step.
//!
//! For the edge, where a sender waits for its answer: what is acknowledged is on the broker, what is not may be there all the same
//! and is sent again. Positions and state have no part in it. Must never enter: a retry of its own, what a message means.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Message, OwnedHeaders};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord, Producer};

use super::failure::{Unsent, not_started, unavailable};
use super::settings::Settings;
use super::wait::wait_for;
use crate::error::JournalError;

/// A message on its way to a topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// The key, by which the partition is chosen as Java clients do; an empty one is sent as no key, to any partition.
    pub key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
    /// Headers, in order.
    pub headers: Vec<(String, Vec<u8>)>,
}

/// A producer without transactions: idempotent, and sure of every message it acknowledges.
pub struct Appender(Mutex<Running>);

struct Running {
    settings: Settings,
    producer: FutureProducer,
}

impl std::fmt::Debug for Appender {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Appender").field("identity", &self.running().settings.identity).finish_non_exhaustive()
    }
}

impl Appender {
    /// A producer of this process. It connects when it must, not now.
    ///
    /// # Errors
    /// [`JournalError::BadSetting`]; [`JournalError::Unavailable`] when the client does not start.
    pub fn open(settings: Settings) -> Result<Self, JournalError> {
        settings.check()?;
        let producer = start(&settings)?;
        Ok(Self(Mutex::new(Running { settings, producer })))
    }

    /// Goes on with other settings: certificates and passwords that have changed. What was sent before is answered by the producer
    /// before, which has the time of a call for that.
    ///
    /// # Errors
    /// As [`Self::open`]; then it goes on as before.
    pub fn renew(&self, settings: Settings) -> Result<(), JournalError> {
        settings.check()?;
        let next = Running { producer: start(&settings)?, settings };
        let patience = next.settings.call_timeout;
        let before = std::mem::replace(&mut *self.running(), next);
        // Whoever appends does not wait for it. What is not answered by then is told to its sender as not durable.
        let ending = move || drop(before.producer.flush(patience));
        let _begun = std::thread::Builder::new().name("appender".to_owned()).spawn(ending);
        Ok(())
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends messages in their order; resolves when all of them are on all replicas in step.
    ///
    /// The future may be awaited on any runtime, or dropped: what was sent stays sent.
    ///
    /// # Errors
    /// [`JournalError::Unavailable`]: some of them may be stored, none of them is acknowledged. [`JournalError::TooLarge`]: the same, and
    /// another try comes to the same.
    pub fn append(&self, topic: &str, messages: &[Outgoing]) -> impl Future<Output = Result<(), JournalError>> + Send + use<> {
        let doing = format!("append to {topic}");
        let sent = self.send(topic, messages);
        async move {
            for delivery in sent? {
                match delivery.await {
                    Ok(Ok(_)) => {}
                    Ok(Err((error, message))) => {
                        return Err(not_appended(error, (message.topic(), bytes_of(message.payload(), message.key()))));
                    }
                    Err(_) => {
                        return Err(JournalError::Unavailable { doing, why: "the producer ended before the broker answered".to_owned() });
                    }
                }
            }
            Ok(())
        }
    }

    /// The same on this thread: returns when all of them are on all replicas in step.
    ///
    /// # Errors
    /// As [`Self::append`].
    pub fn append_now(&self, topic: &str, messages: &[Outgoing]) -> Result<(), JournalError> {
        wait_for(self.append(topic, messages))
    }

    fn send(&self, topic: &str, messages: &[Outgoing]) -> Result<Vec<DeliveryFuture>, JournalError> {
        let mut running = self.running();
        // Idempotence that has lost its sequence is lost for good, and with it this producer; nothing of it is acknowledged.
        if running.producer.client().fatal_error().is_some() {
            running.producer = start(&running.settings)?;
        }
        let mut sent = Vec::with_capacity(messages.len());
        for Outgoing { key, value, headers } in messages {
            let with = |all: OwnedHeaders, (key, value): &(String, Vec<u8>)| all.insert(Header { key, value: Some(value) });
            let mut record = FutureRecord::<[u8], [u8]>::to(topic).payload(value);
            record.key = (!key.is_empty()).then_some(key.as_slice());
            record.headers = (!headers.is_empty()).then(|| headers.iter().fold(OwnedHeaders::new_with_capacity(headers.len()), with));
            let handed = running.producer.send_result(record);
            sent.push(handed.map_err(|(error, record)| not_appended(error, (topic, bytes_of(record.payload, record.key))))?);
        }
        Ok(sent)
    }
}

fn bytes_of(value: Option<&[u8]>, key: Option<&[u8]>) -> usize {
    value.map_or(0, <[u8]>::len) + key.map_or(0, <[u8]>::len)
}

fn not_appended(error: KafkaError, (name, bytes): (&str, usize)) -> JournalError {
    let unsent = Unsent { error, name: name.to_owned(), bytes };
    unsent.too_large().unwrap_or_else(|| unavailable(&format!("append to {}", unsent.name), &unsent.error))
}

fn start(settings: &Settings) -> Result<FutureProducer, JournalError> {
    settings.appender().create().map_err(|error| not_started("start the producer", &error))
}
