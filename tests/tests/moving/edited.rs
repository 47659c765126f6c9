//! A topic of alerts that somebody has edited: the comparison with the log says so, and shows both bodies.
//!
//! The log stands in topics of its own, and beside it the decisions of a run on the same log, message by message, with one thing changed.
//! Must never enter: a change that a reader of the topic could not have met.

use crate::{cli::run, decided, embed, from, new_stand, on, topic};
use stages::message::DECISIONS;
use tests::{
    broker::broker,
    event_log,
    on_kafka::{Stand, with_services},
};
use topic::Told;

/// Partitions of the topics.
const PARTITIONS: u32 = 2;

/// What somebody does to a topic.
type Edit = fn(&mut Vec<Told>);

/// The first transition of an alert that fired.
fn fired(told: &[Told]) -> usize {
    told.iter().position(|told| told.header("ce_type") == "slipwatch.alert.fired.v1").unwrap()
}

fn first(told: &[Told], kind: &str) -> usize {
    told.iter().position(|told| told.header("ce_type") == kind).unwrap()
}

/// What somebody does, the code in which the comparison ends, and what it says.
const EDITS: [(&str, Edit, u8, &[&str]); 8] = [
    ("nothing", |_| {}, 0, &["all as the services decided them"]),
    (
        "another word in an alert",
        |told| {
            let at = fired(told);
            let mut transition = wire::decision::transition_from_protobuf(&told[at].value).unwrap();
            transition.series.jurisdiction = vocab::name::JurisdictionCode::parse("XC").unwrap();
            told[at].value.clear();
            wire::decision::transition_to_protobuf(&transition, &mut told[at].value);
        },
        1,
        &[
            "alert/",
            "the topic has another body",
            "the log decides: {",
            "\"jurisdiction\":\"XA\"",
            "at position",
            "\"jurisdiction\":\"XC\"",
            "1 decision not as",
        ],
    ),
    (
        "a field that nobody knows in a seal",
        |told| {
            let at = first(told, "slipwatch.seal.v1");
            told[at].value.extend_from_slice(&[0xa2, 0x38, 0x03, b'n', b'e', b'w']);
        },
        1,
        &["seal/trial/", "the topic has another body"],
    ),
    (
        "an alert taken away",
        |told| {
            told.remove(fired(told));
        },
        1,
        &["the log decides it, and the topic does not have it", "the log decides: {"],
    ),
    (
        "an alert told twice",
        |told| {
            let at = fired(told);
            told.insert(at, told[at].clone());
        },
        1,
        &["the topic has it more than once"],
    ),
    (
        "an alert added",
        |told| {
            let at = fired(told);
            let mut transition = wire::decision::transition_from_protobuf(&told[at].value).unwrap();
            transition.alert.0[0] ^= 1;
            let mut added = told[at].clone();
            added.value.clear();
            wire::decision::transition_to_protobuf(&transition, &mut added.value);
            told.insert(at, added);
        },
        1,
        &["the topic has it, and the log does not decide it"],
    ),
    (
        "bytes that are no decision",
        |told| {
            let at = fired(told);
            told[at].value = b"no decision".to_vec();
        },
        1,
        &["a message of the topic cannot be read", "2 decisions not as"],
    ),
    (
        "marks taken away: nothing is compared",
        |told| told.retain(|told| told.header("ce_type") != "slipwatch.mark.v1"),
        66,
        &["says nowhere how far it is complete"],
    ),
];

#[test]
fn what_somebody_does_to_the_topic_of_alerts_is_found() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let go = |words: &str| run(folder.path(), words);
    let log = event_log::read(&event_log::folder().join("two_incidents_in_one_tick.jsonl")).unwrap();
    let last = embed(&log, &folder.path().join("plain.db"));
    go("export --db @plain.db --out @a.slipwatch").ends(0, &[]);
    let with_log = || {
        let stand = new_stand(&broker.bootstrap, broker.space(), (PARTITIONS, PARTITIONS));
        go(&format!("import {} --archive @a.slipwatch", on(&stand))).ends(0, &[]);
        stand
    };
    let name = |stand: &Stand| stand.section(0).space().name(DECISIONS).unwrap();
    let judged = with_log();
    with_services(&judged, || Ok(decided(&judged, last))).unwrap();
    let told = topic::read(&broker.bootstrap, &name(&judged), PARTITIONS);
    for (about, edit, code, words) in EDITS {
        let stand = with_log();
        let mut edited = told.clone();
        edit(&mut edited);
        topic::write(&broker.bootstrap, &name(&stand), &edited);
        let ran = go(&format!("replay {} --compare --out @scratch", from(&stand)));
        assert_eq!(ran.code, code, "{about}: {}", ran.said);
        ran.ends(code, words);
    }
}
