//! What may happen to a series, and by how much it moves what is expected in a week.
//!
//! A change is drawn once (its course: when it begins and ends) and is then a plain function of the week, so that truth and
//! events cannot part. What must never enter: chance, a file.

use crate::generate::number::{Amount, Remainder, Share, Weeks, Word};
use serde::Deserialize;
use std::collections::BTreeMap;
use vocab::assessment::Kind;

/// Weeks in a year.
pub const YEAR_WEEKS: f64 = 52.1775;
/// From this share of the old level on a fall counts as over: the share at which the shipped policy calls it recovered.
const OVER_AT: f64 = 0.9;

/// A feed that can go silent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feed {
    /// Inspections.
    Inspections,
    /// Interdictions.
    Interdictions,
    /// Exposure.
    Exposure,
}

/// What happens, at the onset.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Nothing: a steady group.
    None,
    /// Inspections per exposure fall to a share of their level, for good or for some weeks.
    EffortStep(Step),
    /// Inspections per exposure fall week by week.
    EffortDrift {
        /// What a week leaves of the week before.
        per_week: Remainder,
        /// What is left in the end.
        floor: Share,
    },
    /// Inspections per exposure wear away over years, too slowly for any one week to stand out.
    Erosion {
        /// What a year leaves of the year before.
        per_year: Remainder,
        /// What is left in the end.
        floor: Share,
    },
    /// Exposure grows and inspections do not follow.
    Capacity {
        /// Growth of exposure on the scale of logarithms, a year.
        exposure_growth_per_year: Amount,
    },
    /// Interdictions per inspection fall to a share of their level.
    YieldStep(Step),
    /// Reports take so many times as long.
    DelayStep {
        /// How many times.
        times: Amount,
    },
    /// Exposure falls and inspections follow it.
    ExposureStep {
        /// What is left of exposure.
        to: Remainder,
    },
    /// Exposure moves from every other jurisdiction to the next; inspections stay where they are.
    Displacement {
        /// The share of exposure that moves.
        share: Share,
    },
    /// Nothing is reported for some weeks; then all of it comes within days.
    Blackout {
        /// For how many weeks.
        weeks: Weeks,
        /// Of which feeds.
        feeds: Vec<Feed>,
        /// Within how many days the backlog comes.
        backlog_days: Amount,
    },
    /// The strata of inspections have other shares from then on; their sum stays.
    Definition {
        /// The new shares, by stratum.
        strata: BTreeMap<Word, Share>,
    },
}

/// A step down and, where it ends, the step back.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is left of the level.
    pub to: Remainder,
    /// What is left of exposure meanwhile; 1 without it. Not for yield.
    pub exposure_to: Option<Remainder>,
    /// For how many weeks; for good without it.
    pub weeks: Option<Weeks>,
    /// The level it returns to; 1 without it.
    pub back_to: Option<Share>,
}

/// What becomes of a series' expectations in one week: each is a factor, 1 where nothing changes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Of exposure.
    pub exposure: f64,
    /// Of inspections per exposure.
    pub effort: f64,
    /// Of interdictions per inspection.
    pub found: f64,
    /// Of the delay of inspections' and interdictions' reports.
    pub delay: f64,
}

impl Factors {
    /// Nothing changes.
    pub const STEADY: Self = Self { exposure: 1.0, effort: 1.0, found: 1.0, delay: 1.0 };
}

/// Which end of a displacement a jurisdiction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Exposure leaves.
    Source,
    /// Exposure arrives.
    Sink,
}

/// When a change happens to a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Course {
    /// The week it begins, from 0.
    pub onset: u16,
    /// The week it is over, or eases, where it does.
    pub back: Option<u16>,
    /// Which end of a displacement it is.
    pub end: End,
}

