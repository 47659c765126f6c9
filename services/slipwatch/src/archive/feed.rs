//! The feed of a log's entries into another log, whichever store it is: records as the bytes they are, and the marks they share.
//!
//! How far it is stands in a page of the intake task, with the chain's link up to there, so that a restart goes on exactly and only
//! with the same entries. A log has the origins of its inputs: records of origins that are not here go by those that are, and a mark
//! stands for all of them. What must never enter: a clock, a stamp, a decision.

use super::{Archive, End, Entries, Next, hexadecimal};
use crate::{
    failure::Failure,
    file::{self, Rows},
};
use journal::{
    Checkpoint, Commit, Entry, Extent, JournalError, Lease, Mark, ORIGINS_MAX, Origins, Output, PageChange, Store,
    sqlite::{Link, link},
};
use serde::{Deserialize, Serialize};
use service_kit::{Feed, Flow};
use stages::{
    GENERATION,
    intaking::{self, INPUTS, INTAKE, partitions_of},
    message::{ADMITTED, Message},
};
use std::sync::Arc;
use vocab::{record::Admitted, time::Tick};
use wire::stored::{Stored, stored_to_protobuf};

/// Entries put into the log at once.
const ENTRIES_AT_ONCE: usize = 2_000;
/// Key of the page that says how far an archive is in.
const ARCHIVE: &str = "archive";

/// How a record gets into a log with the bytes it was stored as.
#[derive(Clone, Debug)]
pub enum Carried {
    /// Without them: in memory nobody asks for them.
    Without,
    /// The rows of a file are told what they will be asked to write.
    ByRows(Rows),
    /// Beside it, on its way to a broker.
    Beside,
}

/// The log that entries go into.
#[derive(Clone, Debug)]
pub struct Target {
    /// Partitions of its admitted records.
    pub partitions: u32,
    /// Origins that will go on writing there: acts, and each partition of events.
    pub origins: u32,
    /// How records get there.
    pub carried: Carried,
}

impl Target {
    /// The origin that stands here for one of the log it came from: acts stay acts.
    fn origin(&self, origin: u32) -> u32 {
        let events = self.origins.saturating_sub(1).max(1);
        origin.checked_sub(1).map_or(0, |partition| 1 + partition % events)
    }
}

/// How far an archive is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Place {
    /// Records and marks.
    pub entries: u64,
    /// Records.
    pub records: u64,
    /// The link of the chain behind them, in hexadecimal.
    pub link: String,
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// Where a log stands that an archive goes into.
pub struct Start {
    lease: Lease,
    /// How far an archive is in; none in a new log.
    pub place: Option<Place>,
    is_new: bool,
}

impl Start {
    /// Takes the intake task over.
    ///
    /// # Errors
    /// [`Failure`] of the store.
    pub fn of(store: &mut impl Store<Record = Message>) -> Result<Self, Failure> {
        let restored = store.restore(INTAKE).map_err(file::failed)?;
        let pages = store.pages(INTAKE).map_err(file::failed)?;
        let page = pages.iter().find(|page| page.key == ARCHIVE).map(|page| serde_json::from_slice(&page.body)).transpose();
        let place = page.map_err(|error| Failure::No(format!("the page `{ARCHIVE}` of this log cannot be read: {error}")))?;
        Ok(Self { lease: restored.lease, place, is_new: restored.position.is_none() })
    }

    /// Whether nothing was ever taken in.
    #[must_use]
    pub const fn is_new(&self) -> bool {
        self.is_new
    }
}

/// How an archive ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As it was written.
    Whole(End),
    /// Before its end: so many bytes were left unread.
    Torn(u64),
}

/// The entries of a log on their way into another.
pub struct LogFeed<E = Archive> {
    entries_of: E,
    lease: Lease,
    target: Target,
    entries: u64,
    records: u64,
    link: Link,
    /// What is in already: it is read again, and must be the same.
    done: Place,
    /// The last mark of each origin of the log they come from.
    marks: Vec<Option<i64>>,
    /// What all of them have promised.
    marked: Option<i64>,
    ended: Option<Ended>,
    failure: Option<Failure>,
}

impl<E: Entries> LogFeed<E> {
    /// A feed of entries into a log, from where it stood.
    #[must_use]
    pub fn new(entries_of: E, start: Start, target: Target) -> Self {
        let (lease, done) = (start.lease, start.place.unwrap_or_default());
        Self {
            entries_of,
            lease,
            target,
            entries: 0,
            records: 0,
            link: [0; 32],
            done,
            marks: Vec::new(),
            marked: None,
            ended: None,
            failure: None,
        }
    }

