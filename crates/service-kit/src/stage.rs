//! What a stage must offer to be driven, and where its outputs go.
//!
//! A stage sees whole ticks in order and nothing else. In a silent re-run it is called as ever and its outputs are
//! dropped here, so that no stage needs to know. Must never enter: positions, offsets, commits.

use journal::{Entry, Output, Page, PageChange, Sequenced, Topic, Voice, partition_for};

/// A saved page that the stage cannot read; the stage is then rebuilt from the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("read page {key:?} of saved state: {why}")]
pub struct BadState {
    /// The page.
    pub key: String,
    /// What is wrong with it.
    pub why: String,
}

/// A step of the pipeline on one task. Its outputs must not depend on how passes are spread: `pass(3)` and `pass(7)` say
/// the same as `pass(7)` alone.
pub trait Stage {
    /// What it reads and writes.
    type Record: Sequenced;

    /// Takes all records of one tick: complete, sorted, without repeats. What fell due before `tick` comes first.
    fn step(&mut self, tick: i64, records: &[Self::Record], out: &mut Outputs<Self::Record>);

    /// Nothing more will come at or before `tick`: what is due by then is due now.
    fn pass(&mut self, tick: i64, out: &mut Outputs<Self::Record>);

    /// The pages that changed since this was last called, as they are now; the first time, all there are.
    fn pages_due(&mut self, pages: &mut Vec<PageChange>);

    /// Forgets everything and takes the state of these pages; without pages, the state of a new stage.
    ///
    /// # Errors
    /// [`BadState`] when a page cannot be read.
    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState>;

    /// Whether something changed that must be saved now, without waiting until a checkpoint falls due. Asked once a round,
    /// also when nothing was read: so a stage whose state moves by answers from outside has its turn here. Most have none.
    fn must_save(&mut self) -> bool {
        false
    }

    /// What [`Stage::pages_due`] last gave is committed: what may only be done once it is durable may be done now.
    fn saved(&mut self) {}
}

/// A borrowed or boxed stage is a stage.
macro_rules! pointed {
    ($($pointer:ty),*) => {
        $(impl<S: Stage + ?Sized> Stage for $pointer {
            type Record = S::Record;

            fn step(&mut self, tick: i64, records: &[Self::Record], out: &mut Outputs<Self::Record>) {
                (**self).step(tick, records, out);
            }

            fn pass(&mut self, tick: i64, out: &mut Outputs<Self::Record>) {
                (**self).pass(tick, out);
            }

            fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
                (**self).pages_due(pages);
            }

            fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
                (**self).restore(pages)
            }

            fn must_save(&mut self) -> bool {
                (**self).must_save()
            }

            fn saved(&mut self) {
                (**self).saved();
            }
        })*
    };
}

pointed!(&mut S, Box<S>);

/// Where a stage puts its outputs. Each must carry the tick at which it was decided.
#[derive(Debug)]
pub struct Outputs<R> {
    outputs: Vec<Output<R>>,
    voice: Voice,
    origin: u32,
    /// Partitions of each target topic.
    targets: Vec<(Topic, u32)>,
}

impl<R> Outputs<R> {
    /// An empty place for the outputs of a task, which is `origin` in its `targets` (topic, number of partitions).
    #[must_use]
    pub fn new(origin: u32, targets: Vec<(Topic, u32)>) -> Self {
        Self { outputs: Vec::new(), voice: Voice::Aloud, origin, targets }
    }

    /// Sends a record to the partition of `key`.
    pub fn send(&mut self, topic: Topic, key: &[u8], record: R) {
        let partition = partition_for(key, self.partitions(topic));
        self.send_to(topic, partition, record);
    }

    /// Sends a record to a partition the stage chose.
    pub fn send_to(&mut self, topic: Topic, partition: u32, record: R) {
        match self.voice {
            Voice::Silent => {}
            Voice::Aloud => {
                let entry = Entry::Record { origin: self.origin, record };
                self.outputs.push(Output { topic, partition, entry });
            }
        }
    }

    /// Sends one copy to every partition.
    pub fn broadcast(&mut self, topic: Topic, record: &R)
    where
        R: Clone,
    {
        for partition in 0..self.partitions(topic) {
            self.send_to(topic, partition, record.clone());
        }
    }

    /// How many partitions a target topic has; 0 for a topic that is no target, so that sending there is refused.
    #[must_use]
    pub fn partitions(&self, topic: Topic) -> u32 {
        self.targets.iter().find(|(target, _)| *target == topic).map_or(0, |(_, count)| *count)
    }

    /// Whether outputs are wanted; a stage may save the work of making them, but never the change of its state.
    #[must_use]
    pub fn voice(&self) -> Voice {
        self.voice
    }

    /// How many outputs wait for the commit.
    #[must_use]
    pub fn len(&self) -> usize {
        self.outputs.len()
    }

    /// Whether no output waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.outputs.is_empty()
    }

    pub(crate) fn speak(&mut self, voice: Voice) {
        self.voice = voice;
    }

    /// Takes what waits, in the order it was sent: for whoever drives a stage without a log.
    pub fn take(&mut self) -> Vec<Output<R>> {
        std::mem::take(&mut self.outputs)
    }
}
