//! Checkpoint and silent re-run as a property, on every store: killed at any step and restarted from whatever
//! checkpoint there is, the visible outputs are exactly those of a run that never stopped.
//!
//! Must never enter: a check that looks inside the task; only what others can see counts.

use crate::fold::Fold;
use crate::grounds::{Damage, MemoryGround, PassingGround, SqliteGround};
use crate::script::Script;

use crate::toy::{Ground, OUT, Toy, append, plan, records_of};
use journal::{Checkpoint, Entry, Extent, FailHook, JournalError, Output, Start, Step, Store, Task, Turn, Voice};
use proptest::prelude::*;

/// A tape of choices; when it ends, it says 0 for ever.
struct Tape<'a>(std::slice::Iter<'a, u32>);

impl Tape<'_> {
    fn next(&mut self, below: u32) -> u32 {
        self.0.next().map_or(0, |number| number % below)
    }
}

/// One life of a process.
struct Life {
    task: Task<Toy>,
    fold: Fold,
    outputs: Vec<Output<Toy>>,
}

impl Life {
    fn begin(log: &mut impl Store<Record = Toy>) -> Result<Self, JournalError> {
        let task = Task::open(log, plan("fold"), Start::Saved)?;
        match log.pages("fold") {
            Ok(pages) => Ok(Self { task, fold: Fold::restore(pages), outputs: Vec::new() }),
            Err(JournalError::BadPage { .. }) => Self::rebuild(log),
            Err(other) => Err(other),
        }
    }

    fn rebuild(log: &mut impl Store<Record = Toy>) -> Result<Self, JournalError> {
        let task = Task::open(log, plan("fold"), Start::Log)?;
        Ok(Self { task, fold: Fold::default(), outputs: Vec::new() })
    }

    /// Reads, turns and commits until nothing is left, or a fault ends this life.
    fn live(&mut self, log: &mut impl Store<Record = Toy>, tape: &mut Tape<'_>) -> Result<(), JournalError> {
        let mut records = Vec::new();
        loop {
            let came = self.task.poll(log, 1 + tape.next(12) as usize)?;
            while let Some(turn) = self.task.turn(log, &mut records)? {
                self.apply(turn, &records);
                if tape.next(40) == 1 {
                    return Err(JournalError::Stopped(Step::Restore)); // killed between two steps
                }
                if tape.next(3) == 0 {
                    self.commit(log, tape)?;
                }
            }
            if came == 0 {
                self.commit(log, tape)?;
                return Ok(());
            }
        }
    }

    fn apply(&mut self, turn: Turn, records: &[Toy]) {
        let mut out = Vec::new();
        let voice = match turn {
            Turn::Tick { tick, voice } => {
                self.fold.step(tick, records, &mut out);
                voice
            }
            Turn::Passed { tick, voice } => {
                self.fold.pass(tick, &mut out);
                voice
            }
        };
        match voice {
            Voice::Silent => {}
            Voice::Aloud => self.outputs.extend(out.into_iter().map(|record| Output {
                topic: OUT,
                partition: 0,
                entry: Entry::Record { origin: 0, record },
            })),
        }
    }

    fn commit(&mut self, log: &mut impl Store<Record = Toy>, tape: &mut Tape<'_>) -> Result<(), JournalError> {
        if let Some(turn) = self.task.cut() {
            self.apply(turn, &[]);
        }
        if self.task.is_silent() {
            return Ok(());
        }
        let checkpoint = match tape.next(3) {
            0 => Some(Checkpoint { extent: Extent::Touched, pages: self.fold.pages_due() }),
            _ => None,
        };
        let Some(part) = self.task.part(log, std::mem::take(&mut self.outputs), checkpoint)? else { return Ok(()) };
        let mut parts = [part];
        match log.commit(&mut parts) {
            // Nothing was stored, so a process that lives on may commit the same parts again.
            Err(JournalError::Stopped(step)) if step < Step::Sent && tape.next(2) == 0 => log.commit(&mut parts)?,
            other => other?,
        }
        self.task.committed(&parts[0]);
        Ok(())
    }
}

/// A hook that stops the n-th step it meets.
fn stop_after(steps: u32) -> FailHook {
    let mut left = steps;
    Box::new(move |step| {
        left = left.wrapping_sub(1);
        if left == 0 { Err(JournalError::Stopped(step)) } else { Ok(()) }
    })
}

fn crash_free(script: &Script) -> Vec<Toy> {
    let (mut fold, mut out) = (Fold::default(), Vec::new());
    for (tick, records) in &script.whole {
        fold.step(*tick, records, &mut out);
    }
    fold.pass(script.passed.last().copied().flatten().unwrap(), &mut out);
    out
}

