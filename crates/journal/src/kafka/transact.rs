//! One commit as one transaction: outputs, pages due, positions, and the group's positions, all or nothing.
//!
//! The order is fixed: everything is sent and has arrived before the group's positions are, so that whoever finds those
//! finds the rest. Must never enter: a second transaction at once, an answer that is taken for granted.

use rdkafka::consumer::{Consumer, ConsumerGroupMetadata};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::collections::BTreeMap;
use std::time::Duration;

use super::codec::{Codec, MessageBuffer};
use super::failure::{Outcome, Unsent, is_denial, outcome_of, unavailable};
use super::saved::{Key, Point, StoredPosition, pieces_of, write_piece};
use super::settings::Inputs;
use super::store::KafkaStore;
use super::writer::{Letter, Writer};
use crate::commit::{Commit, Extent};
use crate::error::JournalError;
use crate::fault::Step;
use crate::position::Topic;

/// What stopped a transaction.
enum Stopped {
    /// A fail-point, or what no retry mends, before the end of the transaction was sent.
    Ended(JournalError),
    /// The client, before the end of the transaction was sent.
    Before(KafkaError),
    /// The client, at the end of the transaction: whether it stands is unknown.
    AtEnd(KafkaError),
    /// A fail-point in the place of an answer to the end.
    Unanswered(JournalError),
}

impl From<Unsent> for Stopped {
    fn from(unsent: Unsent) -> Self {
        unsent.too_large().map_or_else(|| Self::Before(unsent.error.clone()), Self::Ended)
    }
}

impl From<KafkaError> for Stopped {
    fn from(error: KafkaError) -> Self {
        Self::Before(error)
    }
}

impl<C: Codec> KafkaStore<C> {
    pub(super) fn transact(&mut self, parts: &mut [Commit<C::Record>]) -> Result<(), JournalError> {
        if parts.is_empty() {
            return Ok(());
        }
        self.fetcher.pump(&self.codec, Duration::ZERO)?;
        self.notice_moves();
        // Who this member is, from before its partitions are looked at: whatever moves from here on, the group tells by it.
        let Some(group) = self.fetcher.consumer.group_metadata() else {
            return Err(JournalError::Unavailable { doing: "commit".to_owned(), why: "the consumer has no group".to_owned() });
        };
        self.check(parts)?;
        self.writer()?;
        if !self.was_committed(parts)? {
            self.fault.at(Step::Begin)?;
            self.serial += 1;
            self.write_and_end(parts, &group)?;
        }
        self.settle(parts);
        self.fault.at(Step::Done)
    }

    /// Refuses stale leases, partitions that are another's by now, and wrong addresses.
    fn check(&self, parts: &[Commit<C::Record>]) -> Result<(), JournalError> {
        for part in parts {
            let task = &part.lease.task;
            let is_held = self.tasks.get(task).is_some_and(|held| held.epoch == part.lease.epoch);
            let is_given = match &self.settings.inputs {
                Inputs::Chosen => true,
                Inputs::Shared(topics) => {
                    let shared = part.position.inputs.iter().filter(|input| topics.contains(&input.topic));
                    shared.map(|input| (input.topic, input.partition)).all(|at| self.given.contains(&at))
                }
            };
            if !is_held || !is_given || self.fetcher.consumer.assignment_lost() {
                return Err(JournalError::Fenced { task: task.clone() });
            }
            for output in &part.outputs {
                self.address((output.topic, output.partition))?;
            }
        }
        Ok(())
    }

    /// Whether the same parts were committed by a try that ended without an answer.
    fn was_committed(&mut self, parts: &[Commit<C::Record>]) -> Result<bool, JournalError> {
        let (Some(serial), Some(part)) = (self.doubt, parts.first()) else { return Ok(false) };
        let saved = self.load(&part.lease.task)?;
        self.doubt = None;
        Ok(saved.position.is_some_and(|stored| (stored.epoch, stored.serial) == (part.lease.epoch, serial)))
    }

