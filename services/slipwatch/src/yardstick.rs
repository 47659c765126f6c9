//! The three files of the detection benchmark: the bare statistic, weeks in which an alert is open, pages.
//!
//! One line each, as its scorer reads them: series, the end of the week that decided, kind, onset. What must never enter: a
//! threshold that the judgement has as well (the statistic's lines carry theirs; those of kinds are the reference's).

use crate::{answers::Lines, failure::Failure};
use engine::assessor::YardstickLine;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};
use vocab::{
    alert::{Rule, Transition},
    assessment::{Assessment, ConditionPhase, Kind, Stream, StreamAssessment},
    name::JurisdictionCode,
    pack::Jurisdictions,
    series::SeriesKey,
    time::{Day, Week},
};

/// A line waiting for its place: the day of the decision, the series, kind, onset.
type Row = (Day, String, &'static str, Option<Week>);
/// What the bare statistic says on a day.
type Told = BTreeMap<SeriesKey, Arc<YardstickLine>>;

/// Lines on their way to the three files.
pub struct Yardstick {
    files: [Lines; 3],
    rows: [BTreeSet<Row>; 3],
    told: BTreeMap<Day, Told>,
    /// What the alert of a series was called, and from which day on.
    named: BTreeMap<String, BTreeMap<Day, Kind>>,
}

const STATISTIC: usize = 0;
const OPEN: usize = 1;
const PAGES: usize = 2;

/// Evidence from which fallen exposure is a notice of deterrence, nats (`detection.md` §4.2).
const DETERRENCE_NATS: f64 = 5.0;

impl Yardstick {
    /// Makes the files.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn create(folder: &Path) -> Result<Self, Failure> {
        let file = |name: &str| Lines::create(folder, name);
        Ok(Self {
            files: [file("statistic.jsonl")?, file("open.jsonl")?, file("pages.jsonl")?],
            rows: Default::default(),
            told: BTreeMap::new(),
            named: BTreeMap::new(),
        })
    }

    /// A week's bare statistic of a series: its kind waits for what is said next door.
    pub fn statistic(&mut self, line: &Arc<YardstickLine>) {
        self.told.entry(line.week.sunday()).or_default().insert(line.series.clone(), Arc::clone(line));
    }

    /// Silences are notices of every series; a firing condition keeps an alert open.
    pub fn assessment(&mut self, assessment: &Assessment) {
        for series in &assessment.series {
            let name = format!("{}/{}", assessment.jurisdiction, series.measure);
            if !assessment.silent.is_empty() {
                self.rows[STATISTIC].insert((assessment.day, name.clone(), Kind::Reporting.as_str(), None));
            }
            let firing = series.streams.iter().filter(|stream| stream.phase == ConditionPhase::Firing);
            if let Some(leading) = firing.reduce(|best, next| if weight(next) > weight(best) { next } else { best }) {
                self.rows[OPEN].insert((assessment.day, name, leading.stream.as_str(), leading.onset.map(|onset| onset.week)));
            }
        }
    }

    /// A transition of a slippage alert: it may page, and says what the alert is called from now on.
    pub fn transition(&mut self, transition: &Transition) {
        if transition.rule != Rule::Slippage {
            return;
        }
        let (day, name) = (transition.at.day(), transition.series.to_string());
        if transition.change.pages() {
            let onset = transition.evidence.onset().map(|onset| onset.week);
            self.rows[PAGES].insert((day, name.clone(), transition.kind.as_str(), onset));
        }
        self.named.entry(name).or_default().insert(day, transition.kind);
    }

    /// Writes what is complete: lines decided before a day.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn write_before(&mut self, day: Day) -> Result<(), Failure> {
        while let Some(entry) = self.told.first_entry().filter(|entry| *entry.key() < day) {
            let (decided, told) = entry.remove_entry();
            self.rows[STATISTIC].extend(told.values().filter_map(|line| bare(decided, line, &told)));
        }
        for (at, (file, rows)) in self.files.iter_mut().zip(&mut self.rows).enumerate() {
            while rows.first().is_some_and(|row| row.0 < day) {
                let Some((decided, series, kind, onset)) = rows.pop_first() else { break };
                let named = self.named.get(&series).filter(|_| at == OPEN).and_then(|days| days.range(..=decided).next_back());
                let kind = named.map_or(kind, |(_, kind)| kind.as_str());
                let at = format!("{}T00:00:00Z", decided.plus(1));
                let onset = onset.map(|week| format!("{}T00:00:00Z", week.monday()));
                let line = serde_json::json!({ "series": series, "at": at, "kind": kind, "onset": onset });
                file.line(|out| out.extend_from_slice(line.to_string().as_bytes()))?;
            }
        }
        Ok(())
    }

    /// Closes the files.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn finish(self) -> Result<(), Failure> {
        self.files.into_iter().try_for_each(Lines::finish)
    }
}

