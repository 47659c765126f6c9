//! CloudEvents in JSON: attributes and data of one text, and the members of a batch.
//!
//! A name that stands twice is refused, as is an attribute that is no text, whole number or truth. What attributes mean stands in
//! `cloudevents`. Memory is bounded by the text: members of a batch are borrowed from it.

use crate::{
    base64,
    cloudevents::{ATTRIBUTES_MAX, Attribute},
    event::JSON_LEVELS_MAX,
    json,
    read::{Reading, bad, undecodable},
};
use serde::{
    Deserializer as _,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, fmt};
use vocab::record::{BadValue, Encoding, Refusal};

/// A CloudEvent, told apart.
pub(super) struct Structured<'a> {
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) data: Option<Content<'a>>,
}

/// What a CloudEvent carries.
pub(super) enum Content<'a> {
    /// JSON as it stands.
    Json(&'a str),
    /// What stood in base64.
    Bytes(Vec<u8>),
}

/// Whether a JSON text is an object with `specversion` at its top.
pub(super) fn is_structured(bytes: &[u8]) -> bool {
    read(bytes).is_ok_and(|told| told.attributes.iter().any(|(name, _)| name == "specversion"))
}

/// Reads the attributes and data of a CloudEvent.
pub(super) fn read(bytes: &[u8]) -> Reading<Structured<'_>> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
    json::shallow(bytes, JSON_LEVELS_MAX)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_map(Members).and_then(|members| deserializer.end().map(|()| members));
    let members = members.map_err(|error| undecodable(Encoding::Json, &error.to_string()))?;
    let mut told = Structured { attributes: Vec::with_capacity(members.len()), data: None };
    for (name, raw) in members {
        match (&*name, raw.get()) {
            (_, "null") => {}
            ("data" | "data_base64", _) if told.data.is_some() => return Err(bad("data", BadValue::Contradicts)),
            ("data", text) => told.data = Some(Content::Json(text)),
            ("data_base64", text) => {
                let text: Option<Cow<'_, str>> = serde_json::from_str(text).ok();
                let bytes = text.and_then(|text| base64::decode(&text)).ok_or_else(|| bad("data_base64", BadValue::WrongType))?;
                told.data = Some(Content::Bytes(bytes));
            }
            (_, text) => {
                let value = scalar(&name, text)?;
                told.attributes.push((name, value));
            }
        }
    }
    Ok(told)
}

/// The canonical text of an attribute's value. Those of the specification are texts.
fn scalar<'a>(name: &str, raw: &'a str) -> Reading<Cow<'a, str>> {
    const TEXTS: [&str; 8] = ["id", "source", "specversion", "type", "datacontenttype", "dataschema", "subject", "time"];
    let wrong = || bad(&format!("ce_{name}"), BadValue::WrongType);
    match raw.as_bytes().first() {
        Some(b'"') => match raw[1..raw.len() - 1].contains('\\') {
            false => Ok(Cow::Borrowed(&raw[1..raw.len() - 1])),
            true => serde_json::from_str::<String>(raw).map(Cow::Owned).map_err(|_| wrong()),
        },
        Some(b't' | b'f') if !TEXTS.contains(&name) => Ok(Cow::Borrowed(raw)),
        Some(b'-' | b'0'..=b'9') if !TEXTS.contains(&name) && raw.parse::<i32>().is_ok() => Ok(Cow::Borrowed(raw)),
        Some(_) | None => Err(wrong()),
    }
}

/// The members of an object, with their values as they stand.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CloudEvent")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members: Self::Value = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if members.iter().any(|(found, _)| *found == name) {
                return Err(de::Error::custom(format_args!("{name} is there twice")));
            }
            // Two for the data; more is refused before anything is kept.
            if members.len() > ATTRIBUTES_MAX + 2 {
                return Err(de::Error::custom(format_args!("more than {ATTRIBUTES_MAX} attributes")));
            }
            members.push((Cow::Owned(name), map.next_value()?));
        }
        Ok(members)
    }
}

/// The members of a batch (`application/cloudevents-batch+json`), each a CloudEvent of its own, at most `members_max`.
///
/// # Errors
/// A [`Refusal`]: it is no JSON array, too deep, or has more members.
pub fn batch(bytes: &[u8], members_max: usize) -> Result<Vec<&[u8]>, Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| Refusal::NotUtf8)?;
    json::shallow(bytes, JSON_LEVELS_MAX + 1)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let members = deserializer.deserialize_seq(Batch { members_max }).and_then(|members| deserializer.end().map(|()| members));
    members.map_err(|error| undecodable(Encoding::Json, &error.to_string()))
}

struct Batch {
    members_max: usize,
}

impl<'de> Visitor<'de> for Batch {
    type Value = Vec<&'de [u8]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of CloudEvents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = list.next_element::<&RawValue>()? {
            if members.len() == self.members_max {
                return Err(de::Error::custom(format_args!("more than {} members", self.members_max)));
            }
            members.push(member.get().as_bytes());
        }
        Ok(members)
    }
}
