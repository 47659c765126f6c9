//! Assessors and sentinel over small logs of tallies: what comes out of falls, silences, late reports and acts.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod judged;

use judged::weeks::{FIRST, monday, weekly};
use judged::{
    Batch, Log, Run, act, affects, code, count, dated, day, effort, in_stratum, inspections, instant, label, listed, log_with, note, pack,
    phase, seen, series, tally, told,
};
use std::sync::Arc;
use vocab::{
    act::Deed,
    alert::{AlertPhase, Decision, Rule},
    assessment::{Assessment, ConditionPhase, Hold, Mode, Modes, SeriesAssessment, Stream, Verdict},
    event::{DefinitionChange, FeedCondition, FeedStatus},
    name::{SourceId, Stratum},
    pack::{Arrival, CalendarEntry, Feed, Pack},
    series::{Count, MeasureKey},
    tally::{Matter, Sum},
    time::{Tick, Week},
};

/// `level` a week with a small ripple, over a number of weeks.
fn steady(level: i64, weeks: usize) -> Vec<i64> {
    (0..weeks).map(|number| level + [0, 3, -2, 1, -3, 2, -1][number % 7]).collect()
}

fn of<'a>(assessments: &'a [Assessment], week: Week, name: &str) -> &'a SeriesAssessment {
    let key = series(name);
    let assessment = assessments.iter().find(|one| one.week == week && one.jurisdiction == key.jurisdiction).unwrap();
    assessment.series.iter().find(|one| one.measure == key.measure).unwrap()
}

fn last<'a>(assessments: &'a [Assessment], name: &str) -> &'a SeriesAssessment {
    of(assessments, assessments.last().unwrap().week, name)
}

#[track_caller]
fn check(run: &Run, expected: &str) {
    let told = run.told();
    let told: Vec<&str> = told.lines().collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(told, expected);
}

