//! A mapping file, compiled: which feed, in which format, and how each field of an event is read from a row.
//!
//! Whatever is wrong with the file is told at once, with line, column, key and what would be right. A mapping knows the
//! columns it needs, so that a file that lacks one is refused before its first row.

use super::{
    cells::{Keys, trimmed},
    csv_row::Dialect,
    envelope::{Envelope, Record},
    find::Find,
    mapper::{KnownRule, Mapper, Plan, Skip},
    mistake::{MappingMistake, Mistakes, Notebook, any_of, nearest, suggest},
    moment::{Moment, Occurrence},
    reading::{ColumnUse, Meaning, Need, Scope},
    section::{Entry, Section},
};
use std::cell::RefCell;
use vocab::{
    name::{MeasureId, RegimeId, SourceId},
    record::BadValue,
    series::Count,
};

/// How far out of order a feed may be, if its mapping does not say (design: history).
const WINDOW_DAYS_DEFAULT: u32 = 2;
/// Longest sorting window: what is held back must stay bounded.
const WINDOW_DAYS_MAX: u32 = 366;
/// Longest declared lag between occurrence and knowledge.
const LAG_DAYS_MAX: u32 = 3_660;

/// Delimiters that a header read as one column may really have, as a mapping writes them.
const DELIMITERS: [(u8, &str); 4] = [(b';', ";"), (b'\t', "tab"), (b'|', "|"), (b',', ",")];

/// The format of a feed's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values (or another delimiter), one row per line, quotes as in RFC 4180.
    Csv,
    /// One JSON object per line.
    Jsonl,
}

/// A compiled mapping.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) file: String,
    pub(super) format: Format,
    pub(super) dialect: Dialect,
    pub(super) header: Option<Vec<String>>,
    pub(super) skip_lines: u32,
    pub(super) ignored: Vec<String>,
    pub(super) columns: Vec<ColumnUse>,
    source: SourceId,
    regime: RegimeId,
    window_days: u32,
    words: [String; 3],
    plan: Plan,
}

