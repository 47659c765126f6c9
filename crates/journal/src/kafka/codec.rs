//! What stands between entries and messages: the caller's codec, and its table of topics.
//!
//! Must never enter: a codec, a topic's name, a type of the client library in a public place.

use std::borrow::Cow;

use rdkafka::message::{BorrowedHeaders, Headers};

use crate::error::JournalError;
use crate::mark::Entry;
use crate::position::Topic;

/// Whether the number of a topic's partitions may change while its readers live on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth {
    /// Never: it is a constant of the generation, noted in the saved state, and a difference is a refusal.
    Fixed,
    /// Partitions may be added.
    MayGrow,
}

/// A topic as the broker knows it. Its [`Topic`] is its place in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicName {
    /// The full name.
    pub name: String,
    /// Whether partitions may be added.
    pub growth: Growth,
}

/// An entry as a message; the buffers are used again for the next one and are empty when a codec gets them.
#[derive(Clone, Debug, Default)]
pub struct MessageBuffer {
    /// The key; an empty one is sent as no key.
    pub key: Vec<u8>,
    /// The value.
    pub value: Vec<u8>,
    /// Headers, in order. They cost more than the message: none on topics that only our own readers read.
    pub headers: Vec<(Cow<'static, str>, Vec<u8>)>,
}

impl MessageBuffer {
    pub(super) fn clear(&mut self) {
        self.key.clear();
        self.value.clear();
        self.headers.clear();
    }
}

/// A message that came.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The partition it stood in.
    pub partition: u32,
    /// Its position there.
    pub position: u64,
    /// Its key, if it has one.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
    headers: Source<'a>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Client(Option<&'a BorrowedHeaders>),
    Given(&'a [(&'a str, &'a [u8])]),
}

impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Client(headers) => write!(out, "{} headers", headers.map_or(0, Headers::count)),
            Self::Given(headers) => write!(out, "{} headers", headers.len()),
        }
    }
}

impl<'a> Incoming<'a> {
    /// A message that did not come from a broker: for tests of a codec. `at` is (partition, position).
    #[must_use]
    pub fn new(at: (u32, u64), key: Option<&'a [u8]>, value: Option<&'a [u8]>, headers: &'a [(&'a str, &'a [u8])]) -> Self {
        Self { partition: at.0, position: at.1, key, value, headers: Source::Given(headers) }
    }

    pub(super) fn of<M: rdkafka::Message<Headers = BorrowedHeaders>>(message: &'a M) -> Self {
        Self {
            partition: message.partition().cast_unsigned(),
            position: message.offset().cast_unsigned(),
            key: message.key(),
            value: message.payload(),
            headers: Source::Client(message.headers()),
        }
    }

    /// The value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers().find(|(key, _)| *key == name).and_then(|(_, value)| value)
    }

    /// All headers, in order; a header may have no value.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, Option<&'a [u8]>)> {
        let count = match self.headers {
            Source::Client(headers) => headers.map_or(0, Headers::count),
            Source::Given(headers) => headers.len(),
        };
        let source = self.headers;
        (0..count).filter_map(move |index| match source {
            Source::Client(headers) => headers.and_then(|headers| headers.try_get(index)).map(|header| (header.key, header.value)),
            Source::Given(headers) => headers.get(index).map(|(key, value)| (*key, Some(*value))),
        })
    }
}

/// How entries become messages and come back.
pub trait Codec {
    /// The record.
    type Record;

    /// The topics: [`Topic`] is the place in this table. A topic that does not exist is an error when it is first used.
    fn topics(&self) -> &[TopicName];

    /// Writes an entry as a message.
    fn encode(&self, topic: Topic, entry: &Entry<Self::Record>, message: &mut MessageBuffer);

    /// Reads a message back.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the message.
    fn decode(&self, topic: Topic, message: &Incoming<'_>) -> Result<Entry<Self::Record>, String>;
}

/// The entry of a message, or where one stands that cannot be read.
pub(super) fn decoded<C: Codec>(codec: &C, (topic, name): (Topic, &str), message: &Incoming<'_>) -> Result<Entry<C::Record>, JournalError> {
    let bad = |why| JournalError::BadRecord { position: message.position, why: format!("{name}: {why}") };
    codec.decode(topic, message).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_found_by_name() {
        let headers: [(&str, &[u8]); 3] = [("a", b"1"), ("b", b"2"), ("a", b"3")];
        let message = Incoming::new((0, 0), None, None, &headers);
        assert_eq!(message.header("a"), Some(&b"1"[..]));
        assert_eq!(message.header("c"), None);
        assert_eq!(message.headers().count(), 3);
    }
}
