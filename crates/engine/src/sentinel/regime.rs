//! What the sentinel keeps of one regime: the pack in force, the alerts, the open day, and the chain of seals.
//!
//! Time moves here only by [`Regime::advance`]: deadlines and closes of days up to a tick, in their order. What must never enter:
//! another regime, a statistic, the order in which facts of one tick came.

use super::{
    Part,
    alert::Alert,
    life::{Request, Unmoved},
    long,
    overdue::Overdue,
    proposed::Proposed,
    records::Records,
    watch::Watch,
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
    alert::{Change, Decision, Evidence, Rule, Transition},
    name::RegimeId,
    pack::{Pack, Severity},
    record::{PackHash, SealHash},
    series::SeriesKey,
    tally::{Note, Withdrawal},
    time::{Day, Tick},
};

/// What an alert claims: a rule, of a series.
pub(crate) type Subject = (Rule, SeriesKey);

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
    /// Transitions, answers and digests of the open day.
    decided: Vec<Decision>,
    pub(crate) alerts: BTreeMap<Subject, Alert>,
    pub(crate) deadlines: BTreeSet<(Tick, Subject)>,
    pub(crate) records: Records,
    pub(crate) watch: Watch,
    pub(crate) overdue: Overdue,
    part: Part,
}

impl Regime {
    /// A regime of which the first record became known on a day.
    pub(crate) fn new(id: RegimeId, day: Day, part: Part) -> Self {
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
            records: Records::default(),
            watch: Watch::default(),
            overdue: Overdue::default(),
            part,
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

    /// Acknowledgements that run out, and watched facts that have had their time, each at its own tick.
    fn expire(&mut self, tick: Tick, out: &mut Vec<Decision>) -> bool {
        let mut moved = false;
        while let Some(due) =
            self.watch.due().into_iter().chain(self.deadlines.first().map(|(due, _)| *due)).min().filter(|due| *due <= tick)
        {
            moved = true;
            self.enforce(due);
            if self.watch.due() == Some(due) {
                self.watch_due(out);
                continue;
            }
            let Some((due, subject)) = self.deadlines.pop_first() else { break };
            if self.request(due, &subject, Request::Expire).is_ok() {
                self.tell(due, &subject, Change::AcknowledgementExpired, out);
            }
        }
        moved
    }

    fn close(&mut self, out: &mut Vec<Decision>) {
        let day = self.open_day;
        let horizon_weeks = self.pack.as_ref().map_or(0, |pack| pack.policy.horizon_weeks);
        self.watch.forget(day.plus(-7 * i32::from(horizon_weeks)));
        match self.part {
            Part::Whole | Part::Weigh => self.seal(out),
            Part::Watch => {
                self.records.forget_before(day);
                self.open_day = day.plus(1);
            }
        }
    }

    fn seal(&mut self, out: &mut Vec<Decision>) {
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
        self.records.forget_before(day);
    }

    /// A duty is overdue, or is so no longer. The task that watches writes no digest.
    pub(crate) fn owe(&mut self, note: &Note) {
        match self.part {
            Part::Whole | Part::Weigh => self.overdue.hear(note),
            Part::Watch => {}
        }
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

    /// A record was taken back: the alerts of its series may be recalled for it. One that had counted in no series was a note.
    pub(crate) fn withdraw(&mut self, withdrawal: &Withdrawal) {
        if withdrawal.series.is_empty() {
            self.records.remove(withdrawal.record);
        }
        let recall_weeks = self.pack.as_ref().map_or(0, |pack| pack.policy.recall_weeks);
        for series in &withdrawal.series {
            if let Some(alert) = self.alerts.get_mut(&(Rule::Slippage, series.clone())) {
                alert.doubt(withdrawal, recall_weeks);
            }
        }
    }

    pub(crate) const fn id(&self) -> &RegimeId {
        &self.id
    }

    /// Asks the alert of a claim to move; its deadline goes or comes with its acknowledgement.
    pub(crate) fn request(&mut self, at: Tick, subject: &Subject, request: Request) -> Result<(), Unmoved> {
        let alert = self.alerts.get_mut(subject).ok_or(Unmoved::Absent)?;
        let deadline = alert.expires();
        alert.ask(request, at.day())?;
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, subject.clone()));
        }
        Ok(())
    }

    /// Decides by a watch rule: told by the task that watches, remembered by the one that seals.
    pub(crate) fn decide_watched(&mut self, decision: Decision, out: &mut Vec<Decision>) {
        match self.part {
            Part::Whole => self.decide(decision, out),
            Part::Watch => out.push(decision),
            Part::Weigh => self.decided.push(decision),
        }
    }

    pub(crate) const fn part(&self) -> Part {
        self.part
    }

    /// Decides: the open day remembers it for its seal.
    pub(crate) fn decide(&mut self, decision: Decision, out: &mut Vec<Decision>) {
        self.decided.push(decision.clone());
        out.push(decision);
    }

    /// Tells the newest move of a claim's alert.
    pub(crate) fn tell(&mut self, at: Tick, subject: &Subject, change: Change, out: &mut Vec<Decision>) {
        let (rule, series) = subject;
        let (pack, policy) = (self.pack_hash(), self.pack.as_ref().map_or(Severity::Warning, |pack| pack.policy.effort_severity));
        let Some(alert) = self.alerts.get_mut(subject) else { return };
        let n = alert.number();
        let evidence = alert.evidence().clone();
        let severity = severity(*rule, &evidence, policy);
        let since = evidence.onset().map_or(evidence.week, |onset| onset.week).monday();
        let transition = Transition {
            id: identity::transition(alert.id(), n),
            alert: alert.id(),
            n,
            claim: alert.claim(),
            rule: *rule,
            series: series.clone(),
            opened: alert.opened(),
            at,
            change,
            phase: alert.phase(),
            kind: alert.kind(),
            severity,
            coincides: Vec::new(),
            previous: alert.previous(),
            judgement: JUDGEMENT,
            pack,
            evidence,
        };
        let calendar = self.pack.as_ref().map_or(&[][..], |pack| &pack.calendar);
        let coincides = self.records.coinciding(calendar, series, (since, at.day()));
        self.decide(Decision::Transition(Transition { coincides, ..transition }), out);
    }
}

/// Slippage of any kind is as grave as the policy says of effort, erosion as it stands; a notice is a notice.
fn severity(rule: Rule, evidence: &Evidence, of_effort: Severity) -> Severity {
    match rule {
        Rule::Slippage => of_effort,
        Rule::EffortErosion => long::severity(evidence),
        Rule::DisplacementQuotient => Severity::Warning,
        // Told with the severity of its own rule, and never here.
        Rule::Watch => Severity::Warning,
        Rule::ReportingSilence(_) | Rule::Deterrence | Rule::DefinitionBreak => Severity::Notice,
    }
}
