//! What an assessor keeps of one regime: the rules, what is on record beside the counts, and its jurisdictions.
//!
//! What must never enter: another regime, an alert's phase.

use super::{
    close::Outlet,
    jurisdiction::{Figures, Jurisdiction, Member, Yardstick},
    matters::Matters,
    rules::{EffortStrata, Rules},
};
use crate::sentinel::{
    proposed::Proposed,
    scope::{lists, may_rebase, within},
};
use alloc::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use vocab::{
    act::{Act, Deed, Seen},
    name::{JurisdictionCode, RegimeId},
    pack::Jurisdictions,
    quantity::Unit,
    series::{Count, SeriesKey},
    tally::{Matter, Note, Tally},
    time::{Tick, Week},
};

/// The part of a regime's state that is the same for all its jurisdictions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Frame {
    pub(crate) rules: Option<Rules>,
    proposed: Proposed,
    strata: EffortStrata,
    matters: Matters,
}

/// What the figures of a jurisdiction are judged by.
pub(crate) struct Terms<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) strata: &'a EffortStrata,
    pub(crate) matters: &'a Matters,
    /// Counts of which a feed delivers history this week.
    pub(crate) backfilled: &'a [Count],
}

/// One regime.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Regime {
    pub(crate) id: RegimeId,
    pub(crate) frame: Frame,
    pub(crate) jurisdictions: BTreeMap<JurisdictionCode, Jurisdiction>,
    pub(crate) touched: bool,
}

impl Frame {
    fn terms<'a>(&'a self, backfilled: &'a [Count]) -> Option<Terms<'a>> {
        Some(Terms { rules: self.rules.as_ref()?, strata: &self.strata, matters: &self.matters, backfilled })
    }
}

impl Regime {
    pub(crate) fn new(id: RegimeId) -> Self {
        Self { id, frame: Frame::default(), jurisdictions: BTreeMap::new(), touched: true }
    }

    /// Lets a proposed pack take force, if it holds at a tick. Jurisdictions that it lists by name, and that are at home in this
    /// task, are on record from then on.
    pub(crate) fn enforce(&mut self, tick: Tick, is_home: &dyn Fn(&RegimeId, &JurisdictionCode) -> bool) {
        let Some((activated, pack)) = self.frame.proposed.take(tick) else { return };
        self.touched = true;
        self.frame.strata.hold_after(activated.day(), &pack.effort_strata);
        if let Jurisdictions::Listed(listed) = &pack.jurisdictions {
            for code in listed.iter().map(|jurisdiction| &jurisdiction.code).filter(|code| is_home(&self.id, code)) {
                enter(&self.id, &mut self.jurisdictions, code);
            }
        }
        for page in self.jurisdictions.values_mut() {
            if let Some(figures) = &mut page.figures {
                page.touched = true;
                figures.long.declare(&page.code, &pack, Week(tick.day().week().0 + 1));
            }
        }
        self.frame.rules = Some(Rules::of(pack));
    }

    /// Adds tallies of one jurisdiction, all of one tick. Without a pack in force there is nothing to add them to: the register
    /// tells of no such tally.
    pub(crate) fn add<'a>(
        &mut self,
        open: Week,
        (code, tallies): (&JurisdictionCode, impl Iterator<Item = &'a Tally>),
        yardstick: Yardstick,
    ) {
        let Some(terms) = self.frame.terms(&[]) else { return tallies.for_each(drop) };
        let page = enter(&self.id, &mut self.jurisdictions, code);
        page.touched = true;
        let figures = page.figures.get_or_insert_with(|| Figures::begin((open, code), terms.rules, yardstick));
        for tally in tallies {
            figures.add(tally, &terms);
        }
    }

    /// Closes a week in every jurisdiction.
    pub(crate) fn close(&mut self, week: Week, outlet: &mut Outlet<'_>) {
        self.touched = true;
        let backfilled = self.frame.rules.as_ref().map(|rules| self.frame.matters.backfilled(&rules.pack, week)).unwrap_or_default();
        if let Some(terms) = self.frame.terms(&backfilled) {
            for page in self.jurisdictions.values_mut() {
                page.close(week, &terms, outlet);
            }
        }
        self.frame.matters.forget_before(week);
    }

