//! Every golden log, on one and on three partitions, with one and with two instances of every service: the decisions of one process.
//!
//! Must never enter: a tolerance in the comparison.

use std::sync::{Mutex, PoisonError};
use tests::{
    Outcome,
    broker::broker,
    event_log::{self, Log},
    form::pair,
    on_kafka::{self, Stand},
    place,
    play::{Played, Setup, play},
    transcript,
};

/// Logs played at once: a broker is mostly waiting.
const AT_ONCE: usize = 4;

/// Plays every log and names those that came to something else.
fn compare(partitions: u32, instances: u32) -> Outcome<()> {
    compare_of(&event_log::all()?, partitions, instances)
}

fn compare_of(logs: &[(String, Log)], partitions: u32, instances: u32) -> Outcome<()> {
    let Some(broker) = broker() else { return Ok(()) };
    let _place = place::take();
    let left = Mutex::new(logs.iter());
    let play_on = || {
        let mut wrong = Vec::new();
        while let Some((name, log)) = next_of(&left) {
            let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions, instances };
            match differs(log, &stand) {
                Ok(None) => {}
                Ok(Some(difference)) => wrong.push(format!("{name}: {difference}")),
                Err(why) => wrong.push(format!("{name}: {why}")),
            }
        }
        wrong
    };
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let playing: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(play_on)).collect();
        playing.into_iter().flat_map(|thread| thread.join().unwrap_or_else(|_| vec!["ended by a bug".to_owned()])).collect()
    });
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The next log that nobody has taken.
fn next_of<'a>(left: &Mutex<std::slice::Iter<'a, (String, Log)>>) -> Option<&'a (String, Log)> {
    left.lock().unwrap_or_else(PoisonError::into_inner).next()
}

/// The first difference between what one process and what the services decide.
fn differs(log: &Log, stand: &Stand) -> Outcome<Option<String>> {
    let apart = on_kafka::play(log, stand)?;
    stand.delete_topics()?;
    Ok(difference(log, &play(log, Setup::PLAIN)?, apart))
}

/// The first difference between what was decided alone and apart, byte for byte.
pub(crate) fn difference(log: &Log, alone: &Played, mut apart: Played) -> Option<String> {
    // Refusals stand on the broker as they came, with their reasons in headers: not as entries.
    apart.refused.clone_from(&alone.refused);
    let pairs = [
        ("decided", transcript::decided(alone), transcript::decided(&apart)),
        ("set aside", transcript::set_aside(alone), transcript::set_aside(&apart)),
        ("told", transcript::text(&log.about, alone).into_bytes(), transcript::text(&log.about, &apart).into_bytes()),
    ];
    let (what, alone, apart) = pairs.iter().find(|(_, alone, apart)| alone != apart)?;
    let (alone, apart) = (String::from_utf8_lossy(alone), String::from_utf8_lossy(apart));
    let lines = alone.lines().zip(apart.lines()).find(|(one, other)| one != other);
    let (one, other) = lines.unwrap_or(("(fewer or more lines)", ""));
    let counts = (alone.lines().count(), apart.lines().count());
    Some(format!("{what} differs, {counts:?} lines:\n  alone {one}\n  apart {other}"))
}

#[test]
fn one_partition_and_one_instance_decide_what_one_process_decides() {
    compare(1, 1).unwrap();
}

#[test]
fn three_partitions_and_two_instances_decide_what_one_process_decides() {
    compare(3, 2).unwrap();
}

/// The last logs on 8 partitions and 3 instances; asked for others (`SLIPWATCH_LOGS_ON=16x4`), all logs on so many.
#[test]
fn many_partitions_and_instances_decide_what_one_process_decides() {
    let logs = event_log::all().unwrap();
    let ((partitions, instances), is_asked) = pair("SLIPWATCH_LOGS_ON", (8, 3));
    let count = if is_asked { logs.len() } else { logs.len().min(4) };
    let began = std::time::Instant::now();
    compare_of(&logs[logs.len() - count..], partitions, instances).unwrap();
    println!("{count} logs on {partitions} partitions and {instances} instances: the same bytes, {:?}", began.elapsed());
}
