//! The admin port: `/livez`, `/readyz`, `/startupz` (with `?verbose`: each check and its reason) and `/metrics`.
//!
//! A thread and a small runtime of its own, so that a busy loop still answers and a scrape never delays a commit. The text of
//! `/metrics` comes from whoever knows the series. Must never enter: a metric's name, anything that changes the service.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::exit::Exit;
use crate::health::{Answer, Health};

/// The section `admin`: probes and metrics.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AdminSection {
    /// Address of `/livez`, `/readyz`, `/startupz` and `/metrics`.
    pub listen: SocketAddr,
    /// A loop that has not turned for so long is not alive, seconds.
    pub turn_within_seconds: u64,
}

/// What a scraper says it can read: two headers, empty where it does not send them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked<'a> {
    /// `accept`.
    pub accept: &'a str,
    /// `accept-encoding`.
    pub accept_encoding: &'a str,
}

/// The answer to a scrape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposition {
    /// Its `content-type`.
    pub content_type: &'static str,
    /// Its `content-encoding`, where the body is packed.
    pub content_encoding: Option<&'static str>,
    /// The bytes.
    pub body: Vec<u8>,
}

impl Exposition {
    /// Prometheus text, format 0.0.4.
    #[must_use]
    pub fn text(body: String) -> Self {
        Self { content_type: "text/plain; version=0.0.4; charset=utf-8", content_encoding: None, body: body.into_bytes() }
    }
}

/// Renders the series of a process at the moment of a scrape.
pub type Render = Arc<dyn Fn(Asked<'_>) -> Exposition + Send + Sync>;

/// A port cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("{key} = {listen}: {source}")]
pub struct BadPort {
    /// The setting that names it.
    pub key: &'static str,
    /// The address asked for.
    pub listen: SocketAddr,
    /// What the system says.
    pub source: std::io::Error,
}

impl BadPort {
    /// How a process ends that cannot have its port: one that is taken may be free later, one that is not ours never will be.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.source.kind() == std::io::ErrorKind::AddrInUse { Exit::Again } else { Exit::Configuration }
    }
}

/// What the handlers share.
#[derive(Clone)]
struct Shared {
    health: Health,
    render: Render,
}

/// Serves the admin port until the process ends; the address it listens on (port 0 lets the system choose).
///
/// # Errors
/// [`BadPort`] when the address is taken or not ours.
pub fn serve(listen: SocketAddr, health: Health, render: Render) -> Result<SocketAddr, BadPort> {
    let bad = |source| BadPort { key: "admin.listen", listen, source };
    let listener = TcpListener::bind(listen).map_err(bad)?;
    listener.set_nonblocking(true).map_err(bad)?;
    let address = listener.local_addr().map_err(bad)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(bad)?;
    let routes = routes(Shared { health, render });
    let serving = move || {
        runtime.block_on(async {
            match tokio::net::TcpListener::from_std(listener) {
                Ok(listener) => {
                    if let Err(error) = axum::serve(listener, routes).await {
                        tracing::error!(%error, "the admin port ended");
                    }
                }
                Err(error) => tracing::error!(%error, "the admin port cannot be listened on"),
            }
        });
    };
    std::thread::Builder::new().name("admin".to_owned()).spawn(serving).map_err(bad)?;
    Ok(address)
}

fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/livez", get(async |State(shared): State<Shared>, RawQuery(query): RawQuery| probe(&shared.health.live(), query)))
        .route("/readyz", get(async |State(shared): State<Shared>, RawQuery(query): RawQuery| probe(&shared.health.ready(), query)))
        .route("/startupz", get(async |State(shared): State<Shared>, RawQuery(query): RawQuery| probe(&shared.health.startup(), query)))
        .route("/metrics", get(metrics))
        .with_state(shared)
}

/// 200 or 503, and why.
fn probe(answer: &Answer, query: Option<String>) -> Response {
    let status = if answer.is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let is_verbose = query.is_some_and(|query| query.split('&').any(|part| part.split('=').next() == Some("verbose")));
    let mut text = String::new();
    for (check, why) in &answer.checks {
        match why {
            Some(why) => text.push_str(&format!("[-] {check}: {why}\n")),
            None if is_verbose => text.push_str(&format!("[+] {check}\n")),
            None => {}
        }
    }
    text.push_str(if answer.is_well { "ok\n" } else { "not ok\n" });
    (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()
}

async fn metrics(State(shared): State<Shared>, headers: HeaderMap) -> Response {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let asked = Asked { accept: header(header::ACCEPT), accept_encoding: header(header::ACCEPT_ENCODING) };
    let Exposition { content_type, content_encoding, body } = (shared.render)(asked);
    let head = [(header::CONTENT_TYPE, content_type), (header::VARY, "accept, accept-encoding")];
    match content_encoding {
        Some(encoding) => (head, [(header::CONTENT_ENCODING, encoding)], body).into_response(),
        None => (head, body).into_response(),
    }
}
