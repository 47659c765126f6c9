//! An event, told to a sink: the envelope, and the bodies that feeds send. Acts are told in `acts`.
//!
//! Fields are told in the order of their numbers. Nothing is checked here: a vocab value is right by construction.

use super::acts;
use crate::{
    numbers::Numbered,
    sink::Sink,
    table::{self, Field},
};
use vocab::{
    event::{
        Body, Capacity, Circumstance, Context, DefinitionChange, Event, Exposure, ExposureTotal, FeedStatus, Inspection, Interdiction,
        Obstacle, PackActivation, SeizedItem, Seizure, Selector, TargetChange, UnrecognisedBody,
    },
    place::Location,
    quantity::Quantity,
    time::{Occurred, Precision},
};

/// Tells an event.
pub(crate) fn event<S: Sink>(out: &mut S, event: &Event) {
    use table::event as f;
    let unrecognised = if let Body::Unrecognised(body) = &event.body { Some(body) } else { None };
    out.whole(&f::SCHEMA_VERSION, i64::from(super::SCHEMA_VERSION));
    if let Some(UnrecognisedBody { type_name, .. }) = unrecognised {
        out.text(&f::TYPE, type_name.as_str());
    }
    out.text(&f::REGIME, event.regime.as_str());
    out.text(&f::SOURCE, event.source.as_str());
    out.text(&f::SOURCE_RECORD_ID, event.source_record_id.as_str());
    out.natural(&f::REVISION, u64::from(event.revision));
    out.choice(&f::OP, event.operation.number());
    out.message(&f::OCCURRED, |out| occurred(out, event.occurred));
    if let Some(reported) = event.reported {
        out.time(&f::REPORTED, reported);
    }
    if event.count != 1 {
        out.whole(&f::COUNT, i64::from(event.count));
    }
    out.maybe(&f::JURISDICTION, event.jurisdiction.as_ref());
    out.texts(&f::MEASURES, &event.measures);
    out.maybe(&f::STRATUM, event.stratum.as_ref());
    if let Some(rest) = &event.context {
        context(out, rest);
    }
    body(out, &event.body);
}

/// Tells when something occurred.
pub(crate) fn occurred<S: Sink>(out: &mut S, occurred: Occurred) {
    use table::occurred as f;
    out.choice(&f::PRECISION, occurred.precision.number());
    out.shown(&f::DAY, occurred.day);
    if occurred.last_day != occurred.day && occurred.precision != Precision::Month {
        out.shown(&f::LAST_DAY, occurred.last_day);
    }
    if let Some(at) = occurred.at {
        out.time(&f::AT, at);
    }
}

fn context<S: Sink>(out: &mut S, context: &Context) {
    use table::event as f;
    out.maybe(&f::ID, context.id.as_ref());
    out.maybe(&f::AUTHORITY, context.authority.as_ref());
    out.maybe(&f::ASSERTED_BY, context.asserted_by.as_ref());
    out.maybe(&f::CASE_ID, context.case.as_ref());
    out.maybe(&f::CAUSATION_ID, context.causation.as_ref());
    maybe_choice(out, &f::RELIABILITY, context.reliability);
    out.maybe_natural(&f::CREDIBILITY, context.credibility.map(vocab::event::Credibility::value));
    maybe_choice(out, &f::MARKING, context.marking);
    if let Some(place) = &context.location {
        out.message(&f::LOCATION, |out| location(out, place));
    }
}

fn location<S: Sink>(out: &mut S, location: &Location) {
    use table::{geo_position, location as f};
    match location {
        Location::Locode(code) => out.text(&f::LOCODE, code.as_str()),
        Location::Position { latitude_e7, longitude_e7 } => out.message(&f::POSITION, |out| {
            out.whole(&geo_position::LATITUDE_E7, i64::from(*latitude_e7));
            out.whole(&geo_position::LONGITUDE_E7, i64::from(*longitude_e7));
        }),
        Location::Area(name) => out.text(&f::AREA, name.as_str()),
    }
}

