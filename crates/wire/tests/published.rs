//! What goes out as CloudEvents: a golden pair of every kind (headers of binary mode, the text of structured mode), and all of it
//! read back, by our own reader and as plain JSON.
//!
//! `SLIPWATCH_WRITE_GOLDEN=1` writes pairs that are missing; files that exist are never touched.
#![expect(clippy::unwrap_used, reason = "a sample that cannot be made must fail the test")]

#[path = "contract/samples.rs"]
#[expect(dead_code, reason = "the golden pairs of messages need more of it")]
mod samples;

use std::{borrow::Cow, collections::BTreeSet, env, fs, path::PathBuf, sync::Arc};
use vocab::{
    alert::Decision,
    mark::Mark,
    name::{JurisdictionCode, RegimeId},
    time::Tick,
};
use wire::outbound::{Published, published};

const MARK: Mark = Mark { generation: 1, stage: 3, first: 0, until: 3, known: Tick(6_220_799_999), count: 3 };

fn decision(decision: Decision) -> Published {
    Published::Decision(Arc::new(decision))
}

/// One of every type.
fn all() -> Vec<Published> {
    let mut all = vec![Published::Mark(MARK), Published::Assessment(Arc::new(samples::assessment()))];
    all.extend(samples::changes().into_iter().map(|change| decision(Decision::Transition(samples::transition(change)))));
    all.extend(samples::outcomes().into_iter().skip(5).map(|outcome| decision(Decision::Answer(samples::answer(outcome)))));
    all.push(decision(Decision::Digest(samples::digest())));
    all.push(decision(Decision::Seal(samples::seal())));
    all
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/golden/cloudevents")
}

fn committed(name: &str, written: &str) -> String {
    let path = folder().join(name);
    if !path.exists() && env::var_os("SLIPWATCH_WRITE_GOLDEN").is_some() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&path, written).unwrap();
    }
    fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("golden file {name}: {error}; SLIPWATCH_WRITE_GOLDEN=1 writes it, then commit it"))
}

#[test]
fn everything_published_has_a_golden_pair_and_is_read_back() {
    let mut names = BTreeSet::new();
    for told in all() {
        let attributes = told.attributes(4);
        let headers: String = attributes.iter().map(|(name, value)| format!("ce_{name}: {value}\n")).collect();
        let mut text = Vec::new();
        told.to_json(4, &mut text);
        text.push(b'\n');
        let name = told.type_name().into_owned();
        assert!(names.insert(format!("{name}.headers")) && names.insert(format!("{name}.json")), "{name} twice");
        assert_eq!(headers, committed(&format!("{name}.headers"), &headers), "{name}: written otherwise than committed");
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text, committed(&format!("{name}.json"), &text), "{name}: written otherwise than committed");

        let mut bytes = Vec::new();
        told.to_protobuf(&mut bytes);
        assert_eq!(published(&attributes, &bytes), Ok((told.clone(), 4)), "{name}");
        let json: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).unwrap();
        assert!(json["data"].is_object() && json["datacontenttype"] == "application/json", "{name}");
        for (attribute, value) in &attributes {
            assert_eq!(json[&**attribute], **value, "{name}: both modes say the same");
            assert!(attribute.bytes().all(|byte| byte.is_ascii_lowercase()), "{name}: {attribute}");
        }
    }
    for entry in fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(names.contains(&name), "{name} belongs to no test");
    }
}

#[test]
fn ids_tell_apart_whatever_shares_a_source() {
    let all = all();
    let one_of_each_kind: BTreeSet<String> = all.iter().map(Published::id).collect();
    // The sample's transitions share an id, and so do the two answers to one act.
    assert_eq!(one_of_each_kind.len(), 6, "{one_of_each_kind:?}");
    assert_eq!(Published::Mark(Mark { known: Tick(MARK.known.0 + 1), ..MARK }).id(), "1/3/0-3/6220800000");
}

#[test]
fn a_source_is_a_reference_whatever_the_name_of_the_regime() {
    let mut assessment = samples::assessment();
    assessment.regime = RegimeId::parse("한국/a b%").unwrap();
    assessment.jurisdiction = JurisdictionCode::parse("서울").unwrap();
    let told = Published::Assessment(Arc::new(assessment));
    let attributes = told.attributes(0);
    assert_eq!(attributes[2].1, "slipwatch/%ED%95%9C%EA%B5%AD%2Fa%20b%25");
    let mut bytes = Vec::new();
    told.to_protobuf(&mut bytes);
    assert_eq!(published(&attributes, &bytes), Ok((told, 0)));
}

#[test]
fn what_is_not_ours_or_does_not_fit_is_refused_by_name() {
    let told = Published::Assessment(Arc::new(samples::assessment()));
    let mut bytes = Vec::new();
    told.to_protobuf(&mut bytes);
    for (name, value, want) in [
        ("type", "com.example.x", "field ce_type: is not one of the known words"),
        ("type", "slipwatch.mark.v2", "field ce_type: is not one of the known words"),
        ("time", "2019-01-01T00:00:00Z", "field ce_time: contradicts what the message says elsewhere"),
        ("time", "today", "field ce_time: is not a date or time of the form expected"),
        ("origin", "-1", "field ce_origin: is not a number"),
    ] {
        let mut attributes = told.attributes(0);
        attributes.iter_mut().filter(|(found, _)| found == name).for_each(|(_, found)| *found = Cow::Borrowed(value));
        assert_eq!(published(&attributes, &bytes).unwrap_err().to_string(), want);
    }
    assert_eq!(published(&[], &bytes).unwrap_err().to_string(), "field ce_type is missing");
    let fired = decision(Decision::Transition(samples::transition(samples::changes().remove(0))));
    bytes.clear();
    fired.to_protobuf(&mut bytes);
    let mut attributes = fired.attributes(0);
    attributes[3].1 = Cow::Borrowed("slipwatch.alert.recalled.v1");
    assert_eq!(published(&attributes, &bytes).unwrap_err().to_string(), "field ce_type: contradicts what the message says elsewhere");
    assert_eq!(published(&attributes, &bytes[..9]).unwrap_err().code(), "undecodable");
}
