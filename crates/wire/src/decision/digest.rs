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
    alert::{Digest, DigestRow},
    name::RegimeId,
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
