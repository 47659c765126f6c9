//! The outbox alone, under any order of answers, saves and restarts: each transition reaches every outlet that asks for it at least
//! once, in order per alert, and only after it was saved.
//!
//! Must never enter: a socket, a clock.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

mod support;

use herald::{
    moment::Moment,
    outbox::{Attempt, Backoff, News, Outbox, Outcome, Reach, Rules},
    outlet::{Asks, Manner, Outlet},
};
use journal::{Page, PageChange};
use proptest::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use support::{Told, transition};
use vocab::{
    alert::Transition,
    pack::Severity,
    record::AlertId,
    time::{Instant, Tick},
};

fn rules(waiting_max: usize) -> Rules {
    let outlet = |name: &str, manner| Outlet {
        receiver: name.to_owned(),
        key: format!("{name}@https://{name}.example/"),
        manner,
        asks: Asks { severity_min: Severity::Warning, regimes: Vec::new() },
        waiting_max,
    };
    Rules {
        outlets: vec![outlet("states", Manner::States), outlet("letters", Manner::Letters)],
        backoff: Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60), tries_max: u32::MAX },
        fence: Tick(100),
        late_after: Duration::from_secs(3_600),
    }
}

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Happens {
    /// The next transition is heard.
    Heard,
    /// Pages are handed out and committed.
    Saved,
    /// Pages are handed out, and the process dies before they are committed.
    DiesBeforeCommit,
    /// It dies between two commits.
    Dies,
    /// What is due leaves.
    Leaves,
    /// An attempt under way (by its place) is answered; whether the receiver has it, and what the sender hears.
    Answered { place: usize, kept: bool, hears: Hears },
    /// Time passes.
    Passes,
}

/// What became of a letter at a receiver who says nothing.
#[derive(Clone, Copy, Debug)]
enum Silent {
    /// He has it.
    Kept,
    /// It never came.
    Lost,
}

/// What the sender hears of an attempt.
#[derive(Clone, Copy, Debug)]
enum Hears {
    Delivered,
    Busy,
    Nothing,
    Refused,
}

fn happens() -> impl Strategy<Value = Happens> {
    let hears = prop_oneof![4 => Just(Hears::Delivered), 1 => Just(Hears::Busy), 1 => Just(Hears::Nothing)];
    prop_oneof![
        4 => Just(Happens::Heard),
        4 => Just(Happens::Saved),
        1 => Just(Happens::DiesBeforeCommit),
        1 => Just(Happens::Dies),
        5 => Just(Happens::Leaves),
        6 => (0..8_usize, any::<bool>(), hears).prop_map(|(place, kept, hears)| Happens::Answered { place, kept, hears }),
        2 => Just(Happens::Passes),
    ]
}

/// The log: lives of some alerts, woven together; some begin before the fence.
fn log(lives: &[(u8, u8)]) -> Vec<Arc<Transition>> {
    let mut next: BTreeMap<u8, u32> = BTreeMap::new();
    let mut all = Vec::new();
    for (at, (alert, what)) in lives.iter().enumerate() {
        let n = next.entry(*alert).or_insert(1);
        let told = match (*n, what % 5) {
            (1, _) => Told::Fired,
            (_, 0 | 1) => Told::Escalated,
            (_, 2) => Told::Acknowledged,
            (_, 3) => Told::Reclassified,
            (_, _) => Told::Recovered,
        };
        all.push(Arc::new(transition(*alert, *n, told, Tick(95 + i64::try_from(at).unwrap()))));
        *n += 1;
    }
    all
}

/// A log, an outbox on it, saved state, and receivers.
struct World {
    log: Vec<Arc<Transition>>,
    outbox: Outbox,
    waiting_max: usize,
    /// How far the outbox has heard, now and at its last commit.
    heard: usize,
    committed: usize,
    pages: BTreeMap<String, Vec<u8>>,
    under_way: Vec<Attempt>,
    now: Moment,
    /// By outlet and alert: the numbers of the transitions in the order in which the receiver got them.
    got: BTreeMap<(usize, AlertId), Vec<u32>>,
    overflowed: BTreeSet<(usize, AlertId, u32)>,
}

impl World {
    fn new(log: Vec<Arc<Transition>>, waiting_max: usize) -> Self {
        Self {
            log,
            outbox: Outbox::new(rules(waiting_max)),
            waiting_max,
            heard: 0,
            committed: 0,
            pages: BTreeMap::new(),
            under_way: Vec::new(),
            now: Moment::default(),
            got: BTreeMap::new(),
            overflowed: BTreeSet::new(),
        }
    }

    fn happen(&mut self, happens: Happens) {
        match happens {
            Happens::Heard => {
                if let Some(transition) = self.log.get(self.heard) {
                    self.outbox.hear(transition, Instant(0));
                    self.heard += 1;
                }
            }
            Happens::Saved => self.save(),
            Happens::DiesBeforeCommit => {
                self.outbox.pages_due(&mut Vec::new());
                self.die();
            }
            Happens::Dies => self.die(),
            Happens::Leaves => self.leave(),
            Happens::Answered { place, kept, hears } => self.answer(place, if kept { Silent::Kept } else { Silent::Lost }, hears),
            Happens::Passes => self.now = self.now.plus(Duration::from_secs(7)),
        }
        self.listen();
    }

