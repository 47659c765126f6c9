//! The log on a broker: the same protocol, spread over processes and machines, exactly once.
//!
//! [`KafkaStore`] is a [`crate::Store`]. A commit is one transaction; positions and pages live in a compacted topic beside the
//! input; partitions come and go by the consumer group, and whoever lost one is fenced. Must never enter: a word of what the
//! records are about, a topic's name, a setting that weakens a guarantee.

mod append;
mod bytes;
mod choke;
mod codec;
mod ear;
mod failure;
mod fetch;
mod growth;
#[cfg(feature = "tls")]
mod handshake;
#[cfg(not(feature = "tls"))]
#[path = "no_handshake.rs"]
mod handshake;
mod orphan;
mod reader;
mod saved;
mod settings;
mod side;
mod store;
pub mod tls;
pub mod topics;
mod transact;
mod wait;
mod watchdog;
mod writer;

pub use append::{Appender, Outgoing};
pub use codec::{Codec, Growth, Incoming, MessageBuffer, TopicName};
pub use reader::Reader;
pub use settings::{Identity, Inputs, MESSAGE_BYTES_MAX, Settings, check_more};
pub use store::KafkaStore;
pub use watchdog::OnStall;
