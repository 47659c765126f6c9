//! Assessments as bytes: one line of `assessments.jsonl` each, and protobuf of the same.
//!
//! Lines are written straight from the words: a replay of 200 jurisdictions writes half a million series-weeks. Reals are
//! written as computed, shortest text that reads back to the same bits; only a report for people is rounded. Nothing is ranked or
//! judged here.

mod long;
mod stream;

pub(crate) use long::{read_around, read_erosion, read_look, read_mix, write_around, write_erosion, write_look, write_mix};
pub(crate) use stream::{read_interval, read_onset, read_power, read_stream, write_interval, write_onset, write_power, write_stream};

use crate::{
    event::{self, protobuf_error},
    json,
    numbers::{Numbered as _, modes, modes_of},
    pb,
    read::{Reading, choice, day, hex, maybe_choice, maybe_real, measure, name, part, real, unit, week},
    sink::{Json, Protobuf, Sink},
    table,
};
use prost::Message as _;
use vocab::{
    assessment::{Assessment, Diagnosis, PoolShare, PooledEvidence, SeriesAssessment, Stream, Verdict},
    name::{JurisdictionCode, RegimeId},
    record::{AssessmentId, PackHash, Refusal},
};

/// Appends an assessment as one JSON object without a line end.
pub fn assessment_to_json(assessment: &Assessment, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, assessment));
}

/// Appends an assessment as people read it, one JSON object without a line end: reals to six significant digits, and what goes
/// without saying left out. A stream without a phase is quiet; one without `by` has its evidence by its own weeks; the power of
/// effort is that of the series. It is no document to be read back: [`assessment_from_json`] refuses it.
pub fn assessment_to_report(assessment: &Assessment, out: &mut Vec<u8>) {
    Json::report(out, |json| write(json, assessment));
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

/// Tells an assessment.
pub(crate) fn write<S: Sink>(out: &mut S, assessment: &Assessment) {
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
    out.messages(&f::SERIES, &assessment.series, write_series);
    out.messages(&f::POOLS, &assessment.pooled, write_pooled);
    out.messages(&f::AROUND, &assessment.around, write_around);
}

fn write_pooled<S: Sink>(out: &mut S, pooled: &PooledEvidence) {
    use table::pooled_evidence as f;
    out.real(&f::EVIDENCE_NATS, pooled.evidence_nats);
    out.maybe(&f::ONSET, pooled.onset);
    out.real(&f::RATIO, pooled.ratio);
    out.real(&f::SHARING, pooled.sharing);
    out.choice(&f::STREAM, pooled.stream.number());
    out.messages(&f::MEMBERS, &pooled.members, |out, member| {
        use table::pool_share as f;
        event::write_measure(out, &f::MEASURE, &member.measure);
        out.choice(&f::UNIT, member.unit.number());
        out.real(&f::RATIO, member.ratio);
        out.real(&f::NATS, member.nats);
    });
}

fn write_series<S: Sink>(out: &mut S, series: &SeriesAssessment) {
    use table::series_assessment as f;
    event::write_measure(out, &f::MEASURE, &series.measure);
    out.choice(&f::UNIT, series.unit.number());
    out.choice(&f::VERDICT, series.verdict.number());
    out.message(&f::SEEN, |out| {
        let [inspections, interdictions, exposure] = series.seen;
        out.whole(&table::counts::INSPECTIONS, inspections);
        out.whole(&table::counts::INTERDICTIONS, interdictions);
        out.whole(&table::counts::EXPOSURE, exposure);
    });
    out.maybe_real(&f::COMPLETENESS, series.completeness);
    write_interval(out, &f::NOWCAST, series.nowcast);
    write_power(out, &f::POWER, &series.power);
    out.choices(&f::MODES, modes(series.modes));
    out.messages(&f::STREAMS, &series.streams, write_stream);
    out.choice(&f::DIAGNOSIS, series.diagnosis.number());
    if let Some(erosion) = &series.erosion {
        out.message(&f::EROSION, |out| write_erosion(out, erosion));
    }
    if let Some(mix) = &series.mix {
        out.message(&f::MIX, |out| write_mix(out, mix));
    }
    out.maybe_real(&f::CONSIGNMENT, series.consignment);
}

/// Reads an assessment.
pub(crate) fn read(message: pb::Assessment) -> Reading<Assessment> {
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
        pooled: message.pooled.into_iter().chain(message.pools).map(read_pooled).collect::<Reading<_>>()?,
        series: message.series.into_iter().map(read_series).collect::<Reading<_>>()?,
        around: message.around.iter().map(read_around).collect::<Reading<_>>()?,
    })
}

fn read_pooled(pooled: pb::PooledEvidence) -> Reading<PooledEvidence> {
    Ok(PooledEvidence {
        stream: maybe_choice("pools.stream", pooled.stream)?.unwrap_or(Stream::Effort),
        evidence_nats: real("pools.evidence_nats", pooled.evidence_nats)?,
        onset: if pooled.onset.is_empty() { None } else { Some(week("pools.onset", &pooled.onset)?) },
        ratio: real("pools.ratio", pooled.ratio)?,
        sharing: real("pools.sharing", pooled.sharing)?,
        members: pooled.members.into_iter().map(read_member).collect::<Reading<_>>()?,
    })
}

fn read_member(member: pb::PoolShare) -> Reading<PoolShare> {
    Ok(PoolShare {
        measure: measure(member.measure.as_deref())?,
        unit: unit("pools.members.unit", member.unit)?,
        ratio: real("pools.members.ratio", member.ratio)?,
        nats: real("pools.members.nats", member.nats)?,
    })
}

fn read_series(series: pb::SeriesAssessment) -> Reading<SeriesAssessment> {
    let verdict = choice("verdict", series.verdict)?;
    let seen = part("seen", series.seen)?;
    // Judgement 1 knew one stream, and told it in the series itself.
    let streams = if series.streams.is_empty() && series.phase != 0 {
        Vec::from([stream::read_effort(&series)?])
    } else {
        series.streams.into_iter().map(read_stream).collect::<Reading<_>>()?
    };
    Ok(SeriesAssessment {
        measure: measure(series.measure.as_deref())?,
        unit: unit("unit", series.unit)?,
        verdict,
        seen: [seen.inspections, seen.interdictions, seen.exposure],
        completeness: maybe_real("completeness", series.completeness)?,
        nowcast: read_interval("nowcast", series.nowcast)?,
        streams,
        diagnosis: maybe_choice("diagnosis", series.diagnosis)?.unwrap_or_else(|| diagnosed(verdict)),
        power: read_power("power", series.power)?,
        modes: modes_of(&series.modes),
        erosion: series.erosion.map(|erosion| read_erosion(erosion).map(Box::new)).transpose()?,
        mix: series.mix.as_ref().map(|mix| read_mix(mix).map(Box::new)).transpose()?,
        consignment: maybe_real("consignment", series.consignment)?,
    })
}

/// What judgement 1 meant by a verdict, in today's words.
const fn diagnosed(verdict: Verdict) -> Diagnosis {
    match verdict {
        Verdict::Slip => Diagnosis::Slippage,
        Verdict::Gap => Diagnosis::ReportingGap,
        Verdict::Insufficient => Diagnosis::Insufficient,
        Verdict::Learning => Diagnosis::Learning,
        Verdict::Watch | Verdict::Normal => Diagnosis::Steady,
    }
}
