//! What the tests of the herald share: transitions, a log of alerts in a file, receivers that follow a script.
//!
//! Must never enter: an expectation.
#![expect(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod log;
pub(crate) mod receiver;
pub(crate) mod running;

use vocab::{
    alert::{AlertPhase, Change, Evidence, Grade, Rule, Transition},
    assessment::{ConditionPhase, Diagnosis, EvidenceOf, FiredBy, Interval, Kind, Modes, Onset, Power, Stream, StreamAssessment},
    name::{JurisdictionCode, MeasureId, RegimeId},
    pack::Severity,
    quantity::Unit,
    record::{AlertId, ClaimId, PackHash, RecordId, TransitionId},
    series::{MeasureKey, SeriesKey},
    time::{Day, Instant, Tick, Week},
};

/// The wall clock, for stamps of what a test decides "now".
pub(crate) fn now() -> Tick {
    Tick::of(herald::moment::Clock::start().wall())
}

/// An instant as a tick.
pub(crate) fn tick(text: &str) -> Tick {
    Tick::of(Instant::parse(text).unwrap())
}

/// What happened, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Fired,
    Escalated,
    Acknowledged,
    Reclassified,
    Recovered,
    Recalled,
}

/// Transition `n` of alert `alert`, decided at a tick.
pub(crate) fn transition(alert: u8, n: u32, told: Told, at: Tick) -> Transition {
    let interval = |estimate, low, high| Interval { estimate, low, high };
    let week = Week::parse("2020-W13").unwrap();
    let (change, phase) = change(told);
    let mut id = [alert; 16];
    id[12..].copy_from_slice(&n.to_be_bytes());
    Transition {
        id: TransitionId(id),
        alert: AlertId([alert; 16]),
        n,
        claim: ClaimId([alert; 16]),
        rule: Rule::Slippage,
        series: SeriesKey {
            regime: RegimeId::parse("trial").unwrap(),
            jurisdiction: JurisdictionCode::parse("XA").unwrap(),
            measure: MeasureKey::One(MeasureId::parse("2397/9").unwrap()),
            unit: Unit::Count,
        },
        opened: at.day(),
        at,
        change,
        phase,
        kind: if told == Told::Reclassified { Kind::Displacement } else { Kind::Effort },
        severity: if told == Told::Escalated { Severity::Critical } else { Severity::Warning },
        evidence: Evidence {
            week: Week::parse("2020-W15").unwrap(),
            seen: [8, 2, 190],
            completeness: Some(0.93),
            streams: vec![StreamAssessment {
                stream: Stream::Effort,
                phase: ConditionPhase::Firing,
                turn: None,
                expected: Some(interval(20.0, 12.0, 28.0)),
                evidence_nats: Some(7.82),
                own_evidence_nats: Some(7.82),
                by: EvidenceOf::Own,
                onset: Some(Onset { week, earliest: week, latest: week }),
                size: Some(interval(0.44, 0.24, 0.79)),
                recent: None,
                power: None,
                shares: Vec::new(),
            }],
            stream: Some(Stream::Effort),
            grade: Grade::Confirmed,
            ruled_out: Vec::new(),
            diagnosis: Diagnosis::Slippage,
            power: Power {
                half_in_26_weeks: 0.97,
                smallest_fall_in_13_weeks: Some(0.35),
                weeks_for_half: Some(6),
                weeks_for_30_percent: Some(9),
            },
            modes: Modes::default(),
            long: None,
        },
        coincides: Vec::new(),
        previous: None,
        judgement: 2,
        pack: PackHash([4; 32]),
    }
}

fn change(told: Told) -> (Change, AlertPhase) {
    let name = |text: &str| vocab::name::Label::parse(text).unwrap();
    match told {
        Told::Fired => (Change::Fired(FiredBy::Evidence), AlertPhase::Firing),
        Told::Escalated => (Change::Escalated(FiredBy::Evidence), AlertPhase::Firing),
        Told::Acknowledged => {
            let who = vocab::name::ActorId::parse("ana").unwrap();
            let until = Instant::parse("2030-01-01T00:00:00Z").unwrap();
            (Change::Acknowledged { who, why: name("asked the port"), until }, AlertPhase::Acknowledged)
        }
        Told::Reclassified => (Change::Reclassified { from: Kind::Effort, to: Kind::Displacement }, AlertPhase::Firing),
        Told::Recovered => (Change::Recovered(Week::parse("2020-W20").unwrap()), AlertPhase::Resolved),
        Told::Recalled => (Change::Recalled { undone_by: vec![RecordId([9; 16])], withdrawn: 3 }, AlertPhase::Recalled),
    }
}

/// A day of history.
pub(crate) fn day(text: &str) -> Tick {
    Day::parse(text).unwrap().last_tick()
}
