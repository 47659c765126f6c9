//! How many tests of one program here run at once: more than there are cores, for most of them wait most of the time, for sessions that
//! end, brokers that start, ticks that pass.
//!
//! Cargo hands what is said here to every test program of this crate alone; started by hand, or where `RUST_TEST_THREADS` or
//! `--test-threads` say otherwise, nothing of this holds. What would starve the others takes its place first (`tests::place`). Must never
//! enter: anything a test must have to pass.

/// Tests at once for each core.
const TESTS_PER_CORE: usize = 3;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=RUST_TEST_THREADS");
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        println!("cargo::rustc-env=RUST_TEST_THREADS={}", TESTS_PER_CORE * cores);
    }
}
