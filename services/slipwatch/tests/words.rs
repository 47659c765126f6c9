//! What people read about an alert, kind by kind: one constructed transition each, the sentences word for word.
//!
//! The figures are written here, so that a sentence moves only when somebody says it otherwise. Must never enter: a log.
#![expect(clippy::unwrap_used, reason = "names written here are names")]

use slipwatch::weight;
use std::path::Path;
use vocab::{
    alert::{AlertPhase, Change, Evidence, Grade, Reason, Rule, RuledOut, Transition},
    assessment::{ConditionPhase, Diagnosis, EvidenceOf, FiredBy, Interval, Kind, Mode, Modes, Onset, Power, Stream, StreamAssessment},
    name::{JurisdictionCode, MeasureId, RegimeId},
    pack::{Pack, Severity},
    quantity::Unit,
    record::{AlertId, ClaimId, PackHash, TransitionId},
    series::{MeasureKey, SeriesKey},
    time::{Day, Week},
};

fn week(text: &str) -> Week {
    Week::parse(text).unwrap()
}

fn interval(estimate: f64, low: f64, high: f64) -> Interval {
    Interval { estimate, low, high }
}

fn pack() -> Pack {
    let text = r#"
regime = "trial"
title = "A trial"
version = 1
exposure = "absent"
policy = "standard-1"
[jurisdictions]
list = [{ code = "XA", title = "First place" }]
[[measures]]
id = "coal"
title = "inspections of coal"
instrument = "a trial"
basis = "measured"
issuer = "nobody"
purpose = "unknown"
direction = "any"
unit = "count"
"#;
    regime::compile("trial.toml", text.as_bytes()).unwrap()
}

fn stream(stream: Stream) -> StreamAssessment {
    StreamAssessment {
        stream,
        phase: ConditionPhase::Firing,
        turn: None,
        expected: Some(interval(20.0, 12.0, 28.0)),
        evidence_nats: Some(7.82),
        own_evidence_nats: Some(7.82),
        by: EvidenceOf::Own,
        onset: Some(Onset { week: week("2020-W13"), earliest: week("2020-W12"), latest: week("2020-W14") }),
        size: Some(interval(0.44, 0.24, 0.79)),
        recent: None,
        power: None,
        shares: Vec::new(),
    }
}

fn unadjusted() -> Modes {
    let mut modes = Modes::default();
    modes.raise(Mode::Unadjusted);
    modes
}

fn transition(kind: Kind, leading: Stream) -> Transition {
    let modes = unadjusted();
    Transition {
        id: TransitionId([1; 16]),
        alert: AlertId([2; 16]),
        n: 1,
        claim: ClaimId([3; 16]),
        rule: Rule::Slippage,
        series: SeriesKey {
            regime: RegimeId::parse("trial").unwrap(),
            jurisdiction: JurisdictionCode::parse("XA").unwrap(),
            measure: MeasureKey::One(MeasureId::parse("coal").unwrap()),
            unit: Unit::Count,
        },
        opened: Day::parse("2020-04-12").unwrap(),
        at: Day::parse("2020-04-12").unwrap().last_tick(),
        change: Change::Fired(FiredBy::Evidence),
        phase: AlertPhase::Firing,
        kind,
        severity: Severity::Warning,
        evidence: Evidence {
            week: week("2020-W15"),
            seen: [8, 2, 190],
            completeness: Some(0.93),
            streams: vec![stream(leading)],
            stream: Some(leading),
            grade: Grade::Confirmed,
            ruled_out: Vec::new(),
            diagnosis: Diagnosis::Slippage,
            power: Power {
                half_in_26_weeks: 0.97,
                smallest_fall_in_13_weeks: Some(0.35),
                weeks_for_half: Some(6),
                weeks_for_30_percent: Some(9),
            },
            modes,
            long: None,
        },
        coincides: Vec::new(),
        previous: None,
        judgement: 2,
        pack: PackHash([4; 32]),
    }
}

fn claimed(kind: Kind, leading: Stream) -> String {
    words::claim(&transition(kind, leading), Some(&pack()))[0].clone()
}

