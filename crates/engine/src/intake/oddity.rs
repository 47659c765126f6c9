//! What is odd about an event and kept all the same: identifiers that fail their check, values and types of a later version.
//!
//! Must never enter: a reason to turn anything away.

use vocab::{
    event::{Body, Circumstance, Exposure, ExposureTotal, FeedStatus, Inspection, Interdiction, Obstacle, Seizure, TargetChange},
    identifier::{Checked, ImoNumber},
    quantity::{Quantity, Unit},
    record::{Flag, Flags},
};

/// The oddities of a body as flags.
pub(super) fn flags(body: &Body) -> Flags {
    let mut odd = Oddities(Flags::default());
    match body {
        Body::InspectionPerformed(inspection) => odd.inspection(inspection),
        Body::InspectionRefused(Obstacle { ship, .. }) | Body::InspectionImpossible(Obstacle { ship, .. }) => odd.ship(ship.as_ref()),
        Body::ExposureObserved(exposure) => odd.exposure(exposure),
        Body::ExposureAggregate(ExposureTotal { kind, coverage_ppm: _ }) => odd.values([kind.map(|kind| kind.is_unrecognised())]),
        Body::SeizureRecorded(seizure) => odd.seizure(seizure),
        Body::InterdictionOutcome(Interdiction { end, ship, request: _, on_high_seas: _ }) => {
            odd.values([end.map(|end| end.is_unrecognised())]);
            odd.ship(ship.as_ref());
        }
        Body::CapacityReported(capacity) => odd.quantity(Some(capacity.amount)),
        Body::ContextNoted(Circumstance { kind, effect, affects: _, text: _ }) => {
            odd.values([Some(kind.is_unrecognised()), effect.map(|effect| effect.is_unrecognised())]);
        }
        Body::TargetChanged(TargetChange { before, after, .. }) => {
            odd.quantity(*before);
            odd.quantity(*after);
        }
        Body::FeedStatus(FeedStatus { condition, .. }) => odd.values([Some(condition.is_unrecognised())]),
        Body::DefinitionChanged(_) | Body::PackActivated(_) | Body::Act(_) => {}
        Body::Unrecognised(_) => odd.0.raise(Flag::UnrecognisedType),
    }
    odd.0
}

struct Oddities(Flags);

impl Oddities {
    /// Takes for each value given whether it is unrecognised.
    fn values<const N: usize>(&mut self, unrecognised: [Option<bool>; N]) {
        if unrecognised.contains(&Some(true)) {
            self.0.raise(Flag::UnrecognisedValue);
        }
    }

    fn ship(&mut self, ship: Option<&Checked<ImoNumber>>) {
        if ship.is_some_and(Checked::is_invalid) {
            self.0.raise(Flag::InvalidShip);
        }
    }

    fn quantity(&mut self, quantity: Option<Quantity>) {
        self.values([quantity.map(|quantity| matches!(quantity.unit(), Unit::Unrecognised(_)))]);
    }

    fn inspection(&mut self, inspection: &Inspection) {
        self.values([inspection.depth.map(|depth| depth.is_unrecognised())]);
        self.values([inspection.trigger.map(|trigger| trigger.is_unrecognised())]);
        self.values([inspection.result.map(|result| result.is_unrecognised())]);
        self.quantity(inspection.quantity);
        self.ship(inspection.ship.as_ref());
        if inspection.container.as_ref().is_some_and(Checked::is_invalid) {
            self.0.raise(Flag::InvalidContainer);
        }
    }

    fn exposure(&mut self, exposure: &Exposure) {
        self.values([exposure.kind.map(|kind| kind.is_unrecognised())]);
        self.values([exposure.mode.map(|mode| mode.is_unrecognised())]);
        self.quantity(exposure.quantity);
        self.ship(exposure.ship.as_ref());
    }

    fn seizure(&mut self, seizure: &Seizure) {
        self.values([seizure.ground.map(|ground| ground.is_unrecognised())]);
        for item in &seizure.items {
            self.values([item.purpose.map(|purpose| purpose.is_unrecognised())]);
            self.quantity(item.quantity);
        }
        self.ship(seizure.ship.as_ref());
    }
}
