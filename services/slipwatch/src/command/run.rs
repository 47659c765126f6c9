//! `slipwatch run`: live. Events from standard input or a file that grows, stamped by the clock, judged tick by tick.
//!
//! The only place where a clock is read: it stamps records and marks, and nothing else depends on it. What must never enter:
//! a decision.

use crate::{
    book::Book,
    cli::RunArgs,
    command::{
        herald,
        import::{first, named},
    },
    counting::Counting,
    door::Door,
    embedded::Embedded,
    failure::Failure,
    file::{self, Rows},
    inputs::Following,
    live::{AtEnd, Live, Source},
    output::Output,
    rules,
    signals::{self, Drain},
};
use engine::intake::Pace;
use intake::http::Tokens;
use stages::intaking::Intaking;
use std::path::Path;
use vocab::time::Tick;

/// Watches live until the input ends or somebody asks to stop.
///
/// # Errors
/// [`Failure`] with its exit code.
pub fn run(arguments: &RunArgs, out: &mut Output) -> Result<(), Failure> {
    let reading = rules::reading(&arguments.rules)?;
    let first_pack = rules::first_pack(&arguments.rules, &reading)?;
    let counting = Counting::open(arguments.admin)?;
    let mut log = Embedded::open(&arguments.db)?.counted_by(counting.clone());
    let intaking = Intaking::open(&mut log.store, Pace::Live, 1).map_err(file::failed)?;
    let first_pack = first(first_pack, intaking.marked(), &arguments.db, out)?;
    let input = arguments.input.as_deref().unwrap_or(Path::new("-"));
    let following = Following::restore(&mut log.store, input)?;
    let at_end = if arguments.once { AtEnd::Stop } else { AtEnd::Follow };
    let door = door(arguments, counting.clone())?;
    let source = if door.is_some() && arguments.input.is_none() {
        Source::silent()
    } else {
        Source::open(&reading, input, following.line(), at_end)?
    };
    let stop = signals::stop(Drain::Patient)?;
    let herald = arguments.herald.as_deref().map(|file| herald::beside(file, &arguments.db, &stop)).transpose()?;
    say_what_closes(intaking.marked(), out);
    if let Some(counting) = &counting {
        out.say(&format!("probes and metrics at http://{}/metrics", counting.address()));
    }
    out.say(&format!("watching {}; a second signal ends at once", watched(arguments, door.as_ref())));
    let rows: Rows = log.rows.clone();
    let mut feed = Live::new(intaking, source, first_pack, rows, following).with_door(door).counted_by(counting);
    // Only what is committed is acknowledged: not the last round of a run that failed.
    let driven = log.drive(&mut feed, &stop).and_then(|()| feed.close());
    let delivered = herald.map_or(Ok(()), herald::Beside::end);
    driven.and(delivered)?;
    feed.take_failure().map_or(Ok(()), Err)?;
    let (events, refused) = feed.counts();
    out.say(&format!("stopped: {} taken in, {refused} refused; everything is committed", words::counted(events, "event")));
    drop(log);
    say_what_does_not_count(&arguments.db, out)
}

/// The door that was asked for.
fn door(arguments: &RunArgs, counting: Option<Counting>) -> Result<Option<Door>, Failure> {
    let (Some(listen), Some(file)) = (arguments.door.listen, &arguments.door.tokens) else { return Ok(None) };
    let tokens = Tokens::read(file).map_err(|error| Failure::Configuration(format!("--tokens {}: {error}", file.display())))?;
    Door::open(listen, tokens, counting).map(Some)
}

/// What is watched, in words.
fn watched(arguments: &RunArgs, door: Option<&Door>) -> String {
    let file = arguments.input.as_ref().map(|input| input.display().to_string());
    match (file, door) {
        (file, None) => file.unwrap_or_else(|| "-".to_owned()),
        (None, Some(door)) => format!("http://{}/api/v1/events", door.address()),
        (Some(file), Some(door)) => format!("{file} and http://{}/api/v1/events", door.address()),
    }
}

/// Days a live log may have stood still before that is said: a weekend and some.
const STOOD_STILL_DAYS: i32 = 7;

/// A log of history that goes live closes every day up to now, as days on which nothing was reported.
fn say_what_closes(marked: Option<Tick>, out: &Output) {
    let Some(last) = marked.map(Tick::day) else { return };
    let days = intake::clock::now().day().0 - last.0;
    if days > STOOD_STILL_DAYS {
        out.say(&format!("note: this log is complete to {last}; the {days} days from there to now close as days without reports"));
    }
}

/// Taken in is not counted: what came beyond the horizon, or is listed by no pack, moves no figure, and nothing else would say so.
fn say_what_does_not_count(db: &Path, out: &Output) -> Result<(), Failure> {
    let book = Book::open(db)?;
    let (late, not_listed) = (book.late()?, book.not_listed()?);
    if late > 0 {
        out.say(&format!(
            "late: {} of this log became known later than the horizon of the pack allows and count in no series; they stand in the table \
             `late`. A live log learns a row when it arrives: rows of long ago are late here, also those that `slipwatch import` has \
             taken in as history already",
            words::counted(late, "record")
        ));
    }
    if !not_listed.is_empty() {
        out.say(&format!("not listed: acts of this log count in no series, because no pack in force listed them: {}", named(&not_listed)));
    }
    Ok(())
}
