//! Refusals on a broker: messages of the topic `refused`, read in no group.
//!
//! The bytes are those that came; what we and dead-letter tools put beside them says the rest. What must never enter: a write, a
//! position that is kept.

use super::{Again, At, Kept, REDRIVE, Refusals, Sent, Turned, Visit, nothing};
use crate::{broker::Broker, failure::Failure, file};
use journal::{
    Entry, Store as _, Topic,
    kafka::{Codec, Incoming, MessageBuffer, Reader, TopicName},
};
use sha2::{Digest as _, Sha256};
use stages::{
    bytes::{LEFT_OUT, is_senders_own},
    message::REFUSED,
};
use std::ops::ControlFlow;
use vocab::{record::SealHash, time::Instant};

/// Name of the client.
const NAME: &str = "refused";

/// Refusals as they are shown.
struct Messages(Vec<TopicName>);

impl Codec for Messages {
    type Record = Turned;

    fn topics(&self) -> &[TopicName] {
        &self.0
    }

    /// Nothing is written through it: a message without a value is no refusal.
    fn encode(&self, _topic: Topic, _entry: &Entry<Turned>, _message: &mut MessageBuffer) {}

    fn decode(&self, _topic: Topic, message: &Incoming<'_>) -> Result<Entry<Turned>, String> {
        Ok(Entry::Record { origin: 0, record: read(message) })
    }
}

/// Whatever stands there is shown: a message that another program put there has empty fields.
fn read(message: &Incoming<'_>) -> Turned {
    let told = |name| message.header(name).map(|value| String::from_utf8_lossy(value).into_owned());
    let number = |name| told(name).and_then(|text: String| text.parse().ok());
    let bytes = message.value.unwrap_or_default().to_vec();
    let sha256 = told("slipwatch-sha256").unwrap_or_default();
    let is_whole = SealHash(Sha256::digest(&bytes).into()).to_string() == sha256;
    let input = told("__connect.errors.topic").unwrap_or_default();
    let partition = told("__connect.errors.partition").filter(|partition| !partition.is_empty());
    let own = message.headers().filter(|(name, _)| is_senders_own(name));
    Turned {
        at: At::Message(message.partition, message.position),
        known: told("slipwatch-known").and_then(|text| Instant::parse(&text).ok()),
        input: partition.map_or_else(|| input.clone(), |partition| format!("{input}/{partition}")),
        place: number("__connect.errors.offset").unwrap_or_default(),
        source: message.key.filter(|key| !key.is_empty()).map(|key| String::from_utf8_lossy(key).into_owned()),
        code: told("slipwatch-code").unwrap_or_default(),
        reason: told("slipwatch-reason").unwrap_or_default(),
        length: number("slipwatch-length").or_else(|| is_whole.then_some(bytes.len() as u64)),
        kept: if is_whole { Kept::Whole } else { Kept::Beginning },
        headers: own.filter_map(|(name, value)| Some((name.to_owned(), value?.to_vec()))).collect(),
        headers_left_out: number(LEFT_OUT).unwrap_or_default(),
        again: Again::Waiting,
        sha256,
        bytes,
    }
}

/// The refusals on a broker.
pub struct OnBroker {
    reader: Reader<Messages>,
    sent: Sent,
}

impl OnBroker {
    /// Opens them, as far as they are committed now.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn open(broker: &Broker) -> Result<Self, Failure> {
        let pages = broker.store()?.pages(REDRIVE).map_err(file::failed)?;
        Ok(Self { reader: broker.reader(NAME, Messages(broker.space().table()))?, sent: Sent::of(&pages)? })
    }

    fn seen(&self, turned: Turned) -> Turned {
        let again = if self.sent.has(turned.at.place()) { Again::Sent } else { Again::Waiting };
        Turned { again, ..turned }
    }

    /// Shows those of a partition, from a position on.
    fn each_of(&self, partition: u32, from: u64, visit: Visit<'_>) -> Result<ControlFlow<()>, Failure> {
        let (mut ended, mut failed) = (ControlFlow::Continue(()), None);
        let read = self.reader.each((REFUSED, partition), from, |_, entry| {
            let Entry::Record { record, .. } = entry else { return Ok(ControlFlow::Continue(())) };
            ended = visit(self.seen(record)).unwrap_or_else(|failure| {
                failed = Some(failure);
                ControlFlow::Break(())
            });
            Ok(ended)
        });
        read.map_err(file::failed)?;
        failed.map_or(Ok(ended), Err)
    }
}

impl Refusals for OnBroker {
    fn each(&self, visit: Visit<'_>) -> Result<(), Failure> {
        for partition in 0..self.reader.partitions(REFUSED).map_err(file::failed)? {
            let (first, _) = self.reader.ends((REFUSED, partition)).map_err(file::failed)?;
            if self.each_of(partition, first, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn at(&self, at: At) -> Result<Turned, Failure> {
        let At::Message(partition, position) = at else { return Err(nothing(at)) };
        if partition >= self.reader.partitions(REFUSED).map_err(file::failed)? {
            return Err(nothing(at));
        }
        let (first, _) = self.reader.ends((REFUSED, partition)).map_err(file::failed)?;
        let mut found = None;
        if position >= first {
            let _one_is_enough = self.each_of(partition, position, &mut |turned| {
                found = Some(turned);
                Ok(ControlFlow::Break(()))
            })?;
        }
        found.filter(|turned| turned.at == at).ok_or_else(|| nothing(at))
    }
}
