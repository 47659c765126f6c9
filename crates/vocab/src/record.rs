//! Records: derived identities, what intake admits, and what it turns away.
//!
//! An identity is 128 bits of a hash made elsewhere; here it is a value with an order and a text form.

use crate::{
    event::Event,
    name::{CaseName, EventTypeName, JurisdictionCode, Label, MeasureId, RegimeId, SourceId, Stratum},
    time::{Day, Tick},
};
use alloc::{sync::Arc, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

macro_rules! hashes {
    ($($(#[$doc:meta])* $name:ident[$bytes:literal])*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(pub [u8; $bytes]);
        impl $name {
            /// Reads lower-case hexadecimal.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let mut bytes = [0; $bytes];
                if text.len() != 2 * $bytes || !text.is_ascii() {
                    return None;
                }
                for (place, byte) in bytes.iter_mut().enumerate() {
                    *byte = u8::from_str_radix(&text[2 * place..2 * place + 2], 16).ok()?;
                }
                Some(Self(bytes))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

hashes! {
    /// A record: (`source`, `source_record_id`).
    RecordId[16]
    /// The judged fields of one version of a record, without `reported` and `known`.
    ContentHash[16]
    /// A case: (`regime`, `case_id`).
    CaseId[16]
    /// A claim: (regime, rule, subject).
    ClaimId[16]
    /// An alert: (claim, day it opened).
    AlertId[16]
    /// A transition: (alert, n).
    TransitionId[16]
    /// An assessment: (regime, jurisdiction, day).
    AssessmentId[16]
    /// SHA-256 of a pack's bytes.
    PackHash[32]
    /// A link of the chain of seals.
    SealHash[32]
}

/// Something odd about a record that was kept all the same. A set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Flags(u16);

/// One flag of [`Flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u16)]
pub enum Flag {
    /// An IMO number failed its check.
    InvalidShip = 1,
    /// A container number failed its check.
    InvalidContainer = 2,
    /// A legal entity identifier failed its check.
    InvalidEntity = 4,
    /// An enum value belongs to a later version.
    UnrecognisedValue = 8,
    /// The type belongs to a later version.
    UnrecognisedType = 16,
    /// It occurred up to 24 h after it became known: a clock is skewed.
    Skewed = 32,
    /// It was older than the sorting window of its feed and took the open tick.
    OutOfWindow = 64,
}

impl Flag {
    /// Every flag, with the word used in files.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::InvalidShip, "invalid_ship"),
        (Self::InvalidContainer, "invalid_container"),
        (Self::InvalidEntity, "invalid_entity"),
        (Self::UnrecognisedValue, "unrecognised_value"),
        (Self::UnrecognisedType, "unrecognised_type"),
        (Self::Skewed, "skewed"),
        (Self::OutOfWindow, "out_of_window"),
    ];
}

impl Flags {
    /// Adds a flag.
    pub const fn raise(&mut self, flag: Flag) {
        self.0 |= flag as u16;
    }
    /// Whether a flag is raised.
    #[must_use]
    pub const fn has(self, flag: Flag) -> bool {
        self.0 & flag as u16 != 0
    }
    /// The bits, for storage.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
    /// From stored bits.
    #[must_use]
    pub const fn of_bits(bits: u16) -> Self {
        Self(bits)
    }
}

/// A record that intake let in: the atom of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admitted {
    /// Which record it speaks of.
    pub id: RecordId,
    /// Hash of its judged fields.
    pub content: ContentHash,
    /// The case it names.
    pub case: Option<CaseId>,
    /// When we learned it; stamped once.
    pub known: Tick,
    /// 0 for actions, partition + 1 for events.
    pub origin: u32,
    /// What was odd about it.
    pub flags: Flags,
    /// What it says.
    pub event: Arc<Event>,
}

/// Where a message stood in its input.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The file, topic partition or connection.
    pub input: Label,
    /// Line number from 1, or offset.
    pub at: u64,
}

/// A message that was turned away, with everything needed to drive it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Why.
    pub reason: Refusal,
    /// Where it stood.
    pub position: Position,
    /// The bytes as they came; above 1 MiB only the first 1 KiB.
    pub bytes: Arc<[u8]>,
    /// How many bytes there were.
    pub length: u64,
    /// SHA-256 of all of them.
    pub sha256: [u8; 32],
    /// The feed it came from, as far as known.
    pub source: Option<SourceId>,
    /// The day on which it was turned away.
    pub day: Day,
}

/// Why a message was turned away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
pub enum Refusal {
    /// Not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not a message of its encoding.
    #[error("not valid {encoding}: {detail}")]
    Undecodable {
        /// The encoding it should have.
        encoding: Encoding,
        /// What the decoder said.
        detail: Label,
    },
    /// Nested deeper than is read.
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: u16,
    },
    /// Larger than is read.
    #[error("{bytes} bytes, more than the {limit} that are read")]
    TooLarge {
        /// Its size.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// Written by a later version.
    #[error("schema version {found} is newer than {newest}")]
    NewerVersion {
        /// The version it states.
        found: u32,
        /// The newest this build reads.
        newest: u32,
    },
    /// A field that every event needs is absent.
    #[error("field {field} is missing")]
    MissingField {
        /// Its name.
        field: Label,
    },
    /// A field holds something that cannot be.
    #[error("field {field}: {problem}")]
    BadField {
        /// Its name.
        field: Label,
        /// What is wrong with it.
        problem: BadValue,
    },
    /// It happened after it became known, beyond any clock skew.
    #[error("occurred {ahead_hours} h after it became known")]
    FromTheFuture {
        /// By how much.
        ahead_hours: u32,
    },
    /// An act sent as an event, or an event sent as an act.
    #[error("{type_name} does not belong on this input")]
    WrongInput {
        /// Its type.
        type_name: Label,
    },
    /// The pack it carries does not compile.
    #[error("the pack has {mistakes} mistakes, the first: {first}")]
    BadPack {
        /// How many.
        mistakes: u32,
        /// The first of them.
        first: Label,
    },
    /// A row of a file has another number of columns, or ends in the middle.
    #[error("the row is broken: {detail}")]
    BrokenRow {
        /// What the reader said.
        detail: Label,
    },
}

impl Refusal {
    /// The closed set of reasons used as labels and in counts.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "not_utf8",
            Self::Undecodable { .. } => "undecodable",
            Self::TooDeep { .. } => "too_deep",
            Self::TooLarge { .. } => "too_large",
            Self::NewerVersion { .. } => "newer_version",
            Self::MissingField { .. } => "missing_field",
            Self::BadField { .. } => "bad_field",
            Self::FromTheFuture { .. } => "from_the_future",
            Self::WrongInput { .. } => "wrong_input",
            Self::BadPack { .. } => "bad_pack",
            Self::BrokenRow { .. } => "broken_row",
        }
    }
}

