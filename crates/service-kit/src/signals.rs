//! Signals of the supervisor as a wish to stop, with a deadline for what is in hand.
//!
//! The first SIGTERM or SIGINT asks, the second ends the process at once; a drain that misses its deadline says so and ends it
//! with the code that means "start me again". Must never enter: what stopping means (the loop commits what it has and ends).

use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::exit::Exit;
use crate::stop::Stop;

/// What happens when a drain takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drain {
    /// It may take as long as it takes.
    Patient,
    /// After so long the process ends.
    Within(Duration),
}

/// A stop that the first signal asks for.
///
/// # Errors
/// When the system refuses to tell of signals.
pub fn stop(drain: Drain) -> Result<Stop, std::io::Error> {
    let stop = Stop::new();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])?;
    let asked = stop.clone();
    let listening = move || {
        for signal in signals.forever() {
            if asked.is_asked() {
                std::process::exit(128 + signal);
            }
            asked.ask();
            match drain {
                Drain::Patient => {}
                Drain::Within(deadline) => end_after(deadline),
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listening)?;
    Ok(stop)
}

fn end_after(deadline: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(deadline);
        tracing::error!(deadline_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX), "the drain missed its deadline");
        std::process::exit(i32::from(Exit::Again.code()));
    });
}
