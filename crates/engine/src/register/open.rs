//! The open bucket: what the acts told since it opened add to their cells, until its last tick has passed.
//!
//! Sums commute, so how they are cut into tallies changes no answer; what cancels within a bucket leaves no trace. Must never
//! enter: an order of arrival.

use super::{Bucket, Output, cells::Cells};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use vocab::{
    tally::{Cell, Tally},
    time::{Day, TICKS_PER_SECOND, Tick},
};

/// Changes held before those to one cell are put together.
const LOOSE_MAX: usize = 4_096;

/// Σw and Σw² of acts.
pub(super) type Weight = (i64, i128);

/// One change, or the sum of several.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) rank: u64,
    pub(super) cell: u32,
    pub(super) occurred: Day,
    pub(super) first_known: Day,
    pub(super) acts: i64,
    /// Σw of them, and Σw².
    pub(super) weight: Weight,
}

impl Change {
    /// Where it counts; the rank is first, so that no number of this task's own decides an order.
    const fn place(&self) -> (u64, Day, Day, u32) {
        (self.rank, self.occurred, self.first_known, self.cell)
    }
}

/// The open bucket.
#[derive(Clone, Debug)]
pub(super) struct Open {
    width: Bucket,
    /// Its last tick; nothing is open when there is none.
    end: Option<Tick>,
    changes: Vec<Change>,
    /// How many of them are put together already.
    settled: usize,
}

/// What is saved of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct SavedOpen {
    end: Option<Tick>,
    changes: Vec<(u32, Day, Day, i64, Weight)>,
}

impl Open {
    /// Nothing is open.
    pub(super) const fn new(width: Bucket) -> Self {
        Self { width, end: None, changes: Vec::new(), settled: 0 }
    }

    /// Takes a change in at a tick; the bucket before has been closed.
    pub(super) fn add(&mut self, tick: Tick, change: Change) {
        self.end.get_or_insert(self.width.last_tick(tick));
        self.changes.push(change);
        if self.changes.len() > 2 * self.settled + LOOSE_MAX {
            self.settle();
        }
    }

    /// The cells it still needs.
    pub(super) fn cells(&self) -> impl Iterator<Item = u32> {
        self.changes.iter().map(|change| change.cell)
    }

    fn settle(&mut self) {
        self.changes.sort_unstable_by_key(Change::place);
        self.changes.dedup_by(|next, sum| {
            let same = next.place() == sum.place();
            if same {
                sum.acts += next.acts;
                sum.weight = (sum.weight.0 + next.weight.0, sum.weight.1 + next.weight.1);
            }
            same
        });
        self.changes.retain(|change| change.acts != 0 || change.weight != (0, 0));
        self.settled = self.changes.len();
    }

    /// Emits the tallies of the bucket if its last tick is at or before `tick`.
    pub(super) fn close(&mut self, tick: Tick, cells: &Cells, out: &mut Vec<Output>) {
        let Some(end) = self.end.filter(|end| *end <= tick) else { return };
        self.settle();
        for change in self.changes.drain(..) {
            let Some(cell) = cells.cell(change.cell) else { continue };
            for (series, sum) in cell.shares(change.acts, change.weight) {
                let (count, stratum) = (cell.count, cell.stratum.clone());
                let cell = Cell { series, count, stratum, occurred: change.occurred, first_known: change.first_known };
                out.push(Output::Tally(Tally { cell, known: end, sum }));
            }
        }
        self.end = None;
        self.settled = 0;
    }

    /// What is to be saved.
    pub(super) fn saved(&mut self) -> SavedOpen {
        self.settle();
        let saved = |change: &Change| (change.cell, change.occurred, change.first_known, change.acts, change.weight);
        SavedOpen { end: self.end, changes: self.changes.iter().map(saved).collect() }
    }

    /// Puts back what was saved.
    pub(super) fn restore(&mut self, saved: SavedOpen, cells: &Cells) {
        self.end = saved.end;
        let change =
            |(cell, occurred, first_known, acts, weight)| Change { rank: cells.rank(cell), cell, occurred, first_known, acts, weight };
        self.changes = saved.changes.into_iter().map(change).collect();
        self.settled = self.changes.len();
    }
}

impl Bucket {
    /// The last tick of the bucket that holds a tick.
    fn last_tick(self, tick: Tick) -> Tick {
        match self {
            Self::Minute => Tick((tick.0.div_euclid(60 * TICKS_PER_SECOND) + 1) * 60 * TICKS_PER_SECOND - 1),
            Self::Day => tick.day().last_tick(),
        }
    }
}