impl Change {
    /// The word of the file.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::EffortStep(_) => "effort_step",
            Self::EffortDrift { .. } => "effort_drift",
            Self::Erosion { .. } => "erosion",
            Self::Capacity { .. } => "capacity",
            Self::YieldStep(_) => "yield_step",
            Self::DelayStep { .. } => "delay_step",
            Self::ExposureStep { .. } => "exposure_step",
            Self::Displacement { .. } => "displacement",
            Self::Blackout { .. } => "blackout",
            Self::Definition { .. } => "definition",
        }
    }

    /// For how many weeks it lasts, where it ends.
    #[must_use]
    pub fn lasts(&self) -> Option<Weeks> {
        match self {
            Self::EffortStep(step) | Self::YieldStep(step) => step.weeks,
            Self::Blackout { weeks, .. } => Some(*weeks),
            Self::None
            | Self::EffortDrift { .. }
            | Self::Erosion { .. }
            | Self::Capacity { .. }
            | Self::DelayStep { .. }
            | Self::ExposureStep { .. }
            | Self::Displacement { .. }
            | Self::Definition { .. } => None,
        }
    }

    /// What it makes of a week.
    #[must_use]
    pub fn factors(&self, course: Course, week: u16) -> Factors {
        if week < course.onset {
            return Factors::STEADY;
        }
        let weeks = f64::from(week - course.onset) + 1.0;
        let steady = Factors::STEADY;
        match self {
            Self::None | Self::Blackout { .. } | Self::Definition { .. } => steady,
            Self::EffortStep(step) => Factors { effort: step.level(course, week), exposure: step.exposure(course, week), ..steady },
            Self::EffortDrift { per_week, floor } => Factors { effort: per_week.value().powf(weeks).max(floor.value()), ..steady },
            Self::Erosion { per_year, floor } => Factors { effort: per_year.value().powf(weeks / YEAR_WEEKS).max(floor.value()), ..steady },
            Self::Capacity { exposure_growth_per_year } => {
                let grown = (exposure_growth_per_year.value() * weeks / YEAR_WEEKS).exp();
                Factors { exposure: grown, effort: 1.0 / grown, ..steady }
            }
            Self::YieldStep(step) => Factors { found: step.level(course, week), ..steady },
            Self::DelayStep { times } => Factors { delay: times.value(), ..steady },
            Self::ExposureStep { to } => Factors { exposure: to.value(), ..steady },
            Self::Displacement { share } => match course.end {
                End::Source => Factors { exposure: 1.0 - share.value(), ..steady },
                End::Sink => Factors { exposure: 1.0 + share.value(), effort: 1.0 / (1.0 + share.value()), ..steady },
            },
        }
    }

    /// The kind a monitor should name; none where nothing is to be said.
    #[must_use]
    pub const fn kind(&self, end: End) -> Option<Kind> {
        match self {
            Self::None => None,
            Self::EffortStep(_) | Self::EffortDrift { .. } | Self::Capacity { .. } => Some(Kind::Effort),
            Self::Erosion { .. } => Some(Kind::Erosion),
            Self::YieldStep(_) => Some(Kind::Yield),
            Self::DelayStep { .. } => Some(Kind::Timeliness),
            Self::ExposureStep { .. } => Some(Kind::Deterrence),
            Self::Displacement { .. } => match end {
                End::Source => Some(Kind::Deterrence),
                End::Sink => Some(Kind::Displacement),
            },
            Self::Blackout { .. } => Some(Kind::Reporting),
            Self::Definition { .. } => Some(Kind::Definition),
        }
    }

    /// What is left of the level that the kind speaks of, a year after the onset where it falls slowly; for reports how many
    /// times as long they take. None where no level changes.
    #[must_use]
    pub fn effect(&self, course: Course) -> Option<f64> {
        let year = self.factors(Course { back: None, ..course }, course.onset.saturating_add(51));
        match self {
            Self::None | Self::Blackout { .. } | Self::Definition { .. } => None,
            Self::EffortStep(_) | Self::EffortDrift { .. } | Self::Erosion { .. } | Self::Capacity { .. } => Some(year.effort),
            Self::YieldStep(_) => Some(year.found),
            Self::DelayStep { .. } => Some(year.delay),
            Self::ExposureStep { .. } => Some(year.exposure),
            Self::Displacement { .. } => match course.end {
                End::Source => Some(year.exposure),
                End::Sink => Some(year.effort),
            },
        }
    }

    /// What it returns to where it ends, and whether that counts as over.
    #[must_use]
    pub fn returns_to(&self) -> Option<(f64, Return)> {
        self.lasts()?;
        let back_to = if let Self::EffortStep(step) | Self::YieldStep(step) = self { step.back_to } else { None };
        let level = back_to.map_or(1.0, Share::value);
        Some((level, if level >= OVER_AT { Return::Over } else { Return::Eased }))
    }

    /// Whether it has two ends, a jurisdiction and the next.
    #[must_use]
    pub const fn is_displacement(&self) -> bool {
        matches!(self, Self::Displacement { .. })
    }
}

/// What a return amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// The fall is over.
    Over,
    /// The fall is smaller and stands.
    Eased,
}

impl Step {
    fn level(&self, course: Course, week: u16) -> f64 {
        if course.back.is_some_and(|back| week >= back) { self.back_to.map_or(1.0, Share::value) } else { self.to.value() }
    }

    fn exposure(&self, course: Course, week: u16) -> f64 {
        let over = course.back.is_some_and(|back| week >= back);
        self.exposure_to.filter(|_| !over).map_or(1.0, Remainder::value)
    }
}
