//! Messages that come in over HTTP, and those that are a megabyte large, through an intake on a real broker: they stand on the topic of
//! events when they are acknowledged, and in the log or among the refusals soon after.
//!
//! Must never enter: a wait between an acknowledgement and the look whether it was true.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::running::Running;
use journal::{Entry, Topic};
use stages::message::{ADMITTED, EVENTS, Message, REFUSED, Raw};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tests::{
    broker::broker,
    feed::message,
    on_kafka::{Producer, Stand},
};

const PATIENCE: Duration = Duration::from_secs(300);
/// Below what is read as one message, and above what the client library sends unless it is told to.
const LARGE_BYTES: usize = 1_040_000;
/// Above what is read as one message, and below what the topics take.
const TOO_LARGE_BYTES: usize = 3_000_000;
const TOKEN: &str = "a-token-of-customs-alone";

/// A file with a token that speaks for the feed of these tests.
pub(crate) fn tokens(folder: &Path) -> PathBuf {
    let file = folder.join("tokens.toml");
    std::fs::write(&file, format!("[[token]]\nname = \"customs\"\ntoken = \"{TOKEN}\"\nsources = [\"customs\"]\n")).unwrap();
    file
}

/// The answer to a request to the door: status line, headers, body.
pub(crate) fn post(address: SocketAddr, headers: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("POST /api/v1/events HTTP/1.1\r\nhost: door\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\n{headers}");
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n", body.len()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// An event as a feed sends it.
pub(crate) fn event(n: u32) -> Vec<u8> {
    message(n, "customs", intake::clock::now().day().plus(-1))
}

/// The same, with a field of a later version that makes it as large as is wanted.
fn large_event(n: u32, bytes: usize) -> Vec<u8> {
    let mut text = event(n);
    text.pop();
    let more = b",\"ofALaterVersion\":\"";
    text.extend_from_slice(more);
    text.resize(bytes - 2, b'x');
    text.extend_from_slice(b"\"}");
    text
}

fn records(stand: &Stand, topic: Topic) -> Vec<Message> {
    let reader = stand.reader().unwrap();
    let mut records = Vec::new();
    for partition in 0..reader.partitions(topic).unwrap() {
        let read = reader.each((topic, partition), 0, |_, entry| {
            if let Entry::Record { record, .. } = entry {
                records.push(record);
            }
            Ok(ControlFlow::Continue(()))
        });
        read.unwrap();
    }
    records
}

pub(crate) fn raw(stand: &Stand, topic: Topic) -> Vec<Arc<Raw>> {
    records(stand, topic).into_iter().filter_map(|record| if let Message::Raw(raw) = record { Some(raw) } else { None }).collect()
}

/// The records of events that were let in.
pub(crate) fn admitted(stand: &Stand) -> BTreeSet<String> {
    let of = |record| match record {
        Message::Admitted(one) if one.origin != 0 => Some(one.event.source_record_id.to_string()),
        _ => None,
    };
    records(stand, ADMITTED).into_iter().filter_map(of).collect()
}

pub(crate) fn wait(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it did not happen: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn over_http(stand: &Stand, door: SocketAddr) {
    let lines = [event(1), b"{".to_vec(), event(2)].join(&b'\n');
    let answer = post(door, "content-type: application/x-ndjson", &lines);
    assert!(answer.starts_with("HTTP/1.1 202 ") && answer.contains("\"accepted\":2,\"refused\":1"), "{answer}");
    let sent: Vec<Vec<u8>> = raw(stand, EVENTS).iter().map(|raw| raw.bytes.clone()).collect();
    assert_eq!(BTreeSet::from_iter(sent), BTreeSet::from([event(1), event(2)]), "what was acknowledged is there, as it came");
    let attributes = "content-type: application/json\r\nce-specversion: 1.0\r\nce-id: C1\r\nce-source: customs\r\nce-type: \
                      slipwatch.inspection.performed.v1\r\nce-time: 2026-01-05T10:00:00Z";
    let data = br#"{"schemaVersion":1,"regime":"trial","op":"OPERATION_ASSERT","jurisdiction":"XA","measures":["arms"]}"#;
    let answer = post(door, attributes, data);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    let sent = raw(stand, EVENTS);
    let event = sent.iter().find(|raw| raw.bytes == data).expect("what was acknowledged is there");
    let header =
        |name: &str| event.headers.iter().find(|(found, _)| found == name).map(|(_, value)| String::from_utf8_lossy(value).into_owned());
    assert_eq!((header("ce_id").as_deref(), header("content-type").as_deref()), (Some("C1"), Some("application/json")));
    wait("what came over HTTP is admitted", || admitted(stand) == BTreeSet::from(["C1", "R1", "R2"].map(str::to_owned)));
}

fn large(stand: &Stand) {
    let (junk, more) = (vec![b'x'; LARGE_BYTES], vec![b'y'; TOO_LARGE_BYTES]);
    Producer::open(stand).unwrap().send([junk.clone(), large_event(3, LARGE_BYTES), more.clone(), event(4)]).unwrap();
    wait("what is large is admitted, and what comes behind it", || admitted(stand).is_superset(&["R3", "R4"].map(str::to_owned).into()));
    wait("what is no event is refused", || raw(stand, REFUSED).len() == 2);
    let mut refused = raw(stand, REFUSED);
    refused.sort_by_key(|raw| raw.bytes.len());
    assert_eq!(refused[0].bytes, more[..1 << 10], "beyond a mebibyte the beginning, and the hash of all of it");
    assert_eq!(refused[1].bytes, junk, "all of it");
    let reasons: Vec<bool> = refused.iter().map(|raw| raw.headers.iter().any(|(name, _)| name == "slipwatch-sha256")).collect();
    assert_eq!(reasons, [true, true]);
}

#[test]
fn messages_over_http_and_messages_of_a_megabyte_come_through() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 2, instances: 1 };
    stand.make_topics().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (intake, door) = Running::intake_with_door(stand.section(0), "small.toml", tokens(folder.path()));
    intake.ready();
    over_http(&stand, door);
    large(&stand);
    intake.end().unwrap();
}
