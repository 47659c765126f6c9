//! The metrics themselves: every series that any process exposes, beside those of `process_*`.
//!
//! Add one here, give it a sample in `process` or `regime`, and commit the snapshot. A name changes only with a release that says so: rules
//! and dashboards of others rest on it. What must never enter: a metric that nothing fills.

use crate::{
    closed::{
        BOUNDS, CAUSES, DELIVERY_RESULTS, LEAPS, MOVES, OPEN_PHASES, OUTCOMES, REASONS, RELOADS, SEVERITIES, STAGES, STREAMS, VERDICTS,
    },
    metric::{Beyond, Kind, Label, Metric},
};

/// The series that a console shows one by one.
pub const SERIES_MAX: usize = 5_000;
/// The alerts, by claim, that a console shows one by one.
pub const CLAIMS_MAX: usize = 2_000;
/// Feeds that are counted one by one.
pub const SOURCES_MAX: usize = 200;
/// Receivers that are counted one by one.
pub const RECEIVERS_MAX: usize = 200;

/// Seconds: from a commit of the embedded file to what the path to a delivered alert may take.
const COMMIT_SECONDS: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

const SERIES: &[Label] = &[Label::Regime, Label::Jurisdiction, Label::Measure];

/// Which program this is.
pub const BUILD_INFO: Metric = Metric {
    name: "slipwatch_build_info",
    kind: Kind::Gauge,
    help: "Always 1; the labels say which program this is.",
    labels: &[Label::Version, Label::Revision],
    samples_max: 1,
    beyond: Beyond::Greatest,
};

/// What a stage did with records.
pub const RECORDS: Metric = Metric {
    name: "slipwatch_records_total",
    kind: Kind::Counter,
    help: "Records of a stage, by what became of them: taken, emitted, refused, or repeated and so dropped.",
    labels: &[Label::Stage, Label::Outcome],
    samples_max: STAGES.len() * OUTCOMES.len(),
    beyond: Beyond::Sum,
};

/// What intake turned away.
pub const REFUSED: Metric = Metric {
    name: "slipwatch_refused_total",
    kind: Kind::Counter,
    help: "Records that intake turned away and kept; of those that name no feed that can be read, the source is __unnamed__.",
    labels: &[Label::Source, Label::Reason],
    samples_max: SOURCES_MAX * REASONS.len(),
    beyond: Beyond::Sum,
};

/// What the door for feeds turned away.
pub const DOOR_REFUSED: Metric = Metric {
    name: "slipwatch_door_refused_total",
    kind: Kind::Counter,
    help: "Messages handed in over HTTP that were no events: answered by their line, and kept nowhere.",
    labels: &[Label::Reason],
    samples_max: REASONS.len(),
    beyond: Beyond::Sum,
};

/// What came too late to count.
pub const LATE: Metric = Metric {
    name: "slipwatch_late_total",
    kind: Kind::Counter,
    help: "Records that came later than the horizon: kept in the late ledger, counted in no series.",
    labels: &[Label::Source],
    samples_max: SOURCES_MAX,
    beyond: Beyond::Sum,
};

/// What came again.
pub const DUPLICATES: Metric = Metric {
    name: "slipwatch_duplicates_total",
    kind: Kind::Counter,
    help: "Records that said again what was known: counted once.",
    labels: &[Label::Source],
    samples_max: SOURCES_MAX,
    beyond: Beyond::Sum,
};

/// How far a task is behind its input.
pub const LAG: Metric = Metric {
    name: "slipwatch_lag_records",
    kind: Kind::Gauge,
    help: "Records of a partition that are written and not yet read; of what is not yet fetched, the ends of transactions count as well.",
    labels: &[Label::Topic, Label::Partition],
    samples_max: 2_000,
    beyond: Beyond::Greatest,
};

/// Where a task goes on in its input.
pub const POSITION: Metric = Metric {
    name: "slipwatch_position_records",
    kind: Kind::Gauge,
    help: "Position up to which a partition is read, counted from its first record ever.",
    labels: &[Label::Topic, Label::Partition],
    samples_max: 2_000,
    beyond: Beyond::Least,
};

/// How long saved state has not been brought up to date.
pub const CHECKPOINT_AGE: Metric = Metric {
    name: "slipwatch_checkpoint_age_seconds",
    kind: Kind::Gauge,
    help: "Seconds since the state of a stage was saved or restored, of the task for which that is longest. Absent without tasks.",
    labels: &[Label::Stage],
    samples_max: STAGES.len(),
    beyond: Beyond::Greatest,
};

/// Tries that the log did not answer with success.
pub const LOG_FAILURES: Metric = Metric {
    name: "slipwatch_log_failures_total",
    kind: Kind::Counter,
    help: "Tries to read, write or commit that failed, by what ailed the log. What passes is tried again.",
    labels: &[Label::Cause],
    samples_max: CAUSES.len(),
    beyond: Beyond::Sum,
};

/// How restless the groups are.
pub const PARTITION_MOVES: Metric = Metric {
    name: "slipwatch_partition_moves_total",
    kind: Kind::Counter,
    help: "Partitions that the groups gave to this process, that it gave back, or that were another's already.",
    labels: &[Label::Move],
    samples_max: MOVES.len(),
    beyond: Beyond::Sum,
};

