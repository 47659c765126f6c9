//! The JSON reader: proto3 JSON to protobuf bytes, by the table of the contract, in one pass and without a tree.
//!
//! lowerCamelCase and snake_case names; 64-bit numbers as text or number; enums by word, by word without its prefix, or by
//! number; times as RFC 3339. Unknown names are skipped. What is wrong is refused with the name of its field. It does not
//! know what a message means, only its shape.

use crate::{
    base64,
    event::{JSON_LEVELS_MAX, Stranger},
    read::{Reading, bad, undecodable},
    sink::{Protobuf, Sink as _},
    table::{Field, Kind, Message, Presence},
};
use serde::{
    Deserialize,
    de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{fmt, sync::Arc};
use vocab::{
    record::{BadValue, Encoding, Refusal},
    time::Instant,
};

/// The number of a word that no table knows: a later version has one, this one keeps that there was a value.
const STRANGE_WORD: i32 = -1;

/// A message read from JSON.
pub(crate) struct Told {
    /// Its protobuf bytes.
    pub(crate) bytes: Vec<u8>,
    /// The first unknown name at its top that holds an object.
    pub(crate) stranger: Option<Stranger>,
}

/// Refuses JSON that is nested deeper than a limit, before anything is parsed.
pub(crate) fn shallow(bytes: &[u8], limit: u16) -> Reading<()> {
    let (mut level, mut is_text, mut is_escaped) = (0_u16, false, false);
    for byte in bytes {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b'{' | b'[' if !is_text => {
                level += 1;
                if level > limit {
                    return Err(Refusal::TooDeep { limit });
                }
            }
            b'}' | b']' if !is_text => level = level.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The schema version a JSON event states, if it can be read at all.
pub(crate) fn version(text: &str) -> Option<u32> {
    #[derive(Deserialize)]
    struct Versioned {
        #[serde(rename = "schemaVersion", alias = "schema_version")]
        schema_version: Option<u32>,
    }
    serde_json::from_str::<Versioned>(text).ok().and_then(|versioned| versioned.schema_version)
}

/// Reads one message of ours, through its protobuf bytes.
pub(crate) fn message<M: prost::Message + Default>(text: &str, message: &'static Message) -> Reading<M> {
    shallow(text.as_bytes(), JSON_LEVELS_MAX)?;
    let told = to_protobuf(text, message)?;
    M::decode(&*told.bytes).map_err(|error| undecodable(Encoding::Json, &error.to_string()))
}

/// Makes protobuf of one message.
pub(crate) fn to_protobuf(text: &str, message: &'static Message) -> Reading<Told> {
    let mut reader = Reader { told: Told { bytes: Vec::with_capacity(text.len() / 2), stranger: None }, refusal: None, level: 0 };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = MessageSeed { message, reader: &mut reader }.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    match (read, reader.refusal) {
        (Ok(()), _) => Ok(reader.told),
        (Err(_), Some(refusal)) => Err(refusal),
        (Err(error), None) => Err(undecodable(Encoding::Json, &error.to_string())),
    }
}

struct Reader {
    told: Told,
    /// The reason, which an error of the parser cannot carry.
    refusal: Option<Refusal>,
    level: u16,
}

impl Reader {
    const fn sink(&mut self) -> Protobuf<'_> {
        Protobuf::new(&mut self.told.bytes)
    }

    fn refuse<E: de::Error>(&mut self, refusal: Refusal) -> E {
        self.refusal = Some(refusal);
        E::custom("refused")
    }
}

struct MessageSeed<'r> {
    message: &'static Message,
    reader: &'r mut Reader,
}

impl<'de> DeserializeSeed<'de> for MessageSeed<'_> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for MessageSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { message, reader } = self;
        let (mut seen, mut has_one_of) = (0_u64, false);
        while let Some(key) = map.next_key_seed(KeySeed { message })? {
            match key {
                Key::Known(place, field) => {
                    let is_second = seen >> place & 1 == 1 || (has_one_of && field.presence == Presence::OneOf);
                    if is_second {
                        let detail = format!("{} is there twice, or beside another of its group", field.snake);
                        return Err(reader.refuse(undecodable(Encoding::Json, &detail)));
                    }
                    seen |= 1 << place;
                    has_one_of |= field.presence == Presence::OneOf;
                    match field.presence {
                        Presence::Repeated => map.next_value_seed(ListSeed { field, reader })?,
                        Presence::Implicit | Presence::Explicit | Presence::OneOf => map.next_value_seed(ValueSeed { field, reader })?,
                    }
                }
                Key::Unknown(name) if reader.level == 0 && reader.told.stranger.is_none() => {
                    let raw = map.next_value::<&RawValue>()?.get();
                    if raw.starts_with('{') {
                        reader.told.stranger = Some(Stranger { name, bytes: Arc::from(raw.as_bytes()) });
                    }
                }
                Key::Unknown(_) => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

enum Key {
    Known(usize, &'static Field),
    Unknown(String),
}

struct KeySeed {
    message: &'static Message,
}

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key;
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Key, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for KeySeed {
    type Value = Key;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key, E> {
        let place = self.message.fields.iter().position(|field| field.json == name || field.snake == name);
        Ok(place.map_or_else(|| Key::Unknown(name.to_owned()), |place| Key::Known(place, self.message.fields[place])))
    }
}

struct ValueSeed<'r> {
    field: &'static Field,
    reader: &'r mut Reader,
}

impl ValueSeed<'_> {
    fn refuse<E: de::Error>(self, problem: BadValue) -> E {
        self.reader.refuse(bad(self.field.snake, problem))
    }

    fn integer<E: de::Error>(self, value: i128) -> Result<(), E> {
        let (low, high): (i128, i128) = match self.field.kind {
            Kind::Sint32 | Kind::Choice(_) => (i32::MIN.into(), i32::MAX.into()),
            Kind::Uint32 => (0, u32::MAX.into()),
            Kind::Uint64 => (0, u64::MAX.into()),
            Kind::Int64 => (i64::MIN.into(), i64::MAX.into()),
            Kind::Real => {
                self.reader.sink().real(self.field, value as f64);
                return Ok(());
            }
            Kind::Text | Kind::Bytes | Kind::Truth | Kind::Message(_) | Kind::Time => return Err(self.refuse(BadValue::WrongType)),
        };
        if value < low {
            return Err(self.refuse(if low == 0 { BadValue::Negative } else { BadValue::TooLarge }));
        }
        if value > high {
            return Err(self.refuse(BadValue::TooLarge));
        }
        match u64::try_from(value) {
            Ok(natural) if self.field.kind.is_plain() => self.reader.sink().natural(self.field, natural),
            Ok(_) | Err(_) => self.reader.sink().whole(self.field, i64::try_from(value).unwrap_or(i64::MAX)),
        }
        Ok(())
    }

    /// A number with a point or an exponent: whole ones are integers too, as long as a real holds them exactly.
    fn fraction<E: de::Error>(self, value: f64) -> Result<(), E> {
        const EXACT_MAX: f64 = 9_007_199_254_740_992.0;
        if matches!(self.field.kind, Kind::Real) {
            if !value.is_finite() {
                return Err(self.refuse(BadValue::NotFinite));
            }
            self.reader.sink().real(self.field, value);
            return Ok(());
        }
        let problem = match value {
            _ if !self.field.kind.is_number() => BadValue::WrongType,
            _ if !value.is_finite() => BadValue::NotFinite,
            _ if value.is_sign_negative() && matches!(self.field.kind, Kind::Uint32 | Kind::Uint64) => BadValue::Negative,
            _ if value == 0.0 && value.is_sign_negative() => BadValue::Negative,
            _ if value.abs() > EXACT_MAX => BadValue::TooLarge,
            _ if value.trunc() != value => BadValue::WrongType,
            _ => return self.integer(value as i128),
        };
        Err(self.refuse(problem))
    }

    fn number_in_text<E: de::Error>(self, text: &str) -> Result<(), E> {
        if let Ok(value) = text.parse::<i128>() {
            return self.integer(value);
        }
        match text.parse::<f64>() {
            Ok(value) => self.fraction(value),
            Err(_) => Err(self.refuse(BadValue::NotANumber)),
        }
    }
}

impl Kind {
    const fn is_number(&self) -> bool {
        match self {
            Self::Real | Self::Sint32 | Self::Uint32 | Self::Int64 | Self::Uint64 | Self::Choice(_) => true,
            Self::Text | Self::Bytes | Self::Truth | Self::Message(_) | Self::Time => false,
        }
    }

    /// Whether a non-negative number is written as it is.
    const fn is_plain(&self) -> bool {
        match self {
            Self::Uint32 | Self::Int64 | Self::Uint64 | Self::Choice(_) => true,
            Self::Text | Self::Bytes | Self::Truth | Self::Real | Self::Sint32 | Self::Message(_) | Self::Time => false,
        }
    }
}

/// The number of a word: whole, or without the prefix that all words of its enum share, in any case.
pub(crate) fn number_of(words: &[&str], text: &str) -> i32 {
    let prefix = words.first().map_or(0, |word| word.len() - "UNSPECIFIED".len());
    let place = words.iter().position(|word| word.eq_ignore_ascii_case(text) || word[prefix..].eq_ignore_ascii_case(text));
    place.and_then(|place| i32::try_from(place).ok()).unwrap_or(STRANGE_WORD)
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value of {}", self.field.snake)
    }

    /// `null` is the same as absent.
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<(), E> {
        if matches!(self.field.kind, Kind::Truth) {
            self.reader.sink().truth(self.field, Some(value));
            return Ok(());
        }
        Err(self.refuse(BadValue::WrongType))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<(), E> {
        self.integer(value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<(), E> {
        self.integer(value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<(), E> {
        self.fraction(value)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        let field = self.field;
        match field.kind {
            Kind::Text => self.reader.sink().text(field, text),
            Kind::Bytes => match base64::decode(text) {
                Some(bytes) => self.reader.sink().bytes(field, &bytes),
                None => return Err(self.refuse(BadValue::WrongType)),
            },
            Kind::Time => match Instant::parse(text) {
                Ok(instant) => self.reader.sink().time(field, instant),
                Err(problem) => return Err(self.refuse(problem.into())),
            },
            Kind::Choice(words) => match text.parse::<i32>() {
                Ok(number) => self.reader.sink().choice(field, number),
                Err(_) => self.reader.sink().choice(field, number_of(words, text)),
            },
            Kind::Real | Kind::Sint32 | Kind::Uint32 | Kind::Int64 | Kind::Uint64 => return self.number_in_text(text),
            Kind::Truth | Kind::Message(_) => return Err(self.refuse(BadValue::WrongType)),
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(self.refuse(BadValue::WrongType))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        let Self { field, reader } = self;
        let Kind::Message(message) = field.kind else { return Err(reader.refuse(bad(field.snake, BadValue::WrongType))) };
        let place = reader.sink().begin(field);
        reader.level += 1;
        MessageSeed { message, reader: &mut *reader }.visit_map(map)?;
        reader.level -= 1;
        reader.sink().close(place);
        Ok(())
    }
}

/// The values of a repeated field.
struct ListSeed<'r> {
    field: &'static Field,
    reader: &'r mut Reader,
}

impl<'de> DeserializeSeed<'de> for ListSeed<'_> {
    type Value = ();
    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", self.field.snake)
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { field, reader } = self;
        while list.next_element_seed(ValueSeed { field, reader: &mut *reader })?.is_some() {}
        Ok(())
    }
}
