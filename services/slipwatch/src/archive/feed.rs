//! The feed of an archive into a log, whichever store it is: entries as they are, marks among them.
//!
//! How far it is stands in a page of the intake task, with the chain's link up to there, so that a restart goes on exactly and only
//! with the same archive. What must never enter: a clock, a stamp, a decision.

use super::{Archive, End, Next, hexadecimal};
use crate::{
    failure::Failure,
    file::{self, Rows},
};
use journal::{
    Checkpoint, Commit, Entry, Extent, JournalError, Lease, Output, PageChange, Store,
    sqlite::{Link, link},
};
use serde::{Deserialize, Serialize};
use service_kit::{Feed, Flow};
use stages::{
    GENERATION,
    bytes::mark_of,
    intaking::{self, INPUTS, INTAKE, partitions_of},
    message::{ADMITTED, Message},
};
use std::sync::Arc;
use vocab::time::Tick;
use wire::stored::Stored;

/// Entries put into the log at once.
const ENTRIES_AT_ONCE: usize = 2_000;
/// Key of the page that says how far an archive is in.
const ARCHIVE: &str = "archive";

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

/// An archive on its way into a log.
pub struct ArchiveFeed {
    archive: Archive,
    lease: Lease,
    partitions: u32,
    rows: Option<Rows>,
    entries: u64,
    records: u64,
    link: Link,
    /// What is in already: it is read again, and must be the same.
    done: Place,
    marks: Vec<Option<i64>>,
    ended: Option<Ended>,
    failure: Option<Failure>,
}

impl ArchiveFeed {
    /// A feed of an archive into a log with so many partitions, from where it stood; the rows of a file are told the bytes of what
    /// they will be asked to write.
    #[must_use]
    pub fn new(archive: Archive, start: Start, partitions: u32, rows: Option<Rows>) -> Self {
        let (lease, done) = (start.lease, start.place.unwrap_or_default());
        let (marks, link) = (Vec::new(), [0; 32]);
        Self { archive, lease, partitions, rows, entries: 0, records: 0, link, done, marks, ended: None, failure: None }
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
        self.marks.iter().min().copied().flatten().map(Tick)
    }

    /// What ended the feed early, if anything did.
    pub fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }

    fn advance(&mut self, outputs: &mut Vec<Output<Message>>) -> Result<(), Failure> {
        while outputs.len() < ENTRIES_AT_ONCE {
            match self.archive.next_entry()? {
                Next::Entry(Stored::Admitted { origin, bytes }) => self.record(origin, &bytes, outputs)?,
                Next::Entry(Stored::Mark(mark)) => self.mark(&mark, outputs),
                Next::End(end) => {
                    let found =
                        End { entries: self.entries, records: self.records, link: hexadecimal(&self.link), inputs: end.inputs.clone() };
                    if found != end {
                        return Err(self.archive.damaged("it does not hold what it says at its end"));
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
        let path = self.archive.path().display();
        Failure::Usage(format!("{path} is not the archive that this log was begun with: the first {} entries differ", self.done.entries))
    }

    fn record(&mut self, origin: u32, bytes: &[u8], outputs: &mut Vec<Output<Message>>) -> Result<(), Failure> {
        let admitted = file::admitted(bytes).map_err(|why| self.archive.damaged(&format!("entry {}: {why}", self.entries)))?;
        self.link = link(&self.link, admitted.known.0, file::admitted_key(&admitted).as_bytes(), bytes);
        self.entries += 1;
        self.records += 1;
        if self.entries <= self.done.entries {
            return Ok(());
        }
        let admitted = Arc::new(admitted);
        if let Some(rows) = &self.rows {
            rows.keep_stored(&admitted, bytes);
        }
        for partition in partitions_of(&admitted, self.partitions) {
            let entry = Entry::Record { origin, record: Message::Admitted(Arc::clone(&admitted)) };
            outputs.push(Output { topic: ADMITTED, partition, entry });
        }
        Ok(())
    }

    fn mark(&mut self, mark: &vocab::mark::Mark, outputs: &mut Vec<Output<Message>>) {
        let mark = journal::Mark { generation: GENERATION, ..mark_of(mark) };
        self.marks.resize(self.marks.len().max(mark.count as usize), None);
        for origin in mark.origins.range() {
            if let Some(known) = self.marks.get_mut(origin as usize) {
                *known = Some(mark.tick).max(*known);
            }
        }
        self.entries += 1;
        if self.entries > self.done.entries {
            outputs.extend((0..self.partitions).map(|partition| Output { topic: ADMITTED, partition, entry: Entry::Mark(mark) }));
        }
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

impl crate::replay::Reading for ArchiveFeed {
    fn take_failure(&mut self) -> Option<Failure> {
        self.failure.take()
    }
}

impl<S: Store<Record = Message>> Feed<S> for ArchiveFeed {
    fn fill(&mut self, _store: &mut S, parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        if self.ended.is_some() || self.failure.is_some() {
            return Ok(Flow::Ended);
        }
        if let Some(rows) = &self.rows {
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
