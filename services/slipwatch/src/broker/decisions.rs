//! What stands in the topic of alerts: every decision with its bytes and its place, and how far the sentinels have come.
//!
//! All of it is shown, also what no reader of decisions would take: whoever compares must see it. What must never enter: a choice
//! among decisions, a position that is kept.

use super::Broker;
use crate::{book::Stored, failure::Failure, file};
use journal::{
    Entry, Topic,
    kafka::{Codec, Incoming, MessageBuffer, Reader, TopicName},
};
use stages::{bytes::mark_of, message::DECISIONS};
use std::{collections::BTreeMap, ops::ControlFlow, sync::Arc};
use vocab::{alert::Decision, time::Tick};
use wire::outbound::{self, Published};

/// Name of the client.
const NAME: &str = "decisions-reader";

/// A message of the topic.
#[derive(Clone, Debug)]
pub struct Live {
    /// The partition it stands in.
    pub partition: u32,
    /// Its position there.
    pub position: u64,
    /// Its bytes.
    pub value: Vec<u8>,
    /// What it says, or why it cannot be read.
    pub told: Result<Arc<Decision>, String>,
}

/// The whole topic.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// Decisions, and what cannot be read, by partition and position.
    pub messages: Vec<Live>,
    /// Every decision up to this tick stands there: the least mark of all who decide, in all partitions.
    pub complete_to: Option<Tick>,
}

impl Read {
    /// Reads the topic of alerts of a broker, as far as it is committed.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn of(broker: &Broker) -> Result<Self, Failure> {
        let mut following = Following::open(broker)?;
        following.read_on()?;
        Ok(following.read)
    }

    /// What was decided about alerts, those of one alert in their order: a regime has one partition.
    #[must_use]
    pub fn transitions(&self) -> Vec<Stored> {
        let transition = |live: &Live| match live.told.as_deref() {
            Ok(Decision::Transition(transition)) => Some(Stored { position: live.position, transition: transition.clone() }),
            Ok(Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_)) | Err(_) => None,
        };
        self.messages.iter().filter_map(transition).collect()
    }
}

/// The topic on the way: what was read, and where to go on.
pub struct Following {
    reader: Reader<Messages>,
    read: Read,
    parts: Vec<Part>,
}

/// Where a partition is read on, and its marks.
#[derive(Default)]
struct Part {
    next: u64,
    marks: Marks,
}

impl Following {
    /// The topic of alerts of a broker from its beginning; nothing is read yet.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn open(broker: &Broker) -> Result<Self, Failure> {
        let reader = broker.reader(NAME, Messages(broker.space().table()))?;
        let partitions = reader.partitions(DECISIONS).map_err(file::failed)?;
        Ok(Self { reader, read: Read::default(), parts: (0..partitions).map(|_| Part::default()).collect() })
    }

    /// What was read.
    #[must_use]
    pub const fn read(&self) -> &Read {
        &self.read
    }

    /// Reads on, as far as it is committed.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn read_on(&mut self) -> Result<(), Failure> {
        for (partition, Part { next, marks }) in (0..).zip(&mut self.parts) {
            let read = self.reader.each((DECISIONS, partition), *next, |position, entry| {
                *next = position + 1;
                match entry {
                    Entry::Record { record, .. } => self.read.messages.push(record),
                    Entry::Mark(mark) => marks.take(&mark),
                }
                Ok(ControlFlow::Continue(()))
            });
            read.map_err(file::failed)?;
        }
        self.read.complete_to = self.parts.iter().map(|part| part.marks.passed()).min().flatten().map(Tick);
        Ok(())
    }
}

/// The marks of a partition.
#[derive(Default)]
struct Marks {
    last: BTreeMap<u32, i64>,
    count: u32,
}

impl Marks {
    fn take(&mut self, mark: &journal::Mark) {
        self.count = self.count.max(mark.count);
        self.last.extend(mark.origins.range().map(|origin| (origin, mark.tick)));
    }

    /// What all of them have passed.
    fn passed(&self) -> Option<i64> {
        (0..self.count).map(|origin| self.last.get(&origin).copied()).min().flatten()
    }
}

struct Messages(Vec<TopicName>);

impl Codec for Messages {
    type Record = Live;

    fn topics(&self) -> &[TopicName] {
        &self.0
    }

    /// Nothing is written through it: a message without a value is no CloudEvent, and no reader takes it.
    fn encode(&self, _topic: Topic, _entry: &Entry<Live>, _message: &mut MessageBuffer) {}

    fn decode(&self, _topic: Topic, message: &Incoming<'_>) -> Result<Entry<Live>, String> {
        let value = message.value.unwrap_or_default();
        let told = match outbound::published_in(message.headers(), value) {
            Ok((Published::Mark(mark), _)) => return Ok(Entry::Mark(mark_of(&mark))),
            Ok((Published::Decision(decision), _)) => Ok(decision),
            Ok((Published::Assessment(_), _)) => Err("an assessment is no decision".to_owned()),
            Err(refusal) => Err(refusal.to_string()),
        };
        let record = Live { partition: message.partition, position: message.position, value: value.to_vec(), told };
        Ok(Entry::Record { origin: 0, record })
    }
}
