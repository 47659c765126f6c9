//! The expected level: a log-linear seasonal rate, learnt by an extended Kalman filter from weeks that have left the guard gap
//! (§3.4), with overdispersion and serial correlation from moments.
//!
//! It never sees a week that an alarm has questioned; who asks it to learn decides that. What must never enter: evidence,
//! completeness, and any rule by which the level would move to where the counts are.

use serde::{Deserialize, Serialize};

use crate::season::Harmonics;

const SEASON_SD: f64 = 0.15;
const PRIOR_NOISE: f64 = 0.03;
const PRIOR_NOISE_WEEKS: f64 = 30.0;
/// Variance that the log level of a ratio gains in a week: 0.006².
pub(crate) const RATIO_DRIFT: f64 = 0.006 * 0.006;
/// The same of traffic, which nobody's routine steadies: four times as much.
pub(crate) const TRAFFIC_DRIFT: f64 = RATIO_DRIFT * 4.0;
/// Weeks summed before the level is set.
const FIRST_WEEKS: i64 = 8;
/// Weeks learnt before the season is believed.
const SEASONED_WEEKS: u32 = 52;
/// Where row `i` of the upper triangle begins, so that (i, j) with i ≤ j stands at `ROW[i] + j`.
const ROW: [usize; 5] = [0, 4, 7, 9, 10];

/// What a level says of the weeks to be judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Level {
    /// Intercept and the four harmonics, on the log scale.
    pub(crate) coefficients: [f64; 5],
    /// Upper triangle of their covariance, by rows.
    pub(crate) covariance: [f64; 15],
    /// Overdispersion α: variance is μ + αμ².
    pub(crate) noise: f64,
    /// Factor on the variance for serial correlation.
    pub(crate) inflation: f64,
}

impl Level {
    /// The level of a declared reference window of `weeks` weeks with these sums: no season, prior noise (§4.8).
    pub(crate) fn declared(numerator: f64, denominator: f64, weeks: f64) -> Self {
        let mut covariance = [0.0; 15];
        covariance[0] = (1.0 + PRIOR_NOISE * numerator / weeks) / (numerator + 0.5);
        let intercept = libm::log((numerator + 0.5) / (denominator + 0.5));
        Self { coefficients: [intercept, 0.0, 0.0, 0.0, 0.0], covariance, noise: PRIOR_NOISE, inflation: 1.0 }
    }
}

/// A week that has left the guard gap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lesson<'a> {
    /// Numerator and denominator.
    pub(crate) counts: (i32, i32),
    /// What one count of each is made of: 1, or the typical consignment of a weighted series.
    pub(crate) units: (f64, f64),
    /// Variance that the log level gains in a week.
    pub(crate) drift: f64,
    pub(crate) season: &'a Harmonics,
}

/// The filter of one ratio of one series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Baseline {
    coefficients: [f64; 5],
    covariance: [f64; 15],
    noise_sum: f64,
    noise_weight: f64,
    lag_sums: [f64; 4],
    residuals: [f64; 4],
    square_sum: f64,
    numerator_sum: i64,
    denominator_sum: i64,
    is_set: bool,
    skipped: u32,
    learnt: u32,
}

impl Baseline {
    /// Whether there is a level.
    pub(crate) fn is_set(&self) -> bool {
        self.is_set
    }

    /// Whether anything has gone into it.
    pub(crate) fn is_untouched(&self) -> bool {
        !self.is_set && self.numerator_sum == 0 && self.denominator_sum == 0
    }

    /// Whether the season has been seen once around.
    pub(crate) fn is_seasoned(&self) -> bool {
        self.learnt >= SEASONED_WEEKS
    }

    /// A level from the sums of a window named by an operator, everything else as at the beginning.
    pub(crate) fn from_window(sums: (i64, i64), units: (f64, f64)) -> Self {
        let mut baseline = Self { numerator_sum: sums.0, denominator_sum: sums.1, ..Self::default() };
        baseline.set(units);
        baseline
    }

    /// A week that may not be learnt: its share of the drift is made up for later.
    pub(crate) fn skip(&mut self) {
        self.skipped += u32::from(self.is_set);
    }

    /// Takes in a week. `age` counts weeks since the first that could be learnt.
    pub(crate) fn learn(&mut self, age: i64, lesson: &Lesson<'_>) {
        if self.is_set {
            self.update(lesson);
            return;
        }
        self.numerator_sum += i64::from(lesson.counts.0);
        self.denominator_sum += i64::from(lesson.counts.1);
        if age >= FIRST_WEEKS && self.denominator_sum > 0 {
            self.set(lesson.units);
        }
    }

