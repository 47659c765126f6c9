//! The Confluent frame: magic 0, the id of a schema in four bytes, and for protobuf the place of the message in its file.
//!
//! The registry itself is not asked: ids are declared, and one that is not is refused, never guessed. What is kept of a framed
//! message is what the frame holds. Must never enter: a registry's address, HTTP.

use super::Payload;
use crate::read::{Reading, undecodable};
use std::collections::BTreeMap;
use vocab::record::Encoding;

/// Magic and schema id, bytes.
const HEAD_BYTES: usize = 5;

/// Ids under which a registry keeps the event schema. None is known at first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schemas {
    ids: BTreeMap<u32, Encoding>,
}

impl Schemas {
    /// The same, with an id of `slipwatch/v1/event.proto`.
    #[must_use]
    pub fn with_protobuf(mut self, id: u32) -> Self {
        self.ids.insert(id, Encoding::Protobuf);
        self
    }

    /// The same, with an id of the event's JSON schema.
    #[must_use]
    pub fn with_json(mut self, id: u32) -> Self {
        self.ids.insert(id, Encoding::Json);
        self
    }

    /// What a frame holds.
    pub(super) fn unframe<'a>(&self, bytes: &'a [u8]) -> Reading<Payload<'a>> {
        let (head, rest) = bytes.split_at_checked(HEAD_BYTES).ok_or_else(|| broken("its head is cut off"))?;
        let id = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        match self.ids.get(&id) {
            None => Err(broken(&format!("its schema {id} is not declared"))),
            Some(Encoding::Protobuf) => Ok(Payload { encoding: Encoding::Protobuf, bytes: of_first_message(rest)? }),
            Some(Encoding::Json | Encoding::Csv) => Ok(Payload { encoding: Encoding::Json, bytes: rest }),
        }
    }
}

/// The bytes behind the indexes, which must name the first message of the file: one byte 0, or the long form `[0]`.
fn of_first_message(bytes: &[u8]) -> Reading<&[u8]> {
    let (count, mut rest) = zigzag(bytes)?;
    let mut first = 0;
    for place in 0..count {
        let (index, behind) = zigzag(rest)?;
        first = if place == 0 { index } else { -1 };
        rest = behind;
    }
    if count < 0 || first != 0 {
        return Err(broken("its message is not the first of its file, Event"));
    }
    Ok(rest)
}

/// A number of at most five bytes, with its sign in the lowest bit.
fn zigzag(bytes: &[u8]) -> Reading<(i64, &[u8])> {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(((value >> 1) as i64 ^ -((value & 1) as i64), &bytes[place + 1..]));
        }
    }
    Err(broken("its message indexes are cut off"))
}

fn broken(detail: &str) -> vocab::record::Refusal {
    undecodable(Encoding::Protobuf, &format!("a Confluent frame: {detail}"))
}
