//! An open door: the server on a thread and a small runtime of its own, so that whoever takes messages never meets an async worker.
//!
//! Must never enter: a path, a token, what takes the messages.

use super::{Limits, serve};
use axum::Router;
use std::{
    io,
    net::{SocketAddr, TcpListener},
    thread::JoinHandle,
};
use tokio::sync::oneshot;

/// A server that listens until it is closed.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<io::Result<()>>,
}

impl Listening {
    /// Serves routes on an address; port 0 lets the system choose.
    ///
    /// # Errors
    /// What the system says: the address is taken, or not ours.
    pub fn open(listen: SocketAddr, routes: Router, limits: Limits) -> io::Result<Self> {
        let listener = TcpListener::bind(listen)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let serving = move || {
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                // A stop that is dropped is a stop, too.
                serve(listener, routes, limits, async { drop(stopped.await) }).await
            })
        };
        let thread = std::thread::Builder::new().name("door".to_owned()).spawn(serving)?;
        Ok(Self { address, stop, thread })
    }

    /// Where it is.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Lets nobody in any more, and waits for the requests in hand, at most for the time of a drain.
    ///
    /// # Errors
    /// What the system said of the listener; a thread that ended by a bug.
    pub fn close(self) -> io::Result<()> {
        drop(self.stop);
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the thread of the door ended by a bug; its message stands above")))
    }
}
