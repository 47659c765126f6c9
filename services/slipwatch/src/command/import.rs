//! `slipwatch import`: the history of a feed into an embedded log, by a mapping file; `--check` only tries it.
//!
//! Stopped at any point it resumes where it was. What must never enter: a decision.

use super::{import_archive, import_kafka};
use crate::{
    book::Book,
    broker::Broker,
    cli::{Format, ImportArgs},
    counting::Counting,
    embedded::Embedded,
    failure::Failure,
    file,
    history::{History, Reading},
    history_feed::HistoryFeed,
    inputs::{Inputs, Plan},
    output::Output,
    rules, sample,
    signals::{self, Drain},
};
use engine::intake::Pace;
use journal::{Commit, JournalError, Store};
use serde::Serialize;
use service_kit::{Feed, Flow, Stop};
use stages::{
    intaking::{FirstPack, INTAKE, Intaking, inputs_of},
    message::Message,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use vocab::time::Tick;

/// What an import came to.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Imported {
    /// Rows read.
    pub rows: u64,
    /// Rows passed over by the mapping.
    pub skipped: u64,
    /// Rows turned away: they stand in the table `refused`.
    pub refused: u64,
    /// Rows older than the sorting window, taken with the open day.
    pub out_of_window: u64,
    /// Whether it was asked to stop before the end of the files; the same command goes on from there.
    pub stopped: bool,
    /// The last day that is complete.
    pub complete_to: Option<String>,
    /// What became of all admitted messages of the log, packs and acts among them.
    pub ledger: BTreeMap<String, i64>,
    /// What no pack lists, the most frequent first.
    pub not_listed: Vec<(String, u64)>,
}

/// Imports files, or tries them.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &ImportArgs, out: &mut Output) -> Result<(), Failure> {
    if let Some(archive) = &arguments.archive {
        return import_archive::run(arguments, archive, out);
    }
    let reading = rules::reading(&arguments.rules)?;
    if let Some(rows) = arguments.check {
        return sample::check(&reading, &arguments.files, rows, out);
    }
    if let Some(bootstrap) = &arguments.kafka {
        let first_pack = rules::first_pack(&arguments.rules, &reading)?;
        let broker = Broker::new(bootstrap, &arguments.broker)?;
        return import_kafka::run(&broker, (&reading, first_pack), &arguments.files, out);
    }
    let Some(db) = &arguments.db else { return Err(Failure::Usage("--db FILE is needed to import; --check ROWS only tries".to_owned())) };
    let first_pack = rules::first_pack(&arguments.rules, &reading)?;
    let counting = Counting::open(arguments.admin)?.map(Counting::of_history);
    if let Some(counting) = &counting {
        out.say(&format!("probes and metrics at http://{}/metrics", counting.address()));
    }
    let imported = import((db, counting), &reading, first_pack, &arguments.files, out)?;
    if let Some(imported) = imported.as_ref().filter(|imported| imported.rows > 0 && imported.refused == imported.rows) {
        let hint = if arguments.rules.mapping.is_none() { ": rows that are no native events need --mapping FILE" } else { "" };
        return Err(Failure::No(format!(
            "{} read and every one refused{hint}; they are kept in the table `refused`",
            words::counted(imported.rows, "row")
        )));
    }
    match (imported, out.format()) {
        (imported, Format::Json) => out.json(&imported.unwrap_or_default()),
        (None, _) => out.text("these files are in already; nothing was done\n"),
        (Some(imported), _) => out.text(&told(&imported, db)),
    }
}

