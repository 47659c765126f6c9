//! The parts of a statement about one stream: its evidence, the stretch of weeks it speaks of, how large the change is, and what
//! each week brings to it.
//!
//! What must never enter: a date, a name, a decision.

use serde::{Deserialize, Serialize};

use crate::evidence::{Found, NO_EVIDENCE};
use crate::lanes;
use crate::window::Window;

/// The 95 % quantile.
const REACH: f64 = 1.96;
/// What the choice of the onset costs its interval (§4.5).
const CHOSEN: f64 = 1.4;
/// Weeks that count as recent: a quarter.
const RECENT_WEEKS: usize = 13;

/// A stretch of weeks up to the newest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Its first week.
    pub onset: i64,
    /// Earliest start that is nearly as good (within 2 of the best log ratio).
    pub earliest: i64,
    /// Latest such start.
    pub latest: i64,
    /// Seen over expected, capped, (Y + ½)/(M + ½).
    pub ratio: f64,
    /// Largest log ratio of an effect over these weeks. L sums over all starts, so that of counts too small to tell anything it is
    /// the logarithm of their number, 3.9; this is then about nothing.
    pub nats: f64,
}

impl Segment {
    pub(crate) fn of(found: &Found, window: &Window, week: i64) -> Self {
        let at = |place: usize| week - i64::from(window.back[place]);
        let (earliest, latest) = (at(found.oldest_start), at(found.newest_start));
        Self { onset: at(found.start), earliest, latest, ratio: found.ratio, nats: found.best }
    }
}

/// Whose evidence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The series' own.
    Own,
    /// The group's, less the penalty.
    Pool,
}

/// The weight of evidence for a change, as a natural logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// L from the series' own weeks; [`NO_EVIDENCE`] without a usable segment.
    pub own: f64,
    /// The segment that is best by them; none without evidence and in held weeks.
    pub own_segment: Option<Segment>,
    /// The larger of it and what the pool lends.
    pub combined: f64,
    /// Which of them that is.
    pub source: Source,
    /// The segment it speaks of: the own one, or the pool's with the ratio of the series' own weeks in it.
    pub segment: Option<Segment>,
}

impl Evidence {
    pub(crate) const fn none() -> Self {
        Self::held(NO_EVIDENCE)
    }

    pub(crate) const fn held(own: f64) -> Self {
        Self { own, own_segment: None, combined: own, source: Source::Own, segment: None }
    }

    pub(crate) const fn own(own: f64, segment: Segment) -> Self {
        Self { own, own_segment: Some(segment), combined: own, source: Source::Own, segment: Some(segment) }
    }
}

/// A series' part in the best segment of its group's pool.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct PoolShare {
    /// Seen over expected of its own weeks since the pooled onset, (Y + ½)/(M + ½).
    pub ratio: f64,
    /// Its own log ratio at the pooled effect: above 1.5 its own data confirm the fall (§4.1).
    pub nats: f64,
}

/// How large a change is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Size {
    /// Seen over expected.
    pub ratio: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Usable weeks it rests on.
    pub weeks: u32,
}

impl Size {
    /// Over the weeks from `onset` on; `None` if none of them is usable. Its interval is widened, because the onset was chosen.
    pub(crate) fn since(onset: i64, week: i64, window: &Window) -> Option<Self> {
        Self::over(window.count_since(week - onset), window, REACH * CHOSEN)
    }

    /// Over the newest 13 usable weeks, which nobody chose; `None` without any.
    pub(crate) fn recent(window: &Window) -> Option<Self> {
        Self::over(window.len.min(RECENT_WEEKS), window, REACH)
    }

    fn over(places: usize, window: &Window, reach: f64) -> Option<Self> {
        if places == 0 {
            return None;
        }
        let (seen, expected) = window.sums(0, places);
        let variance = window.variance[..places].iter().sum::<f64>() / places as f64;
        let ratio = (seen + 0.5) / (expected + 0.5);
        let reach = lanes::exp(reach * libm::sqrt(1.0 / (seen + 0.5) + variance));
        Some(Self { ratio, low: ratio / reach, high: ratio * reach, weeks: places as u32 })
    }
}

/// One usable week behind the evidence of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeekEvidence {
    /// Its number.
    pub week: i64,
    /// Its numerator as known.
    pub seen: f64,
    /// What is expected of it to be known by now.
    pub expected: f64,
    /// Share of its numerator expected to be known.
    pub completeness: f64,
    /// Count as it enters the evidence: capped, over the variance factor.
    pub capped: f64,
    /// Expectation as it enters the evidence.
    pub effective: f64,
    /// Log ratio of the best segment, at its ratio, that this week brings; 0 outside it. Of a segment they add up to
    /// Y·ln ρ + M·(1 − ρ).
    pub nats: f64,
    /// The same as a share of the whole; 0 where the whole is none.
    pub share: f64,
}
