//! Long erosion (§6.1): the newest year against a reference window that no later week can move.
//!
//! A fall too slow for any window that moves along is seen only against a level that stands. Quarters are the blocks of the variance:
//! season cancels within a year and serial correlation is absorbed. What must never enter: a way to move the reference.

use serde::{Deserialize, Serialize};

use super::{Rate, Z_95};

/// How often the comparison is made.
pub const EVALUATED_EVERY_WEEKS: i64 = 4;
/// Both windows hold at least a year.
const WEEKS_MIN: usize = 52;
const BLOCK_WEEKS: usize = 13;
/// A warning needs the ratio and its upper end below these, twice running.
const WARNING_RATIO: f64 = 0.90;
const WARNING_UPPER: f64 = 0.95;
/// Critical needs the upper end below this, once.
const CRITICAL_UPPER: f64 = 0.85;
/// It ends when the ratio is above this, twice running.
const ENDS_ABOVE: f64 = 0.95;
const TWICE: u8 = 2;

/// One week of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CountedWeek {
    /// Counts.
    pub count: u64,
    /// What could have been counted: exposure, or 1 without one, times the share of the week known by now. Finite, at least 0.
    pub exposure: f64,
}

/// The level of a window of at least a year, with what its rate may be off by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LongLevel {
    /// Counts of all weeks.
    pub count: u64,
    /// Exposure of all weeks, above 0.
    pub exposure: f64,
    /// Variance of the logarithm of the rate: from quarters, and at least that of so many counts.
    pub variance: f64,
    /// Weeks in the window.
    pub weeks: u32,
}

impl LongLevel {
    /// Of these weeks, oldest first. `None` with fewer than 52, without exposure, or with an exposure that is negative or not finite.
    ///
    /// Weeks beyond the last whole quarter count for the rate and not for the variance between quarters.
    #[must_use]
    pub fn of(weeks: &[CountedWeek]) -> Option<Self> {
        let is_valid = weeks.iter().all(|week| week.exposure.is_finite() && week.exposure >= 0.0);
        let (count, exposure) = sums(weeks);
        if weeks.len() < WEEKS_MIN || !is_valid || exposure <= 0.0 {
            return None;
        }
        let variance = between_quarters(weeks).max(1.0 / (count as f64 + 0.5));
        Some(Self { count, exposure, variance, weeks: u32::try_from(weeks.len()).ok()? })
    }

    /// Counts per exposure.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.count as f64 / self.exposure
    }

    /// This level over the reference's. `None` if the reference has no count. Without a count of its own the ratio is 0 and the upper
    /// end is Garwood's for none, over what was expected.
    #[must_use]
    pub fn against(&self, reference: &Self) -> Option<RatioInterval> {
        if reference.count == 0 {
            return None;
        }
        if self.count == 0 {
            let upper = Rate::new(0, reference.rate() * self.exposure)?.garwood().high;
            return Some(RatioInterval { ratio: 0.0, low: 0.0, high: upper });
        }
        let ratio = self.rate() / reference.rate();
        let reach = libm::exp(Z_95 * libm::sqrt(self.variance + reference.variance));
        Some(RatioInterval { ratio, low: ratio / reach, high: ratio * reach })
    }
}

fn sums(weeks: &[CountedWeek]) -> (u64, f64) {
    weeks.iter().fold((0, 0.0), |(count, exposure), week| (count + week.count, exposure + week.exposure))
}

/// Σ(Y_b − R·X_b)²·n/(n−1)/(ΣY)² over whole quarters; 0 without a count in them.
fn between_quarters(weeks: &[CountedWeek]) -> f64 {
    let quarters = weeks.chunks_exact(BLOCK_WEEKS);
    let blocks = quarters.len() as f64;
    let (count, exposure) = sums(&weeks[..quarters.len() * BLOCK_WEEKS]);
    if count == 0 || exposure <= 0.0 {
        return 0.0;
    }
    let rate = count as f64 / exposure;
    let squares: f64 = quarters
        .map(|quarter| {
            let (count, exposure) = sums(quarter);
            let apart = count as f64 - rate * exposure;
            apart * apart
        })
        .sum();
    squares * blocks / (blocks - 1.0) / (count as f64 * count as f64)
}

/// A ratio of levels.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatioInterval {
    /// The ratio; 1 is no change.
    pub ratio: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl RatioInterval {
    fn is_low(&self) -> bool {
        self.ratio <= WARNING_RATIO && self.high < WARNING_UPPER
    }

    fn is_critical(&self) -> bool {
        self.high < CRITICAL_UPPER
    }

    fn is_back(&self) -> bool {
        self.ratio > ENDS_ABOVE
    }
}

/// Where long erosion of one series stands. Its caller keeps it and asks [`ErosionPhase::next`] every fourth week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErosionPhase {
    /// None; so many evaluations running were low.
    Steady {
        /// 0 or 1.
        low: u8,
    },
    /// A warning stands; so many evaluations running were back.
    Warning {
        /// 0 or 1.
        back: u8,
    },
    /// The fall is large beyond doubt.
    Critical {
        /// 0 or 1.
        back: u8,
    },
}

/// What an evaluation changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ErosionTurn {
    /// A warning begins.
    Warned,
    /// It becomes critical, or begins so.
    Critical,
    /// It ends.
    Ended,
}

impl Default for ErosionPhase {
    fn default() -> Self {
        Self::Steady { low: 0 }
    }
}

impl ErosionPhase {
    /// The phase after one evaluation. An evaluation without a ratio changes nothing: not knowing neither begins nor ends erosion, and
    /// does not break a run.
    #[must_use]
    pub fn next(self, seen: Option<RatioInterval>) -> (Self, Option<ErosionTurn>) {
        let Some(seen) = seen else { return (self, None) };
        match self {
            Self::Steady { .. } | Self::Warning { .. } if seen.is_critical() => (Self::Critical { back: 0 }, Some(ErosionTurn::Critical)),
            Self::Steady { low } => match run(low, &seen, RatioInterval::is_low) {
                TWICE.. => (Self::Warning { back: 0 }, Some(ErosionTurn::Warned)),
                low => (Self::Steady { low }, None),
            },
            Self::Warning { back } => ended_or(run(back, &seen, RatioInterval::is_back), |back| Self::Warning { back }),
            Self::Critical { back } => ended_or(run(back, &seen, RatioInterval::is_back), |back| Self::Critical { back }),
        }
    }
}

/// A run goes on while it holds, and begins again at 0.
fn run(last: u8, seen: &RatioInterval, holds: fn(&RatioInterval) -> bool) -> u8 {
    if holds(seen) { last + 1 } else { 0 }
}

fn ended_or(back: u8, standing: impl Fn(u8) -> ErosionPhase) -> (ErosionPhase, Option<ErosionTurn>) {
    if back >= TWICE { (ErosionPhase::default(), Some(ErosionTurn::Ended)) } else { (standing(back), None) }
}
