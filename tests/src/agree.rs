//! Holds what the product said against the naive checker: cells, weekly totals, arrivals by delay, assessments, ledgers.
//!
//! Must never enter: a tolerance. Counts are integers.

use crate::{naive::Figures, play::Played};
use std::collections::{BTreeMap, BTreeSet};
use vocab::{
    series::{Count, MeasureKey, SeriesKey},
    tally::{Cell, Ledger, Sum, Tally},
    time::{Day, Week},
};

/// Compares everything; a difference panics with `name` and the first figure that differs.
///
/// # Panics
/// When a figure differs.
pub fn assert_agree(name: &str, played: &Played, figures: &Figures) {
    same(name, "cell", &changes(&played.tallies), &figures.changes());
    same(name, "ledger", &played.ledger, &figures.ledger);
    let admitted: i64 = figures.ledger.values().map(Ledger::admitted).sum();
    let refused = i64::try_from(played.refused.len()).unwrap_or(i64::MAX);
    assert_eq!(i64::try_from(played.received).ok(), Some(admitted + refused), "{name}: received = admitted + refused");
    assert_eq!(i64::try_from(played.admitted.len()).ok(), Some(admitted), "{name}: every admitted message is in the ledger");
    let late: i64 = figures.ledger.values().map(|line| line.late).sum();
    assert_eq!(i64::try_from(played.late.len()).ok(), Some(late), "{name}: every late message is shown");
    let mut series = BTreeSet::new();
    for assessment in &played.assessments {
        for of in &assessment.series {
            let (regime, jurisdiction) = (assessment.regime.clone(), assessment.jurisdiction.clone());
            let key = SeriesKey { regime, jurisdiction, measure: of.measure.clone(), unit: of.unit };
            let seen = figures.seen(&key, assessment.week, assessment.day);
            assert_eq!(of.seen, seen, "{name}: seen of {key} in {}", assessment.week);
            if matches!(key.measure, MeasureKey::One(_)) {
                series.insert((key, assessment.day));
            }
        }
    }
    let mut of_series = BTreeMap::<&SeriesKey, Vec<&Tally>>::new();
    for tally in played.tallies.iter().filter(|tally| tally.cell.count == Count::Inspections) {
        of_series.entry(&tally.cell.series).or_default().push(tally);
    }
    for (key, day) in series {
        let arrivals = arrivals(of_series.get(&key).map_or(&[], Vec::as_slice), day);
        assert_eq!(arrivals, figures.arrivals(&key, day.week(), day), "{name}: arrivals of {key} in {}", day.week());
    }
}

/// The first entry in which two tables differ.
fn same<K: Ord + std::fmt::Debug, V: PartialEq + std::fmt::Debug>(
    name: &str,
    what: &str,
    product: &BTreeMap<K, V>,
    naive: &BTreeMap<K, V>,
) {
    for key in product.keys().chain(naive.keys()) {
        assert_eq!(product.get(key), naive.get(key), "{name}: {what} {key:?}: the product's on the left");
    }
}

/// What changed in every cell on every day, from the product's tallies.
fn changes(tallies: &[Tally]) -> BTreeMap<(Cell, Day), [i128; 5]> {
    let mut changes = BTreeMap::<(Cell, Day), [i128; 5]>::new();
    for tally in tallies {
        let sum = changes.entry((tally.cell.clone(), tally.known.day())).or_default();
        let Sum { acts, measures, measures_squared, weight, weight_squared } = tally.sum;
        let more = [acts.into(), measures.into(), measures_squared.into(), weight.into(), weight_squared];
        sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }
    changes.retain(|_, sum| *sum != [0; 5]);
    changes
}

/// Inspections of a series first known in the week of a day and standing at its end, by weeks of delay, from its tallies.
fn arrivals(tallies: &[&Tally], day: Day) -> BTreeMap<i32, i64> {
    let week: Week = day.week();
    let mut arrivals = BTreeMap::new();
    for Tally { cell, known: _, sum } in tallies.iter().copied().filter(|tally| tally.known <= day.last_tick()) {
        if cell.first_known.week() == week {
            *arrivals.entry((week.0 - cell.occurred.week().0).max(0)).or_default() += sum.acts;
        }
    }
    arrivals.retain(|_, acts| *acts != 0);
    arrivals
}
