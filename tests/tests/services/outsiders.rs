//! Readers that know nothing of this project: Kafka's own console consumer reads assessments and alerts, and what it prints of
//! their headers are CloudEvents.
//!
//! Must never enter: a client of ours between the topic and what is checked.

use stages::message::{ASSESSMENTS, DECISIONS};
use std::collections::{BTreeMap, BTreeSet};
use tests::{
    broker::{Broker, broker},
    event_log,
    on_kafka::{self, Stand},
};

const CONSOLE: &str = "org.apache.kafka.tools.consumer.ConsoleConsumer";

/// One message as the console consumer prints it: key and headers. The value is protobuf, and no text.
struct Printed {
    key: String,
    headers: BTreeMap<String, String>,
}

fn printed(broker: &Broker, topic: &str) -> Vec<Printed> {
    let arguments = ["--topic", topic, "--from-beginning", "--isolation-level", "read_committed", "--timeout-ms", "8000"];
    let properties = ["print.headers=true", "print.key=true", "print.value=false", "key.separator= | ", "headers.separator= ; "];
    let asked: Vec<&str> = arguments.into_iter().chain(properties.into_iter().flat_map(|one| ["--formatter-property", one])).collect();
    let said = broker.tool(CONSOLE, &asked);
    let message = |line: &str| {
        let (headers, key) = line.split_once(" | ")?;
        let headers = headers.split(" ; ").filter_map(|header| header.split_once(':'));
        Some(Printed { key: key.to_owned(), headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() })
    };
    said.lines().filter_map(message).collect()
}

/// CloudEvents 1.0, Kafka protocol binding, binary mode: §3.2 and the required attributes.
fn check_cloud_event(Printed { headers, .. }: &Printed) {
    let attribute = |name: &str| headers.get(&format!("ce_{name}")).map_or("", String::as_str);
    assert_eq!(attribute("specversion"), "1.0", "{headers:?}");
    assert!(["id", "source", "type"].iter().all(|name| !attribute(name).is_empty()), "{headers:?}");
    assert_eq!(headers.get("content-type").map(String::as_str), Some("application/protobuf"));
    assert!(attribute("type").starts_with("slipwatch.") && attribute("type").ends_with(".v1"), "{headers:?}");
    // A mark may lie before any date, and has none.
    let time = attribute("time");
    assert!(chrono::DateTime::parse_from_rfc3339(time).is_ok() || attribute("type") == "slipwatch.mark.v1", "{headers:?}");
    let plain = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit());
    assert!(headers.keys().filter_map(|name| name.strip_prefix("ce_")).all(plain), "{headers:?}");
}

#[test]
fn the_console_consumer_of_kafka_reads_assessments_and_alerts_as_cloud_events() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 2, instances: 1 };
    let log = event_log::read(&event_log::folder().join("a_deeper_fall_escalates.jsonl")).unwrap();
    let played = on_kafka::play(&log, &stand).unwrap();
    let space = stand.section(0).space();
    // Each reads on until nothing has come for a while: both at once.
    let (assessments, alerts) = std::thread::scope(|scope| {
        let [assessments, alerts] = [ASSESSMENTS, DECISIONS].map(|topic| {
            let topic = space.name(topic).unwrap();
            scope.spawn(move || printed(broker, &topic))
        });
        (assessments.join().unwrap(), alerts.join().unwrap())
    });
    assessments.iter().chain(&alerts).for_each(check_cloud_event);
    let of = |messages: &[Printed], kind: fn(&str) -> bool| messages.iter().filter(|one| kind(&one.headers["ce_type"])).count();
    let is_mark = |kind: &str| kind == "slipwatch.mark.v1";
    assert_eq!(assessments.len() - of(&assessments, is_mark), played.assessments.len());
    assert_eq!(of(&assessments, |kind| kind == "slipwatch.assessment.v1"), played.assessments.len());
    assert_eq!(alerts.len() - of(&alerts, is_mark), played.decisions.len());
    assert!(of(&alerts, |kind| kind == "slipwatch.alert.fired.v1") > 0 && of(&alerts, |kind| kind == "slipwatch.alert.escalated.v1") > 0);
    for one in assessments.iter().chain(&alerts).filter(|one| !is_mark(&one.headers["ce_type"])) {
        // The answer to an act names no regime: neither does its key.
        let is_answer = one.headers["ce_type"].starts_with("slipwatch.act.");
        let wanted = if is_answer { ("null", "slipwatch") } else { ("trial", "slipwatch/trial") };
        assert_eq!((one.key.as_str(), one.headers["ce_source"].as_str()), wanted, "{:?}", one.headers);
    }
    let names: BTreeSet<(&str, &str, &str)> = alerts
        .iter()
        .chain(&assessments)
        .filter(|one| !is_mark(&one.headers["ce_type"]))
        .map(|one| (one.headers["ce_source"].as_str(), one.headers["ce_type"].as_str(), one.headers["ce_id"].as_str()))
        .collect();
    assert_eq!(names.len(), played.assessments.len() + played.decisions.len(), "an id for each");
}
