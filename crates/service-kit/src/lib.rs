//! THE HABITS: what every service does the same way, whatever its stage decides.
//!
//! [`Stop`], a value passed down, [`Line`], the one loop that drives stages on a log, [`Fused`], several stages as one; and
//! round them configuration, logging, signals, health and the admin port of a process. One thread owns the stages and their
//! tasks. The loop decides nothing: how often it turns, waits or commits changes no output.
//!
//! Must never enter: a word of what the records are about, a wall clock that anything is decided by, a second loop.

mod access;
pub mod admin;
pub mod broker;
pub mod config;
mod exit;
mod fused;
mod health;
mod line;
mod live;
pub mod logging;
mod observer;
mod patience;
pub mod reload;
pub mod schema;
mod shift;
pub mod signals;
mod stage;
mod stop;
pub mod supervisor;
mod way;

pub use exit::Exit;
pub use fused::Fused;
pub use health::{Answer, Health, Pulse};
pub use line::{Ending, Fatal, Feed, Flow, Line, Pace};
pub use live::Live;
pub use observer::{Count, Gathered, Observer, Reading, Seen, Watch, say_notice};
pub use patience::{Again, Patience, Post, Standing, Starting, may_pass};
pub use shift::{Crew, Hand};
pub use stage::{BadState, Outputs, Stage};
pub use stop::Stop;
