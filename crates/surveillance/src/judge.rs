//! From expected counts to statements: evidence, what the pool lends, the turn of each condition, size, power, and what to call it.
//!
//! One judge serves one close of one group, stream by stream. What must never enter: counts that are not in a window, a change of
//! anything but the phase of a condition and what follows from it.

use alloc::vec::Vec;

use crate::condition::{Turn, View};
use crate::evidence::{Effects, Span, VARIANCE_FLOOR, Walk};
use crate::finding::{Evidence, PoolShare, Segment, Size, Source, WeekEvidence};
use crate::lanes;
use crate::pool::{Lender, Loan, pool};
use crate::power::Sensitivity;
use crate::report::{Gap, Held, Modes, PooledEvidence, SeriesWeek, Sight, Silent, StreamWeek};
use crate::scratch::{Desk, Member, Scratch};
use crate::series::Series;
use crate::settings::{Life, Pooling, Settings};
use crate::stream::{Side, Stream};
use crate::window::{Row, Window};

/// No usable week among so many newest is not enough to judge.
const FRESH_WEEKS: i64 = 8;

/// The streams by the weeks they look at: traffic is watched both ways over the same.
const WINDOWS: [&[Stream]; 4] = [&[Stream::Effort], &[Stream::Yield], &[Stream::Timeliness], &[Stream::TrafficDown, Stream::TrafficUp]];

/// What does not change within a close.
pub(crate) struct Judge<'a> {
    week: i64,
    settings: &'a Settings,
    seasons: &'a [Row; 4],
    threshold: f64,
    falls: Effects,
    rises: Effects,
    deeper: Effects,
    hearing: Hearing,
}

/// What was heard of the feeds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hearing {
    pub(crate) silent: Silent,
    pub(crate) is_without_inspections: bool,
}

/// What the group lends, if it does.
type Borrowed<'a> = Option<(&'a Lender<'a>, &'a Loan)>;

impl<'a> Judge<'a> {
    pub(crate) fn new(week: i64, settings: &'a Settings, seasons: &'a [Row; 4], hearing: Hearing) -> Self {
        Self {
            week,
            settings,
            seasons,
            threshold: settings.threshold(),
            falls: Effects::of(Side::Down, settings),
            rises: Effects::of(Side::Up, settings),
            deeper: Effects::deeper(settings),
            hearing,
        }
    }

    /// A held week: evidence can only shrink, and nothing moves (§3.5).
    pub(crate) fn hold(&self, held: Held, series: &mut [Series], scratch: &Scratch, out: &mut Vec<SeriesWeek>) {
        for (at, (series, member)) in series.iter_mut().zip(&scratch.members).enumerate() {
            let mut said = self.plain(at, series, member);
            for (stream, said) in Stream::ALL.into_iter().zip(&mut said.streams) {
                self.set_level(series, stream, said);
                said.evidence = Evidence::held(series.hold(stream));
            }
            said.sight = Sight::Gap(Gap::Held(held));
            out.push(said);
        }
    }

    /// A week that is judged, with the sharing factors of effort and yield; the pool's evidence of both is returned.
    pub(crate) fn judge(
        &self,
        series: &mut [Series],
        sharing: [f64; 2],
        scratch: &mut Scratch,
        out: &mut Vec<SeriesWeek>,
    ) -> [Option<PooledEvidence>; 2] {
        let Scratch { desk, walk, members, pool } = scratch;
        let first = out.len();
        let mut pooled = [None; 2];
        for streams in WINDOWS {
            let stream = streams[0];
            self.look(stream, (series, members), desk);
            if stream == Stream::Effort {
                out.extend(series.iter().zip(&*members).enumerate().map(|(at, (series, member))| self.plain(at, series, member)));
            }
            let lender = sharing.get(stream.at()).and_then(|&sharing| self.pool(members, sharing, pool));
            let loan = lender.as_ref().and_then(|lender| lender.find(0, &self.falls, walk));
            let loan = lender.as_ref().zip(loan.as_ref());
            if let (Some((lender, loan)), Some(pooled)) = (loan, pooled.get_mut(stream.at())) {
                let segment = Segment::of(&loan.found, lender.window, self.week);
                *pooled = Some(PooledEvidence { evidence: loan.found.evidence, segment });
            }
            for (at, ((series, member), said)) in series.iter_mut().zip(&*members).zip(&mut out[first..]).enumerate() {
                let loan = loan.filter(|_| member.is_pooled);
                for &stream in streams {
                    self.judge_stream((series, member, at), loan, walk, &mut said.streams[stream.at()]);
                }
                if stream == Stream::Effort {
                    said.sight = self.sight(&member.window, said.stream(stream));
                }
            }
        }
        pooled
    }

