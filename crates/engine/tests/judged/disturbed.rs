//! A log played in the ways that must not matter: in other words, another order, at another pace, on partitions, restarted anywhere.
//!
//! Whoever draws a log draws it by the same dice, so that one number is the whole test. What must never enter: a log, an
//! expectation.

use super::{Batch, Log, Run};
use std::collections::BTreeMap;
use vocab::{
    tally::{Sum, Tally},
    time::{Day, Tick},
};

/// A small generator, so that one number is the whole log.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    pub(crate) fn small(&mut self, sides: u64) -> i64 {
        i64::try_from(self.below(sides)).unwrap()
    }

    pub(crate) fn days(&mut self, sides: u64) -> i32 {
        i32::try_from(self.below(sides)).unwrap()
    }

    pub(crate) fn one_in(&mut self, sides: u64) -> bool {
        self.below(sides) == 0
    }
}

/// The same tick in other words: split sums, sums that cancel, another order.
fn reworded(batch: &Batch, dice: &mut Dice) -> Batch {
    let mut reworded = Batch::default();
    for tally in &batch.tallies {
        let more = dice.small(5);
        let part = |acts| Tally { sum: Sum { acts, ..tally.sum }, ..tally.clone() };
        if tally.sum.measures == 0 {
            reworded.tallies.extend([part(tally.sum.acts + more), part(-more)]);
        } else {
            reworded.tallies.push(tally.clone());
        }
    }
    reworded.notes.clone_from(&batch.notes);
    reworded.facts.clone_from(&batch.facts);
    shuffle(&mut reworded.tallies, dice);
    shuffle(&mut reworded.notes, dice);
    shuffle(&mut reworded.facts, dice);
    reworded
}

fn shuffle<T>(values: &mut [T], dice: &mut Dice) {
    for last in (1..values.len()).rev() {
        let other = usize::try_from(dice.below(u64::try_from(last).unwrap() + 1)).unwrap();
        values.swap(last, other);
    }
}

/// Marks come at any pace, between and after ticks.
fn paced(run: &mut Run, tick: Tick, next: Option<Tick>, dice: &mut Dice) {
    let until = next.map_or(tick.0, |next| next.0 - 1);
    if dice.one_in(3) {
        run.pass(tick);
    }
    if dice.one_in(3) {
        run.pass(Tick(tick.0 + (until - tick.0) / 2));
        run.pass(Tick(until));
    }
}

/// The log played with everything that must not matter: on partitions, restarted after one tick in `restarts` (0: never).
pub(crate) fn disturbed(log: &Log, (partitions, restarts): (usize, u64), until: Day, dice: &mut Dice) -> Run {
    let mut run = Run::new(partitions);
    let mut pages = BTreeMap::new();
    let mut ticks = log.iter().peekable();
    while let Some((&tick, batch)) = ticks.next() {
        run.step(tick, &reworded(batch, dice));
        if restarts > 0 && dice.one_in(restarts) {
            run.restart(&mut pages);
        }
        paced(&mut run, tick, ticks.peek().map(|(tick, _)| **tick), dice);
        if restarts > 0 && dice.one_in(restarts) {
            run.restart(&mut pages);
        }
    }
    run.pass(until.last_tick());
    run
}
