//! Bodies of webhooks: what Alertmanager sends (version 4), with ours under the key `slipwatch`; or a CloudEvent.
//!
//! A receiver made for Alertmanager reads the first without knowing us. Nothing in a body changes from one try to the next. What must
//! never enter: a clock, a header.

use crate::{
    labels::{Links, Texts, Timing, annotations, labels},
    outbox::Letter,
};
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};
use vocab::alert::{AlertPhase, Transition};

/// The form of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// As Alertmanager sends, version 4.
    Alertmanager,
    /// CloudEvents 1.0, structured JSON.
    CloudEvents,
}

impl Form {
    /// The media type of the body.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Alertmanager => "application/json",
            Self::CloudEvents => "application/cloudevents+json",
        }
    }
}

#[derive(Serialize)]
struct Ours<'a> {
    change: &'a str,
    phase: &'a str,
    alert: String,
    n: u32,
    /// RFC 3339: when it was decided.
    at: String,
    late: bool,
    says: Vec<String>,
    /// Both days of knowledge of an alert that was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    recalled: Option<Value>,
    /// The transition as it stands in the log.
    transition: &'a RawValue,
}

/// The body of a letter.
#[must_use]
pub fn body(form: Form, receiver: &str, letter: &Letter, links: &Links) -> Vec<u8> {
    let transition = &letter.transition;
    let raw = raw(transition);
    let ours = Ours {
        change: transition.change.as_str(),
        phase: transition.phase.as_str(),
        alert: transition.alert.to_string(),
        n: transition.n,
        at: transition.at.start().to_string(),
        late: letter.timing == Timing::Late,
        says: crate::labels::description(transition).lines().map(str::to_owned).collect(),
        recalled: (transition.phase == AlertPhase::Recalled).then(|| recalled(letter)),
        transition: &raw,
    };
    let bytes = match form {
        Form::Alertmanager => serde_json::to_vec(&as_alertmanager(receiver, letter, links, &ours)),
        Form::CloudEvents => serde_json::to_vec(&as_cloud_event(letter, links, &ours)),
    };
    bytes.expect("texts and the JSON of the log are JSON")
}

/// The transition as it stands in the log, digit for digit.
fn raw(transition: &Transition) -> Box<RawValue> {
    let mut bytes = Vec::new();
    wire::decision::transition_to_json(transition, &mut bytes);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    RawValue::from_string(text).expect("the log's own JSON is JSON")
}

fn recalled(letter: &Letter) -> Value {
    let transition = &letter.transition;
    json!({ "reason": words::moved(transition), "knownThen": letter.since.day().to_string(), "knownNow": transition.at.day().to_string() })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group<'a> {
    version: &'static str,
    group_key: String,
    truncated_alerts: u32,
    status: &'static str,
    receiver: &'a str,
    group_labels: Texts,
    common_labels: Texts,
    common_annotations: Texts,
    #[serde(rename = "externalURL")]
    external_url: &'a str,
    alerts: Vec<Member>,
    slipwatch: &'a Ours<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    status: &'static str,
    labels: Texts,
    annotations: Texts,
    starts_at: String,
    ends_at: String,
    #[serde(rename = "generatorURL")]
    generator_url: String,
    fingerprint: String,
}

/// What Alertmanager sends for no end yet.
const NO_END: &str = "0001-01-01T00:00:00Z";

fn as_alertmanager<'a>(receiver: &'a str, letter: &'a Letter, links: &'a Links, ours: &'a Ours<'a>) -> Group<'a> {
    let transition = &letter.transition;
    let is_open = transition.phase.is_open();
    let status = if is_open { "firing" } else { "resolved" };
    let (labels, annotations) = (labels(transition), annotations(transition, letter.timing, links));
    let member = Member {
        status,
        labels: labels.clone(),
        annotations: annotations.clone(),
        starts_at: letter.since.start().to_string(),
        ends_at: if is_open { NO_END.to_owned() } else { transition.at.start().to_string() },
        generator_url: links.page(transition).unwrap_or_default(),
        fingerprint: fingerprint(&labels),
    };
    Group {
        version: "4",
        group_key: format!("{{}}:{{slipwatch_alert=\"{}\"}}", transition.alert),
        truncated_alerts: 0,
        status,
        receiver,
        group_labels: Texts::from([("slipwatch_alert".to_owned(), transition.alert.to_string())]),
        common_labels: labels,
        common_annotations: annotations,
        external_url: &links.console,
        alerts: vec![member],
        slipwatch: ours,
    }
}

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: String,
    source: String,
    #[serde(rename = "type")]
    kind: String,
    time: String,
    subject: String,
    datacontenttype: &'static str,
    data: CloudEventBody<'a>,
}

#[derive(Serialize)]
struct CloudEventBody<'a> {
    labels: Texts,
    annotations: Texts,
    slipwatch: &'a Ours<'a>,
}

fn as_cloud_event<'a>(letter: &'a Letter, links: &'a Links, ours: &'a Ours<'a>) -> CloudEvent<'a> {
    let transition = &letter.transition;
    CloudEvent {
        specversion: "1.0",
        id: transition.id.to_string(),
        source: format!("/slipwatch/{}", transition.series.regime),
        kind: format!("slipwatch.alert.{}.v1", transition.change.as_str()),
        time: transition.at.start().to_string(),
        subject: transition.alert.to_string(),
        datacontenttype: "application/json",
        data: CloudEventBody { labels: labels(transition), annotations: annotations(transition, letter.timing, links), slipwatch: ours },
    }
}

/// The fingerprint that Alertmanager gives to labels: FNV-1a, 64 bits, over names and values in order, each ended by the byte 255.
#[must_use]
pub fn fingerprint(labels: &Texts) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for byte in bytes.iter().chain(&[255]) {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for (name, value) in labels {
        add(name.as_bytes());
        add(value.as_bytes());
    }
    format!("{hash:016x}")
}
