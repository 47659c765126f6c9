//! Times as they are written on the command line, with what would be right where one is none.
//!
//! What must never enter: a default, a clock.

use crate::failure::Failure;
use std::time::Duration;
use vocab::time::{Day, Instant, Week};

/// A civil day, the value of a flag.
///
/// # Errors
/// [`Failure::Usage`] that shows how it is written.
pub(super) fn day(flag: &str, text: &str) -> Result<Day, Failure> {
    Day::parse(text).map_err(|bad| wrong(flag, text, &bad, "2021-12-31"))
}

/// A week, the value of a flag.
///
/// # Errors
/// As [`day`].
pub(super) fn week(flag: &str, text: &str) -> Result<Week, Failure> {
    Week::parse(text).map_err(|bad| wrong(flag, text, &bad, "2020-W12"))
}

/// An instant, the value of a flag.
///
/// # Errors
/// As [`day`].
pub(super) fn instant(flag: &str, text: &str) -> Result<Instant, Failure> {
    Instant::parse(text).map_err(|bad| wrong(flag, text, &bad, "2020-04-01T14:00:00Z"))
}

/// A time span, the value of a flag: a whole number with its unit.
///
/// # Errors
/// As [`day`].
pub(super) fn duration(flag: &str, text: &str) -> Result<Duration, Failure> {
    let at = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(at);
    let milliseconds = match unit {
        "ms" => Some(1),
        "s" => Some(1_000),
        "m" => Some(60_000),
        "h" => Some(3_600_000),
        _ => None,
    };
    let span = milliseconds.and_then(|unit| number.parse::<u64>().ok()?.checked_mul(unit)).map(Duration::from_millis);
    span.ok_or_else(|| wrong(flag, text, &"is no number with one of the units ms, s, m, h", "10s"))
}

fn wrong(flag: &str, text: &str, bad: &dyn std::fmt::Display, right: &str) -> Failure {
    Failure::Usage(format!("{flag} {text}: {bad}; write it as {right}"))
}
