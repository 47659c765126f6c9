//! The weight of evidence that a pack asks of an alert: its rate of false pages as the statistics turn it into a threshold.
//!
//! It stands beside every weight that people are shown. What must never enter: a threshold of our own.

use surveillance::Settings;
use vocab::pack::{Pack, Policy};
use words::Rules;

/// The weight of evidence that an alert needs under a policy, nats.
#[must_use]
pub fn alert_weight(policy: &Policy) -> f64 {
    Settings { false_alarms_per_series_year: policy.false_alarms_per_series_year, ..Settings::default() }.threshold()
}

/// A pack as sentences need it.
#[must_use]
pub fn rules(pack: &Pack) -> Rules<'_> {
    Rules { pack, alert_weight_nats: alert_weight(&pack.policy) }
}
