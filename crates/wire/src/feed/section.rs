//! A mapping file as a tree of sections and entries that know where they stand.
//!
//! Every key is asked for by name; what nobody asked for is a mistake with the nearest known key. So an unknown key is
//! never passed over, and all mistakes are found in one reading. It knows TOML and nothing of feeds.

use super::mistake::{Notebook, suggest};
use std::{cell::RefCell, ops::Range};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A table of the file.
pub(super) struct Section<'t> {
    path: String,
    span: Range<usize>,
    table: &'t DeTable<'t>,
    asked: RefCell<Vec<&'static str>>,
    book: &'t Notebook<'t>,
}

/// A value of the file.
pub(super) struct Entry<'t> {
    path: String,
    span: Range<usize>,
    value: &'t DeValue<'t>,
    book: &'t Notebook<'t>,
}

impl<'t> Section<'t> {
    /// The whole file.
    pub(super) fn root(table: &'t Spanned<DeTable<'t>>, book: &'t Notebook<'t>) -> Self {
        // The root spans the file; a key that is missing from it is told at the first line.
        Self { path: String::new(), span: 0..0, table: table.get_ref(), asked: RefCell::default(), book }
    }

    /// The value of a key, if it is there.
    pub(super) fn entry(&self, key: &'static str) -> Option<Entry<'t>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key).map(|value| self.entry_of(key, value))
    }

    fn entry_of(&self, key: &str, value: &'t Spanned<DeValue<'t>>) -> Entry<'t> {
        Entry { path: self.path_of(key), span: value.span(), value: value.get_ref(), book: self.book }
    }

    /// A key with the path of its section.
    pub(super) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key that must be there; its absence is noted with an example.
    pub(super) fn needed(&self, key: &'static str, example: &str) -> Option<Entry<'t>> {
        let entry = self.entry(key);
        if entry.is_none() {
            self.book.note(&self.span, &self.path_of(key), "is missing", example);
        }
        entry
    }

    /// A section below this one, if it is there.
    pub(super) fn section(&self, key: &'static str) -> Option<Self> {
        self.entry(key)?.section()
    }

    /// A section below this one that must be there.
    pub(super) fn needed_section(&self, key: &'static str, example: &str) -> Option<Self> {
        self.needed(key, example)?.section()
    }

    /// A text, if it is there.
    pub(super) fn text(&self, key: &'static str) -> Option<&'t str> {
        self.entry(key)?.text()
    }

    /// A whole number from 0 to `most`, if it is there.
    pub(super) fn whole(&self, key: &'static str, most: u32) -> Option<u32> {
        self.entry(key)?.whole(most)
    }

    /// `true` or `false`, if it is there.
    pub(super) fn truth(&self, key: &'static str) -> Option<bool> {
        let entry = self.entry(key)?;
        let truth = entry.value.as_bool();
        if truth.is_none() {
            entry.wrong(format!("has {}", entry.shown()), "true or false");
        }
        truth
    }

    /// All keys with their values, for tables whose keys are the source's own words.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'t str, Entry<'t>)> {
        self.table.iter().map(|(key, value)| (key.get_ref().as_ref(), self.entry_of(key.get_ref(), value)))
    }

    /// Whether a key is there, without asking for it.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes a mistake about this section.
    pub(super) fn wrong(&self, problem: impl Into<String>, hint: impl Into<String>) {
        let key = if self.path.is_empty() { "the mapping" } else { &self.path };
        self.book.note(&self.span, key, problem, hint);
    }

    /// Notes every key that was not asked for.
    pub(super) fn close(self) {
        let mut asked = self.asked.into_inner();
        asked.sort_unstable();
        asked.dedup();
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if !asked.contains(&name) {
                let path = if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) };
                self.book.note(&key.span(), &path, "is no key that is known here", suggest(name, asked.iter().copied()));
            }
        }
    }
}

impl<'t> Entry<'t> {
    /// Its key with the path of its section.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Line and column in the mapping file.
    pub(super) fn place(&self) -> (usize, usize) {
        self.book.place(self.span.start)
    }

    /// Notes a mistake about this value.
    pub(super) fn wrong(&self, problem: impl Into<String>, hint: impl Into<String>) {
        self.book.note(&self.span, &self.path, problem, hint);
    }

    /// The value as a message shows it.
    pub(super) fn shown(&self) -> String {
        match self.value {
            DeValue::String(text) => format!("the text `{text}`"),
            DeValue::Integer(number) => format!("the number {}", number.as_str()),
            DeValue::Float(number) => format!("the number {}", number.as_str()),
            DeValue::Boolean(truth) => format!("{truth}"),
            DeValue::Datetime(_) => "a date".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }

    /// The text, or a mistake.
    pub(super) fn text(&self) -> Option<&'t str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.wrong(format!("has {}", self.shown()), "a text in quotes");
        }
        text
    }

    /// The text, if it is one; no mistake otherwise.
    pub(super) fn as_text(&self) -> Option<&'t str> {
        self.value.as_str()
    }

    /// A scalar as text: the text itself, or a number or truth as it is written. Nothing for lists and tables.
    pub(super) fn scalar(&self) -> Option<String> {
        match self.value {
            DeValue::String(text) => Some(text.to_string()),
            DeValue::Integer(number) => Some(number.as_str().to_owned()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            DeValue::Boolean(truth) => Some(truth.to_string()),
            DeValue::Datetime(date) => Some(date.to_string()),
            DeValue::Array(_) | DeValue::Table(_) => None,
        }
    }

    /// The entries of a list, or this entry alone when it is no list.
    pub(super) fn each(&self) -> Vec<Entry<'t>> {
        let of = |value: &'t Spanned<DeValue<'t>>| Entry {
            path: self.path.clone(),
            span: value.span(),
            value: value.get_ref(),
            book: self.book,
        };
        match self.value.as_array() {
            Some(list) => list.iter().map(of).collect(),
            None => vec![Entry { path: self.path.clone(), span: self.span.clone(), value: self.value, book: self.book }],
        }
    }

    /// A text or a list of texts; anything else is a mistake.
    pub(super) fn texts(&self) -> Vec<Entry<'t>> {
        self.each().into_iter().filter(|entry| entry.text().is_some()).collect()
    }

    /// A whole number from 0 to `most`, or a mistake.
    pub(super) fn whole(&self, most: u32) -> Option<u32> {
        let number = self.value.as_integer().and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| *number <= most);
        if number.is_none() {
            self.wrong(format!("has {}", self.shown()), format!("a whole number from 0 to {most}"));
        }
        number
    }

    /// Whether it is a table.
    pub(super) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        self.value.is_array()
    }

    /// The section it is, or a mistake.
    pub(super) fn section(&self) -> Option<Section<'t>> {
        let Some(table) = self.value.as_table() else {
            self.wrong(format!("has {}", self.shown()), format!("a section `[{}]`", self.path));
            return None;
        };
        Some(Section { path: self.path.clone(), span: self.span.clone(), table, asked: RefCell::default(), book: self.book })
    }
}
