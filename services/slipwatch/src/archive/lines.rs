//! An archive as JSON lines: each entry readable, and as the bytes that count.
//!
//! `admitted` is the record for people and tools; `bytes` is the record, base64. `crc` at the end of each line is the CRC-32C of the
//! line before it. What must never enter: a reading of `admitted`.

use super::{Bad, Damage, End, Header, Next};
use crate::file;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::io::{BufRead, Error, Write};
use wire::stored::Stored;

/// The end of a line: `,"crc":"01234567"}`.
const TAIL_BYTES: usize = 18;

/// Writes lines.
pub(super) struct Writer<W> {
    out: W,
    line: Vec<u8>,
    entries: u64,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(out: W, header: &Header) -> Result<Self, Error> {
        let mut writer = Self { out, line: Vec::new(), entries: 0 };
        writer.value(header)?;
        Ok(writer)
    }

    pub(super) fn entry(&mut self, entry: &Stored) -> Result<(), Error> {
        self.line.clear();
        write!(self.line, "{{\"n\":{},", self.entries)?;
        match entry {
            Stored::Admitted { origin, bytes } => {
                let admitted =
                    file::admitted(bytes).map_err(|why| Error::other(format!("entry {} cannot be read: {why}", self.entries)))?;
                write!(self.line, "\"origin\":{origin},\"admitted\":")?;
                wire::admitted::admitted_to_json(&admitted, None, &mut self.line);
                self.line.extend_from_slice(b",\"bytes\":\"");
                wire::base64::encode(bytes, &mut self.line);
                self.line.push(b'"');
            }
            Stored::Mark(mark) => {
                self.line.extend_from_slice(b"\"mark\":");
                wire::mark::mark_to_json(mark, &mut self.line);
            }
        }
        self.entries += 1;
        self.close()
    }

    pub(super) fn end(mut self, end: &End) -> Result<W, Error> {
        self.value(end)?;
        Ok(self.out)
    }

    fn value(&mut self, value: &impl Serialize) -> Result<(), Error> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, value)?;
        self.line.pop();
        self.close()
    }

    fn close(&mut self) -> Result<(), Error> {
        let crc = crc32c::crc32c(&self.line);
        writeln!(self.line, ",\"crc\":\"{crc:08x}\"}}")?;
        self.out.write_all(&self.line)
    }
}

/// Reads lines.
pub(super) struct Reader<R> {
    input: R,
    lines: u64,
    entries: u64,
}

/// A line, or that the file ended inside it.
enum Found {
    Line(Vec<u8>),
    Torn(u64),
}

impl<R: BufRead> Reader<R> {
    pub(super) fn open(input: R) -> Result<(Header, Self), Bad> {
        let mut reader = Self { input, lines: 0, entries: 0 };
        match reader.line()? {
            Found::Line(line) => Ok((reader.json(&line)?, reader)),
            Found::Torn(_) => Err(reader.damage("ends inside its first line")),
        }
    }

    pub(super) fn next_entry(&mut self) -> Result<Next, Bad> {
        let line = match self.line()? {
            Found::Line(line) => line,
            Found::Torn(bytes) => return Ok(Next::Torn { bytes }),
        };
        let value: Value = self.json(&line)?;
        if value.get("entries").is_some() {
            let end = self.json(&line)?;
            return if self.input.fill_buf()?.is_empty() { Ok(Next::End(end)) } else { Err(self.damage("something follows the end")) };
        }
        let n = value.get("n").and_then(Value::as_u64);
        if n != Some(self.entries) {
            return Err(self.damage(&format!("entry {} is due and n is {n:?}", self.entries)));
        }
        self.entries += 1;
        self.stored(&value).map(Next::Entry)
    }

    fn stored(&self, value: &Value) -> Result<Stored, Bad> {
        if let Some(mark) = value.get("mark") {
            let mark = wire::mark::mark_from_json(&mark.to_string());
            return mark.map(Stored::Mark).map_err(|refusal| self.damage(&refusal.to_string()));
        }
        let origin = value.get("origin").and_then(Value::as_u64).and_then(|origin| u32::try_from(origin).ok());
        let bytes = value.get("bytes").and_then(Value::as_str).and_then(wire::base64::decode);
        let (Some(origin), Some(bytes)) = (origin, bytes) else { return Err(self.damage("neither a record nor a mark")) };
        Ok(Stored::Admitted { origin, bytes })
    }

    /// The next line as the JSON object that was written, its checksum compared and taken off.
    fn line(&mut self) -> Result<Found, Bad> {
        let mut line = Vec::new();
        let read = self.input.read_until(b'\n', &mut line)?;
        self.lines += 1;
        // A line is written with its end: without it, it is not whole.
        if line.pop_if(|last| *last == b'\n').is_none() {
            return Ok(Found::Torn(read as u64));
        }
        let Some(at) = line.len().checked_sub(TAIL_BYTES) else { return Err(self.damage("no line of an archive is so short")) };
        let crc = format!(",\"crc\":\"{:08x}\"}}", crc32c::crc32c(&line[..at]));
        if &line[at..] != crc.as_bytes() {
            return Err(self.damage("the checksum does not fit"));
        }
        line.truncate(at);
        line.push(b'}');
        Ok(Found::Line(line))
    }

    fn json<T: DeserializeOwned>(&self, line: &[u8]) -> Result<T, Bad> {
        serde_json::from_slice(line).map_err(|error| self.damage(&error.to_string()))
    }

    fn damage(&self, what: &str) -> Bad {
        Bad::Damaged(Damage { at: format!("line {}", self.lines), what: what.to_owned() })
    }
}
