//! Pirate attacks through the whole product: the counts that meet at each look, and what is decided. Expectations P2 to P5 of
//! `tests/expectations/pirate-attacks.md`; the quotients by the statistic alone stand in `pirate_attacks.rs`.
//!
//! Must never enter: a look that the shipped pack does not declare.

use crate::pirate_attacks::{INTERVENTIONS, around, shipped};
use std::{collections::BTreeMap, sync::OnceLock};
use tests::{agree::assert_agree, naive::Figures, play::Played, transcript};
use vocab::{assessment::Verdict, pack::Part, time::Day};

fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| shipped().play(1).unwrap())
}

/// Every figure against the checker that computes it apart, and the same decisions on any number of partitions.
#[test]
fn the_figures_are_those_of_the_naive_checker_on_any_number_of_partitions() {
    assert_agree("pirate attacks", played(), &Figures::of(&played().admitted));
    let one = transcript::decided(played());
    for partitions in [3, 16] {
        assert!(transcript::decided(&shipped().play(partitions).unwrap()) == one, "{partitions} partitions decide something else");
    }
}

/// At 12, 26, 52 and 104 weeks, in all three routes and in the control: the counts are those of the rows.
#[test]
fn the_counts_that_meet_at_a_look_are_those_of_the_rows() {
    let mut looks = BTreeMap::new();
    for assessment in &played().assessments {
        for told in &assessment.around {
            let counts = told.counts.iter().map(|counts| (counts.before, counts.after)).collect::<Vec<_>>();
            looks.insert((told.label.to_string(), told.after_weeks, assessment.jurisdiction.to_string()), (told.part, counts));
        }
    }
    assert_eq!(looks.len(), 3 * 4 * 3, "{looks:?}");
    for (label, [treated, neighbour], day) in INTERVENTIONS {
        for weeks in [12, 26, 52, 104] {
            for (route, part) in [(treated, Part::Treated), (neighbour, Part::Neighbour), ("OTHER", Part::Control)] {
                let rows = around(route, Day::parse(day).unwrap(), [104, i32::from(weeks)]);
                let told = &looks[&(label.to_owned(), weeks, route.to_owned())];
                assert_eq!(*told, (part, vec![(rows.before, rows.after)]), "{label}, {weeks} weeks, {route}");
            }
        }
    }
}

/// No feed brings inspections, so no verdict on effort is given: a gap, and never health.
#[test]
fn without_inspections_no_verdict_is_given() {
    let verdicts = played().assessments.iter().flat_map(|one| one.series.iter().map(|series| series.verdict));
    assert!(verdicts.into_iter().all(|verdict| verdict == Verdict::Gap));
}
