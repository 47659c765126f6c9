//! The one binary: demo, run, import, replay, explain, check, act.
fn main() {}
