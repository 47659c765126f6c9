//! One stream of a series as bytes, with the figures it is made of: estimates, onsets, power, the weeks behind the evidence.
//!
//! What judgement 1 said of effort stood in the series itself; it is read as the one stream it was. Nothing is rounded or judged.

use crate::{
    numbers::Numbered as _,
    pb,
    read::{Reading, bad, choice, maybe_real, missing, narrow, part, real, week},
    sink::{Sink, Telling},
    table::{self, Field},
};
use vocab::{
    assessment::{ConditionPhase, EvidenceOf, FiredBy, Interval, Onset, Power, Stream, StreamAssessment, Turn, WeekShare},
    record::BadValue,
};

/// Tells one stream.
pub(crate) fn write_stream<S: Sink>(out: &mut S, stream: &StreamAssessment) {
    use table::stream_assessment as f;
    out.choice(&f::STREAM, stream.stream.number());
    let tells_all = out.telling() == Telling::All;
    if tells_all || stream.phase != ConditionPhase::Quiet {
        out.choice(&f::PHASE, stream.phase.number());
    }
    if let Some(turn) = stream.turn {
        out.message(&f::TURN, |out| write_turn(out, turn));
    }
    write_interval(out, &f::EXPECTED, stream.expected);
    out.maybe_real(&f::EVIDENCE_NATS, stream.evidence_nats);
    if tells_all || stream.by != EvidenceOf::Own || stream.own_evidence_nats != stream.evidence_nats {
        out.maybe_real(&f::OWN_EVIDENCE_NATS, stream.own_evidence_nats);
        out.choice(&f::BY, stream.by.number());
    }
    write_onset(out, &f::ONSET, stream.onset);
    write_interval(out, &f::SIZE, stream.size);
    write_interval(out, &f::RECENT, stream.recent);
    // The power of effort stands in the series as well.
    if let Some(power) = stream.power.as_ref().filter(|_| tells_all || stream.stream != Stream::Effort) {
        write_power(out, &f::POWER, power);
    }
    out.messages(&f::SHARES, &stream.shares, write_share);
}

fn write_share<S: Sink>(out: &mut S, share: &WeekShare) {
    use table::week_share as f;
    out.shown(&f::WEEK, share.week);
    out.real(&f::SEEN, share.seen);
    out.real(&f::EXPECTED, share.expected);
    out.real(&f::NATS, share.nats);
}

fn write_turn<S: Sink>(out: &mut S, turn: Turn) {
    use table::turn as f;
    let (kind, by, week) = match turn {
        Turn::Pended => (1, None, None),
        Turn::Calmed => (2, None, None),
        Turn::Fired(by) => (3, Some(by), None),
        Turn::Escalated(by) => (4, Some(by), None),
        Turn::Recalled => (5, None, None),
        Turn::Recovered(week) => (6, None, Some(week)),
        Turn::Faded => (7, None, None),
    };
    out.choice(&f::KIND, kind);
    if let Some(by) = by {
        out.choice(&f::BY, by.number());
    }
    out.maybe(&f::WEEK, week);
}

/// Tells an estimate with its interval, where there is one.
pub(crate) fn write_interval<S: Sink>(out: &mut S, field: &Field, interval: Option<Interval>) {
    use table::interval as f;
    if let Some(interval) = interval {
        out.message(field, |out| {
            out.real(&f::ESTIMATE, interval.estimate);
            out.real(&f::LOW, interval.low);
            out.real(&f::HIGH, interval.high);
        });
    }
}

/// Tells an onset, where there is one.
pub(crate) fn write_onset<S: Sink>(out: &mut S, field: &Field, onset: Option<Onset>) {
    use table::onset as f;
    if let Some(onset) = onset {
        out.message(field, |out| {
            out.shown(&f::WEEK, onset.week);
            out.shown(&f::EARLIEST, onset.earliest);
            out.shown(&f::LATEST, onset.latest);
        });
    }
}

/// Tells what could have been seen.
pub(crate) fn write_power<S: Sink>(out: &mut S, field: &Field, power: &Power) {
    use table::power as f;
    out.message(field, |out| {
        out.real(&f::HALF_IN_26_WEEKS, power.half_in_26_weeks);
        out.maybe_real(&f::SMALLEST_FALL_IN_13_WEEKS, power.smallest_fall_in_13_weeks);
        out.maybe_natural(&f::WEEKS_FOR_HALF, power.weeks_for_half);
        out.maybe_natural(&f::WEEKS_FOR_30_PERCENT, power.weeks_for_30_percent);
    });
}

