//! The assessor: per jurisdiction, from signed tallies to one assessment for every closed week.
//!
//! It is told whole ticks in order; a week closes when the last tick of its Sunday, UTC, has passed, whether or not anything was
//! reported. What must never enter: a clock, an input or output, an alert's phase, the number of partitions.

mod around;
pub(crate) mod close;
mod diagnosis;
mod erosion;
pub(crate) mod jurisdiction;
mod long;
pub(crate) mod matters;
mod mix;
pub(crate) mod regime;
pub(crate) mod rules;
mod series;
pub(crate) mod sharing;
mod weight;
mod wording;
pub(crate) mod yardstick;

use crate::page::{self, BadPage, Page};
use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};
use close::{Outlet, Room};
use core::fmt;
use jurisdiction::{Jurisdiction, Yardstick};
use regime::{Frame, Regime};
use serde::{Deserialize, Serialize};
use vocab::{
    assessment::{Assessment, Stream},
    name::{JurisdictionCode, RegimeId},
    series::SeriesKey,
    tally::{Note, Tally},
    time::{Tick, Week},
};
pub use yardstick::{Measured, YardstickLine};

/// Whether the tallies of a jurisdiction come to this task.
type Home = Box<dyn Fn(&RegimeId, &JurisdictionCode) -> bool + Send + Sync>;

/// The assessor of one task.
pub struct Assessor {
    home: Home,
    yardstick: Yardstick,
    /// The week of the calendar that has not closed; unknown before the first tick.
    open: Option<Week>,
    regimes: BTreeMap<RegimeId, Regime>,
    measured: Vec<YardstickLine>,
    room: Room,
}

/// One usable week behind the evidence of a stream of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contribution {
    /// The week.
    pub week: Week,
    /// The numerator, as known now.
    pub seen: f64,
    /// The numerator expected to be known by now.
    pub expected: f64,
    /// Share of its numerator expected to be known, 0 to 1.
    pub completeness: f64,
    /// What it brings to the best segment's log ratio, nats; 0 outside the segment.
    pub nats: f64,
    /// Share of the best segment's evidence that this week brings; the shares of a segment add up to 1, a week that speaks
    /// against a fall has a negative one, and outside the segment it is 0.
    pub share: f64,
}

/// A page as it is read.
#[derive(Deserialize)]
enum Saved {
    Frame(RegimeId, Option<Week>, Box<Frame>),
    Jurisdiction(Box<Jurisdiction>),
}

/// The same, as it is written.
#[derive(Serialize)]
enum Saving<'a> {
    Frame(&'a RegimeId, Option<Week>, &'a Frame),
    Jurisdiction(&'a Jurisdiction),
}

impl Default for Assessor {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Assessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assessor").field("open", &self.open).field("regimes", &self.regimes).finish_non_exhaustive()
    }
}

impl Assessor {
    /// One that knows nothing, and is told of every jurisdiction.
    #[must_use]
    pub fn new() -> Self {
        Self {
            home: Box::new(|_, _| true),
            yardstick: Yardstick::Off,
            open: None,
            regimes: BTreeMap::new(),
            measured: Vec::new(),
            room: Room::default(),
        }
    }

    /// The same, told only of jurisdictions that are at home in its task: only there is one that has never reported assessed.
    #[must_use]
    pub fn at_home(self, home: impl Fn(&RegimeId, &JurisdictionCode) -> bool + Send + Sync + 'static) -> Self {
        Self { home: Box::new(home), ..self }
    }

    /// The same, with the bare statistic computed beside the judgement: see [`Assessor::take_yardstick`].
    #[must_use]
    pub fn with_yardstick(self) -> Self {
        Self { yardstick: Yardstick::On, ..self }
    }