#[test]
fn every_kind_says_what_fell_and_where() {
    let place = "coal (inspections of coal) in First place (XA)";
    for (kind, leading, want) in [
        (
            Kind::Effort,
            Stream::Effort,
            format!("Inspections reported for {place} fell to 44 % [24 %–79 %] of what the season leads one to expect."),
        ),
        (Kind::Yield, Stream::Yield, format!("Finds per inspection for {place} fell to 44 % [24 %–79 %] of what they used to be.")),
        (
            Kind::Timeliness,
            Stream::Timeliness,
            format!(
                "Reports of inspections for {place} come later than they used to: late ones stand at 44 % [24 %–79 %] of those expected."
            ),
        ),
        (
            Kind::Displacement,
            Stream::Effort,
            format!(
                "Inspections for {place} fell to 44 % [24 %–79 %] of what the season leads one to expect while exposure rose here and fell in a neighbour: traffic seems to have moved."
            ),
        ),
        (
            Kind::Deterrence,
            Stream::ExposureDown,
            format!("There is less to inspect for {place}: exposure fell to 44 % [24 %–79 %] of what the season leads one to expect."),
        ),
        (Kind::Reporting, Stream::Effort, "No reports come from First place (XA): nothing can be said of effort until they do.".to_owned()),
        (Kind::Erosion, Stream::Effort, format!("Over a year, inspections for {place} lie at 44 % [24 %–79 %] of the frozen reference.")),
        (
            Kind::Definition,
            Stream::Effort,
            format!("What is counted for {place} changed its composition: totals before and after cannot be compared."),
        ),
    ] {
        assert_eq!(claimed(kind, leading), want);
    }
}

#[test]
fn the_evidence_says_since_when_what_the_week_brought_and_how_sure_that_is() {
    assert_eq!(
        words::evidence(&transition(Kind::Effort, Stream::Effort), Some(weight::rules(&pack())))[1..],
        [
            "Since week 2020-W13 (Monday 2020-03-23); a start anywhere from 2020-W12 to 2020-W14 fits nearly as well.",
            "Week 2020-W15: 8 inspections reported, 20 [12–28] expected (40 % of it); 93 % of that week's inspections are expected to be known by then.",
            "Weight of evidence for a fall: 3.4 powers of ten (7.82 nats; an alert needs 2.6). Summed over the weeks in which it may have begun, the counts are 2,500 times as likely under a fall as under none.",
            "Confirmed: this is the series' own evidence.",
            "This pack accepts 0.07 false pages a series and year, one in 14 years.",
            "Power: a fall of 30 % would be seen within 9 weeks with probability .8; one of 35 % or more within 13 weeks at least every other time; one by half within 6 weeks at least every other time.",
        ]
    );
    let mut pooled = transition(Kind::Effort, Stream::Effort);
    pooled.evidence.grade = Grade::Suspected;
    pooled.evidence.streams[0].by = EvidenceOf::Pool;
    pooled.evidence.streams[0].own_evidence_nats = Some(1.2);
    let sure = words::sure(&pooled, None);
    assert_eq!(sure[1], "Suspected: the jurisdiction as a whole fell, and the series agrees (the series alone shows 0.5).");
    let mut collapsed = transition(Kind::Effort, Stream::Effort);
    collapsed.change = Change::Escalated(FiredBy::Collapse);
    assert_eq!(words::claim(&collapsed, None)[1], "It has become deeper since the alert opened on 2020-04-12.");
    assert!(words::sure(&collapsed, None)[2].starts_with("By collapse: a fall so deep"));
}

#[test]
fn whoever_does_not_know_of_silences_claims_nothing_of_them() {
    let told = transition(Kind::Effort, Stream::Effort);
    let about = |silent| words::not(&told, silent).into_iter().filter(|sentence| sentence.contains("silen")).count();
    assert_eq!([about(Some(0)), about(Some(3)), about(None)], [1, 1, 0]);
}

#[test]
fn every_reason_tells_its_numbers_and_what_could_not_be_looked_at_is_no_denial() {
    let said = |reason: Reason, kind: Kind, stream: Option<Stream>, numbers: (f64, f64)| {
        let mut told = transition(Kind::Effort, Stream::Effort);
        told.evidence.ruled_out = vec![RuledOut { kind, reason, stream, found: Some(numbers.0), bound: Some(numbers.1) }];
        let mut not = words::was_not(&told, Some(0));
        not.retain(|sentence| !sentence.starts_with("Not a silence: "));
        let untold: Vec<String> = words::untold(&told, Some(0)).into_iter().skip(1).collect();
        (not.join(" "), untold.join(" "))
    };
    let late = |reason, numbers| said(reason, Kind::Timeliness, Some(Stream::Timeliness), numbers).0;
    let moved = |reason, numbers| said(reason, Kind::Displacement, None, numbers);
    assert_eq!(
        late(Reason::LittleEvidence, (1.0, 3.0)),
        "Not late reports: the weight of evidence of late reports is 0.4, and 1.3 is asked."
    );
    assert_eq!(
        late(Reason::LessEvidence, (3.0, 7.82)),
        "Not late reports: the weight of evidence of late reports is 1.3, less than the 3.4 that lead."
    );
    assert_eq!(
        late(Reason::NearOne, (1.1, 1.25)),
        "Not late reports: late reports stand at 110 % of what is expected, and 125 % would be asked."
    );
    assert_eq!(
        late(Reason::OtherOnset, (9.0, 2.0)),
        "Not late reports: late reports changed 9 weeks apart from effort, and at most 2 would fit."
    );
    assert_eq!(
        late(Reason::OtherOnset, (1.0, 0.0)),
        "Not late reports: late reports changed 1 week apart from effort, and at most 0 would fit."
    );
    assert_eq!(late(Reason::TooOld, (12.0, 6.0)), "Not late reports: it began 12 weeks ago, and reports alone could be late for 6.");
    assert_eq!(
        moved(Reason::Unbalanced, (0.5, 0.8)).0,
        "Not traffic that moved to a neighbour: what effort lost and exposure gained do not balance (the product of their levels is 50 %, and 80 % is asked)."
    );
    assert_eq!(
        moved(Reason::NeighboursHold, (0.2, 1.0)).0,
        "Not traffic that moved to a neighbour: no declared neighbour lost exposure (the largest weight of evidence there is 0.1, and 0.4 is asked)."
    );
    assert_eq!(
        moved(Reason::NoNeighbour, (0.0, 0.0)),
        (
            String::new(),
            "Whether it was traffic that moved to a neighbour: the pack declares no neighbour where exposure could have gone.".to_owned()
        )
    );
    assert_eq!(moved(Reason::Unadjusted, (0.0, 0.0)), (String::new(), String::new()), "that is said once, for the alert");
    assert_eq!(said(Reason::SlippageFires, Kind::Deterrence, None, (0.0, 0.0)).0, "Not deterrence: slippage fires, and it comes first.");
    assert_eq!(
        said(Reason::ReportsArrive, Kind::Reporting, None, (0.93, 0.0)).0,
        "Not a silence of the feeds: reports arrive (93 % of the week is known)."
    );
}

