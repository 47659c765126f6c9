//! One log, played in every way that must make no difference: decisions and seals are the same bytes.
//!
//! Every log of `tests/logs` and logs drawn from seeds, on 1, 3 and 16 partitions, shuffled inside a tick, delivered twice, taken
//! back and said again, crashed and restarted, fused, at another pace of marks. A failure prints the seed;
//! `SLIPWATCH_SEED=… cargo test -p tests --test interleave` plays that seed alone. Must never enter: a tolerance.

use engine::register::Bucket;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};
use tests::{
    agree::assert_agree,
    chance::Chance,
    event_log::{self, Log},
    generate,
    naive::Figures,
    perturb,
    play::{Crashes, Marks, Played, Setup, Wiring, play},
    transcript::{decided, set_aside},
    watched::{assert_overdue, assert_watched},
};
use vocab::{name::SourceId, tally::Ledger};

/// Seeds of drawn logs; each is played in ways drawn from it.
const SEEDS: u64 = 200;

/// A log with what its plain run came to.
struct Plain {
    name: String,
    log: Log,
    played: Played,
    decided: Vec<u8>,
}

impl Plain {
    fn of(name: &str, log: Log) -> Self {
        let played = play(&log, Setup::PLAIN).unwrap_or_else(|why| panic!("{name}: {why}"));
        let decided = decided(&played);
        Self { name: name.to_owned(), log, played, decided }
    }

    /// Plays the log in another way: what is decided, set aside and booked must be the same.
    fn same(&self, how: &str, setup: Setup) {
        let played = play(&self.log, setup).unwrap_or_else(|why| panic!("{}: {how} {setup:?}: {why}", self.name));
        self.same_decisions(how, setup, &played);
        let what = format!("{}: {how} {setup:?}", self.name);
        assert!(set_aside(&played) == set_aside(&self.played), "{what}: something else was set aside");
        assert_eq!(played.ledger, self.played.ledger, "{what}: ledger");
        assert_eq!(played.unlisted, self.played.unlisted, "{what}: unlisted");
    }

    /// Plays a log that says the same in other words: what is decided must be the same.
    fn says_the_same(&self, how: &str, log: &Log, setup: Setup) -> Played {
        let played = play(log, setup).unwrap_or_else(|why| panic!("{}: {how} {setup:?}: {why}", self.name));
        self.same_decisions(how, setup, &played);
        played
    }

    fn same_decisions(&self, how: &str, setup: Setup, played: &Played) {
        let decided = decided(played);
        if decided != self.decided {
            let (was, is) = (String::from_utf8_lossy(&self.decided), String::from_utf8_lossy(&decided));
            let first = was.lines().zip(is.lines()).find(|(was, is)| was != is);
            let lines = (was.lines().count(), is.lines().count());
            panic!("{}: {how} {setup:?} decided something else; lines {lines:?}, the first that differs:\n{first:#?}", self.name);
        }
    }
}

/// Every way in turn, for the logs that people read.
fn every_way(plain: &Plain, seed: u64) {
    for partitions in [3, 16] {
        plain.same("on partitions", Setup { partitions, ..Setup::PLAIN });
    }
    plain.same("shuffled", Setup { shuffle: Some(seed), ..Setup::PLAIN });
    plain.same("with tallies by the minute", Setup { bucket: Bucket::Minute, ..Setup::PLAIN });
    plain.same("with a mark a day", Setup { marks: Marks::Daily, ..Setup::PLAIN });
    plain.same("fused", Setup { wiring: Wiring::Fused, ..Setup::PLAIN });
    plain.same(
        "restarted from every checkpoint",
        Setup { helping: 1, checkpoint_records: Some(1), crashes: Crashes::After(1), ..Setup::PLAIN },
    );
    let restarted = Setup { partitions: 3, helping: 1, checkpoint_records: Some(4), crashes: Crashes::After(3), ..Setup::PLAIN };
    plain.same("restarted on partitions", restarted);
    let fused = Setup { wiring: Wiring::Fused, helping: 1, checkpoint_records: Some(3), crashes: Crashes::After(2), ..Setup::PLAIN };
    plain.same("fused and restarted", fused);
    let chance = &mut Chance::new(seed, "every way");
    delivered_twice(plain, Setup::PLAIN, chance);
    let paired = perturb::with_pairs(&plain.log, 60, chance);
    plain.says_the_same("with pairs", &paired, Setup { partitions: 3, ..Setup::PLAIN });
    corrected_to_the_same(plain, 60, Setup { partitions: 3, ..Setup::PLAIN }, chance);
    admitted_log(plain, Setup { partitions: 3, ..Setup::PLAIN });
}

