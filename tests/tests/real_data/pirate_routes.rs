//! Pirate attacks through the whole product: the counts that meet at each look, and what is decided. Expectations P2 to P5 of
//! `tests/expectations/pirate-attacks.md`; the quotients by the statistic alone stand in `pirate_attacks.rs`.
//!
//! Must never enter: a look that the shipped pack does not declare.

use crate::{
    pirate_attacks::{INTERVENTIONS, around, shipped},
    said::decides_the_same,
};
use std::{collections::BTreeMap, sync::OnceLock};
use tests::{agree::assert_agree, naive::Figures, play::Played, real::transitions_of};
use vocab::{
    alert::{Decision, Look, Rule},
    assessment::Verdict,
    pack::Part,
    time::Day,
};

fn played() -> &'static Played {
    static PLAYED: OnceLock<Played> = OnceLock::new();
    PLAYED.get_or_init(|| shipped().play(1).unwrap())
}

/// Every figure against the checker that computes it apart, and the same decisions on any number of partitions.
#[test]
fn the_figures_are_those_of_the_naive_checker_on_any_number_of_partitions() {
    assert_agree("pirate attacks", played(), &Figures::of(&played().admitted));
    decides_the_same(&shipped(), played());
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

/// Label, weeks after it, quotient with its interval, what it comes to. The same figures come out of a computation apart.
const LOOKS: [&str; 12] = [
    "coordinated patrols of the Malacca Strait, 12: none, unknown",
    "coordinated patrols of the Malacca Strait, 26: 0.96 [-1.66, 6.95], not_displaced",
    "coordinated patrols of the Malacca Strait, 52: 1.59 [0.52, 3.91], not_displaced",
    "coordinated patrols of the Malacca Strait, 104: 4.60 [2.37, 40.25], not_displaced",
    "European naval operation off Somalia, 12: none, unknown",
    "European naval operation off Somalia, 26: -0.54 [-1.55, 0.06], not_displaced",
    "European naval operation off Somalia, 52: -0.54 [-1.69, 0.07], not_displaced",
    "European naval operation off Somalia, 104: -2.45 [-17.29, -0.87], not_displaced",
    "end of NATO's operation off Somalia, 12: none, unknown",
    "end of NATO's operation off Somalia, 26: 0.30 [-0.07, 0.81], not_displaced",
    "end of NATO's operation off Somalia, 52: 0.33 [0.02, 0.83], not_displaced",
    "end of NATO's operation off Somalia, 104: 0.87 [0.38, 6.75], not_displaced",
];

/// P2 to P5: twelve looks, none of which finds that attacks moved, and no alert. 104 weeks after December 2008 the bare rule would have
/// found it, on a treated route that rose.
#[test]
fn no_look_finds_that_attacks_moved() {
    let digests =
        played().decisions.iter().filter_map(|(_, decision)| if let Decision::Digest(digest) = &**decision { Some(digest) } else { None });
    let looks: Vec<String> = digests.flat_map(|digest| &digest.looks).map(told).collect();
    assert_eq!(looks, LOOKS);
    assert!(transitions_of(Rule::DisplacementQuotient, played()).is_empty());
}

/// A look in words: label, weeks, quotient with its interval, what it comes to.
fn told(look: &Look) -> String {
    let quotient =
        look.quotient.map_or("none".to_owned(), |quotient| format!("{:.2} [{:.2}, {:.2}]", quotient.estimate, quotient.low, quotient.high));
    format!("{}, {}: {quotient}, {}", look.label, look.after_weeks, look.found.as_str())
}

/// No feed brings inspections, so no verdict on effort is given: a gap, and never health.
#[test]
fn without_inspections_no_verdict_is_given() {
    let verdicts = played().assessments.iter().flat_map(|one| one.series.iter().map(|series| series.verdict));
    assert!(verdicts.into_iter().all(|verdict| verdict == Verdict::Gap));
}
