//! The detector's answers in the words of the house: one function per word, total over both.
//!
//! What must never enter: a choice between two answers, a week of the calendar.

use crate::assessor::yardstick::Measured;
use alloc::vec::Vec;
use surveillance::{Cause, GroupWeek, Held, NO_EVIDENCE, Nowcast, Phase, SeriesWeek, Size, Source, Standing, StreamWeek};
use vocab::{
    assessment::{ConditionPhase, EvidenceOf, FiredBy, Hold, Interval, Mode, Modes, Power, Stream, Verdict},
    series::Count,
    time::Week,
};

/// The 95 % quantile of the normal distribution.
const REACH: f64 = 1.959_964;

pub(crate) const fn verdict(standing: Standing) -> Verdict {
    match standing {
        Standing::Slip => Verdict::Slip,
        Standing::Gap => Verdict::Gap,
        Standing::Watch => Verdict::Watch,
        Standing::Insufficient => Verdict::Insufficient,
        Standing::Learning => Verdict::Learning,
        Standing::Normal => Verdict::Normal,
    }
}

pub(crate) const fn stream(stream: surveillance::Stream) -> Stream {
    match stream {
        surveillance::Stream::Effort => Stream::Effort,
        surveillance::Stream::Yield => Stream::Yield,
        surveillance::Stream::Timeliness => Stream::Timeliness,
        surveillance::Stream::TrafficDown => Stream::ExposureDown,
        surveillance::Stream::TrafficUp => Stream::ExposureUp,
    }
}

/// The same the other way round.
pub(crate) const fn numbered(stream: Stream) -> surveillance::Stream {
    match stream {
        Stream::Effort => surveillance::Stream::Effort,
        Stream::Yield => surveillance::Stream::Yield,
        Stream::Timeliness => surveillance::Stream::Timeliness,
        Stream::ExposureDown => surveillance::Stream::TrafficDown,
        Stream::ExposureUp => surveillance::Stream::TrafficUp,
    }
}

pub(crate) const fn phase(phase: &Phase) -> ConditionPhase {
    match phase {
        Phase::Quiet => ConditionPhase::Quiet,
        Phase::Pending { .. } => ConditionPhase::Pending,
        Phase::Firing(_) => ConditionPhase::Firing,
    }
}

pub(crate) const fn fired_by(cause: Cause) -> FiredBy {
    match cause {
        Cause::Evidence => FiredBy::Evidence,
        Cause::Pool => FiredBy::Pool,
        Cause::Collapse => FiredBy::Collapse,
    }
}

pub(crate) const fn evidence_of(source: Source) -> EvidenceOf {
    match source {
        Source::Own => EvidenceOf::Own,
        Source::Pool => EvidenceOf::Pool,
    }
}

pub(crate) const fn hold(held: Held) -> Hold {
    match held {
        Held::Silence => Hold::Silence,
        Held::Grace => Hold::Backlog,
    }
}

pub(crate) fn silent(week: &GroupWeek) -> Vec<Count> {
    let inspections = week.silent.inspections.then_some(Count::Inspections);
    inspections.into_iter().chain(week.silent.traffic.then_some(Count::Exposure)).collect()
}

/// The weight of evidence, unless there is none.
pub(crate) fn weight(evidence: f64) -> Option<f64> {
    (evidence > NO_EVIDENCE / 2.0).then_some(evidence)
}

pub(crate) const fn size(size: &Size) -> Interval {
    Interval { estimate: size.ratio, low: size.low, high: size.high }
}

/// A count that is as good as complete stands for itself.
pub(crate) fn nowcast(nowcast: &Nowcast) -> Interval {
    let (low, high) = nowcast.interval.unwrap_or((nowcast.expected, nowcast.expected));
    Interval { estimate: nowcast.expected, low, high }
}

/// Counts that would be ordinary around an expectation μ: μ ± 1.96·√(μ + αμ²), with the serial correlation of the series; the
/// doubt about the level itself is not in it.
pub(crate) fn ordinary(line: &StreamWeek) -> Option<Interval> {
    let expected = line.expected?;
    let reach = REACH * libm::sqrt((expected + line.noise * expected * expected) * line.inflation);
    let low = expected - reach;
    Some(Interval { estimate: expected, low: if low > 0.0 { low } else { 0.0 }, high: expected + reach })
}

/// Without a level or a usable week nothing would be seen.
pub(crate) fn power(line: &StreamWeek) -> Power {
    let weeks = |weeks: Option<u32>| weeks.and_then(|weeks| u16::try_from(weeks).ok());
    line.power.map_or(Power::NONE, |power| Power {
        half_in_26_weeks: power.half_in_26_weeks,
        smallest_fall_in_13_weeks: power.smallest_fall_in_13_weeks,
        weeks_for_half: weeks(power.weeks_for_half),
        weeks_for_30_percent: weeks(power.weeks_for_30_percent),
    })
}

pub(crate) fn modes(line: &SeriesWeek) -> Modes {
    let mut modes = Modes::default();
    for (holds, mode) in [
        (line.modes.unadjusted, Mode::Unadjusted),
        (line.modes.unseasoned, Mode::Unseasoned),
        (line.modes.reference, Mode::DeclaredReference),
    ] {
        if holds {
            modes.raise(mode);
        }
    }
    modes
}

/// A stream of the bare statistic; `name` gives the calendar's name of a numbered week.
pub(crate) fn measured(line: &StreamWeek, name: impl Fn(i64) -> Week) -> Measured {
    let evidence = &line.evidence;
    Measured {
        evidence_nats: weight(evidence.combined),
        own_evidence_nats: weight(evidence.own),
        onset: evidence.segment.map(|segment| name(segment.onset)),
        own_onset: evidence.own_segment.map(|segment| name(segment.onset)),
        own_ratio: evidence.own_segment.map(|segment| segment.ratio),
    }
}
