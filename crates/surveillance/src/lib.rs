//! THE STATISTICS: completeness, seasonal baseline, e-detector, power, nowcast.
#![no_std]
extern crate alloc;
