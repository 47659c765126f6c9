//! CloudEvents 1.0 and the Confluent frame, as senders write them: each content mode gives the same event, what the specification
//! forbids is refused by name, and what is kept reads the same again. The cases follow the specification's own conformance suite.
#![expect(clippy::unwrap_used, reason = "a sample that cannot be made must fail the test")]

use proptest::prelude::*;
use vocab::{
    event::Event,
    record::{Admitted, CaseId, ContentHash, Flags, RecordId, Refusal},
    time::Tick,
};
use wire::{
    admitted::{admitted_from_protobuf, admitted_to_protobuf},
    event::{event_from_json, event_to_protobuf},
    inbound::{Envelope, Schemas, batch, decode, sender},
};

const DATA: &str = r#"{"regime":"dprk","op":"assert","count":3,"measures":["2397/9"],"inspectionPerformed":{"deficiencies":2}}"#;
/// The same event without an envelope.
const PLAIN: &str = r#"{"schemaVersion":1,"id":"e-1","source":"kr-customs","sourceRecordId":"e-1","caseId":"wise-honest","type":"inspection.performed",
    "regime":"dprk","op":"assert","occurred":{"at":"2018-04-05T17:31:00Z"},"count":3,"measures":["2397/9"],"inspectionPerformed":{"deficiencies":2}}"#;
const ATTRIBUTES: [(&str, &str); 6] = [
    ("specversion", "1.0"),
    ("id", "e-1"),
    ("source", "kr-customs"),
    ("type", "slipwatch.inspection.performed.v1"),
    ("time", "2018-04-05T18:31:00+01:00"),
    ("subject", "wise-honest"),
];

fn plain() -> Event {
    event_from_json(PLAIN.as_bytes()).unwrap()
}

