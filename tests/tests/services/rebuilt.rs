//! All state lost: the topics that keep positions and pages are deleted, and the stages judge the log from its beginning. What
//! they say is byte for byte what they said, and their marks make it a repeat for whoever reads on: a herald that runs meanwhile
//! sends none of it again.
//!
//! Must never enter: a stage that knows it was here before.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::delivery::{
    Instance, configure, make_topics,
    support::{
        Told,
        log::Log,
        receiver::{Got, Receiver},
        transition,
    },
};
use crate::stamped::make_anew;
use journal::{Commit, Entry, Mark, Origins, Output, Store as _, Topic, partition_for};
use stages::{
    intaking,
    message::{ASSESSMENTS, DECISIONS, Message},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};
use tests::{
    broker::broker,
    event_log,
    on_kafka::{self, Stand},
    play::{Played, Setup, play},
    transcript,
};
use vocab::{alert::Decision, time::Tick};

const PATIENCE: Duration = Duration::from_secs(300);

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
    // Not that of intake: its positions say which messages of feeds are in.
    // Nor that of the herald, which runs, and has not lost anything.
    let kept = [space.state(intake::NAME), space.state("herald")];
    let lost = make_anew(stand, stand.partitions, |name| name.ends_with("-state.v1") && !kept.iter().any(|one| one == name));
    assert!(lost >= 4, "{lost} topics");
}

/// Has all tasks behind the topic of decisions say one thing more, later than all else.
fn say_the_last(stand: &Stand, at: Tick) {
    let mut store = stand.store().unwrap();
    let lease = store.restore("last/0").unwrap().lease;
    let told = transition(99, 1, Told::Fired, at);
    let partition = partition_for(told.series.regime.as_str().as_bytes(), stand.partitions);
    let record = Message::Decision(at, Arc::new(Decision::Transition(told)));
    let mut outputs = vec![Output { topic: DECISIONS, partition, entry: Entry::Record { origin: partition, record } }];
    let count = 2 * stand.partitions;
    outputs.extend((0..count).flat_map(|origin| {
        let mark = Mark { generation: 1, stage: 3, origins: Origins::One(origin), tick: at.0, count };
        (0..stand.partitions).map(move |partition| Output { topic: DECISIONS, partition, entry: Entry::Mark(mark) })
    }));
    let mut parts = [Commit { lease, outputs, position: intaking::position("last/0", None, Vec::new()), checkpoint: None }];
    let began = Instant::now();
    while let Err(error) = store.commit(&mut parts) {
        assert!(error.is_passing() && began.elapsed() < PATIENCE, "{error}");
    }
}

/// A herald that may send whatever was decided since 2015, to a receiver that takes its time on a busy machine.
fn herald(log: &Log, stand: &Stand, receiver: &Receiver) -> Instance {
    let mut config = configure(log, stand, receiver);
    config.delivery.fence = "2015-01-01T00:00:00Z".to_owned();
    config.delivery.answer_within_seconds = 60;
    Instance::start(&config, 0, &Arc::default())
}

/// Judges the log from its beginning, until all origins have come where they were; what was said meanwhile.
fn judge_again(stand: &Stand, end: &BTreeMap<(Topic, u32), u64>, passed: &BTreeMap<u32, i64>) -> Played {
    let began = Instant::now();
    let rebuilt = on_kafka::with_services(stand, || {
        loop {
            let (_, reached) = said(stand, end);
            if reached == *passed {
                // What a mark stands behind was there before it: now all of it is read.
                return Ok(said(stand, end).0);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("the stages reached {reached:?} of {passed:?}").into());
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    rebuilt.unwrap()
}

#[test]
fn without_any_state_the_log_is_judged_again_to_the_same_and_nothing_is_sent_again() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 2, instances: 1 };
    make_topics(&stand).unwrap();
    let (files, receiver) = (Log::new(), Receiver::willing());
    let herald = herald(&files, &stand, &receiver);
    let log = event_log::read(&event_log::folder().join("a_deeper_fall_escalates.jsonl")).unwrap();
    let alone = play(&log, Setup::PLAIN).unwrap();
    let first = on_kafka::play(&log, &stand).unwrap();
    assert_eq!(crate::alike::difference(&log, &alone, first), None);
    let start = ends(&stand).into_keys().map(|at| (at, 0)).collect();
    let (before, passed) = said(&stand, &start);
    let transitions = before.decisions.iter().filter(|(_, decision)| matches!(**decision, Decision::Transition(_))).count();
    let sent = receiver.wait("all transitions", |got| got.len() >= transitions).len();
    let end = ends(&stand);
    lose_all_state(&stand);
    let began = Instant::now();
    let rebuilt = judge_again(&stand, &end, &passed);
    println!("rebuilt from the log in {:?}", began.elapsed());
    assert!(!before.assessments.is_empty() && transitions > 2, "{transitions} transitions");
    assert_eq!(transcript::decided(&rebuilt), transcript::decided(&before), "all of it is said once more, byte for byte");
    assert_eq!(transcript::decided(&rebuilt), transcript::decided(&alone));

    // What is sent behind it shows that the herald has read all that was said once more.
    say_the_last(&stand, Tick(passed.values().max().unwrap() + 4));
    let got = receiver.wait("the last", |got| got.len() > sent);
    herald.end();
    let keys: BTreeSet<&str> = got.iter().map(Got::id).collect();
    assert_eq!((sent, got.len(), keys.len()), (transitions, transitions + 1, transitions + 1), "each was sent once");
    assert_eq!(got.last().unwrap().json()["slipwatch"]["n"], 1, "and then the last");
}
