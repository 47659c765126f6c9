//! The one binary as a library: wiring of the stages on a log, and the commands over it.
//!
//! Tests drive the same wiring. What must never enter: a judgement (engine), a rule (regime), a byte format (wire), SQL
//! (journal).

pub mod answers;
pub mod archive;
pub mod backtest;
pub mod behind;
pub mod book;
pub mod broker;
pub mod chart;
pub mod cli;
pub mod command;
pub mod compared;
pub mod counting;
pub mod counts;
pub mod door;
pub mod embedded;
pub mod explanation;
pub mod failure;
pub mod file;
pub mod fused;
pub mod generate;
pub mod history;
pub mod history_feed;
pub mod inputs;
pub mod lines;
pub mod live;
pub mod output;
pub mod redrive;
pub mod refused;
pub mod replay;
pub mod rules;
pub mod sample;
pub mod scenario;
pub mod signals;
pub mod silences;
pub mod sorter;
pub mod summary;
pub mod truth;
pub mod weight;
pub mod yardstick;
