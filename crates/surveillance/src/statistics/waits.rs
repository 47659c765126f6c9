//! How long things wait (§6.5): Kaplan–Meier over waits that ended and waits that go on, backlog, and growth of the long waits.
//!
//! A mean of finished waits would look best when the queue is worst, because those still waiting are missing in it. What must never
//! enter: a date (the caller counts days since exposure, up to the mark for what still waits).

use alloc::vec::Vec;

use super::{Interval, Z_95};

/// Fewer waits say nothing.
const WAITS_MIN: usize = 10;
/// The long waits: nine in ten are over by then.
const LONG: f64 = 0.9;
/// Long waits have grown when they are at least so many times what they were.
const GROWTH: u32 = 2;

/// What became of a wait by the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaitEnd {
    /// It is over.
    Ended,
    /// It goes on: it is at least so long.
    Waiting,
}

/// One wait. Ordered as the estimate needs it: by days, ends before what goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wait {
    /// Days since exposure, to the end or the mark.
    pub days: u32,
    /// Whether it is over.
    pub end: WaitEnd,
}

/// The share still waiting from one of the days on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SurvivalStep {
    /// Days since exposure.
    pub days: u32,
    /// Share of waits longer than this.
    pub waiting: f64,
    /// Greenwood's log-log interval of it; none while the share is 1 and once it is 0.
    pub interval: Option<Interval>,
}

/// The share still waiting, by days since exposure.
#[derive(Clone, Debug, PartialEq)]
pub struct Survival {
    steps: Vec<SurvivalStep>,
}

/// A time that so many waits do not exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitQuantile {
    /// Days.
    Days(u32),
    /// Longer than anything seen: more than so many days.
    MoreThan(u32),
}

impl WaitQuantile {
    /// Days that it is at least.
    #[must_use]
    pub fn days_at_least(self) -> u32 {
        match self {
            Self::Days(days) | Self::MoreThan(days) => days,
        }
    }
}

impl Survival {
    /// Kaplan and Meier (1958), in any order of the waits. `None` with fewer than 10.
    #[must_use]
    pub fn of(waits: &[Wait]) -> Option<Self> {
        if waits.len() < WAITS_MIN {
            return None;
        }
        let mut sorted = waits.to_vec();
        sorted.sort_unstable();
        let (mut at_risk, mut waiting, mut greenwood) = (sorted.len(), 1.0, 0.0);
        let mut steps = Vec::new();
        for day in sorted.chunk_by(|a, b| a.days == b.days) {
            let ended = day.iter().filter(|wait| wait.end == WaitEnd::Ended).count();
            let (risk, over) = (at_risk as f64, ended as f64);
            waiting *= (risk - over) / risk;
            greenwood += over / (risk * (risk - over));
            steps.push(SurvivalStep { days: day[0].days, waiting, interval: log_log(waiting, greenwood) });
            at_risk -= day.len();
        }
        Some(Self { steps })
    }

    /// The steps, by days, one for each day on which a wait ended or was last seen.
    #[must_use]
    pub fn steps(&self) -> &[SurvivalStep] {
        &self.steps
    }

    /// The first day by which at least `share` of the waits (above 0, below 1; 0.5 and 0.9 are shown) are over.
    #[must_use]
    pub fn quantile(&self, share: f64) -> WaitQuantile {
        self.first(share, |step| step.waiting)
    }

    /// Lower end of its interval: the first day at which so many may already be over (Brookmeyer and Crowley 1982, on the log-log scale).
    #[must_use]
    pub fn quantile_low(&self, share: f64) -> WaitQuantile {
        self.first(share, |step| step.interval.map_or(step.waiting, |interval| interval.low))
    }

    /// Upper end of it. A last step at 0 has no interval, so it bounds nothing from above.
    #[must_use]
    pub fn quantile_high(&self, share: f64) -> WaitQuantile {
        self.first(share, |step| step.interval.map_or(1.0, |interval| interval.high))
    }

    fn first(&self, share: f64, of: impl Fn(&SurvivalStep) -> f64) -> WaitQuantile {
        // A product of fractions that should be exactly 1 − share may miss it by rounding.
        let left = (1.0 - share) * (1.0 + 1e-12);
        match self.steps.iter().find(|step| of(step) <= left) {
            Some(step) => WaitQuantile::Days(step.days),
            None => WaitQuantile::MoreThan(self.steps.last().map_or(0, |step| step.days)),
        }
    }
}

/// S^exp(±z σ / |ln S|).
fn log_log(waiting: f64, greenwood: f64) -> Option<Interval> {
    if waiting >= 1.0 || waiting <= 0.0 {
        return None;
    }
    let log = libm::log(waiting);
    let factor = libm::exp(Z_95 * libm::sqrt(greenwood) / log.abs());
    Some(Interval { low: libm::exp(log * factor), high: libm::exp(log / factor) })
}

/// What waits at the mark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Waits that go on.
    pub waiting: u64,
    /// Those among them that are past due.
    pub overdue: u64,
}

/// Counts what waits, and what has waited longer than `due_days`.
#[must_use]
pub fn backlog(waits: &[Wait], due_days: u32) -> Backlog {
    let open = || waits.iter().filter(|wait| wait.end == WaitEnd::Waiting);
    Backlog { waiting: open().count() as u64, overdue: open().filter(|wait| wait.days > due_days).count() as u64 }
}

/// The long waits (p90) of the newest entries beside those before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitGrowth {
    /// p90 of the entries of the newest 4 weeks.
    pub newest: WaitQuantile,
    /// Lower end of its interval.
    pub newest_low: WaitQuantile,
    /// p90 of the entries of the 26 weeks before them.
    pub before: WaitQuantile,
    /// Lower end of its interval.
    pub before_low: WaitQuantile,
}

impl WaitGrowth {
    /// Whether long waits have at least doubled, and the lower end now is above the lower end before, so that a handful of entries
    /// cannot double by chance. Unchanged waits show it in 3 of 100 looks with three entries a week, in 1 of 100 with six
    /// (measured); a tripling is seen in four looks of five. What is only known to be longer counts as its last day seen.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        match self.before {
            WaitQuantile::MoreThan(_) => false,
            WaitQuantile::Days(before) => {
                let is_doubled = self.newest.days_at_least() >= before.saturating_mul(GROWTH);
                is_doubled && self.newest_low.days_at_least() > self.before_low.days_at_least()
            }
        }
    }
}

/// Compares the waits of the newest 4 weeks' entries with those of the 26 weeks before. `None` with fewer than 10 on either side.
#[must_use]
pub fn wait_growth(newest: &[Wait], before: &[Wait]) -> Option<WaitGrowth> {
    let (newest, before) = (Survival::of(newest)?, Survival::of(before)?);
    Some(WaitGrowth {
        newest: newest.quantile(LONG),
        newest_low: newest.quantile_low(LONG),
        before: before.quantile(LONG),
        before_low: before.quantile_low(LONG),
    })
}
