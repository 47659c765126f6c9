//! `slipwatch run`: live. Events from standard input or a file that grows, stamped by the clock, judged tick by tick.
//!
//! The only place where a clock is read: it stamps records and marks, and nothing else depends on it. What must never enter:
//! a decision.

use crate::{
    cli::RunArgs,
    embedded::Embedded,
    failure::Failure,
    file::{self, Rows},
    inputs::Following,
    intaking::{FirstPack, Intaking},
    live::{AtEnd, Live, Source},
    output::Output,
    rules, signals,
};
use engine::intake::Pace;

/// Watches live until the input ends or somebody asks to stop.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &RunArgs, out: &mut Output) -> Result<(), Failure> {
    let reading = rules::reading(&arguments.rules)?;
    let first_pack = rules::first_pack(&arguments.rules, &reading)?;
    let mut log = Embedded::open(&arguments.db)?;
    let intaking = Intaking::open(&mut log.store, Pace::Live, 1).map_err(file::failed)?;
    let first_pack = first(first_pack, &intaking, arguments)?;
    let following = Following::restore(&mut log.store, &arguments.input)?;
    let source = Source::open(&reading, &arguments.input, following.line(), if arguments.once { AtEnd::Stop } else { AtEnd::Follow })?;
    let stop = signals::stop()?;
    out.say(&format!("watching {}; a second signal ends at once", arguments.input.display()));
    let rows: Rows = log.rows.clone();
    let mut feed = Live::new(intaking, source, first_pack, rows, following);
    log.drive(&mut feed, &stop)?;
    feed.take_failure().map_or(Ok(()), Err)?;
    let (events, refused) = feed.counts();
    out.say(&format!("stopped: {events} events taken in, {refused} refused; everything is committed"));
    Ok(())
}

fn first(pack: Option<FirstPack>, intaking: &Intaking, arguments: &RunArgs) -> Result<Option<FirstPack>, Failure> {
    match (pack, intaking.marked()) {
        (None, None) => Err(Failure::Usage(format!("{} is a new log: name its regime pack with --pack FILE", arguments.db.display()))),
        (pack, None) => Ok(pack),
        (_, Some(_)) => Ok(None),
    }
}