/// Tells a value of an enum, where there is one.
pub(super) fn maybe_choice<S: Sink>(out: &mut S, field: &Field, value: Option<impl Numbered>) {
    if let Some(value) = value {
        out.choice(field, value.number());
    }
}

fn body<S: Sink>(out: &mut S, body: &Body) {
    use table::event as f;
    match body {
        Body::InspectionPerformed(body) => out.message(&f::INSPECTION_PERFORMED, |out| inspection(out, body)),
        Body::InspectionRefused(body) => out.message(&f::INSPECTION_REFUSED, |out| obstacle(out, body)),
        Body::InspectionImpossible(body) => out.message(&f::INSPECTION_IMPOSSIBLE, |out| obstacle(out, body)),
        Body::ExposureObserved(body) => out.message(&f::EXPOSURE_OBSERVED, |out| exposure(out, body)),
        Body::ExposureAggregate(body) => out.message(&f::EXPOSURE_AGGREGATE, |out| exposure_total(out, body)),
        Body::SeizureRecorded(body) => out.message(&f::SEIZURE_RECORDED, |out| seizure(out, body)),
        Body::InterdictionOutcome(body) => out.message(&f::INTERDICTION_OUTCOME, |out| interdiction(out, body)),
        Body::CapacityReported(body) => out.message(&f::CAPACITY_REPORTED, |out| capacity(out, body)),
        Body::ContextNoted(body) => out.message(&f::CONTEXT_NOTED, |out| circumstance(out, body)),
        Body::DefinitionChanged(body) => out.message(&f::DEFINITION_CHANGED, |out| definition(out, body)),
        Body::TargetChanged(body) => out.message(&f::TARGET_CHANGED, |out| target(out, body)),
        Body::FeedStatus(body) => out.message(&f::FEED_STATUS, |out| feed_status(out, body)),
        Body::PackActivated(body) => out.message(&f::PACK_ACTIVATED, |out| pack(out, body)),
        Body::Act(act) => acts::write(out, act),
        Body::Unrecognised(body) => out.bytes(&f::UNRECOGNISED, &body.bytes),
    }
}

fn quantity<S: Sink>(out: &mut S, field: &Field, quantity: Option<Quantity>) {
    use table::quantity as f;
    if let Some(quantity) = quantity {
        out.message(field, |out| {
            out.natural(&f::THOUSANDTHS, quantity.thousandths());
            out.choice(&f::UNIT, quantity.unit().number());
        });
    }
}

fn inspection<S: Sink>(out: &mut S, inspection: &Inspection) {
    use table::inspection_performed as f;
    maybe_choice(out, &f::DEPTH, inspection.depth);
    maybe_choice(out, &f::TRIGGER, inspection.trigger);
    maybe_choice(out, &f::RESULT, inspection.result);
    out.maybe_natural(&f::DEFICIENCIES, inspection.deficiencies);
    out.maybe_natural(&f::DURATION_MINUTES, inspection.duration_minutes);
    out.maybe(&f::SHIP, inspection.ship.as_ref());
    out.maybe(&f::CONTAINER, inspection.container.as_ref());
    out.maybe(&f::EXPOSURE_ID, inspection.exposure_id.as_ref());
    quantity(out, &f::QUANTITY, inspection.quantity);
}

fn obstacle<S: Sink>(out: &mut S, obstacle: &Obstacle) {
    use table::obstacle as f;
    out.maybe(&f::GROUND, obstacle.ground.as_ref());
    out.maybe(&f::NEXT_ACTION, obstacle.next_action.as_ref());
    out.maybe(&f::SHIP, obstacle.ship.as_ref());
}

fn exposure<S: Sink>(out: &mut S, exposure: &Exposure) {
    use table::exposure_observed as f;
    maybe_choice(out, &f::KIND, exposure.kind);
    maybe_choice(out, &f::MODE, exposure.mode);
    out.maybe(&f::SHIP, exposure.ship.as_ref());
    out.texts(&f::CARGO_HS, &exposure.cargo_hs);
    quantity(out, &f::QUANTITY, exposure.quantity);
    out.truth(&f::MUST_INSPECT, exposure.must_inspect);
}

