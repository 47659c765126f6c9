//! What a metric is: name, kind, help, labels, budget.
//!
//! Labels are a closed enum, and most of their values are too; only what a pack, a feed's registration or a configuration names is
//! open. What must never enter: a value, a particular metric (those stand in `declared`).

use crate::closed::{
    BOUNDS, CAUSES, DELIVERY_RESULTS, LEAPS, MOVES, OPEN_PHASES, OUTCOMES, REASONS, RELOADS, RULES, SEVERITIES, STAGES, STREAMS, VERDICTS,
};
use vocab::name::NAME_BYTES_MAX;

/// The value of an open label beyond the budget of its metric.
pub const OTHER: &str = "__other__";

/// A metric as it is declared.
#[derive(Debug, PartialEq)]
pub struct Metric {
    /// Its full name.
    pub name: &'static str,
    /// What sort of number it is.
    pub kind: Kind,
    /// What it says, in a sentence, for whoever explores.
    pub help: &'static str,
    /// Its labels, in the order in which values are given.
    pub labels: &'static [Label],
    /// How many samples it may have beside those of `__other__`.
    pub samples_max: usize,
    /// What `__other__` says of the samples it holds.
    pub beyond: Beyond,
}

/// What sort of number a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Never falls while the process lives.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts by upper bound, in the unit of the name.
    Histogram(&'static [f64]),
}

impl Kind {
    /// The word of the exposition formats.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// How samples are put together that find no place of their own: so that the worst is never hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// Their sum.
    Sum,
    /// The smallest of them.
    Least,
    /// The largest of them.
    Greatest,
}

impl Beyond {
    /// Two samples as one.
    #[must_use]
    pub fn join(self, one: f64, other: f64) -> f64 {
        match self {
            Self::Sum => one + other,
            Self::Least => one.min(other),
            Self::Greatest => one.max(other),
        }
    }
}

/// Every label there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A sanctions regime.
    Regime,
    /// A jurisdiction, as the pack lists it.
    Jurisdiction,
    /// A measure, as the pack lists it; with `#unit` behind it where it is not counted one by one.
    Measure,
    /// A stage of the pipeline.
    Stage,
    /// What became of a record in a stage.
    Outcome,
    /// A feed.
    Source,
    /// Why a record was turned away.
    Reason,
    /// A topic.
    Topic,
    /// A partition of a topic.
    Partition,
    /// An origin of marks.
    Origin,
    /// A receiver of notifications.
    Receiver,
    /// How a delivery ended.
    Result,
    /// What ailed the log.
    Cause,
    /// How a reload of the configuration ended.
    Reload,
    /// How a partition came or went.
    Move,
    /// Which way the host's clock leapt.
    Direction,
    /// The rule of an alert.
    Rule,
    /// How grave an alert is.
    Severity,
    /// Where an alert stands.
    Phase,
    /// The judgement of a series.
    Verdict,
    /// A ratio of a series and its side.
    Stream,
    /// The estimate of an interval, or one of its limits.
    Bound,
    /// A metric, by its name.
    Metric,
    /// The version of the program.
    Version,
    /// The revision it was built from.
    Revision,
}

impl Label {
    /// Its name in samples and queries.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Regime => "regime",
            Self::Jurisdiction => "jurisdiction",
            Self::Measure => "measure",
            Self::Stage => "stage",
            Self::Outcome => "outcome",
            Self::Source => "source",
            Self::Reason => "reason",
            Self::Topic => "topic",
            Self::Partition => "partition",
            Self::Origin => "origin",
            Self::Receiver => "receiver",
            Self::Result => "result",
            Self::Cause => "cause",
            Self::Reload => "outcome",
            Self::Move => "move",
            Self::Direction => "direction",
            Self::Rule => "rule",
            Self::Severity => "severity",
            Self::Phase => "phase",
            Self::Verdict => "verdict",
            Self::Stream => "stream",
            Self::Bound => "bound",
            Self::Metric => "metric",
            Self::Version => "version",
            Self::Revision => "revision",
        }
    }

    /// All values it can have; none where a pack, a feed, a topic or a configuration names them.
    #[must_use]
    pub const fn closed(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Stage => Some(STAGES),
            Self::Outcome => Some(OUTCOMES),
            Self::Reason => Some(REASONS),
            Self::Result => Some(DELIVERY_RESULTS),
            Self::Cause => Some(CAUSES),
            Self::Reload => Some(RELOADS),
            Self::Move => Some(MOVES),
            Self::Direction => Some(LEAPS),
            Self::Rule => Some(RULES),
            Self::Severity => Some(SEVERITIES),
            Self::Phase => Some(OPEN_PHASES),
            Self::Verdict => Some(VERDICTS),
            Self::Stream => Some(STREAMS),
            Self::Bound => Some(BOUNDS),
            Self::Regime
            | Self::Jurisdiction
            | Self::Measure
            | Self::Source
            | Self::Topic
            | Self::Partition
            | Self::Origin
            | Self::Receiver
            | Self::Metric
            | Self::Version
            | Self::Revision => None,
        }
    }
}

/// A text as a label value. Characters that are not seen but change what is read (the direction of text, invisible ones, controls) become
/// their number, `\u202e`; a backslash is doubled, so that two names never become one. What is longer than a name is cut.
#[must_use]
pub fn label_text(text: &str) -> String {
    let mut value = String::with_capacity(text.len().min(NAME_BYTES_MAX));
    for (at, letter) in text.char_indices() {
        if at >= NAME_BYTES_MAX {
            value.push('…');
            break;
        }
        match letter {
            '\\' => value.push_str("\\\\"),
            letter if is_unseen(letter) => value.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => value.push(letter),
        }
    }
    value
}

/// Controls, marks of direction, and what takes no room: two labels with them look like one.
fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
