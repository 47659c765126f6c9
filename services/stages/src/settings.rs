//! The sections of configuration that services on a broker share.
//!
//! A section refuses keys it does not know. Must never enter: a default (those stand in the annotated files of `deploy/config`).

use crate::space::Space;
use journal::kafka::{Identity, Inputs, Settings};
use schemars::JsonSchema;
use serde::Deserialize;
use service_kit::{
    admin::AdminSection,
    broker::{self, Access, Reached, SaslSection, TlsSection, with_client},
    config::BadConfig,
    logging::LogSection,
    reload::Reach,
};
use std::{collections::BTreeMap, path::PathBuf};

/// The sections of a service that does nothing but run stages.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sections {
    /// Which broker, whose topics, and who this process is.
    pub kafka: KafkaSection,
    /// Probes and metrics.
    pub admin: AdminSection,
    /// Log lines.
    pub log: LogSection,
    /// How often state is saved.
    pub state: StateSection,
}

/// The section `kafka`: which broker, whose topics, and who this process is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KafkaSection {
    /// Brokers to begin with, `host:port,host:port`.
    pub bootstrap: String,
    /// What every topic's name begins with.
    pub namespace: String,
    /// Number of this instance among those of the service, from 0. Two processes with one number fence each other.
    pub instance: u32,
    /// How long the group waits for a silent instance before its partitions move, milliseconds.
    pub session_timeout_ms: u64,
    /// More settings of the client library, by their names there.
    pub client: BTreeMap<String, String>,
    /// Settings of the client library whose values are secret: name and the file that holds the value.
    pub client_files: BTreeMap<String, PathBuf>,
    /// Whom clients trust, and who they are.
    pub tls: TlsSection,
    /// As which user they come.
    pub sasl: SaslSection,
}

/// What of these sections a reload changes.
pub const RELOADED: Reach = &[&["log.level"], broker::RELOADED];

/// The section `state`: how often stages save what they know.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StateSection {
    /// Records, and marks among them, a task reads between two checkpoints: more means fewer bytes, and a longer way back after a
    /// crash. Five seconds of work make one as well.
    pub checkpoint_records: u64,
}

impl KafkaSection {
    /// The names of topics.
    #[must_use]
    pub fn space(&self) -> Space {
        Space::new(&self.namespace)
    }

    /// How a part of a service reaches the broker.
    ///
    /// # Errors
    /// [`BadConfig`] naming every key of [`Access`] that cannot be used.
    pub fn settings(&self, group: &str, inputs: Inputs) -> Result<Settings, BadConfig> {
        let identity = Identity::new(&self.space().generation(), group, self.instance);
        let settings = Settings::new(&self.bootstrap, identity, inputs);
        with_client(settings, self.session_timeout_ms, self.access())
    }

    /// Looks for what a start would refuse; asks no broker.
    ///
    /// # Errors
    /// [`BadConfig`] as of [`KafkaSection::settings`], and for what would break a guarantee.
    pub fn check(&self) -> Result<(), BadConfig> {
        broker::check(&self.settings("check", Inputs::Chosen)?)
    }
}

impl Reached for KafkaSection {
    fn access(&self) -> Access<'_> {
        Access { tls: &self.tls, sasl: &self.sasl, client: &self.client, client_files: &self.client_files }
    }

    fn with_access_of(&self, other: &Self) -> Self {
        let Self { tls, sasl, client, client_files, .. } = other.clone();
        Self { tls, sasl, client, client_files, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use service_kit::{Live, Stop, broker::Way};
    use std::path::Path;

    fn section(password_file: &Path) -> KafkaSection {
        let sasl = SaslSection { mechanism: "PLAIN".to_owned(), user: "clerk".to_owned(), password_file: password_file.to_owned() };
        KafkaSection {
            bootstrap: "localhost:1".to_owned(),
            namespace: "toy".to_owned(),
            instance: 0,
            session_timeout_ms: 6_000,
            client: BTreeMap::new(),
            client_files: BTreeMap::new(),
            tls: TlsSection::default(),
            sasl,
        }
    }

    #[test]
    fn only_another_way_disturbs_and_a_file_with_other_bytes_is_one() {
        let file = std::env::temp_dir().join(format!("slipwatch-way-{}", std::process::id()));
        std::fs::write(&file, "one\n").unwrap();
        let live = Live::new(section(&file));
        let mut way = Way::of(live.clone()).unwrap();
        let (_, until) = live.until_replaced(&Stop::new());
        let elsewhere = KafkaSection { bootstrap: "elsewhere:2".to_owned(), ..section(&file) };
        let mut reload = |said: &KafkaSection| way.look(said).map(|next| way.go(next)).map_err(|bad| bad.to_string());
        reload(&elsewhere).unwrap();
        assert!(!until.is_asked(), "brokers are not changed by a reload");
        std::fs::write(&file, "").unwrap();
        let refused = reload(&elsewhere).unwrap_err();
        assert!(refused.contains("kafka.sasl.password_file") && !until.is_asked(), "{refused}");
        std::fs::write(&file, "two\n").unwrap();
        reload(&elsewhere).unwrap();
        assert!(until.is_asked() && live.now().bootstrap == "localhost:1");
        std::fs::remove_file(&file).unwrap();
    }
}
