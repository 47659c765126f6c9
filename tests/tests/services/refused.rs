//! What an intake on a real broker refused: listed, sent in again under a mended configuration, admitted once.
//!
//! What is mended here is which schemas of a registry intake knows; for what is sent again it is the same as an upgrade. Must never enter:
//! a refusal that no intake made.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{
    door::{admitted, event, raw, wait},
    running::Running,
};
use slipwatch::{
    broker::Broker as OfCommands,
    cli::BrokerArgs,
    redrive::{Deed, Redriven, on_broker},
    refused::{Again, Kept, OnBroker, Refusals as _, Turned, Which},
};
use stages::{
    bytes::REDRIVEN,
    message::{ACTIONS, EVENTS, REFUSED, Raw},
};
use std::{collections::BTreeMap, ops::ControlFlow};
use tests::{
    broker::broker,
    on_kafka::{Producer, Stand},
};

/// The schema that the first intake does not know, and the second does.
const SCHEMA: u32 = 7;
/// Above what is read as one message, and below what the topics take.
const TOO_LARGE_BYTES: usize = 1_100_000;
/// Bytes that steer a terminal, and are no event.
const HOSTILE: &[u8] = b"\x1b[2J\xff";

/// A message in a frame of a registry, as its clients write it.
fn framed(payload: &[u8]) -> Vec<u8> {
    [&[0], &SCHEMA.to_be_bytes()[..], payload].concat()
}

/// A CloudEvent in binary mode: without its headers nobody can tell whose it is.
fn cloud_event() -> Raw {
    let data = br#"{"schemaVersion":1,"regime":"trial","op":"OPERATION_ASSERT","jurisdiction":"XA","measures":["arms"]}"#;
    let attributes = [
        ("ce_specversion", "1.0"),
        ("ce_id", "C1"),
        ("ce_source", "customs"),
        ("ce_type", "slipwatch.inspection.performed.v1"),
        ("ce_time", "2026-01-05T10:00:00Z"),
        ("content-type", "application/json"),
        ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    ];
    let headers = attributes.map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()));
    Raw { bytes: framed(data), headers: headers.to_vec() }
}

fn bare(bytes: Vec<u8>) -> Raw {
    Raw { bytes, headers: Vec::new() }
}

fn of_commands(stand: &Stand) -> OfCommands {
    let arguments = BrokerArgs { namespace: Some(stand.namespace.clone()), ..BrokerArgs::default() };
    OfCommands::new(&stand.bootstrap, &arguments).unwrap()
}

fn listed(stand: &Stand, which: &Which) -> Vec<Turned> {
    let mut listed = Vec::new();
    let walked = OnBroker::open(&of_commands(stand)).unwrap().each(&mut |turned| {
        listed.extend(which.has(&turned).then_some(turned));
        Ok(ControlFlow::Continue(()))
    });
    walked.unwrap();
    listed
}

fn redrive(stand: &Stand, limit: Option<u64>, deed: Deed) -> Redriven {
    on_broker(&of_commands(stand), (Which::default(), limit), deed).unwrap()
}

fn waiting() -> Which {
    Which { again: Some(Again::Waiting), ..Which::default() }
}

/// A refusal says what it is of, as it came.
fn check_list(stand: &Stand) {
    let all = listed(stand, &Which::default());
    let by_bytes: BTreeMap<&[u8], &Turned> = all.iter().map(|turned| (turned.bytes.as_slice(), turned)).collect();
    let cloud_event = cloud_event();
    let turned = by_bytes[cloud_event.bytes.as_slice()];
    assert_eq!((turned.code.as_str(), turned.kept, turned.again), ("undecodable", Kept::Whole, Again::Waiting));
    assert!(turned.known.is_some() && turned.input.starts_with(&format!("{}.events.v1/", stand.namespace)), "{turned:?}");
    assert_eq!(turned.headers, cloud_event.headers, "what stood beside it is kept");
    let large = all.iter().find(|turned| turned.kept == Kept::Beginning).expect("what is too large is kept by its beginning");
    assert_eq!((large.code.as_str(), large.length, large.bytes.len()), ("too_large", Some(TOO_LARGE_BYTES as u64), 1 << 10));
    let hostile = by_bytes[HOSTILE];
    assert_eq!(slipwatch::refused::Listed::of(hostile).begins, "\\u{1b}[2J\\xff");
    assert_eq!(OnBroker::open(&of_commands(stand)).unwrap().at(hostile.at).unwrap().bytes, HOSTILE);
    let undecodable = Which { reasons: vec!["its schema 7 is not declared".to_owned()], ..Which::default() };
    assert_eq!(listed(stand, &undecodable).len(), 2);
}

#[test]
fn what_a_broker_refused_is_sent_again_as_it_came_and_counts_once() {
    let Some(broker) = broker() else { return };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: 2, instances: 1 };
    stand.make_topics().unwrap();
    let intake = Running::intake(stand.section(0), "small.toml");
    intake.ready();
    let mut producer = Producer::open(&stand).unwrap();
    let messages = [bare(framed(&event(1))), cloud_event(), bare(HOSTILE.to_vec()), bare(vec![b'y'; TOO_LARGE_BYTES])];
    producer.send_to(EVENTS, messages).unwrap();
    producer.send_to(ACTIONS, [bare(b"no act".to_vec())]).unwrap();
    wait("all five are refused", || raw(&stand, REFUSED).len() == 5);
    intake.end().unwrap();
    check_list(&stand);

    let tried = redrive(&stand, None, Deed::Try);
    assert_eq!(
        (tried.sent, tried.left.values().sum::<u64>()),
        (3, 2),
        "what is kept by its beginning, and an act, are not sent: {tried:?}"
    );
    assert_eq!(raw(&stand, EVENTS).len(), 4, "a trial sends nothing");
    assert_eq!(listed(&stand, &waiting()).len(), 5);
    // Broken off and begun again it sends the rest, and nothing twice.
    let (mut sent, mut runs) = (0, 0);
    while sent < tried.sent {
        runs += 1;
        assert!(runs <= 5, "{sent} of {} are sent after {runs} runs", tried.sent);
        sent += redrive(&stand, Some(runs), Deed::Send).sent;
    }
    assert_eq!(redrive(&stand, None, Deed::Send).sent, 0, "what was sent is not sent again");
    assert_eq!(raw(&stand, EVENTS).len(), 7);

    let intake = Running::intake_knowing(stand.section(0), "small.toml", SCHEMA);
    intake.ready();
    wait("what can be read now is admitted", || admitted(&stand) == ["C1", "R1"].map(str::to_owned).into());
    wait("what cannot is refused again", || raw(&stand, REFUSED).len() == 6);
    let again = listed(&stand, &waiting()).into_iter().find(|turned| turned.bytes == HOSTILE).expect("it waits again");
    let redriven = again.headers.iter().find(|(name, _)| name == REDRIVEN).map(|(_, value)| String::from_utf8_lossy(value).into_owned());
    assert!(redriven.is_some_and(|of| of.starts_with(&format!("{}.refused.v1/", stand.namespace))), "{again:?}");
    assert_eq!(redrive(&stand, None, Deed::Send).sent, 1, "only what was refused since");
    wait("it is refused a third time", || raw(&stand, REFUSED).len() == 7);
    intake.end().unwrap();
    assert_eq!(listed(&stand, &Which { again: Some(Again::Sent), ..Which::default() }).len(), 4);
}
