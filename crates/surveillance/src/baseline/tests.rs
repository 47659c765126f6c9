//! The filter against a full fit by R's `glm` (`seasonal_glm_r.json`).

use std::format;
use std::vec::Vec;

use super::{Baseline, Lesson, RATIO_DRIFT};
use crate::season::harmonics;

const GLM: &str = include_str!("../../tests/vectors/seasonal_glm_r.json");

fn numbers(vector: &serde_json::Value, key: &str) -> Vec<f64> {
    vector[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

#[test]
fn the_level_lies_within_two_standard_errors_of_a_full_fit() {
    let vector: serde_json::Value = serde_json::from_str(GLM).unwrap();
    let (y, x) = (numbers(&vector, "y"), numbers(&vector, "x"));
    let mut baseline = Baseline::default();
    for (at, (y, x)) in y.iter().zip(&x).enumerate() {
        let season = harmonics(at as i64 + 1);
        let lesson = Lesson { counts: (*y as i32, *x as i32), units: (1.0, 1.0), drift: RATIO_DRIFT, season: &season };
        baseline.learn(at as i64, &lesson);
    }
    let level = baseline.level();
    for (ahead, (eta, se)) in numbers(&vector, "eta").into_iter().zip(numbers(&vector, "se")).enumerate() {
        let week = 61 + ahead;
        let season = harmonics(week as i64);
        let ours = level.coefficients[0] + (0..4).map(|at| season[at] * level.coefficients[at + 1]).sum::<f64>() + libm::log(x[week - 1]);
        assert!((ours - eta).abs() < 2.0 * se, "{}", format!("week {week}: {ours}, not {eta} ± {se}"));
    }
}
