//! What is seen over years and across places, in every message that carries it, with every field filled in somewhere.

use crate::samples;
use vocab::{
    alert::{Change, Digest, LongView, Look, LookFound, OverdueRow, Rule, Transition},
    assessment::{
        Around, Assessment, BeforeAfter, Erosion, ErosionState, ErosionTurn, FiredBy, Interval, Kind, LongLevel, MixShift, SeriesAssessment,
    },
    name::{CaseName, EventTypeName, JurisdictionCode, MeasureId, SourceId, SourceRecordId, Stratum},
    pack::Part,
    record::RecordId,
    series::{MeasureKey, SeriesKey},
    time::{Day, Tick, Week},
    watch::{About, Duty, DutyStanding, Incident, Watched, WatchedFact, WatchedMatter},
};

fn week(text: &str) -> Week {
    Week::parse(text).unwrap()
}

fn level(first: &str, last: &str, weeks: u32) -> LongLevel {
    LongLevel { first: week(first), last: week(last), weeks, inspections: 812_345, exposure: 260.75 }
}

fn erosion() -> Erosion {
    Erosion {
        state: ErosionState::Critical,
        turn: Some(ErosionTurn::Critical),
        ratio: Some(Interval { estimate: 0.71, low: 0.65, high: 0.78 }),
        reference: Some(level("2003-W01", "2007-W52", 261)),
        newest: Some(level("2010-W02", "2011-W01", 52)),
        late_acts: 17,
    }
}

fn gathering() -> Erosion {
    Erosion { state: ErosionState::Gathering, turn: None, ratio: None, reference: None, newest: None, late_acts: 0 }
}

fn mix(stratum: Option<&str>) -> MixShift {
    let stratum = stratum.map(|text| Stratum::parse(text).unwrap());
    MixShift { seen: week("2018-W04"), stratum, now: 0.375, before: 0.0, z: 41.5, total_ratio: 1.25 }
}

fn look(found: LookFound) -> Look {
    let quotient = Interval { estimate: -0.75, low: -1.5, high: -0.25 };
    let missing = JurisdictionCode::parse("BAY").unwrap();
    Look {
        label: samples::label("patrols of the strait"),
        series: samples::digest().rows[0].series.clone(),
        after_weeks: 104,
        treated: [400, 160],
        neighbours: [0, 480],
        controls: [900, 0],
        quotient: (found != LookFound::Unknown).then_some(quotient),
        missing: if found == LookFound::Unknown { vec![missing] } else { Vec::new() },
        found,
    }
}

pub(crate) fn assessment() -> Assessment {
    let counts = |id: &str, before, after| BeforeAfter { measure: MeasureId::parse(id).unwrap(), before, after };
    let around = |part, counts| Around { label: samples::label("patrols of the strait"), part, after_weeks: 12, counts };
    let mut assessment = samples::assessment();
    let [full, bare] = &mut assessment.series[..] else { panic!("two series") };
    *full = SeriesAssessment { erosion: Some(Box::new(erosion())), mix: Some(Box::new(mix(Some("WARN")))), ..full.clone() };
    *bare = SeriesAssessment { erosion: Some(Box::new(gathering())), mix: Some(Box::new(mix(None))), ..bare.clone() };
    assessment.around = vec![around(Part::Neighbour, vec![counts("coal", 12, 0), counts("oil", 0, 7)]), around(Part::Control, Vec::new())];
    assessment
}

pub(crate) fn digest() -> Digest {
    Digest { looks: LookFound::ALL.map(look).into(), ..samples::digest() }
}

/// A digest with what is overdue: duties of one place, all of them and those of a measure.
pub(crate) fn digest_of_duties() -> Digest {
    let row = |measure, overdue| OverdueRow {
        series: SeriesKey { measure, ..samples::series() },
        duty: samples::label("disposal"),
        overdue,
        oldest: Day::parse("2020-03-07").unwrap(),
    };
    let coal = MeasureKey::One(MeasureId::parse("coal").unwrap());
    Digest { overdue: Some(vec![row(MeasureKey::Any, 3), row(coal, 2)]), ..samples::digest() }
}

/// A digest that knows of duties, none of which is overdue.
pub(crate) fn digest_of_none() -> Digest {
    Digest { overdue: Some(Vec::new()), ..samples::digest() }
}

/// A duty that stands so.
pub(crate) fn duty(standing: DutyStanding) -> Duty {
    Duty {
        name: samples::label("disposal"),
        case: CaseName::parse("case 7").unwrap(),
        opened: Day::parse("2020-02-01").unwrap(),
        last_day: Day::parse("2020-03-07").unwrap(),
        measures: vec![MeasureId::parse("coal").unwrap()],
        stratum: None,
        standing,
    }
}

/// An incident with all that it may say.
pub(crate) fn incident() -> Incident {
    Incident {
        event: EventTypeName::parse("inspection.refused").unwrap(),
        occurred: Day::parse("2020-03-01").unwrap(),
        source: SourceId::parse("customs").unwrap(),
        source_record_id: SourceRecordId::parse("R-1").unwrap(),
        measures: Vec::new(),
        stratum: Some(Stratum::parse("BOARDING").unwrap()),
        count: 2,
        case: Some(CaseName::parse("case 7").unwrap()),
    }
}

/// An alert on an incident and on duties in every standing.
fn watched() -> Watched {
    let by = RecordId([8; 16]);
    let met = Day::parse("2020-03-09").unwrap();
    let duties = [DutyStanding::Overdue, DutyStanding::MetLate(met, by), DutyStanding::Undone(by)]
        .map(|standing| WatchedMatter::Duty(duty(standing)));
    let facts = std::iter::once(WatchedMatter::Incident(incident())).chain(duties);
    Watched {
        rule: samples::label("refused-boarding"),
        action: samples::label("Call the desk of the flag State."),
        about: About::Jurisdiction,
        standing: 4,
        facts: facts.map(|what| WatchedFact { record: RecordId([7; 16]), known: Tick(6_000_000_001), what }).collect(),
    }
}

/// One transition of each rule that rests on such a view, by name.
pub(crate) fn transitions() -> [(&'static str, Transition); 4] {
    let told = |(rule, kind, change), long| {
        let mut transition = samples::transition(change);
        (transition.rule, transition.kind) = (rule, kind);
        (transition.evidence.stream, transition.evidence.long) = (None, Some(Box::new(long)));
        transition
    };
    let escalated = (Rule::EffortErosion, Kind::Erosion, Change::Escalated(FiredBy::Erosion));
    let fired = (Rule::DisplacementQuotient, Kind::Displacement, Change::Fired(FiredBy::Quotient));
    [
        ("erosion", told(escalated, LongView::Erosion(erosion()))),
        ("mix", told((Rule::DefinitionBreak, Kind::Definition, Change::Noted), LongView::Mix(mix(Some("WARN"))))),
        ("look", told(fired, LongView::Look(look(LookFound::Displaced)))),
        ("watched", told((Rule::Watch, Kind::Incident, Change::Fired(FiredBy::Fact)), LongView::Watched(watched()))),
    ]
}
