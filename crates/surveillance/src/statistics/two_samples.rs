//! Whether two hit rates differ: Fisher's exact test, its mid-p, and Newcombe's interval for the difference.
//!
//! The exact tests take every trial for independent; real hits come in bunches, so a shift of a series also has to stand out of the
//! series' own scatter ([`super::share_shift`]). What must never enter: a reason for the difference.

use super::break_in_mix::{ShareShift, lots_of_four, share_shift};
use super::{Interval, Proportion};

/// Masses within this factor are the same: they differ by rounding only. The allowance of R's `fisher.test`.
const SAME: f64 = 1.0 + 1e-7;
/// Fewer trials on either side say nothing about a hit rate.
const TRIALS_MIN: u64 = 30;
/// A hit rate has shifted when both tests would see such a difference by chance less than once in a hundred times.
const LEVEL: f64 = 0.01;
const Z_LEVEL: f64 = 2.575_829_303_548_900_4;

/// How a share now differs from one before.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareDifference {
    /// Share now less share before, −1 to 1.
    pub difference: f64,
    /// Newcombe's interval of it: from Wilson's of both (Statistics in Medicine 17, 873–890, 1998, method 10).
    pub interval: Interval,
    /// Fisher's exact test, two-sided: probability, given both margins, of a table no likelier than this one.
    pub p_exact: f64,
    /// The same with equally likely tables counted half (Lancaster's mid-p): less cautious, closer to its level on average.
    pub p_mid: f64,
}

/// Compares two proportions. `None` if either has no trial.
#[must_use]
pub fn difference(now: Proportion, before: Proportion) -> Option<ShareDifference> {
    let (share_now, share_before) = (now.share()?, before.share()?);
    let (wilson_now, wilson_before) = (now.wilson()?, before.wilson()?);
    let difference = share_now - share_before;
    let down = libm::hypot(share_now - wilson_now.low, wilson_before.high - share_before);
    let up = libm::hypot(wilson_now.high - share_now, share_before - wilson_before.low);
    let interval = Interval { low: difference - down, high: difference + up };
    let (p_exact, p_mid) = fisher(now, before);
    Some(ShareDifference { difference, interval, p_exact, p_mid })
}

/// A hit rate against what it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HitRateShift {
    /// The difference, as if trials were independent.
    pub difference: ShareDifference,
    /// The difference against the scatter of the four-week shares before.
    pub shift: ShareShift,
}

impl HitRateShift {
    /// Whether the hit rate has changed: by the exact test and beyond the series' own scatter, each at 1 %.
    #[must_use]
    pub fn is_shift(&self) -> bool {
        self.difference.p_exact <= LEVEL && self.shift.z.abs() >= Z_LEVEL
    }
}

/// The newest weeks (13 or 26) against the weeks before them, a proportion a week. `None` with fewer than 30 trials on either side.
#[must_use]
pub fn hit_rate_shift(newest: &[Proportion], before: &[Proportion]) -> Option<HitRateShift> {
    let sum = |weeks: &[Proportion]| weeks.iter().copied().sum::<Proportion>();
    let (now, then) = (sum(newest), sum(before));
    if now.trials().min(then.trials()) < TRIALS_MIN {
        return None;
    }
    Some(HitRateShift { difference: difference(now, then)?, shift: share_shift(now, &lots_of_four(before))? })
}

/// Two-sided p and mid-p of the table with these rows. Masses relative to the mode, by their ratios, so that none overflows.
fn fisher(one: Proportion, other: Proportion) -> (f64, f64) {
    let table = Table::of(one, other);
    let observed = table.relative_mass(one.hits());
    let (mut all, mut rarer, mut equal) = (0.0, 0.0, 0.0);
    table.visit(|_, mass| {
        all += mass;
        if mass * SAME < observed {
            rarer += mass;
        } else if mass <= observed * SAME {
            equal += mass;
        }
    });
    let p = |sum: f64| (sum / all).min(1.0);
    (p(rarer + equal), p(rarer + 0.5 * equal))
}

/// All tables with given margins, told apart by the hits of the first row.
struct Table {
    row: f64,
    other_row: f64,
    hits: u64,
    range: (u64, u64),
}

impl Table {
    fn of(one: Proportion, other: Proportion) -> Self {
        let hits = one.hits() + other.hits();
        let range = (hits.saturating_sub(other.trials()), hits.min(one.trials()));
        Self { row: one.trials() as f64, other_row: other.trials() as f64, hits, range }
    }

    /// Mass at `at + 1` over mass at `at`.
    fn step(&self, at: u64) -> f64 {
        let (x, left) = (at as f64, (self.hits - at) as f64);
        (self.row - x) * left / ((x + 1.0) * (self.other_row - left + 1.0))
    }

    fn mode(&self) -> u64 {
        let total = self.row + self.other_row;
        let mode = libm::floor((self.row + 1.0) * (self.hits as f64 + 1.0) / (total + 2.0)) as u64;
        mode.clamp(self.range.0, self.range.1)
    }

    /// Calls `told` with every table and its mass over that of the mode.
    fn visit(&self, mut told: impl FnMut(u64, f64)) {
        let mode = self.mode();
        let mut mass = 1.0;
        told(mode, mass);
        for at in mode..self.range.1 {
            mass *= self.step(at);
            told(at + 1, mass);
        }
        mass = 1.0;
        for at in (self.range.0..mode).rev() {
            mass /= self.step(at);
            told(at, mass);
        }
    }

    fn relative_mass(&self, wanted: u64) -> f64 {
        let mut found = 0.0;
        self.visit(|at, mass| {
            if at == wanted {
                found = mass;
            }
        });
        found
    }
}
