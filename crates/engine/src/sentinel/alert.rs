//! The newest alert of a claim: its phase, its evidence, and how it moves.
//!
//! Older alerts of the claim are only names here; a notice lives the same way. What must never enter: which series there are, what
//! a day's seal covers, an answer to an act.

use super::{
    life::{self, Request, Unmoved},
    opening::{Firing, Opening},
};
use crate::identity;
use alloc::{collections::BTreeSet, vec::Vec};
use serde::{Deserialize, Serialize};
use vocab::{
    act::Staleness,
    alert::{AlertPhase, Change, Evidence},
    assessment::{Kind, Turn},
    record::{AlertId, ClaimId, RecordId},
    tally::Withdrawal,
    time::{Day, Tick, Week},
};

/// Records named in a recall, at most.
pub(super) const UNDONE_BY_MAX: usize = 20;

/// The newest alert of a series, and the names of those before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Alert {
    claim: ClaimId,
    opening: Opening,
    past: Vec<AlertId>,
    /// Number of its newest transition.
    transitions: u32,
    phase: AlertPhase,
    kind: Kind,
    /// What it looked like in the newest unheld week, where that is another kind.
    other: Option<Kind>,
    /// How its conditions have ended so far.
    ended: Option<Turn>,
    /// What a notice is about holds, whether or not the notice still stands.
    is_about: bool,
    /// Unheld weeks running in which what a notice is about was weak.
    weak_weeks: u8,
    evidence: Evidence,
    /// The tick at which an acknowledgement runs out.
    expires: Option<Tick>,
    doubts: Doubts,
}

/// What was taken back of the weeks that an alert fired on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Doubts {
    fired: Week,
    from: Day,
    until: Day,
    records: BTreeSet<RecordId>,
}

impl Doubts {
    fn about(evidence: &Evidence) -> Self {
        let from = evidence.onset().map_or(evidence.week, |onset| onset.earliest);
        Self { fired: evidence.week, from: from.monday(), until: evidence.week.sunday(), records: BTreeSet::new() }
    }
}

impl Alert {
    /// The first alert of a claim, fired on a day. It has not been told yet: [`Alert::number`] counts the telling.
    pub(crate) fn first(claim: ClaimId, day: Day, (kind, evidence): (Kind, Evidence)) -> Self {
        Self {
            claim,
            opening: Opening::on(day),
            past: Vec::new(),
            transitions: 0,
            phase: AlertPhase::Firing,
            kind,
            other: None,
            ended: None,
            is_about: true,
            weak_weeks: 0,
            doubts: Doubts::about(&evidence),
            evidence,
            expires: None,
        }
    }

    /// The first condition fires, or a notice begins, while no alert stands: the last alert again, or a new one.
    pub(crate) fn fire(&mut self, day: Day, kind: Kind, (evidence, merge_weeks): (Evidence, u16)) -> Result<Firing, Unmoved> {
        let phase = life::next(Some(self.phase), Request::Fire)?;
        let last = self.id();
        let firing = self.opening.fire(day, merge_weeks);
        if firing == Firing::Anew {
            self.past.push(last);
            self.transitions = 0;
        }
        (self.phase, self.kind, self.other, self.ended) = (phase, kind, None, None);
        (self.is_about, self.weak_weeks) = (true, 0);
        self.doubts = Doubts::about(&evidence);
        self.evidence = evidence;
        Ok(firing)
    }

    /// Anything but a firing.
    pub(crate) fn ask(&mut self, request: Request, day: Day) -> Result<(), Unmoved> {
        let phase = life::next(Some(self.phase), request)?;
        if self.phase.is_open() && !phase.is_open() {
            self.opening.end(day);
        }
        // Whatever moves an alert away from its acknowledgement ends the acknowledgement with it.
        self.expires = None;
        self.phase = phase;
        Ok(())
    }

    /// Somebody looks after it until a tick.
    pub(crate) fn acknowledge(&mut self, at: Tick, until: Tick) -> Result<(), Unmoved> {
        self.ask(Request::Acknowledge, at.day())?;
        self.expires = Some(until);
        Ok(())
    }

