//! The one consumer of an instance, and the queues its messages are routed into.
//!
//! One poll loop serves all partitions; a partition whose queue is full rests until its task has taken half of it. It never
//! rests because a task waits for a mark: the mark may lie behind. Must never enter: an order of ticks, a commit, a position
//! that is chosen here.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;

use super::choke::Choke;
use super::codec::{Codec, Incoming, decoded};
use super::ear::Ear;
use super::failure::{broken, is_denial, unavailable};
use super::saved::Seen;
use super::settings::Settings;
use crate::error::JournalError;
use crate::mark::Entry;
use crate::position::Topic;

/// The longest a poll may take, whoever asks: what a member is told is served between two of them.
const POLL_MAX: Duration = Duration::from_millis(100);

/// About what an entry costs in memory beside its bytes.
const ENTRY_BYTES: usize = 96;

/// Something read and not asked for yet.
#[derive(Debug)]
struct Waiting<R> {
    position: u64,
    bytes: usize,
    checksum: u32,
    entry: Entry<R>,
}

/// One partition that is being read.
#[derive(Debug)]
struct Fetch<R> {
    /// Where its task goes on.
    next: u64,
    queue: VecDeque<Waiting<R>>,
    bytes: usize,
    rests: bool,
    /// Position and checksum of what the task took last.
    seen: Option<(u64, u32)>,
}

impl<R> Fetch<R> {
    /// Position behind all that was taken in, asked for or not.
    fn taken(&self) -> u64 {
        self.queue.back().map_or(self.next, |last| last.position + 1)
    }
}

/// A consumer with its queues.
pub(super) struct Fetcher<R> {
    pub(super) consumer: BaseConsumer<Ear>,
    instance: String,
    names: Vec<String>,
    partitions: BTreeMap<(Topic, u32), Fetch<R>>,
    queue_bytes_max: usize,
    /// The broker said that a position is out of range, but not which.
    is_suspect: bool,
    /// Whether something was met that cannot be unpacked.
    pub(super) choke: Choke,
    /// Since when no broker has been reachable, as far as the client has said.
    pub(super) away: Option<Instant>,
    /// An error that was met while waiting, for the next call that can return one.
    pub(super) failed: Option<JournalError>,
    /// The topic of the message before, which most often is that of the next.
    last_topic: usize,
}

impl<R> Fetcher<R> {
    pub(super) fn new(consumer: BaseConsumer<Ear>, names: Vec<String>, settings: &Settings) -> Self {
        let (instance, queue_bytes_max) = (settings.identity.instance.clone(), settings.queue_bytes_max);
        let (partitions, choke) = (BTreeMap::new(), Choke::default());
        Self { consumer, instance, names, partitions, queue_bytes_max, is_suspect: false, choke, away: None, failed: None, last_topic: 0 }
    }

    /// Where the task of a partition goes on; `None` while it is not read.
    pub(super) fn next(&self, at: (Topic, u32)) -> Option<u64> {
        self.partitions.get(&at).map(|fetch| fetch.next)
    }

    /// Records of a partition that its task has not asked for, with the committed end as the broker says it; `None` while it is not read.
    ///
    /// What ends a transaction takes a position and is given to nobody. Once the client has fetched past it, it is not counted; of
    /// what is not fetched nobody can tell the ends from records.
    pub(super) fn unread(&self, at: (Topic, u32), end: u64) -> Option<u64> {
        let fetch = self.partitions.get(&at)?;
        let queued = fetch.queue.len() as u64;
        let taken = fetch.taken();
        let name = self.names.get(usize::from(at.0.0))?;
        let Some(fetched) = self.consumer.context().fetched(name, at.1.cast_signed()) else {
            return Some(queued + end.saturating_sub(taken));
        };
        let reached = fetched.next.max(taken);
        let waiting = queued + fetched.waiting.min(reached - taken);
        // At rest the end that was fetched holds: what has come since is read already, or is told at the next reading.
        if waiting == 0 && fetched.end <= reached { Some(0) } else { Some(waiting + end.saturating_sub(reached)) }
    }