    /// Takes a note of a tick.
    pub(crate) fn hear(&mut self, tick: Tick, note: &Note) {
        self.touched = true;
        let within = |affects| within(affects, note.jurisdiction.as_ref());
        let matters = &mut self.frame.matters;
        match &note.matter {
            Matter::Pack(pack, _) => self.frame.proposed.propose(tick, pack),
            Matter::Circumstance(circumstance, occurred) => matters.circumstance(note.record, within(&circumstance.affects), occurred),
            Matter::Definition(change) if change.comparable != Some(true) => {
                matters.definition(note.record, within(&change.affects), (change.effective, tick));
            }
            // A goal is no figure, and figures that stay comparable need no mark.
            Matter::Definition(_) | Matter::Target(_) => {}
            Matter::Feed(source, status) => matters.feed(source, status, tick),
            Matter::Act(act) => self.act(tick, note, act),
            // Watched, and never weighed.
            Matter::Incident(_) | Matter::Duty(_) => {}
        }
    }

    fn act(&mut self, tick: Tick, note: &Note, act: &Act) {
        match &act.deed {
            // Somebody looking after an alert is no evidence.
            Deed::Acknowledge { .. } => {}
            Deed::Close { seen } => self.close_condition(tick, seen),
            Deed::Rebase { series, from, until } => self.rebase(tick, series, (*from, *until)),
            Deed::DeclareOutage { affects, from, until } => {
                let listed = self.frame.rules.as_ref().is_some_and(|rules| lists(&rules.pack, affects));
                if listed {
                    self.frame.matters.outage(note.record, affects.clone(), (*from, *until));
                    self.settle_outages();
                }
            }
        }
    }

    /// Weeks of an outage are settled in every series it concerns; those to come, at their close.
    fn settle_outages(&mut self) {
        for page in self.jurisdictions.values_mut() {
            let Some(figures) = &mut page.figures else { continue };
            for at in 0..figures.members.len() {
                let Some(key) = figures.members.get(at).map(|member| member.key.clone()) else { continue };
                for (from, until) in self.frame.matters.outages_of(&key) {
                    page.touched = true;
                    figures.settle(at, from, until);
                }
            }
        }
    }

    fn close_condition(&mut self, tick: Tick, seen: &Seen) {
        let Some((page, at)) = self.find(&seen.series) else { return };
        let Some(figures) = &mut page.figures else { return };
        if let Some(member) = figures.members.get_mut(at).filter(|member| member.is_named(seen.alert)) {
            page.touched = true;
            member.end(tick.day());
            figures.refused |= figures.group.close_conditions(at).is_err();
        }
    }

    fn rebase(&mut self, tick: Tick, series: &SeriesKey, window: (Week, Week)) {
        let pack = self.frame.rules.as_ref().map(|rules| rules.pack.as_ref());
        if may_rebase(pack, tick, series, window).is_err() {
            return;
        }
        let Some((page, at)) = self.find(series) else { return };
        let Some(figures) = &mut page.figures else { return };
        page.touched = true;
        let (from, until) = (figures.number(window.0), figures.number(window.1) + 1);
        // Kept weeks may still hold nothing to take a level from. The alert ends all the same, and the level stays.
        if figures.group.rebase(at, from, until).is_err() {
            figures.refused |= figures.group.close_conditions(at).is_err();
        }
        if let Some(member) = figures.members.get_mut(at) {
            if series.unit == Unit::Count {
                figures.long.rebase(&series.measure, window.0);
            }
            member.rebased = Some(tick);
            if member.stands() {
                member.end(tick.day());
            }
        }
    }

    fn find(&mut self, series: &SeriesKey) -> Option<(&mut Jurisdiction, usize)> {
        if series.regime != self.id {
            return None;
        }
        let page = self.jurisdictions.get_mut(&series.jurisdiction)?;
        let at = page.figures.as_ref()?.position(&series.measure, series.unit).ok()?;
        Some((page, at))
    }

    /// A series of this regime.
    pub(crate) fn member(&self, series: &SeriesKey) -> Option<(&Figures, usize, &Member)> {
        let figures = self.jurisdictions.get(&series.jurisdiction)?.figures.as_ref()?;
        let at = figures.position(&series.measure, series.unit).ok()?;
        Some((figures, at, figures.members.get(at)?))
    }
}

fn enter<'a>(regime: &RegimeId, pages: &'a mut BTreeMap<JurisdictionCode, Jurisdiction>, code: &JurisdictionCode) -> &'a mut Jurisdiction {
    pages.entry(code.clone()).or_insert_with(|| Jurisdiction { regime: regime.clone(), code: code.clone(), figures: None, touched: true })
}
