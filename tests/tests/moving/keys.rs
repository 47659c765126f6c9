//! Keys of the topics, and the partitions they stand in: those that any producer with the Java clients' hash would choose.
//!
//! The other producer is the C library's own, which shares no line with ours. Must never enter: a partition that our own code computed
//! on both sides.

use crate::topic::{self, Told};
use journal::Topic;
use rdkafka::producer::{BaseRecord, Producer as _};
use stages::message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, FACTS, LATE, LEDGER, REFUSED, TALLIES, UNLISTED};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use tests::{
    broker::{Broker, broker},
    event_log, generate,
    on_kafka::{self, Stand},
};
use wire::stored::{Stored, stored_from_protobuf};

/// Partitions of the topics.
const PARTITIONS: u32 = 3;
/// The keyed topics, each with a log that fills it.
const TOPICS: [Topic; 9] = [ADMITTED, DOCKETS, FACTS, ASSESSMENTS, DECISIONS, LATE, LEDGER, UNLISTED, REFUSED];
/// Logs that people wrote, which together with a drawn one fill them all.
const LOGS: [&str; 3] = ["older_than_the_horizon", "an_unlisted_code_is_listed_later", "a_correction_brings_another_case"];

/// Where another producer puts keys.
fn chosen(broker: &Broker, keys: &BTreeSet<Vec<u8>>) -> BTreeMap<Vec<u8>, i32> {
    let name = format!("{}.keys", broker.space());
    broker.topics(&[(&name, PARTITIONS, &[])]);
    let producer = topic::producer(&broker.bootstrap);
    for key in keys {
        let record = BaseRecord::<[u8], [u8]>::to(&name).key(key).payload(b"");
        producer.send(record).map_err(|(error, _)| error).unwrap();
        producer.poll(Duration::ZERO);
    }
    producer.flush(Duration::from_secs(60)).unwrap();
    let told = topic::read(&broker.bootstrap, &name, PARTITIONS);
    told.into_iter().map(|told| (told.key.unwrap(), told.partition)).collect()
}

/// Messages with a key, but for those of which every partition has a copy.
fn keyed(told: &[Told]) -> Vec<&Told> {
    let mut partitions = BTreeMap::<_, BTreeSet<i32>>::new();
    for one in told {
        partitions.entry((&one.key, &one.value)).or_default().insert(one.partition);
    }
    let is_everywhere = |one: &Told| partitions[&(&one.key, &one.value)].len() == PARTITIONS as usize;
    told.iter().filter(|one| one.key.is_some() && !is_everywhere(one)).collect()
}

#[test]
fn every_key_stands_where_another_producer_would_put_it() {
    let Some(broker) = broker() else { return };
    let mut logs = vec![generate::log(8).unwrap()];
    logs.extend(LOGS.map(|name| event_log::read(&event_log::folder().join(format!("{name}.jsonl"))).unwrap()));
    let mut found: BTreeMap<String, Vec<Told>> = BTreeMap::new();
    for log in logs {
        let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
        on_kafka::play(&log, &stand).unwrap();
        let space = stand.section(0).space();
        for topic in TOPICS.into_iter().chain([TALLIES]) {
            let name = space.name(topic).unwrap();
            let word = name.rsplit('.').nth(1).unwrap().to_owned();
            let told = topic::read(&broker.bootstrap, &name, PARTITIONS);
            found.entry(word).or_default().extend(keyed(&told).into_iter().cloned());
        }
    }
    let keys: BTreeSet<Vec<u8>> = found.values().flatten().filter_map(|told| told.key.clone()).collect();
    let chosen = chosen(broker, &keys);
    for (word, told) in &found {
        for one in told {
            let key = one.key.as_ref().unwrap();
            assert_eq!(one.partition, chosen[key], "{word}: {}", String::from_utf8_lossy(key));
        }
    }
    let counts: BTreeMap<&str, usize> = found.iter().map(|(word, told)| (word.as_str(), told.len())).collect();
    // Tallies are told together and refusals mostly name no source: few of them have a key.
    assert!(counts.iter().all(|(word, count)| *count > 0 || ["tallies", "refused"].contains(word)), "{counts:?}");
    let spread = |word: &str| found[word].iter().map(|told| told.partition).collect::<BTreeSet<_>>().len();
    assert_eq!(spread("admitted"), PARTITIONS as usize, "records are spread");
    check_names(&found);
}

/// The keys say what the conventions say.
fn check_names(found: &BTreeMap<String, Vec<Told>>) {
    for told in &found["admitted"] {
        let Stored::Admitted { bytes, .. } = stored_from_protobuf(&told.value).unwrap() else { panic!("a mark has no key") };
        let event = wire::admitted::admitted_from_protobuf(&bytes).unwrap().event;
        assert_eq!(told.key.as_deref(), Some(format!("{}/{}", event.source, event.source_record_id).as_bytes()));
    }
    for word in ["facts", "assessments", "alerts", "unlisted"] {
        assert!(found[word].iter().all(|told| told.key.as_deref() == Some(b"trial")), "{word} are keyed by their regime");
    }
}
