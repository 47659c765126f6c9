//! Drives registers over admitted records, tick by tick, on any number of partitions.
//!
//! Also the packs that the tests let hold. Must never enter: an expectation.

use engine::{
    identity,
    register::{Bucket, Output, Register, is_broadcast},
};
use std::{collections::BTreeMap, sync::Arc};
use vocab::{
    event::{Body, Event, Operation, PackActivation, Purpose},
    name::{ActorId, Label, RegimeId, SourceId, SourceRecordId},
    pack::{Basis, CompletenessRule, Direction, ExposureRule, Jurisdiction, Jurisdictions, Measure, Pack, Policy, Pool, Severity},
    quantity::Unit,
    record::{Admitted, Flags, PackHash},
    time::{Day, Occurred, Tick},
};

/// The regime of every test.
pub(crate) const REGIME: &str = "dprk";

/// A pack that lists jurisdictions and measures; a measure may say from when and until when it holds: `2397/9:2018-01-01..2019-01-01`.
pub(crate) fn pack(version: u32, jurisdictions: &[&str], measures: &[&str], horizon_weeks: u16) -> Pack {
    let mut jurisdictions: Vec<_> = jurisdictions
        .iter()
        .map(|code| Jurisdiction {
            code: vocab::name::JurisdictionCode::parse(code).unwrap(),
            title: Label::parse(code).unwrap(),
            neighbours: Vec::new(),
        })
        .collect();
    jurisdictions.sort_by(|one, next| one.code.cmp(&next.code));
    let mut measures: Vec<_> = measures.iter().map(|text| measure(text)).collect();
    measures.sort_by(|one, next| one.id.cmp(&next.id));
    Pack {
        regime: RegimeId::parse(REGIME).unwrap(),
        title: Label::parse("a pack").unwrap(),
        version,
        hash: PackHash::default(),
        first_week: None,
        measures,
        jurisdictions: Jurisdictions::Listed(jurisdictions),
        feeds: Vec::new(),
        effort_strata: Vec::new(),
        exposure: ExposureRule::Reported,
        calendar: Vec::new(),
        erosion: None,
        interventions: Vec::new(),
        obligations: Vec::new(),
        watches: Vec::new(),
        policy: policy(horizon_weeks),
    }
}

fn measure(text: &str) -> Measure {
    let (id, span) = text.split_once(':').unwrap_or((text, ".."));
    let (from, to) = span.split_once("..").unwrap();
    let (id, weighed_in) = id
        .split_once('#')
        .map_or((id, None), |(id, unit)| (id, [Unit::Tonne, Unit::Kilogram].into_iter().find(|one| one.as_str() == unit)));
    let label = |text| Label::parse(text).unwrap();
    Measure {
        id: vocab::name::MeasureId::parse(id).unwrap(),
        title: label(id),
        instrument: label("an instrument"),
        basis: Basis::Read,
        issuer: label("a council"),
        purpose: Purpose::Unknown,
        hs_scope: Vec::new(),
        direction: Direction::Any,
        unit: Unit::Count,
        weighed_in,
        from: Day::parse(from).ok(),
        to: Day::parse(to).ok(),
    }
}

fn policy(horizon_weeks: u16) -> Policy {
    Policy {
        false_alarms_per_series_year: 0.1,
        slip_sizes: [0.2, 0.3, 0.5, 0.7, 0.9],
        drift_per_week: [0.005, 0.01],
        lookback_weeks: 52,
        guard_weeks: 4,
        min_reported_share: 0.5,
        silence_hold_weeks: 8,
        silence_grace_weeks: 2,
        outage_cap_sd: 3.0,
        pool: Pool::Off,
        recovered_at: 0.9,
        recovery_evidence: 3.0,
        fade_weeks: 26,
        recall_weeks: 26,
        merge_weeks: 4,
        escalation: 3.0,
        horizon_weeks,
        effort_severity: Severity::Warning,
        completeness: CompletenessRule::Estimated,
        reference: None,
    }
}

