//! The admitted log on a broker, read from its beginning as one: tick by tick, whatever the number of partitions.
//!
//! Each partition is put in order by the protocol's own [`TickOrder`], and a tick is given out when every partition has passed it.
//! Inside a tick records stand in the order of the stages, so that two readings of one log are the same bytes; where in a partition
//! a record stood, and at what pace marks came, is not told. What must never enter: what a record says, a position that is kept.

use super::Broker;
use crate::{
    archive::{End, Entries, Next, hexadecimal},
    failure::Failure,
    file,
};
use engine::register::is_broadcast;
use journal::{
    Entry, InputPosition, Mark, Origins, Sequenced, TickOrder,
    kafka::{Codec, Incoming, MessageBuffer, Reader, TopicName},
    sqlite::{Link, StoredEntry, StoredRow, link},
};
use stages::{
    GENERATION,
    bytes::{mark_of, word_of},
    message::ADMITTED,
};
use std::{collections::VecDeque, ops::ControlFlow};
use wire::stored::{Stored, stored_from_protobuf};

/// Entries in memory, all partitions together, while the slowest of them is read.
const ENTRIES_HELD: usize = 1 << 18;
/// Entries of a partition read at once at least: asking for less costs more than reading it.
const ENTRIES_AT_ONCE_MIN: usize = 2_048;
/// Name of the client.
const NAME: &str = "log-reader";

/// A record as it stands in the log.
#[derive(Clone, Debug)]
struct Row {
    origin: u32,
    tick: i64,
    order: ([u8; 16], u32, [u8; 16]),
    key: String,
    bytes: Vec<u8>,
    /// One of the copies that every partition has, and not the first.
    is_copy: bool,
}

impl Sequenced for Row {
    type Order = ([u8; 16], u32, [u8; 16]);

    fn tick(&self) -> i64 {
        self.tick
    }

    fn order(&self) -> Self::Order {
        self.order
    }
}

/// Records as their bytes.
struct Rows(Vec<TopicName>);

impl Codec for Rows {
    type Record = Row;

    fn topics(&self) -> &[TopicName] {
        &self.0
    }

    /// Nothing is written through it: a message without a value is no entry, and no reader takes it.
    fn encode(&self, _topic: journal::Topic, _entry: &Entry<Row>, _message: &mut MessageBuffer) {}

    fn decode(&self, _topic: journal::Topic, message: &Incoming<'_>) -> Result<Entry<Row>, String> {
        let bytes = message.value.ok_or("a message without a value is no entry")?;
        match stored_from_protobuf(bytes).map_err(|refusal| refusal.to_string())? {
            Stored::Mark(mark) => Ok(Entry::Mark(mark_of(&mark))),
            Stored::Admitted { origin, bytes } => {
                let admitted = wire::admitted::admitted_from_protobuf(&bytes).map_err(|refusal| refusal.to_string())?;
                let is_copy = message.partition > 0 && is_broadcast(&admitted.event.body);
                let order = (admitted.id.0, admitted.event.revision, admitted.content.0);
                let record = Row { origin, tick: admitted.known.0, order, key: file::admitted_key(&admitted), bytes, is_copy };
                Ok(Entry::Record { origin, record })
            }
        }
    }
}

/// A partition on its way.
struct Part {
    order: TickOrder<Row>,
    next: u64,
    /// Where it ended when the reading began.
    end: u64,
}

/// The admitted log of a broker, as far as the marks of all origins reach in all partitions.
pub struct KafkaLog {
    title: String,
    reader: Reader<Rows>,
    parts: Vec<Part>,
    /// Entries of a partition read at once.
    stretch: usize,
    ready: VecDeque<StoredEntry>,
    given: u64,
    marked: Option<i64>,
    /// What was given out as entries: how many, records among them, and their chain.
    told: (u64, u64, Link),
}

