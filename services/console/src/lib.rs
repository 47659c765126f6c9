//! The console: the read model of everything that is decided, and the metrics of regimes.
//!
//! It follows the outputs of the judgement, from the embedded file without its lock or from the topics of a broker without a group, keeps
//! the newest assessment of every jurisdiction and where every claim stands, and renders both at a scrape. When its source stays away
//! it says so, and how old its figures are.
//!
//! What must never enter: a judgement (it cannot see the engine), a write to the log.

mod broker;
mod config;
mod file;
mod model;
mod service;
mod shown;

pub use broker::BrokerSource;
pub use config::{AdminSection, BrokerSection, Config, RELOADED, SourceSection};
pub use file::FileSource;
pub use model::{BadRow, Look, ReadModel};
pub use service::{Fatal, Service, build};
