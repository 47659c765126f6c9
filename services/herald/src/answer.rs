//! What an answer of a receiver means: it has the letter, it wants it later, or it will never take it.
//!
//! What must never enter: a receiver's name, a socket.

use crate::outbox::{Outcome, Reach};
use std::time::Duration;
use vocab::time::Instant;

/// Nobody is left alone for longer, whatever was asked.
const AFTER_MAX: Duration = Duration::from_secs(24 * 3_600);

/// Reads an answer: its status, its `Retry-After` and the head of its body, at an instant.
#[must_use]
pub fn outcome(status: u16, retry_after: Option<&str>, body: &str, wall: Instant) -> Outcome {
    let why = if body.trim().is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {}", one_line(body)) };
    match status {
        200..=299 => Outcome::Delivered,
        // 425 comes with early data and means what 429 does; 408 is a slow line.
        408 | 425 | 429 | 500..=599 => Outcome::Retry { reach: Reach::Answered, after: retry_after.and_then(|text| wait(text, wall)), why },
        300..=399 => Outcome::Refused { why: format!("{why}; redirects are not followed, so the configuration must name the new address") },
        _ => Outcome::Refused { why },
    }
}

/// How long `Retry-After` asks to wait: seconds or a date (RFC 9110 §10.2.3). What cannot be read asks for nothing.
#[must_use]
pub fn wait(text: &str, wall: Instant) -> Option<Duration> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit()) {
        // More digits than fit ask for longer than anybody waits.
        return Some(text.parse().map_or(AFTER_MAX, Duration::from_secs).min(AFTER_MAX));
    }
    let until = httpdate::parse_http_date(text).ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    let now = Duration::from_millis(u64::try_from(wall.0).ok()?);
    Some(until.saturating_sub(now).min(AFTER_MAX))
}

/// The head of what a receiver said, fit for a log.
fn one_line(body: &str) -> String {
    body.trim().chars().take(300).map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_sorted_into_done_later_and_never() {
        let at = |status| match outcome(status, None, "", Instant(0)) {
            Outcome::Delivered => "done",
            Outcome::Retry { .. } => "later",
            Outcome::Refused { .. } => "never",
        };
        let table = [
            (200, "done"),
            (202, "done"),
            (204, "done"),
            (301, "never"),
            (307, "never"),
            (400, "never"),
            (401, "never"),
            (404, "never"),
            (408, "later"),
            (410, "never"),
            (413, "never"),
            (429, "later"),
            (500, "later"),
            (503, "later"),
        ];
        for (status, want) in table {
            assert_eq!(at(status), want, "{status}");
        }
    }

    #[test]
    fn how_long_to_wait_is_seconds_or_a_date() {
        // 2015-10-21T07:27:00Z
        let wall = Instant(1_445_412_420_000);
        let table = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("99999999999999999999999", Some(86_400)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(60)),
            ("Wed, 21 Oct 2015 07:26:00 GMT", Some(0)),
            ("Thu, 21 Oct 2100 07:26:00 GMT", Some(86_400)),
            ("soon", None),
            ("-5", None),
            ("", None),
        ];
        for (text, want) in table {
            assert_eq!(wait(text, wall), want.map(Duration::from_secs), "{text}");
        }
    }

    #[test]
    fn what_a_receiver_says_fits_a_line() {
        let Outcome::Refused { why } = outcome(400, None, &format!("no\r\n\u{1b}[31m{}", "x".repeat(900)), Instant(0)) else {
            panic!("refused")
        };
        assert!(why.starts_with("HTTP 400: no   [31mxx") && why.len() < 330, "{why}");
    }
}