/// Redelivery changes nothing but the ledger's duplicates and what came after something newer or otherwise.
fn delivered_twice(plain: &Plain, setup: Setup, chance: &mut Chance) {
    let doubled = perturb::with_duplicates(&plain.log, 20, chance);
    let played = plain.says_the_same("delivered twice", &doubled, setup);
    let copies = doubled.lines.len() - plain.log.lines.len();
    let (before, after) = (total(&plain.played.ledger), total(&played.ledger));
    assert_eq!((after.effective, after.unlisted), (before.effective, before.unlisted), "{}: delivered twice", plain.name);
    let refused = played.refused.len() - plain.played.refused.len();
    let booked = usize::try_from(after.admitted() - before.admitted());
    assert_eq!(booked, Ok(copies - refused), "{}: every copy is booked", plain.name);
    assert_eq!(played.dockets, plain.played.dockets, "{}: cases, delivered twice", plain.name);
    assert_agree(&plain.name, &played, &Figures::of(&played.admitted));
}

/// A correction that changes no count changes nothing.
fn corrected_to_the_same(plain: &Plain, share: usize, setup: Setup, chance: &mut Chance) {
    let corrected = perturb::with_empty_corrections(&plain.log, share, chance);
    plain.says_the_same("corrected to the same", &corrected, setup);
}

fn total(ledger: &BTreeMap<(SourceId, vocab::time::Day), Ledger>) -> Ledger {
    ledger.values().fold(Ledger::default(), |mut sum, line| {
        sum += *line;
        sum
    })
}

/// A replay of what was admitted, by its stamps, decides what the live run decided.
fn admitted_log(plain: &Plain, setup: Setup) {
    plain.says_the_same("the admitted log again", &perturb::admitted_again(&plain.log, &plain.played), setup);
}

#[test]
fn logs_for_people_come_to_the_same_however_they_are_played() {
    for (number, (name, log)) in (1..).zip(event_log::all().unwrap()) {
        every_way(&Plain::of(&name, log), number);
    }
}

/// A way drawn from a seed: partitions, and anything else that must make no difference.
fn any_way(chance: &mut Chance) -> Setup {
    let partitions = [1, 1, 2, 3, 3, 5, 16][chance.below(7)];
    let is_fused = partitions == 1 && chance.percent(40);
    let crashes = if chance.percent(15) { Crashes::After(5 + chance.below(30)) } else { Crashes::Never };
    let can_restart = partitions <= 5;
    Setup {
        partitions,
        // By the minute a series enters with a record that is withdrawn the same day, and a level set anew holds what the day
        // had brought by then; by the day neither. Only the logs for people, where no day is like that, are played both ways.
        bucket: Bucket::Day,
        shuffle: chance.percent(80).then(|| chance.bits()),
        wiring: if is_fused { Wiring::Fused } else { Wiring::Staged },
        marks: if chance.percent(30) { Marks::Daily } else { Marks::WithLines },
        helping: 1 + chance.below(40),
        checkpoint_records: chance.percent(70).then(|| 1 + chance.bits() % 60),
        crashes: if can_restart { crashes } else { Crashes::Never },
    }
}