/// Imports files into a log, counted by somebody or by nobody; nothing when they are in already.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn import(
    (db, counting): (&Path, Option<Counting>),
    reading: &Reading,
    first_pack: Option<FirstPack>,
    files: &[PathBuf],
    out: &Output,
) -> Result<Option<Imported>, Failure> {
    let mut log = Embedded::open(db)?.counted_by(counting);
    let intaking = Intaking::open(&mut log.store, Pace::History, 1).map_err(file::failed)?;
    let marked = intaking.marked();
    let first_pack = first(first_pack, marked, db, out)?;
    let pages = log.store.pages(INTAKE).map_err(file::failed)?;
    let saved = Inputs::read(inputs_of(&pages))?;
    // An act may have moved the log into the day after the last complete one: that day is still open.
    let complete = marked.map(|tick| Tick(tick.0.saturating_add(1)).day().plus(-1));
    let Plan::Read { files, page, base, done } = saved.plan(files, complete)? else {
        // Stopped behind the last row, the stages may not have seen all of them yet.
        log.drive(&mut Silent, &Stop::new())?;
        return Ok(None);
    };
    let history = History::open(reading, &files, base)?;
    let progress = out.progress(history.progress());
    let mut feed = HistoryFeed::new(intaking, history, done, Box::new(move |reached, history| Some(page.write(reached, history))));
    feed = feed.with_pack(first_pack);
    let stop = signals::stop(Drain::Patient)?;
    let driven = log.drive(&mut feed, &stop);
    progress.end();
    driven?;
    feed.take_failure().map_or(Ok(()), Err)?;
    drop(log);
    let book = Book::open(db)?;
    let (ledger, not_listed) = (book.ledger()?, book.not_listed()?);
    let counts = feed.history().counts();
    Ok(Some(Imported {
        rows: counts.rows,
        skipped: counts.skipped.values().sum(),
        refused: counts.refused.values().sum::<u64>() + feed.intaking.turned_away(),
        out_of_window: feed.intaking.out_of_window(),
        stopped: stop.is_asked(),
        complete_to: feed.intaking.marked().map(|tick| tick.day().to_string()),
        ledger,
        not_listed,
    }))
}

/// A feed that has ended.
pub(super) struct Silent;

impl<S: Store<Record = Message>> Feed<S> for Silent {
    fn fill(&mut self, _store: &mut S, _parts: &mut Vec<Commit<Message>>) -> Result<Flow, JournalError> {
        Ok(Flow::Ended)
    }
}

/// The pack to activate: only a new log takes it from the command line.
pub(super) fn first(pack: Option<FirstPack>, marked: Option<Tick>, db: &Path, out: &Output) -> Result<Option<FirstPack>, Failure> {
    match (pack, marked) {
        (None, None) => Err(Failure::Usage(format!("{} is a new log: name its regime pack with --pack FILE", db.display()))),
        (pack, None) => Ok(pack),
        (Some(_), Some(_)) => {
            out.say("note: --pack only proposes the pack of a new log; the one in force here stays");
            Ok(None)
        }
        (None, Some(_)) => Ok(None),
    }
}

/// Codes that no pack lists, shown.
const NOT_LISTED_SHOWN_MAX: usize = 8;

fn told(imported: &Imported, db: &Path) -> String {
    let Imported { rows, skipped, refused, out_of_window, complete_to, ledger, not_listed, stopped } = imported;
    let day = complete_to.as_deref().unwrap_or("-");
    let of = |word: &str| ledger.get(word).copied().unwrap_or(0);
    let mut text = format!(
        "read {}: {skipped} passed over by the mapping, {refused} refused, {out_of_window} older than the sorting window\n",
        words::counted(*rows, "row")
    );
    text.push_str(&format!(
        "the log holds (packs and acts among them) effective {}, duplicates {}, superseded {}, conflicts {}, late {}\n",
        of("effective"),
        of("duplicates"),
        of("superseded"),
        of("conflicts"),
        of("late")
    ));
    if of("conflicts") > 0 {
        text.push_str(
            "conflicts are one revision of a record with two contents; many of them mean that the record id does not tell records apart\n",
        );
    }
    if of("unlisted") > 0 {
        text.push_str(&format!(
            "{} of the effective count in no series, because no pack in force lists: {}\n",
            of("unlisted"),
            named(not_listed)
        ));
    }
    if *refused > 0 {
        text.push_str("refused rows are kept with position, bytes and reason in the table `refused`\n");
    }
    if *stopped {
        text.push_str("stopped as asked, everything so far is committed: the same command goes on from here\n");
    }
    text.push_str(&format!("complete to {day}; see `slipwatch alerts --db {}`\n", db.display()));
    text
}

/// What no pack lists, by name, with how often.
pub(super) fn named(not_listed: &[(String, u64)]) -> String {
    let named: Vec<_> = not_listed.iter().take(NOT_LISTED_SHOWN_MAX).map(|(code, n)| format!("{code} ({n})")).collect();
    named.join(", ")
}
