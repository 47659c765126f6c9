//! Alerts on a real broker reach a receiver: in order per alert, with one key each, through instances that come, go and share the
//! partitions.
//!
//! Must never enter: a broker or a receiver that only resembles one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

#[path = "../../../services/herald/tests/support/mod.rs"]
pub(crate) mod support;

use herald::{
    config::{Config, KafkaSection},
    outbox::News,
    service,
    stage::{Observer, Told as Heard},
};
use journal::{
    Entry, Mark, Origins,
    kafka::{Codec as _, MessageBuffer, topics::Topics},
    partition_for,
};
use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    producer::{BaseProducer, BaseRecord, Producer as _},
};
use service_kit::Stop;
use stages::{
    bytes::Bytes,
    message::{DECISIONS, Message},
    settings::KafkaSection as Stages,
    space::Scale,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::{Duration, Instant},
};
use support::{
    Told,
    log::Log,
    now,
    receiver::{Got, Receiver},
    running::{configured, webhook},
    transition,
};
use tests::{Outcome, broker::broker, on_kafka::Stand};
use vocab::{
    alert::{Decision, Transition},
    name::RegimeId,
    time::Tick,
};

/// Partitions of the topic of alerts.
const PARTITIONS: u32 = 3;

/// Whoever writes alerts: what the sentinel would send, with marks of all its tasks.
struct Alerts {
    producer: BaseProducer,
    codec: Bytes,
    topic: String,
}

impl Alerts {
    fn new(stand: &Stand) -> Outcome<Self> {
        let space = stand.section(0).space();
        let producer = ClientConfig::new().set("bootstrap.servers", &stand.bootstrap).set("linger.ms", "0").create()?;
        Ok(Self { producer, codec: Bytes::of(&space), topic: space.name(DECISIONS).unwrap_or_default() })
    }

    fn send(&self, partition: u32, entry: &Entry<Message>) -> Outcome<()> {
        let mut message = MessageBuffer::default();
        self.codec.encode(DECISIONS, entry, &mut message);
        let headers =
            message.headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
        let record =
            BaseRecord::to(&self.topic).partition(i32::try_from(partition)?).key(&message.key).payload(&message.value).headers(headers);
        Ok(self.producer.send(record).map_err(|(error, _)| error)?)
    }

    /// Transitions of one tick, each in the partition of its regime, and the marks of every task behind them.
    fn decide(&self, tick: Tick, transitions: &[Transition]) -> Outcome<()> {
        for transition in transitions {
            let partition = partition_for(transition.series.regime.as_str().as_bytes(), PARTITIONS);
            let decision = Arc::new(Decision::Transition(transition.clone()));
            self.send(partition, &Entry::Record { origin: partition, record: Message::Decision(tick, decision) })?;
        }
        for origin in 0..PARTITIONS {
            let mark = Mark { generation: 1, stage: 3, origins: Origins::One(origin), tick: tick.0, count: PARTITIONS };
            for partition in 0..PARTITIONS {
                self.send(partition, &Entry::Mark(mark))?;
            }
        }
        Ok(self.producer.flush(Duration::from_secs(10))?)
    }
}

/// An instance of the herald in a thread.
pub(crate) struct Instance {
    stop: Stop,
    thread: JoinHandle<()>,
}

impl Instance {
    pub(crate) fn start(config: &Config, number: u32, delivered: &Arc<Mutex<usize>>) -> Self {
        let mut config = config.clone();
        config.kafka.instance = number;
        let (stop, delivered) = (Stop::new(), Arc::clone(delivered));
        let observer: Observer = Arc::new(move |told| {
            if let Heard::News(_, News::Delivered { .. }) = told {
                *delivered.lock().unwrap() += 1;
            }
        });
        let service = service::build(&config, observer, &stop).unwrap();
        Self { stop, thread: std::thread::spawn(move || service.run().unwrap()) }
    }

    pub(crate) fn end(self) {
        self.stop.ask();
        self.thread.join().unwrap();
    }
}

/// How a herald reaches the broker of a stage.
pub(crate) fn kafka(section: &Stages) -> KafkaSection {
    let Stages { bootstrap, namespace, instance, session_timeout_ms, client, client_files, tls, sasl } = section.clone();
    KafkaSection { bootstrap, namespace, generation: 1, instance, session_timeout_ms, client, client_files, tls, sasl }
}

