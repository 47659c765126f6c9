//! What is proven about several rooms at once: a small event log is played through the whole way and told back as text.
//!
//! A log is a file of JSON lines, read by [`event_log`]; [`play`] drives it through the shipped wiring in a chosen [`play::Setup`];
//! [`transcript`] says what was decided, for people and byte for byte; [`naive`] recomputes the figures on its own,
//! [`watched`] the alerts of rules on facts, [`agree`] compares; [`real`] plays files of real data the same way; [`generate`] and
//! [`perturb`] make logs from a seed; [`broker`] starts a real broker; [`form`] tells short tests from long ones; [`place`] keeps apart
//! those that would starve others. What must never enter: a decision, a stage of its own, a clock.

pub mod again;
pub mod agree;
pub mod broker;
pub mod chance;
pub mod event_log;
pub mod feed;
pub mod form;
pub mod generate;
pub mod naive;
pub mod on_kafka;
pub mod perturb;
pub mod place;
pub mod play;
pub mod real;
pub mod tap;
pub mod transcript;
pub mod watched;

/// Anything that keeps a log from being played; a test shows it.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error>>;