    /// Fills the windows of all members with a stream's usable weeks.
    fn look(&self, stream: Stream, (series, members): (&[Series], &mut [Member]), desk: &mut Desk) {
        for (series, member) in series.iter().zip(members) {
            desk.look((series, stream, self.week), (self.settings, self.seasons), member);
        }
    }

    /// The group as a lender, with two measures or more.
    fn pool<'m>(&self, members: &'m [Member], sharing: f64, pooled: &'m mut Window) -> Option<Lender<'m>> {
        pooled.clear();
        let measures = || members.iter().filter(|member| member.is_pooled);
        if self.settings.pool == Pooling::Off || measures().count() < 2 {
            return None;
        }
        pool(measures().map(|member| &member.window), sharing, pooled);
        Some(Lender { members, window: pooled, sharing, pooling: self.settings.pool })
    }

    /// Says all of a stream of which nothing has been said yet.
    fn judge_stream(&self, of: (&mut Series, &Member, usize), loan: Borrowed<'_>, walk: &mut Walk, said: &mut StreamWeek) {
        let ((series, member, at), stream) = (of, said.stream);
        let window = &member.window;
        self.set_level(series, stream, said);
        self.weigh(said, (window, at), loan, walk);
        series.remember(stream, said.evidence.own);
        said.usable_weeks = window.len as u32;
        said.recent = Size::recent(window);
        said.expected = window.newest_expected().map(|expected| expected * series.unit(series.feeds(stream).0));
        said.sensitivity = if stream.is_pooled() { self.sensitivity(window) } else { None };
        said.power = said.sensitivity.map(|sensitivity| sensitivity.power());
        let was = said.phase.condition().map(|condition| condition.onset);
        if self.settings.life == Life::On && series.track(stream).is_some() {
            said.turn = self.turn((series, at), (window, said), (loan.map(|(lender, _)| lender), walk));
            said.phase = series.phase(stream);
        }
        let onset = was.or_else(|| said.phase.condition().map(|condition| condition.onset));
        let onset = onset.or_else(|| said.evidence.segment.map(|segment| segment.onset));
        said.size = onset.and_then(|onset| Size::since(onset, self.week, window));
        if matches!(said.turn, Some(Turn::Fired(_) | Turn::Escalated { .. })) {
            said.weeks = self.weeks(series, stream, member, said.evidence.segment);
            said.weeks.retain(|week| week.nats != 0.0);
        }
    }

    /// Own evidence, and the pool's where the series' own data agree with it (§4.1).
    fn weigh(&self, said: &mut StreamWeek, (window, at): (&Window, usize), loan: Borrowed<'_>, walk: &mut Walk) {
        let (effects, span) = (self.effects(said.stream), Span::from(window, 0));
        let found = match said.stream {
            Stream::Effort | Stream::Yield | Stream::Timeliness | Stream::TrafficDown => walk.detect(effects, &span),
            Stream::TrafficUp => walk.detect_again(effects, &span),
        };
        if let Some(found) = found {
            said.evidence = Evidence::own(found.evidence, Segment::of(&found, window, self.week));
        }
        let (Some((lender, loan)), Some((penalty, own_floor))) = (loan, self.settings.pool.price()) else { return };
        let share = lender.share(loan, at, 0);
        said.part = Some(PoolShare { ratio: share.ratio, nats: share.own });
        let lent = loan.found.evidence - penalty;
        if lent > said.evidence.own && share.agrees(own_floor) {
            let segment = Segment { ratio: share.ratio, ..Segment::of(&loan.found, lender.window, self.week) };
            said.evidence = Evidence { combined: lent, source: Source::Pool, segment: Some(segment), ..said.evidence };
        }
    }

    fn effects(&self, stream: Stream) -> &Effects {
        match stream.side() {
            Side::Down => &self.falls,
            Side::Up => &self.rises,
        }
    }

