//! What people do to alerts and levels, each act answered once: applied, or stale with the reason.
//!
//! Closing is judged by what the assessor can see as well (the alert's identity, and whether it stands), so that both sides of the
//! judgement agree without asking. What must never enter: a change of a condition; that is the assessor's.

use super::{
    Part,
    alert::Alert,
    life::Request,
    regime::{Regime, Subject},
    scope::{lists, may_rebase},
};
use alloc::vec::Vec;
use vocab::{
    act::{Act, Answer, Deed, Outcome, Seen, Staleness},
    alert::{Change, Decision, Rule},
    event::Selector,
    record::RecordId,
    series::SeriesKey,
    time::{Instant, Tick, Week},
};

impl Regime {
    /// Does what an act asks, and answers it.
    pub(crate) fn act(&mut self, at: Tick, (record, act): (RecordId, &Act), out: &mut Vec<Decision>) {
        if self.act_on_watched(at, (record, act), out) {
            return;
        }
        match self.part() {
            Part::Whole | Part::Weigh => {}
            // The task that weighs does it, and answers.
            Part::Watch => return,
        }
        let done = match &act.deed {
            Deed::Acknowledge { seen, until } => self.acknowledge(at, act, (seen, *until), out),
            Deed::Close { seen } => self.close_alert(at, act, seen, out),
            Deed::Rebase { series, from, until } => self.rebase(at, act, (series, (*from, *until)), out),
            Deed::DeclareOutage { affects, .. } => self.listed(affects),
        };
        let outcome = done.map_or_else(Outcome::Stale, |()| Outcome::Applied);
        self.decide(Decision::Answer(Answer { act: record, at, outcome }), out);
    }

    /// Does and answers an act about an alert of a watch rule; whether it was one.
    fn act_on_watched(&mut self, at: Tick, (record, act): (RecordId, &Act), out: &mut Vec<Decision>) -> bool {
        let done = match &act.deed {
            Deed::Acknowledge { seen, until } if self.watch.knows(seen.alert) => self.acknowledge_watch(at, act, (seen, *until), out),
            Deed::Close { seen } if self.watch.knows(seen.alert) => self.close_watch(at, act, seen, out),
            Deed::Acknowledge { .. } | Deed::Close { .. } | Deed::Rebase { .. } | Deed::DeclareOutage { .. } => return false,
        };
        let outcome = done.map_or_else(Outcome::Stale, |()| Outcome::Applied);
        self.decide_watched(Decision::Answer(Answer { act: record, at, outcome }), out);
        true
    }

    /// The claim of the alert an act names: acts name a series and an alert, and a series may have alerts of several rules.
    fn named(&mut self, seen: &Seen) -> Result<Subject, Staleness> {
        let mut found = Err(Staleness::NoSuchAlert);
        for rule in Rule::ALL {
            let subject = (rule, seen.series.clone());
            match self.alerts.get(&subject).map_or(Err(Staleness::NoSuchAlert), |alert| alert.named(seen.alert)) {
                Ok(()) => return Ok(subject),
                Err(Staleness::NoSuchAlert) => {}
                Err(other) => found = Err(other),
            }
        }
        found
    }

    fn acknowledge(&mut self, at: Tick, act: &Act, (seen, until): (&Seen, Instant), out: &mut Vec<Decision>) -> Result<(), Staleness> {
        let expiry = Tick::of(until);
        let subject = self.named(seen)?;
        let alert = self.alerts.get_mut(&subject).ok_or(Staleness::NoSuchAlert)?;
        if seen.transition != alert.newest() {
            return Err(Staleness::Moved { newest: alert.newest() });
        }
        if expiry <= at {
            return Err(Staleness::Expired);
        }
        let before = alert.expires();
        alert.acknowledge(at, expiry).map_err(|unmoved| unmoved.staleness().unwrap_or(Staleness::Ended))?;
        if let Some(before) = before {
            self.deadlines.remove(&(before, subject.clone()));
        }
        self.deadlines.insert((expiry, subject.clone()));
        let change = Change::Acknowledged { who: act.who.clone(), why: act.why.clone(), until };
        self.tell(at, &subject, change, out);
        Ok(())
    }

    fn close_alert(&mut self, at: Tick, act: &Act, seen: &Seen, out: &mut Vec<Decision>) -> Result<(), Staleness> {
        let subject = self.named(seen)?;
        if self.request(at, &subject, Request::Close).is_ok() {
            self.tell(at, &subject, Change::Closed { who: act.who.clone(), why: act.why.clone() }, out);
        }
        Ok(())
    }

    /// A level may be set anew whether or not an alert stands.
    fn rebase(
        &mut self,
        at: Tick,
        act: &Act,
        (series, window): (&SeriesKey, (Week, Week)),
        out: &mut Vec<Decision>,
    ) -> Result<(), Staleness> {
        may_rebase(self.pack().map(AsRef::as_ref), at, series, window)?;
        // With a new level there is also a new definition to judge by.
        for rule in [Rule::Slippage, Rule::DefinitionBreak] {
            let subject = (rule, series.clone());
            if self.request(at, &subject, Request::Rebase).is_ok() {
                self.alerts.get_mut(&subject).map(Alert::leave);
                self.tell(at, &subject, Change::Rebased { who: act.who.clone(), why: act.why.clone() }, out);
            }
        }
        Ok(())
    }

    fn listed(&self, selector: &Selector) -> Result<(), Staleness> {
        let listed = self.pack().is_some_and(|pack| lists(pack, selector));
        if listed { Ok(()) } else { Err(Staleness::Unlisted) }
    }
}
