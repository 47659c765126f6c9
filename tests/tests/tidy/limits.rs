//! The ratchets: every number and closed list the rules compare with, in one table. They change only
//! by editing the number here, in a commit that says why. What must never enter: a limit that only
//! one file needs.

/// Lines of one file, test modules not counted.
pub(crate) const FILE_LINES_MAX: usize = 500;
/// Ninth decile of the lines of all files, test modules not counted.
pub(crate) const FILE_LINES_P90: usize = 350;
/// Lines of code of one function, signature and braces included, blank and comment lines not.
pub(crate) const FUNCTION_LINES_MAX: usize = 60;
/// Ninth decile of the lines of the functions of one crate.
pub(crate) const FUNCTION_LINES_P90: usize = 25;
/// Below this many functions a decile says nothing, and only the maximum holds.
pub(crate) const FUNCTIONS_FOR_P90: usize = 10;
/// Parameters of one function, `self` included.
pub(crate) const PARAMETERS_MAX: usize = 5;
/// Lines of documentation at the head of every file. The aim is 3 to 10.
pub(crate) const MODULE_DOC_LINES_MIN: usize = 1;
/// Stated invariants (`expect("..")`) per thousand lines of shipped code of one crate, rounded up.
pub(crate) const EXPECTS_PER_THOUSAND_LINES: usize = 1;
/// Lines of the README at the root: what, one picture, two commands, map.
pub(crate) const README_LINES_MAX: usize = 150;
/// Library crates. A new one needs another dependency diet, consumer or promise of stability.
pub(crate) const LIBRARY_CRATES_MAX: usize = 9;
/// Crates on the longest chain of dependencies, the tests apart: binary, service, what services share, an edge, the words.
pub(crate) const CHAIN_CRATES_MAX: usize = 5;

/// The crates that decide: no clock, no I/O, no hash order, no threads, no platform floats.
pub(crate) const PURE: [&str; 3] = ["vocab", "surveillance", "engine"];
/// The crates that carry records without knowing what they say.
pub(crate) const WORDLESS: [&str; 2] = ["journal", "service-kit"];
/// The one crate that may be published; every other says `publish = false`.
pub(crate) const PUBLISHABLE: [&str; 1] = ["surveillance"];
/// The one crate that may use `anyhow`: the edge where an error is only shown.
pub(crate) const ANYHOW: [&str; 1] = ["slipwatch"];
