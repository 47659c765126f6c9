//! The document of the topics says what the program does: names, settings, who reads and writes, keys, headers and messages.
//!
//! Compared with the code that makes topics, plans tasks and writes messages, on every log of `tests/logs`; and every example is read by the
//! readers of the contract. Must never enter: a copy of a name or a setting.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use engine::intake::Pace;
use journal::{
    Entry, Retention, Store as _, Topic,
    kafka::{Codec as _, MessageBuffer},
};
use serde_json::{Map, Value};
use service_kit::{Line, Pace as LoopPace, Stop};
use slipwatch::replay::{Partitions, Stages, memory};
use stages::{
    assessor::Statistic,
    bytes::Bytes,
    crew::Kind,
    intaking::Intaking,
    message::{
        ACTIONS, ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, EVENTS, FACTS, FILED, LATE, LEDGER, Message, REFUSED, TALLIES, UNLISTED,
    },
    space::{Scale, Space},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};
use tests::{
    event_log::{self, Log},
    generate,
    play::{LogFeed, Setup},
};
use vocab::{alert::Decision, tally::Fact};

/// Topics that stages write, as memory has them too.
const WRITTEN: [Topic; 9] = [ADMITTED, DOCKETS, TALLIES, FACTS, ASSESSMENTS, DECISIONS, LATE, LEDGER, UNLISTED];
/// Kinds of tasks.
const KINDS: [Kind; 5] = [Kind::Register, Kind::Docket, Kind::Assessor, Kind::Watch, Kind::Weigh];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn document() -> Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("deploy/asyncapi.json")).unwrap()).unwrap()
}

fn object<'a>(value: &'a Value, path: &str) -> &'a Map<String, Value> {
    value.pointer(path).and_then(Value::as_object).unwrap_or_else(|| panic!("{path} is no object"))
}

fn words(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Channels by the names of their topics.
fn channels(document: &Value) -> BTreeMap<&str, &Value> {
    object(document, "/channels").values().map(|channel| (channel["address"].as_str().unwrap(), channel)).collect()
}

/// The messages that a channel may have, by name.
fn messages_of(channel: &Value) -> BTreeSet<&str> {
    channel["messages"].as_object().unwrap().keys().map(String::as_str).collect()
}

/// The name of a message in the document.
fn name_of(topic: Topic, entry: &Entry<Message>) -> &'static str {
    let record = match entry {
        Entry::Mark(_) if [ASSESSMENTS, DECISIONS].contains(&topic) => return "publishedMark",
        Entry::Mark(_) => return "mark",
        Entry::Record { record, .. } => record,
    };
    match record {
        Message::Admitted(_) | Message::Kept(..) => "admitted",
        Message::Tallies(_) => "tallies",
        Message::Note(_) => "note",
        Message::Fact(_) => "fact",
        Message::Version(_) => "version",
        Message::Assessment(_) => "assessment",
        Message::Late(_) => "late",
        Message::Ledger(..) => "ledgerLine",
        Message::Unlisted(..) => "unlisted",
        Message::Refused(..) => "refused",
        Message::Decision(_, decision) => match &**decision {
            Decision::Transition(_) => "transition",
            Decision::Answer(_) => "answer",
            Decision::Digest(_) => "digest",
            Decision::Seal(_) => "seal",
        },
        Message::Raw(_) | Message::Statistic(..) => panic!("{record:?} is written by no stage"),
    }
}

/// The key that the template of a message stands for.
fn expected_key(template: &str, record: &Message) -> String {
    match (template, record) {
        ("{source}/{sourceRecordId}", Message::Admitted(one)) => format!("{}/{}", one.event.source, one.event.source_record_id),
        ("{source}/{sourceRecordId}", Message::Late(one)) => format!("{}/{}", one.source, one.source_record_id),
        ("{case}", Message::Version(one)) => one.case.to_string(),
        ("{regime}/{jurisdiction}", Message::Note(one)) => {
            one.jurisdiction.as_ref().map_or(one.regime.to_string(), |jurisdiction| format!("{}/{jurisdiction}", one.regime))
        }
        ("{regime}", Message::Fact(one)) => match &**one {
            Fact::Told(note) => note.regime.to_string(),
            Fact::Withdrawn(withdrawal) => withdrawal.regime.to_string(),
        },
        ("{regime}", Message::Assessment(one)) => one.regime.to_string(),
        ("{regime}", Message::Unlisted(_, one)) => one.regime.to_string(),
        ("{regime}", Message::Decision(_, one)) => match &**one {
            Decision::Transition(one) => one.series.regime.to_string(),
            Decision::Digest(one) => one.regime.to_string(),
            Decision::Seal(one) => one.regime.to_string(),
            Decision::Answer(_) => panic!("an answer names no regime"),
        },
        ("{source}", Message::Ledger(_, one)) => one.source.to_string(),
        ("{source}", Message::Refused(_, one, _)) => one.source.as_ref().map(ToString::to_string).unwrap_or_default(),
        ("", _) => String::new(),
        (template, record) => panic!("{template} is no key of {record:?}"),
    }
}