    fn write_and_end(&mut self, parts: &[Commit<C::Record>], group: &ConsumerGroupMetadata) -> Result<(), JournalError> {
        let written = self.write(parts, group);
        let Err(stopped) = written else { return Ok(()) };
        let (error, is_at_end) = match stopped {
            Stopped::Ended(error) => {
                self.roll_back();
                return Err(error);
            }
            Stopped::Unanswered(fault) => {
                (self.doubt, self.writer) = (Some(self.serial), None);
                return Err(fault);
            }
            Stopped::Before(error) => (error, false),
            Stopped::AtEnd(error) => (error, true),
        };
        let why = error.to_string();
        // Once its end was asked for, only the log can tell whether the transaction stands, whatever the client says.
        self.doubt = is_at_end.then_some(self.serial);
        match outcome_of(&error, self.writer.as_ref().and_then(Writer::fatal)) {
            Outcome::Fenced if !self.writer.as_ref().is_some_and(Writer::is_overdue) => {
                self.writer = None;
                Err(JournalError::Superseded { instance: self.settings.identity.instance.clone() })
            }
            Outcome::Abort if !is_at_end => {
                self.roll_back();
                Err(if is_denial(&error) { unavailable("commit", &error) } else { JournalError::Aborted { why } })
            }
            Outcome::Fenced | Outcome::Abort | Outcome::Renew => {
                // A late end of this transaction could hit the next one of the same producer.
                self.writer = None;
                Err(unavailable("commit", &error))
            }
        }
    }

    /// Rolls the open transaction back; a producer that cannot is dropped, and the next one does it.
    fn roll_back(&mut self) {
        let is_done = self.writer.as_ref().is_some_and(|writer| writer.abort(&self.watchdog).is_ok());
        if !is_done {
            self.writer = None;
        }
    }

    fn write(&mut self, parts: &[Commit<C::Record>], group: &ConsumerGroupMetadata) -> Result<(), Stopped> {
        if let Some(writer) = &mut self.writer {
            writer.begin()?;
        }
        self.send_outputs(parts)?;
        self.fault.at(Step::Outputs).map_err(Stopped::Ended)?;
        for part in parts {
            self.send_pages(part)?;
        }
        self.fault.at(Step::State).map_err(Stopped::Ended)?;
        for part in parts {
            self.send_position(part)?;
        }
        let positions = self.group_positions(parts)?;
        let Some(writer) = &self.writer else { return Ok(()) };
        writer.drain()?;
        // A task without inputs has no positions to send. Its entry was written all the same, so that no transaction is empty: a
        // writer that another of its name has fenced learns it from the broker of that entry.
        if positions.count() > 0 {
            writer.positions(&self.watchdog, &positions, group)?;
        }
        self.fault.at(Step::Positions).map_err(Stopped::Ended)?;
        self.fault.at(Step::Asked).map_err(Stopped::Unanswered)?;
        writer.commit(&self.watchdog).map_err(Stopped::AtEnd)?;
        self.fault.at(Step::Sent).map_err(Stopped::Unanswered)
    }

    fn post(&self, letter: Letter<'_>) -> Result<(), Unsent> {
        self.writer.as_ref().map_or(Ok(()), |writer| writer.send(letter))
    }

    fn send_outputs(&self, parts: &[Commit<C::Record>]) -> Result<(), Unsent> {
        let mut buffer = MessageBuffer::default();
        for output in parts.iter().flat_map(|part| &part.outputs) {
            let Ok(topic) = self.name(output.topic) else { continue }; // checked before
            buffer.clear();
            self.codec.encode(output.topic, &output.entry, &mut buffer);
            let MessageBuffer { key, value, headers } = &buffer;
            self.post(Letter { topic, partition: output.partition, key, value: Some(value), headers })?;
        }
        Ok(())
    }

