//! What assessments and alerts become: known figures, absent ones, ends, budgets.
//!
//! What must never enter: a verdict computed here.

mod made;

use catalogue::{
    declared::{SERIES_MAX, VERDICT},
    exposition::{Families, Wanted},
    regime::Known,
};
use made::{assessment, power, series};
use vocab::{
    alert::{AlertPhase, Change, Evidence, Grade, Rule, Transition},
    assessment::{Assessment, Diagnosis, FiredBy, Hold, Kind, Modes, SeriesAssessment, Verdict},
    name::{JurisdictionCode, MeasureId, RegimeId},
    pack::Severity,
    quantity::Unit,
    record::{AlertId, ClaimId, PackHash, TransitionId},
    series::{Count, MeasureKey, SeriesKey},
    time::{Day, Week},
};

fn text(families: Families) -> String {
    String::from_utf8(families.expose(Wanted::TEXT).body).expect("text is UTF-8")
}

fn known(assessments: &[Assessment], alerts: &[Transition]) -> String {
    text(Known::new(assessments, alerts).families())
}

/// Samples, without heads, of metrics of which one begins so.
fn samples(text: &str, start: &str) -> Vec<String> {
    text.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
}

fn alert(phase: AlertPhase, severity: Severity, (opened, n): (i32, u32)) -> Transition {
    Transition {
        id: TransitionId::default(),
        alert: AlertId::default(),
        n,
        claim: ClaimId::default(),
        rule: Rule::Slippage,
        series: SeriesKey {
            regime: RegimeId::parse("dprk").expect("a good name"),
            jurisdiction: JurisdictionCode::parse("KR").expect("a good name"),
            measure: MeasureKey::One(MeasureId::parse("coal").expect("a good name")),
            unit: Unit::Tonne,
        },
        opened: Day(opened),
        at: Day(opened).plus(i32::try_from(n).expect("a small number")).last_tick(),
        change: Change::Fired(FiredBy::Evidence),
        phase,
        kind: Kind::Effort,
        severity,
        evidence: Evidence {
            week: Week(10),
            seen: [0; 3],
            completeness: None,
            streams: Vec::new(),
            stream: None,
            grade: Grade::Confirmed,
            ruled_out: Vec::new(),
            diagnosis: Diagnosis::Slippage,
            power: power(),
            modes: Modes::default(),
            long: None,
        },
        coincides: Vec::new(),
        previous: None,
        judgement: 1,
        pack: PackHash::default(),
    }
}

#[test]
fn a_series_that_is_known_shows_every_figure() {
    let shown = known(&[assessment("KR", vec![series("coal", Verdict::Normal)])], &[]);
    let key = "regime=\"dprk\",jurisdiction=\"KR\",measure=\"coal\"";
    for line in [
        format!("slipwatch_effort_ratio{{{key}}} 0.5"),
        format!("slipwatch_effort_recent_ratio{{{key},bound=\"low\"}} 0.25"),
        format!("slipwatch_yield_ratio{{{key}}} 0.75"),
        format!("slipwatch_completeness_ratio{{{key}}} 0.9"),
        format!("slipwatch_power_ratio{{{key}}} 0.75"),
        format!("slipwatch_evidence_nats{{{key},stream=\"yield\"}} 1.5"),
        format!("slipwatch_verdict{{{key},verdict=\"normal\"}} 1"),
        format!("slipwatch_verdict{{{key},verdict=\"slip\"}} 0"),
        // The close of day 73 is the midnight after it.
        "slipwatch_answer_known_timestamp_seconds{regime=\"dprk\",jurisdiction=\"KR\"} 6393600".to_owned(),
    ] {
        assert!(shown.lines().any(|shown| shown == line), "no line {line} in\n{shown}");
    }
}

