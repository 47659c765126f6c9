//! What the client library calls back with: partitions that come and go, and words about the broker.
//!
//! A callback only notes what it heard; the thread that owns the tasks acts on it between two calls. Must never enter: a
//! commit, a read, a decision about a task.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

/// Words kept until somebody asks; later ones are dropped.
const WORDS_MAX: usize = 64;

/// Partitions that came or go, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Gained(Vec<(String, i32)>),
    Losing(Vec<(String, i32)>),
    Lost(Vec<(String, i32)>),
}

#[derive(Debug, Default)]
struct Heard {
    moves: Vec<Move>,
    words: Vec<String>,
}

/// Listens to one client.
#[derive(Debug, Default)]
pub(super) struct Ear {
    heard: Mutex<Heard>,
    closing: AtomicBool,
}

impl Ear {
    /// From now on partitions are given back at once: nobody asks any more.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }

    pub(super) fn take_moves(&self) -> Vec<Move> {
        self.heard.lock().map(|mut heard| std::mem::take(&mut heard.moves)).unwrap_or_default()
    }

    pub(super) fn take_words(&self) -> Vec<String> {
        self.heard.lock().map(|mut heard| std::mem::take(&mut heard.words)).unwrap_or_default()
    }

    pub(super) fn say(&self, word: String) {
        if let Ok(mut heard) = self.heard.lock()
            && heard.words.len() < WORDS_MAX
        {
            heard.words.push(word);
        }
    }

    fn note(&self, step: Move) {
        if let Ok(mut heard) = self.heard.lock() {
            heard.moves.push(step);
        }
    }
}

impl ClientContext for Ear {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        if (level as i32) <= RDKafkaLogLevel::Error as i32 {
            self.say(format!("{facility}: {message}"));
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.say(format!("{error}: {reason}"));
    }
}

impl ConsumerContext for Ear {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, kind: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        let named = partitions.elements().iter().map(|element| (element.topic().to_owned(), element.partition())).collect();
        let acknowledged = if kind == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            self.note(Move::Gained(named));
            // Each partition is fetched from the position its task names, once that is known. Here only the group is answered.
            consumer.incremental_assign(&TopicPartitionList::new())
        } else if self.closing.load(Ordering::Acquire) {
            consumer.assignment().and_then(|all| consumer.incremental_unassign(&all))
        } else {
            // The group waits for the answer until the tasks are forgotten: it is given when they are let go.
            self.note(if consumer.assignment_lost() { Move::Lost(named) } else { Move::Losing(named) });
            Ok(())
        };
        if let Err(error) = acknowledged {
            self.say(format!("answering a change of partitions: {error}"));
        }
    }
}
