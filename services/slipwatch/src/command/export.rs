//! `slipwatch export`: the admitted log of a database as an archive, and `import --archive`: an archive as a new database.
//!
//! Records go over as the bytes they are, so what was decided is decided again. What must never enter: a decision, a choice among
//! records.

use super::import::Silent;
use crate::{
    archive::{Archive, ArchiveFeed, Ended, Form, Start, Writer},
    book::Book,
    cli::{ExportArgs, Format},
    embedded::Embedded,
    failure::Failure,
    file,
    output::Output,
    signals::{self, Drain},
};
use journal::sqlite::{Reader, StoredEntry};
use serde::Serialize;
use service_kit::Stop;
use stages::{
    GENERATION,
    intaking::{INPUTS, INTAKE},
    judgement,
};
use std::path::Path;

/// Entries read at once.
const ENTRIES_AT_ONCE: usize = 4_096;

/// What an archive came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Exported {
    entries: u64,
    records: u64,
    link: String,
    /// Refused messages, which stay behind: they are no part of the log.
    refused_left: u64,
}

/// Writes the admitted log of a database as an archive.
///
/// # Errors
/// [`Failure`] with its exit code; [`Failure::No`] when a row is not what was written.
pub fn run(arguments: &ExportArgs, out: &mut Output) -> Result<(), Failure> {
    let book = Book::open(&arguments.db)?;
    let reader = book.reader();
    // Read first: what another process takes in meanwhile may then be told again, and is a duplicate; it is never passed over.
    let inputs = reader.pages(INTAKE).map_err(file::failed)?.into_iter().find(|page| page.key == INPUTS).map(|page| page.body);
    let judged = reader.meta("judgement").map_err(file::failed)?.unwrap_or_else(judgement);
    let mut writer = Writer::create(&arguments.out, GENERATION, &judged)?;
    write(reader, &mut writer)?;
    let end = writer.finish(inputs.as_deref())?;
    let refused_left = reader.count("refused").map_err(file::failed)?;
    let exported = Exported { entries: end.entries, records: end.records, link: end.link, refused_left };
    match out.format() {
        Format::Json => out.json(&exported),
        Format::Table | Format::Csv => out.text(&told(&exported, &arguments.out)),
    }
}

fn write(reader: &Reader, writer: &mut Writer) -> Result<(), Failure> {
    let mut from = 0;
    let mut last = None;
    loop {
        let entries = reader.entries("admitted", from, ENTRIES_AT_ONCE).map_err(file::failed)?;
        let Some(end) = entries.last().map(StoredEntry::position) else { break };
        for entry in &entries {
            writer.entry(entry)?;
            if let StoredEntry::Row(row) = entry {
                last = Some((row.position, *writer.link()));
            }
        }
        from = end + 1;
    }
    let Some((position, link)) = last else { return Err(Failure::Input("this log holds no record yet".to_owned())) };
    if reader.link_at("admitted", position).map_err(file::failed)? == link { Ok(()) } else { Err(edited(reader)) }
}

/// The chain does not end as it is stored: the walk names the first row that does not fit.
fn edited(reader: &Reader) -> Failure {
    match reader.verify_chain("admitted") {
        Err(error) => file::failed(error),
        Ok(_) => Failure::No("the records changed while they were read; nothing was exported".to_owned()),
    }
}

fn told(exported: &Exported, path: &Path) -> String {
    let Exported { records, link, refused_left, .. } = exported;
    let form = match Form::of(path) {
        Form::Segments => "protobuf in zstd",
        Form::Lines => "JSON lines",
    };
    let left = match refused_left {
        0 => String::new(),
        left => format!("{} stay behind: they are no part of the log\n", words::counted(*left, "refused message")),
    };
    format!("{}: {}, {form}; the last link is {link}\n{left}", path.display(), words::counted(*records, "record"))
}

/// What an import of an archive came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Moved {
    entries: u64,
    records: u64,
    /// Bytes at the end of a torn archive that were left unread.
    cut_bytes: u64,
    /// Whether the archive was torn: it does not say whether more was in it.
    torn: bool,
    stopped: bool,
    complete_to: Option<String>,
}

/// Reads an archive into a new database; the same command goes on where it was stopped.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn import(db: &Path, path: &Path, out: &mut Output) -> Result<(), Failure> {
    let archive = Archive::open(path)?;
    say_who_judged(&archive, out);
    let mut log = Embedded::open(db)?;
    let start = Start::of(&mut log.store)?;
    if !fits(&start, db)? {
        // Stopped behind the last entry, the stages may not have seen all of them yet.
        log.drive(&mut Silent, &Stop::new())?;
        return out.text("this archive is in already; nothing was done\n");
    }
    let rows = log.rows.clone();
    let mut feed = ArchiveFeed::new(archive, start, 1, Some(rows));
    let stop = signals::stop(Drain::Patient)?;
    log.drive(&mut feed, &stop)?;
    drop(log);
    feed.take_failure().map_or(Ok(()), Err)?;
    let cut = match feed.ended() {
        Some(Ended::Torn(bytes)) => Some(*bytes),
        Some(Ended::Whole(_)) | None => None,
    };
    let moved = Moved {
        entries: feed.entries(),
        records: feed.records(),
        cut_bytes: cut.unwrap_or(0),
        torn: cut.is_some(),
        stopped: feed.ended().is_none(),
        complete_to: feed.marked().map(|tick| tick.day().to_string()),
    };
    match out.format() {
        Format::Json => out.json(&moved),
        Format::Table | Format::Csv => out.text(&in_words(&moved, path, db)),
    }
}

fn say_who_judged(archive: &Archive, out: &Output) {
    let (theirs, ours) = (&archive.header().judgement, judgement());
    if *theirs != ours {
        out.say(&format!("note: this log was under judgement version {theirs}; this program decides it anew, as version {ours}"));
    }
}

/// Whether an archive can go into a log: false when it is in already.
fn fits(start: &Start, db: &Path) -> Result<bool, Failure> {
    let refused = |why: &str| Failure::Usage(format!("{} {why}; an archive goes into a new database", db.display()));
    match &start.place {
        None if start.is_new() => Ok(true),
        None => Err(refused("holds a log already")),
        Some(place) if place.is_whole => Ok(false),
        Some(place) => {
            let held = Book::open(db)?.reader().count("admitted").map_err(file::failed)?;
            if held == place.records { Ok(true) } else { Err(refused("was begun with an archive and has gone on by itself")) }
        }
    }
}

fn in_words(moved: &Moved, path: &Path, db: &Path) -> String {
    let Moved { records, cut_bytes, torn, stopped, complete_to, .. } = moved;
    let mut text = format!("{}: {} in\n", path.display(), words::counted(*records, "record"));
    if *torn {
        text.push_str(&format!(
            "the archive is torn: its end is missing, and {} before that were no whole part and are cut; the same command goes on with a whole copy\n",
            words::counted(*cut_bytes, "byte")
        ));
    }
    if *stopped {
        text.push_str("stopped as asked, everything so far is committed: the same command goes on from here\n");
    }
    let day = complete_to.as_deref().unwrap_or("-");
    text.push_str(&format!("complete to {day}; see `slipwatch alerts --db {}`\n", db.display()));
    text
}
