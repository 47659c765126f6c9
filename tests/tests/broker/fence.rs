//! One writer per task: who was replaced cannot write, and what was rolled back is not seen.
//!
//! Must never enter: two writers that know of each other.

use std::time::{Duration, Instant};

use journal::kafka::{Inputs, KafkaStore};
use journal::{Change, Commit, Entry, JournalError, Mark, Origins, Output, PositionEntry, Step, Store};
use tests::{
    broker::{Broker, broker},
    form::protocol,
};

use crate::messages::{PATIENCE, ToyMessages, make_topics, open, said, texts};
use crate::toy::{IN, OUT, Toy};

pub(crate) fn part(lease: &journal::Lease, id: u32) -> Commit<Toy> {
    let record = Toy { tick: 1, id, value: 0 };
    let mark = Mark { generation: 1, stage: 1, origins: Origins::One(0), tick: 1, count: 1 };
    let entries = [Entry::Record { origin: 0, record }, Entry::Mark(mark)];
    let position = PositionEntry {
        task: lease.task.clone(),
        generation: 1,
        judgement: "toy-1".to_owned(),
        tick: Some(1),
        sent: Some(1),
        inputs: vec![journal::InputPosition::start(IN, 0)],
        streams: Vec::new(),
    };
    let outputs = entries.map(|entry| Output { topic: OUT, partition: 0, entry }).into();
    Commit { lease: lease.clone(), outputs, position, checkpoint: None }
}

#[test]
fn a_second_instance_of_one_name_fences_the_first() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    let mut first = open(broker, &space, 0, Inputs::Chosen);
    let old = first.restore("sum/0").unwrap().lease;
    first.commit(&mut [part(&old, 1)]).unwrap();
    let mut second = open(broker, &space, 0, Inputs::Chosen);
    let new = second.restore("sum/0").unwrap().lease;
    assert!(new.epoch > old.epoch);
    let fenced = first.commit(&mut [part(&old, 2)]).unwrap_err();
    assert!(matches!(&fenced, JournalError::Superseded { instance } if instance.ends_with("toy-0")), "{fenced}");
    assert_eq!(fenced.exit_code(), 75);
    second.commit(&mut [part(&new, 3)]).unwrap();
    assert_eq!(said(broker, &space, 1).iter().map(|record| record.id).collect::<Vec<_>>(), [1, 3]);
}

/// It has no positions to send, and its position entry is all it writes: the broker of that entry tells it.
#[test]
fn a_writer_without_inputs_and_outputs_is_fenced_by_its_name() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    let idle = |lease| {
        let mut part = part(lease, 1);
        part.outputs.clear();
        part.position.inputs.clear();
        part
    };
    let mut first = open(broker, &space, 0, Inputs::Chosen);
    let old = first.restore("sum/0").unwrap().lease;
    first.commit(&mut [idle(&old)]).unwrap();
    let mut second = open(broker, &space, 0, Inputs::Chosen);
    let new = second.restore("sum/0").unwrap().lease;
    let fenced = first.commit(&mut [idle(&old)]).unwrap_err();
    assert!(matches!(&fenced, JournalError::Superseded { .. }), "{fenced}");
    second.commit(&mut [idle(&new)]).unwrap();
}

#[test]
fn what_was_rolled_back_was_written_and_is_not_seen() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    let mut store = open(broker, &space, 0, Inputs::Chosen);
    let lease = store.restore("sum/0").unwrap().lease;
    store.hang(Some(Box::new(|step| if step == Step::Positions { Err(JournalError::Stopped(step)) } else { Ok(()) })));
    assert!(store.commit(&mut [part(&lease, 7)]).is_err());
    let name = format!("{space}.out");
    assert_eq!(texts(broker, (&name, 0), 0, "read_uncommitted").len(), 2, "the test must write before it rolls back");
    assert!(texts(broker, (&name, 0), 0, "read_committed").is_empty());
    assert!(store.restore("sum/0").unwrap().position.is_none());
}

/// A store that is given the one partition.
fn given(broker: &Broker, space: &str, ordinal: u32) -> KafkaStore<ToyMessages> {
    let mut store = open(broker, space, ordinal, Inputs::Shared(vec![IN]));
    let start = Instant::now();
    while store.changes().unwrap() != [Change::Gained(vec![(IN, 0)])] {
        assert!(start.elapsed() < PATIENCE, "the group gave no partition");
        store.wait(Duration::from_millis(10));
    }
    store
}

/// A member of the group that has no right to a partition cannot commit for it.
#[test]
fn a_partition_that_is_anothers_cannot_be_committed_for() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    let _owner = given(broker, &space, 0);
    let mut other = open(broker, &space, 1, Inputs::Shared(vec![IN]));
    let lease = other.restore("sum/0").unwrap().lease;
    let refused = other.commit(&mut [part(&lease, 1)]).unwrap_err();
    assert!(matches!(refused, JournalError::Fenced { .. }), "{refused}");
    assert!(said(broker, &space, 1).is_empty());
}

/// Two processes with one ordinal: one of them ends. Which one is the protocol's to say: where members share out the work the newer one
/// has the name, where the broker does it keeps its owner.
#[test]
fn a_second_member_of_one_name_ends_the_first() {
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    let mut first = given(broker, &space, 0);
    let mut second = open(broker, &space, 0, Inputs::Shared(vec![IN]));
    let start = Instant::now();
    let (ended, is_newer) = loop {
        assert!(start.elapsed() < PATIENCE, "neither of the two was ended");
        match (first.changes(), second.changes()) {
            (Err(ended), _) => break (ended, false),
            (Ok(_), Err(ended)) => break (ended, true),
            (Ok(_), Ok(_)) => first.wait(Duration::from_millis(10)),
        }
    };
    assert!(matches!(&ended, JournalError::Superseded { instance } if instance.ends_with("toy-0")), "{ended}");
    assert_eq!(is_newer, protocol().is_some_and(|(_, value)| value == "consumer"));
}
