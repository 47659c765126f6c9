//! The digest of a week as bytes: the list of what stands out, and among how many it was looked for.
//!
//! Rows stay in the order in which they were ranked. Nothing is ranked or judged here.

use crate::{
    assessment::{read_look, read_onset, write_look, write_onset},
    event,
    numbers::Numbered as _,
    pb,
    read::{Reading, choice, day, maybe_real, name, real, series, week},
    sink::Sink,
    table,
};
use vocab::{
    alert::{Digest, DigestRow, OverdueRow},
    name::{Label, RegimeId},
};

/// Tells a digest.
pub(super) fn write<S: Sink>(out: &mut S, digest: &Digest) {
    use table::digest as f;
    out.text(&f::REGIME, digest.regime.as_str());
    out.shown(&f::WEEK, digest.week);
    out.shown(&f::DAY, digest.day);
    out.real(&f::ALPHA, digest.alpha);
    out.natural(&f::COMPARED, u64::from(digest.compared));
    out.messages(&f::ROWS, &digest.rows, |out, row| {
        use table::digest_row as f;
        event::write_series(out, &f::SERIES, &row.series);
        out.choice(&f::STREAM, row.stream.number());
        out.real(&f::EVIDENCE_NATS, row.evidence_nats);
        write_onset(out, &f::ONSET, row.onset);
        out.maybe_real(&f::RATIO, row.ratio);
    });
    out.messages(&f::LOOKS, &digest.looks, write_look);
    if let Some(overdue) = &digest.overdue {
        out.message(&f::OVERDUE, |out| out.messages(&table::overdue_duties::ROWS, overdue, write_overdue));
    }
}

fn write_overdue<S: Sink>(out: &mut S, row: &OverdueRow) {
    use table::overdue_row as f;
    event::write_series(out, &f::SERIES, &row.series);
    out.text(&f::DUTY, row.duty.as_str());
    out.natural(&f::OVERDUE, u64::from(row.overdue));
    out.shown(&f::OLDEST, row.oldest);
}

/// Reads a digest.
pub(super) fn read(message: pb::Digest) -> Reading<Digest> {
    Ok(Digest {
        regime: name("regime", &message.regime, RegimeId::parse)?,
        week: week("week", &message.week)?,
        day: day("day", &message.day)?,
        alpha: real("alpha", message.alpha)?,
        compared: message.compared,
        rows: message.rows.into_iter().map(read_row).collect::<Reading<_>>()?,
        looks: message.looks.into_iter().map(read_look).collect::<Reading<_>>()?,
        overdue: message.overdue.map(|overdue| overdue.rows.into_iter().map(read_overdue).collect::<Reading<_>>()).transpose()?,
    })
}

fn read_overdue(row: pb::OverdueRow) -> Reading<OverdueRow> {
    Ok(OverdueRow {
        series: series("overdue.series", row.series)?,
        duty: name("overdue.duty", &row.duty, Label::parse)?,
        overdue: row.overdue,
        oldest: day("overdue.oldest", &row.oldest)?,
    })
}

fn read_row(row: pb::DigestRow) -> Reading<DigestRow> {
    Ok(DigestRow {
        series: series("rows.series", row.series)?,
        stream: choice("rows.stream", row.stream)?,
        evidence_nats: real("rows.evidence_nats", row.evidence_nats)?,
        onset: read_onset("rows.onset", row.onset)?,
        ratio: maybe_real("rows.ratio", row.ratio)?,
    })
}