#[test]
fn what_is_unknown_is_absent_and_the_verdict_says_so() {
    let told = |one: Assessment| known(&[one], &[]);
    for verdict in [Verdict::Gap, Verdict::Insufficient, Verdict::Learning] {
        let shown = told(assessment("KR", vec![series("coal", verdict)]));
        for name in ["slipwatch_effort_", "slipwatch_yield_", "slipwatch_evidence_"] {
            assert_eq!(samples(&shown, name), Vec::<String>::new(), "{verdict:?}");
        }
        assert_eq!(samples(&shown, "slipwatch_verdict{").iter().filter(|line| line.ends_with(" 1")).count(), 1);
        assert!(shown.contains(&format!("verdict=\"{}\"}} 1\n", verdict.as_str())));
    }
    // Why nothing can be told of it stands beside a verdict that nothing can be told.
    assert_eq!(samples(&told(assessment("KR", vec![series("coal", Verdict::Insufficient)])), "slipwatch_power_").len(), 1);
    let held = Assessment { held: Some(Hold::Silence), ..assessment("KR", vec![series("coal", Verdict::Slip)]) };
    assert_eq!(samples(&told(held), "slipwatch_effort_"), Vec::<String>::new(), "an alert that stands in a silence has no ratio");
    let silent = Assessment { silent: vec![Count::Inspections], ..assessment("KR", vec![series("coal", Verdict::Normal)]) };
    let shown = told(silent);
    assert_eq!(samples(&shown, "slipwatch_effort_ratio"), Vec::<String>::new(), "no report is not zero");
    assert_eq!(samples(&shown, "slipwatch_yield_ratio").len(), 1);
    let broken = SeriesAssessment { completeness: Some(f64::NAN), ..series("coal", Verdict::Normal) };
    assert!(!told(assessment("KR", vec![broken])).contains("NaN"));
}

#[test]
fn an_alert_that_ends_is_a_0_and_not_an_absence() {
    let standing = |alerts: &[Transition]| {
        let shown = known(&[], alerts);
        let all = samples(&shown, "slipwatch_alerts{");
        assert_eq!(all.len(), 6, "every severity and phase: {all:?}");
        all.into_iter().filter(|line| !line.ends_with(" 0")).collect::<Vec<_>>()
    };
    let key = "slipwatch_alerts{regime=\"dprk\",jurisdiction=\"KR\",measure=\"coal#t\",rule=\"slippage\"";
    let fired = alert(AlertPhase::Firing, Severity::Warning, (7, 1));
    let taken = alert(AlertPhase::Acknowledged, Severity::Critical, (7, 2));
    let ended = alert(AlertPhase::Resolved, Severity::Critical, (7, 3));
    let again = alert(AlertPhase::Firing, Severity::Notice, (90, 1));
    assert_eq!(standing(std::slice::from_ref(&fired)), [format!("{key},severity=\"warning\",phase=\"firing\"}} 1")]);
    let both = [taken.clone(), fired.clone()];
    assert_eq!(standing(&both), [format!("{key},severity=\"critical\",phase=\"acknowledged\"}} 1")], "whichever is read first");
    assert_eq!(standing(&[fired.clone(), taken.clone(), ended.clone()]), Vec::<String>::new());
    assert_eq!(standing(&[fired, taken, ended, again]), [format!("{key},severity=\"notice\",phase=\"firing\"}} 1")]);
}

#[test]
fn beyond_the_budget_the_worst_is_said_and_counted() {
    let mut all: Vec<Assessment> =
        (0..SERIES_MAX + 300).map(|number| assessment(&format!("J{number:05}"), vec![series("coal", Verdict::Normal)])).collect();
    // The last by key slips: it keeps its place, and one that does not gives way.
    all.last_mut().unwrap().series[0].verdict = Verdict::Slip;
    all[SERIES_MAX + 7].series[0].seen = [1, 3, 0];
    let families = Known::new(&all, &[]).families();
    assert_eq!(families.folded(&VERDICT), 300 * 6);
    let shown = text(families);
    assert_eq!(samples(&shown, "slipwatch_verdict{").len(), (SERIES_MAX + 1) * 6);
    assert_eq!(samples(&shown, "slipwatch_effort_ratio{").len(), SERIES_MAX + 1);
    let other = "regime=\"__other__\",jurisdiction=\"__other__\",measure=\"__other__\"";
    assert!(shown.contains(&format!("slipwatch_effort_ratio{{{other}}} {}\n", 1.0 / 24.0)));
    assert!(shown.contains(&format!("slipwatch_verdict{{{other},verdict=\"slip\"}} 0\n")));
    assert!(shown.contains("jurisdiction=\"J05299\",measure=\"coal\",verdict=\"slip\"} 1\n"));
    assert!(shown.contains("slipwatch_overflow_samples{metric=\"slipwatch_effort_ratio\"} 300\n"));
}

#[test]
fn a_console_that_knows_nothing_says_no_figure_of_a_regime() {
    let shown = known(&[], &[]);
    assert_eq!(samples(&shown, "slipwatch_"), samples(&shown, "slipwatch_overflow_samples"));
}
