//! So many counts over so much exposure (§6.3): Garwood's interval, and two rates compared given their sum.
//!
//! Exact for counts that come one by one; a series that varies more has wider limits ([`super::NegativeBinomial`]). What must never
//! enter: an exposure of zero.

use super::special::{binomial, gamma_quantile, regularised_beta};
use super::{Interval, Proportion};

/// Masses within this factor are the same: they differ by rounding only. The allowance of R's `binom.test`.
const SAME: f64 = 1.0 + 1e-7;

/// A count over an exposure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    count: u64,
    exposure: f64,
}

/// How many times one rate is another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateRatio {
    /// The ratio; `None` (unbounded) if the other count is 0.
    pub ratio: Option<f64>,
    /// Lower end of its exact interval.
    pub low: f64,
    /// Upper end; `None` (unbounded) if the other count is 0.
    pub high: Option<f64>,
    /// Probability, given both counts together, of a split no likelier than this one if the rates were equal; two-sided.
    pub p_exact: f64,
}

impl Rate {
    /// `count` over `exposure` (any unit, finite, above 0); `None` otherwise.
    #[must_use]
    pub fn new(count: u64, exposure: f64) -> Option<Self> {
        (exposure.is_finite() && exposure > 0.0).then_some(Self { count, exposure })
    }

    /// Counts per unit of exposure.
    #[must_use]
    pub fn per_exposure(self) -> f64 {
        self.count as f64 / self.exposure
    }

    /// The exact Poisson interval of the rate, per unit of exposure. Garwood (1936); the χ² of the text is twice the gamma here.
    #[must_use]
    pub fn garwood(self) -> Interval {
        let count = self.count as f64;
        let low = gamma_quantile(count, 0.025).unwrap_or(0.0);
        // The shape is at least 1 and the share is fixed, so there is always a quantile.
        let high = gamma_quantile(count + 1.0, 0.975).unwrap_or(f64::MAX);
        Interval { low: low / self.exposure, high: high / self.exposure }
    }

    /// How many times the other rate this one is: exact, given the sum of the counts (Przyborowski and Wilenski 1940; as R's
    /// `poisson.test`). `None` if neither has a count.
    #[must_use]
    pub fn compared_with(self, other: Self) -> Option<RateRatio> {
        let split = Proportion::new(self.count, self.count + other.count)?;
        let scale = other.exposure / self.exposure;
        let odds = |share: f64| (share < 1.0).then(|| share / (1.0 - share) * scale);
        let exact = split.exact()?;
        let even = self.exposure / (self.exposure + other.exposure);
        Some(RateRatio { ratio: odds(split.share()?), low: odds(exact.low)?, high: odds(exact.high), p_exact: two_sided(split, even) })
    }
}

/// Probability of as few hits as there are, or fewer, and of those on the other side of the mean that are no likelier.
fn two_sided(split: Proportion, share: f64) -> f64 {
    let (hits, trials) = (split.hits(), split.trials());
    let mean = share * trials as f64;
    let mass = |at: u64| binomial(at as f64, trials as f64, (share, 1.0 - share));
    let limit = mass(hits) * SAME;
    if hits as f64 == mean {
        return 1.0;
    }
    let (low, high) = if (hits as f64) < mean {
        let first = first_where(libm::ceil(mean) as u64, trials + 1, |at| mass(at) <= limit);
        (hits + 1, first)
    } else {
        // Counted down from the mean, so that the mass falls as the step grows.
        let from = libm::floor(mean) as u64;
        let steps = first_where(0, from + 1, |step| mass(from - step) <= limit);
        (from + 1 - steps, hits)
    };
    (at_least(high, trials, share) + less_than(low, trials, share)).min(1.0)
}

/// P(X < at) of a binomial count.
fn less_than(at: u64, trials: u64, share: f64) -> f64 {
    regularised_beta((at as f64, (trials + 1 - at) as f64), share).map_or(0.0, |tails| tails.upper)
}

/// P(X ≥ at).
fn at_least(at: u64, trials: u64, share: f64) -> f64 {
    if at > trials {
        return 0.0;
    }
    regularised_beta((at as f64, (trials + 1 - at) as f64), share).map_or(1.0, |tails| tails.lower)
}

/// The first of `from..end` for which `holds`, which never turns false again; `end` if there is none.
fn first_where(from: u64, end: u64, holds: impl Fn(u64) -> bool) -> u64 {
    let (mut low, mut high) = (from, end);
    while low < high {
        let middle = u64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}
