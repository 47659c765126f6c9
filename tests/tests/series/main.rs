//! The series, as operators meet them: what a console serves, what rules and dashboards ask, what a real Prometheus makes of both.
//!
//! `promtool` and `prometheus` (Debian package `prometheus`) are asked where they are installed; where not, what they would have said is
//! told as skipped, and under `CI=true` that is a failure. What must never enter: an expression that is not one of the shipped files, a
//! metric that is in no catalogue.

mod alerts;
mod counted;
mod dashboards;
mod embedded;
mod expression;
mod live;
mod prometheus;
mod scrape;
mod served;
mod site;
mod tools;
