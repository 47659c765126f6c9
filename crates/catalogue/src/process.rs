//! What a running process counts about itself, and the one door by which outputs become samples.
//!
//! It is fed after a commit and with what was said aloud: never by a replay, never by a silent re-run. Every member of a closed set of
//! labels stands at 0 from the start. What must never enter: a decision that looks at a count.

use crate::{
    closed::{
        CAUSES, Cause, DELIVERY_RESULTS, DeliveryResult, LEAPS, Leap, MOVES, Move, OUTCOMES, Outcome, REASONS, RELOADS, Reload, Service,
        Stage,
    },
    declared::{
        BUILD_INFO, CHECKPOINT_AGE, CLOCK_LEAPS, COMMIT, CONFIG_RELOADED, CONFIG_RELOADS, DELIVERIES, DOOR_REFUSED, DUPLICATES, LATE,
        LOG_FAILURES, OUTBOX, PARTITION_MOVES, RECORDS, REFUSED, SOURCE_AGE, SOURCE_SKEW,
    },
    exposition::Families,
    metric::{Kind, Metric},
    reading::{Input, Mark, Readings},
    table::Table,
};
use prometheus::{Histogram, HistogramOpts, core::Collector, process_collector::ProcessCollector};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use vocab::{name::SourceId, record::Refused, tally::LedgerLine};

/// The source of a record that does not name one.
const UNNAMED: &str = "__unnamed__";

/// The revision a program was built from, where the build says it in `SLIPWATCH_REVISION`.
pub const REVISION: &str = match option_env!("SLIPWATCH_REVISION") {
    Some(revision) => revision,
    None => "unknown",
};

