//! The commands, one module each.
//!
//! A command reads its arguments, wires stages to a log, and says what came of it. What must never enter: a judgement.

pub mod act;
mod act_broker;
pub mod alerts;
pub mod backtest;
pub mod check;
pub mod console;
pub mod demo;
pub mod digest;
pub mod explain;
pub mod export;
pub mod generate;
pub mod herald;
pub mod import;
mod import_archive;
mod import_kafka;
mod redrive;
pub mod refused;
pub mod replay;
mod replay_broker;
pub mod run;
pub mod service;
pub mod status;
pub mod test;
pub mod topics;
pub mod up;
mod when;