    /// The level as of now.
    pub(crate) fn level(&self) -> Level {
        Level { coefficients: self.coefficients, covariance: self.covariance, noise: self.noise(), inflation: self.inflation() }
    }

    fn set(&mut self, units: (f64, f64)) {
        let (numerator, denominator) = (self.numerator_sum as f64 / units.0, self.denominator_sum as f64 / units.1);
        self.coefficients = [libm::log((numerator + 0.5) / (denominator + 0.5)), 0.0, 0.0, 0.0, 0.0];
        self.covariance = [0.0; 15];
        self.covariance[ROW[0]] = (1.0 / (numerator + 0.5) + 0.05).min(1.0);
        for (at, share) in [(1, 1.0), (2, 1.0), (3, 0.25), (4, 0.25)] {
            self.covariance[ROW[at] + at] = SEASON_SD * SEASON_SD * share;
        }
        self.is_set = true;
    }

    fn noise(&self) -> f64 {
        ((self.noise_sum + PRIOR_NOISE_WEEKS * PRIOR_NOISE) / (self.noise_weight + PRIOR_NOISE_WEEKS)).clamp(0.002, 2.0)
    }

    fn inflation(&self) -> f64 {
        if self.square_sum <= 10.0 {
            return 1.0;
        }
        let mut inflation = 1.0;
        for lag in &self.lag_sums {
            inflation += 2.0 * lag / (self.square_sum + 20.0);
        }
        inflation.clamp(1.0, 6.0)
    }

    fn update(&mut self, lesson: &Lesson<'_>) {
        let (numerator, denominator) = (f64::from(lesson.counts.0) / lesson.units.0, f64::from(lesson.counts.1) / lesson.units.1);
        if denominator <= 0.0 {
            return;
        }
        let season = lesson.season;
        self.covariance[0] += lesson.drift * f64::from(1 + self.skipped);
        self.skipped = 0;
        self.learnt = self.learnt.saturating_add(1);
        let design = [1.0, season[0], season[1], season[2], season[3]];
        let mut log_rate = 0.0;
        for (h, coefficient) in design.iter().zip(&self.coefficients) {
            log_rate += h * coefficient;
        }
        let expected = denominator * libm::exp(log_rate.min(20.0));
        let variance = expected + self.noise() * expected * expected;
        let deviation = libm::sqrt(variance);
        self.take_moments(numerator, expected, variance);
        let seen = numerator.clamp(expected - 3.0 * deviation, expected + 3.0 * deviation);
        self.correct(&design, (seen - expected) / expected.max(1e-9), (expected, variance));
    }

    /// Overdispersion and serial correlation, before the week has moved the level.
    fn take_moments(&mut self, numerator: f64, expected: f64, variance: f64) {
        let residual = ((numerator - expected) / libm::sqrt(variance)).clamp(-3.0, 3.0);
        let square = expected * expected;
        let weight = square / (variance * variance);
        let excess = (residual * residual * variance - expected) / (square + 1e-12);
        self.noise_sum += excess.max(-1.0) * weight * square;
        self.noise_weight += weight * square;
        for (sum, earlier) in self.lag_sums.iter_mut().zip(&self.residuals) {
            *sum += residual * earlier;
        }
        self.square_sum += residual * residual;
        self.residuals.rotate_right(1);
        self.residuals[0] = residual;
    }

    fn correct(&mut self, design: &[f64; 5], innovation: f64, moments: (f64, f64)) {
        let (expected, variance) = moments;
        let mut gain = [0.0; 5];
        let mut spread = 0.0;
        for row in 0..5 {
            for (column, h) in design.iter().enumerate() {
                gain[row] += self.covariance[ROW[row.min(column)] + row.max(column)] * h;
            }
            spread += design[row] * gain[row];
        }
        let total = spread + variance / (expected * expected + 1e-12);
        // Below one expected report the surprise is all in the variance; clamping it would bias the level.
        let innovation = if expected > 1.0 { innovation.clamp(-1.0, 1.5) } else { innovation };
        let step = spread / total * innovation;
        let scale = if step.abs() > 0.5 { 0.5 / step.abs() } else { 1.0 };
        for row in 0..5 {
            self.coefficients[row] += gain[row] / total * innovation * scale;
            for column in row..5 {
                self.covariance[ROW[row] + column] -= gain[row] * gain[column] / total;
            }
        }
    }
}

#[cfg(test)]
#[path = "baseline/tests.rs"]
mod tests;