    /// Takes the tallies and notes of one tick, complete, in any order. Later than every tick and pass before.
    pub fn step<'a>(&mut self, tick: Tick, tallies: impl IntoIterator<Item = &'a Tally>, notes: &[Note], out: &mut Vec<Assessment>) {
        let open = self.advance(tick.day().week(), out);
        self.enforce(tick);
        self.add(open, tallies);
        let mut sorted: Vec<&Note> = notes.iter().collect();
        sorted.sort_by(|one, other| (&one.regime, one.record).cmp(&(&other.regime, other.record)));
        for note in sorted {
            self.regimes.entry(note.regime.clone()).or_insert_with(|| Regime::new(note.regime.clone())).hear(tick, note);
        }
    }

    /// Everything up to a tick is complete: weeks that have passed are closed, each in turn.
    pub fn pass(&mut self, tick: Tick, out: &mut Vec<Assessment>) {
        // The first tick that has not passed says which week is still open.
        self.advance(Tick(tick.0.saturating_add(1)).day().week(), out);
    }

    /// What the bare statistic said since the last call; nothing unless it was asked for.
    pub fn take_yardstick(&mut self) -> Vec<YardstickLine> {
        core::mem::take(&mut self.measured)
    }

    /// The usable weeks behind the own evidence of a stream of a series at the last close, newest first.
    #[must_use]
    pub fn contributions(&self, series: &SeriesKey, stream: Stream) -> Vec<Contribution> {
        let Some(regime) = self.regimes.get(&series.regime) else { return Vec::new() };
        let (Some(rules), Some((figures, at, _))) = (&regime.frame.rules, regime.member(series)) else { return Vec::new() };
        let windowed = rules.settings_from(figures.origin);
        let of = wording::numbered(stream);
        let weeks = figures.group.contributions(windowed.as_ref().unwrap_or(&rules.settings), at, of);
        let told = |week: &surveillance::WeekEvidence| Contribution {
            week: figures.week(week.week),
            seen: week.seen,
            expected: week.expected,
            completeness: week.completeness,
            nats: week.nats,
            share: week.share,
        };
        weeks.iter().map(told).collect()
    }

    /// Jurisdictions that are judged no more because their counts cannot be: a mistake of whoever told the tallies.
    pub fn refused(&self) -> impl Iterator<Item = (&RegimeId, &JurisdictionCode)> {
        let pages = self.regimes.values().flat_map(|regime| regime.jurisdictions.values());
        let refused = pages.filter(|page| page.figures.as_ref().is_some_and(|figures| figures.refused));
        refused.map(|page| (&page.regime, &page.code))
    }

    /// Pages touched since the last call.
    pub fn pages_due(&mut self) -> Vec<Page> {
        let mut due = Vec::new();
        for regime in self.regimes.values_mut() {
            if core::mem::take(&mut regime.touched) {
                due.push(page::write(key(&regime.id, None), &Saving::Frame(&regime.id, self.open, &regime.frame)));
            }
            for page in regime.jurisdictions.values_mut() {
                if core::mem::take(&mut page.touched) {
                    due.push(page::write(key(&regime.id, Some(&page.code)), &Saving::Jurisdiction(page)));
                }
            }
        }
        due
    }

    /// Takes the state of all saved pages, in place of its own.
    ///
    /// # Errors
    /// [`BadPage`] when a page is of another version or broken.
    pub fn restore<'a>(&mut self, pages: impl IntoIterator<Item = &'a [u8]>) -> Result<(), BadPage> {
        self.regimes.clear();
        self.open = None;
        for body in pages {
            match page::read(body)? {
                Saved::Frame(id, open, frame) => {
                    self.open = self.open.max(open);
                    self.regime(id).frame = *frame;
                }
                Saved::Jurisdiction(page) => {
                    self.regime(page.regime.clone()).jurisdictions.insert(page.code.clone(), *page);
                }
            }
        }
        self.regimes.values_mut().for_each(|regime| regime.touched = false);
        Ok(())
    }

    fn regime(&mut self, id: RegimeId) -> &mut Regime {
        self.regimes.entry(id.clone()).or_insert_with(|| Regime::new(id))
    }

    /// Closes the weeks before `open`, one after the other, and gives the week that is open now.
    fn advance(&mut self, open: Week, out: &mut Vec<Assessment>) -> Week {
        let mut week = self.open.unwrap_or(open);
        while week < open && !self.regimes.is_empty() {
            self.enforce(week.sunday().last_tick());
            let mut outlet = Outlet { out, yardstick: &mut self.measured, room: &mut self.room };
            for regime in self.regimes.values_mut() {
                regime.close(week, &mut outlet);
            }
            week = Week(week.0 + 1);
        }
        let open = week.max(open);
        self.open = Some(open);
        open
    }

    fn enforce(&mut self, tick: Tick) {
        for regime in self.regimes.values_mut() {
            regime.enforce(tick, &*self.home);
        }
    }

    /// Sums commute, series and pages stand in the order of their keys whoever comes first: nothing has to be sorted.
    fn add<'a>(&mut self, open: Week, tallies: impl IntoIterator<Item = &'a Tally>) {
        let mut tallies = tallies.into_iter().peekable();
        while let Some(first) = tallies.next() {
            // The series of one act stand beside each other: their page is looked up once.
            let of_page = core::iter::once(first).chain(core::iter::from_fn(|| tallies.next_if(|next| place(next) == place(first))));
            match self.regimes.get_mut(&first.cell.series.regime) {
                Some(regime) => regime.add(open, (&first.cell.series.jurisdiction, of_page), self.yardstick),
                None => of_page.for_each(drop),
            }
        }
    }
}

fn place(tally: &Tally) -> (&RegimeId, &JurisdictionCode) {
    (&tally.cell.series.regime, &tally.cell.series.jurisdiction)
}

/// Names may hold a slash, so a length keeps two pages apart.
fn key(regime: &RegimeId, jurisdiction: Option<&JurisdictionCode>) -> String {
    match jurisdiction {
        None => format!("regime/{regime}"),
        Some(code) => format!("jurisdiction/{}/{regime}/{code}", regime.as_str().len()),
    }
}
