//! The bare statistic: the same counts judged as if no condition ever fired, to be compared with a reference.
//!
//! What must never enter: anything that an alert or a verdict depends on.

use vocab::{series::SeriesKey, time::Week};

/// What the bare statistic says of one series at the close of a week.
#[derive(Clone, Debug, PartialEq)]
pub struct YardstickLine {
    /// The series.
    pub series: SeriesKey,
    /// The week that closed.
    pub week: Week,
    /// Combined weight of evidence for a fall, nats; a series-week without any has no line.
    pub evidence_nats: f64,
    /// The threshold it is held against.
    pub threshold_nats: f64,
    /// The week the best segment began.
    pub onset: Option<Week>,
}
