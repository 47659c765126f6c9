//! From expected counts to statements: evidence, what the pool lends, the turn of each condition, size, power, and what to call it.
//!
//! One judge serves one close of one group. What must never enter: counts that are not in a window, a change of anything but the
//! phase of a series and what follows from it.

use alloc::vec::Vec;

use crate::condition::{Turn, View};
use crate::delays::Completeness;
use crate::evidence::{Effects, Found, Span, VARIANCE_FLOOR, Walk};
use crate::group::Role;
use crate::lanes;
use crate::pool::{Share, pool};
use crate::power::{Power, Sensitivity};
use crate::report::{Evidence, Gap, Held, Modes, PooledEvidence, Segment, SeriesWeek, Sight, Silent, Size, Source, WeekEvidence};
use crate::scratch::{Member, Scratch};
use crate::series::Series;
use crate::settings::{Life, Pooling, Settings};
use crate::window::Window;

/// No usable week among so many newest is not enough to judge.
const FRESH_WEEKS: i64 = 8;

/// What does not change within a close.
pub(crate) struct Judge<'a> {
    week: i64,
    settings: &'a Settings,
    threshold: f64,
    effects: Effects,
    hearing: Hearing,
}

/// What was heard of the feeds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hearing {
    pub(crate) silent: Silent,
    pub(crate) is_without_inspections: bool,
}

/// A found segment together with the window it was found in.
type Lender<'a> = (Found, &'a Window);

impl<'a> Judge<'a> {
    pub(crate) fn new(week: i64, settings: &'a Settings, hearing: Hearing) -> Self {
        let (threshold, effects) = (settings.threshold(), Effects::new(settings));
        Self { week, settings, threshold, effects, hearing }
    }

    /// A held week: evidence can only shrink, and nothing moves (§3.5).
    pub(crate) fn hold(&self, held: Held, series: &mut [Series], members: &[Member], out: &mut Vec<SeriesWeek>) {
        for (at, (series, member)) in series.iter_mut().zip(members).enumerate() {
            series.own_evidence = series.own_evidence.min(0.0);
            let mut said = self.plain(at, series, member);
            said.evidence = Evidence::held(series.own_evidence);
            said.sight = Sight::Gap(Gap::Held(held));
            out.push(said);
        }
    }

    /// A week that is judged; the pool's evidence is returned.
    pub(crate) fn judge(
        &self,
        series: &mut [Series],
        sharing: f64,
        scratch: &mut Scratch,
        out: &mut Vec<SeriesWeek>,
    ) -> Option<PooledEvidence> {
        let Scratch { members, pool: pooled, walk, .. } = scratch;
        let is_measure = |series: &Series| series.role == Role::Measure;
        let measures = || series.iter().zip(members.iter()).filter(|(series, _)| is_measure(series));
        let can_pool = self.settings.pool != Pooling::Off && measures().count() > 1;
        pooled.clear();
        if can_pool {
            pool(measures().map(|(_, member)| &member.window), sharing, pooled);
        }
        let found = walk.detect(&self.effects, &Span::from(pooled, 0));
        let lender = found.map(|found| (found, &*pooled));
        for (at, (series, member)) in series.iter_mut().zip(members.iter()).enumerate() {
            let lender = lender.filter(|_| is_measure(series));
            out.push(self.judge_series(at, (series, member), lender, walk));
        }
        let (found, pooled) = lender?;
        Some(PooledEvidence { evidence: found.evidence, segment: Segment::of(&found, pooled, self.week) })
    }

    fn judge_series(&self, at: usize, of: (&mut Series, &Member), lender: Option<Lender<'_>>, walk: &mut Walk) -> SeriesWeek {
        let (series, member) = of;
        let window = &member.window;
        let evidence = self.weigh(window, lender, walk);
        let is_new = series.note_usable(window.mask(self.week));
        series.own_evidence = evidence.own;
        let mut said = self.plain(at, series, member);
        said.evidence = evidence;
        said.power = self.power(window);
        said.sight = self.sight(series, window, said.power.as_ref());
        let was = series.phase.condition().map(|condition| condition.onset);
        if is_new && self.settings.life == Life::On {
            said.turn = self.turn(series, window, &evidence, (lender.map(|(_, pool)| pool), walk));
        }
        said.phase = series.phase;
        let onset = was.or_else(|| series.phase.condition().map(|condition| condition.onset));
        let onset = onset.or_else(|| evidence.segment.map(|segment| segment.onset));
        said.size = onset.and_then(|onset| Size::since(onset, self.week, window));
        said
    }

