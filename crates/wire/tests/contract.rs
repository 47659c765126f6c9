//! The contract: a golden pair of every message and body (as written, as read today), the same bytes and text as an
//! independent implementation, and what happens to fields, values and types of a later version.
//!
//! `SLIPWATCH_WRITE_GOLDEN=1` writes pairs that are missing; files that exist are never touched.
#![expect(clippy::unwrap_used, reason = "a sample that cannot be made must fail the test")]

#[path = "contract/entries.rs"]
mod entries;
#[path = "contract/events.rs"]
mod events;
#[path = "contract/long.rs"]
mod long;
#[path = "contract/oracle.rs"]
mod oracle;
#[path = "contract/samples.rs"]
mod samples;

use proptest::prelude::*;
use std::{collections::BTreeSet, env, fmt::Debug, fs, path::PathBuf, sync::Arc};
use vocab::{
    alert::{Change, Decision, Transition},
    assessment::Assessment,
    event::{Body, Event, InspectionDepth},
    record::Refusal,
};
use wire::{admitted, assessment, decision, event, late, refused};

/// The shape of `google.protobuf.Timestamp` for the oracle.
mod timestamp {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use vocab::time::Instant;

    #[derive(Clone, Copy, PartialEq, Eq, Hash, prost::Message)]
    pub(crate) struct Timestamp {
        #[prost(int64, tag = "1")]
        pub(crate) seconds: i64,
        #[prost(int32, tag = "2")]
        pub(crate) nanos: i32,
    }

    impl Serialize for Timestamp {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(&Instant(self.seconds * 1_000 + i64::from(self.nanos) / 1_000_000))
        }
    }

    impl<'de> Deserialize<'de> for Timestamp {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let instant = Instant::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)?;
            Ok(Self { seconds: instant.0.div_euclid(1_000), nanos: i32::try_from(instant.0.rem_euclid(1_000)).unwrap() * 1_000_000 })
        }
    }
}

/// The four doors of a message.
struct Doors<T> {
    message: &'static str,
    to_protobuf: fn(&T, &mut Vec<u8>),
    from_protobuf: fn(&[u8]) -> Result<T, Refusal>,
    to_json: fn(&T, &mut Vec<u8>),
    from_json: fn(&str) -> Result<T, Refusal>,
}

const EVENT: Doors<Event> = Doors {
    message: "event",
    to_protobuf: event::event_to_protobuf,
    from_protobuf: event::event_from_protobuf,
    to_json: event::event_to_json,
    from_json: |text| event::event_from_json(text.as_bytes()),
};

fn golden(name: &str, ending: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/golden/v1").join(format!("{name}.{ending}"))
}

/// The file as committed; written now only when it is missing and that was asked for.
fn committed(name: &str, ending: &str, written: &[u8]) -> Vec<u8> {
    let path = golden(name, ending);
    if !path.exists() && env::var_os("SLIPWATCH_WRITE_GOLDEN").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, written).unwrap();
    }
    fs::read(&path)
        .unwrap_or_else(|error| panic!("golden file {name}.{ending}: {error}; SLIPWATCH_WRITE_GOLDEN=1 writes it, then commit it"))
}

fn written<T>(write: fn(&T, &mut Vec<u8>), value: &T) -> Vec<u8> {
    let mut out = Vec::new();
    write(value, &mut out);
    out
}

/// A golden pair: today's writer makes it, today's reader reads both halves as the same value, and the oracle agrees.
fn check<T: PartialEq + Debug>(doors: &Doors<T>, name: &str, value: &T) {
    let bytes = written(doors.to_protobuf, value);
    let mut line = written(doors.to_json, value);
    oracle::agrees(doors.message, name, &bytes, std::str::from_utf8(&line).unwrap());
    line.push(b'\n');
    let (golden_bytes, golden_line) = (committed(name, "bin", &bytes), committed(name, "json", &line));
    assert_eq!(bytes, golden_bytes, "{name}: written otherwise than committed");
    assert_eq!(
        String::from_utf8(line).unwrap(),
        String::from_utf8(golden_line.clone()).unwrap(),
        "{name}: written otherwise than committed"
    );
    assert_eq!((doors.from_protobuf)(&golden_bytes).as_ref(), Ok(value), "{name}: read otherwise from protobuf");
    assert_eq!((doors.from_json)(std::str::from_utf8(&golden_line).unwrap()).as_ref(), Ok(value), "{name}: read otherwise from JSON");
}

