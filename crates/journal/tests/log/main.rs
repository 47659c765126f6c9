//! Tests of the log through its public door: one contract for every store, and the two protocol models as properties.
//!
//! A property that fails prints its shrunk input. Must never enter: the network, a sleep, an order between tests.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

mod checkpoint;
mod contract;
mod file;
mod fold;
mod grounds;
mod kill;
mod order;
mod script;
mod toy;
