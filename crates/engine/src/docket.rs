//! The docket: one story per case, and from it the facts about its duties that rules need one by one.
//!
//! `step` takes the versions of one tick (records joining cases and leaving them) and the packs told in it, `pass` says that everything
//! up to a tick is complete; a duty becomes overdue at its instant, as a virtual record. What goes out depends on the set of versions of
//! each tick and on nothing else. Must never enter: a figure, a rule on facts (that is the sentinel's), an order inside a tick.

mod case;

use crate::{
    page::{self, BadPage, Page},
    sentinel::proposed::Proposed,
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::ToString,
    sync::Arc,
    vec::Vec,
};
use case::Case;
use core::borrow::Borrow;
use serde::{Deserialize, Serialize};
use vocab::{
    name::RegimeId,
    pack::Pack,
    record::{CaseId, Version},
    tally::Fact,
    time::{Day, Tick},
};

/// Days that time moves before cases behind the horizon are looked for.
const SWEEP_DAYS: i32 = 49;

const CASES: &str = "cases/";
const RULES: &str = "rules/";
const NOW: &str = "now";

/// The rules of one regime.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Rules {
    pack: Option<Arc<Pack>>,
    proposed: Proposed,
}

/// The docket of one partition of the cases.
#[derive(Clone, Debug, PartialEq)]
pub struct Docket {
    rules: BTreeMap<RegimeId, Rules>,
    cases: BTreeMap<CaseId, Case>,
    /// The first instant at which a duty of a case becomes overdue.
    deadlines: BTreeSet<(Tick, CaseId)>,
    /// The day on which cases behind the horizon were last looked for.
    swept: Day,
    touched: BTreeSet<u8>,
    touched_rules: BTreeSet<RegimeId>,
}

impl Default for Docket {
    fn default() -> Self {
        Self::new()
    }
}

