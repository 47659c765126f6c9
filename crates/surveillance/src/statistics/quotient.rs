//! The weighted displacement quotient (§6.7): how much of what left one place appeared next to it, a control allowed for.
//!
//! Bowers and Johnson (2003), on log ratios, with Fieller's interval of a quotient; without a clear change of the treated place
//! there is no interval and no verdict. Counts of fewer than twelve weeks before or after make none either: that is for whoever declares
//! the intervention. What must never enter: which place is whose neighbour.

use super::{Interval, Z_95};

/// Displacement: at least half of the change went next door.
const DISPLACED_BELOW: f64 = -0.5;

/// Counts of one place before and after an intervention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BeforeAfter {
    /// Counts of the weeks before.
    pub before: u64,
    /// Counts of the weeks after.
    pub after: u64,
}

impl BeforeAfter {
    /// ln of after over before, half a count added to both.
    fn log_ratio(self) -> f64 {
        libm::log((self.after as f64 + 0.5) / (self.before as f64 + 0.5))
    }

    fn variance(self) -> f64 {
        1.0 / (self.before as f64 + 0.5) + 1.0 / (self.after as f64 + 0.5)
    }
}

/// How a neighbour changed for each unit of change of the treated place, both against the control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quotient {
    /// −1: all of it went next door; 0: nothing; above 0: the neighbour changed alike.
    pub quotient: f64,
    /// Fieller's interval; none while the change of the treated place cannot be told from none.
    pub interval: Option<Interval>,
    /// Change of the treated place against the control, ln of after over before: below 0 it fell.
    pub treated_change: f64,
}

impl Quotient {
    /// Over the same weeks of a treated place, its neighbour and a control. `None` if the treated place changed exactly as the control.
    #[must_use]
    pub fn of(treated: BeforeAfter, neighbour: BeforeAfter, control: BeforeAfter) -> Option<Self> {
        let over = neighbour.log_ratio() - control.log_ratio();
        let under = treated.log_ratio() - control.log_ratio();
        if under == 0.0 {
            return None;
        }
        let shared = control.variance();
        let variances = (neighbour.variance() + shared, treated.variance() + shared);
        Some(Self { quotient: over / under, interval: fieller((over, under), variances, shared), treated_change: under })
    }

    /// Whether it says displacement: the treated place fell, half or more of that went next door, and the interval leaves no doubt
    /// that some did. A treated place that rose while its neighbour fell has a quotient below 0 too, and nothing that could have moved.
    #[must_use]
    pub fn is_displacement(&self) -> bool {
        let fell = self.treated_change < 0.0;
        fell && self.quotient < DISPLACED_BELOW && self.interval.is_some_and(|interval| interval.high < 0.0)
    }
}

/// Fieller (1954): `over / under` with their variances and covariance.
fn fieller((over, under): (f64, f64), (v_over, v_under): (f64, f64), covariance: f64) -> Option<Interval> {
    let quotient = over / under;
    let g = Z_95 * Z_95 * v_under / (under * under);
    if g >= 1.0 {
        return None;
    }
    let rest = 1.0 - g;
    let centre = (quotient - g * covariance / v_under) / rest;
    let inner = v_over - 2.0 * quotient * covariance + quotient * quotient * v_under - g * (v_over - covariance * covariance / v_under);
    let reach = Z_95 / (under.abs() * rest) * libm::sqrt(inner.max(0.0));
    Some(Interval { low: centre - reach, high: centre + reach })
}