/// Reads one stream.
pub(crate) fn read_stream(stream: pb::StreamAssessment) -> Reading<StreamAssessment> {
    Ok(StreamAssessment {
        stream: choice("streams.stream", stream.stream)?,
        phase: choice("streams.phase", stream.phase)?,
        turn: stream.turn.map(read_turn).transpose()?,
        expected: read_interval("streams.expected", stream.expected)?,
        evidence_nats: maybe_real("streams.evidence_nats", stream.evidence_nats)?,
        own_evidence_nats: maybe_real("streams.own_evidence_nats", stream.own_evidence_nats)?,
        by: choice("streams.by", stream.by)?,
        onset: read_onset("streams.onset", stream.onset)?,
        size: read_interval("streams.size", stream.size)?,
        recent: read_interval("streams.recent", stream.recent)?,
        power: stream.power.map(|power| read_power("streams.power", Some(power))).transpose()?,
        shares: stream.shares.iter().map(read_share).collect::<Reading<_>>()?,
    })
}

/// Effort as judgement 1 told it in the series: its phase was always said.
pub(super) fn read_effort(series: &pb::SeriesAssessment) -> Reading<StreamAssessment> {
    Ok(StreamAssessment {
        stream: Stream::Effort,
        phase: choice("phase", series.phase)?,
        turn: series.turn.clone().map(read_turn).transpose()?,
        expected: read_interval("expected", series.expected)?,
        evidence_nats: maybe_real("evidence_nats", series.evidence_nats)?,
        own_evidence_nats: maybe_real("own_evidence_nats", series.own_evidence_nats)?,
        by: choice("by", series.by)?,
        onset: read_onset("onset", series.onset.clone())?,
        size: read_interval("size", series.size)?,
        recent: None,
        power: Some(read_power("power", series.power)?),
        shares: Vec::new(),
    })
}

fn read_share(share: &pb::WeekShare) -> Reading<WeekShare> {
    Ok(WeekShare {
        week: week("shares.week", &share.week)?,
        seen: real("shares.seen", share.seen)?,
        expected: real("shares.expected", share.expected)?,
        nats: real("shares.nats", share.nats)?,
    })
}

fn read_turn(turn: pb::Turn) -> Reading<Turn> {
    let by = || choice::<FiredBy>("turn.by", turn.by);
    Ok(match turn.kind {
        1 => Turn::Pended,
        2 => Turn::Calmed,
        3 => Turn::Fired(by()?),
        4 => Turn::Escalated(by()?),
        5 => Turn::Recalled,
        6 => Turn::Recovered(week("turn.week", &turn.week)?),
        7 => Turn::Faded,
        0 => return Err(missing("turn.kind")),
        _ => return Err(bad("turn.kind", BadValue::UnknownWord)),
    })
}

/// Reads an estimate with its interval.
pub(crate) fn read_interval(field: &str, interval: Option<pb::Interval>) -> Reading<Option<Interval>> {
    let Some(interval) = interval else { return Ok(None) };
    Ok(Some(Interval { estimate: real(field, interval.estimate)?, low: real(field, interval.low)?, high: real(field, interval.high)? }))
}

/// Reads an onset.
pub(crate) fn read_onset(field: &str, onset: Option<pb::Onset>) -> Reading<Option<Onset>> {
    let Some(onset) = onset else { return Ok(None) };
    Ok(Some(Onset { week: week(field, &onset.week)?, earliest: week(field, &onset.earliest)?, latest: week(field, &onset.latest)? }))
}

/// Reads what could have been seen.
pub(crate) fn read_power(field: &str, power: Option<pb::Power>) -> Reading<Power> {
    let power = part(field, power)?;
    Ok(Power {
        half_in_26_weeks: real(field, power.half_in_26_weeks)?,
        smallest_fall_in_13_weeks: maybe_real(field, power.smallest_fall_in_13_weeks)?,
        weeks_for_half: narrow(field, power.weeks_for_half)?,
        weeks_for_30_percent: narrow(field, power.weeks_for_30_percent)?,
    })
}
