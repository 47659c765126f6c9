//! What came too late, as bytes: one line of `late.jsonl` each, and protobuf of the same.
//!
//! Only the shape; when something is late is judged elsewhere.

use crate::{
    event::protobuf_error,
    json, pb,
    read::{Reading, count, day, hex, name, tick},
    sink::{Json, Protobuf, Sink},
    table,
};
use prost::Message as _;
use vocab::{
    name::{SourceId, SourceRecordId},
    record::{Late, RecordId, Refusal},
};

/// Appends a late record as one JSON object without a line end.
pub fn late_to_json(late: &Late, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, late));
}

/// Appends a late record as protobuf.
pub fn late_to_protobuf(late: &Late, out: &mut Vec<u8>) {
    write(&mut Protobuf::new(out), late);
}

/// Reads a late record from JSON.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn late_from_json(text: &str) -> Result<Late, Refusal> {
    read(&json::message(text, &table::late::MESSAGE)?)
}

/// Reads a late record from protobuf.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn late_from_protobuf(bytes: &[u8]) -> Result<Late, Refusal> {
    read(&pb::Late::decode(bytes).map_err(|error| protobuf_error(&error))?)
}

/// Tells a late record.
pub(crate) fn write<S: Sink>(out: &mut S, late: &Late) {
    use table::late as f;
    out.shown(&f::ID, late.id);
    out.natural(&f::REVISION, u64::from(late.revision));
    out.text(&f::SOURCE, late.source.as_str());
    out.text(&f::SOURCE_RECORD_ID, late.source_record_id.as_str());
    out.shown(&f::OCCURRED, late.occurred);
    out.time(&f::KNOWN, late.known.start());
    out.whole(&f::COUNT, i64::from(late.count));
}

/// Reads a late record.
pub(crate) fn read(message: &pb::Late) -> Reading<Late> {
    Ok(Late {
        id: hex("id", &message.id, RecordId::parse)?,
        revision: message.revision,
        source: name("source", &message.source, SourceId::parse)?,
        source_record_id: name("source_record_id", &message.source_record_id, SourceRecordId::parse)?,
        occurred: day("occurred", &message.occurred)?,
        known: tick("known", message.known)?,
        count: count("count", message.count)?,
    })
}
