//! The evidence for a fall (§3.7): a window-limited Shiryaev–Roberts e-detector over candidate starts and sizes.
//!
//! For each start the log likelihood ratio of every effect integrates the baseline's own uncertainty in closed form; L is the
//! logarithm of the sum over starts of the mean over effects. All ratios of the window are computed in rows, kept, then summed
//! below their maximum. What must never enter: a threshold, a decision, the week's date.

use crate::lanes;
use crate::settings::{Settings, WEEKS_KEPT};
use crate::window::{Row, Window};

/// The evidence of no usable segment.
pub const NO_EVIDENCE: f64 = -1e9;

const STEPS: usize = 5;
const RAMPS: usize = 2;
/// Shortest segment, in usable weeks.
const SEGMENT_WEEKS_MIN: usize = 2;
/// Least relative variance of an expectation.
pub(crate) const VARIANCE_FLOOR: f64 = 1e-4;

/// ln of the likelihood ratio of a step: `seen` counts against `expected`, whose common factor is Gamma(a, a) distributed, when the
/// rate is `theta` times what it was.
#[must_use]
pub fn log_ratio_step(seen: f64, expected: f64, a: f64, theta: f64) -> f64 {
    seen * libm::log(theta) + (a + seen) * lanes::ln_ratio(a + expected, a + theta * expected)
}

/// The same for a ramp: `weeks` are (seen, expected), oldest first; the j-th week (from 1) has e^(−δj) times its expectation.
#[must_use]
pub fn log_ratio_ramp(weeks: &[(f64, f64)], a: f64, drift: f64) -> f64 {
    let (mut seen, mut expected, mut aged, mut decayed) = (0.0, 0.0, 0.0, 0.0);
    let decay = libm::exp(-drift);
    for (week_seen, week_expected) in weeks.iter().rev() {
        seen += week_seen;
        expected += week_expected;
        aged += seen;
        decayed = decay * (decayed + week_expected);
    }
    -drift * aged + (a + seen) * lanes::ln_ratio(a + expected, a + decayed)
}

/// The effects looked for, with what of them does not change from week to week.
#[derive(Clone, Debug)]
pub(crate) struct Effects {
    thetas: [f64; STEPS],
    log_thetas: [f64; STEPS],
    drifts: [f64; RAMPS],
    decays: [f64; RAMPS],
    log_steps: f64,
    log_all: f64,
}

impl Effects {
    pub(crate) fn new(settings: &Settings) -> Self {
        let thetas = settings.slip_sizes.map(|size| 1.0 - size);
        Self {
            thetas,
            log_thetas: thetas.map(libm::log),
            drifts: settings.drifts_per_week,
            decays: settings.drifts_per_week.map(|drift| libm::exp(-drift)),
            log_steps: libm::log(STEPS as f64),
            log_all: libm::log((STEPS + RAMPS) as f64),
        }
    }
}

/// Best segment of a detector and its evidence; places refer to the window it was found in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// L.
    pub(crate) evidence: f64,
    /// Place of the start of the best segment, and of the newest and oldest start within 2 of it.
    pub(crate) start: usize,
    pub(crate) newest_start: usize,
    pub(crate) oldest_start: usize,
    /// (Y + ½)/(M + ½) of the best segment.
    pub(crate) ratio: f64,
}

/// The weeks of a window that a detector walks over, and how it sees them.
pub(crate) struct Span<'a> {
    pub(crate) window: &'a Window,
    /// Places `from..until`.
    pub(crate) from: usize,
    pub(crate) until: usize,
    /// Factor on the expectations.
    pub(crate) scale: f64,
    /// Added to the relative variance of every expectation.
    pub(crate) extra_variance: f64,
}

impl<'a> Span<'a> {
    /// All weeks of a window as they are, from place `from` on.
    pub(crate) fn from(window: &'a Window, from: usize) -> Self {
        Self { window, from, until: window.len, scale: 1.0, extra_variance: 0.0 }
    }
}

/// Scratch of the detector: running sums and the log ratios of a whole window.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    seen: Row,
    /// a + Y, a + M, and the running sums of a ramp.
    a_seen: Row,
    a: Row,
    expected: Row,
    aged: Row,
    decayed: [Row; RAMPS],
    log_ratios: [Row; STEPS + RAMPS],
    best: Row,
    sums: Row,
}

