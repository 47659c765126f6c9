//! The outbox: transitions in, letters to outlets out, each until the receiver has it. A pure state machine.
//!
//! What it knows is written in pages that are committed together with the reading position, and what came of a letter is a change of a
//! page. A letter leaves only when it is saved. Per outlet letters wait in lanes, one per alert, in order. What must never enter: a
//! socket, a clock, a body.

mod backoff;
mod letter;
mod page;
mod queue;
mod standing;

pub use backoff::Backoff;
pub use letter::{Attempt, Letter, News, Outcome, Reach};
pub use standing::Standing;

use crate::{
    labels::{Timing, labels},
    moment::Moment,
    outlet::{Manner, Outlet},
};
use journal::{Page, PageChange};
use letter::Waiting;
use page::Body;
use queue::{Queue, Taken};
use service_kit::BadState;
use standing::Standings;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use vocab::{
    alert::Transition,
    record::{AlertId, TransitionId},
    time::{Instant, Tick},
};

/// Attempts under way at one outlet: letters of different alerts may overtake each other.
const AT_ONCE: usize = 8;
/// Dead letters kept for people to look at; the count goes on.
const DEAD_KEPT: usize = 1_000;

/// What an outbox goes by.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Where letters go.
    pub outlets: Vec<Outlet>,
    /// How retries are spaced.
    pub backoff: Backoff,
    /// On a first start: nothing decided before this tick is sent. Later starts keep the tick of the first.
    pub fence: Tick,
    /// A transition read so long after its tick is told as late.
    pub late_after: Duration,
}

/// A page that changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Touched {
    Fence,
    Alert(AlertId),
    Waiting { outlet: usize, alert: AlertId, n: u32 },
    Dead { outlet: usize, transition: TransitionId },
}

/// Letters and what is known of alerts.
#[derive(Debug)]
pub struct Outbox {
    rules: Rules,
    fence: Tick,
    standings: Standings,
    queues: Vec<Queue>,
    dead: BTreeMap<(usize, TransitionId), String>,
    flights: BTreeMap<u64, (usize, Taken)>,
    next_attempt: u64,
    touched: BTreeSet<Touched>,
    /// Letters whose pages were handed out and are not committed yet.
    offered: Vec<(usize, AlertId, u32)>,
    /// Letters of saved state for outlets that are not configured: they stay where they are.
    orphans: BTreeMap<String, usize>,
    news: Vec<News>,
}

