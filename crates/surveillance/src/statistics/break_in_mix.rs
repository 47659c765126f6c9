//! Whether a share has moved by more than its own scatter (§4.8): a stratum of a count, or a hit rate.
//!
//! The scatter is measured on four-week lots of the weeks before, because shares of real series vary more than independent trials
//! would. What must never enter: whether the total rose or fell.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Proportion;

const LOT_WEEKS: usize = 4;
/// Weeks looked at for a break: a quarter against the year before it.
const NEWEST_WEEKS: usize = 13;
const BEFORE_WEEKS: usize = 52;
/// A break moves the share by at least so much, and is at least so many standard errors.
const BREAK_POINTS: f64 = 0.10;
const BREAK_Z: f64 = 4.0;

/// How far a share has moved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShareShift {
    /// Share now, 0 to 1.
    pub now: f64,
    /// Share before.
    pub before: f64,
    /// φ: variance of the four-week shares before over that of independent trials, at least 1.
    pub dispersion: f64,
    /// The difference over its standard error, dispersion included; 0 if all trials, or none, were hits.
    pub z: f64,
}

impl ShareShift {
    /// Whether this is a break in how a total is made up: ten points or more, at four standard errors or more.
    #[must_use]
    pub fn is_break(&self) -> bool {
        (self.now - self.before).abs() >= BREAK_POINTS && self.z.abs() >= BREAK_Z
    }
}

/// The newest 13 of these weeks against the 52 before them, oldest first, a week being what fell into the stratum of what was counted.
/// `None` with fewer than 65 weeks, or without a count on either side. Earlier weeks are not looked at.
#[must_use]
pub fn definition_break(weeks: &[Proportion]) -> Option<ShareShift> {
    let start = weeks.len().checked_sub(NEWEST_WEEKS + BEFORE_WEEKS)?;
    let (before, newest) = weeks[start..].split_at(BEFORE_WEEKS);
    share_shift(newest.iter().copied().sum(), &lots_of_four(before))
}

/// A share now against the lots before, whose scatter is its yardstick. `None` without a trial now, or before.
#[must_use]
pub fn share_shift(now: Proportion, lots_before: &[Proportion]) -> Option<ShareShift> {
    let before: Proportion = lots_before.iter().copied().sum();
    let (share_now, share_before) = (now.share()?, before.share()?);
    let dispersion = dispersion(lots_before, share_before);
    let pooled = (now + before).share()?;
    let per_trial = 1.0 / now.trials() as f64 + 1.0 / before.trials() as f64;
    let variance = dispersion * pooled * (1.0 - pooled) * per_trial;
    let z = if variance > 0.0 { (share_now - share_before) / libm::sqrt(variance) } else { 0.0 };
    Some(ShareShift { now: share_now, before: share_before, dispersion, z })
}

/// Weeks in lots of four, counted back from the newest; what is left over at the old end joins the oldest lot.
pub(super) fn lots_of_four(weeks: &[Proportion]) -> Vec<Proportion> {
    let (rest, whole) = weeks.split_at(weeks.len() % LOT_WEEKS);
    let mut lots: Vec<Proportion> = whole.chunks_exact(LOT_WEEKS).map(|lot| lot.iter().copied().sum()).collect();
    let rest: Proportion = rest.iter().copied().sum();
    match lots.first_mut() {
        Some(oldest) => *oldest = *oldest + rest,
        None => lots.push(rest),
    }
    lots
}

/// max(1, Pearson's χ² over its degrees of freedom) of lots around a share; lots without a trial do not count.
fn dispersion(lots: &[Proportion], share: f64) -> f64 {
    let spread = share * (1.0 - share);
    let used = lots.iter().filter(|lot| lot.trials() > 0).count();
    if spread <= 0.0 || used < 2 {
        return 1.0;
    }
    let square = |lot: &Proportion| {
        let apart = lot.hits() as f64 - lot.trials() as f64 * share;
        apart * apart / (lot.trials() as f64 * spread)
    };
    let chi_square: f64 = lots.iter().filter(|lot| lot.trials() > 0).map(square).sum();
    (chi_square / (used - 1) as f64).max(1.0)
}
