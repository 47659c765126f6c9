//! Many looks at once (§6.4): which of many claims to list so that only a stated share of the list is false in expectation.
//!
//! e-BH holds under any dependence between the series; Benjamini–Hochberg needs independence or positive dependence,
//! Benjamini–Yekutieli nothing, at a price. What must never enter: a page (the digest ranks, it does not wake anybody).

use alloc::vec;
use alloc::vec::Vec;

/// The list of e-BH (Wang and Ramdas 2022): positions in `evidence_nats` (logarithms of e-values, one per series) whose false share is at
/// most `alpha` in expectation, largest first, ties in the order given. With N values it lists the first k, the largest k with
/// E₍k₎ ≥ N/(kα). Empty if `alpha` is not above 0 and at most 1; a value that is not a number is never listed.
#[must_use]
pub fn e_benjamini_hochberg(evidence_nats: &[f64], alpha: f64) -> Vec<usize> {
    if !(alpha > 0.0 && alpha <= 1.0) {
        return Vec::new();
    }
    let mut order: Vec<usize> = (0..evidence_nats.len()).filter(|&at| !evidence_nats[at].is_nan()).collect();
    order.sort_by(|&a, &b| evidence_nats[b].total_cmp(&evidence_nats[a]));
    // In logarithms: an e-value of e^10000 needs no cap.
    let looks = libm::log(evidence_nats.len() as f64 / alpha);
    let listed = (1..=order.len()).rev().find(|&k| evidence_nats[order[k - 1]] >= looks - libm::log(k as f64));
    order.truncate(listed.unwrap_or(0));
    order
}

/// Adjusted p-values of Benjamini and Hochberg (1995), in the order given: listing those at most α keeps the false discovery rate at α.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    adjusted(p, 1.0)
}

/// Adjusted p-values of Benjamini and Yekutieli (2001): the same under any dependence, at a price of Σ 1/i.
#[must_use]
pub fn benjamini_yekutieli(p: &[f64]) -> Vec<f64> {
    adjusted(p, (1..=p.len()).map(|rank| 1.0 / rank as f64).sum())
}

fn adjusted(p: &[f64], price: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (place, &at) in order.iter().enumerate().rev() {
        least = least.min(p[at] * p.len() as f64 * price / (place + 1) as f64);
        adjusted[at] = least;
    }
    adjusted
}
