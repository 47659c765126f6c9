//! The bytes of the state topic: positions and pages of tasks, as keys and values.
//!
//! Keys are text, so that a person sees with any reader what is there. A value is a version byte, the checksum of the rest,
//! and the rest; a page larger than a message is cut into pieces of one transaction. Must never enter: what a page says.

use std::collections::BTreeMap;

use crate::commit::Page;
use crate::error::JournalError;
use crate::position::{InputPosition, PositionEntry, StreamPosition};

use super::bytes::{Reading, Writing};

/// Version of every value here.
const VERSION: u8 = 1;
/// Bytes of a page in one message: well below what brokers take by default.
pub(super) const PIECE_BYTES: usize = 512 << 10;

/// A position as it is stored, with what the broker's way of keeping it adds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredPosition {
    /// The entry; its topics are numbers of the caller's table.
    pub(super) entry: PositionEntry,
    /// The lease it was written under, and the number of the commit in the life of its process: together they tell one
    /// commit from every other.
    pub(super) epoch: u64,
    pub(super) serial: u64,
    /// Partition counts of the topics that may not grow.
    pub(super) counts: BTreeMap<String, u32>,
    /// The last entry read of each input, by topic and partition: its position and checksum.
    pub(super) seen: Vec<Seen>,
}

/// The last entry that was read of an input: if another one stands there, the topic is another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) input: usize,
    pub(super) position: u64,
    pub(super) checksum: u32,
}

/// Which point of a task a position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Point {
    Committed,
    Checkpoint,
}

/// What a key of the state topic names, for one task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Position(Point),
    Page { piece: u32, key: String },
}

impl Key {
    /// `task<TAB>position`, `task<TAB>checkpoint`, `task<TAB>page<TAB>piece<TAB>key`.
    pub(super) fn write(&self, task: &str) -> String {
        match self {
            Self::Position(Point::Committed) => format!("{task}\tposition"),
            Self::Position(Point::Checkpoint) => format!("{task}\tcheckpoint"),
            Self::Page { piece, key } => format!("{task}\tpage\t{piece}\t{key}"),
        }
    }

    /// `None`: the key of another task, or none of ours.
    pub(super) fn read(task: &str, text: &str) -> Option<Self> {
        let rest = text.strip_prefix(task)?.strip_prefix('\t')?;
        match rest {
            "position" => Some(Self::Position(Point::Committed)),
            "checkpoint" => Some(Self::Position(Point::Checkpoint)),
            page => {
                let (piece, key) = page.strip_prefix("page\t")?.split_once('\t')?;
                Some(Self::Page { piece: piece.parse().ok()?, key: key.to_owned() })
            }
        }
    }
}

/// Puts version and checksum before a body.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(body.len() + 5);
    value.push(VERSION);
    value.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    value.extend_from_slice(body);
    value
}

fn opened(value: &[u8]) -> Option<&[u8]> {
    let (version, rest) = value.split_first()?;
    let (checksum, body) = rest.split_first_chunk::<4>()?;
    (*version == VERSION && crc32c::crc32c(body) == u32::from_le_bytes(*checksum)).then_some(body)
}

/// How many messages a page of this many bytes takes.
pub(super) fn pieces_of(bytes: usize) -> u32 {
    u32::try_from(bytes.div_ceil(PIECE_BYTES).max(1)).unwrap_or(u32::MAX)
}

/// The value of one piece of a page.
pub(super) fn write_piece(body: &[u8], piece: u32) -> Vec<u8> {
    let start = (piece as usize * PIECE_BYTES).min(body.len());
    let part = &body[start..(start + PIECE_BYTES).min(body.len())];
    let mut out = Vec::with_capacity(part.len() + 4);
    out.extend_from_slice(&pieces_of(body.len()).to_le_bytes());
    out.extend_from_slice(part);
    sealed(&out)
}