#[test]
fn every_event_body_has_a_golden_pair() {
    for body in samples::bodies() {
        let name = format!("event.{}", body.type_name().replace('.', "_"));
        check(&EVENT, &name, &samples::event(body));
    }
}

#[test]
fn an_event_of_few_fields_is_as_small_as_it_can_be() {
    let bare = event::event_from_json(
        br#"{"type":"inspection.performed","regime":"r","source":"s","source_record_id":"1","op":"assert","occurred":{"day":"2019-03-04"}}"#,
    );
    check(&EVENT, "event.bare", &bare.unwrap());
}

/// A pair written by an earlier version: never written again, read by its rules.
fn check_old<T: PartialEq + Debug>(doors: &Doors<T>, name: &str, value: &T) {
    let (bytes, line) = (fs::read(golden(name, "bin")).unwrap(), fs::read_to_string(golden(name, "json")).unwrap());
    oracle::agrees(doors.message, name, &bytes, line.trim_end());
    assert_eq!((doors.from_protobuf)(&bytes).as_ref(), Ok(value), "{name}: read otherwise from protobuf");
    assert_eq!((doors.from_json)(&line).as_ref(), Ok(value), "{name}: read otherwise from JSON");
}

const ASSESSMENT: Doors<Assessment> = Doors {
    message: "assessment",
    to_protobuf: assessment::assessment_to_protobuf,
    from_protobuf: assessment::assessment_from_protobuf,
    to_json: assessment::assessment_to_json,
    from_json: assessment::assessment_from_json,
};

const TRANSITION: Doors<Transition> = Doors {
    message: "transition",
    to_protobuf: decision::transition_to_protobuf,
    from_protobuf: decision::transition_from_protobuf,
    to_json: decision::transition_to_json,
    from_json: decision::transition_from_json,
};

const DECISION: Doors<Decision> = Doors {
    message: "decision",
    to_protobuf: decision::decision_to_protobuf,
    from_protobuf: decision::decision_from_protobuf,
    to_json: decision::decision_to_json,
    from_json: decision::decision_from_json,
};

/// Changes that judgement 1 could tell.
const CHANGES_OF_JUDGEMENT_1: usize = 10;

#[test]
fn pairs_of_judgement_1_are_read_as_the_one_stream_they_knew() {
    check_old(&ASSESSMENT, "assessment", &samples::assessment_of_judgement_1());
    for change in samples::changes().into_iter().take(CHANGES_OF_JUDGEMENT_1) {
        let name = format!("transition.{}", change.as_str());
        check_old(&TRANSITION, &name, &samples::transition_of_judgement_1(change));
    }
    let moved = samples::transition_of_judgement_1(samples::changes().remove(0));
    check_old(&DECISION, "decision.transition", &Decision::Transition(moved));
}

#[test]
fn every_output_has_a_golden_pair() {
    check(&ASSESSMENT, "assessment.2", &samples::assessment());
    check(&ASSESSMENT, "assessment.long", &long::assessment());
    check(&ASSESSMENT, "assessment.power", &samples::assessment_with_all_of_power());
    check(&ASSESSMENT, "assessment.weighed", &samples::weighed());
    let doors = Doors {
        message: "digest",
        to_protobuf: decision::digest_to_protobuf,
        from_protobuf: decision::digest_from_protobuf,
        to_json: decision::digest_to_json,
        from_json: decision::digest_from_json,
    };
    check(&doors, "digest", &samples::digest());
    check(&doors, "digest.looks", &long::digest());
    check(&doors, "digest.overdue", &long::digest_of_duties());
    check(&doors, "digest.none_overdue", &long::digest_of_none());
    let doors = Doors {
        message: "seal",
        to_protobuf: decision::seal_to_protobuf,
        from_protobuf: decision::seal_from_protobuf,
        to_json: decision::seal_to_json,
        from_json: decision::seal_from_json,
    };
    check(&doors, "seal", &samples::seal());
    let doors = Doors {
        message: "late",
        to_protobuf: late::late_to_protobuf,
        from_protobuf: late::late_from_protobuf,
        to_json: late::late_to_json,
        from_json: late::late_from_json,
    };
    check(&doors, "late", &samples::late());
}

#[test]
fn every_change_has_a_sample_and_its_word_is_listed() {
    let samples: BTreeSet<&str> = samples::changes().iter().map(Change::as_str).collect();
    assert_eq!(samples, Change::WORDS.into_iter().collect());
}