impl KafkaLog {
    /// Opens the log as far as it is committed now.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn open(broker: &Broker) -> Result<Self, Failure> {
        let space = broker.space();
        let topics = space.table();
        let title = space.name(ADMITTED).unwrap_or_default();
        let reader = broker.reader(NAME, Rows(topics))?;
        let mut parts = Vec::new();
        for partition in 0..reader.partitions(ADMITTED).map_err(file::failed)? {
            let (_, end) = reader.ends((ADMITTED, partition)).map_err(file::failed)?;
            let order = TickOrder::resume(&InputPosition::start(ADMITTED, partition), GENERATION, None, usize::MAX);
            parts.push(Part { order, next: 0, end });
        }
        let stretch = (ENTRIES_HELD / parts.len().max(1)).max(ENTRIES_AT_ONCE_MIN);
        Ok(Self { title, reader, parts, stretch, ready: VecDeque::new(), given: 0, marked: None, told: (0, 0, [0; 32]) })
    }

    /// The same, reading so many entries of a partition at once: fewer are less memory and more time.
    #[must_use]
    pub fn in_stretches(self, entries: usize) -> Self {
        Self { stretch: entries.max(1), ..self }
    }

    /// The next entry; none at the end. The last of them is a mark.
    ///
    /// # Errors
    /// [`Failure`] of the broker, or of an entry that cannot stand where it does.
    pub fn next_stored(&mut self) -> Result<Option<StoredEntry>, Failure> {
        while self.ready.is_empty() {
            let passed = self.parts.iter().map(|part| part.order.passed()).min().flatten();
            let first = self.parts.iter().filter_map(|part| part.order.first_waiting()).min();
            if let Some(tick) = first.filter(|tick| Some(*tick) <= passed) {
                self.take(tick);
                continue;
            }
            let mut slowest = (0..).zip(&self.parts).filter(|(_, part)| part.order.passed() <= passed);
            let has_ended = slowest.clone().any(|(_, part)| part.next >= part.end);
            match slowest.next().filter(|_| !has_ended) {
                Some((partition, _)) => self.read(partition)?,
                None if self.marked < passed => self.mark(passed),
                None => return Ok(None),
            }
        }
        Ok(self.ready.pop_front())
    }

    /// Gives a tick out, with the mark behind it.
    fn take(&mut self, tick: i64) {
        let (mut rows, mut absent) = (Vec::new(), Vec::new());
        for part in &mut self.parts {
            part.order.take(tick, &mut rows, &mut absent);
        }
        debug_assert!(absent.is_empty(), "whatever waits is in memory");
        rows.retain(|row| !row.is_copy);
        rows.sort_by(|one, other| (one.order, &one.bytes, one.origin).cmp(&(other.order, &other.bytes, other.origin)));
        for Row { origin, tick, key, bytes, .. } in rows {
            self.ready.push_back(StoredEntry::Row(StoredRow { position: self.given, origin, tick, key, body: bytes }));
            self.given += 1;
        }
        self.mark(Some(tick));
    }

    fn mark(&mut self, passed: Option<i64>) {
        let count = self.parts.first_mut().and_then(|part| part.order.position().count);
        if let Some((tick, count)) = passed.zip(count) {
            let mark = Mark { generation: GENERATION, stage: 0, origins: Origins::all(count), tick, count };
            self.ready.push_back(StoredEntry::Mark(self.given, mark));
            self.given += 1;
        }
        self.marked = passed;
    }

    /// Reads a stretch of a partition.
    fn read(&mut self, partition: u32) -> Result<(), Failure> {
        let most = self.stretch;
        let Some(Part { order, next, end }) = self.parts.get_mut(partition as usize) else { return Ok(()) };
        let mut came = 0;
        let mut is_cut = false;
        let read = self.reader.each((ADMITTED, partition), *next, |position, entry| {
            order.accept(position, entry)?;
            *next = position + 1;
            came += 1;
            is_cut = came >= most || *next >= *end;
            Ok(if is_cut { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        });
        read.map_err(file::failed)?;
        if !is_cut {
            // What ends transactions takes positions too, and has nothing to show.
            *next = (*next).max(*end);
        }
        Ok(())
    }
}

impl Entries for KafkaLog {
    fn next_entry(&mut self) -> Result<Next, Failure> {
        let (entries, records, chain) = self.told;
        let (stored, told) = match self.next_stored()? {
            Some(StoredEntry::Row(StoredRow { origin, tick, key, body, .. })) => {
                let told = (entries + 1, records + 1, link(&chain, tick, key.as_bytes(), &body));
                (Stored::Admitted { origin, bytes: body }, told)
            }
            Some(StoredEntry::Mark(_, mark)) => (Stored::Mark(word_of(&mark)), (entries + 1, records, chain)),
            None => return Ok(Next::End(End { entries, records, link: hexadecimal(&chain), inputs: None })),
        };
        self.told = told;
        Ok(Next::Entry(stored))
    }

    fn title(&self) -> String {
        self.title.clone()
    }

    fn damaged(&self, what: &str) -> Failure {
        Failure::No(format!("the topic {} is damaged: {what}", self.title))
    }
}
