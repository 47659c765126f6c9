//! The broker as a [`Store`]: one consumer, one transactional producer, a state topic.
//!
//! Position entries in the state topic are the authority on where a task stands; the group's positions only fence and must
//! agree. Must never enter: a record's meaning, a step of a stage, a wait that the caller did not ask for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};

use super::codec::{Codec, Growth, decoded};
use super::ear::{Ear, Move};
use super::failure::{not_started, unavailable, untrusted_first};
use super::fetch::{Fetcher, checksum};
use super::orphan::Census;
use super::saved::{Saved, StoredPosition};
use super::settings::{Inputs, Settings};
use super::side::{Side, ends, first_counts};
use super::watchdog::{OnStall, Watchdog};
use super::writer::Writer;
use crate::commit::{Commit, Page};
use crate::error::JournalError;
use crate::fault::{FailHook, FailPoint, Step};
use crate::mark::Entry;
use crate::position::{InputPosition, PositionEntry, Topic};
use crate::store::{Change, Lag, Lease, Notice, Restored, Store};

/// How often a task's positions are compared with the group's before the difference is told and the entry believed.
const AGREEMENT_TRIES: u32 = 3;
/// How long the broker may take to answer what is asked for a reading alone.
pub(super) const READING_TIMEOUT: Duration = Duration::from_secs(1);
/// How long to wait for any broker when all of them were gone.
const PROBE: Duration = Duration::from_secs(1);

/// A task that was restored here.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) epoch: u64,
    /// Pieces of each stored page.
    pub(super) pieces: BTreeMap<String, u32>,
    /// What restoring found, until it is asked for or something newer is committed.
    pub(super) pages: Option<Saved>,
}

/// A log on a broker.
pub struct KafkaStore<C: Codec> {
    pub(super) codec: C,
    pub(super) settings: Settings,
    pub(super) state_topic: String,
    pub(super) counts: BTreeMap<String, u32>,
    pub(super) fetcher: Fetcher<C::Record>,
    /// The partitions the group gave to this process.
    pub(super) given: BTreeSet<(Topic, u32)>,
    pub(super) side: Side,
    pub(super) watchdog: Watchdog,
    pub(super) writer: Option<Writer>,
    pub(super) tasks: BTreeMap<String, Held>,
    /// Number of the last commit that was tried.
    pub(super) serial: u64,
    /// Number of a commit whose end is unknown.
    pub(super) doubt: Option<u64>,
    pub(super) fault: FailPoint,
    pub(super) notices: Vec<Notice>,
    changes: Vec<Change>,
    /// When it was last looked whether a topic has grown.
    pub(super) looked: Instant,
    pub(super) census: Census,
}

impl<C: Codec> KafkaStore<C> {
    /// Connects to a broker and, where inputs are shared, joins the group. `on_stall` is told when a call hangs.
    ///
    /// # Errors
    /// [`JournalError::BadSetting`], [`JournalError::NoTopic`] for the state topic or a shared one,
    /// [`JournalError::Unavailable`].
    pub fn open(settings: Settings, codec: C, on_stall: OnStall) -> Result<Self, JournalError> {
        settings.check()?;
        let client = settings.consumer().create_with_context(Ear::default());
        let consumer: BaseConsumer<Ear> = client.map_err(|error| not_started("start the consumer", &error))?;
        // Half of what a call may take: a process that is asked to stop while no broker answers ends before its drain is over.
        let counts = first_counts(&consumer, (&settings.bootstrap, &settings.more), settings.call_timeout / 2)?;
        let names: Vec<String> = codec.topics().iter().map(|topic| topic.name.clone()).collect();
        let state_topic = settings.identity.state_topic();
        let mut needed = vec![state_topic.clone()];
        if let Inputs::Shared(topics) = &settings.inputs {
            for &topic in topics {
                needed.push(names.get(usize::from(topic.0)).cloned().ok_or(JournalError::UnknownTopic { topic })?);
            }
        }
        if let Some(name) = needed.iter().find(|name| !counts.contains_key(*name)) {
            return Err(JournalError::NoTopic { name: name.clone() });
        }
        let shared: Vec<&str> = needed[1..].iter().map(String::as_str).collect();
        if !shared.is_empty() {
            consumer.subscribe(&shared).map_err(|error| unavailable("join the group", &error))?;
        }
        Ok(Self {
            side: Side::open(&settings)?,
            watchdog: Watchdog::start(settings.call_timeout + settings.stall_margin, on_stall),
            fetcher: Fetcher::new(consumer, names, &settings),
            census: Census::of(&settings),
            codec,
            state_topic,
            counts,
            given: BTreeSet::new(),
            settings,
            writer: None,
            tasks: BTreeMap::new(),
            serial: 0,
            doubt: None,
            fault: FailPoint::default(),
            notices: Vec::new(),
            changes: Vec::new(),
            looked: Instant::now(),
        })
    }

