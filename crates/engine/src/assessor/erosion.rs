//! Long erosion: the newest year of a series against a reference that freezes and that no later record moves.
//!
//! Weeks are counted while they pass, from the first that was told under a pack with this reference: what passed before is unseen,
//! and said to be. What must never enter: a way to move a frozen reference, a week on both sides of the comparison.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use surveillance::{
    Held,
    statistics::{self, CountedWeek, EVALUATED_EVERY_WEEKS, ErosionPhase, RatioInterval},
};
use vocab::{
    assessment::{self, ErosionState, ErosionTurn, Interval, LongLevel},
    pack::{ErosionReference, ExposureRule},
    series::Count,
    time::Week,
};

/// Weeks after its end at whose comparison the reference is frozen: its reports have come by then.
const FROZEN_AFTER_WEEKS: i32 = 26;
/// A newer week is used once so much of it is expected to be known.
const KNOWN_SHARE_MIN: f64 = 0.9;
/// Weeks of the newer side.
const YEAR_WEEKS: usize = 52;
/// Weeks kept once the reference is frozen: a year that lacks outages and silences is still found among them.
const KEPT_WEEKS: usize = 104;

/// The counts of one week.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    inspections: i64,
    exposure: i64,
    /// An outage is declared for it, or the measure was not in force.
    is_out: bool,
    /// It closed during a silence; without a count it is unknown and no zero.
    is_silent: bool,
}

/// What the reference is, once it is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Frozen {
    level: statistics::LongLevel,
    shown: LongLevel,
    /// Whether inspections are set against exposure, or against weeks.
    against: Against,
}

/// What inspections are set against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Against {
    Exposure,
    Weeks,
}

/// The newest comparison.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Compared {
    ratio: RatioInterval,
    newest: LongLevel,
}

/// Whether the reference may still change.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Reference {
    Open,
    Frozen(Frozen),
    /// Frozen without a level.
    Unseen,
}

/// What is kept of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Erosion {
    window: ErosionReference,
    /// The week of the first of `weeks`.
    first: Week,
    weeks: Vec<Kept>,
    reference: Reference,
    phase: ErosionPhase,
    compared: Option<Compared>,
    late_acts: u64,
}

/// How much is known of the newest weeks, newest first, 0 to 1; older ones are known.
pub(crate) struct Known {
    pub(crate) inspections: [f64; YEAR_WEEKS],
    pub(crate) exposure: [f64; YEAR_WEEKS],
}

impl Known {
    fn of(&self, back: usize) -> (f64, f64) {
        let share = |shares: &[f64; YEAR_WEEKS]| shares.get(back).copied().unwrap_or(1.0);
        (share(&self.inspections), share(&self.exposure))
    }
}

impl Erosion {
    /// Of a series whose counts are told from a week on.
    pub(crate) const fn begin(window: ErosionReference, first: Week) -> Self {
        let reference = Reference::Open;
        Self { window, first, weeks: Vec::new(), reference, phase: ErosionPhase::Steady { low: 0 }, compared: None, late_acts: 0 }
    }

    /// Whether this is the window it is measured against.
    pub(crate) fn is_against(&self, window: ErosionReference) -> bool {
        self.window == window
    }

    /// Adds a signed count.
    pub(crate) fn add(&mut self, week: Week, count: Count, acts: i64) {
        if week <= self.window.last && self.reference != Reference::Open {
            self.late_acts = self.late_acts.saturating_add(acts.unsigned_abs());
            return;
        }
        let Some(kept) = self.kept(week) else { return };
        match count {
            Count::Inspections => kept.inspections += acts,
            Count::Exposure => kept.exposure += acts,
            Count::Interdictions => {}
        }
    }

    /// Weeks that are an outage, or in which the measure was not in force, from a week to another, inclusive.
    pub(crate) fn settle(&mut self, from: Week, until: Week, open: Week) {
        // Weeks to come are settled again as they close.
        for week in from.0.max(self.first.0)..=until.0.min(open.0) {
            if let Some(kept) = self.kept(Week(week)) {
                kept.is_out = true;
            }
        }
    }

    fn kept(&mut self, week: Week) -> Option<&mut Kept> {
        let at = usize::try_from(week.0 - self.first.0).ok()?;
        if at >= self.weeks.len() {
            self.weeks.resize(at + 1, Kept::default());
        }
        self.weeks.get_mut(at)
    }

    /// Closes a week. Every fourth week from the freeze on it is compared; in a silence nothing moves.
    pub(crate) fn close(
        &mut self,
        week: Week,
        (held, exposure): (Option<Held>, ExposureRule),
        known: impl FnOnce() -> Known,
    ) -> assessment::Erosion {
        let is_silent = held == Some(Held::Silence);
        if let Some(kept) = self.kept(week) {
            kept.is_silent = is_silent;
        }
        let since = week.0 - self.window.last.0 - FROZEN_AFTER_WEEKS;
        let is_due = since >= 0 && i64::from(since) % EVALUATED_EVERY_WEEKS == 0;
        let mut turn = None;
        if is_due {
            self.freeze(exposure);
            turn = if is_silent { None } else { self.compare(week, &known()) };
            self.forget();
        }
        self.tell(turn)
    }

