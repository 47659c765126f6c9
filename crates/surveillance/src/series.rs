//! One series: its counts, its delay tables, its levels, and where its conditions stand.
//!
//! A series knows nothing of its group but the prior of its delays. What must never enter: another series, a report already made.

use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, Lesson, Level, RATIO_DRIFT, TRAFFIC_DRIFT};
use crate::condition::{Condition, Phase, Turn};
use crate::counts::{Counts, Feed};
use crate::delays::DelayTable;
use crate::evidence::NO_EVIDENCE;
use crate::exposure::Exposure;
use crate::group::Role;
use crate::season::Harmonics;
use crate::settings::{Adoption, Settings, WEEKS_KEPT};
use crate::stream::Stream;
use crate::timeliness::{LATE_DELAYS, Late, Timeliness, Use};
use crate::track::Track;
use crate::window::Row;

/// The level of one ratio, and when it began.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ratio {
    pub(crate) baseline: Baseline,
    /// First week that may be learnt or be evidence: later than the series' first after a fresh start.
    pub(crate) since: i64,
}

/// State of one series, saved bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) role: Role,
    /// Its first week: the zero of its own clock.
    first: i64,
    pub(crate) counts: [Counts; 3],
    pub(crate) tables: [DelayTable; 3],
    /// Of effort, yield and traffic.
    pub(crate) ratios: [Ratio; 3],
    timeliness: Timeliness,
    pub(crate) exposure: Exposure,
    pub(crate) weeks_without_traffic: u32,
    pub(crate) declared: Option<Level>,
    /// An operator's re-base has ended the declared level.
    pub(crate) is_declared_over: bool,
    /// Of the streams with a condition.
    pub(crate) tracks: [Track; 3],
    own_evidence: [f64; 5],
    /// What one count of each feed is made of, where it is not one record.
    units: Option<[f64; 3]>,
    pub(crate) ended: Option<i64>,
}

impl Series {
    pub(crate) fn new(first: i64, role: Role) -> Self {
        let ratio = Ratio { since: first, ..Ratio::default() };
        Self {
            role,
            first,
            counts: Default::default(),
            tables: Default::default(),
            ratios: [ratio.clone(), ratio.clone(), ratio],
            timeliness: Timeliness::default(),
            exposure: Exposure::Counted,
            weeks_without_traffic: 0,
            declared: None,
            is_declared_over: false,
            tracks: Default::default(),
            own_evidence: [NO_EVIDENCE; 5],
            units: None,
            ended: None,
        }
    }

    pub(crate) fn counts(&self, feed: Feed) -> &Counts {
        &self.counts[feed.at()]
    }

    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    pub(crate) fn last_ended(&self) -> Option<i64> {
        self.ended
    }

    pub(crate) fn is_seasoned(&self) -> bool {
        self.ratios[0].baseline.is_seasoned()
    }

    pub(crate) fn timeliness(&self) -> &Timeliness {
        &self.timeliness
    }

    /// Whether it is old enough for late arrivals to be evidence.
    pub(crate) fn knows_timeliness(&self, week: i64) -> bool {
        Timeliness::is_known_at(week - self.first)
    }

    /// The condition of a stream, if it can have one.
    pub(crate) fn track(&self, stream: Stream) -> Option<&Track> {
        self.tracks.get(stream.at())
    }

    /// Where the condition of a stream stands.
    pub(crate) fn phase(&self, stream: Stream) -> Phase {
        self.track(stream).map_or(Phase::Quiet, |track| *track.phase())
    }

    /// Notes the usable weeks of a stream with a condition; true when one became so.
    pub(crate) fn note_usable(&mut self, stream: Stream, usable: u64) -> bool {
        self.tracks.get_mut(stream.at()).is_some_and(|track| track.note_usable(usable))
    }

    /// Takes over the next phase of a stream's condition.
    pub(crate) fn take(&mut self, stream: Stream, (phase, turn): (Phase, Option<&Turn>), week: i64) {
        let Some(track) = self.tracks.get_mut(stream.at()) else { return };
        track.take(phase, turn, week);
        match turn {
            None | Some(Turn::Pending | Turn::Calmed | Turn::Fired(_) | Turn::Escalated { .. }) => {}
            Some(Turn::Recalled(_) | Turn::Faded(_) | Turn::Recovered { .. }) => self.ended = Some(week),
        }
    }

    /// What one count of a feed is made of.
    pub(crate) fn unit(&self, feed: Feed) -> f64 {
        self.units.map_or(1.0, |units| units[feed.at()])
    }

    pub(crate) fn weigh(&mut self, units: [f64; 3]) {
        self.units = (units != [1.0; 3]).then_some(units);
    }

    /// The feed a stream counts, and the one it is held against; `None` where a week stands for itself.
    pub(crate) fn feeds(&self, stream: Stream) -> (Feed, Option<Feed>) {
        match stream {
            Stream::Effort => (Feed::Inspections, self.is_adjusted().then_some(Feed::Traffic)),
            Stream::Yield => (Feed::Interdictions, Some(Feed::Inspections)),
            Stream::Timeliness => (Feed::Inspections, None),
            Stream::TrafficDown | Stream::TrafficUp => (Feed::Traffic, None),
        }
    }