    fn listen(&mut self) {
        for news in self.outbox.news() {
            if let News::Overflowed { outlet, transition } = news {
                let gone = self.log.iter().find(|one| one.id == transition).unwrap();
                self.overflowed.insert((outlet, gone.alert, gone.n));
            }
        }
    }

    fn save(&mut self) {
        let mut changes: Vec<PageChange> = Vec::new();
        self.outbox.pages_due(&mut changes);
        for change in changes {
            match change.body {
                Some(body) => drop(self.pages.insert(change.key, body)),
                None => drop(self.pages.remove(&change.key)),
            }
        }
        self.committed = self.heard;
        self.outbox.saved();
    }

    /// Another process takes over from what is saved; attempts under way may still arrive, and nobody hears of it.
    fn die(&mut self) {
        let mut next = Outbox::new(rules(self.waiting_max));
        let pages = self.pages.iter().map(|(key, body)| Page { key: key.clone(), body: body.clone() });
        next.restore(pages.collect()).unwrap();
        self.outbox = next;
        self.heard = self.committed;
        self.under_way.clear();
    }

    fn leave(&mut self) {
        for attempt in self.outbox.due(self.now) {
            for letter in &attempt.letters {
                let key = format!("/{}/{:010}", letter.transition.alert, letter.transition.n);
                assert!(self.pages.keys().any(|page| page.starts_with("waiting/") && page.ends_with(&key)), "it left before it was saved");
            }
            self.under_way.push(attempt);
        }
    }

    fn answer(&mut self, place: usize, silent: Silent, hears: Hears) {
        if self.under_way.is_empty() {
            return;
        }
        let attempt = self.under_way.remove(place % self.under_way.len());
        // Whoever says that he has it has it; whoever says nothing may have it all the same.
        if matches!((hears, silent), (Hears::Nothing, Silent::Kept) | (Hears::Delivered, _)) {
            for letter in &attempt.letters {
                self.got.entry((attempt.outlet, letter.transition.alert)).or_default().push(letter.transition.n);
            }
        }
        let retry = |reach, after| Outcome::Retry { reach, after, why: "a test".to_owned() };
        let outcome = match hears {
            Hears::Delivered => Outcome::Delivered,
            Hears::Busy => retry(Reach::Answered, Some(Duration::from_secs(9))),
            Hears::Nothing => retry(Reach::Away, None),
            Hears::Refused => Outcome::Refused { why: "a test".to_owned() },
        };
        self.outbox.settle(attempt.id, outcome, self.now);
    }

    /// The receivers are well from now on, and nobody dies any more.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            let is_done =
                self.heard == self.log.len() && self.under_way.is_empty() && (0..2).all(|outlet| self.outbox.waiting(outlet) == 0);
            if is_done {
                return;
            }
            for happens in [Happens::Heard, Happens::Saved, Happens::Leaves, Happens::Passes, Happens::Passes] {
                self.happen(happens);
            }
            self.happen(Happens::Answered { place: 0, kept: true, hears: Hears::Delivered });
        }
        panic!("letters wait for ever: {:?}", [self.outbox.waiting(0), self.outbox.waiting(1)]);
    }

    /// The transitions that have to arrive, by alert: those from the first that is asked for on.
    fn wanted(&self) -> BTreeMap<AlertId, Vec<u32>> {
        let mut wanted: BTreeMap<AlertId, Vec<u32>> = BTreeMap::new();
        for one in self.log.iter().filter(|one| one.at >= Tick(100)) {
            if wanted.contains_key(&one.alert) || one.phase.is_open() {
                wanted.entry(one.alert).or_default().push(one.n);
            }
        }
        wanted
    }
}

