//! The independent reading of the contract: what prost writes and what pbjson writes of it, from the same `proto/` files.
//! The product shares neither its writers nor its JSON reader with this.

use prost::Message;
use serde::{Serialize, de::DeserializeOwned};

#[expect(
    unreachable_pub,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::large_enum_variant,
    clippy::too_many_lines,
    reason = "generated, for this comparison alone"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/slipwatch.v1.rs"));
    include!(concat!(env!("OUT_DIR"), "/slipwatch.v1.serde.rs"));
}

/// Panics unless the oracle reads and writes the same bytes and the same text.
pub(crate) fn agrees(message: &str, name: &str, bytes: &[u8], json: &str) {
    match message {
        "event" => check::<generated::Event>(name, bytes, json),
        "admitted" => check::<generated::Admitted>(name, bytes, json),
        "assessment" => check::<generated::Assessment>(name, bytes, json),
        "transition" => check::<generated::Transition>(name, bytes, json),
        "answer" => check::<generated::Answer>(name, bytes, json),
        "seal" => check::<generated::Seal>(name, bytes, json),
        "digest" => check::<generated::Digest>(name, bytes, json),
        "decision" => check::<generated::Decision>(name, bytes, json),
        "refused" => check::<generated::Refused>(name, bytes, json),
        "late" => check::<generated::Late>(name, bytes, json),
        "entry" => check::<generated::Entry>(name, bytes, json),
        other => panic!("no oracle for {other}"),
    }
}

/// Panics unless prost writes the same bytes, and pbjson the same text where it can: it knows no values of a later version.
pub(crate) fn agrees_on_event(bytes: &[u8], json: &str) {
    agrees_where_it_can::<generated::Event>(bytes, json);
}

/// The same for an entry.
pub(crate) fn agrees_on_entry(bytes: &[u8], json: &str) {
    agrees_where_it_can::<generated::Entry>(bytes, json);
}

fn agrees_where_it_can<M: Message + Default + Serialize>(bytes: &[u8], json: &str) {
    let read = M::decode(bytes).unwrap();
    assert_eq!(read.encode_to_vec(), bytes);
    match serde_json::to_string(&read) {
        Ok(text) => assert_eq!(text, json),
        Err(error) => assert!(error.to_string().starts_with("Invalid variant"), "{error}"),
    }
}

fn check<M: Message + Default + PartialEq + Serialize + DeserializeOwned>(name: &str, bytes: &[u8], json: &str) {
    let read = M::decode(bytes).unwrap_or_else(|error| panic!("{name}: prost reads our bytes: {error}"));
    assert_eq!(read.encode_to_vec(), bytes, "{name}: prost writes the same bytes");
    assert_eq!(serde_json::to_string(&read).unwrap(), json, "{name}: pbjson writes the same text");
    let from_text: M = serde_json::from_str(json).unwrap_or_else(|error| panic!("{name}: pbjson reads our text: {error}"));
    assert!(from_text == read, "{name}: pbjson reads the same");
}