/// The event that activates a pack.
pub(crate) fn activation(pack: &Pack, revision: u32, day: Day) -> Event {
    Event {
        regime: pack.regime.clone(),
        source: SourceId::parse("operator").unwrap(),
        source_record_id: SourceRecordId::parse(&format!("pack-{}", pack.version)).unwrap(),
        revision,
        operation: Operation::Assert,
        occurred: Occurred::on(day),
        reported: None,
        count: 1,
        jurisdiction: None,
        measures: Vec::new(),
        stratum: None,
        body: Body::PackActivated(PackActivation {
            bytes: Arc::from(pack.version.to_string().as_bytes()),
            pack: Some(Arc::new(pack.clone())),
            who: ActorId::parse("ann").unwrap(),
            why: Label::parse("new rules").unwrap(),
        }),
        context: None,
    }
}

/// Admits an event at a tick.
pub(crate) fn admitted(event: Event, known: Tick) -> Admitted {
    Admitted {
        id: identity::record(&event.source, &event.source_record_id),
        content: identity::content(&event),
        case: event.case().map(|case| identity::case(&event.regime, case)),
        known,
        origin: 1,
        flags: Flags::default(),
        event: Arc::new(event),
    }
}

/// A log: the records of each tick.
pub(crate) type Log = BTreeMap<Tick, Vec<Admitted>>;

/// Puts records into the ticks in which they became known.
pub(crate) fn log(records: impl IntoIterator<Item = Admitted>) -> Log {
    let mut log = Log::new();
    for record in records {
        log.entry(record.known).or_default().push(record);
    }
    log
}

/// How a log is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) partitions: u32,
    pub(crate) bucket: Bucket,
    /// Pass is called after every so many ticks.
    pub(crate) pace: usize,
    /// Every so many ticks all is saved, forgotten and restored; 0 for never.
    pub(crate) restore: usize,
}

impl Manner {
    pub(crate) const PLAIN: Self = Self { partitions: 1, bucket: Bucket::Day, pace: 1, restore: 0 };
}

/// Everything that the registers say of a log, partition after partition.
pub(crate) fn run(log: &Log, manner: Manner) -> Vec<Output> {
    (0..manner.partitions).flat_map(|partition| run_one(log, manner, partition)).collect()
}

fn run_one(log: &Log, manner: Manner, partition: u32) -> Vec<Output> {
    let mut register = Register::new(partition, manner.partitions, manner.bucket);
    let mut stored = BTreeMap::new();
    let mut out = Vec::new();
    for (n, (tick, records)) in log.iter().enumerate() {
        let mut mine: Vec<&Admitted> = records
            .iter()
            .filter(|record| is_broadcast(&record.event.body) || identity::home(record.id, manner.partitions) == partition)
            .collect();
        mine.sort_by_key(|record| (record.id, record.event.revision, record.content));
        register.step(*tick, &mine, &mut out);
        if n % manner.pace == 0 {
            register.pass(*tick, &mut out);
        }
        if manner.restore > 0 && n % manner.restore == 0 {
            store(&mut register, &mut stored);
            register = Register::restore(partition, manner.partitions, manner.bucket, pages(&stored)).unwrap();
        }
    }
    register.pass(Tick(i64::MAX / 2), &mut out);
    out
}

/// Stores the pages due.
pub(crate) fn store(register: &mut Register, stored: &mut BTreeMap<String, Vec<u8>>) {
    for change in register.pages_due() {
        match change.body {
            Some(body) => stored.insert(change.key, body),
            None => stored.remove(&change.key),
        };
    }
}

/// What is stored, as pages.
pub(crate) fn pages(stored: &BTreeMap<String, Vec<u8>>) -> Vec<engine::page::Page> {
    stored.iter().map(|(key, body)| engine::page::Page { key: key.clone(), body: body.clone() }).collect()
}