impl Mapping {
    /// Compiles the text of a mapping file; `file` is only named in mistakes.
    ///
    /// # Errors
    /// [`Mistakes`]: all of them, each with its line, key, and what would be right.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistakes> {
        let book = Notebook::new(text);
        let mapping = toml::de::DeTable::parse(text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            book.note(&span, "the file", error.message().replace('\n', ", "), "TOML: `key = \"text\"`, sections as `[name]`");
        });
        let mapping = mapping.ok().and_then(|table| {
            if is_pack(table.get_ref()) {
                book.note(&(0..0), "the file", "is a regime pack and no mapping", "the mapping here, and the pack with --pack FILE");
                return None;
            }
            compile(file, Section::root(&table, &book))
        });
        let list = book.into_list();
        match mapping {
            Some(mapping) if list.is_empty() => Ok(mapping),
            Some(_) | None => Err(Mistakes { file: file.to_owned(), list }),
        }
    }

    /// The feed.
    #[must_use]
    pub const fn source(&self) -> &SourceId {
        &self.source
    }

    /// The regime its events concern.
    #[must_use]
    pub const fn regime(&self) -> &RegimeId {
        &self.regime
    }

    /// The format of its rows.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Days within which history is sorted by the day it became known.
    #[must_use]
    pub const fn window_days(&self) -> u32 {
        self.window_days
    }

    /// The source's own word for a count, as `counts.csv` writes it; ours where it declares none.
    #[must_use]
    pub fn word(&self, count: Count) -> &str {
        match count {
            Count::Inspections => &self.words[0],
            Count::Interdictions => &self.words[1],
            Count::Exposure => &self.words[2],
        }
    }

    /// The reasons for which rows are passed over, in the order of their numbers in [`super::Outcome::Skipped`].
    pub fn skip_reasons(&self) -> impl Iterator<Item = &str> {
        self.plan.skips.iter().map(|skip| &*skip.because)
    }

    /// The columns of the data that it reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| &*column.name)
    }

    /// A mapper for rows that come without their file; none where only the first line of a file names the columns.
    ///
    /// # Errors
    /// [`Mistakes`] that name each column that is read and that the header in the mapping lacks.
    pub fn mapper(&self) -> Result<Option<Mapper>, Mistakes> {
        match (self.format, &self.header) {
            (Format::Jsonl, _) => Ok(Some(self.json_mapper())),
            (Format::Csv, Some(header)) => self.csv_mapper(header).map(Some),
            (Format::Csv, None) => Ok(None),
        }
    }

    /// A mapper for rows of JSON.
    pub(super) fn json_mapper(&self) -> Mapper {
        let mut keys = Keys::default();
        for (cell, column) in self.columns.iter().enumerate() {
            keys.add(&column.name, cell);
        }
        Mapper::of_json(self.plan.clone(), keys, self.columns.len())
    }

    /// A mapper for rows of CSV under a header.
    ///
    /// # Errors
    /// [`Mistakes`] that name each column the header lacks or has twice, and the columns it has.
    pub(super) fn csv_mapper(&self, header: &[String]) -> Result<Mapper, Mistakes> {
        self.check_columns(header, "the file", |_| true)?;
        let cell_of = |name: &String| self.columns.iter().position(|column| *column.name == *trimmed(name));
        Ok(Mapper::of_csv(self.plan.clone(), self.dialect, header.iter().map(cell_of).collect()))
    }

    /// Compares the columns it names with those that are present.
    pub(super) fn check_columns(&self, present: &[String], whose: &str, is_checked: impl Fn(&ColumnUse) -> bool) -> Result<(), Mistakes> {
        let present: Vec<&str> = present.iter().map(|name| trimmed(name)).collect();
        let mut list = Vec::new();
        let mut note =
            |(line, column), key: &str, problem, hint| list.push(MappingMistake { line, column, key: key.to_owned(), problem, hint });
        let unsplit = self.unsplit(&present);
        for column in self.columns.iter().filter(|column| is_checked(column)) {
            match present.iter().filter(|name| ***name == *column.name).count() {
                0 => {
                    let near =
                        nearest(&column.name, present.iter().copied()).map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                    let has = format!("{near}{whose} has the columns {}", any_of(present.iter().copied()).replace(" or ", " and "));
                    let hint = unsplit.clone().unwrap_or(has);
                    note(column.place, &column.key, format!("names the column `{}`, which {whose} does not have", column.name), hint);
                }
                1 => {}
                times => {
                    let problem = format!("names the column `{}`, which {whose} has {times} times", column.name);
                    note(column.place, &column.key, problem, "a header that names each column once".to_owned());
                }
            }
        }
        if list.is_empty() { Ok(()) } else { Err(Mistakes { file: self.file.clone(), list }) }
    }

    /// What would be right where a whole header was read as one column: its names, joined, are no help.
    fn unsplit(&self, present: &[&str]) -> Option<String> {
        let [header] = present else { return None };
        let is_csv = self.format == Format::Csv;
        let (_, name) = DELIMITERS.into_iter().find(|(byte, _)| is_csv && header.as_bytes().contains(byte))?;
        Some(format!("delimiter = \"{name}\": the header is read as one column, `{header}`"))
    }
}

/// Whether a file looks like a regime pack: a newcomer has two files, and hands over the wrong one.
fn is_pack(table: &toml::de::DeTable<'_>) -> bool {
    table.contains_key("jurisdictions") && table.contains_key("policy") && !table.contains_key("record")
}

/// The names of measures, for the body of a circumstance.
pub(super) fn measure_names() -> Meaning<MeasureId> {
    Meaning { convert: |word| MeasureId::parse(word).map_err(BadValue::from), known: Vec::new(), need: Need::Optional }
}

