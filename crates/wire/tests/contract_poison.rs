//! Poison: what is no event becomes a refusal with its reason, never a panic; and what is an event comes back unchanged.
#![expect(clippy::unwrap_used, reason = "a sample that cannot be made must fail the test")]

#[path = "contract/events.rs"]
#[expect(dead_code, reason = "the comparison with the oracle needs more of it")]
mod events;
#[path = "contract/samples.rs"]
#[expect(dead_code, reason = "the golden pairs need more of it")]
mod samples;

use proptest::prelude::*;
use vocab::{event::Body, record::Refusal, time::Day};
use wire::{admitted, assessment, decision, event, late, refused};

/// An event in JSON with some fields put in or replaced.
fn json_with(fields: &str) -> String {
    let base = r#"{"type":"inspection.performed","regime":"r","source":"s","sourceRecordId":"1","op":"OPERATION_ASSERT","occurred":{"day":"2019-03-04"}}"#;
    let mut base: serde_json::Map<String, serde_json::Value> = serde_json::from_str(base).unwrap();
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(fields).unwrap();
    base.extend(fields);
    serde_json::to_string(&base).unwrap()
}

fn verdict(bytes: &[u8]) -> String {
    match event::event_from_bytes(bytes) {
        Ok(_) => "read".to_owned(),
        Err(refusal) => format!("{}: {refusal}", refusal.code()),
    }
}

fn check(table: &[(&str, &str)]) {
    for (fields, want) in table {
        let found = verdict(json_with(fields).as_bytes());
        assert!(found.starts_with(want), "{fields}: {found}, not {want}");
    }
}

