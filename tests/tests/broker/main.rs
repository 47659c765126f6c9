//! The log on a real broker: the contract of stores, and what only processes can do to each other.
//!
//! One broker serves all tests; each has its own topics, group and ids. Must never enter: a mock, a fixed wait that has to be
//! long enough.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

mod append;
mod console;
#[path = "../../../crates/journal/tests/log/contract.rs"]
mod contract;
mod fence;
mod ground;
mod keys;
mod kill;
mod lag;
mod members;
mod messages;
mod orphan;
mod outage;
mod resting;
mod retained;
mod rolling;
mod scripted;
mod sharing;
mod slow;
mod storm;
mod topics;
#[path = "../../../crates/journal/tests/log/toy.rs"]
mod toy;
mod unanswered;
mod work;
mod zombie;
