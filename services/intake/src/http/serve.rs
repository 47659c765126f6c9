//! The server under the routes: HTTP/1.1 on one listener, with bounds on what a connection may cost before a route sees it.
//!
//! HTTP/2 is not spoken: feeds gain nothing from it, and its resets and windows cost bounds of their own. TLS is left to whatever
//! stands in front. Must never enter: a path, a token.

use super::Limits;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{future::Future, io, sync::Arc, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};

/// How long requests may go on after the server was told to stop.
const DRAIN: Duration = Duration::from_secs(10);
/// How long to wait when the system has no more connections to give.
const SHORT_OF_FILES: Duration = Duration::from_millis(100);

/// Serves routes until `stop`, then lets the requests in hand end.
///
/// # Errors
/// What the system says of the listener.
pub async fn serve(listener: TcpListener, routes: Router, limits: Limits, stop: impl Future<Output = ()>) -> io::Result<()> {
    let connections = Arc::new(Semaphore::new(limits.connections_max));
    let open = GracefulShutdown::new();
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(limits.head_timeout);
    builder.max_buf_size(limits.head_bytes_max.max(8_192)).max_headers(limits.head_fields_max);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = async {
            // A connection is accepted only when there is room: the others wait with the system, which bounds them.
            let room = Arc::clone(&connections).acquire_owned().await.map_err(io::Error::other)?;
            listener.accept().await.map(|(stream, _)| (stream, room))
        };
        let (stream, room): (TcpStream, _) = tokio::select! {
            () = &mut stop => break,
            accepted = accepted => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(SHORT_OF_FILES).await;
                    continue;
                }
            },
        };
        let service = TowerToHyperService::new(routes.clone());
        let connection = open.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(room);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN, open.shutdown()).await.is_err() {
        tracing::warn!(seconds = DRAIN.as_secs(), "requests were still open when the drain ended");
    }
    Ok(())
}
