//! Tests that have a short and a long form: the short one runs with all others, the long one where a variable asks for it.
//!
//! Which of them ran is said aloud, so that a short one is not taken for the long one. Must never enter: a test that only the
//! long form has.

use std::io::Write;

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