    /// Reads a partition from a position, forgetting what was read of it before.
    pub(super) fn open(&mut self, at: (Topic, u32), from: u64) -> Result<(), JournalError> {
        self.close(&[at])?;
        let mut list = TopicPartitionList::new();
        self.add(&mut list, at, Offset::Offset(from.cast_signed()))?;
        self.consumer.incremental_assign(&list).map_err(|error| unavailable("begin to read a partition", &error))?;
        let fetch = Fetch { next: from, queue: VecDeque::new(), bytes: 0, rests: false, seen: None };
        self.partitions.insert(at, fetch);
        Ok(())
    }

    /// Stops reading those of the partitions that are read.
    pub(super) fn close(&mut self, inputs: &[(Topic, u32)]) -> Result<(), JournalError> {
        let mut list = TopicPartitionList::new();
        for at in inputs {
            if self.partitions.remove(at).is_some() {
                self.add(&mut list, *at, Offset::Invalid)?;
            }
        }
        if list.count() == 0 {
            return Ok(());
        }
        self.consumer.incremental_unassign(&list).map_err(|error| unavailable("stop reading a partition", &error))
    }

    /// Answers a group that waits for these partitions, even where none of them is read.
    pub(super) fn let_go(&mut self, inputs: &[(Topic, u32)]) -> Result<(), JournalError> {
        let mut list = TopicPartitionList::new();
        for at in inputs {
            if self.partitions.remove(at).is_some() {
                self.add(&mut list, *at, Offset::Invalid)?;
            }
        }
        self.consumer.incremental_unassign(&list).map_err(|error| unavailable("give partitions back", &error))
    }

    fn add(&self, list: &mut TopicPartitionList, (topic, partition): (Topic, u32), offset: Offset) -> Result<(), JournalError> {
        let name = self.names.get(usize::from(topic.0)).ok_or(JournalError::UnknownTopic { topic })?;
        let added = list.add_partition_offset(name, partition.cast_signed(), offset);
        added.map_err(|error| unavailable("name a partition", &error))
    }

    /// Whether the broker called a position out of range since this was last asked.
    pub(super) fn take_suspicion(&mut self) -> bool {
        std::mem::take(&mut self.is_suspect)
    }

    /// Bytes of a partition that were read and not asked for yet; `None` while it is not read.
    pub(super) fn waiting_bytes(&self, at: (Topic, u32)) -> Option<usize> {
        self.partitions.get(&at).map(|fetch| fetch.bytes)
    }

    /// The partitions that are read, with where their tasks go on.
    pub(super) fn opened(&self) -> Vec<((Topic, u32), u64)> {
        self.partitions.iter().map(|(at, fetch)| (*at, fetch.next)).collect()
    }

    /// The partitions that are read, with the position of what comes next of each.
    pub(super) fn awaited(&self) -> Vec<((Topic, u32), u64)> {
        self.partitions.iter().map(|(at, fetch)| (*at, fetch.taken())).collect()
    }

    /// Moves up to `max` entries to `out`, reading on as long as something comes without waiting.
    pub(super) fn take<C: Codec<Record = R>>(
        &mut self,
        codec: &C,
        at: (Topic, u32),
        max: usize,
        out: &mut Vec<(u64, Entry<R>)>,
    ) -> Result<(), JournalError> {
        while self.partitions.get(&at).is_some_and(|fetch| fetch.queue.len() < max) && self.pump(codec, Duration::ZERO)? {}
        let Some(fetch) = self.partitions.get_mut(&at) else { return Ok(()) };
        for _ in 0..max {
            let Some(waiting) = fetch.queue.pop_front() else { break };
            fetch.bytes -= waiting.bytes;
            fetch.next = waiting.position + 1;
            fetch.seen = Some((waiting.position, waiting.checksum));
            out.push((waiting.position, waiting.entry));
        }
        if fetch.rests && fetch.bytes < self.queue_bytes_max / 2 {
            fetch.rests = false;
            let mut list = TopicPartitionList::new();
            self.add(&mut list, at, Offset::Invalid)?;
            self.consumer.resume(&list).map_err(|error| unavailable("read a partition on", &error))?;
        }
        Ok(())
    }

