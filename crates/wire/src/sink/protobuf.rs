//! The protobuf sink: tags, varints, and lengths that are filled in when the nested message is done.
//!
//! Fields leave in the order in which they are told, which is that of their numbers: the bytes equal prost's.

use super::Sink;
use crate::{
    table::{Field, Kind, Presence},
    timestamp::Timestamp,
};
use std::{fmt::Display, io::Write as _};
use vocab::time::Instant;

const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;

/// Appends a message to a buffer.
pub(crate) struct Protobuf<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> Protobuf<'a> {
    /// A message appended to `out`.
    pub(crate) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }

    fn tag(&mut self, field: &Field, wire_type: u32) {
        self.varint(u64::from(field.number << 3 | wire_type));
    }

    /// Length-delimited content of unknown length: most are short, so one byte is kept free and widened when it must be.
    fn delimited(&mut self, field: &Field, write: impl FnOnce(&mut Self)) {
        self.tag(field, LENGTH);
        self.counted(write);
    }

    fn counted(&mut self, write: impl FnOnce(&mut Self)) {
        let place = self.open();
        write(self);
        self.close(place);
    }

    /// Begins the content of a message whose tag is told by `field`; the place goes back to [`Protobuf::close`].
    pub(crate) fn begin(&mut self, field: &Field) -> usize {
        self.tag(field, LENGTH);
        self.open()
    }

    fn open(&mut self) -> usize {
        self.out.push(0);
        self.out.len() - 1
    }

    /// Ends the content that began at a place, by filling in its length.
    pub(crate) fn close(&mut self, place: usize) {
        let end = self.out.len();
        let length = end - place - 1;
        if length < 0x80 {
            self.out[place] = length as u8;
            return;
        }
        self.varint(length as u64);
        let width = self.out.len() - end;
        self.out[place + 1..].rotate_right(width);
        self.out.remove(place);
    }

    fn varint_of(field: &Field, value: i64) -> u64 {
        match field.kind {
            Kind::Sint32 => ((value << 1) ^ (value >> 63)) as u64,
            Kind::Text
            | Kind::Bytes
            | Kind::Truth
            | Kind::Real
            | Kind::Uint32
            | Kind::Int64
            | Kind::Uint64
            | Kind::Choice(_)
            | Kind::Message(_)
            | Kind::Time => value as u64,
        }
    }
}

impl Sink for Protobuf<'_> {
    #[inline]
    fn text(&mut self, field: &Field, value: &str) {
        self.bytes(field, value.as_bytes());
    }

    fn shown(&mut self, field: &Field, value: impl Display) {
        let before = self.out.len();
        let mut is_empty = false;
        self.delimited(field, |sink| {
            let start = sink.out.len();
            let written = write!(sink.out, "{value}");
            debug_assert!(written.is_ok(), "a vector takes every byte");
            is_empty = sink.out.len() == start;
        });
        if is_empty && field.presence == Presence::Implicit {
            self.out.truncate(before);
        }
    }

    #[inline]
    fn bytes(&mut self, field: &Field, value: &[u8]) {
        if field.presence == Presence::Implicit && value.is_empty() {
            return;
        }
        self.tag(field, LENGTH);
        self.varint(value.len() as u64);
        self.out.extend_from_slice(value);
    }

    fn truth(&mut self, field: &Field, value: Option<bool>) {
        self.maybe_natural(field, value);
    }

    #[inline]
    fn whole(&mut self, field: &Field, value: i64) {
        if field.presence != Presence::Implicit || value != 0 {
            self.tag(field, VARINT);
            self.varint(Self::varint_of(field, value));
        }
    }

    #[inline]
    fn natural(&mut self, field: &Field, value: u64) {
        if field.presence != Presence::Implicit || value != 0 {
            self.tag(field, VARINT);
            self.varint(value);
        }
    }

    #[inline]
    fn real(&mut self, field: &Field, value: f64) {
        if field.presence != Presence::Implicit || value != 0.0 {
            self.tag(field, FIXED64);
            self.out.extend_from_slice(&value.to_le_bytes());
        }
    }

    #[inline]
    fn choice(&mut self, field: &Field, number: i32) {
        self.whole(field, i64::from(number));
    }

    fn choices(&mut self, field: &Field, numbers: impl Iterator<Item = i32>) {
        let mut numbers = numbers.peekable();
        if numbers.peek().is_some() {
            self.delimited(field, |sink| numbers.for_each(|number| sink.varint(i64::from(number) as u64)));
        }
    }

    fn texts<T: Display>(&mut self, field: &Field, values: &[T]) {
        for value in values {
            self.shown(field, value);
        }
    }

    fn time(&mut self, field: &Field, value: Instant) {
        let Timestamp { seconds, nanos } = Timestamp::of(value);
        self.delimited(field, |sink| {
            for (number, value) in [(1, seconds), (2, i64::from(nanos))] {
                if value != 0 {
                    sink.varint(number << 3);
                    sink.varint(value as u64);
                }
            }
        });
    }

    #[inline]
    fn message(&mut self, field: &Field, write: impl FnOnce(&mut Self)) {
        self.delimited(field, write);
    }

    fn messages<T>(&mut self, field: &Field, values: &[T], write: impl Fn(&mut Self, &T)) {
        for value in values {
            self.delimited(field, |sink| write(sink, value));
        }
    }
}
