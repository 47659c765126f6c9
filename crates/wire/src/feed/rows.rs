//! Rows of a file, cut out of its stream with their positions, in batches that may be mapped on other threads.
//!
//! What cannot be cut is a row too, with its refusal: a quote that never closes, a line longer than is read, a stream that
//! breaks off. Everything before a break is used. Blank lines are no rows. What a row says is the mapper's affair.

use super::{
    csv_row::Dialect,
    mapper::{Mapper, header_fields},
    mapping::{Format, Mapping},
    reading::label,
    stream::{self, OpenError, Stream},
};
use std::{
    collections::BTreeSet,
    io::{self, BufRead, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use vocab::record::Refusal;

/// Longest row read, in bytes; the rest of a longer one is passed over.
pub const ROW_BYTES_MAX: usize = 1 << 20;
/// Of a longer row only this much is kept.
const KEPT_BYTES: usize = 1 << 10;
/// Longest reach of a quoted field: a quote that is never closed would otherwise swallow the file.
const QUOTED_BYTES_MAX: usize = 1 << 16;
/// What is said of a quote that swallows lines.
const OPEN_QUOTE: &str = "a quote opens in this line and does not close";
/// What is said where a compressed file breaks off.
const BREAK_OFF: &str = "the compressed file breaks off here";
/// What is said of a last line that is too short.
pub(super) const CUT_AT_END: &str = "the file ends in the middle of its last line";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes of a batch: large enough to be worth a hand-over between threads, small enough to stay in a cache.
const BATCH_BYTES: usize = 1 << 18;
/// Rows of JSON whose keys are compared with the mapping before the first is mapped.
const ROWS_COMPARED: usize = 1_000;
/// Rows of a pipe that must have arrived before a key that none of them has is held against the mapping.
const ROWS_TELLING: usize = 100;

/// What ends a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// A line feed.
    OfLine,
    /// The end of the file: the row may be cut in the middle.
    OfFile,
}

/// How much is read before rows are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// A batch: from a file.
    Batch,
    /// What is there: from a pipe, whose next line may come tomorrow.
    Arrival,
}

/// A row as it stands in the file.
#[derive(Clone, Copy, Debug)]
pub struct RawRow<'b> {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Byte at which it begins in the decompressed stream, from 0.
    pub offset: u64,
    /// Its bytes without the line end; of a row longer than [`ROW_BYTES_MAX`] the first KiB.
    pub bytes: &'b [u8],
    /// What ends it.
    pub ending: Ending,
    /// Why it could not be cut out whole, if so.
    pub broken: Option<&'b Refusal>,
}

#[derive(Clone, Debug)]
struct Cut {
    begin: usize,
    end: usize,
    line: u64,
    ending: Ending,
    broken: Option<Box<Refusal>>,
}

/// Some rows of a file, in its order.
#[derive(Clone, Debug, Default)]
pub struct RawBatch {
    bytes: Vec<u8>,
    offset: u64,
    cuts: Vec<Cut>,
}

impl RawBatch {
    /// The rows.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = RawRow<'_>> {
        self.cuts.iter().map(|cut| RawRow {
            line: cut.line,
            offset: self.offset + u64::try_from(cut.begin).unwrap_or(u64::MAX),
            bytes: &self.bytes[cut.begin..cut.end],
            ending: cut.ending,
            broken: cut.broken.as_deref(),
        })
    }
}

/// The rows of one file.
pub struct Rows {
    cutter: Cutter,
    mapper: Mapper,
    /// Rows read ahead to compare their columns with the mapping.
    ahead: Option<RawBatch>,
    present: Vec<String>,
    passed: Arc<AtomicU64>,
    total: Option<u64>,
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("present", &self.present).field("total", &self.total).finish_non_exhaustive()
    }
}

impl Rows {
    /// Opens a file and compares its columns with the mapping.
    ///
    /// # Errors
    /// [`OpenError`] when it cannot be read, is empty, or lacks a column that the mapping names.
    pub fn open(mapping: &Mapping, path: &Path) -> Result<Self, OpenError> {
        Self::of_stream(mapping, &path.display().to_string(), stream::open(path)?, Pace::Batch)
    }

