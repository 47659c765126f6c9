//! The bodies that feeds send, read: from decoded numbers and texts to words.
//!
//! An identifier that fails its check is kept and flagged, never refused. Nothing here knows the envelope.

use super::read::selector;
use crate::{
    pb,
    read::{LIST_MAX, Reading, bad, choice, day, maybe_choice, maybe_day, maybe_name, missing, name, names, narrow, part, unit},
};
use std::sync::Arc;
use vocab::{
    event::{
        Body, Capacity, Circumstance, DefinitionChange, Exposure, ExposureTotal, FeedStatus, Inspection, Interdiction, Obstacle,
        PackActivation, SeizedItem, Seizure, TargetChange,
    },
    identifier::Checked,
    name::{ActorId, Label, NAME_BYTES_MAX},
    quantity::Quantity,
    record::BadValue,
};

/// Largest pack that is read, bytes.
const PACK_BYTES_MAX: usize = 1 << 20;
const PPM: u32 = 1_000_000;

/// Types whose body says enough when all of it is left out.
pub(super) fn of_defaults(type_name: &str) -> Option<Body> {
    Some(match type_name {
        "inspection.performed" => Body::InspectionPerformed(Inspection::default()),
        "inspection.refused" => Body::InspectionRefused(Obstacle::default()),
        "inspection.impossible" => Body::InspectionImpossible(Obstacle::default()),
        "exposure.observed" => Body::ExposureObserved(Exposure::default()),
        "exposure.aggregate" => Body::ExposureAggregate(ExposureTotal::default()),
        "seizure.recorded" => Body::SeizureRecorded(Seizure::default()),
        "interdiction.outcome" => Body::InterdictionOutcome(Interdiction::default()),
        _ => return None,
    })
}

/// Whether this version knows a type.
pub(super) fn is_known(type_name: &str) -> bool {
    const NEED_A_BODY: [&str; 10] = [
        "capacity.reported",
        "context.noted",
        "definition.changed",
        "target.changed",
        "feed.status",
        "pack.activated",
        "alert.acknowledged",
        "alert.closed",
        "level.rebased",
        "outage.declared",
    ];
    NEED_A_BODY.contains(&type_name) || of_defaults(type_name).is_some()
}

/// An identifier that is kept even when it fails its check; only its length is bounded.
fn checked<T>(field: &str, text: &str, of: fn(&str) -> Checked<T>) -> Reading<Option<Checked<T>>> {
    match text.len() {
        0 => Ok(None),
        length if length > NAME_BYTES_MAX => Err(bad(field, BadValue::TooLong)),
        _ => Ok(Some(of(text))),
    }
}

fn quantity(field: &str, quantity: Option<pb::Quantity>) -> Reading<Option<Quantity>> {
    let Some(quantity) = quantity else { return Ok(None) };
    let thousandths = u64::try_from(quantity.thousandths).map_err(|_| bad(field, BadValue::Negative))?;
    Ok(Some(Quantity::of_thousandths(thousandths, unit(&format!("{field}.unit"), quantity.unit)?)))
}

pub(super) fn inspection(body: pb::InspectionPerformed) -> Reading<Inspection> {
    Ok(Inspection {
        depth: maybe_choice("depth", body.depth)?,
        trigger: maybe_choice("trigger", body.trigger)?,
        result: maybe_choice("result", body.result)?,
        deficiencies: narrow("deficiencies", body.deficiencies)?,
        duration_minutes: body.duration_minutes,
        ship: checked("ship", &body.ship, Checked::<vocab::identifier::ImoNumber>::of)?,
        container: checked("container", &body.container, Checked::<vocab::identifier::ContainerNumber>::of)?,
        exposure_id: maybe_name("exposure_id", &body.exposure_id, Label::parse)?,
        quantity: quantity("quantity", body.quantity)?,
    })
}

fn ship(text: &str) -> Reading<Option<Checked<vocab::identifier::ImoNumber>>> {
    checked("ship", text, Checked::<vocab::identifier::ImoNumber>::of)
}

pub(super) fn obstacle(body: &pb::Obstacle) -> Reading<Obstacle> {
    Ok(Obstacle {
        ground: maybe_name("ground", &body.ground, Label::parse)?,
        next_action: maybe_name("next_action", &body.next_action, Label::parse)?,
        ship: ship(&body.ship)?,
    })
}

