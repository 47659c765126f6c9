//! The connector: looks a name up, looks at every address it gave, and connects to one that is allowed. Between the look and the
//! connection nothing is looked up again, so a name that changes its mind gains nothing.
//!
//! What must never enter: a redirect, a proxy of the environment.

use crate::guard::{self, Allowed};
use hyper_util::rt::TokioIo;
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::net::TcpStream;

/// Connects to addresses that are allowed.
#[derive(Clone, Debug)]
pub struct Guarded {
    allowed: Arc<[Allowed]>,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum NoConnection {
    /// The URL has no host.
    #[error("the URL names no host")]
    NoHost,
    /// Unencrypted, and not allowed.
    #[error("http is not encrypted; use https, or say `allow = [\"plain_http\"]` at the receiver")]
    PlainHttp,
    /// The name leads nowhere.
    #[error("look up {host}: {source}")]
    LookUp {
        /// The name.
        host: String,
        /// What the system says.
        source: io::Error,
    },
    /// None of the addresses is allowed.
    #[error("{host} is {address}, which needs the word {word} in `allow` of the receiver")]
    Forbidden {
        /// The name.
        host: String,
        /// The address it gave.
        address: SocketAddr,
        /// The word, or why there is none.
        word: &'static str,
    },
    /// Nobody answers.
    #[error("connect to {address}: {source}")]
    Unanswered {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl NoConnection {
    /// Whether a change of the configuration is needed, so that trying again is no use by itself.
    #[must_use]
    pub const fn is_forbidden(&self) -> bool {
        match self {
            Self::NoHost | Self::PlainHttp | Self::Forbidden { .. } => true,
            Self::LookUp { .. } | Self::Unanswered { .. } => false,
        }
    }
}

impl Guarded {
    /// A connector for a receiver that is allowed so much.
    #[must_use]
    pub fn new(allowed: &[Allowed]) -> Self {
        Self { allowed: Arc::from(allowed) }
    }

    async fn connect(self, host: String, port: u16) -> Result<TcpStream, NoConnection> {
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let found: Vec<SocketAddr> = found.map_err(|source| NoConnection::LookUp { host: host.clone(), source })?.collect();
        let mut failed = NoConnection::LookUp { host: host.clone(), source: io::ErrorKind::NotFound.into() };
        for address in found {
            match guard::check(address.ip(), &self.allowed) {
                Err(word) => {
                    let word = word.map_or("(none: no receiver can live there)", Allowed::as_str);
                    // An address that does not answer may answer later; only when all are forbidden is that the reason.
                    if !matches!(failed, NoConnection::Unanswered { .. }) {
                        failed = NoConnection::Forbidden { host: host.clone(), address, word };
                    }
                }
                Ok(()) => match TcpStream::connect(address).await {
                    Ok(stream) => {
                        // A letter is one small write; waiting to fill a packet only delays it.
                        let _slower = stream.set_nodelay(true);
                        return Ok(stream);
                    }
                    Err(source) => failed = NoConnection::Unanswered { address, source },
                },
            }
        }
        Err(failed)
    }
}

impl tower_service::Service<hyper::Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = NoConnection;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, NoConnection>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), NoConnection>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: hyper::Uri) -> Self::Future {
        let guarded = self.clone();
        Box::pin(async move {
            let is_plain = uri.scheme_str() != Some("https");
            if is_plain && !guarded.allowed.contains(&Allowed::PlainHttp) {
                return Err(NoConnection::PlainHttp);
            }
            // A literal IPv6 address stands in brackets in a URL, and without in a look-up.
            let host = uri.host().ok_or(NoConnection::NoHost)?.trim_matches(['[', ']']).to_owned();
            let port = uri.port_u16().unwrap_or(if is_plain { 80 } else { 443 });
            guarded.connect(host, port).await.map(TokioIo::new)
        })
    }
}
