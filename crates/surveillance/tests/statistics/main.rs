//! The other statistics: against committed vectors of independent tools, by their properties, and by how often their intervals hold.
//!
//! What must never enter: a number that this crate computed itself as its own expectation.

#![expect(clippy::unwrap_used, reason = "a vector that cannot be read must fail the test")]

mod chance;
mod coverage;
mod distributions;
mod life;
mod massachusetts;
mod properties;
mod ship_sanitation;
mod vectors;

/// A committed vector, by name.
fn vector(name: &str) -> serde_json::Value {
    let text = match name {
        "intervals" => include_str!("../vectors/intervals_scipy.json"),
        "ma_life" => include_str!("../vectors/ma_life.json"),
        "kaplan_meier" => include_str!("../vectors/kaplan_meier_scipy.json"),
        "multiple_testing" => include_str!("../vectors/multiple_testing_scipy.json"),
        "negative_binomial" => include_str!("../vectors/negative_binomial_scipy.json"),
        "ratios" => include_str!("../vectors/ratios.json"),
        "statistics" => include_str!("../vectors/statistics_scipy.json"),
        "trend" => include_str!("../vectors/trend_scipy.json"),
        _ => panic!("no vector {name}"),
    };
    serde_json::from_str(text).unwrap()
}

fn real(value: &serde_json::Value) -> f64 {
    value.as_f64().unwrap()
}

fn whole(value: &serde_json::Value) -> u64 {
    value.as_u64().unwrap()
}

fn rows(value: &serde_json::Value) -> &Vec<serde_json::Value> {
    value.as_array().unwrap()
}

/// Absolutely and relatively within `tolerance`.
#[track_caller]
fn near(ours: f64, want: f64, tolerance: f64) {
    assert!((ours - want).abs() <= tolerance * want.abs().max(1.0), "{ours}, not {want}");
}
