//! What comes in, whoever sent it: bytes and what stands beside them (a content type, CloudEvents attributes) to an event, and
//! what of it is kept.
//!
//! The content type says the encoding; without one the first byte does: 0 is a Confluent frame, `{` is JSON, the rest protobuf.
//! The same bytes, read again from the log, give the same event. Must never enter: a clock, a token, a position, a judgement.

mod envelope;
mod frame;
mod sender;
mod structured;

use crate::{
    admitted::Original,
    cloudevents::{self, Attribute},
    event::{self, Loose},
    read::{Reading, bad, undecodable},
};
pub use envelope::Envelope;
pub use frame::Schemas;
pub use sender::sender;
use structured::Content;
pub use structured::batch;
use vocab::{
    event::Event,
    record::{Encoding, Refusal},
};

/// A message that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Inbound<'a> {
    /// What it says.
    pub event: Event,
    /// What is kept of it on the log.
    pub original: Original<'a>,
}

/// Reads a message, at most [`event::MESSAGE_BYTES_MAX`] bytes with its attributes. A batch is not one message.
///
/// # Errors
/// A [`Refusal`] with the reason; attributes are named with `ce_` before them.
pub fn decode<'a>(envelope: &'a Envelope<'_>, bytes: &'a [u8], schemas: &Schemas) -> Result<Inbound<'a>, Refusal> {
    event::bounded(bytes.len() + envelope.attribute_bytes())?;
    if envelope.is_structured()? {
        let original = Original { encoding: Encoding::Json, bytes, attributes: &[] };
        return Ok(Inbound { event: structured_event(bytes)?, original });
    }
    let payload = payload(envelope.content_type(), bytes, schemas)?;
    let original = Original { encoding: payload.encoding, bytes: payload.bytes, attributes: envelope.attributes() };
    Ok(Inbound { event: original_event(original.encoding, original.bytes, original.attributes)?, original })
}

/// The event of a message as it was kept.
pub(crate) fn original_event(encoding: Encoding, bytes: &[u8], attributes: &[Attribute<'_>]) -> Reading<Event> {
    if !attributes.is_empty() {
        let data = if bytes.is_empty() { None } else { Some((encoding, bytes)) };
        return cloud_event(attributes, data);
    }
    match encoding {
        Encoding::Protobuf => event::of_protobuf(bytes),
        // A structured CloudEvent is no event of ours by itself: `occurred` is missing from it, so this costs an event nothing.
        Encoding::Json => {
            event::of_json(bytes).or_else(|refusal| if structured::is_structured(bytes) { structured_event(bytes) } else { Err(refusal) })
        }
        Encoding::Csv => Err(undecodable(Encoding::Csv, "a row is never kept as an original: a mapping made an event of it")),
    }
}

/// The bytes of an event and how they are written.
struct Payload<'a> {
    encoding: Encoding,
    bytes: &'a [u8],
}

fn payload<'a>(content_type: Option<&str>, bytes: &'a [u8], schemas: &Schemas) -> Reading<Payload<'a>> {
    if bytes.first() == Some(&0) {
        return schemas.unframe(bytes);
    }
    let told = content_type.map(cloudevents::encoding_of).transpose().map_err(|problem| bad("content-type", problem))?.flatten();
    let encoding = match told {
        Some(encoding) => encoding,
        None if bytes.first() == Some(&b'{') => Encoding::Json,
        None => Encoding::Protobuf,
    };
    Ok(Payload { encoding, bytes })
}

/// A CloudEvent of attributes and data.
fn cloud_event(attributes: &[Attribute<'_>], data: Option<(Encoding, &[u8])>) -> Reading<Event> {
    cloudevents::check(attributes)?;
    let mut loose = match data {
        None => Loose::default(),
        Some((Encoding::Protobuf, bytes)) => Loose::of_protobuf(bytes)?,
        Some((Encoding::Json | Encoding::Csv, bytes)) => Loose::of_json(bytes)?,
    };
    cloudevents::complete(attributes, &mut loose.message)?;
    loose.event()
}

/// A CloudEvent that is one JSON text.
fn structured_event(bytes: &[u8]) -> Reading<Event> {
    let told = structured::read(bytes)?;
    let media_type = cloudevents::value(&told.attributes, "datacontenttype");
    let encoding = media_type.map(cloudevents::encoding_of).transpose().map_err(|problem| bad("ce_datacontenttype", problem))?;
    match &told.data {
        None => cloud_event(&told.attributes, None),
        Some(data) => {
            let encoding = encoding.unwrap_or(Some(Encoding::Json));
            let encoding = encoding.ok_or_else(|| cloudevents::strange_data(media_type.unwrap_or_default()))?;
            match (data, encoding) {
                (Content::Json(text), Encoding::Json | Encoding::Csv) => {
                    cloud_event(&told.attributes, Some((Encoding::Json, text.as_bytes())))
                }
                (Content::Json(_), Encoding::Protobuf) => {
                    Err(undecodable(Encoding::Protobuf, "protobuf stands in data_base64, not in data"))
                }
                (Content::Bytes(bytes), _) if bytes.is_empty() => cloud_event(&told.attributes, None),
                (Content::Bytes(bytes), encoding) => cloud_event(&told.attributes, Some((encoding, bytes))),
            }
        }
    }
}
