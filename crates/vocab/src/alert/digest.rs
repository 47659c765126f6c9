//! The digest: which series and streams stand out in a week, all of a regime looked at together (e-BH, `detection.md` §6.4).
//!
//! A list to read, never an alert: pages go by thresholds of their own. What must never enter: a page, a composite of streams.

use crate::{
    alert::Look,
    assessment::{Onset, Stream},
    name::RegimeId,
    series::SeriesKey,
    time::{Day, Week},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The digest of a regime for a closed week.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The regime.
    pub regime: RegimeId,
    /// The week that closed.
    pub week: Week,
    /// The day with whose end it closed.
    pub day: Day,
    /// The bound on the expected share of false entries, 0 to 1: under any dependence, as far as the levels are right.
    pub alpha: f64,
    /// How many (series, stream) were compared: effort, yield and timeliness of every series that was not held.
    pub compared: u32,
    /// What stands out, the heaviest evidence first; equal ones in key order.
    pub rows: Vec<DigestRow>,
    /// Looks at interventions that were due, in the order of the pack, then by measure.
    pub looks: Vec<Look>,
}

impl Eq for Digest {}

/// One stream of one series that stands out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DigestRow {
    /// The series.
    pub series: SeriesKey,
    /// Effort, yield or timeliness.
    pub stream: Stream,
    /// The series' own weight of evidence, nats.
    pub evidence_nats: f64,
    /// When the change began.
    pub onset: Option<Onset>,
    /// Observed over expected since then.
    pub ratio: Option<f64>,
}
