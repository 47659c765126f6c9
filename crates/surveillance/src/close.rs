//! The close of a week (§3), in the order of its steps: silence, delays, levels, then judgement, then the turn to the next week.
//!
//! A week whose counts cannot be is refused before anything changes. What must never enter: an input that is neither the state nor
//! the settings nor the sharing factor.

use alloc::vec::Vec;

use crate::counts::{Breach, DELAYS, Feed};
use crate::delays::Arrivals;
use crate::evidence::Walk;
use crate::finding::WeekEvidence;
use crate::group::{Group, Role};
use crate::judge::{Hearing, Judge};
use crate::report::{GroupWeek, Held, SeriesWeek, Silent};
use crate::scratch::{Desk, Member, Scratch};
use crate::season::{Seasons, harmonics};
use crate::settings::Settings;
use crate::stream::Stream;
use crate::timeliness::Use;

/// Feeds listened to, in the order of the group's watches.
const WATCHED: [Feed; 2] = [Feed::Inspections, Feed::Traffic];

/// What listening says of the week.
#[derive(Clone, Copy, Debug)]
struct Heard {
    silent: Silent,
    held: Option<Held>,
}

impl Group {
    /// Closes the open week and appends what it says of each series, in their order. `sharing` holds the factors c of §3.6 for
    /// effort and for yield: 1 if no act serves several measures.
    ///
    /// # Errors
    /// Counts that cannot be. The week stays open and nothing is changed.
    pub fn close(&mut self, settings: &Settings, sharing: [f64; 2], out: &mut Vec<SeriesWeek>) -> Result<GroupWeek, Breach> {
        self.close_on(&mut Scratch::default(), settings, sharing, out)
    }

    /// The same in room that other closes, of this group or of another, have used before: nothing of them is seen.
    ///
    /// # Errors
    /// As [`Group::close`].
    pub fn close_on(
        &mut self,
        scratch: &mut Scratch,
        settings: &Settings,
        sharing: [f64; 2],
        out: &mut Vec<SeriesWeek>,
    ) -> Result<GroupWeek, Breach> {
        self.check()?;
        let week = self.open;
        let heard = self.listen(settings);
        self.tabulate(&heard, settings);
        self.take_up(settings, &mut scratch.members);
        self.count_late(&heard, settings);
        self.learn(settings);
        let hearing = Hearing { silent: heard.silent, is_without_inspections: self.watches[0].is_missing() };
        let Self { seasons, series, .. } = self;
        let judge = Judge::new(week, settings, seasons.rows(week), hearing);
        let pooled = match heard.held {
            Some(held) => {
                judge.hold(held, series, scratch, out);
                [None; 2]
            }
            None => judge.judge(series, sharing, scratch, out),
        };
        self.turn();
        Ok(GroupWeek { week, silent: heard.silent, held: heard.held, pooled, early: self.early })
    }

    /// The usable weeks behind the own evidence of a stream of a series as of the last close, newest first; counts added since are
    /// in it.
    #[must_use]
    pub fn contributions(&self, settings: &Settings, series: usize, stream: Stream) -> Vec<WeekEvidence> {
        let Some(of) = self.series.get(series) else { return Vec::new() };
        let (week, mut seasons) = (self.open - 1, Seasons::default());
        let (mut member, mut desk) = (Member::default(), Desk::default());
        let rows = seasons.rows(week);
        member.take(of, &self.priors(), settings);
        desk.look((of, stream, week), (settings, rows), &mut member);
        Judge::new(week, settings, rows, Hearing::default()).contributions((of, stream), &member, &mut Walk::default())
    }

    fn check(&self) -> Result<(), Breach> {
        for (at, series) in self.series.iter().enumerate() {
            for counts in &series.counts {
                if let Some(breach) = counts.breach(at, self.open) {
                    return Err(breach);
                }
            }
        }
        Ok(())
    }