    /// What the newest assessment says of it. What was confirmed once by its own evidence stays so while the alert stands.
    pub(crate) fn learn(&mut self, evidence: Evidence) {
        let grade = self.evidence.grade.min(evidence.grade);
        self.evidence = Evidence { grade, ..evidence };
    }

    /// What it looks like in an unheld week; the kind before, once it has looked like another for two such weeks running (§4.3).
    pub(crate) fn look(&mut self, kind: Kind) -> Option<Kind> {
        let seen = self.other.take();
        if kind == self.kind {
            return None;
        }
        if seen != Some(kind) {
            self.other = Some(kind);
            return None;
        }
        Some(core::mem::replace(&mut self.kind, kind))
    }

    /// A condition of it ended. What it ends with at last is the strongest end among them: a fall that ended was one, and only what
    /// was undone altogether is taken back.
    pub(crate) fn note_end(&mut self, turn: Turn) {
        let rank = |turn: &Turn| match turn {
            Turn::Recovered(_) => 3,
            Turn::Faded => 2,
            Turn::Recalled => 1,
            Turn::Pended | Turn::Calmed | Turn::Fired(_) | Turn::Escalated(_) => 0,
        };
        if rank(&turn) >= self.ended.as_ref().map_or(0, rank) {
            self.ended = Some(turn);
        }
    }

    /// How its conditions have ended so far.
    pub(crate) const fn ended(&self) -> Option<Turn> {
        self.ended
    }

    /// What a notice is about is over; whether it had held.
    pub(crate) fn leave(&mut self) -> bool {
        core::mem::replace(&mut self.is_about, false)
    }

    /// Whether what a notice is about holds.
    pub(crate) const fn is_about(&self) -> bool {
        self.is_about
    }

    /// What a notice is about is strong again.
    pub(crate) fn strengthen(&mut self) {
        self.weak_weeks = 0;
    }

    /// It was weak for one more week; for how many running.
    pub(crate) fn weaken(&mut self) -> u8 {
        self.weak_weeks = self.weak_weeks.saturating_add(1);
        self.weak_weeks
    }

    pub(crate) const fn kind(&self) -> Kind {
        self.kind
    }

    /// A record was taken back: kept while it may be why the alert is recalled.
    pub(crate) fn doubt(&mut self, withdrawal: &Withdrawal, recall_weeks: u16) {
        let doubts = &mut self.doubts;
        let in_time = withdrawal.known.day().week().0.saturating_sub(doubts.fired.0) <= i32::from(recall_weeks);
        if self.phase.is_open() && in_time && (doubts.from..=doubts.until).contains(&withdrawal.occurred) {
            doubts.records.insert(withdrawal.record);
        }
    }

    /// Why it is recalled, as far as records taken back say.
    pub(crate) fn recalled(&self) -> Change {
        let records = &self.doubts.records;
        Change::Recalled {
            undone_by: records.iter().take(UNDONE_BY_MAX).copied().collect(),
            withdrawn: u32::try_from(records.len()).unwrap_or(u32::MAX),
        }
    }

    /// Whether an act means this alert, and whether it stands: whatever both the assessor and the sentinel can see.
    pub(crate) fn named(&self, alert: AlertId) -> Result<(), Staleness> {
        if alert == self.id() {
            return if self.phase.is_open() { Ok(()) } else { Err(Staleness::Ended) };
        }
        Err(if self.past.contains(&alert) { Staleness::Ended } else { Staleness::NoSuchAlert })
    }

    /// Counts a transition and gives its number, from 1.
    pub(crate) fn number(&mut self) -> u32 {
        self.transitions += 1;
        self.transitions
    }

    pub(crate) fn id(&self) -> AlertId {
        identity::alert(self.claim, self.opening.opened)
    }

    pub(crate) const fn claim(&self) -> ClaimId {
        self.claim
    }

    pub(crate) const fn opened(&self) -> Day {
        self.opening.opened
    }

    pub(crate) const fn phase(&self) -> AlertPhase {
        self.phase
    }

    pub(crate) const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    pub(crate) const fn expires(&self) -> Option<Tick> {
        self.expires
    }

    /// The number of its newest transition.
    pub(crate) const fn newest(&self) -> u32 {
        self.transitions
    }

    pub(crate) fn previous(&self) -> Option<AlertId> {
        self.past.last().copied()
    }
}
