//! What people do to alerts and levels, each act answered once: applied, or stale with the reason.
//!
//! Closing is judged by what the assessor can see as well (the alert's identity, and whether it stands), so that both sides of the
//! judgement agree without asking. What must never enter: a change of a condition; that is the assessor's.

use super::{
    alert::Alert,
    life::Request,
    regime::Regime,
    scope::{lists, may_rebase},
};
use alloc::vec::Vec;
use vocab::{
    act::{Act, Answer, Deed, Outcome, Seen, Staleness},
    alert::{Change, Decision},
    event::Selector,
    record::RecordId,
    series::SeriesKey,
    time::{Instant, Tick, Week},
};

impl Regime {
    /// Does what an act asks, and answers it.
    pub(crate) fn act(&mut self, at: Tick, (record, act): (RecordId, &Act), out: &mut Vec<Decision>) {
        let done = match &act.deed {
            Deed::Acknowledge { seen, until } => self.acknowledge(at, act, (seen, *until), out),
            Deed::Close { seen } => self.close_alert(at, act, seen, out),
            Deed::Rebase { series, from, until } => self.rebase(at, act, (series, (*from, *until)), out),
            Deed::DeclareOutage { affects, .. } => self.listed(affects),
        };
        let outcome = done.map_or_else(Outcome::Stale, |()| Outcome::Applied);
        self.decide(Decision::Answer(Answer { act: record, at, outcome }), out);
    }

    fn named(&mut self, seen: &Seen) -> Result<&mut Alert, Staleness> {
        let alert = self.alerts.get_mut(&seen.series).ok_or(Staleness::NoSuchAlert)?;
        alert.named(seen.alert)?;
        Ok(alert)
    }

    fn acknowledge(&mut self, at: Tick, act: &Act, (seen, until): (&Seen, Instant), out: &mut Vec<Decision>) -> Result<(), Staleness> {
        let expiry = Tick::of(until);
        let alert = self.named(seen)?;
        if seen.transition != alert.newest() {
            return Err(Staleness::Moved { newest: alert.newest() });
        }
        if expiry <= at {
            return Err(Staleness::Expired);
        }
        let before = alert.expires();
        alert.acknowledge(at, expiry).map_err(|unmoved| unmoved.staleness().unwrap_or(Staleness::Ended))?;
        if let Some(before) = before {
            self.deadlines.remove(&(before, seen.series.clone()));
        }
        self.deadlines.insert((expiry, seen.series.clone()));
        let change = Change::Acknowledged { who: act.who.clone(), why: act.why.clone(), until };
        self.tell(at, &seen.series, change, out);
        Ok(())
    }

    fn close_alert(&mut self, at: Tick, act: &Act, seen: &Seen, out: &mut Vec<Decision>) -> Result<(), Staleness> {
        self.named(seen)?;
        if self.request(at, &seen.series, Request::Close).is_ok() {
            self.tell(at, &seen.series, Change::Closed { who: act.who.clone(), why: act.why.clone() }, out);
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
        if self.request(at, series, Request::Rebase).is_ok() {
            self.tell(at, series, Change::Rebased { who: act.who.clone(), why: act.why.clone() }, out);
        }
        Ok(())
    }

    fn listed(&self, selector: &Selector) -> Result<(), Staleness> {
        let listed = self.pack().is_some_and(|pack| lists(pack, selector));
        if listed { Ok(()) } else { Err(Staleness::Unlisted) }
    }
}