impl Default for Walk {
    fn default() -> Self {
        let row = [0.0; WEEKS_KEPT];
        Self {
            seen: row,
            a_seen: row,
            a: row,
            expected: row,
            aged: row,
            decayed: [row; RAMPS],
            log_ratios: [row; STEPS + RAMPS],
            best: row,
            sums: row,
        }
    }
}

impl Walk {
    /// Evidence of steps and ramps; nothing without a segment of two usable weeks.
    pub(crate) fn detect(&mut self, effects: &Effects, span: &Span<'_>) -> Option<Found> {
        let len = self.gather(effects, span)?;
        self.steps(effects, len);
        for (ramp, drift) in effects.drifts.iter().enumerate() {
            for at in 0..len {
                let log = lanes::ln_ratio(self.a[at] + self.expected[at], self.a[at] + self.decayed[ramp][at]);
                self.log_ratios[STEPS + ramp][at] = self.a_seen[at] * log - drift * self.aged[at];
            }
        }
        Some(self.sum_up(STEPS + RAMPS, effects.log_all, (span, len)))
    }

    /// Evidence of steps alone.
    pub(crate) fn detect_steps(&mut self, effects: &Effects, span: &Span<'_>) -> Option<Found> {
        let len = self.gather(effects, span)?;
        self.steps(effects, len);
        Some(self.sum_up(STEPS, effects.log_steps, (span, len)))
    }

    /// Running sums from the newest week back. The shortest segment starts at place 1.
    fn gather(&mut self, effects: &Effects, span: &Span<'_>) -> Option<usize> {
        let len = span.until.saturating_sub(span.from);
        let (mut seen, mut expected, mut aged, mut decayed) = (0.0, 0.0, 0.0, [0.0; RAMPS]);
        for at in 0..len {
            let place = span.from + at;
            let week_expected = span.window.expected[place] * span.scale;
            seen += span.window.seen[place];
            expected += week_expected;
            aged += seen;
            self.seen[at] = seen;
            self.expected[at] = expected;
            self.aged[at] = aged;
            for ((sum, decay), row) in decayed.iter_mut().zip(effects.decays).zip(&mut self.decayed) {
                *sum = decay * (*sum + week_expected);
                row[at] = *sum;
            }
        }
        for at in 0..len {
            let a = 1.0 / (span.window.variance[span.from + at] + VARIANCE_FLOOR + span.extra_variance);
            self.a[at] = a;
            self.a_seen[at] = a + self.seen[at];
        }
        (len >= SEGMENT_WEEKS_MIN).then_some(len)
    }

    fn steps(&mut self, effects: &Effects, len: usize) {
        for step in 0..STEPS {
            let (theta, log_theta) = (effects.thetas[step], effects.log_thetas[step]);
            for at in 0..len {
                let log = lanes::ln_ratio(self.a[at] + self.expected[at], self.a[at] + theta * self.expected[at]);
                self.log_ratios[step][at] = self.a_seen[at] * log + self.seen[at] * log_theta;
            }
        }
    }

    /// Maximum first, then one pass of exponentials below it, summed in a fixed order.
    fn sum_up(&mut self, effects: usize, log_effects: f64, extent: (&Span<'_>, usize)) -> Found {
        let (span, len) = extent;
        let starts = SEGMENT_WEEKS_MIN - 1..len;
        self.best[..len].fill(f64::NEG_INFINITY);
        self.sums[..len].fill(0.0);
        for row in &self.log_ratios[..effects] {
            for at in starts.clone() {
                self.best[at] = if row[at] > self.best[at] { row[at] } else { self.best[at] };
            }
        }
        let mut start = starts.start;
        for at in starts.clone() {
            if self.best[at] > self.best[start] {
                start = at; // strict: ties keep the newer start
            }
        }
        let top = self.best[start];
        for row in &self.log_ratios[..effects] {
            for at in starts.clone() {
                self.sums[at] += lanes::exp(row[at] - top);
            }
        }
        let total: f64 = self.sums[starts.clone()].iter().sum();
        let near = |at: &usize| self.best[*at] >= top - 2.0;
        Found {
            evidence: top + libm::log(total) - log_effects,
            start: span.from + start,
            newest_start: span.from + starts.clone().find(near).unwrap_or(start),
            oldest_start: span.from + starts.rev().find(near).unwrap_or(start),
            ratio: (self.seen[start] + 0.5) / (self.expected[start] + 0.5),
        }
    }
}

#[cfg(test)]
#[path = "evidence/tests.rs"]
mod tests;