fn weight(stream: &StreamAssessment) -> f64 {
    stream.evidence_nats.unwrap_or(f64::NEG_INFINITY)
}

/// The line of the bare statistic: slippage past the threshold by its kind, or fallen exposure without any.
fn bare(day: Day, line: &YardstickLine, told: &Told) -> Option<Row> {
    let row = |kind: Kind, onset: Option<Week>| Some((day, line.series.to_string(), kind.as_str(), onset));
    let of = |stream: Stream| line.stream(stream);
    let nats = |stream: Stream| of(stream).evidence_nats.unwrap_or(f64::NEG_INFINITY);
    let passing = [Stream::Effort, Stream::Yield, Stream::Timeliness].into_iter().filter(|&stream| nats(stream) > line.threshold_nats);
    let Some(leading) = passing.reduce(|best, next| if nats(next) > nats(best) { next } else { best }) else {
        let exposure = of(Stream::ExposureDown);
        return if nats(Stream::ExposureDown) > DETERRENCE_NATS { row(Kind::Deterrence, exposure.own_onset) } else { None };
    };
    match leading {
        Stream::Effort if is_late(line) => row(Kind::Timeliness, of(Stream::Timeliness).onset),
        Stream::Effort if is_displaced(line, told) => row(Kind::Displacement, of(leading).onset),
        Stream::Yield => row(Kind::Yield, of(leading).onset),
        Stream::Timeliness => row(Kind::Timeliness, of(leading).onset),
        Stream::Effort | Stream::ExposureDown | Stream::ExposureUp => row(Kind::Effort, of(leading).onset),
    }
}

/// Whether slower reports account for a young shortfall of effort.
fn is_late(line: &YardstickLine) -> bool {
    let (effort, late) = (line.stream(Stream::Effort), line.stream(Stream::Timeliness));
    let (Some(onset), Some(since)) = (effort.onset, late.onset) else { return false };
    line.week.0 - onset.0 <= 6
        && (since.0 - onset.0).abs() <= 2
        && late.evidence_nats.is_some_and(|nats| nats > 3.0)
        && late.own_ratio.is_some_and(|ratio| ratio > 1.25)
}

/// Whether exposure rose here and fell next door while the number of inspections held.
fn is_displaced(line: &YardstickLine, told: &Told) -> bool {
    let (effort, up) = (line.stream(Stream::Effort), line.stream(Stream::ExposureUp));
    let (Some(effort), Some(risen)) = (effort.own_ratio, up.own_ratio) else { return false };
    let fell_next_door = |code: &JurisdictionCode| {
        let key = SeriesKey { jurisdiction: code.clone(), ..line.series.clone() };
        let fallen = told.get(&key).and_then(|line| line.stream(Stream::ExposureDown).evidence_nats);
        fallen.is_some_and(|nats| nats > 1.0)
    };
    let Jurisdictions::Listed(listed) = &line.pack.jurisdictions else { return false };
    let neighbours = listed.iter().find(|one| one.code == line.series.jurisdiction).map_or(&[][..], |one| &one.neighbours);
    up.evidence_nats.is_some_and(|nats| nats > 1.5) && risen > 1.15 && effort * risen > 0.8 && neighbours.iter().any(fell_next_door)
}