/// How far the clock of a source may be off.
pub const SOURCE_SKEW: Metric = Metric {
    name: "slipwatch_feed_skew_seconds",
    kind: Kind::Gauge,
    help: "Least time of the last hour from what a source calls the time of a report to its admission; negative: ahead. Absent if unsaid.",
    labels: &[Label::Source],
    samples_max: SOURCES_MAX,
    beyond: Beyond::Greatest,
};

/// How often the host's clock leapt.
pub const CLOCK_LEAPS: Metric = Metric {
    name: "slipwatch_clock_leaps_total",
    kind: Kind::Counter,
    help: "Times that the host's clock, which stamps records, leapt by 2 seconds or more. Stamps rise past every mark all the same.",
    labels: &[Label::Direction],
    samples_max: LEAPS.len(),
    beyond: Beyond::Sum,
};

/// How far an origin has promised completeness.
pub const MARK: Metric = Metric {
    name: "slipwatch_mark_timestamp_seconds",
    kind: Kind::Gauge,
    help: "The instant up to which an origin has said that nothing more will come; 0 while it was announced and has said nothing.",
    labels: &[Label::Topic, Label::Origin],
    samples_max: 2_000,
    beyond: Beyond::Least,
};

/// What a commit takes.
pub const COMMIT: Metric = Metric {
    name: "slipwatch_commit_duration_seconds",
    kind: Kind::Histogram(COMMIT_SECONDS),
    help: "How long a commit of outputs, positions and state took.",
    labels: &[],
    samples_max: 1,
    beyond: Beyond::Sum,
};

/// What waits for a receiver.
pub const OUTBOX: Metric = Metric {
    name: "slipwatch_outbox_records",
    kind: Kind::Gauge,
    help: "Transitions that wait for a receiver.",
    labels: &[Label::Receiver],
    samples_max: RECEIVERS_MAX,
    beyond: Beyond::Sum,
};

/// How deliveries ended.
pub const DELIVERIES: Metric = Metric {
    name: "slipwatch_deliveries_total",
    kind: Kind::Counter,
    help: "Attempts to deliver a transition, by how they ended: delivered, retried later, or dead.",
    labels: &[Label::Receiver, Label::Result],
    samples_max: RECEIVERS_MAX * DELIVERY_RESULTS.len(),
    beyond: Beyond::Sum,
};

/// How long the read model has not been at the end of its source.
pub const SOURCE_AGE: Metric = Metric {
    name: "slipwatch_source_age_seconds",
    kind: Kind::Gauge,
    help: "Seconds since the console last read its source to the end; the figures below are as old as that.",
    labels: &[],
    samples_max: 1,
    beyond: Beyond::Greatest,
};

/// What found no place of its own.
pub const OVERFLOW: Metric = Metric {
    name: "slipwatch_overflow_samples",
    kind: Kind::Gauge,
    help: "Samples that went to __other__ because their metric is full: of figures in this scrape, of counts since the start.",
    labels: &[Label::Metric],
    samples_max: 64,
    beyond: Beyond::Sum,
};

/// Effort against what exposure and season lead one to expect; 1 is normal.
pub const EFFORT_RATIO: Metric = Metric {
    name: "slipwatch_effort_ratio",
    kind: Kind::Gauge,
    help: "Inspections known over inspections expected to be known, last closed week. Absent while that is not known.",
    labels: SERIES,
    samples_max: SERIES_MAX,
    beyond: Beyond::Least,
};

/// The same over the newest 13 usable weeks, with its interval.
pub const EFFORT_RECENT_RATIO: Metric = Metric {
    name: "slipwatch_effort_recent_ratio",
    kind: Kind::Gauge,
    help: "Inspections over inspections expected, newest 13 usable weeks, with the limits of a 95 % interval. Absent while unknown.",
    labels: &[Label::Regime, Label::Jurisdiction, Label::Measure, Label::Bound],
    samples_max: SERIES_MAX * BOUNDS.len(),
    beyond: Beyond::Least,
};

/// Finds per inspection against what is expected; 1 is normal.
pub const YIELD_RATIO: Metric = Metric {
    name: "slipwatch_yield_ratio",
    kind: Kind::Gauge,
    help: "Interdictions known over interdictions expected from the inspections done, last closed week. Absent while unknown.",
    labels: SERIES,
    samples_max: SERIES_MAX,
    beyond: Beyond::Least,
};

/// The same over the newest 13 usable weeks, with its interval.
pub const YIELD_RECENT_RATIO: Metric = Metric {
    name: "slipwatch_yield_recent_ratio",
    kind: Kind::Gauge,
    help: "Interdictions over interdictions expected, newest 13 usable weeks, with the limits of a 95 % interval. Absent while unknown.",
    labels: &[Label::Regime, Label::Jurisdiction, Label::Measure, Label::Bound],
    samples_max: SERIES_MAX * BOUNDS.len(),
    beyond: Beyond::Least,
};

