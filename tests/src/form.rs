//! Tests that have a short and a long form: the short one runs with all others, the long one where a variable asks for it.
//!
//! Which of them ran is said aloud, so that a short one is not taken for the long one. Must never enter: a test that only the
//! long form has.

use std::io::Write;

/// A pair of numbers, such as partitions and instances: what the variable says (`16x4`), else that of the short form; and whether it was asked.
///
/// # Panics
/// When the variable holds no such pair.
#[must_use]
pub fn pair(variable: &str, short: (u32, u32)) -> ((u32, u32), bool) {
    let asked = std::env::var(variable).ok();
    let read = |text: &String| text.split_once('x').and_then(|(one, other)| Some((one.parse().ok()?, other.parse().ok()?)));
    let wanted = asked.as_ref().map(|text| read(text).unwrap_or_else(|| panic!("{variable} is {text:?}, and must be like 16x4")));
    let form = if wanted.is_some() { "as asked" } else { "the short form" };
    let (one, other) = wanted.unwrap_or(short);
    let _shown = writeln!(std::io::stderr(), "{variable}: {one}x{other} ({form})");
    ((one, other), wanted.is_some())
}

/// The protocol of consumer groups, as a setting of the client: the usual one, or what `SLIPWATCH_GROUP_PROTOCOL` says.
#[must_use]
pub fn protocol() -> Option<(String, String)> {
    Some(("group.protocol".to_owned(), std::env::var("SLIPWATCH_GROUP_PROTOCOL").ok()?))
}

/// How much of something a test does: what the variable says, else the short form.
///
/// # Panics
/// When the variable holds no number.
#[must_use]
pub fn amount(variable: &str, short: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    let asked = asked.map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, and must be a whole number")));
    let form = if asked.is_some() { "as asked" } else { "the short form" };
    let amount = asked.unwrap_or(short);
    let _shown = writeln!(std::io::stderr(), "{variable}: {amount} ({form})");
    amount
}
