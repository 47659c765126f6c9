//! The keys of messages, and the partitions they go to: written once, for every way a message may be sent.
//!
//! Keys are UTF-8 as the conventions name them, and a partition is the one that any Kafka producer with the Java clients' hash chooses
//! for its key. What goes to every partition (marks, broadcasts) or speaks of several keys at once is sent by its own rule. Must never
//! enter: another hash, a key that depends on where or when something is sent.

use crate::message::Message;
use journal::{Topic, partition_for};
use service_kit::Outputs;
use vocab::{
    alert::Decision,
    event::Event,
    name::{JurisdictionCode, RegimeId},
    tally::Fact,
};

/// Appends the key of a record of a source, `source/record`: of events and acts, and of what was admitted.
pub fn of_event(event: &Event, key: &mut Vec<u8>) {
    pair(event.source.as_str(), event.source_record_id.as_str(), key);
}

/// Appends the key of a jurisdiction, `regime/jurisdiction`: of its tallies.
pub fn of_jurisdiction(regime: &RegimeId, jurisdiction: &JurisdictionCode, key: &mut Vec<u8>) {
    pair(regime.as_str(), jurisdiction.as_str(), key);
}

fn pair(first: &str, second: &str, key: &mut Vec<u8>) {
    key.extend_from_slice(first.as_bytes());
    key.push(b'/');
    key.extend_from_slice(second.as_bytes());
}

/// Appends the key of a message. Nothing where it has none: tallies are told together, for all jurisdictions of a partition; an answer
/// names no regime; who sent what was turned away may be unknown.
pub fn of(message: &Message, key: &mut Vec<u8>) {
    match message {
        Message::Admitted(admitted) | Message::Kept(admitted, _) => of_event(&admitted.event, key),
        Message::Note(note) => match &note.jurisdiction {
            Some(jurisdiction) => of_jurisdiction(&note.regime, jurisdiction, key),
            None => key.extend_from_slice(note.regime.as_str().as_bytes()),
        },
        Message::Fact(fact) => key.extend_from_slice(match &**fact {
            Fact::Told(note) => note.regime.as_str().as_bytes(),
            Fact::Withdrawn(withdrawal) => withdrawal.regime.as_str().as_bytes(),
        }),
        Message::Version(version) => key.extend_from_slice(version.case.to_string().as_bytes()),
        Message::Late(late) => pair(late.source.as_str(), late.source_record_id.as_str(), key),
        Message::Ledger(_, line) => key.extend_from_slice(line.source.as_str().as_bytes()),
        Message::Unlisted(_, unlisted) => key.extend_from_slice(unlisted.regime.as_str().as_bytes()),
        Message::Assessment(assessment) => key.extend_from_slice(assessment.regime.as_str().as_bytes()),
        Message::Decision(_, decision) => key.extend_from_slice(match &**decision {
            Decision::Transition(transition) => transition.series.regime.as_str().as_bytes(),
            Decision::Digest(digest) => digest.regime.as_str().as_bytes(),
            Decision::Seal(seal) => seal.regime.as_str().as_bytes(),
            Decision::Answer(_) => b"",
        }),
        Message::Refused(_, refused, _) => {
            key.extend_from_slice(refused.source.as_ref().map(|source| source.as_str().as_bytes()).unwrap_or_default());
        }
        Message::Tallies(_) | Message::Raw(_) | Message::Statistic(..) => {}
    }
}

/// The partition, of so many, of a message by its key; one without a key goes to `otherwise`.
#[must_use]
pub fn partition(message: &Message, partitions: u32, otherwise: u32) -> u32 {
    if partitions <= 1 {
        return 0;
    }
    let mut key = Vec::new();
    of(message, &mut key);
    if key.is_empty() { otherwise % partitions } else { partition_for(&key, partitions) }
}

/// Sends a message to the partition of its key.
pub fn send(out: &mut Outputs<Message>, topic: Topic, message: Message) {
    let partition = partition(&message, out.partitions(topic), 0);
    out.send_to(topic, partition, message);
}
