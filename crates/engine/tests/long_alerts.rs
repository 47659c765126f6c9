//! Alerts and notices about years and places, from tallies to transitions: how they fire, learn, escalate and end.

mod judged;

use judged::weeks::{FIRST, eroding, intervened, level, monday, sunday, week, weekly};
use judged::{Run, act, code, count, day, in_stratum, inspections, label, line, log_with, note, pack, seen, series, told};
use std::sync::Arc;
use vocab::{
    act::Deed,
    alert::{Decision, LongView, Look, LookFound, Rule, Transition},
    event::DefinitionChange,
    pack::{ErosionReference, Pack, Severity},
    record::PackHash,
    tally::Matter,
    time::{Day, Week},
};

fn transitions(run: &Run, rule: Rule) -> Vec<&Transition> {
    run.transitions().filter(|transition| transition.rule == rule).collect()
}

/// The transitions of a rule, without their hour.
fn told_of(run: &Run, rule: Rule) -> Vec<String> {
    let lines = transitions(run, rule).into_iter().filter_map(|moved| line(&Decision::Transition(moved.clone())));
    lines.map(|line| line.replacen("T23:59:59.750Z", "", 1)).collect()
}

#[track_caller]
fn check(run: &Run, rule: Rule, expected: &[(Day, &str)]) {
    let expected: Vec<String> = expected.iter().map(|(day, text)| format!("{day} {text}")).collect();
    assert_eq!(told_of(run, rule), expected);
}

fn closed_at_hand(run: &Run) -> Deed {
    let first = transitions(run, Rule::EffortErosion)[0];
    Deed::Close { seen: seen("KR/coal", first.alert, 1) }
}

