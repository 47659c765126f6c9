//! THE STATISTICS: how complete the counts are, what was expected, how much evidence there is for a fall, since when, how large,
//! and whether a fall could have been seen at all.
//!
//! Plain numbers in, plain numbers out. The unit of work is a [`Group`]: the series of one jurisdiction, whose signed counts are
//! added by week and judged together when a week is closed. The method is written down in the project's detection paper; the
//! section numbers in these docs are its own.
//!
//! What must never enter: a domain word beyond the three counts, a clock, a hash order, a thread, I/O, a float from the platform.
#![no_std]
#![deny(clippy::wildcard_enum_match_arm)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod act;
mod array;
mod baseline;
mod close;
mod condition;
mod counts;
mod delays;
mod evidence;
mod exposure;
mod finding;
mod group;
mod judge;
mod known;
mod lanes;
mod mixture;
mod nowcast;
mod packed;
mod pool;
mod power;
mod report;
mod scratch;
mod season;
mod series;
mod settings;
mod silence;
pub mod statistics;
mod stream;
mod timeliness;
mod track;
mod window;

pub use condition::{Cause, Condition, Phase, Turn};
pub use counts::{Breach, Cell, Feed};
pub use evidence::{NO_EVIDENCE, log_ratio_ramp, log_ratio_step};
pub use finding::{Evidence, PoolShare, Segment, Size, Source, WeekEvidence};
pub use group::{Group, Role};
pub use nowcast::{Nowcast, nowcast};
pub use power::{Power, Sensitivity};
pub use report::{Gap, GroupWeek, Held, Modes, PooledEvidence, Recent, SeriesWeek, Sight, Silent, Standing, StreamWeek};
pub use scratch::Scratch;
pub use settings::{Adoption, Life, Pooling, ReferenceWindow, Reports, Settings, Traffic};
pub use stream::Stream;
