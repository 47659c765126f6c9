//! Readings of the log: how far inputs are read, and what origins have promised.
//!
//! A stage says all it knows at once, and what it said before is gone: a partition that moved to another process leaves no sample behind.
//! Stages of one process may read one partition; then the worse of them is shown. What must never enter: a broker, a clock.

use crate::{
    closed::Stage,
    declared::{LAG, MARK, POSITION},
    process::real,
    table::Table,
};
use std::collections::BTreeMap;
use vocab::time::{TICKS_PER_SECOND, Tick};

/// How far one input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    /// Full name of the topic.
    pub topic: &'a str,
    /// The partition of it.
    pub partition: u32,
    /// The next position.
    pub next: u64,
    /// Entries from there to the end.
    pub lag: u64,
}

/// What one origin of a topic has promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark<'a> {
    /// Full name of the topic.
    pub topic: &'a str,
    /// The origin.
    pub origin: u32,
    /// The tick that is complete from it; none while it was announced and has promised nothing.
    pub tick: Option<Tick>,
}

/// A partition, or an origin, of a topic.
type Place = (String, u32);

/// What every stage of a process said last.
#[derive(Debug)]
pub(crate) struct Readings {
    /// Position and lag.
    inputs: BTreeMap<Stage, BTreeMap<Place, (u64, u64)>>,
    marks: BTreeMap<Stage, BTreeMap<Place, Option<Tick>>>,
}

impl Readings {
    /// Nothing was said.
    pub(crate) const fn new() -> Self {
        Self { inputs: BTreeMap::new(), marks: BTreeMap::new() }
    }

    /// Takes the place of what the stage said of its inputs.
    pub(crate) fn inputs(&mut self, stage: Stage, inputs: &[Input<'_>]) {
        let place = |input: &Input<'_>| ((input.topic.to_owned(), input.partition), (input.next, input.lag));
        self.inputs.insert(stage, inputs.iter().map(place).collect());
    }

    /// Takes the place of what the stage said of marks. Every partition of a topic has every mark; what one of them has told holds.
    pub(crate) fn marks(&mut self, stage: Stage, marks: &[Mark<'_>]) {
        let mut known: BTreeMap<Place, Option<Tick>> = BTreeMap::new();
        for mark in marks {
            let tick = known.entry((mark.topic.to_owned(), mark.origin)).or_default();
            *tick = mark.tick.max(*tick);
        }
        self.marks.insert(stage, known);
    }

    /// Lag, positions and marks as samples.
    pub(crate) fn tables(&self) -> [Table; 3] {
        let (mut lag, mut position, mut mark) = (Table::new(&LAG), Table::new(&POSITION), Table::new(&MARK));
        let mut inputs: BTreeMap<&Place, (u64, u64)> = BTreeMap::new();
        for (place, (next, behind)) in self.inputs.values().flatten() {
            let worst = inputs.entry(place).or_insert((*next, *behind));
            *worst = (worst.0.min(*next), worst.1.max(*behind));
        }
        for ((topic, partition), (next, behind)) in inputs {
            let labels = [topic.as_str(), &partition.to_string()];
            lag.set(&labels, real(behind));
            position.set(&labels, real(next));
        }
        let mut marks: BTreeMap<&Place, Option<Tick>> = BTreeMap::new();
        for (place, tick) in self.marks.values().flatten() {
            let newest = marks.entry(place).or_default();
            *newest = (*tick).max(*newest);
        }
        for ((topic, origin), tick) in marks {
            mark.set(&[topic, &origin.to_string()], tick.map_or(0.0, seconds));
        }
        [lag, position, mark]
    }
}

/// The end of a tick in seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "a tick of the years 1970 to 2199 has 36 bits")]
const fn seconds(tick: Tick) -> f64 {
    tick.0.saturating_add(1) as f64 / TICKS_PER_SECOND as f64
}
