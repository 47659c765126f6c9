//! The other statistics (§6): what is said beside the detector, each from plain counts, exposures and waits, at one moment.
//!
//! Nothing here has a memory except [`ErosionPhase`], which its caller keeps. A question that the numbers cannot answer (no trial, no
//! exposure, too few waits) has no value: `None`, never a NaN and never a zero. All intervals are 95 % and two-sided. What must
//! never enter: a word of the domain beyond counts, exposures and waits; a threshold that the method does not name.

mod break_in_mix;
mod capture;
mod concentration;
mod declared;
mod erosion;
mod excess;
mod multiple;
mod negative_binomial;
mod proportion;
mod quotient;
mod rate;
pub mod special;
mod trend;
mod two_samples;
mod waits;

use serde::{Deserialize, Serialize};

pub use break_in_mix::{ShareShift, definition_break, share_shift};
pub use capture::{Capture, CaptureEstimate};
pub use concentration::{Concentration, concentration};
pub use declared::{Declared, Range};
pub use erosion::{CountedWeek, EVALUATED_EVERY_WEEKS, ErosionPhase, ErosionTurn, LongLevel, RatioInterval};
pub use excess::{Excess, Limits, Listing};
pub use multiple::{benjamini_hochberg, benjamini_yekutieli, e_benjamini_hochberg};
pub use negative_binomial::NegativeBinomial;
pub use proportion::Proportion;
pub use quotient::{BeforeAfter, Quotient};
pub use rate::{Rate, RateRatio};
pub use trend::{MannKendall, Slope, mann_kendall, theil_sen};
pub use two_samples::{HitRateShift, ShareDifference, difference, hit_rate_shift};
pub use waits::{Backlog, Survival, SurvivalStep, Wait, WaitEnd, WaitGrowth, WaitQuantile, backlog, wait_growth};

/// The normal quantile of 97.5 %. The method writes it with six decimals; the vectors need the rest.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// A closed interval, `low <= high`, both finite.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies in it, ends included.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}
