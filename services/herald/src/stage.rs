//! The herald as a stage: it hears transitions tick by tick, is saved when its outbox has changed, and has its turn once a round, when
//! answers are taken in and what is due is handed to the post.
//!
//! What must never enter: a wait, a thing that is sent before it is saved.

use crate::{
    clerk::Clerk,
    config::Resend,
    heard::Heard,
    moment::{Clock, Moment},
    outbox::{Letter, News, Outbox, Outcome, Standing},
    outlet::Manner,
    post::{Counter, Receipt},
};
use journal::{Page, PageChange};
use service_kit::{BadState, Outputs, Stage, Stop};
use std::{
    collections::BTreeMap,
    sync::{Arc, mpsc},
};
use vocab::record::AlertId;

/// Alerts of one post when they are sent again.
const RESENT_AT_ONCE: usize = 500;
/// Tokens at and above this are of what is sent again; below, of attempts of the outbox.
const RESENDS_FROM: u64 = 1 << 63;

/// What is told of the herald's work, for logs and numbers.
#[derive(Clone, Debug)]
pub enum Told<'a> {
    /// What the outbox has to say; the receiver it concerns, if one.
    News(Option<&'a str>, &'a News),
    /// What is sent again was taken, by this receiver.
    Resent(&'a str),
    /// What is sent again could not be, to this receiver.
    ResendFailed(&'a str, &'a str),
    /// So many letters wait for this receiver.
    Waiting(&'a str, usize),
    /// Saved letters for an address that is not configured.
    Orphans(&'a str, usize),
}

/// Listens to what is told.
pub type Observer = Arc<dyn Fn(Told<'_>) + Send + Sync>;

/// The posts of standing alerts at one outlet.
#[derive(Clone, Debug, Default)]
struct Resending {
    next: Moment,
    /// Posts under way, by token.
    under_way: Vec<u64>,
    /// Until when the ends told in this life are told again.
    ended_until: BTreeMap<AlertId, Moment>,
}

/// What a stage needs of its surroundings.
#[derive(Clone)]
pub struct Surroundings {
    /// Makes parcels.
    pub clerk: Clerk,
    /// Where parcels are handed over.
    pub counter: Counter,
    /// The clocks.
    pub clock: Clock,
    /// When what is sent again.
    pub resend: Resend,
    /// Who is told.
    pub observer: Observer,
    /// Once asked, nothing new is handed over.
    pub stop: Stop,
}

/// The herald on one partition of the log of alerts.
pub struct HeraldStage {
    outbox: Outbox,
    around: Surroundings,
    receipts: (mpsc::Sender<Receipt>, mpsc::Receiver<Receipt>),
    resending: Vec<Resending>,
    next_resend: u64,
    told_waiting: Vec<usize>,
}

impl HeraldStage {
    /// A stage with an empty outbox.
    #[must_use]
    pub fn new(outbox: Outbox, around: Surroundings) -> Self {
        let outlets = outbox.outlets().len();
        Self {
            outbox,
            around,
            receipts: mpsc::channel(),
            resending: vec![Resending::default(); outlets],
            next_resend: RESENDS_FROM,
            told_waiting: vec![usize::MAX; outlets],
        }
    }

    fn take_receipts(&mut self, now: Moment) {
        let receipts: Vec<Receipt> = self.receipts.1.try_iter().collect();
        for receipt in receipts {
            if receipt.token < RESENDS_FROM {
                self.outbox.settle(receipt.token, receipt.outcome, now);
                continue;
            }
            let Some(outlet) = self.resending.iter().position(|one| one.under_way.contains(&receipt.token)) else { continue };
            self.resending[outlet].under_way.retain(|token| *token != receipt.token);
            if self.resending[outlet].under_way.is_empty() {
                self.outbox.release(outlet);
            }
            let receiver = self.around.clerk.receiver(outlet);
            (self.around.observer)(match &receipt.outcome {
                Outcome::Delivered => Told::Resent(receiver),
                Outcome::Retry { why, .. } | Outcome::Refused { why } => Told::ResendFailed(receiver, why),
            });
        }
    }

    fn hand_over(&mut self, now: Moment) {
        if self.around.stop.is_asked() {
            return;
        }
        let wall = self.around.clock.wall();
        for attempt in self.outbox.due(now) {
            let parcel = self.around.clerk.parcel(attempt.outlet, &attempt.letters, wall);
            self.around.counter.hand_over(attempt.id, parcel, &self.receipts.0);
        }
        for outlet in 0..self.resending.len() {
            if self.outbox.outlets()[outlet].manner == Manner::States && self.resending[outlet].next <= now {
                self.resend(outlet, now);
            }
        }
    }

    /// Sends the alerts that stand again, and those that ended lately. While letters are under way it waits: what is newer must not
    /// be overtaken.
    fn resend(&mut self, outlet: usize, now: Moment) {
        if !self.outbox.occupy(outlet, now) {
            return;
        }
        let wall = self.around.clock.wall();
        let Resend { every, ended_for, .. } = self.around.resend;
        let ended_ms = i64::try_from(ended_for.as_millis()).unwrap_or(i64::MAX);
        let resending = &mut self.resending[outlet];
        resending.next = now.plus(every);
        resending.ended_until.retain(|_, until| *until > now);
        let is_recent = |standing: &Standing| match standing.ended() {
            None => true,
            Some(at) => at.start().0.saturating_add(ended_ms) > wall.0 || resending.ended_until.contains_key(&standing.newest.alert),
        };
        let letters: Vec<Letter> = self.outbox.standing_at(outlet).filter(|one| is_recent(one)).map(Standing::letter).collect();
        for some in letters.chunks(RESENT_AT_ONCE) {
            let parcel = self.around.clerk.parcel(outlet, some, wall);
            self.around.counter.hand_over(self.next_resend, parcel, &self.receipts.0);
            resending.under_way.push(self.next_resend);
            self.next_resend += 1;
        }
        if resending.under_way.is_empty() {
            self.outbox.release(outlet);
        }
    }

    fn tell(&mut self, now: Moment) {
        let ended_for = self.around.resend.ended_for;
        for news in self.outbox.news() {
            let outlet = news.outlet();
            (self.around.observer)(Told::News(outlet.map(|outlet| self.around.clerk.receiver(outlet)), &news));
            if let News::Delivered { outlet, alert, is_end: true, .. } = news {
                self.resending[outlet].ended_until.insert(alert, now.plus(ended_for));
            }
        }
        for (outlet, told) in self.told_waiting.iter_mut().enumerate() {
            let waiting = self.outbox.waiting(outlet);
            if std::mem::replace(told, waiting) != waiting {
                let receiver = self.around.clerk.receiver(outlet);
                let of_receiver = self.outbox.outlets().iter().enumerate().filter(|(_, one)| one.receiver == receiver);
                let sum = of_receiver.map(|(outlet, _)| self.outbox.waiting(outlet)).sum();
                (self.around.observer)(Told::Waiting(receiver, sum));
            }
        }
    }
}

impl Stage for HeraldStage {
    type Record = Heard;

    fn step(&mut self, _tick: i64, records: &[Heard], _out: &mut Outputs<Heard>) {
        let wall = self.around.clock.wall();
        for record in records {
            match record {
                Heard::Transition(transition) => self.outbox.hear(transition, wall),
                Heard::Other(_) => {}
            }
        }
    }

    fn pass(&mut self, _tick: i64, _out: &mut Outputs<Heard>) {}

    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        self.outbox.pages_due(pages);
    }

    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        self.outbox.restore(pages)?;
        self.resending = vec![Resending::default(); self.resending.len()];
        for (outlet, letters) in self.outbox.orphans() {
            (self.around.observer)(Told::Orphans(outlet, *letters));
        }
        Ok(())
    }

    fn must_save(&mut self) -> bool {
        let now = self.around.clock.now();
        self.take_receipts(now);
        self.hand_over(now);
        self.tell(now);
        self.outbox.is_touched()
    }

    fn saved(&mut self) {
        self.outbox.saved();
        self.hand_over(self.around.clock.now());
    }
}
