//! Health: is the loop turning, has the service started, is it ready, and if not, why.
//!
//! Live = the loop turned within a time; ready = started and nothing that was reported is wrong. The loop and the tasks report
//! here, the admin port answers from here. Must never enter: a probe that does work, a wall clock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Health of a process. Clones share it.
#[derive(Clone, Debug)]
pub struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    turn_within: Duration,
    has_started: AtomicBool,
    loops: Mutex<Vec<Pulse>>,
    wrong: Mutex<BTreeMap<String, Option<String>>>,
}

/// The pulse of one loop. Clones share it.
#[derive(Clone, Debug)]
pub struct Pulse {
    name: &'static str,
    began: Instant,
    /// Milliseconds after the beginning at which the loop last turned.
    turned: Arc<AtomicU64>,
}

impl Pulse {
    /// The loop turned.
    pub fn beat(&self) {
        let after = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.turned.store(after, Ordering::Relaxed);
    }

    /// How long ago the loop turned.
    #[must_use]
    pub fn since_beat(&self) -> Duration {
        let turned = Duration::from_millis(self.turned.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(turned)
    }
}

/// The answer to a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Is all well?
    pub is_well: bool,
    /// Each check with what is wrong with it, if anything is.
    pub checks: Vec<(String, Option<String>)>,
}

impl Health {
    /// A process that has just begun; each of its loops has to turn once in `turn_within`.
    #[must_use]
    pub fn new(turn_within: Duration) -> Self {
        let (loops, wrong) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { began: Instant::now(), turn_within, has_started: AtomicBool::new(false), loops, wrong }))
    }

    /// The pulse of a loop, from now on watched, in the place of one of the same name that has ended.
    #[must_use]
    pub fn pulse(&self, name: &'static str) -> Pulse {
        let pulse = Pulse { name, began: self.0.began, turned: Arc::default() };
        pulse.beat();
        let mut loops = self.0.loops.lock().unwrap_or_else(PoisonError::into_inner);
        loops.retain(|other| other.name != name);
        loops.push(pulse.clone());
        pulse
    }

    /// Tasks are known and their state is restored.
    pub fn started(&self) {
        self.0.has_started.store(true, Ordering::Release);
    }

    /// A check found nothing wrong.
    pub fn right(&self, check: &str) {
        self.report(check, None);
    }

    /// A check found something wrong: not ready until [`Health::right`] says so.
    pub fn wrong(&self, check: &str, why: &str) {
        self.report(check, Some(why.to_owned()));
    }

    /// There is no such check any more.
    pub fn forget(&self, check: &str) {
        self.0.wrong.lock().unwrap_or_else(PoisonError::into_inner).remove(check);
    }

    fn report(&self, check: &str, why: Option<String>) {
        let mut wrong = self.0.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.insert(check.to_owned(), why);
    }

    /// Do the loops turn?
    #[must_use]
    pub fn live(&self) -> Answer {
        let limit = self.0.turn_within;
        let check = |pulse: &Pulse| {
            let since = pulse.since_beat();
            let why = || format!("last turned {} ms ago; it has to within {} ms", since.as_millis(), limit.as_millis());
            (format!("loop {}", pulse.name), (since > limit).then(why))
        };
        let loops = self.0.loops.lock().unwrap_or_else(PoisonError::into_inner);
        answer(loops.iter().map(check).collect())
    }

    /// Has it started?
    #[must_use]
    pub fn startup(&self) -> Answer {
        let has_started = self.0.has_started.load(Ordering::Acquire);
        let why = "tasks are not known or their state is not restored yet";
        answer(vec![("startup".to_owned(), (!has_started).then(|| why.to_owned()))])
    }

    /// Is it ready?
    #[must_use]
    pub fn ready(&self) -> Answer {
        let mut checks = self.startup().checks;
        let wrong = self.0.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        checks.extend(wrong.iter().map(|(check, why)| (check.clone(), why.clone())));
        answer(checks)
    }
}

fn answer(checks: Vec<(String, Option<String>)>) -> Answer {
    Answer { is_well: checks.iter().all(|(_, why)| why.is_none()), checks }
}
