//! What the sentinel keeps of one regime: the pack in force, the alerts, the open day, and the chain of seals.
//!
//! Time moves here only by [`Regime::advance`]: deadlines and closes of days up to a tick, in their order. What must never enter:
//! another regime, a statistic, the order in which facts of one tick came.

use super::{
    alert::Alert,
    life::{Request, Unmoved},
    proposed::Proposed,
    scope::{selects, within},
};
use crate::{
    identity,
    seal::{self, Assessed, ClosedDay, JUDGEMENT},
};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    vec::Vec,
};
use serde::{Deserialize, Serialize};
use vocab::{
    alert::{Change, Decision, Rule, Transition},
    assessment::Kind,
    event::Circumstance,
    name::{Label, RegimeId},
    pack::{Pack, Severity},
    record::{PackHash, RecordId, SealHash},
    series::SeriesKey,
    tally::{Note, Withdrawal},
    time::{Day, Occurred, Tick},
};

/// Circumstances named beside a transition, at most.
const COINCIDING_MAX: usize = 5;
/// How long a circumstance is kept after its last day, weeks: two years and a half, longer than any look back.
const CIRCUMSTANCE_WEEKS: i32 = 130;

/// One regime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Regime {
    id: RegimeId,
    pack: Option<Arc<Pack>>,
    proposed: Proposed,
    /// The first day without a seal.
    open_day: Day,
    last_seal: SealHash,
    assessed: Assessed,
    /// Transitions and answers of the open day.
    decided: Vec<Decision>,
    pub(crate) alerts: BTreeMap<SeriesKey, Alert>,
    pub(crate) deadlines: BTreeSet<(Tick, SeriesKey)>,
    circumstances: BTreeMap<RecordId, (Circumstance, Occurred)>,
}

impl Regime {
    /// A regime of which the first record became known on a day.
    pub(crate) fn new(id: RegimeId, day: Day) -> Self {
        Self {
            id,
            pack: None,
            proposed: Proposed::default(),
            open_day: day,
            last_seal: SealHash::default(),
            assessed: Assessed::default(),
            decided: Vec::new(),
            alerts: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            circumstances: BTreeMap::new(),
        }
    }

    /// Whatever falls due: deadlines up to a tick, and the closes of the days before `day`.
    ///
    /// Returns whether anything was due.
    pub(crate) fn advance(&mut self, tick: Tick, day: Day, out: &mut Vec<Decision>) -> bool {
        let mut moved = false;
        while self.open_day < day {
            moved = true;
            let end = self.open_day.last_tick();
            self.expire(end, out);
            self.enforce(end);
            self.close(out);
        }
        self.expire(tick, out) || moved
    }

    /// Acknowledgements that run out, each at its own tick.
    fn expire(&mut self, tick: Tick, out: &mut Vec<Decision>) -> bool {
        let mut moved = false;
        while let Some((due, series)) = self.deadlines.first().filter(|(due, _)| *due <= tick).cloned() {
            moved = true;
            self.deadlines.pop_first();
            self.enforce(due);
            if self.request(due, &series, Request::Expire).is_ok() {
                self.tell(due, &series, Change::AcknowledgementExpired, out);
            }
        }
        moved
    }

    fn close(&mut self, out: &mut Vec<Decision>) {
        self.decided.sort_by(seal::order);
        let closed = ClosedDay {
            regime: &self.id,
            day: self.open_day,
            pack: self.pack_hash(),
            previous: self.last_seal,
            assessed: self.assessed,
            decisions: &self.decided,
        };
        let seal = closed.seal();
        self.last_seal = seal.hash;
        self.assessed = Assessed::default();
        self.decided.clear();
        self.open_day = self.open_day.plus(1);
        out.push(Decision::Seal(seal));
    }

    /// The assessments of the open day are these.
    pub(crate) fn assess(&mut self, day: Day, assessed: Assessed) {
        let first = self.assessed == Assessed::default();
        assert!(first && day == self.open_day, "a day is weighed once, after its facts and before its seal");
        self.assessed = assessed;
        let oldest = day.plus(-7 * CIRCUMSTANCE_WEEKS);
        self.circumstances.retain(|_, (_, occurred)| occurred.last_day >= oldest);
    }

    /// A pack was activated.
    pub(crate) fn propose(&mut self, tick: Tick, pack: &Arc<Pack>) {
        self.proposed.propose(tick, pack);
    }

