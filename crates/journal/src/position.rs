//! Where a task stands: the authority after a restart.
//!
//! A position entry is written in the transaction of the outputs it stands for, so it can never be ahead of them or
//! behind. Must never enter: pages of state, and anything a store keeps for itself.

/// A topic, by its number in the caller's table of topics. Names belong to the stores that need them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Topic(pub u16);

/// Where a task stands in one partition of one input topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPosition {
    /// The input topic.
    pub topic: Topic,
    /// The partition of it.
    pub partition: u32,
    /// The oldest position not yet released to the task: reading begins here after a restart.
    pub next: u64,
    /// Last mark per origin among the entries *before* `next`; later ones will be read again. Index = origin.
    pub marks: Vec<Option<i64>>,
    /// How many origins the topic was last said to have; `None` before the first mark of origin 0.
    pub count: Option<u32>,
}

impl InputPosition {
    /// The beginning of a partition.
    #[must_use]
    pub fn start(topic: Topic, partition: u32) -> Self {
        Self { topic, partition, next: 0, marks: Vec::new(), count: None }
    }
}

/// How far a task has read a file or stream from outside the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamPosition {
    /// Its name, as the caller knows it; unique in the task.
    pub name: String,
    /// Bytes read (of the decoded stream, if it is compressed).
    pub bytes: u64,
    /// Lines read.
    pub lines: u64,
    /// Length of the head whose hash says that it is still the same input.
    pub prefix_bytes: u64,
    /// SHA-256 of that head.
    pub prefix_sha256: [u8; 32],
}

/// All that says where a task stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionEntry {
    /// Name of the task, unique in the store.
    pub task: String,
    /// Generation of topics and state the task belongs to.
    pub generation: u32,
    /// Version of the judgement that made the outputs; another one may not go on with this state.
    pub judgement: String,
    /// Last tick that is whole in the outputs; `None` before the first.
    pub tick: Option<i64>,
    /// Last mark sent to the output topics; a writer that stamps ticks starts above it.
    pub sent: Option<i64>,
    /// One entry per input partition.
    pub inputs: Vec<InputPosition>,
    /// One entry per file or stream read so far, in order of name; those of a task that reads the log alone are none.
    pub streams: Vec<StreamPosition>,
}
