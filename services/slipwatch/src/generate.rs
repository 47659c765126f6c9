//! Synthetic regimes with known truth: a scenario file in, events, truth, pack and mapping out.
//!
//! Made to ask "what would I see with my volumes?" before a quiet board is trusted. The same scenario, seed and program give
//! the same bytes. Weeks are drawn one after the other and written as soon as they are complete, so memory does not grow with
//! the file. What must never enter: a judgement, or anything the truth does not tell.

pub mod builtin;
pub mod chance;
pub mod change;
pub mod consistency;
pub mod desk;
pub mod likeness;
pub mod mix;
pub mod number;
pub mod pending;
pub mod plan;
pub mod rows;
pub mod rules;
pub mod scenario;
pub mod sketch;
pub mod truth;
pub mod week;

use crate::failure::Failure;
use pending::{Pending, WEEK_SECONDS};
use rows::Rows;
use scenario::Scenario;
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};
use week::Way;

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// Lines of `events.jsonl`, second copies among them.
    pub events: u64,
    /// Reports that were under way when the last week ended, and so stand nowhere.
    pub not_known_by_the_end: u64,
    /// Series.
    pub series: u64,
    /// Series by what is true of them.
    pub kinds: BTreeMap<String, u64>,
    /// The first Monday.
    pub first_day: String,
    /// The last Sunday.
    pub last_day: String,
}

/// Makes the files of a scenario in a folder; `tick` is told each week that is done.
///
/// # Errors
/// [`Failure::Output`] when a file cannot be written.
pub fn generate(scenario: &Scenario, seed: u64, folder: &Path, tick: &mut dyn FnMut()) -> Result<Made, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    let places = plan::plan(scenario, seed);
    write(folder, "pack.toml", &rules::pack(scenario, &places)?)?;
    write(folder, "mapping.toml", &rules::mapping(scenario))?;
    let last_day = scenario.week(scenario.weeks - 1).sunday().to_string();
    let mut made = Made { first_day: scenario.first_week.monday().to_string(), last_day, ..Made::default() };
    let mut truth = String::new();
    for line in places.iter().flat_map(|place| truth::lines(scenario, place)) {
        made.series += 1;
        *made.kinds.entry(line.kind.to_owned()).or_default() += 1;
        truth.push_str(&serde_json::to_string(&line).map_err(|error| Failure::Other(error.into()))?);
        truth.push('\n');
    }
    write(folder, "truth.jsonl", &truth)?;
    let ways = (0..).zip(places).map(|(number, place)| Way::of(place, number, scenario, seed)).collect();
    let path = folder.join("events.jsonl");
    events(scenario, ways, &path, (&mut made, tick)).map_err(|error| failed(&path, &error))?;
    Ok(made)
}

fn events(scenario: &Scenario, mut ways: Vec<Way<'_>>, path: &Path, (made, tick): (&mut Made, &mut dyn FnMut())) -> std::io::Result<()> {
    let rows = Rows::of(scenario);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut pending = Pending::until(i64::from(scenario.weeks) * WEEK_SECONDS);
    for week in 0..scenario.weeks {
        ways.iter_mut().for_each(|way| way.week(week, &mut pending));
        for report in pending.complete(week) {
            // A report's place is the number its way was made with.
            rows.write(&report, &ways[report.place as usize], &mut out)?;
            made.events += 1;
        }
        tick();
    }
    made.not_known_by_the_end = pending.unknown();
    out.flush()
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|error| failed(&path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Output(format!("write {}: {error}", path.display()))
}
