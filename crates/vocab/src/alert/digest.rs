//! The digest: which series and streams stand out in a week, all of a regime looked at together (e-BH, `detection.md` §6.4).
//!
//! A list to read, never an alert: pages go by thresholds of their own. What must never enter: a page, a composite of streams.

use crate::{
    alert::Look,
    assessment::{Onset, Stream},
    name::{Label, RegimeId},
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
    /// Duties that are overdue at the end of the week, in key order: none of them is an empty list. None where the pack has no
    /// obligations and nothing is overdue from before: then nobody knows of any.
    pub overdue: Option<Vec<OverdueRow>>,
}

impl Eq for Digest {}

/// The duties of one obligation that are overdue in a jurisdiction: their last day has passed, and nothing has met them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdueRow {
    /// Jurisdiction, and a measure that the record which opened a duty serves; `any` counts each duty once.
    pub series: SeriesKey,
    /// The obligation.
    pub duty: Label,
    /// How many, at least 1.
    pub overdue: u32,
    /// The earliest last day among them, grace included.
    pub oldest: Day,
}

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