fn seed_comes_to_the_same(seed: u64) {
    let chance = &mut Chance::new(seed, "ways");
    let name = format!("SLIPWATCH_SEED={seed}");
    let log = generate::log(seed).unwrap_or_else(|why| panic!("{name}: {why}"));
    let plain = Plain::of(&name, log);
    let figures = Figures::of(&plain.played.admitted);
    assert_agree(&plain.name, &plain.played, &figures);
    assert_watched(&plain.name, &plain.played, &figures);
    assert_overdue(&plain.name, &plain.played, &figures);
    plain.same("in any way", any_way(chance));
    delivered_twice(&plain, Setup { wiring: Wiring::Staged, ..any_way(chance) }, chance);
    let paired = perturb::with_pairs(&plain.log, 40, chance);
    plain.says_the_same("with pairs", &paired, any_way(chance));
    corrected_to_the_same(&plain, 40, any_way(chance), chance);
    if chance.percent(20) {
        admitted_log(&plain, any_way(chance));
    }
}

/// Plays seeds on two threads; the first that fails is told with its number.
fn play_seeds(seeds: std::ops::Range<u64>) {
    let next = AtomicU64::new(seeds.start);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(seed) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|seed| *seed < seeds.end) {
                    seed_comes_to_the_same(seed);
                }
            });
        }
    });
}

#[test]
fn drawn_logs_come_to_the_same_however_they_are_played() {
    match std::env::var("SLIPWATCH_SEED") {
        Ok(seed) => seed_comes_to_the_same(seed.parse().unwrap()),
        Err(_) => play_seeds(0..SEEDS),
    }
}

#[test]
fn drawn_logs_are_worth_playing() {
    let (mut seen, mut watched) = (BTreeMap::<&str, usize>::new(), BTreeMap::<String, usize>::new());
    for seed in 0..12 {
        let log = generate::log(seed).unwrap();
        let corrected = perturb::with_empty_corrections(&log, 40, &mut Chance::new(seed, "corrections"));
        assert!(corrected.lines.len() > log.lines.len() + 10, "hardly a record of seed {seed} is corrected");
        let played = play(&log, Setup::PLAIN).unwrap();
        let of_rules = assert_watched("worth", &played, &Figures::of(&played.admitted));
        of_rules.into_iter().for_each(|(sort, n)| *watched.entry(sort).or_default() += n);
        let sum = total(&played.ledger);
        let kinds = [
            ("duplicates", sum.duplicates),
            ("superseded", sum.superseded),
            ("conflicts", sum.conflicts),
            ("late", sum.late),
            ("unlisted", sum.unlisted),
        ];
        kinds.into_iter().filter(|(_, n)| *n > 0).for_each(|(kind, _)| *seen.entry(kind).or_default() += 1);
        for (_, decision) in &played.decisions {
            let word = match &**decision {
                vocab::alert::Decision::Transition(moved) => moved.change.as_str(),
                vocab::alert::Decision::Answer(answer) if answer.outcome == vocab::act::Outcome::Applied => "applied",
                vocab::alert::Decision::Answer(_) => "stale",
                vocab::alert::Decision::Digest(_) => "digest",
                vocab::alert::Decision::Seal(_) => "seal",
            };
            *seen.entry(word).or_default() += 1;
        }
    }
    let wanted = [
        "duplicates",
        "superseded",
        "conflicts",
        "late",
        "unlisted",
        "fired",
        "reopened",
        "escalated",
        "rebased",
        "closed",
        "applied",
        "stale",
    ];
    let missing: Vec<&str> = wanted.into_iter().filter(|kind| !seen.contains_key(kind)).collect();
    assert!(missing.is_empty(), "twelve logs never showed {missing:?}, only {seen:?}");
    for sort in ["incident", "duty"]
        .iter()
        .flat_map(|of| ["fired", "noted", "recalled", "ended", "closed", "acknowledged"].map(|how| format!("{of} {how}")))
    {
        assert!(watched.contains_key(&sort), "twelve logs never showed {sort}, only {watched:?}");
    }
}
