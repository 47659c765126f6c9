//! `slipwatch export`: the admitted log of a database, or of a broker, as an archive.
//!
//! Records go over as the bytes they are, so what was decided is decided again. What must never enter: a decision, a choice among
//! records.

use crate::{
    archive::{Form, Writer},
    book::Book,
    broker::{Broker, KafkaLog},
    cli::{ExportArgs, Format},
    failure::Failure,
    file,
    output::Output,
};
use journal::sqlite::{Reader, StoredEntry};
use serde::Serialize;
use stages::{
    GENERATION,
    intaking::{INTAKE, inputs_of},
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
    /// Refused messages, which stay behind: they are no part of the log. On a broker they are not counted: they have a topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_left: Option<u64>,
}

/// Writes the admitted log of a database or of a broker as an archive.
///
/// # Errors
/// [`Failure`] with its exit code; [`Failure::No`] when a row is not what was written.
pub fn run(arguments: &ExportArgs, out: &mut Output) -> Result<(), Failure> {
    let exported = match (&arguments.db, &arguments.kafka) {
        (Some(db), _) => of_database(db, &arguments.out)?,
        (None, Some(bootstrap)) => of_broker(&Broker::new(bootstrap, &arguments.broker)?, &arguments.out)?,
        (None, None) => return Err(Failure::Usage("--db FILE or --kafka HOST:PORT is needed: which log is to be exported".to_owned())),
    };
    match out.format() {
        Format::Json => out.json(&exported),
        Format::Table | Format::Csv => out.text(&told(&exported, &arguments.out)),
    }
}

fn of_database(db: &Path, path: &Path) -> Result<Exported, Failure> {
    let book = Book::open(db)?;
    let reader = book.reader();
    // Read first: what another process takes in meanwhile may then be told again, and is a duplicate; it is never passed over.
    let pages = reader.pages(INTAKE).map_err(file::failed)?;
    let judged = reader.meta("judgement").map_err(file::failed)?.unwrap_or_else(judgement);
    let mut writer = Writer::create(path, GENERATION, &judged)?;
    write(reader, &mut writer)?;
    let end = writer.finish(inputs_of(&pages))?;
    let refused_left = Some(reader.count("refused").map_err(file::failed)?);
    Ok(Exported { entries: end.entries, records: end.records, link: end.link, refused_left })
}

fn of_broker(broker: &Broker, path: &Path) -> Result<Exported, Failure> {
    // Read first, as above.
    let pages = broker.pages()?;
    let mut log = KafkaLog::open(broker)?;
    let mut writer = Writer::create(path, GENERATION, &judgement())?;
    let mut is_empty = true;
    while let Some(entry) = log.next_stored()? {
        is_empty = false;
        writer.entry(&entry)?;
    }
    if is_empty {
        return Err(no_record());
    }
    let end = writer.finish(inputs_of(&pages))?;
    Ok(Exported { entries: end.entries, records: end.records, link: end.link, refused_left: None })
}

fn no_record() -> Failure {
    Failure::Input("this log holds no record yet".to_owned())
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
    let Some((position, link)) = last else { return Err(no_record()) };
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
        None | Some(0) => String::new(),
        Some(left) => format!("{} stay behind: they are no part of the log\n", words::counted(*left, "refused message")),
    };
    format!("{}: {}, {form}; the last link is {link}\n{left}", path.display(), words::counted(*records, "record"))
}
