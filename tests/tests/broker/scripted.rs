//! Answers that a broker gives only now and then, scripted: what becomes of a commit that meets each of them.
//!
//! The client library's own mock answers here. It shows what was rolled back and fences nobody, so nothing is read from it: that a
//! commit stands once is proven on real brokers alone. Must never enter: a claim about what stands in a log.

use journal::kafka::{Identity, Inputs, KafkaStore, Settings};
use journal::{Commit, InputPosition, JournalError, Output, PositionEntry, Store};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::types::{RDKafkaApiKey as Asked, RDKafkaRespErr as Answer};
use std::time::{Duration, Instant};

use crate::messages::{PATIENCE, ToyMessages, on_stall};
use crate::toy::{IN, OUT, Toy};

const SPACE: &str = "scripted";

/// What a commit may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comes {
    /// The library asked again, and it was done.
    Done,
    /// It was rolled back; the same commit is made at the next try.
    Again,
    /// It was refused for want of rights; the same commit is made when there are.
    Denied,
    /// Another process has this one's name: this one ends.
    Superseded,
    /// The topic does not take the message, and never will: whoever wrote it ends.
    TooLarge,
}

/// (what is asked, what is answered once, what comes of it).
const TABLE: [(Asked, Answer, Comes); 14] = [
    // Somebody else's partitions by now: a rebalance came between.
    (Asked::TxnOffsetCommit, Answer::RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, Comes::Again),
    (Asked::TxnOffsetCommit, Answer::RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, Comes::Again),
    (Asked::TxnOffsetCommit, Answer::RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, Comes::Superseded),
    (Asked::TxnOffsetCommit, Answer::RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, Comes::Done),
    (Asked::TxnOffsetCommit, Answer::RD_KAFKA_RESP_ERR_NOT_COORDINATOR, Comes::Done),
    (Asked::TxnOffsetCommit, Answer::RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, Comes::Denied),
    (Asked::AddPartitionsToTxn, Answer::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Comes::Again),
    (Asked::AddPartitionsToTxn, Answer::RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, Comes::Done),
    (Asked::AddOffsetsToTxn, Answer::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, Comes::Done),
    (Asked::Produce, Answer::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, Comes::Done),
    // What the library tells of a message alone, when it was delivered or was not.
    (Asked::Produce, Answer::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, Comes::Denied),
    (Asked::Produce, Answer::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, Comes::TooLarge),
    (Asked::EndTxn, Answer::RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, Comes::Done),
    (Asked::EndTxn, Answer::RD_KAFKA_RESP_ERR_PRODUCER_FENCED, Comes::Superseded),
];

fn cluster() -> MockCluster<'static, DefaultProducerContext> {
    let cluster = MockCluster::new(3).unwrap();
    let state = Identity::new(SPACE, "toy", 0).state_topic();
    for topic in [format!("{SPACE}.in"), format!("{SPACE}.out"), state] {
        cluster.create_topic(&topic, 1, 3).unwrap();
    }
    cluster
}

fn part(lease: journal::Lease) -> Commit<Toy> {
    let record = Toy { tick: 1, id: 7, value: 0 };
    let input = InputPosition { topic: IN, partition: 0, next: 1, marks: Vec::new(), count: None };
    let position = PositionEntry {
        task: lease.task.clone(),
        generation: 1,
        judgement: "toy-1".to_owned(),
        tick: Some(1),
        sent: Some(1),
        inputs: vec![input],
        streams: Vec::new(),
    };
    let output = Output { topic: OUT, partition: 0, entry: journal::Entry::Record { origin: 0, record } };
    Commit { lease, outputs: vec![output], position, checkpoint: None }
}

/// One commit that meets an answer, what was told of it, and how many more tries it takes until it is made.
fn meet(asked: Asked, answer: Answer) -> (Comes, String, u32) {
    let cluster = cluster();
    let settings = Settings::new(&cluster.bootstrap_servers(), Identity::new(SPACE, "toy", 0), Inputs::Chosen);
    let mut store = KafkaStore::open(settings, ToyMessages::new(SPACE), on_stall()).unwrap();
    let mut parts = [part(store.restore("sum/0").unwrap().lease)];
    cluster.request_errors(asked, &[answer]);
    let Err(met) = store.commit(&mut parts) else { return (Comes::Done, String::new(), 0) };
    let told = met.to_string();
    let comes = match met {
        JournalError::Aborted { .. } => Comes::Again,
        JournalError::Denied { .. } => Comes::Denied,
        JournalError::Superseded { .. } => return (Comes::Superseded, told, 0),
        JournalError::TooLarge { name, bytes, .. } => {
            assert!(name.starts_with(SPACE) && bytes > 0, "{name}: {bytes}");
            return (Comes::TooLarge, told, 0);
        }
        other => panic!("{asked:?} answered by {answer:?}: {other}"),
    };
    let (mut tries, begun) = (1, Instant::now());
    while let Err(error) = store.commit(&mut parts) {
        assert!(error.is_passing() && begun.elapsed() < PATIENCE, "{asked:?} answered by {answer:?}: {error}");
        tries += 1;
    }
    (comes, told, tries)
}

#[test]
fn what_a_broker_answers_decides_what_becomes_of_a_commit() {
    let met = TABLE.map(|(asked, answer, wanted)| {
        let begun = Instant::now();
        let (comes, told, tries) = meet(asked, answer);
        let told = format!("{asked:?} answered by {answer:?}: {comes:?} ({told}) after {tries} more tries, in {:?}", begun.elapsed());
        (comes == wanted && begun.elapsed() < Duration::from_secs(60), format!("{told}; wanted {wanted:?}"))
    });
    let wrong: Vec<&String> = met.iter().filter(|(is_right, _)| !is_right).map(|(_, told)| told).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
