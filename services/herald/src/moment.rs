//! The two clocks of a shell: one that never runs backwards, for waits, and the one on the wall, for stamps that receivers read.
//!
//! Nothing that is decided depends on either. What must never enter: a wait.

use std::time::Duration;
use vocab::time::Instant;

/// A moment of this process on the clock that never runs backwards, counted from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Duration);

impl Moment {
    /// The same, later.
    #[must_use]
    pub fn plus(self, wait: Duration) -> Self {
        Self(self.0.saturating_add(wait))
    }
}

/// Both clocks of the host.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    began: std::time::Instant,
}

impl Clock {
    /// A process that begins.
    #[must_use]
    pub fn start() -> Self {
        Self { began: std::time::Instant::now() }
    }

    /// How long it has run.
    #[must_use]
    pub fn now(&self) -> Moment {
        Moment(self.began.elapsed())
    }

    /// What the clock on the wall says.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "receivers want to know when a letter was sent; nothing is decided by it")]
    pub fn wall(&self) -> Instant {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
