//! The gamma function's logarithm, the regularised incomplete gamma functions, and the quantile of the gamma distribution.
//!
//! Series below the mean, continued fraction (Lentz) above it: Press et al., Numerical Recipes, 6.2; the factor in front is a Poisson
//! mass after Loader. What must never enter: a scale (the caller divides by it).

use super::mass;
use super::root::root;
use super::{Tails, is_shape};

/// Both expansions need some multiple of the root of the shape; a shape of 1e12 still ends.
const TERMS_MAX: u32 = 10_000_000;

/// ln Γ(x), for x above 0; `None` otherwise.
#[must_use]
pub fn ln_gamma(x: f64) -> Option<f64> {
    is_shape(x).then(|| libm::lgamma(x))
}

/// P(a, x) and Q(a, x): the tails at `x >= 0` of a gamma distribution with this shape (above 0) and scale 1. `None` outside that.
#[must_use]
pub fn regularised_gamma(shape: f64, x: f64) -> Option<Tails> {
    (is_shape(shape) && x.is_finite() && x >= 0.0).then(|| tails(shape, x))
}

/// The point below which the share `share`, above 0 and below 1, of a gamma distribution with this shape and scale 1 lies.
#[must_use]
pub fn gamma_quantile(shape: f64, share: f64) -> Option<f64> {
    let is_valid = is_shape(shape) && share > 0.0 && share < 1.0;
    if !is_valid {
        return None;
    }
    let mut high = shape + 1.0;
    while tails(shape, high).beyond(share) < 0.0 {
        high *= 2.0;
    }
    Some(root((0.0, high), |x| (tails(shape, x).beyond(share), mass::poisson(shape, x) * shape / x)))
}

fn tails(shape: f64, x: f64) -> Tails {
    if x == 0.0 {
        return Tails::from_lower(0.0);
    }
    let mass = mass::poisson(shape, x);
    if x < shape + 1.0 { Tails::from_lower(mass * series(shape, x)) } else { Tails::from_upper(mass * shape * fraction(shape, x)) }
}

/// 1 + x/(a+1) + x²/((a+1)(a+2)) + …
fn series(shape: f64, x: f64) -> f64 {
    let (mut sum, mut term, mut under) = (1.0, 1.0, shape);
    for _ in 0..TERMS_MAX {
        under += 1.0;
        term *= x / under;
        sum += term;
        if term < sum * f64::EPSILON * 0.25 {
            break;
        }
    }
    sum
}

/// 1/(x+1−a − 1(1−a)/(x+3−a − 2(2−a)/(x+5−a − …))), for x at least a + 1.
fn fraction(shape: f64, x: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let mut b = x + 1.0 - shape;
    let (mut c, mut d) = (1.0 / TINY, 1.0 / b);
    let mut value = d;
    for step in 1..TERMS_MAX {
        let step = f64::from(step);
        let a = -step * (step - shape);
        b += 2.0;
        d = 1.0 / away_from_zero(a * d + b, TINY);
        c = away_from_zero(b + a / c, TINY);
        value *= d * c;
        if (d * c - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn away_from_zero(value: f64, tiny: f64) -> f64 {
    if value.abs() < tiny { tiny } else { value }
}
