//! `slipwatch replay`: every stage over a log in memory, every decision as files.
//!
//! Fast and without traces: nothing is kept but the files. What must never enter: a decision.

use super::{replay_broker, when};
use crate::{
    answers::{Answers, Wanted, Written},
    archive::{Archive, Carried, Ended, Entries, LogFeed, Next, Start, Target},
    broker::Broker,
    cli::{Format, ReplayArgs},
    compared::Decided,
    failure::Failure,
    history::{FileFrom, History, Reading},
    history_feed::HistoryFeed,
    output::Output,
    replay::{self, Left, Outlet, Partitions, Stages, memory, replay},
    rules,
    summary::{Read, Summary},
};
use engine::{intake::Pace, register::Bucket};
use journal::{Memory, Retention};
use stages::{assessor::Statistic, intaking::Intaking, message::Message};
use std::path::Path;
use vocab::event::Body;
use wire::stored::Stored;

/// Weeks of the horizon when no pack is activated: nothing is counted then anyway.
const HORIZON_WEEKS_WITHOUT_PACK: u16 = 78;

/// Replays files, an archive, or the log of a broker.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &ReplayArgs, out: &mut Output) -> Result<(), Failure> {
    match (&arguments.archive, &arguments.from_kafka) {
        (Some(path), _) => archived(arguments, path, out),
        (None, Some(bootstrap)) => replay_broker::run(arguments, &Broker::new(bootstrap, &arguments.broker)?, out),
        (None, None) => files(arguments, out),
    }
}

fn files(arguments: &ReplayArgs, out: &mut Output) -> Result<(), Failure> {
    let reading = rules::reading(&arguments.rules)?;
    let first_pack = rules::first_pack(&arguments.rules, &reading)?;
    if first_pack.is_none() {
        out.say("note: no --pack: unless the log itself activates one, nothing counts in any series");
    }
    let until = arguments.until.as_deref().map(|text| when::day("--until", text)).transpose()?;
    let horizon_weeks = first_pack.as_ref().map_or(HORIZON_WEEKS_WITHOUT_PACK, |first| first.pack.policy.horizon_weeks);
    let history = History::open(&reading, &FileFrom::whole(&arguments.files), None)?;
    let progress = out.progress(history.progress());
    let partitions = Partitions::spread(arguments.partitions);
    let mut store = memory(Retention::Unread, partitions);
    let intaking = Intaking::open(&mut store, Pace::History, arguments.partitions).map_err(crate::file::failed)?;
    let mut feed = HistoryFeed::new(intaking, history, None, Box::new(|_, _| None)).with_pack(first_pack).until(until);
    let written = played(&wanted(arguments, &reading, horizon_weeks), (&mut store, &mut feed), partitions, None);
    progress.end();
    let counts = feed.history().counts();
    let (skipped, out_of_window) = (counts.skipped.values().sum(), feed.intaking.out_of_window());
    tell(arguments, &Summary::of(&Read { rows: counts.rows, skipped, out_of_window }, &written?), out)
}

fn archived(arguments: &ReplayArgs, path: &Path, out: &mut Output) -> Result<(), Failure> {
    let horizon_weeks = horizon_weeks(&mut Archive::open(path)?)?;
    let partitions = Partitions::spread(arguments.partitions);
    let mut store = memory(Retention::Unread, partitions);
    let start = Start::of(&mut store)?;
    let mut feed = LogFeed::new(Archive::open(path)?, start, target(arguments.partitions));
    let wanted = wanted(arguments, &Reading::Native, horizon_weeks);
    let written = played(&wanted, (&mut store, &mut feed), partitions, None)?;
    if let Some(Ended::Torn(bytes)) = feed.ended() {
        out.say(&format!("note: the archive is torn: its end is missing, and {} before that are cut", words::counted(*bytes, "byte")));
    }
    tell(arguments, &Summary::of(&Read { rows: feed.records(), skipped: 0, out_of_window: 0 }, &written), out)
}

/// A log in memory.
pub(super) fn target(partitions: u32) -> Target {
    Target { partitions, origins: partitions + 1, carried: Carried::Without }
}

/// The horizon under the pack that a log begins with.
pub(super) fn horizon_weeks(log: &mut impl Entries) -> Result<u16, Failure> {
    while let Next::Entry(entry) = log.next_entry()? {
        let Stored::Admitted { bytes, .. } = entry else { continue };
        let admitted = crate::file::admitted(&bytes).map_err(|why| log.damaged(&why))?;
        let Body::PackActivated(activation) = &admitted.event.body else { break };
        if let Some(pack) = &activation.pack {
            return Ok(pack.policy.horizon_weeks);
        }
    }
    Ok(HORIZON_WEEKS_WITHOUT_PACK)
}

pub(super) fn wanted(arguments: &ReplayArgs, reading: &Reading, horizon_weeks: u16) -> Wanted {
    Wanted { folder: arguments.out.clone(), words: rules::words(reading), horizon_weeks, yardstick: arguments.yardstick }
}

/// Drives a log through every stage into the files that are wanted; `decided` is told of every decision.
pub(super) fn played(
    wanted: &Wanted,
    (store, feed): (&mut Memory<Message>, &mut impl replay::Reading),
    partitions: Partitions,
    decided: Option<&mut Decided>,
) -> Result<Written, Failure> {
    let statistic = if wanted.yardstick { Statistic::On } else { Statistic::Off };
    let mut stages = Stages::new(partitions, Bucket::Day, statistic);
    let mut outlet = Beside { answers: Answers::create(wanted)?, decided };
    let replayed = replay(store, &mut stages, feed, &mut outlet);
    let written = outlet.answers.finish();
    replayed?;
    written
}

/// The files, and whoever wants to hear of decisions beside them.
struct Beside<'a> {
    answers: Answers,
    decided: Option<&'a mut Decided>,
}

impl Outlet for Beside<'_> {
    fn take(&mut self, left: Left) -> Result<(), Failure> {
        if let Some(decided) = &mut self.decided {
            left.records.iter().flatten().for_each(|message| decided.take(message));
        }
        self.answers.take(left)
    }
}

pub(super) fn tell(arguments: &ReplayArgs, summary: &Summary, out: &mut Output) -> Result<(), Failure> {
    keep(arguments, summary)?;
    match out.format() {
        Format::Table | Format::Csv => out.text(&summary.to_string()),
        Format::Json => out.json(summary),
    }
}

/// Writes the summary beside the answers.
pub(super) fn keep(arguments: &ReplayArgs, summary: &Summary) -> Result<(), Failure> {
    let path = arguments.out.join("summary.txt");
    std::fs::write(&path, summary.to_string()).map_err(|error| Failure::Output(format!("write {}: {error}", path.display())))
}
