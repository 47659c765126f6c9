//! So many hits of so many trials (§6.2), with Wilson's interval for the eye and the exact one for rules.
//!
//! No trial, no value. What must never enter: a share without its trials.

use core::iter::Sum;
use core::ops::Add;

use super::special::beta_quantile;
use super::{Interval, Z_95};

/// Hits of trials, hits at most trials. They add up like the counts they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Proportion {
    hits: u64,
    trials: u64,
}

impl Proportion {
    /// `hits` of `trials`; `None` if there are more hits than trials. None of none is a proportion that says nothing.
    #[must_use]
    pub fn new(hits: u64, trials: u64) -> Option<Self> {
        (hits <= trials).then_some(Self { hits, trials })
    }

    /// Hits.
    #[must_use]
    pub fn hits(self) -> u64 {
        self.hits
    }

    /// Trials, hits among them.
    #[must_use]
    pub fn trials(self) -> u64 {
        self.trials
    }

    /// Hits per trial, 0 to 1.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.trials > 0).then(|| self.hits as f64 / self.trials as f64)
    }

    /// Wilson's score interval: for display, it is centred well and never leaves [0, 1]. Wilson (1927), as in §6.2.
    #[must_use]
    pub fn wilson(self) -> Option<Interval> {
        let share = self.share()?;
        let n = self.trials as f64;
        let square = Z_95 * Z_95;
        let centre = share + square / (2.0 * n);
        let reach = Z_95 * libm::sqrt(share * (1.0 - share) / n + square / (4.0 * n * n));
        let scale = 1.0 + square / n;
        // At the ends the formula is 0 and 1 but for rounding.
        let low = if self.hits == 0 { 0.0 } else { (centre - reach) / scale };
        let high = if self.hits == self.trials { 1.0 } else { (centre + reach) / scale };
        Some(Interval { low, high })
    }

    /// The exact interval of Clopper and Pearson (1934): covers at least 95 % for every true share. For rules.
    #[must_use]
    pub fn exact(self) -> Option<Interval> {
        self.share()?;
        let (hits, misses) = (self.hits as f64, (self.trials - self.hits) as f64);
        let low = beta_quantile((hits, misses + 1.0), 0.025).unwrap_or(0.0);
        let high = beta_quantile((hits + 1.0, misses), 0.975).unwrap_or(1.0);
        Some(Interval { low, high })
    }
}

impl Add for Proportion {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { hits: self.hits + other.hits, trials: self.trials + other.trials }
    }
}

impl Sum for Proportion {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), Add::add)
    }
}
