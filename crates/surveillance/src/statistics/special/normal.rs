//! The standard normal distribution and its quantile.
//!
//! The quantile starts from Abramowitz and Stegun 26.2.23 (error below 4.5e-4) and takes three of Halley's steps, each of which
//! triples the digits. What must never enter: a mean or a spread (the caller scales).

use core::f64::consts::{FRAC_1_SQRT_2, TAU};

/// Probability that a standard normal value is at most `z`; for −z it is the upper tail, exact to its own size.
#[must_use]
pub fn normal_cumulative(z: f64) -> f64 {
    0.5 * libm::erfc(-z * FRAC_1_SQRT_2)
}

/// The point below which the share `share`, above 0 and below 1, of the standard normal distribution lies. `None` outside that.
#[must_use]
pub fn normal_quantile(share: f64) -> Option<f64> {
    if !(share > 0.0 && share < 1.0) {
        return None;
    }
    // The lower tail has the digits; 1 − share is exact where it is used.
    Some(if share <= 0.5 { lower_quantile(share) } else { -lower_quantile(1.0 - share) })
}

fn lower_quantile(share: f64) -> f64 {
    let t = libm::sqrt(-2.0 * libm::log(share));
    let over = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let under = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = over / under - t;
    for _ in 0..3 {
        let density = libm::exp(-0.5 * z * z) / libm::sqrt(TAU);
        let step = (normal_cumulative(z) - share) / density;
        z -= step / (1.0 + 0.5 * z * step);
    }
    z
}