impl StoredPosition {
    /// `name` gives the name of a topic by its number.
    pub(super) fn write(&self, name: impl Fn(u16) -> String) -> Vec<u8> {
        let mut out = Writing::default();
        let PositionEntry { task: _, generation, judgement, tick, sent, inputs, streams } = &self.entry;
        out.u32(*generation);
        out.text(judgement);
        out.maybe(*tick);
        out.maybe(*sent);
        out.u64(self.epoch);
        out.u64(self.serial);
        out.list(inputs, |out, input| {
            out.text(&name(input.topic.0));
            out.u32(input.partition);
            out.u64(input.next);
            out.maybe(input.count.map(i64::from));
            out.list(&input.marks, |out, mark| out.maybe(*mark));
        });
        out.list(streams, |out, stream| {
            out.text(&stream.name);
            out.u64(stream.bytes);
            out.u64(stream.lines);
            out.u64(stream.prefix_bytes);
            out.bytes(&stream.prefix_sha256);
        });
        let counts: Vec<_> = self.counts.iter().collect();
        out.list(&counts, |out, (topic, count)| {
            out.text(topic);
            out.u32(**count);
        });
        out.list(&self.seen, |out, seen| {
            out.u64(seen.input as u64);
            out.u64(seen.position);
            out.u32(seen.checksum);
        });
        sealed(&out.into_bytes())
    }

    /// `topic` gives the number of a topic by its name. `None`: damaged, or of a topic that is no longer in the table.
    pub(super) fn read(task: &str, value: &[u8], topic: impl Fn(&str) -> Option<u16>) -> Option<Self> {
        let mut from = Reading::new(opened(value)?);
        let (generation, judgement) = (from.u32()?, from.text()?);
        let (tick, sent, epoch, serial) = (from.maybe()?, from.maybe()?, from.u64()?, from.u64()?);
        let inputs = from.list(|from| {
            Some(InputPosition {
                topic: crate::position::Topic(topic(&from.text()?)?),
                partition: from.u32()?,
                next: from.u64()?,
                count: from.maybe()?.and_then(|count| u32::try_from(count).ok()),
                marks: from.list(Reading::maybe)?,
            })
        })?;
        let streams = from.list(|from| {
            Some(StreamPosition {
                name: from.text()?,
                bytes: from.u64()?,
                lines: from.u64()?,
                prefix_bytes: from.u64()?,
                prefix_sha256: from.bytes()?.try_into().ok()?,
            })
        })?;
        let counts = from.list(|from| Some((from.text()?, from.u32()?)))?.into_iter().collect();
        let seen =
            from.list(|from| Some(Seen { input: usize::try_from(from.u64()?).ok()?, position: from.u64()?, checksum: from.u32()? }))?;
        let entry = PositionEntry { task: task.to_owned(), generation, judgement, tick, sent, inputs, streams };
        from.is_at_end().then_some(Self { entry, epoch, serial, counts, seen })
    }
}

/// All that is stored of one task.
#[derive(Debug, Default)]
pub(super) struct Saved {
    pub(super) position: Option<StoredPosition>,
    pub(super) checkpoint: Option<StoredPosition>,
    /// The pieces of each page, by page and piece, as they were stored.
    pages: BTreeMap<String, BTreeMap<u32, Vec<u8>>>,
}

impl Saved {
    /// Takes the next message of the state topic; those of other tasks are passed by.
    ///
    /// # Errors
    /// [`JournalError::BadPage`] when a position is damaged: without it nobody knows what was sent.
    pub(super) fn take(
        &mut self,
        task: &str,
        (key, value): (&str, Option<&[u8]>),
        topic: impl Fn(&str) -> Option<u16>,
    ) -> Result<(), JournalError> {
        match (Key::read(task, key), value) {
            (None, _) => {}
            (Some(Key::Position(point)), value) => {
                let bad = || JournalError::BadPage { task: task.to_owned(), key: key.to_owned() };
                let stored = value.map(|value| StoredPosition::read(task, value, &topic).ok_or_else(bad)).transpose()?;
                match point {
                    Point::Committed => self.position = stored,
                    Point::Checkpoint => self.checkpoint = stored,
                }
            }
            (Some(Key::Page { piece, key }), Some(value)) => {
                self.pages.entry(key).or_default().insert(piece, value.to_vec());
            }
            (Some(Key::Page { piece, key }), None) => {
                if let Some(pieces) = self.pages.get_mut(&key) {
                    pieces.remove(&piece);
                    if pieces.is_empty() {
                        self.pages.remove(&key);
                    }
                }
            }
        }
        Ok(())
    }

