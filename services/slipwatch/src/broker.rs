//! A broker as a command reaches it: whose topics, with which settings of the client, and what is read there without taking part.
//!
//! What must never enter: a default of a service, a decision, a group that shares work with a service.

mod decisions;
mod log;

pub use decisions::{Following, Live, Read};
pub use log::KafkaLog;

use crate::{cli::BrokerArgs, failure::Failure, file};
use journal::{
    Page, Store as _,
    kafka::{Codec, Inputs, KafkaStore, Reader, Settings},
};
use serde::Deserialize;
use service_kit::{
    broker::{Reached as _, end_on_stall},
    config::{self, Sources, load},
};
use stages::{bytes::Bytes, intaking::INTAKE, settings::KafkaSection, space::Space};

/// The number of the instance that commands are: none of a service, so that they fence no service.
const INSTANCE: u32 = 1_000;
/// How long a command that writes may be silent before its transaction is rolled back, milliseconds.
const SESSION_TIMEOUT_MS: u64 = 30_000;

/// What commands take of a configuration: its section `kafka`. Other sections are other people's.
#[derive(Debug, Deserialize)]
struct Commands {
    kafka: KafkaSection,
}

impl config::Settings for Commands {
    const DEFAULTS: &'static str = include_str!("../../../deploy/config/commands.toml");
}

/// A broker and the namespace of an installation on it.
#[derive(Clone, Debug)]
pub struct Broker {
    section: KafkaSection,
}

impl Broker {
    /// The one at an address, with what the command line, the environment and a file say beside it. Files with secrets and certificates
    /// are looked at.
    ///
    /// # Errors
    /// [`Failure`] naming every key that cannot be used.
    pub fn new(bootstrap: &str, arguments: &BrokerArgs) -> Result<Self, Failure> {
        let mut flags = arguments.set.clone();
        flags.extend(arguments.namespace.iter().map(|name| ("kafka.namespace".to_owned(), format!("{name:?}"))));
        let Commands { kafka } = load(&Sources::of_process(arguments.config.clone(), flags))?;
        let mut section =
            KafkaSection { bootstrap: bootstrap.to_owned(), instance: INSTANCE, session_timeout_ms: SESSION_TIMEOUT_MS, ..kafka };
        section.client.extend(arguments.client.iter().cloned());
        section.check()?;
        Ok(Self { section })
    }

    /// How it is reached, as settings of the client library.
    ///
    /// # Errors
    /// [`Failure`] naming every key that cannot be used.
    pub fn access(&self) -> Result<Vec<(String, String)>, Failure> {
        Ok(self.section.access().pairs()?)
    }

    /// Its topics.
    #[must_use]
    pub fn space(&self) -> Space {
        self.section.space()
    }

    /// How a client of this name reaches it.
    ///
    /// # Errors
    /// [`Failure::Configuration`].
    pub fn settings(&self, name: &str) -> Result<Settings, Failure> {
        self.section.settings(name, Inputs::Chosen).map_err(|error| Failure::Configuration(error.to_string()))
    }

    /// A log that is only read, in no group.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn reader<C: Codec>(&self, name: &str, codec: C) -> Result<Reader<C>, Failure> {
        Reader::open(&self.settings(name)?, codec).map_err(file::failed)
    }

    /// The log for writing as intake does; whoever imports beside it is fenced, no service is.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn store(&self) -> Result<KafkaStore<Bytes>, Failure> {
        KafkaStore::open(self.settings(INTAKE)?, Bytes::of(&self.space()), end_on_stall()).map_err(file::failed)
    }

    /// The pages that were saved with what was imported; nothing is written, nobody is fenced.
    ///
    /// # Errors
    /// [`Failure`] of the broker.
    pub fn pages(&self) -> Result<Vec<Page>, Failure> {
        self.store()?.pages(INTAKE).map_err(file::failed)
    }
}
