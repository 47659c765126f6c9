//! History: files of rows, read and mapped on a thread of their own, handed out day by day in the order they became known.
//!
//! A row that cannot be an event is a refusal with its line and bytes. What must never enter: a stamp (intake's), a decision.

use crate::{failure::Failure, sorter::Sorter};
use engine::intake::Prepared;
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
use wire::feed::{Ending, FeedCounts, KnownFrom, Lines, Mapper, Mapping, Outcome, RawBatch, RawRow, Rows};

/// Batches that may wait between the reading thread and the judging one.
const BATCHES_WAITING_MAX: usize = 4;

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
    Event(Prepared, Day),
    /// A row that was turned away; its day is filled in by whoever hands it on.
    Refused(Box<Refused>),
}

/// Rows of one batch.
struct Batch {
    file: usize,
    last_line: u64,
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
    pub events: Vec<(Day, Prepared)>,
    /// What was turned away on the way here.
    pub refused: Vec<Refused>,
}

/// A file, and the line after which it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFrom {
    /// Where it lies; of a bundled one, its name.
    pub path: PathBuf,
    /// Its bytes, where they are inside the program.
    pub bundled: Option<&'static [u8]>,
    /// Lines up to this one are passed over: they are in already. 0 reads all.
    pub after_line: u64,
}

impl FileFrom {
    /// Whole files.
    #[must_use]
    pub fn whole(paths: &[PathBuf]) -> Vec<Self> {
        paths.iter().map(|path| Self { path: path.clone(), bundled: None, after_line: 0 }).collect()
    }

    /// A whole file that is inside the program.
    #[must_use]
    pub fn bundled(name: &str, bytes: &'static [u8]) -> Self {
        Self { path: PathBuf::from(name), bundled: Some(bytes), after_line: 0 }
    }

    fn open(&self, reading: &Reading) -> Result<Source, Failure> {
        match self.bundled {
            Some(bytes) => Source::of(reading, &self.path.display().to_string(), Box::new(bytes)),
            None => Source::open(reading, &self.path),
        }
    }
}