pub(super) fn exposure(body: &pb::ExposureObserved) -> Reading<Exposure> {
    Ok(Exposure {
        kind: maybe_choice("kind", body.kind)?,
        mode: maybe_choice("mode", body.mode)?,
        ship: ship(&body.ship)?,
        cargo_hs: names("cargo_hs", &body.cargo_hs, Label::parse)?,
        quantity: quantity("quantity", body.quantity)?,
        must_inspect: body.must_inspect,
    })
}

pub(super) fn exposure_total(body: pb::ExposureAggregate) -> Reading<ExposureTotal> {
    if body.coverage_ppm.is_some_and(|share| share > PPM) {
        return Err(bad("coverage_ppm", BadValue::TooLarge));
    }
    Ok(ExposureTotal { kind: maybe_choice("kind", body.kind)?, coverage_ppm: body.coverage_ppm })
}

pub(super) fn seizure(body: &pb::SeizureRecorded) -> Reading<Seizure> {
    if body.items.len() > LIST_MAX {
        return Err(bad("items", BadValue::TooLong));
    }
    Ok(Seizure {
        items: body.items.iter().map(seized_item).collect::<Reading<_>>()?,
        ground: maybe_choice("ground", body.ground)?,
        concealment: maybe_name("concealment", &body.concealment, Label::parse)?,
        ship: ship(&body.ship)?,
    })
}

fn seized_item(item: &pb::SeizedItem) -> Reading<SeizedItem> {
    Ok(SeizedItem {
        hs: maybe_name("items.hs", &item.hs, Label::parse)?,
        quantity: quantity("items.quantity", item.quantity)?,
        purpose: maybe_choice("items.purpose", item.purpose)?,
    })
}

pub(super) fn interdiction(body: &pb::InterdictionOutcome) -> Reading<Interdiction> {
    Ok(Interdiction {
        request: maybe_name("request", &body.request, Label::parse)?,
        end: maybe_choice("end", body.end)?,
        on_high_seas: body.on_high_seas,
        ship: ship(&body.ship)?,
    })
}

pub(super) fn capacity(body: &pb::CapacityReported) -> Reading<Capacity> {
    Ok(Capacity { resource: name("resource", &body.resource, Label::parse)?, amount: part("amount", quantity("amount", body.amount)?)? })
}

pub(crate) fn circumstance(body: pb::ContextNoted) -> Reading<Circumstance> {
    Ok(Circumstance {
        kind: choice("kind", body.kind)?,
        effect: maybe_choice("effect", body.effect)?,
        text: name("text", &body.text, Label::parse)?,
        affects: selector(body.affects)?,
    })
}

pub(crate) fn definition(body: pb::DefinitionChanged) -> Reading<DefinitionChange> {
    Ok(DefinitionChange {
        effective: day("effective", &body.effective)?,
        text: name("text", &body.text, Label::parse)?,
        comparable: body.comparable,
        affects: selector(body.affects)?,
    })
}

pub(crate) fn target(body: pb::TargetChanged) -> Reading<TargetChange> {
    Ok(TargetChange {
        metric: name("metric", &body.metric, Label::parse)?,
        before: quantity("before", body.before)?,
        after: quantity("after", body.after)?,
        reason: maybe_name("reason", &body.reason, Label::parse)?,
        affects: selector(body.affects)?,
    })
}

pub(crate) fn feed_status(body: &pb::FeedStatus) -> Reading<FeedStatus> {
    Ok(FeedStatus {
        condition: choice("condition", body.condition)?,
        complete_to: maybe_day("complete_to", &body.complete_to)?,
        expected_interval_days: narrow("expected_interval_days", body.expected_interval_days)?,
    })
}

pub(super) fn pack(body: pb::PackActivated) -> Reading<PackActivation> {
    match body.pack.len() {
        0 => return Err(missing("pack")),
        length if length > PACK_BYTES_MAX => return Err(bad("pack", BadValue::TooLarge)),
        _ => {}
    }
    // The bytes are compiled by the shell that has the rules; until then they are only bytes.
    let (who, why) = (name("who", &body.who, ActorId::parse)?, name("why", &body.why, Label::parse)?);
    Ok(PackActivation { bytes: Arc::from(body.pack), pack: None, who, why })
}
