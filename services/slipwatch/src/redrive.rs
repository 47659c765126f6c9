//! Sending refusals in again: which of them can be, and what came of it, told the same of a database and of a broker.
//!
//! What must never enter: a way to delete a refusal; a judgement of a record (intake's).

mod broker;
mod file;
mod reading;

pub use broker::on_broker;
pub use file::in_file;
pub use reading::Rereading;

use serde::Serialize;
use std::collections::BTreeMap;

/// What is asked for beside which refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// They are sent.
    Send,
    /// It is only said what would be.
    Try,
}

/// What came of sending refusals in again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Redriven {
    /// Refusals that were read again and handed to intake.
    pub sent: u64,
    /// Records that intake let in, of a database: a row may be two. What they add up to is the register's affair.
    pub admitted: u64,
    /// Rows that the mapping passes over now.
    pub passed_over: u64,
    /// Refused again, by the code of the new reason; on a broker intake says it later.
    pub refused_again: BTreeMap<String, u64>,
    /// Refused again: the sentences, with how often; those that differ in nothing but a number count as they are.
    pub reasons: BTreeMap<String, u64>,
    /// Left where they are, by what stands in the way.
    pub left: BTreeMap<&'static str, u64>,
    /// Whether it was asked to stop before the end.
    pub stopped: bool,
}

/// Sentences of new reasons that are kept: a feed may be wrong in as many ways as it has rows.
const REASONS_MAX: usize = 100;

impl Redriven {
    /// Notes that something stands in the way.
    pub fn leave(&mut self, why: &'static str) {
        *self.left.entry(why).or_default() += 1;
    }

    /// Notes a new reason.
    pub fn refuse(&mut self, code: &str, reason: String) {
        *self.refused_again.entry(code.to_owned()).or_default() += 1;
        if self.reasons.len() < REASONS_MAX || self.reasons.contains_key(&reason) {
            *self.reasons.entry(reason).or_default() += 1;
        }
    }
}

/// It is kept by length and hash: its bytes are gone.
pub const BY_REFERENCE: &str = "kept by reference alone, over a mebibyte: its sender has the bytes";
/// Its end is not known.
pub const PIECE: &str = "a piece of a row whose end is not known: import the mended file";
/// What people say is not said again for them.
pub const ACT: &str = "an act of people: say it again with `slipwatch act`";
