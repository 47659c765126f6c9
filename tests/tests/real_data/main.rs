//! Real data, each file as a test: what the product says of it is compared with what was expected of it beforehand.
//!
//! The expectations stand in `tests/expectations`, numbered; each test names its number. What must never enter: an expectation
//! that was written after its result.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its data has failed")]

mod massachusetts;
mod massachusetts_definition;
mod massachusetts_events;
mod massachusetts_long;
mod pirate_attacks;
mod pirate_routes;
mod said;
mod ship_outcomes;
mod ship_sanitation;