/// Compiles every section before it gives up, so that all mistakes are found.
fn compile(file: &str, root: Section<'_>) -> Option<Mapping> {
    let scope = Scope { columns: RefCell::default(), missing: texts(&root, "missing").into_iter().map(Box::from).collect() };
    let source = root.needed("source", "source = \"name-of-the-feed\"").and_then(|entry| name(&entry, SourceId::parse));
    let regime =
        root.needed("regime", "regime = \"name-of-the-regime\", as its pack says it").and_then(|entry| name(&entry, RegimeId::parse));
    let layout = Layout::of(&root);
    let record = root.needed_section("record", "[record]\nid = { column = \"…\" }").map(|section| Record::of(section, &scope));
    let occurred =
        root.needed_section("occurred", "[occurred]\ncolumn = \"…\"\nformat = \"date\"").map(|section| Occurrence::of(section, &scope));
    let known = root.needed_section("known", "[known]\nfrom = \"reported\" or \"occurred\"").map(Known::of);
    let known = known.flatten();
    let reported = root.section("reported").map(|section| reported_of(section, &scope, known.as_ref()));
    check_known(&root, known.as_ref());
    let envelope = Envelope::of(&root, &scope);
    let possible = envelope.as_ref().map_or_else(Vec::new, Envelope::possible_types);
    let find = root.section("find").map(|section| Find::of(section, &scope, &possible));
    let skips = root.entry("skip").map(|entry| skips_of(&entry, &scope)).unwrap_or_default();
    let words = words_of(&root);
    root.close();
    let known = known?;
    let (source, regime) = (source?, regime?);
    let plan = Plan {
        source: source.clone(),
        regime: regime.clone(),
        record: record??,
        occurred: occurred??,
        reported: reported.unwrap_or(None),
        known: known.rule,
        envelope: envelope?,
        skips,
        find: find.unwrap_or(None),
    };
    let layout = layout?;
    Some(Mapping {
        file: file.to_owned(),
        format: layout.format,
        dialect: layout.dialect,
        header: layout.header,
        skip_lines: layout.skip_lines,
        ignored: layout.ignored,
        columns: scope.columns.into_inner(),
        source,
        regime,
        window_days: known.window_days,
        words,
        plan,
    })
}

fn name<T>(entry: &Entry<'_>, parse: fn(&str) -> Result<T, vocab::name::BadName>) -> Option<T> {
    let parsed = parse(entry.text()?);
    if let Err(problem) = &parsed {
        entry.wrong(format!("has {}: {problem}", entry.shown()), "a short name, such as \"ma-citations\"");
    }
    parsed.ok()
}

fn texts(section: &Section<'_>, key: &'static str) -> Vec<String> {
    let entry = section.entry(key);
    entry
        .iter()
        .flat_map(Entry::each)
        .filter_map(|item| if item.is_table() { item.text().map(str::to_owned) } else { item.scalar() })
        .collect()
}

fn reported_of(section: Section<'_>, scope: &Scope, known: Option<&Known>) -> Option<Moment> {
    let is_needed = known.is_some_and(|known| matches!(known.rule, KnownRule::Reported { .. }));
    let moment = Moment::in_section(&section, scope, if is_needed { Need::Required } else { Need::Optional });
    section.close();
    moment
}

fn check_known(root: &Section<'_>, known: Option<&Known>) {
    let takes_reported = known.is_some_and(|known| matches!(known.rule, KnownRule::Reported { .. }));
    if takes_reported && !root.has("reported") {
        let hint = "a section [reported] with `column` and `format`, or from = \"occurred\"";
        if let Some(entry) = root.section("known").and_then(|section| section.entry("from")) {
            entry.wrong("takes the known time from [reported], which is missing", hint);
        }
    }
}

/// The section `[known]`.
struct Known {
    rule: KnownRule,
    window_days: u32,
}

