//! The table of messages and fields, made from `proto/` at build time: one truth for the writers and the JSON reader.
//!
//! Numbers and names are never written by hand. No value and no meaning stands here.

/// A message of the contract.
pub(crate) struct Message {
    /// Its fields, in the order of the contract.
    pub(crate) fields: &'static [&'static Field],
}

/// A field of a message.
pub(crate) struct Field {
    /// Its number.
    pub(crate) number: u32,
    /// Its name in JSON, lowerCamelCase.
    pub(crate) json: &'static str,
    /// The same as it stands inside an object: comma, quotes, colon. Written far too often to be put together each time.
    pub(crate) key: &'static str,
    /// Its name in the contract, snake_case; JSON may use it too.
    pub(crate) snake: &'static str,
    /// What it holds.
    pub(crate) kind: Kind,
    /// When it is there.
    pub(crate) presence: Presence,
}

/// What a field holds.
pub(crate) enum Kind {
    Text,
    Bytes,
    Truth,
    Real,
    Sint32,
    Uint32,
    Int64,
    Uint64,
    /// An enum, with its words by number.
    Choice(&'static [&'static str]),
    Message(&'static Message),
    /// `google.protobuf.Timestamp`.
    Time,
}

/// When a field is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// Absent means the default of its type.
    Implicit,
    /// Absent differs from the default (`optional`).
    Explicit,
    /// At most one of its group.
    OneOf,
    /// Any number of times.
    Repeated,
}

include!(concat!(env!("OUT_DIR"), "/table.rs"));
