//! How long to wait before the next try: twice as long each time, up to a limit, scattered so that letters do not march in step.
//!
//! The scatter comes from the letter itself, so that a run can be repeated. What must never enter: a random number, a clock.

use journal::murmur2;
use std::time::Duration;
use vocab::record::TransitionId;

/// How retries are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Before the second try, about.
    pub first: Duration,
    /// Never longer than this, unless the receiver asks for it.
    pub longest: Duration,
    /// Tries since the start of the process, after which a letter is dead.
    pub tries_max: u32,
}

impl Backoff {
    /// The wait after so many failed tries: between half and all of the doubled one.
    #[must_use]
    pub fn wait(&self, transition: TransitionId, tries: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << tries.saturating_sub(1).min(20)).min(self.longest);
        let mut seed = transition.0.to_vec();
        seed.extend_from_slice(&tries.to_be_bytes());
        doubled / 2 + doubled.mul_f64(f64::from(murmur2(&seed)) / f64::from(u32::MAX) / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_are_scattered() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(300), tries_max: 9 };
        for (tries, most) in [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (4_000_000, 300)] {
            let waits: Vec<Duration> = (0..50).map(|n| backoff.wait(TransitionId([n; 16]), tries)).collect();
            let (least, most) = (Duration::from_millis(most * 500), Duration::from_secs(most));
            assert!(waits.iter().all(|wait| (least..=most).contains(wait)), "{tries}: {waits:?}");
            assert!(waits.iter().any(|wait| *wait < least.mul_f64(1.3)) && waits.iter().any(|wait| *wait > least.mul_f64(1.7)));
        }
    }
}
