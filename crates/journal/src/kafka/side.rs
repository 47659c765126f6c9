//! Reading beside the one consumer: a stretch of one partition, to its committed end.
//!
//! Restoring a task and reading again what did not fit in memory go this way, so that the one consumer never turns back.
//! Must never enter: a group, a position that is kept from one stretch to the next.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Message};

use super::codec::Incoming;
use super::ear::Ear;
use super::failure::{is_denial, is_handshake, is_stale, not_started, unavailable, untrusted_first};
use super::settings::Settings;
use crate::error::JournalError;

/// Events of a client that are looked through for the cause of a failure.
const EVENTS: usize = 100;

/// How long to ask before it is looked whether the client was turned away.
const ASK: Duration = Duration::from_secs(1);

/// How long to wait for something that can or cannot be unpacked.
const UNPACK: Duration = Duration::from_secs(1);

/// How often to look whether an open transaction has ended.
const LOOK: Duration = Duration::from_millis(5);

/// How long a client that asked the wrong broker waits before it asks who leads now; and within what time it goes on asking.
const LEARN: Duration = Duration::from_millis(100);
const LEARN_WITHIN: Duration = Duration::from_secs(10);

/// A consumer for stretches, and a client that sees what is not committed yet.
pub(super) struct Side {
    consumer: BaseConsumer<Ear>,
    asker: BaseConsumer<Ear>,
    patience: Duration,
}

fn client(config: &ClientConfig) -> Result<BaseConsumer<Ear>, JournalError> {
    config.create_with_context(Ear::default()).map_err(|error| not_started("start a client", &error))
}

impl Side {
    pub(super) fn open(settings: &Settings) -> Result<Self, JournalError> {
        // A stretch waits for a transaction that is open, and that one ends by its time-out at the latest.
        let patience = settings.call_timeout + settings.transaction_timeout() * 2;
        Ok(Self { consumer: client(&settings.side())?, asker: client(&settings.asker())?, patience })
    }

    /// First position and committed end of a partition.
    pub(super) fn ends(&self, name: &str, partition: u32) -> Result<(u64, u64), JournalError> {
        ends(&self.consumer, name, partition, self.patience)
    }

    /// The number of partitions of every topic there is; to be asked before anything is read.
    pub(super) fn counts(&self, settings: &Settings) -> Result<BTreeMap<String, u32>, JournalError> {
        // No transaction is waited for here: whoever reads where no broker answers hears of it as soon as of any other call.
        first_counts(&self.consumer, (&settings.bootstrap, &settings.more), settings.call_timeout)
    }