/// The order in which transitions were first seen.
fn first_seen(numbers: &[u32]) -> Vec<u32> {
    let mut seen = Vec::new();
    numbers.iter().for_each(|n| {
        if !seen.contains(n) {
            seen.push(*n)
        }
    });
    seen
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_each_transition_arrives_in_order(
        lives in prop::collection::vec((1..5_u8, any::<u8>()), 1..40),
        story in prop::collection::vec(happens(), 0..150),
    ) {
        let mut world = World::new(log(&lives), usize::MAX);
        story.into_iter().for_each(|happens| world.happen(happens));
        world.settle();
        for (alert, wanted) in world.wanted() {
            for outlet in 0..2 {
                let got = world.got.get(&(outlet, alert)).cloned().unwrap_or_default();
                prop_assert_eq!(&first_seen(&got), &wanted, "outlet {} alert {}: {:?}", outlet, alert, got);
            }
        }
        for (outlet, alert) in world.got.keys() {
            prop_assert!(world.wanted().contains_key(alert), "outlet {outlet} got {alert}, which is behind the fence");
        }
        // Nothing is left in saved state but what is known of alerts, and the fence.
        world.save();
        prop_assert!(world.pages.keys().all(|key| key == "fence" || key.starts_with("alert/")), "{:?}", world.pages.keys());
    }

    #[test]
    fn a_bound_is_kept_and_what_is_thrown_out_is_told(
        lives in prop::collection::vec((1..5_u8, any::<u8>()), 1..60),
        story in prop::collection::vec(happens(), 0..150),
        waiting_max in 1..9_usize,
    ) {
        let mut world = World::new(log(&lives), waiting_max);
        for happens in story {
            world.happen(happens);
            // Those under way cannot be thrown out.
            let under_way: usize = world.under_way.iter().map(|attempt| attempt.letters.len()).sum();
            prop_assert!((0..2).all(|outlet| world.outbox.waiting(outlet) <= waiting_max.max(under_way) + 1));
        }
        world.settle();
        for (alert, wanted) in world.wanted() {
            for outlet in 0..2 {
                let got = first_seen(&world.got.get(&(outlet, alert)).cloned().unwrap_or_default());
                prop_assert!(got.is_sorted(), "in order: {:?}", got);
                for n in wanted.iter().filter(|n| !got.contains(n)) {
                    prop_assert!(world.overflowed.contains(&(outlet, alert, *n)), "outlet {} alert {} lost {} silently", outlet, alert, n);
                }
            }
        }
    }
}

#[test]
fn one_of_several_that_is_refused_does_not_take_the_others_along() {
    let at = Tick(200);
    let mut world = World::new((1..=3).map(|alert| Arc::new(transition(alert, 1, Told::Fired, at))).collect(), usize::MAX);
    (0..3).for_each(|_| world.happen(Happens::Heard));
    world.happen(Happens::Saved);
    world.leave();
    let attempt = world.under_way.iter().position(|attempt| attempt.outlet == 0).unwrap();
    assert_eq!(world.under_way[attempt].letters.len(), 3, "an Alertmanager is told several at once");
    world.answer(attempt, Silent::Lost, Hears::Refused);
    // Each alone now: the second is the one that is not taken.
    for alert in 1..=3_u8 {
        world.leave();
        let attempt = world.under_way.iter().position(|attempt| attempt.outlet == 0).unwrap();
        assert_eq!(world.under_way[attempt].letters.len(), 1);
        world.answer(attempt, Silent::Lost, if alert == 2 { Hears::Refused } else { Hears::Delivered });
    }
    let dead: Vec<News> = world.outbox.news().into_iter().filter(|news| matches!(news, News::Dead { .. })).collect();
    assert!(matches!(&dead[..], [News::Dead { outlet: 0, transition, .. }] if transition.0[0] == 2), "{dead:?}");
    let got: Vec<_> = world.got.keys().filter(|(outlet, _)| *outlet == 0).map(|(_, alert)| alert.0[0]).collect();
    assert_eq!(got, [1, 3]);
}

#[test]
fn an_end_is_not_told_together_with_what_it_ends() {
    let told = [(1, Told::Fired), (2, Told::Escalated), (3, Told::Recovered)];
    let mut world = World::new(told.map(|(n, told)| Arc::new(transition(1, n, told, Tick(200)))).to_vec(), usize::MAX);
    (0..3).for_each(|_| world.happen(Happens::Heard));
    world.happen(Happens::Saved);
    let numbers = |attempt: &Attempt| attempt.letters.iter().map(|letter| letter.transition.n).collect::<Vec<_>>();
    world.leave();
    let first = world.under_way.iter().position(|attempt| attempt.outlet == 0).unwrap();
    assert_eq!(numbers(&world.under_way[first]), [1, 2]);
    world.answer(first, Silent::Kept, Hears::Delivered);
    world.leave();
    let second = world.under_way.iter().position(|attempt| attempt.outlet == 0).unwrap();
    assert_eq!(numbers(&world.under_way[second]), [3]);
}

#[test]
fn whoever_is_away_is_asked_by_one_letter_and_then_gets_all_at_once() {
    let log: Vec<_> = (1..=20).map(|alert| Arc::new(transition(alert, 1, Told::Fired, Tick(200)))).collect();
    let mut world = World::new(log, usize::MAX);
    (0..20).for_each(|_| world.happen(Happens::Heard));
    world.happen(Happens::Saved);
    let letters = |world: &World| world.under_way.iter().filter(|attempt| attempt.outlet == 1).count();
    world.leave();
    assert_eq!(letters(&world), 8);
    world.under_way.retain(|attempt| attempt.outlet == 1);
    (0..8).for_each(|_| world.answer(0, Silent::Lost, Hears::Nothing));
    world.leave();
    assert_eq!(letters(&world), 1, "while nobody is there one letter is enough to find out");
    world.answer(0, Silent::Kept, Hears::Delivered);
    world.leave();
    assert_eq!(letters(&world), 8, "those that found nobody do not wait for their time");
}
