//! The root of an increasing function inside a bracket.
//!
//! Newton's step where it stays inside and halves what is left, the middle of the bracket where it does not: as sure as bisection,
//! and a handful of steps for a distribution function. What must never enter: a function that is not increasing.

/// Enough halvings to reach any positive double from a bracket of doubles.
const STEPS_MAX: u32 = 1100;

/// Where `at` passes from below to above 0 between the ends of `bracket`. `at` gives a value and a slope.
pub(super) fn root(bracket: (f64, f64), at: impl Fn(f64) -> (f64, f64)) -> f64 {
    let (mut low, mut high) = bracket;
    let mut x = f64::midpoint(low, high);
    let mut last_step = high - low;
    for _ in 0..STEPS_MAX {
        let (value, slope) = at(x);
        if value == 0.0 {
            return x;
        }
        if value < 0.0 {
            low = x
        } else {
            high = x
        }
        let newton = x - value / slope;
        let is_good = newton > low && newton < high && (newton - x).abs() < 0.5 * last_step;
        let next = if is_good { newton } else { f64::midpoint(low, high) };
        last_step = (next - x).abs();
        if last_step <= x.abs() * f64::EPSILON * 0.5 {
            return next;
        }
        x = next;
    }
    x
}
