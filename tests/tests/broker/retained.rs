//! Topics that are not what they were: made anew, cut, grown. Each is told, none is a jump.
//!
//! Must never enter: a repair.

use std::time::Instant;

use journal::kafka::{Growth, Identity, Inputs, KafkaStore, Settings, topics::Wanted};
use journal::{Checkpoint, Extent, JournalError, Notice, Start, Store, Task};
use tests::broker::{Broker, broker};

use crate::messages::{PATIENCE, ToyMessages, make_topics, on_stall, open, source};
use crate::toy::IN;
use crate::work::{plan_of, write_ticks};

/// A space whose task has read ticks and committed a checkpoint behind them.
fn worked(broker: &Broker, ticks: i64) -> String {
    let space = broker.space();
    make_topics(broker, &space, 1);
    write_ticks(&mut source(broker, &space), 1..=ticks);
    let mut store = open(broker, &space, 0, Inputs::Chosen);
    let mut task = Task::open(&mut store, plan_of(0, 1), Start::Saved).unwrap();
    let start = Instant::now();
    while task.tick() != Some(ticks) {
        assert!(start.elapsed() < PATIENCE);
        task.poll(&mut store, 100).unwrap();
        while task.turn(&mut store, &mut Vec::new()).unwrap().is_some() {}
    }
    let due = Checkpoint { extent: Extent::Whole, pages: Vec::new() };
    let part = task.part(&store, Vec::new(), Some(due)).unwrap().unwrap();
    store.commit(&mut [part]).unwrap();
    space
}

fn refusal(broker: &Broker, space: &str) -> JournalError {
    let mut store = open(broker, space, 0, Inputs::Chosen);
    Task::open(&mut store, plan_of(0, 1), Start::Saved).unwrap_err()
}

fn make_anew(broker: &Broker, space: &str, partitions: u32) {
    let name = format!("{space}.in");
    broker.admin().delete(&[&name]).unwrap();
    // Deleting goes on in the background: until it is through, making does nothing.
    let start = Instant::now();
    loop {
        let wanted = Wanted { name: name.clone(), partitions, replication: 1, settings: Vec::new(), growth: Growth::Fixed };
        let made = broker.admin().plan(std::slice::from_ref(&wanted)).and_then(|plan| broker.admin().apply(&plan));
        let found = open(broker, space, 77, Inputs::Chosen);
        let is_new = found.partitions(IN).is_ok_and(|count| count == partitions) && found.end(IN, 0).is_ok_and(|end| end == 0);
        if made.is_ok() && is_new {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "the topic was not made anew");
    }
}

#[test]
fn a_topic_made_anew_and_shorter_is_told() {
    let Some(broker) = broker() else { return };
    let space = worked(broker, 9);
    make_anew(broker, &space, 1);
    let told = refusal(broker, &space);
    assert!(matches!(told, JournalError::PositionAhead { end: 0, .. }), "{told}");
}

#[test]
fn a_topic_made_anew_and_longer_is_told_by_what_stands_there() {
    let Some(broker) = broker() else { return };
    let space = worked(broker, 9);
    make_anew(broker, &space, 1);
    write_ticks(&mut source(broker, &space), 101..=140);
    let told = refusal(broker, &space);
    assert!(matches!(&told, JournalError::Recreated { task, .. } if task == "sum/0"), "{told}");
    assert!(told.to_string().contains("into new topics"));
}

#[test]
fn another_number_of_partitions_is_refused_and_the_way_is_named() {
    let Some(broker) = broker() else { return };
    let space = worked(broker, 3);
    let name = format!("{space}.in");
    let grown = Wanted { name, partitions: 4, replication: 1, settings: Vec::new(), growth: Growth::MayGrow };
    let admin = broker.admin();
    admin.apply(&admin.plan(&[grown]).unwrap()).unwrap();
    let told = refusal(broker, &space);
    assert!(matches!(told, JournalError::OtherPartitions { stored: 1, found: 4, .. }), "{told}");
    assert!(told.to_string().contains("into new topics"), "{told}");
    assert_eq!(told.exit_code(), 78);
}

#[test]
fn a_position_that_expired_is_told_and_never_jumped() {
    let Some(broker) = broker() else { return };
    let space = worked(broker, 3);
    write_ticks(&mut source(broker, &space), 4..=20);
    let name = format!("{space}.in");
    let kept_from = open(broker, &space, 0, Inputs::Chosen).end(IN, 0).unwrap() - 1;
    broker.delete_before((&name, 0), kept_from);
    let told = refusal(broker, &space);
    assert!(matches!(told, JournalError::PositionGone { first, .. } if first == kept_from), "{told}");
}

/// The entry of the task is believed, and the difference is told.
#[test]
fn a_group_that_was_set_back_is_told() {
    let Some(broker) = broker() else { return };
    let space = worked(broker, 5);
    broker.set_group(&Identity::new(&space, "toy", 0).group, (&format!("{space}.in"), 0), 1);
    let mut store = open(broker, &space, 0, Inputs::Chosen);
    let task = Task::open(&mut store, plan_of(0, 1), Start::Saved).unwrap();
    assert_eq!(task.tick(), Some(5));
    let notices = store.take_notices();
    assert!(notices.iter().any(|notice| matches!(notice, Notice::Disagreement { group: Some(1), .. })), "{notices:?}");
}

#[test]
fn a_topic_that_does_not_exist_is_named() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    let settings = Settings::new(&broker.bootstrap, Identity::new(&space, "toy", 0), Inputs::Chosen);
    let told = KafkaStore::open(settings, ToyMessages::new(&space), on_stall()).unwrap_err();
    assert!(matches!(&told, JournalError::NoTopic { name } if name.ends_with("toy-state.v1")), "{told}");
}
