//! The three files of the detection benchmark: the bare statistic, weeks in which an alert is open, pages.
//!
//! One line each, as its scorer reads them: series, the end of the week that decided, kind, onset. What must never enter: a
//! threshold (the statistic's lines carry theirs).

use crate::{answers::Lines, failure::Failure};
use engine::assessor::YardstickLine;
use std::{collections::BTreeSet, path::Path};
use vocab::{
    alert::Transition,
    assessment::{Assessment, ConditionPhase},
    time::{Day, Week},
};

/// A line waiting for its place: the day of the decision, the series, kind, onset.
type Row = (Day, String, &'static str, Option<Week>);

/// Lines on their way to the three files.
pub struct Yardstick {
    files: [Lines; 3],
    rows: [BTreeSet<Row>; 3],
}

const STATISTIC: usize = 0;
const OPEN: usize = 1;
const PAGES: usize = 2;

impl Yardstick {
    /// Makes the files.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn create(folder: &Path) -> Result<Self, Failure> {
        let file = |name: &str| Lines::create(folder, name);
        Ok(Self { files: [file("statistic.jsonl")?, file("open.jsonl")?, file("pages.jsonl")?], rows: Default::default() })
    }

    /// A week's bare statistic, where it passes its threshold.
    pub fn statistic(&mut self, line: &YardstickLine) {
        if line.evidence_nats > line.threshold_nats {
            self.rows[STATISTIC].insert((line.week.sunday(), line.series.to_string(), "effort", line.onset));
        }
    }

    /// Silences are notices of every series; firing conditions are open weeks.
    pub fn assessment(&mut self, assessment: &Assessment) {
        for series in &assessment.series {
            let name = format!("{}/{}", assessment.jurisdiction, series.measure);
            if !assessment.silent.is_empty() {
                self.rows[STATISTIC].insert((assessment.day, name.clone(), "reporting", None));
            }
            for stream in series.streams.iter().filter(|stream| stream.phase == ConditionPhase::Firing) {
                let onset = stream.onset.map(|onset| onset.week);
                self.rows[OPEN].insert((assessment.day, name.clone(), stream.stream.as_str(), onset));
            }
        }
    }

    /// A transition that pages.
    pub fn page(&mut self, transition: &Transition) {
        let onset = transition.evidence.onset().map(|onset| onset.week);
        self.rows[PAGES].insert((transition.at.day(), transition.series.to_string(), transition.kind.as_str(), onset));
    }

    /// Writes what is complete: lines decided before a day.
    ///
    /// # Errors
    /// [`Failure::Output`].
    pub fn write_before(&mut self, day: Day) -> Result<(), Failure> {
        for (file, rows) in self.files.iter_mut().zip(&mut self.rows) {
            while rows.first().is_some_and(|row| row.0 < day) {
                let Some((decided, series, kind, onset)) = rows.pop_first() else { break };
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