    /// Lets a proposed pack take force, if it holds at a tick.
    pub(crate) fn enforce(&mut self, tick: Tick) {
        if let Some((_, pack)) = self.proposed.take(tick) {
            self.pack = Some(pack);
        }
    }

    /// The pack in force.
    pub(crate) fn pack(&self) -> Option<&Arc<Pack>> {
        self.pack.as_ref()
    }

    fn pack_hash(&self) -> PackHash {
        self.pack.as_ref().map(|pack| pack.hash).unwrap_or_default()
    }

    /// Something is on record that may coincide with a fall.
    pub(crate) fn note(&mut self, note: &Note, circumstance: &Circumstance, occurred: &Occurred) {
        let affects = within(&circumstance.affects, note.jurisdiction.as_ref());
        self.circumstances.insert(note.record, (Circumstance { affects, ..circumstance.clone() }, *occurred));
    }

    /// A record was taken back: the alerts of its series may be recalled for it. One that had counted in no series was a note.
    pub(crate) fn withdraw(&mut self, withdrawal: &Withdrawal) {
        if withdrawal.series.is_empty() {
            self.circumstances.remove(&withdrawal.record);
        }
        let recall_weeks = self.pack.as_ref().map_or(0, |pack| pack.policy.recall_weeks);
        for series in &withdrawal.series {
            if let Some(alert) = self.alerts.get_mut(series) {
                alert.doubt(withdrawal, recall_weeks);
            }
        }
    }

    pub(crate) const fn id(&self) -> &RegimeId {
        &self.id
    }

    /// Asks the alert of a series to move; its deadline goes or comes with its acknowledgement.
    pub(crate) fn request(&mut self, at: Tick, series: &SeriesKey, request: Request) -> Result<(), Unmoved> {
        let alert = self.alerts.get_mut(series).ok_or(Unmoved::Absent)?;
        let deadline = alert.expires();
        alert.ask(request, at.day())?;
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, series.clone()));
        }
        Ok(())
    }

    /// Decides: the open day remembers it for its seal.
    pub(crate) fn decide(&mut self, decision: Decision, out: &mut Vec<Decision>) {
        self.decided.push(decision.clone());
        out.push(decision);
    }

    /// Tells the newest move of a series' alert.
    pub(crate) fn tell(&mut self, at: Tick, series: &SeriesKey, change: Change, out: &mut Vec<Decision>) {
        let (pack, severity) = (self.pack_hash(), self.severity());
        let Some(alert) = self.alerts.get_mut(series) else { return };
        let n = alert.number();
        let evidence = alert.evidence().clone();
        let since = evidence.onset().map_or(evidence.week, |onset| onset.week).monday();
        let transition = Transition {
            id: identity::transition(alert.id(), n),
            alert: alert.id(),
            n,
            claim: alert.claim(),
            rule: Rule::Slippage,
            series: series.clone(),
            opened: alert.opened(),
            at,
            change,
            phase: alert.phase(),
            kind: Kind::Effort,
            severity,
            coincides: Vec::new(),
            previous: alert.previous(),
            judgement: JUDGEMENT,
            pack,
            evidence,
        };
        let coincides = self.coinciding(series, since, at.day());
        self.decide(Decision::Transition(Transition { coincides, ..transition }), out);
    }

    fn severity(&self) -> Severity {
        self.pack.as_ref().map_or(Severity::Warning, |pack| pack.policy.effort_severity)
    }

    /// What is on record, or in the calendar of the pack in force, beside a series between two days: oldest first, each text once.
    fn coinciding(&self, series: &SeriesKey, since: Day, until: Day) -> Vec<Label> {
        let noted = self.circumstances.values().map(|(circumstance, occurred)| (circumstance, occurred));
        let listed = self.pack.iter().flat_map(|pack| &pack.calendar).map(|entry| (&entry.circumstance, &entry.occurred));
        let meets = |(circumstance, occurred): &(&Circumstance, &Occurred)| {
            occurred.day <= until && since <= occurred.last_day && selects(&circumstance.affects, series)
        };
        let found: BTreeSet<_> = noted.chain(listed).filter(meets).map(|(what, when)| (when.day, what.text.clone())).collect();
        let mut texts: Vec<Label> = Vec::new();
        for (_, text) in found {
            if texts.len() < COINCIDING_MAX && !texts.contains(&text) {
                texts.push(text);
            }
        }
        texts
    }
}
