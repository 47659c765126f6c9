//! What a tick, a deadline or a person does to watched alerts, and how it is told.
//!
//! One claim moves at most once in a tick for its facts, whatever their order. What must never enter: what a rule matches, a
//! decision that an assessment could change.

use super::{Claim, Due, FactKey, Gone, Moves, WatchAlert, claim_id, news};
use crate::{
    identity,
    seal::JUDGEMENT,
    sentinel::{alert::UNDONE_BY_MAX, life::Request, records::KEPT_WEEKS, regime::Regime},
};
use alloc::{collections::BTreeSet, vec::Vec};
use vocab::{
    act::{Act, Seen, Staleness},
    alert::{Change, Decision, Rule, Transition},
    assessment::Kind,
    record::RecordId,
    tally::Fact,
    time::{Instant, Tick},
    watch::WatchedFact,
};

impl Regime {
    /// Watches the facts of a tick: all of them, those that take something back before those that replace it.
    pub(in crate::sentinel) fn watch(&mut self, at: Tick, facts: &[&Fact], out: &mut Vec<Decision>) {
        let news = news(facts);
        if news.is_empty() {
            return;
        }
        let pack = self.pack().cloned();
        for (claim, moves) in self.watch.moves(pack.as_deref(), news) {
            self.settle(at, &claim, moves, out);
        }
    }

    fn settle(&mut self, at: Tick, claim: &Claim, moves: Moves, out: &mut Vec<Decision>) {
        let is_open = self.watch.alerts.get(claim).is_some_and(|alert| alert.phase().is_open());
        if !is_open {
            return self.open_watch(at, claim, moves, out);
        }
        let mut gone = Vec::new();
        for (key, why) in moves.gone {
            if self.drop_fact(claim, &key) {
                gone.push(why);
            }
        }
        let Some(alert) = self.watch.alerts.get_mut(claim) else { return };
        moves.changed.into_iter().for_each(|(key, fact)| alert.change(&key, fact));
        moves.added.into_iter().for_each(|(key, fact, ..)| self.add_fact(claim, key, fact));
        self.end_watch(at, claim, &gone, out);
    }

    /// Opens an alert, if the tick brings a fact for it.
    fn open_watch(&mut self, at: Tick, claim: &Claim, moves: Moves, out: &mut Vec<Decision>) {
        let Some((_, _, rule, jurisdiction)) = moves.added.first().cloned() else { return };
        let before = self.watch.alerts.remove(claim);
        let of = (claim_id(self.id(), claim), self.id());
        let alert = WatchAlert::opening(of, at, (rule, jurisdiction), before);
        let change = alert.beginning();
        self.watch.names.insert(alert.id(), claim.clone());
        self.watch.alerts.insert(claim.clone(), alert);
        for (key, fact, ..) in moves.added {
            self.add_fact(claim, key, fact);
        }
        self.tell_watch(at, claim, change, out);
    }

    fn add_fact(&mut self, claim: &Claim, key: FactKey, fact: WatchedFact) {
        let Some(alert) = self.watch.alerts.get_mut(claim) else { return };
        if let Some(lapse) = alert.lapses(&fact) {
            self.watch.deadlines.insert((lapse, claim.clone(), Due::Lapse(key.clone())));
        }
        alert.add(key, fact);
    }

    /// Takes a fact away from an alert; whether it rested on it.
    fn drop_fact(&mut self, claim: &Claim, key: &FactKey) -> bool {
        let Some(alert) = self.watch.alerts.get_mut(claim) else { return false };
        let Some(fact) = alert.remove(key) else { return false };
        if let Some(lapse) = alert.lapses(&fact) {
            self.watch.deadlines.remove(&(lapse, claim.clone(), Due::Lapse(key.clone())));
        }
        true
    }

    /// Goes on with what is left, or ends the alert: as over if that is so of any of its facts, else as taken back.
    fn end_watch(&mut self, at: Tick, claim: &Claim, gone: &[Gone], out: &mut Vec<Decision>) {
        let Some(alert) = self.watch.alerts.get_mut(claim) else { return };
        if alert.rests() {
            return alert.learn();
        }
        let mut is_over = alert.has_lapsed();
        let mut undone_by = BTreeSet::<RecordId>::new();
        for why in gone {
            match why {
                Gone::Undone(by) => _ = undone_by.insert(*by),
                Gone::Over(fact) => {
                    alert.learn_end(fact);
                    is_over = true;
                }
            }
        }
        let withdrawn = u32::try_from(undone_by.len()).unwrap_or(u32::MAX);
        let (request, change) = if is_over {
            (Request::Recover, Change::Ended)
        } else {
            (Request::Recall, Change::Recalled { undone_by: undone_by.into_iter().take(UNDONE_BY_MAX).collect(), withdrawn })
        };
        self.move_watch(at, claim, (request, change), out);
    }

