//! One value of every message and body, with every field filled in, so that a golden pair shows all of it.

use std::sync::Arc;
use vocab::{
    act::{Act, Answer, Deed, Outcome, Seen, Staleness},
    alert::{AlertPhase, Change, Decision, Digest, DigestRow, Evidence, Grade, Reason, Rule, RuledOut, Seal, Transition},
    assessment::{
        Assessment, ConditionPhase, Diagnosis, EvidenceOf, FiredBy, Hold, Interval, Kind, Modes, Onset, PoolShare, PooledEvidence, Power,
        SeriesAssessment, Stream, StreamAssessment, Turn, Verdict, WeekShare,
    },
    event::*,
    identifier::Checked,
    name::*,
    pack::Severity,
    place::Location,
    quantity::{Quantity, Unit},
    record::*,
    series::{Count, MeasureKey, SeriesKey},
    time::{Day, Instant, Occurred, Tick, Week},
};

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn week(text: &str) -> Week {
    Week::parse(text).unwrap()
}

fn instant(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

pub(crate) fn series() -> SeriesKey {
    SeriesKey {
        regime: RegimeId::parse("dprk").unwrap(),
        jurisdiction: JurisdictionCode::parse("KR").unwrap(),
        measure: MeasureKey::One(MeasureId::parse("2397/9").unwrap()),
        unit: Unit::Count,
    }
}

fn context() -> Context {
    Context {
        id: Some(label("018f-7a")),
        authority: Some(label("KR-customs")),
        asserted_by: Some(ActorId::parse("KR").unwrap()),
        case: Some(CaseName::parse("wise-honest").unwrap()),
        causation: Some(label("tip-12")),
        reliability: Some(Reliability::B),
        credibility: Credibility::of(2),
        marking: Some(Marking::AmberStrict),
        location: Some(Location::Position { latitude_e7: 351_000_000, longitude_e7: -1_290_000_000 }),
    }
}

pub(crate) fn event(body: Body) -> Event {
    Event {
        regime: RegimeId::parse("dprk").unwrap(),
        source: SourceId::parse("kr-customs").unwrap(),
        source_record_id: SourceRecordId::parse("A-1 \"x\"").unwrap(),
        revision: 3,
        operation: Operation::Correct,
        occurred: Occurred::at(instant("2019-03-04T23:30:00Z"), day("2019-03-05")).until(day("2019-03-06")).unwrap(),
        reported: Some(instant("2019-03-07T01:02:03.250Z")),
        count: 12,
        jurisdiction: Some(JurisdictionCode::parse("KR").unwrap()),
        measures: vec![MeasureId::parse("2397/9").unwrap(), MeasureId::parse("2375/7").unwrap()],
        stratum: Some(Stratum::parse("physical").unwrap()),
        body,
        context: Some(Arc::new(context())),
    }
}

fn tonnes(thousandths: u64) -> Option<Quantity> {
    Some(Quantity::of_thousandths(thousandths, Unit::Tonne))
}

fn selector() -> Selector {
    Selector { jurisdiction: Some(JurisdictionCode::parse("KR").unwrap()), measure: Some(MeasureId::parse("2397/9").unwrap()) }
}

pub(crate) fn inspection() -> Body {
    Body::InspectionPerformed(Inspection {
        depth: Some(InspectionDepth::MoreDetailed),
        trigger: Some(Trigger::CatchAll),
        result: Some(InspectionResult::Detained),
        deficiencies: Some(0),
        duration_minutes: Some(95),
        ship: Some(Checked::<vocab::identifier::ImoNumber>::of("8905490")),
        container: Some(Checked::<vocab::identifier::ContainerNumber>::of("CSQU3054384")),
        exposure_id: Some(label("call-77")),
        quantity: tonnes(25_500_000),
    })
}

fn obstacle() -> Obstacle {
    Obstacle {
        ground: Some(label("no consent")),
        next_action: Some(label("divert")),
        ship: Some(Checked::<vocab::identifier::ImoNumber>::of("91764126")),
    }
}

fn acts() -> Vec<Body> {
    let seen = || Seen { alert: AlertId([0xa1; 16]), transition: 2, series: series() };
    let deeds = [
        Deed::Acknowledge { seen: seen(), until: instant("2020-04-01T14:00:00Z") },
        Deed::Close { seen: seen() },
        Deed::Rebase { series: SeriesKey { measure: MeasureKey::Any, ..series() }, from: week("2021-W01"), until: week("2021-W26") },
        Deed::DeclareOutage { affects: selector(), from: day("2020-01-01"), until: day("2020-01-09") },
    ];
    let act = |deed| Body::Act(Act { who: ActorId::parse("lee").unwrap(), why: label("looked into"), deed });
    deeds.map(act).into()
}

/// What happened at a border.
fn deeds() -> Vec<Body> {
    vec![
        inspection(),
        Body::InspectionRefused(obstacle()),
        Body::InspectionImpossible(obstacle()),
        Body::ExposureObserved(Exposure {
            kind: Some(ExposureKind::Transit),
            mode: Some(Mode::Parcel),
            ship: Some(Checked::<vocab::identifier::ImoNumber>::of("9074729")),
            cargo_hs: vec![label("271019"), label("2701")],
            quantity: tonnes(1),
            must_inspect: Some(false),
        }),
        Body::ExposureAggregate(ExposureTotal { kind: Some(ExposureKind::PortCall), coverage_ppm: Some(0) }),
        Body::SeizureRecorded(Seizure {
            items: vec![
                SeizedItem { hs: Some(label("271019/2017")), quantity: tonnes(800_000), purpose: Some(Purpose::Both) },
                SeizedItem { hs: None, quantity: None, purpose: None },
            ],
            ground: Some(SeizureGround::Quota),
            concealment: Some(label("double hull")),
            ship: None,
        }),
        Body::InterdictionOutcome(Interdiction {
            request: Some(label("req-9")),
            end: Some(InterdictionEnd::TurnedBack),
            on_high_seas: Some(true),
            ship: None,
        }),
        Body::CapacityReported(Capacity { resource: label("inspectors"), amount: Quantity::of_thousandths(12_500, Unit::InspectorDay) }),
    ]
}

/// What is said about figures, feeds and packs.
fn notices() -> Vec<Body> {
    vec![
        Body::ContextNoted(Circumstance {
            kind: CircumstanceKind::Strike,
            effect: Some(CircumstanceEffect::Reporting),
            affects: selector(),
            text: label("dock strike"),
        }),
        Body::DefinitionChanged(DefinitionChange {
            affects: selector(),
            effective: day("2019-07-01"),
            text: label("warnings are no longer counted"),
            comparable: Some(false),
        }),
        Body::TargetChanged(TargetChange {
            affects: selector(),
            metric: label("inspections"),
            before: Some(Quantity::of_thousandths(0, Unit::Count)),
            after: Some(Quantity::of_thousandths(5_000, Unit::Count)),
            reason: Some(label("new plan")),
        }),
        Body::FeedStatus(FeedStatus {
            condition: FeedCondition::BackfillEnded,
            complete_to: Some(day("2019-12-31")),
            expected_interval_days: Some(7),
        }),
        Body::PackActivated(PackActivation {
            bytes: Arc::from(*b"[regime]\nid = \"dprk\"\n"),
            pack: None,
            who: ActorId::parse("lee").unwrap(),
            why: label("first pack"),
        }),
        Body::Unrecognised(UnrecognisedBody {
            type_name: EventTypeName::parse("vessel.detained").unwrap(),
            bytes: Arc::from([0, 159, 146, 150]),
        }),
    ]
}

/// Every body of version 1, and one of a type it does not know.
pub(crate) fn bodies() -> Vec<Body> {
    [deeds(), notices(), acts()].concat()
}

pub(crate) fn admitted(event: Event) -> Admitted {
    let mut flags = Flags::default();
    flags.raise(Flag::InvalidShip);
    flags.raise(Flag::OutOfWindow);
    Admitted {
        id: RecordId([1; 16]),
        content: ContentHash([2; 16]),
        case: Some(CaseId([3; 16])),
        known: day("2019-03-07").last_tick(),
        origin: 4,
        flags,
        event: Arc::new(event),
    }
}

fn interval() -> Option<Interval> {
    Some(Interval { estimate: 0.1 + 0.2, low: 0.0, high: 1e-7 })
}

fn onset() -> Option<Onset> {
    Some(Onset { week: week("2020-W12"), earliest: week("2020-W11"), latest: week("2020-W13") })
}

fn power() -> Power {
    Power { half_in_26_weeks: 0.0, smallest_fall_in_13_weeks: Some(0.35), weeks_for_half: Some(4), weeks_for_30_percent: None }
}

fn effort() -> StreamAssessment {
    StreamAssessment {
        stream: Stream::Effort,
        phase: ConditionPhase::Firing,
        turn: Some(Turn::Fired(FiredBy::Collapse)),
        expected: interval(),
        evidence_nats: Some(123.456_789_012_345_67),
        own_evidence_nats: Some(-0.5),
        by: EvidenceOf::Pool,
        onset: onset(),
        size: interval(),
        recent: interval(),
        power: Some(power()),
        shares: vec![
            WeekShare { week: week("2020-W11"), seen: 3.0, expected: 12.25, nats: 4.5 },
            WeekShare { week: week("2020-W12"), seen: 0.0, expected: 0.0, nats: -0.125 },
        ],
    }
}

/// A stream that says nothing beyond its name.
fn bare(stream: Stream) -> StreamAssessment {
    StreamAssessment {
        stream,
        phase: ConditionPhase::Quiet,
        turn: None,
        expected: None,
        evidence_nats: None,
        own_evidence_nats: None,
        by: EvidenceOf::Own,
        onset: None,
        size: None,
        recent: None,
        power: None,
        shares: Vec::new(),
    }
}

fn streams() -> Vec<StreamAssessment> {
    let turned = |stream, turn| StreamAssessment { turn: Some(turn), phase: ConditionPhase::Pending, ..bare(stream) };
    vec![
        effort(),
        turned(Stream::Yield, Turn::Recovered(week("2021-W02"))),
        turned(Stream::Timeliness, Turn::Escalated(FiredBy::Erosion)),
        bare(Stream::ExposureDown),
        bare(Stream::ExposureUp),
    ]
}

/// A count whose weight is steady, and the series by that weight.
pub(crate) fn weighed() -> Assessment {
    let mut assessment = assessment();
    let [full, bare] = &mut assessment.series[..] else { panic!("two series") };
    (full.consignment, bare.measure) = (Some(12_345.625), full.measure.clone());
    bare.modes.raise(vocab::assessment::Mode::WeighedSteady);
    assessment
}

pub(crate) fn assessment() -> Assessment {
    let full = SeriesAssessment {
        measure: MeasureKey::One(MeasureId::parse("2397/9").unwrap()),
        unit: Unit::Tonne,
        verdict: Verdict::Slip,
        seen: [12, 0, 4_000],
        completeness: Some(1.0),
        nowcast: interval(),
        streams: streams(),
        diagnosis: Diagnosis::LossOfQuality,
        power: power(),
        modes: Modes(0b1000_0101),
        erosion: None,
        mix: None,
        consignment: None,
    };
    let bare = SeriesAssessment {
        measure: MeasureKey::Any,
        unit: Unit::Count,
        verdict: Verdict::Learning,
        seen: [0; 3],
        completeness: None,
        nowcast: None,
        streams: Vec::new(),
        diagnosis: Diagnosis::Learning,
        power: Power { half_in_26_weeks: 0.9, smallest_fall_in_13_weeks: None, weeks_for_half: None, weeks_for_30_percent: None },
        modes: Modes(0),
        erosion: None,
        mix: None,
        consignment: None,
    };
    let member = PoolShare { measure: full.measure.clone(), unit: Unit::Tonne, ratio: 0.5, nats: 2.25 };
    Assessment {
        id: AssessmentId([0xab; 16]),
        regime: RegimeId::parse("dprk").unwrap(),
        jurisdiction: JurisdictionCode::parse("KR").unwrap(),
        week: week("2020-W12"),
        day: day("2020-03-22"),
        judgement: 2,
        pack: PackHash([7; 32]),
        silent: vec![Count::Inspections, Count::Exposure],
        held: Some(Hold::Backlog),
        pooled: vec![
            PooledEvidence { members: vec![member], ..pooled(Stream::Effort) },
            PooledEvidence { onset: None, ..pooled(Stream::Yield) },
        ],
        series: vec![full, bare],
        around: Vec::new(),
    }
}

/// The same, with what is said of a fall by 30 % as well.
pub(crate) fn assessment_with_all_of_power() -> Assessment {
    let mut assessment = assessment();
    for series in &mut assessment.series {
        series.power.weeks_for_30_percent = Some(9);
    }
    assessment
}

fn pooled(stream: Stream) -> PooledEvidence {
    PooledEvidence { stream, evidence_nats: 4.25, onset: Some(week("2020-W11")), ratio: 0.0, sharing: 1.0, members: Vec::new() }
}

/// What the golden pair of judgement 1 is read as: it knew effort alone, and told it in the series.
pub(crate) fn assessment_of_judgement_1() -> Assessment {
    let mut read = assessment();
    read.judgement = 1;
    read.pooled.truncate(1);
    read.pooled[0].members.clear();
    let [full, other] = &mut read.series[..] else { panic!("two series") };
    full.streams = vec![StreamAssessment { recent: None, shares: Vec::new(), ..effort() }];
    full.diagnosis = Diagnosis::Slippage;
    let turn = Some(Turn::Recovered(week("2021-W02")));
    other.streams = vec![StreamAssessment { turn, power: Some(other.power), ..bare(Stream::Effort) }];
    read
}

/// Every change an alert may go through.
pub(crate) fn changes() -> Vec<Change> {
    let (who, why) = (ActorId::parse("lee").unwrap(), label("looked into"));
    vec![
        Change::Fired(FiredBy::Evidence),
        Change::Reopened(FiredBy::Pool),
        Change::Escalated(FiredBy::Collapse),
        Change::Acknowledged { who: who.clone(), why: why.clone(), until: instant("2020-04-01T14:00:00Z") },
        Change::AcknowledgementExpired,
        Change::Recovered(week("2021-W02")),
        Change::Faded,
        Change::Closed { who: who.clone(), why: why.clone() },
        Change::Rebased { who, why },
        Change::Recalled { undone_by: vec![RecordId([5; 16]), RecordId([6; 16])], withdrawn: 31 },
        Change::Reclassified { from: Kind::Effort, to: Kind::Displacement },
        Change::Noted,
        Change::Ended,
    ]
}

pub(crate) fn transition(change: Change) -> Transition {
    let ruled_out = vec![
        RuledOut {
            kind: Kind::Timeliness,
            reason: Reason::LittleEvidence,
            stream: Some(Stream::Timeliness),
            found: Some(0.4),
            bound: Some(3.0),
        },
        RuledOut { kind: Kind::Displacement, reason: Reason::NoNeighbour, stream: None, found: None, bound: None },
    ];
    Transition {
        id: TransitionId([0x1f; 16]),
        alert: AlertId([0xa1; 16]),
        n: 1,
        claim: ClaimId([0xc1; 16]),
        rule: Rule::ReportingSilence(Count::Exposure),
        series: series(),
        opened: day("2020-03-22"),
        at: day("2020-03-22").last_tick(),
        change,
        phase: AlertPhase::Acknowledged,
        kind: Kind::Effort,
        severity: Severity::Critical,
        evidence: Evidence {
            week: week("2020-W12"),
            seen: [3, 0, 4_000],
            completeness: Some(0.97),
            streams: streams(),
            stream: Some(Stream::Effort),
            grade: Grade::Suspected,
            ruled_out,
            diagnosis: Diagnosis::NarrowerTargeting,
            power: power(),
            modes: Modes(1),
            long: None,
        },
        coincides: vec![label("emergency"), label("a \"strike\"")],
        previous: Some(AlertId([0xa0; 16])),
        judgement: 2,
        pack: PackHash([7; 32]),
    }
}

/// What the golden pairs of judgement 1 are read as: it had one rule and one stream, and named neither.
pub(crate) fn transition_of_judgement_1(change: Change) -> Transition {
    let mut read = transition(change);
    (read.judgement, read.rule) = (1, Rule::Slippage);
    let evidence = &mut read.evidence;
    (evidence.seen, evidence.grade, evidence.diagnosis) = ([3, 0, 0], Grade::Confirmed, Diagnosis::Slippage);
    evidence.ruled_out.clear();
    evidence.streams = vec![StreamAssessment {
        phase: ConditionPhase::Firing,
        expected: interval(),
        evidence_nats: Some(19.5),
        onset: onset(),
        size: interval(),
        power: Some(power()),
        ..bare(Stream::Effort)
    }];
    read
}

/// Every outcome an act may have.
pub(crate) fn outcomes() -> Vec<Outcome> {
    let reasons = [
        Staleness::NoSuchAlert,
        Staleness::Ended,
        Staleness::Moved { newest: 0 },
        Staleness::Expired,
        Staleness::Unlisted,
        Staleness::EmptyWindow,
    ];
    let mut outcomes: Vec<Outcome> = reasons.map(Outcome::Stale).into();
    outcomes.push(Outcome::Applied);
    outcomes
}

pub(crate) fn answer(outcome: Outcome) -> Answer {
    Answer { act: RecordId([9; 16]), at: Tick::of(instant("2020-04-01T14:00:00.750Z")), outcome }
}

pub(crate) fn digest() -> Digest {
    let row = |stream, evidence_nats, onset, ratio| DigestRow { series: series(), stream, evidence_nats, onset, ratio };
    Digest {
        regime: RegimeId::parse("dprk").unwrap(),
        week: week("2020-W12"),
        day: day("2020-03-22"),
        alpha: 0.1,
        compared: 600,
        rows: vec![row(Stream::Effort, 123.5, onset(), Some(0.5)), row(Stream::Timeliness, 9.25, None, None)],
        looks: Vec::new(),
        overdue: None,
    }
}

pub(crate) fn seal() -> Seal {
    Seal {
        regime: RegimeId::parse("dprk").unwrap(),
        day: day("2020-03-22"),
        decisions: 41,
        judgement: 1,
        pack: PackHash([7; 32]),
        previous: SealHash([0; 32]),
        hash: SealHash([8; 32]),
    }
}

pub(crate) fn decisions() -> Vec<(&'static str, Decision)> {
    vec![
        ("decision.2.transition", Decision::Transition(transition(changes().remove(0)))),
        ("decision.answer", Decision::Answer(answer(Outcome::Applied))),
        ("decision.digest", Decision::Digest(digest())),
        ("decision.seal", Decision::Seal(seal())),
    ]
}

/// Every reason for turning a message away.
pub(crate) fn refusals() -> Vec<Refusal> {
    vec![
        Refusal::NotUtf8,
        Refusal::Undecodable { encoding: Encoding::Json, detail: label("expected `:` at line 1 column 9") },
        Refusal::TooDeep { limit: 64 },
        Refusal::TooLarge { bytes: 10 << 20, limit: 1 << 20 },
        Refusal::NewerVersion { found: 2, newest: 1 },
        Refusal::MissingField { field: label("regime") },
        Refusal::BadField { field: label("count"), problem: BadValue::Negative },
        Refusal::FromTheFuture { ahead_hours: 8_760 },
        Refusal::WrongInput { type_name: label("alert.closed") },
        Refusal::BadPack { mistakes: 3, first: label("policy.fade_weeks is missing") },
        Refusal::BrokenRow { detail: label("11 fields, where the header has 12") },
    ]
}

pub(crate) fn refused(reason: Refusal) -> Refused {
    let position = Position { input: label("events.jsonl.gz"), at: u64::MAX };
    let source = SourceId::parse("kr-customs").unwrap();
    wire::refused::refused_of(source, reason, position, b"\xff{\"count\":-1}", day("2019-03-07"))
}

pub(crate) fn late() -> Late {
    Late {
        id: RecordId([1; 16]),
        revision: 2,
        source: SourceId::parse("kr-customs").unwrap(),
        source_record_id: SourceRecordId::parse("A-1").unwrap(),
        occurred: day("2015-01-05"),
        known: day("2019-03-07").last_tick(),
        count: 4_294_967_295,
    }
}
