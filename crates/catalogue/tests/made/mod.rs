//! Assessments made by hand: what tests and the benchmark render.
//!
//! What must never enter: a figure that depends on where it is used.

use vocab::{
    assessment::{
        Assessment, ConditionPhase, Diagnosis, EvidenceOf, Interval, Modes, Power, SeriesAssessment, Stream, StreamAssessment, Verdict,
    },
    name::{JurisdictionCode, MeasureId, RegimeId},
    quantity::Unit,
    record::{AssessmentId, PackHash},
    series::MeasureKey,
    time::{Day, Week},
};

fn interval(estimate: f64) -> Interval {
    Interval { estimate, low: estimate / 2.0, high: estimate * 2.0 }
}

/// Seen three times in four.
pub(crate) fn power() -> Power {
    Power { half_in_26_weeks: 0.75, smallest_fall_in_13_weeks: None, weeks_for_half: None, weeks_for_30_percent: None }
}

fn stream(stream: Stream, expected: f64) -> StreamAssessment {
    StreamAssessment {
        stream,
        phase: ConditionPhase::Quiet,
        turn: None,
        expected: Some(interval(expected)),
        evidence_nats: Some(1.5),
        own_evidence_nats: None,
        by: EvidenceOf::Own,
        onset: None,
        size: None,
        recent: Some(interval(0.5)),
        power: None,
        shares: Vec::new(),
    }
}

/// A series: 12 inspections of 24 expected, 3 interdictions of 4.
pub(crate) fn series(measure: &str, verdict: Verdict) -> SeriesAssessment {
    SeriesAssessment {
        measure: MeasureKey::One(MeasureId::parse(measure).expect("a good name")),
        unit: Unit::Count,
        verdict,
        seen: [12, 3, 0],
        completeness: Some(0.9),
        nowcast: None,
        streams: vec![stream(Stream::Effort, 24.0), stream(Stream::Yield, 4.0)],
        diagnosis: Diagnosis::Steady,
        power: power(),
        modes: Modes::default(),
        erosion: None,
        mix: None,
        consignment: None,
    }
}

/// The assessment of a jurisdiction for week 10.
pub(crate) fn assessment(jurisdiction: &str, series: Vec<SeriesAssessment>) -> Assessment {
    Assessment {
        id: AssessmentId::default(),
        regime: RegimeId::parse("dprk").expect("a good name"),
        jurisdiction: JurisdictionCode::parse(jurisdiction).expect("a good name"),
        week: Week(10),
        day: Day(73),
        judgement: 1,
        pack: PackHash::default(),
        silent: Vec::new(),
        held: None,
        pooled: Vec::new(),
        series,
        around: Vec::new(),
    }
}
