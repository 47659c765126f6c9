//! What one series says at a close, in words and in weeks of the calendar.
//!
//! Here a turn of the condition also opens and ends the alert's identity, by the rule that the sentinel reads alike. What must
//! never enter: another series, a threshold.

use crate::assessor::{jurisdiction::Figures, matters::mark_calendar, regime::Terms, wording, yardstick::YardstickLine};
use alloc::vec::Vec;
use surveillance::{Condition, SeriesWeek, StreamWeek};
use vocab::{
    assessment::{Mode, Modes, Onset, Power, SeriesAssessment, Stream, StreamAssessment, Turn},
    time::Week,
};

impl Figures {
    /// The assessment of the series that a line speaks of.
    pub(crate) fn assess(&mut self, week: Week, terms: &Terms<'_>, line: &SeriesWeek) -> Option<SeriesAssessment> {
        let effort = line.stream(surveillance::Stream::Effort);
        let turn = effort.turn.as_ref().map(|turn| self.turn(turn));
        let onset = self.take_onset(week, terms, (line, turn));
        let modes = self.modes(week, terms, (line, onset));
        let key = &self.members.get(line.series)?.key;
        let recent = &line.recent[0];
        let power = wording::power(effort);
        let streams: Vec<StreamAssessment> = Vec::from([of_effort(effort, (turn, onset), power)]);
        Some(SeriesAssessment {
            measure: key.measure.clone(),
            unit: key.unit,
            verdict: wording::verdict(line.standing()),
            seen: [i64::from(recent.inspections), i64::from(recent.interdictions), i64::from(recent.traffic)],
            completeness: Some(recent.completeness),
            nowcast: recent.nowcast.as_ref().map(wording::nowcast),
            streams,
            diagnosis: wording::diagnosis(line.standing()),
            power,
            modes,
            erosion: None,
            mix: None,
        })
    }

    /// The line of the bare statistic, if it has any evidence.
    pub(crate) fn measured(&self, week: Week, threshold_nats: f64, line: &SeriesWeek) -> Option<YardstickLine> {
        let effort = line.stream(surveillance::Stream::Effort);
        let evidence_nats = wording::weight(effort.evidence.combined)?;
        let onset = effort.evidence.segment.map(|segment| self.week(segment.onset));
        Some(YardstickLine { series: self.members.get(line.series)?.key.clone(), week, evidence_nats, threshold_nats, onset })
    }

    /// Lets the turn open or end the series' alert. Gives the onset to show: while a condition stands and at its end the one it
    /// fired with, otherwise that of the best segment.
    fn take_onset(&mut self, week: Week, terms: &Terms<'_>, (line, turn): (&SeriesWeek, Option<Turn>)) -> Option<Onset> {
        let newest = self.onset(line);
        let member = self.members.get_mut(line.series)?;
        let stood = member.onset;
        if let Some(turn) = turn {
            member.turn(week.sunday(), turn, (newest, terms.rules.pack.policy.merge_weeks));
        }
        member.onset.or(stood).or(newest)
    }

    fn onset(&self, line: &SeriesWeek) -> Option<Onset> {
        let effort = line.stream(surveillance::Stream::Effort);
        let condition: Option<&Condition> = effort.phase.condition();
        let segment = effort.evidence.segment;
        let week = condition.map(|condition| condition.onset).or(segment.map(|segment| segment.onset))?;
        // A collapse may begin outside the range of the best segment.
        let earliest = segment.map_or(week, |segment| segment.earliest.min(week));
        let latest = segment.map_or(week, |segment| segment.latest.max(week));
        Some(Onset { week: self.week(week), earliest: self.week(earliest), latest: self.week(latest) })
    }

    fn turn(&self, turn: &surveillance::Turn) -> Turn {
        match turn {
            surveillance::Turn::Pending => Turn::Pended,
            surveillance::Turn::Calmed => Turn::Calmed,
            surveillance::Turn::Fired(condition) => Turn::Fired(wording::fired_by(condition.by)),
            surveillance::Turn::Escalated { by, .. } => Turn::Escalated(wording::fired_by(*by)),
            surveillance::Turn::Recalled(_) => Turn::Recalled,
            surveillance::Turn::Faded(_) => Turn::Faded,
            surveillance::Turn::Recovered { from, .. } => Turn::Recovered(self.week(*from)),
        }
    }

    fn modes(&self, week: Week, terms: &Terms<'_>, (line, onset): (&SeriesWeek, Option<Onset>)) -> Modes {
        let mut modes = wording::modes(line);
        if !terms.backfilled.is_empty() {
            modes.raise(Mode::Backfill);
        }
        let Some(member) = self.members.get(line.series) else { return modes };
        let when = (week, onset.map(|onset| onset.week));
        mark_calendar(&mut modes, &terms.rules.pack.calendar, &member.key, when);
        if !terms.matters.is_empty() {
            terms.matters.mark(&mut modes, &member.key, when, member.rebased);
        }
        modes
    }
}

/// What the effort of a series says.
fn of_effort(line: &StreamWeek, (turn, onset): (Option<Turn>, Option<Onset>), power: Power) -> StreamAssessment {
    StreamAssessment {
        stream: Stream::Effort,
        phase: wording::phase(&line.phase),
        turn,
        expected: wording::ordinary(line),
        evidence_nats: wording::weight(line.evidence.combined),
        own_evidence_nats: wording::weight(line.evidence.own),
        by: wording::evidence_of(line.evidence.source),
        onset,
        size: line.size.as_ref().map(wording::size),
        recent: None,
        power: Some(power),
        shares: Vec::new(),
    }
}
