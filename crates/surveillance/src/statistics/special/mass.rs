//! Poisson and binomial masses for real arguments, without the cancellation of three large log gammas.
//!
//! Source: C. Loader, Fast and Accurate Computation of Binomial Probabilities (2000): the error of Stirling's formula and the
//! deviance carry all digits. What must never enter: a gamma function of a large argument.

use core::f64::consts::{PI, TAU};

/// Half of ln 2π.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_7;
/// From here on five terms of Stirling's series are exact to the last digit.
const SERIES_FROM: f64 = 15.0;

/// ln n! less Stirling's formula (n + ½) ln n − n + ½ ln 2π, for n above 0.
fn stirling_error(n: f64) -> f64 {
    if n <= SERIES_FROM {
        return libm::lgamma(n + 1.0) - (n + 0.5) * libm::log(n) + n - HALF_LN_TAU;
    }
    let square = n * n;
    let tail = 1.0 / 1680.0 - 1.0 / 1188.0 / square;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - tail / square) / square) / square) / n
}

/// x ln(x/m) + m − x, exact also when `x` is close to the mean `m`; both above 0.
fn deviance(x: f64, mean: f64) -> f64 {
    let apart = x - mean;
    if apart.abs() >= 0.1 * (x + mean) {
        return x * libm::log(x / mean) - apart;
    }
    let v = apart / (x + mean);
    let (mut sum, mut power) = (apart * v, 2.0 * x * v);
    // v² is below 0.01: each term adds two digits.
    for term in 1..12 {
        power *= v * v;
        sum += power / f64::from(2 * term + 1);
    }
    sum
}

/// λˣ e^(−λ) / Γ(x+1), for x above 0 and λ above 0.
pub(super) fn poisson(x: f64, mean: f64) -> f64 {
    libm::exp(-stirling_error(x) - deviance(x, mean)) / libm::sqrt(TAU * x)
}

/// ln of Γ(n+1)/(Γ(x+1)Γ(n−x+1)) pˣ qⁿ⁻ˣ, for 0 ≤ x ≤ n, with q = 1 − p given by itself, both above 0.
pub(crate) fn ln_binomial(x: f64, n: f64, (p, q): (f64, f64)) -> f64 {
    if x <= 0.0 {
        return n * ln_complement(p, q);
    }
    if x >= n {
        return n * ln_complement(q, p);
    }
    let shape = stirling_error(n) - stirling_error(x) - stirling_error(n - x);
    let apart = deviance(x, n * p) + deviance(n - x, n * q);
    shape - apart - 0.5 * (libm::log(2.0 * PI * x) + libm::log1p(-x / n))
}

/// The binomial mass itself.
pub(crate) fn binomial(x: f64, n: f64, shares: (f64, f64)) -> f64 {
    libm::exp(ln_binomial(x, n, shares))
}

/// ln q where p + q = 1, from whichever of them is the smaller.
fn ln_complement(p: f64, q: f64) -> f64 {
    if p < q { libm::log1p(-p) } else { libm::log(q) }
}
