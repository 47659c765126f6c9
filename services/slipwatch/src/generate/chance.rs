//! Chance from a seed: a stream of its own for every series and purpose, so that adding a series or changing how reports
//! travel moves no other number.
//!
//! The key of a stream is a hash of the seed and its names. What must never enter: a clock, an order of drawing that
//! concerns two streams.

use crate::generate::{number::Amount, scenario::Delay};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use rand_distr::{Binomial, Distribution, Exp1, Gamma, Poisson, StandardNormal, StandardUniform};
use sha2::{Digest, Sha256};

/// Days from Monday on, and the share of acts by then: most are on working days.
const BY_WEEKDAY: [f64; 7] = [0.17, 0.34, 0.51, 0.68, 0.84, 0.92, 1.0];

/// One stream of chance.
#[derive(Clone, Debug)]
pub struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of some names under a seed.
    #[must_use]
    pub fn of(seed: u64, names: &[&str]) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        for name in names {
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
        }
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// Evenly from 0 up to, but not, 1.
    pub fn share(&mut self) -> f64 {
        StandardUniform.sample(&mut self.0)
    }

    /// Whether something of a probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.share() < probability
    }

    /// Evenly among the numbers below `end`, which is above 0.
    pub fn below(&mut self, end: u16) -> u16 {
        // The product is below `end` and not negative.
        ((self.share() * f64::from(end)) as u16).min(end.saturating_sub(1))
    }

    /// Evenly from `low` to `high`, both included.
    pub fn between(&mut self, low: u16, high: u16) -> u16 {
        low + self.below(high.saturating_sub(low).saturating_add(1))
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    /// An exponential number of a mean.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        let one: f64 = Exp1.sample(&mut self.0);
        mean * one
    }

    /// Days of a lognormal delay.
    pub fn delay_days(&mut self, delay: Delay) -> f64 {
        delay.median_days.value() * (delay.sigma.value() * self.normal()).exp()
    }

    /// A count of a mean: negative binomial of a size (variance μ + μ²/k), or Poisson without one.
    pub fn count(&mut self, mean: f64, size: Option<Amount>) -> u32 {
        let mixed = size.and_then(|size| Gamma::new(size.value(), 1.0 / size.value()).ok()).map_or(1.0, |mix| mix.sample(&mut self.0));
        // A mean of zero has no distribution: nothing happens.
        Poisson::new(mean * mixed).map_or(0, |counts: Poisson<f64>| counts.sample(&mut self.0) as u32)
    }

    /// A total parted into the days of a week.
    pub fn by_day(&mut self, total: u32) -> [u32; 7] {
        let (mut days, mut left, mut before) = ([0; 7], total, 0.0);
        for (day, until) in days.iter_mut().zip(BY_WEEKDAY) {
            let share = ((until - before) / (1.0 - before)).min(1.0);
            *day = Binomial::new(u64::from(left), share).map_or(0, |parts| parts.sample(&mut self.0) as u32);
            (left, before) = (left - *day, until);
        }
        days
    }

    /// A day of the week, 0 for Monday.
    pub fn weekday(&mut self) -> u32 {
        let share = self.share();
        BY_WEEKDAY.iter().zip(0..).find(|(until, _)| share < **until).map_or(6, |(_, day)| day)
    }
}
