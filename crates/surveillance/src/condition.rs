//! The life of a condition (§5): when a stream of a series fires, and what ends, recalls or sharpens it.
//!
//! A phase and one week's view give the next phase; nothing else is read, nothing is changed here. What a transition means for
//! the stream (frozen, settled weeks) is done by its track. Timeliness is watched upwards: it has no gate, no pool, no collapse and
//! no escalation. What must never enter: delivery, labels, acknowledgement, merging.

use serde::{Deserialize, Serialize};

use crate::evidence::{Effects, NO_EVIDENCE, Return, Span, Walk};
use crate::finding::{Evidence, Source};
use crate::pool::Lender;
use crate::settings::Settings;
use crate::stream::{Side, Stream};
use crate::window::Window;

/// Weeks before the onset that are frozen and settled with it.
pub(crate) const MARGIN_WEEKS: i64 = 2;
/// The newest usable weeks that must lie below [`GATE_RATIO`] together before a series fires on its own evidence.
const GATE_WEEKS: usize = 4;
const GATE_RATIO: f64 = 0.9;
const SEGMENT_RATIO: f64 = 0.95;

/// Level at which a timeliness condition stands at least, and what its recovery is held against: a rate that is still this high.
const LATE_RATIO_MIN: f64 = 1.05;
const STILL_LATE: f64 = 1.3;
/// Its recovery is a rate a little below what is expected, and at most this.
const IN_TIME_AGAIN: f64 = 0.9;
const IN_TIME_RATIO: f64 = 1.15;
/// The recovery of a fall is a rate a little above what is expected.
const BACK_AGAIN: f64 = 1.1;

/// The lowest level a condition may stand at (§5.5): below it one week cannot be told from another.
const LEVEL_MIN: f64 = 0.02;

/// What a condition fired or escalated by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// The series' own evidence.
    Evidence,
    /// The group's evidence, with which its own data agree: suspected rather than confirmed.
    Pool,
    /// A fall so deep that capped evidence would be too slow.
    Collapse,
}

/// A fall that stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// Week in which it began, kept from the firing.
    pub onset: i64,
    /// Week at whose close it fired.
    pub fired: i64,
    /// Week at whose close it last fired or escalated.
    pub paged: i64,
    /// What it fired by.
    pub by: Cause,
    /// Level it stands at, as a share of what is expected.
    pub ratio: f64,
    /// Lowest such level so far.
    pub ratio_min: f64,
    /// Weeks in a row of weak evidence.
    pub weak_weeks: u32,
}

/// Where a stream of a series stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    /// Nothing to say.
    #[default]
    Quiet,
    /// Half the threshold is reached; shown, never paged, freezes nothing.
    Pending {
        /// Week at whose close it became so.
        since: i64,
    },
    /// A condition stands.
    Firing(Condition),
}

impl Phase {
    /// The standing condition.
    #[must_use]
    pub fn condition(&self) -> Option<&Condition> {
        match self {
            Self::Quiet | Self::Pending { .. } => None,
            Self::Firing(condition) => Some(condition),
        }
    }
}

/// A transition at the close of a week. The condition is as it was when it ended, or as it now stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Turn {
    /// Quiet to pending.
    Pending,
    /// Pending to quiet.
    Calmed,
    /// A condition began.
    Fired(Condition),
    /// The fall went deeper.
    Escalated {
        /// The condition at its new level.
        condition: Condition,
        /// By which evidence.
        by: Cause,
    },
    /// Reports that arrived later explain it.
    Recalled(Condition),
    /// The evidence has been weak for weeks.
    Faded(Condition),
    /// Counts are back.
    Recovered {
        /// The condition that ended.
        condition: Condition,
        /// First week of the recovery.
        from: i64,
    },
}

/// All that one stream's transition may look at.
pub(crate) struct View<'a> {
    /// The week being closed.
    pub(crate) week: i64,
    pub(crate) stream: Stream,
    pub(crate) settings: &'a Settings,
    pub(crate) threshold: f64,
    /// What the stream is searched for, and for what a standing fall is.
    pub(crate) effects: &'a Effects,
    pub(crate) deeper: &'a Effects,
    pub(crate) own: &'a Window,
    /// The group, if the series may borrow from it, and its place there.
    pub(crate) pool: Option<&'a Lender<'a>>,
    pub(crate) at: usize,
    pub(crate) evidence: &'a Evidence,
    /// Whether a feed is silent: then nothing ends.
    pub(crate) is_silent: bool,
    /// Whether a week became usable: otherwise nothing begins or ends, and only what is pending follows its evidence.
    pub(crate) has_news: bool,
}

