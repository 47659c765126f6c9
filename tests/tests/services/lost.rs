//! Intake's own state lost: it goes on above its last marks, which stand in the log, and where its group stands. Where that is gone as
//! well all messages come again, as duplicates. Nothing is lost, and no tick that was promised is stamped again.
//!
//! Must never enter: an intake that is told what was lost.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{
    running::Running,
    stamped::{Stamped, make_anew, stamped},
};
use journal::kafka::topics::Topics;
use stages::{
    message::{DOCKETS, LEDGER},
    settings::KafkaSection,
};
use std::{
    io::Write,
    time::{Duration, Instant},
};
use tests::{
    again::judged_again,
    broker::broker,
    feed::message,
    on_kafka::{Producer, Stand},
    play::Played,
    tap::Tap,
    transcript,
};
use vocab::{tally::Ledger, time::Day};

const PARTITIONS: u32 = 2;
const PATIENCE: Duration = Duration::from_secs(150);
/// How long the group remembers an intake that has ended: only then can it be deleted.
const SESSION_MS: u64 = 3_000;

fn section(stand: &Stand) -> KafkaSection {
    KafkaSection { session_timeout_ms: SESSION_MS, ..stand.section(0) }
}

/// An intake from its start to its end; the log when so many messages are in.
fn take_in(stand: &Stand, messages: u32) -> Stamped {
    let (mut intake, began) = (Running::intake(section(stand), "watched.toml"), Instant::now());
    while stamped(stand).taken() < messages {
        assert!(
            began.elapsed() < 2 * PATIENCE,
            "{} of {messages} messages were taken in; {:?}",
            stamped(stand).taken(),
            intake.complaint()
        );
        if intake.has_ended() {
            // As whoever looks after services does: it is started again, and what it ended with is said.
            let _told = writeln!(std::io::stderr(), "intake ended: {:?}", intake.join());
            intake = Running::intake(section(stand), "watched.toml");
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    intake.end_in_order(|| Running::intake(section(stand), "watched.toml"));
    let log = stamped(stand);
    assert_eq!((log.taken(), log.acts), (messages, PARTITIONS), "no message is taken twice, and the first pack is activated once");
    assert_eq!(log.open(), 0, "what was stamped is promised when its intake has ended in order");
    log
}

fn lose_state(stand: &Stand) {
    let state = stand.section(0).space().state(intake::NAME);
    make_anew(stand, PARTITIONS, |name| name == state);
}

/// Deletes the group, as a broker forgets one that nobody has asked for a while.
fn lose_group(stand: &Stand) {
    let group = format!("{}.{}", stand.section(0).space().generation(), intake::NAME);
    let (topics, began) = (Topics::open(&stand.bootstrap, &[]).unwrap(), Instant::now());
    while let Err(error) = topics.delete_groups(&[&group]) {
        assert!(began.elapsed() < PATIENCE, "{error}");
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn send(stand: &Stand, numbers: std::ops::Range<u32>, day: Day) {
    Producer::open(stand).unwrap().send(numbers.map(|n| message(n, "customs", day))).unwrap();
}

/// What a casebook said of the log.
fn judged(stand: &Stand, last: i64) -> Played {
    let casebook = Running::casebook(stand.section(0));
    let (mut store, mut played) = (stand.store().unwrap(), Played::default());
    let mut tap = Tap::open(stand, &mut store, &[LEDGER, DOCKETS]).unwrap();
    tap.until_passed(&mut store, (LEDGER, PARTITIONS, last), &mut || Ok(()), &mut |record| played.take(record)).unwrap();
    tap.rest(&mut |record| played.take(record)).unwrap();
    casebook.end().unwrap();
    played.sort();
    played
}

#[test]
fn an_intake_without_its_state_goes_on_where_log_and_group_say() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
    stand.make_topics().unwrap();
    let day = intake::clock::now().day().plus(-1);
    send(&stand, 0..400, day);
    let first = take_in(&stand, 400);
    lose_state(&stand);
    send(&stand, 400..500, day);
    let second = take_in(&stand, 500);
    assert!(second.marks.iter().all(|(origin, mark)| first.marks[origin] < *mark), "every origin goes on: {:?}", second.marks);
    lose_state(&stand);
    lose_group(&stand);
    let third = take_in(&stand, 1_000);
    assert!(third.marks.iter().all(|(origin, mark)| second.marks[origin] < *mark), "every origin goes on: {:?}", third.marks);
    let twice = second.by_record().into_iter().map(|(record, count)| (record, 2 * count));
    assert_eq!(third.by_record(), twice.collect(), "without the group's positions every message comes once more");

    let apart = judged(&stand, third.marks.values().min().copied().unwrap());
    let alone = judged_again(&stand).unwrap();
    assert_eq!(apart.ledger, alone.ledger);
    assert_eq!(transcript::set_aside(&apart), transcript::set_aside(&alone));
    let mut told = Ledger::default();
    apart.ledger.values().for_each(|line| told += *line);
    let records = i64::try_from(third.by_record().len()).unwrap();
    let admitted = i64::try_from(third.records.len()).unwrap() + 1; // and the pack
    let expected = Ledger { effective: records + 1, duplicates: admitted - records - 1, unlisted: told.unlisted, ..Ledger::default() };
    assert_eq!(told, expected, "duplicates, and nothing else");
}
