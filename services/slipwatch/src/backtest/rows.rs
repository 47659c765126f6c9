//! A backtest series by series, as CSV: what happened, what was said of it, and when.
//!
//! For spreadsheets, and for whoever wants to know which slip was missed. What must never enter: a sum over series.

use crate::{
    backtest::{
        figures::Measure,
        score::{Score, Slip},
        sides::Windows,
        truth::{Episode, SeriesTruth, Sort, Truth},
        value::written,
    },
    output::csv,
};

const HEADER: [&str; 16] = [
    "pack",
    "series",
    "group",
    "kind",
    "onset",
    "end",
    "scored_from",
    "scored_until",
    "open_weeks",
    "page_weeks",
    "kind_said",
    "kind_later",
    "onset_off_weeks",
    "recalled",
    "false_pages",
    "false_days_possible",
];

/// The rows of one pack: an episode each. The false pages of a series stand in its first row.
#[must_use]
pub fn rows(pack: &str, truth: &Truth, windows: &Windows, scores: &[Score]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for ((name, series), score) in truth.iter().zip(scores) {
        let mut slips = score.slips.iter();
        for (place, episode) in series.episodes.iter().enumerate() {
            let mut row = vec![pack.to_owned(), name.clone()];
            row.extend(happened(series, episode));
            let window = windows.get(name);
            row.extend(
                [window.map(|window| window.0.to_string()), window.map(|window| window.1.to_string())].map(Option::unwrap_or_default),
            );
            let slip = if episode.sort == Sort::Slippage { slips.next() } else { None };
            row.extend(found(slip));
            let of_series = [score.false_pages.to_string(), score.exposure_days.to_string()];
            row.extend(if place == 0 { of_series } else { Default::default() });
            rows.push(row);
        }
    }
    rows
}

fn happened(series: &SeriesTruth, episode: &Episode) -> [String; 4] {
    let day = |day: Option<vocab::time::Day>| day.map(|day| day.to_string()).unwrap_or_default();
    [series.group.clone(), episode.kind.to_owned(), day(episode.onset), day(episode.end)]
}

fn found(slip: Option<&Slip>) -> [String; 6] {
    let weeks = |days: Option<i32>| days.map(|days| written(Measure::Weeks, f64::from(days) / 7.0)).unwrap_or_default();
    let page = slip.and_then(|slip| slip.page.as_ref());
    let word = |word: Option<&str>| word.unwrap_or_default().to_owned();
    [
        weeks(slip.and_then(|slip| slip.open_days)),
        weeks(page.map(|page| page.delay_days)),
        word(page.map(|page| page.kind)),
        word(page.map(|page| page.kind_later)),
        weeks(page.and_then(|page| page.onset_error_days)),
        word(page.map(|page| if page.is_recalled { "yes" } else { "no" })),
    ]
}

/// Rows of several packs as a file.
#[must_use]
pub fn file(rows: &[Vec<String>]) -> String {
    csv(&HEADER, rows.iter().cloned())
}
