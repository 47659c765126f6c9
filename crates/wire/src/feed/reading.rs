//! How one field is read from a row: a constant, a column, several columns joined, a value table, a word for empty cells.
//!
//! One form serves every field of a mapping: a bare value is a constant, a table with `column` reads the file. Meaning is
//! given by the field that owns the reading; here are only texts.

use super::{
    cells::{Cells, ITEM_END, trimmed},
    mistake::suggest,
    section::{Entry, Section},
};
use std::{
    borrow::Cow,
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use vocab::{
    name::{Label, NAME_BYTES_MAX},
    record::{BadValue, Refusal},
};

/// Words kept ready by one field; a column with more of them is read the slow way rather than held in memory.
const WORDS_KEPT_MAX: usize = 4_096;

/// A column that a mapping names, and where it does so first.
#[derive(Clone, Debug)]
pub(super) struct ColumnUse {
    /// Its name in the data.
    pub(super) name: Box<str>,
    /// Line and column in the mapping file.
    pub(super) place: (usize, usize),
    /// The key that names it.
    pub(super) key: String,
    /// Whether some field refuses a row without it.
    pub(super) is_needed: bool,
}

/// What the readings of one mapping share while it is compiled.
pub(super) struct Scope {
    /// The columns named so far; a cell has the index of its column.
    pub(super) columns: RefCell<Vec<ColumnUse>>,
    /// Words that mean an empty cell.
    pub(super) missing: Arc<[Box<str>]>,
}

impl Scope {
    /// The cell of a column.
    pub(super) fn column(&self, name: &str, entry: &Entry<'_>, need: Need) -> usize {
        let is_needed = need == Need::Required;
        let mut columns = self.columns.borrow_mut();
        if let Some(at) = columns.iter().position(|column| *column.name == *name) {
            columns[at].is_needed |= is_needed;
            return at;
        }
        columns.push(ColumnUse { name: name.into(), place: entry.place(), key: entry.path().to_owned(), is_needed });
        columns.len() - 1
    }
}

/// Whether a field may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// A row without it is refused.
    Required,
    /// A row without it is taken, and the field is unknown.
    Optional,
}

#[derive(Clone, Debug)]
enum Origin {
    Constant(Arc<str>),
    Columns { cells: Box<[usize]>, join: Box<str> },
}

#[derive(Clone, Debug)]
enum Others {
    Refuse,
    Keep,
    Word(Arc<str>),
}

#[derive(Clone, Debug)]
struct Table {
    words: BTreeMap<Box<str>, Arc<str>>,
    others: Others,
}

/// How one field is read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    field: Label,
    origin: Origin,
    table: Option<Table>,
    empty: Option<Arc<str>>,
    need: Need,
    split: Option<Box<str>>,
    missing: Arc<[Box<str>]>,
}

impl Reading {
    /// A constant, or the table that says which column.
    pub(super) fn of(entry: &Entry<'_>, scope: &Scope, need: Need) -> Option<Self> {
        if entry.is_table() {
            let section = entry.section()?;
            let reading = Self::in_section(&section, scope, need);
            section.close();
            return reading;
        }
        let constant = if entry.is_list() { joined(entry) } else { entry.scalar() };
        let constant = Origin::Constant(constant?.into());
        Some(Self { origin: constant, ..Self::bare(entry.path(), scope, need) })
    }

    /// The reading that a section describes; the section may hold more keys and is not closed.
    pub(super) fn in_section(section: &Section<'_>, scope: &Scope, need: Need) -> Option<Self> {
        let need = match section.truth("required") {
            Some(true) => Need::Required,
            Some(false) => Need::Optional,
            None => need,
        };
        let table = section.entry("table").and_then(|entry| Table::of(section, &entry));
        let empty = section.entry("empty").and_then(|entry| joined(&entry)).map(Arc::from);
        let split = section.text("split").map(Box::from);
        let path = section.path_of("column");
        let path = path.strip_suffix(".column").unwrap_or(&path);
        let columns_need = if empty.is_none() { need } else { Need::Optional };
        let (origin, names) = Self::columns_of(section, scope, columns_need)?;
        let field = format!("{path} (column {names})");
        Some(Self { origin, table, empty, split, ..Self::bare(&field, scope, need) })
    }

    fn bare(field: &str, scope: &Scope, need: Need) -> Self {
        let origin = Origin::Constant(Arc::from(""));
        let missing = Arc::clone(&scope.missing);
        Self { field: label(field), origin, table: None, empty: None, need, split: None, missing }
    }

