//! What was declared over what was estimated (§6.9): an interval, because the estimate is one.
//!
//! A missing declaration is no value and never reaches this file; a declared zero does. Conversion between units is part of the
//! estimate and widens it first. What must never enter: a conversion factor without its range.

/// A quantity known to a range: `0 <= low <= central <= high`, all finite, `high` above 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    low: f64,
    central: f64,
    high: f64,
}

impl Range {
    /// `None` if the three are not finite, negative, out of order, or all 0.
    #[must_use]
    pub fn new(low: f64, central: f64, high: f64) -> Option<Self> {
        let is_ordered = 0.0 <= low && low <= central && central <= high;
        (is_ordered && high > 0.0 && high.is_finite()).then_some(Self { low, central, high })
    }

    /// In another unit, by a factor that is a range too: low times low, central times central, high times high. `None` if a product is
    /// not finite or all are 0.
    #[must_use]
    pub fn converted(self, factor: Self) -> Option<Self> {
        Self::new(self.low * factor.low, self.central * factor.central, self.high * factor.high)
    }
}

/// Declared over estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Declared {
    /// Over the high estimate: the least it can be.
    pub low: f64,
    /// Over the central one; none (unbounded) if that is 0.
    pub ratio: Option<f64>,
    /// Over the low one; none (unbounded) if that is 0.
    pub high: Option<f64>,
}

/// The upper end below this is a gap between quota and trade.
const GAP_BELOW: f64 = 0.5;

impl Declared {
    /// A declared quantity, at least 0, over an estimate in the same unit. `None` if it is negative or not finite.
    #[must_use]
    pub fn over(declared: f64, estimate: Range) -> Option<Self> {
        if !declared.is_finite() || declared < 0.0 {
            return None;
        }
        let over = |quantity: f64| (quantity > 0.0).then(|| declared / quantity);
        Some(Self { low: over(estimate.high)?, ratio: over(estimate.central), high: over(estimate.low) })
    }

    /// Whether less than half was declared even by the lowest estimate.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        self.high.is_some_and(|high| high < GAP_BELOW)
    }
}