    /// The same over any bytes, such as standard input: rows are handed out as they arrive. `name` is for messages and for
    /// its ending.
    ///
    /// # Errors
    /// As [`Rows::open`].
    pub fn of(mapping: &Mapping, name: &str, input: Box<dyn Read + Send>) -> Result<Self, OpenError> {
        Self::of_stream(mapping, name, stream::recognise(name, input)?, Pace::Arrival)
    }

    fn of_stream(mapping: &Mapping, name: &str, stream: Stream, pace: Pace) -> Result<Self, OpenError> {
        let Stream { input, passed, total } = stream;
        let mut cutter = Cutter::of(mapping, input, pace);
        let unreadable = |source| OpenError::Unreadable { file: name.to_owned(), source };
        let misfit = |mistakes| OpenError::Columns { file: name.to_owned(), mistakes };
        for _ in 0..mapping.skip_lines {
            cutter.line().map_err(unreadable)?;
        }
        let (mapper, ahead, present) = match mapping.format {
            Format::Csv => {
                let header = match &mapping.header {
                    Some(header) => header.clone(),
                    None => csv_header(&mut cutter, mapping.dialect, name)?,
                };
                (mapping.csv_mapper(&header).map_err(misfit)?, None, header)
            }
            Format::Jsonl => {
                let ahead = cutter.batch().map_err(unreadable)?;
                let present = ahead.as_ref().map(json_keys).unwrap_or_default();
                // The first line of a pipe says little about the next; the first rows of a file are what it is made of.
                let is_telling = pace == Pace::Batch || ahead.as_ref().is_some_and(|ahead| ahead.cuts.len() >= ROWS_TELLING);
                if !present.is_empty() && is_telling {
                    mapping.check_columns(&present, "the file (in its first rows)", |column| column.is_needed).map_err(misfit)?;
                }
                (mapping.json_mapper(), ahead, present)
            }
        };
        Ok(Self { cutter, mapper, ahead, present, passed, total })
    }

    /// The next rows; nothing at the end of the file.
    ///
    /// # Errors
    /// [`io::Error`] when the file can no longer be read. A stream that breaks off is no error but a refused row.
    pub fn next_batch(&mut self) -> io::Result<Option<RawBatch>> {
        match self.ahead.take() {
            Some(batch) => Ok(Some(batch)),
            None => self.cutter.batch(),
        }
    }

    /// A mapper for these rows.
    #[must_use]
    pub fn mapper(&self) -> Mapper {
        self.mapper.clone()
    }

    /// The columns that are present: the header, or the keys of the first rows.
    #[must_use]
    pub fn columns(&self) -> &[String] {
        &self.present
    }

    /// Bytes of the file read so far, compressed as they are; shared, for a progress bar.
    #[must_use]
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.passed)
    }

    /// Bytes of the file, where that is known.
    #[must_use]
    pub const fn bytes_total(&self) -> Option<u64> {
        self.total
    }

    /// Whether every byte of a file of known size has been read.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.total.is_some_and(|total| self.passed.load(Ordering::Relaxed) >= total)
    }
}

fn csv_header(cutter: &mut Cutter, dialect: Dialect, name: &str) -> Result<Vec<String>, OpenError> {
    let empty = || OpenError::Empty { file: name.to_owned(), expected: "a CSV file begins with a line of column names" };
    let line = cutter.line().map_err(|source| OpenError::Unreadable { file: name.to_owned(), source })?.ok_or_else(empty)?;
    let text = String::from_utf8_lossy(&line);
    let header = header_fields(dialect, text.trim_start_matches('\u{feff}'));
    if header.iter().all(|field| field.trim().is_empty()) { Err(empty()) } else { Ok(header) }
}

/// The keys of the first rows, those of objects inside as dotted paths.
fn json_keys(batch: &RawBatch) -> Vec<String> {
    let mut keys = BTreeSet::new();
    for row in batch.rows().take(ROWS_COMPARED) {
        if let Ok(object) = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(row.bytes) {
            note_keys("", &object, &mut keys);
        }
    }
    keys.into_iter().collect()
}

fn note_keys(path: &str, object: &serde_json::Map<String, serde_json::Value>, keys: &mut BTreeSet<String>) {
    for (key, value) in object {
        let key = format!("{path}{key}");
        if let serde_json::Value::Object(inside) = value {
            note_keys(&format!("{key}."), inside, keys);
        }
        keys.insert(key);
    }
}