    /// Records read.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.records
    }

    /// Records and marks read.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// How it ended, if it has.
    #[must_use]
    pub const fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// The tick up to which every origin has promised.
    #[must_use]
    pub fn marked(&self) -> Option<Tick> {
        self.marked.map(Tick)
    }

    /// What ended the feed early, if anything did.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn advance(&mut self, outputs: &mut Vec<Output<Message>>) -> Result<(), Failure> {
        while outputs.len() < ENTRIES_AT_ONCE {
            match self.entries_of.next_entry()? {
                Next::Entry(Stored::Admitted { origin, bytes }) => self.record(origin, &bytes, outputs)?,
                Next::Entry(Stored::Mark(mark)) => self.mark(&mark, outputs)?,
                Next::End(end) => {
                    let found =
                        End { entries: self.entries, records: self.records, link: hexadecimal(&self.link), inputs: end.inputs.clone() };
                    if found != end {
                        return Err(self.entries_of.damaged("it does not hold what it says at its end"));
                    }
                    self.ended = Some(Ended::Whole(end));
                }
                Next::Torn { bytes } => self.ended = Some(Ended::Torn(bytes)),
            }
            if self.entries == self.done.entries && self.entries > 0 && hexadecimal(&self.link) != self.done.link {
                return Err(self.another());
            }
            if self.ended.is_some() {
                return if self.entries < self.done.entries { Err(self.another()) } else { Ok(()) };
            }
        }
        Ok(())
    }

    fn another(&self) -> Failure {
        let title = self.entries_of.title();
        Failure::Usage(format!("{title} is not the archive that this log was begun with: the first {} entries differ", self.done.entries))
    }

    fn record(&mut self, origin: u32, bytes: &[u8], outputs: &mut Vec<Output<Message>>) -> Result<(), Failure> {
        let admitted = file::admitted(bytes).map_err(|why| self.entries_of.damaged(&format!("entry {}: {why}", self.entries)))?;
        self.link = link(&self.link, admitted.known.0, file::admitted_key(&admitted).as_bytes(), bytes);
        self.entries += 1;
        self.records += 1;
        if self.entries <= self.done.entries {
            return Ok(());
        }
        let admitted = Arc::new(admitted);
        let record = self.carry(&admitted, self.target.origin(origin), bytes);
        for partition in partitions_of(&admitted, self.target.partitions) {
            let entry = Entry::Record { origin: self.target.origin(origin), record: record.clone() };
            outputs.push(Output { topic: ADMITTED, partition, entry });
        }
        Ok(())
    }

    fn carry(&self, admitted: &Arc<Admitted>, origin: u32, bytes: &[u8]) -> Message {
        match &self.target.carried {
            Carried::Without => {}
            Carried::ByRows(rows) => rows.keep_stored(admitted, bytes),
            Carried::Beside => {
                let mut entry = Vec::with_capacity(bytes.len() + 16);
                stored_to_protobuf(&Stored::Admitted { origin, bytes: bytes.to_vec() }, &mut entry);
                return Message::Kept(Arc::clone(admitted), Arc::from(entry));
            }
        }
        Message::Admitted(Arc::clone(admitted))
    }

    /// Notes a mark. What every origin has promised by now is told on, for all origins of this log.
    fn mark(&mut self, mark: &vocab::mark::Mark, outputs: &mut Vec<Output<Message>>) -> Result<(), Failure> {
        if mark.until > ORIGINS_MAX || mark.count > ORIGINS_MAX {
            return Err(self.entries_of.damaged(&format!("entry {} speaks of more origins than there can be", self.entries)));
        }
        let origins = self.marks.len().max(mark.count as usize).max(mark.until as usize);
        self.marks.resize(origins, None);
        for known in &mut self.marks[mark.first as usize..mark.until as usize] {
            *known = Some(mark.known.0).max(*known);
        }
        self.entries += 1;
        let common = self.marks.iter().min().copied().flatten();
        let Some(tick) = common.filter(|_| common > self.marked) else { return Ok(()) };
        self.marked = common;
        if self.entries > self.done.entries {
            let (partitions, count) = (self.target.partitions, self.target.origins);
            let mark = Mark { generation: GENERATION, stage: mark.stage, origins: Origins::all(count), tick, count };
            outputs.extend((0..partitions).map(|partition| Output { topic: ADMITTED, partition, entry: Entry::Mark(mark) }));
        }
        Ok(())
    }

    fn part(&self, outputs: Vec<Output<Message>>) -> Commit<Message> {
        let position = intaking::position(INTAKE, self.marked(), Vec::new());
        let (is_whole, inputs) = match &self.ended {
            Some(Ended::Whole(end)) => (true, end.inputs.as_deref().and_then(wire::base64::decode)),
            Some(Ended::Torn(_)) | None => (false, None),
        };
        let place = Place { entries: self.entries, records: self.records, link: hexadecimal(&self.link), is_whole };
        let mut page = Vec::new();
        crate::lines::write(&place, &mut page);
        let pages = [(ARCHIVE, Some(page)), (INPUTS, inputs)];
        let pages = pages.into_iter().filter(|(_, body)| body.is_some()).map(|(key, body)| PageChange { key: key.to_owned(), body });
        let checkpoint = Some(Checkpoint { extent: Extent::Touched, pages: pages.collect() });
        Commit { lease: self.lease.clone(), outputs, position, checkpoint }
    }
}

impl<E: Entries> crate::replay::Reading for LogFeed<E> {
    fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }
}

impl<S: Store<Record = Message>, E: Entries> Feed<S> for LogFeed<E> {
    fn fill(&mut self, _store: &mut S, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if self.ended.is_some() || self.failure.is_some() {
            return Ok(Flow::Ended);
        }
        if let Carried::ByRows(rows) = &self.target.carried {
            rows.forget_stored();
        }
        let mut outputs = Vec::new();
        if let Err(failure) = self.advance(&mut outputs) {
            self.failure = Some(failure);
            return Ok(Flow::Ended);
        }
        parts.push(self.part(outputs));
        Ok(if self.ended.is_some() { Flow::Ended } else { Flow::More })
    }
}
