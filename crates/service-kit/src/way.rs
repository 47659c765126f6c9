//! What a reload does to a service on a broker: another way to it, if there is one.
//!
//! A certificate that was replaced under its name is another way, too. Where nothing has changed nobody is disturbed. Must never
//! enter: a signal, a file of configuration.

use crate::access::Access;
use crate::config::BadConfig;
use crate::live::Live;

/// Keys, and beginnings of keys, of a section `kafka` that a reload changes: all that [`Access`] says.
pub const RELOADED: &[&str] = &["kafka.tls.", "kafka.sasl.", "kafka.client", "kafka.client.", "kafka.client_files", "kafka.client_files."];

/// A section of configuration that says how a broker is reached, among other things.
pub trait Reached {
    /// How clients reach it.
    fn access(&self) -> Access<'_>;

    /// The same section with the access of another: all that a reload changes.
    #[must_use]
    fn with_access_of(&self, other: &Self) -> Self;
}

/// The way to the broker of a service that runs.
#[derive(Debug)]
pub struct Way<T> {
    live: Live<T>,
    fingerprint: u64,
}

/// A way that was looked at and can be gone.
#[derive(Debug)]
pub struct Next<T> {
    section: T,
    fingerprint: u64,
}

impl<T: Reached> Way<T> {
    /// The one that a service goes.
    ///
    /// # Errors
    /// [`BadConfig`] when it cannot be gone.
    pub fn of(live: Live<T>) -> Result<Self, BadConfig> {
        let fingerprint = live.now().access().fingerprint()?;
        Ok(Self { live, fingerprint })
    }

    /// Looks at the way that a configuration says. Its brokers and names are those of before.
    ///
    /// # Errors
    /// [`BadConfig`] with every mistake.
    pub fn look(&self, said: &T) -> Result<Next<T>, BadConfig> {
        let section = self.live.now().with_access_of(said);
        let fingerprint = section.access().fingerprint()?;
        Ok(Next { section, fingerprint })
    }

    /// Goes it from now on: what is in hand is committed, and new clients begin again. The same way as before is gone on.
    pub fn go(&mut self, next: Next<T>) {
        if next.fingerprint != self.fingerprint {
            tracing::info!("certificates or credentials have changed: clients of the broker are made anew");
            self.fingerprint = next.fingerprint;
            self.live.replace(next.section);
        }
    }
}