/// Cuts rows out of a stream.
pub(super) struct Cutter {
    input: Box<dyn Read + Send>,
    /// Quotes may hold line ends in CSV; a row of JSON ends with its line.
    dialect: Option<Dialect>,
    pace: Pace,
    /// Bytes read and not yet cut.
    rest: Vec<u8>,
    line: u64,
    offset: u64,
    is_at_end: bool,
    /// Why the stream broke off, until that is told.
    break_off: Option<Box<Refusal>>,
}

impl Cutter {
    fn of(mapping: &Mapping, input: Box<dyn Read + Send>, pace: Pace) -> Self {
        let dialect = match mapping.format {
            Format::Csv => Some(mapping.dialect).filter(|dialect| dialect.quote.is_some()),
            Format::Jsonl => None,
        };
        Self { input, dialect, pace, rest: Vec::new(), line: 1, offset: 0, is_at_end: false, break_off: None }
    }

    /// Cuts plain lines.
    pub(super) fn of_lines(input: Box<dyn Read + Send>, pace: Pace) -> Self {
        Self { input, dialect: None, pace, rest: Vec::new(), line: 1, offset: 0, is_at_end: false, break_off: None }
    }

    /// Reads until so many bytes wait or the stream ends.
    fn fill(&mut self, bytes: usize) -> io::Result<()> {
        while self.rest.len() < bytes && !self.is_at_end {
            let filled = self.rest.len();
            self.rest.resize(bytes.max(filled + 1), 0);
            let read = self.input.read(&mut self.rest[filled..]);
            self.rest.truncate(filled + *read.as_ref().unwrap_or(&0));
            match read {
                Ok(0) => self.is_at_end = true,
                Ok(_) if self.pace == Pace::Arrival => return Ok(()),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_break(&error) => {
                    self.is_at_end = true;
                    let detail = label(&format!("{BREAK_OFF}: {error}"));
                    self.break_off = Some(Box::new(Refusal::BrokenRow { detail }));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// One line, whatever its format: the header, or a line above it.
    fn line(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut bytes = BATCH_BYTES;
        loop {
            self.fill(bytes)?;
            let end = line_length(&self.rest);
            if end.is_some() || self.is_at_end || bytes > ROW_BYTES_MAX {
                let taken = end.map_or(self.rest.len(), |end| end + 1);
                let line: Vec<u8> = self.rest.drain(..taken).collect();
                self.line += 1;
                self.offset += u64::try_from(taken).unwrap_or(0);
                return Ok(if line.is_empty() { None } else { Some(line.trim_ascii_end().to_vec()) });
            }
            bytes *= 2;
        }
    }

    /// The next rows.
    pub(super) fn batch(&mut self) -> io::Result<Option<RawBatch>> {
        loop {
            let batch = self.cut();
            if !batch.cuts.is_empty() {
                return Ok(Some(batch));
            }
            if self.is_at_end && self.rest.is_empty() {
                return Ok(None);
            }
            if self.rest.len() > ROW_BYTES_MAX {
                return self.long_row().map(Some);
            }
            // Nothing waits but blank lines or the beginning of a row.
            self.fill((self.rest.len() + 1).next_multiple_of(BATCH_BYTES))?;
        }
    }

    /// Cuts every whole row that waits; what is left is the beginning of the next.
    fn cut(&mut self) -> RawBatch {
        let mut cuts = Vec::new();
        let mut at = if self.offset == 0 && self.rest.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        while let Some((cut, next)) = self.next_cut(at) {
            self.line += newlines(&self.rest[at..next]);
            if cut.broken.is_some() || !self.rest[cut.begin..cut.end].trim_ascii().is_empty() {
                cuts.push(cut);
            }
            at = next;
            if at == self.rest.len() && self.break_off.is_none() {
                break;
            }
        }
        let rest = self.rest.split_off(at);
        let batch = RawBatch { bytes: std::mem::replace(&mut self.rest, rest), offset: self.offset, cuts };
        self.offset += u64::try_from(at).unwrap_or(0);
        batch
    }

    /// The row that begins here, and where the next one does.
    fn next_cut(&mut self, begin: usize) -> Option<(Cut, usize)> {
        let waiting = &self.rest[begin..];
        let quoted = self.dialect.map(|dialect| (dialect, &waiting[..waiting.len().min(QUOTED_BYTES_MAX)]));
        let (length, broken) = match quoted {
            Some((dialect, window)) => match dialect.row_length(window) {
                Some(length) => (Some(length), None),
                None if dialect.is_open(window) && (self.is_at_end || window.len() == QUOTED_BYTES_MAX) => {
                    let detail = label(OPEN_QUOTE);
                    (line_length(waiting), Some(Box::new(Refusal::BrokenRow { detail })))
                }
                None if dialect.is_open(window) => return None,
                None => (line_length(waiting), None),
            },
            None => (line_length(waiting), None),
        };
        match length {
            Some(length) => Some((self.whole(begin, length, broken), begin + length + 1)),
            None if self.is_at_end => self.last(begin, broken),
            None => None,
        }
    }

    fn whole(&self, begin: usize, length: usize, broken: Option<Box<Refusal>>) -> Cut {
        let mut end = begin + length;
        if self.rest[begin..end].ends_with(b"\r") {
            end -= 1;
        }
        let bytes = end - begin;
        let (end, broken) = if bytes > ROW_BYTES_MAX { (begin + KEPT_BYTES, Some(Box::new(too_large(bytes)))) } else { (end, broken) };
        Cut { begin, end, line: self.line, ending: Ending::OfLine, broken }
    }

    /// What is left at the end of the stream: a last line without its end, or the place where the stream broke off.
    fn last(&mut self, begin: usize, broken: Option<Box<Refusal>>) -> Option<(Cut, usize)> {
        let length = self.rest.len() - begin;
        let broken = self.break_off.take().or(broken);
        if length == 0 && broken.is_none() {
            return None;
        }
        Some((Cut { ending: Ending::OfFile, ..self.whole(begin, length, broken) }, self.rest.len()))
    }

    /// A row longer than is read: its beginning is kept, the rest is passed over up to its line end.
    fn long_row(&mut self) -> io::Result<RawBatch> {
        let (line, offset) = (self.line, self.offset);
        let mut kept = self.rest.clone();
        kept.truncate(KEPT_BYTES);
        let mut bytes = 0;
        loop {
            let end = line_length(&self.rest);
            bytes += end.unwrap_or(self.rest.len());
            self.offset += u64::try_from(end.map_or(self.rest.len(), |end| end + 1)).unwrap_or(0);
            match end {
                Some(end) => drop(self.rest.drain(..=end)),
                None => self.rest.clear(),
            }
            if end.is_some() || self.is_at_end {
                break;
            }
            self.fill(BATCH_BYTES)?;
        }
        self.line += 1;
        let end = kept.len();
        let cut = Cut { begin: 0, end, line, ending: Ending::OfLine, broken: Some(Box::new(too_large(bytes))) };
        Ok(RawBatch { bytes: kept, offset, cuts: vec![cut] })
    }
}

fn too_large(bytes: usize) -> Refusal {
    let of = |bytes| u64::try_from(bytes).unwrap_or(u64::MAX);
    Refusal::TooLarge { bytes: of(bytes), limit: of(ROW_BYTES_MAX) }
}

/// Whether the row of a refusal is a piece of one whose end nobody knows: read again it might pass for a row that was never written.
#[must_use]
pub fn is_piece(reason: &Refusal) -> bool {
    let Refusal::BrokenRow { detail } = reason else { return false };
    let detail = detail.as_str();
    detail == OPEN_QUOTE || detail.starts_with(BREAK_OFF) || detail.ends_with(CUT_AT_END)
}

/// Bytes before the next line feed. `skip_until` is the standard library's fast search.
fn line_length(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let passed = rest.skip_until(b'\n').unwrap_or(0);
    (passed > 0 && bytes[passed - 1] == b'\n').then(|| passed - 1)
}

/// Line feeds in some bytes; most rows have one, at their end.
fn newlines(bytes: &[u8]) -> u64 {
    let mut rest = bytes;
    let mut found = 0;
    while let Some(length) = line_length(rest) {
        found += 1;
        rest = &rest[length + 1..];
    }
    found
}

/// Whether a stream broke off or is damaged, as told from a disk that no longer answers: only that has a system error.
fn is_break(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}
