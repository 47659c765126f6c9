//! Entries as bytes: what stands in a topic of a generation, a record with its origin or a mark, in one message.
//!
//! One message for all topics, so that whoever reads bytes needs no table of topics. Must never enter: a topic's name, a key, a
//! partition, an offset, a decision what is sent where.

use crate::{
    admitted::{self, Original},
    assessment, book, decision,
    event::protobuf_error,
    json, late, mark, note,
    note::Compile,
    pb,
    read::{Reading, part},
    refused,
    sink::{Json, Protobuf, Sink},
    table, tally,
};
use prost::Message as _;
use std::sync::Arc;
use vocab::{
    alert::Decision,
    assessment::Assessment,
    event::{Body, Event, PackActivation},
    mark::Mark,
    record::{Admitted, Late, Refusal, Refused, Version},
    tally::{Fact, LedgerLine, Note, Tallies},
    time::Tick,
    unlisted::Unlisted,
};

/// One entry of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Who sent it; 0 for a mark, which says itself for whom it speaks.
    pub origin: u32,
    /// What it is.
    pub content: Content,
}

/// What an entry is. A tick stands beside what does not say when it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A promise of completeness.
    Mark(Mark),
    /// An admitted record.
    Admitted(Arc<Admitted>),
    /// Signed counts of one tick.
    Tallies(Arc<Tallies>),
    /// What an assessor is told.
    Note(Arc<Note>),
    /// What the sentinel is told.
    Fact(Arc<Fact>),
    /// A record joining or leaving a case.
    Version(Arc<Version>),
    /// A line of the ledger.
    Ledger(Tick, Arc<LedgerLine>),
    /// Something no pack lists.
    Unlisted(Tick, Arc<Unlisted>),
    /// A message older than the horizon.
    Late(Arc<Late>),
    /// A message that was turned away.
    Refused(Tick, Arc<Refused>),
    /// The assessment of a jurisdiction.
    Assessment(Arc<Assessment>),
    /// What the sentinel decided.
    Decision(Tick, Arc<Decision>),
}

/// Appends an entry as protobuf. An admitted record is written with its event in canonical form.
pub fn entry_to_protobuf(entry: &Entry, out: &mut Vec<u8>) {
    write(&mut Protobuf::new(out), entry);
}

/// Appends the entry of an admitted record with the message as it came, so that fields of a later version survive.
pub fn original_entry_to_protobuf(admitted: &Admitted, original: Original<'_>, out: &mut Vec<u8>) {
    use table::entry as f;
    let mut sink = Protobuf::new(out);
    sink.natural(&f::ORIGIN, u64::from(admitted.origin));
    sink.message(&f::ADMITTED, |out| admitted::write(out, admitted, Some(original)));
}

/// Appends an entry as one JSON object without a line end.
pub fn entry_to_json(entry: &Entry, out: &mut Vec<u8>) {
    Json::object(out, |json| write(json, entry));
}

/// Reads an entry; `compile` is asked for the meaning of a pack's bytes wherever an entry carries them.
///
/// # Errors
/// A [`Refusal`]: the bytes are damaged, a later version wrote them, or a pack in them does not compile.
pub fn entry_from_protobuf(bytes: &[u8], compile: Compile<'_>) -> Result<Entry, Refusal> {
    read(pb::Entry::decode(bytes).map_err(|error| protobuf_error(&error))?, compile)
}

/// Reads an entry from JSON.
///
/// # Errors
/// As [`entry_from_protobuf`].
pub fn entry_from_json(text: &str, compile: Compile<'_>) -> Result<Entry, Refusal> {
    read(json::message(text, &table::entry::MESSAGE)?, compile)
}

fn write<S: Sink>(out: &mut S, entry: &Entry) {
    use table::entry as f;
    out.natural(&f::ORIGIN, u64::from(entry.origin));
    match &entry.content {
        Content::Ledger(tick, _) | Content::Unlisted(tick, _) | Content::Refused(tick, _) | Content::Decision(tick, _) => {
            out.whole(&f::TICK, tick.0);
        }
        Content::Mark(_)
        | Content::Admitted(_)
        | Content::Tallies(_)
        | Content::Note(_)
        | Content::Fact(_)
        | Content::Version(_)
        | Content::Late(_)
        | Content::Assessment(_) => {}
    }
    match &entry.content {
        Content::Mark(told) => out.message(&f::MARK, |out| mark::write(out, told)),
        Content::Admitted(told) => out.message(&f::ADMITTED, |out| admitted::write(out, told, None)),
        Content::Tallies(told) => out.message(&f::TALLIES, |out| tally::write(out, told)),
        Content::Note(told) => out.message(&f::NOTE, |out| note::write(out, told)),
        Content::Fact(told) => out.message(&f::FACT, |out| note::write_fact(out, told)),
        Content::Version(told) => out.message(&f::VERSION, |out| book::write_version(out, told)),
        Content::Ledger(_, told) => out.message(&f::LEDGER, |out| book::write_line(out, told)),
        Content::Unlisted(_, told) => out.message(&f::UNLISTED, |out| book::write_unlisted(out, told)),
        Content::Late(told) => out.message(&f::LATE, |out| late::write(out, told)),
        Content::Refused(_, told) => out.message(&f::REFUSED, |out| refused::write(out, told)),
        Content::Assessment(told) => out.message(&f::ASSESSMENT, |out| assessment::write(out, told)),
        Content::Decision(_, told) => out.message(&f::DECISION, |out| decision::write(out, told)),
    }
}

fn read(message: pb::Entry, compile: Compile<'_>) -> Reading<Entry> {
    use pb::entry::Content as Told;
    let tick = Tick(message.tick);
    let content = match part("content", message.content)? {
        Told::Mark(told) => Content::Mark(mark::read(told)?),
        Told::Admitted(told) => Content::Admitted(Arc::new(compiled(admitted::read(told)?, compile)?)),
        Told::Tallies(told) => Content::Tallies(Arc::new(tally::read(told)?)),
        Told::Note(told) => Content::Note(Arc::new(note::read(told, compile)?)),
        Told::Fact(told) => Content::Fact(Arc::new(note::read_fact(told, compile)?)),
        Told::Version(told) => Content::Version(Arc::new(book::read_version(&told)?)),
        Told::Ledger(told) => Content::Ledger(tick, Arc::new(book::read_line(&told)?)),
        Told::Unlisted(told) => Content::Unlisted(tick, Arc::new(book::read_unlisted(&told)?)),
        Told::Late(told) => Content::Late(Arc::new(late::read(&told)?)),
        Told::Refused(told) => Content::Refused(tick, Arc::new(refused::read(told)?)),
        Told::Assessment(told) => Content::Assessment(Arc::new(assessment::read(told)?)),
        Told::Decision(told) => Content::Decision(tick, Arc::new(decision::read(told)?)),
    };
    Ok(Entry { origin: message.origin, content })
}

/// The same record with what the pack it carries means: intake had compiled it when it let it in.
fn compiled(mut admitted: Admitted, compile: Compile<'_>) -> Reading<Admitted> {
    if let Body::PackActivated(activation) = &admitted.event.body {
        let pack = Some(compile(&activation.bytes)?);
        let body = Body::PackActivated(PackActivation { pack, ..activation.clone() });
        admitted.event = Arc::new(Event { body, ..Event::clone(&admitted.event) });
    }
    Ok(admitted)
}
