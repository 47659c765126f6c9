//! The evidence of a transition as bytes.
//!
//! Judgement 1 told effort alone, in the evidence itself; it is read as the one stream it was. Nothing is judged here.

use crate::{
    assessment::{
        read_erosion, read_interval, read_look, read_mix, read_onset, read_power, read_stream, write_erosion, write_look, write_mix,
        write_power, write_stream,
    },
    numbers::{Numbered as _, modes, modes_of},
    pb,
    read::{Reading, choice, maybe_choice, maybe_real, week},
    sink::Sink,
    table,
    watched::{read_watched, write_watched},
};
use vocab::{
    alert::{Evidence, Grade, LongView, RuledOut},
    assessment::{ConditionPhase, Diagnosis, EvidenceOf, Stream, StreamAssessment},
};

/// Tells the evidence.
pub(super) fn write<S: Sink>(out: &mut S, evidence: &Evidence) {
    use table::evidence as f;
    out.shown(&f::WEEK, evidence.week);
    out.maybe_real(&f::COMPLETENESS, evidence.completeness);
    write_power(out, &f::POWER, &evidence.power);
    out.choices(&f::MODES, modes(evidence.modes));
    out.message(&f::COUNTS, |out| {
        let [inspections, interdictions, exposure] = evidence.seen;
        out.whole(&table::counts::INSPECTIONS, inspections);
        out.whole(&table::counts::INTERDICTIONS, interdictions);
        out.whole(&table::counts::EXPOSURE, exposure);
    });
    out.messages(&f::STREAMS, &evidence.streams, write_stream);
    if let Some(stream) = evidence.stream {
        out.choice(&f::STREAM, stream.number());
    }
    out.choice(&f::GRADE, evidence.grade.number());
    out.messages(&f::RULED_OUT, &evidence.ruled_out, |out, one| {
        use table::ruled_out as f;
        out.choice(&f::KIND, one.kind.number());
        out.choice(&f::REASON, one.reason.number());
        if let Some(stream) = one.stream {
            out.choice(&f::STREAM, stream.number());
        }
        out.maybe_real(&f::FOUND, one.found);
        out.maybe_real(&f::BOUND, one.bound);
    });
    out.choice(&f::DIAGNOSIS, evidence.diagnosis.number());
    match evidence.long.as_deref() {
        None => {}
        Some(LongView::Erosion(erosion)) => out.message(&f::EROSION, |out| write_erosion(out, erosion)),
        Some(LongView::Mix(mix)) => out.message(&f::MIX, |out| write_mix(out, mix)),
        Some(LongView::Look(look)) => out.message(&f::LOOK, |out| write_look(out, look)),
        Some(LongView::Watched(watched)) => out.message(&f::WATCHED, |out| write_watched(out, watched)),
    }
}

/// Reads the evidence.
pub(super) fn read(message: pb::Evidence) -> Reading<Evidence> {
    let Some(counts) = message.counts else { return read_effort(message) };
    Ok(Evidence {
        week: week("evidence.week", &message.week)?,
        seen: [counts.inspections, counts.interdictions, counts.exposure],
        completeness: maybe_real("evidence.completeness", message.completeness)?,
        streams: message.streams.into_iter().map(read_stream).collect::<Reading<_>>()?,
        stream: maybe_choice("evidence.stream", message.stream)?,
        grade: choice("evidence.grade", message.grade)?,
        ruled_out: message.ruled_out.iter().map(read_ruled_out).collect::<Reading<_>>()?,
        diagnosis: choice("evidence.diagnosis", message.diagnosis)?,
        power: read_power("evidence.power", message.power)?,
        modes: modes_of(&message.modes),
        long: message.long.map(|long| read_long(long).map(Box::new)).transpose()?,
    })
}

fn read_long(long: pb::evidence::Long) -> Reading<LongView> {
    Ok(match long {
        pb::evidence::Long::Erosion(erosion) => LongView::Erosion(read_erosion(erosion)?),
        pb::evidence::Long::Mix(mix) => LongView::Mix(read_mix(&mix)?),
        pb::evidence::Long::Look(look) => LongView::Look(read_look(look)?),
        pb::evidence::Long::Watched(watched) => LongView::Watched(read_watched(watched)?),
    })
}

fn read_ruled_out(one: &pb::RuledOut) -> Reading<RuledOut> {
    Ok(RuledOut {
        kind: choice("evidence.ruled_out.kind", one.kind)?,
        reason: choice("evidence.ruled_out.reason", one.reason)?,
        stream: maybe_choice("evidence.ruled_out.stream", one.stream)?,
        found: maybe_real("evidence.ruled_out.found", one.found)?,
        bound: maybe_real("evidence.ruled_out.bound", one.bound)?,
    })
}

/// As judgement 1 told it: a fall of effort. Whether its condition stood was said by the alert's phase alone, so here it fires.
fn read_effort(message: pb::Evidence) -> Reading<Evidence> {
    let by = choice("evidence.by", message.by)?;
    let power = read_power("evidence.power", message.power)?;
    let effort = StreamAssessment {
        stream: Stream::Effort,
        phase: ConditionPhase::Firing,
        turn: None,
        expected: read_interval("evidence.expected", message.expected)?,
        evidence_nats: maybe_real("evidence.evidence_nats", message.evidence_nats)?,
        own_evidence_nats: None,
        by,
        onset: read_onset("evidence.onset", message.onset)?,
        size: read_interval("evidence.size", message.size)?,
        recent: None,
        power: Some(power),
        shares: Vec::new(),
    };
    Ok(Evidence {
        week: week("evidence.week", &message.week)?,
        seen: [message.seen, 0, 0],
        completeness: maybe_real("evidence.completeness", message.completeness)?,
        streams: Vec::from([effort]),
        stream: Some(Stream::Effort),
        grade: match by {
            EvidenceOf::Own => Grade::Confirmed,
            EvidenceOf::Pool => Grade::Suspected,
        },
        ruled_out: Vec::new(),
        diagnosis: Diagnosis::Slippage,
        power,
        modes: modes_of(&message.modes),
        long: None,
    })
}
