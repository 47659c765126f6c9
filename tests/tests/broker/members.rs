//! Members of a group as threads: each with clients of its own, living until it is asked to stop.
//!
//! What passes is waited out and noted; anything else is a failure of the test. Must never enter: what a test wants of them.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use journal::kafka::{Identity, Inputs, KafkaStore, Settings};
use journal::{FailHook, JournalError, Page, PageChange, Topic};
use service_kit::{BadState, Crew, Ending, Fatal, Hand, Line, Outputs, Pace, Stage, Stop};
use tests::{broker::Broker, form::protocol};

use crate::messages::{PATIENCE, ToyMessages, on_stall};
use crate::toy::{IN, Toy};
use crate::work::{Summing, plan_of};

/// What can be seen of a member, and asked of it.
#[derive(Debug, Default)]
pub(crate) struct Member {
    pub(crate) stop: Stop,
    /// Tasks it has now.
    pub(crate) seated: AtomicU32,
    /// Tasks it was given, again and again.
    pub(crate) gained: AtomicU32,
    /// What it waited out.
    pub(crate) failures: Mutex<Vec<String>>,
}

impl Member {
    fn note(&self, error: &JournalError) {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
    }

    pub(crate) fn failures(&self) -> Vec<String> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Who a member is, and how it lives.
pub(crate) struct Life<'a> {
    pub(crate) broker: &'a Broker,
    pub(crate) space: &'a str,
    pub(crate) ordinal: u32,
    pub(crate) partitions: u32,
    /// What is set otherwise than usual.
    pub(crate) set: fn(&mut Settings),
    /// The step of this tick takes so long.
    pub(crate) slow: Option<(i64, Duration)>,
    /// Hung into the store.
    pub(crate) hook: Option<FailHook>,
}

impl Life<'_> {
    fn settings(&self) -> Settings {
        let identity = Identity::new(self.space, "toy", self.ordinal);
        let mut settings = Settings::new(&self.broker.bootstrap, identity, Inputs::Shared(vec![IN]));
        settings.more.extend(protocol());
        (self.set)(&mut settings);
        settings
    }

    /// Lives until asked to stop.
    pub(crate) fn live(mut self, member: &Member) {
        let begun = Instant::now();
        while let Some(error) = self.live_once(member) {
            // As the services do: whoever is called taken over opens anew.
            let passes = error.is_passing() || matches!(error, JournalError::Superseded { .. });
            assert!(passes && begun.elapsed() < PATIENCE * 20, "member {}: {error}", self.ordinal);
            member.note(&error);
        }
    }

    /// One store's life: to the wish to stop, or to an error that a new store may heal.
    fn live_once(&mut self, member: &Member) -> Option<JournalError> {
        let mut store = match KafkaStore::open(self.settings(), ToyMessages::new(self.space), on_stall()) {
            Ok(store) => store,
            Err(error) => return Some(error),
        };
        store.hang(self.hook.take());
        let mut line = Line::new(Pace { checkpoint_records: Some(40), commit_outputs: 1, ..Pace::default() });
        let mut crew = Hands { partitions: self.partitions, slow: self.slow.take(), member };
        loop {
            match line.serve(&mut store, &mut crew, &member.stop) {
                Ok(Ending::Stopped) => return None,
                Err(Fatal::Journal(error)) if error.is_passing() => member.note(&error),
                Err(Fatal::Journal(error)) => return Some(error),
                other => panic!("member {}: {other:?}", self.ordinal),
            }
        }
    }
}

/// Seats the summing stage for every partition that comes.
struct Hands<'a> {
    partitions: u32,
    slow: Option<(i64, Duration)>,
    member: &'a Member,
}

impl Crew<Toy> for Hands<'_> {
    fn tasks(&mut self, (topic, partition): (Topic, u32)) -> Vec<Hand<Toy>> {
        assert_eq!(topic, IN);
        self.member.gained.fetch_add(1, Ordering::AcqRel);
        // Slow once: whoever takes over is as quick as any.
        vec![(plan_of(partition, self.partitions), Box::new(Slow { summing: Summing::default(), slow: self.slow.take() }))]
    }
    fn turned(&mut self, line: &Line<'_, Toy>) {
        self.member.seated.store(u32::try_from(line.plans().count()).unwrap(), Ordering::Release);
    }
}

/// The summing stage, one step of which may take its time.
struct Slow {
    summing: Summing,
    slow: Option<(i64, Duration)>,
}

impl Stage for Slow {
    type Record = Toy;

    fn step(&mut self, tick: i64, records: &[Toy], out: &mut Outputs<Toy>) {
        if let Some((_, long)) = self.slow.take_if(|(at, _)| tick >= *at) {
            std::thread::sleep(long);
        }
        self.summing.step(tick, records, out);
    }
    fn pass(&mut self, tick: i64, out: &mut Outputs<Toy>) {
        self.summing.pass(tick, out);
    }
    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        self.summing.pages_due(pages);
    }
    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        self.summing.restore(pages)
    }
}

/// Asks members to stop when the test is through, also when it has failed: a scope waits for them.
pub(crate) struct Stopping<'a>(pub(crate) &'a [Member]);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.iter().for_each(|member| member.stop.ask());
        if std::thread::panicking() {
            let _shown = self.0.iter().try_for_each(|member| {
                let failures: BTreeSet<String> = member.failures().into_iter().collect();
                writeln!(std::io::stderr(), "waited out: {failures:#?}")
            });
        }
    }
}

/// Waits for something that must come about.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE * 4, "it did not happen: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
