//! Facts that a watch rule looks at, as bytes: incidents, duties, and what an alert of such a rule rests on.
//!
//! Days are texts, ids hexadecimal. Nothing here says whether a rule matches.

use crate::{
    numbers::Numbered as _,
    pb,
    read::{Reading, bad, choice, day, hex, maybe_name, missing, name, names, part, tick},
    sink::Sink,
    table,
};
use vocab::{
    name::{CaseName, EventTypeName, Label, MeasureId, SourceId, SourceRecordId, Stratum},
    record::{BadValue, RecordId},
    watch::{Duty, DutyStanding, Incident, Watched, WatchedFact, WatchedMatter},
};

/// Tells what an alert of a watch rule rests on.
pub(crate) fn write_watched<S: Sink>(out: &mut S, watched: &Watched) {
    use table::watched as f;
    out.text(&f::RULE, watched.rule.as_str());
    out.text(&f::ACTION, watched.action.as_str());
    out.choice(&f::ABOUT, watched.about.number());
    out.natural(&f::STANDING, u64::from(watched.standing));
    out.messages(&f::FACTS, &watched.facts, write_fact);
}

fn write_fact<S: Sink>(out: &mut S, fact: &WatchedFact) {
    use table::watched_fact as f;
    out.shown(&f::RECORD, fact.record);
    out.time(&f::KNOWN, fact.known.start());
    match &fact.what {
        WatchedMatter::Incident(incident) => out.message(&f::INCIDENT, |out| write_incident(out, incident)),
        WatchedMatter::Duty(duty) => out.message(&f::DUTY, |out| write_duty(out, duty)),
    }
}

/// Tells an incident.
pub(crate) fn write_incident<S: Sink>(out: &mut S, incident: &Incident) {
    use table::incident as f;
    out.text(&f::EVENT, incident.event.as_str());
    out.shown(&f::OCCURRED, incident.occurred);
    out.text(&f::SOURCE, incident.source.as_str());
    out.text(&f::SOURCE_RECORD_ID, incident.source_record_id.as_str());
    out.texts(&f::MEASURES, &incident.measures);
    out.maybe(&f::STRATUM, incident.stratum.as_ref());
    out.natural(&f::COUNT, u64::from(incident.count));
    out.maybe(&f::CASE_ID, incident.case.as_ref());
}

/// Tells where a duty stands.
pub(crate) fn write_duty<S: Sink>(out: &mut S, duty: &Duty) {
    use table::duty as f;
    out.text(&f::NAME, duty.name.as_str());
    out.text(&f::CASE_ID, duty.case.as_str());
    out.shown(&f::OPENED, duty.opened);
    out.shown(&f::LAST_DAY, duty.last_day);
    out.texts(&f::MEASURES, &duty.measures);
    out.maybe(&f::STRATUM, duty.stratum.as_ref());
    match duty.standing {
        DutyStanding::Overdue => out.choice(&f::STANDING, 1),
        DutyStanding::MetLate(met, by) => {
            out.choice(&f::STANDING, 2);
            out.shown(&f::MET, met);
            out.shown(&f::BY, by);
        }
        DutyStanding::Undone(by) => {
            out.choice(&f::STANDING, 3);
            out.shown(&f::BY, by);
        }
    }
}

/// Reads what an alert of a watch rule rests on.
pub(crate) fn read_watched(watched: pb::Watched) -> Reading<Watched> {
    Ok(Watched {
        rule: name("watched.rule", &watched.rule, Label::parse)?,
        action: name("watched.action", &watched.action, Label::parse)?,
        about: choice("watched.about", watched.about)?,
        standing: watched.standing,
        facts: watched.facts.into_iter().map(read_fact).collect::<Reading<_>>()?,
    })
}

fn read_fact(fact: pb::WatchedFact) -> Reading<WatchedFact> {
    Ok(WatchedFact {
        record: hex("watched.facts.record", &fact.record, RecordId::parse)?,
        known: tick("watched.facts.known", fact.known)?,
        what: match part("watched.facts.what", fact.what)? {
            pb::watched_fact::What::Incident(incident) => WatchedMatter::Incident(read_incident(&incident)?),
            pb::watched_fact::What::Duty(duty) => WatchedMatter::Duty(read_duty(&duty)?),
        },
    })
}

/// Reads an incident.
pub(crate) fn read_incident(incident: &pb::Incident) -> Reading<Incident> {
    Ok(Incident {
        event: name("incident.event", &incident.event, EventTypeName::parse)?,
        occurred: day("incident.occurred", &incident.occurred)?,
        source: name("incident.source", &incident.source, SourceId::parse)?,
        source_record_id: name("incident.source_record_id", &incident.source_record_id, SourceRecordId::parse)?,
        measures: names("incident.measures", &incident.measures, MeasureId::parse)?,
        stratum: maybe_name("incident.stratum", &incident.stratum, Stratum::parse)?,
        count: incident.count,
        case: maybe_name("incident.case_id", &incident.case_id, CaseName::parse)?,
    })
}

/// Reads where a duty stands.
pub(crate) fn read_duty(duty: &pb::Duty) -> Reading<Duty> {
    let by = |duty: &pb::Duty| hex("duty.by", &duty.by, RecordId::parse);
    Ok(Duty {
        name: name("duty.name", &duty.name, Label::parse)?,
        case: name("duty.case_id", &duty.case_id, CaseName::parse)?,
        opened: day("duty.opened", &duty.opened)?,
        last_day: day("duty.last_day", &duty.last_day)?,
        measures: names("duty.measures", &duty.measures, MeasureId::parse)?,
        stratum: maybe_name("duty.stratum", &duty.stratum, Stratum::parse)?,
        standing: match duty.standing {
            0 => return Err(missing("duty.standing")),
            1 => DutyStanding::Overdue,
            2 => DutyStanding::MetLate(day("duty.met", &duty.met)?, by(duty)?),
            3 => DutyStanding::Undone(by(duty)?),
            _ => return Err(bad("duty.standing", BadValue::UnknownWord)),
        },
    })
}
