//! What a running process counts about itself, and the one door by which outputs become samples.
//!
//! It is fed after a commit and with what was said aloud: never by a replay, never by a silent re-run. Every member of a closed set of
//! labels stands at 0 from the start. What must never enter: a decision that looks at a count.

use crate::{
    closed::{DELIVERY_RESULTS, DeliveryResult, OUTCOMES, Outcome, REASONS, Service, Stage},
    declared::{BUILD_INFO, COMMIT, DELIVERIES, DUPLICATES, LAG, LATE, MARK, OUTBOX, RECORDS, REFUSED, SOURCE_AGE},
    exposition::Families,
    metric::{Kind, Metric},
    table::Table,
};
use prometheus::{Histogram, HistogramOpts, core::Collector, process_collector::ProcessCollector};
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use vocab::{
    name::SourceId,
    record::Refused,
    tally::LedgerLine,
    time::{TICKS_PER_SECOND, Tick},
};

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
    /// What became of admitted messages changed.
    Ledger(&'a LedgerLine),
    /// How many entries of a partition (topic, number) are still to be read.
    Lag(&'a str, u32, u64),
    /// An origin of a topic has promised that a tick is complete.
    Mark(&'a str, u32, Tick),
    /// A commit took this long.
    Committed(Duration),
    /// So many transitions wait for a receiver.
    Outbox(&'a str, u64),
    /// An attempt at a delivery ended.
    Delivered(&'a str, DeliveryResult),
    /// The read model was at the end of its source so long ago.
    SourceAge(Duration),
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
    late: Table,
    duplicates: Table,
    lag: Table,
    mark: Table,
    outbox: Table,
    deliveries: Table,
    source_age: Table,
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
        for stage in service.stages() {
            OUTCOMES.iter().for_each(|outcome| tables.records.add(&[stage.as_str(), outcome], 0.0));
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
            Output::Ledger(line) => tables.ledger(line),
            Output::Lag(topic, partition, records) => tables.lag.set(&[topic, &partition.to_string()], real(records)),
            Output::Mark(topic, origin, tick) => tables.mark.set(&[topic, &origin.to_string()], seconds(tick)),
            Output::Committed(took) => self.commit.iter().for_each(|commit| commit.observe(took.as_secs_f64())),
            Output::Outbox(receiver, records) => {
                tables.know_receiver(receiver);
                tables.outbox.set(&[receiver], real(records));
            }
            Output::Delivered(receiver, result) => {
                tables.know_receiver(receiver);
                tables.deliveries.add(&[receiver, result.as_str()], 1.0);
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
            late: Table::new(&LATE),
            duplicates: Table::new(&DUPLICATES),
            lag: Table::new(&LAG),
            mark: Table::new(&MARK),
            outbox: Table::new(&OUTBOX),
            deliveries: Table::new(&DELIVERIES),
            source_age: Table::new(&SOURCE_AGE),
            sources: BTreeSet::new(),
            receivers: BTreeSet::new(),
        }
    }

    fn all(&self) -> [&Table; 10] {
        [
            &self.build,
            &self.records,
            &self.refused,
            &self.late,
            &self.duplicates,
            &self.lag,
            &self.mark,
            &self.outbox,
            &self.deliveries,
            &self.source_age,
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
const fn real(number: u64) -> f64 {
    number as f64
}

/// The end of a tick in seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "a tick of the years 1970 to 2199 has 36 bits")]
const fn seconds(tick: Tick) -> f64 {
    tick.0.saturating_add(1) as f64 / TICKS_PER_SECOND as f64
}
