//! `import --check`: tries the first rows of a file and prints what would be refused, by reason and with line numbers.
//!
//! What must never enter: a rule about rows (the mapping's).

use crate::{
    cli::Format,
    failure::Failure,
    history::Reading,
    output::{Output, table},
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::PathBuf};
use wire::feed::{Rows, SampleReport, check_sample};

/// Tries the first rows of every file.
///
/// # Errors
/// [`Failure::No`] when a row would be refused; [`Failure::Input`] when a file cannot be read or lacks a column.
pub fn check(reading: &Reading, files: &[PathBuf], rows: usize, out: &mut Output) -> Result<(), Failure> {
    let Reading::Mapped(mapping) = reading else {
        return Err(Failure::Usage("--check tries a mapping: name it with --mapping FILE".to_owned()));
    };
    let mut refused = 0;
    let mut values = Vec::new();
    for file in files {
        let mut input = Rows::open(mapping, file)?;
        let report = check_sample(mapping, &mut input, u64::try_from(rows).unwrap_or(u64::MAX))
            .map_err(|error| Failure::Input(format!("read {}: {error}", file.display())))?;
        refused += report.counts.refused.values().sum::<u64>();
        let name = file.display().to_string();
        match out.format() {
            Format::Json => values.push(value(&name, &report)),
            Format::Table | Format::Csv => out.text(&words(&name, &report))?,
        }
    }
    if out.format() == Format::Json {
        out.json(&values)?;
    }
    if refused > 0 { Err(Failure::No(format!("{refused} of the rows tried would be refused"))) } else { Ok(()) }
}

fn value(name: &str, report: &SampleReport) -> Value {
    let refused: Vec<Value> = report
        .refused
        .iter()
        .map(|reason| json!({ "reason": reason.reason, "code": reason.code, "rows": reason.rows, "lines": reason.lines, "example": reason.example }))
        .collect();
    json!({
        "file": name, "rows": report.counts.rows, "events": report.counts.events, "finds": report.counts.finds, "acts": report.acts, "types": report.types,
        "skipped": report.skipped, "refused": refused, "repeatedRecords": report.repeated_records,
        "conflictingRecords": report.conflicting_records,
        "unusedColumns": report.unused_columns, "absentColumns": report.absent_columns,
        "occurred": report.occurred.map(|(first, last)| [first.to_string(), last.to_string()]),
        "known": report.known.map(|(first, last)| [first.to_string(), last.to_string()]),
        "disorderDays": report.disorder_days, "jurisdictions": report.jurisdictions, "measures": report.measures,
        "strata": report.strata, "unplaced": report.unplaced,
    })
}

fn words(name: &str, report: &SampleReport) -> String {
    let counts = &report.counts;
    let refused: u64 = counts.refused.values().sum();
    let finds = if counts.finds > 0 { format!(" and {} finds beside them", counts.finds) } else { String::new() };
    let acts = report.acts;
    let mut text = format!("{name}: {} rows tried, {} events{finds} ({acts} acts), {refused} refused\n", counts.rows, counts.events);
    let mut line = |what: &str, said: String| {
        if !said.is_empty() {
            text.push_str(&format!("  {what}: {said}\n"));
        }
    };
    line("types", counted(&report.types));
    line("passed over", counted(&report.skipped));
    line("occurred", report.occurred.map(|(first, last)| format!("{first} to {last}")).unwrap_or_default());
    line("known", report.known.map(|(first, last)| format!("{first} to {last}")).unwrap_or_default());
    line("jurisdictions", counted(&report.jurisdictions));
    line("measures", counted(&report.measures));
    line("strata", counted(&report.strata));
    line("rows without a jurisdiction or measure", if report.unplaced > 0 { report.unplaced.to_string() } else { String::new() });
    line("records that come again", if report.repeated_records > 0 { report.repeated_records.to_string() } else { String::new() });
    if report.conflicting_records > 0 {
        line(
            "of these, with one revision and another content (does the record id tell records apart?)",
            report.conflicting_records.to_string(),
        );
    }
    line("rows out of order by up to", if report.disorder_days > 0 { format!("{} days", report.disorder_days) } else { String::new() });
    line("columns the mapping names and these rows lack", report.absent_columns.join(", "));
    line("columns never used (name them in `ignore` to say so)", report.unused_columns.join(", "));
    if !report.refused.is_empty() {
        let rows = report.refused.iter().map(|reason| {
            let lines = reason.lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
            vec![reason.rows.to_string(), reason.reason.clone(), lines, reason.example.chars().take(60).collect()]
        });
        text.push_str(&table(&["rows", "refused because", "lines", "for example"], rows));
    }
    text
}

/// The most frequent words with their counts.
fn counted(counts: &BTreeMap<String, u64>) -> String {
    const SHOWN_MAX: usize = 12;
    let mut sorted: Vec<_> = counts.iter().collect();
    sorted.sort_by(|one, other| other.1.cmp(one.1).then(one.0.cmp(other.0)));
    let mut text = sorted.iter().take(SHOWN_MAX).map(|(word, n)| format!("{word} {n}")).collect::<Vec<_>>().join(", ");
    if sorted.len() > SHOWN_MAX {
        text.push_str(&format!(", and {} more", sorted.len() - SHOWN_MAX));
    }
    text
}
