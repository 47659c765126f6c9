//! Which tables a file has: the fixed ones of every journal, and those a caller declares.
//!
//! The names of the fixed tables are part of what analysts rely on. Must never enter: a table that is not append-only
//! among the declared ones, or a column only one caller understands.

use crate::error::JournalError;
use crate::position::Topic;

/// The topic of the chained log itself: every file has it, as table `admitted`.
pub const ADMITTED: Topic = Topic(0);

/// Version of the fixed tables this program writes (`PRAGMA user_version`).
pub const FILE_LAYOUT: u32 = 1;

/// `PRAGMA application_id` of a journal: the bytes `SWJ1`.
pub(super) const APPLICATION_ID: i64 = 0x5357_4a31;

/// Names that are taken.
const FIXED: [&str; 10] = ["admitted", "marks", "heads", "leases", "position", "position_inputs", "pages", "inputs", "inbox", "meta"];

/// What the body column of a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// UTF-8 text, readable in a query.
    Text,
    /// Bytes.
    Bytes,
}

/// Whether the rows of a table are chained by hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chain {
    /// Each row carries the hash of the link before it and of itself.
    Linked,
    /// No chain.
    Plain,
}

/// One append-only table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) body: Body,
    pub(super) chain: Chain,
}

impl Table {
    /// Name of the position column: analysts know the log by `position`, other tables by `n`.
    pub(super) fn position_column(&self) -> &'static str {
        if self.name == "admitted" { "position" } else { "n" }
    }

    /// Its shape as a word for `meta` and messages.
    pub(super) fn shape(&self) -> &'static str {
        match (self.body, self.chain) {
            (Body::Text, Chain::Linked) => "text, linked",
            (Body::Text, Chain::Plain) => "text, plain",
            (Body::Bytes, Chain::Linked) => "bytes, linked",
            (Body::Bytes, Chain::Plain) => "bytes, plain",
        }
    }

    pub(super) fn ddl(&self) -> String {
        let body = match self.body {
            Body::Text => "TEXT",
            Body::Bytes => "BLOB",
        };
        let link = match self.chain {
            Chain::Linked => ", link BLOB NOT NULL",
            Chain::Plain => "",
        };
        let (name, position) = (&self.name, self.position_column());
        format!(
            "CREATE TABLE {name} ({position} INTEGER PRIMARY KEY, origin INTEGER NOT NULL, tick INTEGER NOT NULL, \
             key TEXT NOT NULL, body {body} NOT NULL{link});"
        )
    }

    pub(super) fn insert(&self) -> String {
        let values = match self.chain {
            Chain::Linked => "?1, ?2, ?3, ?4, ?5, ?6",
            Chain::Plain => "?1, ?2, ?3, ?4, ?5",
        };
        format!("INSERT INTO {} VALUES ({values})", self.name)
    }
}

/// What a caller declares of its file. Topic n is the n-th declared table; topic 0 is `admitted`.
#[derive(Clone, Debug)]
pub struct Layout {
    pub(super) version: u32,
    pub(super) generation: u32,
    pub(super) judgement: String,
    pub(super) tables: Vec<Table>,
    pub(super) views: Vec<String>,
}

impl Layout {
    /// A file with `admitted` alone. `version` is the caller's own layout version: a file of a newer one is refused.
    /// `generation` and `judgement` are what the outputs in the file were made by.
    #[must_use]
    pub fn new(version: u32, generation: u32, judgement: &str) -> Self {
        let admitted = Table { name: "admitted".to_owned(), body: Body::Bytes, chain: Chain::Linked };
        Self { version, generation, judgement: judgement.to_owned(), tables: vec![admitted], views: Vec::new() }
    }

    /// Declares one more append-only table; its topic is the number of tables declared before it, `admitted` counted.
    #[must_use]
    pub fn table(mut self, name: &str, body: Body, chain: Chain) -> Self {
        self.tables.push(Table { name: name.to_owned(), body, chain });
        self
    }

    /// Adds SQL that is executed once, when the file is created: views and indexes for people, never tables.
    #[must_use]
    pub fn view(mut self, ddl: &str) -> Self {
        self.views.push(ddl.to_owned());
        self
    }

    /// The topic of a declared table.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<Topic> {
        let index = self.tables.iter().position(|table| table.name == name)?;
        u16::try_from(index).ok().map(Topic)
    }

    pub(super) fn check(&self) -> Result<(), JournalError> {
        for (index, table) in self.tables.iter().enumerate().skip(1) {
            let name = &table.name;
            let plain = name.starts_with(|letter: char| letter.is_ascii_lowercase())
                && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
            let repeated = self.tables[..index].iter().any(|other| other.name == *name);
            if !plain || repeated || FIXED.contains(&name.as_str()) || name.starts_with("sqlite_") {
                return Err(JournalError::BadTableName { name: name.clone() });
            }
        }
        Ok(())
    }
}

/// The fixed tables.
pub(super) const FIXED_DDL: &str = "
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (
    topic TEXT NOT NULL, position INTEGER NOT NULL, generation INTEGER NOT NULL, stage INTEGER NOT NULL,
    first_origin INTEGER NOT NULL, until_origin INTEGER NOT NULL, tick INTEGER NOT NULL, origins INTEGER NOT NULL,
    PRIMARY KEY (topic, position)) WITHOUT ROWID;
CREATE TABLE heads (
    topic TEXT PRIMARY KEY, rows INTEGER NOT NULL, next INTEGER NOT NULL, link BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE leases (task TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE position (
    task TEXT NOT NULL, point TEXT NOT NULL CHECK (point IN ('committed', 'checkpoint')), tick INTEGER, sent INTEGER,
    generation INTEGER NOT NULL, judgement TEXT NOT NULL, PRIMARY KEY (task, point)) WITHOUT ROWID;
CREATE TABLE position_inputs (
    task TEXT NOT NULL, point TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    origins INTEGER, marks TEXT NOT NULL, PRIMARY KEY (task, point, topic, partition)) WITHOUT ROWID;
CREATE TABLE pages (
    task TEXT NOT NULL, key TEXT NOT NULL, tick INTEGER, crc INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (task, key));
CREATE TABLE inputs (
    task TEXT NOT NULL, name TEXT NOT NULL, bytes INTEGER NOT NULL, lines INTEGER NOT NULL, prefix_bytes INTEGER NOT NULL,
    prefix_sha256 BLOB NOT NULL, PRIMARY KEY (task, name)) WITHOUT ROWID;
CREATE TABLE inbox (id INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, taken INTEGER, answer TEXT);
CREATE INDEX inbox_open ON inbox (id) WHERE taken IS NULL;
";
