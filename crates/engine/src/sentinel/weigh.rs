//! Weighing: what the assessments of a closed day do to the alerts of a regime.
//!
//! A condition has decided already; here its turns become moves of the series' one alert, and the alert learns the newest
//! evidence. What must never enter: a threshold of the statistics, a rule on single facts.

use super::{
    alert::Alert,
    life::{Request, Unmoved},
    regime::Regime,
};
use crate::{identity, seal::Assessed};
use alloc::vec::Vec;
use vocab::{
    alert::{Change, Decision, Evidence, Grade, Rule},
    assessment::{Assessment, EvidenceOf, FiredBy, SeriesAssessment, Stream, Turn},
    series::SeriesKey,
    time::{Day, Week},
};

impl Regime {
    /// Weighs all assessments of a closed day, sorted by jurisdiction.
    pub(crate) fn weigh(&mut self, day: Day, assessments: &[&Assessment], out: &mut Vec<Decision>) {
        self.enforce(day.last_tick());
        self.assess(day, Assessed::of(assessments));
        for assessment in assessments {
            for series in &assessment.series {
                // Most series are quiet and have no alert: their key is not even made.
                if turn(series).is_some() || !self.alerts.is_empty() {
                    self.weigh_series(day, assessment, series, out);
                }
            }
        }
    }

    fn weigh_series(&mut self, day: Day, of: &Assessment, series: &SeriesAssessment, out: &mut Vec<Decision>) {
        let key = SeriesKey {
            regime: of.regime.clone(),
            jurisdiction: of.jurisdiction.clone(),
            measure: series.measure.clone(),
            unit: series.unit,
        };
        if let Some(alert) = self.alerts.get_mut(&key).filter(|alert| alert.phase().is_open()) {
            alert.learn(evidence(of.week, series));
        }
        let Some(turn) = turn(series) else { return };
        if let Some(change) = self.turn(day, &key, (of.week, series), turn) {
            self.tell(day.last_tick(), &key, change, out);
        }
    }

    /// What a turn of the condition changes about the alert, if anything.
    fn turn(&mut self, day: Day, key: &SeriesKey, (week, series): (Week, &SeriesAssessment), turn: Turn) -> Option<Change> {
        let (request, change) = match turn {
            Turn::Pended | Turn::Calmed => return None,
            Turn::Fired(by) => return self.fire(day, key, evidence(week, series), by).ok(),
            Turn::Escalated(by) => (Request::Escalate, Change::Escalated(by)),
            Turn::Recalled => (Request::Recall, self.alerts.get(key)?.recalled()),
            Turn::Recovered(since) => (Request::Recover, Change::Recovered(since)),
            Turn::Faded => (Request::Fade, Change::Faded),
        };
        self.request(day.last_tick(), key, request).ok().map(|()| change)
    }

    fn fire(&mut self, day: Day, key: &SeriesKey, evidence: Evidence, by: FiredBy) -> Result<Change, Unmoved> {
        let merge_weeks = self.pack().map_or(0, |pack| pack.policy.merge_weeks);
        if let Some(alert) = self.alerts.get_mut(key) {
            return alert.fire(day, by, (evidence, merge_weeks));
        }
        let claim = identity::claim(&key.regime, Rule::Slippage, key);
        self.alerts.insert(key.clone(), Alert::first(claim, day, evidence));
        Ok(Change::Fired(by))
    }
}

fn turn(series: &SeriesAssessment) -> Option<Turn> {
    series.stream(Stream::Effort).and_then(|effort| effort.turn)
}

fn evidence(week: Week, series: &SeriesAssessment) -> Evidence {
    let by = series.stream(Stream::Effort).map_or(EvidenceOf::Own, |effort| effort.by);
    Evidence {
        week,
        seen: series.seen,
        completeness: series.completeness,
        streams: series.streams.clone(),
        stream: Some(Stream::Effort),
        grade: match by {
            EvidenceOf::Own => Grade::Confirmed,
            EvidenceOf::Pool => Grade::Suspected,
        },
        ruled_out: Vec::new(),
        diagnosis: series.diagnosis,
        power: series.power,
        modes: series.modes,
        long: None,
    }
}