#[test]
fn erosion_warns_becomes_critical_and_ends_beside_what_the_weeks_say() {
    let mut log = log_with(eroding(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &[level(100, 52), level(88, 70), level(60, 40), level(100, 70)].concat());
    let run = Run::of(&log, monday(232).plus(-1));
    // By the formulas of 6.1, worked out apart: a year that holds both levels has wide quarters, so the interval ends below .85 only
    // at .686 [.57, .83] in week 157; the ratio is above .95 in weeks 209 and 213.
    let moved = transitions(&run, Rule::EffortErosion);
    check(
        &run,
        Rule::EffortErosion,
        &[
            (sunday(109), "KR/coal effort-erosion 1 fired by erosion -> firing"),
            (sunday(157), "KR/coal effort-erosion 2 escalated by erosion -> firing"),
            (sunday(213), "KR/coal effort-erosion 3 ended -> resolved"),
        ],
    );
    assert_eq!(moved.iter().map(|one| one.severity).collect::<Vec<_>>(), [Severity::Warning, Severity::Critical, Severity::Warning]);
    let Some(LongView::Erosion(erosion)) = moved[0].evidence.long.as_deref() else { panic!("{:?}", moved[0].evidence) };
    assert!((erosion.ratio.unwrap().estimate - 0.88).abs() < 1e-3 && moved[0].evidence.stream.is_none());
    assert!(moved[0].change.pages() && moved[1].change.pages() && !moved[2].change.pages());
}

#[test]
fn erosion_closed_by_a_person_fires_again_only_when_it_is_worse() {
    let mut log = log_with(eroding(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &[level(100, 52), level(88, 70), level(60, 40)].concat());
    let close = closed_at_hand(&Run::of(&log, monday(162).plus(-1)));
    told(&mut log, note(9, monday(112).last_tick(), act(close)));
    let run = Run::of(&log, monday(162).plus(-1));
    check(
        &run,
        Rule::EffortErosion,
        &[
            (sunday(109), "KR/coal effort-erosion 1 fired by erosion -> firing"),
            (monday(112), "KR/coal effort-erosion 2 closed -> resolved"),
            (sunday(157), "KR/coal effort-erosion 1 fired by erosion -> firing"),
        ],
    );
    assert_eq!(run.told().lines().filter(|line| line.contains(" act 9 ")).count(), 1);
}

#[test]
fn another_reference_ends_the_claim_about_the_first() {
    let mut log = log_with(eroding(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &[level(100, 52), level(70, 90)].concat());
    let other = Pack { version: 2, hash: PackHash([2; 32]), erosion: Some(ErosionReference { first: week(0), last: week(60) }), ..pack() };
    told(&mut log, note(9, monday(120).last_tick(), Matter::Pack(Arc::new(other), Arc::default())));
    let run = Run::of(&log, monday(142).plus(-1));
    check(
        &run,
        Rule::EffortErosion,
        &[
            (sunday(105), "KR/coal effort-erosion 1 fired by erosion -> firing"),
            (sunday(120), "KR/coal effort-erosion 2 ended -> resolved"),
        ],
    );
}

#[test]
fn a_break_is_noted_never_pages_and_ends_with_a_new_level() {
    let mut log = log_with(pack(), day(FIRST));
    for number in 0..160 {
        let (binding, warnings) = (100 + i64::from(number % 3), if number < 80 { 3 } else { 60 });
        count(&mut log, in_stratum(inspections("KR/coal", monday(number).plus(1), binding), "binding"));
        count(&mut log, in_stratum(inspections("KR/coal", monday(number).plus(2), warnings), "warning"));
    }
    let rebase = Deed::Rebase { series: series("KR/coal"), from: week(80), until: week(110) };
    told(&mut log, note(7, monday(120).last_tick(), act(rebase)));
    let run = Run::of(&log, monday(160).plus(-1));
    let moved = transitions(&run, Rule::DefinitionBreak);
    let [noted, rebased] = moved[..] else { panic!("{:?}", told_of(&run, Rule::DefinitionBreak)) };
    assert!((sunday(81)..=sunday(86)).contains(&noted.at.day()), "{}", noted.at.day());
    assert_eq!((noted.change.as_str(), rebased.change.as_str(), rebased.at.day()), ("noted", "rebased", monday(120)));
    assert_eq!((noted.severity, noted.kind.as_str(), noted.change.pages()), (Severity::Notice, "definition", false));
    assert!(matches!(noted.evidence.long.as_deref(), Some(LongView::Mix(_))));
}

#[test]
fn a_change_of_definition_on_record_is_noted_as_well() {
    let mut log = log_with(pack(), day(FIRST));
    weekly(&mut log, "KR/coal", 0, &level(50, 70));
    let change = DefinitionChange {
        affects: judged::affects(None, Some("coal")),
        effective: monday(60),
        text: label("warnings are counted too"),
        comparable: Some(false),
    };
    told(&mut log, note(7, monday(60).last_tick(), Matter::Definition(change)));
    let run = Run::of(&log, monday(70).plus(-1));
    check(&run, Rule::DefinitionBreak, &[(sunday(60), "KR/coal definition-break 1 noted -> firing")]);
    assert!(transitions(&run, Rule::DefinitionBreak)[0].evidence.long.is_none());
}

/// Weekly levels before the intervention, in the twenty weeks after it, and after those.
fn around_it(levels: [(&str, i64, i64, i64); 3]) -> Run {
    let mut log = log_with(intervened(52), day(FIRST));
    for (of, before, after, later) in levels {
        weekly(&mut log, of, 0, &[level(before, 40), level(after, 20), level(later, 40)].concat());
    }
    Run::of(&log, monday(100).plus(-1))
}

fn looks(run: &Run) -> Vec<(Week, &Look)> {
    let digests = run.decisions.iter().filter_map(|decision| match decision {
        Decision::Digest(digest) => Some(digest),
        Decision::Transition(_) | Decision::Answer(_) | Decision::Seal(_) => None,
    });
    digests.flat_map(|digest| digest.looks.iter().map(|look| (digest.week, look))).collect()
}

#[test]
fn what_moves_next_door_is_displacement_until_a_look_says_otherwise() {
    // By week 92 the neighbour has fallen far below its level before: over all 52 weeks it did not rise.
    let run = around_it([("KR/coal", 40, 15, 15), ("JP/coal", 20, 45, 1), ("CN/coal", 30, 30, 30)]);
    check(
        &run,
        Rule::DisplacementQuotient,
        &[
            (sunday(51), "KR/coal displacement-quotient 1 fired by quotient -> firing"),
            (sunday(91), "KR/coal displacement-quotient 2 ended -> resolved"),
        ],
    );
    let looks: Vec<(Week, u16, LookFound)> = looks(&run).iter().map(|(week, look)| (*week, look.after_weeks, look.found)).collect();
    let found = [(week(51), 12, LookFound::Displaced), (week(65), 26, LookFound::Displaced), (week(91), 52, LookFound::NotDisplaced)];
    assert_eq!(looks, found);
    let fired = transitions(&run, Rule::DisplacementQuotient)[0];
    let Some(LongView::Look(look)) = fired.evidence.long.as_deref() else { panic!("{:?}", fired.evidence) };
    assert_eq!((look.treated, look.neighbours, look.controls), ([1_200, 180], [600, 540], [900, 360]));
    let quotient = look.quotient.unwrap();
    assert!(quotient.estimate < -0.5 && quotient.high < 0.0, "{quotient:?}");
    assert_eq!(fired.severity, Severity::Warning);
}

#[test]
fn a_fall_everywhere_or_a_rise_here_is_no_displacement() {
    for (levels, found) in [
        ([("KR/coal", 40, 15, 15), ("JP/coal", 20, 8, 8), ("CN/coal", 30, 30, 30)], LookFound::NotDisplaced),
        ([("KR/coal", 40, 90, 90), ("JP/coal", 40, 15, 15), ("CN/coal", 30, 30, 30)], LookFound::NotDisplaced),
        ([("KR/coal", 40, 40, 40), ("JP/coal", 20, 30, 30), ("CN/coal", 30, 30, 30)], LookFound::Unknown),
    ] {
        let run = around_it(levels);
        check(&run, Rule::DisplacementQuotient, &[]);
        assert!(looks(&run).iter().all(|(_, look)| look.found == found), "{:?}", looks(&run));
        assert_eq!(looks(&run).len(), 3);
    }
}

#[test]
fn a_place_that_says_nothing_leaves_the_look_unknown() {
    let run = around_it([("KR/coal", 40, 15, 15), ("JP/coal", 20, 45, 45), ("KR/fish", 30, 30, 30)]);
    check(&run, Rule::DisplacementQuotient, &[]);
    let looks = looks(&run);
    assert!(
        looks.len() == 6 && looks.iter().all(|(_, look)| look.missing == [code("CN")] && look.found == LookFound::Unknown),
        "{looks:?}"
    );
}