    /// Hangs a fail-point hook in, or takes it out.
    pub fn hang(&mut self, hook: Option<FailHook>) {
        self.fault.hang(hook);
    }

    /// Bytes of a partition that were read and that no task has asked for yet, with what it costs to keep them; none while it is not read.
    #[must_use]
    pub fn waiting_bytes(&self, at: (Topic, u32)) -> Option<usize> {
        self.fetcher.waiting_bytes(at)
    }

    pub(super) fn name(&self, topic: Topic) -> Result<&str, JournalError> {
        let found = self.codec.topics().get(usize::from(topic.0));
        found.map(|topic| topic.name.as_str()).ok_or(JournalError::UnknownTopic { topic })
    }

    /// The name of a topic, if it has such a partition.
    pub(super) fn address(&self, (topic, partition): (Topic, u32)) -> Result<&str, JournalError> {
        if partition >= self.partitions(topic)? {
            return Err(JournalError::UnknownPartition { topic, partition });
        }
        self.name(topic)
    }

    pub(super) fn topic(&self, name: &str) -> Option<u16> {
        self.codec.topics().iter().position(|topic| topic.name == name).and_then(|at| u16::try_from(at).ok())
    }

    /// The partition of the state topic a task's state is in: the number at the end of its name, as in `fold/3`, which is
    /// that of its input; 0 for a name without one.
    pub(super) fn state_partition(&self, task: &str) -> u32 {
        let count = self.counts.get(&self.state_topic).copied().unwrap_or(1);
        let number = task.rsplit_once('/').and_then(|(_, number)| number.parse::<u32>().ok());
        number.unwrap_or(0) % count.max(1)
    }

    /// The producer, made when there is none: from then on nobody before it can write.
    pub(super) fn writer(&mut self) -> Result<&mut Writer, JournalError> {
        if self.writer.is_none() {
            self.writer = Some(Writer::open(&self.settings, &self.watchdog)?);
        }
        self.writer.as_mut().ok_or_else(|| JournalError::Unavailable { doing: "write".to_owned(), why: "no producer".to_owned() })
    }

