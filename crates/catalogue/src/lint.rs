//! What a good metric is, as rules: names, units, helps, labels.
//!
//! The same habits as `promtool check metrics` has, and ours beside them. What must never enter: an exception for one metric.

use crate::metric::{Kind, Metric};

/// What a gauge's name may end in: a unit, the thing that is counted, or what Prometheus itself calls a reload that holds.
const UNITS: [&str; 11] = ["seconds", "bytes", "ratio", "nats", "records", "samples", "info", "verdict", "alerts", "overdue", "successful"];

/// What is wrong with a metric; nothing where it is as it should be.
#[must_use]
pub fn mistakes(metric: &Metric) -> Vec<String> {
    let mut found = name(metric);
    if metric.help.len() < 15 || !metric.help.ends_with('.') {
        found.push("the help is no sentence".to_owned());
    }
    if metric.help.contains('\n') {
        found.push("the help has more than one line".to_owned());
    }
    let mut labels = metric.labels.to_vec();
    labels.sort();
    labels.dedup();
    if labels.len() != metric.labels.len() {
        found.push("a label stands twice".to_owned());
    }
    if metric.samples_max == 0 {
        found.push("it has no budget".to_owned());
    }
    if let Kind::Histogram(bounds) = metric.kind
        && (bounds.is_empty() || !bounds.is_sorted_by(|one, other| one < other))
    {
        found.push("the bounds of its buckets do not rise".to_owned());
    }
    found
}

fn name(metric: &Metric) -> Vec<String> {
    let mut found = Vec::new();
    let Some(rest) = metric.name.strip_prefix("slipwatch_") else { return vec!["the name does not begin with slipwatch_".to_owned()] };
    let words: Vec<&str> = rest.split('_').collect();
    if words.iter().any(|word| word.is_empty() || !word.bytes().all(|letter| letter.is_ascii_lowercase())) {
        found.push("the name is not words of small letters joined by one _".to_owned());
    }
    let last = words.last().copied().unwrap_or_default();
    match metric.kind {
        Kind::Counter if last != "total" => found.push("a counter ends in _total".to_owned()),
        Kind::Gauge if !UNITS.contains(&last) => found.push(format!("a gauge ends in one of {}", UNITS.join(", "))),
        Kind::Histogram(_) if last != "seconds" && last != "bytes" => found.push("a histogram ends in its unit".to_owned()),
        Kind::Counter | Kind::Gauge | Kind::Histogram(_) => {}
    }
    if metric.kind == Kind::Gauge && words.contains(&"timestamp") && !rest.ends_with("timestamp_seconds") {
        found.push("an instant ends in _timestamp_seconds".to_owned());
    }
    if metric.labels.iter().any(|label| words.contains(&label.as_str()) && words.len() > 1) {
        found.push("the name repeats a label".to_owned());
    }
    found
}