    /// What falls due first, at its tick.
    pub(in crate::sentinel) fn watch_due(&mut self, out: &mut Vec<Decision>) {
        let Some((at, claim, due)) = self.watch.deadlines.pop_first() else { return };
        match due {
            Due::Expiry => self.move_watch(at, &claim, (Request::Expire, Change::AcknowledgementExpired), out),
            Due::Lapse(key) => {
                if let Some(alert) = self.watch.alerts.get_mut(&claim) {
                    alert.lapse(&key);
                }
                self.end_watch(at, &claim, &[], out);
            }
        }
    }

    /// Somebody looks after a watched alert.
    pub(in crate::sentinel) fn acknowledge_watch(
        &mut self,
        at: Tick,
        act: &Act,
        (seen, until): (&Seen, Instant),
        out: &mut Vec<Decision>,
    ) -> Result<(), Staleness> {
        let expiry = Tick::of(until);
        let claim = self.seen_watch(seen)?;
        if expiry <= at {
            return Err(Staleness::Expired);
        }
        let change = Change::Acknowledged { who: act.who.clone(), why: act.why.clone(), until };
        self.move_watch(at, &claim, (Request::Acknowledge, change), out);
        if let Some(alert) = self.watch.alerts.get_mut(&claim) {
            alert.expires = Some(expiry);
            self.watch.deadlines.insert((expiry, claim, Due::Expiry));
        }
        Ok(())
    }

    /// The claim of the alert that an act names, if it stands as whoever acts has seen it.
    fn seen_watch(&self, seen: &Seen) -> Result<Claim, Staleness> {
        let claim = self.watch.named(seen.alert)?;
        let newest = self.watch.alerts.get(claim).map_or(0, WatchAlert::newest);
        if seen.transition == newest { Ok(claim.clone()) } else { Err(Staleness::Moved { newest }) }
    }

    /// Somebody closes a watched alert. What it rests on makes no other; what comes later may.
    pub(in crate::sentinel) fn close_watch(&mut self, at: Tick, act: &Act, seen: &Seen, out: &mut Vec<Decision>) -> Result<(), Staleness> {
        let claim = self.seen_watch(seen)?;
        let change = Change::Closed { who: act.who.clone(), why: act.why.clone() };
        self.move_watch(at, &claim, (Request::Close, change), out);
        Ok(())
    }

    /// Moves an alert and tells it. Whatever moves it ends its acknowledgement; an end ends its facts' time with it.
    fn move_watch(&mut self, at: Tick, claim: &Claim, (request, change): (Request, Change), out: &mut Vec<Decision>) {
        let Some(alert) = self.watch.alerts.get_mut(claim) else { return };
        if alert.ask(request, at.day()).is_err() {
            return;
        }
        if let Some(expiry) = alert.expires.take() {
            self.watch.deadlines.remove(&(expiry, claim.clone(), Due::Expiry));
        }
        if !alert.phase().is_open() {
            let keys: Vec<FactKey> = alert.facts().map(|(key, _)| key.clone()).collect();
            for key in keys {
                self.drop_fact(claim, &key);
            }
        }
        self.tell_watch(at, claim, change, out);
    }

    /// Tells the newest move of a watched alert.
    fn tell_watch(&mut self, at: Tick, claim: &Claim, change: Change, out: &mut Vec<Decision>) {
        let pack = self.pack().cloned();
        let Some(alert) = self.watch.alerts.get_mut(claim) else { return };
        alert.learn();
        let n = alert.number();
        // Older remarks may have been let go of already: not to be asked for.
        let oldest = at.day().plus(-7 * KEPT_WEEKS);
        let since = alert.since().unwrap_or(at.day()).max(oldest);
        let calendar = pack.as_ref().map_or(&[][..], |pack| &pack.calendar);
        let transition = Transition {
            id: identity::transition(alert.id(), n),
            alert: alert.id(),
            n,
            claim: alert.claim(),
            rule: Rule::Watch,
            series: alert.series().clone(),
            opened: alert.opened().day(),
            at,
            change,
            phase: alert.phase(),
            kind: Kind::Incident,
            severity: alert.severity(),
            evidence: alert.evidence(at.day()),
            coincides: self.records.coinciding(calendar, alert.series(), (since, at.day())),
            previous: alert.previous(),
            judgement: JUDGEMENT,
            pack: pack.as_ref().map(|pack| pack.hash).unwrap_or_default(),
        };
        self.decide_watched(Decision::Transition(transition), out);
    }
}
