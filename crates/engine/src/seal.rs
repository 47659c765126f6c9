//! Seals: one hash per regime and closed day over everything that was decided about it, chained to the day before.
//!
//! Two runs that decided the same carry the same seals; one seal that differs names the day to look at. The bytes hashed are
//! canonical (postcard, length-prefixed) and hold decisions only. What must never enter: a position, a partition, an order of
//! arrival, how tallies were split, anything that a duplicate would change.

use alloc::vec::Vec;
use core::cmp::Ordering;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use vocab::{
    alert::{Decision, Seal},
    assessment::Assessment,
    name::RegimeId,
    record::{PackHash, SealHash},
    time::{Day, Tick},
};

/// Version of the judgement: rises whenever the same log would be decided otherwise. A constant of a generation. (2: five streams; 3:
/// duties that are overdue; 4: digests list them, and whoever closes a watched alert must have seen its newest transition.)
pub const JUDGEMENT: u32 = 4;

/// The assessments of a regime on one closed day, as a seal covers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessed {
    digest: [u8; 32],
    count: u32,
}

impl Assessed {
    /// Hashes the assessments of one regime and day.
    ///
    /// `assessments` are sorted by jurisdiction.
    #[must_use]
    pub fn of(assessments: &[&Assessment]) -> Self {
        let mut hash = Sha256::new_with_prefix(b"slipwatch assessed 1");
        let mut bytes = Vec::new();
        for assessment in assessments {
            feed(&mut hash, &mut bytes, assessment);
        }
        Self { digest: hash.finalize().into(), count: count_of(assessments.len()) }
    }
}

/// What one seal covers.
#[derive(Clone, Copy, Debug)]
pub struct ClosedDay<'a> {
    /// The regime.
    pub regime: &'a RegimeId,
    /// The day that closed.
    pub day: Day,
    /// The pack in force at its end; all zeros before there was one.
    pub pack: PackHash,
    /// The seal of the day before; all zeros for the first.
    pub previous: SealHash,
    /// The assessments of the day.
    pub assessed: Assessed,
    /// Transitions, answers and digests of the day, in [`order`].
    pub decisions: &'a [Decision],
}

impl ClosedDay<'_> {
    /// Seals the day.
    #[must_use]
    pub fn seal(&self) -> Seal {
        let decisions = self.assessed.count.saturating_add(count_of(self.decisions.len()));
        let mut hash = Sha256::new_with_prefix(b"slipwatch seal 1");
        let mut bytes = Vec::new();
        let head = (self.regime, self.day, JUDGEMENT, self.pack, self.previous, self.assessed, decisions);
        feed(&mut hash, &mut bytes, &head);
        for decision in self.decisions {
            feed(&mut hash, &mut bytes, decision);
        }
        Seal {
            regime: self.regime.clone(),
            day: self.day,
            decisions,
            judgement: JUDGEMENT,
            pack: self.pack,
            previous: self.previous,
            hash: SealHash(hash.finalize().into()),
        }
    }
}

/// The order in which a seal covers the decisions of a day: transitions and answers by tick, then by alert or act, then by number;
/// then the digest. A seal comes after all it covers.
#[must_use]
pub fn order(one: &Decision, other: &Decision) -> Ordering {
    place(one).cmp(&place(other))
}

/// The tick a decision belongs to: for a seal, the last of its day.
#[must_use]
pub fn tick(decision: &Decision) -> Tick {
    place(decision).0
}

fn place(decision: &Decision) -> (Tick, u8, [u8; 16], u32) {
    match decision {
        Decision::Transition(transition) => (transition.at, 0, transition.alert.0, transition.n),
        Decision::Answer(answer) => (answer.at, 0, answer.act.0, 0),
        Decision::Digest(digest) => (digest.day.last_tick(), 1, [0; 16], 0),
        Decision::Seal(seal) => (seal.day.last_tick(), 2, [0; 16], 0),
    }
}

fn feed(hash: &mut Sha256, bytes: &mut Vec<u8>, value: &impl Serialize) {
    write(value, bytes);
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn count_of(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The canonical bytes of a value, in place of what `bytes` held: one buffer serves many values.
pub(crate) fn write(value: &impl Serialize, bytes: &mut Vec<u8>) {
    let mut buffer = core::mem::take(bytes);
    buffer.clear();
    *bytes = postcard::to_extend(value, buffer).expect("words and state are plain values of known length, written to memory");
}
