//! How far the clocks of sources may be off: the least time from what a source calls the time of a report to its admission.
//!
//! A report takes some time to come, so the least of an hour says more than the newest. Two halves of an hour are kept, and what
//! is older is let go of: a source that has sent nothing has no skew. What must never enter: a judgement of what is too much,
//! a decision.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use vocab::{name::SourceId, record::Admitted};

/// How long a least is kept, at least; it may be twice as long.
const HALF: Duration = Duration::from_secs(1_800);
/// Sources that are remembered; what comes beyond them has no skew.
const SOURCES_MAX: usize = 200;

/// The least of each source, milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Least(BTreeMap<SourceId, i64>);

impl Least {
    /// A record was admitted: how long after its source says that it was reported, where the source says that.
    pub fn admitted(&mut self, admitted: &Admitted) {
        if let Some(reported) = admitted.event.reported {
            self.take(&admitted.event.source, admitted.known.start().0.saturating_sub(reported.0));
        }
    }

    fn take(&mut self, source: &SourceId, ms: i64) {
        let is_full = self.0.len() >= SOURCES_MAX;
        match self.0.get_mut(source) {
            Some(least) => *least = ms.min(*least),
            None if is_full => {}
            None => _ = self.0.insert(source.clone(), ms),
        }
    }

    fn join(&mut self, other: &Self) {
        other.0.iter().for_each(|(source, ms)| self.take(source, *ms));
    }
}

/// What was seen of sources in the last hour.
#[derive(Debug, Default)]
pub struct Skews {
    began: Option<Instant>,
    now: Least,
    before: Least,
}

impl Skews {
    /// Takes what was seen.
    pub fn take(&mut self, seen: &Least, at: Instant) {
        self.turn(at);
        self.now.join(seen);
    }

    /// The least of each source, seconds.
    pub fn seconds(&mut self, at: Instant) -> Vec<(SourceId, f64)> {
        self.turn(at);
        let mut all = self.before.clone();
        all.join(&self.now);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of thousands of years have 53 bits")]
        let seconds = |(source, ms): (SourceId, i64)| (source, ms as f64 / 1_000.0);
        all.0.into_iter().map(seconds).collect()
    }

    fn turn(&mut self, at: Instant) {
        let began = *self.began.get_or_insert(at);
        let passed = at.saturating_duration_since(began);
        if passed >= HALF {
            let now = std::mem::take(&mut self.now);
            self.before = if passed < HALF * 2 { now } else { Least::default() };
            self.began = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_the_last_hour_is_told_and_then_forgotten() {
        let (mut skews, began) = (Skews::default(), Instant::now());
        let after = |minutes: u64| began + Duration::from_secs(60 * minutes);
        let seen = |source: &str, ms: i64| {
            let mut least = Least::default();
            least.take(&SourceId::parse(source).expect("a good name"), ms);
            least
        };
        let told = |skews: &mut Skews, at| -> Vec<String> {
            skews.seconds(at).into_iter().map(|(source, seconds)| format!("{source} {seconds}")).collect()
        };
        skews.take(&seen("slow", 97_203_000), began);
        skews.take(&seen("slow", 97_400_000), after(1));
        skews.take(&seen("fast", -7_200_500), after(29));
        assert_eq!(told(&mut skews, after(2)), ["fast -7200.5", "slow 97203"]);
        skews.take(&seen("slow", 97_300_000), after(31));
        assert_eq!(told(&mut skews, after(32)), ["fast -7200.5", "slow 97203"], "the half hour before still counts");
        assert_eq!(told(&mut skews, after(62)), ["slow 97300"]);
        assert_eq!(told(&mut skews, after(200)), Vec::<String>::new(), "a source that sends nothing has no skew");
    }
}
