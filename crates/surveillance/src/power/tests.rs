//! The formula values of the vector, and the searches against a walk over the whole grid.

use super::{Sensitivity, first};

const VECTOR: &str = include_str!("../../tests/vectors/power.json");

#[test]
fn it_equals_the_formula_values() {
    let vector: serde_json::Value = serde_json::from_str(VECTOR).unwrap();
    for row in vector["rows"].as_array().unwrap() {
        let number = |key: &str| row[key].as_f64().unwrap();
        let sensitivity = Sensitivity {
            expected_per_week: number("m"),
            precision: number("a"),
            unseen_weeks: row["u"].as_i64().unwrap(),
            threshold: number("h"),
        };
        assert!((sensitivity.chance(0.5, 13) - number("power_50_in_13")).abs() < 1e-6, "{row}");
        assert!((sensitivity.chance(0.8, 26) - number("power_20_in_26")).abs() < 1e-6, "{row}");
        let power = sensitivity.power();
        let fall = row["smallest_fall_13"].as_f64();
        assert_eq!(power.smallest_fall_in_13_weeks.is_some(), fall.is_some(), "{row}");
        assert!((power.smallest_fall_in_13_weeks.unwrap_or(0.0) - fall.unwrap_or(0.0)).abs() < 1e-6, "{row}");
        assert_eq!(power.weeks_for_half.map(u64::from), row["weeks_for_50"].as_u64(), "{row}");
    }
}

#[test]
fn the_search_finds_what_a_walk_finds() {
    for tenth in 1..400 {
        for precision in [5.0, 40.0, 300.0, 9000.0] {
            let now = Sensitivity { expected_per_week: f64::from(tenth) * 0.1, precision, unseen_weeks: 1, threshold: 6.0 };
            let weeks = (1..=52).find(|&weeks| now.chance(0.5, i64::from(weeks)) >= 0.5);
            let surely = (1..=52).find(|&weeks| now.chance(0.7, i64::from(weeks)) >= 0.8);
            let fall = (1..=19).find(|&step| now.chance(1.0 - f64::from(step) * 0.05, 13) >= 0.5);
            assert_eq!(now.power().weeks_for_half, weeks, "{now:?}");
            assert_eq!(now.power().weeks_for_30_percent, surely, "{now:?}");
            assert_eq!(now.power().smallest_fall_in_13_weeks, fall.map(|step| f64::from(step) * 0.05), "{now:?}");
        }
    }
}

#[test]
fn a_search_that_never_holds_finds_nothing() {
    assert_eq!(first(5, |_| false), None);
    assert_eq!(first(5, |at| at >= 1), Some(1));
    assert_eq!(first(5, |at| at >= 5), Some(5));
}

#[test]
fn any_fall_and_any_chance_can_be_asked_for() {
    let now = Sensitivity { expected_per_week: 20.0, precision: 300.0, unseen_weeks: 1, threshold: 6.0 };
    let weeks = now.weeks_for(0.7, 0.8).unwrap();
    assert!(now.chance(0.7, i64::from(weeks)) >= 0.8 && now.chance(0.7, i64::from(weeks) - 1) < 0.8, "{weeks}");
    assert_eq!(now.weeks_for(0.5, 0.5), now.power().weeks_for_half);
    assert_eq!(Sensitivity { expected_per_week: 0.2, ..now }.weeks_for(0.9, 0.8), None);
}