impl View<'_> {
    /// The next phase and the transition that led to it. The first rule that holds wins.
    pub(crate) fn step(&self, phase: Phase, walk: &mut Walk) -> (Phase, Option<Turn>) {
        match phase {
            Phase::Quiet => self.while_calm(None),
            Phase::Pending { since } => self.while_calm(Some(since)),
            Phase::Firing(condition) if self.has_news => self.while_firing(condition, walk),
            Phase::Firing(condition) => (Phase::Firing(condition), None),
        }
    }

    fn while_calm(&self, pending: Option<i64>) -> (Phase, Option<Turn>) {
        if let Some(condition) = self.has_news.then(|| self.fires()).flatten() {
            return (Phase::Firing(condition), Some(Turn::Fired(condition)));
        }
        let is_near = self.evidence.combined >= self.threshold / 2.0;
        match (pending, is_near) {
            (None, false) => (Phase::Quiet, None),
            (None, true) => (Phase::Pending { since: self.week }, Some(Turn::Pending)),
            (Some(since), true) => (Phase::Pending { since }, None),
            (Some(_), false) => (Phase::Quiet, Some(Turn::Calmed)),
        }
    }

    fn while_firing(&self, mut condition: Condition, walk: &mut Walk) -> (Phase, Option<Turn>) {
        let is_weak = self.evidence.combined < self.threshold * 2.0 / 3.0;
        condition.weak_weeks = if is_weak { condition.weak_weeks + 1 } else { 0 };
        if !self.is_silent {
            if self.is_recalled(&condition, walk) {
                return (Phase::Quiet, Some(Turn::Recalled(condition)));
            }
            if condition.weak_weeks >= self.settings.fade_weeks {
                return (Phase::Quiet, Some(Turn::Faded(condition)));
            }
            if let Some(from) = self.recovered_from(&condition, walk) {
                return (Phase::Quiet, Some(Turn::Recovered { condition, from }));
            }
        }
        let Some((ratio, by)) = self.deepened_to(&condition, walk) else { return (Phase::Firing(condition), None) };
        condition.ratio = ratio;
        condition.ratio_min = condition.ratio_min.min(ratio);
        condition.paged = self.week;
        (Phase::Firing(condition), Some(Turn::Escalated { condition, by }))
    }

    fn fires(&self) -> Option<Condition> {
        let (onset, ratio, by) = self.fires_by_evidence().or_else(|| self.fires_by_collapse())?;
        let ratio = match self.stream.side() {
            Side::Down => ratio.clamp(0.05, 0.95),
            Side::Up => ratio.max(LATE_RATIO_MIN),
        };
        let week = self.week;
        Some(Condition { onset, fired: week, paged: week, by, ratio, ratio_min: ratio, weak_weeks: 0 })
    }

    fn fires_by_evidence(&self) -> Option<(i64, f64, Cause)> {
        let segment = self.evidence.segment.filter(|_| self.evidence.combined > self.threshold)?;
        let by = match self.evidence.source {
            Source::Own => Cause::Evidence,
            Source::Pool => Cause::Pool,
        };
        let passes = match self.stream.side() {
            Side::Down => by == Cause::Pool || self.passes_gate(segment.ratio),
            Side::Up => true,
        };
        passes.then_some((segment.onset, segment.ratio, by))
    }

    /// Own evidence must also show in the newest weeks: a ramp that starts from a surplus is no fall.
    fn passes_gate(&self, segment_ratio: f64) -> bool {
        let (seen, expected) = self.own.sums(0, self.own.len.min(GATE_WEEKS));
        seen < GATE_RATIO * expected && segment_ratio < SEGMENT_RATIO
    }

    fn fires_by_collapse(&self) -> Option<(i64, f64, Cause)> {
        let (onset, ratio) = self.collapse(0)?;
        Some((onset, ratio, Cause::Collapse))
    }

    /// The collapse test on the weeks from place `from` on: its onset and mean ratio.
    fn collapse(&self, from: usize) -> Option<(i64, f64)> {
        if !self.stream.is_pooled() || self.own.len < from + 2 {
            return None;
        }
        self.plunge((from, self.own.len), 1.0)
    }

    /// One week at z ≥ 5 and at most 0.3 of `level`, or two running at z ≥ 3 and at most 0.5 of it, newest of the places.
    fn plunge(&self, places: (usize, usize), level: f64) -> Option<(i64, f64)> {
        let (from, until) = places;
        let depth = |at: usize| {
            let (seen, expected) = (self.own.raw_seen[at], self.own.raw_expected[at]);
            ((expected - seen) / libm::sqrt(self.own.raw_variance[at]), seen / expected)
        };
        let (deviations, ratio) = (from < until).then(|| depth(from))?;
        if deviations >= 5.0 && ratio <= 0.3 * level {
            return Some((self.week_at(from), ratio));
        }
        let (earlier_deviations, earlier_ratio) = (from + 1 < until).then(|| depth(from + 1))?;
        let both = deviations.min(earlier_deviations) >= 3.0 && ratio.max(earlier_ratio) <= 0.5 * level;
        both.then(|| (self.week_at(from + 1), (ratio + earlier_ratio) / 2.0))
    }

    /// Whether the weeks up to the firing, as known now, no longer carry it (§5.4).
    fn is_recalled(&self, condition: &Condition, walk: &mut Walk) -> bool {
        let age = self.week - condition.fired;
        if !(1..=i64::from(self.settings.recall_weeks)).contains(&age) {
            return false;
        }
        let half = self.threshold / 2.0;
        let from = self.own.first_at_or_before(age);
        if self.carries_still(condition.onset, from) >= half {
            return false;
        }
        let own = walk.detect(self.effects, &Span::from(self.own, from)).map_or(NO_EVIDENCE, |found| found.evidence);
        own < half && self.pooled_then(age, walk) < half && (condition.by != Cause::Collapse || self.collapse(from).is_none())
    }

    /// What the weeks from the onset to place `from` alone prove: a lower bound that spares most weeks the whole detector.
    fn carries_still(&self, onset: i64, from: usize) -> f64 {
        let until = self.own.count_since(self.week - onset);
        if until < from + 2 {
            return NO_EVIDENCE;
        }
        self.effects.at_least(self.own.sums(from, until), self.own.variance[until - 1])
    }

    /// What the pool would lend the series for the weeks up to `age` weeks ago.
    fn pooled_then(&self, age: i64, walk: &mut Walk) -> f64 {
        let (Some(pool), Some((penalty, own_floor))) = (self.pool, self.settings.pool.price()) else { return NO_EVIDENCE };
        let Some(loan) = pool.find(age, self.effects, walk) else { return NO_EVIDENCE };
        if pool.share(&loan, self.at, age).agrees(own_floor) { loan.found.evidence - penalty } else { NO_EVIDENCE }
    }

    /// First week of a recovery that ends the condition (§5.2).
    fn recovered_from(&self, condition: &Condition, walk: &mut Walk) -> Option<i64> {
        let sought = match self.stream.side() {
            Side::Down => Return { to: BACK_AGAIN, still: ((1.0 + condition.ratio_min) / 2.0).min(0.8) },
            Side::Up => Return { to: IN_TIME_AGAIN, still: STILL_LATE },
        };
        let places = self.own.count_since(self.week - condition.onset - 1);
        let rebound = walk.rebound(self.own, places, &sought)?;
        let is_back = match self.stream.side() {
            Side::Down => rebound.ratio >= self.settings.recovered_at,
            Side::Up => rebound.ratio <= IN_TIME_RATIO,
        };
        (rebound.evidence > self.settings.recovery_evidence && is_back).then(|| self.week_at(rebound.start))
    }

    /// The level the fall has deepened to since the last page (§5.5).
    fn deepened_to(&self, condition: &Condition, walk: &mut Walk) -> Option<(f64, Cause)> {
        if !self.stream.is_pooled() || self.settings.escalation <= 0.0 {
            return None;
        }
        let until = self.own.count_since(self.week - condition.paged - 1);
        let scale = condition.ratio;
        let extra_variance = 1.0 / (8.0 * scale * self.own.mean_expected()).max(1.0);
        let span = Span { window: self.own, from: 0, until, scale, extra_variance };
        let found = walk.detect(self.deeper, &span).filter(|found| found.evidence > self.settings.escalation);
        let by_evidence = found.map(|found| ((condition.ratio * found.ratio).max(LEVEL_MIN), Cause::Evidence));
        let deeper = by_evidence.or_else(|| {
            let (_, ratio) = self.plunge((0, until), condition.ratio)?;
            Some((ratio.max(LEVEL_MIN), Cause::Collapse))
        });
        // Where nothing is done at all, the level has nowhere to go: a service that stays away for years is no new fall.
        deeper.filter(|(ratio, _)| *ratio < condition.ratio)
    }

    fn week_at(&self, place: usize) -> i64 {
        self.week - i64::from(self.own.back[place])
    }
}