fn visible_stream_is_the_same<G: Ground>(script: &Script, choices: &[u32]) {
    let mut ground = G::new().unwrap();
    let mut tape = Tape(choices.iter());
    let mut entries = script.entries.as_slice();
    let mut lives = 0;
    loop {
        // The stage before goes on writing between the lives of this one.
        let (now, later) = entries.split_at(entries.len().min(1 + tape.next(60) as usize));
        append(ground.log(), now).unwrap();
        entries = later;
        if lives < 30 && tape.next(4) != 0 {
            ground.hang(Some(stop_after(1 + tape.next(40))));
        }
        let log = ground.log();
        let lived = Life::begin(log).and_then(|mut life| life.live(log, &mut tape));
        lives += 1;
        match lived {
            Err(JournalError::Stopped(_)) => {}
            Err(other) => panic!("{other}"),
            Ok(()) if entries.is_empty() => break,
            Ok(()) => {}
        }
        ground.restart();
    }
    ground.restart();
    assert_eq!(records_of(ground.log(), OUT), crash_free(script));
}

fn numbers(most: usize) -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(any::<u32>(), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(600) })]
    #[test]
    fn in_memory(script in numbers(160), origins in 1_usize..5, choices in numbers(600)) {
        visible_stream_is_the_same::<MemoryGround>(&Script::of(&script, origins), &choices);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]
    #[test]
    fn in_sqlite(script in numbers(160), origins in 1_usize..5, choices in numbers(600)) {
        visible_stream_is_the_same::<SqliteGround>(&Script::of(&script, origins), &choices);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(32) })]
    #[test]
    fn in_sqlite_passing(script in numbers(160), origins in 1_usize..5, choices in numbers(600)) {
        visible_stream_is_the_same::<PassingGround>(&Script::of(&script, origins), &choices);
    }
}

/// Every fail-point once, on a fixed script, with a kill at each of its first visits.
fn every_step_is_survived<G: Ground>() {
    let tape: Vec<u32> = (0..120_u32).map(|n| n.wrapping_mul(2_654_435_761)).collect();
    let script = Script::of(&tape, 3);
    let choices: Vec<u32> = (0..2_000_u32).map(|n| n.wrapping_mul(40_503) >> 3).filter(|n| n % 40 != 1).collect();
    let want = crash_free(&script);
    for step in 1..=24 {
        let mut ground = G::new().unwrap();
        append(ground.log(), &script.entries).unwrap();
        let mut tape = Tape(choices.iter());
        ground.hang(Some(stop_after(step)));
        let log = ground.log();
        let lived = Life::begin(log).and_then(|mut life| life.live(log, &mut tape));
        assert!(lived.is_ok() || matches!(lived, Err(JournalError::Stopped(_))));
        ground.restart();
        let log = ground.log();
        let mut quiet = Tape([].iter());
        Life::begin(log).and_then(|mut life| life.live(log, &mut quiet)).unwrap();
        assert_eq!(records_of(ground.log(), OUT), want, "killed at step {step}");
    }
}

#[test]
fn every_step_is_survived_in_memory() {
    every_step_is_survived::<MemoryGround>();
}

#[test]
fn every_step_is_survived_in_sqlite() {
    every_step_is_survived::<SqliteGround>();
}

/// A bad page is found, the stage is rebuilt from the log, and nothing visible changes.
fn a_bad_page_is_rebuilt<G: Damage>() {
    let tape: Vec<u32> = (0..90_u32).map(|n| n.wrapping_mul(2_246_822_519)).collect();
    let script = Script::of(&tape, 2);
    let (half, rest) = script.entries.split_at(script.entries.len() / 2);
    let mut ground = G::new().unwrap();
    append(ground.log(), half).unwrap();
    let mut tape = Tape([].iter());
    let log = ground.log();
    Life::begin(log).and_then(|mut life| life.live(log, &mut tape)).unwrap();
    let page = log.pages("fold").unwrap().into_iter().next().expect("a checkpoint was written").key;
    ground.flip_bit_of_page("fold", &page);
    ground.restart();
    assert!(matches!(ground.log().pages("fold"), Err(JournalError::BadPage { key, .. }) if key == page));
    append(ground.log(), rest).unwrap();
    let log = ground.log();
    Life::begin(log).and_then(|mut life| life.live(log, &mut tape)).unwrap();
    assert_eq!(records_of(ground.log(), OUT), crash_free(&script));
    assert!(ground.log().pages("fold").is_ok(), "the rebuilt pages took the place of the bad one");
}

#[test]
fn a_bad_page_is_rebuilt_in_memory() {
    a_bad_page_is_rebuilt::<MemoryGround>();
}

#[test]
fn a_bad_page_is_rebuilt_in_sqlite() {
    a_bad_page_is_rebuilt::<SqliteGround>();
}

#[test]
fn every_step_is_survived_in_sqlite_passing() {
    every_step_is_survived::<PassingGround>();
}
