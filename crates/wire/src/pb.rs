//! The decoders that prost generates from `proto/`: plain structs of numbers and texts, unchecked.
//!
//! They live for the length of one decoding; `read` turns them into words or a refusal. Nothing else may hold them.
#![expect(
    unreachable_pub,
    clippy::large_enum_variant,
    reason = "generated: it is public throughout, and a decoded message lives for a moment"
)]

include!(concat!(env!("OUT_DIR"), "/slipwatch.v1.rs"));
