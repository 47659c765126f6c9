//! Reals to six significant digits, for reports that people read: more says nothing, and takes most of a report's bytes.
//!
//! Every step is one IEEE operation on exact powers of ten, so every machine writes the same text. What must never enter: a
//! value that somebody reads back to compute with, or a seal.

use std::io::Write as _;

/// Powers of ten that a double holds exactly; those below one are only compared with.
const POWERS: [f64; 15] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/// The place of 1 among them.
const ONE: usize = 5;
const DIGITS: usize = 6;
const LIMIT: u32 = 1_000_000;

/// Appends a finite real, rounded half up; integers of up to six digits stand as they are.
pub(super) fn push(value: f64, out: &mut Vec<u8>) {
    let size = value.abs();
    if value < 0.0 {
        out.push(b'-');
    }
    match POWERS.iter().rposition(|power| *power <= size) {
        Some(place) if place + 1 < POWERS.len() => push_plain(size, place, out),
        None if size == 0.0 => out.push(b'0'),
        None | Some(_) => {
            let written = write!(out, "{size:.5e}");
            debug_assert!(written.is_ok(), "a vector takes every byte");
        }
    }
}

/// Of a size whose first digit stands at `place` of the powers.
fn push_plain(size: f64, mut place: usize, out: &mut Vec<u8>) {
    const FIRST: usize = ONE + DIGITS - 1;
    let scaled = if place <= FIRST { size * scale(FIRST - place) } else { size / scale(place - FIRST) };
    let mut number = (scaled + 0.5) as u32;
    if number >= LIMIT {
        number /= 10;
        place += 1;
    }
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let used = digits.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
    if place < ONE {
        out.extend_from_slice(&b"0.0000"[..ONE - place + 1]);
        out.extend_from_slice(&digits[..used]);
        return;
    }
    let whole = place - ONE + 1;
    out.extend_from_slice(&digits[..whole.min(DIGITS)]);
    out.resize(out.len() + whole.saturating_sub(DIGITS), b'0');
    if used > whole {
        out.push(b'.');
        out.extend_from_slice(&digits[whole..used]);
    }
}

/// A power of ten, exactly: up to ten of them are asked for.
fn scale(power: usize) -> f64 {
    const SCALES: [f64; 11] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10];
    SCALES[power]
}

#[cfg(test)]
mod tests {
    use super::push;
    use proptest::prelude::*;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        push(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn six_digits_and_no_more() {
        for (value, want) in [
            (0.0, "0"),
            (20.0, "20"),
            (-0.6000000000000001, "-0.6"),
            (0.9104320674851107, "0.910432"),
            (22.016781572322262, "22.0168"),
            (999_999.6, "1000000"),
            (0.099_999_96, "0.1"),
            (1_234_567.0, "1234570"),
            (123_456.7, "123457"),
            (0.000_012_345_678, "0.0000123457"),
            (987_654_321.0, "987654000"),
            (1.5e300, "1.50000e300"),
            (-2.5e-9, "-2.50000e-9"),
        ] {
            assert_eq!(text(value), want, "{value:e}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_back_is_near(value in prop::num::f64::NORMAL) {
            let read: f64 = text(value).parse().unwrap();
            prop_assert!((read - value).abs() <= value.abs() * 5.000_001e-6, "{value:e} as {read:e}");
            let json: serde_json::Value = serde_json::from_str(&text(value)).unwrap();
            prop_assert!(json.is_number());
        }

        #[test]
        fn small_whole_numbers_stay(value in -999_999..=999_999_i32) {
            prop_assert_eq!(text(f64::from(value)), value.to_string());
        }
    }
}
