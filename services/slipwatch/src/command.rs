//! The commands, one module each.
//!
//! A command reads its arguments, wires stages to a log, and says what came of it. What must never enter: a judgement.

pub mod replay;