impl Known {
    fn of(section: Section<'_>) -> Option<Self> {
        let from = section.needed("from", "from = \"reported\" (the column of [reported]) or from = \"occurred\" (with after_days)");
        let after_days = section.whole("after_days", LAG_DAYS_MAX).unwrap_or(0);
        let window_days = section.whole("window_days", WINDOW_DAYS_MAX).unwrap_or(WINDOW_DAYS_DEFAULT);
        section.close();
        let from = from?;
        let after_days = i32::try_from(after_days).unwrap_or(0);
        let rule = match from.text()? {
            "reported" => KnownRule::Reported { after_days },
            "occurred" => KnownRule::Occurred { after_days },
            other => {
                from.wrong(format!("has {}", from.shown()), suggest(other, ["reported", "occurred"]));
                return None;
            }
        };
        Some(Self { rule, window_days })
    }
}

fn skips_of(entry: &Entry<'_>, scope: &Scope) -> Vec<Skip> {
    let sections: Vec<Section<'_>> = entry.each().iter().filter_map(Entry::section).collect();
    sections.into_iter().filter_map(|section| Skip::of(section, scope)).collect()
}

fn words_of(root: &Section<'_>) -> [String; 3] {
    let section = root.section("words");
    let words = Count::ALL.map(|count| {
        let word = section.as_ref().and_then(|section| section.text(count.as_str()));
        word.unwrap_or(count.as_str()).to_owned()
    });
    if let Some(section) = section {
        section.close();
    }
    words
}

/// How the file is laid out.
struct Layout {
    format: Format,
    dialect: Dialect,
    header: Option<Vec<String>>,
    skip_lines: u32,
    ignored: Vec<String>,
}

impl Layout {
    fn of(root: &Section<'_>) -> Option<Self> {
        let format = root.needed("format", "format = \"csv\" or format = \"jsonl\"").and_then(|entry| format_of(&entry));
        if format == Some(Format::Jsonl) {
            for key in ["delimiter", "quote", "header", "skip_lines"] {
                if let Some(entry) = root.entry(key) {
                    entry.wrong("says something about CSV, but format is \"jsonl\"", format!("no `{key}`, or format = \"csv\""));
                }
            }
        }
        let delimiter =
            root.entry("delimiter").map(|entry| letter(&entry, &[("tab", b'\t'), ("semicolon", b';'), ("comma", b','), ("pipe", b'|')]));
        let quote = root.entry("quote").map(|entry| letter(&entry, &[("none", 0)]));
        let delimiter = delimiter.unwrap_or(Some(b','));
        let quote = quote.unwrap_or(Some(b'"')).map(|quote| Some(quote).filter(|quote| *quote != 0));
        let header = root.entry("header").map(|entry| entry.texts().iter().filter_map(Entry::as_text).map(str::to_owned).collect());
        let skip_lines = root.whole("skip_lines", 10_000).unwrap_or(0);
        let ignored = texts(root, "ignore");
        Some(Self { format: format?, dialect: Dialect { delimiter: delimiter?, quote: quote? }, header, skip_lines, ignored })
    }
}

fn format_of(entry: &Entry<'_>) -> Option<Format> {
    match entry.text()? {
        "csv" => Some(Format::Csv),
        "jsonl" => Some(Format::Jsonl),
        other => {
            let hint = format!("{}; gzip and zstd are recognised by themselves", suggest(other, ["csv", "jsonl"]));
            entry.wrong(format!("has {}", entry.shown()), hint);
            None
        }
    }
}

fn letter(entry: &Entry<'_>, named: &[(&str, u8)]) -> Option<u8> {
    let text = entry.text()?;
    if let Some((_, byte)) = named.iter().find(|(name, _)| *name == text) {
        return Some(*byte);
    }
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !matches!(byte, b'\n' | b'\r') => Some(*byte),
        _ => {
            let names: Vec<String> = named.iter().map(|(name, _)| format!("\"{name}\"")).collect();
            entry.wrong(
                format!("has {}", entry.shown()),
                format!("one ASCII character that is no letter and no digit, or {}", names.join(", ")),
            );
            None
        }
    }
}
