//! An archive as zstd segments: length-delimited entries, each segment with its place, its length and a checksum of its bytes.
//!
//! Segments are zstd frames, and what stands before them are zstd's skippable frames: `zstd -dc` gives the plain entries, protobuf
//! messages `slipwatch.v1.Entry` each behind its length as a varint. What must never enter: what an entry means.

use super::{Bad, Damage, End, Header, Next};
use serde::{Serialize, de::DeserializeOwned};
use std::io::{Error, Read, Write};
use wire::stored::{Stored, stored_from_protobuf, stored_to_protobuf};
use zstd::bulk::{Compressor, decompress};

/// A skippable frame of ours.
const MAGIC: u32 = 0x184d_2a53;
/// Plain bytes after which a segment is closed.
const SEGMENT_BYTES: usize = 1 << 20;
/// No frame of ours, and no plain segment, is longer: what claims to be is damaged.
const FRAME_BYTES_MAX: usize = 64 << 20;
/// Bytes that say where a segment stands.
const PLACE_BYTES: usize = 24;
/// Level of compression: above it, time grows faster than size falls.
const LEVEL: i32 = 6;

const HEADER: u8 = 1;
const SEGMENT: u8 = 2;
const END: u8 = 3;

/// Writes segments.
pub(super) struct Writer<W> {
    out: W,
    packer: Compressor<'static>,
    plain: Vec<u8>,
    message: Vec<u8>,
    /// Entries before this segment, and in it.
    before: u64,
    entries: u32,
}

impl<W: Write> Writer<W> {
    pub(super) fn begin(mut out: W, header: &Header) -> Result<Self, Error> {
        let mut packer = Compressor::new(LEVEL)?;
        packer.include_checksum(true)?;
        frame(&mut out, HEADER, &serde_json::to_vec(header)?)?;
        Ok(Self { out, packer, plain: Vec::new(), message: Vec::new(), before: 0, entries: 0 })
    }

    pub(super) fn entry(&mut self, entry: &Stored) -> Result<(), Error> {
        self.message.clear();
        stored_to_protobuf(entry, &mut self.message);
        varint(self.message.len(), &mut self.plain);
        self.plain.extend_from_slice(&self.message);
        self.entries += 1;
        if self.plain.len() >= SEGMENT_BYTES { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), Error> {
        if self.entries == 0 {
            return Ok(());
        }
        let packed = self.packer.compress(&self.plain)?;
        let mut place = self.before.to_le_bytes().to_vec();
        for number in [self.entries, length(&self.plain)?, length(&packed)?, crc32c::crc32c(&packed)] {
            place.extend_from_slice(&number.to_le_bytes());
        }
        frame(&mut self.out, SEGMENT, &place)?;
        self.out.write_all(&packed)?;
        self.before += u64::from(self.entries);
        (self.entries, self.plain) = (0, std::mem::take(&mut self.plain));
        self.plain.clear();
        Ok(())
    }

    pub(super) fn end(mut self, end: &End) -> Result<W, Error> {
        self.close()?;
        frame(&mut self.out, END, &serde_json::to_vec(end)?)?;
        Ok(self.out)
    }
}

/// A frame that zstd skips: what it is, its content, a checksum of both.
fn frame(out: &mut impl Write, kind: u8, content: &[u8]) -> Result<(), Error> {
    let mut body = vec![kind];
    body.extend_from_slice(content);
    let crc = crc32c::crc32c(&body);
    body.extend_from_slice(&crc.to_le_bytes());
    out.write_all(&MAGIC.to_le_bytes())?;
    out.write_all(&length(&body)?.to_le_bytes())?;
    out.write_all(&body)
}

fn length(bytes: &[u8]) -> Result<u32, Error> {
    u32::try_from(bytes.len()).map_err(|_| Error::other("a segment is longer than 4 GiB"))
}

fn varint(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).unwrap_or(0) | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).unwrap_or(0));
}

/// Reads segments.
pub(super) struct Reader<R> {
    input: R,
    /// Bytes read.
    at: u64,
    /// Entries given out or waiting.
    entries: u64,
    waiting: std::vec::IntoIter<Stored>,
}

/// A frame, or that the file ended inside it.
enum Found {
    Frame(u8, Vec<u8>),
    Torn,
}

impl<R: Read> Reader<R> {
    pub(super) fn open(input: R) -> Result<(Header, Self), Bad> {
        let mut reader = Self { input, at: 0, entries: 0, waiting: Vec::new().into_iter() };
        match reader.frame()? {
            Found::Frame(HEADER, content) => Ok((json(&content, 0)?, reader)),
            Found::Frame(..) => Err(damage(0, "does not begin with a header")),
            Found::Torn => Err(damage(0, "ends inside its header")),
        }
    }

