//! Counts that vary more than Poisson's: limits for a count of given mean and size (§6.3).
//!
//! Variance μ + μ²/size; a large size is Poisson. Plain real counts of weeks need this: on them Poisson limits are crossed most
//! weeks. What must never enter: how the mean came about.

use super::special::{ln_binomial, regularised_beta};

/// The distribution of a count with a mean and a size (the inverse of the overdispersion α).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NegativeBinomial {
    mean: f64,
    size: f64,
}

impl NegativeBinomial {
    /// Both finite and above 0; `None` otherwise.
    #[must_use]
    pub fn new(mean: f64, size: f64) -> Option<Self> {
        let is_valid = |value: f64| value.is_finite() && value > 0.0;
        (is_valid(mean) && is_valid(size)).then_some(Self { mean, size })
    }

    /// ln P(Y = count).
    #[must_use]
    pub fn ln_mass(&self, count: u64) -> f64 {
        let y = count as f64;
        let total = self.size + self.mean;
        if count == 0 {
            return -self.size * libm::log1p(self.mean / self.size);
        }
        libm::log(self.size / (self.size + y)) + ln_binomial(self.size, self.size + y, (self.size / total, self.mean / total))
    }

    /// P(Y ≤ count).
    #[must_use]
    pub fn cumulative(&self, count: u64) -> f64 {
        let below = self.mean / (self.size + self.mean);
        // From the side of the mean, which keeps its digits when the size is large.
        regularised_beta((count as f64 + 1.0, self.size), below).map_or(1.0, |tails| tails.upper)
    }

    /// The least count with P(Y ≤ count) at least `share`, above 0 and below 1: a limit that this share of counts does not pass.
    #[must_use]
    pub fn limit(&self, share: f64) -> Option<u64> {
        if !(share > 0.0 && share < 1.0) {
            return None;
        }
        let mut high = libm::ceil(self.mean) as u64 + 1;
        while self.cumulative(high) < share {
            high = high.checked_mul(2)?;
        }
        let mut low = 0;
        while low < high {
            let middle = u64::midpoint(low, high);
            if self.cumulative(middle) >= share { high = middle } else { low = middle + 1 }
        }
        Some(low)
    }
}
