//! The clock of the host, read here and nowhere else.
//!
//! What it says is stamped once, on admission, and marks are made by it; whatever is decided later reads the stamp. Must never
//! enter: a second clock, a decision.

use chrono::Utc;
use std::time::Instant as Steady;
use vocab::time::{Instant, Tick};

/// What the host's clock must leap by at once to be told, milliseconds: one that is merely corrected is moved by a few a second.
const LEAP_MS: i64 = 2_000;

/// What is asked for the time: [`now`], or what a test says in its place.
pub type Clock = fn() -> Tick;

/// The tick of the host's clock.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place: it stamps what intake admits and the marks")]
pub fn now() -> Tick {
    Tick::of(Instant(Utc::now().timestamp_millis()))
}

/// Looks whether the host's clock leaps, beside one that only ever runs on. What is stamped does not depend on it: `known` rises past
/// every mark whatever the clock does; it is for people, who may wonder at the stamps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leaps {
    /// Both clocks at the first look, the host's in milliseconds.
    first: Option<(Steady, i64)>,
    /// How far the host's had run ahead of the other at the last look.
    ahead_ms: i64,
}

impl Leaps {
    /// By how many milliseconds the host's clock has leapt since the last look (backwards, where negative), if it has.
    pub fn look(&mut self, host: Tick, steady: Steady) -> Option<i64> {
        let host = host.start().0;
        let (began, first) = *self.first.get_or_insert((steady, host));
        let ran = i64::try_from(steady.saturating_duration_since(began).as_millis()).unwrap_or(i64::MAX);
        let ahead_ms = host.saturating_sub(first).saturating_sub(ran);
        let leapt = ahead_ms.saturating_sub(std::mem::replace(&mut self.ahead_ms, ahead_ms));
        (leapt.abs() >= LEAP_MS).then_some(leapt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const HOUR: i64 = 3_600_000;

    /// What is told of looks at these milliseconds of the steady clock, the host's being as far ahead of it as is said.
    fn told(looks: &[(u64, i64)]) -> Vec<i64> {
        let (began, mut leaps) = (Steady::now(), Leaps::default());
        let look = |&(steady, ahead): &(u64, i64)| {
            let host = Tick::of(Instant(1_700_000_000_000 + i64::try_from(steady).unwrap_or(0) + ahead));
            leaps.look(host, began + Duration::from_millis(steady))
        };
        looks.iter().filter_map(look).collect()
    }

    #[test]
    fn a_leap_of_the_clock_is_told_once_whichever_way_it_goes() {
        assert_eq!(told(&[(0, 0), (500, 0), (1_000, HOUR), (1_500, HOUR), (2_000, 0), (2_500, 0)]), [HOUR, -HOUR]);
        // A machine that was suspended for ten minutes: only the host's clock went on.
        assert_eq!(told(&[(0, 0), (250, 600_000), (500, 600_000)]), [600_000]);
    }

    #[test]
    fn a_clock_that_is_corrected_slowly_and_a_loop_that_stood_still_are_no_leap() {
        let slewed: Vec<(u64, i64)> = (0..10_000).map(|second| (second * 1_000, i64::try_from(second).unwrap_or(0) / 2)).collect();
        assert_eq!(told(&slewed), Vec::<i64>::new());
        assert_eq!(told(&[(0, 0), (600_000, 0)]), Vec::<i64>::new());
    }
}
