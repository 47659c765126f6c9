//! What a week will come to once all reports are in (§4.7), from what has been seen of it and how complete such weeks are.
//!
//! It never borrows from the baseline: that would hide a fall. What must never enter: an expectation.

use serde::{Deserialize, Serialize};

use crate::lanes;

/// Below this completeness nothing is said; from the upper one on the count stands for itself.
const SHOWN_FROM: f64 = 0.1;
const COMPLETE_FROM: f64 = 0.995;

/// The final count of a week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Nowcast {
    /// Expected final count.
    pub expected: f64,
    /// 90 % interval of it, whole counts; none when the week is as good as complete.
    pub interval: Option<(f64, f64)>,
}

/// The final count of a week of which `seen` counts are known, with completeness F, the variance V of ln F, and counts that come in
/// lots of `lot`. `None` while F is below 0.1.
#[must_use]
pub fn nowcast(seen: f64, completeness: f64, variance: f64, lot: f64) -> Option<Nowcast> {
    if completeness < SHOWN_FROM {
        return None;
    }
    let lots = seen / lot + 0.5;
    let rest = lots * (1.0 - completeness) / completeness;
    let expected = seen + lot * rest;
    if completeness >= COMPLETE_FROM {
        return Some(Nowcast { expected, interval: None });
    }
    let relative = lots / completeness;
    let spread = lots * (1.0 - completeness) / (completeness * completeness) + relative * relative * variance;
    let log_variance = lanes::ln_ratio(1.0 + spread / (rest * rest), 1.0);
    let reach = 1.645 * libm::sqrt(log_variance);
    let middle = lot * rest * lanes::exp(-log_variance / 2.0);
    let factor = lanes::exp(reach);
    let low = seen + libm::floor(middle / factor);
    let high = seen + libm::ceil(middle * factor);
    Some(Nowcast { expected, interval: Some((low, high)) })
}

#[cfg(test)]
mod tests {
    use super::nowcast;

    const VECTOR: &str = include_str!("../tests/vectors/nowcast.json");

    #[test]
    fn it_equals_the_formula_values() {
        let vector: serde_json::Value = serde_json::from_str(VECTOR).unwrap();
        for row in vector["rows"].as_array().unwrap() {
            let number = |key: &str| row[key].as_f64().unwrap();
            let cast = nowcast(number("seen"), number("F"), number("v"), number("lot")).unwrap();
            assert!((cast.expected - number("expected")).abs() < 1e-6, "{row}");
            assert_eq!(cast.interval, Some((number("lo"), number("hi"))), "{row}");
        }
    }

    #[test]
    fn a_week_hardly_begun_says_nothing_and_a_complete_one_has_no_interval() {
        assert_eq!(nowcast(5.0, 0.09, 0.0, 1.0), None);
        assert_eq!(nowcast(5.0, 1.0, 0.0, 1.0).map(|cast| (cast.expected, cast.interval)), Some((5.0, None)));
    }
}