    fn freeze(&mut self, exposure: ExposureRule) {
        if self.reference != Reference::Open {
            return;
        }
        let used: Vec<(Week, Kept)> = self.dated().filter(|(week, kept)| self.window.holds(*week) && kept.is_known()).collect();
        let has_exposure = exposure == ExposureRule::Reported && used.iter().any(|(_, kept)| kept.exposure > 0);
        let against = if has_exposure { Against::Exposure } else { Against::Weeks };
        let counted = used.iter().filter_map(|(week, kept)| Some((*week, kept.counted(against, (1.0, 1.0))?)));
        let frozen = level(&counted.collect::<Vec<_>>()).map(|(level, shown)| Frozen { level, shown, against });
        self.reference = frozen.filter(|frozen| frozen.level.count > 0).map_or(Reference::Unseen, Reference::Frozen);
    }

    fn compare(&mut self, week: Week, known: &Known) -> Option<ErosionTurn> {
        let Reference::Frozen(frozen) = self.reference else { return None };
        let after = self.dated().filter(|(other, kept)| self.window.last < *other && *other <= week && kept.is_known());
        let mut after: Vec<(Week, Kept)> = after.collect();
        after.reverse();
        let counted = after.iter().filter_map(|(other, kept)| {
            let shares = known.of(usize::try_from(week.0 - other.0).unwrap_or(0));
            let is_enough = shares.0 >= KNOWN_SHARE_MIN && (frozen.against == Against::Weeks || shares.1 >= KNOWN_SHARE_MIN);
            is_enough.then(|| kept.counted(frozen.against, shares)).flatten().map(|counted| (*other, counted))
        });
        let mut newest: Vec<(Week, CountedWeek)> = counted.take(YEAR_WEEKS).collect();
        newest.reverse();
        let (newest, shown) = level(&newest)?;
        let ratio = newest.against(&frozen.level)?;
        self.compared = Some(Compared { ratio, newest: shown });
        let (phase, turn) = self.phase.next(Some(ratio));
        self.phase = phase;
        turn.map(|turn| match turn {
            statistics::ErosionTurn::Warned => ErosionTurn::Warned,
            statistics::ErosionTurn::Critical => ErosionTurn::Critical,
            statistics::ErosionTurn::Ended => ErosionTurn::Ended,
        })
    }

    /// Lets go of weeks that no comparison will read.
    fn forget(&mut self) {
        let old = self.weeks.len().saturating_sub(KEPT_WEEKS);
        self.weeks.drain(..old);
        self.first = Week(self.first.0.saturating_add(i32::try_from(old).unwrap_or(i32::MAX)));
    }

    fn dated(&self) -> impl Iterator<Item = (Week, Kept)> + '_ {
        (self.first.0..).zip(&self.weeks).map(|(week, kept)| (Week(week), *kept))
    }

    fn tell(&self, turn: Option<ErosionTurn>) -> assessment::Erosion {
        let reference = match self.reference {
            Reference::Frozen(frozen) => Some(frozen.shown),
            Reference::Open | Reference::Unseen => None,
        };
        let state = match (self.reference, self.compared, self.phase) {
            (Reference::Unseen, _, _) => ErosionState::Unseen,
            (Reference::Open, _, _) | (Reference::Frozen(_), None, _) => ErosionState::Gathering,
            (Reference::Frozen(_), Some(_), ErosionPhase::Steady { .. }) => ErosionState::Steady,
            (Reference::Frozen(_), Some(_), ErosionPhase::Warning { .. }) => ErosionState::Warning,
            (Reference::Frozen(_), Some(_), ErosionPhase::Critical { .. }) => ErosionState::Critical,
        };
        let interval = |ratio: RatioInterval| Interval { estimate: ratio.ratio, low: ratio.low, high: ratio.high };
        assessment::Erosion {
            state,
            turn,
            ratio: self.compared.map(|compared| interval(compared.ratio)),
            reference,
            newest: self.compared.map(|compared| compared.newest),
            late_acts: self.late_acts,
        }
    }
}

impl Kept {
    const fn is_known(&self) -> bool {
        !(self.is_out || self.is_silent && self.inspections == 0)
    }

    /// As the statistic reads it, with the shares of its inspections and exposure that are known; a week without exposure where
    /// there is some is not used, since it would be a rate over nothing.
    fn counted(&self, against: Against, (of_inspections, of_exposure): (f64, f64)) -> Option<CountedWeek> {
        let exposure = match against {
            Against::Weeks => of_inspections,
            Against::Exposure if self.exposure <= 0 => return None,
            Against::Exposure => self.exposure as f64 / of_exposure * of_inspections,
        };
        Some(CountedWeek { count: u64::try_from(self.inspections).unwrap_or(0), exposure })
    }
}

fn level(weeks: &[(Week, CountedWeek)]) -> Option<(statistics::LongLevel, LongLevel)> {
    let counted: Vec<CountedWeek> = weeks.iter().map(|(_, counted)| *counted).collect();
    let level = statistics::LongLevel::of(&counted)?;
    let (first, last) = (weeks.first()?.0, weeks.last()?.0);
    Some((level, LongLevel { first, last, weeks: level.weeks, inspections: level.count, exposure: level.exposure }))
}
