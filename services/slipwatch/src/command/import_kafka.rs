//! `slipwatch import --kafka`: the history of a feed into a new log on Kafka; the services judge it as it comes.
//!
//! Stopped at any point it resumes where it was; when intake has begun to take live messages, history is too late. What must
//! never enter: a decision, a stage.

use super::import::Silent;
use crate::{
    archive::{Place, Start},
    broker::Broker,
    failure::Failure,
    file,
    history::{History, Reading},
    history_feed::HistoryFeed,
    inputs::{Inputs as Files, Plan},
    output::Output,
    signals::{self, Drain},
};
use engine::intake::Pace;
use journal::{Store as _, kafka::KafkaStore};
use service_kit::{Fatal, Feed, Line, Pace as LoopPace, Stop};
use stages::{
    bytes::Bytes,
    intaking::{FirstPack, INTAKE, Intaking, inputs_of},
    message::{ADMITTED, EVENTS},
};
use std::{path::PathBuf, time::Duration};
use vocab::time::Tick;

/// Imports files into the log of a broker, read by the mapping, under the pack if the log is new.
///
/// # Errors
/// [`Failure`] with its exit code.
pub(super) fn run(
    broker: &Broker,
    (reading, first_pack): (&Reading, Option<FirstPack>),
    files: &[PathBuf],
    out: &mut Output,
) -> Result<(), Failure> {
    let mut store = broker.store()?;
    refuse_living(&mut store)?;
    refuse_half(&mut store)?;
    let partitions = store.partitions(ADMITTED).map_err(file::failed)?;
    let origins = store.partitions(EVENTS).map_err(file::failed)? + 1;
    let intaking = Intaking::open(&mut store, Pace::History, partitions).map_err(file::failed)?.with_origins(origins);
    let marked = intaking.marked();
    let pages = store.pages(INTAKE).map_err(file::failed)?;
    let saved = Files::read(inputs_of(&pages))?;
    let complete = marked.map(|tick| Tick(tick.0.saturating_add(1)).day().plus(-1));
    let Plan::Read { files, page, base, done } = saved.plan(files, complete)? else {
        drive(&mut store, &mut Silent, &Stop::new())?;
        return out.text("these files are in already; nothing was done\n");
    };
    if first_pack.is_none() && marked.is_none() {
        return Err(Failure::Usage("this is a new log: name its regime pack with --pack FILE".to_owned()));
    }
    let first_pack = first_pack.filter(|_| marked.is_none());
    let history = History::open(reading, &files, base)?;
    let progress = out.progress(history.progress());
    let page = Box::new(move |reached, history: &History| Some(page.write(reached, history)));
    let mut feed = HistoryFeed::new(intaking, history, done, page).with_pack(first_pack);
    let stop = signals::stop(Drain::Patient)?;
    let driven = drive(&mut store, &mut feed, &stop);
    progress.end();
    driven?;
    feed.take_failure().map_or(Ok(()), Err)?;
    let counts = feed.history().counts();
    let refused = counts.refused.values().sum::<u64>() + feed.intaking.turned_away();
    let day = feed.intaking.marked().map_or("-".to_owned(), |tick| tick.day().to_string());
    let end = if stop.is_asked() { "stopped as asked: the same command goes on from here" } else { "all are in" };
    out.text(&format!("read {}: {refused} refused; complete to {day}; {end}\n", words::counted(counts.rows, "row")))
}

/// How long to wait before a commit that failed is made again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// An archive that is half in would be half a log for ever.
fn refuse_half(store: &mut KafkaStore<Bytes>) -> Result<(), Failure> {
    match Start::of(store)?.place {
        Some(Place { is_whole: false, records, .. }) => Err(Failure::Usage(format!(
            "an archive was begun here and {} of it are in: finish it first, by the same `import --archive`",
            words::counted(records, "record")
        ))),
        Some(Place { is_whole: true, .. }) | None => Ok(()),
    }
}

/// Into a living log history comes as events (known = now), or makes a new log.
pub(super) fn refuse_living(store: &mut KafkaStore<Bytes>) -> Result<(), Failure> {
    let begun = store.restore(&format!("{INTAKE}/0")).map_err(file::failed)?.position;
    match begun {
        None => Ok(()),
        Some(_) => Err(Failure::No("intake has begun to take live messages: history now comes as events, or makes a new log".to_owned())),
    }
}

pub(super) fn drive(store: &mut KafkaStore<Bytes>, feed: &mut impl Feed<KafkaStore<Bytes>>, stop: &Stop) -> Result<(), Failure> {
    let mut line = Line::new(LoopPace { checkpoint_records: None, ..LoopPace::default() });
    loop {
        match line.run(store, feed, stop) {
            // A transaction that was rolled back, a broker that is away: the next run begins with the same commit.
            Err(Fatal::Journal(error)) if error.is_passing() && !stop.is_asked() => std::thread::sleep(AGAIN_AFTER),
            ended => return ended.map(drop).map_err(file::fatal),
        }
    }
}
