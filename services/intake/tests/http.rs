//! The door for feeds over real HTTP on loopback: what it takes, what it answers, and what it survives (faults 48 and 50).
#![expect(clippy::unwrap_used, reason = "a request that cannot be made must fail the test")]

#[path = "http/bench.rs"]
mod bench;

use bench::{KR, Mode, Server, Store, US, request};
use flate2::{Compression, write::GzEncoder};
use intake::http::{BadTokens, Limits, Tokens};
use std::{io::Write as _, sync::Arc, time::Duration};
use vocab::record::Encoding;

const ONE: &str = r#"{"type":"inspection.performed","regime":"dprk","source":"kr-customs","sourceRecordId":"A-1","op":"assert","occurred":{"day":"2019-03-04"}}"#;
const JSON: &str = "application/json";
const LINES: &str = "application/x-ndjson";

fn open(limits: Limits) -> (Arc<Store>, Server) {
    let store = Store::new(Mode::Lasting);
    let server = Server::start(&store, limits);
    (store, server)
}

fn with_id(id: &str) -> String {
    ONE.replace("A-1", id)
}

fn cloud_event(id: &str) -> String {
    format!(
        r#"{{"specversion":"1.0","id":"{id}","source":"kr-customs","type":"slipwatch.inspection.performed.v1","time":"2019-03-04T10:00:00Z","data":{{"regime":"dprk","op":"assert"}}}}"#
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

#[test]
fn every_form_is_taken_as_it_came() {
    let (store, server) = open(Limits::default());
    let mut protobuf = Vec::new();
    let event = wire::event::event_from_json(with_id("p").as_bytes()).unwrap();
    wire::event::event_to_protobuf(&event, &mut protobuf);
    assert_eq!(
        server.post(KR, JSON, ONE.as_bytes()).json(),
        serde_json::json!({"accepted": 1, "refused": 0, "results": [{"status": "accepted", "line": 1}]})
    );
    assert_eq!(server.post(KR, "application/protobuf", &protobuf).status, 202);
    assert_eq!(server.post(KR, "application/cloudevents+json; charset=utf-8", cloud_event("s").as_bytes()).status, 202);
    let batch = format!("[{},{}]", cloud_event("b1"), cloud_event("b2"));
    assert_eq!(server.post(KR, "application/cloudevents-batch+json", batch.as_bytes()).json()["accepted"], 2);
    let binary = format!(
        "POST /api/v1/events\nauthorization: bearer {KR}\ncontent-type: application/json\nce-specversion: 1.0\nce-id: c\nce-source: kr-customs\n\
         ce-type: slipwatch.inspection.performed.v1\nce-time: 2019-03-04T10:00:00Z\nce-subject: %EC%84%A0%EB%B0%95"
    );
    assert_eq!(server.ask(&binary, br#"{"regime":"dprk","op":"assert"}"#).status, 202);
    let lines = format!("{}\r\n\n{}", with_id("l1"), cloud_event("l2"));
    assert_eq!(server.post(KR, LINES, lines.as_bytes()).json()["accepted"], 2);
    let packed = format!("POST /api/v1/events\nauthorization: Bearer {KR}\ncontent-type: application/jsonl\ncontent-encoding: gzip");
    assert_eq!(server.ask(&packed, &gzip(with_id("g").as_bytes())).status, 202);

    let messages = store.messages();
    let ids: Vec<&str> = messages.iter().map(|taken| taken.event.source_record_id.as_str()).collect();
    assert_eq!(ids, ["A-1", "p", "s", "b1", "b2", "c", "l1", "l2", "g"]);
    assert_eq!((&messages[1].encoding, &*messages[1].bytes), (&Encoding::Protobuf, &*protobuf));
    assert_eq!(messages[0].bytes, ONE, "the bytes are kept as they came");
    for taken in &messages {
        let sent = intake::broker::outgoing(taken);
        let headers = sent.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let envelope = wire::inbound::Envelope::of_kafka(headers).unwrap();
        let read = wire::inbound::decode(&envelope, &sent.value, &wire::inbound::Schemas::default());
        assert_eq!(read.map(|read| read.event).as_ref(), Ok(&taken.event), "a broker passes on what came in");
        assert_eq!(sent.key, format!("kr-customs/{}", taken.event.source_record_id).into_bytes());
    }
    let case = messages[5].event.context.as_ref().and_then(|context| context.case.as_ref()).map(ToString::to_string);
    assert_eq!((case.as_deref(), messages[5].attributes.len()), (Some("선박"), 6));
    assert!(messages.iter().enumerate().all(|(place, taken)| place == 5 || taken.attributes.is_empty()));
}

#[test]
fn each_line_has_its_own_answer() {
    let (store, server) = open(Limits::default());
    let act = with_id("act").replace(r#""type":"inspection.performed","#, r#""alertClosed":{"who":"lee","why":"x","seen":{"alert":"a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1","transition":1,"series":{"regime":"dprk","jurisdiction":"KR","unit":"count"}}},"#);
    let lines =
        [with_id("1"), "{".to_owned(), String::new(), with_id("4").replace(r#""op":"assert""#, r#""op":"delete""#), act, with_id("6")]
            .join("\n");
    let answer = server.post(KR, LINES, lines.as_bytes());
    assert_eq!(answer.status, 202);
    let results = answer.json();
    assert_eq!((&results["accepted"], &results["refused"]), (&2.into(), &3.into()));
    let shown: Vec<String> = results["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| format!("{} {} {}", result["line"], result["status"], result["reason"]))
        .collect();
    assert_eq!(
        shown,
        [
            r#"1 "accepted" null"#,
            r#"2 "refused" "undecodable""#,
            r#"4 "refused" "bad_field""#,
            r#"5 "refused" "wrong_input""#,
            r#"6 "accepted" null"#
        ]
    );
    assert_eq!(results["results"][2]["field"], "op");
    assert_eq!(store.messages().len(), 2, "what is no event is not kept");

    let answer = server.post(KR, JSON, br#"{"regime":"dprk"}"#);
    assert_eq!((answer.status, answer.fields["content-type"].as_str()), (422, "application/problem+json"));
    assert_eq!(
        answer.json()["errors"],
        serde_json::json!([{"line": 1, "reason": "missing_field", "field": "op", "detail": "field op is missing"}])
    );
    assert_eq!(server.post(KR, LINES, b"\n\n").status, 422);
    assert_eq!(store.turned_away(), ["undecodable", "bad_field", "wrong_input", "missing_field"], "it is counted");
}

#[test]
fn nothing_is_acknowledged_before_it_lasts() {
    let store = Store::new(Mode::Waiting);
    let server = Server::start(&store, Limits::default());
    let mut client = server.connect();
    client.send(&request(&format!("POST /api/v1/events\nauthorization: Bearer {KR}\ncontent-type: {JSON}"), ONE.as_bytes()));
    store.await_appends(1);
    assert!(client.is_silent(), "the append has begun and is not done");
    store.release();
    assert_eq!((client.answer().status, store.messages().len()), (202, 1));
}

#[test]
fn what_cannot_be_kept_is_to_be_sent_again() {
    let store = Store::new(Mode::Failing);
    let server = Server::start(&store, Limits::default());
    let answer = server.post(KR, JSON, ONE.as_bytes());
    assert_eq!((answer.status, answer.fields["retry-after"].as_str()), (503, "7"));
    assert!(!answer.body.contains("the log is away"), "why is not the client's business: {}", answer.body);

    let store = Store::new(Mode::Waiting);
    let limits = Limits { append_timeout: Duration::from_millis(50), ..Limits::default() };
    let server = Server::start(&store, limits);
    assert_eq!(server.post(KR, JSON, ONE.as_bytes()).status, 503);
}

#[test]
fn fault_48_only_a_token_of_the_feed_opens_the_door() {
    let (store, server) = open(Limits::default());
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJrci1jdXN0b21zIn0.";
    let digits = "0".repeat(64);
    for authorization in [
        String::new(),
        "authorization: ".to_owned(),
        "authorization: Bearer".to_owned(),
        "authorization: Bearer ".to_owned(),
        format!("authorization: Bearer {KR}x"),
        format!("authorization: Bearer {}", &KR[..KR.len() - 1]),
        format!("authorization: Basic {KR}"),
        format!("authorization: {KR}"),
        format!("authorization: Bearer {unsigned}"),
        format!("authorization: Bearer {digits}"),
        format!("authorization: Bearer {KR}\nauthorization: Bearer {US}"),
        format!("x-authorization: Bearer {KR}"),
        format!("cookie: token={KR}"),
    ] {
        let head = format!("POST /api/v1/events\ncontent-type: {JSON}\n{authorization}");
        let answer = server.ask(head.trim_end_matches('\n'), ONE.as_bytes());
        assert_eq!((answer.status, answer.fields["www-authenticate"].as_str()), (401, "Bearer"), "{authorization}");
    }
    for path in
        ["/", "/metrics", "/api/v1/events/", "/api/v1/events?token=x", "/api/v1/../v1/events", "//api/v1/events", "/api/v1/%65vents"]
    {
        assert_eq!(server.ask(&format!("POST {path}"), b"").status, 401, "{path}: without a token nothing is to be learnt");
    }
    let lines = [with_id("1"), ONE.replace("kr-customs", "us-cbp")].join("\n");
    let answer = server.post(KR, LINES, lines.as_bytes());
    assert_eq!((answer.status, &answer.json()["errors"][0]["line"]), (403, &2.into()));
    assert_eq!(server.post(US, JSON, ONE.as_bytes()).status, 403);
    assert_eq!(server.post(US, "application/cloudevents+json", cloud_event("s").as_bytes()).status, 403);
    assert_eq!(store.messages(), [], "nothing of such a request is taken");
}

#[test]
fn fault_48_paths_and_verbs_cannot_be_bent() {
    let (store, server) = open(Limits::default());
    let token = format!("authorization: Bearer {KR}\ncontent-type: {JSON}");
    for path in ["/", "/api/v1/events/", "/api/v1/../v1/events", "//api/v1/events", "/api/v1/events/..%2fevents", "/API/v1/events"] {
        let answer = server.ask(&format!("POST {path}\n{token}"), ONE.as_bytes());
        assert_eq!((answer.status, answer.fields["content-type"].as_str()), (404, "application/problem+json"), "{path}");
    }
    for verb in ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let answer = server.ask(&format!("{verb} /api/v1/events\n{token}\nx-http-method-override: POST"), ONE.as_bytes());
        assert_eq!((answer.status, answer.fields["allow"].as_str()), (405, "POST"), "{verb}");
    }
    assert_eq!(store.messages(), []);
    assert_eq!(server.ask(&format!("POST /api/v1/events?_method=GET\n{token}"), ONE.as_bytes()).status, 202);
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/cloudevents+avro", "json"] {
        assert_eq!(server.post(KR, content_type, ONE.as_bytes()).status, 415, "{content_type}");
    }
    for encoding in ["br", "gzip, gzip", "deflate"] {
        assert_eq!(
            server.ask(&format!("POST /api/v1/events\n{token}\ncontent-encoding: {encoding}"), ONE.as_bytes()).status,
            415,
            "{encoding}"
        );
    }
}

#[test]
fn fault_50_a_body_has_an_end() {
    let limits = Limits { body_bytes_max: 4_096, unpacked_bytes_max: 8_192, messages_max: 3, ..Limits::default() };
    let (store, server) = open(limits);
    let head = format!("POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KR}\r\ncontent-type: {JSON}\r\n");
    let mut client = server.connect();
    client.send(format!("{head}content-length: 99999999999\r\n\r\n").as_bytes());
    assert_eq!(client.answer().status, 413, "before a byte of it is read");
    let mut client = server.connect();
    client.send(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes());
    for _ in 0..64 {
        client.try_send(format!("400\r\n{}\r\n", " ".repeat(0x400)).as_bytes());
    }
    assert!(client.ended().starts_with("HTTP/1.1 413"), "a body without a length ends where the limit is");

    let packed = format!("POST /api/v1/events\nauthorization: Bearer {KR}\ncontent-type: {LINES}\ncontent-encoding: gzip");
    let bomb = gzip(&vec![b' '; 2 << 20]);
    assert!(bomb.len() < limits.body_bytes_max);
    assert_eq!(server.ask(&packed, &bomb).status, 413, "a bomb is not unpacked to its end");
    assert_eq!(server.ask(&packed, &bomb[..bomb.len() / 2]).status, 413);
    assert_eq!(server.ask(&packed, &gzip(ONE.as_bytes())[..40]).status, 400);
    assert_eq!(server.ask(&packed, b"no gzip").status, 400);

    let four = [with_id("1"), with_id("2"), with_id("3"), with_id("4")].join("\n");
    assert_eq!(server.post(KR, LINES, four.as_bytes()).status, 413);
    let batch = format!("[{}]", [cloud_event("1"), cloud_event("2"), cloud_event("3"), cloud_event("4")].join(","));
    assert_eq!(server.post(KR, "application/cloudevents-batch+json", batch.as_bytes()).status, 400);
    let deep = format!("{}{}", "[".repeat(2_000), "]".repeat(2_000));
    let answer = server.post(KR, JSON, format!(r#"{{"x":{deep}}}"#).as_bytes());
    assert_eq!((answer.status, &answer.json()["errors"][0]["reason"]), (422, &"too_deep".into()));
    assert_eq!(store.messages(), []);
}

#[test]
fn fault_50_a_head_has_an_end_and_must_come_in_time() {
    let limits = Limits { head_timeout: Duration::from_millis(300), head_bytes_max: 8_192, ..Limits::default() };
    let (_store, server) = open(limits);
    let mut idle = server.connect();
    let mut slow = server.connect();
    slow.send(b"POST /api/v1/events HTTP/1.1\r\nhost: x\r\nx-slow: ");
    assert_eq!(slow.ended(), "", "a head that does not end is not waited for");
    assert_eq!(idle.ended(), "", "nor one that does not begin");

    let mut kept = server.connect();
    kept.send(&request(&format!("POST /api/v1/events\nauthorization: Bearer {KR}\ncontent-type: {JSON}"), ONE.as_bytes()));
    assert_eq!(kept.answer().status, 202);
    assert_eq!(kept.ended(), "", "a connection that is kept alive ends when it idles");

    let mut huge = server.connect();
    huge.try_send(format!("POST /api/v1/events HTTP/1.1\r\nhost: x\r\nx-huge: {}\r\n\r\n", "x".repeat(64 << 10)).as_bytes());
    assert!(huge.ended().starts_with("HTTP/1.1 431"));
    let mut many = server.connect();
    let fields: String = (0..200).map(|number| format!("x-{number}: 1\r\n")).collect();
    many.try_send(format!("POST /api/v1/events HTTP/1.1\r\nhost: x\r\n{fields}\r\n").as_bytes());
    assert!(many.ended().starts_with("HTTP/1.1 431"));
    let mut second_version = server.connect();
    second_version.try_send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    assert!(!second_version.ended().contains(" 2"), "HTTP/2 is not spoken");
    assert_eq!(server.post(KR, JSON, ONE.as_bytes()).status, 202, "the others are served all the same");
}

#[test]
fn fault_50_a_body_must_come_in_time() {
    let limits = Limits { body_timeout: Duration::from_millis(200), requests_max: 1, ..Limits::default() };
    let (store, server) = open(limits);
    let mut slow = server.connect();
    slow.send(
        format!(
            "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KR}\r\ncontent-type: {JSON}\r\ncontent-length: 500\r\n\r\n{{"
        )
        .as_bytes(),
    );
    assert_eq!(slow.answer().status, 408);
    assert_eq!(server.post(KR, JSON, ONE.as_bytes()).status, 202, "its room is free again");
    let mut broken = server.connect();
    broken.send(format!("POST /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KR}\r\ncontent-type: {JSON}\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n").as_bytes());
    assert!(broken.ended().starts_with("HTTP/1.1 400"));
    assert_eq!(store.messages().len(), 1);
}

#[test]
fn too_many_requests_at_once_are_told_when_to_come_back() {
    let store = Store::new(Mode::Waiting);
    let limits = Limits { requests_max: 3, requests_of_token_max: 2, retry_after: Duration::from_secs(2), ..Limits::default() };
    let server = Server::start(&store, limits);
    let of_us = ONE.replace("kr-customs", "us-cbp");
    let mut waiting: Vec<_> = [(KR, ONE), (KR, ONE), (US, of_us.as_str())]
        .into_iter()
        .zip(1..)
        .map(|((token, body), begun)| {
            let mut client = server.connect();
            client.send(&request(&format!("POST /api/v1/events\nauthorization: Bearer {token}\ncontent-type: {JSON}"), body.as_bytes()));
            store.await_appends(begun);
            if begun == 2 {
                let answer = server.post(KR, JSON, ONE.as_bytes());
                assert_eq!((answer.status, answer.fields["retry-after"].as_str()), (429, "2"), "one token cannot take all the room");
            }
            client
        })
        .collect();
    assert_eq!(server.post(US, JSON, of_us.as_bytes()).status, 429, "there is no room left");
    for client in &mut waiting {
        store.release();
        assert_eq!(client.answer().status, 202);
    }
    assert_eq!(store.messages().len(), 3);
}

#[test]
fn a_connection_beyond_the_limit_waits_for_one_to_end() {
    let (_store, server) = open(Limits { connections_max: 1, ..Limits::default() });
    let asked = request(&format!("POST /api/v1/events\nauthorization: Bearer {KR}\ncontent-type: {JSON}"), ONE.as_bytes());
    let mut first = server.connect();
    first.send(&asked);
    assert_eq!(first.answer().status, 202);
    let mut second = server.connect();
    second.send(&asked);
    first.send(&asked);
    assert_eq!(first.answer().status, 202);
    assert!(second.is_silent(), "the first is still open");
    drop(first);
    assert_eq!(second.answer().status, 202);
}

#[test]
fn a_stop_lets_the_requests_in_hand_end() {
    let store = Store::new(Mode::Waiting);
    let mut server = Server::start(&store, Limits::default());
    let mut client = server.connect();
    let idle = server.connect();
    client.send(&request(&format!("POST /api/v1/events\nauthorization: Bearer {KR}\ncontent-type: {JSON}"), ONE.as_bytes()));
    store.await_appends(1);
    server.stop();
    store.release();
    assert_eq!(client.answer().status, 202);
    server.join();
    drop(idle);
    assert!(std::net::TcpStream::connect(server.address).is_err(), "nobody listens any more");
}

#[test]
fn a_file_of_tokens_says_what_is_wrong_and_never_what_is_secret() {
    let secret = "a-secret-of-some-length";
    let table: &[(&str, &str)] = &[
        ("[[token]]\nname = \"x\"\ntoken = \"short\"\nsources = [\"s\"]", "token 1: token has fewer than 16 characters"),
        ("[[token]]\nname = \"x\"\nsha256 = \"ab\"\nsources = [\"s\"]", "token 1: sha256 is not 64 hexadecimal digits"),
        ("[[token]]\nname = \"x\"\nsources = [\"s\"]", "token 1: has neither sha256 nor token"),
        (
            "[[token]]\nname = \"x\"\ntoken = \"SECRET\"\nsources = []",
            "token 1: sources is empty: a token speaks for the feeds it names, and for no other",
        ),
        ("[[token]]\nname = \"x\"\ntoken = \"SECRET\"\nsources = [\"\"]", "token 1: sources holds a text that is no name"),
        ("[[token]]\nname = \"x\"\ntoken = \"SECRET\"", "tokens, line 1: missing field `sources`"),
        (
            "[[token]]\nname = \"x\"\ntokens = \"SECRET\"\nsources = [\"s\"]",
            "tokens, line 3: unknown field `tokens`, expected one of `name`, `sha256`, `token`, `sources`",
        ),
        ("[[token]]\nname = \"x\"\ntoken = SECRET", "tokens, line 3: "),
        ("[[token]]\nname = \"x\"\ntoken = [\"SECRET\"]\nsources = [\"s\"]", "tokens, line 3: invalid type: sequence, expected a string"),
        ("[[token]]\nname = \"x\"\ntoken = \"y\"\nsources = \"SECRET\"", "tokens, line 4: invalid type: string"),
        (
            "[[token]]\nname=\"x\"\ntoken=\"SECRET\"\nsources=[\"s\"]\n[[token]]\nname=\"y\"\ntoken=\"SECRET\"\nsources=[\"t\"]",
            "token 2: is there twice: give it all its sources in one place",
        ),
    ];
    for (text, want) in table {
        let found = Tokens::parse(&text.replace("SECRET", secret)).unwrap_err().to_string();
        assert!(found.starts_with(want), "{text}: {found}");
        assert!(!found.contains(secret), "{found}");
    }
    let shown = format!("{:?}", Tokens::parse(bench::TOKENS).unwrap());
    assert!(shown.contains("kr-customs") && !shown.contains("0123456789") && !shown.contains("sha256"), "{shown}");
    let file = tempfile::tempdir().unwrap();
    assert!(matches!(Tokens::read(&file.path().join("none")), Err(BadTokens::Unreadable { .. })));
}