/// All that the stages write of a log.
fn written(log: &Log) -> Vec<(Topic, Entry<Message>)> {
    let mut store = memory(Retention::All, Partitions::even(1));
    let intaking = Intaking::open(&mut store, Pace::Live, 1).unwrap();
    let mut feed = LogFeed::new(log, Setup::PLAIN, intaking).unwrap();
    let mut stages = Stages::new(Partitions::even(1), engine::register::Bucket::Day, Statistic::Off);
    let mut line = Line::new(LoopPace { checkpoint_records: None, ..LoopPace::default() });
    stages.seat(&mut store, &mut line).unwrap();
    line.run(&mut store, &mut feed, &Stop::new()).unwrap();
    let mut written = Vec::new();
    for topic in WRITTEN.into_iter().chain([REFUSED, FILED]) {
        let mut entries = Vec::new();
        store.read((topic, 0), 0, usize::MAX, &mut entries).unwrap();
        // In memory the docket has a copy of its own.
        let topic = if topic == FILED { DOCKETS } else { topic };
        written.extend(entries.into_iter().map(|(_, entry)| (topic, entry)));
    }
    written
}

#[test]
fn its_channels_are_the_topics_with_their_settings() {
    let document = document();
    let channels = channels(&document);
    let wanted = Space::new("slipwatch").wanted(Scale { events: 8, partitions: 8, replication: 3 });
    let names: BTreeSet<&str> = wanted.iter().map(|topic| topic.name.as_str()).collect();
    assert_eq!(channels.keys().copied().collect::<BTreeSet<_>>(), names);
    for topic in &wanted {
        let settings: BTreeMap<&str, &str> = topic.settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        for (key, value) in object(channels[topic.name.as_str()], "/bindings/kafka/topicConfiguration") {
            let told = value.as_array().map_or_else(|| value.to_string(), |_| words(value).join(","));
            assert_eq!(Some(told.as_str()), settings.get(key.as_str()).copied(), "{key} of {}", topic.name);
        }
    }
}

#[test]
fn its_operations_are_the_inputs_and_targets_of_the_tasks() {
    let (document, space) = (document(), Space::new("slipwatch"));
    let mut told = BTreeSet::new();
    for (name, operation) in object(&document, "/operations") {
        let channel = operation["channel"]["$ref"].as_str().unwrap().trim_start_matches('#');
        let address = document.pointer(channel).unwrap_or_else(|| panic!("{name} names {channel}"))["address"].as_str().unwrap();
        let (service, action) = name
            .split_once("Reads")
            .map(|(service, _)| (service, "receive"))
            .or(name.split_once("Writes").map(|(service, _)| (service, "send")))
            .unwrap();
        assert_eq!(operation["action"], action, "{name}");
        told.insert((service.to_owned(), action, address.to_owned()));
    }
    let (mut planned, name) = (BTreeSet::new(), |topic| space.name(topic).unwrap());
    for kind in KINDS {
        let (plan, _) = kind.hand((0, 1));
        planned.extend(plan.inputs.iter().map(|(topic, _)| (kind.name().to_owned(), "receive", name(*topic))));
        planned.extend(plan.targets.iter().map(|target| (kind.name().to_owned(), "send", name(target.topic))));
    }
    planned.extend([EVENTS, ACTIONS].map(|topic| ("intake".to_owned(), "receive", name(topic))));
    planned.extend([ADMITTED, REFUSED].map(|topic| ("intake".to_owned(), "send", name(topic))));
    planned.extend(
        [("herald", DECISIONS), ("console", ASSESSMENTS), ("console", DECISIONS)]
            .map(|(service, topic)| (service.to_owned(), "receive", name(topic))),
    );
    planned.extend(stages::space::GROUPS.map(|group| (group.to_owned(), "send", space.state(group))));
    assert_eq!(told, planned);
}

