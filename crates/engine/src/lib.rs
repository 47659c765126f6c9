//! THE JUDGEMENT: intake, register, assessor, sentinel.
#![no_std]
extern crate alloc;
