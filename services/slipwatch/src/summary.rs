//! The summary of a replay: what came in, what became of it, what was decided.
//!
//! Every count of something set aside stands here, also the ones that are zero.

use crate::answers::Written;
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// What a replay came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    rows_read: u64,
    rows_skipped_by_the_mapping: u64,
    received: u64,
    admitted: i64,
    refused: BTreeMap<String, u64>,
    effective: i64,
    duplicates: i64,
    superseded: i64,
    conflicts: i64,
    late: i64,
    unlisted: i64,
    out_of_window: u64,
    series_weeks: u64,
    verdicts: BTreeMap<String, u64>,
    transitions: BTreeMap<String, u64>,
    answers: u64,
    digest_rows: u64,
    days_sealed: u64,
    last_day: Option<String>,
    last_seal: Option<String>,
    judgement: u32,
    pages: Vec<String>,
    not_listed: Vec<String>,
}

/// What a replay read.
#[derive(Clone, Copy, Debug)]
pub struct Read {
    /// Rows of files, or records of an archive.
    pub rows: u64,
    /// Rows passed over by the mapping.
    pub skipped: u64,
    /// Rows older than the sorting window of their feed, taken with the open day.
    pub out_of_window: u64,
}

/// Lines of pages and of unlisted codes shown; the files hold all of them.
const SHOWN_MAX: usize = 40;

impl Summary {
    /// Of a replay that has ended.
    #[must_use]
    pub fn of(read: &Read, written: &Written) -> Self {
        let total = written.ledger.values().fold(vocab::tally::Ledger::default(), |mut total, ledger| {
            total += *ledger;
            total
        });
        let refused: u64 = written.refused.values().sum();
        let named = |counts: &BTreeMap<&'static str, u64>| counts.iter().map(|(word, n)| ((*word).to_owned(), *n)).collect();
        Self {
            rows_read: read.rows,
            rows_skipped_by_the_mapping: read.skipped,
            received: refused + total.admitted().unsigned_abs(),
            admitted: total.admitted(),
            refused: named(&written.refused),
            effective: total.effective,
            duplicates: total.duplicates,
            superseded: total.superseded,
            conflicts: total.conflicts,
            late: total.late,
            unlisted: total.unlisted,
            out_of_window: read.out_of_window,
            series_weeks: written.series_weeks,
            verdicts: named(&written.verdicts),
            transitions: named(&written.transitions),
            answers: written.answers,
            digest_rows: written.digest_rows,
            days_sealed: written.seals,
            last_day: written.last_seal.as_ref().map(|seal| seal.day.to_string()),
            last_seal: written.last_seal.as_ref().map(|seal| seal.hash.to_string()),
            judgement: engine::seal::JUDGEMENT,
            pages: written.pages.iter().map(words::headline).collect(),
            not_listed: written.unlisted.iter().map(|((regime, what, code), n)| format!("{regime}: {what} {code}: {n}")).collect(),
        }
    }
}

fn listed(counts: &BTreeMap<String, u64>) -> String {
    if counts.is_empty() {
        return "none".to_owned();
    }
    counts.iter().map(|(word, n)| format!("{n} {word}")).collect::<Vec<_>>().join(", ")
}

fn lines(f: &mut fmt::Formatter<'_>, title: &str, lines: &[String]) -> fmt::Result {
    writeln!(f, "{title}: {}", lines.len())?;
    lines.iter().take(SHOWN_MAX).try_for_each(|line| writeln!(f, "  {line}"))?;
    if lines.len() > SHOWN_MAX { writeln!(f, "  … and {} more", lines.len() - SHOWN_MAX) } else { Ok(()) }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "rows read: {}, passed over by the mapping: {}", self.rows_read, self.rows_skipped_by_the_mapping)?;
        writeln!(
            f,
            "received {} (packs and acts among them) = admitted {} + refused {}",
            self.received,
            self.admitted,
            self.refused.values().sum::<u64>()
        )?;
        writeln!(
            f,
            "admitted {} = effective {} + duplicates {} + superseded {} + conflicts {} + late {}",
            self.admitted, self.effective, self.duplicates, self.superseded, self.conflicts, self.late
        )?;
        writeln!(f, "refused: {}", listed(&self.refused))?;
        writeln!(f, "of the effective, counted in no series because no pack lists them: {}", self.unlisted)?;
        writeln!(f, "older than the sorting window, taken with the open day: {}", self.out_of_window)?;
        writeln!(f, "series-weeks assessed: {} ({})", self.series_weeks, listed(&self.verdicts))?;
        writeln!(f, "transitions of alerts: {}", listed(&self.transitions))?;
        writeln!(f, "acts answered: {}", self.answers)?;
        writeln!(f, "rows of the weekly digests: {}", self.digest_rows)?;
        let day = self.last_day.as_deref().unwrap_or("-");
        writeln!(f, "days sealed: {}, the last {day}: {}", self.days_sealed, self.last_seal.as_deref().unwrap_or("-"))?;
        writeln!(f, "judgement version: {}", self.judgement)?;
        lines(f, "pages", &self.pages)?;
        lines(f, "not listed", &self.not_listed)
    }
}
