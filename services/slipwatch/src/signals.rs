//! Signals of the supervisor as a wish to stop.
//!
//! What must never enter: what stopping means (the loop commits what it has and ends).

use crate::failure::Failure;
use service_kit::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};

/// A stop that the first SIGINT or SIGTERM asks for; the second ends the process at once.
///
/// # Errors
/// [`Failure::Other`] when the system refuses to tell of signals.
pub fn stop() -> Result<Stop, Failure> {
    let stop = Stop::new();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).map_err(|error| Failure::Other(error.into()))?;
    let asked = stop.clone();
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if asked.is_asked() {
                std::process::exit(128 + signal);
            }
            asked.ask();
        }
    });
    Ok(stop)
}
