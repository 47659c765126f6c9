//! Runs all streams over a benchmark's counts and writes the three yardstick files, for a scorer that knows the truth. A stream's
//! name is the kind of its lines: what joins streams or jurisdictions is not told here.
//!
//! `yardstick CELLS.json DIR [SETTINGS]`: `SETTINGS` is JSON of the settings that differ from the default; `CELLS.json` holds `weeks` and `groups`, each with the names of its `series` and its `cells`
//! [series, feed 0 inspections 1 interdictions 2 traffic, week, weeks of delay, count]; a group may give its `sharing` factor. Into `DIR` go `statistic.jsonl` (a line for
//! each week, series and stream whose combined evidence exceeds the threshold, no condition living), `open.jsonl` (each week a
//! condition fires), `pages.jsonl` (when one fires or escalates) and `evidence.json` (combined L and onset of effort by series and
//! week).
#![expect(clippy::unwrap_used, reason = "a tool for the bench: a file it cannot read ends it")]
#![expect(clippy::disallowed_methods, reason = "it reads and writes the bench's files")]

use std::fmt::Write as _;
use std::path::Path;

use surveillance::{Cell, Feed, Group, Life, Role, SeriesWeek, Settings, Stream, StreamWeek, Turn};

/// 2015-01-05, in days since 1970.
const FIRST_DAY: i64 = 16_440;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let cells = std::fs::read_to_string(arguments.next().unwrap()).unwrap();
    let directory = arguments.next().unwrap();
    let settings = settings(arguments.next().as_deref());
    let input: serde_json::Value = serde_json::from_str(&cells).unwrap();
    let weeks = input["weeks"].as_i64().unwrap();
    let (mut statistic, mut open, mut pages) = (String::new(), String::new(), String::new());
    let mut evidence = serde_json::Map::new();
    for group in input["groups"].as_array().unwrap() {
        let names: Vec<&str> = group["series"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let bare = Settings { life: Life::Off, ..settings.clone() };
        for said in run(group, weeks, &bare) {
            note(&mut evidence, names[said.series], said.stream(Stream::Effort));
            for of in &said.streams[..3] {
                if let Some(segment) = of.evidence.segment.filter(|_| of.evidence.combined > bare.threshold()) {
                    line(&mut statistic, (names[said.series], of.stream), said.week, segment.onset);
                }
            }
        }
        for said in run(group, weeks, &settings) {
            for of in &said.streams[..3] {
                let name = (names[said.series], of.stream);
                if let Some(condition) = of.phase.condition() {
                    line(&mut open, name, said.week, condition.onset);
                }
                if let Some(Turn::Fired(condition) | Turn::Escalated { condition, .. }) = of.turn {
                    line(&mut pages, name, said.week, condition.onset);
                }
            }
        }
    }
    let write = |name: &str, text: &str| std::fs::write(Path::new(&directory).join(name), text).unwrap();
    write("statistic.jsonl", &statistic);
    write("open.jsonl", &open);
    write("pages.jsonl", &pages);
    write("evidence.json", &serde_json::Value::Object(evidence).to_string());
}

/// The default, with what the text says instead.
fn settings(text: Option<&str>) -> Settings {
    let mut all = serde_json::to_value(Settings::default()).unwrap();
    let given: serde_json::Map<_, _> = text.map(|text| serde_json::from_str(text).unwrap()).unwrap_or_default();
    all.as_object_mut().unwrap().extend(given);
    serde_json::from_value(all).unwrap()
}

fn run(group: &serde_json::Value, weeks: i64, settings: &Settings) -> Vec<SeriesWeek> {
    let mut state = Group::new();
    for at in 0..group["series"].as_array().unwrap().len() {
        state.join(at, 0, Role::Measure);
    }
    let mut cells: Vec<Vec<(Cell, i64)>> = vec![Vec::new(); weeks as usize];
    for row in group["cells"].as_array().unwrap() {
        let int = |at: usize| row[at].as_i64().unwrap();
        let known_week = int(2) + int(3);
        let cell = Cell { series: int(0) as usize, feed: Feed::ALL[int(1) as usize], week: int(2), known_week };
        cells[known_week as usize].push((cell, int(4)));
    }
    let sharing = group["sharing"].as_f64().unwrap_or(1.0);
    let mut said = Vec::new();
    for now in cells {
        for (cell, count) in now {
            state.add(cell, count).unwrap();
        }
        state.close(settings, [sharing; 2], &mut said).unwrap();
    }
    said
}

fn note(evidence: &mut serde_json::Map<String, serde_json::Value>, name: &str, said: &StreamWeek) {
    let entry = evidence.entry(name).or_insert_with(|| serde_json::json!({"combined": [], "onset": []}));
    entry["combined"].as_array_mut().unwrap().push(said.evidence.combined.into());
    let onset = said.evidence.segment.map_or(-1, |segment| segment.onset);
    entry["onset"].as_array_mut().unwrap().push(onset.into());
}

/// An alert as of the end of `week`.
fn line(out: &mut String, (name, stream): (&str, Stream), week: i64, onset: i64) {
    let kind = match stream {
        Stream::Effort => "effort",
        Stream::Yield => "yield",
        Stream::Timeliness => "timeliness",
        Stream::TrafficDown | Stream::TrafficUp => "deterrence",
    };
    let (at, onset) = (date(week + 1), date(onset));
    writeln!(out, r#"{{"series":"{name}","at":"{at}T00:00:00Z","kind":"{kind}","onset":"{onset}T00:00:00Z"}}"#).unwrap();
}

/// The Monday of a week, from the count of days in eras of 400 years that begin in March.
fn date(week: i64) -> String {
    let days = FIRST_DAY + 7 * week + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 { (month + 3, year_of_era + era * 400) } else { (month - 9, year_of_era + era * 400 + 1) };
    format!("{year:04}-{month:02}-{day:02}")
}
