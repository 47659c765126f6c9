//! Backtests: history replayed under a pack, and what was said set against what is known to have happened.
//!
//! Truth is read, decisions are heard as they leave the replay, every series is scored, figures get their intervals by resampling,
//! and two packs are compared on the same draws. What must never enter: a judgement (the replay is the product's own), a figure that
//! sums up the others.

pub mod chart;
pub mod comparison;
pub mod figures;
pub mod heard;
pub mod lives;
pub mod report;
pub mod resample;
pub mod rows;
pub mod score;
pub mod sides;
pub mod tables;
pub mod truth;
pub mod value;
