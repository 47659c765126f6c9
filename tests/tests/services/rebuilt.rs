//! All state lost: the topics that keep positions and pages are deleted, and the stages judge the log from its beginning. What
//! they say is byte for byte what they said, and their marks make it a repeat for whoever reads on.
//!
//! Must never enter: a stage that knows it was here before.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use journal::{Entry, Topic, kafka::topics::Topics};
use stages::{
    message::{ASSESSMENTS, DECISIONS},
    space::Scale,
};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    time::{Duration, Instant},
};
use tests::{
    broker::broker,
    event_log,
    on_kafka::{self, Stand},
    play::{Played, Setup, play},
    transcript,
};

const PATIENCE: Duration = Duration::from_secs(120);

/// What stands behind these positions, and how far each origin of decisions has come there.
fn said(stand: &Stand, from: &BTreeMap<(Topic, u32), u64>) -> (Played, BTreeMap<u32, i64>) {
    let reader = stand.reader().unwrap();
    let (mut played, mut passed) = (Played::default(), BTreeMap::new());
    for (at, from) in from {
        let took = reader.each(*at, *from, |_, entry| {
            match entry {
                Entry::Record { record, .. } => played.take(record),
                Entry::Mark(mark) if *at == (DECISIONS, 0) => passed.extend(mark.origins.range().map(|origin| (origin, mark.tick))),
                Entry::Mark(_) => {}
            }
            Ok(ControlFlow::Continue(()))
        });
        took.unwrap();
    }
    played.sort();
    (played, passed)
}

/// The positions behind all that stands in the topics of results.
fn ends(stand: &Stand) -> BTreeMap<(Topic, u32), u64> {
    let reader = stand.reader().unwrap();
    let places = [ASSESSMENTS, DECISIONS].into_iter().flat_map(|topic| (0..stand.partitions).map(move |partition| (topic, partition)));
    places.map(|at| (at, reader.ends(at).unwrap().1)).collect()
}

/// Deletes the state topics and makes them anew.
fn lose_all_state(stand: &Stand) {
    let space = stand.section(0).space();
    let wanted = space.wanted(Scale { events: stand.partitions, partitions: stand.partitions, replication: 1 });
    // Not that of intake: its positions say which messages of feeds are in.
    let is_lost = |name: &&str| name.ends_with("-state.v1") && *name != space.state(intake::NAME);
    let lost: Vec<&str> = wanted.iter().map(|topic| topic.name.as_str()).filter(is_lost).collect();
    let topics = Topics::open(&stand.bootstrap, &[]).unwrap();
    assert!(lost.len() >= 4, "{lost:?}");
    topics.delete(&lost).unwrap();
    let began = Instant::now();
    // Deleting goes on in the background: until it is through, a topic can neither be made nor be seen to be whole.
    loop {
        match topics.plan(&wanted) {
            Ok(plan) if plan.is_done() => return,
            Ok(plan) => drop(topics.apply(&plan)),
            Err(_) => {}
        }
        assert!(began.elapsed() < PATIENCE, "the state topics were not made anew");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn without_any_state_the_log_is_judged_again_to_the_same() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 2, instances: 1 };
    let log = event_log::read(&event_log::folder().join("a_deeper_fall_escalates.jsonl")).unwrap();
    let alone = play(&log, Setup::PLAIN).unwrap();
    let first = on_kafka::play(&log, &stand).unwrap();
    assert_eq!(super::difference(&log, &alone, first), None);
    let start = ends(&stand).into_keys().map(|at| (at, 0)).collect();
    let (before, passed) = said(&stand, &start);
    let end = ends(&stand);
    lose_all_state(&stand);
    let began = Instant::now();
    let rebuilt = on_kafka::with_services(&stand, || {
        loop {
            let (_, reached) = said(&stand, &end);
            if reached == passed {
                // What a mark stands behind was there before it: now all of it is read.
                return Ok(said(&stand, &end).0);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the stages reached {reached:?} of {passed:?}").into());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let rebuilt = rebuilt.unwrap();
    println!("rebuilt from the log in {:?}", began.elapsed());
    assert!(!before.decisions.is_empty() && !before.assessments.is_empty());
    assert_eq!(transcript::decided(&rebuilt), transcript::decided(&before), "all of it is said once more, byte for byte");
    assert_eq!(transcript::decided(&rebuilt), transcript::decided(&alone));
}
