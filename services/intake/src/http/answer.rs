//! The answer to a request that was taken: which messages are durable, and which are none, each by its place.
//!
//! The order is that of the request.

use super::problem::Fault;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// What became of one message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase", tag = "status")]
enum Fate {
    Accepted { line: usize },
    Refused(Fault),
}

impl Fate {
    const fn line(&self) -> usize {
        match self {
            Self::Accepted { line } | Self::Refused(Fault { line, .. }) => *line,
        }
    }
}

#[derive(Serialize)]
struct Shown {
    accepted: usize,
    refused: usize,
    results: Vec<Fate>,
}

/// 202: the messages at `accepted` are durable.
pub(super) fn durable(accepted: Vec<usize>, faults: Vec<Fault>) -> Response {
    let (accepted_count, refused) = (accepted.len(), faults.len());
    let mut results: Vec<Fate> = accepted.into_iter().map(|line| Fate::Accepted { line }).collect();
    results.extend(faults.into_iter().map(Fate::Refused));
    results.sort_by_key(Fate::line);
    let text = serde_json::to_string(&Shown { accepted: accepted_count, refused, results }).unwrap_or_default();
    (StatusCode::ACCEPTED, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
