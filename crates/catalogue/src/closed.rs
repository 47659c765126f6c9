//! Closed sets of label values: stages, outcomes, reasons, verdicts and the like, each in one place.
//!
//! Words of the domain are taken from `vocab`, where they are defined. What must never enter: a value that comes in with a record.

use vocab::{
    alert::{AlertPhase, Rule},
    assessment::{Stream, Verdict},
    pack::Severity,
};

/// A running process, by the stages it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// Admits events and actions.
    Intake,
    /// Keeps records and cases.
    Casebook,
    /// Assesses jurisdictions.
    Assessor,
    /// Decides alerts.
    Sentinel,
    /// Delivers alerts.
    Herald,
    /// Shows what is known.
    Console,
    /// All of them in one process.
    Run,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::Intake, Self::Casebook, Self::Assessor, Self::Sentinel, Self::Herald, Self::Console, Self::Run];

    /// The word of the command that starts it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Casebook => "casebook",
            Self::Assessor => "assessor",
            Self::Sentinel => "sentinel",
            Self::Herald => "herald",
            Self::Console => "console",
            Self::Run => "run",
        }
    }

    /// Whether it writes outputs and positions: the console only reads.
    #[must_use]
    pub const fn commits(self) -> bool {
        match self {
            Self::Console => false,
            Self::Intake | Self::Casebook | Self::Assessor | Self::Sentinel | Self::Herald | Self::Run => true,
        }
    }

    /// Whether it takes part in consumer groups: the console reads topics alone, and `run` has no broker.
    #[must_use]
    pub const fn joins_groups(self) -> bool {
        match self {
            Self::Console | Self::Run => false,
            Self::Intake | Self::Casebook | Self::Assessor | Self::Sentinel | Self::Herald => true,
        }
    }

    /// Whether it reads the host's clock: only what admits does.
    #[must_use]
    pub const fn stamps(self) -> bool {
        match self {
            Self::Intake | Self::Run => true,
            Self::Casebook | Self::Assessor | Self::Sentinel | Self::Herald | Self::Console => false,
        }
    }

    /// The stages that run in it.
    #[must_use]
    pub const fn stages(self) -> &'static [Stage] {
        match self {
            Self::Intake => &[Stage::Intake],
            Self::Casebook => &[Stage::Register, Stage::Docket],
            Self::Assessor => &[Stage::Assessor],
            Self::Sentinel => &[Stage::Watch, Stage::Weigh],
            Self::Herald => &[Stage::Herald],
            Self::Console => &[Stage::Console],
            Self::Run => &[Stage::Intake, Stage::Register, Stage::Docket, Stage::Assessor, Stage::Watch, Stage::Weigh],
        }
    }
}

/// A step of the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Decodes, checks, stamps, routes.
    Intake,
    /// One story per record.
    Register,
    /// One story per case.
    Docket,
    /// One assessment per jurisdiction and week.
    Assessor,
    /// Rules on facts, by the tick.
    Watch,
    /// Decisions on assessments, by the day.
    Weigh,
    /// Deliveries.
    Herald,
    /// The read model.
    Console,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Intake, Self::Register, Self::Docket, Self::Assessor, Self::Watch, Self::Weigh, Self::Herald, Self::Console];

    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Register => "register",
            Self::Docket => "docket",
            Self::Assessor => "assessor",
            Self::Watch => "watch",
            Self::Weigh => "weigh",
            Self::Herald => "herald",
            Self::Console => "console",
        }
    }
}

/// What became of a record in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Read and stepped through.
    Taken,
    /// Written for the next stage.
    Emitted,
    /// Turned away, with reason, position and bytes.
    Refused,
    /// Dropped as one that was read before: at or before its origin's last mark.
    Repeated,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Taken, Self::Emitted, Self::Refused, Self::Repeated];

    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Emitted => "emitted",
            Self::Refused => "refused",
            Self::Repeated => "repeated",
        }
    }
}

/// How one attempt at a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryResult {
    /// The receiver took it.
    Delivered,
    /// It did not, and is asked again later.
    Retried,
    /// It never will: it said so, or the queue was full.
    Dead,
}

