//! From samples to the bytes a scraper reads: text format 0.0.4, or OpenMetrics 1.0 where it is asked for; plain or gzip.
//!
//! The order is fixed: families by name, samples by labels. What must never enter: HTTP beyond the two headers that choose a form.

use crate::{declared::OVERFLOW, metric::Metric, openmetrics, table::Table};
use flate2::{Compression, write::GzEncoder};
use prometheus::{Encoder, TextEncoder, proto::MetricFamily};
use std::io::Write;

/// Samples gathered for one scrape.
#[derive(Clone, Debug, Default)]
pub struct Families {
    families: Vec<MetricFamily>,
    /// Per metric with an open label: samples that found no place.
    folded: Vec<(&'static str, u64)>,
}

impl Families {
    /// Takes up a table, whose metric is told of among the overflows if one of its labels is open.
    pub(crate) fn take(&mut self, table: &Table) {
        self.families.extend(table.family());
        if table.metric().labels.iter().any(|label| label.closed().is_none()) {
            self.folded.push((table.metric().name, table.folded()));
        }
    }

    /// Takes up families as they are.
    pub(crate) fn extend(&mut self, families: impl IntoIterator<Item = MetricFamily>) {
        self.families.extend(families);
    }

    /// Takes up what another gathering, which is exposed as a part of its own, has to say of overflows.
    #[must_use]
    pub fn telling_of(mut self, folded: &[(&'static str, u64)]) -> Self {
        self.folded.extend(folded);
        self
    }

    /// Per metric with an open label: how many samples found no place of their own.
    #[must_use]
    pub fn overflows(&self) -> &[(&'static str, u64)] {
        &self.folded
    }

    /// How many samples there are, those of the overflow not counted.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.families.iter().map(|family| family.get_metric().len()).sum()
    }

    /// How many samples of a metric found no place of their own.
    #[must_use]
    pub fn folded(&self, metric: &Metric) -> u64 {
        self.folded.iter().filter(|(name, _)| *name == metric.name).map(|(_, samples)| samples).sum()
    }

    /// The bytes of a scrape that has no other part.
    #[must_use]
    pub fn expose(self, wanted: Wanted) -> Exposition {
        Exposition::of(wanted, &[self.overflowing().part(wanted)])
    }

    /// The same with its overflows as samples.
    #[must_use]
    pub fn overflowing(mut self) -> Self {
        let mut overflow = Table::new(&OVERFLOW);
        for (name, samples) in self.folded.drain(..) {
            #[expect(clippy::cast_precision_loss, reason = "a gauge is a real; beyond 2^53 its last digits say nothing")]
            overflow.set(&[name], samples as f64);
        }
        self.families.extend(overflow.family());
        self
    }

    /// A part of a scrape; a metric must be in one part only.
    #[must_use]
    pub fn part(&self, wanted: Wanted) -> Part {
        let mut families: Vec<&MetricFamily> = self.families.iter().filter(|family| !family.get_metric().is_empty()).collect();
        families.sort_by(|one, other| one.name().cmp(other.name()));
        let plain = match wanted.format {
            Format::Text => text(&families),
            Format::OpenMetrics => openmetrics::write(&families).into_bytes(),
        };
        Part(wanted.packed(plain))
    }
}

/// A part of a scrape in the form asked for: kept while what it says has not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part(Vec<u8>);

/// A body with the headers that name its form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposition {
    /// `Content-Type`.
    pub content_type: &'static str,
    /// `Content-Encoding`, where it is not plain.
    pub content_encoding: Option<&'static str>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Exposition {
    /// Parts of one form, one behind the other. Packed parts are members of one gzip file, which is read as their whole.
    #[must_use]
    pub fn of(wanted: Wanted, parts: &[Part]) -> Self {
        let end = match wanted.format {
            Format::Text => Vec::new(),
            Format::OpenMetrics => wanted.packed(openmetrics::END.as_bytes().to_vec()),
        };
        let body = parts.iter().map(|part| part.0.as_slice()).chain([end.as_slice()]).collect::<Vec<_>>().concat();
        Self { content_type: wanted.format.content_type(), content_encoding: wanted.gzip.then_some("gzip"), body }
    }
}

/// The form a scraper asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    format: Format,
    gzip: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Format {
    Text,
    OpenMetrics,
}

impl Format {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

impl Wanted {
    /// Text format 0.0.4, plain: what every scraper reads.
    pub const TEXT: Self = Self { format: Format::Text, gzip: false };

    /// Read from `Accept` and `Accept-Encoding`; what is empty or not understood asks for plain text 0.0.4.
    #[must_use]
    pub fn of(accept: &str, accept_encoding: &str) -> Self {
        let open = weight(accept, |media, rest| media == "application/openmetrics-text" && is_version_one(rest));
        let text = weight(accept, |media, _| matches!(media, "text/plain" | "text/*" | "*/*"));
        let format = if open > 0.0 && open >= text { Format::OpenMetrics } else { Format::Text };
        let gzip = weight(accept_encoding, |coding, _| coding == "gzip") > 0.0;
        Self { format, gzip }
    }

    fn packed(self, plain: Vec<u8>) -> Vec<u8> {
        if !self.gzip {
            return plain;
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let _cannot_fail = encoder.write_all(&plain);
        encoder.finish().unwrap_or_default()
    }
}

/// The largest weight (`q`) of the entries of a header that fit; 0 where none does.
fn weight(header: &str, fits: impl Fn(&str, &str) -> bool) -> f64 {
    let entries = header.split(',').map(|entry| entry.trim().split_once(';').unwrap_or((entry.trim(), "")));
    let weights = entries.filter(|(what, rest)| fits(what.trim().to_ascii_lowercase().as_str(), rest)).map(|(_, rest)| quality(rest));
    weights.fold(0.0, f64::max)
}

fn quality(parameters: &str) -> f64 {
    let stated = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("q="));
    stated.map_or(1.0, |quality| quality.trim().parse().unwrap_or(0.0))
}

/// The version of OpenMetrics that is written; scrapers list the ones they read.
fn is_version_one(parameters: &str) -> bool {
    let stated = parameters.split(';').find_map(|parameter| parameter.trim().strip_prefix("version="));
    stated.is_none_or(|version| version.trim_matches('"') == "1.0.0")
}

fn text(families: &[&MetricFamily]) -> Vec<u8> {
    let mut body = Vec::new();
    for family in families {
        let _cannot_fail = TextEncoder::new().encode(std::slice::from_ref(*family), &mut body);
    }
    body
}
