//! History: files of rows, read and mapped on a thread of their own, handed out day by day in the order they became known.
//!
//! A row that cannot be an event is a refusal with its line and bytes. What must never enter: a stamp (intake's), a decision.

use crate::{failure::Failure, sorter::Sorter};
use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    thread::JoinHandle,
};
use vocab::{
    event::Event,
    name::{Label, SourceId},
    record::{Position, Refused},
    time::{Day, Instant},
};
use wire::feed::{FeedCounts, KnownFrom, Lines, Mapper, Mapping, Outcome, RawBatch, RawRow, Rows};

/// Batches that may wait between the reading thread and the judging one.
const BATCHES_WAITING_MAX: usize = 8;

/// How rows become events.
#[derive(Clone, Debug)]
pub enum Reading {
    /// By a mapping file.
    Mapped(Arc<Mapping>),
    /// Native events, one JSON object a line; known on the day they were reported.
    Native,
}

impl Reading {
    /// Days within which rows are sorted by the day they became known.
    #[must_use]
    pub fn window_days(&self) -> u16 {
        match self {
            Self::Mapped(mapping) => u16::try_from(mapping.window_days()).unwrap_or(u16::MAX),
            Self::Native => 2,
        }
    }
}

/// A row: an event with the day it became known, or a refusal.
#[derive(Debug)]
pub enum Item {
    /// An event.
    Event(Box<Event>, Day),
    /// A row that was turned away; its day is filled in by whoever hands it on.
    Refused(Box<Refused>),
}

/// Rows of one batch.
struct Batch {
    items: Vec<Item>,
    counts: FeedCounts,
}

/// What has been read so far, for a progress bar.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    read: Arc<AtomicU64>,
    total: u64,
}

impl Progress {
    /// Bytes read and bytes in all, as the files lie on disk.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.total)
    }
}

/// A complete day of history.
#[derive(Debug, Default)]
pub struct KnownDay {
    /// The events with the day each claims to have become known.
    pub events: Vec<(Day, Event)>,
    /// What was turned away on the way here.
    pub refused: Vec<Refused>,
}

/// Files of history.
pub struct History {
    batches: Receiver<Result<Batch, Failure>>,
    reader: Option<JoinHandle<()>>,
    sorter: Sorter<Event>,
    ready: VecDeque<(Day, KnownDay)>,
    refused: Vec<Refused>,
    counts: FeedCounts,
    newest: Option<Day>,
    has_ended: bool,
    progress: Progress,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("newest", &self.newest).finish_non_exhaustive()
    }
}

