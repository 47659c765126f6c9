//! `slipwatch digest`: which series stood out, week by week, all of a regime looked at together.
//!
//! A list to read, with the error it controls beside it; it pages nobody. What must never enter: a threshold of its own.

use crate::{
    book::Book,
    cli::{DigestArgs, Format},
    failure::Failure,
    output::{Output, csv, table},
};
use serde_json::Value;
use std::collections::BTreeMap;
use vocab::{
    alert::{Digest, DigestRow, OverdueRow},
    assessment::Modes,
    series::SeriesKey,
    time::Week,
};

const HEADER: [&str; 6] = ["week", "series", "figure", "weight of evidence", "since", "level"];

/// Lists digests, the newest week first.
///
/// # Errors
/// [`Failure`] of the file.
pub fn run(arguments: &DigestArgs, out: &mut Output) -> Result<(), Failure> {
    let book = Book::open(&arguments.db)?;
    let mut digests = book.digests()?;
    digests.reverse();
    let newest: Vec<&Digest> = digests.iter().take(arguments.weeks).collect();
    let modes = Known::of(&book, &newest)?;
    match out.format() {
        Format::Json => out.json(&newest.iter().map(|digest| value(digest)).collect::<Vec<_>>()),
        Format::Csv => {
            let rows = newest.iter().flat_map(|digest| digest.rows.iter().map(|one| modes.row(digest, one).to_vec()));
            out.text(&csv(&HEADER, rows))
        }
        Format::Table if newest.is_empty() => out.text("no week has a digest\n"),
        Format::Table => out.text(&page(&newest, &modes)),
    }
}

fn page(digests: &[&Digest], modes: &Known) -> String {
    let mut text = String::new();
    for digest in digests {
        text.push_str(&format!(
            "Week {} of {}: {} of {} compared stand out\n",
            digest.week,
            digest.regime,
            digest.rows.len(),
            digest.compared
        ));
        if !digest.rows.is_empty() {
            text.push_str(&table(&HEADER[1..], digest.rows.iter().map(|one| modes.row(digest, one)[1..].to_vec())));
        }
        digest.looks.iter().for_each(|look| text.push_str(&format!("  {}\n", words::looked(look))));
        for OverdueRow { series, duty, overdue, oldest } in digest.overdue.iter().flatten() {
            text.push_str(&format!("  {series}: {overdue} overdue of {duty}, the oldest with {oldest} as its last day\n"));
        }
    }
    if let Some(digest) = digests.first() {
        text.push_str(&format!(
            "\nOf what such a list names, at most {} are expected to be there by chance, however the series hang together, as far as their \
             levels are right (e-BH on each series' own evidence). It ranks what to look at; alerts go by the threshold of the pack.\n",
            words::percent(digest.alpha)
        ));
    }
    text
}

/// How the series of the rows were known in their weeks: what a figure is called depends on it.
struct Known(BTreeMap<(Week, SeriesKey), Modes>);

impl Known {
    fn of(book: &Book, digests: &[&Digest]) -> Result<Self, Failure> {
        let rows = digests.iter().flat_map(|digest| digest.rows.iter().map(|row| ((digest.week, row.series.clone()), Modes::default())));
        let mut known = Self(rows.collect());
        if known.0.is_empty() {
            return Ok(known);
        }
        book.assessments(|one| {
            for series in &one.series {
                if let Some(modes) = known.0.get_mut(&(one.week, one.key(series))) {
                    *modes = series.modes;
                }
            }
        })?;
        Ok(known)
    }

    fn row(&self, digest: &Digest, one: &DigestRow) -> [String; 6] {
        let modes = self.0.get(&(digest.week, one.series.clone())).copied().unwrap_or_default();
        [
            digest.week.to_string(),
            one.series.to_string(),
            words::stream(one.stream, modes).to_owned(),
            words::weight(one.evidence_nats),
            one.onset.map(|onset| onset.week.to_string()).unwrap_or_default(),
            one.ratio.map(words::percent).unwrap_or_default(),
        ]
    }
}

fn value(digest: &Digest) -> Value {
    let mut body = Vec::new();
    wire::decision::digest_to_json(digest, &mut body);
    serde_json::from_slice(&body).unwrap_or(Value::Null)
}