/// An encoding of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Encoding {
    /// protobuf.
    Protobuf,
    /// JSON.
    Json,
    /// Comma-separated values.
    Csv,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Protobuf => "protobuf",
            Self::Json => "JSON",
            Self::Csv => "CSV",
        })
    }
}

/// What is wrong with a field's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error)]
pub enum BadValue {
    /// Empty where something is needed.
    #[error("is empty")]
    Empty,
    /// Too long.
    #[error("is too long")]
    TooLong,
    /// Control characters.
    #[error("contains control characters")]
    Control,
    /// Not a number.
    #[error("is not a number")]
    NotANumber,
    /// NaN or infinite.
    #[error("is not a finite number")]
    NotFinite,
    /// Below zero.
    #[error("is negative")]
    Negative,
    /// Zero where at least 1 is needed.
    #[error("is zero")]
    Zero,
    /// Above what is counted.
    #[error("is too large")]
    TooLarge,
    /// Not a date or time of the form expected.
    #[error("is not a date or time of the form expected")]
    NotATime,
    /// Outside 1970 to 2199.
    #[error("lies outside 1970-01-01 to 2199-12-31")]
    AbsurdTime,
    /// An interval that ends before it begins.
    #[error("ends before it begins")]
    Backwards,
    /// A word that no table knows.
    #[error("is not one of the known words")]
    UnknownWord,
    /// Not of the type expected.
    #[error("is not of the type expected")]
    WrongType,
    /// Two answers to one question.
    #[error("contradicts what the message says elsewhere")]
    Contradicts,
}

impl From<crate::name::BadName> for BadValue {
    fn from(bad: crate::name::BadName) -> Self {
        match bad {
            crate::name::BadName::Empty => Self::Empty,
            crate::name::BadName::TooLong => Self::TooLong,
            crate::name::BadName::Control => Self::Control,
        }
    }
}

impl From<crate::time::BadTime> for BadValue {
    fn from(bad: crate::time::BadTime) -> Self {
        match bad {
            crate::time::BadTime::Shape => Self::NotATime,
            crate::time::BadTime::Range => Self::AbsurdTime,
        }
    }
}

/// What came too late to change figures: counted, shown, never dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// The record.
    pub id: RecordId,
    /// Its revision.
    pub revision: u32,
    /// Its feed.
    pub source: SourceId,
    /// What the source calls it.
    pub source_record_id: crate::name::SourceRecordId,
    /// The civil day it occurred.
    pub occurred: Day,
    /// When we learned it.
    pub known: Tick,
    /// Its count.
    pub count: u32,
}

/// A signed version of a record within a case: what the docket of a case is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The case.
    pub case: CaseId,
    /// Its name, as the source gives it.
    pub case_name: CaseName,
    /// The record that joins or leaves it.
    pub record: RecordId,
    /// +1 joins, −1 leaves.
    pub sign: i8,
    /// The civil day it occurred.
    pub occurred: Day,
    /// When we learned it.
    pub known: Tick,
    /// What joins; none when it leaves: what left is what had joined.
    pub step: Option<Step>,
}

/// A record as a step of its case, as far as the docket asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The regime of the case.
    pub regime: RegimeId,
    /// The type of its event.
    pub event: EventTypeName,
    /// Where it is accounted for.
    pub jurisdiction: Option<JurisdictionCode>,
    /// The measures it serves.
    pub measures: Vec<MeasureId>,
    /// What sort of act.
    pub stratum: Option<Stratum>,
}