fn exposure_total<S: Sink>(out: &mut S, total: &ExposureTotal) {
    use table::exposure_aggregate as f;
    maybe_choice(out, &f::KIND, total.kind);
    out.maybe_natural(&f::COVERAGE_PPM, total.coverage_ppm);
}

fn seizure<S: Sink>(out: &mut S, seizure: &Seizure) {
    use table::seizure_recorded as f;
    out.messages(&f::ITEMS, &seizure.items, seized_item);
    maybe_choice(out, &f::GROUND, seizure.ground);
    out.maybe(&f::CONCEALMENT, seizure.concealment.as_ref());
    out.maybe(&f::SHIP, seizure.ship.as_ref());
}

fn seized_item<S: Sink>(out: &mut S, item: &SeizedItem) {
    use table::seized_item as f;
    out.maybe(&f::HS, item.hs.as_ref());
    quantity(out, &f::QUANTITY, item.quantity);
    maybe_choice(out, &f::PURPOSE, item.purpose);
}

fn interdiction<S: Sink>(out: &mut S, interdiction: &Interdiction) {
    use table::interdiction_outcome as f;
    out.maybe(&f::REQUEST, interdiction.request.as_ref());
    maybe_choice(out, &f::END, interdiction.end);
    out.truth(&f::ON_HIGH_SEAS, interdiction.on_high_seas);
    out.maybe(&f::SHIP, interdiction.ship.as_ref());
}

fn capacity<S: Sink>(out: &mut S, capacity: &Capacity) {
    use table::capacity_reported as f;
    out.text(&f::RESOURCE, capacity.resource.as_str());
    quantity(out, &f::AMOUNT, Some(capacity.amount));
}

/// Tells which series something concerns; nothing when it is all of them.
pub(super) fn selector<S: Sink>(out: &mut S, field: &Field, selector: &Selector) {
    use table::selector as f;
    if selector.jurisdiction.is_some() || selector.measure.is_some() {
        out.message(field, |out| {
            out.maybe(&f::JURISDICTION, selector.jurisdiction.as_ref());
            out.maybe(&f::MEASURE, selector.measure.as_ref());
        });
    }
}

/// Tells a circumstance.
pub(crate) fn circumstance<S: Sink>(out: &mut S, circumstance: &Circumstance) {
    use table::context_noted as f;
    out.choice(&f::KIND, circumstance.kind.number());
    maybe_choice(out, &f::EFFECT, circumstance.effect);
    selector(out, &f::AFFECTS, &circumstance.affects);
    out.text(&f::TEXT, circumstance.text.as_str());
}

/// Tells a change of definition.
pub(crate) fn definition<S: Sink>(out: &mut S, change: &DefinitionChange) {
    use table::definition_changed as f;
    selector(out, &f::AFFECTS, &change.affects);
    out.shown(&f::EFFECTIVE, change.effective);
    out.text(&f::TEXT, change.text.as_str());
    out.truth(&f::COMPARABLE, change.comparable);
}

/// Tells a change of target.
pub(crate) fn target<S: Sink>(out: &mut S, change: &TargetChange) {
    use table::target_changed as f;
    selector(out, &f::AFFECTS, &change.affects);
    out.text(&f::METRIC, change.metric.as_str());
    quantity(out, &f::BEFORE, change.before);
    quantity(out, &f::AFTER, change.after);
    out.maybe(&f::REASON, change.reason.as_ref());
}

/// Tells what a feed says of itself.
pub(crate) fn feed_status<S: Sink>(out: &mut S, status: &FeedStatus) {
    use table::feed_status as f;
    out.choice(&f::CONDITION, status.condition.number());
    out.maybe(&f::COMPLETE_TO, status.complete_to);
    out.maybe_natural(&f::EXPECTED_INTERVAL_DAYS, status.expected_interval_days);
}

fn pack<S: Sink>(out: &mut S, activation: &PackActivation) {
    use table::pack_activated as f;
    out.bytes(&f::PACK, &activation.bytes);
    out.text(&f::WHO, activation.who.as_str());
    out.text(&f::WHY, activation.why.as_str());
}
