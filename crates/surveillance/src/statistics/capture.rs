//! How many there are, from two independent lists and what is on both: Chapman's estimate with an interval.
//!
//! The flow behind an interdiction rate is not known; two sources that see it independently bound it. Sources that follow each other
//! make the estimate too small. What must never enter: a third list (its model is another one).

use super::{Interval, Z_95};

/// Two lists and their overlap, which is at most the shorter list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    first: u64,
    second: u64,
    both: u64,
}

/// How many there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CaptureEstimate {
    /// Chapman (1951): (n₁+1)(n₂+1)/(m+1) − 1, nearly unbiased.
    pub total: f64,
    /// Sadinle's transformed logit interval (Communications in Statistics – Simulation and Computation 38, 1909–1924, 2009): never below
    /// what was seen, and not empty where one list contains the other.
    pub interval: Interval,
}

impl Capture {
    /// `first` and `second` found by either list, `both` by both. `None` if the overlap is longer than a list, or a list is empty.
    #[must_use]
    pub fn new(first: u64, second: u64, both: u64) -> Option<Self> {
        (both <= first.min(second) && first > 0 && second > 0).then_some(Self { first, second, both })
    }

    /// The estimate.
    #[must_use]
    pub fn estimate(self) -> CaptureEstimate {
        let (first, second, both) = (self.first as f64, self.second as f64, self.both as f64);
        let total = (first + 1.0) * (second + 1.0) / (both + 1.0) - 1.0;
        let seen = first + second - both;
        // Cells with half a count added: on both, on one only, on the other only; the unseen one follows from independence.
        let (on_both, on_first, on_second) = (both + 0.5, first - both + 0.5, second - both + 0.5);
        let unseen = on_first * on_second / on_both;
        let spread = libm::sqrt(1.0 / on_both + 1.0 / on_first + 1.0 / on_second + 1.0 / unseen);
        let reach = libm::exp(Z_95 * spread);
        let low = (seen - 0.5 + unseen / reach).max(seen);
        CaptureEstimate { total, interval: Interval { low, high: seen - 0.5 + unseen * reach } }
    }
}