    fn turn(&self, (series, at): (&mut Series, usize), of: (&Window, &StreamWeek), with: (Option<&Lender<'_>>, &mut Walk)) -> Option<Turn> {
        let ((own, said), (pool, walk)) = (of, with);
        let view = View {
            week: self.week,
            stream: said.stream,
            settings: self.settings,
            threshold: self.threshold,
            effects: self.effects(said.stream),
            deeper: &self.deeper,
            own,
            pool,
            at,
            evidence: &said.evidence,
            is_silent: self.hearing.silent.concerns(series),
            has_news: series.note_usable(said.stream, own.mask(self.week)),
        };
        let (phase, turn) = view.step(said.phase, walk);
        series.take(said.stream, (phase, turn.as_ref()), self.week);
        turn
    }

    fn sensitivity(&self, window: &Window) -> Option<Sensitivity> {
        let newest = window.back[..window.len].first()?;
        Some(Sensitivity {
            expected_per_week: window.mean_expected(),
            precision: 1.0 / (window.variance[0] + VARIANCE_FLOOR),
            unseen_weeks: i64::from(*newest),
            threshold: self.threshold,
        })
    }

    fn sight(&self, window: &Window, effort: &StreamWeek) -> Sight {
        if self.hearing.is_without_inspections {
            return Sight::Gap(Gap::NoInspections);
        }
        if !effort.has_level {
            return Sight::Learning;
        }
        let is_fresh = window.count_since(FRESH_WEEKS - 1) > 0;
        match effort.power {
            Some(power) if is_fresh && power.half_in_26_weeks >= 0.5 => Sight::Sufficient,
            Some(_) | None => Sight::Insufficient,
        }
    }

    /// All that is said of a series whether or not the week is judged.
    fn plain(&self, at: usize, series: &Series, member: &Member) -> SeriesWeek {
        SeriesWeek {
            series: at,
            week: self.week,
            streams: Stream::ALL.map(StreamWeek::blank),
            recent: member.recent((series, self.week), self.settings),
            sight: Sight::Learning,
            modes: Modes {
                unadjusted: !series.is_adjusted(),
                unseasoned: !series.is_seasoned(),
                reference: series.declared_in_force(self.settings).is_some(),
            },
        }
    }

    /// Says what is said of a stream whether or not the week is judged.
    fn set_level(&self, series: &Series, stream: Stream, said: &mut StreamWeek) {
        said.phase = series.phase(stream);
        if stream == Stream::Timeliness {
            said.has_level = series.knows_timeliness(self.week);
            said.inflation = if said.has_level { series.timeliness().noise() } else { 1.0 };
        } else if let Some((level, _)) = series.level(stream, self.settings) {
            (said.has_level, said.noise, said.inflation) = (true, level.noise, level.inflation);
        }
    }

    /// What each usable week of a stream brings to the evidence of its best segment.
    pub(crate) fn contributions(&self, of: (&Series, Stream), member: &Member, walk: &mut Walk) -> Vec<WeekEvidence> {
        let (series, stream) = of;
        let found = walk.detect(self.effects(stream), &Span::from(&member.window, 0));
        self.weeks(series, stream, member, found.map(|found| Segment::of(&found, &member.window, self.week)))
    }

    fn weeks(&self, series: &Series, stream: Stream, member: &Member, segment: Option<Segment>) -> Vec<WeekEvidence> {
        let (window, of) = (&member.window, series.feeds(stream).0);
        let (known, unit) = (&member.known[of.at()], series.unit(of));
        let ratio = segment.map_or(1.0, |segment| match stream.side() {
            Side::Down => segment.ratio.clamp(0.05, 0.95),
            Side::Up => segment.ratio.clamp(1.05, 20.0),
        });
        let places = segment.map_or(0, |segment| window.count_since(self.week - segment.onset));
        let log_ratio = lanes::ln_ratio(ratio, 1.0);
        let part = |at: usize| if at < places { window.seen[at] * log_ratio + window.expected[at] * (1.0 - ratio) } else { 0.0 };
        let whole: f64 = (0..places).map(part).sum();
        let week = |at: usize| WeekEvidence {
            week: self.week - i64::from(window.back[at]),
            seen: window.raw_seen[at] * unit,
            expected: window.raw_expected[at] * unit,
            completeness: known.share[usize::from(window.back[at])],
            capped: window.seen[at],
            effective: window.expected[at],
            nats: part(at),
            share: if whole > 0.0 { part(at) / whole } else { 0.0 },
        };
        (0..window.len).map(week).collect()
    }
}