#[test]
fn every_change_answer_and_decision_has_a_golden_pair() {
    for change in samples::changes() {
        check(&TRANSITION, &format!("transition.2.{}", change.as_str()), &samples::transition(change));
    }
    for (name, transition) in long::transitions() {
        check(&TRANSITION, &format!("transition.long.{name}"), &transition);
    }
    let doors = Doors {
        message: "answer",
        to_protobuf: decision::answer_to_protobuf,
        from_protobuf: decision::answer_from_protobuf,
        to_json: decision::answer_to_json,
        from_json: decision::answer_from_json,
    };
    let names = ["no_such_alert", "ended", "moved", "expired", "unlisted", "empty_window", "applied"];
    for (name, outcome) in names.into_iter().zip(samples::outcomes()) {
        check(&doors, &format!("answer.{name}"), &samples::answer(outcome));
    }
    for (name, decision) in samples::decisions() {
        check(&DECISION, name, &decision);
    }
}

#[test]
fn every_reason_for_refusal_has_a_golden_pair() {
    let doors = Doors {
        message: "refused",
        to_protobuf: refused::refused_to_protobuf,
        from_protobuf: refused::refused_from_protobuf,
        to_json: refused::refused_to_json,
        from_json: refused::refused_from_json,
    };
    for reason in samples::refusals() {
        check(&doors, &format!("refused.{}", reason.code()), &samples::refused(reason));
    }
}

#[test]
fn an_admitted_event_without_an_original_has_a_golden_pair() {
    let doors = Doors {
        message: "admitted",
        to_protobuf: |value, out| admitted::admitted_to_protobuf(value, None, out),
        from_protobuf: admitted::admitted_from_protobuf,
        to_json: |value, out| admitted::admitted_to_json(value, None, out),
        from_json: admitted::admitted_from_json,
    };
    check(&doors, "admitted.event", &samples::admitted(samples::event(samples::inspection())));
    let pack = samples::bodies().into_iter().find(|body| matches!(body, Body::PackActivated(_))).unwrap();
    check(&doors, "admitted.pack_activated", &samples::admitted(samples::event(pack)));
}

/// An event as a later version might write it: an unknown number of an enum, unknown fields of every wire type.
fn later_event() -> (Event, Vec<u8>) {
    let mut body = samples::inspection();
    if let Body::InspectionPerformed(inspection) = &mut body {
        inspection.depth = Some(InspectionDepth::Unrecognised(42));
    }
    let event = samples::event(body);
    let mut bytes = written(event::event_to_protobuf, &event);
    bytes.extend([0xd0, 0x05, 0x07]); // field 90: a varint
    bytes.extend([0xda, 0x05, 0x05, b'l', b'a', b't', b'e', b'r']); // field 91: a text
    bytes.extend([0xe1, 0x05, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]); // field 92: a double
    (event, bytes)
}