    /// Reads all that is stored of a task.
    pub(super) fn load(&self, task: &str) -> Result<Saved, JournalError> {
        let partition = self.state_partition(task);
        self.side.settle(&self.state_topic, partition)?;
        let (first, _) = self.side.ends(&self.state_topic, partition)?;
        let mut saved = Saved::default();
        self.side.scan((&self.state_topic, partition), first, |message| {
            let key = message.key.and_then(|key| str::from_utf8(key).ok()).unwrap_or_default();
            saved.take(task, (key, message.value), |name| self.topic(name))?;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(saved)
    }

    /// Loads a task until its entry agrees with what the group has; tells a difference that stays.
    fn load_agreed(&mut self, task: &str) -> Result<Saved, JournalError> {
        let mut saved = self.load(task)?;
        for tries in 1..=AGREEMENT_TRIES {
            let Some(stored) = &saved.position else { break };
            let differences = self.differences(&stored.entry)?;
            if differences.is_empty() {
                break;
            }
            if tries == AGREEMENT_TRIES {
                self.notices.extend(differences);
                break;
            }
            saved = self.load(task)?;
        }
        Ok(saved)
    }

    fn group_positions_of(&self, list: TopicPartitionList) -> Result<TopicPartitionList, JournalError> {
        let found = self.fetcher.consumer.committed_offsets(list, self.settings.call_timeout);
        found.map_err(|error| unavailable("ask for the group's positions", &error))
    }

    /// Where the group's positions are not those of an entry.
    fn differences(&self, entry: &PositionEntry) -> Result<Vec<Notice>, JournalError> {
        let mut list = TopicPartitionList::new();
        for input in &entry.inputs {
            list.add_partition(self.name(input.topic)?, input.partition.cast_signed());
        }
        if list.count() == 0 {
            return Ok(Vec::new());
        }
        let found = self.group_positions_of(list)?;
        let mut differences = Vec::new();
        for input in &entry.inputs {
            let topic = self.name(input.topic)?;
            let group = position_in(&found, (topic, input.partition));
            if group != Some(input.next) {
                let (task, topic) = (entry.task.clone(), topic.to_owned());
                differences.push(Notice::Disagreement { task, topic, partition: input.partition, entry: input.next, group });
            }
        }
        Ok(differences)
    }

    /// Refuses to go on where topics are not those the state was saved with.
    fn check_topics(&self, stored: &StoredPosition) -> Result<(), JournalError> {
        let task = &stored.entry.task;
        for (name, count) in &stored.counts {
            let found = self.counts.get(name).copied().ok_or_else(|| JournalError::NoTopic { name: name.clone() })?;
            if found != *count {
                return Err(JournalError::OtherPartitions { name: name.clone(), task: task.clone(), stored: *count, found });
            }
        }
        for seen in &stored.seen {
            let Some(InputPosition { topic, partition, .. }) = stored.entry.inputs.get(seen.input) else { continue };
            let name = self.address((*topic, *partition))?;
            let (first, end) = self.side.ends(name, *partition)?;
            if seen.position < first || seen.position >= end {
                continue; // gone by retention, or cut: the position itself tells that
            }
            let mut is_other = true;
            self.side.scan((name, *partition), seen.position, |message| {
                is_other = message.position != seen.position || checksum(message) != seen.checksum;
                Ok(ControlFlow::Break(()))
            })?;
            if is_other {
                let (name, task) = (name.to_owned(), task.clone());
                return Err(JournalError::Recreated { name, partition: *partition, task, position: seen.position });
            }
        }
        Ok(())
    }

    /// The counts to be noted with a position.
    pub(super) fn fixed_counts(&self) -> BTreeMap<String, u32> {
        let fixed = self.codec.topics().iter().filter(|topic| topic.growth == Growth::Fixed);
        let state = self.counts.get_key_value(&self.state_topic);
        let counts = fixed.filter_map(|topic| self.counts.get_key_value(&topic.name)).chain(state);
        counts.map(|(name, count)| (name.clone(), *count)).collect()
    }

    /// Where a partition begins and ends, when a position must lie between.
    fn check_position(&self, at: (Topic, u32), from: u64) -> Result<(), JournalError> {
        let (topic, partition) = at;
        let (first, end) = ends(&self.fetcher.consumer, self.address(at)?, partition, self.settings.call_timeout)?;
        if from < first && !(from == 0 && first == 0) {
            return Err(JournalError::PositionGone { topic, partition, wanted: from, first });
        }
        if from > end {
            return Err(JournalError::PositionAhead { topic, partition, wanted: from, end });
        }
        Ok(())
    }

    /// Finds out which position the broker called out of range.
    fn check_suspects(&mut self) -> Result<(), JournalError> {
        if self.fetcher.take_suspicion() {
            for (at, next) in self.fetcher.opened() {
                self.check_position(at, next)?;
                // It was only a moment's confusion: begin again where the task is.
                self.fetcher.open(at, next)?;
            }
        }
        Ok(())
    }

    /// A process without anything to write would not notice that its brokers are away. For as long as the session lasts that is
    /// nobody's business; then it is an error, until one of them answers.
    fn check_brokers(&mut self) -> Result<(), JournalError> {
        if self.fetcher.away.is_none_or(|since| since.elapsed() < self.settings.session_timeout) {
            return Ok(());
        }
        let asked = self.fetcher.consumer.fetch_metadata(Some(&self.state_topic), PROBE);
        asked.map_err(|error| {
            let Settings { bootstrap, more, .. } = &self.settings;
            untrusted_first(unavailable(&format!("reach any broker of {bootstrap}"), &error), bootstrap, more)
        })?;
        self.fetcher.away = None;
        Ok(())
    }

    /// Reads a stretch that the one consumer is past.
    fn read_again(&self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<C::Record>)>) -> Result<(), JournalError> {
        let name = self.address(at)?;
        let until = out.len() + max;
        self.side.scan((name, at.1), from, |message| {
            out.push((message.position, decoded(&self.codec, (at.0, name), message)?));
            Ok(if out.len() < until { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })
    }

    /// Turns what the group said into changes.
    pub(super) fn notice_moves(&mut self) {
        for step in self.fetcher.consumer.context().take_moves() {
            let addresses = |named: &[(String, i32)]| -> Vec<(Topic, u32)> {
                let address = |(name, partition): &(String, i32)| Some((Topic(self.topic(name)?), partition.cast_unsigned()));
                named.iter().filter_map(address).collect()
            };
            let change = match &step {
                Move::Gained(named) => Change::Gained(addresses(named)),
                Move::Losing(named) => Change::Losing(addresses(named)),
                Move::Lost(named) => Change::Lost(addresses(named)),
            };
            match &change {
                Change::Gained(inputs) => {
                    self.given.extend(inputs);
                    self.look_for_growth(inputs);
                }
                Change::Losing(_) => {} // until they are let go they are ours
                Change::Lost(inputs) => self.given.retain(|at| !inputs.contains(at)),
            }
            self.changes.push(change);
        }
    }
}

/// The position of a partition in a list, if it has one.
fn position_in(list: &TopicPartitionList, (topic, partition): (&str, u32)) -> Option<u64> {
    match list.find_partition(topic, partition.cast_signed()).map(|element| element.offset()) {
        Some(Offset::Offset(position)) => Some(position.cast_unsigned()),
        Some(Offset::Beginning | Offset::End | Offset::Stored | Offset::Invalid | Offset::OffsetTail(_)) | None => None,
    }
}

impl<C: Codec> Store for KafkaStore<C> {
    type Record = C::Record;

    fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        let name = self.name(topic)?;
        self.counts.get(name).copied().ok_or_else(|| JournalError::NoTopic { name: name.to_owned() })
    }

    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError> {
        let name = self.address((topic, partition))?;
        ends(&self.fetcher.consumer, name, partition, self.settings.call_timeout).map(|(_, end)| end)
    }

    /// What came without waiting, from where the task goes on; a position before it is read again, to the committed end. With
    /// `max` 0 the position is checked and the partition is read from there on.
    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<C::Record>)>) -> Result<(), JournalError> {
        self.check_suspects()?;
        let next = self.fetcher.next(at);
        if next != Some(from) {
            self.check_position(at, from)?;
            if max > 0 && next.is_some_and(|next| from < next) {
                return self.read_again(at, from, max, out);
            }
            self.fetcher.open(at, from)?;
        } else if max == 0 {
            return self.check_position(at, from);
        }
        self.fetcher.take(&self.codec, at, max, out)
    }

