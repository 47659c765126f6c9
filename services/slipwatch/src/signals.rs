//! Signals of the supervisor as a wish to stop.
//!
//! What must never enter: what stopping means (the loop commits what it has and ends).

use crate::failure::Failure;
pub use service_kit::signals::Drain;
use service_kit::{Stop, signals};

/// A stop that the first SIGINT or SIGTERM asks for; the second ends the process at once.
///
/// # Errors
/// [`Failure::Other`] when the system refuses to tell of signals.
pub fn stop(drain: Drain) -> Result<Stop, Failure> {
    signals::stop(drain).map_err(|error| Failure::Other(error.into()))
}
