//! `slipwatch generate`: a synthetic regime with known truth, from a scenario file or one that ships, or such a file after a log.
//!
//! What must never enter: how anything is drawn (`generate`).

use crate::{
    cli::{Format, GenerateArgs},
    failure::Failure,
    generate::{
        Made,
        builtin::{self, Builtin},
        generate,
        likeness::Likeness,
        scenario::{Instead, Scenario},
        sketch::sketch,
    },
    output::{Output, table},
    rules,
};
use serde_json::json;
use std::path::{Path, PathBuf};
use wire::feed::{FeedCounts, Outcome, Rows};

/// Makes the files of a scenario, lists those that ship, or prints one that is like a log.
///
/// # Errors
/// [`Failure::Configuration`] for a scenario that is wrong; [`Failure::Usage`] for a name that does not ship.
pub fn run(arguments: &GenerateArgs, out: &mut Output) -> Result<(), Failure> {
    if let Some(mapping) = &arguments.mapping {
        return like(mapping, &arguments.like, out);
    }
    let (Some(name), Some(folder)) = (&arguments.scenario, &arguments.out) else { return list(out) };
    let text = text(name)?;
    let instead = Instead { weeks: arguments.weeks, jurisdictions_max: arguments.jurisdictions };
    let scenario = parse(name, &text, instead)?;
    let bar = out.bar(u64::from(scenario.weeks), "weeks");
    let made = generate(&scenario, arguments.seed, folder, &mut || bar.inc(1));
    bar.finish_and_clear();
    let made = made?;
    let copy = folder.join("scenario.toml");
    std::fs::write(&copy, &text).map_err(|error| Failure::Output(format!("write {}: {error}", copy.display())))?;
    match out.format() {
        Format::Json => out.json(&json!({ "scenario": name, "seed": arguments.seed, "folder": folder, "made": made })),
        Format::Table | Format::Csv => out.text(&words(folder, &made)),
    }
}

fn text(name: &str) -> Result<String, Failure> {
    if let Some(found) = builtin::ALL.iter().find(|builtin| builtin.name == name) {
        return Ok(found.text.to_owned());
    }
    if !name.contains(['.', '/']) {
        let names: Vec<&str> = builtin::ALL.iter().map(|builtin| builtin.name).collect();
        return Err(Failure::Usage(format!(
            "no scenario `{name}` ships: name one of {}, or a file, as in my-scenario.toml",
            names.join(", ")
        )));
    }
    let bytes = rules::read(Path::new(name))?;
    String::from_utf8(bytes).map_err(|_| Failure::Configuration(format!("{name} is not UTF-8 text")))
}

fn parse(name: &str, text: &str, instead: Instead) -> Result<Scenario, Failure> {
    let mistaken = |mistakes: String| Failure::Configuration(format!("{name} is not a valid scenario\n\n{mistakes}"));
    Scenario::parse(text, instead).map_err(mistaken)
}

/// Prints a scenario drawn after a log.
fn like(mapping: &Path, files: &[PathBuf], out: &mut Output) -> Result<(), Failure> {
    let mapping = rules::mapping(mapping)?;
    let (mut likeness, mut counts) = (Likeness::default(), FeedCounts::default());
    for file in files {
        let mut rows = Rows::open(&mapping, file)?;
        let mut mapper = rows.mapper();
        let unreadable = |error: std::io::Error| Failure::Input(format!("read {}: {error}", file.display()));
        while let Some(batch) = rows.next_batch().map_err(unreadable)? {
            for row in batch.rows() {
                let outcome = mapper.map(&row);
                counts.note(&outcome);
                if let Ok(Outcome::Event(mapped)) = outcome {
                    likeness.note(&mapped.event, mapped.known.day());
                    mapped.find.iter().for_each(|find| likeness.note(find, mapped.known.day()));
                }
            }
        }
    }
    let refused: u64 = counts.refused.values().sum();
    out.say(&format!("{} rows read, {refused} refused", counts.rows));
    let nothing = || Failure::Input("no row is an inspection with a jurisdiction and a measure: there is nothing to be like".to_owned());
    let text = sketch(&likeness).ok_or_else(nothing)?;
    match out.format() {
        Format::Json => out.json(&json!({ "rows": counts.rows, "refused": refused, "scenario": text })),
        Format::Table | Format::Csv => out.text(&text),
    }
}

fn list(out: &mut Output) -> Result<(), Failure> {
    let read = |builtin: &Builtin| Ok::<_, Failure>((builtin.name, parse(builtin.name, builtin.text, Instead::default())?));
    let scenarios = builtin::ALL.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    match out.format() {
        Format::Json => {
            let value = |(name, scenario): &(&str, Scenario)| {
                let groups: Vec<&str> = scenario.groups.iter().map(|group| group.name.as_str()).collect();
                json!({ "name": name, "title": scenario.title, "weeks": scenario.weeks, "series": scenario.series(), "groups": groups })
            };
            out.json(&scenarios.iter().map(value).collect::<Vec<_>>())
        }
        Format::Table | Format::Csv => {
            let row = |(name, scenario): &(&str, Scenario)| {
                let numbers = [scenario.groups.len(), scenario.series(), usize::from(scenario.weeks)].map(|n| n.to_string());
                [(*name).to_owned()].into_iter().chain(numbers).chain([scenario.title.clone()]).collect()
            };
            out.text(&table(&["scenario", "groups", "series", "weeks", "what it shows"], scenarios.iter().map(row)))
        }
    }
}

fn words(folder: &Path, made: &Made) -> String {
    let kinds: Vec<String> = made.kinds.iter().map(|(kind, n)| format!("{n} {kind}")).collect();
    let folder = folder.display();
    format!(
        "{} events from {} to {}, {} series: {}\n\
         {} reports were under way when the last week ended, and stand nowhere\n\n\
         Go on with\n\
         \x20 slipwatch replay --mapping {folder}/mapping.toml --pack {folder}/pack.toml --out {folder}/answers {folder}/events.jsonl\n\
         \x20 slipwatch backtest {folder}/events.jsonl --mapping {folder}/mapping.toml --pack {folder}/pack.toml --truth {folder}/truth.jsonl\n",
        made.events,
        made.first_day,
        made.last_day,
        made.series,
        kinds.join(", "),
        made.not_known_by_the_end
    )
}
