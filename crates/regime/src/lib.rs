//! THE RULES: regime packs, parsed, checked, compiled to words, hashed.
//!
//! A pack is a TOML file that a person wrote and somebody may argue about: measures, jurisdictions, feeds, what counts as
//! effort, the calendar, what is watched, the first week, the policy. [`compile`] turns its bytes into the value the judgement receives, or into every
//! mistake at once, each with its place and with what would be right. [`explain`] says what a compiled pack amounts to.
//!
//! What must never enter: a decision about events, a file or a clock (the caller reads the bytes), a default value of a
//! parameter (it stands in a pack or in a shipped policy), the threshold that follows from a rate (`surveillance` has the table).

mod calendar;
mod displacement;
mod erosion;
mod explanation;
mod feed;
mod findings;
mod form;
mod jurisdiction;
mod measure;
mod mistake;
mod nearest;
mod obligation;
mod pack;
mod policy;
mod section;
mod shape;
mod source;
mod watch;
mod word;

pub use explanation::{CalendarLine, Explanation, FeedLine, InterventionLine, MeasureLine, explain};
pub use mistake::{Mistake, Mistakes};
pub use obligation::ObligationLine;
pub use pack::{PACK_BYTES_MAX, compile};
pub use watch::WatchLine;
