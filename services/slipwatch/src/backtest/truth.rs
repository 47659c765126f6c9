//! What is known to have happened in the series of a log: slippage with its onset, dips that recovered, notices, and steady series.
//!
//! One JSON object a line; the truth of the detection benchmark is read as it is. Every mistake is named with its line. What must
//! never enter: what was decided.

use crate::failure::Failure;
use serde::Deserialize;
use std::collections::BTreeMap;
use vocab::time::{Day, Instant};

/// What sort of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// Nothing that should call anybody: every page is false.
    Steady,
    /// Slippage: a page from the onset on is right.
    Slippage,
    /// Something a notice may speak of, such as a silence of the source. A page is false.
    Notice,
    /// A dip that recovered: pages in it are counted apart, neither right nor false.
    Transient,
}

/// The words of kinds, with what a page is worth under each.
pub const KINDS: [(&str, Sort); 13] = [
    ("none", Sort::Steady),
    ("slippage", Sort::Slippage),
    ("effort", Sort::Slippage),
    ("yield", Sort::Slippage),
    ("timeliness", Sort::Slippage),
    ("displacement", Sort::Slippage),
    ("erosion", Sort::Slippage),
    ("deterrence", Sort::Notice),
    ("displacement_source", Sort::Notice),
    ("reporting", Sort::Notice),
    ("definition", Sort::Notice),
    ("incident", Sort::Notice),
    ("transient", Sort::Transient),
];

/// The word of slippage whose kind nobody says.
pub const UNTYPED: &str = "slippage";

/// One thing that happened in a series, or that nothing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Episode {
    /// Line of the file.
    pub line: usize,
    /// Its kind: a word of [`KINDS`].
    pub kind: &'static str,
    /// What sort of thing that is.
    pub sort: Sort,
    /// The day it began; slippage and dips have one. Of `none` it says when something changed that nobody should be called for.
    pub onset: Option<Day>,
    /// The day it had ended; it stands where there is none.
    pub end: Option<Day>,
    /// The day on which others noticed, where that is known.
    pub noticed: Option<Day>,
}

/// All that is known of a series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesTruth {
    /// Line of the file that names it first.
    pub line: usize,
    /// What happened, by onset; at least one episode.
    pub episodes: Vec<Episode>,
    /// The scenario or group it belongs to.
    pub group: String,
    /// First and last moment that is scored, where the file says so: the midnights that begin these days.
    pub window: (Option<Day>, Option<Day>),
}

/// Everything known, by the name of the series.
pub type Truth = BTreeMap<String, SeriesTruth>;

/// A line as it stands in the file. Keys that the scores do not need are named, so that a misspelt one is found.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    series: String,
    kind: Option<String>,
    /// The benchmark's word for `kind`.
    r#type: Option<String>,
    slippage: Option<bool>,
    onset: Option<String>,
    end: Option<String>,
    noticed: Option<String>,
    scenario: Option<String>,
    group: Option<String>,
    eval_from: Option<String>,
    eval_to: Option<String>,
    #[serde(rename = "jurisdiction")]
    _jurisdiction: Option<serde_json::Value>,
    #[serde(rename = "measure")]
    _measure: Option<serde_json::Value>,
    #[serde(rename = "size")]
    _size: Option<serde_json::Value>,
    #[serde(rename = "note")]
    _note: Option<serde_json::Value>,
}

/// Reads the text of a truth file.
///
/// # Errors
/// [`Failure::Input`] that names the line: no JSON, an unknown kind or key, a time that is none, slippage without onset.
pub fn read(name: &str, text: &str) -> Result<Truth, Failure> {
    let mut truth = Truth::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |why: String| Failure::Input(format!("{name}, line {}: {why}", number + 1));
        let line: Line = serde_json::from_str(line).map_err(|error| wrong(plainly(&error)))?;
        take(&mut truth, line, number + 1).map_err(wrong)?;
    }
    if truth.is_empty() {
        return Err(Failure::Input(format!("{name} names no series: one JSON object a line, as `slipwatch backtest --help` says")));
    }
    Ok(truth)
}

