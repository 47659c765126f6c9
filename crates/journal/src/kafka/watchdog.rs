//! The watchdog over calls that may never return.
//!
//! A call of the client library can hang for good when a broker dies at the wrong moment, and no time-out of its own ends
//! it. Only the end of the process does. Must never enter: the end itself; what to do is the caller's hook.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How often the watchdog looks.
const LOOK: Duration = Duration::from_millis(500);

/// What the caller does when a call hangs: told the name of the call and how long it has hung. It should end the process, at
/// once and without waiting for anything (exit code 75), because the thread that hangs holds the log.
pub type OnStall = Arc<dyn Fn(&'static str, Duration) + Send + Sync>;

/// Watches one call at a time.
pub(super) struct Watchdog(Arc<Watched>);

struct Watched {
    start: Instant,
    /// Milliseconds after `start` at which the call counts as hung; 0 while there is none.
    due_ms: AtomicU64,
    limit: Duration,
    call: std::sync::Mutex<&'static str>,
}

impl Watchdog {
    /// Starts the thread that looks. A call may take `limit`.
    pub(super) fn start(limit: Duration, on_stall: OnStall) -> Self {
        let watched = Watched { start: Instant::now(), due_ms: AtomicU64::new(0), limit, call: std::sync::Mutex::new("") };
        let watched = Arc::new(watched);
        let seen = Arc::downgrade(&watched);
        std::thread::spawn(move || watch(&seen, &on_stall));
        Self(watched)
    }

    /// Makes a call under watch.
    pub(super) fn during<T>(&self, call: &'static str, make: impl FnOnce() -> T) -> T {
        if let Ok(mut name) = self.0.call.lock() {
            *name = call;
        }
        let due = self.0.start.elapsed() + self.0.limit;
        self.0.due_ms.store(u64::try_from(due.as_millis()).unwrap_or(u64::MAX), Ordering::Release);
        let result = make();
        self.0.due_ms.store(0, Ordering::Release);
        result
    }
}

fn watch(seen: &Weak<Watched>, on_stall: &OnStall) {
    while let Some(watched) = seen.upgrade() {
        let due = watched.due_ms.load(Ordering::Acquire);
        let now = u64::try_from(watched.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        if due != 0 && now > due {
            let call = watched.call.lock().map_or("", |name| *name);
            on_stall(call, watched.limit + Duration::from_millis(now - due));
        }
        drop(watched);
        std::thread::sleep(LOOK);
    }
}

impl std::fmt::Debug for Watchdog {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Watchdog({:?})", self.0.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_call_that_hangs_is_told_and_a_quick_one_is_not() {
        let (told, heard) = mpsc::channel();
        let told = std::sync::Mutex::new(told);
        let hook: OnStall = Arc::new(move |call, _| told.lock().unwrap().send(call).unwrap());
        let watchdog = Watchdog::start(Duration::from_millis(20), hook);
        assert_eq!(watchdog.during("quick", || 7), 7);
        let name = watchdog.during("slow", || heard.recv_timeout(Duration::from_secs(20)));
        assert_eq!(name, Ok("slow"));
    }
}
