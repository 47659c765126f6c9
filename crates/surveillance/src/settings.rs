//! The parameters of the method (§7), with the values that were measured as defaults, and the table from a wanted false alarm rate
//! to a threshold.
//!
//! Whoever offers these to a user checks their ranges; here they are taken as they come, within the clamps written at each field.
//! What must never enter: a parameter that the method does not name, a default without a measurement.

use serde::{Deserialize, Serialize};

/// Longest look back, and the number of weeks a group keeps.
pub(crate) const WEEKS_KEPT: usize = 52;

/// Everything a user may set. One value may serve many groups; a change between two closes counts from the next close on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Wanted false pages per series and year; the table of §7 turns it into the threshold h, clamped to h between 4 and 8.
    pub false_alarms_per_series_year: f64,
    /// Falls the detector looks for, as shares lost: 0.2 is a fall by a fifth. Each above 0 and below 1.
    pub slip_sizes: [f64; 5],
    /// Slow falls the detector looks for, as the log loss per week.
    pub drifts_per_week: [f64; 2],
    /// Longest stretch of weeks that can be evidence together; more than 52 counts as 52.
    pub lookback_weeks: u32,
    /// Newest weeks the baseline may not learn from; more than 51 counts as 51.
    pub guard_weeks: u32,
    /// A week is used once this share of it is expected to be known.
    pub min_reported_share: f64,
    /// Whether weeks are judged by what is estimated to be known of them.
    pub reports: Reports,
    /// How many weeks a silence may hold judgement back.
    pub silence_hold_weeks: u32,
    /// Weeks held from the one in which reports resume.
    pub silence_grace_weeks: u32,
    /// A week's shortfall counts for at most this many standard deviations.
    pub outage_cap_sd: f64,
    /// Whether the series of a group lend each other evidence.
    pub pool: Pooling,
    /// A condition has recovered when the ratio since the recovery is at least this.
    pub recovered_at: f64,
    /// Log evidence for the recovery that ends a condition.
    pub recovery_evidence: f64,
    /// Weeks in a row of weak evidence after which a condition fades.
    pub fade_weeks: u32,
    /// Weeks after firing during which late reports may recall a condition.
    pub recall_weeks: u32,
    /// Weeks after the end of a condition within which a new one re-opens the old alert. The caller decides it; see
    /// [`crate::Group::last_ended`].
    pub merge_weeks: u32,
    /// Log evidence for a further fall that escalates; 0 switches escalation off.
    pub escalation: f64,
    /// Reports come one by one (1) or in lots of about so many counts, by feed: inspections, interdictions, traffic.
    pub lots: [u32; 3],
    /// Whether conditions live, or only the bare statistic is computed.
    pub life: Life,
    /// Whether a traffic feed is to be expected.
    pub traffic: Traffic,
    /// A declared level to judge by instead of a learnt one.
    pub reference: Option<ReferenceWindow>,
}

/// What share of a week's reports is taken to be known (§3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reports {
    /// The share that the reporting triangle says.
    Estimated,
    /// All of it, from the first day: as by whoever reads the newest figures as final. A yardstick to compare with.
    TakenAsComplete,
}

/// Whether evidence is pooled over the series of a group (§4.1).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pooling {
    /// Every series stands on its own evidence.
    Off,
    /// A series whose own data agree may use the group's evidence, less `penalty`; its own log ratio must exceed `own_floor`.
    Group {
        /// Log evidence taken off for choosing among the series.
        penalty: f64,
        /// Least own log ratio at the pooled effect.
        own_floor: f64,
    },
    /// The same, where each series may have fallen with the group or not: better where a part of the group falls.
    Mixture {
        /// Prior share of series that fall when the group does, above 0 and below 1.
        part: f64,
        /// Log evidence taken off for choosing among the series.
        penalty: f64,
        /// Least own log ratio at the group's best segment and effect.
        own_floor: f64,
    },
}

impl Pooling {
    /// What borrowing costs, and what of its own a series must bring; nothing without a pool.
    pub(crate) fn price(&self) -> Option<(f64, f64)> {
        match *self {
            Self::Off => None,
            Self::Group { penalty, own_floor } | Self::Mixture { penalty, own_floor, part: _ } => Some((penalty, own_floor)),
        }
    }
}

