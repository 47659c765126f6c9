//! THE BYTES: protobuf and proto3 JSON of the contract (`proto/`) to and from words, and feeds by mapping.
//!
//! Every message has four doors: `x_to_protobuf`, `x_from_protobuf`, `x_to_json`, `x_from_json`. Writers append to a buffer
//! and cannot fail; readers give the word or a refusal with its reason. Writers are told a message once and make both
//! encodings of it; readers of JSON make protobuf of it first, so that one set of checks stands behind both.
//!
//! What must never enter: a judgement, a clock, a topic, an offset, a rule of a regime.

pub mod admitted;
pub mod assessment;
pub mod base64;
mod book;
pub mod cloudevents;
pub mod decision;
pub mod entry;
pub mod event;
pub mod feed;
pub mod inbound;
mod json;
pub mod late;
pub mod mark;
mod met;
pub mod note;
mod numbers;
pub mod outbound;
mod pb;
mod read;
pub mod refused;
mod scan;
mod sink;
pub mod stored;
mod table;
mod tally;
mod timestamp;
mod watched;
