//! The packs of a backtest: each replays the log through the product's own stages and is scored by the same windows.
//!
//! A point of the curve is such a replay too, of the pack with another rate of false alarms written into it. What must never enter: a
//! short cut past the stages.

use crate::{
    backtest::{
        heard::Heard,
        lives::Lives,
        resample::jurisdiction,
        score::{Score, merged, score},
        truth::Truth,
    },
    failure::Failure,
    history::{FileFrom, History, Reading},
    history_feed::HistoryFeed,
    output::Output,
    replay::{Partitions, Stages, memory, replay},
    rules,
};
use engine::{intake::Pace, register::Bucket};
use journal::Retention;
use stages::{
    assessor::Statistic,
    intaking::{FirstPack, Intaking},
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc};
use vocab::time::Day;

/// Rates of false alarms that a curve goes through: the thresholds that were measured, as far as packs may ask for them.
pub const RATES: [f64; 7] = [0.24, 0.134, 0.1, 0.07, 0.052, 0.036, 0.023];

/// The log that is replayed.
pub struct Log<'a> {
    /// How its rows become events.
    pub reading: &'a Reading,
    /// Its files.
    pub files: &'a [PathBuf],
    /// Days are closed up to this one, also after the end of the files.
    pub until: Option<Day>,
}

impl Log<'_> {
    /// What a pack says of the log.
    ///
    /// # Errors
    /// [`Failure`] of the log; [`Failure::Configuration`] when the log activates a pack of its own.
    pub fn heard(&self, first: &FirstPack, what: &str, out: &Output) -> Result<Heard, Failure> {
        let history = History::open(self.reading, &FileFrom::whole(self.files), None)?;
        let progress = out.progress_of(what, history.progress());
        let partitions = Partitions::spread(1);
        let mut store = memory(Retention::Unread, partitions);
        let intaking = Intaking::open(&mut store, Pace::History, 1).map_err(crate::file::failed)?;
        let feed = HistoryFeed::new(intaking, history, None, Box::new(|_, _| None));
        let mut feed = feed.with_pack(Some(first.clone())).until(self.until);
        let mut stages = Stages::new(partitions, Bucket::Day, Statistic::Off);
        let mut heard = Heard::default();
        let replayed = replay(&mut store, &mut stages, &mut feed, &mut heard);
        progress.end();
        replayed?;
        heard.sort();
        match heard.packs.iter().find(|pack| **pack != first.pack.hash) {
            None => Ok(heard),
            Some(other) => Err(Failure::Configuration(format!(
                "the log activates a pack of its own ({other}): what is said then is not said by {what}; take that event out of the log"
            ))),
        }
    }
}

/// The window of every series of a truth: first and last moment that is scored.
pub type Windows = BTreeMap<String, (Day, Day)>;

/// The windows of a truth: as it says; else from the first week that any of the packs could judge to the last closed day. `asked`
/// narrows all of them.
///
/// # Errors
/// [`Failure::Input`] that names a line of the truth whose series no pack has judged.
pub fn windows(truth: &Truth, heard: &[&Heard], asked: (Option<Day>, Option<Day>)) -> Result<Windows, Failure> {
    let unknown: Vec<(&String, usize)> = truth
        .iter()
        .filter(|(name, _)| heard.iter().all(|heard| !heard.series.contains_key(*name)))
        .map(|(name, series)| (name, series.line))
        .collect();
    if let Some((name, line)) = unknown.iter().min_by_key(|(_, line)| line) {
        let known = heard.iter().find_map(|heard| heard.series.keys().next());
        let known = known.map_or_else(|| "none was".to_owned(), |known| format!("one that was: `{known}`"));
        return Err(Failure::Input(format!(
            "the truth names {} series that were never assessed, the first in line {line}: `{name}`; {known}",
            unknown.len()
        )));
    }
    let last = heard.iter().filter_map(|heard| heard.last).max().unwrap_or(Day(0));
    let window = |(name, series): (&String, &crate::backtest::truth::SeriesTruth)| {
        let judged = heard.iter().filter_map(|heard| heard.series.get(name)?.judged_from).min().unwrap_or(last);
        let from = series.window.0.unwrap_or(judged).max(asked.0.unwrap_or(Day(i32::MIN)));
        let until = series.window.1.unwrap_or(last).min(asked.1.unwrap_or(Day(i32::MAX)));
        (name.clone(), (from, until.max(from)))
    };
    Ok(truth.iter().map(window).collect())
}

/// Every series of a truth scored, in the order of their names, and the lives of their alerts inside the windows.
#[must_use]
pub fn scores(truth: &Truth, heard: &Heard, windows: &Windows) -> (Vec<Score>, Lives) {
    let (mut scores, mut spoken) = (Vec::new(), Vec::new());
    for (name, series) in truth {
        let said = merged(heard.series.get(name), heard.jurisdictions.get(jurisdiction(name)));
        let window = windows.get(name).copied().unwrap_or((Day(0), Day(0)));
        scores.push(score(series, &said, window));
        spoken.extend(said.into_iter().filter(|one| window.0 <= one.at && one.at <= window.1));
    }
    (scores, Lives::of(spoken.iter()))
}

/// The same pack with another rate of false alarms: its own text with that one parameter, checked like any pack.
///
/// # Errors
/// [`Failure::Configuration`] when that is no valid pack any more.
pub fn with_rate(name: &str, first: &FirstPack, rate: f64) -> Result<FirstPack, Failure> {
    let text = String::from_utf8_lossy(&first.bytes);
    let wrong = |error: &dyn std::fmt::Display| Failure::Configuration(format!("{name}: {error}"));
    let mut table: toml::Table = text.parse().map_err(|error| wrong(&error))?;
    let policy = match table.remove("policy") {
        Some(toml::Value::String(shipped)) => toml::Table::from_iter([("extends".to_owned(), toml::Value::String(shipped))]),
        Some(toml::Value::Table(policy)) => policy,
        Some(_) | None => return Err(wrong(&"no policy")),
    };
    let mut policy = policy;
    policy.insert("false_alarms_per_series_year".to_owned(), toml::Value::Float(rate));
    table.insert("policy".to_owned(), toml::Value::Table(policy));
    let bytes = toml::to_string(&table).map_err(|error| wrong(&error))?.into_bytes();
    let pack = rules::compile(name, &bytes)?;
    Ok(FirstPack { pack: Arc::new(pack), bytes: Arc::from(bytes) })
}