impl Docket {
    /// A docket without cases.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            rules: BTreeMap::new(),
            cases: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            swept: Day(i32::MIN),
            touched: BTreeSet::new(),
            touched_rules: BTreeSet::new(),
        }
    }

    /// How many cases are kept. Without obligations in a pack there are none.
    #[must_use]
    pub fn cases(&self) -> usize {
        self.cases.len()
    }

    /// Takes the versions of one tick, complete, in any order, and the packs told in it, which hold from the next.
    pub fn step<V: Borrow<Version>>(&mut self, tick: Tick, versions: &[V], packs: &[Arc<Pack>], out: &mut Vec<Fact>) {
        self.pass(Tick(tick.0.saturating_sub(1)), out);
        self.rules.values_mut().for_each(|rules| rules.enforce(tick));
        let mut sorted: Vec<&Version> = versions.iter().map(Borrow::borrow).collect();
        // Of one record what leaves comes before what joins.
        sorted.sort_by_key(|version| (version.case, version.record, version.sign));
        let due = self.deadlines.range(..=(tick, CaseId([u8::MAX; 16]))).map(|(_, case)| *case);
        let mut touched: BTreeSet<CaseId> = due.collect();
        for of_case in sorted.chunk_by(|one, next| one.case == next.case) {
            if self.tell(of_case) {
                touched.extend(of_case.first().map(|version| version.case));
            }
        }
        touched.into_iter().for_each(|case| self.settle(tick, case, out));
        for pack in packs {
            self.touched_rules.insert(pack.regime.clone());
            self.rules.entry(pack.regime.clone()).or_default().proposed.propose(tick, pack);
        }
    }

    /// Everything up to a tick is complete: duties become overdue, each at its instant.
    pub fn pass(&mut self, tick: Tick, out: &mut Vec<Fact>) {
        while let Some((due, case)) = self.deadlines.first().copied().filter(|(due, _)| *due <= tick) {
            self.settle(due, case, out);
        }
        let day = tick.day();
        if day.0.saturating_sub(self.swept.0) >= SWEEP_DAYS {
            self.swept = day;
            self.rules.values_mut().for_each(|rules| rules.enforce(tick));
            self.sweep(day);
        }
    }

    /// Lets versions join and leave one case; whether it is kept.
    fn tell(&mut self, versions: &[&Version]) -> bool {
        let Some(first) = versions.first() else { return false };
        let regime = versions.iter().find_map(|version| version.step.as_ref().map(|step| &step.regime));
        let known = self.cases.get(&first.case).map(|case| case.regime().clone());
        let Some(regime) = known.or_else(|| regime.cloned()) else { return false };
        let pack = self.rules.get(&regime).and_then(|rules| rules.pack.as_deref()).filter(|pack| !pack.obligations.is_empty());
        if pack.is_none() && !self.cases.contains_key(&first.case) {
            return false;
        }
        let case = self.cases.entry(first.case).or_insert_with(|| Case::new(regime, first.case_name.clone()));
        for of_record in versions.chunk_by(|one, next| one.record == next.record) {
            case.tell(pack, of_record);
        }
        true
    }

    /// Tells what of a case's duties has changed by a tick, and when the next falls due.
    fn settle(&mut self, at: Tick, id: CaseId, out: &mut Vec<Fact>) {
        let Some(case) = self.cases.get_mut(&id) else { return };
        self.touched.insert(id.0[0]);
        if let Some(deadline) = case.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        case.settle(at, out);
        self.deadlines.extend(case.deadline.map(|deadline| (deadline, id)));
        if case.is_empty() {
            self.cases.remove(&id);
        }
    }

    /// Lets go of cases that lie behind the horizon, unless a duty of them is open or overdue.
    fn sweep(&mut self, day: Day) {
        let floors: BTreeMap<&RegimeId, Day> = self.rules.iter().filter_map(|(id, rules)| Some((id, rules.floor(day)?))).collect();
        let touched = &mut self.touched;
        self.cases.retain(|id, case| {
            let keeps = case.is_owed() || floors.get(case.regime()).is_none_or(|floor| !case.is_behind(*floor));
            if !keeps {
                touched.insert(id.0[0]);
            }
            keeps
        });
    }

    /// Pages touched since the last call: cases by the first byte of their id, rules by regime.
    pub fn pages_due(&mut self) -> Vec<Page> {
        let mut due = Vec::from([page::write(NOW.to_string(), &self.swept)]);
        for id in core::mem::take(&mut self.touched_rules) {
            due.extend(self.rules.get(&id).map(|rules| page::write(format!("{RULES}{id}"), rules)));
        }
        for byte in core::mem::take(&mut self.touched) {
            let (mut first, mut last) = ([0; 16], [u8::MAX; 16]);
            (first[0], last[0]) = (byte, byte);
            let cases: Vec<(&CaseId, &Case)> = self.cases.range(CaseId(first)..=CaseId(last)).collect();
            due.push(page::write(format!("{CASES}{byte}"), &cases));
        }
        due
    }

    /// A docket as its pages hold it. Pages may come in any order.
    ///
    /// # Errors
    /// [`BadPage`] when a page is of another version or no page of this stage.
    pub fn restore(pages: impl IntoIterator<Item = Page>) -> Result<Self, BadPage> {
        let mut docket = Self::new();
        for Page { key, body } in pages {
            if key.starts_with(CASES) {
                docket.cases.extend(page::read::<Vec<(CaseId, Case)>>(&body)?);
            } else if let Some(id) = key.strip_prefix(RULES) {
                docket.rules.insert(RegimeId::parse(id).map_err(|_| BadPage::Broken)?, page::read(&body)?);
            } else if key == NOW {
                docket.swept = page::read(&body)?;
            } else {
                return Err(BadPage::Broken);
            }
        }
        docket.deadlines = docket.cases.iter().filter_map(|(id, case)| Some((case.deadline?, *id))).collect();
        Ok(docket)
    }
}

impl Rules {
    fn enforce(&mut self, tick: Tick) {
        if let Some((_, pack)) = self.proposed.take(tick) {
            self.pack = Some(pack);
        }
    }

    /// The first day inside the horizon.
    fn floor(&self, day: Day) -> Option<Day> {
        self.pack.as_ref().map(|pack| day.plus(-7 * i32::from(pack.policy.horizon_weeks)))
    }
}