    /// The level of a stream, of those that have one of their own.
    fn ratio(&self, stream: Stream) -> Option<&Ratio> {
        match stream {
            Stream::Effort => Some(&self.ratios[0]),
            Stream::Yield => Some(&self.ratios[1]),
            Stream::Timeliness => None,
            Stream::TrafficDown | Stream::TrafficUp => self.is_adjusted().then_some(&self.ratios[2]),
        }
    }

    fn lesson<'a>(&self, stream: Stream, week: i64, season: &'a Harmonics) -> Lesson<'a> {
        let (of, below) = self.feeds(stream);
        let standing = |feed: Feed| self.counts(feed).standing(week);
        let drift = match of {
            Feed::Inspections | Feed::Interdictions => RATIO_DRIFT,
            Feed::Traffic => TRAFFIC_DRIFT,
        };
        Lesson { counts: (standing(of), below.map_or(1, standing)), units: self.units_of(stream), drift, season }
    }

    /// Counts and denominators of the newest 52 weeks, newest first.
    pub(crate) fn rows(&self, stream: Stream, week: i64, numerator: &mut Row, denominator: &mut Row) {
        let (of, below) = self.feeds(stream);
        self.row((of, week), numerator);
        match below {
            Some(below) => self.row((below, week), denominator),
            None => *denominator = [1.0; WEEKS_KEPT],
        }
    }

    fn row(&self, (feed, week): (Feed, i64), row: &mut Row) {
        let (counts, unit) = (self.counts(feed), self.unit(feed));
        for (back, count) in row.iter_mut().enumerate() {
            *count = f64::from(counts.standing(week - back as i64)) / unit;
        }
    }

    /// Learns the week that leaves the guard gap (§3.4), unless it is questioned.
    pub(crate) fn learn(&mut self, week: i64, season: &Harmonics) {
        for (at, stream) in [Stream::Effort, Stream::Yield, Stream::TrafficDown].into_iter().enumerate() {
            let Some(ratio) = self.ratio(stream).filter(|ratio| week >= ratio.since) else { continue };
            let age = week - ratio.since;
            let lesson = self.lesson(stream, week, season);
            let is_withheld = lesson.counts.1 > 0 && self.track(stream).is_some_and(|track| track.withholds(week));
            let baseline = &mut self.ratios[at].baseline;
            if is_withheld { baseline.skip() } else { baseline.learn(age, &lesson) }
        }
    }

    /// Nobody has reported an interdiction up to `week`, for longer than the guard gap: the yield of all weeks so far is unknown,
    /// not zero, and its clock begins with the next.
    pub(crate) fn put_off_yield(&mut self, week: i64) {
        let ratio = &mut self.ratios[1];
        if ratio.baseline.is_untouched() {
            ratio.since = ratio.since.max(week + 1);
        }
    }

    /// Refreshes the declared level from its window, as known now, until the guard gap has passed over it.
    pub(crate) fn refresh_declared(&mut self, week: i64, settings: &Settings) {
        let Some(window) = settings.reference.filter(|_| !self.is_declared_over) else {
            self.declared = None;
            return;
        };
        let age = week - (window.until - 1);
        let is_kept = week - window.from < WEEKS_KEPT as i64;
        if age < 0 || !is_kept || (age > settings.guard() && self.declared.is_some()) {
            return;
        }
        let (sums, weeks) = self.window_sums(Stream::Effort, window.from, window.until);
        if sums.1 > 0 {
            let units = self.units_of(Stream::Effort);
            self.declared = Some(Level::declared(sums.0 as f64 / units.0, sums.1 as f64 / units.1, f64::from(weeks)));
        }
    }

    /// The level a stream is judged by, and the first week that may be evidence against it.
    pub(crate) fn level(&self, stream: Stream, settings: &Settings) -> Option<(Level, i64)> {
        let ratio = self.ratio(stream)?;
        if let Some((level, until)) = self.declared_in_force(settings).filter(|_| stream == Stream::Effort) {
            return Some((level, ratio.since.max(until)));
        }
        ratio.baseline.is_set().then(|| (ratio.baseline.level(), ratio.since))
    }

    /// The declared level, if it holds, and the end of its window.
    pub(crate) fn declared_in_force(&self, settings: &Settings) -> Option<(Level, i64)> {
        let window = settings.reference?;
        let is_replaced = match window.adoption {
            Adoption::Keep => false,
            Adoption::Adopt => self.ratios[0].baseline.is_set(),
        };
        Some((self.declared.filter(|_| !is_replaced)?, window.until))
    }

    /// Sums of counts and denominators over the kept weeks of a window, and how many these are; settled weeks do not count.
    fn window_sums(&self, stream: Stream, from: i64, until: i64) -> ((i64, i64), u32) {
        let (of, below) = self.feeds(stream);
        let settled = self.track(stream).map_or(0, Track::settled);
        let (mut numerator, mut denominator, mut weeks) = (0, 0, 0);
        for week in (from..until).filter(|&week| settled >> crate::counts::slot(week) & 1 == 0) {
            let under = below.map_or(1, |below| self.counts(below).standing(week));
            if under > 0 {
                numerator += i64::from(self.counts(of).standing(week));
                denominator += i64::from(under);
                weeks += 1;
            }
        }
        ((numerator, denominator), weeks)
    }

    fn units_of(&self, stream: Stream) -> (f64, f64) {
        let (of, below) = self.feeds(stream);
        (self.unit(of), below.map_or(1.0, |below| self.unit(below)))
    }

    /// Counts the closed week's late arrivals (§3.3), with its hazards as they are now.
    pub(crate) fn count_late(&mut self, week: i64, hazards: &[f64; LATE_DELAYS], used: Use, guard: i64) {
        let (age, unit) = (week - self.first, self.unit(Feed::Inspections));
        let counts = &self.counts[Feed::Inspections.at()];
        let first = self.first.max(0);
        let known = |delay: usize| week - delay as i64 >= first;
        let late = Late {
            arrived: core::array::from_fn(|at| if known(at + 1) { counts.arrived(at + 1) } else { 0 }),
            standing: core::array::from_fn(|at| if known(at + 1) { counts.standing(week - at as i64 - 1) } else { 0 }),
        };
        let mut old = self.timeliness.keep(week, age, hazards);
        if self.tracks[Stream::Timeliness.at()].phase().condition().is_some() {
            old = self.timeliness.hold_still(old);
        } else {
            self.timeliness.release();
        }
        self.timeliness.count(week, &late, &old, used);
        self.timeliness.measure(week, (age, guard), unit);
    }

    /// Remembers a stream's own evidence and gives it back.
    pub(crate) fn remember(&mut self, stream: Stream, own: f64) {
        self.own_evidence[stream.at()] = own;
    }

    /// A held week: evidence can only shrink (§3.5).
    pub(crate) fn hold(&mut self, stream: Stream) -> f64 {
        let own = &mut self.own_evidence[stream.at()];
        *own = own.min(0.0);
        *own
    }

    /// Settles weeks for every stream that has a condition.
    pub(crate) fn settle(&mut self, from: i64, until: i64, open: i64) {
        self.tracks.iter_mut().for_each(|track| track.settle(from, until, open));
    }

    /// Ends the standing conditions as an operator does: recovered from the open week on.
    pub(crate) fn end_conditions(&mut self, open: i64) -> [Option<Condition>; 3] {
        let ended = self.tracks.each_mut().map(|track| track.end(open));
        self.note_ended(&ended, open);
        ended
    }

    fn note_ended(&mut self, ended: &[Option<Condition>; 3], open: i64) {
        if ended.iter().any(Option::is_some) {
            self.ended = Some(open - 1);
        }
    }

    /// Starts afresh from the levels of a window; `None`, and nothing changed, if the window has nothing to offer.
    pub(crate) fn rebase(&mut self, from: i64, until: i64, open: i64) -> Option<[Option<Condition>; 3]> {
        let weeks = from.max(open - WEEKS_KEPT as i64 + 1)..until.min(open);
        let before = (self.exposure, self.tracks[0].clone());
        self.tracks[0].unsettle();
        let is_back = self.exposure == Exposure::Unreported && weeks.clone().any(|week| self.counts(Feed::Traffic).standing(week) > 0);
        if is_back {
            self.exposure = Exposure::Counted;
        }
        if self.window_sums(Stream::Effort, weeks.start, weeks.end).0.1 <= 0 {
            (self.exposure, self.tracks[0]) = before;
            return None;
        }
        self.weeks_without_traffic = 0;
        self.is_declared_over = true;
        self.tracks[1].unsettle();
        self.restart(Stream::Effort, &weeks);
        if !self.ratios[1].baseline.is_untouched() {
            self.restart(Stream::Yield, &weeks);
        }
        if is_back {
            self.restart(Stream::TrafficDown, &weeks);
        }
        let ended = self.tracks.each_mut().map(Track::lift);
        self.note_ended(&ended, open);
        Some(ended)
    }

    /// A level from a window, to be held against the weeks after it; without anything to be had there, it is learnt from then on.
    fn restart(&mut self, stream: Stream, weeks: &core::ops::Range<i64>) {
        let (sums, _) = self.window_sums(stream, weeks.start, weeks.end);
        let baseline = if sums.1 > 0 { Baseline::from_window(sums, self.units_of(stream)) } else { Baseline::default() };
        let at = if stream == Stream::TrafficDown { 2 } else { stream.at() };
        self.ratios[at] = Ratio { baseline, since: weeks.end };
    }

    /// The close of `open` is done.
    pub(crate) fn turn(&mut self, open: i64) {
        self.counts.iter_mut().for_each(|counts| counts.turn(open));
        self.tracks.iter_mut().for_each(|track| track.turn(open));
    }
}
