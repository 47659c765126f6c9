//! What is seen over years and across places, as bytes: erosion, a change of the mix, counts around interventions, looks at them.
//!
//! Weeks that were used are texts, counts whole numbers. Nothing is compared or judged here.

use super::{read_interval, write_interval};
use crate::{
    event,
    numbers::Numbered as _,
    pb,
    read::{Reading, bad, choice, maybe_choice, maybe_name, name, names, part, real, series, week},
    sink::Sink,
    table::{self, Field},
};
use vocab::{
    alert::Look,
    assessment::{Around, BeforeAfter, Erosion, LongLevel, MixShift},
    name::{JurisdictionCode, Label, MeasureId, Stratum},
    record::BadValue,
};

/// Tells erosion.
pub(crate) fn write_erosion<S: Sink>(out: &mut S, erosion: &Erosion) {
    use table::erosion as f;
    out.choice(&f::STATE, erosion.state.number());
    if let Some(turn) = erosion.turn {
        out.choice(&f::TURN, turn.number());
    }
    write_interval(out, &f::RATIO, erosion.ratio);
    for (field, level) in [(&f::REFERENCE, &erosion.reference), (&f::NEWEST, &erosion.newest)] {
        if let Some(level) = level {
            out.message(field, |out| write_level(out, level));
        }
    }
    out.natural(&f::LATE_ACTS, erosion.late_acts);
}

fn write_level<S: Sink>(out: &mut S, level: &LongLevel) {
    use table::long_level as f;
    out.shown(&f::FIRST, level.first);
    out.shown(&f::LAST, level.last);
    out.natural(&f::WEEKS, u64::from(level.weeks));
    out.natural(&f::INSPECTIONS, level.inspections);
    out.real(&f::EXPOSURE, level.exposure);
}

/// Tells a change of the mix.
pub(crate) fn write_mix<S: Sink>(out: &mut S, mix: &MixShift) {
    use table::mix_shift as f;
    out.shown(&f::SEEN, mix.seen);
    out.maybe(&f::STRATUM, mix.stratum.as_ref());
    out.real(&f::NOW, mix.now);
    out.real(&f::BEFORE, mix.before);
    out.real(&f::Z, mix.z);
    out.real(&f::TOTAL_RATIO, mix.total_ratio);
}

/// Tells counts around an intervention.
pub(crate) fn write_around<S: Sink>(out: &mut S, around: &Around) {
    use table::around as f;
    out.text(&f::LABEL, around.label.as_str());
    out.choice(&f::PART, around.part.number());
    out.natural(&f::AFTER_WEEKS, u64::from(around.after_weeks));
    out.messages(&f::COUNTS, &around.counts, |out, counts| {
        use table::before_after as f;
        out.text(&f::MEASURE, counts.measure.as_str());
        out.natural(&f::BEFORE, counts.before);
        out.natural(&f::AFTER, counts.after);
    });
}

/// Tells a look at an intervention.
pub(crate) fn write_look<S: Sink>(out: &mut S, look: &Look) {
    use table::look as f;
    out.text(&f::LABEL, look.label.as_str());
    event::write_series(out, &f::SERIES, &look.series);
    out.natural(&f::AFTER_WEEKS, u64::from(look.after_weeks));
    write_sides(out, &f::TREATED, look.treated);
    write_sides(out, &f::NEIGHBOURS, look.neighbours);
    write_sides(out, &f::CONTROLS, look.controls);
    write_interval(out, &f::QUOTIENT, look.quotient);
    out.texts(&f::MISSING, &look.missing);
    out.choice(&f::FOUND, look.found.number());
}

fn write_sides<S: Sink>(out: &mut S, field: &Field, [before, after]: [u64; 2]) {
    use table::before_after as f;
    out.message(field, |out| {
        out.natural(&f::BEFORE, before);
        out.natural(&f::AFTER, after);
    });
}

/// Reads erosion.
pub(crate) fn read_erosion(erosion: pb::Erosion) -> Reading<Erosion> {
    Ok(Erosion {
        state: choice("erosion.state", erosion.state)?,
        turn: maybe_choice("erosion.turn", erosion.turn)?,
        ratio: read_interval("erosion.ratio", erosion.ratio)?,
        reference: erosion.reference.as_ref().map(read_level).transpose()?,
        newest: erosion.newest.as_ref().map(read_level).transpose()?,
        late_acts: erosion.late_acts,
    })
}

fn read_level(level: &pb::LongLevel) -> Reading<LongLevel> {
    Ok(LongLevel {
        first: week("erosion.first", &level.first)?,
        last: week("erosion.last", &level.last)?,
        weeks: level.weeks,
        inspections: level.inspections,
        exposure: real("erosion.exposure", level.exposure)?,
    })
}

/// Reads a change of the mix.
pub(crate) fn read_mix(mix: &pb::MixShift) -> Reading<MixShift> {
    Ok(MixShift {
        seen: week("mix.seen", &mix.seen)?,
        stratum: maybe_name("mix.stratum", &mix.stratum, Stratum::parse)?,
        now: real("mix.now", mix.now)?,
        before: real("mix.before", mix.before)?,
        z: real("mix.z", mix.z)?,
        total_ratio: real("mix.total_ratio", mix.total_ratio)?,
    })
}

/// Reads counts around an intervention.
pub(crate) fn read_around(around: &pb::Around) -> Reading<Around> {
    let counts = around.counts.iter().map(|counts| {
        let measure = name("around.counts.measure", &counts.measure, MeasureId::parse)?;
        Ok(BeforeAfter { measure, before: counts.before, after: counts.after })
    });
    Ok(Around {
        label: name("around.label", &around.label, Label::parse)?,
        part: choice("around.part", around.part)?,
        after_weeks: weeks("around.after_weeks", around.after_weeks)?,
        counts: counts.collect::<Reading<_>>()?,
    })
}

/// Reads a look at an intervention.
pub(crate) fn read_look(look: pb::Look) -> Reading<Look> {
    let sides = |field, sides: Option<pb::BeforeAfter>| part(field, sides).map(|sides| [sides.before, sides.after]);
    Ok(Look {
        label: name("look.label", &look.label, Label::parse)?,
        series: series("look.series", look.series)?,
        after_weeks: weeks("look.after_weeks", look.after_weeks)?,
        treated: sides("look.treated", look.treated)?,
        neighbours: sides("look.neighbours", look.neighbours)?,
        controls: sides("look.controls", look.controls)?,
        quotient: read_interval("look.quotient", look.quotient)?,
        missing: names("look.missing", &look.missing, JurisdictionCode::parse)?,
        found: choice("look.found", look.found)?,
    })
}

fn weeks(field: &str, number: u32) -> Reading<u16> {
    u16::try_from(number).map_err(|_| bad(field, BadValue::TooLarge))
}