/// A fall to 40 % that ends after 20 weeks.
fn fall() -> Log {
    let mut log = log_with(pack(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &[steady(100, 80), steady(40, 20), steady(100, 40)].concat());
    log
}

#[test]
fn a_fall_fires_stands_and_is_resolved_when_counts_are_back() {
    let run = Run::of(&fall(), monday(140).plus(-1));
    check(
        &run,
        "2019-07-28T23:59:59.750Z KR/coal 1 fired by collapse -> firing
         2019-12-15T23:59:59.750Z KR/coal 2 recovered since 2019-W48 -> resolved",
    );
}

#[test]
fn every_week_is_assessed_once_with_what_was_seen_of_it() {
    let mut log = fall();
    for number in 0..140 {
        count(&mut log, tally("KR/coal", Count::Interdictions, (monday(number), monday(number)), 4));
    }
    count(&mut log, tally("KR/coal", Count::Interdictions, (monday(5), monday(6)), 9)); // too late for the close of week 5
    let run = Run::of(&log, monday(140).plus(-1));
    let weeks: Vec<Week> = run.assessments.iter().map(|one| one.week).collect();
    assert_eq!(weeks, (0..140).map(|number| monday(number).week()).collect::<Vec<_>>());
    for (number, assessment) in run.assessments.iter().enumerate() {
        assert_eq!(assessment.day, monday(i32::try_from(number).unwrap()).plus(6));
        assert_eq!(assessment.id, engine::identity::assessment(&assessment.regime, &assessment.jurisdiction, assessment.day));
    }
    assert_eq!(of(&run.assessments, monday(5).week(), "KR/coal").seen, [steady(100, 6)[5], 4, 0]);
    let learning = of(&run.assessments, monday(20).week(), "KR/coal");
    assert_eq!((learning.verdict, learning.stream(Stream::Effort).and_then(|effort| effort.evidence_nats)), (Verdict::Learning, None));
    let normal = of(&run.assessments, monday(79).week(), "KR/coal");
    assert_eq!(normal.verdict, Verdict::Normal);
    assert!(normal.modes.has(Mode::Unadjusted) && normal.power.half_in_26_weeks > 0.9);
    let expected = effort(normal).expected.unwrap();
    assert!(expected.low < expected.estimate && expected.estimate < expected.high && (expected.estimate - 100.0).abs() < 5.0);
    let slip = of(&run.assessments, monday(95).week(), "KR/coal");
    assert_eq!((slip.verdict, phase(slip)), (Verdict::Slip, ConditionPhase::Firing));
    assert_eq!(effort(slip).onset.unwrap().week, monday(80).week());
    // Capped weeks: an outage of one week may not look like a larger fall than it is.
    let size = effort(slip).size.unwrap();
    assert!(0.6 < size.low && size.low < size.estimate && size.estimate < 0.75 && size.high < 0.9, "{size:?}");
}

#[test]
fn a_listed_jurisdiction_without_any_report_is_a_gap() {
    let mut log = log_with(Pack { jurisdictions: listed(&["JP", "KR"]), ..pack() }, day(FIRST));
    weekly(&mut log, "KR/coal", 0, &steady(30, 4));
    let run = Run::of(&log, monday(4).plus(-1));
    let silent: Vec<&Assessment> = run.assessments.iter().filter(|one| one.jurisdiction == code("JP")).collect();
    assert_eq!(silent.len(), 4);
    for assessment in silent {
        let measures: Vec<String> = assessment.series.iter().map(|one| one.measure.to_string()).collect();
        assert_eq!(measures, ["arms", "coal", "fish"]);
        assert!(assessment.series.iter().all(|one| one.verdict == Verdict::Gap && one.modes.has(Mode::NeverReported)));
    }
    assert_eq!(last(&run.assessments, "KR/coal").verdict, Verdict::Learning);
}

#[test]
fn a_silent_source_is_a_gap_and_ends_nothing() {
    let mut log = log_with(pack(), day(FIRST));
    // A fall that fires, then nothing at all, then reports again.
    weekly(&mut log, "KR/coal", 0, &[steady(100, 80), steady(40, 10)].concat());
    weekly(&mut log, "KR/coal", 97, &steady(40, 3));
    let run = Run::of(&log, monday(100).plus(-1));
    check(
        &run,
        "2019-07-28T23:59:59.750Z KR/coal 1 fired by collapse -> firing
         2019-09-29T23:59:59.750Z KR/any reporting-silence-inspections 1 noted -> firing
         2019-11-17T23:59:59.750Z KR/any reporting-silence-inspections 2 ended -> resolved",
    );
    for number in 90..97 {
        let week = monday(number).week();
        let assessment = run.assessments.iter().find(|one| one.week == week).unwrap();
        assert_eq!((assessment.silent.as_slice(), assessment.held), ([Count::Inspections].as_slice(), Some(Hold::Silence)));
        let coal = of(&run.assessments, week, "KR/coal");
        assert_eq!((phase(coal), effort(coal).turn), (ConditionPhase::Firing, None));
    }
    // Without a fall before it, the silence is no fall either.
    let mut log = log_with(pack(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &steady(100, 80));
    let run = Run::of(&log, monday(86).plus(-1));
    let silent = last(&run.assessments, "KR/coal");
    assert_eq!((silent.verdict, phase(silent), silent.seen[0]), (Verdict::Gap, ConditionPhase::Quiet, 0));
    check(&run, "2019-07-21T23:59:59.750Z KR/any reporting-silence-inspections 1 noted -> firing");
}

#[test]
fn late_reports_recall_the_alert_they_explain() {
    let mut log = log_with(pack(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &[steady(100, 80), steady(40, 5), steady(100, 5)].concat());
    for number in 80..85 {
        count(&mut log, tally("KR/coal", Count::Inspections, (monday(number).plus(2), monday(85).plus(1)), 60));
    }
    let run = Run::of(&log, monday(90).plus(-1));
    check(
        &run,
        "2019-07-28T23:59:59.750Z KR/coal 1 fired by collapse -> firing
         2019-08-25T23:59:59.750Z KR/coal 2 recalled 0 withdrawn [] -> recalled",
    );
}

#[test]
fn weeks_without_any_record_close_in_turn() {
    let mut log = fall();
    log.retain(|tick, _| tick.day() < monday(120));
    let by_week = {
        let mut run = Run::new(1);
        for (&tick, batch) in &log {
            run.step(tick, batch);
            run.pass(tick);
        }
        for number in 120..150 {
            run.pass(monday(number).plus(3).last_tick());
        }
        run
    };
    let at_once = Run::of(&log, monday(149).plus(3));
    assert_eq!(by_week.assessments, at_once.assessments);
    assert_eq!(at_once.assessments.len(), 149);
}

#[test]
fn a_pack_holds_from_the_next_tick() {
    let mut log = log_with(pack(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &steady(100, 4));
    let newer = Pack { version: 2, hash: vocab::record::PackHash([2; 32]), ..pack() };
    // Activated in the very tick that closes week 1.
    told(&mut log, note(1, monday(1).plus(6).last_tick(), Matter::Pack(Arc::new(newer), Arc::default())));
    let run = Run::of(&log, monday(4).plus(-1));
    assert_eq!(run.assessments.iter().map(|one| one.pack.0[0]).collect::<Vec<_>>(), [1, 1, 2, 2]);
}

/// A fall from 2019-07-15 that ends: fired in July, recovered in December, under the first pack and under a newer one.
fn fall_under(first: &[CalendarEntry], newer: &[CalendarEntry]) -> Run {
    let mut log = fall();
    let pack = |version: u32, calendar: &[CalendarEntry]| Arc::new(Pack { version, calendar: calendar.to_vec(), ..pack() });
    log.retain(|_, batch| batch.facts.is_empty());
    told(&mut log, note(0, day(FIRST).plus(-1).last_tick(), Matter::Pack(pack(1, first), Arc::default())));
    told(&mut log, note(1, day("2019-10-02").last_tick(), Matter::Pack(pack(2, newer), Arc::default())));
    Run::of(&log, monday(140).plus(-1))
}

#[test]
fn a_calendar_entry_coincides_until_a_newer_pack_leaves_it_out() {
    let entries = [
        dated("storm", ("2019-07-20", "2019-07-22"), affects(None, None)),
        dated("strike", ("2019-07-01", "2019-07-15"), affects(Some("KR"), Some("coal"))),
        dated("elsewhere", ("2019-07-20", "2019-07-22"), affects(Some("JP"), None)),
        dated("long before", ("2018-01-01", "2019-01-31"), affects(None, None)),
        dated("to come", ("2020-08-01", "2020-08-01"), affects(None, None)),
    ];
    let with = |newer: &[CalendarEntry]| {
        let run = fall_under(&entries, newer);
        let labels = |decision: &Decision| match decision {
            Decision::Transition(moved) => Some(moved.coincides.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            Decision::Answer(_) | Decision::Digest(_) | Decision::Seal(_) => None,
        };
        let labels: Vec<String> = run.decisions.iter().filter_map(labels).collect();
        let marked = |sunday: &str| of(&run.assessments, day(sunday).week(), "KR/coal").modes.has(Mode::Coincides);
        let marked = ["2019-06-30", "2019-07-07", "2019-07-28", "2019-09-29", "2019-10-06"].map(marked);
        (labels, marked, run)
    };
    let (labels, marked, kept) = with(&entries);
    assert_eq!(labels, ["strike, storm", "strike, storm"]);
    assert_eq!(marked, [false, true, true, true, true]);
    let (labels, marked, replaced) = with(&[]);
    assert_eq!(labels, ["strike, storm", ""]);
    assert_eq!(marked, [false, true, true, true, false]);
    // Words only: no figure, verdict or transition moves.
    let plain = fall_under(&[], &[]);
    for run in [&kept, &replaced] {
        assert_eq!(run.told(), plain.told());
        let without = |run: &Run| -> Vec<SeriesAssessment> {
            let all = run.assessments.iter().flat_map(|one| one.series.clone());
            all.map(|series| SeriesAssessment { modes: Modes::default(), ..series }).collect()
        };
        assert_eq!(without(run), without(&plain));
    }
}

#[test]
fn an_entry_of_the_calendar_is_heard_as_an_event_that_notes_it() {
    let entry = dated("storm", ("2019-07-20", "2019-07-22"), affects(Some("KR"), None));
    let mut log = fall();
    told(&mut log, note(1, day(FIRST).plus(-1).last_tick(), Matter::Circumstance(entry.circumstance.clone(), entry.occurred)));
    let (noted, dated) = (Run::of(&log, monday(140).plus(-1)), fall_under(std::slice::from_ref(&entry), std::slice::from_ref(&entry)));
    assert_eq!(noted.assessments, dated.assessments);
    let moved = |run: &Run| run.decisions.iter().filter(|one| matches!(one, Decision::Transition(_))).cloned().collect::<Vec<_>>();
    assert_eq!((moved(&noted).len(), moved(&noted)), (2, moved(&dated)));
}

#[test]
fn only_strata_that_the_pack_counts_are_effort() {
    let binding = Stratum::parse("binding").unwrap();
    let mut log = log_with(Pack { effort_strata: vec![binding], ..pack() }, day(FIRST));
    for number in 0..3 {
        let at = monday(number);
        count(&mut log, in_stratum(inspections("KR/coal", at, 10), "binding"));
        count(&mut log, in_stratum(inspections("KR/coal", at, 7), "warning"));
        count(&mut log, inspections("KR/coal", at, 5));
        count(&mut log, in_stratum(tally("KR/coal", Count::Interdictions, (at, at), 2), "warning"));
    }
    // From week 1 on a newer pack counts warnings too; a warning first known before that is corrected after it.
    let newer = Pack { version: 2, effort_strata: vec![Stratum::parse("warning").unwrap()], ..pack() };
    told(&mut log, note(1, monday(0).plus(6).last_tick(), Matter::Pack(Arc::new(newer), Arc::default())));
    let mut correction = in_stratum(tally("KR/coal", Count::Inspections, (monday(0), monday(0)), -7), "warning");
    correction.known = monday(1).plus(1).last_tick();
    count(&mut log, correction);
    let run = Run::of(&log, monday(3).plus(-1));
    let seen: Vec<[i64; 3]> = (0..3).map(|number| of(&run.assessments, monday(number).week(), "KR/coal").seen).collect();
    assert_eq!(seen, [[10, 2, 0], [7, 2, 0], [7, 2, 0]]);
    assert_eq!(run.assessors[0].refused().count(), 0);
}

#[test]
fn counts_that_cannot_be_are_said_to_be_so() {
    let mut log = log_with(pack(), day(FIRST));
    count(&mut log, inspections("KR/coal", monday(0), 3));
    count(&mut log, inspections("KR/coal", monday(1), -1));
    count(&mut log, inspections("JP/coal", monday(1), 1));
    let run = Run::of(&log, monday(4).plus(-1));
    assert_eq!(run.assessors[0].refused().map(|(_, code)| code.to_string()).collect::<Vec<_>>(), ["KR"]);
    let verdicts: Vec<Verdict> = (1..4).map(|number| of(&run.assessments, monday(number).week(), "KR/coal").verdict).collect();
    assert_eq!(verdicts, [Verdict::Gap; 3]);
    assert_eq!(of(&run.assessments, monday(3).week(), "JP/coal").verdict, Verdict::Learning);
}

#[test]
fn a_declared_first_week_dates_every_clock() {
    let declared = |first_week| {
        let mut log = log_with(Pack { first_week, ..pack() }, day(FIRST));
        weekly(&mut log, "KR/coal", 30, &steady(100, 40));
        let run = Run::of(&log, monday(70).plus(-1));
        run.assessments.iter().map(|one| (one.week, one.series[0].verdict)).collect::<Vec<_>>()
    };
    let undeclared = declared(None);
    assert_eq!(undeclared.first().unwrap().0, monday(30).week());
    // Week 0 long before the first report: a level exists as soon as eight weeks are learnt, 26 weeks behind.
    let from = declared(Some(monday(-60).week()));
    assert_ne!(from, undeclared);
    // Week 0 in the future: nothing is assessed before it.
    assert_eq!(declared(Some(monday(50).week())).first().unwrap().0, monday(50).week());
}

#[test]
fn a_measure_that_is_no_longer_in_force_is_no_fall() {
    let mut measures = pack().measures;
    measures[1].to = Some(monday(80).plus(3));
    let mut log = log_with(Pack { measures, ..pack() }, day(FIRST));
    weekly(&mut log, "KR/coal", 0, &steady(100, 80));
    weekly(&mut log, "KR/fish", 0, &steady(100, 120));
    let run = Run::of(&log, monday(120).plus(-1));
    check(&run, "");
    assert_eq!(last(&run.assessments, "KR/fish").verdict, Verdict::Normal);
    assert_ne!(last(&run.assessments, "KR/coal").verdict, Verdict::Normal);
}

#[test]
fn acts_that_serve_several_measures_weigh_the_pool_less() {
    let sharing = |measures: i64| {
        let mut log = log_with(pack(), day(FIRST));
        for name in ["KR/arms", "KR/coal"] {
            weekly(&mut log, name, 0, &steady(50, 60));
        }
        for number in 0..60 {
            let mut any = inspections("KR/any", monday(number), 50);
            any.sum = Sum { acts: 50, measures: 50 * measures, measures_squared: 50 * measures * measures, ..Sum::default() };
            count(&mut log, any);
        }
        Run::of(&log, monday(60).plus(-1)).assessments.last().unwrap().clone()
    };
    let (alone, shared) = (sharing(1), sharing(2));
    assert_eq!((alone.pooled[0].sharing, shared.pooled[0].sharing), (1.0, 0.5));
    assert!(alone.series.iter().all(|one| one.measure != MeasureKey::Any), "`any` is never judged itself");
}

#[test]
fn what_is_on_record_is_marked() {
    let source = SourceId::parse("customs").unwrap();
    let feed = Feed { source: source.clone(), counts: vec![Count::Inspections], expected_interval_days: 1, arrives_in: Arrival::Singly };
    let mut log = log_with(Pack { feeds: vec![feed], ..pack() }, day(FIRST));
    weekly(&mut log, "KR/coal", 0, &steady(100, 90));
    let at = |number: i32| monday(number).plus(1).last_tick();
    let change =
        DefinitionChange { affects: affects(Some("KR"), None), effective: monday(60), text: label("now with seals"), comparable: None };
    told(&mut log, note(1, at(50), Matter::Definition(change)));
    let status = |condition| Matter::Feed(source.clone(), FeedStatus { condition, complete_to: None, expected_interval_days: None });
    told(&mut log, note(2, at(40), status(FeedCondition::BackfillStarted)));
    told(&mut log, note(3, at(42), status(FeedCondition::BackfillEnded)));
    let outage = Deed::DeclareOutage { affects: affects(None, None), from: monday(70), until: monday(71) };
    told(&mut log, note(4, at(72), act(outage)));
    let rebase = Deed::Rebase { series: series("KR/coal"), from: monday(60).week(), until: monday(79).week() };
    told(&mut log, note(5, at(80), act(rebase)));
    let run = Run::of(&log, monday(90).plus(-1));
    let marked = |mode| {
        let marked = |&number: &i32| of(&run.assessments, monday(number).week(), "KR/coal").modes.has(mode);
        (0..90).filter(marked).collect::<Vec<_>>()
    };
    assert_eq!(marked(Mode::DefinitionBreak), (60..80).collect::<Vec<_>>(), "until somebody re-bases");
    assert_eq!(marked(Mode::Backfill), [40, 41, 42]);
    assert_eq!(marked(Mode::OutageDeclared), (72..84).collect::<Vec<_>>(), "a quarter after its last week");
}

#[test]
fn an_act_reaches_condition_and_alert_alike() {
    let fired = engine::identity::claim(&judged::regime(), Rule::Slippage, &series("KR/coal"));
    let fired = engine::identity::alert(fired, day("2019-07-28"));
    let mut log = fall();
    told(&mut log, note(1, Tick::of(instant("2019-08-20T10:00:00Z")), act(Deed::Close { seen: seen("KR/coal", fired, 1) })));
    told(&mut log, note(2, Tick::of(instant("2019-08-20T11:00:00Z")), act(Deed::Close { seen: seen("KR/coal", fired, 2) })));
    let run = Run::of(&log, monday(140).plus(-1));
    let told: Vec<String> = run.told().lines().map(str::to_owned).collect();
    assert_eq!(
        told[..4],
        [
            "2019-07-28T23:59:59.750Z KR/coal 1 fired by collapse -> firing",
            "2019-08-20T10:00:00Z KR/coal 2 closed -> resolved",
            "2019-08-20T10:00:00Z act 1 Applied",
            "2019-08-20T11:00:00Z act 2 Stale(Ended)",
        ]
    );
    // The fall stands, so the condition may fire again; within the weeks of merging it is the same alert.
    assert!(told[4..].iter().any(|line| line.contains("KR/coal 3 reopened")), "{told:?}");
    agree(&run);
}

#[test]
fn a_rebase_ends_the_alert_and_the_new_level_is_normal() {
    let mut log = log_with(pack(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &[steady(100, 80), steady(40, 60)].concat());
    let rebase = Deed::Rebase { series: series("KR/coal"), from: monday(81).week(), until: monday(99).week() };
    told(&mut log, note(1, monday(100).plus(1).last_tick(), act(rebase)));
    let run = Run::of(&log, monday(140).plus(-1));
    check(
        &run,
        "2019-07-28T23:59:59.750Z KR/coal 1 fired by collapse -> firing
         2019-12-03T23:59:59.750Z KR/coal 2 rebased -> resolved
         2019-12-03T23:59:59.750Z act 1 Applied",
    );
    let coal = last(&run.assessments, "KR/coal");
    assert_eq!(phase(coal), ConditionPhase::Quiet);
    assert!((effort(coal).expected.unwrap().estimate - 40.0).abs() < 3.0);
    agree(&run);
}

#[test]
fn a_declared_outage_is_no_fall() {
    let mut log = log_with(pack(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &[steady(100, 80), steady(20, 6), steady(100, 20)].concat());
    let outage = Deed::DeclareOutage { affects: affects(Some("KR"), None), from: monday(80), until: monday(85).plus(6) };
    told(&mut log, note(1, monday(79).last_tick(), act(outage)));
    let run = Run::of(&log, monday(106).plus(-1));
    check(&run, "2019-07-08T23:59:59.750Z act 1 Applied");
}

#[test]
fn the_yardstick_lives_no_life() {
    let log = fall();
    let mut assessor = engine::assessor::Assessor::new().with_yardstick();
    let mut out = Vec::new();
    for (&tick, Batch { tallies, notes, .. }) in &log {
        assessor.step(tick, tallies, notes, &mut out);
    }
    assessor.pass(monday(140).plus(-1).last_tick(), &mut out);
    assert_eq!(out, Run::of(&log, monday(140).plus(-1)).assessments, "it changes no assessment");
    let lines = assessor.take_yardstick();
    assert!(assessor.take_yardstick().is_empty());
    let past = lines.iter().filter(|line| line.stream(Stream::Effort).evidence_nats.is_some_and(|nats| nats > line.threshold_nats)).count();
    let fired = out.iter().filter(|one| phase(&one.series[0]) == ConditionPhase::Firing).count();
    assert!(past > 10 && past != fired, "{past} weeks past the threshold, {fired} firing");
    assert_eq!(lines[0].threshold_nats, 6.0);
}

#[test]
fn the_weeks_behind_the_evidence_can_be_told() {
    let mut log = fall();
    log.retain(|tick, _| tick.day() < monday(90));
    let run = Run::of(&log, monday(90).plus(-1));
    let weeks = run.assessors[0].contributions(&series("KR/coal"), Stream::Effort);
    assert_eq!(weeks[0].week, monday(89).week());
    assert_eq!(weeks[0].seen, steady(40, 10)[9] as f64);
    assert!(weeks.iter().take(10).all(|week| week.share > 0.0 && week.expected > 90.0));
    assert!(weeks.iter().skip(10).all(|week| week.share <= 0.0), "only the ten weeks of the fall speak for one");
}

/// The condition fires exactly while the alert stands.
#[track_caller]
fn agree(run: &Run) {
    let mut open = std::collections::BTreeMap::new();
    let mut decisions = run.decisions.iter().peekable();
    for assessment in &run.assessments {
        let end = assessment.day.last_tick();
        while let Some(decision) = decisions.next_if(|decision| engine::seal::tick(decision) <= end) {
            if let Decision::Transition(moved) = decision {
                open.insert(moved.series.clone(), moved.phase);
            }
        }
        for one in &assessment.series {
            let key = vocab::series::SeriesKey {
                regime: assessment.regime.clone(),
                jurisdiction: assessment.jurisdiction.clone(),
                measure: one.measure.clone(),
                unit: one.unit,
            };
            let stands = open.get(&key).is_some_and(|phase: &AlertPhase| phase.is_open());
            let fires = one.streams.iter().any(|stream| stream.phase == ConditionPhase::Firing);
            assert_eq!(stands, fires, "{key} in {}", assessment.week);
        }
    }
}
