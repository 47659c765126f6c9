//! Events as bytes: protobuf and proto3 JSON, both ways, and what becomes of bytes that are neither.
//!
//! Poison becomes a refusal with its reason; nothing here panics, and memory is bounded by the size limit. The version is
//! read before the payload. A field this version does not know is ignored; it survives in the original bytes, which the log
//! keeps. No judgement: what an event counts towards never enters.

pub(crate) mod acts;
pub(crate) mod bodies;
mod read;
mod write;

use crate::{
    json, pb,
    read::{Reading, undecodable},
    scan,
    sink::{Json, Protobuf},
};
pub(crate) use acts::{write_key, write_measure, write_series};
use prost::Message as _;
pub(crate) use read::{Stranger, event as of_message, occurred as read_occurred};
use vocab::{
    event::Event,
    record::{Encoding, Refusal},
};
pub(crate) use write::{
    circumstance as write_circumstance, definition as write_definition, event as write, feed_status as write_feed_status,
    occurred as write_occurred, target as write_target,
};

/// The newest version of the event schema that this build reads, and the one it writes.
pub const SCHEMA_VERSION: u32 = 1;
/// Largest message that is read, bytes.
pub const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// Deepest nesting of JSON that is read, levels.
pub const JSON_LEVELS_MAX: u16 = 64;

/// What the first byte of a message says about its encoding: `{` is JSON, everything else protobuf.
///
/// # Errors
/// [`Refusal::Undecodable`] for no bytes at all and for a Confluent frame (first byte 0): `inbound` reads those.
pub fn encoding_of(bytes: &[u8]) -> Result<Encoding, Refusal> {
    match bytes.first() {
        None => Err(undecodable(Encoding::Protobuf, "the message is empty")),
        Some(0) => Err(undecodable(Encoding::Protobuf, "first byte 0: a Confluent frame, which is not read here")),
        Some(b'{') => Ok(Encoding::Json),
        Some(_) => Ok(Encoding::Protobuf),
    }
}

/// Reads an event in the encoding that its first byte shows.
///
/// # Errors
/// A [`Refusal`] with the reason.
pub fn event_from_bytes(bytes: &[u8]) -> Result<(Event, Encoding), Refusal> {
    let encoding = encoding_of(bytes)?;
    let event = match encoding {
        Encoding::Json => event_from_json(bytes),
        Encoding::Protobuf | Encoding::Csv => event_from_protobuf(bytes),
    };
    event.map(|event| (event, encoding))
}

/// Reads an event from protobuf (`slipwatch.v1.Event`), at most [`MESSAGE_BYTES_MAX`] bytes.
///
/// # Errors
/// A [`Refusal`] with the reason.
pub fn event_from_protobuf(bytes: &[u8]) -> Result<Event, Refusal> {
    bounded(bytes.len())?;
    unframed(bytes)?;
    of_protobuf(bytes)
}

/// The same without the limit, for bytes that were let in before.
pub(crate) fn of_protobuf(bytes: &[u8]) -> Reading<Event> {
    current(scan::version(bytes))?;
    let message = pb::Event::decode(bytes).map_err(|error| protobuf_error(&error))?;
    read::event(message, || scan::stranger(bytes))
}

/// Reads an event from proto3 JSON, at most [`MESSAGE_BYTES_MAX`] bytes and [`JSON_LEVELS_MAX`] levels.
///
/// # Errors
/// A [`Refusal`] with the reason.
pub fn event_from_json(bytes: &[u8]) -> Result<Event, Refusal> {
    bounded(bytes.len())?;
    of_json(bytes)
}

/// The same without the limit, for bytes that were let in before.
pub(crate) fn of_json(bytes: &[u8]) -> Reading<Event> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
    json::shallow(bytes, JSON_LEVELS_MAX)?;
    let read = json::to_protobuf(text, &crate::table::event::MESSAGE).and_then(|told| {
        let message = pb::Event::decode(&*told.bytes).map_err(|error| undecodable(Encoding::Json, &error.to_string()))?;
        current(message.schema_version)?;
        read::event(message, || told.stranger)
    });
    // What a later version means by a field may look wrong to this one: the version is the better reason.
    read.or_else(|refusal| json::version(text).map_or(Ok(()), current).and(Err(refusal)))
}

/// An event whose envelope may stand elsewhere: decoded, and not yet looked at.
#[derive(Default)]
pub(crate) struct Loose {
    pub(crate) message: pb::Event,
    stranger: Option<Stranger>,
}

impl Loose {
    /// From protobuf.
    pub(crate) fn of_protobuf(bytes: &[u8]) -> Reading<Self> {
        current(scan::version(bytes))?;
        let message = pb::Event::decode(bytes).map_err(|error| protobuf_error(&error))?;
        Ok(Self { message, stranger: scan::stranger(bytes) })
    }

    /// From JSON.
    pub(crate) fn of_json(bytes: &[u8]) -> Reading<Self> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
        json::shallow(bytes, JSON_LEVELS_MAX)?;
        json::version(text).map_or(Ok(()), current)?;
        let told = json::to_protobuf(text, &crate::table::event::MESSAGE)?;
        let message = pb::Event::decode(&*told.bytes).map_err(|error| undecodable(Encoding::Json, &error.to_string()))?;
        current(message.schema_version)?;
        Ok(Self { message, stranger: told.stranger })
    }

    /// The event it is by now.
    pub(crate) fn event(self) -> Reading<Event> {
        let Self { message, stranger } = self;
        read::event(message, || stranger)
    }
}

/// Appends an event as protobuf.
pub fn event_to_protobuf(event: &Event, out: &mut Vec<u8>) {
    write(&mut Protobuf::new(out), event);
}

/// Appends an event as one JSON object without a line end.
pub fn event_to_json(event: &Event, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, event));
}

/// Refuses more bytes than are read.
pub(crate) fn bounded(bytes: usize) -> Reading<()> {
    if bytes <= MESSAGE_BYTES_MAX {
        return Ok(());
    }
    Err(Refusal::TooLarge { bytes: bytes as u64, limit: MESSAGE_BYTES_MAX as u64 })
}

fn unframed(bytes: &[u8]) -> Reading<()> {
    encoding_of(bytes).map(|_| ())
}

fn current(found: u32) -> Reading<()> {
    if found <= SCHEMA_VERSION { Ok(()) } else { Err(Refusal::NewerVersion { found, newest: SCHEMA_VERSION }) }
}

/// A text that is not UTF-8 has its own reason; prost only says it inside a sentence.
pub(crate) fn protobuf_error(error: &prost::DecodeError) -> Refusal {
    let detail = error.to_string();
    if detail.contains("UTF-8") { Refusal::NotUtf8 } else { undecodable(Encoding::Protobuf, &detail) }
}
