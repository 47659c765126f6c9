//! Messages of the log as messages of a broker, and back.
//!
//! Internal topics carry one protobuf message, `slipwatch.v1.Entry`, and no headers. Assessments and alerts are binary
//! CloudEvents, so that plain readers read them; refusals are the original bytes, so that dead-letter tools do. Must never
//! enter: the shape of a message (wire), a decision, a position kept here.

use crate::{
    admission::compiled_pack,
    key,
    message::{ACTIONS, ASSESSMENTS, DECISIONS, EVENTS, Message, REFUSED, Raw},
    space::Space,
};
use journal::{
    Entry, Mark, Origins, Topic,
    kafka::{Codec, Incoming, MessageBuffer, TopicName},
};
use std::{borrow::Cow, sync::Arc};
use vocab::{record::Refused, time::Tick};
use wire::{
    entry::{Content, entry_from_protobuf, entry_to_protobuf},
    outbound::{self, Published},
};

/// The header of a message that was refused and is sent again: `TOPIC/PARTITION/POSITION` of its refusal.
pub const REDRIVEN: &str = "slipwatch-redriven";
/// The header of a refusal whose message had so many headers that they were left out: how many.
pub const LEFT_OUT: &str = "slipwatch-headers-left-out";
/// Headers beside a refusal, bytes: with a message of a mebibyte they must fit into a topic.
const BESIDE_BYTES_MAX: usize = 1 << 20;

/// The codec of all topics of an installation.
#[derive(Clone, Debug)]
pub struct Bytes {
    topics: Vec<TopicName>,
}

impl Bytes {
    /// The codec of a space's topics.
    #[must_use]
    pub fn of(space: &Space) -> Self {
        Self { topics: space.table() }
    }
}

impl Codec for Bytes {
    type Record = Message;

    fn topics(&self) -> &[TopicName] {
        &self.topics
    }

    fn encode(&self, topic: Topic, entry: &Entry<Message>, message: &mut MessageBuffer) {
        if let Entry::Record { record, .. } = entry {
            key::of(record, &mut message.key);
        }
        match (topic, entry) {
            (ASSESSMENTS | DECISIONS, entry) => publish(entry, message),
            (_, Entry::Record { record: Message::Refused(tick, refused, beside), .. }) => turn_away((*tick, refused), beside, message),
            (_, Entry::Record { record: Message::Raw(raw), .. }) => pass_on(raw, message),
            (_, Entry::Record { record: Message::Kept(_, bytes), .. }) => message.value.extend_from_slice(bytes),
            (_, entry) => {
                if let Some(content) = content(entry) {
                    entry_to_protobuf(&content, &mut message.value);
                }
            }
        }
    }

    fn decode(&self, topic: Topic, message: &Incoming<'_>) -> Result<Entry<Message>, String> {
        match topic {
            EVENTS => Ok(raw(message.partition + 1, message)),
            ACTIONS => Ok(raw(0, message)),
            ASSESSMENTS | DECISIONS => published(message),
            // No stage reads refusals: whoever does gets them as they stand there, bytes and headers.
            REFUSED => Ok(raw(0, message)),
            _ => {
                let bytes = message.value.ok_or("a message without a value is no entry")?;
                entry_from_protobuf(bytes, &compiled_pack).map(entry_of).map_err(|refusal| refusal.to_string())
            }
        }
    }
}

/// A message nobody has read yet.
fn raw(origin: u32, message: &Incoming<'_>) -> Entry<Message> {
    let header = |(name, value): (&str, Option<&[u8]>)| Some((name.to_owned(), value?.to_vec()));
    let raw = Raw { bytes: message.value.unwrap_or_default().to_vec(), headers: message.headers().filter_map(header).collect() };
    Entry::Record { origin, record: Message::Raw(Arc::new(raw)) }
}

/// A message on its way to an input, as a feed would send it.
fn pass_on(raw: &Raw, message: &mut MessageBuffer) {
    message.value.extend_from_slice(&raw.bytes);
    message.headers.extend(raw.headers.iter().map(|(name, value)| (Cow::Owned(name.clone()), value.clone())));
}

/// Whether a header of a message is of the sender's own, and not what we or dead-letter tools put beside a refusal.
#[must_use]
pub fn is_senders_own(header: &str) -> bool {
    header == REDRIVEN || !(header.starts_with("slipwatch-") || header.starts_with("__connect."))
}

/// The original bytes and headers, with what dead-letter tools look for beside them.
fn turn_away((tick, refused): (Tick, &Refused), beside: &[(String, Vec<u8>)], message: &mut MessageBuffer) {
    let (topic, partition) = refused.position.input.as_str().rsplit_once('/').unwrap_or((refused.position.input.as_str(), ""));
    message.value.extend_from_slice(&refused.bytes);
    let hash = refused.sha256.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    let headers = [
        ("slipwatch-code", refused.reason.code().to_owned()),
        ("slipwatch-known", tick.start().to_string()),
        ("slipwatch-length", refused.length.to_string()),
        ("slipwatch-reason", refused.reason.to_string()),
        ("slipwatch-sha256", hash),
        ("__connect.errors.topic", topic.to_owned()),
        ("__connect.errors.partition", partition.to_owned()),
        ("__connect.errors.offset", refused.position.at.to_string()),
        ("__connect.errors.stage", "intake".to_owned()),
        ("__connect.errors.exception.message", refused.reason.to_string()),
    ];
    message.headers.extend(headers.map(|(name, value)| (Cow::Borrowed(name), value.into_bytes())));
    let own = beside.iter().filter(|(name, _)| is_senders_own(name));
    let (count, bytes) = own.clone().fold((0, 0), |(count, bytes), (name, value)| (count + 1, bytes + name.len() + value.len()));
    if bytes > BESIDE_BYTES_MAX {
        message.headers.push((Cow::Borrowed(LEFT_OUT), usize::to_string(&count).into_bytes()));
    } else {
        message.headers.extend(own.map(|(name, value)| (Cow::Owned(name.clone()), value.clone())));
    }
}

