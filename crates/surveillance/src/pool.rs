//! The group's evidence as a whole, and what a member may borrow of it (§3.6, §4.1).
//!
//! One act may serve several measures, so the pooled sums are shrunk by the sharing factor before they count as evidence. What
//! must never enter: a series that counts acts of others again.

use crate::settings::WEEKS_KEPT;
use crate::window::{Row, Window};

/// Sums the usable weeks of the members into one window. The `raw_*` rows of the result mean nothing.
pub(crate) fn pool<'a>(members: impl Iterator<Item = &'a Window>, sharing: f64, into: &mut Window) {
    let zero: Row = [0.0; WEEKS_KEPT];
    let (mut seen, mut expected, mut variance) = (zero, zero, zero);
    let mut usable: u64 = 0;
    for member in members {
        for at in 0..member.len {
            let back = usize::from(member.back[at]);
            seen[back] += member.seen[at];
            expected[back] += member.expected[at];
            variance[back] += member.variance[at] * member.expected[at] * member.expected[at];
            usable |= 1 << back;
        }
    }
    into.clear();
    for back in 0..WEEKS_KEPT {
        if usable >> back & 1 == 1 {
            let at = into.len;
            into.back[at] = back as u8;
            into.seen[at] = sharing * seen[back];
            into.expected[at] = sharing * expected[back];
            into.variance[at] = variance[back] / (expected[back] * expected[back]);
            into.len += 1;
        }
    }
}

/// A member's part in the pool's best segment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// (Y + ½)/(M + ½) of the member's own weeks since the pooled onset.
    pub(crate) ratio: f64,
    /// Its own log ratio at the pooled effect.
    pub(crate) own: f64,
}

impl Share {
    /// The member's places `from..until`, held against an effect of the size `pooled_ratio`.
    pub(crate) fn of(member: &Window, places: (usize, usize), pooled_ratio: f64) -> Self {
        let (seen, expected) = member.sums(places.0, places.1);
        let theta = pooled_ratio.clamp(0.1, 0.9);
        Self { ratio: (seen + 0.5) / (expected + 0.5), own: seen * libm::log(theta) + expected * (1.0 - theta) }
    }

    /// Whether the member's own data point the same way.
    pub(crate) fn agrees(&self, own_floor: f64) -> bool {
        self.ratio < 0.95 && self.own > own_floor
    }
}
