//! `slipwatch import --archive`: the log of an archive as a new database, or as a new log on a broker.
//!
//! Records go over with the ticks they have, and as the bytes they are; the same command goes on where it was stopped. What must never
//! enter: a stamp, a decision, a choice among records.

use super::{import::Silent, import_kafka};
use crate::{
    archive::{Archive, Carried, Ended, LogFeed, Place, Start, Target},
    book::Book,
    broker::Broker,
    cli::{Format, ImportArgs},
    embedded::Embedded,
    failure::Failure,
    file,
    output::Output,
    signals::{self, Drain},
};
use journal::Store as _;
use serde::Serialize;
use service_kit::Stop;
use stages::{
    judgement,
    message::{ADMITTED, EVENTS},
};
use std::path::Path;

/// Origins of an embedded log: acts, and what feeds hand in.
const ORIGINS_EMBEDDED: u32 = 2;

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

/// Reads an archive into a new database or a new log on a broker; the same command goes on where it was stopped.
///
/// # Errors
/// [`Failure`] with its exit code.
pub(super) fn run(arguments: &ImportArgs, path: &Path, out: &mut Output) -> Result<(), Failure> {
    let archive = Archive::open(path)?;
    say_who_judged(&archive, out);
    let (moved, next) = match (&arguments.db, &arguments.kafka) {
        (Some(db), _) => (into_database(db, archive)?, format!("see `slipwatch alerts --db {}`", db.display())),
        (None, Some(bootstrap)) => {
            let broker = Broker::new(bootstrap, &arguments.broker)?;
            (into_broker(&broker, archive)?, "the services judge it as it comes; start `slipwatch intake` when all of it is in".to_owned())
        }
        (None, None) => return Err(Failure::Usage("--db FILE or --kafka HOST:PORT is needed: where the archive goes".to_owned())),
    };
    match (moved, out.format()) {
        (None, _) => out.text("this archive is in already; nothing was done\n"),
        (Some(moved), Format::Json) => out.json(&moved),
        (Some(moved), Format::Table | Format::Csv) => out.text(&in_words(&moved, path, &next)),
    }
}

fn into_database(db: &Path, archive: Archive) -> Result<Option<Moved>, Failure> {
    let mut log = Embedded::open(db)?;
    let start = Start::of(&mut log.store)?;
    if !fits(&start, db)? {
        // Stopped behind the last entry, the stages may not have seen all of them yet.
        log.drive(&mut Silent, &Stop::new())?;
        return Ok(None);
    }
    let target = Target { partitions: 1, origins: ORIGINS_EMBEDDED, carried: Carried::ByRows(log.rows.clone()) };
    let mut feed = LogFeed::new(archive, start, target);
    let stop = signals::stop(Drain::Patient)?;
    log.drive(&mut feed, &stop)?;
    drop(log);
    feed.take_failure().map_or(Ok(()), Err)?;
    Ok(Some(Moved::of(&feed)))
}

fn into_broker(broker: &Broker, archive: Archive) -> Result<Option<Moved>, Failure> {
    let mut store = broker.store()?;
    import_kafka::refuse_living(&mut store)?;
    let start = Start::of(&mut store)?;
    match &start.place {
        None if start.is_new() => {}
        None => {
            let name = broker.space().name(ADMITTED).unwrap_or_default();
            return Err(Failure::Usage(format!("{name} holds a log already; an archive goes into new topics")));
        }
        Some(Place { is_whole: true, .. }) => return Ok(None),
        Some(Place { is_whole: false, .. }) => {}
    }
    let partitions = store.partitions(ADMITTED).map_err(file::failed)?;
    let origins = store.partitions(EVENTS).map_err(file::failed)? + 1;
    let mut feed = LogFeed::new(archive, start, Target { partitions, origins, carried: Carried::Beside });
    import_kafka::drive(&mut store, &mut feed, &signals::stop(Drain::Patient)?)?;
    feed.take_failure().map_or(Ok(()), Err)?;
    Ok(Some(Moved::of(&feed)))
}

impl Moved {
    fn of(feed: &LogFeed) -> Self {
        let cut = match feed.ended() {
            Some(Ended::Torn(bytes)) => Some(*bytes),
            Some(Ended::Whole(_)) | None => None,
        };
        Self {
            entries: feed.entries(),
            records: feed.records(),
            cut_bytes: cut.unwrap_or(0),
            torn: cut.is_some(),
            stopped: feed.ended().is_none(),
            complete_to: feed.marked().map(|tick| tick.day().to_string()),
        }
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

fn in_words(moved: &Moved, path: &Path, next: &str) -> String {
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
    text.push_str(&format!("complete to {day}; {next}\n"));
    text
}