/// The text without the place in the line that serde adds: the line of the file says more.
fn plainly(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or_else(|| text.clone(), |(before, _)| before.to_owned())
}

fn take(truth: &mut Truth, line: Line, number: usize) -> Result<(), String> {
    let episode = episode(&line, number)?;
    let window = (time(line.eval_from.as_deref())?, time(line.eval_to.as_deref())?);
    let group = line.scenario.or(line.group).unwrap_or_default();
    let fresh = || SeriesTruth { line: number, episodes: Vec::new(), group: group.clone(), window };
    let series = truth.entry(line.series).or_insert_with(fresh);
    if (&series.group, series.window) != (&group, window) {
        return Err(format!("the series has another scenario or window in line {}: one of each for a series", series.line));
    }
    let stands_alone = |of: &Episode| of.onset.is_none() || of.sort == Sort::Steady;
    if !series.episodes.is_empty() && (stands_alone(&episode) || series.episodes.iter().any(stands_alone)) {
        return Err(format!(
            "the series stands in line {} already: several lines of one series each need a kind and an onset",
            series.line
        ));
    }
    series.episodes.push(episode);
    series.episodes.sort_by_key(|episode| episode.onset);
    let overlap = series.episodes.windows(2).any(|pair| pair[0].end.is_none_or(|end| Some(end) > pair[1].onset));
    if overlap { Err("two episodes of the series overlap: write the end of the earlier one".to_owned()) } else { Ok(()) }
}

fn episode(line: &Line, number: usize) -> Result<Episode, String> {
    let (kind, sort) = kind(line)?;
    let (onset, end, noticed) = (time(line.onset.as_deref())?, time(line.end.as_deref())?, time(line.noticed.as_deref())?);
    match sort {
        Sort::Slippage if onset.is_none() => return Err(format!("{kind} without an onset: nothing could be scored")),
        Sort::Transient if onset.is_none() || end.is_none() => return Err("transient needs an onset and an end".to_owned()),
        Sort::Steady | Sort::Slippage | Sort::Notice | Sort::Transient => {}
    }
    match (onset, end) {
        (Some(onset), Some(end)) if end <= onset => Err(format!("the end {end} does not follow the onset {onset}")),
        (Some(_) | None, Some(_) | None) => Ok(Episode { line: number, kind, sort, onset, end, noticed }),
    }
}