/// How much of the week is known.
pub const COMPLETENESS_RATIO: Metric = Metric {
    name: "slipwatch_completeness_ratio",
    kind: Kind::Gauge,
    help: "Share of the last closed week's inspections expected to be known by now. Absent while reports have stopped.",
    labels: SERIES,
    samples_max: SERIES_MAX,
    beyond: Beyond::Least,
};

/// How much speaks for a change.
pub const EVIDENCE_NATS: Metric = Metric {
    name: "slipwatch_evidence_nats",
    kind: Kind::Gauge,
    help: "Weight of evidence for a change of a stream, natural logarithm; divided by 2.303 it is in powers of ten.",
    labels: &[Label::Regime, Label::Jurisdiction, Label::Measure, Label::Stream],
    samples_max: SERIES_MAX * STREAMS.len(),
    beyond: Beyond::Greatest,
};

/// What a quiet verdict is worth.
pub const POWER_RATIO: Metric = Metric {
    name: "slipwatch_power_ratio",
    kind: Kind::Gauge,
    help: "Chance that a fall of effort by half would be seen within 26 weeks: what a quiet verdict is worth.",
    labels: SERIES,
    samples_max: SERIES_MAX,
    beyond: Beyond::Least,
};

/// How a series is judged.
pub const VERDICT: Metric = Metric {
    name: "slipwatch_verdict",
    kind: Kind::Gauge,
    help: "1 for the verdict of the series at the close of the last week, 0 for the others.",
    labels: &[Label::Regime, Label::Jurisdiction, Label::Measure, Label::Verdict],
    samples_max: SERIES_MAX * VERDICTS.len(),
    beyond: Beyond::Greatest,
};

/// Which alerts stand.
pub const ALERTS: Metric = Metric {
    name: "slipwatch_alerts",
    kind: Kind::Gauge,
    help: "Alerts that stand in this severity and phase; 0 where they have ended.",
    labels: &[Label::Regime, Label::Jurisdiction, Label::Measure, Label::Rule, Label::Severity, Label::Phase],
    samples_max: CLAIMS_MAX * SEVERITIES.len() * OPEN_PHASES.len(),
    beyond: Beyond::Sum,
};

/// What is owed and was not done in time.
pub const DUTIES_OVERDUE: Metric = Metric {
    name: "slipwatch_duties_overdue",
    kind: Kind::Gauge,
    help: "Duties past their last day that nothing has met, at the close of the last week; any counts each once. Absent without obligations.",
    labels: SERIES,
    samples_max: SERIES_MAX,
    beyond: Beyond::Sum,
};

/// How old the answers are.
pub const ANSWER_KNOWN: Metric = Metric {
    name: "slipwatch_answer_known_timestamp_seconds",
    kind: Kind::Gauge,
    help: "The instant as of which the figures of a jurisdiction are known: the close of its last week.",
    labels: &[Label::Regime, Label::Jurisdiction],
    samples_max: SERIES_MAX,
    beyond: Beyond::Least,
};

/// How often the configuration was read again.
pub const CONFIG_RELOADS: Metric = Metric {
    name: "slipwatch_config_reloads_total",
    kind: Kind::Counter,
    help: "Reloads of the configuration (SIGHUP): applied, or refused whole while the one before stays.",
    labels: &[Label::Reload],
    samples_max: RELOADS.len(),
    beyond: Beyond::Sum,
};

/// Whether what runs is what the file says.
pub const CONFIG_RELOADED: Metric = Metric {
    name: "slipwatch_config_last_reload_successful",
    kind: Kind::Gauge,
    help: "1 when the configuration that was read last holds, 0 when it was refused and the one before stays.",
    labels: &[],
    samples_max: 1,
    beyond: Beyond::Least,
};

/// What a process says of itself.
pub const PROCESS: &[&Metric] = &[
    &BUILD_INFO,
    &RECORDS,
    &REFUSED,
    &DOOR_REFUSED,
    &LATE,
    &DUPLICATES,
    &SOURCE_SKEW,
    &CLOCK_LEAPS,
    &LAG,
    &POSITION,
    &MARK,
    &COMMIT,
    &LOG_FAILURES,
    &PARTITION_MOVES,
    &CHECKPOINT_AGE,
    &OUTBOX,
    &DELIVERIES,
    &SOURCE_AGE,
    &CONFIG_RELOADS,
    &CONFIG_RELOADED,
    &OVERFLOW,
];

/// What the console says of regimes.
pub const REGIME: &[&Metric] = &[
    &EFFORT_RATIO,
    &EFFORT_RECENT_RATIO,
    &YIELD_RATIO,
    &YIELD_RECENT_RATIO,
    &COMPLETENESS_RATIO,
    &EVIDENCE_NATS,
    &POWER_RATIO,
    &VERDICT,
    &ALERTS,
    &DUTIES_OVERDUE,
    &ANSWER_KNOWN,
];

/// Every metric there is.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    PROCESS.iter().chain(REGIME).copied()
}

/// What the operating system says of a process: names of the library's own collector.
pub const OPERATING_SYSTEM: &[&str] = &[
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_threads",
    "process_virtual_memory_bytes",
];
