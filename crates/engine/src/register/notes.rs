//! Notes: what of an event is told on one by one, to whom, and which records reach every task.
//!
//! Must never enter: a figure, a judgement of whether an act comes too late (that is the sentinel's).

use alloc::{sync::Arc, vec::Vec};
use vocab::{
    act::{Act, Deed},
    event::{Body, Event, Selector},
    name::{JurisdictionCode, MeasureId, RegimeId},
    record::Admitted,
    tally::{Matter, Note},
    watch::Incident,
};

/// Whether a record goes to every task of the register, and not only to its home.
#[must_use]
pub const fn is_broadcast(body: &Body) -> bool {
    match body {
        Body::ContextNoted(_) | Body::DefinitionChanged(_) | Body::TargetChanged(_) | Body::FeedStatus(_) | Body::PackActivated(_) => true,
        Body::InspectionPerformed(_)
        | Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::ExposureObserved(_)
        | Body::ExposureAggregate(_)
        | Body::SeizureRecorded(_)
        | Body::InterdictionOutcome(_)
        | Body::CapacityReported(_)
        | Body::Act(_)
        | Body::Unrecognised(_) => false,
    }
}

/// Whether the story of such an event stays whatever the horizon: rules and what annotates figures. A feed's heartbeats do
/// not, there are too many of them and a stale one says nothing.
pub(super) const fn is_kept(body: &Body) -> bool {
    match body {
        Body::ContextNoted(_) | Body::DefinitionChanged(_) | Body::TargetChanged(_) | Body::PackActivated(_) | Body::Act(_) => true,
        Body::InspectionPerformed(_)
        | Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::ExposureObserved(_)
        | Body::ExposureAggregate(_)
        | Body::SeizureRecorded(_)
        | Body::InterdictionOutcome(_)
        | Body::CapacityReported(_)
        | Body::FeedStatus(_)
        | Body::Unrecognised(_) => false,
    }
}

/// Who is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// Assessors and the sentinel.
    Both,
    /// Only the sentinel.
    Sentinel,
}

/// The note of a message, if its kind makes one.
pub(super) fn note(message: &Admitted) -> Option<(Note, Told)> {
    let event = &*message.event;
    let (matter, regime, jurisdiction, told) = match &event.body {
        Body::PackActivated(activation) => {
            let pack = activation.pack.clone()?;
            let regime = pack.regime.clone();
            (Matter::Pack(pack, Arc::clone(&activation.bytes)), regime, None, Told::Both)
        }
        Body::ContextNoted(circumstance) => {
            let jurisdiction = whose(&circumstance.affects, event);
            (Matter::Circumstance(circumstance.clone(), event.occurred), event.regime.clone(), jurisdiction, Told::Both)
        }
        Body::DefinitionChanged(change) => {
            (Matter::Definition(change.clone()), event.regime.clone(), whose(&change.affects, event), Told::Both)
        }
        Body::TargetChanged(change) => (Matter::Target(change.clone()), event.regime.clone(), whose(&change.affects, event), Told::Both),
        Body::FeedStatus(status) => {
            (Matter::Feed(event.source.clone(), status.clone()), event.regime.clone(), event.jurisdiction.clone(), Told::Both)
        }
        Body::Act(act) => {
            let (regime, jurisdiction, told) = address(act, event);
            (Matter::Act(act.clone()), regime, jurisdiction, told)
        }
        Body::InspectionPerformed(_)
        | Body::InspectionRefused(_)
        | Body::InspectionImpossible(_)
        | Body::ExposureObserved(_)
        | Body::ExposureAggregate(_)
        | Body::SeizureRecorded(_)
        | Body::InterdictionOutcome(_)
        | Body::CapacityReported(_)
        | Body::Unrecognised(_) => return None,
    };
    Some((Note { record: message.id, known: message.known, regime, jurisdiction, matter }, told))
}

fn whose(affects: &Selector, event: &Event) -> Option<JurisdictionCode> {
    affects.jurisdiction.clone().or_else(|| event.jurisdiction.clone())
}

/// Whom an act concerns. An acknowledgement changes no figure: assessors need not know of it.
fn address(act: &Act, event: &Event) -> (RegimeId, Option<JurisdictionCode>, Told) {
    match &act.deed {
        Deed::Acknowledge { seen, until: _ } => (seen.series.regime.clone(), Some(seen.series.jurisdiction.clone()), Told::Sentinel),
        Deed::Close { seen } => (seen.series.regime.clone(), Some(seen.series.jurisdiction.clone()), Told::Both),
        Deed::Rebase { series, from: _, until: _ } => (series.regime.clone(), Some(series.jurisdiction.clone()), Told::Both),
        Deed::DeclareOutage { affects, from: _, until: _ } => (event.regime.clone(), affects.jurisdiction.clone(), Told::Both),
    }
}

/// What rules are told of an event that they watch.
pub(super) fn incident(message: &Admitted, jurisdiction: JurisdictionCode) -> Note {
    let event = &*message.event;
    let incident = Incident {
        event: super::telling::type_name(event),
        occurred: event.occurred.day,
        source: event.source.clone(),
        source_record_id: event.source_record_id.clone(),
        measures: measures(event),
        stratum: event.stratum.clone(),
        count: event.count,
        case: event.case().cloned(),
    };
    let (known, regime) = (message.known, event.regime.clone());
    Note { record: message.id, known, regime, jurisdiction: Some(jurisdiction), matter: Matter::Incident(incident) }
}

/// The measures of an event in their order, each once: their order in a message says nothing.
pub(super) fn measures(event: &Event) -> Vec<MeasureId> {
    let mut measures = event.measures.clone();
    measures.sort_unstable();
    measures.dedup();
    measures
}
