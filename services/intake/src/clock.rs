//! The clock of the host, read here and nowhere else.
//!
//! What it says is stamped once, on admission, and marks are made by it; whatever is decided later reads the stamp. Must never
//! enter: a second clock, a decision.

use chrono::Utc;
use vocab::time::{Instant, Tick};

/// What is asked for the time: [`now`], or what a test says in its place.
pub type Clock = fn() -> Tick;

/// The tick of the host's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place: it stamps what intake admits and the marks")]
pub fn now() -> Tick {
    Tick::of(Instant(Utc::now().timestamp_millis()))
}