    /// Takes one message or event in, waiting at most `wait` for it; says whether one came.
    pub(super) fn pump<C: Codec<Record = R>>(&mut self, codec: &C, wait: Duration) -> Result<bool, JournalError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let message = match self.consumer.poll(wait.min(POLL_MAX)) {
            None => return Ok(false),
            Some(Ok(message)) => message,
            Some(Err(error)) => return self.heard(&error).map(|()| true),
        };
        let name = message.topic();
        if self.names.get(self.last_topic).is_none_or(|last| last != name) {
            let Some(found) = self.names.iter().position(|known| known == name) else { return Ok(true) };
            self.last_topic = found;
        }
        let at = (Topic(u16::try_from(self.last_topic).unwrap_or(u16::MAX)), message.partition().cast_unsigned());
        let Some(fetch) = self.partitions.get_mut(&at) else { return Ok(true) };
        let incoming = Incoming::of(&message);
        if incoming.position < fetch.taken() {
            return Ok(true); // read before the partition was opened anew
        }
        let entry = decoded(codec, (at.0, name), &incoming)?;
        let bytes = incoming.value.map_or(0, <[u8]>::len) + ENTRY_BYTES;
        fetch.queue.push_back(Waiting { position: incoming.position, bytes, checksum: checksum(&incoming), entry });
        fetch.bytes += bytes;
        if fetch.bytes > self.queue_bytes_max && !fetch.rests {
            fetch.rests = true;
            let mut list = TopicPartitionList::new();
            self.add(&mut list, at, Offset::Invalid)?;
            self.consumer.pause(&list).map_err(|error| unavailable("rest a partition", &error))?;
        }
        Ok(true)
    }

    fn heard(&mut self, error: &KafkaError) -> Result<(), JournalError> {
        match error {
            KafkaError::PartitionEOF(_) => {}
            KafkaError::MessageConsumptionFatal(_) => {
                // The event says only that there is one.
                let cause = self.consumer.client().fatal_error().map(|(code, _)| KafkaError::MessageConsumptionFatal(code));
                return Err(broken("read", &self.instance, cause.as_ref().unwrap_or(error)));
            }
            KafkaError::MessageConsumption(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                self.is_suspect = true;
            }
            // Said at every try, several times a second; where it is, is looked for.
            KafkaError::MessageConsumption(RDKafkaErrorCode::BadCompression) => self.choke.is_heard = true,
            // Said once: whoever asks for changes finds out when one is there again.
            KafkaError::MessageConsumption(RDKafkaErrorCode::AllBrokersDown) => {
                self.away.get_or_insert_with(Instant::now);
            }
            denied if is_denial(denied) => return Err(unavailable("read", denied)),
            // The library tries again by itself; whoever watches the process reads it among the words.
            other => self.consumer.context().say(other.to_string()),
        }
        Ok(())
    }

    /// What was taken last of each of the inputs, by their place.
    pub(super) fn seen(&self, inputs: impl Iterator<Item = (Topic, u32)>) -> Vec<Seen> {
        let seen = |(input, at)| {
            let (position, checksum) = self.partitions.get(&at)?.seen?;
            Some(Seen { input, position, checksum })
        };
        inputs.enumerate().filter_map(seen).collect()
    }
}

/// Tells one message from another.
pub(super) fn checksum(message: &Incoming<'_>) -> u32 {
    let key = crc32c::crc32c(message.key.unwrap_or_default());
    crc32c::crc32c_append(key, message.value.unwrap_or_default())
}
