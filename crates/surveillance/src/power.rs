//! What could have been seen (§4.6): the chance that a fall of a given size is found within so many weeks, by own evidence alone.
//!
//! Printed beside every quiet verdict: without it, no alert would say nothing. The searches run over grids on which the power is
//! monotone, and ask for one half or four fifths, of which the quantiles are known, so that the normal law needs no evaluation. What
//! must never enter: the counts themselves.

use serde::{Deserialize, Serialize};

use crate::lanes;

/// Sizes looked through for the smallest fall: 5 % to 95 % in steps of 5 points.
const SIZES: u32 = 19;
const WEEKS_MAX: i64 = 52;
/// Quantiles of the standard normal law: one half, four fifths.
const EVEN: f64 = 0.0;
const FOUR_FIFTHS: f64 = 0.841_621_233_572_914_3;

/// How sensitive the detector is to one series now.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sensitivity {
    /// m: mean effective expected count of the newest 13 usable weeks.
    pub expected_per_week: f64,
    /// a: inverse relative variance of the expectation.
    pub precision: f64,
    /// u: how many weeks ago the newest usable week was.
    pub unseen_weeks: i64,
    /// h: threshold on the evidence.
    pub threshold: f64,
}

/// The statement printed with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Power {
    /// Chance that a fall by half is found within 26 weeks.
    pub half_in_26_weeks: f64,
    /// Smallest fall, as a share, with an even chance to be found within 13 weeks; on a grid of 0.05.
    pub smallest_fall_in_13_weeks: Option<f64>,
    /// Weeks until a fall by half has an even chance to be found, up to 52.
    pub weeks_for_half: Option<u32>,
    /// Weeks until a fall by 30 % is found with a chance of four fifths, up to 52.
    pub weeks_for_30_percent: Option<u32>,
}

impl Sensitivity {
    /// Chance that a fall to `theta` times the expectation is found within `weeks`.
    #[must_use]
    pub fn chance(&self, theta: f64, weeks: i64) -> f64 {
        let Some(typical) = self.typical(theta, weeks) else { return 0.0 };
        let (distance, spread) = self.standing(theta, typical);
        normal(distance / spread)
    }

    /// How far a typical outcome lies beyond the threshold, and its standard deviation.
    fn standing(&self, theta: f64, (evidence, a_weight, seen): (f64, f64, f64)) -> (f64, f64) {
        let slope = (libm::log(theta) + a_weight).abs();
        let spread = slope * libm::sqrt(seen + seen * seen / self.precision);
        (evidence - self.threshold + 1.0, libm::sqrt(spread * spread + 1.0))
    }

    /// The least number of weeks, up to 52, within which a fall to `theta` times the expectation is found with at least this
    /// chance: "a fall of 30 % would have been seen within 9 weeks with probability .8". None if 52 do not suffice.
    #[must_use]
    pub fn weeks_for(&self, theta: f64, chance: f64) -> Option<u32> {
        // A walk: the searches below rest on one half, where the spread does not matter; elsewhere nobody has shown that once is always.
        (1..=WEEKS_MAX as u32).find(|&weeks| self.chance(theta, i64::from(weeks)) >= chance)
    }

    /// All that is stated.
    #[must_use]
    pub fn power(&self) -> Power {
        let fall = first(SIZES, |step| self.reaches(1.0 - f64::from(step) * 0.05, 13, EVEN));
        let weeks = |theta: f64, quantile: f64| first(WEEKS_MAX as u32, |weeks| self.reaches(theta, i64::from(weeks), quantile));
        Power {
            half_in_26_weeks: self.chance(0.5, 26),
            smallest_fall_in_13_weeks: fall.map(|step| f64::from(step) * 0.05),
            weeks_for_half: weeks(0.5, EVEN),
            weeks_for_30_percent: weeks(0.7, FOUR_FIFTHS),
        }
    }

    /// Whether the chance is at least that of a quantile of the normal law. Of one half the spread does not matter.
    fn reaches(&self, theta: f64, weeks: i64, quantile: f64) -> bool {
        self.typical(theta, weeks).is_some_and(|typical| {
            let distance = typical.0 - self.threshold + 1.0;
            distance >= 0.0 && (quantile <= EVEN || distance >= quantile * self.standing(theta, typical).1)
        })
    }

    /// Evidence of a typical outcome, ln((a+M)/(a+θM)), and Y.
    fn typical(&self, theta: f64, weeks: i64) -> Option<(f64, f64, f64)> {
        let expected = self.expected_per_week * (weeks - self.unseen_weeks).max(0) as f64;
        if expected <= 0.0 {
            return None;
        }
        let (a, seen) = (self.precision, theta * expected);
        let log = lanes::ln_ratio(a + expected, a + seen);
        Some((seen * lanes::ln_ratio(theta, 1.0) + (a + seen) * log, log, seen))
    }
}

/// The first of 1..=`last` for which `holds`, which never turns false again.
fn first(last: u32, holds: impl Fn(u32) -> bool) -> Option<u32> {
    if !holds(last) {
        return None;
    }
    let (mut fails, mut works) = (0, last);
    while works - fails > 1 {
        let middle = u32::midpoint(fails, works);
        if holds(middle) { works = middle } else { fails = middle }
    }
    Some(works)
}

/// Standard normal distribution function.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z * core::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(test)]
#[path = "power/tests.rs"]
mod tests;
