//! The sentinel: per regime, decides what becomes an alert, answers what people do, and seals every closed day.
//!
//! It watches by the tick (facts), weighs by the day (assessments) and keeps deadlines as virtual records at their instant. Its
//! caller hands everything over in the order of time: the facts of a day, then its assessments, then the next tick. What must
//! never enter: a clock, an input or output, a statistic, the number of partitions.

mod acts;
mod alert;
mod digest;
pub mod kind;
pub mod life;
mod long;
mod notice;
pub(crate) mod opening;
mod overdue;
pub(crate) mod proposed;
mod quotient;
mod records;
mod regime;
pub(crate) mod scope;
mod watch;
mod weigh;

use crate::page::{self, BadPage, Page};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use core::borrow::Borrow;
use regime::Regime;
use serde::{Deserialize, Serialize};
use vocab::{
    alert::Decision,
    assessment::Assessment,
    name::RegimeId,
    record::RecordId,
    tally::{Fact, Matter, Note, Withdrawal},
    time::{Day, Tick},
};

/// Which part of the sentinel's decisions a task makes.
///
/// Rules on facts and assessments are disjoint: two tasks over the same facts, one that watches and one that weighs, decide
/// together exactly what one task decides that does both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// All of them.
    #[default]
    Whole,
    /// Watch rules alone, and answers to acts about their alerts: needs facts only, seals nothing.
    Watch,
    /// All others. What is watched is decided here too, in silence, so that the seals cover it.
    Weigh,
}

/// The sentinel of the regimes of one task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sentinel {
    part: Part,
    regimes: BTreeMap<RegimeId, Regime>,
    touched: BTreeSet<RegimeId>,
}

impl Sentinel {
    /// One that knows nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// One that knows nothing, and makes a part of the decisions.
    #[must_use]
    pub fn of(part: Part) -> Self {
        Self { part, ..Self::default() }
    }

    /// Watches: the facts of one tick, complete, in any order. Later than every tick, day and pass handed over before.
    pub fn step(&mut self, tick: Tick, facts: &[Fact], out: &mut Vec<Decision>) {
        self.advance(tick, tick.day(), out);
        let mut sorted: Vec<&Fact> = facts.iter().collect();
        sorted.sort_by(|one, other| place(one).cmp(&place(other)));
        for of_regime in sorted.chunk_by(|one, next| regime_of(one) == regime_of(next)) {
            let Some(first) = of_regime.first() else { continue };
            let regime = self.regime(regime_of(first), tick.day());
            regime.enforce(tick);
            // Before acts: in a log of days an alert may open on the day somebody takes it.
            regime.watch(tick, of_regime, out);
            for fact in of_regime {
                hear(regime, tick, fact, out);
            }
        }
    }

    /// Weighs: all assessments of one closed day, of every jurisdiction, in any order. Comes after the facts of that day and
    /// before the pass that seals it.
    ///
    /// # Panics
    /// When the day has been sealed already: its decisions would not be covered. When this task only watches.
    pub fn weigh<A: Borrow<Assessment>>(&mut self, day: Day, assessments: &[A], out: &mut Vec<Decision>) {
        assert!(self.part != Part::Watch, "a task that watches is told facts alone");
        self.advance(day.last_tick(), day, out);
        let mut sorted: Vec<&Assessment> = assessments.iter().map(Borrow::borrow).collect();
        sorted.sort_by(|one, other| (&one.regime, &one.jurisdiction).cmp(&(&other.regime, &other.jurisdiction)));
        for of_regime in sorted.chunk_by(|one, next| one.regime == next.regime) {
            if let Some(first) = of_regime.first() {
                self.regime(&first.regime, day).weigh(day, of_regime, out);
            }
        }
    }

    /// Everything up to a tick is complete: deadlines act at their tick, and days that have passed are sealed.
    pub fn pass(&mut self, tick: Tick, out: &mut Vec<Decision>) {
        // The first tick that has not passed says which day is still open.
        self.advance(tick, Tick(tick.0.saturating_add(1)).day(), out);
    }

    /// Pages touched since the last call.
    pub fn pages_due(&mut self) -> Vec<Page> {
        let touched = core::mem::take(&mut self.touched);
        touched.iter().filter_map(|id| self.regimes.get(id).map(|regime| page::write(key(id), &regime))).collect()
    }

    /// Takes the state of all saved pages, in place of its own.
    ///
    /// # Errors
    /// [`BadPage`] when a page is of another version, of another part, or broken.
    pub fn restore<'a>(&mut self, pages: impl IntoIterator<Item = &'a [u8]>) -> Result<(), BadPage> {
        let read = pages.into_iter().map(page::read::<Regime>);
        let part = self.part;
        let ours = |regime: Regime| if regime.part() == part { Ok((regime.id().clone(), regime)) } else { Err(BadPage::Broken) };
        self.regimes = read.map(|regime| regime.and_then(ours)).collect::<Result<_, _>>()?;
        self.touched.clear();
        Ok(())
    }

    fn advance(&mut self, tick: Tick, day: Day, out: &mut Vec<Decision>) {
        for (id, regime) in &mut self.regimes {
            if regime.advance(tick, day, out) && !self.touched.contains(id) {
                self.touched.insert(id.clone());
            }
        }
    }

    fn regime(&mut self, id: &RegimeId, day: Day) -> &mut Regime {
        self.touched.insert(id.clone());
        let part = self.part;
        self.regimes.entry(id.clone()).or_insert_with(|| Regime::new(id.clone(), day, part))
    }
}

fn hear(regime: &mut Regime, tick: Tick, fact: &Fact, out: &mut Vec<Decision>) {
    match fact {
        Fact::Told(note) => match &note.matter {
            Matter::Pack(pack, _) => regime.propose(tick, pack),
            Matter::Circumstance(circumstance, occurred) => regime.records.circumstance(note, circumstance, occurred),
            Matter::Definition(change) => regime.records.definition(note, change),
            Matter::Target(change) => regime.records.target(note, change),
            Matter::Act(act) => regime.act(tick, (note.record, act), out),
            // Told to people beside the figures; no rule of this sentinel rests on it.
            Matter::Feed(..) => {}
            // Watched before, by whatever rule there is; the digest lists it without one.
            Matter::Duty(_) => regime.owe(note),
            // Watched before.
            Matter::Incident(_) => {}
        },
        Fact::Withdrawn(withdrawal) => regime.withdraw(withdrawal),
    }
}

fn regime_of(fact: &Fact) -> &RegimeId {
    match fact {
        Fact::Told(Note { regime, .. }) | Fact::Withdrawn(Withdrawal { regime, .. }) => regime,
    }
}

/// Inside a tick nothing has an order: facts are taken by regime and record, whatever order they came in. What takes a note back
/// comes before the note that replaces it.
fn place(fact: &Fact) -> (&RegimeId, RecordId, u8) {
    match fact {
        Fact::Withdrawn(Withdrawal { regime, record, .. }) => (regime, *record, 0),
        Fact::Told(Note { regime, record, .. }) => (regime, *record, 1),
    }
}

fn key(regime: &RegimeId) -> alloc::string::String {
    alloc::format!("regime/{regime}")
}
