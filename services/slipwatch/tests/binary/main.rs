//! The binary as a process: what a person or a supervisor can do to it, and what it answers.
//!
//! Every proof starts the real program on real files and judges it from outside, by its exit code, its words and the
//! file it leaves. What must never enter: a proof that a library call can give (those stand in the crates).

mod archive;
mod backtest;
mod bad_input;
mod cli;
mod console;
mod crash;
mod crash_live;
mod door;
mod duties;
mod generate;
mod generated;
mod kills;
mod refused;
mod reload;
mod scenarios;
mod services;
mod settings;
mod support;
mod tamper;
