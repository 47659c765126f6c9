//! A figure with its interval, and how it is written for people.
//!
//! What must never enter: how the interval was found.

use crate::backtest::figures::Measure;

/// A figure with its 95 % interval, where one could be found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    /// The figure.
    pub value: f64,
    /// The interval.
    pub interval: Option<(f64, f64)>,
}

/// A figure for people: weeks with one decimal, shares and rates with three.
#[must_use]
pub fn written(measure: Measure, value: f64) -> String {
    match measure {
        Measure::Weeks => format!("{value:.1}"),
        Measure::Share | Measure::PerYear => format!("{value:.3}"),
        Measure::PerCase => format!("{value:.2}"),
    }
}

/// A figure with its interval: `0.930 [0.880–0.970]`.
#[must_use]
pub fn with_interval(measure: Measure, value: Option<Value>) -> String {
    let Some(Value { value, interval }) = value else { return "–".to_owned() };
    let range = interval.map(|(low, high)| format!(" [{}–{}]", written(measure, low), written(measure, high)));
    format!("{}{}", written(measure, value), range.unwrap_or_default())
}

/// A difference with its sign: `−0.120 [−0.200 to −0.040]`.
#[must_use]
pub fn difference(measure: Measure, value: Value) -> String {
    let signed = |value: f64| format!("{}{}", if value < 0.0 { "−" } else { "+" }, written(measure, value.abs()));
    let range = value.interval.map(|(low, high)| format!(" [{} to {}]", signed(low), signed(high)));
    format!("{}{}", signed(value.value), range.unwrap_or_default())
}
