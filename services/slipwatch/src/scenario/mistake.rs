//! Mistakes of a file of cases: where, what is wrong, what would be right; all of them in one go.
//!
//! What must never enter: the wording of a mistake, which whoever knows the rule says.

use std::{fmt::Write as _, ops::Range, path::Path};

/// Most mistakes that are told in full.
const SHOWN_MAX: usize = 20;
/// Known words named after one that is unknown.
const NAMED_MAX: usize = 8;

/// Something wrong at a place of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where, in bytes.
    pub span: Range<usize>,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub help: String,
}

/// Mistakes as text, each with its line.
#[must_use]
pub fn tell(path: &Path, text: &str, mistakes: &[Mistake]) -> String {
    let mut told = String::new();
    for mistake in mistakes.iter().take(SHOWN_MAX) {
        let Mistake { span, problem, help } = mistake;
        let Spot { line, column, excerpt, indent } = spot(text, span.start);
        let caret = " ".repeat(indent);
        let _infallible = write!(
            told,
            "error: {problem}\n  --> {}:{line}:{column}\n   | {excerpt}\n   | {caret}^\n   = help: {help}\n\n",
            path.display()
        );
    }
    let _infallible = match mistakes.len() {
        1 => write!(told, "1 mistake"),
        all if all > SHOWN_MAX => write!(told, "{all} mistakes, {SHOWN_MAX} of them shown"),
        all => write!(told, "{all} mistakes"),
    };
    told
}

/// Characters of a line shown before and behind a place.
const AROUND: (usize, usize) = (40, 70);

/// A place as it is shown.
struct Spot {
    line: usize,
    column: usize,
    excerpt: String,
    indent: usize,
}

fn spot(text: &str, at: usize) -> Spot {
    let (before, after) = text.split_at(text.floor_char_boundary(at));
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let end = before.len() + after.find('\n').unwrap_or(after.len());
    let column = before[start..].chars().count();
    let skipped = column.saturating_sub(AROUND.0);
    let excerpt: String = text[start..end].chars().skip(skipped).take(AROUND.0 + AROUND.1).collect();
    Spot { line: before.matches('\n').count() + 1, column: column + 1, excerpt: excerpt.trim_end().to_owned(), indent: column - skipped }
}

/// What would be right for an unknown word: those of the known ones that begin or end alike, or the first of them.
#[must_use]
pub fn known(word: &str, words: &[String]) -> String {
    let wanted = word.to_lowercase();
    let alike = |known: &&String| {
        let known = known.to_lowercase();
        let common = known.chars().zip(wanted.chars()).take_while(|(one, other)| one == other).count();
        common >= 3 || known.ends_with(&wanted) || wanted.ends_with(&known)
    };
    let mut near: Vec<&String> = words.iter().filter(alike).collect();
    if near.is_empty() {
        near = words.iter().collect();
    }
    let more = if near.len() > NAMED_MAX { format!(" … {} in all", words.len()) } else { String::new() };
    let named: Vec<&str> = near.iter().take(NAMED_MAX).map(|word| word.as_str()).collect();
    format!("one of {}{more}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_is_told_with_its_line_and_what_would_be_right() {
        let mistake = Mistake { span: 11..15, problem: "`slpi` is no verdict".to_owned(), help: "one of slip, gap".to_owned() };
        let told = tell(Path::new("a.toml"), "a = 1\n  b = \"slpi\"\n", &[mistake]);
        assert_eq!(
            told,
            "error: `slpi` is no verdict\n  --> a.toml:2:6\n   |   b = \"slpi\"\n   |      ^\n   = help: one of slip, gap\n\n1 mistake"
        );
    }

    #[test]
    fn known_words_that_are_alike_come_first() {
        let words: Vec<String> = ["M-COAL-CAP", "M-COAL-BAN", "M-SEAFOOD"].map(str::to_owned).to_vec();
        assert_eq!(known("m-coal", &words), "one of M-COAL-CAP, M-COAL-BAN");
        assert_eq!(known("x", &words), "one of M-COAL-CAP, M-COAL-BAN, M-SEAFOOD");
    }
}
