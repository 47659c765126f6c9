//! The newest 52 weeks as evidence sees them (§3.6): what was seen, what was expected of it by now, how far one week may count.
//!
//! A week that is too incomplete, without denominator, settled or before the series' time is left out, never filled in. The rows
//! are computed for all weeks without branches and then packed, newest first. What must never enter: a decision.

use crate::baseline::Level;
use crate::counts::slot;
use crate::delays::Completeness;
use crate::lanes;
use crate::settings::WEEKS_KEPT;

pub(crate) type Row = [f64; WEEKS_KEPT];

/// A week's surplus counts for at most this many standard deviations.
const SURPLUS_CAP_SD: f64 = 3.0;
/// Relative variance of expected late arrivals: what a delay table of a year ago may be wrong by.
const LATE_VARIANCE: f64 = 0.01;

/// The usable weeks, packed, newest first; the first `len` places of each row count.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) len: usize,
    /// How many weeks before the newest closed one.
    pub(crate) back: [u8; WEEKS_KEPT],
    /// Capped count over the variance factor.
    pub(crate) seen: Row,
    /// Effective expected count.
    pub(crate) expected: Row,
    /// Relative variance of the expectation.
    pub(crate) variance: Row,
    /// The count as it is.
    pub(crate) raw_seen: Row,
    /// Its expectation μ, given what is known by now.
    pub(crate) raw_expected: Row,
    /// Variance of the count, without inflation.
    pub(crate) raw_variance: Row,
}

impl Default for Window {
    fn default() -> Self {
        let row = [0.0; WEEKS_KEPT];
        Self { len: 0, back: [0; WEEKS_KEPT], seen: row, expected: row, variance: row, raw_seen: row, raw_expected: row, raw_variance: row }
    }
}

/// What the expectation of one series is made of, newest week first in every row.
pub(crate) struct Ingredients<'a> {
    pub(crate) numerator: &'a Row,
    pub(crate) denominator: &'a Row,
    pub(crate) numerator_known: &'a Completeness,
    pub(crate) denominator_known: &'a Completeness,
    pub(crate) seasons: &'a [Row; 4],
    pub(crate) level: &'a Level,
}

/// Which weeks may be used.
pub(crate) struct Admission {
    /// The newest closed week.
    pub(crate) week: i64,
    /// How many weeks to look back at.
    pub(crate) len: usize,
    pub(crate) reported_share_min: f64,
    pub(crate) outage_cap_sd: f64,
    /// One bit per ring slot.
    pub(crate) settled: u64,
}

/// Rows of one computation.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    expected: Row,
    variance: Row,
    weight: Row,
    spread: Row,
}

impl Default for Rows {
    fn default() -> Self {
        let row = [0.0; WEEKS_KEPT];
        Self { expected: row, variance: row, weight: row, spread: row }
    }
}

impl Rows {
    /// Expectation, variance, variance factor and relative variance of the level for every week, usable or not.
    fn fill(&mut self, from: &Ingredients<'_>) {
        let [cos1, sin1, cos2, sin2] = from.seasons;
        let b = &from.level.coefficients;
        let p = &from.level.covariance;
        for at in 0..WEEKS_KEPT {
            let (c1, s1, c2, s2) = (cos1[at], sin1[at], cos2[at], sin2[at]);
            let log_rate = b[0] + c1 * b[1] + s1 * b[2] + c2 * b[3] + s2 * b[4];
            self.expected[at] = if log_rate < 20.0 { log_rate } else { 20.0 };
            let with_intercept = c1 * p[1] + s1 * p[2] + c2 * p[3] + s2 * p[4];
            let with_cos1 = s1 * p[6] + c2 * p[7] + s2 * p[8];
            let with_sin1 = c2 * p[10] + s2 * p[11];
            let squares = c1 * c1 * p[5] + s1 * s1 * p[9] + c2 * c2 * p[12] + s2 * s2 * p[14];
            let crosses = with_intercept + c1 * with_cos1 + s1 * with_sin1 + c2 * s2 * p[13];
            self.spread[at] = p[0] + squares + 2.0 * crosses;
        }
        for at in 0..WEEKS_KEPT {
            self.expected[at] = lanes::exp(self.expected[at]);
        }
        let (known, known_below) = (from.numerator_known, from.denominator_known);
        for at in 0..WEEKS_KEPT {
            let denominator = from.denominator[at];
            let floor = if denominator > 1.0 { denominator } else { 1.0 };
            let share = known_below.share[at];
            let expected = denominator / share * self.expected[at] * known.share[at];
            let relative = from.level.noise + known.variance[at] + known_below.variance[at] + (1.0 - share) / floor;
            self.expected[at] = expected;
            self.variance[at] = expected + relative * expected * expected;
            // μ/var = 1/(1 + αμ), without the quotient that a week of x = 0 could not stand.
            self.weight[at] = 1.0 / ((1.0 + relative * expected) * from.level.inflation);
        }
    }
}

