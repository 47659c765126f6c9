//! Cases that stories belong to, each kept once and known by a number.
//!
//! Must never enter: what happens within a case; that is told of it elsewhere.

use super::story::NONE;
use alloc::{collections::BTreeMap, vec::Vec};
use vocab::{name::CaseName, record::CaseId};

/// Every case in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Cases {
    slots: Vec<Option<(CaseId, CaseName)>>,
    numbers: BTreeMap<CaseId, u32>,
    free: Vec<u32>,
}

impl Cases {
    /// The case of a number.
    pub(super) fn case(&self, number: u32) -> Option<&(CaseId, CaseName)> {
        self.slots.get(number as usize)?.as_ref()
    }

    /// The number of a case, a new one if it has none yet.
    pub(super) fn number(&mut self, id: CaseId, name: &CaseName) -> u32 {
        if let Some(number) = self.numbers.get(&id) {
            return *number;
        }
        let number = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).unwrap_or(NONE)
        });
        self.slots[number as usize] = Some((id, name.clone()));
        self.numbers.insert(id, number);
        number
    }

    /// Forgets every case that is not marked as in use.
    pub(super) fn sweep(&mut self, used: &[bool]) {
        for (at, slot) in self.slots.iter_mut().enumerate() {
            if !used.get(at).copied().unwrap_or(false)
                && let Some((id, _)) = slot.take()
            {
                self.numbers.remove(&id);
                self.free.push(u32::try_from(at).unwrap_or(NONE));
            }
        }
    }

    /// How many numbers are or were given.
    pub(super) const fn len(&self) -> usize {
        self.slots.len()
    }
}
