//! What the tests of the log share: a small record, and grounds that a store can be restarted on.
//!
//! Must never enter: an assertion; those stand in the tests.

use journal::{Commit, Entry, FailHook, JournalError, Output, PositionEntry, Sequenced, Store, Target, TaskPlan, Topic};

/// The topic tests read from, and the one they write to.
pub(crate) const IN: Topic = Topic(0);
pub(crate) const OUT: Topic = Topic(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Toy {
    pub(crate) tick: i64,
    pub(crate) id: u32,
    pub(crate) value: i64,
}

impl Sequenced for Toy {
    type Order = (u32, i64);
    fn tick(&self) -> i64 {
        self.tick
    }
    fn order(&self) -> (u32, i64) {
        (self.id, self.value)
    }
}

/// A place where a store lives through restarts of the process that uses it.
pub(crate) trait Ground {
    type Log: Store<Record = Toy>;
    /// `None` where this machine has no such store; it was said then.
    fn new() -> Option<Self>
    where
        Self: Sized;
    fn log(&mut self) -> &mut Self::Log;
    fn restart(&mut self);
    fn hang(&mut self, hook: Option<FailHook>);
}

pub(crate) fn plan(name: &str) -> TaskPlan {
    TaskPlan {
        name: name.to_owned(),
        stage: 2,
        origin: 0,
        inputs: vec![(IN, 0)],
        targets: vec![Target { topic: OUT, origins: 1 }],
        generation: 1,
        judgement: "toy-1".to_owned(),
        held_bytes_max: 1 << 20,
    }
}

/// Appends entries to the input topic, as the stage before would.
pub(crate) fn append<L: Store<Record = Toy>>(log: &mut L, entries: &[Entry<Toy>]) -> Result<(), JournalError> {
    let lease = log.restore("source")?.lease;
    let position = PositionEntry {
        task: "source".to_owned(),
        generation: 1,
        judgement: "toy-1".to_owned(),
        tick: None,
        sent: None,
        inputs: Vec::new(),
        streams: Vec::new(),
    };
    let output = |entry: &Entry<Toy>| Output { topic: IN, partition: 0, entry: entry.clone() };
    let outputs = entries.iter().map(output).collect();
    log.commit(&mut [Commit { lease, outputs, position, checkpoint: None }])
}

/// All records of a topic, in order of position.
pub(crate) fn records_of<L: Store<Record = Toy>>(log: &mut L, topic: Topic) -> Vec<Toy> {
    let mut out = Vec::new();
    log.read((topic, 0), 0, usize::MAX, &mut out).unwrap();
    let record = |(_, entry)| match entry {
        Entry::Record { record, .. } => Some(record),
        Entry::Mark(_) => None,
    };
    out.into_iter().filter_map(record).collect()
}
