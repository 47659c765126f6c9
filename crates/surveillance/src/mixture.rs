//! The group's evidence when nobody knows which of its series fell: each may have fallen with it, or not.
//!
//! A sum over all series (§3.6) is diluted by those that did not fall. Here every series takes part with a prior share π: for one
//! start and one effect the group's likelihood ratio is the product over its series of (1 − π) + π·LR. It is one where nobody
//! fell, so its sum over starts is bounded like any other, and a series whose own ratio speaks against a fall costs little more
//! than ln(1 − π). Shared acts shrink every exponent by the factor c of §3.6. What must never enter: a threshold, a phase.

use alloc::vec::Vec;

use crate::evidence::{EFFECTS_MAX, Effects, Found, LogRatios, Span, Walk};
use crate::lanes;
use crate::settings::WEEKS_KEPT;
use crate::window::Window;

/// How the series of a group take part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// π: the prior share of series that fall when the group does, above 0 and below 1.
    pub(crate) part: f64,
    /// c: the sharing factor.
    pub(crate) sharing: f64,
}

/// What the group says, and each of its series at the group's best segment and effect.
#[derive(Clone, Debug)]
pub(crate) struct Mixed {
    /// Places are those of the pooled window.
    pub(crate) found: Found,
    /// Log ratio of each member's own weeks, in their order.
    pub(crate) nats: Vec<f64>,
}

/// The evidence of `members` in the weeks at least `back` weeks old; `pool` holds the weeks in which any of them is usable. Places
/// of members that take no part stay empty.
pub(crate) fn mix<'a>(
    members: impl Iterator<Item = Option<&'a Window>>,
    (pool, back): (&Window, i64),
    (effects, terms): (&Effects, Terms),
    walk: &mut Walk,
) -> Option<Mixed> {
    let from = pool.first_at_or_before(back);
    let weeks = &pool.back[from..pool.len];
    let mut sums: LogRatios = [[0.0; WEEKS_KEPT]; EFFECTS_MAX];
    let mut parts: Vec<([u8; WEEKS_KEPT], LogRatios)> = Vec::new();
    for member in members {
        let Some(member) = member else {
            parts.push(([0; WEEKS_KEPT], sums));
            continue;
        };
        let first = member.first_at_or_before(back);
        let of_member = walk.log_ratios(effects, &Span::from(member, first));
        let aligned = align(&member.back[first..member.len], weeks);
        for (sum, row) in sums.iter_mut().zip(of_member).take(effects.count()) {
            for (sum, &place) in sum.iter_mut().zip(&aligned[..weeks.len()]) {
                *sum += log_mixed(terms.sharing * at(row, place), terms.part);
            }
        }
        parts.push((aligned, *of_member));
    }
    let found = walk.detect_given(effects, &Span::from(pool, from), &sums)?;
    let place = found.start - from;
    let effect = (0..effects.count()).fold(0, |most, effect| if sums[effect][place] > sums[most][place] { effect } else { most });
    let nats = parts.iter().map(|(aligned, rows)| at(&rows[effect], aligned[place])).collect();
    Some(Mixed { found, nats })
}

/// For each of the pool's weeks, newest first, how many of the member's are as new.
fn align(of_member: &[u8], weeks: &[u8]) -> [u8; WEEKS_KEPT] {
    let mut aligned = [0; WEEKS_KEPT];
    let mut count = 0;
    for (aligned, week) in aligned.iter_mut().zip(weeks) {
        count += of_member[count..].iter().take_while(|of| *of <= week).count();
        *aligned = count as u8;
    }
    aligned
}

/// The log ratio of a segment of so many weeks; none says nothing.
fn at(row: &[f64; WEEKS_KEPT], weeks: u8) -> f64 {
    usize::from(weeks).checked_sub(1).map_or(0.0, |place| row[place])
}

/// ln((1 − π) + π·eˣ), also for x in the thousands.
#[inline(always)]
fn log_mixed(x: f64, part: f64) -> f64 {
    let (larger, with, without) = if x > 0.0 { (x, 1.0 - part, part) } else { (0.0, part, 1.0 - part) };
    larger + lanes::ln_ratio(without + with * lanes::exp(if x > 0.0 { -x } else { x }), 1.0)
}

#[cfg(test)]
mod tests {
    use super::{align, log_mixed};

    #[test]
    fn a_mixture_is_one_at_no_evidence_and_nearly_its_part_at_much() {
        assert!(log_mixed(0.0, 0.3).abs() < 1e-15);
        assert!((log_mixed(2_000.0, 0.25) - (2_000.0 + libm::log(0.25))).abs() < 1e-9);
        assert!((log_mixed(-2_000.0, 0.25) - libm::log(0.75)).abs() < 1e-12);
        for x in [-3.0, -0.5, 0.4, 6.0] {
            assert!((log_mixed(x, 0.4) - libm::log(0.6 + 0.4 * libm::exp(x))).abs() < 1e-14);
        }
    }

    #[test]
    fn weeks_that_a_member_lacks_leave_it_where_it_was() {
        assert_eq!(&align(&[1, 2, 5], &[0, 1, 2, 3, 5])[..5], &[0, 1, 2, 2, 3]);
        assert_eq!(&align(&[], &[0, 1])[..2], &[0, 0]);
    }
}
