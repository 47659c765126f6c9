//! A sample of a feed, tried out: what its first rows become, and what a person should look at before importing it.
//!
//! A plain report for the command line; nothing here prints, and nothing is judged.

use super::{
    mapper::{FeedCounts, KnownFrom, Mapper, Outcome},
    mapping::Mapping,
    rows::{RawRow, Rows},
};
use std::{collections::BTreeMap, io};
use vocab::{record::Refusal, time::Day};

/// Lines told for each reason of refusal.
const LINES_TOLD: usize = 5;
/// Letters shown of a refused row.
const EXAMPLE_LETTERS: usize = 240;
/// Different names counted of each sort; a column with more of them is no code.
const NAMES_MAX: usize = 1_000;

/// Why some rows of a sample are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedReason {
    /// The reason in words, with the field and its column.
    pub reason: String,
    /// Its code, as counts and labels use it.
    pub code: &'static str,
    /// How many rows.
    pub rows: u64,
    /// Lines of the first of them, at most 5.
    pub lines: Vec<u64>,
    /// The beginning of the first of them.
    pub example: String,
}

/// What the first rows of a file become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleReport {
    /// Rows, events, skips and refusals.
    pub counts: FeedCounts,
    /// Events by their type.
    pub types: BTreeMap<String, u64>,
    /// Acts that the events stand for: the sum of their counts.
    pub acts: u64,
    /// Rows passed over, by the reason that the mapping gives.
    pub skipped: BTreeMap<String, u64>,
    /// Rows refused, the most frequent reason first.
    pub refused: Vec<RefusedReason>,
    /// Events whose record was met before in the sample: redeliveries, corrections, or an id that is none.
    pub repeated_records: u64,
    /// Of these, events with the revision of one met before and another content: conflicts, of which one version alone will
    /// count. Many of them mean that the mapping's record id does not tell records apart.
    pub conflicting_records: u64,
    /// Columns of the file that the mapping neither reads nor ignores by name.
    pub unused_columns: Vec<String>,
    /// Columns that the mapping reads or ignores and no row of the sample has.
    pub absent_columns: Vec<String>,
    /// First and last civil day of occurrence.
    pub occurred: Option<(Day, Day)>,
    /// First and last day of knowledge.
    pub known: Option<(Day, Day)>,
    /// Longest way back of the known day from one event to a later one, days; the sorting window must cover it.
    pub disorder_days: u32,
    /// Jurisdictions met, with their events; at most 1,000.
    pub jurisdictions: BTreeMap<String, u64>,
    /// Measures met, with their events; at most 1,000.
    pub measures: BTreeMap<String, u64>,
    /// Strata met, with their events; at most 1,000.
    pub strata: BTreeMap<String, u64>,
    /// Events without a jurisdiction or without a measure: they would count in no series.
    pub unplaced: u64,
}

/// Maps the first `rows` rows of a file and reports.
///
/// # Errors
/// [`io::Error`] when the file can no longer be read.
pub fn check_sample(mapping: &Mapping, input: &mut Rows, rows: u64) -> io::Result<SampleReport> {
    let mut mapper = input.mapper();
    let mut sample = Sample::default();
    let names: Vec<String> = mapping.skip_reasons().map(str::to_owned).collect();
    while sample.report.counts.rows < rows {
        let Some(batch) = input.next_batch()? else { break };
        for row in batch.rows() {
            if sample.report.counts.rows == rows {
                break;
            }
            sample.note(&row, &mut mapper, &names);
        }
    }
    Ok(sample.finish(mapping, input))
}

#[derive(Default)]
struct Sample {
    report: SampleReport,
    refused: BTreeMap<String, RefusedReason>,
    /// The newest event of each record.
    records: BTreeMap<String, vocab::event::Event>,
    newest_known: Option<Day>,
}

