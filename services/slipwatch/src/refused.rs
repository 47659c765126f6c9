//! What intake turned away, as it is kept: rows of a database or messages on a broker, in one shape.
//!
//! Reading takes no lock and joins no group. What must never enter: a way back in (`redrive`), a judgement of a reason, a byte that
//! is shown as it came.

mod broker;
mod file;
mod sent;
mod shown;

pub use broker::OnBroker;
pub use file::{InFile, turned};
pub use sent::{REDRIVE, Sent};
pub use shown::{Listed, preview};

use crate::failure::Failure;
use std::{fmt, ops::ControlFlow};
use vocab::time::Instant;

/// Where a refusal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum At {
    /// A row of the table `refused`.
    Row(u64),
    /// A partition and a position of the topic of refusals.
    Message(u32, u64),
}

impl At {
    /// Reads it as it is written: `17`, or `2/345`.
    ///
    /// # Errors
    /// [`Failure::Usage`].
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let read = match text.split_once('/') {
            Some((partition, position)) => {
                partition.parse().ok().zip(position.parse().ok()).map(|(partition, at)| Self::Message(partition, at))
            }
            None => text.parse().ok().map(Self::Row),
        };
        read.ok_or_else(|| {
            Failure::Usage(format!("{text}: a refusal stands at a row such as 17, or on a broker at PARTITION/POSITION such as 2/345"))
        })
    }

    /// Its partition, 0 in a database, and its position there.
    #[must_use]
    pub const fn place(self) -> (u32, u64) {
        match self {
            Self::Row(row) => (0, row),
            Self::Message(partition, position) => (partition, position),
        }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Row(row) => write!(f, "{row}"),
            Self::Message(partition, position) => write!(f, "{partition}/{position}"),
        }
    }
}

/// How much of a message is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// All of it.
    Whole,
    /// Its beginning: it was larger than is read. Length and hash say the rest.
    Beginning,
    /// A piece of a row whose end is not known: the file broke off, or a quote never closes.
    Piece,
}

/// Whether a refusal was sent in again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Not yet.
    Waiting,
    /// It was; what became of it stands elsewhere.
    Sent,
}

/// A message that was turned away.
#[derive(Clone, Debug)]
pub struct Turned {
    /// Where the refusal stands.
    pub at: At,
    /// When it was refused; a refusal on a broker that an earlier version wrote does not say it.
    pub known: Option<Instant>,
    /// The file, or the topic and partition, in which the message stood.
    pub input: String,
    /// Its line or position there.
    pub place: u64,
    /// The feed it came from, as far as known.
    pub source: Option<String>,
    /// The reason as a word of the closed set; empty where an earlier version did not write it.
    pub code: String,
    /// The reason in a sentence.
    pub reason: String,
    /// SHA-256 of all bytes that are kept or, over a mebibyte, of all there were; hexadecimal.
    pub sha256: String,
    /// How many bytes there were, as far as known.
    pub length: Option<u64>,
    /// The bytes that are kept.
    pub bytes: Vec<u8>,
    /// How much of the message they are.
    pub kept: Kept,
    /// What stood beside it, of the sender's own; none in a database.
    pub headers: Vec<(String, Vec<u8>)>,
    /// How many headers were too large to be kept.
    pub headers_left_out: u64,
    /// Whether it was sent again.
    pub again: Again,
}

/// Which refusals are asked for.
#[derive(Clone, Debug, Default)]
pub struct Which {
    /// Codes, or words of the sentence; none asks for all.
    pub reasons: Vec<String>,
    /// The feed; `-` is none.
    pub source: Option<String>,
    /// Refused from then on.
    pub since: Option<Instant>,
    /// Refused before then.
    pub until: Option<Instant>,
    /// Only what was sent again, or was not.
    pub again: Option<Again>,
}

impl Which {
    /// Whether a refusal is among them. One that does not say when it was refused is in no span of time.
    #[must_use]
    pub fn has(&self, turned: &Turned) -> bool {
        let by_reason = |reason: &String| turned.code == *reason || turned.reason.to_lowercase().contains(&reason.to_lowercase());
        let by_source = |source: &String| turned.source.as_deref().unwrap_or("-") == source;
        let since = |since: Instant| turned.known.is_some_and(|known| known >= since);
        let until = |until: Instant| turned.known.is_some_and(|known| known < until);
        (self.reasons.is_empty() || self.reasons.iter().any(by_reason))
            && self.source.as_ref().is_none_or(by_source)
            && self.since.is_none_or(since)
            && self.until.is_none_or(until)
            && self.again.is_none_or(|again| turned.again == again)
    }
}

/// What a walk over refusals does with each.
pub type Visit<'a> = &'a mut dyn FnMut(Turned) -> Result<ControlFlow<()>, Failure>;

/// Refusals wherever they are kept.
pub trait Refusals {
    /// Shows all of them, each partition in its order, until `visit` breaks off.
    ///
    /// # Errors
    /// [`Failure`] of the file or broker, and what `visit` returns.
    fn each(&self, visit: Visit<'_>) -> Result<(), Failure>;

    /// The one that stands there.
    ///
    /// # Errors
    /// [`Failure::Usage`] when none does, [`Failure`] of the file or broker.
    fn at(&self, at: At) -> Result<Turned, Failure>;
}

/// Nothing stands where somebody looked.
fn nothing(at: At) -> Failure {
    Failure::Usage(format!("no refusal stands at {at}; `slipwatch refused list` says where they stand"))
}
