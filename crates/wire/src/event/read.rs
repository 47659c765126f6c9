//! An event, read: the envelope, and which body it has. Bodies themselves are read in `bodies` and `acts`.
//!
//! Whatever cannot be is refused with the name of its field; whatever is merely of a later version is kept.

use super::{acts, bodies};
use crate::{
    met, pb,
    read::{Reading, bad, choice, count, day, maybe_choice, maybe_day, maybe_instant, maybe_name, missing, name, names, part},
};
use std::sync::Arc;
use vocab::{
    event::{Body, Context, Credibility, Event, Operation, Selector, UnrecognisedBody},
    name::{ActorId, CaseName, EventTypeName, JurisdictionCode, Label, MeasureId, RegimeId, SourceId, SourceRecordId, Stratum},
    place::Location,
    record::BadValue,
    time::{Day, Occurred, Precision},
};

/// A body of a later version, found among the fields this version does not know.
pub(crate) struct Stranger {
    /// The name of its field, or its number in words.
    pub(crate) name: String,
    /// Its content as it came.
    pub(crate) bytes: Arc<[u8]>,
}

/// Reads an event; `stranger` is asked only when no known body is there.
pub(crate) fn event(message: pb::Event, stranger: impl FnOnce() -> Option<Stranger>) -> Reading<Event> {
    let operation: Operation = choice("op", message.op)?;
    Ok(Event {
        context: context(&message)?,
        regime: name("regime", &message.regime, met::name::<RegimeId>)?,
        source: name("source", &message.source, met::name::<SourceId>)?,
        source_record_id: name("source_record_id", &message.source_record_id, SourceRecordId::parse)?,
        revision: message.revision,
        operation,
        occurred: occurred(part("occurred", message.occurred)?)?,
        reported: maybe_instant("reported", message.reported)?,
        count: message.count.map_or(Ok(1), |number| count("count", number))?,
        jurisdiction: maybe_name("jurisdiction", &message.jurisdiction, met::name::<JurisdictionCode>)?,
        measures: names("measures", &message.measures, met::name::<MeasureId>)?,
        stratum: maybe_name("stratum", &message.stratum, met::name::<Stratum>)?,
        body: body(&message.r#type, message.body, stranger)?,
    })
}

/// Reads when something occurred.
pub(crate) fn occurred(occurred: pb::Occurred) -> Reading<Occurred> {
    let at = maybe_instant("occurred.at", occurred.at)?;
    let last_day = maybe_day("occurred.last_day", &occurred.last_day)?;
    let precision = maybe_choice("occurred.precision", occurred.precision)?;
    let precision = precision.unwrap_or(if at.is_some() { Precision::Instant } else { Precision::Day });
    let day = match (maybe_day("occurred.day", &occurred.day)?, at) {
        (Some(day), _) => day,
        (None, Some(at)) => at.day(),
        (None, None) => day("occurred.day", &occurred.day)?,
    };
    let began = match (precision, at) {
        (Precision::Instant, Some(at)) => Occurred::at(at, day),
        (Precision::Instant, None) => return Err(missing("occurred.at")),
        (Precision::Day, None) => Occurred::on(day),
        (Precision::Month, None) => return month(day, last_day),
        (Precision::Day | Precision::Month, Some(_)) => return Err(bad("occurred.at", BadValue::WrongType)),
    };
    began.until(last_day.unwrap_or(day)).map_err(|_| bad("occurred.last_day", BadValue::Backwards))
}

/// A month has its own last day; another one would make it an interval of unknown meaning.
fn month(day: Day, last_day: Option<Day>) -> Reading<Occurred> {
    let month = Occurred::in_month_of(day);
    match last_day {
        Some(last_day) if last_day != month.last_day => Err(bad("occurred.last_day", BadValue::WrongType)),
        Some(_) | None => Ok(month),
    }
}

fn context(message: &pb::Event) -> Reading<Option<Arc<Context>>> {
    let context = Context {
        id: maybe_name("id", &message.id, Label::parse)?,
        authority: maybe_name("authority", &message.authority, Label::parse)?,
        asserted_by: maybe_name("asserted_by", &message.asserted_by, ActorId::parse)?,
        case: maybe_name("case_id", &message.case_id, CaseName::parse)?,
        causation: maybe_name("causation_id", &message.causation_id, Label::parse)?,
        reliability: maybe_choice("reliability", message.reliability)?,
        credibility: credibility(message.credibility)?,
        marking: maybe_choice("marking", message.marking)?,
        location: message.location.as_ref().map(location).transpose()?.flatten(),
    };
    Ok((context != Context::default()).then(|| Arc::new(context)))
}

fn credibility(number: u32) -> Reading<Option<Credibility>> {
    if number == 0 {
        return Ok(None);
    }
    let credibility = u8::try_from(number).ok().and_then(Credibility::of);
    credibility.map(Some).ok_or_else(|| bad("credibility", BadValue::TooLarge))
}

fn location(location: &pb::Location) -> Reading<Option<Location>> {
    use pb::location::Place;
    Ok(match &location.place {
        None => None,
        Some(Place::Locode(code)) => Some(Location::Locode(name("location.locode", code, Label::parse)?)),
        Some(Place::Area(area)) => Some(Location::Area(name("location.area", area, Label::parse)?)),
        Some(Place::Position(position)) => Some(Location::Position {
            latitude_e7: degrees("location.position.latitude_e7", position.latitude_e7, 90)?,
            longitude_e7: degrees("location.position.longitude_e7", position.longitude_e7, 180)?,
        }),
    })
}

fn degrees(field: &str, value: i32, limit: i64) -> Reading<i32> {
    if i64::from(value).abs() <= limit * 10_000_000 { Ok(value) } else { Err(bad(field, BadValue::TooLarge)) }
}

/// Which series something concerns; absent means all.
pub(super) fn selector(selector: Option<pb::Selector>) -> Reading<Selector> {
    let Some(selector) = selector else { return Ok(Selector::default()) };
    Ok(Selector {
        jurisdiction: maybe_name("affects.jurisdiction", &selector.jurisdiction, JurisdictionCode::parse)?,
        measure: maybe_name("affects.measure", &selector.measure, MeasureId::parse)?,
    })
}

fn body(type_name: &str, body: Option<pb::event::Body>, stranger: impl FnOnce() -> Option<Stranger>) -> Reading<Body> {
    let type_name = maybe_name("type", type_name, EventTypeName::parse)?;
    match (body, type_name) {
        (Some(pb::event::Body::Unrecognised(bytes)), Some(type_name)) => {
            if bodies::is_known(type_name.as_str()) {
                return Err(bad("unrecognised", BadValue::WrongType));
            }
            Ok(Body::Unrecognised(UnrecognisedBody { type_name, bytes: bytes.into() }))
        }
        (Some(pb::event::Body::Unrecognised(_)), None) => Err(missing("type")),
        (Some(body), type_name) => {
            let body = known(body)?;
            match type_name {
                Some(type_name) if type_name.as_str() != body.type_name() => Err(bad("type", BadValue::WrongType)),
                Some(_) | None => Ok(body),
            }
        }
        (None, Some(type_name)) => bodyless(type_name, stranger),
        (None, None) => {
            let stranger = stranger().ok_or_else(|| missing("type"))?;
            Ok(Body::Unrecognised(UnrecognisedBody {
                type_name: name("type", &stranger.name, EventTypeName::parse)?,
                bytes: stranger.bytes,
            }))
        }
    }
}

/// A type without a body of this version: a body of defaults where that says enough, else a type of a later version.
fn bodyless(type_name: EventTypeName, stranger: impl FnOnce() -> Option<Stranger>) -> Reading<Body> {
    if let Some(body) = bodies::of_defaults(type_name.as_str()) {
        return Ok(body);
    }
    if bodies::is_known(type_name.as_str()) {
        return Err(missing(&type_name.as_str().replace('.', "_")));
    }
    let bytes = stranger().map_or_else(|| Arc::from([]), |stranger| stranger.bytes);
    Ok(Body::Unrecognised(UnrecognisedBody { type_name, bytes }))
}

fn known(body: pb::event::Body) -> Reading<Body> {
    use pb::event::Body as Told;
    Ok(match body {
        Told::InspectionPerformed(body) => Body::InspectionPerformed(bodies::inspection(body)?),
        Told::InspectionRefused(body) => Body::InspectionRefused(bodies::obstacle(&body)?),
        Told::InspectionImpossible(body) => Body::InspectionImpossible(bodies::obstacle(&body)?),
        Told::ExposureObserved(body) => Body::ExposureObserved(bodies::exposure(&body)?),
        Told::ExposureAggregate(body) => Body::ExposureAggregate(bodies::exposure_total(body)?),
        Told::SeizureRecorded(body) => Body::SeizureRecorded(bodies::seizure(&body)?),
        Told::InterdictionOutcome(body) => Body::InterdictionOutcome(bodies::interdiction(&body)?),
        Told::CapacityReported(body) => Body::CapacityReported(bodies::capacity(&body)?),
        Told::ContextNoted(body) => Body::ContextNoted(bodies::circumstance(body)?),
        Told::DefinitionChanged(body) => Body::DefinitionChanged(bodies::definition(body)?),
        Told::TargetChanged(body) => Body::TargetChanged(bodies::target(body)?),
        Told::FeedStatus(body) => Body::FeedStatus(bodies::feed_status(&body)?),
        Told::PackActivated(body) => Body::PackActivated(bodies::pack(body)?),
        Told::AlertAcknowledged(body) => Body::Act(acts::acknowledged(body)?),
        Told::AlertClosed(body) => Body::Act(acts::closed(body)?),
        Told::LevelRebased(body) => Body::Act(acts::rebased(body)?),
        Told::OutageDeclared(body) => Body::Act(acts::outage(body)?),
        Told::Unrecognised(_) => return Err(bad("unrecognised", BadValue::WrongType)),
    })
}
