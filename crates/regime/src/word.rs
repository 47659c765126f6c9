//! The words of a pack that stand for a closed choice, each list once: reading, suggesting and explaining use the same.
//!
//! What must never enter: a word that a source invents (strata, codes, measures).

use vocab::{
    event::{CircumstanceEffect, CircumstanceKind, Purpose},
    pack::{Adoption, Arrival, Basis, CompletenessRule, Direction, ExposureRule, Severity},
    quantity::Unit,
    series::Count,
    watch::About,
};

/// How a measure is known.
pub(crate) const BASES: [(&str, Basis); 3] = [("read", Basis::Read), ("recalled", Basis::Recalled), ("measured", Basis::Measured)];

/// Which way goods go.
pub(crate) const DIRECTIONS: [(&str, Direction); 4] = [
    ("inbound", Direction::Inbound),
    ("outbound", Direction::Outbound),
    ("third-country", Direction::ThirdCountry),
    ("any", Direction::Any),
];

/// What a measure is for.
pub(crate) const PURPOSES: [(&str, Purpose); 4] =
    [("economic", Purpose::Economic), ("proliferation", Purpose::Proliferation), ("both", Purpose::Both), ("unknown", Purpose::Unknown)];

/// Units of account, written as they are shown.
pub(crate) const UNITS: [(&str, Unit); 9] = {
    let [tonne, kilogram, barrel, teu, usd, inspector_day, ship_day, flight_hour] = WEIGHTS;
    [(Unit::Count.as_str(), Unit::Count), tonne, kilogram, barrel, teu, usd, inspector_day, ship_day, flight_hour]
};

/// Those of them that acts can weigh.
pub(crate) const WEIGHTS: [(&str, Unit); 8] = [
    (Unit::Tonne.as_str(), Unit::Tonne),
    (Unit::Kilogram.as_str(), Unit::Kilogram),
    (Unit::Barrel.as_str(), Unit::Barrel),
    (Unit::Teu.as_str(), Unit::Teu),
    (Unit::Usd.as_str(), Unit::Usd),
    (Unit::InspectorDay.as_str(), Unit::InspectorDay),
    (Unit::ShipDay.as_str(), Unit::ShipDay),
    (Unit::FlightHour.as_str(), Unit::FlightHour),
];

/// What a feed counts.
pub(crate) const COUNTS: [(&str, Count); 3] = [
    (Count::Inspections.as_str(), Count::Inspections),
    (Count::Interdictions.as_str(), Count::Interdictions),
    (Count::Exposure.as_str(), Count::Exposure),
];

/// How reports arrive.
pub(crate) const ARRIVALS: [(&str, Arrival); 2] = [("singly", Arrival::Singly), ("lots", Arrival::Lots)];

/// Whether exposure is reported.
pub(crate) const EXPOSURES: [(&str, ExposureRule); 2] = [("reported", ExposureRule::Reported), ("absent", ExposureRule::Absent)];

/// What sort of circumstance.
pub(crate) const KINDS: [(&str, CircumstanceKind); 7] = [
    (CircumstanceKind::Holiday.as_str(), CircumstanceKind::Holiday),
    (CircumstanceKind::Storm.as_str(), CircumstanceKind::Storm),
    (CircumstanceKind::Strike.as_str(), CircumstanceKind::Strike),
    (CircumstanceKind::Exercise.as_str(), CircumstanceKind::Exercise),
    (CircumstanceKind::Summit.as_str(), CircumstanceKind::Summit),
    (CircumstanceKind::Statement.as_str(), CircumstanceKind::Statement),
    (CircumstanceKind::Emergency.as_str(), CircumstanceKind::Emergency),
];

/// Which figures a circumstance may move.
pub(crate) const EFFECTS: [(&str, CircumstanceEffect); 3] = [
    (CircumstanceEffect::Exposure.as_str(), CircumstanceEffect::Exposure),
    (CircumstanceEffect::Effort.as_str(), CircumstanceEffect::Effort),
    (CircumstanceEffect::Reporting.as_str(), CircumstanceEffect::Reporting),
];

/// How much of a week is taken to be known.
pub(crate) const COMPLETENESS: [(&str, CompletenessRule); 2] =
    [(CompletenessRule::Estimated.as_str(), CompletenessRule::Estimated), (CompletenessRule::Assumed.as_str(), CompletenessRule::Assumed)];

/// How grave an alert is.
pub(crate) const SEVERITIES: [(&str, Severity); 3] = [
    (Severity::Notice.as_str(), Severity::Notice),
    (Severity::Warning.as_str(), Severity::Warning),
    (Severity::Critical.as_str(), Severity::Critical),
];

/// What one alert of a watch rule is about.
pub(crate) const ABOUT: [(&str, About); 2] = [(About::Record.as_str(), About::Record), (About::Jurisdiction.as_str(), About::Jurisdiction)];

/// Types of events that a rule or an obligation may name (`domain.md` §8.1): those that feeds send and that are counted, or kept with
/// their bytes until a version reads them. Circumstances, changes and the status of feeds are told of in other ways.
pub(crate) const EVENTS: [&str; 33] = [
    "inspection.performed",
    "inspection.refused",
    "inspection.impossible",
    "exposure.observed",
    "exposure.aggregate",
    "seizure.recorded",
    "seizure.disposed",
    "interdiction.requested",
    "interdiction.outcome",
    "capacity.reported",
    "flag.consent.changed",
    "vessel.detained",
    "vessel.released",
    "vessel.impounded",
    "vessel.identity.changed",
    "vessel.deregistered",
    "port.entry.denied",
    "asset.frozen",
    "asset.unfrozen",
    "transaction.blocked",
    "travel.denied",
    "licence.decided",
    "enduse.check",
    "exemption.decided",
    "quota.notified",
    "quota.estimated",
    "report.national",
    "violation.assessed",
    "trigger.occurred",
    "designation.changed",
    "regime.measure.changed",
    "regime.snapback.step",
    "denial.recorded",
];

/// What becomes of a declared reference window once a baseline is learnt.
pub(crate) const ADOPTIONS: [(&str, Adoption); 2] = [("adopt", Adoption::Adopt), ("keep", Adoption::Keep)];

/// The word of a value; nothing for one that no pack can say.
pub(crate) fn word_of<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> &'static str {
    let found = words.iter().find(|(_, other)| other == value);
    found.map_or("", |(word, _)| word)
}
