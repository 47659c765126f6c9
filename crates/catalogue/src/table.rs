//! Samples of one metric by their labels, in order, never more than its budget.
//!
//! What finds no place goes to `__other__` in its open labels and keeps the closed ones, joined as the metric says. What must never enter:
//! which metric it is for, a lock, a clock.

use crate::metric::{Kind, Label, Metric, OTHER, label_text};
use prometheus::proto::{Counter, Gauge, LabelPair, Metric as Sample, MetricFamily, MetricType};
use std::collections::{BTreeMap, BTreeSet};

/// The samples of a metric.
#[derive(Debug)]
pub(crate) struct Table {
    metric: &'static Metric,
    samples: BTreeMap<Vec<String>, f64>,
    /// Keys under `__other__`; they are no part of the budget.
    others: BTreeSet<Vec<String>>,
    folded: u64,
}

impl Table {
    /// No samples yet.
    pub(crate) const fn new(metric: &'static Metric) -> Self {
        Self { metric, samples: BTreeMap::new(), others: BTreeSet::new(), folded: 0 }
    }

    /// Adds to a sample; one that is new starts at 0. `labels` are values in the order of the declaration.
    pub(crate) fn add(&mut self, labels: &[&str], by: f64) {
        let (key, _) = self.place(labels);
        *self.samples.entry(key).or_default() += by;
    }

    /// Sets a sample; samples that share `__other__` are joined.
    pub(crate) fn set(&mut self, labels: &[&str], value: f64) {
        let (key, folded) = self.place(labels);
        let joined = match self.samples.get(&key) {
            Some(known) if folded => self.metric.beyond.join(*known, value),
            Some(_) | None => value,
        };
        self.samples.insert(key, joined);
    }

    /// Takes a sample out, where it has a place of its own.
    pub(crate) fn remove(&mut self, labels: &[&str]) {
        let key: Vec<String> = self.metric.labels.iter().zip(labels).map(|(label, value)| own(*label, value)).collect();
        self.samples.remove(&key);
    }

    /// Sets a sample under `__other__`, whatever room there is.
    pub(crate) fn set_beyond(&mut self, labels: &[&str], value: f64) {
        self.folded += 1;
        let key = self.beyond(labels);
        let known = self.samples.get(&key).copied();
        self.others.insert(key.clone());
        self.samples.insert(key, known.map_or(value, |known| self.metric.beyond.join(known, value)));
    }

    /// How many samples found no place of their own.
    pub(crate) const fn folded(&self) -> u64 {
        self.folded
    }

    /// The metric these samples are of.
    pub(crate) const fn metric(&self) -> &'static Metric {
        self.metric
    }

    /// The samples in order of their labels; none where there is nothing to say.
    pub(crate) fn family(&self) -> Option<MetricFamily> {
        if self.samples.is_empty() {
            return None;
        }
        let samples = self.samples.iter().map(|(labels, value)| sample(self.metric, labels, *value)).collect();
        Some(family(self.metric, samples))
    }

    fn place(&mut self, labels: &[&str]) -> (Vec<String>, bool) {
        let key: Vec<String> = self.metric.labels.iter().zip(labels).map(|(label, value)| own(*label, value)).collect();
        if self.others.contains(&key) || self.samples.contains_key(&key) {
            let folded = self.others.contains(&key);
            return (key, folded);
        }
        if self.samples.len() - self.others.len() < self.metric.samples_max {
            return (key, false);
        }
        self.folded += 1;
        let key = self.beyond(labels);
        self.others.insert(key.clone());
        (key, true)
    }

    fn beyond(&self, labels: &[&str]) -> Vec<String> {
        self.metric
            .labels
            .iter()
            .zip(labels)
            .map(|(label, value)| if is_closed(*label, value) { (*value).to_owned() } else { OTHER.to_owned() })
            .collect()
    }
}

/// A value of an open label is made safe; one of a closed label that is none of its values is `__other__`.
fn own(label: Label, value: &str) -> String {
    match label.closed() {
        None => label_text(value),
        Some(_) if is_closed(label, value) => value.to_owned(),
        Some(_) => OTHER.to_owned(),
    }
}

fn is_closed(label: Label, value: &str) -> bool {
    label.closed().is_some_and(|values| values.contains(&value))
}

/// A family with its head.
pub(crate) fn family(metric: &Metric, samples: Vec<Sample>) -> MetricFamily {
    let mut family = MetricFamily::default();
    family.set_name(metric.name.to_owned());
    family.set_help(metric.help.to_owned());
    family.set_field_type(match metric.kind {
        Kind::Counter => MetricType::COUNTER,
        Kind::Gauge => MetricType::GAUGE,
        Kind::Histogram(_) => MetricType::HISTOGRAM,
    });
    family.set_metric(samples);
    family
}

fn sample(metric: &Metric, values: &[String], value: f64) -> Sample {
    let mut sample = Sample::from_label(metric.labels.iter().zip(values).map(|(label, value)| pair(*label, value)).collect());
    match metric.kind {
        Kind::Counter => {
            let mut counter = Counter::default();
            counter.set_value(value);
            sample.set_counter(counter);
        }
        Kind::Gauge | Kind::Histogram(_) => {
            let mut gauge = Gauge::default();
            gauge.set_value(value);
            sample.set_gauge(gauge);
        }
    }
    sample
}

fn pair(label: Label, value: &str) -> LabelPair {
    let mut pair = LabelPair::default();
    pair.set_name(label.as_str().to_owned());
    pair.set_value(value.to_owned());
    pair
}
