//! THE NUMBERS: every Prometheus series this project has, declared once, and the one way from outputs to samples.
//!
//! A [`metric::Metric`] says name, kind, help, labels and how many samples it may have. [`process::Process`] keeps what a running
//! process counts about itself; [`regime::Known::families`] renders what the newest assessments and alerts say. Beyond a metric's budget
//! samples go to `__other__`, and that is counted: what comes in cannot make the exposition grow without bound.
//!
//! What must never enter: a decision, HTTP, a clock; the name of a ship, a case or a person as a label.

pub mod closed;
pub mod declared;
pub mod exposition;
pub mod lint;
pub mod metric;
mod openmetrics;
pub mod process;
pub mod reading;
pub mod regime;
pub mod table;
