//! Partitions are added to the topic of events while intakes run: they are found, owned and stamped, no tick is released before its
//! last record, and what is decided is what one process decides.
//!
//! Must never enter: a restart, a hint to an intake that there is something to find.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{
    chaos::scripted,
    running::Running,
    sender::{Level, is_wrong, message},
    stamped::{Stamped, stamped, until_taken},
};
use journal::kafka::topics::{Change, Topics};
use stages::{
    message::{ASSESSMENTS, DECISIONS, DOCKETS, LATE, LEDGER, UNLISTED},
    settings::KafkaSection,
    space::Scale,
};
use tests::{
    again::judged_again,
    broker::broker,
    on_kafka::{Producer, Stand, with_services},
    play::Played,
    tap::Tap,
    transcript,
};
use vocab::time::{Day, Tick};

/// Partitions of every topic, and of events after it has grown.
const PARTITIONS: u32 = 2;
const GROWN: u32 = 4;
/// Messages sent before, at once after, and when the new partitions are served.
const EACH: u32 = 200;

/// An intake that looks for new partitions often, so that the test need not wait for what is usual.
fn looking_often(stand: &Stand, instance: u32) -> KafkaSection {
    let mut section = stand.section(instance);
    section.client.insert("topic.metadata.refresh.interval.ms".to_owned(), "500".to_owned());
    section
}

fn grow(stand: &Stand) {
    let topics = Topics::open(&stand.bootstrap, &[]).unwrap();
    let scale = Scale { events: GROWN, partitions: PARTITIONS, replication: 1 };
    let plan = topics.plan(&stand.section(0).space().wanted(scale)).unwrap();
    let is_growth = matches!(&plan.changes[..], [Change::Grow { found: PARTITIONS, wanted: GROWN, .. }]) && plan.refusals.is_empty();
    assert!(is_growth, "events grow, and nothing else changes: {plan:?}");
    topics.apply(&plan).unwrap();
}

/// Sends the next messages, to one partition after the other of all there are by now.
fn send(stand: &Stand, sent: &mut u32) {
    let day = scripted().day().plus(-1);
    let mut producer = Producer::open(stand).unwrap();
    producer.send((*sent..*sent + EACH).map(|n| message(n, day, Level::Full))).unwrap();
    *sent += EACH;
}

/// How many records come from the partitions that were added.
fn added(log: &Stamped) -> usize {
    log.records.iter().filter(|one| one.origin > PARTITIONS).count()
}

/// The log that comes of it, all of it marked.
fn taken_in(stand: &Stand) -> Stamped {
    let start = |instance| Running::intake_by(scripted, looking_often(stand, instance), "watched.toml");
    let intakes: Vec<Running> = (0..2).map(start).collect();
    let mut sent = 0;
    send(stand, &mut sent);
    let before = until_taken(stand, sent);
    assert_eq!(before.counts.keys().next_back(), Some(&(PARTITIONS + 1)));
    grow(stand);
    send(stand, &mut sent); // nobody has said yet that there is something to read there
    let at_first = until_taken(stand, sent);
    let expected = (EACH..2 * EACH).filter(|n| n % GROWN >= PARTITIONS && !is_wrong(*n));
    assert_eq!(added(&at_first), expected.count(), "every second one, but for what is refused");
    send(stand, &mut sent);
    until_taken(stand, sent);
    (0..).zip(intakes).for_each(|(instance, intake)| intake.end_in_order(|| start(instance)));
    let log = stamped(stand);
    let refused = u32::try_from((0..sent).filter(|n| is_wrong(*n)).count()).unwrap();
    assert_eq!((log.taken(), log.refused), (sent, refused), "received = admitted + refused");
    log
}

/// What the services said, as far as a day that is closed everywhere.
fn judged(stand: &Stand, closed: Day, last: i64) -> Played {
    let (mut store, mut played) = (stand.store().unwrap(), Played::default());
    let mut tap = Tap::open(stand, &mut store, &[DECISIONS, ASSESSMENTS, LATE, LEDGER, UNLISTED, DOCKETS]).unwrap();
    let (mut take, mut look) = (|record| played.take(record), || Ok(()));
    tap.until_passed(&mut store, (DECISIONS, 2 * PARTITIONS, closed.last_tick().0), &mut look, &mut take).unwrap();
    tap.until_passed(&mut store, (LEDGER, PARTITIONS, last), &mut look, &mut take).unwrap();
    tap.rest(&mut take).unwrap();
    played.sort();
    played
}

#[test]
fn events_that_grow_under_running_intakes_are_found_owned_and_stamped() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
    stand.make_topics().unwrap();
    let (log, apart, closed) = with_services(&stand, || {
        let log = taken_in(&stand);
        let last = log.marks.values().min().copied().unwrap();
        let closed = Tick(last).day().plus(-1);
        let apart = judged(&stand, closed, last);
        Ok((log, apart, closed))
    })
    .unwrap();
    assert_eq!(log.counts.keys().copied().collect::<Vec<_>>(), [PARTITIONS + 1, GROWN + 1], "one step, told by marks");
    assert_eq!(log.marks.len(), GROWN as usize + 1, "every origin has marked: {:?}", log.marks);
    assert_eq!(log.open(), 0, "what was stamped is promised when its intake has ended in order");
    let alone = judged_again(&stand).unwrap();
    assert_eq!(apart.ledger, alone.ledger);
    assert_eq!(transcript::set_aside(&apart), transcript::set_aside(&alone));
    let (apart, alone) = (crate::brokers::up_to(closed, apart), crate::brokers::up_to(closed, alone));
    assert!(alone.decisions.len() > 20, "there must be something to differ in: {}", alone.decisions.len());
    assert!(transcript::decided(&apart) == transcript::decided(&alone), "{:?}", crate::brokers::first_difference(&apart, &alone));
}