impl DeliveryResult {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Delivered, Self::Retried, Self::Dead];

    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retried => "retried",
            Self::Dead => "dead",
        }
    }
}

/// What ailed the log when it did not do what it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// A transaction was rolled back, or a task moved on in its midst; it is made again.
    RolledBack,
    /// The broker did not answer; it is asked again.
    Away,
    /// The broker refused it for want of credentials or rights; it is asked again.
    Denied,
    /// A certificate is not trusted, ours or the broker's; it is asked again.
    Untrusted,
    /// Another process runs under the same name, or holds the database.
    Fenced,
    /// The disk is full or failing.
    Disk,
    /// Something that does not pass: the log says what.
    Other,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 7] = [Self::RolledBack, Self::Away, Self::Denied, Self::Untrusted, Self::Fenced, Self::Disk, Self::Other];

    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RolledBack => "rolled_back",
            Self::Away => "away",
            Self::Denied => "denied",
            Self::Untrusted => "untrusted",
            Self::Fenced => "fenced",
            Self::Disk => "disk",
            Self::Other => "other",
        }
    }
}

/// How a reload of the configuration ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reload {
    /// What was said holds.
    Applied,
    /// It was refused whole, and the one before stays.
    Refused,
}

impl Reload {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Applied, Self::Refused];

    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Refused => "refused",
        }
    }
}

/// How a partition came or went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    /// The group gave it to this process.
    Gained,
    /// It was given back in order, behind a last commit.
    GivenBack,
    /// It was another's already.
    Lost,
}

impl Move {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gained, Self::GivenBack, Self::Lost];

    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::GivenBack => "given_back",
            Self::Lost => "lost",
        }
    }
}

/// Which way the host's clock leapt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Leap {
    /// It went on further than time did.
    Ahead,
    /// It was set back.
    Back,
}

impl Leap {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Ahead, Self::Back];

    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ahead => "ahead",
            Self::Back => "back",
        }
    }
}

/// The words of every member of a set, where they are defined.
macro_rules! words {
    ($set:ty) => {
        &{
            let mut words = [""; <$set>::ALL.len()];
            let mut at = 0;
            while at < words.len() {
                words[at] = <$set>::ALL[at].as_str();
                at += 1;
            }
            words
        }
    };
}

/// Values of `stage`.
pub const STAGES: &[&str] = words!(Stage);
/// Values of `outcome`.
pub const OUTCOMES: &[&str] = words!(Outcome);
/// Values of `result`.
pub const DELIVERY_RESULTS: &[&str] = words!(DeliveryResult);
/// Values of `cause`.
pub const CAUSES: &[&str] = words!(Cause);
/// Values of `reload`.
pub const RELOADS: &[&str] = words!(Reload);
/// Values of `move`.
pub const MOVES: &[&str] = words!(Move);
/// Values of `direction`.
pub const LEAPS: &[&str] = words!(Leap);
/// Values of `reason`: the codes of `vocab::record::Refusal`, whose members carry what was wrong and so cannot be listed.
pub const REASONS: &[&str] = &[
    "not_utf8",
    "undecodable",
    "too_deep",
    "too_large",
    "newer_version",
    "missing_field",
    "bad_field",
    "from_the_future",
    "wrong_input",
    "bad_pack",
    "broken_row",
];
/// Values of `rule`.
pub const RULES: &[&str] = words!(Rule);
/// Values of `severity`.
pub const SEVERITIES: &[&str] = &[Severity::Notice.as_str(), Severity::Warning.as_str(), Severity::Critical.as_str()];
/// Values of `phase`: those of an alert that stands. One that has ended is 0 in both.
pub const OPEN_PHASES: &[&str] = &[AlertPhase::Firing.as_str(), AlertPhase::Acknowledged.as_str()];
/// Values of `verdict`, worst first.
pub const VERDICTS: &[&str] = words!(Verdict);
/// Values of `stream`.
pub const STREAMS: &[&str] = words!(Stream);
/// Values of `bound`.
pub const BOUNDS: &[&str] = &["estimate", "low", "high"];
