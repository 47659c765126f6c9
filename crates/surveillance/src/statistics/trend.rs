//! Trend of equally spaced values, shown beside long erosion (§6.1): Mann–Kendall's test and Theil–Sen's slope.
//!
//! A position without a value is a gap: time goes on over it. Quadratic in the number of values, so meant for hundreds. What must
//! never enter: a season (difference it out, or give yearly values).

use alloc::vec::Vec;

use super::special::normal_cumulative;
use super::{Interval, Z_95};

/// Whether values rise or fall with time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// S: pairs that rise less pairs that fall.
    pub score: i64,
    /// Variance of S without a trend, ties allowed for.
    pub variance: f64,
    /// S less its continuity correction, over its standard error; 0 if all values are equal.
    pub z: f64,
    /// Kendall's τ_b, −1 to 1; 0 if all values are equal.
    pub tau: f64,
    /// Two-sided normal probability of such an S without a trend.
    pub p: f64,
}

/// The median of the slopes of all pairs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Change per position.
    pub slope: f64,
    /// Interval of Sen (1968); ends are slopes of pairs.
    pub interval: Interval,
}

/// Mann (1945), Kendall (1975). `None` with fewer than three values, or one that is not finite.
#[must_use]
pub fn mann_kendall(values: &[Option<f64>]) -> Option<MannKendall> {
    let points = points(values)?;
    let score: i64 = pairs(&points).map(|(a, b)| sign(b.1 - a.1)).sum();
    let n = points.len() as f64;
    let ties = ties(&points);
    let variance = variance(n, &ties);
    let tied_pairs: f64 = ties.iter().map(|t| t * (t - 1.0) / 2.0).sum();
    let all_pairs = n * (n - 1.0) / 2.0;
    if all_pairs <= tied_pairs {
        return Some(MannKendall { score, variance, z: 0.0, tau: 0.0, p: 1.0 });
    }
    let tau = score as f64 / libm::sqrt(all_pairs * (all_pairs - tied_pairs));
    let z = (score - score.signum()) as f64 / libm::sqrt(variance);
    Some(MannKendall { score, variance, z, tau, p: (2.0 * normal_cumulative(-z.abs())).min(1.0) })
}

/// Theil (1950), Sen (1968). `None` with fewer than three values, or one that is not finite.
#[must_use]
pub fn theil_sen(values: &[Option<f64>]) -> Option<Slope> {
    let points = points(values)?;
    let mut slopes: Vec<f64> = pairs(&points).map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
    slopes.sort_by(f64::total_cmp);
    let count = slopes.len();
    let slope = f64::midpoint(slopes[(count - 1) / 2], slopes[count / 2]);
    let reach = Z_95 * libm::sqrt(variance(points.len() as f64, &ties(&points)));
    // Ranks as scipy takes them: the nearest integers (ties to even), inside the list.
    let low = libm::rint((count as f64 - reach) / 2.0) - 1.0;
    let high = libm::rint((count as f64 + reach) / 2.0);
    let rank = |at: f64| slopes[(at.max(0.0) as usize).min(count - 1)];
    Some(Slope { slope, interval: Interval { low: rank(low), high: rank(high) } })
}

type Point = (f64, f64);

/// Positions and values, gaps left out.
fn points(values: &[Option<f64>]) -> Option<Vec<Point>> {
    let points: Vec<Point> = values.iter().enumerate().filter_map(|(at, value)| value.map(|value| (at as f64, value))).collect();
    (points.len() >= 3 && points.iter().all(|point| point.1.is_finite())).then_some(points)
}

fn pairs(points: &[Point]) -> impl Iterator<Item = (Point, Point)> + '_ {
    points.iter().enumerate().flat_map(|(at, &a)| points[at + 1..].iter().map(move |&b| (a, b)))
}

fn sign(difference: f64) -> i64 {
    i64::from(difference > 0.0) - i64::from(difference < 0.0)
}

/// Sizes of the groups of equal values.
fn ties(points: &[Point]) -> Vec<f64> {
    let mut sorted: Vec<f64> = points.iter().map(|point| point.1).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64).collect()
}

fn variance(n: f64, ties: &[f64]) -> f64 {
    let term = |t: f64| t * (t - 1.0) * (2.0 * t + 5.0);
    (term(n) - ties.iter().map(|&t| term(t)).sum::<f64>()) / 18.0
}
