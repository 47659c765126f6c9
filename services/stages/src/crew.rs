//! Which tasks a partition brings, on a broker: the plans of the stages and new stages for them.
//!
//! A stage runs as many tasks as its input has partitions; the consumer group spreads them over processes. Must never enter: a
//! broker, a thread, what a stage decides.

use crate::{
    GENERATION,
    assessor::{AssessorStage, Statistic},
    docket::DocketStage,
    judgement,
    message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, FACTS, LATE, LEDGER, Message, TALLIES, UNLISTED},
    register::RegisterStage,
    sentinel::SentinelStage,
};
use engine::{register::Bucket, sentinel::Part};
use journal::{HELD_BYTES_MAX, Target, TaskPlan, Topic};
use service_kit::{Hand, Stage};

/// How many stages write a topic on a broker: facts come from register and docket, decisions from those who watch and those who
/// weigh. Whoever reads one waits for the marks of all of them.
fn writers(topic: Topic) -> u32 {
    match topic {
        FACTS | DECISIONS => 2,
        _ => 1,
    }
}

/// A kind of task: one consumer group, one thread, one transactional producer in every process that runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Admitted records to tallies, facts and versions.
    Register,
    /// Versions of the records of cases to facts about their duties, by the tick.
    Docket,
    /// Tallies to assessments.
    Assessor,
    /// Facts to the alerts of watch rules, by the tick.
    Watch,
    /// Facts and assessments to all other decisions and the seals, by the day.
    Weigh,
}

impl Kind {
    /// Its name: of the group, of the tasks, of the topic that keeps its state.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Docket => "docket",
            Self::Assessor => "assessor",
            Self::Watch => "watch",
            Self::Weigh => "weigh",
        }
    }

    /// The topic whose partitions the group shares out.
    #[must_use]
    pub const fn shared(self) -> Topic {
        match self {
            Self::Register => ADMITTED,
            Self::Docket => DOCKETS,
            Self::Assessor => TALLIES,
            Self::Watch | Self::Weigh => FACTS,
        }
    }

    /// The number of the stage in its marks.
    const fn stage(self) -> u8 {
        match self {
            Self::Register => 1,
            Self::Assessor => 2,
            Self::Watch => 3,
            Self::Weigh => 4,
            Self::Docket => 5,
        }
    }

    fn inputs(self, place: u32) -> Vec<(Topic, u32)> {
        match self {
            Self::Register | Self::Docket | Self::Assessor | Self::Watch => vec![(self.shared(), place)],
            Self::Weigh => vec![(FACTS, place), (ASSESSMENTS, place)],
        }
    }

    fn written(self) -> Vec<Topic> {
        match self {
            Self::Register => vec![TALLIES, FACTS, DOCKETS, LATE, LEDGER, UNLISTED],
            Self::Docket => vec![FACTS],
            Self::Assessor => vec![ASSESSMENTS],
            Self::Watch | Self::Weigh => vec![DECISIONS],
        }
    }

    fn new_stage(self, place: (u32, u32)) -> Box<dyn Stage<Record = Message>> {
        match self {
            Self::Register => Box::new(RegisterStage::new(place, Bucket::Day)),
            Self::Docket => Box::new(DocketStage::default()),
            Self::Assessor => Box::new(AssessorStage::new(place, Statistic::Off)),
            Self::Watch => Box::new(SentinelStage::part(Part::Watch, place.0)),
            Self::Weigh => Box::new(SentinelStage::part(Part::Weigh, place.0)),
        }
    }

    /// Which origin a task is in its targets: of two stages that write one topic the origins of the second follow.
    const fn origin(self, (place, of): (u32, u32)) -> u32 {
        match self {
            Self::Register | Self::Assessor | Self::Watch => place,
            Self::Docket | Self::Weigh => of + place,
        }
    }

    /// The task of partition `place.0` of `place.1`, and a stage that knows nothing.
    #[must_use]
    pub fn hand(self, place: (u32, u32)) -> Hand<Message> {
        let targets = self.written().into_iter().map(|topic| Target { topic, origins: writers(topic) * place.1 });
        let plan = TaskPlan {
            name: format!("{}/{}", self.name(), place.0),
            stage: self.stage(),
            origin: self.origin(place),
            inputs: self.inputs(place.0),
            targets: targets.collect(),
            generation: GENERATION,
            judgement: judgement(),
            held_bytes_max: HELD_BYTES_MAX,
        };
        (plan, self.new_stage(place))
    }
}
