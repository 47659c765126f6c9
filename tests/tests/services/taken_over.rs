//! A service whose place was taken opens anew and decides the same; when it is taken again at once, it ends and says by whom.
//!
//! A client that stood still for longer than its session meets itself when it comes back. Must never enter: a stall, which a busy
//! machine makes when it likes; the place is taken on purpose.

use journal::{
    Store as _,
    kafka::{Inputs, KafkaStore},
};
use service_kit::broker::end_on_stall;
use stages::bytes::Bytes;
use std::time::{Duration, Instant};
use tests::{
    Outcome,
    broker::broker,
    event_log::Log,
    generate,
    on_kafka::{self, Stand},
    play::{Played, Setup, play},
};

/// How long the log takes: long enough for what is done to its services.
const TIME: Duration = Duration::from_secs(16);

/// Plays a log while the places of these groups are taken, each at its moment; not longer than until.
fn played(log: &Log, groups: &[(&'static str, Duration)], until: Duration) -> Outcome<Option<(Stand, Played)>> {
    let Some(broker) = broker() else { return Ok(None) };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 1, instances: 1 };
    let (began, mut left) = (Instant::now(), groups.iter().peekable());
    let mut look = || {
        if let Some((group, _)) = left.next_if(|(_, at)| began.elapsed() >= *at) {
            take(&stand, group)?;
        }
        if began.elapsed() < until { Ok(()) } else { Err("nothing more is waited for".into()) }
    };
    let played = on_kafka::play_slowly(log, &stand, TIME, &mut look)?;
    assert!(left.next().is_none(), "not every place was taken");
    Ok(Some((stand, played)))
}

/// A producer under the name of the first instance of a group: whoever had that name is fenced.
fn take(stand: &Stand, group: &'static str) -> Outcome<()> {
    let section = stand.section(0);
    let mut store = KafkaStore::open(section.settings(group, Inputs::Chosen)?, Bytes::of(&section.space()), end_on_stall())?;
    store.restore("nobody/0")?;
    Ok(())
}

#[test]
fn a_service_whose_place_was_taken_opens_anew_and_decides_the_same() {
    let log = generate::log(12).unwrap();
    let alone = play(&log, Setup::PLAIN).unwrap();
    let at = [("register", Duration::from_secs(2)), ("weigh", Duration::from_secs(4))];
    let Some((_, apart)) = played(&log, &at, Duration::MAX).unwrap() else { return };
    assert_eq!(crate::alike::difference(&log, &alone, apart), None);
}

#[test]
fn a_service_whose_place_is_taken_twice_ends() {
    let log = generate::log(12).unwrap();
    // More often than twice: what is taken again before the service noticed is one taking.
    let at: Vec<_> = (1..=7).map(|n| ("register", Duration::from_secs(2 * n))).collect();
    match played(&log, &at, Duration::from_secs(18)) {
        Ok(told) => assert!(told.is_none(), "the other one is there, and nobody said so"),
        Err(ended) => assert!(ended.to_string().contains("another process runs as"), "{ended}"),
    }
}
