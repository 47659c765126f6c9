//! THE JUDGEMENT: intake, register, docket, assessor, sentinel.
//!
//! Every room here is a function of its state and the records of a tick: `step(tick, records, &mut out)`. The caller owns
//! the output, encodes it and commits it. Must never enter: a clock, a file, a thread, a log line, a hash order, a byte
//! layout of the contract, or a number somebody may argue about (those stand in a pack).
#![no_std]
#![deny(clippy::wildcard_enum_match_arm)]
extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod assessor;
pub mod docket;
pub mod identity;
pub mod intake;
pub mod page;
pub mod register;
pub mod seal;
pub mod sentinel;
