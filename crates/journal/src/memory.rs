//! The log in memory: several partitions, typed values, nothing encoded.
//!
//! It carries replays (bounded: what every reader committed past is dropped) and the deterministic tests (everything is
//! kept, tasks come and go as processes would). Must never enter: a byte format, a thread, anything another store
//! would not promise too.

use std::collections::{BTreeMap, VecDeque};

use crate::commit::{Checkpoint, Commit, Extent, Output, Page};
use crate::error::JournalError;
use crate::fault::{FailHook, FailPoint, Step};
use crate::mark::Entry;
use crate::position::{PositionEntry, Topic};
use crate::store::{Lease, Restored, Store};

/// What is kept of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// Everything.
    All,
    /// What some reader has not yet committed past. A topic without readers keeps everything.
    Unread,
}

/// One topic of a memory log: its number is its place in the list given to [`Memory::new`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopicShape {
    /// How many partitions it has, for good.
    pub partitions: u32,
    /// How many tasks read each partition; used by [`Retention::Unread`] alone.
    pub readers: u32,
}

/// A log store in memory.
#[derive(Debug)]
pub struct Memory<R> {
    retention: Retention,
    topics: Vec<MemoryTopic<R>>,
    tasks: BTreeMap<String, TaskRows>,
    fault: FailPoint,
}

#[derive(Debug)]
struct MemoryTopic<R> {
    readers: u32,
    partitions: Vec<Partition<R>>,
}

#[derive(Debug)]
struct Partition<R> {
    /// Position of the first entry kept.
    base: u64,
    entries: VecDeque<Entry<R>>,
    /// Where each reading task stands.
    readers: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
struct TaskRows {
    epoch: u64,
    position: Option<PositionEntry>,
    checkpoint: Option<PositionEntry>,
    pages: BTreeMap<String, StoredPage>,
}

#[derive(Debug)]
struct StoredPage {
    checksum: u32,
    body: Vec<u8>,
}

impl<R> Partition<R> {
    fn end(&self) -> u64 {
        self.base + self.entries.len() as u64
    }

    /// Drops what every reader is past.
    fn trim(&mut self, readers: u32) {
        if readers == 0 || self.readers.len() < readers as usize {
            return;
        }
        let least = self.readers.values().copied().min().unwrap_or(self.base).min(self.end());
        while self.base < least {
            self.entries.pop_front();
            self.base += 1;
        }
    }
}

impl<R> Memory<R> {
    /// An empty log with these topics.
    #[must_use]
    pub fn new(retention: Retention, topics: &[TopicShape]) -> Self {
        let partition = |_| Partition { base: 0, entries: VecDeque::new(), readers: BTreeMap::new() };
        let topic = |shape: &TopicShape| MemoryTopic { readers: shape.readers, partitions: (0..shape.partitions).map(partition).collect() };
        Self { retention, topics: topics.iter().map(topic).collect(), tasks: BTreeMap::new(), fault: FailPoint::default() }
    }

    /// Hangs a fail-point hook in, or takes it out.
    pub fn hang(&mut self, hook: Option<FailHook>) {
        self.fault.hang(hook);
    }

    /// How many entries are kept, over all partitions.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.entries.len()).sum()
    }

    /// Takes the kept records of a partition out, in order, without its marks: how a caller collects final outputs.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], [`JournalError::UnknownPartition`].
    pub fn drain(&mut self, topic: Topic, partition: u32) -> Result<Vec<R>, JournalError> {
        let partition = self.partition_mut(topic, partition)?;
        partition.base = partition.end();
        let record = |entry| match entry {
            Entry::Record { record, .. } => Some(record),
            Entry::Mark(_) => None,
        };
        Ok(partition.entries.drain(..).filter_map(record).collect())
    }

    /// Takes the kept entries of a partition out, in order, with its marks: what has come with a mark is complete to it.
    ///
    /// # Errors
    /// [`JournalError::UnknownTopic`], [`JournalError::UnknownPartition`].
    pub fn take(&mut self, topic: Topic, partition: u32) -> Result<Vec<Entry<R>>, JournalError> {
        let partition = self.partition_mut(topic, partition)?;
        partition.base = partition.end();
        Ok(partition.entries.drain(..).collect())
    }

    /// Flips one bit of a saved page, as a failing memory or disk would: for tests of what finds it.
    pub fn flip_bit_of_page(&mut self, task: &str, key: &str) {
        let page = self.tasks.get_mut(task).and_then(|rows| rows.pages.get_mut(key));
        if let Some(byte) = page.and_then(|page| page.body.first_mut()) {
            *byte ^= 1;
        }
    }

    fn topic(&self, topic: Topic) -> Result<&MemoryTopic<R>, JournalError> {
        self.topics.get(usize::from(topic.0)).ok_or(JournalError::UnknownTopic { topic })
    }

    fn partition(&self, topic: Topic, partition: u32) -> Result<&Partition<R>, JournalError> {
        let found = self.topic(topic)?.partitions.get(partition as usize);
        found.ok_or(JournalError::UnknownPartition { topic, partition })
    }

    fn partition_mut(&mut self, topic: Topic, partition: u32) -> Result<&mut Partition<R>, JournalError> {
        let shape = self.topics.get_mut(usize::from(topic.0)).ok_or(JournalError::UnknownTopic { topic })?;
        let found = shape.partitions.get_mut(partition as usize);
        found.ok_or(JournalError::UnknownPartition { topic, partition })
    }

