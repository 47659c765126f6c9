//! The text of OpenMetrics 1.0, which the metrics library does not write.
//!
//! It differs from format 0.0.4 where a counter's family is named without `_total`, quotes in a help are escaped, bounds of buckets are
//! written as reals, and the end is marked. What must never enter: a form of its own beyond the specification.

use prometheus::proto::{Metric as Sample, MetricFamily, MetricType};
use std::fmt::Write;

/// What ends an exposition.
pub(crate) const END: &str = "# EOF\n";

/// Families as OpenMetrics text, without the end.
pub(crate) fn write(families: &[&MetricFamily]) -> String {
    let mut text = String::new();
    for family in families {
        let (name, word) = match family.get_field_type() {
            MetricType::COUNTER => (family.name().strip_suffix("_total").unwrap_or(family.name()), "counter"),
            MetricType::HISTOGRAM => (family.name(), "histogram"),
            MetricType::GAUGE | MetricType::SUMMARY | MetricType::UNTYPED => (family.name(), "gauge"),
        };
        put(&mut text, format_args!("# HELP {name} {}\n# TYPE {name} {word}\n", escaped(family.help())));
        for sample in family.get_metric() {
            write_sample(&mut text, name, family.get_field_type(), sample);
        }
    }
    text
}

fn write_sample(text: &mut String, name: &str, kind: MetricType, sample: &Sample) {
    match kind {
        MetricType::COUNTER => line(text, &format!("{name}_total"), &labels(sample, None), sample.get_counter().get_value()),
        MetricType::HISTOGRAM => histogram(text, name, sample),
        MetricType::GAUGE | MetricType::SUMMARY | MetricType::UNTYPED => {
            line(text, name, &labels(sample, None), sample.get_gauge().get_value())
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "the format writes counts as reals; beyond 2^53 their last digits say nothing")]
fn histogram(text: &mut String, name: &str, sample: &Sample) {
    let histogram = sample.get_histogram();
    for bucket in histogram.get_bucket() {
        let bound = real(bucket.upper_bound());
        line(text, &format!("{name}_bucket"), &labels(sample, Some(&bound)), bucket.cumulative_count() as f64);
    }
    let all = histogram.get_sample_count() as f64;
    line(text, &format!("{name}_bucket"), &labels(sample, Some("+Inf")), all);
    line(text, &format!("{name}_count"), &labels(sample, None), all);
    line(text, &format!("{name}_sum"), &labels(sample, None), histogram.get_sample_sum());
}

fn line(text: &mut String, name: &str, labels: &str, value: f64) {
    put(text, format_args!("{name}{labels} {value}\n"));
}

fn labels(sample: &Sample, bound: Option<&str>) -> String {
    let own = sample.get_label().iter().map(|pair| format!("{}=\"{}\"", pair.name(), escaped(pair.value())));
    let all: Vec<String> = own.chain(bound.map(|bound| format!("le=\"{bound}\""))).collect();
    if all.is_empty() { String::new() } else { format!("{{{}}}", all.join(",")) }
}

/// A bound as a real: `1.0`, not `1`, so that one bucket never has two names.
fn real(bound: f64) -> String {
    if bound.fract() == 0.0 { format!("{bound:.1}") } else { bound.to_string() }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}

fn put(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _cannot_fail = text.write_fmt(arguments);
}
