//! The messages of a request: taken apart as its content type says, each read by itself and turned away by itself.
//!
//! Nothing is shared between messages but the body's bytes. Must never enter: a token, a limit of time.

use super::{
    Taken,
    problem::{Fault, Problem},
};
use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode, header},
};
use engine::intake::is_action;
use vocab::{name::Label, record::Refusal};
use wire::inbound::{self, Envelope, Schemas};

/// What the content type says a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One message, with what stands beside it.
    One,
    /// A JSON message on each line.
    Lines,
    /// A JSON array of CloudEvents.
    Batch,
}

impl Form {
    /// From the header fields of a request.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match essence.as_str() {
            "application/json" | "application/protobuf" | "application/x-protobuf" | "application/cloudevents+json" => Ok(Self::One),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => Ok(Self::Lines),
            "application/cloudevents-batch+json" => Ok(Self::Batch),
            // The attributes of a CloudEvent may be all of it.
            "" if headers.contains_key("ce-specversion") => Ok(Self::One),
            _ => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "Unsupported content type",
                "content-type may be application/json, application/x-ndjson, application/protobuf, application/cloudevents+json or application/cloudevents-batch+json",
            )),
        }
    }
}

/// The messages that could be read with their places, and those that could not.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) taken: Vec<(usize, Taken)>,
    pub(super) faults: Vec<Fault>,
}

/// Reads all messages of a body.
pub(super) fn read(form: Form, headers: &HeaderMap, body: &Bytes, messages_max: usize) -> Result<Sorted, Problem> {
    let mut sorted = Sorted::default();
    match form {
        Form::One => {
            let fields = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
            let taken = Envelope::of_http(fields).and_then(|envelope| message(&envelope, body, body));
            sorted.put(1, taken);
        }
        Form::Lines => {
            let lines = (1..).zip(body.split(|byte| *byte == b'\n')).map(|(place, line)| (place, line.trim_ascii()));
            for (place, line) in lines.filter(|(_, line)| !line.is_empty()) {
                if sorted.taken.len() + sorted.faults.len() == messages_max {
                    return Err(too_many(messages_max));
                }
                sorted.put(place, message(&Envelope::of_type("application/json"), line, body));
            }
        }
        Form::Batch => {
            let members = inbound::batch(body, messages_max).map_err(|refusal| unreadable(&refusal))?;
            for (place, member) in (1..).zip(members) {
                sorted.put(place, message(&Envelope::of_type("application/cloudevents+json"), member, body));
            }
        }
    }
    Ok(sorted)
}

fn too_many(messages_max: usize) -> Problem {
    let detail = format!("more than {messages_max} messages: send them in several requests");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Content too large", detail)
}

fn unreadable(refusal: &Refusal) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "No batch of CloudEvents", refusal.to_string())
}

fn message(envelope: &Envelope<'_>, bytes: &[u8], body: &Bytes) -> Result<Taken, Refusal> {
    // No registry stands behind HTTP: a framed message is refused.
    let read = inbound::decode(envelope, bytes, &Schemas::default())?;
    if is_action(&read.event.body) {
        let type_name = Label::parse(read.event.body.type_name()).map_err(|_| Refusal::NotUtf8)?;
        return Err(Refusal::WrongInput { type_name });
    }
    let attributes = read.original.attributes.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    Ok(Taken { encoding: read.original.encoding, bytes: body.slice_ref(read.original.bytes), attributes, event: read.event })
}

impl Sorted {
    fn put(&mut self, place: usize, taken: Result<Taken, Refusal>) {
        match taken {
            Ok(taken) => self.taken.push((place, taken)),
            Err(refusal) => {
                let field = match &refusal {
                    Refusal::MissingField { field } | Refusal::BadField { field, .. } => Some(field.to_string()),
                    Refusal::NotUtf8
                    | Refusal::Undecodable { .. }
                    | Refusal::TooDeep { .. }
                    | Refusal::TooLarge { .. }
                    | Refusal::NewerVersion { .. }
                    | Refusal::FromTheFuture { .. }
                    | Refusal::WrongInput { .. }
                    | Refusal::BadPack { .. }
                    | Refusal::BrokenRow { .. } => None,
                };
                self.faults.push(Fault { line: place, reason: refusal.code(), field, detail: refusal.to_string() });
            }
        }
    }
}
