//! `slipwatch demo`: twenty years of real data through every stage, and what slipped, in the terminal.
//!
//! The data and the rules are inside the program. What must never enter: a figure of its own (all come from decisions and
//! assessments).

use crate::{
    book::{Book, Stored},
    chart,
    cli::{DemoArgs, Format},
    embedded::Embedded,
    failure::Failure,
    file,
    history::{FileFrom, History, Reading},
    history_feed::HistoryFeed,
    output::Output,
    rules,
    silences::Silences,
    truth::{Truth, explained_by},
    weight,
};
use engine::intake::Pace;
use serde_json::json;
use service_kit::Stop;
use stages::intaking::{FirstPack, Intaking};
use std::{path::Path, sync::Arc};
use vocab::{alert::Transition, time::Week};
use wire::feed::Mapping;

const DATA: &[u8] = include_bytes!("../../demo/daily.csv.gz");
const TRUTH: &str = include_str!("../../demo/ground_truth.csv");
const MAPPING: &str = include_str!("../../../../deploy/mappings/ma-citations.toml");
const PACK: &[u8] = include_bytes!("../../../../deploy/regimes/ma-citations.toml");
/// Value of the row in `inputs` by which a demo database is known again.
const MARK: &str = "demo";
/// The week in which the collapse pages.
const COLLAPSE: &str = "2020-W12";

/// Runs the demonstration.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &DemoArgs, out: &mut Output) -> Result<(), Failure> {
    make_way(&arguments.db)?;
    import(&arguments.db)?;
    let book = Book::open(&arguments.db)?;
    let transitions = book.transitions()?;
    let truth = Truth::read(TRUTH)?;
    let weeks = chart::weeks(&book)?;
    let silences = Silences::read(&book)?;
    match out.format() {
        Format::Json => out.json(&value(&transitions, &truth, &silences, &arguments.db)),
        Format::Table | Format::Csv => out.text(&story(&transitions, &truth, &silences, &weeks, &arguments.db)?),
    }
}

/// An older demo database is replaced; anything else of that name is left alone.
fn make_way(db: &Path) -> Result<(), Failure> {
    if !db.exists() {
        return Ok(());
    }
    if !is_replaceable(db).unwrap_or(false) {
        return Err(Failure::Usage(format!("{} exists and is no demo database; choose another name with --db", db.display())));
    }
    drop(Embedded::open(db)?);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut name = db.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::Output(format!("replace {}: {error}", db.display())));
            }
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whether a file is a demonstration, or one that was stopped before anything was in it.
fn is_replaceable(db: &Path) -> Result<bool, Failure> {
    let book = Book::open(db).or_else(|_| {
        // A database without tables becomes an empty log; whatever else it is stays as it is.
        drop(Embedded::open(db)?);
        Book::open(db)
    })?;
    let (marks, records) = (book.reader().pages(MARK), book.reader().count("admitted"));
    Ok(!marks.map_err(file::failed)?.is_empty() || records.map_err(file::failed)? == 0)
}

fn import(db: &Path) -> Result<(), Failure> {
    let mapping = Mapping::parse("ma-citations.toml", MAPPING).map_err(|mistakes| Failure::Configuration(mistakes.to_string()))?;
    let pack = rules::compile("ma-citations.toml", PACK)?;
    let first = FirstPack { pack: Arc::new(pack), bytes: Arc::from(PACK) };
    let mut log = Embedded::open(db)?;
    mark(&mut log)?;
    let intaking = Intaking::open(&mut log.store, Pace::History, 1).map_err(file::failed)?;
    let history = History::open(&Reading::Mapped(Arc::new(mapping)), &[FileFrom::bundled("daily.csv.gz", DATA)], None)?;
    let mut feed = HistoryFeed::new(intaking, history, None, Box::new(|_, _| None)).with_pack(Some(first));
    log.drive(&mut feed, &Stop::new())?;
    feed.take_failure().map_or(Ok(()), Err)
}

/// Marks the file as a demonstration, so that the next one may replace it.
fn mark(log: &mut Embedded) -> Result<(), Failure> {
    use journal::{Checkpoint, Commit, Extent, PageChange, Store};
    let lease = log.store.restore(MARK).map_err(file::failed)?.lease;
    let position = stages::intaking::position(MARK, None, Vec::new());
    let pages = vec![PageChange { key: MARK.to_owned(), body: Some(b"made by `slipwatch demo`".to_vec()) }];
    let checkpoint = Some(Checkpoint { extent: Extent::Whole, pages });
    log.store.commit(&mut [Commit { lease, outputs: Vec::new(), position, checkpoint }]).map_err(file::failed)
}

