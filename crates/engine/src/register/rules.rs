//! Rules in force: the pack of each regime, the jurisdictions admitted by pattern, and how far back the horizon lies.
//!
//! A pack holds from the tick after the one in which it was told. Must never enter: a figure, a look at the future, a floor
//! that falls: what has left the horizon stays outside, whatever a later pack says.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use vocab::{
    event::Body,
    name::{JurisdictionCode, MeasureId, RegimeId},
    pack::{Jurisdictions, Measure, Pack, has_shape},
    time::Day,
    watch::Watches,
};

/// Before every day that can be named.
pub(super) const NO_HORIZON: Day = Day(i32::MIN);

/// The rules of every regime.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    regimes: BTreeMap<RegimeId, Regime>,
    /// First day that the widest horizon held when it was last moved: what lies before it is forgotten everywhere.
    forgotten: Day,
    /// Regimes whose rules changed since they were last saved.
    touched: BTreeSet<RegimeId>,
}

/// The rules of one regime.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Regime {
    pack: Arc<Pack>,
    /// Codes seen under a pattern, at most as many as it allows.
    codes: BTreeSet<JurisdictionCode>,
    /// First day inside the horizon. It moves with every day and is saved with the rest, as it can be moved again.
    floor: Day,
}

impl Regime {
    /// The measure of an id, if the pack lists it.
    pub(super) fn measure(&self, id: &MeasureId) -> Option<&Measure> {
        let at = self.pack.measures.binary_search_by(|measure| measure.id.cmp(id)).ok()?;
        self.pack.measures.get(at)
    }

    /// Whether a rule on facts looks at events of this type.
    pub(super) fn watches(&self, body: &Body) -> bool {
        self.pack.watches.iter().any(|rule| match &rule.watches {
            Watches::Events(types) => types.iter().any(|name| name.as_str() == body.type_name()),
            Watches::Overdue(_) => false,
        })
    }

    /// Whether the pack lists a jurisdiction, and if not, whether its pattern still takes one more of that code.
    fn listing(&self, code: &JurisdictionCode) -> Listing {
        match &self.pack.jurisdictions {
            Jurisdictions::Listed(listed) => match listed.binary_search_by(|jurisdiction| jurisdiction.code.cmp(code)) {
                Ok(_) => Listing::Listed,
                Err(_) => Listing::Unlisted,
            },
            Jurisdictions::Pattern { .. } if self.codes.contains(code) => Listing::Listed,
            Jurisdictions::Pattern { shape, max } if has_shape(code.as_str(), shape) && self.codes.len() < *max as usize => {
                Listing::Admissible
            }
            Jurisdictions::Pattern { .. } => Listing::Unlisted,
        }
    }
}

enum Listing {
    Listed,
    Admissible,
    Unlisted,
}

impl Rules {
    /// No regime has rules yet.
    pub(super) const fn new() -> Self {
        Self { regimes: BTreeMap::new(), forgotten: NO_HORIZON, touched: BTreeSet::new() }
    }

    /// The rules of a regime, if a pack holds.
    pub(super) fn of(&self, regime: &RegimeId) -> Option<&Regime> {
        self.regimes.get(regime)
    }

    /// Lets a pack hold. Codes seen under an earlier pattern stay seen as far as the new one takes them.
    pub(super) fn apply(&mut self, pack: &Arc<Pack>) {
        self.touched.insert(pack.regime.clone());
        let before = self.regimes.remove(&pack.regime);
        let floor = before.as_ref().map_or(NO_HORIZON, |regime| regime.floor);
        let mut regime = Regime { pack: Arc::clone(pack), codes: BTreeSet::new(), floor };
        for code in before.into_iter().flat_map(|regime| regime.codes) {
            if matches!(regime.listing(&code), Listing::Admissible) {
                regime.codes.insert(code);
            }
        }
        self.regimes.insert(pack.regime.clone(), regime);
    }

    /// Whether the regime's pack lists a jurisdiction; a code that fits its pattern is taken in while there is room.
    pub(super) fn admits(&mut self, regime: &RegimeId, code: &JurisdictionCode) -> bool {
        let Some(rules) = self.regimes.get_mut(regime) else { return false };
        match rules.listing(code) {
            Listing::Listed => true,
            Listing::Unlisted => false,
            Listing::Admissible => {
                rules.codes.insert(code.clone());
                self.touched.insert(regime.clone());
                true
            }
        }
    }

    /// Moves the horizons to a day of knowledge. They never fall.
    pub(super) fn advance(&mut self, day: Day) {
        for regime in self.regimes.values_mut() {
            let weeks = i32::from(regime.pack.policy.horizon_weeks);
            regime.floor = regime.floor.max(day.plus(-7 * weeks));
        }
        let widest = self.regimes.values().map(|regime| regime.floor).min();
        self.forgotten = self.forgotten.max(widest.unwrap_or(NO_HORIZON));
    }

    /// The first day inside the horizon of a regime, and the day before which its records' stories are gone.
    pub(super) fn floors(&self, regime: &RegimeId) -> Floors {
        // Without rules of its own a regime has the widest horizon of the others, beyond which nothing is remembered.
        let late = self.regimes.get(regime).map_or(self.forgotten, |regime| regime.floor);
        Floors { late, gone: late.max(self.forgotten) }
    }

    /// The day before which every story is forgotten.
    pub(super) const fn forgotten(&self) -> Day {
        self.forgotten
    }

    /// Regimes whose rules changed since this was last asked, with their rules.
    pub(super) fn touched(&mut self) -> Vec<(RegimeId, &Regime)> {
        let touched = core::mem::take(&mut self.touched);
        touched.into_iter().filter_map(|id| self.regimes.get(&id).map(|rules| (id, rules))).collect()
    }

    /// Counts every regime's rules as changed.
    pub(super) fn touch_all(&mut self) {
        self.touched.extend(self.regimes.keys().cloned());
    }

    /// Puts the rules of a saved page back.
    pub(super) fn restore(&mut self, regime: Regime) {
        self.regimes.insert(regime.pack.regime.clone(), regime);
    }

    /// Puts the day back before which every story is forgotten.
    pub(super) const fn restore_forgotten(&mut self, day: Day) {
        self.forgotten = day;
    }
}

/// Where a regime's horizon lies.
#[derive(Clone, Copy)]
pub(super) struct Floors {
    /// What occurred before this day is late.
    pub(super) late: Day,
    /// A story that ended before this day is gone.
    pub(super) gone: Day,
}
