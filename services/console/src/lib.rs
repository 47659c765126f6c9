//! The console: the read model of everything that is decided, and the metrics of regimes.
//!
//! It follows the outputs of the judgement, from the embedded file without its lock, keeps the newest assessment of every jurisdiction and
//! where every claim stands, and renders both at a scrape. When its source stays away it says so, and how old its figures are.
//!
//! What must never enter: a judgement (it cannot see the engine), a write to the log.

mod config;
mod file;
mod model;
mod service;

pub use config::Config;
pub use file::{FileSource, Look};
pub use model::{BadRow, ReadModel};
pub use service::{Fatal, Service, build};