/// Writes what plain readers may read; anything else has no business there and is written as nothing, which no reader takes.
fn publish(entry: &Entry<Message>, message: &mut MessageBuffer) {
    let (origin, told) = match entry {
        Entry::Mark(mark) => (mark.origins.range().start, Published::Mark(word_of(mark))),
        Entry::Record { origin, record: Message::Assessment(assessment) } => (*origin, Published::Assessment(Arc::clone(assessment))),
        Entry::Record { origin, record: Message::Decision(_, decision) } => (*origin, Published::Decision(Arc::clone(decision))),
        Entry::Record { .. } => return,
    };
    told.to_protobuf(&mut message.value);
    message.headers.push((Cow::Borrowed("content-type"), outbound::PROTOBUF.as_bytes().to_vec()));
    for (name, value) in told.attributes(origin) {
        message.headers.extend(header_of(&name).map(|header| (Cow::Borrowed(header), value.into_owned().into_bytes())));
    }
}

/// Attributes as the Kafka binding of CloudEvents names them.
fn header_of(attribute: &str) -> Option<&'static str> {
    Some(match attribute {
        "specversion" => "ce_specversion",
        "id" => "ce_id",
        "source" => "ce_source",
        "type" => "ce_type",
        "time" => "ce_time",
        "subject" => "ce_subject",
        outbound::ORIGIN => "ce_origin",
        _ => return None,
    })
}

fn published(message: &Incoming<'_>) -> Result<Entry<Message>, String> {
    let bytes = message.value.ok_or("a message without a value is no CloudEvent of ours")?;
    let (told, origin) = outbound::published_in(message.headers(), bytes).map_err(|refusal| refusal.to_string())?;
    let tick = told.tick();
    Ok(match told {
        Published::Mark(mark) => Entry::Mark(mark_of(&mark)),
        Published::Assessment(assessment) => Entry::Record { origin, record: Message::Assessment(assessment) },
        Published::Decision(decision) => Entry::Record { origin, record: Message::Decision(tick, decision) },
    })
}

/// A mark of the log as a word.
#[must_use]
pub fn word_of(mark: &Mark) -> vocab::mark::Mark {
    let origins = mark.origins.range();
    vocab::mark::Mark {
        generation: mark.generation,
        stage: mark.stage,
        first: origins.start,
        until: origins.end,
        known: vocab::time::Tick(mark.tick),
        count: mark.count,
    }
}

/// And back.
#[must_use]
pub fn mark_of(mark: &vocab::mark::Mark) -> Mark {
    let vocab::mark::Mark { generation, stage, first, until, known, count } = *mark;
    Mark { generation, stage, origins: Origins::of(first, until), tick: known.0, count }
}

/// An entry as wire tells it; none for what never stands in an internal topic.
fn content(entry: &Entry<Message>) -> Option<wire::entry::Entry> {
    let (origin, content) = match entry {
        Entry::Mark(mark) => (0, Content::Mark(word_of(mark))),
        Entry::Record { origin, record } => {
            let content = match record {
                Message::Admitted(admitted) | Message::Kept(admitted, _) => Content::Admitted(Arc::clone(admitted)),
                Message::Tallies(told) => Content::Tallies(Arc::clone(told)),
                Message::Note(note) => Content::Note(Arc::clone(note)),
                Message::Fact(fact) => Content::Fact(Arc::clone(fact)),
                Message::Assessment(assessment) => Content::Assessment(Arc::clone(assessment)),
                Message::Decision(tick, decision) => Content::Decision(*tick, Arc::clone(decision)),
                Message::Late(late) => Content::Late(Arc::clone(late)),
                Message::Version(version) => Content::Version(Arc::clone(version)),
                Message::Ledger(tick, line) => Content::Ledger(*tick, Arc::clone(line)),
                Message::Unlisted(tick, unlisted) => Content::Unlisted(*tick, Arc::clone(unlisted)),
                Message::Refused(tick, refused, _) => Content::Refused(*tick, Arc::clone(refused)),
                Message::Raw(_) | Message::Statistic(..) => return None,
            };
            (*origin, content)
        }
    };
    Some(wire::entry::Entry { origin, content })
}

fn entry_of(entry: wire::entry::Entry) -> Entry<Message> {
    let record = match entry.content {
        Content::Mark(mark) => return Entry::Mark(mark_of(&mark)),
        Content::Admitted(admitted) => Message::Admitted(admitted),
        Content::Tallies(told) => Message::Tallies(told),
        Content::Note(note) => Message::Note(note),
        Content::Fact(fact) => Message::Fact(fact),
        Content::Version(version) => Message::Version(version),
        Content::Ledger(tick, line) => Message::Ledger(tick, line),
        Content::Unlisted(tick, unlisted) => Message::Unlisted(tick, unlisted),
        Content::Late(late) => Message::Late(late),
        Content::Refused(tick, refused) => Message::Refused(tick, refused, Arc::default()),
        Content::Assessment(assessment) => Message::Assessment(assessment),
        Content::Decision(tick, decision) => Message::Decision(tick, decision),
    };
    Entry::Record { origin: entry.origin, record }
}
