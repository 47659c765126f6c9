//! CloudEvents 1.0: attributes, as a sender gives them, and what they say of an event.
//!
//! An attribute fills what the data leave out and may repeat what they say; where both speak and differ, the message is refused:
//! nobody guesses which of two answers is meant. `known` is ours, and no attribute sets it. Must never enter: a header's
//! prefix (`inbound`), a topic, what an event counts towards.

use crate::{
    event::SCHEMA_VERSION,
    numbers::Numbered as _,
    pb,
    read::{Reading, bad, missing, undecodable},
    table,
    timestamp::Timestamp,
};
use std::borrow::Cow;
use vocab::{
    event::Operation,
    record::{BadValue, Encoding, Refusal},
    time::Instant,
};

/// Most attributes of one event.
pub const ATTRIBUTES_MAX: usize = 64;
/// What every type of ours begins with.
const TYPES: &str = "slipwatch.";

/// An attribute: its name (lower-case letters and digits) and its value as text.
pub type Attribute<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The value of an attribute.
pub(crate) fn value<'a>(attributes: &'a [Attribute<'_>], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(found, _)| found == name).map(|(_, value)| &**value)
}

/// Checks what holds of every CloudEvent, whatever it is about.
///
/// # Errors
/// A [`Refusal`] that names the attribute, with `ce_` before it.
pub(crate) fn check(attributes: &[Attribute<'_>]) -> Reading<()> {
    if attributes.len() > ATTRIBUTES_MAX {
        return Err(bad("ce_*", BadValue::TooLong));
    }
    for (place, (name, value)) in attributes.iter().enumerate() {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !is_name {
            return Err(bad(&field(name), BadValue::UnknownWord));
        }
        if value.is_empty() {
            return Err(bad(&field(name), BadValue::Empty));
        }
        if value.chars().any(char::is_control) {
            return Err(bad(&field(name), BadValue::Control));
        }
        if attributes[..place].iter().any(|(earlier, _)| earlier == name) {
            return Err(bad(&field(name), BadValue::Contradicts));
        }
    }
    for needed in ["specversion", "id", "source", "type"] {
        value(attributes, needed).ok_or_else(|| missing(&field(needed)))?;
    }
    if value(attributes, "specversion") != Some("1.0") {
        return Err(bad("ce_specversion", BadValue::UnknownWord));
    }
    Ok(())
}

fn field(name: &str) -> String {
    format!("ce_{name}")
}

/// What a content type says of the bytes: the encoding, or nothing where it says nothing that we know.
///
/// # Errors
/// [`BadValue::WrongType`] for a text that is no media type.
pub(crate) fn encoding_of(media_type: &str) -> Result<Option<Encoding>, BadValue> {
    let essence = essence(media_type);
    let (kind, subtype) = essence.split_once('/').ok_or(BadValue::WrongType)?;
    if kind.is_empty() || subtype.is_empty() {
        return Err(BadValue::WrongType);
    }
    Ok(match subtype {
        "json" => Some(Encoding::Json),
        "protobuf" | "x-protobuf" | "vnd.google.protobuf" => Some(Encoding::Protobuf),
        _ if subtype.ends_with("+json") => Some(Encoding::Json),
        _ => None,
    })
}

/// A media type without its parameters, in lower case.
pub(crate) fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Fills in what the attributes say and the data do not.
///
/// # Errors
/// A [`Refusal`] that names the attribute: it cannot be, or it contradicts the data.
pub(crate) fn complete(attributes: &[Attribute<'_>], message: &mut pb::Event) -> Reading<()> {
    for (name, value) in attributes {
        let told = match &**name {
            "type" => kind(value, message),
            "source" => fill(&mut message.source, value),
            "id" => fill(&mut message.id, value),
            "subject" => fill(&mut message.case_id, value),
            "time" => time(value, message),
            "regime" => fill(&mut message.regime, value),
            "jurisdiction" => fill(&mut message.jurisdiction, value),
            "authority" => fill(&mut message.authority, value),
            "recordid" => fill(&mut message.source_record_id, value),
            "revision" => revision(value, message),
            "op" => operation(value, message),
            "reported" => reported(value, message),
            // Whatever else travels with an event is kept with its bytes and means nothing here.
            _ => Ok(()),
        };
        told.map_err(|problem| problem.of(name))?;
    }
    if message.source_record_id.is_empty()
        && let Some(id) = value(attributes, "id")
    {
        id.clone_into(&mut message.source_record_id);
    }
    Ok(())
}

/// What is wrong with an attribute.
enum Problem {
    Bad(BadValue),
    Whole(Refusal),
}

impl Problem {
    fn of(self, name: &str) -> Refusal {
        match self {
            Self::Bad(problem) => bad(&field(name), problem),
            Self::Whole(refusal) => refusal,
        }
    }
}

const CONTRADICTS: Problem = Problem::Bad(BadValue::Contradicts);

fn fill(said: &mut String, value: &str) -> Result<(), Problem> {
    if said.trim().is_empty() {
        value.clone_into(said);
        return Ok(());
    }
    if said.trim() == value.trim() { Ok(()) } else { Err(CONTRADICTS) }
}

/// `slipwatch.<kind>.v<n>`: the type of the event and the version of its schema.
fn kind(value: &str, message: &mut pb::Event) -> Result<(), Problem> {
    let unknown = || Problem::Bad(BadValue::UnknownWord);
    let (kind, version) = value.strip_prefix(TYPES).and_then(|rest| rest.rsplit_once(".v")).ok_or_else(unknown)?;
    let is_number = !version.starts_with(['0', '+']) && !kind.is_empty();
    let version: u32 = version.parse().ok().filter(|_| is_number).ok_or_else(unknown)?;
    if version > SCHEMA_VERSION {
        return Err(Problem::Whole(Refusal::NewerVersion { found: version, newest: SCHEMA_VERSION }));
    }
    if message.schema_version != 0 && message.schema_version != version {
        return Err(CONTRADICTS);
    }
    fill(&mut message.r#type, kind)
}

/// The instant it occurred, where the data do not say when: a day of theirs is the authority's and is not to be converted.
fn time(value: &str, message: &mut pb::Event) -> Result<(), Problem> {
    let instant = Instant::parse(value).map_err(|problem| Problem::Bad(problem.into()))?;
    match &message.occurred {
        None => {
            let at = Some(Timestamp::of(instant));
            message.occurred = Some(pb::Occurred { at, ..pb::Occurred::default() });
            Ok(())
        }
        Some(pb::Occurred { at: Some(at), .. }) if at.instant().is_ok_and(|at| at != instant) => Err(CONTRADICTS),
        Some(_) => Ok(()),
    }
}

fn reported(value: &str, message: &mut pb::Event) -> Result<(), Problem> {
    let instant = Instant::parse(value).map_err(|problem| Problem::Bad(problem.into()))?;
    match message.reported {
        Some(reported) if reported.instant().is_ok_and(|reported| reported != instant) => Err(CONTRADICTS),
        Some(_) => Ok(()),
        None => {
            message.reported = Some(Timestamp::of(instant));
            Ok(())
        }
    }
}

fn revision(value: &str, message: &mut pb::Event) -> Result<(), Problem> {
    let revision: u32 = value.parse().map_err(|_| Problem::Bad(BadValue::NotANumber))?;
    if message.revision != 0 && message.revision != revision {
        return Err(CONTRADICTS);
    }
    message.revision = revision;
    Ok(())
}

fn operation(value: &str, message: &mut pb::Event) -> Result<(), Problem> {
    let number = crate::json::number_of(table::OPERATION, value);
    let operation: Operation = Operation::of_number(number).ok_or(Problem::Bad(BadValue::UnknownWord))?;
    if message.op != 0 && message.op != operation.number() {
        return Err(CONTRADICTS);
    }
    message.op = operation.number();
    Ok(())
}

/// Data of a type that is no encoding of events.
pub(crate) fn strange_data(media_type: &str) -> Refusal {
    undecodable(Encoding::Json, &format!("data of type {media_type} are no event: JSON or protobuf is read"))
}
