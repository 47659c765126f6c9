//! Values and sections of a TOML text with their places: typed reading that says what it found and what would be right.
//!
//! The parser is the `toml` crate's; here a value only meets a type, a bound or a list of words. What must never enter: the
//! name of a key, which belongs to the form and to whoever reads that key.

use crate::{
    findings::{Fault, Findings},
    form::{FORMS, Form, Key},
    nearest::nearest,
    source::Source,
};
use std::{collections::BTreeMap, ops::Range, ops::RangeInclusive};
use toml::de::{DeTable, DeValue};
use vocab::{
    name::BadName,
    time::{BadTime, Day, Week},
};

/// Characters of a value that are repeated in a message.
const FOUND_MAX: usize = 40;

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Entry<'t> {
    pub(crate) source: Source<'t>,
    pub(crate) value: &'t DeValue<'t>,
    pub(crate) span: Range<usize>,
    pub(crate) path: String,
    /// How the key is written.
    pub(crate) example: &'static str,
}

impl<'t> Entry<'t> {
    /// A fault of this value.
    pub(crate) fn fault(&self, problem: impl Into<String>, help: impl Into<String>) -> Fault<'t> {
        Fault { source: self.source, span: self.span.clone(), key: self.path.clone(), problem: problem.into(), help: help.into() }
    }

    /// The value as it is written, on one line, shortened.
    pub(crate) fn found(&self) -> String {
        let written = self.source.at(&self.span).lines().next().unwrap_or("");
        let shown: String = written.chars().take(FOUND_MAX).collect();
        let cut = shown.len() < self.source.at(&self.span).len();
        format!("`{shown}{}`", if cut { "…" } else { "" })
    }

    fn unlike(&self, wanted: &str) -> Fault<'t> {
        let kind = match self.value {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a truth value",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        let problem = format!("{} is {kind}, not {wanted}", self.found());
        self.fault(problem, format!("write it as in {}", self.example))
    }

    /// A text.
    pub(crate) fn text(&self) -> Result<&'t str, Fault<'t>> {
        self.value.as_str().ok_or_else(|| self.unlike("a text in quotes"))
    }

    /// A name of some kind.
    pub(crate) fn name<T>(&self, parse: fn(&str) -> Result<T, BadName>) -> Result<T, Fault<'t>> {
        parse(self.text()?).map_err(|bad| {
            let help = format!("a text of 1 to 256 bytes on one line, such as {}", self.example);
            self.fault(format!("{} is no name: {bad}", self.found()), help)
        })
    }

    /// One of a closed list of words.
    pub(crate) fn word<T: Copy>(&self, words: &[(&'static str, T)]) -> Result<T, Fault<'t>> {
        let text = self.text()?;
        let known = words.iter().find(|(word, _)| *word == text);
        known.map(|(_, value)| *value).ok_or_else(|| {
            let names = || words.iter().map(|(word, _)| *word);
            let problem = format!("{} is not one of the known words", self.found());
            self.fault(problem, suggestion(text, names, "one of "))
        })
    }

    /// A whole number within bounds.
    pub(crate) fn whole<T: TryFrom<i64>>(&self, bounds: RangeInclusive<i64>) -> Result<T, Fault<'t>> {
        let DeValue::Integer(integer) = self.value else {
            return Err(self.unlike("a whole number"));
        };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        number.filter(|number| bounds.contains(number)).and_then(|number| T::try_from(number).ok()).ok_or_else(|| {
            let (low, high) = bounds.into_inner();
            let problem = format!("{} is out of bounds", self.found());
            self.fault(problem, format!("a whole number from {low} to {high}"))
        })
    }

    /// A finite number.
    pub(crate) fn real(&self) -> Result<f64, Fault<'t>> {
        let number = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok(),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            DeValue::Integer(_)
            | DeValue::String(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        number.filter(|number| number.is_finite()).ok_or_else(|| self.unlike("a finite number"))
    }

    /// A civil day, as a TOML date or as a text.
    pub(crate) fn day(&self) -> Result<Day, Fault<'t>> {
        let written = match self.value {
            DeValue::Datetime(time) if time.time.is_none() && time.offset.is_none() => time.to_string(),
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => return Err(self.unlike("a day")),
        };
        Day::parse(&written).map_err(|bad| self.no_time("ISO date", bad))
    }

    /// An ISO week.
    pub(crate) fn week(&self) -> Result<Week, Fault<'t>> {
        Week::parse(self.text()?).map_err(|bad| self.no_time("ISO week", bad))
    }

    fn no_time(&self, kind: &str, bad: BadTime) -> Fault<'t> {
        let problem = match bad {
            BadTime::Shape => format!("{} is no {kind}", self.found()),
            BadTime::Range => format!("{} lies outside 1970 to 2199", self.found()),
        };
        self.fault(problem, format!("an {kind} is written as in {}", self.example))
    }

    /// The elements of a list that is not empty.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Fault<'t>> {
        let array = self.value.as_array().ok_or_else(|| self.unlike("a list"))?;
        if array.is_empty() {
            let help = format!("write at least one, as in {}, or leave an optional key out", self.example);
            return Err(self.fault("the list is empty", help));
        }
        let items = array.iter().enumerate().map(|(at, item)| Self {
            source: self.source,
            value: item.get_ref(),
            span: item.span(),
            path: format!("{}[{}]", self.path, at + 1),
            example: self.example,
        });
        Ok(items.collect())
    }

    /// A section; its unknown keys are found at once.
    pub(crate) fn section(&self, form: &'static Form, out: &mut Findings<'t>) -> Result<Section<'t>, Fault<'t>> {
        let table = self.value.as_table();
        let table = table.ok_or_else(|| self.unlike("a section"))?;
        let section = Section { source: self.source, table, span: self.span.clone(), path: self.path.clone(), form };
        section.find_strangers(out);
        Ok(section)
    }
}

