//! What intake let in, as bytes: the form of the log. The message stays as it came, so that fields of a later version
//! survive; an event that a mapping made has no such bytes and is written in canonical form.
//!
//! The log is our own: nothing here limits size, and what a decoder refuses here is a damaged log, not a bad feed.

use crate::{
    cloudevents::Attribute,
    event, inbound, json, pb,
    read::{Reading, bad, choice, hash, missing},
    sink::{Json, Protobuf, Sink},
    table,
};
use prost::Message as _;
use std::sync::Arc;
use vocab::{
    event::Event,
    record::{Admitted, BadValue, CaseId, ContentHash, Encoding, Flags, RecordId, Refusal},
    time::Tick,
};

/// A message as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Original<'a> {
    /// Protobuf or JSON.
    pub encoding: Encoding,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The attributes that stood beside them, of a CloudEvent in binary mode; none of any other message.
    pub attributes: &'a [Attribute<'a>],
}

/// Appends an admitted record as protobuf: with the original message where there is one, else with the event.
pub fn admitted_to_protobuf(admitted: &Admitted, original: Option<Original<'_>>, out: &mut Vec<u8>) {
    write(&mut Protobuf::new(out), admitted, original);
}

/// Appends an admitted record as one JSON object; the three hashes are base64 there, as proto3 JSON has it.
pub fn admitted_to_json(admitted: &Admitted, original: Option<Original<'_>>, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, admitted, original));
}

/// Tells an admitted record.
pub(crate) fn write<S: Sink>(out: &mut S, admitted: &Admitted, original: Option<Original<'_>>) {
    use table::admitted as f;
    out.bytes(&f::ID, &admitted.id.0);
    out.bytes(&f::CONTENT, &admitted.content.0);
    if let Some(case) = admitted.case {
        out.bytes(&f::CASE, &case.0);
    }
    out.whole(&f::KNOWN, admitted.known.0);
    out.natural(&f::ORIGIN, u64::from(admitted.origin));
    out.natural(&f::FLAGS, u64::from(admitted.flags.bits()));
    match original {
        None => out.message(&f::EVENT, |out| event::write(out, &admitted.event)),
        Some(original) => out.message(&f::ORIGINAL, |out| {
            use crate::numbers::Numbered as _;
            out.choice(&table::original::ENCODING, original.encoding.number());
            out.bytes(&table::original::BYTES, original.bytes);
            out.messages(&table::original::ATTRIBUTES, original.attributes, |out, (name, value)| {
                out.text(&table::attribute::NAME, name);
                out.text(&table::attribute::VALUE, value);
            });
        }),
    }
}

/// Reads an admitted record. The pack of an activation is only its bytes: whoever has the rules compiles it again.
///
/// # Errors
/// A [`Refusal`]: the bytes are damaged, or a later version wrote them.
pub fn admitted_from_protobuf(bytes: &[u8]) -> Result<Admitted, Refusal> {
    read(pb::Admitted::decode(bytes).map_err(|error| event::protobuf_error(&error))?)
}

/// Reads an admitted record from JSON.
///
/// # Errors
/// As [`admitted_from_protobuf`].
pub fn admitted_from_json(text: &str) -> Result<Admitted, Refusal> {
    read(json::message(text, &table::admitted::MESSAGE)?)
}

/// Reads an admitted record; a pack in it is only its bytes.
pub(crate) fn read(message: pb::Admitted) -> Reading<Admitted> {
    Ok(Admitted {
        id: RecordId(hash("id", &message.id)?),
        content: ContentHash(hash("content", &message.content)?),
        case: if message.case.is_empty() { None } else { Some(CaseId(hash("case", &message.case)?)) },
        known: Tick(message.known),
        origin: message.origin,
        flags: Flags::of_bits(u16::try_from(message.flags).map_err(|_| bad("flags", BadValue::TooLarge))?),
        event: Arc::new(said(message.said)?),
    })
}

fn said(said: Option<pb::admitted::Said>) -> Reading<Event> {
    match said.ok_or_else(|| missing("event"))? {
        pb::admitted::Said::Event(message) => event::of_message(message, || None),
        pb::admitted::Said::Original(original) => {
            let attributes: Vec<Attribute<'_>> =
                original.attributes.iter().map(|told| (told.name.as_str().into(), told.value.as_str().into())).collect();
            inbound::original_event(choice("original.encoding", original.encoding)?, &original.bytes, &attributes)
        }
    }
}

/// The original message inside the bytes of an admitted record, where it has one.
///
/// # Errors
/// As [`admitted_from_protobuf`].
pub fn original_of(bytes: &[u8]) -> Result<Option<(Encoding, Vec<u8>)>, Refusal> {
    let message = pb::Admitted::decode(bytes).map_err(|error| event::protobuf_error(&error))?;
    match message.said {
        Some(pb::admitted::Said::Original(original)) => Ok(Some((choice("original.encoding", original.encoding)?, original.bytes))),
        Some(pb::admitted::Said::Event(_)) | None => Ok(None),
    }
}
