//! The post: a thread with a small runtime that carries requests to receivers and brings their answers back.
//!
//! It keeps connections, and nothing else: what is asked twice is sent twice. What must never enter: a queue of its own, a retry, a
//! secret.

use crate::{
    answer,
    config::Target,
    connect::Guarded,
    moment::Clock,
    outbox::{Outcome, Reach},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, StatusCode, Uri,
    body::Bytes,
    header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{client::legacy, rt::TokioExecutor};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    time::Duration,
};

/// What is read of an answer's body; the rest says nothing.
const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// A request to be carried.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Index of the address.
    pub target: usize,
    /// Headers beside `content-type`, in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Media type of the body.
    pub media_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// What was asked to be called by.
    pub token: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// What the receiver said: status and the head of its body; empty where there was no answer.
    pub said: String,
    /// How long it took.
    pub took: Duration,
}

type Client = legacy::Client<HttpsConnector<Guarded>, Full<Bytes>>;

/// One job with the way back.
struct Job {
    token: u64,
    parcel: Parcel,
    back: mpsc::Sender<Receipt>,
}

/// Hands parcels to the post. Clones hand to the same one; it closes with the last.
#[derive(Clone, Debug)]
pub struct Counter {
    jobs: tokio::sync::mpsc::UnboundedSender<Job>,
    under_way: Arc<AtomicUsize>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("token", &self.token).finish_non_exhaustive()
    }
}

impl Counter {
    /// Hands a parcel over; the receipt comes back over `back`. If the post has gone, so has the process.
    pub fn hand_over(&self, token: u64, parcel: Parcel, back: &mpsc::Sender<Receipt>) {
        self.under_way.fetch_add(1, Ordering::AcqRel);
        let _closed = self.jobs.send(Job { token, parcel, back: back.clone() });
    }

    /// Parcels whose receipts have not been sent back yet.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.under_way.load(Ordering::Acquire)
    }
}

/// Opens the post for these addresses.
///
/// # Errors
/// When the system gives no thread, no runtime, or no certificates to trust.
pub fn open(targets: &[Target], answer_within: Duration, clock: Clock) -> io::Result<Counter> {
    let carriers = targets.iter().map(|target| Carrier::new(target, answer_within, clock)).collect::<io::Result<Vec<_>>>()?;
    let carriers: Arc<[Carrier]> = Arc::from(carriers);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (jobs, mut waiting) = tokio::sync::mpsc::unbounded_channel::<Job>();
    let under_way = Arc::new(AtomicUsize::new(0));
    let counter = Counter { jobs, under_way: Arc::clone(&under_way) };
    let work = async move {
        while let Some(Job { token, parcel, back }) = waiting.recv().await {
            let (carriers, under_way) = (Arc::clone(&carriers), Arc::clone(&under_way));
            tokio::spawn(async move {
                let began = clock.now();
                let (outcome, said) = match carriers.get(parcel.target) {
                    Some(carrier) => carrier.carry(parcel).await,
                    None => (Outcome::Refused { why: "there is no such address".to_owned() }, String::new()),
                };
                let took = clock.now().0.saturating_sub(began.0);
                let _nobody_waits = back.send(Receipt { token, outcome, said, took });
                under_way.fetch_sub(1, Ordering::AcqRel);
            });
        }
    };
    std::thread::Builder::new().name("post".to_owned()).spawn(move || runtime.block_on(work))?;
    Ok(counter)
}

/// Whoever carries to one address.
struct Carrier {
    client: Client,
    url: Uri,
    answer_within: Duration,
    clock: Clock,
}

impl Carrier {
    fn new(target: &Target, answer_within: Duration, clock: Clock) -> io::Result<Self> {
        let https = HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1();
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_idle_timeout(Duration::from_secs(90))
            .pool_timer(hyper_util::rt::TokioTimer::new())
            // A connection that a receiver closed meanwhile is not worth a failed try.
            .retry_canceled_requests(true)
            .build(https.wrap_connector(Guarded::new(&target.allowed)));
        Ok(Self { client, url: target.url.clone(), answer_within, clock })
    }

    async fn carry(&self, parcel: Parcel) -> (Outcome, String) {
        let away = |why: String| (Outcome::Retry { reach: Reach::Away, after: None, why }, String::new());
        let request = match self.request(parcel) {
            Ok(request) => request,
            Err(error) => return (Outcome::Refused { why: format!("the request cannot be made: {error}") }, String::new()),
        };
        match tokio::time::timeout(self.answer_within, self.ask(request)).await {
            Err(_) => away(format!("no answer within {} s", self.answer_within.as_secs())),
            Ok(Err(error)) => away(error),
            Ok(Ok((status, retry_after, body))) => {
                let outcome = answer::outcome(status.as_u16(), retry_after.as_deref(), &body, self.clock.wall());
                (outcome, format!("HTTP {status}\n{body}"))
            }
        }
    }

    fn request(&self, parcel: Parcel) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut request = Request::builder().method(Method::POST).uri(self.url.clone());
        request = request.header(CONTENT_TYPE, parcel.media_type).header(USER_AGENT, concat!("slipwatch/", env!("CARGO_PKG_VERSION")));
        for (name, value) in parcel.headers {
            request = request.header(HeaderName::from_static(name), HeaderValue::try_from(value)?);
        }
        request.body(Full::new(Bytes::from(parcel.body)))
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Option<String>, String), String> {
        let response = self.client.request(request).await.map_err(|error| chain(&error))?;
        let status = response.status();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        // The status decides; a body that is too long or breaks off only says less.
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map(|body| String::from_utf8_lossy(&body.to_bytes()).into_owned()).unwrap_or_default();
        Ok((status, retry_after, body))
    }
}

/// An error with everything it rests on.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
