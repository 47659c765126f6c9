//! The evidence for a fall (§3.7): a window-limited Shiryaev–Roberts e-detector over candidate starts and sizes.
//!
//! For each start the log likelihood ratio of every effect integrates the baseline's own uncertainty in closed form; L is the
//! logarithm of the sum over starts of the mean over effects. All ratios of the window are computed in rows, kept, then summed
//! below their maximum. What must never enter: a threshold, a decision, the week's date.

use crate::lanes;
use crate::settings::{Settings, WEEKS_KEPT};
use crate::stream::Side;
use crate::window::{Row, Window};

/// The evidence of no usable segment.
pub const NO_EVIDENCE: f64 = -1e9;

const STEPS: usize = 5;
const RAMPS: usize = 2;
/// Rises looked for.
const RISES: [f64; 4] = [1.3, 1.7, 2.3, 3.5];
/// Shortest segment, in usable weeks.
const SEGMENT_WEEKS_MIN: usize = 2;
/// Terms further below the largest than this change no bit that matters: 364 of them are 1.5e-15 of it.
const NEGLIGIBLE: f64 = 40.0;
/// Fewest usable weeks of a recovery.
const RECOVERY_WEEKS: usize = 3;
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
    steps: usize,
    drifts: [f64; RAMPS],
    decays: [f64; RAMPS],
    ramps: usize,
    log_count: f64,
}

impl Effects {
    /// Falls and slow falls, or rises.
    pub(crate) fn of(side: Side, settings: &Settings) -> Self {
        match side {
            Side::Down => Self::new(&settings.slip_sizes.map(|size| 1.0 - size), &settings.drifts_per_week),
            Side::Up => Self::new(&RISES, &[]),
        }
    }

    /// Falls alone: what a standing fall may deepen by.
    pub(crate) fn deeper(settings: &Settings) -> Self {
        Self::new(&settings.slip_sizes.map(|size| 1.0 - size), &[])
    }

    fn new(thetas: &[f64], drifts: &[f64]) -> Self {
        let at = |of: &[f64], at: usize, absent: f64| of.get(at).copied().unwrap_or(absent);
        let (of_steps, of_ramps) = (core::array::from_fn(|step| at(thetas, step, 1.0)), core::array::from_fn(|ramp| at(drifts, ramp, 0.0)));
        Self {
            thetas: of_steps,
            log_thetas: of_steps.map(libm::log),
            steps: thetas.len(),
            drifts: of_ramps,
            decays: of_ramps.map(|drift| libm::exp(-drift)),
            ramps: drifts.len(),
            log_count: libm::log((thetas.len() + drifts.len()) as f64),
        }
    }

    pub(crate) fn count(&self) -> usize {
        self.steps + self.ramps
    }

    /// A lower bound of the evidence of any detector whose weeks include this segment: one of the terms of its sum.
    pub(crate) fn at_least(&self, sums: (f64, f64), variance: f64) -> f64 {
        let ((seen, expected), a) = (sums, 1.0 / (variance + VARIANCE_FLOOR));
        let mut most = NO_EVIDENCE;
        for (theta, log_theta) in self.thetas.iter().zip(self.log_thetas).take(self.steps) {
            let log = lanes::ln_ratio(a + expected, a + theta * expected);
            most = most.max(seen * log_theta + (a + seen) * log);
        }
        most - self.log_count
    }
}

/// What a recovery is told by: a rate that is back, half as expected and half at `to` times it, against one still at `still` times it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Return {
    pub(crate) to: f64,
    pub(crate) still: f64,
}

/// The start from which counts are most clearly back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rebound {
    /// Log evidence for it, against a fall that goes on.
    pub(crate) evidence: f64,
    /// Place of its first week.
    pub(crate) start: usize,
    /// (Y + ½)/(M + ½) since.
    pub(crate) ratio: f64,
}

/// Best segment of a detector and its evidence; places refer to the window it was found in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    /// L.
    pub(crate) evidence: f64,
    /// Largest log ratio of an effect and a segment.
    pub(crate) best: f64,
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

/// The log ratios of all effects, by place of the segment's start.
pub(crate) type LogRatios = [Row; EFFECTS_MAX];

/// Most effects of a side.
pub(crate) const EFFECTS_MAX: usize = STEPS + RAMPS;

