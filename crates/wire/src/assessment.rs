//! Assessments as bytes: one line of `assessments.jsonl` each, and protobuf of the same.
//!
//! Lines are written straight from the words: a replay of 200 jurisdictions writes half a million series-weeks. Reals are
//! written as computed, shortest text that reads back to the same bits. Nothing is rounded, ranked or judged here.

use crate::{
    event::{self, protobuf_error},
    json,
    numbers::{Numbered as _, modes, modes_of},
    pb,
    read::{Reading, bad, choice, day, hex, maybe_choice, maybe_real, measure, missing, name, narrow, part, real, unit, week},
    sink::{Json, Protobuf, Sink},
    table::{self, Field},
};
use prost::Message as _;
use vocab::{
    assessment::{Assessment, FiredBy, Interval, Onset, PooledEvidence, Power, SeriesAssessment, Turn},
    name::{JurisdictionCode, RegimeId},
    record::{AssessmentId, BadValue, PackHash, Refusal},
};

/// Appends an assessment as one JSON object without a line end.
pub fn assessment_to_json(assessment: &Assessment, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, assessment));
}

/// Appends an assessment as protobuf.
pub fn assessment_to_protobuf(assessment: &Assessment, out: &mut Vec<u8>) {
    write(&mut Protobuf::new(out), assessment);
}

/// Reads an assessment from JSON.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn assessment_from_json(text: &str) -> Result<Assessment, Refusal> {
    read(json::message(text, &table::assessment::MESSAGE)?)
}

/// Reads an assessment from protobuf.
///
/// # Errors
/// A [`Refusal`] that names the field.
pub fn assessment_from_protobuf(bytes: &[u8]) -> Result<Assessment, Refusal> {
    read(pb::Assessment::decode(bytes).map_err(|error| protobuf_error(&error))?)
}

fn write<S: Sink>(out: &mut S, assessment: &Assessment) {
    use table::assessment as f;
    out.shown(&f::ID, assessment.id);
    out.text(&f::REGIME, assessment.regime.as_str());
    out.text(&f::JURISDICTION, assessment.jurisdiction.as_str());
    out.shown(&f::WEEK, assessment.week);
    out.shown(&f::DAY, assessment.day);
    out.natural(&f::JUDGEMENT, u64::from(assessment.judgement));
    out.shown(&f::PACK, assessment.pack);
    out.choices(&f::SILENT, assessment.silent.iter().map(|count| count.number()));
    if let Some(hold) = assessment.held {
        out.choice(&f::HELD, hold.number());
    }
    if let Some(pooled) = &assessment.pooled {
        out.message(&f::POOLED, |out| write_pooled(out, pooled));
    }
    out.messages(&f::SERIES, &assessment.series, write_series);
}

fn write_pooled<S: Sink>(out: &mut S, pooled: &PooledEvidence) {
    use table::pooled_evidence as f;
    out.real(&f::EVIDENCE_NATS, pooled.evidence_nats);
    out.maybe(&f::ONSET, pooled.onset);
    out.real(&f::RATIO, pooled.ratio);
    out.real(&f::SHARING, pooled.sharing);
}

fn write_series<S: Sink>(out: &mut S, series: &SeriesAssessment) {
    use table::series_assessment as f;
    event::write_measure(out, &f::MEASURE, &series.measure);
    out.choice(&f::UNIT, series.unit.number());
    out.choice(&f::VERDICT, series.verdict.number());
    out.choice(&f::PHASE, series.phase.number());
    if let Some(turn) = series.turn {
        out.message(&f::TURN, |out| write_turn(out, turn));
    }
    out.message(&f::SEEN, |out| {
        let [inspections, interdictions, exposure] = series.seen;
        out.whole(&table::counts::INSPECTIONS, inspections);
        out.whole(&table::counts::INTERDICTIONS, interdictions);
        out.whole(&table::counts::EXPOSURE, exposure);
    });
    out.maybe_real(&f::COMPLETENESS, series.completeness);
    write_interval(out, &f::NOWCAST, series.nowcast);
    write_interval(out, &f::EXPECTED, series.expected);
    out.maybe_real(&f::EVIDENCE_NATS, series.evidence_nats);
    out.maybe_real(&f::OWN_EVIDENCE_NATS, series.own_evidence_nats);
    out.choice(&f::BY, series.by.number());
    write_onset(out, &f::ONSET, series.onset);
    write_interval(out, &f::SIZE, series.size);
    write_power(out, &f::POWER, &series.power);
    out.choices(&f::MODES, modes(series.modes));
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
    });
}

fn read(message: pb::Assessment) -> Reading<Assessment> {
    Ok(Assessment {
        id: hex("id", &message.id, AssessmentId::parse)?,
        regime: name("regime", &message.regime, RegimeId::parse)?,
        jurisdiction: name("jurisdiction", &message.jurisdiction, JurisdictionCode::parse)?,
        week: week("week", &message.week)?,
        day: day("day", &message.day)?,
        judgement: message.judgement,
        pack: hex("pack", &message.pack, PackHash::parse)?,
        silent: message.silent.iter().map(|number| choice("silent", *number)).collect::<Reading<_>>()?,
        held: maybe_choice("held", message.held)?,
        pooled: message.pooled.map(read_pooled).transpose()?,
        series: message.series.into_iter().map(read_series).collect::<Reading<_>>()?,
    })
}

fn read_pooled(pooled: pb::PooledEvidence) -> Reading<PooledEvidence> {
    Ok(PooledEvidence {
        evidence_nats: real("pooled.evidence_nats", pooled.evidence_nats)?,
        onset: if pooled.onset.is_empty() { None } else { Some(week("pooled.onset", &pooled.onset)?) },
        ratio: real("pooled.ratio", pooled.ratio)?,
        sharing: real("pooled.sharing", pooled.sharing)?,
    })
}

fn read_series(series: pb::SeriesAssessment) -> Reading<SeriesAssessment> {
    let seen = part("seen", series.seen)?;
    Ok(SeriesAssessment {
        measure: measure(series.measure.as_deref())?,
        unit: unit("unit", series.unit)?,
        verdict: choice("verdict", series.verdict)?,
        phase: choice("phase", series.phase)?,
        turn: series.turn.map(read_turn).transpose()?,
        seen: [seen.inspections, seen.interdictions, seen.exposure],
        completeness: maybe_real("completeness", series.completeness)?,
        nowcast: read_interval("nowcast", series.nowcast)?,
        expected: read_interval("expected", series.expected)?,
        evidence_nats: maybe_real("evidence_nats", series.evidence_nats)?,
        own_evidence_nats: maybe_real("own_evidence_nats", series.own_evidence_nats)?,
        by: choice("by", series.by)?,
        onset: read_onset("onset", series.onset)?,
        size: read_interval("size", series.size)?,
        power: read_power("power", series.power)?,
        modes: modes_of(&series.modes),
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
    })
}