    /// Silence of the watched feeds (§3.1).
    fn listen(&mut self, settings: &Settings) -> Heard {
        let week = self.open;
        let grace = i64::from(settings.silence_grace_weeks);
        for (watch, feed) in self.watches.iter_mut().zip(WATCHED) {
            let measures = self.series.iter().filter(|series| series.role == Role::Measure);
            let arrivals: i64 = measures.map(|series| series.counts(feed).arrived_in_all()).sum();
            if watch.hear(week, arrivals as f64) {
                self.grace_until = self.grace_until.max(Some(week + grace - 1));
            }
        }
        let [inspections, traffic] = &self.watches;
        let hold = settings.silence_hold_weeks;
        let held = if inspections.holds(hold) || traffic.holds(hold) {
            Some(Held::Silence)
        } else {
            self.grace_until.filter(|&until| week <= until).map(|_| Held::Grace)
        };
        Heard { silent: Silent { inspections: inspections.is_silent(), traffic: traffic.is_silent() }, held }
    }

    /// Delay tables (§3.2): not in a held week, not during a silence of a feed somebody is judged by, and not of a feed with a
    /// declared backfill.
    fn tabulate(&mut self, heard: &Heard, settings: &Settings) {
        let mut judged = self.series.iter().filter(|series| series.role == Role::Measure);
        if heard.held.is_some() || judged.any(|series| heard.silent.concerns(series)) {
            return;
        }
        for feed in Feed::ALL.into_iter().filter(|feed| !self.backfilled[feed.at()]) {
            let lot = f64::from(settings.lots[feed.at()].max(1));
            let pooled = &mut self.tables[feed.at()];
            pooled.discount();
            for series in &mut self.series {
                let weeks = (series.first().max(0), self.open);
                let arrivals = Arrivals::of(series.counts(feed), weeks, lot * series.unit(feed));
                let table = &mut series.tables[feed.at()];
                table.discount();
                table.add(&arrivals);
                if series.role == Role::Measure {
                    pooled.add(&arrivals);
                }
            }
        }
    }

    fn priors(&self) -> [[f64; DELAYS]; 3] {
        Feed::ALL.map(|feed| self.tables[feed.at()].prior())
    }

    /// How complete the newest weeks of every series are.
    fn take_up(&self, settings: &Settings, members: &mut Vec<Member>) {
        let priors = self.priors();
        members.resize_with(self.series.len(), Member::default);
        for (member, series) in members.iter_mut().zip(&self.series) {
            member.take(series, &priors, settings);
        }
    }

    /// Late arrivals (§3.3). A declared backfill brings history: it says nothing about how late reports are.
    fn count_late(&mut self, heard: &Heard, settings: &Settings) {
        let is_left_out = heard.held.is_some() || heard.silent.inspections || self.backfilled[Feed::Inspections.at()];
        let used = if is_left_out { Use::LeftOut } else { Use::Counted };
        let prior = self.tables[Feed::Inspections.at()].prior();
        for series in &mut self.series {
            let hazards = series.tables[Feed::Inspections.at()].late_hazards(&prior);
            series.count_late(self.open, &hazards, used, settings.guard());
        }
    }

    /// Levels learn the week that leaves the guard gap (§3.4). The yield of a group that has never had an interdiction is unknown.
    fn learn(&mut self, settings: &Settings) {
        let (week, learnt) = (self.open, self.open - settings.guard());
        let season = harmonics(learnt);
        let has_finds = self.series.iter().any(|series| series.counts(Feed::Interdictions).lifetime() > 0);
        for series in &mut self.series {
            series.watch_traffic(week, settings);
            if !has_finds && learnt >= series.first() {
                series.put_off_yield(week);
            }
            series.learn(learnt, &season);
            series.refresh_declared(week, settings);
        }
    }

    fn turn(&mut self) {
        for series in &mut self.series {
            series.turn(self.open);
        }
        self.backfilled = [false; 3];
        self.open += 1;
    }
}
