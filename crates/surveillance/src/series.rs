//! One series: its counts, its delay tables, its level, and where its life stands.
//!
//! A series knows nothing of its group but the prior of its delays. What must never enter: another series, a report already made.

use serde::{Deserialize, Serialize};

use crate::baseline::{Baseline, Level};
use crate::condition::{Condition, MARGIN_WEEKS, Phase, Turn};
use crate::counts::{Counts, Feed, slot};
use crate::delays::DelayTable;
use crate::evidence::NO_EVIDENCE;
use crate::group::Role;
use crate::season::harmonics;
use crate::settings::{Adoption, Settings, Traffic, WEEKS_KEPT};
use crate::window::Row;

/// Weeks without any traffic report after which effort is judged by itself.
const TRAFFIC_PATIENCE_WEEKS: u32 = 26;
/// Weeks ahead of the open one that can be settled: as far as the mask tells weeks apart.
const SETTLE_AHEAD_WEEKS: i64 = 11;

/// What effort is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Exposure {
    /// Traffic.
    #[default]
    Counted,
    /// Nothing: traffic is not reported any more, or never was.
    Unreported,
    /// Nothing: traffic was declared absent.
    Absent,
}

/// State of one series, saved bit for bit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Series {
    pub(crate) role: Role,
    /// Its first week: the zero of its own clock.
    first: i64,
    /// First week that may be learnt or be evidence: later than `first` after a fresh start.
    since: i64,
    pub(crate) counts: [Counts; 3],
    pub(crate) tables: [DelayTable; 3],
    effort: Baseline,
    exposure: Exposure,
    weeks_without_traffic: u32,
    declared: Option<Level>,
    /// An operator's re-base has ended the declared level.
    is_declared_over: bool,
    /// Weeks that are never learnt and never evidence again, one bit per ring slot.
    settled: u64,
    /// Weeks that were usable at the last close that was not held.
    usable: u64,
    pub(crate) own_evidence: f64,
    pub(crate) phase: Phase,
    ended: Option<i64>,
}

impl Series {
    pub(crate) fn new(first: i64, role: Role) -> Self {
        Self {
            role,
            first,
            since: first,
            counts: Default::default(),
            tables: Default::default(),
            effort: Baseline::default(),
            exposure: Exposure::Counted,
            weeks_without_traffic: 0,
            declared: None,
            is_declared_over: false,
            settled: 0,
            usable: 0,
            own_evidence: NO_EVIDENCE,
            phase: Phase::Quiet,
            ended: None,
        }
    }

    pub(crate) fn counts(&self, feed: Feed) -> &Counts {
        &self.counts[feed.at()]
    }

    pub(crate) fn first(&self) -> i64 {
        self.first
    }

    pub(crate) fn settled(&self) -> u64 {
        self.settled
    }

    pub(crate) fn last_ended(&self) -> Option<i64> {
        self.ended
    }

    pub(crate) fn is_unadjusted(&self) -> bool {
        self.exposure != Exposure::Counted
    }

    pub(crate) fn is_seasoned(&self) -> bool {
        self.effort.is_seasoned()
    }

    /// What effort of a week is held against: its traffic, or 1.
    fn denominator(&self, week: i64) -> i32 {
        match self.exposure {
            Exposure::Counted => self.counts(Feed::Traffic).standing(week),
            Exposure::Unreported | Exposure::Absent => 1,
        }
    }

    /// Counts and denominators of the newest 52 weeks, newest first.
    pub(crate) fn rows(&self, week: i64, numerator: &mut Row, denominator: &mut Row) {
        for back in 0..WEEKS_KEPT {
            let of = week - back as i64;
            numerator[back] = f64::from(self.counts(Feed::Inspections).standing(of));
            denominator[back] = f64::from(self.denominator(of));
        }
    }

    /// Decides, before the week is learnt, what effort is held against. A change of it starts everything afresh.
    pub(crate) fn watch_traffic(&mut self, week: i64, settings: &Settings) {
        let has_report = self.counts(Feed::Traffic).arrived_in_all() > 0;
        self.weeks_without_traffic = if has_report { 0 } else { self.weeks_without_traffic.saturating_add(1) };
        let next = match (settings.traffic, self.exposure) {
            (Traffic::Absent, _) => Exposure::Absent,
            (Traffic::Expected, Exposure::Unreported) => Exposure::Unreported,
            (Traffic::Expected, Exposure::Counted | Exposure::Absent) => {
                if self.weeks_without_traffic >= TRAFFIC_PATIENCE_WEEKS {
                    Exposure::Unreported
                } else {
                    Exposure::Counted
                }
            }
        };
        if next != self.exposure && !self.effort.is_untouched() {
            self.since = week + 1;
            self.effort = Baseline::default();
            self.settled = 0;
        }
        self.exposure = next;
    }

