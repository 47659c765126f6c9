//! The console on a real broker: what is published for plain readers is what it shows, and aborted transactions are not.
//!
//! Whoever publishes here is a bare client, as any producer of CloudEvents may be. What must never enter: the codec of the services.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use catalogue::exposition::Wanted;
use console::{Config, ReadModel};
use rdkafka::ClientConfig;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use service_kit::Stop;
use service_kit::config::{Sources, load};
use tests::broker::{Broker, broker};
use tests::event_log;
use tests::play::{Played, Setup, play};
use vocab::alert::Decision;
use wire::outbound::Published;

use crate::messages::PATIENCE;

/// A producer of its own, in transactions.
struct Publisher {
    producer: BaseProducer,
    namespace: String,
}

impl Publisher {
    fn open(broker: &Broker, namespace: &str) -> Self {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &broker.bootstrap).set("transactional.id", format!("{namespace}.publisher"));
        let producer: BaseProducer = config.create().unwrap();
        producer.init_transactions(PATIENCE).unwrap();
        Self { producer, namespace: namespace.to_owned() }
    }

    fn send(&self, told: &Published, partition: i32) {
        let topic = match told {
            Published::Assessment(_) => format!("{}.g1.assessments.v1", self.namespace),
            Published::Decision(_) | Published::Mark(_) => format!("{}.alerts.v1", self.namespace),
        };
        let mut value = Vec::new();
        told.to_protobuf(&mut value);
        let headers = told.attributes(7).into_iter().fold(OwnedHeaders::new(), |headers, (name, value)| {
            headers.insert(Header { key: &format!("ce_{name}"), value: Some(value.as_bytes()) })
        });
        let record: BaseRecord<'_, [u8], Vec<u8>> = BaseRecord::to(&topic).partition(partition).payload(&value).headers(headers);
        self.producer.send(record).map_err(|(error, _)| error).unwrap();
    }

    /// All of a play, marks among it, in two transactions; between them one that is aborted.
    fn publish(&self, played: &Played) {
        let mut told: Vec<Published> = played.assessments.iter().map(|one| Published::Assessment(one.clone())).collect();
        told.extend(played.decisions.iter().map(|(_, decision)| Published::Decision(decision.clone())));
        let (first, second) = told.split_at(told.len() / 2);
        let part = |told: &[Published]| told.iter().zip((0..2).cycle()).for_each(|(told, partition)| self.send(told, partition));
        self.producer.begin_transaction().unwrap();
        part(first);
        self.producer.commit_transaction(PATIENCE).unwrap();
        self.producer.begin_transaction().unwrap();
        let mut ghost = (*played.assessments[0]).clone();
        ghost.regime = vocab::name::RegimeId::parse("ghost").unwrap();
        self.send(&Published::Assessment(ghost.into()), 0);
        self.producer.flush(PATIENCE).unwrap();
        self.producer.abort_transaction(PATIENCE).unwrap();
        self.producer.begin_transaction().unwrap();
        part(second);
        self.producer.commit_transaction(PATIENCE).unwrap();
    }
}

impl Publisher {
    /// A message that is none, and one behind it.
    fn publish_damaged_before(&self, told: &Published) {
        self.producer.begin_transaction().unwrap();
        let topic = format!("{}.g1.assessments.v1", self.namespace);
        let damaged: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(&topic).partition(0).payload(b"no assessment");
        self.producer.send(damaged).map_err(|(error, _)| error).unwrap();
        self.send(told, 0);
        self.producer.commit_transaction(PATIENCE).unwrap();
    }
}

fn get(address: SocketAddr, path: &str) -> (bool, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    (answer.contains(" 200 "), answer)
}

fn start(bootstrap: &str, namespace: &str) -> (SocketAddr, Stop) {
    let flag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let flags = vec![
        flag("kafka.bootstrap", &format!("\"{bootstrap}\"")),
        flag("kafka.namespace", &format!("\"{namespace}\"")),
        flag("source.every_ms", "50"),
        flag("admin.listen", "\"127.0.0.1:0\""),
    ];
    let config: Config = load(&Sources { flags, ..Sources::default() }).unwrap();
    let service = console::build(config, "0.0.0", "test").unwrap();
    let address = service.serve().unwrap();
    let stop = Stop::new();
    let asked = stop.clone();
    std::thread::spawn(move || service.run(&asked).unwrap());
    (address, stop)
}

/// The samples of regimes.
fn regimes(text: &str) -> BTreeSet<String> {
    let process = ["build_info", "config_", "records_total", "overflow", "source_age"];
    let own = |line: &&str| line.starts_with("slipwatch_") && !process.iter().any(|word| line.starts_with(&format!("slipwatch_{word}")));
    text.lines().filter(own).map(str::to_owned).collect()
}

#[test]
fn what_is_published_for_plain_readers_is_what_the_console_shows() {
    let Some(broker) = broker() else { return };
    let namespace = broker.space();
    let (assessments, alerts) = (format!("{namespace}.g1.assessments.v1"), format!("{namespace}.alerts.v1"));
    broker.topics(&[(&assessments, 2, &[]), (&alerts, 2, &[])]);
    let (address, stop) = start(&broker.bootstrap, &namespace);
    let played = play(&event_log::read(&event_log::folder().join("a_silence.jsonl")).unwrap(), Setup::PLAIN).unwrap();
    let publisher = Publisher::open(broker, &namespace);
    publisher.publish(&played);
    let mut model = ReadModel::new();
    played.assessments.iter().for_each(|one| model.assessed((**one).clone()));
    for (_, decision) in &played.decisions {
        match &**decision {
            Decision::Transition(transition) => model.moved(transition.clone()),
            Decision::Digest(digest) => model.digested(digest.clone()),
            Decision::Answer(_) | Decision::Seal(_) => {}
        }
    }
    let wanted = regimes(&String::from_utf8(model.families().expose(Wanted::TEXT).body).unwrap());
    assert!(wanted.iter().any(|line| line.starts_with("slipwatch_alerts") && line.ends_with(" 1")));
    let began = Instant::now();
    while regimes(&get(address, "/metrics").1) != wanted {
        let shown = get(address, "/metrics").1;
        assert!(began.elapsed() < PATIENCE * 2, "it shows\n{shown}\nand not\n{wanted:#?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(get(address, "/readyz").0);
    // What cannot be read is set aside and counted once; what comes behind it is shown.
    let mut later = (**played.assessments.last().unwrap()).clone();
    later.week = vocab::time::Week::parse("2030-W01").unwrap();
    later.day = later.week.sunday();
    publisher.publish_damaged_before(&Published::Assessment(later.into()));
    let damaged = "slipwatch_records_total{stage=\"console\",outcome=\"refused\"} 1\n";
    let closed =
        |text: &str| text.lines().any(|line| line.starts_with("slipwatch_answer_known_timestamp_seconds") && !wanted.contains(line));
    let began = Instant::now();
    while !(closed(&get(address, "/metrics").1) && get(address, "/metrics").1.contains(damaged)) {
        assert!(began.elapsed() < PATIENCE * 2, "it shows\n{}", get(address, "/metrics").1);
        std::thread::sleep(Duration::from_millis(50));
    }
    std::thread::sleep(Duration::from_millis(300)); // some looks later it has not been read again
    assert!(get(address, "/metrics").1.contains(damaged) && get(address, "/readyz").0);
    stop.ask();
}