#[test]
fn a_number_that_cannot_be_is_refused_by_name() {
    check(&[
        (r#"{}"#, "read"),
        (r#"{"count":"-1"}"#, "bad_field: field count: is negative"),
        (r#"{"count":-1}"#, "bad_field: field count: is negative"),
        (r#"{"count":0}"#, "bad_field: field count: is zero"),
        (r#"{"count":-0.0}"#, "bad_field: field count: is negative"),
        (r#"{"count":1e308}"#, "bad_field: field count: is too large"),
        (r#"{"count":"NaN"}"#, "bad_field: field count: is not a finite number"),
        (r#"{"count":"Infinity"}"#, "bad_field: field count: is not a finite number"),
        (r#"{"count":"many"}"#, "bad_field: field count: is not a number"),
        (r#"{"count":1.5}"#, "bad_field: field count: is not of the type expected"),
        (r#"{"count":4294967296}"#, "bad_field: field count: is too large"),
        (r#"{"count":true}"#, "bad_field: field count: is not of the type expected"),
        (r#"{"count":[1]}"#, "bad_field: field count: is not of the type expected"),
        (r#"{"count":{}}"#, "bad_field: field count: is not of the type expected"),
        (r#"{"count":12.0}"#, "read"),
        (r#"{"count":null}"#, "read"),
        (r#"{"revision":-1}"#, "bad_field: field revision: is negative"),
        (r#"{"revision":4294967296}"#, "bad_field: field revision: is too large"),
    ]);
}

#[test]
fn a_time_that_cannot_be_is_refused_by_name() {
    check(&[
        (r#"{"occurred":{"day":"9999-12-31"}}"#, "bad_field: field occurred.day: lies outside 1970-01-01 to 2199-12-31"),
        (r#"{"occurred":{"day":"1969-12-31"}}"#, "bad_field: field occurred.day: lies outside 1970-01-01 to 2199-12-31"),
        (r#"{"occurred":{"day":"2019-02-30"}}"#, "bad_field: field occurred.day: is not a date or time of the form expected"),
        (r#"{"occurred":{"day":"20190304"}}"#, "bad_field: field occurred.day: is not a date or time of the form expected"),
        (r#"{"occurred":{}}"#, "missing_field: field occurred.day is missing"),
        (r#"{"occurred":null}"#, "missing_field: field occurred is missing"),
        (r#"{"occurred":{"day":"2019-03-04","lastDay":"2019-03-03"}}"#, "bad_field: field occurred.last_day: ends before it begins"),
        (r#"{"occurred":{"at":"2016-12-31T23:59:60Z"}}"#, "read"),
        (r#"{"occurred":{"at":"2019-03-04T00:00:00+09:00"}}"#, "read"),
        (r#"{"occurred":{"at":"2019-03-04"}}"#, "bad_field: field at: is not a date or time of the form expected"),
        (r#"{"occurred":{"at":"9999-12-31T00:00:00Z"}}"#, "bad_field: field at: lies outside 1970-01-01 to 2199-12-31"),
        (r#"{"occurred":{"precision":"instant","day":"2019-03-04"}}"#, "missing_field: field occurred.at is missing"),
        (
            r#"{"occurred":{"precision":"day","day":"2019-03-04","at":"2019-03-04T00:00:00Z"}}"#,
            "bad_field: field occurred.at: is not of the type expected",
        ),
        (r#"{"occurred":{"precision":"month","day":"2020-02-17"}}"#, "read"),
        (
            r#"{"occurred":{"precision":"fortnight","day":"2020-02-17"}}"#,
            "bad_field: field occurred.precision: is not one of the known words",
        ),
        (r#"{"reported":"2019-02-30T00:00:00Z"}"#, "bad_field: field reported: is not a date or time of the form expected"),
    ]);
}

#[test]
fn a_word_or_body_that_cannot_be_is_refused_by_name() {
    check(&[
        (r#"{"op":"OPERATION_UNSPECIFIED"}"#, "missing_field: field op is missing"),
        (r#"{"op":"delete"}"#, "bad_field: field op: is not one of the known words"),
        (r#"{"op":9}"#, "bad_field: field op: is not one of the known words"),
        (r#"{"regime":" "}"#, "missing_field: field regime is missing"),
        (r#"{"regime":"a\u0000b"}"#, "bad_field: field regime: contains control characters"),
        (r#"{"measures":"2397/9"}"#, "undecodable: not valid JSON: invalid type: string \"2397/9\", expected a list of measures"),
        (r#"{"measures":[["2397/9"]]}"#, "bad_field: field measures: is not of the type expected"),
        (r#"{"measures":[""]}"#, "bad_field: field measures: is empty"),
        (r#"{"schemaVersion":2,"count":{"all":true}}"#, "newer_version: schema version 2 is newer than 1"),
        (r#"{"schema_version":2}"#, "newer_version: schema version 2 is newer than 1"),
        (r#"{"type":"vessel.detained"}"#, "read"),
        (r#"{"type":"pack.activated"}"#, "missing_field: field pack_activated is missing"),
        (r#"{"type":"seizure.recorded","inspectionPerformed":{}}"#, "bad_field: field type: is not of the type expected"),
        (r#"{"type":null}"#, "missing_field: field type is missing"),
        (r#"{"inspectionPerformed":{"deficiencies":65536}}"#, "bad_field: field deficiencies: is too large"),
        (r#"{"inspectionPerformed":{"quantity":{"thousandths":"-5","unit":"tonne"}}}"#, "bad_field: field quantity: is negative"),
        (r#"{"inspectionPerformed":{"quantity":{"thousandths":5}}}"#, "missing_field: field quantity.unit is missing"),
        (r#"{"inspectionPerformed":{"trigger":"a word of a later version"}}"#, "read"),
        (r#"{"inspectionPerformed":{"depth":42}}"#, "read"),
        (r#"{"inspectionPerformed":{"ship":"not a number"}}"#, "read"),
        (r#"{"credibility":7}"#, "bad_field: field credibility: is too large"),
        (r#"{"location":{"position":{"latitudeE7":900000001}}}"#, "bad_field: field location.position.latitude_e7: is too large"),
        (r#"{"somethingNew":[1,{"a":null}]}"#, "read"),
    ]);
}

#[test]
fn bytes_that_are_no_message_say_what_they_are() {
    let deep = format!(r#"{{"x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let large = vec![b'{'; 10 << 20];
    let table: [(&[u8], &str); 14] = [
        (b"", "undecodable: not valid protobuf: the message is empty"),
        (b"\0\0\0\0\x01\0", "undecodable: not valid protobuf: first byte 0: a Confluent frame"),
        (b"{\"regime\":\"\xff\"}", "not_utf8"),
        (b"{", "undecodable: not valid JSON: EOF while parsing"),
        (b"{\"regime\":\"r\"} x", "undecodable: not valid JSON: trailing characters"),
        (b"{\"regime\":\"r\",\"regime\":\"q\"}", "undecodable: not valid JSON: regime is there twice"),
        (b"{\"source_record_id\":\"r\",\"sourceRecordId\":\"q\"}", "undecodable: not valid JSON: source_record_id is there twice"),
        (b"{\"inspectionPerformed\":{},\"feedStatus\":{}}", "undecodable: not valid JSON: feed_status is there twice, or beside another"),
        (b"{\"count\":1e999}", "undecodable: not valid JSON: number out of range"),
        (b"{\"count\":NaN}", "undecodable: not valid JSON"),
        (deep.as_bytes(), "too_deep: nested deeper than 64 levels"),
        (&large, "too_large: 10485760 bytes, more than the 1048576 that are read"),
        (b"\x1a\x02\xff\xff", "not_utf8"),
        (b"\x1a\x7fshort", "undecodable: not valid protobuf"),
    ];
    for (bytes, want) in table {
        let found = verdict(bytes);
        assert!(found.starts_with(want), "{:?}: {found}, not {want}", String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
    }
}

#[test]
fn protobuf_cut_anywhere_is_refused_or_read_but_never_a_panic() {
    let mut bytes = Vec::new();
    event::event_to_protobuf(&samples::event(samples::inspection()), &mut bytes);
    let refusals = (0..bytes.len()).filter(|end| event::event_from_protobuf(&bytes[..*end]).is_err()).count();
    assert!(refusals > bytes.len() * 9 / 10, "{refusals} of {} cuts refused", bytes.len());
    let mut newer = vec![0x08, 0x02];
    newer.extend_from_slice(&bytes[2..]);
    assert_eq!(event::event_from_protobuf(&newer), Err(Refusal::NewerVersion { found: 2, newest: 1 }));
    assert_eq!(event::event_from_protobuf(&newer[..20]), Err(Refusal::NewerVersion { found: 2, newest: 1 }));
}

#[test]
fn a_negative_or_absurd_number_in_protobuf_is_refused() {
    let mut bytes = Vec::new();
    event::event_to_protobuf(&samples::event(samples::inspection()), &mut bytes);
    let with = |extra: &[u8]| verdict(&[&bytes[..], extra].concat());
    assert_eq!(with(&[]), "read");
    assert_eq!(with(&[0x50, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]), "bad_field: field count: is negative");
    assert_eq!(with(&[0x50, 0]), "bad_field: field count: is zero");
    assert_eq!(with(&[0x50, 0x80, 0x80, 0x80, 0x80, 0x10]), "bad_field: field count: is too large");
    // reported.seconds = 2^62
    let absurd = with(&[0x4a, 10, 0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40]);
    assert_eq!(absurd, "bad_field: field reported: lies outside 1970-01-01 to 2199-12-31");
    let negative_nanos = with(&[0x4a, 11, 0x10, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
    assert_eq!(negative_nanos, "bad_field: field reported: is not a date or time of the form expected");
}

#[test]
fn a_number_that_is_none_is_refused_in_outputs_too() {
    let mut line = Vec::new();
    assessment::assessment_to_json(&samples::assessment(), &mut line);
    let line = String::from_utf8(line).unwrap();
    let poisoned = line.replace("\"completeness\":1.0", "\"completeness\":\"NaN\"");
    assert_ne!(line, poisoned);
    let refusal = assessment::assessment_from_json(&poisoned).unwrap_err();
    assert_eq!(refusal.to_string(), "field completeness: is not a finite number");
    let mut value = samples::assessment();
    value.series[0].completeness = Some(f64::INFINITY);
    let mut bytes = Vec::new();
    assessment::assessment_to_protobuf(&value, &mut bytes);
    assert_eq!(assessment::assessment_from_protobuf(&bytes).unwrap_err().to_string(), "field completeness: is not a finite number");
}

#[test]
fn a_refusal_keeps_all_bytes_or_the_first_kibibyte() {
    let position = || vocab::record::Position { input: samples::label("x"), at: 1 };
    let small = refused::refused(Refusal::NotUtf8, position(), b"abc", Day(0));
    assert_eq!((&*small.bytes, small.length), (&b"abc"[..], 3));
    let sha256: String = small.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let kept = |length: usize| refused::refused(Refusal::NotUtf8, position(), &vec![7; length], Day(0));
    assert_eq!((kept(1 << 20).bytes.len(), kept(1 << 20).length), (1 << 20, 1 << 20));
    assert_eq!((kept((1 << 20) + 1).bytes.len(), kept((1 << 20) + 1).length), (1 << 10, (1 << 20) + 1));
}

/// All readers, on the same bytes.
fn read_as_everything(bytes: &[u8]) {
    drop(event::event_from_bytes(bytes));
    drop(event::event_from_protobuf(bytes));
    drop(event::event_from_json(bytes));
    drop(admitted::admitted_from_protobuf(bytes));
    drop(admitted::original_of(bytes));
    drop(assessment::assessment_from_protobuf(bytes));
    drop(decision::decision_from_protobuf(bytes));
    drop(decision::transition_from_protobuf(bytes));
    drop(refused::refused_from_protobuf(bytes));
    drop(late::late_from_protobuf(bytes));
    let text = String::from_utf8_lossy(bytes);
    drop(admitted::admitted_from_json(&text));
    drop(assessment::assessment_from_json(&text));
    drop(decision::decision_from_json(&text));
    drop(refused::refused_from_json(&text));
    drop(late::late_from_json(&text));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        read_as_everything(&bytes);
    }

    #[test]
    fn a_damaged_event_never_panics(event in events::event(), place in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        for write in [event::event_to_protobuf, event::event_to_json] {
            let mut bytes = Vec::new();
            write(&event, &mut bytes);
            let place = place.index(bytes.len());
            bytes[place] = byte;
            read_as_everything(&bytes);
            bytes.truncate(cut.index(bytes.len()));
            read_as_everything(&bytes);
        }
    }

    #[test]
    fn an_event_comes_back_from_both_encodings(event in events::event()) {
        let (mut bytes, mut text) = (Vec::new(), Vec::new());
        event::event_to_protobuf(&event, &mut bytes);
        prop_assert_eq!(event::event_from_protobuf(&bytes), Ok(event.clone()));
        event::event_to_json(&event, &mut text);
        prop_assert_eq!(event::event_from_json(&text), Ok(event.clone()), "{}", String::from_utf8_lossy(&text));
        prop_assert!(!text.contains(&b'\n'));
        serde_json::from_slice::<serde_json::Value>(&text).unwrap();
        let is_text_of_words = !matches!(event.body, Body::Unrecognised(_));
        prop_assert_eq!(text.windows(6).any(|part| part == b"\"type\""), !is_text_of_words);

        let admitted = samples::admitted(event);
        let mut stored = Vec::new();
        admitted::admitted_to_protobuf(&admitted, None, &mut stored);
        prop_assert_eq!(admitted::admitted_from_protobuf(&stored), Ok(admitted));
    }
}
