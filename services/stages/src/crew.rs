//! Which tasks a partition brings, on a broker: the plans of the stages and new stages for them.
//!
//! A stage runs as many tasks as its input has partitions; the consumer group spreads them over processes. Must never enter: a
//! broker, a thread, what a stage decides.

use crate::{
    GENERATION,
    assessor::{AssessorStage, Statistic},
    judgement,
    message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, FACTS, LATE, LEDGER, Message, TALLIES, UNLISTED},
    register::RegisterStage,
    sentinel::SentinelStage,
};
use engine::register::Bucket;
use journal::{HELD_BYTES_MAX, TaskPlan, Topic};
use service_kit::{Hand, Stage};

/// A kind of task: one consumer group, one thread, one transactional producer in every process that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Admitted records to tallies, facts and versions.
    Register,
    /// Tallies to assessments.
    Assessor,
    /// Facts and assessments to decisions.
    Sentinel,
}

impl Kind {
    /// Its name: of the group, of the tasks, of the topic that keeps its state.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Assessor => "assessor",
            Self::Sentinel => "sentinel",
        }
    }

    /// The topic whose partitions the group shares out.
    #[must_use]
    pub const fn shared(self) -> Topic {
        match self {
            Self::Register => ADMITTED,
            Self::Assessor => TALLIES,
            Self::Sentinel => FACTS,
        }
    }

    /// The number of the stage in its marks.
    const fn stage(self) -> u8 {
        match self {
            Self::Register => 1,
            Self::Assessor => 2,
            Self::Sentinel => 3,
        }
    }

    fn inputs(self, place: u32) -> Vec<(Topic, u32)> {
        match self {
            Self::Register | Self::Assessor => vec![(self.shared(), place)],
            Self::Sentinel => vec![(FACTS, place), (ASSESSMENTS, place)],
        }
    }

    fn targets(self) -> Vec<Topic> {
        match self {
            Self::Register => vec![TALLIES, FACTS, DOCKETS, LATE, LEDGER, UNLISTED],
            Self::Assessor => vec![ASSESSMENTS],
            Self::Sentinel => vec![DECISIONS],
        }
    }

    fn new_stage(self, place: (u32, u32)) -> Box<dyn Stage<Record = Message>> {
        match self {
            Self::Register => Box::new(RegisterStage::new(place, Bucket::Day)),
            Self::Assessor => Box::new(AssessorStage::new(place, Statistic::Off)),
            Self::Sentinel => Box::new(SentinelStage::at(place.0)),
        }
    }

    /// The task of partition `place.0` of `place.1`, and a stage that knows nothing.
    #[must_use]
    pub fn hand(self, place: (u32, u32)) -> Hand<Message> {
        let plan = TaskPlan {
            name: format!("{}/{}", self.name(), place.0),
            stage: self.stage(),
            origin: place.0,
            origins: place.1,
            inputs: self.inputs(place.0),
            targets: self.targets(),
            generation: GENERATION,
            judgement: judgement(),
            held_bytes_max: HELD_BYTES_MAX,
        };
        (plan, self.new_stage(place))
    }
}
