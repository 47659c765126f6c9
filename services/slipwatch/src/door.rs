//! The door of an embedded log: messages that feeds hand in over HTTP wait here until the judging thread has committed them.
//!
//! What waits is bounded; beyond that a client is asked to come back. What must never enter: a decision, a clock, the meaning of
//! a message.

use crate::{counting::Counting, failure::Failure};
use clap::Args;
use intake::http::{Append, Appending, Limits, Listening, NotAppended, Taken, Tokens, routes};
use service_kit::admin::BadPort;
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    time::Duration,
};
use tokio::sync::oneshot;

/// Requests that may wait for the judging thread.
const REQUESTS_WAITING_MAX: usize = 64;

/// Arguments of a command that may have a door.
#[derive(Args, Debug)]
pub struct DoorArgs {
    /// Let feeds hand in messages over HTTP as well: POST http://ADDRESS/api/v1/events (JSON, JSON lines, CloudEvents), answered
    /// when they are committed.
    #[arg(long, value_name = "ADDRESS", requires = "tokens")]
    pub listen: Option<SocketAddr>,
    /// Who may: a file of tokens (TOML), each bound to the feeds it speaks for.
    #[arg(long, value_name = "FILE", requires = "listen")]
    pub tokens: Option<PathBuf>,
}

/// The messages of one request.
pub struct Handed {
    /// What they are.
    pub messages: Vec<Taken>,
    /// Told when they are committed; dropped unheard, the client is asked to send them again.
    pub committed: oneshot::Sender<()>,
}

/// An open door.
pub struct Door {
    handed: Receiver<Handed>,
    listening: Listening,
}

impl Door {
    /// Opens the door on an address (port 0 lets the system choose) for the holders of tokens.
    ///
    /// # Errors
    /// [`Failure::Locked`] when the address is taken, [`Failure::Configuration`] when it is not ours.
    pub fn open(listen: SocketAddr, tokens: Tokens, counting: Option<Counting>) -> Result<Self, Failure> {
        let (sender, handed) = sync_channel(REQUESTS_WAITING_MAX);
        let limits = Limits::default();
        let listening = Listening::open(listen, routes(Desk { sender, counting }, tokens, limits), limits);
        let listening = listening.map_err(|source| BadPort { key: "--listen", listen, source })?;
        Ok(Self { handed, listening })
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.listening.address()
    }

    /// What was handed in next, if anything waits.
    #[must_use]
    pub fn take(&self) -> Option<Handed> {
        self.handed.try_recv().ok()
    }

    /// Lets nobody in any more, and requests in hand end. What nobody took is to be sent again.
    ///
    /// # Errors
    /// [`Failure::Other`] when the server had failed.
    pub fn close(self) -> Result<(), Failure> {
        drop(self.handed);
        self.listening.close().map_err(|error| anyhow::anyhow!("serve messages over HTTP: {error}").into())
    }
}

/// Hands messages to the judging thread.
struct Desk {
    sender: SyncSender<Handed>,
    /// Where what is turned away is counted, if anybody can ask.
    counting: Option<Counting>,
}

impl Append for Desk {
    fn append(&self, messages: Vec<Taken>) -> Appending {
        let (committed, told) = oneshot::channel();
        let sent = self.sender.try_send(Handed { messages, committed });
        let away = |reason: &str| NotAppended { reason: reason.to_owned(), retry_after: Duration::from_secs(1) };
        Box::pin(async move {
            sent.map_err(|_| away("the judging thread is behind"))?;
            told.await.map_err(|_| away("the log was closed before they were committed"))
        })
    }

    fn turned_away(&self, reason: &'static str) {
        self.counting.iter().for_each(|counting| counting.turned_away(reason));
    }
}
