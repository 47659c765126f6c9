//! The group's evidence as a whole, and what a member may borrow of it (§3.6, §4.1).
//!
//! One act may serve several measures, so the pooled sums are shrunk by the sharing factor before they count as evidence. What
//! must never enter: a series that counts acts of others again.

use alloc::vec::Vec;

use crate::evidence::{Effects, Found, Span, Walk};
use crate::mixture::{Terms, mix};
use crate::scratch::Member;
use crate::settings::{Pooling, WEEKS_KEPT};
use crate::window::{Row, Window};

/// A group with two measures or more, as one that lends evidence of a stream.
pub(crate) struct Lender<'a> {
    pub(crate) members: &'a [Member],
    /// The weeks in which any member is usable, with their sums.
    pub(crate) window: &'a Window,
    pub(crate) sharing: f64,
    pub(crate) pooling: Pooling,
}

/// What a group has to lend.
pub(crate) struct Loan {
    /// Places are those of the lender's window.
    pub(crate) found: Found,
    /// Log ratios of the members at the best segment and effect, where these were told apart.
    nats: Option<Vec<f64>>,
}

impl Lender<'_> {
    /// The group's evidence of the weeks at least `back` weeks old.
    pub(crate) fn find(&self, back: i64, effects: &Effects, walk: &mut Walk) -> Option<Loan> {
        match self.pooling {
            Pooling::Off => None,
            Pooling::Group { .. } => {
                let span = Span::from(self.window, self.window.first_at_or_before(back));
                walk.detect(effects, &span).map(|found| Loan { found, nats: None })
            }
            Pooling::Mixture { part, .. } => {
                let members = self.members.iter().map(|member| member.is_pooled.then_some(&member.window));
                let mixed = mix(members, (self.window, back), (effects, Terms { part, sharing: self.sharing }), walk)?;
                Some(Loan { found: mixed.found, nats: Some(mixed.nats) })
            }
        }
    }

    /// A member's part in the best segment of a loan of the weeks at least `back` weeks old.
    pub(crate) fn share(&self, loan: &Loan, at: usize, back: i64) -> Share {
        let member = &self.members[at].window;
        let places = (member.first_at_or_before(back), member.count_since(i64::from(self.window.back[loan.found.start])));
        let share = Share::of(member, places, loan.found.ratio);
        Share { own: loan.nats.as_ref().map_or(share.own, |nats| nats[at]), ..share }
    }
}

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
