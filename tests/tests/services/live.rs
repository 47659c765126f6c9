//! Messages of feeds through intakes that are killed: each is admitted or refused, once, and the ledgers balance.
//!
//! What was admitted is then judged again in one process: the same ledger and the same cases come of it. Must never enter: a
//! stamp that the test makes (intake's clock makes it), a kill that asks.

use crate::chaos::{Clock, Herd, KILLS_MIN, Role, killing};
use journal::Store as _;
use stages::message::{ADMITTED, DOCKETS, LATE, LEDGER, Message, REFUSED, UNLISTED};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tests::{
    Outcome,
    again::judged_again,
    broker::broker,
    feed::message,
    on_kafka::{Producer, Stand},
    place,
    play::Played,
    tap::Tap,
    transcript,
};
use vocab::{tally::Ledger, time::Day};

/// The feed.
const SOURCE: &str = "customs";
/// Messages sent at once, and how often: 200 a second.
const AT_ONCE: u32 = 50;
const EVERY: Duration = Duration::from_millis(250);
/// How far the last marks of origins may lie apart at the end: a takeover after a kill is well within it.
const SPREAD_TICKS_MAX: i64 = 60;
/// The processes.
const ROLES: [Role; 4] = [("intake", 0), ("intake", 1), ("casebook", 0), ("casebook", 1)];

#[test]
fn killed_intakes_admit_or_refuse_every_message_once() {
    let Some(broker) = broker() else { return };
    let _place = place::take();
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 3, instances: 2 };
    stand.make_topics().unwrap();
    let mut herd = Herd::start(&stand, &ROLES, Clock::Host).unwrap();
    let day = intake::clock::now().day().plus(-1);
    let sent = send(&stand, &mut herd, day).unwrap();
    let mut store = stand.store().unwrap();
    let mut log = Tap::open(&stand, &mut store, &[ADMITTED, REFUSED]).unwrap();
    let (mut admitted, mut refused): (BTreeMap<String, u32>, Vec<Vec<u8>>) = Default::default();
    let mut packs = 0;
    let mut take = |record: Message| match record {
        Message::Admitted(one) if one.origin == 0 => packs += 1,
        Message::Admitted(one) => *admitted.entry(one.event.source_record_id.to_string()).or_default() += 1,
        Message::Raw(raw) => refused.push(raw.bytes.clone()),
        other => panic!("{other:?} is no business of intake"),
    };
    let began = Instant::now();
    let mut count = 0;
    while count < sent as usize {
        herd.look().unwrap();
        store.wait(Duration::from_millis(20));
        let mut counted = |record: Message| {
            count += usize::from(!matches!(&record, Message::Admitted(one) if one.origin == 0));
            take(record);
        };
        log.read(&mut store, &mut counted).unwrap();
        assert!(began.elapsed() < Duration::from_secs(90), "{count} of {sent} messages came through");
    }
    herd.end("intake").unwrap();
    log.rest(&mut take).unwrap();
    assert!(herd.kills >= KILLS_MIN, "only {} kills", herd.kills);
    assert_eq!(packs, stand.partitions, "the first pack is admitted once, a copy for each partition");
    check_messages(sent, &admitted, &mut refused);
    let marks: Vec<Option<i64>> = (0..=stand.partitions).map(|origin| log.passed.get(&(ADMITTED.0, origin)).copied()).collect();
    let spread = marks.iter().max().copied().flatten().zip(marks.iter().min().copied().flatten()).map(|(newest, oldest)| newest - oldest);
    assert!(spread.is_some_and(|ticks| ticks < SPREAD_TICKS_MAX), "an origin has stood still: {marks:?}");
    let last = (0..=stand.partitions).filter_map(|origin| log.passed.get(&(ADMITTED.0, origin))).min().copied().unwrap();
    let apart = judged(&mut store, &stand, last, &mut herd).unwrap();
    let alone = judged_again(&stand).unwrap();
    assert_eq!(apart.ledger, alone.ledger);
    assert_eq!(transcript::set_aside(&apart), transcript::set_aside(&alone));
    let told: i64 = apart.ledger.values().map(Ledger::admitted).sum();
    assert_eq!(told, i64::from(admitted.values().sum::<u32>()) + 1, "what became of the admitted and of the pack: {:?}", apart.ledger);
}

/// Every message stands in the log or among the refusals, and none twice.
fn check_messages(sent: u32, admitted: &BTreeMap<String, u32>, refused: &mut [Vec<u8>]) {
    let day = Day(0);
    let mut no_events: Vec<Vec<u8>> = (0..sent).filter(|n| n % 50 == 49).map(|n| message(n, SOURCE, day)).collect();
    no_events.sort();
    refused.sort();
    assert_eq!(refused, no_events, "what is no event is refused, once");
    let mut expected: BTreeMap<String, u32> = BTreeMap::new();
    for n in (0..sent).filter(|n| n % 50 != 49) {
        *expected.entry(format!("R{}", if n % 10 == 9 { n - 9 } else { n })).or_default() += 1;
    }
    assert_eq!(*admitted, expected, "each message is admitted once");
}

fn send(stand: &Stand, herd: &mut Herd<'_>, day: Day) -> Outcome<u32> {
    let mut producer = Producer::open(stand)?;
    let (began, killing) = (Instant::now(), killing());
    let mut sent = 0;
    while began.elapsed() < killing || herd.kills < KILLS_MIN {
        herd.look()?;
        if began.elapsed() >= EVERY * (sent / AT_ONCE) {
            producer.send((sent..sent + AT_ONCE).map(|n| message(n, SOURCE, day)))?;
            sent += AT_ONCE;
        } else {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    Ok(sent)
}

/// What the casebooks said of the log.
fn judged(store: &mut journal::kafka::KafkaStore<stages::bytes::Bytes>, stand: &Stand, last: i64, herd: &mut Herd<'_>) -> Outcome<Played> {
    let mut played = Played::default();
    let mut tap = Tap::open(stand, store, &[LEDGER, DOCKETS, LATE, UNLISTED])?;
    tap.until_passed(store, (LEDGER, stand.partitions, last), &mut || herd.look(), &mut |record| played.take(record))?;
    tap.rest(&mut |record| played.take(record))?;
    played.sort();
    Ok(played)
}