    fn send_state(&self, task: &str, key: &Key, value: Option<&[u8]>) -> Result<(), Unsent> {
        let (partition, key) = (self.state_partition(task), key.write(task));
        self.post(Letter { topic: &self.state_topic, partition, key: key.as_bytes(), value, headers: &[] })
    }

    fn send_pages(&self, part: &Commit<C::Record>) -> Result<(), Unsent> {
        let (Some(checkpoint), Some(held)) = (&part.checkpoint, self.tasks.get(&part.lease.task)) else { return Ok(()) };
        let task = &part.lease.task;
        let erase = |key: &str, pieces: std::ops::Range<u32>| {
            let mut each = pieces.map(|piece| self.send_state(task, &Key::Page { piece, key: key.to_owned() }, None));
            each.try_for_each(|sent| sent)
        };
        match checkpoint.extent {
            Extent::Whole => held.pieces.iter().try_for_each(|(key, pieces)| erase(key, 0..*pieces))?,
            Extent::Touched => {}
        }
        // The last change of a key wins, and only it is sent: the pieces of two would mix.
        let changes: BTreeMap<&str, &Option<Vec<u8>>> = checkpoint.pages.iter().map(|change| (change.key.as_str(), &change.body)).collect();
        for (key, body) in changes {
            let before = held.pieces.get(key).copied().unwrap_or(0);
            let pieces = body.as_ref().map_or(0, |body| pieces_of(body.len()));
            for piece in 0..pieces {
                let value = write_piece(body.as_deref().unwrap_or_default(), piece);
                self.send_state(task, &Key::Page { piece, key: key.to_owned() }, Some(&value))?;
            }
            if pieces < before {
                erase(key, pieces..before)?;
            }
        }
        Ok(())
    }

    fn send_position(&self, part: &Commit<C::Record>) -> Result<(), Unsent> {
        let inputs = part.position.inputs.iter().map(|input| (input.topic, input.partition));
        let stored = StoredPosition {
            entry: part.position.clone(),
            epoch: part.lease.epoch,
            serial: self.serial,
            counts: self.fixed_counts(),
            seen: self.fetcher.seen(inputs),
        };
        let value = stored.write(|topic| self.name(Topic(topic)).unwrap_or_default().to_owned());
        let task = &part.lease.task;
        if part.checkpoint.is_some() {
            self.send_state(task, &Key::Position(Point::Checkpoint), Some(&value))?;
        }
        self.send_state(task, &Key::Position(Point::Committed), Some(&value))
    }

    /// For the group: the least position of each partition.
    fn group_positions(&self, parts: &[Commit<C::Record>]) -> Result<TopicPartitionList, KafkaError> {
        let mut least: BTreeMap<(Topic, u32), u64> = BTreeMap::new();
        for input in parts.iter().flat_map(|part| &part.position.inputs) {
            let next = least.entry((input.topic, input.partition)).or_insert(input.next);
            *next = input.next.min(*next);
        }
        let mut list = TopicPartitionList::new();
        for ((topic, partition), next) in least {
            let Ok(name) = self.name(topic) else { continue };
            list.add_partition_offset(name, partition.cast_signed(), Offset::Offset(next.cast_signed()))?;
        }
        Ok(list)
    }

    /// Notes what is stored now, and empties the parts.
    fn settle(&mut self, parts: &mut [Commit<C::Record>]) {
        for part in parts {
            part.outputs.clear();
            let Some(held) = self.tasks.get_mut(&part.lease.task) else { continue };
            held.pages = None;
            let Some(checkpoint) = part.checkpoint.take() else { continue };
            match checkpoint.extent {
                Extent::Whole => held.pieces.clear(),
                Extent::Touched => {}
            }
            for change in checkpoint.pages {
                match change.body {
                    Some(body) => held.pieces.insert(change.key, pieces_of(body.len())),
                    None => held.pieces.remove(&change.key),
                };
            }
        }
    }
}
