//! Mistakes in a mapping file, as plain values: where, which key, what it has, and what would be right.
//!
//! The command line prints them; nothing here writes to a screen. A mistake is about the mapping, never about a row of
//! data: what is wrong with a row is a `Refusal`.

use core::fmt;
use std::ops::Range;

/// One mistake in a mapping file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MappingMistake {
    /// Line in the mapping file, from 1.
    pub line: usize,
    /// Character in that line, from 1.
    pub column: usize,
    /// The key concerned, with its section, such as `occurred.format`.
    pub key: String,
    /// What is wrong, with what the file has there.
    pub problem: String,
    /// What would be right.
    pub hint: String,
}

/// All mistakes of one mapping file, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistakes {
    /// The mapping file as it was named.
    pub file: String,
    /// The mistakes, at least one.
    pub list: Vec<MappingMistake>,
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in &self.list {
            writeln!(f, "{}:{}:{}: {}: {}", self.file, mistake.line, mistake.column, mistake.key, mistake.problem)?;
            // An example of several lines stays below its mistake.
            writeln!(f, "    right would be: {}", mistake.hint.replace('\n', "\n        "))?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

/// Line and column, both from 1, of a byte in a text.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Collects mistakes while a mapping is read, so that all of them are told at once.
pub(super) struct Notebook<'t> {
    text: &'t str,
    list: std::cell::RefCell<Vec<MappingMistake>>,
}

impl<'t> Notebook<'t> {
    /// An empty notebook over the text of a mapping file.
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, list: std::cell::RefCell::default() }
    }

    /// Notes a mistake at a range of bytes.
    pub(super) fn note(&self, span: &Range<usize>, key: &str, problem: impl Into<String>, hint: impl Into<String>) {
        let (line, column) = place(self.text, span.start);
        let mistake = MappingMistake { line, column, key: key.to_owned(), problem: problem.into(), hint: hint.into() };
        self.list.borrow_mut().push(mistake);
    }

    /// Line and column of a byte of the mapping file.
    pub(super) fn place(&self, at: usize) -> (usize, usize) {
        place(self.text, at)
    }

    /// What was noted, in the order of the file.
    pub(super) fn into_list(self) -> Vec<MappingMistake> {
        let mut list = self.list.into_inner();
        list.sort();
        list.dedup();
        list
    }
}

/// Words as a sentence lists them: `a, b or c`.
pub(super) fn any_of<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// `did you mean …?` in front of the whole list, where one of the known words is near.
pub(super) fn suggest<'w>(has: &str, known: impl IntoIterator<Item = &'w str> + Clone) -> String {
    let list = any_of(known.clone());
    match nearest(has, known) {
        Some(near) => format!("did you mean `{near}`? known are: {list}"),
        None => format!("one of: {list}"),
    }
}

/// The nearest known word, if it is near: two edits (two letters swapped are two), three from nine letters on, and so forth.
pub(super) fn nearest<'w>(has: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let has = has.to_lowercase();
    let scored = known.into_iter().map(|word| {
        let (left, right) = tails(&has, word);
        (distance(left, &right.to_lowercase()), right.chars().count(), word)
    });
    let is_near = |steps: usize, letters: usize| steps == 0 || (letters > 2 && steps <= (letters / 3).max(2));
    scored.filter(|(steps, letters, _)| is_near(*steps, *letters)).min().map(|(_, _, word)| word)
}

/// Two words without the dotted beginning that they share, which says nothing about how near they are: `inspection.done` is
/// no slip of the pen for `inspection.refused`.
fn tails<'l, 'r>(left: &'l str, right: &'r str) -> (&'l str, &'r str) {
    match (left.split_once('.'), right.split_once('.')) {
        (Some((head, left)), Some((same, right))) if head == same => (left, right),
        (_, _) => (left, right),
    }
}

/// Edits (insert, delete, replace) between two words; Wagner and Fischer 1974. Long texts count as far apart.
fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    if left.len().max(right.len()) > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (place, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[place + 1];
            row[place + 1] = replaced.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[right.len()]
}