impl Window {
    /// Computes and packs the usable weeks of one series.
    pub(crate) fn fill(&mut self, rows: &mut Rows, from: &Ingredients<'_>, admission: &Admission) {
        rows.fill(from);
        self.len = 0;
        for back in 0..admission.len {
            let enough = from.numerator_known.share[back] >= admission.reported_share_min
                && from.denominator_known.share[back] >= admission.reported_share_min;
            let settled = admission.settled >> slot(admission.week - back as i64) & 1 == 1;
            if enough && from.denominator[back] > 0.0 && !settled {
                self.push(back, from.numerator[back], rows, admission.outage_cap_sd);
            }
        }
    }

    /// Packs the usable weeks of late arrivals: `late` gives those of a week, seen and expected; `noise` is variance over mean.
    pub(crate) fn fill_late(&mut self, late: impl Fn(i64) -> (f64, f64), noise: f64, admission: &Admission) {
        let weight = 1.0 / noise;
        self.len = 0;
        for back in 0..admission.len {
            let week = admission.week - back as i64;
            let (seen, expected) = late(week);
            if expected <= 0.0 || admission.settled >> slot(week) & 1 == 1 {
                continue;
            }
            let (at, variance) = (self.len, expected * noise);
            self.back[at] = back as u8;
            self.seen[at] = capped(seen, (expected, variance), admission.outage_cap_sd) * weight;
            self.expected[at] = expected * weight;
            self.variance[at] = LATE_VARIANCE;
            self.raw_seen[at] = seen;
            self.raw_expected[at] = expected;
            self.raw_variance[at] = variance;
            self.len += 1;
        }
    }

    fn push(&mut self, back: usize, numerator: f64, rows: &Rows, outage_cap_sd: f64) {
        let (expected, variance, weight) = (rows.expected[back], rows.variance[back], rows.weight[back]);
        let at = self.len;
        self.back[at] = back as u8;
        self.seen[at] = capped(numerator, (expected, variance), outage_cap_sd) * weight;
        self.expected[at] = expected * weight;
        self.variance[at] = rows.spread[back];
        self.raw_seen[at] = numerator;
        self.raw_expected[at] = expected;
        self.raw_variance[at] = variance;
        self.len += 1;
    }

    /// Expectation of the newest closed week, if it is usable.
    pub(crate) fn newest_expected(&self) -> Option<f64> {
        (self.len > 0 && self.back[0] == 0).then_some(self.raw_expected[0])
    }

    /// Leaves no usable week.
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// The first place whose week lies at least `back` weeks before the newest closed one.
    pub(crate) fn first_at_or_before(&self, back: i64) -> usize {
        self.back[..self.len].partition_point(|&of| i64::from(of) < back)
    }

    /// How many places hold weeks that lie at most `back` weeks before the newest closed one.
    pub(crate) fn count_since(&self, back: i64) -> usize {
        self.first_at_or_before(back + 1)
    }

    /// One bit per usable week, by ring slot.
    pub(crate) fn mask(&self, week: i64) -> u64 {
        self.back[..self.len].iter().fold(0, |mask, &back| mask | 1 << slot(week - i64::from(back)))
    }

    /// Mean effective expectation of the newest 13 usable weeks; 0 without any.
    pub(crate) fn mean_expected(&self) -> f64 {
        let newest = &self.expected[..self.len.min(13)];
        if newest.is_empty() { 0.0 } else { newest.iter().sum::<f64>() / newest.len() as f64 }
    }

    /// Sums of capped counts and effective expectations over the places `from..until`.
    pub(crate) fn sums(&self, from: usize, until: usize) -> (f64, f64) {
        let (mut seen, mut expected) = (0.0, 0.0);
        for at in from..until {
            seen += self.seen[at];
            expected += self.expected[at];
        }
        (seen, expected)
    }
}

/// The count, held within the caps around its expectation; the root is only taken where a cap holds.
fn capped(count: f64, moments: (f64, f64), outage_cap_sd: f64) -> f64 {
    let (expected, variance) = moments;
    let excess = count - expected;
    let cap = if excess < 0.0 { outage_cap_sd } else { SURPLUS_CAP_SD };
    if excess * excess <= cap * cap * variance {
        return count;
    }
    let reach = cap * libm::sqrt(variance);
    if excess < 0.0 { expected - reach } else { expected + reach }
}
