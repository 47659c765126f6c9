//! The open bucket: what the acts told since it opened add to their cells, until its last tick has passed.
//!
//! Sums commute, so how they are cut into tallies changes no answer; what cancels within a bucket leaves no trace. Must never
//! enter: an order of arrival.

use super::{Bucket, Output, cells::Cells, story::NONE};
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

/// One change, as the register tells it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) cell: u32,
    pub(super) occurred: Day,
    pub(super) first_known: Day,
    pub(super) acts: i64,
    /// Σw of them, and Σw².
    pub(super) weight: Weight,
}

/// A change, or the sum of several, 24 bytes: a day of history brings one for nearly every act.
#[derive(Clone, Copy, Debug)]
struct Kept {
    acts: i64,
    cell: u32,
    occurred: Day,
    first_known: Day,
    /// Which of the weights it has, or [`NONE`]: most acts weigh nothing.
    weight: u32,
}

impl Kept {
    /// Where it counts.
    const fn place(&self) -> (u32, Day, Day) {
        (self.cell, self.occurred, self.first_known)
    }
}

/// The open bucket.
#[derive(Clone, Debug)]
pub(super) struct Open {
    width: Bucket,
    /// Its last tick; nothing is open when there is none.
    end: Option<Tick>,
    changes: Vec<Kept>,
    weights: Vec<Weight>,
    /// How many of the changes are put together already.
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
        Self { width, end: None, changes: Vec::new(), weights: Vec::new(), settled: 0 }
    }

    /// Takes a change in at a tick; the bucket before has been closed.
    pub(super) fn add(&mut self, tick: Tick, change: Change) {
        self.end.get_or_insert(self.width.last_tick(tick));
        self.keep(change);
        if self.changes.len() > 2 * self.settled + LOOSE_MAX {
            self.settle();
        }
    }

    fn keep(&mut self, change: Change) {
        let Change { cell, occurred, first_known, acts, weight } = change;
        let weight = kept_weight(weight, &mut self.weights);
        self.changes.push(Kept { acts, cell, occurred, first_known, weight });
    }

    fn weight(&self, change: &Kept) -> Weight {
        self.weights.get(change.weight as usize).copied().unwrap_or_default()
    }

    /// The cells it still needs.
    pub(super) fn cells(&self) -> impl Iterator<Item = u32> {
        self.changes.iter().map(|change| change.cell)
    }

    fn settle(&mut self) {
        self.changes.sort_unstable_by_key(Kept::place);
        let weights = &mut self.weights;
        self.changes.dedup_by(|next, sum| {
            let same = next.place() == sum.place();
            if same {
                sum.acts += next.acts;
                sum.weight = summed((sum.weight, next.weight), weights);
            }
            same
        });
        let before = core::mem::take(&mut self.weights);
        self.changes.retain_mut(|change| {
            let weight = before.get(change.weight as usize).copied().unwrap_or_default();
            change.weight = kept_weight(weight, &mut self.weights);
            change.acts != 0 || change.weight != NONE
        });
        self.settled = self.changes.len();
    }

    /// Emits the tallies of the bucket if its last tick is at or before `tick`.
    pub(super) fn close(&mut self, tick: Tick, cells: &Cells, out: &mut Vec<Output>) {
        let Some(end) = self.end.filter(|end| *end <= tick) else { return };
        self.settle();
        let changes = core::mem::take(&mut self.changes);
        let mut of_cells: Vec<&[Kept]> = changes.chunk_by(|one, next| one.cell == next.cell).collect();
        // By rank, so that no number of this task's own decides an order.
        of_cells.sort_unstable_by_key(|changes| changes.first().map(|change| cells.rank(change.cell)));
        for change in of_cells.into_iter().flatten() {
            let Some(cell) = cells.cell(change.cell) else { continue };
            for (series, sum) in cell.shares(change.acts, self.weight(change)) {
                let (count, stratum) = (cell.count, cell.stratum.clone());
                let cell = Cell { series, count, stratum, occurred: change.occurred, first_known: change.first_known };
                out.push(Output::Tally(Tally { cell, known: end, sum }));
            }
        }
        self.weights = Vec::new();
        self.end = None;
        self.settled = 0;
    }

    /// What is to be saved.
    pub(super) fn saved(&mut self) -> SavedOpen {
        self.settle();
        let saved = |change: &Kept| (change.cell, change.occurred, change.first_known, change.acts, self.weight(change));
        SavedOpen { end: self.end, changes: self.changes.iter().map(saved).collect() }
    }

    /// Puts back what was saved.
    pub(super) fn restore(&mut self, saved: SavedOpen) {
        self.end = saved.end;
        let change = |(cell, occurred, first_known, acts, weight)| Change { cell, occurred, first_known, acts, weight };
        self.changes = Vec::with_capacity(saved.changes.len());
        saved.changes.into_iter().map(change).for_each(|change| self.keep(change));
        self.settled = self.changes.len();
    }
}

/// Which of the weights it is from now on; none needs no place.
fn kept_weight(weight: Weight, weights: &mut Vec<Weight>) -> u32 {
    if weight == (0, 0) {
        return NONE;
    }
    weights.push(weight);
    u32::try_from(weights.len() - 1).unwrap_or(NONE)
}

/// Where the sum of two weights stands.
fn summed((sum, next): (u32, u32), weights: &mut [Weight]) -> u32 {
    let Some(added) = weights.get(next as usize).copied() else { return sum };
    let Some(weight) = weights.get_mut(sum as usize) else { return next };
    *weight = (weight.0 + added.0, weight.1 + added.1);
    sum
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
