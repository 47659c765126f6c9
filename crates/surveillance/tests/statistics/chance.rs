//! Chance for simulations: a seeded generator, and the draws that counts are made of.
//!
//! SplitMix64 (Steele, Lea and Flood 2014). What must never enter: a seed that a failure does not print.

/// A stream of numbers that its seed determines.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Above 0 and below 1.
    pub(crate) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Standard normal (Box and Muller).
    pub(crate) fn normal(&mut self) -> f64 {
        libm::sqrt(-2.0 * libm::log(self.unit())) * libm::cos(core::f64::consts::TAU * self.unit())
    }

    /// Gamma of a shape of at least 1 and mean 1 (Marsaglia and Tsang 2000).
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let z = self.normal();
            let v = (1.0 + c * z) * (1.0 + c * z) * (1.0 + c * z);
            if v > 0.0 && libm::log(self.unit()) < 0.5 * z * z + d - d * v + d * libm::log(v) {
                return d * v / shape;
            }
        }
    }

    /// Poisson, by its waits; meant for means below a few hundred.
    pub(crate) fn poisson(&mut self, mean: f64) -> u64 {
        let (mut count, mut waited) = (0, -libm::log(self.unit()));
        while waited < mean {
            count += 1;
            waited -= libm::log(self.unit());
        }
        count
    }

    /// A Poisson count whose mean varies from draw to draw: variance μ + μ²/k.
    pub(crate) fn mixed(&mut self, mean: f64, k: f64) -> u64 {
        let factor = self.gamma(k);
        self.poisson(mean * factor)
    }

    /// Successes of trials.
    pub(crate) fn binomial(&mut self, trials: u64, share: f64) -> u64 {
        (0..trials).filter(|_| self.unit() < share).count() as u64
    }
}
