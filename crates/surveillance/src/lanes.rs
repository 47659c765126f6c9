//! `ln` and `exp` for whole rows of numbers: branch-free polynomials that the compiler turns into vector code.
//!
//! Every step is one IEEE operation (no fused multiply-add, no table, no division beyond the one written; polynomials are summed in
//! pairs, which is short in depth), so scalar and vector
//! code, and every target, give the same bits. Both stay within 2 units in the last place (`tests` below measure it). What must
//! never enter: a call into the platform's mathematics, a branch on the value.

/// ln 2 in two parts; the high one has 32 significant bits, so that its product with an exponent is exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
const EXPONENT_BIAS: u64 = 1023;
/// Adding it leaves an integer of up to 51 bits in the mantissa.
const ROUND: f64 = 6_755_399_441_055_744.0;
const TWO_POW_52: u64 = 0x4330_0000_0000_0000;

/// (atanh(s)/s − 1)/s² in powers of s², minimax on |s| ≤ 0.2012, error 6e-19.
const ATANH: [f64; 8] = [
    0.333_333_333_333_333_3,
    0.200_000_000_000_042_62,
    0.142_857_142_835_073_1,
    0.111_111_115_458_205_7,
    0.090_908_671_232_001_61,
    0.076_945_010_625_828_65,
    0.066_035_400_410_346_82,
    0.068_145_553_609_306_34,
];

/// (eʳ − 1 − r)/r² in powers of r, minimax on |r| ≤ 0.3476, error 1.3e-17.
const EXP: [f64; 10] = [
    0.500_000_000_000_000_1,
    0.166_666_666_666_666_69,
    0.041_666_666_666_623_17,
    0.008_333_333_333_329_989,
    0.001_388_888_891_769_060_3,
    1.984_126_986_342_035e-4,
    2.480_152_055_701_783e-5,
    2.755_726_789_174_553e-6,
    2.762_043_894_863_442e-7,
    2.510_065_503_606_659e-8,
];

/// ln(a/b) for normal positive `a` and `b` whose quotient is a normal number too, with a single division.
///
/// The exponents are subtracted first, so that what is left of the quotient lies in [0.66, 1.51]; then ln q = 2 atanh((q−1)/(q+1)).
#[inline(always)]
pub(crate) fn ln_ratio(a: f64, b: f64) -> f64 {
    let difference = a.to_bits().wrapping_sub(b.to_bits());
    let exponent = difference.wrapping_add((EXPONENT_BIAS << 52) + (1 << 51)) >> 52;
    let scaled = b * f64::from_bits(exponent << 52);
    let power = f64::from_bits(TWO_POW_52 | exponent) - (f64::from_bits(TWO_POW_52) + EXPONENT_BIAS as f64);
    let s = (a - scaled) / (a + scaled);
    let square = s * s;
    let fourth = square * square;
    let [c0, c1, c2, c3, c4, c5, c6, c7] = ATANH;
    let low = (c0 + c1 * square) + (c2 + c3 * square) * fourth;
    let high = (c4 + c5 * square) + (c6 + c7 * square) * fourth;
    let series = low + high * (fourth * fourth);
    let double = s + s;
    power * LN_2_HIGH + (double + (double * square * series + power * LN_2_LOW))
}

/// eˣ; below −708 it is e⁻⁷⁰⁸ and above 709 it is e⁷⁰⁹, so that no infinity and no subnormal appears.
#[inline(always)]
pub(crate) fn exp(x: f64) -> f64 {
    let x = if x > -708.0 { x } else { -708.0 };
    let x = if x < 709.0 { x } else { 709.0 };
    let shifted = x * core::f64::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let r = (x - power * LN_2_HIGH) - power * LN_2_LOW;
    let square = r * r;
    let fourth = square * square;
    let [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9] = EXP;
    let low = (c0 + c1 * r) + (c2 + c3 * r) * square;
    let middle = (c4 + c5 * r) + (c6 + c7 * r) * square;
    let series = low + (middle + (c8 + c9 * r) * fourth) * fourth;
    let mantissa = 1.0 + (r + square * series);
    // 2^709·1.44 has the largest exponent that fits; the low twelve bits of `shifted` are the power in two's complement.
    mantissa * f64::from_bits((shifted.to_bits() << 52).wrapping_add(EXPONENT_BIAS << 52))
}

#[cfg(test)]
mod tests {
    use super::{exp, ln_ratio};

    /// Distance in units in the last place of the correctly rounded neighbour that libm gives (itself within 1).
    fn units_apart(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn ln_stays_within_two_units_over_all_scales() {
        let mut x = 1e-300;
        while x < 1e300 {
            let (ours, theirs) = (ln_ratio(x, 1.0), libm::log(x));
            assert!(units_apart(ours, theirs) <= 2, "ln({x:e}) = {ours:e}, not {theirs:e}");
            x *= 1.000_931;
        }
    }

    #[test]
    fn ln_near_one_keeps_its_relative_precision() {
        for step in 1..200_000 {
            let x = 0.5 + f64::from(step) * 1e-5;
            assert!(units_apart(ln_ratio(x, 1.0), libm::log(x)) <= 2, "ln({x})");
        }
        assert_eq!(ln_ratio(1.0, 1.0), 0.0);
    }

    #[test]
    fn exp_stays_within_two_units_and_saturates() {
        let mut x = -708.0;
        while x < 708.9 {
            assert!(units_apart(exp(x), libm::exp(x)) <= 2, "exp({x})");
            x += 0.003_7;
        }
        assert_eq!(exp(-1e9), exp(-708.0));
        assert!(exp(1e9).is_finite());
    }
}
