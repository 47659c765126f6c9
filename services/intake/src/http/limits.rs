//! How much of anything a client may ask for. Memory stays below requests in flight × (packed + unpacked body), whatever comes in.
//!
//! Numbers only; who holds them is the door's and the server's business.

use std::time::Duration;

/// The limits of the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; the next one waits to be accepted.
    pub connections_max: usize,
    /// Bytes of a request's line and header fields, 8192 or more.
    pub head_bytes_max: usize,
    /// Header fields of a request.
    pub head_fields_max: usize,
    /// How long a request's head may take, and a connection may idle.
    pub head_timeout: Duration,
    /// Requests whose body is read or appended at once; beyond them the answer is 429.
    pub requests_max: usize,
    /// Of those, requests of one token.
    pub requests_of_token_max: usize,
    /// Bytes of a body as it is sent.
    pub body_bytes_max: usize,
    /// Bytes of a body when it is unpacked.
    pub unpacked_bytes_max: usize,
    /// How long a body may take to arrive.
    pub body_timeout: Duration,
    /// Messages of a request.
    pub messages_max: usize,
    /// How long the append may take before the client is asked to try again.
    pub append_timeout: Duration,
    /// When a client that met 429 or 503 is asked to try again.
    pub retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 256,
            head_bytes_max: 16 << 10,
            head_fields_max: 64,
            head_timeout: Duration::from_secs(10),
            requests_max: 16,
            requests_of_token_max: 8,
            body_bytes_max: 4 << 20,
            unpacked_bytes_max: 16 << 20,
            body_timeout: Duration::from_secs(30),
            messages_max: 10_000,
            append_timeout: Duration::from_secs(30),
            retry_after: Duration::from_secs(1),
        }
    }
}
