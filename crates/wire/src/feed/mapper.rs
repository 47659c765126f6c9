//! From a row to an event: the compiled plan of a mapping at work.
//!
//! A mapper owns its plan and the words it has met, shares nothing, and is cheap to clone: one per thread. It never reads
//! a file and never decides whether an event counts, is late or is known already.

use super::{
    cells::{Cell, Cells, Keys, read_json},
    csv_row::Dialect,
    envelope::{Envelope, Record, Revision},
    find::Find,
    moment::{Moment, Occurrence, Time},
    reading::{Scope, label},
    row_test::RowTest,
    rows::{CUT_AT_END, Ending, RawRow},
    section::Section,
};
use serde_json::error::Category;
use std::{borrow::Cow, collections::BTreeMap, sync::Arc};
use vocab::{
    event::{Body, Event},
    name::{RegimeId, SourceId},
    record::{BadValue, Encoding, Refusal},
    time::{Day, Instant, Occurred},
};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// When a row of history became known, as its mapping says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownFrom {
    /// The source gives only the day: it stands for the day's last tick.
    Day(Day),
    /// The source gives the instant.
    Instant(Instant),
}

impl KnownFrom {
    /// The UTC day of it, by which history is sorted.
    #[must_use]
    pub fn day(self) -> Day {
        match self {
            Self::Day(day) => day,
            Self::Instant(instant) => instant.day(),
        }
    }

    /// The instant of it; of a day, the beginning of its last tick.
    #[must_use]
    pub fn instant(self) -> Instant {
        match self {
            Self::Day(day) => day.last_tick().start(),
            Self::Instant(instant) => instant,
        }
    }
}

/// A row that became an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// The event; `reported` is the source's own time, if the mapping reads one.
    pub event: Event,
    /// The second event of the row, known at the same time: what an inspection found, by the mapping's section `[find]`.
    pub find: Option<Box<Event>>,
    /// When history learned it.
    pub known: KnownFrom,
}

/// What became of a row that was not refused.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly every row is an event: a box would cost an allocation for each")]
pub enum Outcome {
    /// It is an event.
    Event(Mapped),
    /// The mapping passes over such rows; the number of its reason in [`super::Mapping::skip_reasons`].
    Skipped(usize),
}

/// Counts over the rows of a file: rows = events + skipped + refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedCounts {
    /// Rows read.
    pub rows: u64,
    /// Rows that became events.
    pub events: u64,
    /// Second events of such rows: inspections that are finds as well.
    pub finds: u64,
    /// Rows passed over, by the number of the reason.
    pub skipped: BTreeMap<usize, u64>,
    /// Rows refused, by the code of the refusal.
    pub refused: BTreeMap<&'static str, u64>,
}

impl FeedCounts {
    /// Counts what became of a row.
    pub fn note(&mut self, outcome: &Result<Outcome, Refusal>) {
        self.rows += 1;
        match outcome {
            Ok(Outcome::Event(mapped)) => {
                self.events += 1;
                self.finds += u64::from(mapped.find.is_some());
            }
            Ok(Outcome::Skipped(reason)) => *self.skipped.entry(*reason).or_default() += 1,
            Err(refusal) => *self.refused.entry(refusal.code()).or_default() += 1,
        }
    }

    /// Adds the counts of another part of the same file.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.events += other.events;
        self.finds += other.finds;
        other.skipped.iter().for_each(|(reason, rows)| *self.skipped.entry(*reason).or_default() += rows);
        other.refused.iter().for_each(|(code, rows)| *self.refused.entry(code).or_default() += rows);
    }
}

/// Where the known time of history comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownRule {
    /// The source's own time of reporting, so many days later.
    Reported { after_days: i32 },
    /// The last day of the occurrence, so many days later.
    Occurred { after_days: i32 },
}

/// Everything that a mapping says about a row.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) source: SourceId,
    pub(super) regime: RegimeId,
    pub(super) record: Record,
    pub(super) occurred: Occurrence,
    pub(super) reported: Option<Moment>,
    pub(super) known: KnownRule,
    pub(super) envelope: Envelope,
    pub(super) skips: Vec<Skip>,
    pub(super) find: Option<Find>,
}

/// Rows to pass over, each with its reason.
#[derive(Clone, Debug)]
pub(super) struct Skip {
    test: RowTest,
    pub(super) because: Arc<str>,
}

impl Skip {
    /// A section `[[skip]]`.
    pub(super) fn of(section: Section<'_>, scope: &Scope) -> Option<Self> {
        let because = section.needed("because", "because = \"why such rows are no events\"").and_then(|entry| entry.text());
        let test = RowTest::in_section(&section, scope);
        section.close();
        Some(Self { test: test?, because: Arc::from(because?) })
    }
}

#[derive(Clone, Debug)]
enum Columns {
    Json(Keys),
    /// The cell of each field of a line, if it is mapped.
    Csv(Dialect, Vec<Option<usize>>),
}

/// Turns rows into events.
#[derive(Clone, Debug)]
pub struct Mapper {
    plan: Plan,
    columns: Columns,
    cells: usize,
}

impl Mapper {
    pub(super) fn of_json(plan: Plan, keys: Keys, cells: usize) -> Self {
        Self { plan, columns: Columns::Json(keys), cells }
    }

    pub(super) fn of_csv(plan: Plan, dialect: Dialect, fields: Vec<Option<usize>>) -> Self {
        let cells = fields.iter().flatten().max().map_or(0, |last| last + 1);
        Self { plan, columns: Columns::Csv(dialect, fields), cells }
    }

