//! The register: one story per record, and from it signed tallies, notes, facts and the ledger.
//!
//! `step` takes the complete records of one tick, `pass` says that everything up to a tick is complete. What goes out
//! depends on the set of records of each tick and on nothing else: not on the partition, the order inside the tick or the
//! pace of marks. Must never enter: a statistic, a verdict, a clock, an output order that follows this task's own history.

use crate::page::{BadPage, Page};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::borrow::Borrow;
use vocab::{
    record::{Admitted, Late, Version},
    tally::{Fact, LedgerLine, Note, Tally},
    time::{Day, Tick},
    unlisted::Unlisted,
};

mod cases;
mod cells;
mod listing;
mod notes;
mod open;
mod pages;
mod room;
mod rules;
mod shelf;
mod story;
mod telling;
mod turn;

pub use notes::is_broadcast;
pub use pages::PageChange;

/// Days that the horizon moves before stories behind it are looked for: a scan of everything, so not every day.
const SWEEP_DAYS: i32 = 49;

/// Records of a tick up to which their places are looked at beforehand: what fits into the cache beside everything else.
const GLANCED_RECORDS_MAX: usize = 4_096;

/// What the register says. How tallies are cut, and where among the rest they stand, decides nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Signed acts in a cell, when their bucket has passed.
    Tally(Tally),
    /// For the assessor of one jurisdiction, or of all.
    Note(Note),
    /// For the sentinel. A withdrawal without series takes a note of its record back.
    Fact(Fact),
    /// A record joined or left a case.
    Version(Version),
    /// A message older than the horizon.
    Late(Late),
    /// A change of the ledger.
    Ledger(LedgerLine),
    /// Acts that name something no pack lists.
    Unlisted(Unlisted),
}

/// How long changes are put together before they leave as tallies. No decision depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bucket {
    /// Live.
    Minute,
    /// History.
    Day,
}

/// The register of one partition of the admitted records.
#[derive(Clone, Debug)]
pub struct Register {
    partition: u32,
    partitions: u32,
    rules: rules::Rules,
    shelf: shelf::Shelf,
    cells: cells::Cells,
    cases: cases::Cases,
    listing: listing::Listing,
    open: open::Open,
    /// How many stories are first known on a day.
    days: BTreeMap<Day, u32>,
    /// Days whose stories changed since they were last saved.
    touched: BTreeSet<Day>,
    /// The horizon when stories behind it were last looked for.
    swept: Day,
}

impl Register {
    /// A register without records, of partition `partition` of `partitions`. All messages of a record come to
    /// one partition; those that [`is_broadcast`] says come to every one.
    #[must_use]
    pub fn new(partition: u32, partitions: u32, bucket: Bucket) -> Self {
        Self {
            partition,
            partitions,
            rules: rules::Rules::new(),
            shelf: shelf::Shelf::new(),
            cells: cells::Cells::default(),
            cases: cases::Cases::default(),
            listing: listing::Listing::default(),
            open: open::Open::new(bucket),
            days: BTreeMap::new(),
            touched: BTreeSet::new(),
            swept: rules::NO_HORIZON,
        }
    }

    /// A register as its pages hold it. Pages may come in any order.
    ///
    /// # Errors
    /// [`BadPage`] when a page is of another version or no page of this stage.
    pub fn restore(partition: u32, partitions: u32, bucket: Bucket, pages: impl IntoIterator<Item = Page>) -> Result<Self, BadPage> {
        let mut register = Self::new(partition, partitions, bucket);
        register.put_back(pages)?;
        Ok(register)
    }

    /// How many records have a story.
    #[must_use]
    pub const fn stories(&self) -> usize {
        self.shelf.len()
    }

    /// Takes the records of one tick: all of them, complete, sorted by record, revision and content. Ticks rise.
    pub fn step<R: Borrow<Admitted>>(&mut self, tick: Tick, records: &[R], out: &mut Vec<Output>) {
        self.open.close(Tick(tick.0.saturating_sub(1)), &self.cells, out);
        self.advance(tick.day());
        let mut turn = turn::Turn::new(tick);
        if records.len() <= GLANCED_RECORDS_MAX {
            // Rows lie all over memory. Looked at one after the other here, their misses overlap; met one by one they add up.
            core::hint::black_box(records.iter().fold(0, |sum, record| sum ^ self.shelf.glance(record.borrow().id)));
        }
        for messages in records.chunk_by(|one, next| one.borrow().id == next.borrow().id) {
            self.tell(&mut turn, messages, out);
        }
        for pack in turn.close(out) {
            self.rules.apply(&pack);
            self.listing.forget();
        }
    }

    /// Everything up to a tick is complete, whether or not it had records.
    pub fn pass(&mut self, tick: Tick, out: &mut Vec<Output>) {
        self.open.close(tick, &self.cells, out);
        self.advance(tick.day());
    }

    /// Moves the horizon to a day and, now and then, lets go of what it has left behind.
    fn advance(&mut self, day: Day) {
        self.rules.advance(day);
        let horizon = self.rules.forgotten();
        if horizon.0.saturating_sub(self.swept.0) >= SWEEP_DAYS {
            self.swept = horizon;
            self.sweep(horizon);
        }
    }

    fn sweep(&mut self, horizon: Day) {
        let (mut cells, mut cases) = (alloc::vec![false; self.cells.len()], alloc::vec![false; self.cases.len()]);
        let (days, touched) = (&mut self.days, &mut self.touched);
        let mark = |used: &mut [bool], number: u32| {
            if let Some(used) = used.get_mut(number as usize) {
                *used = true;
            }
        };
        self.shelf.retain(|story| {
            if story.is_behind(horizon) {
                forget_one(days, touched, story.first_known);
                return false;
            }
            mark(&mut cells, story.cell);
            mark(&mut cases, story.case);
            true
        });
        self.open.cells().for_each(|number| mark(&mut cells, number));
        self.cases.sweep(&cases);
        if self.cells.sweep(&cells) {
            self.listing.forget_cells(&cells);
        }
    }

    /// Puts a story in its place and remembers that the page of its day changed.
    fn keep(&mut self, place: shelf::Place, story: story::Story) {
        let day = story.first_known;
        match self.shelf.at(place) {
            Some(before) if before.first_known == day => {}
            Some(before) => {
                forget_one(&mut self.days, &mut self.touched, before.first_known);
                *self.days.entry(day).or_default() += 1;
            }
            None => *self.days.entry(day).or_default() += 1,
        }
        self.touched.insert(day);
        self.shelf.put(place, story);
    }
}

/// One story less is first known on a day.
fn forget_one(days: &mut BTreeMap<Day, u32>, touched: &mut BTreeSet<Day>, day: Day) {
    touched.insert(day);
    if let Some(count) = days.get_mut(&day) {
        *count -= 1;
        if *count == 0 {
            days.remove(&day);
        }
    }
}
