//! Who sent what could not be let in: the feed, where a refused message still says it in the place where an event does.
//!
//! One feed's mistakes must not be counted against another: what stands elsewhere, or stands there twice, or is no name, tells
//! nothing. Must never enter: a default, a guess from a key, a position or a token.

use super::{Envelope, Schemas, payload};
use crate::{cloudevents, event::MESSAGE_BYTES_MAX, scan};
use serde::Deserialize;
use std::borrow::Cow;
use vocab::{name::SourceId, record::Encoding};

/// The feed that a message names: in its CloudEvents attributes, else in its bytes. None where it names none that could be read;
/// more than [`MESSAGE_BYTES_MAX`] bytes are not looked into.
#[must_use]
pub fn sender(envelope: &Envelope<'_>, bytes: &[u8], schemas: &Schemas) -> Option<SourceId> {
    if let Some(attribute) = cloudevents::value(envelope.attributes(), "source") {
        return SourceId::parse(attribute).ok();
    }
    if bytes.len() > MESSAGE_BYTES_MAX {
        return None;
    }
    let payload = payload(envelope.content_type(), bytes, schemas).ok()?;
    let named = match payload.encoding {
        Encoding::Protobuf => scan::source(payload.bytes).map(Cow::Borrowed),
        Encoding::Json | Encoding::Csv => of_json(payload.bytes),
    };
    SourceId::parse(&named?).ok()
}

/// The member of an event, and of a CloudEvent in one text, that names the feed: both call it `source`.
fn of_json(bytes: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        source: Option<Cow<'a, str>>,
    }
    serde_json::from_slice::<Named<'_>>(bytes).ok().and_then(|named| named.source)
}
