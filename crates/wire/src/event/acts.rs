//! Acts of people on the wire, both ways: acknowledge, close, re-base, declare an outage.
//!
//! What an act brings about is judged elsewhere; here it is only read and told.

use super::write::selector;
use crate::{
    numbers::Numbered,
    pb,
    read::{Reading, bad, day, hex, instant, name, part, series, week},
    sink::Sink,
    table::{self, Field},
};
use vocab::{
    act::{Act, Deed, Seen},
    name::{ActorId, Label},
    record::{AlertId, BadValue},
    series::{MeasureKey, SeriesKey},
};

/// Tells an act as the body of its event.
pub(crate) fn write<S: Sink>(out: &mut S, act: &Act) {
    use table::event as f;
    match &act.deed {
        Deed::Acknowledge { seen, until } => out.message(&f::ALERT_ACKNOWLEDGED, |out| {
            use table::alert_acknowledged as f;
            author(out, act, &f::WHO, &f::WHY);
            write_seen(out, &f::SEEN, seen);
            out.time(&f::UNTIL, *until);
        }),
        Deed::Close { seen } => out.message(&f::ALERT_CLOSED, |out| {
            use table::alert_closed as f;
            author(out, act, &f::WHO, &f::WHY);
            write_seen(out, &f::SEEN, seen);
        }),
        Deed::Rebase { series, from, until } => out.message(&f::LEVEL_REBASED, |out| {
            use table::level_rebased as f;
            author(out, act, &f::WHO, &f::WHY);
            write_series(out, &f::SERIES, series);
            out.shown(&f::FROM, from);
            out.shown(&f::UNTIL, until);
        }),
        Deed::DeclareOutage { affects, from, until } => out.message(&f::OUTAGE_DECLARED, |out| {
            use table::outage_declared as f;
            author(out, act, &f::WHO, &f::WHY);
            selector(out, &f::AFFECTS, affects);
            out.shown(&f::FROM, from);
            out.shown(&f::UNTIL, until);
        }),
    }
}

fn author<S: Sink>(out: &mut S, act: &Act, who: &Field, why: &Field) {
    out.text(who, act.who.as_str());
    out.text(why, act.why.as_str());
}

fn write_seen<S: Sink>(out: &mut S, field: &Field, seen: &Seen) {
    use table::seen_alert as f;
    out.message(field, |out| {
        out.shown(&f::ALERT, seen.alert);
        out.natural(&f::TRANSITION, u64::from(seen.transition));
        write_series(out, &f::SERIES, &seen.series);
    });
}

/// Tells the key of a series.
pub(crate) fn write_series<S: Sink>(out: &mut S, field: &Field, series: &SeriesKey) {
    out.message(field, |out| write_key(out, series));
}

/// Tells the parts of the key of a series.
pub(crate) fn write_key<S: Sink>(out: &mut S, series: &SeriesKey) {
    use table::series_key as f;
    out.text(&f::REGIME, series.regime.as_str());
    out.text(&f::JURISDICTION, series.jurisdiction.as_str());
    write_measure(out, &f::MEASURE, &series.measure);
    out.choice(&f::UNIT, series.unit.number());
}

/// Tells a measure; any measure is left out.
pub(crate) fn write_measure<S: Sink>(out: &mut S, field: &Field, measure: &MeasureKey) {
    match measure {
        MeasureKey::Any => {}
        MeasureKey::One(measure) => out.text(field, measure.as_str()),
    }
}

fn act(who: &str, why: &str, deed: Deed) -> Reading<Act> {
    Ok(Act { who: name("who", who, ActorId::parse)?, why: name("why", why, Label::parse)?, deed })
}

fn seen(seen: Option<pb::SeenAlert>) -> Reading<Seen> {
    let seen = part("seen", seen)?;
    Ok(Seen { alert: hex("alert", &seen.alert, AlertId::parse)?, transition: seen.transition, series: series("series", seen.series)? })
}

/// Reads an acknowledgement.
pub(crate) fn acknowledged(body: pb::AlertAcknowledged) -> Reading<Act> {
    let deed = Deed::Acknowledge { seen: seen(body.seen)?, until: instant("until", body.until)? };
    act(&body.who, &body.why, deed)
}

/// Reads a closing.
pub(crate) fn closed(body: pb::AlertClosed) -> Reading<Act> {
    act(&body.who, &body.why, Deed::Close { seen: seen(body.seen)? })
}

/// Reads a re-basing.
pub(crate) fn rebased(body: pb::LevelRebased) -> Reading<Act> {
    let (from, until) = (week("from", &body.from)?, week("until", &body.until)?);
    if until < from {
        return Err(bad("until", BadValue::Backwards));
    }
    act(&body.who, &body.why, Deed::Rebase { series: series("series", body.series)?, from, until })
}

/// Reads a declared outage.
pub(crate) fn outage(body: pb::OutageDeclared) -> Reading<Act> {
    let (from, until) = (day("from", &body.from)?, day("until", &body.until)?);
    if until < from {
        return Err(bad("until", BadValue::Backwards));
    }
    act(&body.who, &body.why, Deed::DeclareOutage { affects: super::read::selector(body.affects)?, from, until })
}
