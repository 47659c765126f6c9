//! A refusal as people and programs see it: on one line, whatever its bytes are.
//!
//! Feeds hold what anybody wrote, and this is where the worst of it ends. What must never enter: a byte that steers a terminal,
//! turns a line around or hides; a whole message.

use super::{Again, Kept, Turned};
use serde::Serialize;
use std::fmt::Write as _;

/// Characters of a message that are shown, in a list.
const BEGINNING_CHARS: usize = 60;
/// Characters of a reason or a name that are shown.
const TEXT_CHARS: usize = 160;
/// Characters of a hash that are shown in a table.
const HASH_CHARS: usize = 12;

/// A refusal in a list.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// Where it stands: what `refused show` takes.
    pub at: String,
    /// When it was refused, RFC 3339.
    pub known: Option<String>,
    /// File or topic and partition of the message.
    pub input: String,
    /// Line or position there.
    pub place: u64,
    /// The feed.
    pub source: Option<String>,
    /// The reason as a word.
    pub code: String,
    /// The reason in a sentence.
    pub reason: String,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Bytes of the message.
    pub bytes: Option<u64>,
    /// Bytes that are kept.
    pub bytes_kept: usize,
    /// `whole`, `beginning`, `piece`.
    pub kept: &'static str,
    /// Whether it was sent in again.
    pub sent_again: bool,
    /// How it begins.
    pub begins: String,
}

impl Listed {
    /// Of a refusal.
    #[must_use]
    pub fn of(turned: &Turned) -> Self {
        let line = |text: &str| preview(text.as_bytes(), TEXT_CHARS);
        Self {
            at: turned.at.to_string(),
            known: turned.known.map(|known| known.to_string()),
            input: line(&turned.input),
            place: turned.place,
            source: turned.source.as_deref().map(line),
            code: line(&turned.code),
            reason: line(&turned.reason),
            sha256: line(&turned.sha256),
            bytes: turned.length,
            bytes_kept: turned.bytes.len(),
            kept: match turned.kept {
                Kept::Whole => "whole",
                Kept::Beginning => "beginning",
                Kept::Piece => "piece",
            },
            sent_again: turned.again == Again::Sent,
            begins: preview(&turned.bytes, BEGINNING_CHARS),
        }
    }

    /// The columns of [`Listed::row`].
    pub const HEADER: [&'static str; 9] = ["at", "refused", "from", "feed", "reason", "bytes", "sha256", "sent again", "begins"];

    /// As a row for people.
    #[must_use]
    pub fn row(&self) -> Vec<String> {
        let bytes = self.bytes.map_or("?".to_owned(), |bytes| bytes.to_string());
        vec![
            self.at.clone(),
            self.known.clone().unwrap_or_else(|| "-".to_owned()),
            format!("{}:{}", self.input, self.place),
            self.source.clone().unwrap_or_else(|| "-".to_owned()),
            self.reason.clone(),
            if self.kept == "whole" { bytes } else { format!("{bytes} ({} kept)", self.bytes_kept) },
            self.sha256.chars().take(HASH_CHARS).collect(),
            if self.sent_again { "yes".to_owned() } else { "no".to_owned() },
            self.begins.clone(),
        ]
    }
}

/// Bytes as one line of at most so many characters: what is no text, breaks a line, steers a terminal, is not seen or turns around what
/// follows is shown as `\x..` or `\u{..}`; a backslash is doubled, so that nothing can pass for such a number.
#[must_use]
pub fn preview(bytes: &[u8], chars_max: usize) -> String {
    let mut shown = String::new();
    let mut count = 0;
    for chunk in bytes.utf8_chunks() {
        let text = chunk.valid().chars().map(Ok).chain(chunk.invalid().iter().map(Err));
        for one in text {
            if count == chars_max {
                shown.push('…');
                return shown;
            }
            count += 1;
            match one {
                // Quotes end nothing here: cells and lines have their own ends.
                Ok(quote @ ('"' | '\'')) => shown.push(quote),
                Ok(c) => shown.extend(c.escape_debug()),
                Err(byte) => {
                    let _to_a_string = write!(shown, "\\x{byte:02x}");
                }
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_steers_a_terminal_or_breaks_a_row() {
        let hostile: [(&[u8], &str); 8] = [
            (b"plain, \"quoted\" text", "plain, \"quoted\" text"),
            (b"two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"),
            (b"\x1b[2J\x1b]0;title\x07", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
            (b"\xff\xfe\x00bad", "\\xff\\xfe\\0bad"),
            ("a\u{202e}gpj.exe\u{2066}b\u{200f}".as_bytes(), "a\\u{202e}gpj.exe\\u{2066}b\\u{200f}"),
            ("c\u{9b}31mred\u{85}\u{2028}".as_bytes(), "c\\u{9b}31mred\\u{85}\\u{2028}"),
            ("e\u{301}\u{200b}\u{feff}".as_bytes(), "e\\u{301}\\u{200b}\\u{feff}"),
            (br"\x1b is written", r"\\x1b is written"),
        ];
        for (bytes, shown) in hostile {
            assert_eq!(preview(bytes, 1_000), shown);
        }
        for byte in 0..=u8::MAX {
            let shown = preview(&[b'a', byte, b'b'], 10);
            assert!(shown.chars().all(|c| !c.is_control()), "{byte:#x} is shown as {shown:?}");
        }
    }

    #[test]
    fn a_long_message_is_cut() {
        assert_eq!(preview("слово".repeat(50).as_bytes(), 7), "словосл…");
        assert_eq!(preview(&[0; 1 << 16], 2), "\\0\\0…");
        assert_eq!(preview(b"ab", 2), "ab");
    }
}
