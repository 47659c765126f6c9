//! What was turned away, as bytes: one line of `refused.jsonl` each, and protobuf of the same; and the one place where a
//! refusal gets its hash and its bytes.
//!
//! Memory stays bounded: of a message above 1 MiB only the beginning is kept, its length and hash say the rest.

use crate::{
    event::{MESSAGE_BYTES_MAX, protobuf_error},
    json,
    numbers::Numbered as _,
    pb,
    read::{Reading, bad, choice, day, maybe_name, name, part},
    sink::{Json, Protobuf, Sink},
    table,
};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use vocab::{
    name::{Label, SourceId},
    record::{BadValue, Position, Refusal, Refused, SealHash},
    time::Day,
};

/// How much is kept of a message that is larger than is read, bytes.
pub const KEPT_OF_LARGE_BYTES: usize = 1 << 10;

/// A refusal with its bytes, their number and their hash. Above [`MESSAGE_BYTES_MAX`] only the first
/// [`KEPT_OF_LARGE_BYTES`] are kept.
#[must_use]
pub fn refused(reason: Refusal, position: Position, bytes: &[u8], day: Day) -> Refused {
    let kept = if bytes.len() > MESSAGE_BYTES_MAX { &bytes[..KEPT_OF_LARGE_BYTES] } else { bytes };
    Refused {
        reason,
        position,
        bytes: Arc::from(kept),
        length: bytes.len() as u64,
        sha256: Sha256::digest(bytes).into(),
        source: None,
        day,
    }
}

/// The same, for a message whose feed is known.
#[must_use]
pub fn refused_of(source: SourceId, reason: Refusal, position: Position, bytes: &[u8], day: Day) -> Refused {
    Refused { source: Some(source), ..refused(reason, position, bytes, day) }
}

/// Appends a refusal as one JSON object without a line end.
pub fn refused_to_json(refused: &Refused, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, refused));
}

/// Appends a refusal as protobuf.
pub fn refused_to_protobuf(refused: &Refused, out: &mut Vec<u8>) {
    write(&mut Protobuf::new(out), refused);
}

/// Reads a refusal from JSON.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn refused_from_json(text: &str) -> Result<Refused, Refusal> {
    read(json::message(text, &table::refused::MESSAGE)?)
}

/// Reads a refusal from protobuf.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn refused_from_protobuf(bytes: &[u8]) -> Result<Refused, Refusal> {
    read(pb::Refused::decode(bytes).map_err(|error| protobuf_error(&error))?)
}

/// Tells a refusal.
pub(crate) fn write<S: Sink>(out: &mut S, refused: &Refused) {
    use table::{input_position, refused as f};
    out.text(&f::CODE, refused.reason.code());
    out.shown(&f::TEXT, &refused.reason);
    out.message(&f::REASON, |out| write_reason(out, &refused.reason));
    out.message(&f::POSITION, |out| {
        out.text(&input_position::INPUT, refused.position.input.as_str());
        out.natural(&input_position::AT, refused.position.at);
    });
    out.bytes(&f::BYTES, &refused.bytes);
    out.natural(&f::LENGTH, refused.length);
    out.shown(&f::SHA256, SealHash(refused.sha256));
    out.maybe(&f::SOURCE, refused.source.as_ref());
    out.shown(&f::DAY, refused.day);
}