/// The page of the collapse.
fn collapse(transitions: &[Stored]) -> Result<&Transition, Failure> {
    let week = Week::parse(COLLAPSE).map_err(|bad| Failure::Other(anyhow::anyhow!("{COLLAPSE}: {bad}")))?;
    let found = transitions
        .iter()
        .map(|stored| &stored.transition)
        .find(|transition| transition.change.pages() && transition.evidence.week == week);
    found.ok_or_else(|| Failure::No(format!("no page at the close of {COLLAPSE}: this build does not see the collapse of March 2020")))
}

fn story(transitions: &[Stored], truth: &Truth, silences: &Silences, weeks: &[chart::WeekPoint], db: &Path) -> Result<String, Failure> {
    let page = collapse(transitions)?;
    let pack = rules::compile("ma-citations.toml", PACK)?;
    let newest = transitions.iter().map(|stored| &stored.transition).rfind(|transition| transition.alert == page.alert).unwrap_or(page);
    let mut text = String::from(
        "Traffic citations written in Massachusetts, 2002 to 2021: 7,305 days of real enforcement records (ACLU of\nMassachusetts, BSD-3). Binding outcomes count as effort; warnings are tallied apart. Slipwatch reads them day by day,\nas they became known, and asks every week whether less was done than the season leads one to expect.\n\n",
    );
    text.push_str(&format!(
        "{}  {}  {}: {}\n",
        page.at.day(),
        page.series,
        page.severity.as_str().to_uppercase(),
        words::change(&page.change)
    ));
    let list = |text: &mut String, title: &str, lines: &[String]| {
        text.push_str(&format!("\n{title}\n"));
        lines.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    };
    list(&mut text, "What was seen, and how sure that is", &words::evidence(page, Some(weight::rules(&pack))));
    list(&mut text, "What it was not", &words::not(page, Some(silences.behind(page))));
    if !page.coincides.is_empty() {
        let names: Vec<String> = page.coincides.iter().map(|label| format!("Coincides with: {label}.")).collect();
        list(&mut text, "On record for the same weeks (the pack's calendar)", &names);
    }
    let until =
        if newest.phase.is_open() { "it still stands at the end of 2021".to_owned() } else { format!("it ended on {}", newest.at.day()) };
    list(&mut text, "Since then", &[format!("The alert opened on {}; {until}.", page.opened)]);
    text.push_str(&chart::draw(weeks, page.evidence.week));
    let others: Vec<String> = transitions
        .iter()
        .map(|stored| &stored.transition)
        .filter(|transition| transition.change.pages() && transition.id != page.id)
        .map(|transition| other(transition, truth))
        .collect();
    list(&mut text, "Every other page of 2003–2019, and what the record of known events says of it", &others);
    text.push_str(&format!(
        "\nThe evidence, week by week, verified from the log:\n  slipwatch explain {} --db {}\n",
        words::short(&page.alert),
        db.display()
    ));
    Ok(text)
}

fn other(transition: &Transition, truth: &Truth) -> String {
    let explained = explained_by(truth, transition)
        .map_or_else(|| "no known event explains it".to_owned(), |event| format!("coincides with a known {event}"));
    format!("{}; {explained}", words::headline(transition))
}

fn value(transitions: &[Stored], truth: &Truth, silences: &Silences, db: &Path) -> serde_json::Value {
    let pages: Vec<_> = transitions
        .iter()
        .map(|stored| &stored.transition)
        .filter(|transition| transition.change.pages())
        .map(|transition| {
            json!({
                "alert": transition.alert.to_string(), "on": transition.at.day().to_string(), "change": transition.change.as_str(),
                "evidenceNats": transition.evidence.evidence_nats(), "onset": transition.evidence.onset().map(|onset| onset.week.to_string()),
                "level": transition.evidence.size().map(|size| [size.estimate, size.low, size.high]),
                "explainedBy": explained_by(truth, transition), "not": words::not(transition, Some(silences.behind(transition))),
            })
        })
        .collect();
    json!({ "database": db.display().to_string(), "pages": pages })
}