    /// Own evidence, and the pool's where the series' own data agree with it (§4.1).
    fn weigh(&self, window: &Window, lender: Option<Lender<'_>>, walk: &mut Walk) -> Evidence {
        let mut evidence = Evidence::none();
        if let Some(found) = walk.detect(&self.effects, &Span::from(window, 0)) {
            evidence.own = found.evidence;
            evidence.combined = found.evidence;
            evidence.segment = Some(Segment::of(&found, window, self.week));
        }
        let (Some((found, pool)), Pooling::Group { penalty, own_floor }) = (lender, self.settings.pool) else { return evidence };
        let lent = found.evidence - penalty;
        if lent > evidence.own {
            let places = window.count_since(i64::from(pool.back[found.start]));
            let share = Share::of(window, (0, places), found.ratio);
            if share.agrees(own_floor) {
                let segment = Segment { ratio: share.ratio, ..Segment::of(&found, pool, self.week) };
                return Evidence { combined: lent, source: Source::Pool, segment: Some(segment), ..evidence };
            }
        }
        evidence
    }

    fn turn(&self, series: &mut Series, own: &Window, evidence: &Evidence, with: (Option<&Window>, &mut Walk)) -> Option<Turn> {
        let (pool, walk) = with;
        let view = View {
            week: self.week,
            settings: self.settings,
            threshold: self.threshold,
            effects: &self.effects,
            own,
            pool,
            evidence,
            is_silent: self.hearing.silent.any(),
        };
        let (phase, turn) = view.step(series.phase, walk);
        series.take(phase, turn.as_ref(), self.week);
        turn
    }

    fn power(&self, window: &Window) -> Option<Power> {
        let newest = window.back[..window.len].first()?;
        let sensitivity = Sensitivity {
            expected_per_week: window.mean_expected(),
            precision: 1.0 / (window.variance[0] + VARIANCE_FLOOR),
            unseen_weeks: i64::from(*newest),
            threshold: self.threshold,
        };
        Some(sensitivity.power())
    }

    fn sight(&self, series: &Series, window: &Window, power: Option<&Power>) -> Sight {
        if self.hearing.is_without_inspections {
            return Sight::Gap(Gap::NoInspections);
        }
        if series.level(self.settings).is_none() {
            return Sight::Learning;
        }
        let is_fresh = window.count_since(FRESH_WEEKS - 1) > 0;
        match power {
            Some(power) if is_fresh && power.half_in_26_weeks >= 0.5 => Sight::Sufficient,
            Some(_) | None => Sight::Insufficient,
        }
    }

    /// All that is said of a series whether or not the week is judged.
    fn plain(&self, at: usize, series: &Series, member: &Member) -> SeriesWeek {
        let level = series.level(self.settings).map(|(level, _)| level);
        SeriesWeek {
            series: at,
            week: self.week,
            evidence: Evidence::none(),
            recent: member.recent,
            size: None,
            power: None,
            sight: Sight::Learning,
            modes: Modes {
                unadjusted: series.is_unadjusted(),
                unseasoned: !series.is_seasoned(),
                reference: series.declared_in_force(self.settings).is_some(),
            },
            noise: level.map_or(0.0, |level| level.noise),
            inflation: level.map_or(1.0, |level| level.inflation),
            usable_weeks: member.window.len as u32,
            phase: series.phase,
            turn: None,
        }
    }

    /// What each usable week brings to the evidence.
    pub(crate) fn contributions(&self, window: &Window, known: &Completeness, walk: &mut Walk) -> Vec<WeekEvidence> {
        let found = walk.detect(&self.effects, &Span::from(window, 0));
        let (places, ratio) = found.map_or((0, 1.0), |found| (found.start + 1, found.ratio.clamp(0.05, 0.95)));
        let log_ratio = lanes::ln_ratio(ratio, 1.0);
        let part = |at: usize| if at < places { window.seen[at] * log_ratio + window.expected[at] * (1.0 - ratio) } else { 0.0 };
        let whole: f64 = (0..places).map(part).sum();
        let week = |at: usize| WeekEvidence {
            week: self.week - i64::from(window.back[at]),
            seen: window.raw_seen[at],
            expected: window.raw_expected[at],
            completeness: known.share[usize::from(window.back[at])],
            capped: window.seen[at],
            effective: window.expected[at],
            share: if whole > 0.0 { part(at) / whole } else { 0.0 },
        };
        (0..window.len).map(week).collect()
    }
}
