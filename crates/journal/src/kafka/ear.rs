//! What the client library calls back with: partitions that come and go, and words about the broker.
//!
//! A callback only notes what it heard; the thread that owns the tasks acts on it between two calls. Must never enter: a
//! commit, a read, a decision about a task.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

/// Words kept until somebody asks; later ones are dropped, and so is what was said already: while no broker answers the library
/// repeats itself several times a second.
const WORDS_MAX: usize = 64;

/// Partitions that came or go, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    Gained(Vec<(String, i32)>),
    Losing(Vec<(String, i32)>),
    Lost(Vec<(String, i32)>),
}

/// How far the client has fetched a partition, as it said a few seconds ago at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fetched {
    /// The next position to be fetched: past the ends of transactions, which no reader is ever given.
    pub(super) next: u64,
    /// The committed end, as of the last fetch.
    pub(super) end: u64,
    /// Messages that wait inside the client, of all its partitions.
    pub(super) waiting: u64,
}

#[derive(Debug, Default)]
struct Heard {
    moves: Vec<Move>,
    words: Vec<String>,
    fetched: BTreeMap<(String, i32), Fetched>,
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

    /// How far a partition is fetched; none while the client has not said it.
    pub(super) fn fetched(&self, topic: &str, partition: i32) -> Option<Fetched> {
        self.heard.lock().ok()?.fetched.get(&(topic.to_owned(), partition)).copied()
    }

    pub(super) fn say(&self, word: String) {
        if let Ok(mut heard) = self.heard.lock()
            && heard.words.len() < WORDS_MAX
            && !heard.words.contains(&word)
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

    fn stats(&self, said: Statistics) {
        let Ok(mut heard) = self.heard.lock() else { return };
        heard.fetched.clear();
        for (topic, told) in said.topics {
            for (partition, told) in told.partitions {
                // A partition that is not read has no positions: they are negative then.
                let positions = (u64::try_from(told.next_offset), u64::try_from(told.ls_offset));
                let (Ok(next), Ok(end)) = positions else { continue };
                let waiting = told.fetchq_cnt.max(0).unsigned_abs();
                heard.fetched.insert((topic.clone(), partition), Fetched { next, end, waiting });
            }
        }
    }
}

impl ConsumerContext for Ear {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, kind: RDKafkaRespErr, partitions: &mut TopicPartitionList) {
        if consumer.closed() {
            // The group is left, and this was said before: the library would never come back from an answer (its queue of questions
            // is served by nobody any more).
            return;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_over_and_over_is_told_once_each_time_somebody_asks() {
        let ear = Ear::default();
        for word in ["all brokers are down", "connection refused", "all brokers are down", "all brokers are down"] {
            ear.say(word.to_owned());
        }
        assert_eq!(ear.take_words(), ["all brokers are down", "connection refused"]);
        ear.say("all brokers are down".to_owned());
        assert_eq!(ear.take_words(), ["all brokers are down"], "it still holds");
    }
}
