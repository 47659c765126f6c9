//! How much of a week is known after so many weeks (§3.2): discounted tables of reverse hazards, completeness F and the variance of
//! its logarithm.
//!
//! The hazard of delay d is the share of the reports known within d weeks that took exactly d. A series leans on the table of
//! its group by a prior worth 30 reports. What must never enter: a reporting triangle (totals suffice), a parametric delay law.

use serde::{Deserialize, Serialize};

use crate::array::Fixed;
use crate::counts::{Counts, DELAYS};
use crate::settings::WEEKS_KEPT;
use crate::timeliness::Hazards;

/// 2^(−1/26): tables forget half in 26 weeks.
pub(crate) const DECAY: f64 = 0.9736927206974342;
/// Reports that the group's table is worth in a series' own.
const PRIOR_REPORTS: f64 = 30.0;

/// Arrivals by delay, and what stood of the weeks they belong to, both discounted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DelayTable {
    #[serde(with = "crate::packed")]
    arrived: Fixed<f64, DELAYS>,
    #[serde(with = "crate::packed")]
    standing: Fixed<f64, DELAYS>,
}

impl DelayTable {
    /// Forgets a little, before a week is added.
    pub(crate) fn discount(&mut self) {
        for (arrived, standing) in self.arrived.iter_mut().zip(self.standing.iter_mut()) {
            *arrived *= DECAY;
            *standing *= DECAY;
        }
    }

    /// Adds one week's arrivals.
    pub(crate) fn add(&mut self, week: &Arrivals) {
        for delay in 0..DELAYS {
            self.arrived[delay] += week.arrived[delay];
            self.standing[delay] += week.standing[delay];
        }
    }

    /// Hazards of the delays of 1 to 8 weeks, as they are.
    pub(crate) fn late_hazards(&self, prior: &[f64; DELAYS]) -> Hazards {
        core::array::from_fn(|at| self.hazard((at + 1, prior[at + 1]), PRIOR_REPORTS).0)
    }

    /// The hazard of a delay, and the reports it rests on.
    #[inline(always)]
    fn hazard(&self, (delay, prior): (usize, f64), prior_reports: f64) -> (f64, f64) {
        let weight = self.standing[delay] + prior_reports;
        ((self.arrived[delay] + prior_reports * prior) / weight, weight)
    }

    /// Hazards of the group's table, by delay: the prior of its series.
    pub(crate) fn prior(&self) -> [f64; DELAYS] {
        let mut prior = [0.0; DELAYS];
        for (delay, hazard) in prior.iter_mut().enumerate() {
            *hazard = (self.arrived[delay] + 0.02) / (self.standing[delay] + 1.0);
        }
        prior
    }

    /// Completeness of the newest 52 weeks.
    pub(crate) fn completeness(&self, prior: &[f64; DELAYS], complete: &mut Completeness) {
        self.completeness_with((prior, PRIOR_REPORTS), complete);
    }

    fn completeness_with(&self, prior: (&[f64; DELAYS], f64), complete: &mut Completeness) {
        let (prior, prior_reports) = prior;
        // The divisions in one row, apart from the running product, so that they overlap.
        let (mut kept, mut variance) = ([0.0; DELAYS], [0.0; DELAYS]);
        for delay in 0..DELAYS {
            let (hazard, weight) = self.hazard((delay, prior[delay]), prior_reports);
            let capped = if hazard < 0.98 { hazard } else { 0.98 };
            kept[delay] = 1.0 - capped;
            variance[delay] = capped / ((1.0 - capped) * weight);
        }
        let (mut share, mut spread) = (1.0, 0.0);
        for delay in (0..DELAYS).rev() {
            complete.share[delay] = share;
            complete.variance[delay] = spread;
            share *= kept[delay];
            spread += variance[delay];
        }
        complete.share[DELAYS..].fill(1.0);
        complete.variance[DELAYS..].fill(0.0);
    }
}

/// What one open week adds to a table, by delay.
pub(crate) struct Arrivals {
    arrived: [f64; DELAYS],
    standing: [f64; DELAYS],
}

impl Arrivals {
    /// Of the counts that happened in week `first` or later, as of the open week `open`, in lots of `lot`.
    pub(crate) fn of(counts: &Counts, weeks: (i64, i64), lot: f64) -> Self {
        let (first, open) = weeks;
        let mut arrivals = Self { arrived: [0.0; DELAYS], standing: [0.0; DELAYS] };
        let delays = usize::try_from(open - first + 1).unwrap_or(0).min(DELAYS);
        let share = 1.0 / lot;
        for delay in 0..delays {
            arrivals.arrived[delay] = f64::from(counts.arrived(delay)) * share;
            arrivals.standing[delay] = f64::from(counts.standing(open - delay as i64)) * share;
        }
        arrivals
    }
}

/// What is expected to be known of each of the newest 52 weeks, newest first.
#[derive(Clone, Debug)]
pub(crate) struct Completeness {
    /// F: share of the week's reports expected to be known; 1 from 40 weeks on.
    pub(crate) share: [f64; WEEKS_KEPT],
    /// V: variance of ln F.
    pub(crate) variance: [f64; WEEKS_KEPT],
}

impl Default for Completeness {
    /// Everything known, for certain.
    fn default() -> Self {
        Self { share: [1.0; WEEKS_KEPT], variance: [0.0; WEEKS_KEPT] }
    }
}

#[cfg(test)]
mod tests {
    use super::{Completeness, DECAY, DELAYS, DelayTable};

    #[test]
    fn the_discount_halves_in_26_weeks() {
        assert!((libm::pow(DECAY, 26.0) - 0.5).abs() < 1e-14);
    }

    /// `delay_table_r.json`: a triangle of five weeks, undiscounted, without prior; from `survival::survfit` on reversed time.
    #[test]
    fn without_prior_and_discount_it_is_the_product_limit_estimate() {
        let triangle: [&[f64]; 5] = [&[30.0, 10.0, 4.0, 1.0], &[28.0, 12.0, 5.0, 2.0], &[35.0, 9.0, 3.0], &[31.0, 11.0], &[22.0]];
        let mut table = DelayTable::default();
        for row in triangle {
            for (delay, arrived) in row.iter().enumerate() {
                table.arrived[delay] += arrived;
                table.standing[delay] += row[..=delay].iter().sum::<f64>();
            }
        }
        for delay in 4..DELAYS {
            table.standing[delay] = 1.0; // no arrival later than three weeks
        }
        let mut complete = Completeness::default();
        table.completeness_with((&[0.0; DELAYS], 0.0), &mut complete);
        let want = [0.658_868_209_410_532, 0.882_033_248_081_841, 0.967_391_304_347_826, 1.0];
        for (share, want) in complete.share.iter().zip(want) {
            assert!((share - want).abs() < 1e-9, "{share} is not {want}");
        }
    }
}
