//! How the inspections of a series are made up: weekly counts by stratum, and a change of their shares that stands out.
//!
//! Every stratum is counted here, also those that are no effort: a break in what is counted shows in the whole. What must never
//! enter: a level, an excuse for a fall; a shift that one falling stratum explains is no break.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use surveillance::statistics::{Proportion, ShareShift, definition_break};
use vocab::{assessment::MixShift, name::Stratum, time::Week};

/// The newest weeks, and those before them that they are held against.
const NEWEST_WEEKS: usize = 13;
const BEFORE_WEEKS: usize = 52;
const COMPARED_WEEKS: usize = NEWEST_WEEKS + BEFORE_WEEKS;
/// Weeks kept: those compared, behind the newest that may still be coming in.
const KEPT_WEEKS: usize = COMPARED_WEEKS + 26;
/// Weeks that may be told before the oldest kept one is let go of: the open one and the next.
const AHEAD_WEEKS: usize = 2;
/// A total that fell further is a fall. Where one stratum alone falls and takes ten points of share with it, the total falls at least
/// to this: (1 − p) / (1.1 − p) is at most .9 for every p from .1 on.
const TOTAL_RATIO_MIN: f64 = 0.9;

/// Weekly inspections of one series by stratum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Share {
    stratum: Option<Stratum>,
    weeks: Vec<i64>,
}

/// What is kept of one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mix {
    /// The week of the first place of every share.
    first: Week,
    shares: Vec<Share>,
    shift: Option<MixShift>,
}

impl Mix {
    /// Of a series whose counts are told from a week on.
    pub(crate) const fn begin(first: Week) -> Self {
        Self { first, shares: Vec::new(), shift: None }
    }

    /// Adds a signed count of inspections.
    pub(crate) fn add(&mut self, week: Week, stratum: Option<&Stratum>, acts: i64) {
        let Ok(at) = usize::try_from(week.0 - self.first.0) else { return };
        let found = self.shares.binary_search_by(|share| share.stratum.as_ref().cmp(&stratum));
        let place = found.unwrap_or_else(|place| {
            self.shares.insert(place, Share { stratum: stratum.cloned(), weeks: Vec::new() });
            place
        });
        let weeks = &mut self.shares[place].weeks;
        if at >= weeks.len() {
            // All that will ever be kept, at once: doubling would end with a third too much in every stratum.
            if weeks.capacity() <= at {
                weeks.reserve_exact((at + 1).max(KEPT_WEEKS + AHEAD_WEEKS) - weeks.len());
            }
            weeks.resize(at + 1, 0);
        }
        weeks[at] += acts;
    }

    /// A person set the level anew from the weeks of a window: what was before them is another definition.
    pub(crate) fn rebase(&mut self, from: Week) {
        self.shift = None;
        self.forget_before(from);
        self.first = self.first.max(from);
    }

    /// The shift that stands.
    pub(crate) const fn shift(&self) -> Option<&MixShift> {
        self.shift.as_ref()
    }

    /// Closes a week, of which and of the weeks before it so many are not known well enough.
    pub(crate) fn close(&mut self, week: Week, unknown_weeks: impl FnOnce() -> usize) {
        self.forget_before(Week(week.0 - i32::try_from(KEPT_WEEKS).unwrap_or(i32::MAX) + 1));
        // One stratum is always all of the total.
        if self.shift.is_none() && self.shares.len() >= 2 {
            self.shift = self.find(week, unknown_weeks());
        }
    }

    fn find(&self, week: Week, unknown_weeks: usize) -> Option<MixShift> {
        let end = usize::try_from(week.0 - self.first.0 + 1).ok()?.checked_sub(unknown_weeks)?;
        let start = end.checked_sub(COMPARED_WEEKS)?;
        let of = |share: &Share, at: usize| share.weeks.get(at).map_or(0, |&acts| u64::try_from(acts).unwrap_or(0));
        let totals: Vec<u64> = (start..end).map(|at| self.shares.iter().map(|share| of(share, at)).sum()).collect();
        let (before, newest) = totals.split_at(BEFORE_WEEKS);
        let weekly = |weeks: &[u64]| weeks.iter().sum::<u64>() as f64 / weeks.len() as f64;
        let total_ratio = weekly(newest) / weekly(before);
        // Also refused where nothing was counted before.
        if !(TOTAL_RATIO_MIN..f64::INFINITY).contains(&total_ratio) {
            return None;
        }
        let shift_of = |share: &Share| -> Option<ShareShift> {
            let weeks = (start..end).zip(&totals).map(|(at, &total)| Proportion::new(of(share, at), total));
            definition_break(&weeks.collect::<Option<Vec<_>>>()?)
        };
        let shifts = self.shares.iter().filter_map(|share| Some((share, shift_of(share)?)));
        let breaks = shifts.filter(|(_, shift)| shift.is_break());
        // A share that rose says what began to be counted, those that fell only what it stands beside. Of equal ones the first stratum,
        // so that the order of arrival cannot choose.
        let weight = |shift: &ShareShift| (shift.now > shift.before, shift.z.abs());
        let (share, shift) = breaks.reduce(|first, next| if weight(&next.1) > weight(&first.1) { next } else { first })?;
        let ShareShift { now, before, z, .. } = shift;
        Some(MixShift { seen: week, stratum: share.stratum.clone(), now, before, z, total_ratio })
    }

    fn forget_before(&mut self, week: Week) {
        let Some(old) = usize::try_from(week.0 - self.first.0).ok().filter(|old| *old > 0) else { return };
        for share in &mut self.shares {
            share.weeks.drain(..old.min(share.weeks.len()));
        }
        self.shares.retain(|share| share.weeks.iter().any(|acts| *acts != 0));
        self.first = week;
    }
}