/// The attributes with some put in, replaced, or (empty) left out.
fn attributes(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let kept = ATTRIBUTES.iter().filter(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    let put = changes.iter().filter(|(_, value)| !value.is_empty());
    kept.chain(put).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn structured(changes: &[(&str, &str)], data: &str) -> String {
    let members: Vec<String> = attributes(changes).iter().map(|(name, value)| format!("{name:?}:{value:?}")).collect();
    format!("{{{}{data}}}", members.join(","))
}

/// Reads a message with Kafka headers; what is kept of it must read the same from the log.
fn kafka(headers: &[(&str, &str)], bytes: &[u8], schemas: &Schemas) -> Result<Event, Refusal> {
    let envelope = Envelope::of_kafka(headers.iter().map(|(name, value)| (*name, value.as_bytes())))?;
    let inbound = decode(&envelope, bytes, schemas)?;
    let admitted = Admitted {
        id: RecordId([1; 16]),
        content: ContentHash([2; 16]),
        case: Some(CaseId([3; 16])),
        known: Tick(6_220_800_000),
        origin: 1,
        flags: Flags::default(),
        event: std::sync::Arc::new(inbound.event.clone()),
    };
    let mut stored = Vec::new();
    admitted_to_protobuf(&admitted, Some(inbound.original), &mut stored);
    assert_eq!(admitted_from_protobuf(&stored).as_ref(), Ok(&admitted), "the log reads what came in");
    Ok(inbound.event)
}

fn binary(changes: &[(&str, &str)], content_type: &str, data: &[u8]) -> Result<Event, Refusal> {
    let attributes: Vec<(String, String)> = attributes(changes).into_iter().map(|(name, value)| (format!("ce_{name}"), value)).collect();
    let mut headers: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    headers.push(("content-type", content_type));
    kafka(&headers, data, &Schemas::default())
}

/// `[0]` in short and long form, and what is no first message.
fn framed(schema: u32, indexes: &[u8], message: &[u8]) -> Vec<u8> {
    [&[0], &schema.to_be_bytes()[..], indexes, message].concat()
}

fn protobuf(event: &Event) -> Vec<u8> {
    let mut bytes = Vec::new();
    event_to_protobuf(event, &mut bytes);
    bytes
}

#[test]
fn every_content_mode_gives_the_same_event() {
    let (json, text) = (("content-type", "application/json"), structured(&[], &format!(r#","data":{DATA}"#)));
    let with_media_type = structured(&[("datacontenttype", "application/json; charset=utf-8")], &format!(r#","data":{DATA}"#));
    let in_base64 = structured(
        &[("datacontenttype", "application/json")],
        r#","data_base64":"eyJyZWdpbWUiOiJkcHJrIiwib3AiOiJhc3NlcnQiLCJjb3VudCI6MywibWVhc3VyZXMiOlsiMjM5Ny85Il0sImluc3BlY3Rpb25QZXJmb3JtZWQiOnsiZGVmaWNpZW5jaWVzIjoyfX0=""#,
    );
    let structured_type = [("content-type", "application/cloudevents+json; charset=UTF-8")];
    let none = Schemas::default();
    let cases: Vec<(&str, Result<Event, Refusal>)> = vec![
        ("binary, JSON", binary(&[], "application/json", DATA.as_bytes())),
        ("binary, JSON of a vendor", binary(&[], "application/vnd.x+json; charset=utf-8", DATA.as_bytes())),
        ("binary, unknown content type, first byte {", binary(&[], "application/octet-stream", DATA.as_bytes())),
        ("binary, protobuf", binary(&[], "application/protobuf", &protobuf(&plain()))),
        ("binary, extensions for what the data leave out", {
            let data = br#"{"count":3,"measures":["2397/9"],"inspectionPerformed":{"deficiencies":2}}"#;
            binary(&[("regime", "dprk"), ("op", "assert"), ("traceid", "x")], "application/json", data)
        }),
        ("structured", kafka(&structured_type, text.as_bytes(), &none)),
        ("structured, type of data", kafka(&structured_type, with_media_type.as_bytes(), &none)),
        ("structured, base64", kafka(&structured_type, in_base64.as_bytes(), &none)),
        ("structured, called JSON", kafka(&[json], text.as_bytes(), &none)),
        ("structured, called nothing", kafka(&[], text.as_bytes(), &none)),
        ("bare JSON", kafka(&[], PLAIN.as_bytes(), &none)),
        ("bare JSON, called JSON", kafka(&[json], PLAIN.as_bytes(), &none)),
        ("bare protobuf", kafka(&[], &protobuf(&plain()), &none)),
        ("bare protobuf, called so", kafka(&[("Content-Type", "application/x-protobuf")], &protobuf(&plain()), &none)),
    ];
    for (name, found) in cases {
        assert_eq!(found.as_ref(), Ok(&plain()), "{name}");
    }
}

#[test]
fn attributes_of_http_are_percent_encoded_and_may_be_quoted() {
    let fields: Vec<(&str, &[u8])> = vec![
        ("Host", b"x"),
        ("CE-specversion", b"1.0"),
        ("ce-id", b"\"e-1\""),
        ("ce-source", b"kr%2Dcustoms"),
        ("ce-type", b"slipwatch.inspection.performed.v1"),
        ("ce-time", b"2018-04-05T17:31:00.000000000Z"),
        ("ce-subject", b"\"wise\\-honest\""),
        ("Content-Type", b"application/json"),
    ];
    let envelope = Envelope::of_http(fields.iter().copied()).unwrap();
    assert_eq!(decode(&envelope, DATA.as_bytes(), &Schemas::default()).unwrap().event, plain());
    for (value, want) in [
        (&b"%4"[..], "field ce_*: is not of the type expected"),
        (b"%zz", "field ce_*: is not of the type expected"),
        (b"%ff", "not UTF-8"),
    ] {
        let refusal = Envelope::of_http([("ce-id", value)]).unwrap_err();
        assert_eq!(refusal.to_string(), want);
    }
}

#[test]
fn an_event_of_attributes_alone_is_one() {
    let event = binary(
        &[("regime", "dprk"), ("op", "retract"), ("revision", "7"), ("recordid", "r-9"), ("reported", "2018-04-06T00:00:00Z")],
        "application/json",
        b"",
    );
    let want = r#"{"schemaVersion":1,"id":"e-1","source":"kr-customs","sourceRecordId":"r-9","revision":7,"caseId":"wise-honest","type":"inspection.performed",
        "regime":"dprk","op":"retract","occurred":{"at":"2018-04-05T17:31:00Z"},"reported":"2018-04-06T00:00:00Z"}"#;
    assert_eq!(event, event_from_json(want.as_bytes()));
}

#[test]
fn what_cannot_be_read_is_still_its_senders() {
    let bare = Envelope::bare();
    let named = |envelope: &Envelope<'_>, bytes: &[u8]| {
        let schemas = Schemas::default().with_protobuf(7);
        sender(envelope, bytes, &schemas).map(|source| source.as_str().to_owned())
    };
    let harbour = Some("harbour".to_owned());
    let mut protobuf = Vec::new();
    event_to_protobuf(&plain(), &mut protobuf);
    let framed: Vec<u8> = [0, 0, 0, 0, 7, 0].into_iter().chain(protobuf.iter().copied()).collect();
    protobuf.truncate(protobuf.len() - 1);
    // Plain, a CloudEvent in one text, beside the bytes; the last two however broken the rest is.
    assert_eq!(named(&bare, br#"{"op":"?","source":"harbour","nested":{"source":"other"}}"#), harbour);
    assert_eq!(named(&Envelope::of_type("application/cloudevents+json"), br#"{"specversion":"0","source":"harbour"}"#), harbour);
    let beside = Envelope::of_kafka([("ce_source", &b"harbour"[..])]).unwrap();
    assert_eq!(named(&beside, br#"{"source":"other""#), harbour);
    assert_eq!(named(&bare, &framed), Some("kr-customs".to_owned()));
    assert_eq!(named(&bare, &protobuf), Some("kr-customs".to_owned()), "a message that is cut off behind its name");
    // What names none, or two, or what is no name.
    for unnamed in [&b"no event"[..], b"", br#"{"source":7}"#, br#"{"source":"a","source":"b"}"#, br#"{"source":"a"#, br#"{"source":""}"#] {
        assert_eq!(named(&bare, unnamed), None, "{}", String::from_utf8_lossy(unnamed));
    }
    let twice: Vec<u8> = framed[6..].iter().chain(&framed[6..]).copied().collect();
    assert_eq!(named(&bare, &twice), None);
}

#[test]
fn a_day_of_the_data_stands_whatever_the_time_attribute() {
    let data = r#"{"regime":"dprk","op":"assert","occurred":{"day":"2018-04-06"}}"#;
    let event = binary(&[], "application/json", data.as_bytes()).unwrap();
    assert_eq!(
        (event.occurred.day.to_string(), event.occurred.at),
        ("2018-04-06".to_owned(), None),
        "the authority's day is not converted"
    );
}

const FORBIDDEN: &[(&str, &str)] = &[
    (r#"{"id":"x","type":"slipwatch.a.v1","source":"s"}"#, "field ce_specversion is missing"),
    (r#"{"specversion":"1.0","type":"slipwatch.a.v1","source":"s"}"#, "field ce_id is missing"),
    (r#"{"specversion":"1.0","id":"x","source":"s"}"#, "field ce_type is missing"),
    (r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1"}"#, "field ce_source is missing"),
    (r#"{"specversion":"1.0","id":"","type":"slipwatch.a.v1","source":"s"}"#, "field ce_id: is empty"),
    (r#"{"specversion":"1.0","id":"x","type":"","source":"s"}"#, "field ce_type: is empty"),
    (r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":""}"#, "field ce_source: is empty"),
    (r#"{"specversion":"","id":"x","type":"slipwatch.a.v1","source":"s"}"#, "field ce_specversion: is empty"),
    (r#"{"specversion":"0.9","id":"x","type":"slipwatch.a.v1","source":"s"}"#, "field ce_specversion: is not one of the known words"),
    (r#"{"specversion":"1.0","id":25,"type":"slipwatch.a.v1","source":"s"}"#, "field ce_id: is not of the type expected"),
    (r#"{"specversion":"1.0","id":{"a":1},"type":"slipwatch.a.v1","source":"s"}"#, "field ce_id: is not of the type expected"),
    (r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","subject":""}"#, "field ce_subject: is empty"),
    (r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","dataschema":""}"#, "field ce_dataschema: is empty"),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","datacontenttype":""}"#,
        "field ce_datacontenttype: is not of the type expected",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","datacontenttype":"xyz"}"#,
        "field ce_datacontenttype: is not of the type expected",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","MyExtension":"bad"}"#,
        "field ce_MyExtension: is not one of the known words",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","my.extension":"bad"}"#,
        "field ce_my.extension: is not one of the known words",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","extension":1.5}"#,
        "field ce_extension: is not of the type expected",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","extension":99999999999}"#,
        "field ce_extension: is not of the type expected",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","data":{},"data_base64":"e30="}"#,
        "field data: contradicts what the message says elsewhere",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","data_base64":"="}"#,
        "field data_base64: is not of the type expected",
    ),
    (r#"{"specversion":"1.0","id":"x","id":"y","type":"slipwatch.a.v1","source":"s"}"#, "not valid JSON: id is there twice"),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","datacontenttype":"text/plain","data":"hello"}"#,
        "not valid JSON: data of type text/plain are no event",
    ),
    (
        r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","datacontenttype":"application/protobuf","data":{}}"#,
        "not valid protobuf: protobuf stands in data_base64",
    ),
    (r#"{"specversion":"1.0","id":"x","type":"slipwatch.a.v1","source":"s","data":"text"}"#, "not valid JSON: "),
    (r#"[]"#, "not valid JSON: "),
];

#[test]
fn what_the_specification_forbids_is_refused_by_name() {
    for (text, want) in FORBIDDEN {
        let found =
            kafka(&[("content-type", "application/cloudevents+json")], text.as_bytes(), &Schemas::default()).unwrap_err().to_string();
        assert!(found.starts_with(want), "{text}: {found}");
    }
    for time in [
        "lunchtime",
        "2018-04-05T18:31Z",
        "2018-04-05T18:31:00X",
        "2018-04-05T18:31:00+25:00",
        "2018-04-05T18:31:00+xx:00",
        "2018-04-05T18:31:00+05",
    ] {
        let refusal = binary(&[("time", time)], "application/json", DATA.as_bytes()).unwrap_err();
        assert_eq!(refusal.to_string(), "field ce_time: is not a date or time of the form expected", "{time}");
    }
}

#[test]
fn an_attribute_that_contradicts_the_data_is_refused() {
    let table: &[(&str, &str, &str)] = &[
        ("source", "other", r#""source":"kr-customs""#),
        ("subject", "other", r#""caseId":"wise-honest""#),
        ("id", "other", r#""id":"e-1""#),
        ("regime", "other", r#""regime":"dprk""#),
        ("revision", "2", r#""revision":3"#),
        ("op", "retract", r#""op":"assert""#),
        ("type", "slipwatch.seizure.recorded.v1", r#""type":"inspection.performed""#),
        ("time", "2018-04-05T17:31:01Z", r#""occurred":{"at":"2018-04-05T17:31:00Z"}"#),
        ("reported", "2018-04-05T17:31:01Z", r#""reported":"2018-04-05T17:31:00Z""#),
    ];
    for (name, value, data) in table {
        let refusal = binary(&[(name, value)], "application/json", format!("{{{data}}}").as_bytes()).unwrap_err();
        assert_eq!(refusal.to_string(), format!("field ce_{name}: contradicts what the message says elsewhere"));
    }
}

#[test]
fn a_type_says_kind_and_version() {
    let table: &[(&str, &str)] = &[
        ("com.example.someevent", "field ce_type: is not one of the known words"),
        ("slipwatch.v1", "field ce_type: is not one of the known words"),
        ("slipwatch..v1", "field ce_type: is not one of the known words"),
        ("slipwatch.inspection.performed", "field ce_type: is not one of the known words"),
        ("slipwatch.inspection.performed.v01", "field ce_type: is not one of the known words"),
        ("slipwatch.inspection.performed.v+1", "field ce_type: is not one of the known words"),
        ("slipwatch.inspection.performed.v2", "schema version 2 is newer than 1"),
        ("slipwatch.pack.activated.v1", "field pack_activated is missing"),
    ];
    for (name, want) in table {
        let refusal = binary(&[("type", name)], "application/json", br#"{"regime":"r","op":"assert"}"#).unwrap_err();
        assert_eq!(refusal.to_string(), *want, "{name}");
    }
    let later = binary(&[("type", "slipwatch.vessel.detained.v1")], "application/json", br#"{"regime":"r","op":"assert"}"#).unwrap();
    assert_eq!(later.body.type_name(), "vessel.detained", "a kind of a later version is kept");
}

#[test]
fn frames_of_declared_schemas_are_read_and_others_refused() {
    let message = protobuf(&plain());
    let schemas = Schemas::default().with_protobuf(7).with_json(258);
    let read = |bytes: &[u8]| kafka(&[], bytes, &schemas);
    assert_eq!(framed(258, &[], b"")[..5], [0, 0, 0, 1, 2], "magic 0, then the id, its high byte first");
    for (name, bytes) in [
        ("[0] in short", framed(7, &[0], &message)),
        ("[0] in long", framed(7, &[2, 0], &message)),
        ("JSON", framed(258, &[], PLAIN.as_bytes())),
    ] {
        assert_eq!(read(&bytes).as_ref(), Ok(&plain()), "{name}");
        let as_protobuf = kafka(&[("content-type", "application/protobuf")], &bytes, &schemas);
        assert_eq!(as_protobuf.as_ref(), Ok(&plain()), "{name}: whatever the content type, a bare protobuf cannot begin with 0");
    }
    for (bytes, want) in [
        (framed(8, &[0], &message), "its schema 8 is not declared"),
        (framed(7, &[2, 2], &message), "its message is not the first of its file, Event"),
        (framed(7, &[4, 0, 0], &message), "its message is not the first of its file, Event"),
        (framed(7, &[1], &message), "its message is not the first of its file, Event"),
        (framed(7, &[0x80], &[]), "its message indexes are cut off"),
        (framed(7, &[], &[]), "its message indexes are cut off"),
        (vec![0, 0, 0, 0], "its head is cut off"),
    ] {
        assert_eq!(read(&bytes).unwrap_err().to_string(), format!("not valid protobuf: a Confluent frame: {want}"));
    }
    assert!(kafka(&[], &framed(7, &[0], &message), &Schemas::default()).is_err(), "no schema is known at first");
}

#[test]
fn a_batch_is_taken_apart_and_bounded() {
    let one = structured(&[], &format!(r#","data":{DATA}"#));
    let text = format!("[{one}, {one}]");
    let members = batch(text.as_bytes(), 2).unwrap();
    for member in &members {
        assert_eq!(kafka(&[("content-type", "application/cloudevents+json")], member, &Schemas::default()).as_ref(), Ok(&plain()));
    }
    assert_eq!((members.len(), batch(b"[]", 2).unwrap().len()), (2, 0));
    assert!(batch(text.as_bytes(), 1).unwrap_err().to_string().contains("more than 1 members"));
    assert!(batch(b"{}", 2).is_err() && batch(one.as_bytes(), 2).is_err() && batch(b"[1", 2).is_err());
    let refusal = kafka(&[("content-type", "application/cloudevents-batch+json")], text.as_bytes(), &Schemas::default()).unwrap_err();
    assert!(refusal.to_string().contains("a batch of CloudEvents is not one message"), "{refusal}");
}

#[test]
fn headers_cannot_grow_without_bound() {
    let long = "x".repeat(1 << 20);
    let refusal = binary(&[("subject", &long)], "application/json", DATA.as_bytes()).unwrap_err();
    assert_eq!(refusal.code(), "too_large");
    let names: Vec<String> = (0..80).map(|number| format!("e{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    assert_eq!(binary(&many, "application/json", DATA.as_bytes()).unwrap_err().to_string(), "field ce_*: is too long");
    let text = structured(&many, "");
    let refusal = kafka(&[("content-type", "application/cloudevents+json")], text.as_bytes(), &Schemas::default()).unwrap_err();
    assert!(refusal.to_string().contains("more than 64 attributes"), "{refusal}");
    let deep = structured(&[], &format!(r#","data":{}{}"#, "[".repeat(70), "]".repeat(70)));
    assert_eq!(
        kafka(&[("content-type", "application/cloudevents+json")], deep.as_bytes(), &Schemas::default()).unwrap_err().code(),
        "too_deep"
    );
}

#[test]
fn a_header_that_stands_twice_is_refused() {
    let twice = [("content-type", "application/json"), ("Content-Type", "application/json")];
    assert!(kafka(&twice, PLAIN.as_bytes(), &Schemas::default()).is_err());
    let refusal = binary(&[("id", "a"), ("id", "b")], "application/json", DATA.as_bytes()).unwrap_err();
    assert_eq!(refusal.to_string(), "field ce_id: contradicts what the message says elsewhere");
}

proptest! {
    #[test]
    fn odd_bytes_and_headers_never_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        headers in proptest::collection::vec(("ce_(id|type|source|specversion|time|x)|content-type", "[ -~é]{0,30}"), 0..6),
        frame in any::<bool>(),
    ) {
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let bytes = if frame { framed(7, &[], &bytes) } else { bytes };
        if let Ok(envelope) = Envelope::of_kafka(headers) {
            drop(decode(&envelope, &bytes, &Schemas::default().with_protobuf(7)));
        }
    }
}
