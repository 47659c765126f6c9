//! Calls of the client of a broker that wait: they stand in files without async code, so that no async worker ever makes one.
//!
//! A transaction call, a poll or an append that is waited for holds its thread up for seconds; on a worker of a runtime it would
//! hold up every probe and request with it. What must never enter: what a file does with what it names.

use crate::finding::{Finding, expect_lines, report};
use crate::source::Source;
use crate::tree::sources;

const APART: &str = "what waits for a broker is named in no file with async code";

/// What waits on the thread that calls it; `Appender::append` does not.
const WAITS: [&str; 4] = ["KafkaStore", "Reader", "Topics", "append_now"];

/// The crate of the client itself hands out both.
const CLIENT: &str = "journal";

fn mixed(source: &Source) -> Vec<Finding> {
    let shipped = source.shipped();
    if source.room == CLIENT || !shipped.iter().any(|token| token.is("async")) {
        return Vec::new();
    }
    let waits = shipped.iter().filter(|token| WAITS.iter().any(|word| token.is(word)));
    waits.map(|token| Finding::new(&source.path, token.line, APART, &token.text)).collect()
}

#[test]
fn no_async_code_waits_for_a_broker() {
    assert!(sources().iter().any(|source| source.shipped().iter().any(|token| token.is("KafkaStore"))), "the client has another name");
    report(sources().iter().flat_map(mixed).collect());
}

#[test]
fn rules_of_waiting_are_able_to_fail() {
    let text = "use journal::kafka::KafkaStore;\nasync fn probe() {}\nfn act() { door.append_now(topic); }\n";
    expect_lines(&mixed(&Source::new("services/a/src/lib.rs", text)), &[1, 3]);
    assert_eq!(mixed(&Source::new("services/a/src/lib.rs", &text.replace("async ", ""))), []);
    assert_eq!(mixed(&Source::new("crates/journal/src/kafka/a.rs", text)), []);
}