    /// Refuses stale leases and wrong addresses before anything is written.
    fn check(&self, parts: &[Commit<R>]) -> Result<(), JournalError> {
        for part in parts {
            let epoch = self.tasks.get(&part.lease.task).map(|rows| rows.epoch);
            if epoch != Some(part.lease.epoch) {
                return Err(JournalError::Fenced { task: part.lease.task.clone() });
            }
            for output in &part.outputs {
                self.partition(output.topic, output.partition)?;
            }
        }
        Ok(())
    }

    /// Appends the outputs of all parts, leaving behind where they went.
    fn append(&mut self, parts: &mut [Commit<R>]) -> Result<Vec<(usize, Topic, u32)>, JournalError> {
        let mut placed = Vec::with_capacity(parts.iter().map(|part| part.outputs.len()).sum());
        for (index, part) in parts.iter_mut().enumerate() {
            for output in part.outputs.drain(..) {
                placed.push((index, output.topic, output.partition));
                self.partition_mut(output.topic, output.partition)?.entries.push_back(output.entry);
            }
        }
        Ok(placed)
    }

    /// Takes appended outputs back into their parts: the other half of all or nothing.
    fn take_back(&mut self, parts: &mut [Commit<R>], placed: Vec<(usize, Topic, u32)>) -> Result<(), JournalError> {
        for (index, topic, partition) in placed.into_iter().rev() {
            if let Some(entry) = self.partition_mut(topic, partition)?.entries.pop_back() {
                parts[index].outputs.push(Output { topic, partition, entry });
            }
        }
        for part in parts {
            part.outputs.reverse();
        }
        Ok(())
    }

    fn save(&mut self, part: &mut Commit<R>) {
        let rows = self.tasks.entry(part.lease.task.clone()).or_default();
        if let Some(checkpoint) = part.checkpoint.take() {
            rows.save_pages(checkpoint);
            rows.checkpoint = Some(part.position.clone());
        }
        rows.position = Some(part.position.clone());
        if self.retention == Retention::All {
            return;
        }
        for input in &part.position.inputs {
            let Some(topic) = self.topics.get_mut(usize::from(input.topic.0)) else { continue };
            let Some(partition) = topic.partitions.get_mut(input.partition as usize) else { continue };
            match partition.readers.get_mut(&part.lease.task) {
                Some(next) => *next = input.next,
                None => {
                    partition.readers.insert(part.lease.task.clone(), input.next);
                }
            }
            partition.trim(topic.readers);
        }
    }
}

impl TaskRows {
    fn save_pages(&mut self, checkpoint: Checkpoint) {
        match checkpoint.extent {
            Extent::Whole => self.pages.clear(),
            Extent::Touched => {}
        }
        for change in checkpoint.pages {
            match change.body {
                Some(body) => {
                    self.pages.insert(change.key, StoredPage { checksum: crc32c::crc32c(&body), body });
                }
                None => {
                    self.pages.remove(&change.key);
                }
            }
        }
    }
}

impl<R: Clone> Store for Memory<R> {
    type Record = R;

    fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        let count = self.topic(topic)?.partitions.len();
        u32::try_from(count).map_err(|_| JournalError::UnknownTopic { topic })
    }

    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError> {
        Ok(self.partition(topic, partition)?.end())
    }

    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<R>)>) -> Result<(), JournalError> {
        let (topic, partition) = at;
        let log = self.partition(topic, partition)?;
        let (first, end) = (log.base, log.end());
        if from < first {
            return Err(JournalError::PositionGone { topic, partition, wanted: from, first });
        }
        if from > end {
            return Err(JournalError::PositionAhead { topic, partition, wanted: from, end });
        }
        let skip = usize::try_from(from - first).unwrap_or(usize::MAX);
        let upto = skip.saturating_add(max).min(log.entries.len());
        out.extend((from..).zip(log.entries.range(skip..upto).cloned()));
        Ok(())
    }

    fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        self.fault.at(Step::Restore)?;
        let rows = self.tasks.entry(task.to_owned()).or_default();
        rows.epoch += 1;
        Ok(Restored {
            lease: Lease { task: task.to_owned(), epoch: rows.epoch },
            position: rows.position.clone(),
            checkpoint: rows.checkpoint.clone(),
        })
    }

    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError> {
        let Some(rows) = self.tasks.get(task) else { return Ok(Vec::new()) };
        let page = |(key, stored): (&String, &StoredPage)| {
            if crc32c::crc32c(&stored.body) == stored.checksum {
                Ok(Page { key: key.clone(), body: stored.body.clone() })
            } else {
                Err(JournalError::BadPage { task: task.to_owned(), key: key.clone() })
            }
        };
        rows.pages.iter().map(page).collect()
    }

    fn commit(&mut self, parts: &mut [Commit<R>]) -> Result<(), JournalError> {
        self.fault.at(Step::Begin)?;
        self.check(parts)?;
        let placed = self.append(parts)?;
        for step in [Step::Outputs, Step::State, Step::Positions] {
            if let Err(fault) = self.fault.at(step) {
                self.take_back(parts, placed)?;
                return Err(fault);
            }
        }
        for part in parts {
            self.save(part);
        }
        self.fault.at(Step::Sent)?;
        self.fault.at(Step::Done)
    }
}
