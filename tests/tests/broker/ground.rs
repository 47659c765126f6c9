//! The ground of a store on a broker, and the contract on it.
//!
//! What a store hands out comes when it comes; the ground waits until as much has come as an independent reader counts. Must
//! never enter: a rule; those stand in the contract.

use std::time::{Duration, Instant};

use journal::kafka::{Inputs, KafkaStore};
use journal::{Commit, Entry, FailHook, JournalError, Page, Restored, Store, Topic};
use tests::broker::{Broker, broker};

use crate::contract::contract;
use crate::messages::{PATIENCE, ToyMessages, make_topics, open, texts};
use crate::toy::{Ground, Toy};

contract!(kafka, KafkaGround);

/// A store that waits for what is there.
pub(crate) struct Patient {
    pub(crate) store: KafkaStore<ToyMessages>,
    names: Vec<journal::kafka::TopicName>,
    broker: &'static Broker,
}

impl Store for Patient {
    type Record = Toy;

    fn partitions(&self, topic: Topic) -> Result<u32, JournalError> {
        self.store.partitions(topic)
    }
    fn end(&self, topic: Topic, partition: u32) -> Result<u64, JournalError> {
        self.store.end(topic, partition)
    }
    fn read(&mut self, at: (Topic, u32), from: u64, max: usize, out: &mut Vec<(u64, Entry<Toy>)>) -> Result<(), JournalError> {
        let before = out.len();
        self.store.read(at, from, max, out)?;
        if max == 0 {
            return Ok(());
        }
        let name = &self.names[usize::from(at.0.0)].name;
        let there = texts(self.broker, (name, at.1), from, "read_committed").len().min(max);
        let start = Instant::now();
        while out.len() - before < there {
            assert!(start.elapsed() < PATIENCE, "{} of {there} came", out.len() - before);
            let next = out.last().filter(|_| out.len() > before).map_or(from, |(position, _)| position + 1);
            self.store.wait(Duration::from_millis(10));
            self.store.read(at, next, there - (out.len() - before), out)?;
        }
        Ok(())
    }
    fn restore(&mut self, task: &str) -> Result<Restored, JournalError> {
        self.store.restore(task)
    }
    fn pages(&mut self, task: &str) -> Result<Vec<Page>, JournalError> {
        self.store.pages(task)
    }
    fn commit(&mut self, parts: &mut [Commit<Toy>]) -> Result<(), JournalError> {
        self.store.commit(parts)
    }
}

/// A place on the shared broker.
pub(crate) struct KafkaGround {
    log: Option<Patient>,
    space: String,
    broker: &'static Broker,
}

impl Ground for KafkaGround {
    type Log = Patient;

    fn new() -> Option<Self> {
        let broker = broker()?;
        let space = broker.space();
        make_topics(broker, &space, 1);
        let mut ground = Self { log: None, space, broker };
        ground.restart();
        Some(ground)
    }
    fn log(&mut self) -> &mut Patient {
        self.log.as_mut().unwrap()
    }
    fn restart(&mut self) {
        self.log = None;
        let store = open(self.broker, &self.space, 0, Inputs::Chosen);
        self.log = Some(Patient { store, names: ToyMessages::new(&self.space).0, broker: self.broker });
    }
    fn hang(&mut self, hook: Option<FailHook>) {
        self.log().store.hang(hook);
    }
}