    fn columns_of(section: &Section<'_>, scope: &Scope, need: Need) -> Option<(Origin, String)> {
        let join = section.text("join").unwrap_or(" ").into();
        let names = match (section.entry("column"), section.entry("columns")) {
            (Some(one), None) => vec![one],
            (None, Some(several)) => several.each(),
            (Some(_), Some(several)) => {
                several.wrong("stands beside `column`", "either `column = \"one\"` or `columns = [\"one\", \"another\"]`");
                return None;
            }
            (None, None) => {
                section.wrong("names no column", "column = \"name of a column of the file\", or a bare value as a constant");
                return None;
            }
        };
        let named: Vec<(usize, &str)> =
            names.iter().filter_map(|entry| entry.text().map(|name| (scope.column(trimmed(name), entry, need), name))).collect();
        let shown = named.iter().map(|(_, name)| *name).collect::<Vec<_>>().join(", ");
        let cells: Box<[usize]> = named.iter().map(|(cell, _)| *cell).collect();
        if cells.is_empty() {
            section.wrong("names no column", "column = \"name of a column of the file\"");
            return None;
        }
        Some((Origin::Columns { cells, join }, shown))
    }

    /// The field's name in refusals.
    pub(super) fn field(&self) -> &Label {
        &self.field
    }

    /// The refusal of a bad value of this field.
    pub(super) fn bad(&self, problem: BadValue) -> Refusal {
        Refusal::BadField { field: self.field.clone(), problem }
    }

    /// The index of its only cell, where it reads one column as it stands.
    pub(super) fn only_cell(&self) -> Option<usize> {
        match &self.origin {
            Origin::Columns { cells, .. } if cells.len() == 1 && self.table.is_none() => cells.first().copied(),
            Origin::Columns { .. } | Origin::Constant(_) => None,
        }
    }

    /// The words that it can give without reading a row: its constant, its table, its word for empty cells.
    fn fixed_words(&self) -> impl Iterator<Item = &str> {
        let constant = match &self.origin {
            Origin::Constant(word) => Some(&**word),
            Origin::Columns { .. } => None,
        };
        let table = self.table.iter().flat_map(|table| {
            let other = match &table.others {
                Others::Word(word) => Some(&**word),
                Others::Refuse | Others::Keep => None,
            };
            table.words.values().map(|word| &**word).chain(other)
        });
        constant.into_iter().chain(table).chain(self.empty.as_deref())
    }

    /// Every word it can give, where that is a closed set.
    pub(super) fn closed_words(&self) -> Option<Vec<&str>> {
        let is_closed = match (&self.origin, &self.table) {
            (Origin::Constant(_), _) => true,
            (Origin::Columns { .. }, Some(table)) => !matches!(table.others, Others::Keep),
            (Origin::Columns { .. }, None) => false,
        };
        is_closed.then(|| self.fixed_words().collect())
    }

    /// What the row says before any table; nothing when its cells are empty.
    fn raw<'c>(&'c self, cells: &'c Cells<'_>) -> Result<Option<Cow<'c, str>>, Refusal> {
        let of = |cell: usize| {
            let text = cells.cells[cell].text().map_err(|problem| self.bad(problem))?;
            Ok(text.filter(|text| !self.missing.iter().any(|word| **word == **text)))
        };
        match &self.origin {
            Origin::Constant(word) => Ok(Some(Cow::Borrowed(word))),
            Origin::Columns { cells: one, .. } if one.len() == 1 => of(one[0]),
            Origin::Columns { cells: several, join } => {
                let parts = several.iter().map(|cell| of(*cell)).collect::<Result<Vec<_>, Refusal>>()?;
                let is_empty = parts.iter().all(Option::is_none);
                let parts: Vec<&str> = parts.iter().map(|part| part.as_deref().unwrap_or("")).collect();
                Ok(if is_empty { None } else { Some(Cow::Owned(parts.join(join))) })
            }
        }
    }

    /// The text of this field.
    pub(super) fn text<'c>(&'c self, cells: &'c Cells<'_>) -> Result<Option<Cow<'c, str>>, Refusal> {
        match self.raw(cells)? {
            Some(raw) => self.translated(raw),
            None => self.of_empty(),
        }
    }

    fn of_empty(&self) -> Result<Option<Cow<'_, str>>, Refusal> {
        match (&self.empty, self.need) {
            (Some(word), _) => Ok(Some(Cow::Borrowed(word))),
            (None, Need::Optional) => Ok(None),
            (None, Need::Required) => Err(Refusal::MissingField { field: self.field.clone() }),
        }
    }

    fn translated<'c>(&'c self, raw: Cow<'c, str>) -> Result<Option<Cow<'c, str>>, Refusal> {
        if self.split.is_none() && !raw.contains(ITEM_END) {
            return self.translated_one(raw).map(Some);
        }
        let split = |item: &'_ str| -> Vec<String> {
            let parts = self.split.as_deref().map_or_else(|| vec![item], |end| item.split(end).collect());
            parts.into_iter().map(trimmed).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let items: Vec<String> = raw.split(ITEM_END).flat_map(split).collect();
        let items = items.into_iter().map(|item| self.translated_one(Cow::Owned(item))).collect::<Result<Vec<_>, Refusal>>()?;
        if items.is_empty() { self.of_empty() } else { Ok(Some(Cow::Owned(items.join(&*ITEM_END.to_string())))) }
    }

    fn translated_one<'c>(&'c self, raw: Cow<'c, str>) -> Result<Cow<'c, str>, Refusal> {
        let Some(table) = &self.table else { return Ok(raw) };
        match (table.words.get(&*raw), &table.others) {
            (Some(word), _) | (None, Others::Word(word)) => Ok(Cow::Borrowed(word)),
            (None, Others::Keep) => Ok(raw),
            (None, Others::Refuse) => Err(self.bad(BadValue::UnknownWord)),
        }
    }
}

