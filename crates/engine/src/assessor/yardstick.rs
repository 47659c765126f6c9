//! The bare statistic: the same counts judged as if no condition ever fired, to be compared with a reference.
//!
//! What must never enter: anything that an alert or a verdict depends on.

use alloc::sync::Arc;
use vocab::{assessment::Stream, pack::Pack, series::SeriesKey, time::Week};

/// What the bare statistic says of one series at the close of a week.
#[derive(Clone, Debug, PartialEq)]
pub struct YardstickLine {
    /// The series.
    pub series: SeriesKey,
    /// The week that closed. A series-week without evidence of any stream has no line.
    pub week: Week,
    /// The threshold that evidence is held against, nats.
    pub threshold_nats: f64,
    /// The streams, in the order of [`Stream::ALL`].
    pub streams: [Measured; 5],
    /// The pack in force: it declares the neighbours.
    pub pack: Arc<Pack>,
}

/// What the bare statistic says of one stream.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Combined weight of evidence, nats.
    pub evidence_nats: Option<f64>,
    /// The series' own part of it.
    pub own_evidence_nats: Option<f64>,
    /// The week the best segment of the combined evidence began.
    pub onset: Option<Week>,
    /// The week the best segment of the series' own began.
    pub own_onset: Option<Week>,
    /// Observed over expected in it.
    pub own_ratio: Option<f64>,
}

impl YardstickLine {
    /// What it says of a stream.
    #[must_use]
    pub const fn stream(&self, stream: Stream) -> &Measured {
        let [effort, yields, timeliness, down, up] = &self.streams;
        match stream {
            Stream::Effort => effort,
            Stream::Yield => yields,
            Stream::Timeliness => timeliness,
            Stream::ExposureDown => down,
            Stream::ExposureUp => up,
        }
    }
}