#[test]
fn what_a_later_version_adds_is_read_past_and_kept() {
    let (event, bytes) = later_event();
    let bytes = committed("event.of_a_later_version", "bin", &bytes);
    assert_eq!(event::event_from_protobuf(&bytes).as_ref(), Ok(&event));
    let mut line = written(event::event_to_json, &event);
    assert!(String::from_utf8_lossy(&line).contains(r#""depth":42"#), "an unknown value is written as its number");
    line.push(b'\n');
    let line = committed("event.of_a_later_version", "json", &line);
    assert_eq!(event::event_from_json(&line).as_ref(), Ok(&event));

    // In the log the bytes are those that came, so the unknown fields are there after the upgrade.
    let value = samples::admitted(event);
    for (name, encoding, came) in
        [("admitted.original", vocab::record::Encoding::Protobuf, &bytes), ("admitted.original_json", vocab::record::Encoding::Json, &line)]
    {
        let original = admitted::Original { encoding, bytes: came, attributes: &[] };
        let mut stored = Vec::new();
        admitted::admitted_to_protobuf(&value, Some(original), &mut stored);
        let mut line = Vec::new();
        admitted::admitted_to_json(&value, Some(original), &mut line);
        oracle::agrees("admitted", name, &stored, std::str::from_utf8(&line).unwrap());
        line.push(b'\n');
        let (stored, line) = (committed(name, "bin", &stored), committed(name, "json", &line));
        assert_eq!(admitted::admitted_from_protobuf(&stored).as_ref(), Ok(&value));
        assert_eq!(admitted::admitted_from_json(std::str::from_utf8(&line).unwrap()).as_ref(), Ok(&value));
        assert_eq!(admitted::original_of(&stored), Ok(Some((encoding, came.clone()))));
    }
}

#[test]
fn a_body_of_a_later_version_is_kept_with_its_bytes() {
    let event = samples::event(samples::inspection());
    let written_body =
        written(event::event_to_protobuf, &Event { body: Body::InspectionPerformed(vocab::event::Inspection::default()), ..event });
    // The same envelope with a body of number 155 instead of an empty one of number 100 (its last three bytes).
    let envelope = &written_body[..written_body.len() - 3];
    let bytes = [envelope, &[0xda, 0x09, 0x03, 1, 2, 3]].concat();
    let read = event::event_from_protobuf(&committed("event.later_body", "bin", &bytes)).unwrap();
    let Body::Unrecognised(body) = &read.body else { panic!("{:?}", read.body) };
    assert_eq!((body.type_name.as_str(), &*body.bytes), ("body 155", &[1_u8, 2, 3][..]));
    let mut line = written(event::event_to_json, &read);
    line.push(b'\n');
    assert_eq!(event::event_from_json(&committed("event.later_body", "json", &line)).as_ref(), Ok(&read));

    let json = r#"{"regime":"r","source":"s","sourceRecordId":"1","op":1,"occurred":{"day":"2019-03-04"},"vesselDetained":{"place":"KRPUS"},"x":{}}"#;
    let read = event::event_from_json(json.as_bytes()).unwrap();
    let Body::Unrecognised(body) = &read.body else { panic!("{:?}", read.body) };
    assert_eq!((body.type_name.as_str(), &*body.bytes), ("vesselDetained", &br#"{"place":"KRPUS"}"#[..]));
    assert_eq!(Arc::strong_count(&body.bytes), 1);
}

#[test]
fn a_golden_file_without_a_test_is_found() {
    let mut known: Vec<String> = samples::bodies().iter().map(|body| format!("event.{}", body.type_name().replace('.', "_"))).collect();
    known.extend(
        [
            "event.bare",
            "event.of_a_later_version",
            "event.later_body",
            "assessment",
            "assessment.2",
            "assessment.long",
            "assessment.power",
            "assessment.weighed",
            "digest",
            "digest.looks",
            "digest.none_overdue",
            "digest.overdue",
            "seal",
            "late",
        ]
        .map(String::from),
    );
    known.extend(["admitted.event", "admitted.pack_activated", "admitted.original", "admitted.original_json"].map(String::from));
    known.extend(samples::changes().iter().take(CHANGES_OF_JUDGEMENT_1).map(|change| format!("transition.{}", change.as_str())));
    known.extend(samples::changes().iter().map(|change| format!("transition.2.{}", change.as_str())));
    known.extend(long::transitions().iter().map(|(name, _)| format!("transition.long.{name}")));
    known.push("decision.transition".to_owned());
    known
        .extend(["no_such_alert", "ended", "moved", "expired", "unlisted", "empty_window", "applied"].map(|name| format!("answer.{name}")));
    known.extend(samples::decisions().iter().map(|(name, _)| (*name).to_owned()));
    known.extend(samples::refusals().iter().map(|reason| format!("refused.{}", reason.code())));
    known.extend(entries::names());
    for entry in fs::read_dir(golden("x", "bin").parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(known.contains(&name), "{} belongs to no test", path.display());
    }
}

proptest! {
    #[test]
    fn events_are_written_as_the_oracle_writes_them(event in events::event()) {
        let (bytes, line) = (written(event::event_to_protobuf, &event), written(event::event_to_json, &event));
        oracle::agrees_on_event(&bytes, std::str::from_utf8(&line).unwrap());
    }

    #[test]
    fn assessments_are_written_as_the_oracle_writes_them_and_come_back(value in events::assessment()) {
        let (bytes, line) = (written(assessment::assessment_to_protobuf, &value), written(assessment::assessment_to_json, &value));
        let line = std::str::from_utf8(&line).unwrap();
        oracle::agrees("assessment", "assessment", &bytes, line);
        prop_assert_eq!(assessment::assessment_from_protobuf(&bytes), Ok(value.clone()));
        prop_assert_eq!(assessment::assessment_from_json(line), Ok(value));
    }
}
