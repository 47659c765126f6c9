//! A turn: what one tick adds up to, beside the stories: ledger lines, unlisted codes, packs that hold from the next tick.
//!
//! Added up over the whole tick, so that neither its order inside nor its batches show. Must never enter: anything that
//! outlives the tick.

use super::Output;
use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use vocab::{
    name::{Label, RegimeId, SourceId},
    pack::Pack,
    tally::{Ledger, LedgerLine},
    time::{Day, Tick},
    unlisted::{Unlisted, What},
};

/// What one tick adds up to.
pub(super) struct Turn {
    pub(super) tick: Tick,
    pub(super) day: Day,
    ledger: BTreeMap<SourceId, BTreeMap<Day, Ledger>>,
    unlisted: BTreeMap<(RegimeId, What, Label), u64>,
    packs: Vec<Arc<Pack>>,
}

/// What became of a message, as one unit in the ledger.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    Effective,
    Duplicate,
    Superseded,
    Conflict,
    Late,
    Unlisted,
}

impl Fate {
    const fn line(self, sign: i64) -> Ledger {
        let mut line = Ledger { effective: 0, duplicates: 0, superseded: 0, conflicts: 0, late: 0, unlisted: 0 };
        match self {
            Self::Effective => line.effective = sign,
            Self::Duplicate => line.duplicates = sign,
            Self::Superseded => line.superseded = sign,
            Self::Conflict => line.conflicts = sign,
            Self::Late => line.late = sign,
            Self::Unlisted => line.unlisted = sign,
        }
        line
    }
}

impl Turn {
    /// Nothing was told yet in a tick.
    pub(super) fn new(tick: Tick) -> Self {
        Self { tick, day: tick.day(), ledger: BTreeMap::new(), unlisted: BTreeMap::new(), packs: Vec::new() }
    }

    /// Enters what became of a message that a source sent and that became known on a day.
    pub(super) fn enter(&mut self, source: &SourceId, day: Day, fate: Fate) {
        self.post(source, day, fate.line(1));
    }

    /// Takes an entry back.
    pub(super) fn take_back(&mut self, source: &SourceId, day: Day, fate: Fate) {
        self.post(source, day, fate.line(-1));
    }

    fn post(&mut self, source: &SourceId, day: Day, line: Ledger) {
        if let Some(days) = self.ledger.get_mut(source) {
            *days.entry(day).or_default() += line;
        } else {
            self.ledger.insert(source.clone(), BTreeMap::from([(day, line)]));
        }
    }

    /// Counts acts that name something unlisted.
    pub(super) fn unlisted(&mut self, regime: &RegimeId, (what, code): (What, Label), acts: u32) {
        *self.unlisted.entry((regime.clone(), what, code)).or_default() += u64::from(acts);
    }

    /// A pack was told; it holds from the next tick.
    pub(super) fn pack(&mut self, pack: Arc<Pack>) {
        self.packs.push(pack);
    }

    /// Emits what was added up and hands over the packs, in the order of their records.
    pub(super) fn close(self, out: &mut Vec<Output>) -> Vec<Arc<Pack>> {
        for (source, days) in self.ledger {
            let lines = days.into_iter().filter(|(_, change)| *change != Ledger::default());
            out.extend(lines.map(|(day, change)| Output::Ledger(LedgerLine { source: source.clone(), day, change })));
        }
        let unlisted = self.unlisted.into_iter();
        out.extend(unlisted.map(|((regime, what, code), count)| Output::Unlisted(Unlisted { regime, what, code, count })));
        self.packs
    }
}