    fn show(
        &mut self,
        at: (Topic, u32),
        from: u64,
        each: &mut dyn FnMut(u64, Entry<C::Record>) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        let name = self.address(at)?;
        self.side.settle(name, at.1)?;
        let (first, end) = self.side.ends(name, at.1)?;
        let from = from.max(first);
        if from >= end {
            return Ok(());
        }
        self.side.scan((name, at.1), from, |message| Ok(each(message.position, decoded(&self.codec, (at.0, name), message)?)))
    }

    fn group_position(&mut self, at: (Topic, u32)) -> Result<Option<u64>, JournalError> {
        let (name, mut list) = (self.address(at)?, TopicPartitionList::new());
        list.add_partition(name, at.1.cast_signed());
        Ok(position_in(&self.group_positions_of(list)?, (name, at.1)))
    }

    fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        self.writer()?;
        let saved = self.load_agreed(task)?;
        self.fault.at(Step::Restore)?;
        if let Some(stored) = &saved.position {
            self.check_topics(stored)?;
        }
        let before = self.tasks.get(task).map_or(0, |held| held.epoch);
        let epoch = saved.position.as_ref().map_or(0, |stored| stored.epoch).max(before) + 1;
        let restored = Restored {
            lease: Lease { task: task.to_owned(), epoch },
            position: saved.position.as_ref().map(|stored| stored.entry.clone()),
            checkpoint: saved.checkpoint.as_ref().map(|stored| stored.entry.clone()),
        };
        self.tasks.insert(task.to_owned(), Held { epoch, pieces: saved.pieces(), pages: Some(saved) });
        Ok(restored)
    }

    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError> {
        let found = self.tasks.get_mut(task).and_then(|held| held.pages.take());
        match found {
            Some(saved) => saved.into_pages(task),
            None => self.load(task)?.into_pages(task),
        }
    }

    fn commit(&mut self, parts: &mut [Commit<C::Record>]) -> Result<(), JournalError> {
        self.transact(parts)
    }

    fn changes(&mut self) -> Result<Vec<Change>, JournalError> {
        self.fetcher.pump(&self.codec, Duration::ZERO)?;
        self.check_brokers()?;
        self.look_now_and_then();
        self.look_for_orphans();
        self.look_for_chokes();
        self.notice_moves();
        Ok(std::mem::take(&mut self.changes))
    }

    fn let_go(&mut self, inputs: &[(Topic, u32)]) -> Result<(), JournalError> {
        self.given.retain(|at| !inputs.contains(at));
        self.fetcher.let_go(inputs)
    }

    /// Asks the broker, which has a moment to answer: nothing waits for a reading.
    fn lags(&self, inputs: &[(Topic, u32)]) -> Result<Vec<Lag>, JournalError> {
        let read = inputs.iter().filter_map(|at| Some((*at, self.fetcher.next(*at)?)));
        read.map(|((topic, partition), next)| {
            let name = self.address((topic, partition))?;
            let (_, end) = ends(&self.fetcher.consumer, name, partition, READING_TIMEOUT)?;
            let entries = self.fetcher.unread((topic, partition), end).unwrap_or(0);
            Ok(Lag { topic, partition, next, entries })
        })
        .collect()
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        let words = self.fetcher.consumer.context().take_words();
        self.notices.extend(words.into_iter().map(Notice::Broker));
        std::mem::take(&mut self.notices)
    }

    fn wait(&mut self, longest: Duration) {
        self.fetcher.failed = self.fetcher.pump(&self.codec, longest).err();
    }
}

impl<C: Codec> Drop for KafkaStore<C> {
    fn drop(&mut self) {
        // A group that waits for an answer would wait for ever, and so would the end of the consumer.
        self.fetcher.consumer.context().close();
        self.notice_moves();
        let waits = self.changes.iter().any(|change| matches!(change, Change::Losing(_) | Change::Lost(_)));
        if waits {
            let opened: Vec<_> = self.fetcher.opened().into_iter().map(|(at, _)| at).collect();
            let _answered = self.fetcher.let_go(&opened);
        }
    }
}

impl<C: Codec> std::fmt::Debug for KafkaStore<C> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("KafkaStore").field("identity", &self.settings.identity).field("given", &self.given).finish_non_exhaustive()
    }
}
