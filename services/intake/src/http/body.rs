//! The body of a request: read within bounds of size and time, and unpacked within bounds, so that a small body cannot become a
//! large one.
//!
//! gzip alone is unpacked. What the bytes say is read elsewhere.

use super::{Limits, problem::Problem};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, StatusCode, header},
};
use flate2::read::MultiGzDecoder;
use std::io::Read as _;

/// How the body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
}

impl Packing {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let mut told = headers.get_all(header::CONTENT_ENCODING).iter();
        match (told.next().map(|value| value.as_bytes().to_ascii_lowercase()).as_deref(), told.next()) {
            (None | Some(b"identity"), None) => Ok(Self::Plain),
            (Some(b"gzip" | b"x-gzip"), None) => Ok(Self::Gzip),
            (Some(_), _) | (None, Some(_)) => {
                Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported content encoding", "content-encoding may be gzip, once"))
            }
        }
    }
}

/// Reads a body.
pub(super) async fn read(body: Body, headers: &HeaderMap, limits: &Limits) -> Result<Bytes, Problem> {
    let declared = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse().ok());
    if declared.is_some_and(|length: u64| length > limits.body_bytes_max as u64) {
        return Err(too_large(limits.body_bytes_max));
    }
    let reading = axum::body::to_bytes(body, limits.body_bytes_max);
    match tokio::time::timeout(limits.body_timeout, reading).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => Err(too_large(limits.body_bytes_max)),
        Ok(Err(_)) => Err(Problem::new(StatusCode::BAD_REQUEST, "Broken body", "the body ended before it was complete")),
        Err(_) => {
            let detail = format!("the body took longer than {} s to arrive", limits.body_timeout.as_secs_f32());
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "Request time-out", detail))
        }
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    std::iter::from_fn(|| {
        let this = cause?;
        cause = this.source();
        Some(this)
    })
    .any(|cause| cause.to_string().contains("length limit exceeded"))
}

fn too_large(limit_bytes: usize) -> Problem {
    let detail = format!("more than {limit_bytes} bytes: send it in several requests");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Content too large", detail)
}

/// The bytes as they were before they were packed.
pub(super) fn unpacked(bytes: Bytes, packing: Packing, limits: &Limits) -> Result<Bytes, Problem> {
    match packing {
        Packing::Plain => Ok(bytes),
        Packing::Gzip => {
            let mut out = Vec::new();
            // One byte more than is allowed shows that there is more, whatever the head of the archive claims.
            let read = MultiGzDecoder::new(&*bytes).take(limits.unpacked_bytes_max as u64 + 1).read_to_end(&mut out);
            match read {
                Ok(_) if out.len() > limits.unpacked_bytes_max => Err(too_large(limits.unpacked_bytes_max)),
                Ok(_) => Ok(out.into()),
                Err(error) => Err(Problem::new(StatusCode::BAD_REQUEST, "Broken body", format!("the body is no gzip: {error}"))),
            }
        }
    }
}
