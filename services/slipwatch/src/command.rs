//! The commands, one module each.
//!
//! A command reads its arguments, wires stages to a log, and says what came of it. What must never enter: a judgement.

pub mod act;
pub mod alerts;
pub mod backtest;
pub mod check;
pub mod console;
pub mod demo;
pub mod digest;
pub mod explain;
pub mod generate;
pub mod herald;
pub mod import;
pub mod replay;
pub mod run;
pub mod status;
pub mod test;
mod when;
