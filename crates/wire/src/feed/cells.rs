//! The mapped columns of one row, in a small fixed array of cells: what a JSON object or a CSV line is reduced to.
//!
//! Only the columns that a mapping names are picked up, and texts are borrowed from the line where its encoding allows.
//! Nothing here knows what a column means.

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::{borrow::Cow, fmt};
use vocab::record::BadValue;

/// Parts the items of a JSON list (and of a split text): no text of a feed holds it, names refuse control characters.
pub(super) const ITEM_END: char = '\u{1f}';
/// Above this a JSON number with a fraction or an exponent no longer tells neighbouring whole numbers apart.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    /// The row has no such column, or says `null`.
    Absent,
    /// A text.
    Text(Cow<'a, str>),
    /// A whole number of JSON.
    Integer(i128),
    /// Another number of JSON.
    Real(f64),
    /// A truth of JSON.
    Truth(bool),
    /// An object, or a list of more than plain values: nothing a field can be read from.
    Nested,
}

impl Cell<'_> {
    /// The value as text without surrounding white space; nothing when it is absent or empty.
    pub(super) fn text(&self) -> Result<Option<Cow<'_, str>>, BadValue> {
        let text = match self {
            Self::Absent => return Ok(None),
            Self::Text(text) => Cow::Borrowed(trimmed(text)),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Real(number) if number.abs() < EXACT_MAX => Cow::Owned(number.to_string()),
            Self::Real(_) | Self::Nested => return Err(BadValue::WrongType),
            Self::Truth(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        };
        Ok(if text.is_empty() { None } else { Some(text) })
    }
}

/// Without surrounding white space, no-break spaces and byte order marks.
pub(super) fn trimmed(text: &str) -> &str {
    let plain = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_graphic);
    if plain(text.as_bytes().first()) && plain(text.as_bytes().last()) {
        return text;
    }
    text.trim_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}' || letter == '\u{200b}')
}

/// The row as a mapping sees it.
pub(super) struct Cells<'a> {
    /// A cell for each column that the mapping names.
    pub(super) cells: Vec<Cell<'a>>,
    /// The bytes of the whole row.
    pub(super) row: &'a [u8],
}

/// The keys of a JSON object that a mapping names, each with its cell; `vessel.imo` names a key of an object inside.
#[derive(Clone, Debug, Default)]
pub(super) struct Keys(Vec<(Box<str>, Node)>);

#[derive(Clone, Debug)]
enum Node {
    Cell(usize),
    Inside(Keys),
}

impl Keys {
    /// Adds a column; a dotted name is found both as one key and as a path.
    pub(super) fn add(&mut self, name: &str, cell: usize) {
        self.0.push((name.into(), Node::Cell(cell)));
        if let Some((outer, inner)) = name.split_once('.') {
            let at = self.0.iter().position(|(key, node)| **key == *outer && matches!(node, Node::Inside(_)));
            let at = at.unwrap_or_else(|| {
                self.0.push((outer.into(), Node::Inside(Self::default())));
                self.0.len() - 1
            });
            if let Node::Inside(keys) = &mut self.0[at].1 {
                keys.add(inner, cell);
            }
        }
    }

    /// Rows of one feed repeat the order of their keys, so the search begins behind the last key found.
    fn find(&self, key: &str, from: usize) -> Option<usize> {
        let (head, tail) = self.0.split_at(from.min(self.0.len()));
        let in_tail = tail.iter().position(|(name, _)| **name == *key).map(|at| at + head.len());
        in_tail.or_else(|| head.iter().position(|(name, _)| **name == *key))
    }
}

/// Reads one JSON object and picks the mapped keys into `cells`.
pub(super) fn read_json<'a>(text: &'a str, keys: &Keys, cells: &mut [Cell<'a>]) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    Object { keys, cells }.deserialize(&mut json)?;
    json.end()
}

struct Object<'k, 'c, 'a> {
    keys: &'k Keys,
    cells: &'c mut [Cell<'a>],
}

impl<'a> DeserializeSeed<'a> for Object<'_, '_, 'a> {
    type Value = ();
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Object<'_, '_, 'a> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<(), M::Error> {
        let mut from = 0;
        while let Some(found) = map.next_key_seed(Key { keys: self.keys, from })? {
            let Some(at) = found else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            from = at + 1;
            match &self.keys.0[at].1 {
                Node::Cell(cell) if self.cells[*cell] == Cell::Absent => self.cells[*cell] = map.next_value_seed(Value)?,
                Node::Cell(_) => return Err(M::Error::custom(format_args!("key `{}` twice", self.keys.0[at].0))),
                Node::Inside(keys) => map.next_value_seed(Object { keys, cells: &mut *self.cells })?,
            }
        }
        Ok(())
    }
}

struct Key<'k> {
    keys: &'k Keys,
    from: usize,
}

impl<'a> DeserializeSeed<'a> for Key<'_> {
    type Value = Option<usize>;
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.keys.find(key, self.from))
    }
}

struct Value;

impl<'a> DeserializeSeed<'a> for Value {
    type Value = Cell<'a>;
    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Cell<'a>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Value {
    type Value = Cell<'a>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'a str) -> Result<Cell<'a>, E> {
        Ok(Cell::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Cell<'a>, E> {
        Ok(Cell::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Cell<'a>, E> {
        Ok(Cell::Integer(i128::from(number)))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Cell<'a>, E> {
        Ok(Cell::Integer(i128::from(number)))
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Cell<'a>, E> {
        Ok(Cell::Real(number))
    }
    fn visit_bool<E: Error>(self, truth: bool) -> Result<Cell<'a>, E> {
        Ok(Cell::Truth(truth))
    }
    fn visit_unit<E: Error>(self) -> Result<Cell<'a>, E> {
        Ok(Cell::Absent)
    }
    fn visit_map<M: MapAccess<'a>>(self, mut map: M) -> Result<Cell<'a>, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Nested)
    }
    fn visit_seq<S: SeqAccess<'a>>(self, mut list: S) -> Result<Cell<'a>, S::Error> {
        let mut joined = String::new();
        let mut plain = true;
        while let Some(item) = list.next_element_seed(Self)? {
            match item.text() {
                Ok(Some(text)) if joined.is_empty() => joined.push_str(&text),
                Ok(Some(text)) => joined.extend([ITEM_END.to_string().as_str(), &text]),
                Ok(None) => {}
                Err(_) => plain = false,
            }
        }
        Ok(if plain { Cell::Text(Cow::Owned(joined)) } else { Cell::Nested })
    }
}
