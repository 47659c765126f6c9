//! What one series says at a close, in words and in weeks of the calendar.
//!
//! Here the turns of the conditions also open and end the alert's identity, by the rule that the sentinel reads alike. What must
//! never enter: another series, a threshold.

use crate::assessor::{
    close::gap,
    diagnosis,
    jurisdiction::{Figures, Member},
    matters::mark_calendar,
    regime::Terms,
    wording,
    yardstick::YardstickLine,
};
use alloc::{sync::Arc, vec::Vec};
use surveillance::{SeriesWeek, StreamWeek};
use vocab::{
    assessment::{ConditionPhase, Mode, Modes, Onset, SeriesAssessment, Stream, StreamAssessment, Turn, WeekShare},
    quantity::Unit,
    time::Week,
};

impl Figures {
    /// The assessment of the series that a line speaks of.
    pub(crate) fn assess(&mut self, week: Week, terms: &Terms<'_>, line: &SeriesWeek) -> Option<SeriesAssessment> {
        let mut streams = Vec::with_capacity(line.streams.len());
        for stream in line.streams.iter().filter(|stream| stream.has_level) {
            streams.push(self.stream(line.series, stream));
        }
        let member = self.members.get_mut(line.series)?;
        if member.overflowed {
            return Some(gap(&member.key.measure, member.key.unit, Modes::default()));
        }
        // Alerts rest on counts: what the same acts weigh is shown beside them and opens none.
        if member.key.unit == Unit::Count {
            member.follow(week.sunday(), &streams, terms.rules.pack.policy.merge_weeks);
        }
        let modes = self.modes(week, terms, (line, since(&streams)));
        let Member { key, consignment, .. } = self.members.get(line.series)?;
        let recent = &line.recent[0];
        Some(SeriesAssessment {
            measure: key.measure.clone(),
            unit: key.unit,
            verdict: wording::verdict(line.standing()),
            seen: [recent.inspections, recent.interdictions, recent.traffic].map(i64::from),
            completeness: Some(recent.completeness),
            nowcast: recent.nowcast.as_ref().map(wording::nowcast),
            diagnosis: diagnosis::Reading::of(line, &streams).diagnosis(),
            streams,
            power: wording::power(line.stream(surveillance::Stream::Effort)),
            modes,
            erosion: None,
            mix: None,
            consignment: *consignment,
        })
    }

    /// The bare statistic of a series, if any stream of it has evidence.
    pub(crate) fn measured(&self, week: Week, terms: &Terms<'_>, (line, threshold_nats): (&SeriesWeek, f64)) -> Option<YardstickLine> {
        let has_evidence = line.streams.iter().any(|stream| wording::weight(stream.evidence.combined).is_some());
        let member = self.members.get(line.series).filter(|_| has_evidence)?;
        let streams = line.streams.each_ref().map(|stream| wording::measured(stream, |number| self.week(number)));
        Some(YardstickLine { series: member.key.clone(), week, threshold_nats, streams, pack: Arc::clone(&terms.rules.pack) })
    }

    /// What one stream of a series says. While a condition stands and at its end the onset shown is the one it fired with, otherwise
    /// that of the best segment.
    fn stream(&mut self, series: usize, line: &StreamWeek) -> StreamAssessment {
        let turn = line.turn.as_ref().map(|turn| self.turn(turn));
        let newest = self.onset(line);
        let shares = line.weeks.iter().rev().map(|of| self.share(of)).collect();
        let onset = self.members.get_mut(series).and_then(|member| member.keep_onset(line.stream, turn, newest)).or(newest);
        let power = match line.stream {
            surveillance::Stream::Effort | surveillance::Stream::Yield => Some(wording::power(line)),
            surveillance::Stream::Timeliness | surveillance::Stream::TrafficDown | surveillance::Stream::TrafficUp => None,
        };
        StreamAssessment {
            stream: wording::stream(line.stream),
            phase: wording::phase(&line.phase),
            turn,
            expected: wording::ordinary(line),
            evidence_nats: wording::weight(line.evidence.combined),
            own_evidence_nats: wording::weight(line.evidence.own),
            by: wording::evidence_of(line.evidence.source),
            onset,
            size: line.size.as_ref().map(wording::size),
            recent: line.recent.as_ref().map(wording::size),
            power,
            shares,
        }
    }

    fn share(&self, of: &surveillance::WeekEvidence) -> WeekShare {
        WeekShare { week: self.week(of.week), seen: of.seen, expected: of.expected, nats: of.nats }
    }

    fn onset(&self, line: &StreamWeek) -> Option<Onset> {
        let segment = line.evidence.segment;
        let week = line.phase.condition().map(|condition| condition.onset).or(segment.map(|segment| segment.onset))?;
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

    fn modes(&self, week: Week, terms: &Terms<'_>, (line, since): (&SeriesWeek, Option<Week>)) -> Modes {
        let mut modes = wording::modes(line);
        if !terms.backfilled.is_empty() {
            modes.raise(Mode::Backfill);
        }
        let Some(member) = self.members.get(line.series) else { return modes };
        let when = (week, since);
        mark_calendar(&mut modes, &terms.rules.pack.calendar, &member.key, when);
        if !terms.matters.is_empty() {
            terms.matters.mark(&mut modes, &member.key, when, member.rebased);
        }
        modes
    }
}

/// The week since which something coincides: the earliest in which a standing condition began, or else that of effort.
fn since(streams: &[StreamAssessment]) -> Option<Week> {
    let onset = |stream: &StreamAssessment| stream.onset.map(|onset| onset.week);
    let standing = streams.iter().filter(|stream| stream.phase == ConditionPhase::Firing).filter_map(onset).min();
    standing.or_else(|| streams.iter().find(|stream| stream.stream == Stream::Effort).and_then(onset))
}