#[test]
fn its_messages_are_those_that_the_stages_write() {
    let (document, space) = (document(), Space::new("slipwatch"));
    let (channels, codec) = (channels(&document), Bytes::of(&space));
    let mut seen: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    let mut logs: Vec<Log> = event_log::all().unwrap().into_iter().map(|(_, log)| log).collect();
    logs.push(generate::log(5).unwrap());
    for log in logs {
        for (topic, entry) in written(&log) {
            let (name, address) = (name_of(topic, &entry), space.name(topic).unwrap());
            let mut message = MessageBuffer::default();
            codec.encode(topic, &entry, &mut message);
            check(&document["components"]["messages"][name], &entry, &message);
            seen.entry(address).or_default().insert(name);
        }
    }
    for topic in WRITTEN.into_iter().chain([REFUSED]) {
        let address = space.name(topic).unwrap();
        assert_eq!(seen[&address], messages_of(channels[address.as_str()]), "{address}");
    }
}

/// Holds a message against what the document says of it: key and headers.
fn check(told: &Value, entry: &Entry<Message>, message: &MessageBuffer) {
    let name = told["name"].as_str().unwrap();
    let template = told.pointer("/bindings/kafka/key/x-template").and_then(Value::as_str).unwrap_or("");
    let key = String::from_utf8(message.key.clone()).unwrap();
    match entry {
        Entry::Record { record, .. } => assert_eq!(key, expected_key(template, record), "the key of {name}"),
        Entry::Mark(_) => assert_eq!((key.as_str(), template), ("", ""), "a mark has no key"),
    }
    let written: BTreeMap<&str, &str> = message.headers.iter().map(|(key, value)| (&**key, str::from_utf8(value).unwrap())).collect();
    let Some(headers) = told.get("headers") else { return assert!(written.is_empty(), "{name} has headers: {written:?}") };
    let required = words(&headers["required"]);
    assert!(required.iter().all(|header| written.contains_key(header)), "{name} has not all of {required:?}: {written:?}");
    for (header, value) in written {
        let schema = headers["properties"].get(header).unwrap_or_else(|| panic!("{header} of {name} is not told"));
        assert!(schema.get("const").is_none_or(|only| only == value), "{header} of {name} is {value}");
        assert!(
            schema.get("enum").is_none_or(|words| words.as_array().unwrap().iter().any(|word| word == value)),
            "{header} of {name} is {value}"
        );
    }
}

#[test]
fn its_messages_are_of_the_contract_and_its_examples_can_be_read() {
    let document = document();
    let mut protos = String::new();
    for file in std::fs::read_dir(root().join("proto/slipwatch/v1")).unwrap() {
        protos.push_str(&std::fs::read_to_string(file.unwrap().path()).unwrap());
    }
    let compile = |bytes: &[u8]| stages::admission::compiled_pack(bytes);
    let mut read = 0;
    for (name, message) in object(&document, "/components/messages") {
        assert_eq!(message["name"], name.as_str());
        let Some(of) = message.get("x-protobuf-message").and_then(Value::as_str) else { continue };
        let of = of.strip_prefix("slipwatch.v1.").unwrap();
        assert!(protos.contains(&format!("\nmessage {of} {{")), "{of} is no message of the contract");
        assert!(message["payload"]["schema"].as_str().unwrap().ends_with(&format!("message slipwatch.v1.{of}")));
        let text = message["examples"][0]["payload"].to_string();
        match of {
            "Entry" => wire::entry::entry_from_json(&text, &compile).map(drop),
            "Event" => wire::event::event_from_json(text.as_bytes()).map(drop),
            "Mark" => wire::mark::mark_from_json(&text).map(drop),
            "Assessment" => wire::assessment::assessment_from_json(&text).map(drop),
            "Transition" => wire::decision::transition_from_json(&text).map(drop),
            "Answer" => wire::decision::answer_from_json(&text).map(drop),
            "Digest" => wire::decision::digest_from_json(&text).map(drop),
            "Seal" => wire::decision::seal_from_json(&text).map(drop),
            other => panic!("{other} is not expected on a topic"),
        }
        .unwrap_or_else(|refusal| panic!("the example of {name}: {refusal}"));
        read += 1;
    }
    assert!(read > 15, "{read} examples");
}

#[test]
fn all_its_references_lead_somewhere() {
    let document = document();
    assert_eq!(document["asyncapi"], "3.0.0");
    let (mut waiting, mut found) = (vec![&document], 0);
    while let Some(value) = waiting.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
            found += 1;
        }
        waiting.extend(value.as_array().into_iter().flatten());
        waiting.extend(value.as_object().into_iter().flat_map(Map::values));
    }
    assert!(found > 30, "{found} references");
}