    /// How many pieces each page has.
    pub(super) fn pieces(&self) -> BTreeMap<String, u32> {
        let last = |pieces: &BTreeMap<u32, Vec<u8>>| pieces.keys().next_back().map_or(0, |piece| piece.saturating_add(1));
        self.pages.iter().map(|(key, pieces)| (key.clone(), last(pieces))).collect()
    }

    /// The pages, whole, in order of their keys.
    ///
    /// # Errors
    /// [`JournalError::BadPage`] when a piece is damaged or missing.
    pub(super) fn into_pages(self, task: &str) -> Result<Vec<Page>, JournalError> {
        let page = |(key, pieces): (String, BTreeMap<u32, Vec<u8>>)| match joined(&pieces) {
            Some(body) => Ok(Page { key, body }),
            None => Err(JournalError::BadPage { task: task.to_owned(), key }),
        };
        self.pages.into_iter().map(page).collect()
    }
}

fn joined(pieces: &BTreeMap<u32, Vec<u8>>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    for (at, (piece, value)) in pieces.iter().enumerate() {
        let (count, part) = opened(value)?.split_first_chunk::<4>()?;
        if *piece as usize != at || u32::from_le_bytes(*count) as usize != pieces.len() {
            return None;
        }
        body.extend_from_slice(part);
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Topic;

    fn stored() -> StoredPosition {
        let input = InputPosition { topic: Topic(1), partition: 3, next: 99, marks: vec![Some(-4), None], count: Some(2) };
        let stream = StreamPosition { name: "a.csv".to_owned(), bytes: 5, lines: 2, prefix_bytes: 4, prefix_sha256: [9; 32] };
        let entry = PositionEntry {
            task: "fold/3".to_owned(),
            generation: 1,
            judgement: "toy-1".to_owned(),
            tick: Some(7),
            sent: None,
            inputs: vec![input],
            streams: vec![stream],
        };
        let seen = vec![Seen { input: 0, position: 98, checksum: 17 }];
        StoredPosition { entry, epoch: 4, serial: 11, counts: [("in".to_owned(), 8)].into(), seen }
    }

    fn topic(name: &str) -> Option<u16> {
        (name == "in").then_some(1)
    }

    #[test]
    fn a_position_comes_back_and_no_damaged_one_does() {
        let value = stored().write(|_| "in".to_owned());
        assert_eq!(StoredPosition::read("fold/3", &value, topic), Some(stored()));
        for at in 0..value.len() {
            let mut bad = value.clone();
            bad[at] ^= 1;
            assert_eq!(StoredPosition::read("fold/3", &bad, topic), None, "byte {at}");
            assert_eq!(StoredPosition::read("fold/3", &value[..at], topic), None, "cut at {at}");
        }
    }

    #[test]
    fn keys_name_their_task_alone() {
        let page = Key::Page { piece: 2, key: "a\tb".to_owned() };
        for key in [Key::Position(Point::Committed), Key::Position(Point::Checkpoint), page] {
            assert_eq!(Key::read("fold/1", &key.write("fold/1")), Some(key.clone()));
            assert_eq!(Key::read("fold/1", &key.write("fold/11")), None);
            assert_eq!(Key::read("fold/11", &key.write("fold/1")), None);
        }
    }

    #[test]
    fn a_large_page_is_cut_and_joined_and_a_torn_one_is_bad() {
        let body: Vec<u8> = (0..PIECE_BYTES * 2 + 5).map(|n| (n % 251) as u8).collect();
        for body in [&body[..], &body[..PIECE_BYTES], &body[..0]] {
            let mut saved = Saved::default();
            for piece in 0..pieces_of(body.len()) {
                let key = Key::Page { piece, key: "p".to_owned() }.write("t");
                saved.take("t", (&key, Some(&write_piece(body, piece))), topic).unwrap();
            }
            assert_eq!(saved.pieces()["p"], pieces_of(body.len()));
            assert_eq!(saved.into_pages("t").unwrap()[0].body, body);
        }
        let mut torn = Saved::default();
        let key = Key::Page { piece: 1, key: "p".to_owned() }.write("t");
        torn.take("t", (&key, Some(&write_piece(&body, 1))), topic).unwrap();
        assert!(matches!(torn.into_pages("t"), Err(JournalError::BadPage { .. })));
    }
}
