//! Black, grey and white lists and the excess factor (§6.6), as the memoranda on port State control compute them.
//!
//! Limits of a binomial count around a yardstick; how far beyond them, in steps of an increment. Fewer than 30 inspections make no
//! listing, and none at all makes nobody good. What must never enter: an average over lists.

use super::Proportion;

/// Fewer trials make no listing.
const TRIALS_MIN: u64 = 30;
/// The bisection ends here (§6.6).
const PRECISION: f64 = 1e-12;

/// Yardstick, increment and quantile of a listing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Excess {
    /// Share of hits that is normal, above 0 and below 1.
    pub yardstick: f64,
    /// Difference of shares that makes 1 of the excess factor, above 0.
    pub increment: f64,
    /// Normal quantile of the limits, above 0.
    pub z: f64,
}

impl Default for Excess {
    /// The Paris memorandum's: 7 %, 3 %, and the one-sided 95 % quantile with its three decimals.
    fn default() -> Self {
        Self { yardstick: 0.07, increment: 0.03, z: 1.645 }
    }
}

/// Where the grey zone begins and ends, in hits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// More hits than this: black.
    pub black: f64,
    /// Fewer than this: white. Below 0 nobody can be.
    pub white: f64,
}

/// On which list, with the excess factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Listing {
    /// More hits than the yardstick allows; above 1.
    Black(f64),
    /// Within the limits: from 0 at the white one to 1 at the black one.
    Grey(f64),
    /// Fewer hits than the yardstick; below 0.
    White(f64),
}

impl Listing {
    /// The excess factor alone.
    #[must_use]
    pub fn excess_factor(self) -> f64 {
        match self {
            Self::Black(factor) | Self::Grey(factor) | Self::White(factor) => factor,
        }
    }
}

impl Excess {
    /// The limits for so many trials.
    #[must_use]
    pub fn limits(&self, trials: u64) -> Limits {
        let at = |side: f64| self.limit(trials, self.yardstick, side);
        Limits { black: at(1.0), white: at(-1.0) }
    }

    /// Which list these hits (detentions) of trials (inspections) mean. `None` with fewer than 30 trials, or if the yardstick,
    /// increment or quantile is out of range.
    #[must_use]
    pub fn listing(&self, seen: Proportion) -> Option<Listing> {
        let is_valid = self.yardstick > 0.0 && self.yardstick < 1.0 && self.increment > 0.0 && self.z > 0.0 && self.z.is_finite();
        if seen.trials() < TRIALS_MIN || !is_valid {
            return None;
        }
        let (hits, limits) = (seen.hits() as f64, self.limits(seen.trials()));
        if hits > limits.black {
            let share = self.share_at((self.yardstick, 1.0), seen, 1.0);
            return Some(Listing::Black(1.0 + (share - self.yardstick) / self.increment));
        }
        if hits < limits.white {
            let share = self.share_at((0.0, self.yardstick), seen, -1.0);
            return Some(Listing::White(-(self.yardstick - share) / self.increment));
        }
        Some(Listing::Grey((hits - limits.white) / (limits.black - limits.white)))
    }

    /// Np ± ½ ± z√(Np(1−p)).
    fn limit(&self, trials: u64, share: f64, side: f64) -> f64 {
        let n = trials as f64;
        n * share + side * (0.5 + self.z * libm::sqrt(n * share * (1.0 - share)))
    }

    /// The share whose limit is the hits seen.
    fn share_at(&self, bracket: (f64, f64), seen: Proportion, side: f64) -> f64 {
        let (mut low, mut high) = bracket;
        while high - low > PRECISION {
            let middle = f64::midpoint(low, high);
            if self.limit(seen.trials(), middle, side) < seen.hits() as f64 { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }
}
