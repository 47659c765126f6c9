//! Whether a row meets a test on one of its columns: the keys `column` and one of `is`, `is_not`, `is_empty`.
//!
//! It serves the sections `[[skip]]` and `[find]`. Never enters: a comparison of numbers or of dates; words are compared whole,
//! so that what a row is can be read off the mapping.

use super::{
    cells::Cells,
    reading::{Need, Reading, Scope},
    section::{Entry, Section},
};
use vocab::record::Refusal;

/// A test on one column.
#[derive(Clone, Debug)]
pub(super) struct RowTest {
    reading: Reading,
    words: Vec<Box<str>>,
    is_met_by: Match,
}

#[derive(Clone, Copy, Debug)]
enum Match {
    Listed,
    Unlisted,
    Empty,
}

impl RowTest {
    /// The test that a section describes; the section may hold more keys and is not closed.
    pub(super) fn in_section(section: &Section<'_>, scope: &Scope) -> Option<Self> {
        let reading = Reading::in_section(section, scope, Need::Optional);
        let words = |key| section.entry(key).map(|entry| entry.each().iter().filter_map(Entry::scalar).map(Box::from).collect::<Vec<_>>());
        let (is, is_not, empty) = (words("is"), words("is_not"), section.truth("is_empty") == Some(true));
        let (is_met_by, words) = match (is, is_not, empty) {
            (Some(words), None, false) => (Match::Listed, words),
            (None, Some(words), false) => (Match::Unlisted, words),
            (None, None, true) => (Match::Empty, Vec::new()),
            (_, _, _) => {
                section.wrong("needs exactly one test", "is = [\"0\"], is_not = [\"inspection\"] or is_empty = true");
                return None;
            }
        };
        Some(Self { reading: reading?, words, is_met_by })
    }

    /// Whether a row meets it.
    pub(super) fn is_met(&self, cells: &Cells<'_>) -> Result<bool, Refusal> {
        let text = self.reading.text(cells)?;
        let is_listed = text.as_deref().is_some_and(|text| self.words.iter().any(|word| **word == *text));
        Ok(match self.is_met_by {
            Match::Listed => is_listed,
            Match::Unlisted => !is_listed,
            Match::Empty => text.is_none(),
        })
    }
}
