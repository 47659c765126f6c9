//! How a part of a service waits for what passes, and when it counts as started and ready.
//!
//! A broker that is away is waited for: alive, not ready, the reason in the log and in the probe. What does not pass ends the part.
//! Must never enter: which errors those are (the log knows), a wait that a wish to stop does not end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use journal::JournalError;

use crate::health::{Health, Pulse};
use crate::stop::Stop;

/// How long to wait before what passes is tried again, at first and at most.
const AGAIN_AFTER: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// How long after the start a topic that is not there may still be on its way.
const NEW_TOPICS_WITHIN: Duration = Duration::from_secs(15);
/// A process whose place another took opens anew, unless it happened twice within so long: then the other one is really there.
const TAKEN_OVER_AGAIN: Duration = Duration::from_secs(60);
/// How often a part that is asked to stop tries its last commit again; the drain has a deadline of its own.
const LAST_TRIES: u32 = 2;
/// How long a part has no tasks before it counts as standing by: others have all partitions.
const STANDBY_AFTER: Duration = Duration::from_secs(30);

/// A part of a service: a thread with a loop, as probes and signals see it. Clones share it.
#[derive(Clone, Debug)]
pub struct Post {
    /// Its name.
    pub part: &'static str,
    /// Where it reports.
    pub health: Health,
    /// The pulse of its loop.
    pub pulse: Pulse,
    /// Whether to go on.
    pub stop: Stop,
    starting: Starting,
}

/// The parts of a process that have not started yet: the last one says that the process has.
#[derive(Clone, Debug)]
pub struct Starting {
    left: Arc<AtomicUsize>,
}

impl Starting {
    /// So many parts have to start.
    #[must_use]
    pub fn of(parts: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(parts)) }
    }
}

impl Post {
    /// A part that has just begun: not ready, and the process has not started before it has.
    #[must_use]
    pub fn new(part: &'static str, (health, stop): (&Health, &Stop), starting: &Starting) -> Self {
        let (health, stop, starting) = (health.clone(), stop.clone(), starting.clone());
        let pulse = health.pulse(part);
        health.wrong(part, "its tasks are not known yet");
        Self { part, health, pulse, stop, starting }
    }
}

/// Whether an error may pass that meets somebody who began then.
#[must_use]
pub fn may_pass(error: &JournalError, began: Instant) -> bool {
    // Topics that were made a moment ago are not known to every broker yet.
    let is_new = matches!(error, JournalError::NoTopic { .. }) && began.elapsed() < NEW_TOPICS_WITHIN;
    is_new || error.is_passing()
}

/// With what to go on after an error that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The same store: what waits is committed again.
    Same,
    /// A new one, with tasks restored: somebody has taken this one's place, or the client goes by what it was given once and is not
    /// believed.
    Anew,
}

/// Waits longer from failure to failure.
#[derive(Debug)]
pub struct Patience {
    post: Post,
    wait: Duration,
    began: Instant,
    last: Instant,
    taken_over: Option<Instant>,
    last_tries: u32,
}

impl Patience {
    /// Patience that has not been tried yet.
    #[must_use]
    pub fn new(post: &Post) -> Self {
        let (began, last) = (Instant::now(), Instant::now());
        Self { post: post.clone(), wait: AGAIN_AFTER.0, began, last, taken_over: None, last_tries: LAST_TRIES }
    }

    /// Whether a part that is asked to stop may try its last commit once more; a moment later, for what failed may be over then.
    pub fn take_last_try(&mut self) -> bool {
        let is_left = self.last_tries > 0;
        self.last_tries = self.last_tries.saturating_sub(1);
        if is_left {
            std::thread::sleep(AGAIN_AFTER.0);
        }
        is_left
    }

    /// Waits a while after an error that passes.
    ///
    /// # Errors
    /// The one that does not.
    pub fn after(&mut self, error: JournalError) -> Result<Again, JournalError> {
        let Post { part, health, pulse, stop, .. } = &self.post;
        // A client that stood still for longer than its session meets itself when it comes back, and so is called taken over though
        // nobody else is there. Whoever is there takes over again at once.
        let is_first = matches!(error, JournalError::Superseded { .. }) && self.taken_over.is_none_or(|at| at.elapsed() > TAKEN_OVER_AGAIN);
        if !may_pass(&error, self.began) && !is_first {
            return Err(error);
        }
        // What failed after it went well for a while fails anew.
        if self.last.elapsed() > self.wait + AGAIN_AFTER.1 {
            self.wait = AGAIN_AFTER.0;
        }
        let is_distrust = error.is_distrust();
        tracing::warn!(part, %error, again_in_ms = u64::try_from(self.wait.as_millis()).unwrap_or(u64::MAX), "trying again");
        health.wrong(part, &error.to_string());
        let mut left = self.wait;
        while !left.is_zero() && !stop.is_asked() {
            // A process that waits for its broker is alive, and not ready.
            pulse.beat();
            let nap = left.min(AGAIN_AFTER.0);
            std::thread::sleep(nap);
            left -= nap;
        }
        self.wait = (self.wait * 2).min(AGAIN_AFTER.1);
        self.last = Instant::now();
        if is_first {
            self.taken_over = Some(self.last);
        }
        Ok(if is_first || is_distrust { Again::Anew } else { Again::Same })
    }
}

/// Whether a part is ready: it has tasks and their state is restored, or it stands by because others have them all.
#[derive(Debug)]
pub struct Standing {
    post: Post,
    since: Instant,
    is_ready: bool,
    has_started: bool,
}

impl Standing {
    /// A part whose tasks are not known yet.
    #[must_use]
    pub fn new(post: &Post) -> Self {
        Self { post: post.clone(), since: Instant::now(), is_ready: false, has_started: false }
    }

    /// To be told of every round: how many tasks there are, and how many of them have their state.
    pub fn turned(&mut self, tasks: usize, restored: usize) {
        self.post.pulse.beat();
        if restored < tasks {
            self.again();
            self.post.health.wrong(self.post.part, &format!("the state of {} of {tasks} tasks is not restored yet", tasks - restored));
        } else if !self.is_ready && (tasks > 0 || self.since.elapsed() >= STANDBY_AFTER) {
            self.is_ready = true;
            self.post.health.right(self.post.part);
            self.start();
        }
    }

    /// Something went wrong and was told: ready is said anew.
    pub fn again(&mut self) {
        self.is_ready = false;
        self.since = Instant::now();
    }

    fn start(&mut self) {
        if !std::mem::replace(&mut self.has_started, true) && self.post.starting.left.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.post.health.started();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_that_is_not_there_is_waited_for_at_the_start_alone_and_a_bad_setting_never() {
        let (now, long_ago) = (Instant::now(), Instant::now().checked_sub(NEW_TOPICS_WITHIN * 2).expect("this machine runs for longer"));
        let no_topic = JournalError::NoTopic { name: "toy.g2.out.v1".to_owned() };
        assert!(may_pass(&no_topic, now) && !may_pass(&no_topic, long_ago));
        let away = JournalError::Unavailable { doing: "read".to_owned(), why: "nobody answers".to_owned() };
        assert!(may_pass(&away, long_ago));
        let text = |word: &str| word.to_owned();
        let bad = JournalError::BadSetting { key: text("linger.ms"), value: text("soon"), want: text("a number") };
        assert!(!may_pass(&bad, now));
    }
}
