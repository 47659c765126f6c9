//! Notes and facts as bytes: what assessors and the sentinel are told one by one.
//!
//! A pack travels as the file it was compiled from: the bytes are its truth, and whoever reads them has the rules that compile
//! them. Nothing here compiles, and nothing decides what is told.

use crate::{
    event::{acts, bodies, read_occurred, write_circumstance, write_definition, write_feed_status, write_occurred, write_target},
    pb,
    read::{Reading, hash, maybe_name, name, part, series},
    sink::Sink,
    table,
    watched::{read_duty, read_incident, write_duty, write_incident},
};
use std::sync::Arc;
use vocab::{
    name::{JurisdictionCode, RegimeId, SourceId},
    pack::Pack,
    record::{RecordId, Refusal},
    tally::{Fact, Matter, Note, Withdrawal},
    time::{Day, Tick},
};

/// Compiles a pack's bytes; refuses those that do not compile.
pub type Compile<'a> = &'a dyn Fn(&[u8]) -> Result<Arc<Pack>, Refusal>;

/// Tells a note.
pub(crate) fn write<S: Sink>(out: &mut S, note: &Note) {
    use table::{circumstance_note, feed_note, note as f};
    out.bytes(&f::RECORD, &note.record.0);
    out.whole(&f::KNOWN, note.known.0);
    out.text(&f::REGIME, note.regime.as_str());
    out.maybe(&f::JURISDICTION, note.jurisdiction.as_ref());
    match &note.matter {
        Matter::Circumstance(circumstance, occurred) => out.message(&f::CIRCUMSTANCE, |out| {
            out.message(&circumstance_note::NOTED, |out| write_circumstance(out, circumstance));
            out.message(&circumstance_note::OCCURRED, |out| write_occurred(out, *occurred));
        }),
        Matter::Feed(source, status) => out.message(&f::FEED, |out| {
            out.text(&feed_note::SOURCE, source.as_str());
            out.message(&feed_note::STATUS, |out| write_feed_status(out, status));
        }),
        Matter::Pack(_, bytes) => out.bytes(&f::PACK, bytes),
        Matter::Definition(change) => out.message(&f::DEFINITION_CHANGED, |out| write_definition(out, change)),
        Matter::Target(change) => out.message(&f::TARGET_CHANGED, |out| write_target(out, change)),
        // The fields of acts are those of an event: same number, same name.
        Matter::Act(act) => acts::write(out, act),
        Matter::Incident(incident) => out.message(&f::INCIDENT, |out| write_incident(out, incident)),
        Matter::Duty(duty) => out.message(&f::DUTY, |out| write_duty(out, duty)),
    }
}

/// Reads a note.
pub(crate) fn read(message: pb::Note, compile: Compile<'_>) -> Reading<Note> {
    Ok(Note {
        record: RecordId(hash("record", &message.record)?),
        known: Tick(message.known),
        regime: name("regime", &message.regime, RegimeId::parse)?,
        jurisdiction: maybe_name("jurisdiction", &message.jurisdiction, JurisdictionCode::parse)?,
        matter: matter(part("matter", message.matter)?, compile)?,
    })
}

fn matter(matter: pb::note::Matter, compile: Compile<'_>) -> Reading<Matter> {
    use pb::note::Matter as Told;
    match matter {
        Told::Circumstance(told) => {
            let circumstance = bodies::circumstance(part("circumstance.noted", told.noted)?)?;
            Ok(Matter::Circumstance(circumstance, read_occurred(part("circumstance.occurred", told.occurred)?)?))
        }
        Told::Feed(told) => {
            let source = name("feed.source", &told.source, SourceId::parse)?;
            Ok(Matter::Feed(source, bodies::feed_status(&part("feed.status", told.status)?)?))
        }
        Told::Pack(bytes) => Ok(Matter::Pack(compile(&bytes)?, bytes.into())),
        Told::DefinitionChanged(change) => bodies::definition(change).map(Matter::Definition),
        Told::TargetChanged(change) => bodies::target(change).map(Matter::Target),
        Told::AlertAcknowledged(body) => acts::acknowledged(body).map(Matter::Act),
        Told::AlertClosed(body) => acts::closed(body).map(Matter::Act),
        Told::LevelRebased(body) => acts::rebased(body).map(Matter::Act),
        Told::OutageDeclared(body) => acts::outage(body).map(Matter::Act),
        Told::Incident(incident) => read_incident(&incident).map(Matter::Incident),
        Told::Duty(duty) => read_duty(&duty).map(Matter::Duty),
    }
}

/// Tells a fact.
pub(crate) fn write_fact<S: Sink>(out: &mut S, fact: &Fact) {
    use table::fact as f;
    match fact {
        Fact::Told(note) => out.message(&f::TOLD, |out| write(out, note)),
        Fact::Withdrawn(withdrawal) => out.message(&f::WITHDRAWN, |out| write_withdrawal(out, withdrawal)),
    }
}

/// Reads a fact.
pub(crate) fn read_fact(message: pb::Fact, compile: Compile<'_>) -> Reading<Fact> {
    match part("fact", message.fact)? {
        pb::fact::Fact::Told(note) => read(note, compile).map(Fact::Told),
        pb::fact::Fact::Withdrawn(withdrawal) => read_withdrawal(withdrawal).map(Fact::Withdrawn),
    }
}

fn write_withdrawal<S: Sink>(out: &mut S, withdrawal: &Withdrawal) {
    use table::withdrawal as f;
    out.bytes(&f::RECORD, &withdrawal.record.0);
    out.text(&f::REGIME, withdrawal.regime.as_str());
    out.whole(&f::KNOWN, withdrawal.known.0);
    out.whole(&f::OCCURRED, i64::from(withdrawal.occurred.0));
    out.messages(&f::SERIES, &withdrawal.series, crate::event::write_key);
}

fn read_withdrawal(message: pb::Withdrawal) -> Reading<Withdrawal> {
    Ok(Withdrawal {
        record: RecordId(hash("record", &message.record)?),
        regime: name("regime", &message.regime, RegimeId::parse)?,
        known: Tick(message.known),
        occurred: Day(message.occurred),
        series: message.series.into_iter().map(|key| series("series", Some(key))).collect::<Reading<_>>()?,
    })
}
