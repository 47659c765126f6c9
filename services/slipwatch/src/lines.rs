//! Small results as lines of JSON: records joining cases, the ledger, what is not listed.
//!
//! Results with a contract of their own are written by `wire`; these are for people and for counting.

use serde::Serialize;
use vocab::{record::Version, tally::LedgerLine, unlisted::Unlisted};

#[derive(Serialize)]
struct VersionLine<'a> {
    case: &'a str,
    record: String,
    sign: i8,
    occurred: String,
    known: String,
}

#[derive(Serialize)]
struct Ledger<'a> {
    source: &'a str,
    day: String,
    effective: i64,
    duplicates: i64,
    superseded: i64,
    conflicts: i64,
    late: i64,
    unlisted: i64,
}

#[derive(Serialize)]
struct UnlistedLine<'a> {
    regime: &'a str,
    what: &'static str,
    code: &'a str,
    count: u64,
}

/// Appends a value of names and numbers as JSON.
pub(crate) fn write(value: &impl Serialize, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("names and numbers are JSON");
}

/// A record joining or leaving a case.
pub fn version(version: &Version, out: &mut Vec<u8>) {
    let (record, occurred, known) = (version.record.to_string(), version.occurred.to_string(), version.known.start().to_string());
    write(&VersionLine { case: version.case_name.as_str(), record, sign: version.sign, occurred, known }, out);
}

/// A change of the ledger.
pub fn ledger(line: &LedgerLine, out: &mut Vec<u8>) {
    let change = line.change;
    let line = Ledger {
        source: line.source.as_str(),
        day: line.day.to_string(),
        effective: change.effective,
        duplicates: change.duplicates,
        superseded: change.superseded,
        conflicts: change.conflicts,
        late: change.late,
        unlisted: change.unlisted,
    };
    write(&line, out);
}

/// Something no pack lists.
pub fn unlisted(unlisted: &Unlisted, out: &mut Vec<u8>) {
    let line = UnlistedLine {
        regime: unlisted.regime.as_str(),
        what: unlisted.what.as_str(),
        code: unlisted.code.as_str(),
        count: unlisted.count,
    };
    write(&line, out);
}
