//! The regularised incomplete beta function and the quantile of the beta distribution.
//!
//! Continued fraction (Lentz) on the side where it converges fast: Press et al., Numerical Recipes, 6.4; the factor in front is a
//! binomial mass after Loader. What must never enter: a count (the caller says which shapes its counts are).

use super::mass;
use super::root::root;
use super::{Tails, is_shape};

/// The fraction needs some multiple of the root of the larger shape.
const TERMS_MAX: u32 = 10_000_000;

/// I_x(a, b) and its complement: the tails at `x`, within [0, 1], of a beta distribution with shapes above 0. `None` outside that.
#[must_use]
pub fn regularised_beta(shapes: (f64, f64), x: f64) -> Option<Tails> {
    let is_valid = is_shape(shapes.0) && is_shape(shapes.1) && (0.0..=1.0).contains(&x);
    is_valid.then(|| tails(shapes, (x, 1.0 - x)))
}

/// The point below which the share `share`, above 0 and below 1, of a beta distribution with these shapes lies.
#[must_use]
pub fn beta_quantile(shapes: (f64, f64), share: f64) -> Option<f64> {
    let is_valid = is_shape(shapes.0) && is_shape(shapes.1) && share > 0.0 && share < 1.0;
    is_valid.then(|| {
        root((0.0, 1.0), |x| {
            let sides = (x, 1.0 - x);
            (tails(shapes, sides).beyond(share), front(shapes, sides) / (sides.0 * sides.1))
        })
    })
}

/// Both tails at x, given with 1 − x.
fn tails((a, b): (f64, f64), (x, rest): (f64, f64)) -> Tails {
    if x <= 0.0 {
        return Tails::from_lower(0.0);
    }
    if rest <= 0.0 {
        return Tails::from_upper(0.0);
    }
    let front = front((a, b), (x, rest));
    if x < (a + 1.0) / (a + b + 2.0) {
        Tails::from_lower(front / a * fraction((a, b), x))
    } else {
        Tails::from_upper(front / b * fraction((b, a), rest))
    }
}

/// xᵃ (1−x)ᵇ / B(a, b).
fn front((a, b): (f64, f64), sides: (f64, f64)) -> f64 {
    mass::binomial(a, a + b, sides) * (a / (a + b)) * b
}

fn fraction((a, b): (f64, f64), x: f64) -> f64 {
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut value) = (1.0, d);
    for step in 1..TERMS_MAX {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for part in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + part * d);
            c = away_from_zero(1.0 + part / c);
            change = d * c;
            value *= change;
        }
        if (change - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

fn away_from_zero(value: f64) -> f64 {
    if value.abs() < 1e-300 { 1e-300 } else { value }
}