#[test]
fn a_figure_without_a_level_was_not_looked_at() {
    let mut told = transition(Kind::Effort, Stream::Effort);
    told.evidence.ruled_out =
        vec![RuledOut { kind: Kind::Yield, reason: Reason::LittleEvidence, stream: Some(Stream::Yield), found: None, bound: Some(7.82) }];
    let finds = |sentences: Vec<String>| sentences.into_iter().find(|sentence| sentence.contains("finds"));
    let open = "Whether it was a fall of finds per inspection: there is no level to hold finds per inspection against; none are reported, or too few yet.";
    assert_eq!((finds(words::was_not(&told, Some(0))), finds(words::untold(&told, Some(0))).as_deref()), (None, Some(open)));
    let mut reported = stream(Stream::Yield);
    reported.evidence_nats = None;
    told.evidence.streams.push(reported);
    let decided = "Not a fall of finds per inspection: the weight of evidence of finds per inspection is none, and 3.4 is asked.";
    assert_eq!((finds(words::was_not(&told, Some(0))).as_deref(), finds(words::untold(&told, Some(0)))), (Some(decided), None));
}

#[test]
fn one_of_something_is_not_told_as_several() {
    let recalled = |withdrawn| words::change(&Change::Recalled { undone_by: Vec::new(), withdrawn });
    assert_eq!(recalled(1), "recalled: 1 record was withdrawn or corrected, and what arrived later explains it");
    assert_eq!(recalled(2), "recalled: 2 records were withdrawn or corrected, and what arrived later explains it");
    assert_eq!([0, 1, 2].map(|number| words::counted(number, "row")), ["0 rows", "1 row", "2 rows"]);
}

#[test]
fn what_to_do_has_a_command_for_every_decision_and_none_when_it_is_over() {
    let mut told = transition(Kind::Effort, Stream::Effort);
    let alert = "02020202";
    let steps = words::steps(&told, Path::new("my.db"));
    let tail = "--db my.db --who NAME --why REASON";
    assert_eq!(
        steps[1..],
        [
            format!("To take it until an instant, after which it fires again: slipwatch act acknowledge {alert} --until INSTANT {tail}"),
            format!("If inspections could not take place: slipwatch act outage XA/coal --from 2020-03-23 --until DAY {tail}"),
            format!("If the new level is meant to stay: slipwatch act rebase XA/coal --from WEEK --until WEEK {tail}"),
            format!("If it is settled otherwise: slipwatch act close {alert} {tail}"),
        ]
    );
    for kind in Kind::ALL {
        told.kind = kind;
        assert!(!words::steps(&told, Path::new("my.db")).is_empty(), "{kind:?}");
    }
    told.phase = AlertPhase::Recalled;
    assert_eq!(words::steps(&told, Path::new("my.db")), ["Nothing: it was taken back."]);
}

#[test]
fn every_diagnosis_is_a_sentence_that_names_no_cause() {
    for diagnosis in Diagnosis::ALL {
        for modes in [Modes::default(), unadjusted()] {
            let told = words::diagnosis(diagnosis, modes);
            assert!(told.ends_with('.') && !told.contains("because") && !told.contains("due to"), "{told}");
        }
    }
    let told = words::diagnosis(Diagnosis::Slippage, unadjusted());
    assert!(!told.contains("than there was to inspect"), "nobody knows how much there was: {told}");
    assert!(words::diagnosis(Diagnosis::Slippage, Modes::default()).contains("than there was to inspect"));
}
