//! What the supervisor of a process is told: that it has started, that it turns, that it ends.
//!
//! systemd's protocol: `READY=1` when the state of the tasks is restored, `WATCHDOG=1` while every loop turns, `STOPPING=1` once somebody
//! has asked. Without a supervisor that listens nothing happens. Must never enter: a check of its own (health has them), a decision.

use std::sync::{Arc, Once};
use std::time::Duration;

use sd_notify::NotifyState;

use crate::health::Health;
use crate::stop::Stop;

/// How often health is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A process whose supervisor is told of it, as long as this is kept. Whoever lets it go ends.
#[derive(Debug)]
pub struct Supervised(Option<Arc<Once>>);

impl Drop for Supervised {
    fn drop(&mut self) {
        // A short drain may be over before anybody has looked whether it was asked for.
        if let Some(end) = &self.0 {
            end.call_once(|| say(NotifyState::Stopping));
        }
    }
}

/// Tells the supervisor from now on, on a thread of its own, until the process was asked to stop.
///
/// # Errors
/// When the thread cannot be started.
pub fn tell(health: &Health, stop: &Stop) -> Result<Supervised, std::io::Error> {
    if std::env::var_os("NOTIFY_SOCKET").is_none() {
        return Ok(Supervised(None));
    }
    let end = Arc::new(Once::new());
    let ending = Arc::clone(&end);
    let (health, stop) = (health.clone(), stop.clone());
    // Twice within the time that the supervisor waits for a sign of life.
    let sign_every = sd_notify::watchdog_enabled().map(|within| within / 2);
    let telling = move || {
        let (mut is_ready, mut since_sign) = (false, Duration::MAX);
        while !stop.is_asked() {
            if !is_ready && health.startup().is_well {
                is_ready = true;
                say(NotifyState::Ready);
            }
            if sign_every.is_some_and(|every| since_sign >= every) && health.live().is_well {
                since_sign = Duration::ZERO;
                say(NotifyState::Watchdog);
            }
            std::thread::sleep(LOOK_EVERY);
            since_sign = since_sign.saturating_add(LOOK_EVERY);
        }
        ending.call_once(|| say(NotifyState::Stopping));
    };
    std::thread::Builder::new().name("supervisor".to_owned()).spawn(telling)?;
    Ok(Supervised(Some(end)))
}

fn say(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the supervisor does not listen");
    }
}
