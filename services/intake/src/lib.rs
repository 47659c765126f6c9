//! INTAKE as a library: how feeds hand messages in.
//!
//! Here is the door over HTTP. What a message means is read by `wire`; the stamp `known`, the checks against the clock and the way
//! onto the log are the stage's. Must never enter: a judgement, a store, a broker's client: what takes messages is handed in.

pub mod http;
