//! `slipwatch replay --from-kafka`: the log of a broker through every stage in memory, and held against what the services decided.
//!
//! Nothing is written to the broker, and no group is joined. What must never enter: a decision, a tolerance.

use super::replay::{horizon_weeks, keep, played, target, tell, wanted};
use crate::{
    archive::{LogFeed, Start},
    broker::{Broker, KafkaLog, Read},
    cli::{Format, ReplayArgs},
    compared::{Compared, Decided},
    failure::Failure,
    history::Reading,
    output::Output,
    replay::{Partitions, memory},
    summary::{Read as Rows, Summary},
};
use journal::Retention;
use stages::message::DECISIONS;
use vocab::time::Tick;

/// Replays the log of a broker, and compares if asked to.
///
/// # Errors
/// [`Failure`] with its exit code; [`Failure::No`] when a decision differs.
pub(super) fn run(arguments: &ReplayArgs, broker: &Broker, out: &mut Output) -> Result<(), Failure> {
    let horizon_weeks = horizon_weeks(&mut KafkaLog::open(broker)?)?;
    let partitions = Partitions::spread(arguments.partitions);
    let mut store = memory(Retention::Unread, partitions);
    let start = Start::of(&mut store)?;
    let mut feed = LogFeed::new(KafkaLog::open(broker)?, start, target(arguments.partitions));
    let wanted = wanted(arguments, &Reading::Native, horizon_weeks);
    let mut decided = Decided::default();
    let told = arguments.compare.then_some(&mut decided);
    let written = played(&wanted, (&mut store, &mut feed), partitions, told)?;
    let Some(marked) = feed.marked() else {
        return Err(Failure::Input("this log holds no tick yet that all origins have passed".to_owned()));
    };
    let summary = Summary::of(&Rows { rows: feed.records(), skipped: 0, out_of_window: 0 }, &written);
    if !arguments.compare {
        return tell(arguments, &summary, out);
    }
    keep(arguments, &summary)?;
    compare(&decided, marked, broker, out)
}

fn compare(decided: &Decided, marked: Tick, broker: &Broker, out: &mut Output) -> Result<(), Failure> {
    let live = Read::of(broker)?;
    let name = broker.space().name(DECISIONS).unwrap_or_default();
    let Some(reached) = live.complete_to else {
        return Err(Failure::Input(format!("{name} says nowhere how far it is complete: nothing was compared; do the sentinels run?")));
    };
    let compared = Compared::of(decided, &live, reached.min(marked));
    match out.format() {
        Format::Json => out.json(&compared)?,
        Format::Table | Format::Csv => out.text(&compared.to_string())?,
    }
    match compared.differences {
        0 => Ok(()),
        some => Err(Failure::No(format!("{} of {name} differ from what the log decides", words::counted(some, "decision")))),
    }
}