impl Sample {
    fn note(&mut self, row: &RawRow<'_>, mapper: &mut Mapper, skip_reasons: &[String]) {
        let outcome = mapper.map(row);
        self.report.counts.note(&outcome);
        match outcome {
            Ok(Outcome::Event(mapped)) => {
                self.note_event(&mapped.event, mapped.known);
                mapped.find.iter().for_each(|find| self.note_event(find, mapped.known));
            }
            Ok(Outcome::Skipped(reason)) => {
                let reason = skip_reasons.get(reason).cloned().unwrap_or_default();
                *self.report.skipped.entry(reason).or_default() += 1;
            }
            Err(refusal) => self.note_refusal(row, &refusal),
        }
    }

    fn note_event(&mut self, event: &vocab::event::Event, known: KnownFrom) {
        let report = &mut self.report;
        *report.types.entry(event.body.type_name().to_owned()).or_default() += 1;
        report.acts += u64::from(event.count);
        if let Some(before) = self.records.insert(event.source_record_id.as_str().to_owned(), event.clone()) {
            report.repeated_records += 1;
            report.conflicting_records += u64::from(contradict(&before, event));
        }
        report.unplaced += u64::from(event.jurisdiction.is_none() || event.measures.is_empty());
        event.jurisdiction.iter().for_each(|code| count(&mut report.jurisdictions, code.as_str()));
        event.measures.iter().for_each(|measure| count(&mut report.measures, measure.as_str()));
        event.stratum.iter().for_each(|stratum| count(&mut report.strata, stratum.as_str()));
        widen(&mut report.occurred, event.occurred.day);
        widen(&mut report.occurred, event.occurred.last_day);
        let day = known.day();
        widen(&mut report.known, day);
        let newest = self.newest_known.map_or(day, |newest| newest.max(day));
        report.disorder_days = report.disorder_days.max(newest.0.abs_diff(day.0));
        self.newest_known = Some(newest);
    }

    fn note_refusal(&mut self, row: &RawRow<'_>, refusal: &Refusal) {
        let reason = refusal.to_string();
        let told = self.refused.entry(reason.clone()).or_insert_with(|| {
            let example = String::from_utf8_lossy(row.bytes).chars().take(EXAMPLE_LETTERS).collect();
            RefusedReason { reason, code: refusal.code(), rows: 0, lines: Vec::new(), example }
        });
        told.rows += 1;
        if told.lines.len() < LINES_TOLD {
            told.lines.push(row.line);
        }
    }

    fn finish(self, mapping: &Mapping, input: &Rows) -> SampleReport {
        let present = input.columns();
        let is_used = |name: &str| mapping.columns().chain(mapping.ignored.iter().map(String::as_str)).any(|used| used == name);
        // An object whose keys are read one by one is used.
        let is_opened = |name: &str| mapping.columns().any(|used| used.strip_prefix(name).is_some_and(|inside| inside.starts_with('.')));
        let unused = present.iter().filter(|name| !is_used(name.trim()) && !is_opened(name)).cloned().collect();
        let named = mapping.columns().chain(mapping.ignored.iter().map(String::as_str));
        let absent = named.filter(|name| !present.iter().any(|column| column.trim() == *name)).map(str::to_owned).collect();
        let mut refused: Vec<RefusedReason> = self.refused.into_values().collect();
        refused.sort_by(|left, right| right.rows.cmp(&left.rows).then_with(|| left.reason.cmp(&right.reason)));
        SampleReport { refused, unused_columns: unused, absent_columns: absent, ..self.report }
    }
}

/// Whether two messages of one record give one revision two contents. The source's date of reporting is none.
fn contradict(one: &vocab::event::Event, other: &vocab::event::Event) -> bool {
    let unreported = |event: &vocab::event::Event| vocab::event::Event { reported: None, ..event.clone() };
    one.revision == other.revision && unreported(one) != unreported(other)
}

fn count(names: &mut BTreeMap<String, u64>, name: &str) {
    if let Some(events) = names.get_mut(name) {
        *events += 1;
    } else if names.len() < NAMES_MAX {
        names.insert(name.to_owned(), 1);
    }
}

fn widen(range: &mut Option<(Day, Day)>, day: Day) {
    *range = Some(range.map_or((day, day), |(first, last)| (first.min(day), last.max(day))));
}
