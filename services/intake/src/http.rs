//! Feeds over HTTP: `POST /api/v1/events`, answered 202 only when what was accepted is durable.
//!
//! A request is one message (JSON, protobuf, a CloudEvent in binary or structured mode), lines of JSON, or a batch of CloudEvents.
//! What is no event is answered with its line and reason and is not kept: its sender has it. Must never enter: a clock, a store;
//! what takes the messages is an [`Append`], handed in.

mod answer;
mod body;
mod door;
mod limits;
mod listening;
mod messages;
mod problem;
mod serve;
mod tokens;

pub use door::routes;
pub use limits::Limits;
pub use listening::Listening;
pub use serve::serve;
pub use tokens::{BadTokens, Keys, Tokens};

use axum::body::Bytes;
use std::{future::Future, pin::Pin, time::Duration};
use vocab::{event::Event, record::Encoding};

/// A message that could be read, as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// What it says.
    pub event: Event,
    /// How its bytes are written.
    pub encoding: Encoding,
    /// Its bytes, to be kept.
    pub bytes: Bytes,
    /// The attributes that stood beside them, of a CloudEvent in binary mode.
    pub attributes: Vec<(String, String)>,
}

/// Nothing of a request was acknowledged, though some of it may be durable: sent again, it counts once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct NotAppended {
    /// Why, for a log line.
    pub reason: String,
    /// When to try again.
    pub retry_after: Duration,
}

/// What an append comes to.
pub type Appending = Pin<Box<dyn Future<Output = Result<(), NotAppended>> + Send>>;

/// Takes messages to where they last.
pub trait Append: Send + Sync + 'static {
    /// Takes the messages of one request in their order; resolves when all of them are durable.
    fn append(&self, messages: Vec<Taken>) -> Appending;

    /// Counts a message that was no event, by the reason its sender was given: it is kept nowhere.
    fn turned_away(&self, reason: &'static str);
}
