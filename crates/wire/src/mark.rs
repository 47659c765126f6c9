//! Marks as bytes: inside an entry, and bare, where plain readers share the topic.
//!
//! Only the shape; when a tick is complete, and for whom a mark speaks, is the business of its writer.

use crate::{
    event::protobuf_error,
    json, pb,
    read::{Reading, bad},
    sink::{Json, Protobuf, Sink},
    table,
};
use prost::Message as _;
use vocab::{
    mark::Mark,
    record::{BadValue, Refusal},
    time::Tick,
};

/// Appends a mark as protobuf.
pub fn mark_to_protobuf(mark: &Mark, out: &mut Vec<u8>) {
    write(&mut Protobuf::new(out), mark);
}

/// Reads a mark from protobuf.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn mark_from_protobuf(bytes: &[u8]) -> Result<Mark, Refusal> {
    read(pb::Mark::decode(bytes).map_err(|error| protobuf_error(&error))?)
}

/// Appends a mark as one JSON object without a line end.
pub fn mark_to_json(mark: &Mark, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, mark));
}

/// Reads a mark from JSON.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn mark_from_json(text: &str) -> Result<Mark, Refusal> {
    read(json::message(text, &table::mark::MESSAGE)?)
}

/// Tells a mark.
pub(crate) fn write<S: Sink>(out: &mut S, mark: &Mark) {
    use table::mark as f;
    out.natural(&f::GENERATION, u64::from(mark.generation));
    out.natural(&f::STAGE, u64::from(mark.stage));
    out.natural(&f::FIRST, u64::from(mark.first));
    out.natural(&f::UNTIL, u64::from(mark.until));
    out.whole(&f::KNOWN, mark.known.0);
    out.natural(&f::COUNT, u64::from(mark.count));
}

/// Reads a mark; it speaks for one origin at least.
pub(crate) fn read(message: pb::Mark) -> Reading<Mark> {
    if message.until <= message.first {
        return Err(bad("until", BadValue::Backwards));
    }
    Ok(Mark {
        generation: message.generation,
        stage: u8::try_from(message.stage).map_err(|_| bad("stage", BadValue::TooLarge))?,
        first: message.first,
        until: message.until,
        known: Tick(message.known),
        count: message.count,
    })
}
