//! The topic of events as the place where messages from the door last: appended as they came, acknowledged by the broker.
//!
//! Intake reads them from there like any other feed's. What must never enter: a stamp, a look into a message beyond its key.

use crate::http::{Append, Appending, Keys, Limits, Listening, NotAppended, Taken, Tokens, routes};
use catalogue::process::{Output, Process};
use journal::kafka::{Appender, Inputs, Outgoing};
use schemars::JsonSchema;
use serde::Deserialize;
use service_kit::{Live, Stop, admin::BadPort, config::BadConfig};
use stages::{
    key,
    message::EVENTS,
    process::{Failed, Shared},
    settings::KafkaSection,
};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use vocab::record::Encoding;

/// Name under which the door's producer is known to the broker.
const DOOR: &str = "door";
/// When a client is asked to try again while the broker is away.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// The section `http`: the door for feeds over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSection {
    /// Address at which feeds hand messages in; none: there is no door.
    pub listen: Option<SocketAddr>,
    /// The file of tokens; needed where there is a door.
    pub tokens_file: Option<PathBuf>,
}

/// The tokens of a door; none where there is no door.
///
/// # Errors
/// [`BadConfig`] with the key: tokens that are missing or cannot be used.
pub fn tokens(section: &HttpSection) -> Result<Option<Tokens>, BadConfig> {
    let Some(listen) = section.listen else { return Ok(None) };
    let wrong = |text: String| BadConfig::Wrong(vec![text]);
    let Some(file) = &section.tokens_file else {
        return Err(wrong(format!("http.tokens_file is missing: without tokens the door at {listen} lets nobody in")));
    };
    Tokens::read(file).map(Some).map_err(|error| wrong(format!("http.tokens_file: {error}")))
}

/// Opens the door of a process on a broker, if one is wanted.
///
/// # Errors
/// [`Failed::Config`] with the key: a setting of the client; [`Failed::Port`] for an address that cannot be had.
pub fn door(section: &HttpSection, keys: Keys, shared: &Shared) -> Result<Option<Listening>, Failed> {
    let Some(listen) = section.listen else { return Ok(None) };
    let wrong = |text: String| Failed::Config(BadConfig::Wrong(vec![text]));
    let kafka = shared.kafka.clone();
    let (now, until) = kafka.until_replaced(&Stop::new());
    let appender = Appender::open(now.settings(DOOR, Inputs::Chosen)?).map_err(|error| wrong(format!("kafka: {error}")))?;
    let (topic, numbers) = (now.space().name(EVENTS).unwrap_or_default(), Arc::clone(&shared.numbers));
    let topic = EventsTopic { appender, topic, kafka, until: Mutex::new(until), numbers };
    let limits = Limits::default();
    let opened = Listening::open(listen, routes(topic, keys, limits), limits);
    Ok(Some(opened.map_err(|source| BadPort { key: "http.listen", listen, source })?))
}

/// The topic of events.
#[derive(Debug)]
pub struct EventsTopic {
    appender: Appender,
    topic: String,
    kafka: Live<KafkaSection>,
    /// Asked for when the broker is to be reached in another way.
    until: Mutex<Stop>,
    numbers: Arc<Process>,
}

impl EventsTopic {
    /// Goes the other way, if the broker is to be reached in one. What cannot be used is said, and the old way goes on.
    fn follow(&self) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if !until.is_asked() {
            return;
        }
        let (now, next) = self.kafka.until_replaced(&Stop::new());
        *until = next;
        let renewed = now.settings(DOOR, Inputs::Chosen).map_err(|error| error.to_string());
        if let Err(error) = renewed.and_then(|settings| self.appender.renew(settings).map_err(|error| error.to_string())) {
            tracing::warn!(error, "the door goes on as it reached the broker before");
        }
    }
}

impl Append for EventsTopic {
    fn append(&self, messages: Vec<Taken>) -> Appending {
        self.follow();
        let outgoing: Vec<Outgoing> = messages.iter().map(outgoing).collect();
        let appended = self.appender.append(&self.topic, &outgoing);
        Box::pin(async move { appended.await.map_err(|error| NotAppended { reason: error.to_string(), retry_after: RETRY_AFTER }) })
    }

    fn turned_away(&self, reason: &'static str) {
        self.numbers.observe(Output::TurnedAway(reason));
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