    /// What a row is: an event, or one that the mapping passes over.
    ///
    /// # Errors
    /// [`Refusal`] when the row is broken, is not of its format, or a field of it is missing or bad.
    pub fn map(&mut self, row: &RawRow<'_>) -> Result<Outcome, Refusal> {
        if let Some(refusal) = row.broken {
            return Err(refusal.clone());
        }
        let text = std::str::from_utf8(row.bytes).map_err(|_| Refusal::NotUtf8)?;
        let mut cells = Cells { cells: vec![Cell::Absent; self.cells], row: row.bytes };
        self.columns.read(text, row.ending, &mut cells.cells)?;
        self.plan.outcome(&cells)
    }
}

impl Columns {
    fn read<'a>(&self, text: &'a str, ending: Ending, cells: &mut [Cell<'a>]) -> Result<(), Refusal> {
        match self {
            Self::Json(keys) => read_json(text, keys, cells).map_err(|error| bad_json(&error, text, ending)),
            Self::Csv(dialect, fields) => {
                let found = dialect.fields(text, |place, field| {
                    if let Some(Some(cell)) = fields.get(place) {
                        cells[*cell] = Cell::Text(field);
                    }
                });
                if found == fields.len() { Ok(()) } else { Err(bad_width(found, fields.len(), ending)) }
            }
        }
    }
}

fn bad_width(found: usize, expected: usize, ending: Ending) -> Refusal {
    let end = if ending == Ending::OfFile && found < expected { format!(": {CUT_AT_END}") } else { String::new() };
    Refusal::BrokenRow { detail: label(&format!("{found} fields, where the header has {expected}{end}")) }
}

/// What serde_json says, without the line number, which is always 1.
fn bad_json(error: &serde_json::Error, text: &str, ending: Ending) -> Refusal {
    if error.classify() == Category::Eof && ending == Ending::OfFile {
        return Refusal::BrokenRow { detail: label(CUT_AT_END) };
    }
    // The parser would quote the first number of each row, and a CSV file would be refused for as many reasons as it has years.
    let is_object = text.trim_start().starts_with('{');
    let detail = if is_object {
        error.to_string().replace(" at line 1 column ", " at byte ")
    } else {
        "a row is one object, { … }, and this is none: is `format` right?".to_owned()
    };
    Refusal::Undecodable { encoding: Encoding::Json, detail: label(&detail) }
}

impl Plan {
    fn outcome(&mut self, cells: &Cells<'_>) -> Result<Outcome, Refusal> {
        for (number, skip) in self.skips.iter().enumerate() {
            if skip.test.is_met(cells)? {
                return Ok(Outcome::Skipped(number));
            }
        }
        let occurred = self.occurred.read(cells)?;
        let reported = self.reported.as_ref().map_or(Ok(None), |reported| reported.read(cells))?;
        let known = self.known(occurred, reported)?;
        let jurisdiction = self.envelope.jurisdiction(cells)?;
        let mut body = self.envelope.body(cells)?;
        if let Body::ContextNoted(circumstance) = &mut body {
            circumstance.affects.jurisdiction.clone_from(&jurisdiction);
        }
        let event = Event {
            regime: self.regime.clone(),
            source: self.source.clone(),
            source_record_id: self.record.id(cells)?,
            revision: self.revision(cells, known)?,
            operation: self.record.operation(cells)?,
            occurred,
            reported: reported.map(|time| known_at(time).instant()),
            count: self.envelope.count(cells)?,
            jurisdiction,
            measures: self.envelope.measures(cells)?,
            stratum: self.envelope.stratum(cells)?,
            body,
            context: self.envelope.context(cells)?,
        };
        let find = self.find.as_ref().map_or(Ok(None), |find| find.beside(&event, cells))?.map(Box::new);
        Ok(Outcome::Event(Mapped { event, find, known }))
    }

    fn known(&self, occurred: Occurred, reported: Option<Time>) -> Result<KnownFrom, Refusal> {
        let (known, after_days) = match self.known {
            KnownRule::Occurred { after_days } => (KnownFrom::Day(occurred.last_day), after_days),
            KnownRule::Reported { after_days } => {
                let time = reported.ok_or_else(|| Refusal::MissingField { field: label("reported") })?;
                (known_at(time), after_days)
            }
        };
        Ok(match known {
            KnownFrom::Day(day) => KnownFrom::Day(day.plus(after_days)),
            KnownFrom::Instant(instant) => KnownFrom::Instant(Instant(instant.0 + i64::from(after_days) * MILLIS_PER_DAY)),
        })
    }

    fn revision(&self, cells: &Cells<'_>, known: KnownFrom) -> Result<u32, Refusal> {
        match &self.record.revision {
            Revision::Constant(revision) => Ok(*revision),
            Revision::Column(number) => Ok(number.small(cells)?.unwrap_or(0)),
            Revision::Known => u32::try_from(known.instant().0.div_euclid(1_000))
                .map_err(|_| Refusal::BadField { field: label("record.revision"), problem: BadValue::TooLarge }),
        }
    }
}

/// A reported month is known with its last day, a day with its last tick.
fn known_at(time: Time) -> KnownFrom {
    match (time.precision, time.at) {
        (vocab::time::Precision::Instant, Some(at)) => KnownFrom::Instant(at),
        (vocab::time::Precision::Month, _) => KnownFrom::Day(Occurred::in_month_of(time.day).last_day),
        (vocab::time::Precision::Instant | vocab::time::Precision::Day, _) => KnownFrom::Day(time.day),
    }
}

/// The names in the header line of a file.
pub(super) fn header_fields(dialect: Dialect, line: &str) -> Vec<String> {
    let mut fields = Vec::new();
    dialect.fields(line, |_, field: Cow<'_, str>| fields.push(field.into_owned()));
    fields
}