/// What a process says it did: after the commit that made it so.
#[derive(Clone, Copy, Debug)]
pub enum Output<'a> {
    /// Records of a stage.
    Records(Stage, Outcome, u64),
    /// A record was turned away. (Its stage counts it as well.)
    Refused(&'a Refused),
    /// The door for feeds turned a message away, for this reason.
    TurnedAway(&'a str),
    /// What became of admitted messages changed.
    Ledger(&'a LedgerLine),
    /// How far a stage has read each of its inputs: what was said of the stage before holds no more.
    Inputs(Stage, &'a [Input<'a>]),
    /// What a stage knows of each origin's promise: what was said of the stage before holds no more.
    Marks(Stage, &'a [Mark<'a>]),
    /// How long ago the state of a stage was saved, of the task for which that is longest; none while it has no task.
    CheckpointAge(Stage, Option<Duration>),
    /// The log did not do what it was asked to.
    Failed(Cause),
    /// So many partitions came or went.
    Moved(Move, u64),
    /// A commit took this long.
    Committed(Duration),
    /// So many transitions wait for a receiver.
    Outbox(&'a str, u64),
    /// An attempt at a delivery ended.
    Delivered(&'a str, DeliveryResult),
    /// How long, at least, after the time that each source gives a report it was admitted, seconds: what was said before holds no more.
    Skews(&'a [(SourceId, f64)]),
    /// The host's clock leapt.
    Leapt(Leap),
    /// The read model was at the end of its source so long ago.
    SourceAge(Duration),
    /// The configuration was read again.
    Reloaded(Reload),
}

/// The numbers of a process.
pub struct Process {
    tables: Mutex<Tables>,
    /// None where nothing is committed.
    commit: Option<Histogram>,
    system: ProcessCollector,
}

struct Tables {
    build: Table,
    records: Table,
    refused: Table,
    turned_away: Table,
    late: Table,
    duplicates: Table,
    skew: Table,
    leaps: Table,
    failures: Table,
    moves: Table,
    checkpoint: Table,
    readings: Readings,
    outbox: Table,
    deliveries: Table,
    source_age: Table,
    reloads: Table,
    reloaded: Table,
    /// Feeds and receivers whose closed labels stand at 0 already.
    sources: BTreeSet<String>,
    receivers: BTreeSet<String>,
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process").finish_non_exhaustive()
    }
}

impl Process {
    /// The numbers of a service that has done nothing yet. `revision` is what it was built from, or `unknown`.
    #[must_use]
    pub fn new(service: Service, version: &str, revision: &str) -> Self {
        let mut tables = Tables::new();
        tables.build.set(&[version, revision], 1.0);
        RELOADS.iter().for_each(|outcome| tables.reloads.add(&[outcome], 0.0));
        tables.reloaded.set(&[], 1.0);
        for stage in service.stages() {
            OUTCOMES.iter().for_each(|outcome| tables.records.add(&[stage.as_str(), outcome], 0.0));
        }
        if service.stamps() {
            LEAPS.iter().for_each(|one| tables.leaps.add(&[one], 0.0));
            REASONS.iter().for_each(|reason| tables.turned_away.add(&[reason], 0.0));
        }
        if service.commits() {
            CAUSES.iter().for_each(|cause| tables.failures.add(&[cause], 0.0));
        }
        if service.joins_groups() {
            MOVES.iter().for_each(|one| tables.moves.add(&[one], 0.0));
        }
        let commit = service.commits().then(commit);
        Self { tables: Mutex::new(tables), commit, system: ProcessCollector::for_self() }
    }

    /// Names the feeds that are expected: their counts stand at 0 before the first record.
    pub fn expect_sources<'a>(&self, sources: impl IntoIterator<Item = &'a SourceId>) {
        let mut tables = self.tables();
        sources.into_iter().for_each(|source| tables.know_source(source.as_str()));
    }

    /// Names the receivers that are configured: their counts stand at 0 before the first delivery.
    pub fn expect_receivers<'a>(&self, receivers: impl IntoIterator<Item = &'a str>) {
        let mut tables = self.tables();
        receivers.into_iter().for_each(|receiver| tables.know_receiver(receiver));
    }

    /// Turns an output into samples.
    pub fn observe(&self, output: Output<'_>) {
        let mut tables = self.tables();
        match output {
            Output::Records(stage, outcome, records) => tables.records.add(&[stage.as_str(), outcome.as_str()], real(records)),
            Output::Refused(refused) => tables.refuse(refused),
            Output::TurnedAway(reason) => tables.turned_away.add(&[reason], 1.0),
            Output::Ledger(line) => tables.ledger(line),
            Output::Inputs(stage, inputs) => tables.readings.inputs(stage, inputs),
            Output::Marks(stage, marks) => tables.readings.marks(stage, marks),
            Output::CheckpointAge(stage, Some(age)) => tables.checkpoint.set(&[stage.as_str()], age.as_secs_f64()),
            Output::CheckpointAge(stage, None) => tables.checkpoint.remove(&[stage.as_str()]),
            Output::Failed(cause) => tables.failures.add(&[cause.as_str()], 1.0),
            Output::Moved(how, partitions) => tables.moves.add(&[how.as_str()], real(partitions)),
            Output::Committed(took) => self.commit.iter().for_each(|commit| commit.observe(took.as_secs_f64())),
            Output::Outbox(receiver, records) => {
                tables.know_receiver(receiver);
                tables.outbox.set(&[receiver], real(records));
            }
            Output::Delivered(receiver, result) => {
                tables.know_receiver(receiver);
                tables.deliveries.add(&[receiver, result.as_str()], 1.0);
            }
            Output::Skews(skews) => {
                tables.skew = Table::new(&SOURCE_SKEW);
                skews.iter().for_each(|(source, seconds)| tables.skew.set(&[source.as_str()], *seconds));
            }
            Output::Leapt(way) => tables.leaps.add(&[way.as_str()], 1.0),
            Output::Reloaded(reload) => {
                tables.reloads.add(&[reload.as_str()], 1.0);
                tables.reloaded.set(&[], if reload == Reload::Applied { 1.0 } else { 0.0 });
            }
            Output::SourceAge(age) => tables.source_age.set(&[], age.as_secs_f64()),
        }
    }

    /// All samples as they are.
    #[must_use]
    pub fn families(&self) -> Families {
        let tables = self.tables();
        let mut families = Families::default();
        tables.all().into_iter().for_each(|table| families.take(table));
        tables.readings.tables().iter().for_each(|table| families.take(table));
        drop(tables);
        families.extend(self.commit.iter().flat_map(Collector::collect));
        families.extend(self.system.collect());
        families
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A count that somebody panicked over is still the count.
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    const fn new() -> Self {
        Self {
            build: Table::new(&BUILD_INFO),
            records: Table::new(&RECORDS),
            refused: Table::new(&REFUSED),
            turned_away: Table::new(&DOOR_REFUSED),
            late: Table::new(&LATE),
            duplicates: Table::new(&DUPLICATES),
            skew: Table::new(&SOURCE_SKEW),
            leaps: Table::new(&CLOCK_LEAPS),
            failures: Table::new(&LOG_FAILURES),
            moves: Table::new(&PARTITION_MOVES),
            checkpoint: Table::new(&CHECKPOINT_AGE),
            readings: Readings::new(),
            outbox: Table::new(&OUTBOX),
            deliveries: Table::new(&DELIVERIES),
            source_age: Table::new(&SOURCE_AGE),
            reloads: Table::new(&CONFIG_RELOADS),
            reloaded: Table::new(&CONFIG_RELOADED),
            sources: BTreeSet::new(),
            receivers: BTreeSet::new(),
        }
    }

    fn all(&self) -> [&Table; 16] {
        [
            &self.build,
            &self.records,
            &self.refused,
            &self.turned_away,
            &self.late,
            &self.duplicates,
            &self.skew,
            &self.leaps,
            &self.failures,
            &self.moves,
            &self.checkpoint,
            &self.outbox,
            &self.deliveries,
            &self.source_age,
            &self.reloads,
            &self.reloaded,
        ]
    }

    fn know_source(&mut self, source: &str) {
        if is_new(&mut self.sources, source, LATE.samples_max) {
            REASONS.iter().for_each(|reason| self.refused.add(&[source, reason], 0.0));
            self.late.add(&[source], 0.0);
            self.duplicates.add(&[source], 0.0);
        }
    }

    fn know_receiver(&mut self, receiver: &str) {
        if is_new(&mut self.receivers, receiver, OUTBOX.samples_max) {
            self.outbox.set(&[receiver], 0.0);
            DELIVERY_RESULTS.iter().for_each(|result| self.deliveries.add(&[receiver, result], 0.0));
        }
    }

    fn refuse(&mut self, refused: &Refused) {
        let source = refused.source.as_ref().map_or(UNNAMED, SourceId::as_str);
        self.know_source(source);
        self.refused.add(&[source, refused.reason.code()], 1.0);
    }

    /// A counter takes what was added: that a duplicate is later called superseded makes it no less of one.
    fn ledger(&mut self, line: &LedgerLine) {
        let source = line.source.as_str();
        self.know_source(source);
        self.late.add(&[source], real(line.change.late.max(0).unsigned_abs()));
        self.duplicates.add(&[source], real(line.change.duplicates.max(0).unsigned_abs()));
    }
}

/// Whether a name is met for the first time. Beyond `max` none is remembered, and none gets samples at 0.
fn is_new(known: &mut BTreeSet<String>, name: &str, max: usize) -> bool {
    known.len() < max && !known.contains(name) && known.insert(name.to_owned())
}

fn commit() -> Histogram {
    let Metric { name, help, kind, .. } = COMMIT;
    let bounds = match kind {
        Kind::Histogram(bounds) => bounds.to_vec(),
        Kind::Counter | Kind::Gauge => Vec::new(),
    };
    Histogram::with_opts(HistogramOpts::new(name, help).buckets(bounds)).expect("the catalogue's own name and rising bounds are accepted")
}

#[expect(clippy::cast_precision_loss, reason = "samples are reals; beyond 2^53 the last digits of a count say nothing")]
pub(crate) const fn real(number: u64) -> f64 {
    number as f64
}
