//! Concentration of effort (§6.8): the Herfindahl–Hirschman index over all authorities with a duty, zeros among them.
//!
//! Leaving out those who do nothing would make their doing nothing look like balance. What must never enter: a weight.

/// Fewer sharers say nothing.
const SHARERS_MIN: usize = 4;

/// How concentrated a sum is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Concentration {
    /// Sum of squared shares, 1/k to 1.
    pub index: f64,
    /// The same from 0 (equal shares) to 1 (one has all).
    pub normalised: f64,
    /// k: how many share, with or without a count.
    pub sharers: u64,
}

/// Of one count for each that has the duty, 0 where nothing was done. `None` with fewer than 4, or if all are 0.
#[must_use]
pub fn concentration(counts: &[u64]) -> Option<Concentration> {
    let sum: f64 = counts.iter().map(|&count| count as f64).sum();
    if counts.len() < SHARERS_MIN || sum <= 0.0 {
        return None;
    }
    let square = |&count: &u64| {
        let share = count as f64 / sum;
        share * share
    };
    let index: f64 = counts.iter().map(square).sum();
    let even = 1.0 / counts.len() as f64;
    Some(Concentration { index, normalised: (index - even) / (1.0 - even), sharers: counts.len() as u64 })
}