impl Outbox {
    /// An outbox that has heard nothing.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let queues = rules.outlets.iter().map(|_| Queue::default()).collect();
        Self {
            fence: rules.fence,
            rules,
            standings: Standings::default(),
            queues,
            dead: BTreeMap::new(),
            flights: BTreeMap::new(),
            next_attempt: 0,
            touched: BTreeSet::from([Touched::Fence]),
            offered: Vec::new(),
            orphans: BTreeMap::new(),
            news: Vec::new(),
        }
    }

    /// Forgets everything and takes the state of these pages.
    ///
    /// # Errors
    /// [`BadState`] when a page cannot be read.
    pub fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        // What an attempt under way will say is of another life: its number must not be given again.
        let next_attempt = self.next_attempt;
        *self = Self { next_attempt, ..Self::new(self.rules.clone()) };
        for page in pages {
            match Body::from_bytes(&page.key, &page.body)? {
                Body::Fence(tick) => {
                    self.fence = tick;
                    self.touched.remove(&Touched::Fence);
                }
                Body::Alert { newest, since, outlets } => {
                    self.standings.put(Standing { newest: page::transition(&page.key, &newest)?, since, outlets });
                }
                Body::Waiting { outlet, transition, since, before, is_late } => {
                    let transition = page::transition(&page.key, &transition)?;
                    let timing = if is_late { Timing::Late } else { Timing::Prompt };
                    self.resume(&outlet, Letter { transition, since, before, timing });
                }
                Body::Dead { outlet, transition, why } => {
                    if let Some(outlet) = self.outlet(&outlet) {
                        self.dead.insert((outlet, transition), why);
                    }
                }
            }
        }
        Ok(())
    }

    fn resume(&mut self, key: &str, letter: Letter) {
        match self.outlet(key) {
            Some(outlet) => self.queues[outlet].push(Waiting { is_saved: true, ..Waiting::new(letter) }),
            None => *self.orphans.entry(key.to_owned()).or_default() += 1,
        }
    }

    fn outlet(&self, key: &str) -> Option<usize> {
        self.rules.outlets.iter().position(|outlet| outlet.key == key)
    }

    /// Takes a transition from the log, read at an instant. What was heard before is not heard again.
    pub fn hear(&mut self, transition: &Arc<Transition>, read: Instant) {
        let known = self.standings.of(transition.alert);
        if known.is_some_and(|standing| standing.newest.n >= transition.n) {
            return;
        }
        let before = known.map(|standing| labels(&standing.newest)).filter(|before| *before != labels(transition));
        let mut standing = known.cloned().unwrap_or_else(|| Standing::new(transition));
        standing.newest = Arc::clone(transition);
        if transition.at < self.fence {
            self.news.push(News::Withheld(transition.id));
        } else {
            let letter =
                Letter { transition: Arc::clone(transition), since: standing.since, before, timing: self.timing(transition, read) };
            for outlet in 0..self.rules.outlets.len() {
                self.route(outlet, &letter, &mut standing);
            }
        }
        self.touched.insert(Touched::Alert(transition.alert));
        self.standings.put(standing);
        let forgotten = self.standings.forget();
        self.touched.extend(forgotten.into_iter().map(Touched::Alert));
    }

    fn timing(&self, transition: &Transition, read: Instant) -> Timing {
        let late_after = i64::try_from(self.rules.late_after.as_millis()).unwrap_or(i64::MAX);
        if read.0.saturating_sub(transition.at.start().0) > late_after { Timing::Late } else { Timing::Prompt }
    }

    /// Who was told of an alert hears its further life, whatever it asks for; nobody hears of the end of what he was not told of.
    fn route(&mut self, outlet: usize, letter: &Letter, standing: &mut Standing) {
        let Outlet { key, asks, waiting_max, .. } = &self.rules.outlets[outlet];
        let was_told = standing.outlets.contains_key(key);
        let is_asked_for = asks.admits(&letter.transition) && letter.transition.phase.is_open();
        if !was_told && !is_asked_for {
            return;
        }
        standing.outlets.entry(key.clone()).or_insert(false);
        let (alert, n) = (letter.transition.alert, letter.transition.n);
        self.touched.insert(Touched::Waiting { outlet, alert, n });
        self.queues[outlet].push(Waiting::new(letter.clone()));
        if self.queues[outlet].count > *waiting_max
            && let Some((gone, next)) = self.queues[outlet].evict()
        {
            let Transition { id, alert, n, .. } = *gone.transition;
            self.touched.extend(next.into_iter().chain([n]).map(|n| Touched::Waiting { outlet, alert, n }));
            self.news.push(News::Overflowed { outlet, transition: id });
        }
    }

    /// What is to be sent now.
    pub fn due(&mut self, now: Moment) -> Vec<Attempt> {
        let mut attempts = Vec::new();
        for outlet in 0..self.queues.len() {
            while let Some(attempt) = self.next(outlet, now) {
                attempts.push(attempt);
            }
        }
        attempts
    }

    fn next(&mut self, outlet: usize, now: Moment) -> Option<Attempt> {
        let manner = self.rules.outlets[outlet].manner;
        let queue = &mut self.queues[outlet];
        let at_once = match manner {
            Manner::States => 1,
            Manner::Letters if queue.is_away => 1,
            Manner::Letters => AT_ONCE,
        };
        if queue.in_flight >= at_once || queue.hold_until > now || queue.wake > now {
            return None;
        }
        let found = match manner {
            Manner::States => queue.take_states(now),
            Manner::Letters => queue.take_one(now),
        };
        let Some((taken, letters)) = found else {
            queue.rest();
            return None;
        };
        queue.in_flight += 1;
        let id = self.next_attempt;
        self.next_attempt += 1;
        self.flights.insert(id, (outlet, taken));
        Some(Attempt { id, outlet, letters })
    }

    /// Takes what came of an attempt; one of another life is nothing.
    pub fn settle(&mut self, attempt: u64, outcome: Outcome, now: Moment) {
        let Some((outlet, taken)) = self.flights.remove(&attempt) else { return };
        let queue = &mut self.queues[outlet];
        queue.in_flight -= 1;
        queue.wake = Moment::default();
        match outcome {
            Outcome::Delivered => {
                if queue.is_away {
                    queue.wake_up();
                }
                self.delivered(outlet, &taken);
            }
            Outcome::Retry { reach, after, why } => self.later(outlet, &taken, (reach, after, why), now),
            // One of several may be to blame, and must not take the others along.
            Outcome::Refused { .. } if taken.iter().map(|(_, length)| length).sum::<usize>() > 1 => {
                for waiting in queue.taken_mut(&taken) {
                    waiting.is_in_flight = false;
                    waiting.is_alone = true;
                }
            }
            Outcome::Refused { why } => self.bury(outlet, &taken, &why),
        }
    }

    fn delivered(&mut self, outlet: usize, taken: &Taken) {
        let key = self.rules.outlets[outlet].key.clone();
        for letter in self.remove(outlet, taken) {
            let Transition { id, alert, phase, .. } = *letter.transition;
            if self.standings.reached(alert, &key) {
                self.touched.insert(Touched::Alert(alert));
            }
            self.news.push(News::Delivered { outlet, transition: id, alert, is_end: !phase.is_open() });
        }
    }

    fn remove(&mut self, outlet: usize, taken: &Taken) -> Vec<Letter> {
        let gone = self.queues[outlet].remove(taken);
        let pages = gone.iter().map(|letter| Touched::Waiting { outlet, alert: letter.transition.alert, n: letter.transition.n });
        self.touched.extend(pages);
        gone
    }

    fn later(&mut self, outlet: usize, taken: &Taken, (reach, after, why): (Reach, Option<Duration>, String), now: Moment) {
        let backoff = self.rules.backoff;
        let queue = &mut self.queues[outlet];
        queue.is_away = reach == Reach::Away;
        if let Some(after) = after {
            queue.hold_until = queue.hold_until.max(now.plus(after));
        }
        let mut tries_most = 0;
        for waiting in queue.taken_mut(taken) {
            waiting.is_in_flight = false;
            waiting.found_nobody = reach == Reach::Away;
            waiting.tries += 1;
            waiting.due = now.plus(backoff.wait(waiting.letter.transition.id, waiting.tries).max(after.unwrap_or_default()));
            tries_most = tries_most.max(waiting.tries);
        }
        if tries_most >= backoff.tries_max {
            self.bury(outlet, taken, &format!("given up after {tries_most} tries; the last: {why}"));
            return;
        }
        let letters = taken.iter().map(|(_, length)| length).sum();
        self.news.push(News::Retrying { outlet, letters, why });
    }

    fn bury(&mut self, outlet: usize, taken: &Taken, why: &str) {
        for letter in self.remove(outlet, taken) {
            let Transition { id: transition, alert, .. } = *letter.transition;
            // That it was given up must be durable before what follows leaves, or a crash could bring it back behind that.
            let next = self.queues[outlet].unsave_first(alert);
            self.touched.extend(next.map(|n| Touched::Waiting { outlet, alert, n }));
            self.dead.insert((outlet, transition), why.to_owned());
            self.touched.insert(Touched::Dead { outlet, transition });
            self.news.push(News::Dead { outlet, transition, why: why.to_owned() });
        }
        while self.dead.len() > DEAD_KEPT
            && let Some(((outlet, transition), _)) = self.dead.pop_first()
        {
            self.touched.insert(Touched::Dead { outlet, transition });
        }
    }

    /// The alerts that an outlet has been told of and nothing newer waits for: what is sent again so that they stand, with those that
    /// have ended.
    pub fn standing_at(&self, outlet: usize) -> impl Iterator<Item = &Standing> {
        let (key, lanes) = (&self.rules.outlets[outlet].key, &self.queues[outlet].lanes);
        let told = self.standings.all().filter(move |standing| standing.outlets.get(key) == Some(&true));
        told.filter(move |standing| !lanes.contains_key(&standing.newest.alert))
    }

    /// Takes an outlet for a post that is no attempt, so that nothing newer overtakes it; says no while it is taken or asked to be left
    /// alone.
    pub fn occupy(&mut self, outlet: usize, now: Moment) -> bool {
        let queue = &mut self.queues[outlet];
        let is_free = queue.in_flight == 0 && queue.hold_until <= now;
        queue.in_flight += usize::from(is_free);
        is_free
    }

    /// The end of what [`Outbox::occupy`] began.
    pub fn release(&mut self, outlet: usize) {
        let queue = &mut self.queues[outlet];
        queue.in_flight = queue.in_flight.saturating_sub(1);
        queue.wake = Moment::default();
    }

    /// Whether pages wait to be written.
    #[must_use]
    pub fn is_touched(&self) -> bool {
        !self.touched.is_empty()
    }

    /// The pages that changed since this was last called.
    pub fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        for touched in std::mem::take(&mut self.touched) {
            if let Touched::Waiting { outlet, alert, n } = touched {
                self.offered.push((outlet, alert, n));
            }
            pages.push(self.page(&touched));
        }
    }

    fn page(&self, touched: &Touched) -> PageChange {
        let key = |outlet: usize| &self.rules.outlets[outlet].key;
        let (name, body) = match touched {
            Touched::Fence => ("fence".to_owned(), Some(Body::Fence(self.fence))),
            Touched::Alert(alert) => (format!("alert/{alert}"), self.standings.of(*alert).map(Standing::body)),
            Touched::Waiting { outlet, alert, n } => {
                let waiting = self.queues[*outlet].letter(*alert, *n);
                let body = waiting.map(|waiting| Body::waiting(key(*outlet), &waiting.letter));
                (format!("waiting/{}/{alert}/{n:010}", key(*outlet)), body)
            }
            Touched::Dead { outlet, transition } => {
                let why = self.dead.get(&(*outlet, *transition)).cloned();
                let body = why.map(|why| Body::Dead { outlet: key(*outlet).clone(), transition: *transition, why });
                (format!("dead/{}/{transition}", key(*outlet)), body)
            }
        };
        PageChange { key: name, body: body.as_ref().map(Body::to_bytes) }
    }

    /// The pages handed out last are committed: their letters may leave.
    pub fn saved(&mut self) {
        for (outlet, alert, n) in std::mem::take(&mut self.offered) {
            let lane = self.queues[outlet].lanes.get_mut(&alert);
            if let Some(waiting) = lane.and_then(|lane| lane.iter_mut().find(|waiting| waiting.letter.transition.n == n)) {
                waiting.is_saved = true;
            }
            self.queues[outlet].wake = Moment::default();
        }
    }

    /// What happened since this was last asked.
    pub fn news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// How many letters wait for an outlet.
    #[must_use]
    pub fn waiting(&self, outlet: usize) -> usize {
        self.queues[outlet].count
    }

    /// Attempts under way.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// Letters in saved state for outlets that are not configured, by outlet.
    #[must_use]
    pub const fn orphans(&self) -> &BTreeMap<String, usize> {
        &self.orphans
    }

    /// Where letters go.
    #[must_use]
    pub fn outlets(&self) -> &[Outlet] {
        &self.rules.outlets
    }

    /// Nothing decided before this tick is sent.
    #[must_use]
    pub const fn fence(&self) -> Tick {
        self.fence
    }
}