/// Scratch of the detector: running sums and the log ratios of a whole window.
#[derive(Clone, Debug)]
pub(crate) struct Walk {
    seen: Row,
    expected: Row,
    /// a of the segment that starts at each place, and a + M.
    a: Row,
    a_expected: Row,
    /// Running sums of the running sums, and of expectations that decay: what a ramp needs.
    aged: Row,
    decayed: [Row; RAMPS],
    log_ratios: LogRatios,
    best: Row,
    sums: Row,
}

impl Default for Walk {
    fn default() -> Self {
        let row = [0.0; WEEKS_KEPT];
        Self {
            seen: row,
            expected: row,
            a: row,
            a_expected: row,
            aged: row,
            decayed: [row; RAMPS],
            log_ratios: [row; EFFECTS_MAX],
            best: row,
            sums: row,
        }
    }
}

impl Walk {
    /// Evidence of all effects; nothing without a segment of two usable weeks.
    pub(crate) fn detect(&mut self, effects: &Effects, span: &Span<'_>) -> Option<Found> {
        let len = self.gather(effects, span)?;
        self.steps(effects, len);
        self.ramps(effects, len);
        Some(self.sum_up(effects, (span.from, len)))
    }

    /// The same for the weeks that were walked over last, whose sums do not depend on the effects. Ramps need sums of their own.
    pub(crate) fn detect_again(&mut self, effects: &Effects, span: &Span<'_>) -> Option<Found> {
        let len = span.until.saturating_sub(span.from);
        if len < SEGMENT_WEEKS_MIN || effects.ramps > 0 {
            return self.detect(effects, span);
        }
        self.steps(effects, len);
        Some(self.sum_up(effects, (span.from, len)))
    }

    /// The log ratios of all effects and segments, the one week long as well; places beyond the span's mean nothing.
    pub(crate) fn log_ratios(&mut self, effects: &Effects, span: &Span<'_>) -> &LogRatios {
        self.gather(effects, span);
        let len = span.until.saturating_sub(span.from);
        self.steps(effects, len);
        self.ramps(effects, len);
        &self.log_ratios
    }

    /// Evidence where somebody else has found the log ratios of the span's weeks.
    pub(crate) fn detect_given(&mut self, effects: &Effects, span: &Span<'_>, log_ratios: &LogRatios) -> Option<Found> {
        let len = self.gather(effects, span)?;
        self.log_ratios = *log_ratios;
        Some(self.sum_up(effects, (span.from, len)))
    }

    /// Recovery over segments among the newest `places` (§5.2).
    pub(crate) fn rebound(&mut self, window: &Window, places: usize, sought: &Return) -> Option<Rebound> {
        if places < RECOVERY_WEEKS {
            return None;
        }
        let (mut seen, mut expected) = (0.0, 0.0);
        for at in 0..places {
            seen += window.seen[at];
            expected += window.expected[at];
            self.seen[at] = seen;
            self.expected[at] = expected;
        }
        let Return { to, still } = *sought;
        let (log_recovered, log_still) = (libm::log(to), libm::log(still));
        let (seen, expected) = (&self.seen[..places], &self.expected[..places]);
        let (variance, row) = (&window.variance[..places], &mut self.best[..places]);
        for at in 0..places {
            let a = 1.0 / (variance[at] + VARIANCE_FLOOR);
            let (sum, below) = (a + seen[at], a + expected[at]);
            let back = sum * lanes::ln_ratio(below, a + to * expected[at]) + seen[at] * log_recovered;
            let fallen = sum * lanes::ln_ratio(below, a + still * expected[at]) + seen[at] * log_still;
            row[at] = half_and_half(back) - fallen;
        }
        let first = RECOVERY_WEEKS - 1;
        let start = (first..places).fold(first, |most, at| if row[at] > row[most] { at } else { most });
        Some(Rebound { evidence: row[start], start, ratio: (seen[start] + 0.5) / (expected[start] + 0.5) })
    }

