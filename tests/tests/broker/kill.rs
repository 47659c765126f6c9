//! Killed for real in every phase of a commit: all of it is there afterwards, or nothing.
//!
//! The same test is parent and child; the child ends itself as `kill -9` would. Must never enter: a wait for a fixed time.

use std::process::{Command, Stdio};

use journal::kafka::Inputs;
use journal::{Checkpoint, Commit, Entry, Extent, InputPosition, Output, PageChange, PositionEntry, Step, Store};
use tests::broker::{Broker, broker};

use crate::messages::{make_topics, open, said};
use crate::toy::{IN, OUT, Toy};

const CHILD: &str = "BROKER_TEST_CHILD";
const NAME: &str = "kill::killed_in_any_phase_of_a_commit_nothing_is_half";

fn part(lease: journal::Lease, tick: i64) -> Commit<Toy> {
    let record = |id| Output { topic: OUT, partition: 0, entry: Entry::Record { origin: 0, record: Toy { tick, id, value: 0 } } };
    let input = InputPosition { topic: IN, partition: 0, next: tick.unsigned_abs(), marks: Vec::new(), count: None };
    let position = PositionEntry {
        task: lease.task.clone(),
        generation: 1,
        judgement: "toy-1".to_owned(),
        tick: Some(tick),
        sent: Some(tick),
        inputs: vec![input],
        streams: Vec::new(),
    };
    let page = PageChange { key: "last".to_owned(), body: Some(tick.to_le_bytes().to_vec()) };
    let checkpoint = Some(Checkpoint { extent: Extent::Touched, pages: vec![page] });
    Commit { lease, outputs: (0..20).map(record).collect(), position, checkpoint }
}

/// Commits the tick after the last one and dies at a step of it.
fn child(broker: &Broker, space: &str, step: &str) {
    let mut store = open(broker, space, 0, Inputs::Chosen);
    let restored = store.restore("sum/0").unwrap();
    let tick = restored.position.and_then(|entry| entry.tick).map_or(0, |tick| tick + 1);
    let step = step.to_owned();
    store.hang(Some(Box::new(move |at| {
        if at.name() == step {
            let killed = Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
            unreachable!("{killed:?}");
        }
        Ok(())
    })));
    store.commit(&mut [part(restored.lease, tick)]).unwrap();
    unreachable!("the child dies in its commit");
}

#[test]
fn killed_in_any_phase_of_a_commit_nothing_is_half() {
    if let Some(words) = std::env::var_os(CHILD) {
        let words = words.into_string().unwrap();
        let [bootstrap, space, step] = *words.split(' ').collect::<Vec<_>>() else { panic!("{words}") };
        return child(&Broker::at(bootstrap), space, step);
    }
    let Some(broker) = broker() else { return };
    let space = broker.space();
    make_topics(broker, &space, 1);
    let mut ticks = 0_i64;
    for step in Step::COMMIT.into_iter().chain([Step::Done]) {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME])
            .env(CHILD, format!("{} {space} {}", broker.bootstrap, step.name()))
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9), "{step:?}");
        ticks += i64::from(step >= Step::Sent);
        let mut store = open(broker, &space, 0, Inputs::Chosen);
        let restored = store.restore("sum/0").unwrap();
        let tick = restored.position.as_ref().and_then(|entry| entry.tick);
        assert_eq!(tick, (ticks > 0).then_some(ticks - 1), "{step:?}");
        assert_eq!(restored.checkpoint, restored.position, "{step:?}");
        let pages = store.pages("sum/0").unwrap();
        assert_eq!(pages.first().map(|page| page.body.clone()), tick.map(|tick| tick.to_le_bytes().to_vec()), "{step:?}");
        assert_eq!(said(broker, &space, 1).len(), usize::try_from(ticks).unwrap() * 20, "{step:?}");
        assert!(store.take_notices().is_empty(), "the group and the entry agree");
    }
}
