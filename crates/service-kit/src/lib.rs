//! THE HABITS: what every service does the same way, whatever its stage decides.
//!
//! Today: [`Stop`], a value passed down, [`Line`], the one loop that drives stages on a log, and [`Fused`], several
//! stages as one. One thread owns the stages and their tasks; nothing here starts another. The loop decides nothing:
//! how often it turns, waits or commits changes no output.
//!
//! Must never enter: a word of what the records are about, a wall clock that anything is decided by, a second loop.

mod fused;
mod line;
mod stage;
mod stop;

pub use fused::Fused;
pub use line::{Ending, Fatal, Feed, Flow, Line, Pace};
pub use stage::{BadState, Outputs, Stage};
pub use stop::Stop;
