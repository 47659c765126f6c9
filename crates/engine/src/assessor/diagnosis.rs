//! What the streams of a series come to together: the rows of the diagnosis matrix (`domain.md` §4.4) that this monitor can reach.
//!
//! A fall counts as one where a condition has fired; a rise, which has no condition, where the newest quarter lies wholly above what
//! was expected. Pressure (prices, dark activity) is never known here. What must never enter: a count, a threshold, a cause.

use crate::sentinel::kind::TOGETHER_WEEKS;
use surveillance::{SeriesWeek, Sight};
use vocab::assessment::{ConditionPhase, Diagnosis, Direction, Stream, StreamAssessment};

/// How far anything can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grasp {
    /// The week is held, or nothing is reported.
    Gap,
    /// There is no level yet.
    Learning,
    /// A fall could easily be missed.
    Insufficient,
    /// Well enough.
    Sufficient,
}

/// What a stream with a condition does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Its condition fires.
    Fires,
    /// It does not; this is how the newest quarter lies.
    Goes(Direction),
}

/// Whether reports come late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lateness {
    /// They come as they used to.
    InTime,
    /// They come late, and that began with the fall of effort, or effort has not fallen.
    Accounts,
    /// They come late, and effort fell at another time.
    Beside,
}

/// All that a diagnosis rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) grasp: Grasp,
    pub(crate) lateness: Lateness,
    pub(crate) effort: Way,
    pub(crate) yields: Way,
    pub(crate) exposure: Direction,
}

impl Reading {
    /// Reads a series' streams.
    pub(crate) fn of(line: &SeriesWeek, streams: &[StreamAssessment]) -> Self {
        let stream = |of: Stream| streams.iter().find(|stream| stream.stream == of);
        let way = |of: Stream| match stream(of) {
            Some(stream) if stream.phase == ConditionPhase::Firing => Way::Fires,
            of => Way::Goes(of.map_or(Direction::Unknown, StreamAssessment::direction)),
        };
        let onset = |of: Stream| stream(of).and_then(|stream| stream.onset).map(|onset| onset.week.0);
        let effort = way(Stream::Effort);
        let lateness = match (way(Stream::Timeliness), effort, onset(Stream::Effort).zip(onset(Stream::Timeliness))) {
            (Way::Goes(_), _, _) => Lateness::InTime,
            (Way::Fires, Way::Fires, Some((effort, late))) if (effort - late).abs() > TOGETHER_WEEKS => Lateness::Beside,
            (Way::Fires, _, _) => Lateness::Accounts,
        };
        let grasp = match line.sight {
            Sight::Gap(_) => Grasp::Gap,
            Sight::Learning => Grasp::Learning,
            Sight::Insufficient => Grasp::Insufficient,
            Sight::Sufficient => Grasp::Sufficient,
        };
        let exposure = stream(Stream::ExposureDown).map_or(Direction::Unknown, StreamAssessment::direction);
        Self { grasp, lateness, effort, yields: way(Stream::Yield), exposure }
    }

    /// The row of the matrix. What cannot be seen comes first, then what stands, then what the newest quarter shows.
    pub(crate) const fn diagnosis(self) -> Diagnosis {
        match (self.grasp, self.lateness, self.effort) {
            (Grasp::Gap, _, _) => Diagnosis::ReportingGap,
            (_, Lateness::Accounts, _) => Diagnosis::LateReports,
            (_, Lateness::InTime | Lateness::Beside, Way::Fires) => self.of_fallen_effort(),
            (grasp, Lateness::InTime | Lateness::Beside, Way::Goes(effort)) => match self.yields {
                Way::Fires => self.of_fallen_yield(effort),
                Way::Goes(yields) => match grasp {
                    Grasp::Gap | Grasp::Sufficient => self.of_quiet_streams(effort, yields),
                    Grasp::Learning => Diagnosis::Learning,
                    Grasp::Insufficient => Diagnosis::Insufficient,
                },
            },
        }
    }

    const fn of_fallen_effort(self) -> Diagnosis {
        match self.yields {
            Way::Fires | Way::Goes(Direction::Fell) => Diagnosis::LossOfQuality,
            Way::Goes(Direction::Rose) => Diagnosis::NarrowerTargeting,
            Way::Goes(Direction::Steady | Direction::Unknown) => Diagnosis::Slippage,
        }
    }

    const fn of_fallen_yield(self, effort: Direction) -> Diagnosis {
        match (effort, self.exposure) {
            (Direction::Rose, _) => Diagnosis::DilutedEffort,
            (Direction::Fell | Direction::Steady | Direction::Unknown, Direction::Fell) => Diagnosis::DeterrenceOrSupply,
            (Direction::Fell | Direction::Steady | Direction::Unknown, Direction::Steady | Direction::Rose | Direction::Unknown) => {
                Diagnosis::YieldFell
            }
        }
    }

    const fn of_quiet_streams(self, effort: Direction, yields: Direction) -> Diagnosis {
        match (effort, yields, self.exposure) {
            (Direction::Rose, Direction::Fell, _) => Diagnosis::DilutedEffort,
            (Direction::Steady, Direction::Rose, _) => Diagnosis::OutcomeChange,
            (
                Direction::Fell | Direction::Rose | Direction::Unknown | Direction::Steady,
                Direction::Fell | Direction::Steady | Direction::Rose | Direction::Unknown,
                Direction::Fell,
            ) => Diagnosis::ExposureFell,
            (
                Direction::Fell | Direction::Rose | Direction::Unknown | Direction::Steady,
                Direction::Fell | Direction::Steady | Direction::Rose | Direction::Unknown,
                Direction::Steady | Direction::Rose | Direction::Unknown,
            ) => Diagnosis::Steady,
        }
    }
}

#[cfg(test)]
#[path = "diagnosis/tests.rs"]
mod tests;
