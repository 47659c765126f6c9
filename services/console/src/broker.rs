//! Topics of a broker as a source: assessments and alerts as the plain CloudEvents they are, from their beginning to their committed end.
//!
//! It joins no group and keeps no position, so consoles may come and go. After a failure all of it is read again, and what was known stays
//! until that is done. What must never enter: what is done with what is read, a topic of another kind.

use crate::{
    config::BrokerSection,
    model::{BadRow, Batch, Beginning, Look},
};
use journal::{
    Entry, JournalError, Mark, Origins, Topic,
    kafka::{Codec, Growth, Identity, Incoming, Inputs, MessageBuffer, Reader, Settings, TopicName},
};
use service_kit::{
    broker::{Reached as _, check, unreached},
    config::BadConfig,
    may_pass,
};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    time::{Duration, Instant},
};
use vocab::record::Refusal;
use wire::outbound::{self, Published};

/// Assessments, the first of the table.
const ASSESSMENTS: Topic = Topic(0);
/// Alerts, the second.
const ALERTS: Topic = Topic(1);

/// What a look takes at most where no broker answers: the first, and twice the second. A wish to stop is heard between two looks, and
/// has to be heard long before the drain is over.
const LOOK_WITHIN: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(1));

/// Topics that are followed.
#[derive(Debug)]
pub struct BrokerSource {
    section: BrokerSection,
    topics: Vec<TopicName>,
    open: Option<Open>,
}

/// A broker that answers, with the next position of every partition.
#[derive(Debug)]
struct Open {
    reader: Reader<Told>,
    /// Full names of the topics, by their number.
    names: Vec<String>,
    next: BTreeMap<(Topic, u32), u64>,
}

impl Open {
    /// Reads a topic from where it was left to its committed end, into a batch.
    fn follow(&mut self, topic: Topic, batch: &mut Batch) -> Result<(), JournalError> {
        for partition in 0..self.reader.partitions(topic)? {
            let at = (topic, partition);
            let (first, end) = self.reader.ends(at)?;
            let next = self.next.entry(at).or_insert(first);
            if *next > end {
                return Err(JournalError::PositionAhead { topic, partition, wanted: *next, end });
            }
            if *next == end {
                continue;
            }
            let mut read = *next;
            let name = &self.names[usize::from(topic.0)];
            self.reader.each(at, *next, |position, entry| {
                read = position + 1;
                match entry {
                    Entry::Record { record: Ok(told), .. } => batch.published(told),
                    Entry::Record { record: Err(why), .. } => {
                        batch.set_aside(BadRow { what: "message", key: format!("{name}, partition {partition}, offset {position}"), why });
                    }
                    Entry::Mark(_) => {}
                }
                Ok(ControlFlow::Continue(()))
            })?;
            // What ends transactions takes positions too, and has nothing to show.
            *next = read.max(end);
        }
        Ok(())
    }
}

impl BrokerSource {
    /// The topics of a section; the broker is asked at the first look.
    #[must_use]
    pub fn new(section: &BrokerSection) -> Self {
        let BrokerSection { namespace, .. } = section;
        let space = space_of(section);
        let topic = |name: String| TopicName { name, growth: Growth::Fixed };
        let topics = vec![topic(format!("{space}.assessments.v1")), topic(format!("{namespace}.alerts.v1"))];
        Self { section: section.clone(), topics, open: None }
    }

    /// Whether the next look may do better. What was cut, or made anew, is read again from its beginning: a console keeps no position.
    pub(crate) fn may_pass(error: &JournalError, began: Instant) -> bool {
        may_pass(error, began) || matches!(error, JournalError::PositionGone { .. } | JournalError::PositionAhead { .. })
    }

    /// Reads to the end of what is committed.
    ///
    /// # Errors
    /// [`JournalError`] of the broker; the next look begins anew. A message that cannot be read is handed back with what came.
    pub(crate) fn look(&mut self) -> Result<Look, JournalError> {
        let (mut open, beginning) = match self.open.take() {
            Some(open) => (open, Beginning::Known),
            None => {
                let reader = Reader::open(&self.section.settings().map_err(unreached)?, Told(self.topics.clone()))?;
                let names = self.topics.iter().map(|topic| topic.name.clone()).collect();
                (Open { reader, names, next: BTreeMap::new() }, Beginning::Anew)
            }
        };
        let mut batch = Batch::default();
        for topic in [ASSESSMENTS, ALERTS] {
            open.follow(topic, &mut batch)?;
        }
        self.open = Some(open);
        Ok(Look::new(beginning, batch))
    }
}

impl BrokerSection {
    /// How the broker is reached; files are read now.
    ///
    /// # Errors
    /// [`BadConfig`] naming every key that cannot be used.
    fn settings(&self) -> Result<Settings, BadConfig> {
        let mut settings = Settings::new(&self.bootstrap, Identity::new(&space_of(self), "console", self.instance), Inputs::Chosen);
        (settings.call_timeout, settings.session_timeout) = LOOK_WITHIN;
        settings.more = self.access().pairs()?;
        Ok(settings)
    }

    /// Looks for what a start would refuse; asks no broker.
    ///
    /// # Errors
    /// [`BadConfig`] with the key, its value and what would be right.
    pub(crate) fn check(&self) -> Result<(), BadConfig> {
        check(&self.settings()?)
    }
}

fn space_of(BrokerSection { namespace, generation, .. }: &BrokerSection) -> String {
    format!("{namespace}.g{generation}")
}

/// What is told on the two topics. It is only read: nothing is ever written through it.
#[derive(Debug)]
struct Told(Vec<TopicName>);

impl Codec for Told {
    /// What is told, or why it cannot be read: such a message is set aside, and no reason to begin again.
    type Record = Result<Published, Refusal>;

    fn topics(&self) -> &[TopicName] {
        &self.0
    }

    /// Nothing is written: a message without a value is no CloudEvent, and no reader takes it.
    fn encode(&self, _topic: Topic, _entry: &Entry<Self::Record>, _message: &mut MessageBuffer) {}

    fn decode(&self, _topic: Topic, message: &Incoming<'_>) -> Result<Entry<Self::Record>, String> {
        let (told, origin) = match outbound::published_in(message.headers(), message.value.unwrap_or_default()) {
            Ok(told) => told,
            Err(why) => return Ok(Entry::Record { origin: 0, record: Err(why) }),
        };
        Ok(match told {
            Published::Mark(mark) => Entry::Mark(Mark {
                generation: mark.generation,
                stage: mark.stage,
                origins: Origins::of(mark.first, mark.until),
                tick: mark.known.0,
                count: mark.count,
            }),
            record @ (Published::Assessment(_) | Published::Decision(_)) => Entry::Record { origin, record: Ok(record) },
        })
    }
}
