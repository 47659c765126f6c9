//! What of the configuration a reload changes: who is told, how, and how the broker is reached.
//!
//! Where alerts are read is a matter of a restart. What must never enter: a signal, a letter.

use super::{Config, KafkaSection};
use crate::{moment::Clock, post};
use service_kit::{
    Live,
    broker::{self, Access, Reached},
    config::BadConfig,
    logging,
    reload::Reach,
};

/// What a reload changes.
pub const RELOADED: Reach = &[&["log.level", "alertmanagers", "webhooks", "delivery.", "links."], broker::RELOADED];

impl Reached for KafkaSection {
    fn access(&self) -> Access<'_> {
        Access { tls: &self.tls, sasl: &self.sasl, client: &self.client, client_files: &self.client_files }
    }

    fn with_access_of(&self, other: &Self) -> Self {
        let Self { tls, sasl, client, client_files, .. } = other.clone();
        Self { tls, sasl, client, client_files, ..self.clone() }
    }
}

impl Config {
    /// This configuration with what a reload changes taken from another.
    #[must_use]
    pub fn with_reloaded(&self, other: &Self) -> Self {
        let Self { alertmanagers, webhooks, delivery, links, kafka, .. } = other.clone();
        let kafka = self.kafka.with_access_of(&kafka);
        Self { alertmanagers, webhooks, delivery, links, kafka, ..self.clone() }
    }

    /// Looks at all of it as a herald would that begins, and leaves everything as it is.
    ///
    /// # Errors
    /// [`BadConfig`] with every mistake.
    pub fn check(&self) -> Result<(), BadConfig> {
        let clock = Clock::start();
        let plan = self.plan(clock.wall())?;
        if !self.kafka.bootstrap.is_empty() {
            broker::check(&self.kafka.settings()?)?;
        }
        let opened = post::open(&plan.targets, plan.answer_within, clock);
        opened.map(drop).map_err(|error| BadConfig::Wrong(vec![format!("no letter can be sent: {error}")]))
    }

    /// The names of all receivers.
    pub fn receivers(&self) -> impl Iterator<Item = &str> {
        self.alertmanagers.iter().map(|one| one.name.as_str()).chain(self.webhooks.iter().map(|one| one.name.as_str()))
    }
}

/// Takes over what a reload changes, if all of it can be used. Letters under way come back first; the herald then begins by it.
///
/// # Errors
/// [`BadConfig`] with every mistake; then the one before stays.
pub fn adopt(live: &Live<Config>, said: &Config) -> Result<(), BadConfig> {
    let next = live.now().with_reloaded(said);
    next.check()?;
    logging::set_level(said.log.level);
    live.replace(next);
    Ok(())
}
