//! `slipwatch replay`: every stage over a log in memory, every decision as files.
//!
//! Fast and without traces: nothing is kept but the files. What must never enter: a decision.

use super::when;
use crate::{
    answers::{Answers, Wanted, Written},
    cli::{Format, ReplayArgs},
    failure::Failure,
    history::{FileFrom, History},
    history_feed::HistoryFeed,
    output::Output,
    replay::{Partitions, Stages, memory, replay},
    rules, summary,
};
use engine::{intake::Pace, register::Bucket};
use journal::Retention;
use stages::{assessor::Statistic, intaking::Intaking};

/// Weeks of the horizon when no pack is activated: nothing is counted then anyway.
const HORIZON_WEEKS_WITHOUT_PACK: u16 = 78;

/// Replays files.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &ReplayArgs, out: &mut Output) -> Result<(), Failure> {
    let reading = rules::reading(&arguments.rules)?;
    let first_pack = rules::first_pack(&arguments.rules, &reading)?;
    if first_pack.is_none() {
        out.say("note: no --pack: unless the log itself activates one, nothing counts in any series");
    }
    let until = arguments.until.as_deref().map(|text| when::day("--until", text)).transpose()?;
    let wanted = Wanted {
        folder: arguments.out.clone(),
        words: rules::words(&reading),
        horizon_weeks: first_pack.as_ref().map_or(HORIZON_WEEKS_WITHOUT_PACK, |first| first.pack.policy.horizon_weeks),
        yardstick: arguments.yardstick,
    };
    let history = History::open(&reading, &FileFrom::whole(&arguments.files), None)?;
    let progress = out.progress(history.progress());
    let partitions = Partitions::spread(arguments.partitions);
    let mut store = memory(Retention::Unread, partitions);
    let intaking = Intaking::open(&mut store, Pace::History, arguments.partitions).map_err(crate::file::failed)?;
    let mut feed = HistoryFeed::new(intaking, history, None, Box::new(|_, _| None)).with_pack(first_pack).until(until);
    let statistic = if arguments.yardstick { Statistic::On } else { Statistic::Off };
    let mut stages = Stages::new(partitions, Bucket::Day, statistic);
    let mut answers = Answers::create(&wanted)?;
    let replayed = replay(&mut store, &mut stages, &mut feed, &mut answers);
    progress.end();
    let written = answers.finish();
    replayed?;
    tell(arguments, &feed, &written?, out)
}

fn tell(arguments: &ReplayArgs, feed: &HistoryFeed, written: &Written, out: &mut Output) -> Result<(), Failure> {
    let summary = summary::Summary::of(feed, written);
    let path = arguments.out.join("summary.txt");
    std::fs::write(&path, summary.to_string()).map_err(|error| Failure::Output(format!("write {}: {error}", path.display())))?;
    match out.format() {
        Format::Table | Format::Csv => out.text(&summary.to_string()),
        Format::Json => out.json(&summary),
    }
}
