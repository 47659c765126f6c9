//! The register told in text: what goes in, what comes out; and the same by chance, against a recomputation written apart.
//!
//! The door is [`text::check`]. Nothing here knows how the register is made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

mod chance;
mod naive;
mod run;
mod text;
mod truth;
