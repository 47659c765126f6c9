//! The topic of events as the place where messages from the door last: appended as they came, acknowledged by the broker.
//!
//! Intake reads them from there like any other feed's. What must never enter: a stamp, a look into a message beyond its key.

use crate::http::{Append, Appending, Limits, Listening, NotAppended, Taken, Tokens, routes};
use journal::kafka::{Appender, Inputs, Outgoing};
use serde::Deserialize;
use service_kit::{admin::BadPort, config::BadConfig};
use stages::{key, message::EVENTS, process::Failed, settings::KafkaSection};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use vocab::record::Encoding;

/// Name under which the door's producer is known to the broker.
const DOOR: &str = "door";
/// When a client is asked to try again while the broker is away.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The section `http`: the door for feeds over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    /// Address at which feeds hand messages in; none: there is no door.
    pub listen: Option<SocketAddr>,
    /// The file of tokens; needed where there is a door.
    pub tokens_file: Option<PathBuf>,
}

/// Opens the door of a process on a broker, if one is wanted.
///
/// # Errors
/// [`Failed::Config`] with the key: tokens that cannot be used, a setting of the client; [`Failed::Port`] for an address that cannot be had.
pub fn door(section: &HttpSection, kafka: &KafkaSection) -> Result<Option<Listening>, Failed> {
    let Some(listen) = section.listen else { return Ok(None) };
    let wrong = |text: String| Failed::Config(BadConfig::Wrong(vec![text]));
    let Some(file) = &section.tokens_file else {
        return Err(wrong(format!("http.tokens_file is missing: without tokens the door at {listen} lets nobody in")));
    };
    let tokens = Tokens::read(file).map_err(|error| wrong(format!("http.tokens_file: {error}")))?;
    let appender = Appender::open(kafka.settings(DOOR, Inputs::Chosen)?).map_err(|error| wrong(format!("kafka: {error}")))?;
    let topic = EventsTopic::new(appender, kafka.space().name(EVENTS).unwrap_or_default());
    let limits = Limits::default();
    let opened = Listening::open(listen, routes(topic, tokens, limits), limits);
    Ok(Some(opened.map_err(|source| BadPort { key: "http.listen", listen, source })?))
}

/// The topic of events.
#[derive(Debug)]
pub struct EventsTopic {
    appender: Appender,
    topic: String,
}

impl EventsTopic {
    /// The topic of a name, by an appender.
    #[must_use]
    pub const fn new(appender: Appender, topic: String) -> Self {
        Self { appender, topic }
    }
}

impl Append for EventsTopic {
    fn append(&self, messages: Vec<Taken>) -> Appending {
        let outgoing: Vec<Outgoing> = messages.iter().map(outgoing).collect();
        let appended = self.appender.append(&self.topic, &outgoing);
        Box::pin(async move { appended.await.map_err(|error| NotAppended { reason: error.to_string(), retry_after: RETRY_AFTER }) })
    }
}

/// A message as it goes to the topic: messages of one record share a key, and so a partition and their order.
#[must_use]
pub fn outgoing(taken: &Taken) -> Outgoing {
    let content_type = match taken.encoding {
        Encoding::Protobuf => "application/protobuf",
        Encoding::Json | Encoding::Csv => "application/json",
    };
    let attribute = |(name, value): &(String, String)| (format!("ce_{name}"), value.as_bytes().to_vec());
    let typed = ("content-type".to_owned(), content_type.as_bytes().to_vec());
    let mut key = Vec::new();
    key::of_event(&taken.event, &mut key);
    Outgoing { key, value: taken.bytes.to_vec(), headers: std::iter::once(typed).chain(taken.attributes.iter().map(attribute)).collect() }
}