pub(crate) fn configure(log: &Log, stand: &Stand, receiver: &Receiver) -> Config {
    let mut config = configured(log, &webhook(log, "desk", &receiver.url()));
    config.source.db = std::path::PathBuf::new();
    config.kafka = kafka(&stand.section(0));
    config
}

/// Makes the topics, and waits until the broker tells of all of them: it learns of new ones a moment after they are made.
pub(crate) fn make_topics(stand: &Stand) -> Outcome<()> {
    stand.make_topics()?;
    let topics = Topics::open(&stand.bootstrap, &[])?;
    let wanted = stand.section(0).space().wanted(Scale { events: stand.partitions, partitions: stand.partitions, replication: 1 });
    let began = Instant::now();
    while !topics.plan(&wanted)?.is_done() {
        assert!(began.elapsed() < Duration::from_secs(30), "the topics are not there");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Alert `alert` in one of several regimes, so that every partition has some.
fn told(alert: u8, n: u32, what: Told, at: Tick) -> Transition {
    let mut told = transition(alert, n, what, at);
    told.series.regime = RegimeId::parse(&format!("regime-{}", alert % 7)).unwrap();
    told
}

/// By alert: the numbers of its transitions as they were first seen.
pub(crate) fn orders(got: &[Got]) -> BTreeMap<String, Vec<u64>> {
    let mut orders: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for one in got {
        let ours = &one.json()["slipwatch"];
        let order = orders.entry(ours["alert"].as_str().unwrap().to_owned()).or_default();
        let n = ours["n"].as_u64().unwrap();
        if !order.contains(&n) {
            order.push(n);
        }
    }
    orders
}

#[test]
fn alerts_on_a_broker_arrive_in_order_while_instances_come_and_go() -> Outcome<()> {
    let Some(broker) = broker() else { return Ok(()) };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
    make_topics(&stand)?;
    let (log, receiver, alerts) = (Log::new(), Receiver::willing(), Alerts::new(&stand)?);
    let config = configure(&log, &stand, &receiver);
    let delivered = Arc::default();
    let first = Instance::start(&config, 0, &delivered);
    let mut at = now();
    let mut decide = |n: u32, what: Told| {
        at = Tick(at.0 + 1);
        let transitions: Vec<_> = (1..=20).map(|alert| told(alert, n, what, at)).collect();
        alerts.decide(at, &transitions)
    };
    decide(1, Told::Fired)?;
    receiver.wait("what fired", |got| orders(got).len() == 20);
    // Another one takes a share of the partitions, with their outboxes.
    let second = Instance::start(&config, 1, &delivered);
    decide(2, Told::Escalated)?;
    receiver.wait("what escalated", |got| orders(got).values().filter(|order| order.len() == 2).count() == 20);
    first.end();
    decide(3, Told::Acknowledged)?;
    receiver.wait("what was acknowledged", |got| orders(got).values().filter(|order| order.len() == 3).count() == 20);
    second.end();
    // Decided while nobody is there.
    decide(4, Told::Recovered)?;
    let third = Instance::start(&config, 0, &delivered);
    let got = receiver.wait("the end", |got| orders(got).values().filter(|order| order.len() == 4).count() == 20);
    third.end();
    assert!(orders(&got).values().all(|order| *order == [1, 2, 3, 4]), "{:?}", orders(&got));
    let mut keys: Vec<&str> = got.iter().map(Got::id).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 80, "one key for each transition, however often it came");
    Ok(())
}

#[test]
fn every_alert_on_a_broker_is_delivered_and_how_soon_is_said() -> Outcome<()> {
    let Some(broker) = broker() else { return Ok(()) };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
    make_topics(&stand)?;
    let (log, receiver, alerts) = (Log::new(), Receiver::willing(), Alerts::new(&stand)?);
    let instance = Instance::start(&configure(&log, &stand, &receiver), 0, &Arc::default());
    let mut at = now();
    let mut waits: Vec<Duration> = Vec::new();
    for n in 1..=60 {
        at = Tick(at.0 + 1);
        let began = Instant::now();
        alerts.decide(at, &[told(1, n, if n == 1 { Told::Fired } else { Told::Escalated }, at)])?;
        let got = receiver.wait("the letter", |got| got.len() == usize::try_from(n).unwrap());
        waits.push(got.last().unwrap().at.saturating_duration_since(began));
    }
    instance.end();
    // The first waits for the group to form.
    waits.remove(0);
    waits.sort();
    let (p50, p99) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    println!("from the append of an alert to the delivered webhook: p50 {p50:?}, slowest of {} {p99:?}", waits.len());
    Ok(())
}
