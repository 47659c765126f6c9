//! A text with the name of its file: from a span of bytes to line, column and the line as it is shown.
//!
//! What must never enter: what the text means.

use std::ops::Range;

/// Characters of a line that are shown around a mistake.
const SHOWN_MAX: usize = 100;
/// Characters shown before the column of a mistake when its line is too long to be shown whole.
const SHOWN_BEFORE: usize = 30;

/// A text and the file it came from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'t> {
    /// The name of the file, as the user gave it.
    pub(crate) file: &'t str,
    /// Its text.
    pub(crate) text: &'t str,
}

/// Where a span stands, and its line ready to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spot {
    /// Line, from 1.
    pub(crate) line: usize,
    /// Column in characters, from 1.
    pub(crate) column: usize,
    /// The line, cut to what fits a screen, without control characters.
    pub(crate) excerpt: String,
    /// Characters of the excerpt before the span.
    pub(crate) indent: usize,
    /// Characters of the excerpt under the span, at least 1.
    pub(crate) width: usize,
}

impl<'t> Source<'t> {
    /// What stands at a span; nothing where there is no such span.
    pub(crate) fn at(self, span: &Range<usize>) -> &'t str {
        self.text.get(span.clone()).unwrap_or("")
    }

    /// Where a span stands.
    pub(crate) fn spot(self, span: &Range<usize>) -> Spot {
        let start = self.text.floor_char_boundary(span.start);
        let (before, after) = self.text.split_at(start);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line_end = start + after.find('\n').unwrap_or(after.len());
        let line = self.text[line_start..line_end].trim_end_matches('\r');
        let column = self.text[line_start..start].chars().count();
        let end = self.text.floor_char_boundary(span.end).clamp(start, line_end);
        let width = self.text[start..end].chars().count();
        let (excerpt, indent) = shown(line, column);
        Spot {
            line: before.matches('\n').count() + 1,
            column: column + 1,
            width: width.clamp(1, excerpt.chars().count().saturating_sub(indent).max(1)),
            excerpt,
            indent,
        }
    }
}

/// A line cut to what fits a screen, and how many of its characters stand before the column.
fn shown(line: &str, column: usize) -> (String, usize) {
    let skipped = if line.chars().count() <= SHOWN_MAX { 0 } else { column.saturating_sub(SHOWN_BEFORE) };
    let rest = line.chars().skip(skipped);
    // A tab would part the caret from its letter; other control characters could drive a terminal.
    let excerpt = rest
        .take(SHOWN_MAX)
        .map(|letter| match letter {
            '\t' => ' ',
            letter if letter.is_control() => char::REPLACEMENT_CHARACTER,
            letter => letter,
        })
        .collect();
    (excerpt, column - skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(text: &str, span: Range<usize>) -> Spot {
        Source { file: "x", text }.spot(&span)
    }

    #[test]
    fn a_span_has_a_line_and_a_column_in_characters() {
        let found = spot("a = 1\r\n\tü = \"é\" # x", 13..17);
        assert_eq!((found.line, found.column), (2, 6));
        assert_eq!(found.excerpt, " ü = \"é\" # x");
        assert_eq!((found.indent, found.width), (5, 3));
    }

    #[test]
    fn a_span_over_lines_or_past_the_end_stays_on_its_line() {
        assert_eq!(spot("ab\ncd", 1..5).width, 1);
        let end = spot("ab\n", 3..9);
        assert_eq!((end.line, end.column, end.width), (2, 1, 1));
        assert_eq!(spot("", 7..9).line, 1);
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = "x".repeat(5_000);
        let found = spot(&text, 4_000..4_010);
        assert_eq!((found.column, found.indent, found.width), (4_001, 30, 10));
        assert_eq!(found.excerpt.chars().count(), 100);
    }
}