    /// Running sums from the newest week back. The shortest segment starts at place 1.
    fn gather(&mut self, effects: &Effects, span: &Span<'_>) -> Option<usize> {
        let places = span.from..span.until.max(span.from);
        let len = places.len();
        let (mut seen, mut expected, mut aged, mut decayed) = (0.0, 0.0, 0.0, [0.0; RAMPS]);
        let weeks = span.window.seen[places.clone()].iter().zip(&span.window.expected[places.clone()]);
        for (at, (week_seen, week_expected)) in weeks.enumerate() {
            let week_expected = week_expected * span.scale;
            seen += week_seen;
            expected += week_expected;
            aged += seen;
            self.seen[at] = seen;
            self.expected[at] = expected;
            self.aged[at] = aged;
            for ((sum, decay), row) in decayed.iter_mut().zip(effects.decays).zip(&mut self.decayed).take(effects.ramps) {
                *sum = decay * (*sum + week_expected);
                row[at] = *sum;
            }
        }
        let variances = &span.window.variance[places];
        for ((a, variance), expected) in self.a.iter_mut().zip(variances).zip(&mut self.a_expected) {
            *a = 1.0 / (variance + VARIANCE_FLOOR + span.extra_variance);
            *expected = *a;
        }
        for (sum, expected) in self.a_expected[..len].iter_mut().zip(&self.expected) {
            *sum += expected;
        }
        (len >= SEGMENT_WEEKS_MIN).then_some(len)
    }

    /// One row per step. All slices have one length, known before the loop: that is what lets it run in lanes.
    fn steps(&mut self, effects: &Effects, len: usize) {
        let (a, a_expected) = (&self.a[..len], &self.a_expected[..len]);
        let (seen, expected) = (&self.seen[..len], &self.expected[..len]);
        for ((row, theta), log_theta) in self.log_ratios.iter_mut().zip(effects.thetas).zip(effects.log_thetas).take(effects.steps) {
            let row = &mut row[..len];
            for at in 0..len {
                let log = lanes::ln_ratio(a_expected[at], a[at] + theta * expected[at]);
                row[at] = (a[at] + seen[at]) * log + seen[at] * log_theta;
            }
        }
    }

    fn ramps(&mut self, effects: &Effects, len: usize) {
        let (a, a_expected) = (&self.a[..len], &self.a_expected[..len]);
        let (seen, aged) = (&self.seen[..len], &self.aged[..len]);
        let rows = &mut self.log_ratios[effects.steps..];
        for ((row, decayed), drift) in rows.iter_mut().zip(&self.decayed).zip(effects.drifts).take(effects.ramps) {
            let (row, decayed) = (&mut row[..len], &decayed[..len]);
            for at in 0..len {
                let log = lanes::ln_ratio(a_expected[at], a[at] + decayed[at]);
                row[at] = (a[at] + seen[at]) * log - drift * aged[at];
            }
        }
    }

    /// Maximum first, then one pass of exponentials below it, summed in a fixed order.
    fn sum_up(&mut self, of: &Effects, extent: (usize, usize)) -> Found {
        let ((from, len), effects) = (extent, of.count());
        let (best, sums) = (&mut self.best[..len], &mut self.sums[..len]);
        best.copy_from_slice(&self.log_ratios[0][..len]);
        for row in &self.log_ratios[1..effects] {
            for (best, ratio) in best.iter_mut().zip(&row[..len]) {
                *best = if *ratio > *best { *ratio } else { *best };
            }
        }
        let first = SEGMENT_WEEKS_MIN - 1;
        let mut start = first;
        for at in first..len {
            if best[at] > best[start] {
                start = at; // strict: ties keep the newer start
            }
        }
        let top = best[start];
        sums.fill(0.0);
        for row in &self.log_ratios[..effects] {
            // Long segments speak strongly against large effects: most of such a row's end is too small to be seen in the sum.
            let seen = row[..len].iter().rposition(|ratio| *ratio >= top - NEGLIGIBLE).map_or(0, |last| last + 1);
            for (sum, ratio) in sums[..seen].iter_mut().zip(&row[..seen]) {
                *sum += lanes::exp(*ratio - top);
            }
        }
        let total: f64 = sums[first..].iter().sum();
        let near = |at: &usize| best[*at] >= top - 2.0;
        Found {
            evidence: top + libm::log(total) - of.log_count,
            best: top,
            start: from + start,
            newest_start: from + (first..len).find(near).unwrap_or(start),
            oldest_start: from + (first..len).rev().find(near).unwrap_or(start),
            ratio: (self.seen[start] + 0.5) / (self.expected[start] + 0.5),
        }
    }
}

/// ln(½ + ½eˣ), also for x in the thousands.
#[inline(always)]
fn half_and_half(x: f64) -> f64 {
    let (larger, distance) = if x > 0.0 { (x, -x) } else { (0.0, x) };
    larger + lanes::ln_ratio(1.0 + lanes::exp(distance), 2.0)
}

#[cfg(test)]
#[path = "evidence/tests.rs"]
mod tests;
