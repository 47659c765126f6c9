//! Origins that hold everything back: those whose marks do not rise any more, or lie far below those of others.
//!
//! Told once when it begins, and once when it has ended. No clock of the host is read: a mark that has not risen for so long by the
//! monotonic clock, or has been far below the newest of its topic for so long, is behind whatever the time is. Must never enter: a decision.

use catalogue::reading::Mark;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use vocab::time::{TICKS_PER_SECOND, Tick};

/// An origin that has promised nothing for so long is told of.
pub const BEHIND_AFTER: Duration = Duration::from_secs(30);
/// Ticks between marks of one topic that are far.
const BEHIND_TICKS: i64 = 30 * TICKS_PER_SECOND;

/// What is known of the origins of all inputs.
#[derive(Debug, Default)]
pub struct Behind(BTreeMap<(String, u32), Origin>);

#[derive(Debug)]
struct Origin {
    tick: Option<Tick>,
    rose: Instant,
    /// Since when it is far below the newest.
    far: Option<Instant>,
    is_told: bool,
}

/// Something to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Full name of the topic.
    pub topic: String,
    /// The origin.
    pub origin: u32,
    /// The tick it has promised last.
    pub tick: Option<Tick>,
    /// How long its marks have not risen; none when it goes on.
    pub still_for: Option<Duration>,
}

impl Said {
    /// Writes it to the log.
    pub fn say(&self, part: &str) {
        let Self { topic, origin, tick, still_for } = self;
        let tick = tick.map(|tick| tick.0);
        match still_for {
            Some(still) => {
                let still_ms = u64::try_from(still.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(part, topic, origin, tick, still_ms, "an origin is behind: what comes after its last mark waits for it");
            }
            None => tracing::info!(part, topic, origin, tick, "the origin goes on"),
        }
    }
}

impl Behind {
    /// Takes the marks as they are at an instant; what is to be told.
    pub fn look(&mut self, marks: &[Mark<'_>], now: Instant) -> Vec<Said> {
        self.0.retain(|(topic, origin), _| marks.iter().any(|mark| (mark.topic, mark.origin) == (topic.as_str(), *origin)));
        let mut newest: BTreeMap<&str, Option<Tick>> = BTreeMap::new();
        for mark in marks {
            let tick = newest.entry(mark.topic).or_default();
            *tick = mark.tick.max(*tick);
        }
        let said = marks.iter().filter_map(|mark| self.look_at(mark, newest.get(mark.topic).copied().flatten(), now));
        said.collect()
    }

    fn look_at(&mut self, mark: &Mark<'_>, newest: Option<Tick>, now: Instant) -> Option<Said> {
        let known =
            self.0.entry((mark.topic.to_owned(), mark.origin)).or_insert(Origin { tick: mark.tick, rose: now, far: None, is_told: false });
        if mark.tick > known.tick {
            (known.tick, known.rose) = (mark.tick, now);
        }
        let still = now.saturating_duration_since(known.rose);
        let is_far = mark.tick.zip(newest).is_some_and(|(tick, newest)| newest.0 - tick.0 >= BEHIND_TICKS);
        known.far = if is_far { known.far.or(Some(now)) } else { None };
        let far = known.far.map_or(Duration::ZERO, |far| now.saturating_duration_since(far));
        let is_behind = still.max(far) >= BEHIND_AFTER;
        if std::mem::replace(&mut known.is_told, is_behind) == is_behind {
            return None;
        }
        Some(Said { topic: mark.topic.to_owned(), origin: mark.origin, tick: mark.tick, still_for: is_behind.then_some(still) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(ticks: &[Option<i64>]) -> Vec<Mark<'static>> {
        (0..).zip(ticks).map(|(origin, tick)| Mark { topic: "admitted", origin, tick: tick.map(Tick) }).collect()
    }

    fn told(said: Vec<Said>) -> Vec<(u32, bool)> {
        said.into_iter().map(|said| (said.origin, said.still_for.is_some())).collect()
    }

    #[test]
    fn an_origin_that_stands_still_is_told_once_and_its_going_on_as_well() {
        let (mut behind, start) = (Behind::default(), Instant::now());
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        for second in 0..30 {
            let tick = i64::try_from(second).unwrap() * TICKS_PER_SECOND;
            // The one that stands still and the one that never spoke are not behind yet.
            assert_eq!(behind.look(&marks(&[Some(tick), Some(0), None]), at(second)), Vec::new(), "second {second}");
        }
        assert_eq!(told(behind.look(&marks(&[Some(120), Some(0), None]), at(30))), [(1, true), (2, true)]);
        assert_eq!(behind.look(&marks(&[Some(124), Some(0), None]), at(31)), Vec::new(), "it is told once");
        assert_eq!(told(behind.look(&marks(&[Some(128), Some(127), None]), at(32))), [(1, false)]);
        assert_eq!(told(behind.look(&marks(&[Some(132), Some(131), Some(131)]), at(33))), [(2, false)]);
    }

    #[test]
    fn an_origin_far_below_the_newest_is_behind_though_it_moves() {
        let (mut behind, start) = (Behind::default(), Instant::now());
        for second in 0..30 {
            let tick = i64::try_from(second).unwrap();
            // Days of a history lie far apart, and pass.
            let said = behind.look(&marks(&[Some(1_000 + tick), Some(880 + tick)]), start + Duration::from_secs(second));
            assert_eq!(said, Vec::new(), "second {second}");
        }
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(told(behind.look(&marks(&[Some(1_030), Some(910)]), at(30))), [(1, true)]);
        assert_eq!(behind.look(&marks(&[Some(1_031), Some(911)]), at(31)), Vec::new());
        assert_eq!(told(behind.look(&marks(&[Some(1_032), Some(1_032)]), at(32))), [(1, false)]);
    }

    #[test]
    fn an_origin_of_a_partition_that_went_elsewhere_is_forgotten() {
        let (mut behind, start) = (Behind::default(), Instant::now());
        assert!(behind.look(&marks(&[Some(1)]), start).is_empty());
        assert!(behind.look(&[], start + BEHIND_AFTER).is_empty());
        assert!(behind.look(&marks(&[Some(1)]), start + 2 * BEHIND_AFTER).is_empty());
    }
}