/// A table with its place and the keys it may have.
#[derive(Clone, Debug)]
pub(crate) struct Section<'t> {
    source: Source<'t>,
    table: &'t DeTable<'t>,
    span: Range<usize>,
    path: String,
    form: &'static Form,
}

impl<'t> Section<'t> {
    /// The top of a text; its unknown keys are found at once.
    pub(crate) fn top(source: Source<'t>, table: &'t DeTable<'t>, form: &'static Form, out: &mut Findings<'t>) -> Self {
        let section = Self { source, table, span: 0..0, path: String::new(), form };
        section.find_strangers(out);
        section
    }

    /// A fault of the section as a whole.
    pub(crate) fn fault(&self, problem: impl Into<String>, help: impl Into<String>) -> Fault<'t> {
        Fault { source: self.source, span: self.span.clone(), key: self.path.clone(), problem: problem.into(), help: help.into() }
    }

    fn path_of(&self, key: &str) -> String {
        // A quoted key may hold anything, and a path is printed.
        let key: String = key.escape_debug().take(FOUND_MAX).collect();
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// The value of a key, if the section has it.
    pub(crate) fn entry(&self, name: &str) -> Option<Entry<'t>> {
        let value = self.table.get(name)?;
        Some(Entry {
            source: self.source,
            value: value.get_ref(),
            span: value.span(),
            path: self.path_of(name),
            example: self.form.key(name).map_or("", |key| key.example),
        })
    }

    /// The value of a key that must be there.
    pub(crate) fn needed(&self, name: &str) -> Result<Entry<'t>, Fault<'t>> {
        self.entry(name).ok_or_else(|| self.missing(name))
    }

    /// The fault of a key that must be there.
    pub(crate) fn missing(&self, name: &str) -> Fault<'t> {
        let example = self.form.key(name).map_or("", |key| key.example);
        // A section says by its brackets where it is written.
        let help = match example.starts_with('[') {
            true => format!("write {example}"),
            false => format!("write it {}, as in {example}", self.form.place),
        };
        self.fault(format!("the key `{name}` is missing"), help)
    }

    fn find_strangers(&self, out: &mut Findings<'t>) {
        for (key, _) in self.table.iter() {
            let name = key.get_ref();
            if self.form.key(name).is_none() {
                out.add(Fault {
                    source: self.source,
                    span: key.span(),
                    key: self.path_of(name),
                    problem: "there is no such key here".to_owned(),
                    help: if out.is_full() { String::new() } else { self.stranger_help(name) },
                });
            }
        }
    }

    fn stranger_help(&self, name: &str) -> String {
        let own = nearest(name, self.form.names());
        let home = FORMS.iter().find(|form| form.key(name).is_some());
        match (own, home) {
            // A section in the singular, though another one has a key of that name.
            (Some(own), _) if own.strip_suffix('s') == Some(name) => format!("did you mean `{own}`?"),
            // The right word in the wrong place is likelier than a slip that happens to be a word.
            (_, Some(home)) => format!("`{name}` is written {}", home.place),
            (Some(own), None) => format!("did you mean `{own}`?"),
            (None, None) => {
                let names: Vec<&str> = self.form.keys.iter().map(|Key { name, .. }| *name).collect();
                format!("the keys {} are {}", self.form.place, names.join(", "))
            }
        }
    }
}

/// The nearest known word, or all of them.
pub(crate) fn suggestion<'w, I: Iterator<Item = &'w str>>(text: &str, known: impl Fn() -> I, lead: &str) -> String {
    const LISTED_MAX: usize = 12;
    if let Some(word) = nearest(text, known()) {
        return format!("did you mean \"{word}\"?");
    }
    let words: Vec<String> = known().take(LISTED_MAX).map(|word| format!("\"{word}\"")).collect();
    let more = known().count().saturating_sub(LISTED_MAX);
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{lead}{}{rest}", words.join(", "))
}

/// What was named so far, to find the second of two.
#[derive(Debug, Default)]
pub(crate) struct Named(BTreeMap<String, String>);

impl Named {
    /// A fault if this was named before.
    pub(crate) fn once<'t>(&mut self, name: &str, entry: &Entry<'t>) -> Result<(), Fault<'t>> {
        match self.0.get(name) {
            Some(first) => {
                let help = format!("it stands already in {first}: take one of them out");
                Err(entry.fault(format!("\"{name}\" is named twice"), help))
            }
            None => {
                self.0.insert(name.to_owned(), entry.path.clone());
                Ok(())
            }
        }
    }

    /// The names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether this was named.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}
