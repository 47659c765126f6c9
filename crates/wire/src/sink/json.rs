//! The JSON sink: the proto3 mapping. lowerCamelCase names, 64-bit numbers as text, enums by word (a number where the word
//! belongs to a later version), bytes as base64, times as RFC 3339.
//!
//! One message is one line: no white space, no line end inside.

use super::{Sink, Telling, six_digits};
use crate::{
    base64,
    table::{Field, Kind, Presence},
};
use std::{fmt::Display, io::Write as _};
use vocab::time::Instant;

/// Appends an object to a buffer.
pub(crate) struct Json<'a> {
    out: &'a mut Vec<u8>,
    is_first: bool,
    telling: Telling,
}

impl<'a> Json<'a> {
    /// Writes one object, braces included, to the end of `out`.
    pub(crate) fn object(out: &'a mut Vec<u8>, write: impl FnOnce(&mut Self)) {
        let mut json = Self { out, is_first: true, telling: Telling::All };
        json.braced(write);
    }

    /// The same for a report: reals to six significant digits, and what goes without saying left out.
    pub(crate) fn report(out: &'a mut Vec<u8>, write: impl FnOnce(&mut Self)) {
        let mut json = Self { out, is_first: true, telling: Telling::Report };
        json.braced(write);
    }

    /// Writes a name and a text that no contract knows, as a member of an object.
    pub(crate) fn member(out: &mut Vec<u8>, name: &str, value: &str) {
        let mut json = Json { out, is_first: false, telling: Telling::All };
        json.quoted(name);
        json.out.push(b':');
        json.quoted(value);
    }

    #[inline]
    fn key(&mut self, field: &Field) {
        let key = field.key.as_bytes();
        self.out.extend_from_slice(if self.is_first { &key[1..] } else { key });
        self.is_first = false;
    }

    fn braced(&mut self, write: impl FnOnce(&mut Self)) {
        self.out.push(b'{');
        self.is_first = true;
        write(self);
        self.is_first = false;
        self.out.push(b'}');
    }

    fn list<T>(&mut self, field: &Field, values: impl Iterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return;
        }
        self.key(field);
        self.out.push(b'[');
        for (place, value) in values.enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            write(self, value);
        }
        self.out.push(b']');
    }

    fn quoted(&mut self, text: &str) {
        let is_plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
        if text.as_bytes().iter().all(is_plain) {
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
        } else {
            let written = serde_json::to_writer(&mut *self.out, text);
            debug_assert!(written.is_ok(), "a vector takes every byte");
        }
    }

    /// What is displayed holds neither quotes nor control characters where it comes from numbers; names may, so it is checked.
    fn quoted_display(&mut self, value: impl Display) {
        let start = self.out.len();
        self.out.push(b'"');
        let written = write!(self.out, "{value}");
        debug_assert!(written.is_ok(), "a vector takes every byte");
        let must_escape = self.out[start + 1..].iter().any(|byte| *byte < 0x20 || *byte == b'"' || *byte == b'\\');
        if must_escape {
            let raw = self.out.split_off(start);
            self.quoted(&String::from_utf8_lossy(&raw[1..]));
        } else {
            self.out.push(b'"');
        }
    }

    fn number(&mut self, field: &Field, sign: &str, magnitude: u64) {
        self.key(field);
        let quote: &[u8] = match field.kind {
            Kind::Int64 | Kind::Uint64 => b"\"",
            Kind::Text
            | Kind::Bytes
            | Kind::Truth
            | Kind::Real
            | Kind::Sint32
            | Kind::Uint32
            | Kind::Choice(_)
            | Kind::Message(_)
            | Kind::Time => b"",
        };
        self.out.extend_from_slice(quote);
        self.out.extend_from_slice(sign.as_bytes());
        self.decimal(magnitude);
        self.out.extend_from_slice(quote);
    }

    /// The digits of a number; the formatting machinery takes three times as long.
    fn decimal(&mut self, mut value: u64) {
        let mut digits = [0; 20];
        let mut place = digits.len();
        loop {
            place -= 1;
            digits[place] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[place..]);
    }

    fn word(&mut self, field: &Field, number: i32) {
        let words: &[&str] = if let Kind::Choice(words) = field.kind { words } else { &[] };
        if let Some(word) = usize::try_from(number).ok().and_then(|place| words.get(place)) {
            self.quoted(word);
        } else {
            let written = write!(self.out, "{number}");
            debug_assert!(written.is_ok(), "a vector takes every byte");
        }
    }
}

impl Sink for Json<'_> {
    fn telling(&self) -> Telling {
        self.telling
    }

    #[inline]
    fn text(&mut self, field: &Field, value: &str) {
        if field.presence != Presence::Implicit || !value.is_empty() {
            self.key(field);
            self.quoted(value);
        }
    }

    fn shown(&mut self, field: &Field, value: impl Display) {
        self.key(field);
        self.quoted_display(value);
    }

    fn bytes(&mut self, field: &Field, value: &[u8]) {
        if field.presence != Presence::Implicit || !value.is_empty() {
            self.key(field);
            self.out.push(b'"');
            base64::encode(value, self.out);
            self.out.push(b'"');
        }
    }

    fn truth(&mut self, field: &Field, value: Option<bool>) {
        if let Some(value) = value.filter(|value| *value || field.presence != Presence::Implicit) {
            self.key(field);
            self.out.extend_from_slice(if value { b"true" } else { b"false" });
        }
    }

    fn whole(&mut self, field: &Field, value: i64) {
        if field.presence != Presence::Implicit || value != 0 {
            self.number(field, if value < 0 { "-" } else { "" }, value.unsigned_abs());
        }
    }

    fn natural(&mut self, field: &Field, value: u64) {
        if field.presence != Presence::Implicit || value != 0 {
            self.number(field, "", value);
        }
    }

    fn real(&mut self, field: &Field, value: f64) {
        if field.presence == Presence::Implicit && value == 0.0 {
            return;
        }
        self.key(field);
        if value.is_finite() && self.telling == Telling::Report {
            six_digits::push(value, self.out);
        } else if value.is_finite() {
            let written = serde_json::to_writer(&mut *self.out, &value);
            debug_assert!(written.is_ok(), "a vector takes every byte");
        } else {
            self.quoted_display(if value.is_nan() {
                "NaN"
            } else if value > 0.0 {
                "Infinity"
            } else {
                "-Infinity"
            });
        }
    }

    fn choice(&mut self, field: &Field, number: i32) {
        if field.presence != Presence::Implicit || number != 0 {
            self.key(field);
            self.word(field, number);
        }
    }

    fn choices(&mut self, field: &Field, numbers: impl Iterator<Item = i32>) {
        self.list(field, numbers, |json, number| json.word(field, number));
    }

    fn texts<T: Display>(&mut self, field: &Field, values: &[T]) {
        self.list(field, values.iter(), |json, value| json.quoted_display(value));
    }

    fn time(&mut self, field: &Field, value: Instant) {
        self.key(field);
        self.quoted_display(value);
    }

    fn message(&mut self, field: &Field, write: impl FnOnce(&mut Self)) {
        self.key(field);
        self.braced(write);
    }

    fn messages<T>(&mut self, field: &Field, values: &[T], write: impl Fn(&mut Self, &T)) {
        self.list(field, values.iter(), |json, value| json.braced(|json| write(json, value)));
    }
}
