//! The topic of events as the place where messages from the door last: appended as they came, acknowledged by the broker.
//!
//! Intake reads them from there like any other feed's. What must never enter: a stamp, a look into a message beyond its key.

use crate::http::{Append, Appending, NotAppended, Taken};
use journal::kafka::{Appender, Outgoing};
use std::time::Duration;
use vocab::record::Encoding;

/// When a client is asked to try again while the broker is away.
const RETRY_AFTER: Duration = Duration::from_secs(5);

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
    Outgoing {
        key: format!("{}/{}", taken.event.source, taken.event.source_record_id).into_bytes(),
        value: taken.bytes.to_vec(),
        headers: std::iter::once(typed).chain(taken.attributes.iter().map(attribute)).collect(),
    }
}
