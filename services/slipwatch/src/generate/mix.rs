//! Strata of inspections: which one an act belongs to, before and after the shares change.
//!
//! What must never enter: whether there is an act.

use crate::generate::{
    change::{Change, Course},
    number::{Share, Word},
    scenario::Group,
};
use std::collections::BTreeMap;

/// Strata by number, with the share of acts up to and with each.
type Shares = Vec<(u8, f64)>;

/// The shares of a group's strata.
#[derive(Clone, Debug, PartialEq)]
pub struct Mix {
    before: Shares,
    after: Shares,
}

impl Mix {
    /// The mix of a group; `names` are all strata of the scenario, in the order of their numbers.
    #[must_use]
    pub fn of(group: &Group, names: &[Word]) -> Self {
        let before = shares(&group.strata, names);
        let after = if let Change::Definition { strata } = &group.change { shares(strata, names) } else { before.clone() };
        Self { before, after }
    }

    /// The stratum of an act; none where inspections have none. `share` is even from 0 to 1.
    #[must_use]
    pub fn stratum(&self, course: Option<Course>, week: u16, share: f64) -> Option<u8> {
        let changed = course.is_some_and(|course| week >= course.onset);
        let shares = if changed { &self.after } else { &self.before };
        shares.iter().find(|(_, until)| share < *until).or(shares.last()).map(|(number, _)| *number)
    }
}

fn shares(strata: &BTreeMap<Word, Share>, names: &[Word]) -> Shares {
    let mut until = 0.0;
    let numbered = names.iter().zip(0_u8..).filter_map(|(name, number)| Some((number, strata.get(name)?.value())));
    let summed = numbered.map(|(number, share)| {
        until += share;
        (number, until)
    });
    summed.collect()
}