    pub(super) fn next_entry(&mut self) -> Result<Next, Bad> {
        loop {
            if let Some(entry) = self.waiting.next() {
                return Ok(Next::Entry(entry));
            }
            let begun = self.at;
            match self.frame()? {
                Found::Torn => return Ok(Next::Torn { bytes: self.at - begun }),
                Found::Frame(SEGMENT, place) => {
                    if !self.segment(begun, &place)? {
                        return Ok(Next::Torn { bytes: self.at - begun });
                    }
                }
                Found::Frame(END, content) => {
                    let at = self.at;
                    return if self.take(1)?.is_some() {
                        Err(damage(at, "something follows the end"))
                    } else {
                        Ok(Next::End(json(&content, begun)?))
                    };
                }
                Found::Frame(..) => return Err(damage(begun, "an unknown kind of part")),
            }
        }
    }

    /// So many bytes, or nothing where the file ends before.
    fn take(&mut self, bytes: usize) -> Result<Option<Vec<u8>>, Bad> {
        let mut taken = Vec::new();
        let read = (&mut self.input).take(bytes as u64).read_to_end(&mut taken)?;
        self.at += read as u64;
        Ok((read == bytes).then_some(taken))
    }

    fn frame(&mut self) -> Result<Found, Bad> {
        let begun = self.at;
        let Some(head) = self.take(8)? else { return Ok(Found::Torn) };
        let bytes = number(&head, 4) as usize;
        if number(&head, 0) != MAGIC || !(5..=FRAME_BYTES_MAX).contains(&bytes) {
            return Err(damage(begun, "no part of an archive begins like this"));
        }
        let Some(kind) = self.take(1)? else { return Ok(Found::Torn) };
        // The length has no checksum of its own: a wrong one must not make the rest of the file look torn.
        if kind[0] == SEGMENT && bytes != PLACE_BYTES + 5 {
            return Err(damage(begun, "the place of a segment has another length"));
        }
        let Some(mut content) = self.take(bytes - 1)? else { return Ok(Found::Torn) };
        let crc = number(&content, bytes - 5);
        content.truncate(bytes - 5);
        if crc32c::crc32c_append(crc32c::crc32c(&kind), &content) != crc {
            return Err(damage(begun, "the checksum of a part does not fit"));
        }
        Ok(Found::Frame(kind[0], content))
    }

    /// Unpacks a segment whose place was read; false where the file ends inside it.
    fn segment(&mut self, begun: u64, place: &[u8]) -> Result<bool, Bad> {
        let before = u64::from(number(place, 0)) | u64::from(number(place, 4)) << 32;
        let [entries, plain, packed, crc] = [8, 12, 16, 20].map(|at| number(place, at));
        if before != self.entries {
            return Err(damage(begun, &format!("the segment begins at entry {before} where entry {} is due", self.entries)));
        }
        if plain as usize > FRAME_BYTES_MAX {
            return Err(damage(begun, "a segment is longer than any is written"));
        }
        let Some(packed) = self.take(packed as usize)? else { return Ok(false) };
        if crc32c::crc32c(&packed) != crc {
            return Err(damage(begun, &format!("the checksum of the segment from entry {before} on does not fit")));
        }
        let plain =
            decompress(&packed, plain as usize).map_err(|error| damage(begun, &format!("a segment cannot be unpacked: {error}")))?;
        let found = split(&plain).ok_or_else(|| damage(begun, "a segment is not made of entries"))?;
        if found.len() != entries as usize {
            return Err(damage(begun, &format!("a segment has {} of its {entries} entries", found.len())));
        }
        self.entries += u64::from(entries);
        self.waiting = found.into_iter();
        Ok(true)
    }
}

/// Messages behind their lengths.
fn split(mut plain: &[u8]) -> Option<Vec<Stored>> {
    let mut entries = Vec::new();
    while !plain.is_empty() {
        let end = plain.iter().position(|byte| byte & 0x80 == 0).filter(|end| *end < 9)?;
        let bytes = plain[..=end].iter().rev().fold(0_usize, |bytes, byte| bytes << 7 | usize::from(byte & 0x7f));
        let message = plain.get(end + 1..(end + 1).checked_add(bytes)?)?;
        entries.push(stored_from_protobuf(message).ok()?);
        plain = &plain[end + 1 + bytes..];
    }
    Some(entries)
}

/// A number of four bytes, the least first; 0 where there are fewer.
fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn json<T: DeserializeOwned + Serialize>(content: &[u8], at: u64) -> Result<T, Bad> {
    serde_json::from_slice(content).map_err(|error| damage(at, &error.to_string()))
}

fn damage(at: u64, what: &str) -> Bad {
    Bad::Damaged(Damage { at: format!("byte {at}"), what: what.to_owned() })
}
