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
    /// Milliseconds after the beginning at which the loop last turned.
    turned: AtomicU64,
    turn_within: Duration,
    has_started: AtomicBool,
    wrong: Mutex<BTreeMap<String, Option<String>>>,
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
    /// A process that has just begun; its loop has to turn once in `turn_within`.
    #[must_use]
    pub fn new(turn_within: Duration) -> Self {
        Self(Arc::new(Inner {
            began: Instant::now(),
            turned: AtomicU64::new(0),
            turn_within,
            has_started: AtomicBool::new(false),
            wrong: Mutex::default(),
        }))
    }

    /// The loop turned.
    pub fn turned(&self) {
        let after = u64::try_from(self.0.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.turned.store(after, Ordering::Relaxed);
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

    fn report(&self, check: &str, why: Option<String>) {
        let mut wrong = self.0.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.insert(check.to_owned(), why);
    }

    /// How long ago the loop turned.
    #[must_use]
    pub fn since_turn(&self) -> Duration {
        let turned = Duration::from_millis(self.0.turned.load(Ordering::Relaxed));
        self.0.began.elapsed().saturating_sub(turned)
    }

    /// Does the loop turn?
    #[must_use]
    pub fn live(&self) -> Answer {
        let since = self.since_turn();
        let late = since > self.0.turn_within;
        let why = format!("last turned {} ms ago; it has to within {} ms", since.as_millis(), self.0.turn_within.as_millis());
        answer(vec![("loop".to_owned(), late.then_some(why))])
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