fn write_reason<S: Sink>(out: &mut S, reason: &Refusal) {
    use table::refusal as f;
    match reason {
        Refusal::NotUtf8 => out.message(&f::NOT_UTF8, |_| {}),
        Refusal::Undecodable { encoding, detail } => out.message(&f::UNDECODABLE, |out| {
            out.choice(&table::undecodable::ENCODING, encoding.number());
            out.text(&table::undecodable::DETAIL, detail.as_str());
        }),
        Refusal::TooDeep { limit } => out.message(&f::TOO_DEEP, |out| out.natural(&table::too_deep::LIMIT, u64::from(*limit))),
        Refusal::TooLarge { bytes, limit } => out.message(&f::TOO_LARGE, |out| {
            out.natural(&table::too_large::BYTES, *bytes);
            out.natural(&table::too_large::LIMIT, *limit);
        }),
        Refusal::NewerVersion { found, newest } => out.message(&f::NEWER_VERSION, |out| {
            out.natural(&table::newer_version::FOUND, u64::from(*found));
            out.natural(&table::newer_version::NEWEST, u64::from(*newest));
        }),
        Refusal::MissingField { field } => out.message(&f::MISSING_FIELD, |out| out.text(&table::missing_field::FIELD, field.as_str())),
        Refusal::BadField { field, problem } => out.message(&f::BAD_FIELD, |out| {
            out.text(&table::bad_field::FIELD, field.as_str());
            out.choice(&table::bad_field::PROBLEM, problem.number());
        }),
        Refusal::FromTheFuture { ahead_hours } => {
            out.message(&f::FROM_THE_FUTURE, |out| out.natural(&table::from_the_future::AHEAD_HOURS, u64::from(*ahead_hours)));
        }
        Refusal::WrongInput { type_name } => {
            out.message(&f::WRONG_INPUT, |out| out.text(&table::wrong_input::TYPE_NAME, type_name.as_str()))
        }
        Refusal::BadPack { mistakes, first } => out.message(&f::BAD_PACK, |out| {
            out.natural(&table::bad_pack::MISTAKES, u64::from(*mistakes));
            out.text(&table::bad_pack::FIRST, first.as_str());
        }),
        Refusal::BrokenRow { detail } => out.message(&f::BROKEN_ROW, |out| out.text(&table::broken_row::DETAIL, detail.as_str())),
    }
}

/// Reads a refusal.
pub(crate) fn read(message: pb::Refused) -> Reading<Refused> {
    let position = part("position", message.position)?;
    let sha256 = SealHash::parse(&message.sha256).ok_or_else(|| bad("sha256", BadValue::WrongType))?;
    Ok(Refused {
        reason: read_reason(part("reason", message.reason)?)?,
        position: Position { input: name("position.input", &position.input, Label::parse)?, at: position.at },
        bytes: message.bytes.into(),
        length: message.length,
        sha256: sha256.0,
        source: maybe_name("source", &message.source, SourceId::parse)?,
        day: day("day", &message.day)?,
    })
}

fn read_reason(reason: pb::Refusal) -> Reading<Refusal> {
    use pb::refusal::Reason as Told;
    let text = |field: &str, text: &str| name(field, text, Label::parse);
    Ok(match part("reason", reason.reason)? {
        Told::NotUtf8(_) => Refusal::NotUtf8,
        Told::Undecodable(told) => {
            Refusal::Undecodable { encoding: choice("encoding", told.encoding)?, detail: text("detail", &told.detail)? }
        }
        Told::TooDeep(told) => Refusal::TooDeep { limit: u16::try_from(told.limit).map_err(|_| bad("limit", BadValue::TooLarge))? },
        Told::TooLarge(told) => Refusal::TooLarge { bytes: told.bytes, limit: told.limit },
        Told::NewerVersion(told) => Refusal::NewerVersion { found: told.found, newest: told.newest },
        Told::MissingField(told) => Refusal::MissingField { field: text("field", &told.field)? },
        Told::BadField(told) => Refusal::BadField { field: text("field", &told.field)?, problem: choice("problem", told.problem)? },
        Told::FromTheFuture(told) => Refusal::FromTheFuture { ahead_hours: told.ahead_hours },
        Told::WrongInput(told) => Refusal::WrongInput { type_name: text("type_name", &told.type_name)? },
        Told::BadPack(told) => Refusal::BadPack { mistakes: told.mistakes, first: text("first", &told.first)? },
        Told::BrokenRow(told) => Refusal::BrokenRow { detail: text("detail", &told.detail)? },
    })
}