fn kind(line: &Line) -> Result<(&'static str, Sort), String> {
    let word = line.kind.as_deref().or(line.r#type.as_deref()).ok_or("no kind: write \"kind\":\"none\" for a series without slippage")?;
    let known = KINDS.into_iter().find(|(known, _)| *known == word).ok_or_else(|| {
        let words: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        format!("unknown kind `{word}`; known: {}", words.join(", "))
    })?;
    match line.slippage {
        Some(says) if says != (known.1 == Sort::Slippage) => Err(format!("kind `{word}` with \"slippage\":{says}: one of them is wrong")),
        Some(_) | None => Ok(known),
    }
}

/// A civil day (2018-03-05) or an instant (2018-03-05T00:00:00Z), of which the day counts.
fn time(text: Option<&str>) -> Result<Option<Day>, String> {
    let Some(text) = text else { return Ok(None) };
    let read = Day::parse(text).or_else(|_| Instant::parse(text).map(Instant::day));
    read.map(Some).map_err(|bad| format!("`{text}`: {bad}; write it as 2018-03-05 or 2018-03-05T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::{KINDS, Sort, read};
    use vocab::assessment::Kind;

    #[test]
    fn the_benchmark_is_read_as_it_is() {
        let text = r#"{"series":"J032/arms","jurisdiction":"J032","measure":"arms","scenario":"step_50","type":"effort","slippage":true,"onset":"2018-03-05T00:00:00Z","end":null,"size":0.5,"eval_from":"2017-01-02T00:00:00Z","eval_to":"2019-12-30T00:00:00Z"}"#;
        let truth = read("truth.jsonl", text).unwrap();
        let series = &truth["J032/arms"];
        assert_eq!((series.group.as_str(), series.episodes[0].kind, series.episodes[0].sort), ("step_50", "effort", Sort::Slippage));
        assert_eq!(series.episodes[0].onset.unwrap().to_string(), "2018-03-05");
        assert_eq!(series.window.1.unwrap().to_string(), "2019-12-30");
    }

    #[test]
    fn every_mistake_is_named_with_its_line() {
        let table = [
            ("", "t names no series"),
            ("{\"series\":\"A/x\"", "t, line 1: EOF while parsing an object"),
            ("\n{\"series\":\"A/x\"}", "t, line 2: no kind"),
            ("{\"series\":\"A/x\",\"kind\":\"theft\"}", "t, line 1: unknown kind `theft`; known: none, slippage"),
            ("{\"series\":\"A/x\",\"kind\":\"effort\"}", "t, line 1: effort without an onset"),
            ("{\"series\":\"A/x\",\"kind\":\"effort\",\"onsett\":\"2018-01-01\"}", "t, line 1: unknown field `onsett`"),
            ("{\"series\":\"A/x\",\"kind\":\"effort\",\"onset\":\"in May\"}", "t, line 1: `in May`: "),
            ("{\"series\":\"A/x\",\"kind\":\"effort\",\"onset\":\"2018-02-01\",\"end\":\"2018-01-01\"}", "t, line 1: the end 2018-01-01"),
            ("{\"series\":\"A/x\",\"kind\":\"none\",\"slippage\":true}", "t, line 1: kind `none` with \"slippage\":true"),
            ("{\"series\":\"A/x\",\"kind\":\"transient\",\"onset\":\"2018-02-01\"}", "t, line 1: transient needs"),
            ("{\"series\":\"A/x\",\"kind\":\"none\"}\n{\"series\":\"A/x\",\"kind\":\"none\"}", "t, line 2: the series stands in line 1"),
            (
                "{\"series\":\"A/x\",\"kind\":\"yield\",\"onset\":\"2018-01-01\"}\n{\"series\":\"A/x\",\"kind\":\"yield\",\"onset\":\"2019-01-01\"}",
                "t, line 2: two episodes of the series overlap",
            ),
            (
                "{\"series\":\"A/x\",\"kind\":\"none\"}\n{\"series\":\"A/y\",\"kind\":\"none\"}\n{\"series\":\"A/x\",\"kind\":\"none\",\"group\":\"g\"}",
                "t, line 3: the series has another scenario",
            ),
        ];
        for (text, want) in table {
            let said = read("t", text).unwrap_err().to_string();
            assert!(said.starts_with(want), "{text}\nsays {said}\nwants {want}");
        }
    }

    #[test]
    fn two_episodes_of_a_series_stand_by_onset() {
        let text = "{\"series\":\"A/x\",\"kind\":\"effort\",\"onset\":\"2019-01-01\"}\n{\"series\":\"A/x\",\"kind\":\"yield\",\"onset\":\"2018-01-01\",\"end\":\"2018-06-01\"}";
        let kinds: Vec<&str> = read("t", text).unwrap()["A/x"].episodes.iter().map(|episode| episode.kind).collect();
        assert_eq!(kinds, ["yield", "effort"]);
    }

    #[test]
    fn every_kind_of_the_judgement_has_a_row_and_what_it_calls_slippage_is_that() {
        for kind in Kind::ALL {
            let sort = KINDS.iter().find(|(word, _)| *word == kind.as_str()).map(|(_, sort)| *sort);
            // Erosion pages as well, by a reference of its own.
            let pages = kind.is_slippage() || kind == Kind::Erosion;
            assert_eq!(sort, Some(if pages { Sort::Slippage } else { Sort::Notice }), "{kind:?}");
        }
    }

    #[test]
    fn a_kind_has_one_row() {
        let words: std::collections::BTreeSet<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        assert_eq!(words.len(), KINDS.len());
    }
}
