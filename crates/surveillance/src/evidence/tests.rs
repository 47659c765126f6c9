//! The closed forms against numerical integration, and the row-wise detector against a plain loop over the definition.

use std::vec::Vec;

use super::{Effects, Span, Walk, log_ratio_ramp, log_ratio_step};
use crate::settings::Settings;
use crate::stream::Side;
use crate::window::Window;

const STEPS: &str = include_str!("../../tests/vectors/segment_lr_quadrature.json");
const RAMPS: &str = include_str!("../../tests/vectors/ramp_lr_quadrature.json");

fn rows(text: &str) -> Vec<serde_json::Value> {
    let vector: serde_json::Value = serde_json::from_str(text).unwrap();
    vector["rows"].as_array().unwrap().clone()
}

#[test]
fn a_step_equals_the_quadrature() {
    for row in rows(STEPS) {
        let number = |key: &str| row[key].as_f64().unwrap();
        let ours = log_ratio_step(number("Y"), number("M"), number("a"), number("theta"));
        assert!((ours - number("log_lr")).abs() < 1e-6, "{row}: {ours}");
    }
}

#[test]
fn a_ramp_equals_the_quadrature() {
    for row in rows(RAMPS) {
        let list = |key: &str| row[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect::<Vec<f64>>();
        let weeks: Vec<(f64, f64)> = list("y").into_iter().zip(list("mu")).collect();
        let ours = log_ratio_ramp(&weeks, row["a"].as_f64().unwrap(), row["delta"].as_f64().unwrap());
        assert!((ours - row["log_lr"].as_f64().unwrap()).abs() < 1e-6, "{row}: {ours}");
    }
}

/// Counts that fall to 60 % in the newest nine of 52 weeks.
fn fallen() -> Window {
    let mut window = Window { len: 52, ..Window::default() };
    for at in 0..52 {
        window.back[at] = at as u8;
        window.expected[at] = 8.0 + (at % 5) as f64;
        window.seen[at] = window.expected[at] * if at < 9 { 0.6 } else { 1.02 } + ((at * 7) % 3) as f64 - 1.0;
        window.variance[at] = 0.01 + 0.001 * at as f64;
    }
    window
}

#[test]
fn the_rows_equal_the_definition() {
    let (window, settings) = (fallen(), Settings::default());
    let found = Walk::default().detect(&Effects::of(Side::Down, &settings), &Span::from(&window, 0)).unwrap();
    let mut sum = 0.0;
    let mut best = (f64::NEG_INFINITY, 0);
    for start in 1..52 {
        let a = 1.0 / (window.variance[start] + 1e-4);
        let weeks: Vec<(f64, f64)> = (0..=start).rev().map(|at| (window.seen[at], window.expected[at])).collect();
        let (seen, expected) = weeks.iter().fold((0.0, 0.0), |sums, week| (sums.0 + week.0, sums.1 + week.1));
        let steps = settings.slip_sizes.iter().map(|size| log_ratio_step(seen, expected, a, 1.0 - size));
        let ramps = settings.drifts_per_week.iter().map(|&drift| log_ratio_ramp(&weeks, a, drift));
        for ratio in steps.chain(ramps) {
            sum += libm::exp(ratio) / 7.0;
            best = if ratio > best.0 { (ratio, start) } else { best };
        }
    }
    assert!((found.evidence - libm::log(sum)).abs() < 1e-10);
    assert_eq!(found.start, best.1);
    assert!(found.newest_start <= found.start && found.oldest_start >= found.start);
}

#[test]
fn one_week_is_no_segment() {
    let window = Window { len: 1, ..fallen() };
    assert!(Walk::default().detect(&Effects::of(Side::Down, &Settings::default()), &Span::from(&window, 0)).is_none());
}