/// Files of history.
pub struct History {
    batches: Receiver<Result<Batch, Failure>>,
    reader: Option<JoinHandle<()>>,
    sorter: Sorter<Prepared>,
    ready: VecDeque<(Day, KnownDay)>,
    refused: Vec<Refused>,
    counts: FeedCounts,
    /// The last line of each file that was taken in.
    lines: Vec<u64>,
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
    pub fn open(reading: &Reading, files: &[FileFrom], released: Option<Day>) -> Result<Self, Failure> {
        let (sender, batches) = sync_channel(BATCHES_WAITING_MAX);
        let mut sources = Vec::new();
        let mut total = 0;
        for file in files {
            sources.push((file.open(reading)?, file.after_line));
            total += std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
        }
        let read = Arc::new(AtomicU64::new(0));
        let progress = Progress { read: Arc::clone(&read), total };
        let reader = std::thread::Builder::new()
            .name("reader".to_owned())
            .spawn(move || {
                for (file, (mut source, after_line)) in sources.into_iter().enumerate() {
                    let before = read.load(Ordering::Relaxed);
                    while let Some(batch) = source.next((file, after_line)).transpose() {
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
            lines: files.iter().map(|file| file.after_line).collect(),
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

    /// The last line of each file that was taken in.
    #[must_use]
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }

    /// Rows read, skipped and refused so far.
    #[must_use]
    pub const fn counts(&self) -> &FeedCounts {
        &self.counts
    }

    fn take(&mut self, batch: Batch) {
        self.counts.add(&batch.counts);
        if let Some(line) = self.lines.get_mut(batch.file) {
            *line = (*line).max(batch.last_line);
        }
        for item in batch.items {
            match item {
                Item::Event(event, known) => {
                    self.newest = self.newest.max(Some(known));
                    self.sorter.push(known, event);
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

/// Row after row of an input, for a live log.
pub struct RowReader {
    reading: Reading,
    input: Input,
}

enum Input {
    Open(Source),
    /// Opened by the thread that reads: the first line may be long in coming.
    Later(String, Box<dyn std::io::Read + Send>),
}

impl RowReader {
    /// Reads a file to its end.
    ///
    /// # Errors
    /// [`Failure::Input`] when it cannot be opened or lacks a column.
    pub fn open(reading: &Reading, path: &Path) -> Result<Self, Failure> {
        Ok(Self { reading: reading.clone(), input: Input::Open(Source::open(reading, path)?) })
    }

    /// Reads standard input.
    #[must_use]
    pub fn of_standard_input(reading: &Reading) -> Self {
        Self { reading: reading.clone(), input: Input::Later("standard input".to_owned(), Box::new(std::io::stdin())) }
    }

    /// Reads a plain file and waits for more at its end, looking every so often.
    ///
    /// # Errors
    /// [`Failure::Input`] when it cannot be opened.
    pub fn following(reading: &Reading, path: &Path, every: std::time::Duration) -> Result<Self, Failure> {
        let file = std::fs::File::open(path).map_err(|error| Failure::Input(format!("read {}: {error}", path.display())))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { reading: reading.clone(), input: Input::Later(name, Box::new(Following { file, every })) })
    }

    /// Shows every row after a line to `visit` until the input ends or `visit` has had enough.
    ///
    /// # Errors
    /// [`Failure::Input`] when the input can no longer be read, or lacks a column.
    pub fn each_row(&mut self, after_line: u64, mut visit: impl FnMut(u64, Item) -> bool) -> Result<(), Failure> {
        if let Input::Later(name, input) = &mut self.input {
            let input = std::mem::replace(input, Box::new(std::io::empty()));
            self.input = Input::Open(Source::of(&self.reading, &name.clone(), input)?);
        }
        let Input::Open(source) = &mut self.input else { return Ok(()) };
        while let Some(raw) = source.raw()? {
            for row in raw.rows().filter(|row| row.line > after_line) {
                let [item, beside] = source.items(&row, &mut FeedCounts::default());
                // A row is in when its last event is: stopped between the two, it is read again, and the first is a duplicate.
                let first_to = if beside.is_some() { row.line - 1 } else { whole_to(&row) };
                let goes_on = item.is_none_or(|item| visit(first_to, item)) && beside.is_none_or(|item| visit(whole_to(&row), item));
                if !goes_on {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// A file that grows.
struct Following {
    file: std::fs::File,
    every: std::time::Duration,
}

impl std::io::Read for Following {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            match self.file.read(buffer) {
                Ok(0) => std::thread::sleep(self.every),
                other => return other,
            }
        }
    }
}

/// One open file.
enum Source {
    Mapped { rows: Box<Rows>, mapper: Box<Mapper>, source: SourceId, name: Label },
    Native { lines: Lines, name: Label },
}

impl Source {
    fn open(reading: &Reading, path: &Path) -> Result<Self, Failure> {
        let name = stages::admission::label(&path.file_name().unwrap_or_default().to_string_lossy());
        let unreadable = |error: wire::feed::OpenError| Failure::from(error);
        match reading {
            Reading::Mapped(mapping) => {
                let rows = Box::new(Rows::open(mapping, path).map_err(unreadable)?);
                let mapper = Box::new(rows.mapper());
                Ok(Self::Mapped { rows, mapper, source: mapping.source().clone(), name })
            }
            Reading::Native => Ok(Self::Native { lines: Lines::open(path).map_err(unreadable)?, name }),
        }
    }

    fn of(reading: &Reading, name: &str, input: Box<dyn std::io::Read + Send>) -> Result<Self, Failure> {
        let unreadable = |error: wire::feed::OpenError| Failure::from(error);
        let label = stages::admission::label(name);
        match reading {
            Reading::Mapped(mapping) => {
                let rows = Box::new(Rows::of(mapping, name, input).map_err(unreadable)?);
                let mapper = Box::new(rows.mapper());
                Ok(Self::Mapped { rows, mapper, source: mapping.source().clone(), name: label })
            }
            Reading::Native => Ok(Self::Native { lines: Lines::of(name, input).map_err(unreadable)?, name: label }),
        }
    }

    fn bytes_read(&self) -> u64 {
        match self {
            Self::Mapped { rows, .. } => rows.bytes_read().load(Ordering::Relaxed),
            Self::Native { lines, .. } => lines.bytes_read().load(Ordering::Relaxed),
        }
    }

    fn raw(&mut self) -> Result<Option<RawBatch>, Failure> {
        let unreadable = |error: std::io::Error| Failure::Input(format!("read on: {error}"));
        match self {
            Self::Mapped { rows, .. } => rows.next_batch().map_err(unreadable),
            Self::Native { lines, .. } => lines.next_batch().map_err(unreadable),
        }
    }

    /// The next rows after a line; `place` is the file's place in the list and that line.
    fn next(&mut self, place: (usize, u64)) -> Result<Option<Batch>, Failure> {
        let Some(raw) = self.raw()? else { return Ok(None) };
        let mut batch = Batch { file: place.0, last_line: 0, items: Vec::with_capacity(raw.rows().len()), counts: FeedCounts::default() };
        for row in raw.rows().filter(|row| row.line > place.1) {
            batch.last_line = whole_to(&row);
            batch.items.extend(self.items(&row, &mut batch.counts).into_iter().flatten());
        }
        Ok(Some(batch))
    }

    /// What a row becomes: nothing, an event or a refusal, and beside an event the find that the same row tells of.
    fn items(&mut self, row: &RawRow<'_>, counts: &mut FeedCounts) -> [Option<Item>; 2] {
        match self {
            Self::Mapped { mapper, source, name, .. } => {
                let outcome = mapper.map(row);
                counts.note(&outcome);
                match outcome {
                    Ok(Outcome::Event(mapped)) => {
                        let day = mapped.known.day();
                        let find = mapped.find.map(|find| Item::Event(Prepared::of(*find), day));
                        [Some(Item::Event(Prepared::of(mapped.event), day)), find]
                    }
                    Ok(Outcome::Skipped(_)) => [None, None],
                    Err(reason) => {
                        let position = Position { input: name.clone(), at: row.line };
                        let refused = wire::refused::refused_of(source.clone(), reason, position, row.bytes, vocab::time::DAY_MIN);
                        [Some(Item::Refused(Box::new(refused))), None]
                    }
                }
            }
            Self::Native { name, .. } => {
                counts.rows += 1;
                match native(row) {
                    Ok((event, known)) => {
                        counts.events += 1;
                        [Some(Item::Event(Prepared::of(event), known.day())), None]
                    }
                    Err(reason) => {
                        *counts.refused.entry(reason.code()).or_default() += 1;
                        let position = Position { input: name.clone(), at: row.line };
                        let refused = wire::refused::refused(reason, position, row.bytes, vocab::time::DAY_MIN);
                        [Some(Item::Refused(Box::new(refused))), None]
                    }
                }
            }
        }
    }
}

/// The line up to which a file is in when a row of it is. A row that no line feed ends may have been cut: where the file
/// has grown it is read again, and is a duplicate if it was whole.
fn whole_to(row: &RawRow<'_>) -> u64 {
    match row.ending {
        Ending::OfLine => row.line,
        Ending::OfFile => row.line - 1,
    }
}

/// A native event and when history learned it: when it was reported, or else on the last day of its occurrence.
fn native(row: &RawRow<'_>) -> Result<(Event, KnownFrom), vocab::record::Refusal> {
    if let Some(refusal) = row.broken {
        return Err(refusal.clone());
    }
    // A line is JSON: what does not begin like it is bad JSON, not bad protobuf.
    let event = wire::event::event_from_json(row.bytes)?;
    let known = event.reported.map_or(KnownFrom::Day(event.occurred.last_day), |reported: Instant| KnownFrom::Instant(reported));
    Ok((event, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stopped between an inspection and its find, a row counts as not yet read.
    #[test]
    fn a_row_of_two_events_is_in_when_its_second_is() {
        let text = "source = \"s\"\nregime = \"r\"\nformat = \"csv\"\nrecord.id = { column = \"id\" }\n\
                    occurred = { column = \"day\", format = \"date\" }\nknown.from = \"occurred\"\n\
                    event = { type = \"inspection.performed\", jurisdiction = \"KR\", measures = \"m\" }\n\
                    find = { column = \"hit\", is = [\"1\"] }\n";
        let reading = Reading::Mapped(Arc::new(Mapping::parse("m.toml", text).unwrap()));
        let rows = b"id,day,hit\n1,2019-03-04,0\n2,2019-03-05,1\n3,2019-03-06,0\n";
        let source = Source::of(&reading, "rows.csv", Box::new(&rows[..])).unwrap();
        let mut reader = RowReader { reading, input: Input::Open(source) };
        let mut reached = Vec::new();
        reader
            .each_row(0, |line, item| {
                reached.push((line, matches!(item, Item::Event(..))));
                true
            })
            .unwrap();
        assert_eq!(reached, [(2, true), (2, true), (3, true), (4, true)]);
    }
}