impl Table {
    /// The table, with what becomes of the words it does not list.
    fn of(section: &Section<'_>, entry: &Entry<'_>) -> Option<Self> {
        let words = entry.section()?.all().filter_map(|(raw, word)| Some((trimmed(raw).into(), joined(&word)?.into()))).collect();
        let others = match (section.entry("otherwise"), section.truth("keep_others")) {
            (Some(word), _) => Others::Word(joined(&word)?.into()),
            (None, Some(true)) => Others::Keep,
            (None, Some(false) | None) => Others::Refuse,
        };
        Some(Self { words, others })
    }
}

/// A scalar as text, or a list of them with [`ITEM_END`] between.
fn joined(entry: &Entry<'_>) -> Option<String> {
    let items: Option<Vec<String>> = entry.each().iter().map(Entry::scalar).collect();
    if items.is_none() {
        entry.wrong(format!("has {}", entry.shown()), "a text, or a list of texts");
    }
    items.map(|items| items.join(&*ITEM_END.to_string()))
}

/// What the words of a field mean.
pub(super) struct Meaning<T> {
    /// From a word to its meaning.
    pub(super) convert: fn(&str) -> Result<T, BadValue>,
    /// The words that have one, where that is a closed set; for hints.
    pub(super) known: Vec<&'static str>,
    /// Whether the field may be empty.
    pub(super) need: Need,
}

/// A field whose values repeat: each word is converted once and then shared.
#[derive(Clone, Debug)]
pub(super) struct Words<T> {
    reading: Reading,
    convert: fn(&str) -> Result<T, BadValue>,
    constant: Option<T>,
    seen: HashMap<Box<str>, T>,
}

impl<T: Clone> Words<T> {
    /// Compiles the field and checks every word that the mapping itself gives it.
    pub(super) fn of(entry: &Entry<'_>, scope: &Scope, meaning: Meaning<T>) -> Option<Self> {
        let reading = Reading::of(entry, scope, meaning.need)?;
        for word in reading.fixed_words() {
            if let Err(problem) = (meaning.convert)(word) {
                let hint = if meaning.known.is_empty() {
                    format!("a text of 1 to {NAME_BYTES_MAX} bytes without control characters")
                } else {
                    suggest(word, meaning.known.iter().copied())
                };
                entry.wrong(format!("has `{}`, which {problem}", word.replace(ITEM_END, ", ")), hint);
            }
        }
        let constant = match &reading.origin {
            Origin::Constant(word) => (meaning.convert)(word).ok(),
            Origin::Columns { .. } => None,
        };
        Some(Self { reading, convert: meaning.convert, constant, seen: HashMap::new() })
    }

    /// How its text is read.
    pub(super) fn reading(&self) -> &Reading {
        &self.reading
    }

    /// The value of this field in a row.
    pub(super) fn read(&mut self, cells: &Cells<'_>) -> Result<Option<T>, Refusal> {
        if let Some(value) = &self.constant {
            return Ok(Some(value.clone()));
        }
        let raw = self.reading.raw(cells)?;
        if let Some(value) = raw.as_deref().and_then(|raw| self.seen.get(raw)) {
            return Ok(Some(value.clone()));
        }
        let key: Option<Box<str>> = raw.as_deref().map(Box::from);
        let text = match raw {
            Some(raw) => self.reading.translated(raw)?,
            None => self.reading.of_empty()?,
        };
        let Some(text) = text else { return Ok(None) };
        let value = (self.convert)(&text).map_err(|problem| self.reading.bad(problem))?;
        if let Some(key) = key.filter(|key| key.len() <= NAME_BYTES_MAX && self.seen.len() < WORDS_KEPT_MAX) {
            self.seen.insert(key, value.clone());
        }
        Ok(Some(value))
    }
}

/// The value of a field that a mapping may leave out.
pub(super) fn read_words<T: Clone>(words: &mut Option<Words<T>>, cells: &Cells<'_>) -> Result<Option<T>, Refusal> {
    words.as_mut().map_or(Ok(None), |words| words.read(cells))
}

/// A text made fit for a label: control characters become spaces, a long end is cut.
pub(super) fn label(text: &str) -> Label {
    let clean: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let mut end = clean.len().min(NAME_BYTES_MAX);
    while !clean.is_char_boundary(end) {
        end -= 1;
    }
    Label::parse(&clean[..end]).or_else(|_| Label::parse("unnamed")).expect("a literal without control characters is a label")
}
