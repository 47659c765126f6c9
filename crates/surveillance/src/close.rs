//! The close of a week (§3), in the order of its steps: silence, delays, levels, then judgement, then the turn to the next week.
//!
//! A week whose counts cannot be is refused before anything changes. What must never enter: an input that is neither the state nor
//! the settings nor the sharing factor.

use alloc::vec::Vec;

use crate::counts::{Breach, DELAYS, Feed};
use crate::delays::Arrivals;
use crate::group::{Group, Role};
use crate::judge::{Hearing, Judge};
use crate::report::{GroupWeek, Held, SeriesWeek, Silent, WeekEvidence};
use crate::scratch::{Member, Scratch};
use crate::season::Seasons;
use crate::settings::Settings;

/// Feeds listened to, in the order of the group's watches.
const WATCHED: [Feed; 2] = [Feed::Inspections, Feed::Traffic];

/// What listening says of the week.
#[derive(Clone, Copy, Debug)]
struct Heard {
    silent: Silent,
    held: Option<Held>,
}

impl Group {
    /// Closes the open week and appends what it says of each series, in their order. `sharing` is the factor c of §3.6: 1 if no
    /// act serves several measures.
    ///
    /// # Errors
    /// Counts that cannot be. The week stays open and nothing is changed.
    pub fn close(&mut self, settings: &Settings, sharing: f64, out: &mut Vec<SeriesWeek>) -> Result<GroupWeek, Breach> {
        self.check()?;
        let week = self.open;
        let heard = self.listen(settings);
        self.tabulate(&heard, settings);
        for series in &mut self.series {
            series.watch_traffic(week, settings);
            series.learn(week - settings.guard());
            series.refresh_declared(week, settings);
        }
        let hearing = Hearing { silent: heard.silent, is_without_inspections: self.watches[0].is_missing() };
        let judge = Judge::new(week, settings, hearing);
        let mut scratch = Scratch::default();
        self.look(settings, heard.held, &mut scratch);
        let pooled = match heard.held {
            Some(held) => {
                judge.hold(held, &mut self.series, &scratch.members, out);
                None
            }
            None => judge.judge(&mut self.series, sharing, &mut scratch, out),
        };
        self.turn();
        Ok(GroupWeek { week, silent: heard.silent, held: heard.held, pooled, early: self.early })
    }

    /// The usable weeks behind a series' evidence as of the last close, newest first; counts added since are in it.
    #[must_use]
    pub fn contributions(&self, settings: &Settings, series: usize) -> Vec<WeekEvidence> {
        let Some(of) = self.series.get(series) else { return Vec::new() };
        let week = self.open - 1;
        let Scratch { mut desk, mut walk, pool: mut window, .. } = Scratch::default();
        desk.take(of, &self.priors(), settings);
        desk.look((of, week), (settings, Seasons::default().rows(week)), &mut window);
        Judge::new(week, settings, Hearing::default()).contributions(&window, &desk.inspections, &mut walk)
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

    /// Delay tables (§3.2): not in a held week, not during a silence, and not of a feed with a declared backfill.
    fn tabulate(&mut self, heard: &Heard, settings: &Settings) {
        if heard.held.is_some() || heard.silent.any() {
            return;
        }
        for feed in Feed::ALL.into_iter().filter(|feed| !self.backfilled[feed.at()]) {
            let lot = f64::from(settings.lots[feed.at()].max(1));
            let pooled = &mut self.tables[feed.at()];
            pooled.discount();
            for series in &mut self.series {
                let weeks = (series.first().max(0), self.open);
                let arrivals = Arrivals::of(series.counts(feed), weeks, lot);
                let table = &mut series.tables[feed.at()];
                table.discount();
                table.add(&arrivals);
                if series.role == Role::Measure {
                    pooled.add(&arrivals);
                }
            }
        }
    }

    fn priors(&self) -> [[f64; DELAYS]; 2] {
        WATCHED.map(|feed| self.tables[feed.at()].prior())
    }

    /// Looks at every series: its newest weeks, and unless the week is held those that can be evidence.
    fn look(&mut self, settings: &Settings, held: Option<Held>, scratch: &mut Scratch) {
        let (week, priors) = (self.open, self.priors());
        let seasons = self.seasons.rows(week);
        scratch.members.resize_with(self.series.len(), Member::default);
        for (member, series) in scratch.members.iter_mut().zip(&self.series) {
            let desk = &mut scratch.desk;
            desk.take(series, &priors, settings);
            if held.is_none() {
                desk.look((series, week), (settings, seasons), &mut member.window);
            }
            member.recent = desk.recent((series, week), settings, &member.window);
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
