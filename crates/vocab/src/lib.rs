//! THE WORDS: ids, units, times, places, measures, packs as values, events, verdicts.
#![no_std]
extern crate alloc;
