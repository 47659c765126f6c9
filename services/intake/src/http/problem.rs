//! Problems as RFC 9457 has them: one JSON object (`application/problem+json`) with a title, a status, a sentence, and the fields
//! that are to blame.
//!
//! A problem never repeats a body or a token. Which problem it is decides who makes it.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::time::Duration;

/// Something that kept a request from being taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) title: &'static str,
    pub(super) detail: String,
    pub(super) errors: Vec<Fault>,
    pub(super) retry_after: Option<Duration>,
}

/// A message that is to blame, or a field of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    /// Its place in the request, from 1.
    pub(super) line: usize,
    /// The closed set of reasons that refusals have.
    pub(super) reason: &'static str,
    /// The field, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    pub(super) detail: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, title, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// The same, to be tried again.
    pub(super) fn retry_after(self, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..self }
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, title, detail, errors, retry_after } = &self;
        let shown = Shown { r#type: "about:blank", title, status: status.as_u16(), detail, errors };
        let text = serde_json::to_string(&shown).unwrap_or_default();
        let mut response = (*status, [(header::CONTENT_TYPE, "application/problem+json")], text).into_response();
        let headers = response.headers_mut();
        if *status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.as_secs().max(1)));
        }
        response
    }
}