/// Whether conditions live (§5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// Conditions fire, freeze the baseline, end and settle weeks.
    On,
    /// The bare statistic: nothing fires, freezes or settles.
    Off,
}

/// Whether a traffic feed is to be expected (§4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Traffic {
    /// Effort is judged per traffic; after 26 weeks without a report of it, by itself.
    Expected,
    /// Declared absent: effort is judged by itself from the start.
    Absent,
}

/// Weeks, numbered like a group's, that set the level of a programme too young to have one (§4.8). At least six of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceWindow {
    /// First week of the window.
    pub from: i64,
    /// The week after its last; evidence starts here.
    pub until: i64,
    /// What happens once a baseline has been learnt.
    pub adoption: Adoption,
}

/// What becomes of a declared level once an ordinary baseline exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Adoption {
    /// It stays until an operator re-bases.
    Keep,
    /// The learnt baseline takes over.
    Adopt,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            false_alarms_per_series_year: 0.07,
            slip_sizes: [0.2, 0.35, 0.5, 0.7, 0.88],
            drifts_per_week: [0.015, 0.035],
            lookback_weeks: 52,
            guard_weeks: 26,
            min_reported_share: 0.25,
            reports: Reports::Estimated,
            silence_hold_weeks: 8,
            silence_grace_weeks: 2,
            outage_cap_sd: 2.5,
            pool: Pooling::Group { penalty: 1.0, own_floor: 0.5 },
            recovered_at: 0.9,
            recovery_evidence: 2.0,
            fade_weeks: 4,
            recall_weeks: 26,
            merge_weeks: 8,
            escalation: 4.0,
            lots: [1, 1, 4],
            life: Life::On,
            traffic: Traffic::Expected,
            reference: None,
        }
    }
}

/// False pages per series and year measured at each threshold (§7), falling.
const THRESHOLDS: [(f64, f64); 7] = [(0.57, 4.0), (0.24, 5.0), (0.134, 5.5), (0.07, 6.0), (0.052, 6.5), (0.036, 7.0), (0.023, 8.0)];

impl Settings {
    /// The threshold h on the log evidence: linear in ln(rate) between the measured columns of §7, clamped at the ends.
    #[must_use]
    pub fn threshold(&self) -> f64 {
        let rate = self.false_alarms_per_series_year;
        if rate >= THRESHOLDS[0].0 {
            return THRESHOLDS[0].1;
        }
        for pair in THRESHOLDS.windows(2) {
            let ((high_rate, low), (low_rate, high)) = (pair[0], pair[1]);
            if rate > low_rate {
                return low + (high - low) * libm::log(rate / high_rate) / libm::log(low_rate / high_rate);
            }
            if rate == low_rate {
                return high; // a measured column is itself, whatever the rounding of the line through it
            }
        }
        THRESHOLDS[THRESHOLDS.len() - 1].1
    }

    pub(crate) fn lookback(&self) -> usize {
        (self.lookback_weeks as usize).min(WEEKS_KEPT)
    }

    pub(crate) fn guard(&self) -> i64 {
        i64::from(self.guard_weeks).min(WEEKS_KEPT as i64 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    fn at(rate: f64) -> f64 {
        Settings { false_alarms_per_series_year: rate, ..Settings::default() }.threshold()
    }

    #[test]
    fn the_threshold_meets_every_measured_column_and_clamps() {
        let table =
            [(0.57, 4.0), (0.24, 5.0), (0.134, 5.5), (0.07, 6.0), (0.052, 6.5), (0.036, 7.0), (0.023, 8.0), (9.0, 4.0), (0.001, 8.0)];
        for (rate, want) in table {
            assert_eq!(at(rate), want, "at {rate}");
        }
    }

    #[test]
    fn between_columns_it_is_linear_in_the_logarithm() {
        let middle = libm::sqrt(0.24 * 0.134);
        assert!((at(middle) - 5.25).abs() < 1e-12);
    }
}