    /// Learns the week that leaves the guard gap (§3.4), unless it is questioned.
    pub(crate) fn learn(&mut self, week: i64) {
        if week < self.since {
            return;
        }
        let counts = (self.counts(Feed::Inspections).standing(week), self.denominator(week));
        let is_frozen = self.phase.condition().is_some_and(|condition| week >= condition.onset - MARGIN_WEEKS);
        let is_settled = self.settled >> slot(week) & 1 == 1;
        if counts.1 <= 0 || !(is_frozen || is_settled) {
            self.effort.learn(week - self.since, counts, &harmonics(week));
        } else {
            self.effort.skip();
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
        let (numerator, denominator, weeks) = self.window_sums(window.from, window.until);
        if denominator > 0 {
            self.declared = Some(Level::declared(numerator as f64, denominator as f64, f64::from(weeks)));
        }
    }

    /// The level to judge by, and the first week that may be evidence against it.
    pub(crate) fn level(&self, settings: &Settings) -> Option<(Level, i64)> {
        if let Some((level, until)) = self.declared_in_force(settings) {
            return Some((level, self.since.max(until)));
        }
        self.effort.is_set().then(|| (self.effort.level(), self.since))
    }

    /// The declared level, if it holds, and the end of its window.
    pub(crate) fn declared_in_force(&self, settings: &Settings) -> Option<(Level, i64)> {
        let window = settings.reference?;
        let is_replaced = match window.adoption {
            Adoption::Keep => false,
            Adoption::Adopt => self.effort.is_set(),
        };
        Some((self.declared.filter(|_| !is_replaced)?, window.until))
    }

    /// Sums of counts and denominators over the kept weeks of a window, and how many these are; settled weeks do not count.
    fn window_sums(&self, from: i64, until: i64) -> (i64, i64, u32) {
        let (mut numerator, mut denominator, mut weeks) = (0, 0, 0);
        for week in (from..until).filter(|&week| self.settled >> slot(week) & 1 == 0) {
            let below = self.denominator(week);
            if below > 0 {
                numerator += i64::from(self.counts(Feed::Inspections).standing(week));
                denominator += i64::from(below);
                weeks += 1;
            }
        }
        (numerator, denominator, weeks)
    }

    /// Notes which weeks are usable; true when one became so.
    pub(crate) fn note_usable(&mut self, usable: u64) -> bool {
        let is_new = usable & !self.usable != 0;
        self.usable = usable;
        is_new
    }

    /// Takes over the next phase with what it means for the weeks behind it.
    pub(crate) fn take(&mut self, phase: Phase, turn: Option<&Turn>, week: i64) {
        self.phase = phase;
        match turn {
            None | Some(Turn::Pending | Turn::Calmed | Turn::Fired(_) | Turn::Escalated { .. }) => {}
            Some(Turn::Recalled(_) | Turn::Faded(_)) => self.ended = Some(week),
            Some(Turn::Recovered { condition, from }) => {
                self.settle(condition.onset - MARGIN_WEEKS, *from, week + 1);
                self.ended = Some(week);
            }
        }
    }

    /// Settles the kept weeks of `from..until`.
    pub(crate) fn settle(&mut self, from: i64, until: i64, open: i64) {
        let from = from.max(open - WEEKS_KEPT as i64 + 1);
        for week in from..until.min(open + SETTLE_AHEAD_WEEKS + 1) {
            self.settled |= 1 << slot(week);
        }
    }

    /// Ends the standing condition as an operator does: recovered from the open week on.
    pub(crate) fn end_condition(&mut self, open: i64) -> Option<Condition> {
        let condition = *self.phase.condition()?;
        self.settle(condition.onset - MARGIN_WEEKS, open, open);
        self.phase = Phase::Quiet;
        self.ended = Some(open - 1);
        Some(condition)
    }

    /// Starts afresh from the level of a window; `None`, and nothing changed, if the window has nothing to offer.
    pub(crate) fn rebase(&mut self, from: i64, until: i64, open: i64) -> Option<Option<Condition>> {
        let weeks = from.max(open - WEEKS_KEPT as i64 + 1)..until.min(open);
        let before = (self.exposure, self.settled);
        self.settled = 0;
        let has_traffic = weeks.clone().any(|week| self.counts(Feed::Traffic).standing(week) > 0);
        if self.exposure == Exposure::Unreported && has_traffic {
            self.exposure = Exposure::Counted;
        }
        let (numerator, denominator, _) = self.window_sums(weeks.start, weeks.end);
        if denominator <= 0 {
            (self.exposure, self.settled) = before;
            return None;
        }
        self.weeks_without_traffic = 0;
        self.effort = Baseline::from_window(numerator, denominator);
        self.since = weeks.end;
        self.is_declared_over = true;
        let ended = self.phase.condition().copied();
        self.phase = Phase::Quiet;
        self.ended = ended.map_or(self.ended, |_| Some(open - 1));
        Some(ended)
    }

    /// The close of `open` is done.
    pub(crate) fn turn(&mut self, open: i64) {
        for counts in &mut self.counts {
            counts.turn(open);
        }
        let leaving = !(1 << slot(open - WEEKS_KEPT as i64));
        self.settled &= leaving;
        self.usable &= leaving;
    }
}