    /// Waits until every transaction that has written to a partition by now has ended.
    pub(super) fn settle(&self, name: &str, partition: u32) -> Result<(), JournalError> {
        let (_, written) = ends(&self.asker, name, partition, self.patience)?;
        let start = Instant::now();
        while self.ends(name, partition)?.1 < written {
            if start.elapsed() > self.patience {
                let why = format!(
                    "a transaction in topic {name} partition {partition} stays open, and its time-out is over; \
                     deploy/runbooks/OpenTransaction.md says how to end it"
                );
                return Err(JournalError::Unavailable { doing: "restore".to_owned(), why });
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Shows the committed messages of a partition from a position on, until `each` breaks off or they end.
    pub(super) fn scan(
        &self,
        (name, partition): (&str, u32),
        from: u64,
        mut each: impl FnMut(&Incoming<'_>) -> Result<ControlFlow<()>, JournalError>,
    ) -> Result<(), JournalError> {
        let mut list = TopicPartitionList::new();
        let added = list.add_partition_offset(name, partition.cast_signed(), Offset::Offset(from.cast_signed()));
        let failed = |error: KafkaError| unavailable(&format!("read topic {name} partition {partition}"), &error);
        added.and_then(|()| self.consumer.assign(&list)).map_err(failed)?;
        let read = self.read_on(&mut each);
        self.consumer.unassign().map_err(failed)?;
        read
    }

    /// Whether what stands at a position cannot be unpacked; not so where nobody says. Nothing behind it is read.
    pub(super) fn chokes_at(&self, name: &str, partition: u32, from: u64) -> bool {
        let mut list = TopicPartitionList::new();
        let added = list.add_partition_offset(name, partition.cast_signed(), Offset::Offset(from.cast_signed()));
        if added.and_then(|()| self.consumer.assign(&list)).is_err() {
            return false;
        }
        let (begun, mut is_choked) = (Instant::now(), false);
        while !is_choked && begun.elapsed() < UNPACK {
            match self.consumer.poll(LOOK) {
                None => {}
                Some(Ok(_) | Err(KafkaError::PartitionEOF(_))) => break,
                Some(Err(error)) => is_choked = error.rdkafka_error_code() == Some(RDKafkaErrorCode::BadCompression),
            }
        }
        let _another_is_assigned_in_its_place = self.consumer.unassign();
        is_choked
    }

    fn read_on(&self, each: &mut impl FnMut(&Incoming<'_>) -> Result<ControlFlow<()>, JournalError>) -> Result<(), JournalError> {
        let mut last = Instant::now();
        while last.elapsed() < self.patience {
            match self.consumer.poll(Duration::from_millis(100)) {
                None => {}
                Some(Ok(message)) => {
                    last = Instant::now();
                    debug_assert!(message.offset() >= 0);
                    if each(&Incoming::of(&message))?.is_break() {
                        return Ok(());
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(()),
                Some(Err(error)) => self.consumer.context().say(error.to_string()),
            }
        }
        let why = self.consumer.context().take_words().pop().unwrap_or_else(|| "nothing comes".to_owned());
        Err(JournalError::Unavailable { doing: "read".to_owned(), why })
    }
}

/// First position and end of a partition, as a client sees them.
pub(super) fn ends(consumer: &BaseConsumer<Ear>, name: &str, partition: u32, patience: Duration) -> Result<(u64, u64), JournalError> {
    let (began, doing) = (Instant::now(), format!("find the ends of topic {name} partition {partition}"));
    loop {
        let left = patience.saturating_sub(began.elapsed());
        match consumer.fetch_watermarks(name, partition.cast_signed(), left) {
            Ok((first, end)) => return Ok((first.max(0).cast_unsigned(), end.max(0).cast_unsigned())),
            Err(error) if is_stale(&error) && began.elapsed() + LEARN < patience.min(LEARN_WITHIN) => {
                // A client that only asks keeps to the leaders it once heard of, for minutes, wherever they are now.
                std::thread::sleep(LEARN);
                let _what_it_learns_is_tried = consumer.fetch_metadata(None, left);
            }
            Err(error) => return Err(unavailable(&doing, &error)),
        }
    }
}

/// The number of partitions of one topic; 0 where there is none of this name.
pub(super) fn count_of(consumer: &BaseConsumer<Ear>, name: &str, patience: Duration) -> Result<u32, JournalError> {
    let found = consumer.fetch_metadata(Some(name), patience).map_err(|error| unavailable("ask for the partitions of a topic", &error))?;
    Ok(found.topics().iter().find(|topic| topic.name() == name).map_or(0, |topic| u32::try_from(topic.partitions().len()).unwrap_or(0)))
}

/// The number of partitions of every topic there is, of the brokers at an address.
pub(super) fn counts_of(consumer: &BaseConsumer<Ear>, bootstrap: &str, patience: Duration) -> Result<BTreeMap<String, u32>, JournalError> {
    let found = consumer.fetch_metadata(None, patience).map_err(|error| unavailable(&asking(bootstrap), &error))?;
    let count = |topic: &rdkafka::metadata::MetadataTopic| {
        let count = u32::try_from(topic.partitions().len()).unwrap_or(u32::MAX);
        (topic.name().to_owned(), count)
    };
    Ok(found.topics().iter().map(count).filter(|(_, count)| *count > 0).collect())
}

/// What is done first with every address: where it is wrong, this is where that shows.
pub(super) fn asking(bootstrap: &str) -> String {
    format!("ask the brokers at {bootstrap} which topics there are")
}

/// The same of a client that has just been made and reads nothing yet. One that is turned away is told so at once: the call itself does
/// not know, and would wait.
pub(super) fn first_counts(
    consumer: &BaseConsumer<Ear>,
    (bootstrap, more): (&str, &[(String, String)]),
    patience: Duration,
) -> Result<BTreeMap<String, u32>, JournalError> {
    let began = Instant::now();
    loop {
        match counts_of(consumer, bootstrap, ASK.min(patience)) {
            Ok(counts) => return Ok(counts),
            Err(error) => {
                let turned_away = turned_away(consumer);
                if turned_away.is_some() || began.elapsed() >= patience {
                    return Err(untrusted_first(turned_away.unwrap_or(error), bootstrap, more));
                }
            }
        }
    }
}

/// What a client that reads nothing yet has heard, where it was turned away.
fn turned_away(consumer: &BaseConsumer<Ear>) -> Option<JournalError> {
    // A line of the library's log is an event as well, and looks like none.
    let events = (0..EVENTS).filter_map(|_| consumer.poll(Duration::ZERO)).filter_map(Result::err);
    let mut heard: Vec<KafkaError> = events.filter(|error| is_denial(error) || is_handshake(error)).collect();
    let error = heard.pop()?;
    // The event has a code; why stands in the log.
    let word = consumer.context().take_words().into_iter().rev().find(|word| word.contains("FAIL"));
    let why = word.map_or_else(|| error.to_string(), |word| format!("{error}: {word}"));
    let doing = "connect".to_owned();
    // What is said of a handshake is looked at more closely by whoever knows the settings.
    Some(if is_denial(&error) { JournalError::Denied { doing, why } } else { JournalError::Unavailable { doing, why } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_that_does_not_answer_is_named_by_its_address() {
        // A port that was given out and given back: nobody listens there.
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap().port();
        let bootstrap = format!("127.0.0.1:{port}");
        let client = client(ClientConfig::new().set("bootstrap.servers", &bootstrap)).unwrap();
        let error = first_counts(&client, (&bootstrap, &[]), Duration::from_millis(50)).unwrap_err();
        assert!(error.to_string().contains(&bootstrap), "{error}");
        assert_eq!(error.exit_code(), 69);
    }
}