impl History {
    /// Opens files and starts reading them. `released` is the last day that was complete before these files: what claims a
    /// day up to it goes with the open day.
    ///
    /// # Errors
    /// [`Failure::Input`] when a file cannot be opened or lacks a column.
    pub fn open(reading: &Reading, files: &[PathBuf], released: Option<Day>) -> Result<Self, Failure> {
        let (sender, batches) = sync_channel(BATCHES_WAITING_MAX);
        let mut sources = Vec::new();
        let mut total = 0;
        for file in files {
            sources.push(Source::open(reading, file)?);
            total += std::fs::metadata(file).map_or(0, |metadata| metadata.len());
        }
        let read = Arc::new(AtomicU64::new(0));
        let progress = Progress { read: Arc::clone(&read), total };
        let reader = std::thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || {
                for mut source in sources {
                    let before = read.load(Ordering::Relaxed);
                    while let Some(batch) = source.next().transpose() {
                        read.store(before + source.bytes_read(), Ordering::Relaxed);
                        if sender.send(batch).is_err() {
                            return;
                        }
                    }
                }
            })
            .map_err(|error| Failure::Input(format!("start the reading thread: {error}")))?;
        Ok(Self {
            batches,
            reader: Some(reader),
            sorter: Sorter::new(reading.window_days(), released),
            ready: VecDeque::new(),
            refused: Vec::new(),
            counts: FeedCounts::default(),
            newest: None,
            has_ended: false,
            progress,
        })
    }

    /// The oldest day that is complete; `None` at the end of the last file. Which row goes with which day depends on the
    /// order of the lines and on nothing else, so that a second reading lets the same days go.
    ///
    /// # Errors
    /// [`Failure::Input`] when a file can no longer be read.
    pub fn next_day(&mut self) -> Result<Option<(Day, KnownDay)>, Failure> {
        loop {
            if let Some(ready) = self.ready.pop_front() {
                return Ok(Some(ready));
            }
            if self.has_ended {
                let last = self.sorter.release();
                return Ok(last.map(|(day, events)| (day, KnownDay { events, refused: self.take_refused() })));
            }
            match self.batches.recv() {
                Ok(batch) => self.take(batch?),
                Err(_) => self.end()?,
            }
        }
    }

    /// What was turned away since the last day: at the end of the files.
    pub fn take_refused(&mut self) -> Vec<Refused> {
        std::mem::take(&mut self.refused)
    }

    /// What has been read.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Rows read, skipped and refused so far.
    #[must_use]
    pub const fn counts(&self) -> &FeedCounts {
        &self.counts
    }

    fn take(&mut self, batch: Batch) {
        self.counts.add(&batch.counts);
        for item in batch.items {
            match item {
                Item::Event(event, known) => {
                    self.newest = self.newest.max(Some(known));
                    self.sorter.push(known, *event);
                    while let Some((day, events)) = self.sorter.due() {
                        let refused = self.take_refused();
                        self.ready.push_back((day, KnownDay { events, refused }));
                    }
                }
                Item::Refused(mut refused) => {
                    refused.day = self.newest.unwrap_or(refused.day);
                    self.refused.push(*refused);
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), Failure> {
        self.has_ended = true;
        let joined = self.reader.take().map_or(Ok(()), JoinHandle::join);
        joined.map_err(|_| Failure::Other(anyhow::anyhow!("the reading thread ended by a bug; its message stands above")))
    }
}

/// One open file.
enum Source {
    Mapped { rows: Rows, mapper: Box<Mapper>, source: SourceId, name: Label },
    Native { lines: Lines, name: Label },
}

impl Source {
    fn open(reading: &Reading, path: &Path) -> Result<Self, Failure> {
        let name = crate::admission::label(&path.file_name().unwrap_or_default().to_string_lossy());
        let unreadable = |error: wire::feed::OpenError| Failure::Input(error.to_string());
        match reading {
            Reading::Mapped(mapping) => {
                let rows = Rows::open(mapping, path).map_err(unreadable)?;
                let mapper = Box::new(rows.mapper());
                Ok(Self::Mapped { rows, mapper, source: mapping.source().clone(), name })
            }
            Reading::Native => Ok(Self::Native { lines: Lines::open(path).map_err(unreadable)?, name }),
        }
    }

    fn bytes_read(&self) -> u64 {
        match self {
            Self::Mapped { rows, .. } => rows.bytes_read().load(Ordering::Relaxed),
            Self::Native { lines, .. } => lines.bytes_read().load(Ordering::Relaxed),
        }
    }

    fn next(&mut self) -> Result<Option<Batch>, Failure> {
        let unreadable = |error: std::io::Error| Failure::Input(format!("read on: {error}"));
        let raw: Option<RawBatch> = match self {
            Self::Mapped { rows, .. } => rows.next_batch().map_err(unreadable)?,
            Self::Native { lines, .. } => lines.next_batch().map_err(unreadable)?,
        };
        let Some(raw) = raw else { return Ok(None) };
        let mut batch = Batch { items: Vec::with_capacity(raw.rows().len()), counts: FeedCounts::default() };
        for row in raw.rows() {
            batch.items.extend(self.item(&row, &mut batch.counts));
        }
        Ok(Some(batch))
    }

    fn item(&mut self, row: &RawRow<'_>, counts: &mut FeedCounts) -> Option<Item> {
        match self {
            Self::Mapped { mapper, source, name, .. } => {
                let outcome = mapper.map(row);
                counts.note(&outcome);
                match outcome {
                    Ok(Outcome::Event(mapped)) => Some(Item::Event(Box::new(mapped.event), mapped.known.day())),
                    Ok(Outcome::Skipped(_)) => None,
                    Err(reason) => {
                        let position = Position { input: name.clone(), at: row.line };
                        Some(Item::Refused(Box::new(wire::refused::refused_of(
                            source.clone(),
                            reason,
                            position,
                            row.bytes,
                            vocab::time::DAY_MIN,
                        ))))
                    }
                }
            }
            Self::Native { name, .. } => {
                counts.rows += 1;
                match native(row) {
                    Ok((event, known)) => {
                        counts.events += 1;
                        Some(Item::Event(Box::new(event), known.day()))
                    }
                    Err(reason) => {
                        *counts.refused.entry(reason.code()).or_default() += 1;
                        let position = Position { input: name.clone(), at: row.line };
                        Some(Item::Refused(Box::new(wire::refused::refused(reason, position, row.bytes, vocab::time::DAY_MIN))))
                    }
                }
            }
        }
    }
}

/// A native event and when history learned it: when it was reported, or else on the last day of its occurrence.
fn native(row: &RawRow<'_>) -> Result<(Event, KnownFrom), vocab::record::Refusal> {
    if let Some(refusal) = row.broken {
        return Err(refusal.clone());
    }
    let (event, _) = wire::event::event_from_bytes(row.bytes)?;
    let known = event.reported.map_or(KnownFrom::Day(event.occurred.last_day), |reported: Instant| KnownFrom::Instant(reported));
    Ok((event, known))
}
