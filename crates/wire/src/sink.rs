//! Writers: one description of a message, two encodings. A `Sink` is told the fields in the order of the contract and
//! makes protobuf or proto3 JSON of them, without a struct in between.
//!
//! A sink leaves out what the contract leaves out (defaults of implicit fields). It checks nothing and cannot fail.

mod json;
mod protobuf;
mod six_digits;

use crate::table::Field;
pub(crate) use json::Json;
pub(crate) use protobuf::Protobuf;
use std::fmt::Display;
use vocab::time::Instant;

/// How much a sink wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Everything, to the last bit.
    All,
    /// What a person wants to know: what goes without saying, or is said beside it, is left out.
    Report,
}

/// Takes the fields of one message.
pub(crate) trait Sink {
    /// How much it wants to be told.
    fn telling(&self) -> Telling {
        Telling::All
    }
    /// A text.
    fn text(&mut self, field: &Field, value: &str);
    /// A text made by [`Display`].
    fn shown(&mut self, field: &Field, value: impl Display);
    /// Bytes.
    fn bytes(&mut self, field: &Field, value: &[u8]);
    /// Yes or no, where it is said.
    fn truth(&mut self, field: &Field, value: Option<bool>);
    /// A whole number.
    fn whole(&mut self, field: &Field, value: i64);
    /// A whole number that is never negative.
    fn natural(&mut self, field: &Field, value: u64);
    /// A real number.
    fn real(&mut self, field: &Field, value: f64);
    /// A value of an enum, by number.
    fn choice(&mut self, field: &Field, number: i32);
    /// Values of an enum, by number.
    fn choices(&mut self, field: &Field, numbers: impl Iterator<Item = i32>);
    /// Texts.
    fn texts<T: Display>(&mut self, field: &Field, values: &[T]);
    /// An instant.
    fn time(&mut self, field: &Field, value: Instant);
    /// A message.
    fn message(&mut self, field: &Field, write: impl FnOnce(&mut Self));
    /// Messages.
    fn messages<T>(&mut self, field: &Field, values: &[T], write: impl Fn(&mut Self, &T));
    /// A text, where there is one.
    fn maybe(&mut self, field: &Field, value: Option<impl Display>) {
        if let Some(value) = value {
            self.shown(field, value);
        }
    }
    /// A real number, where there is one.
    fn maybe_real(&mut self, field: &Field, value: Option<f64>) {
        if let Some(value) = value {
            self.real(field, value);
        }
    }
    /// A natural number, where there is one.
    fn maybe_natural(&mut self, field: &Field, value: Option<impl Into<u64>>) {
        if let Some(value) = value {
            self.natural(field, value.into());
        }
    }
}
