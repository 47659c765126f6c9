//! The embedded file: its tables, how records become rows, and what an error of it means to a person.
//!
//! Tables and views are documented for analysts in `crates/journal/FILE.md` and `services/README.md`. What must never enter: a
//! decision, a wait.

use crate::failure::Failure;
use intake::http::Taken;
use journal::{
    JournalError, Topic,
    sqlite::{ADMITTED, Batch, Body, Chain, Codec, Layout, RowBuffer, Sqlite, SqliteStore, StoredRow},
};
use stages::{GENERATION, admission::compile, judgement, message::Message};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};
use vocab::{
    act::Outcome,
    alert::Decision,
    event::{Body as EventBody, Event},
    name::{JurisdictionCode, RegimeId},
    record::{Admitted, ContentHash, RecordId},
    time::Tick,
};
use wire::admitted::Original;

/// Version of the tables below.
pub const LAYOUT: u32 = 1;

/// Tables after `admitted`, in the order of their topics.
const TABLES: [(&str, Chain); 7] = [
    ("assessments", Chain::Plain),
    ("decisions", Chain::Linked),
    ("late", Chain::Plain),
    ("dockets", Chain::Plain),
    ("ledger", Chain::Plain),
    ("unlisted", Chain::Plain),
    ("refused", Chain::Plain),
];

/// Views for people.
const VIEWS: &str = include_str!("views.sql");

/// The tables of an embedded file.
#[must_use]
pub fn layout() -> Layout {
    let plain = Layout::new(LAYOUT, GENERATION, &judgement());
    TABLES.iter().fold(plain, |layout, (name, chain)| layout.table(name, Body::Text, *chain)).view(VIEWS)
}

/// Opens a file for writing, made when absent.
///
/// # Errors
/// [`Failure`] with its exit code: locked, read-only, not a journal, of a newer version.
pub fn open(path: &Path, rows: Rows) -> Result<SqliteStore<Rows>, Failure> {
    SqliteStore::new(Sqlite::open(path, &layout()).map_err(failed)?, rows).passing(ADMITTED).map_err(failed)
}

/// How records become rows: admitted ones as protobuf, results as JSON.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Acts handed in by other processes, by their records: their answers go back the same way.
    asked: Arc<Mutex<BTreeMap<RecordId, i64>>>,
    /// Messages as they came, of records that are about to be written.
    originals: Arc<Mutex<BTreeMap<Version, Taken>>>,
    /// The stored bytes of records that come from an archive: they are written as they were.
    stored: Arc<Mutex<BTreeMap<Version, Stored>>>,
}

/// The bytes of records that are the same version, in their order, and how many of them were written.
#[derive(Debug, Default)]
struct Stored {
    bytes: Vec<Vec<u8>>,
    written: usize,
}

/// What tells one version of a record from another: record, revision, content, tick.
type Version = (RecordId, u32, ContentHash, Tick);

fn version(admitted: &Admitted) -> Version {
    (admitted.id, admitted.event.revision, admitted.content, admitted.known)
}

impl Rows {
    /// Notes that an act came through the inbox.
    pub fn ask(&self, act: RecordId, id: i64) {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).insert(act, id);
    }

    /// Keeps a message as it came until its record is written.
    pub fn keep(&self, admitted: &Admitted, came: Taken) {
        self.originals.lock().unwrap_or_else(PoisonError::into_inner).insert(version(admitted), came);
    }

    /// Forgets the messages of records that are committed.
    pub fn forget_originals(&self) {
        self.originals.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Keeps the bytes of a record that was stored elsewhere until it is written here.
    pub fn keep_stored(&self, admitted: &Admitted, bytes: &[u8]) {
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.entry(version(admitted)).or_default().bytes.push(bytes.to_vec());
    }

    /// Forgets the bytes of records that are committed.
    pub fn forget_stored(&self) {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn write_admitted(&self, admitted: &Admitted, out: &mut Vec<u8>) {
        if let Some(Stored { bytes, written }) = self.stored.lock().unwrap_or_else(PoisonError::into_inner).get_mut(&version(admitted)) {
            // A commit that is tried again writes all of them again.
            out.extend_from_slice(&bytes[*written % bytes.len()]);
            *written += 1;
            return;
        }
        let originals = self.originals.lock().unwrap_or_else(PoisonError::into_inner);
        match originals.get(&version(admitted)) {
            None => wire::admitted::admitted_to_protobuf(admitted, None, out),
            Some(came) => {
                let attributes: Vec<_> = came.attributes.iter().map(|(name, value)| (name.into(), value.into())).collect();
                let original = Original { encoding: came.encoding, bytes: &came.bytes, attributes: &attributes };
                wire::admitted::admitted_to_protobuf(admitted, Some(original), out);
            }
        }
    }

    fn asked(&self, act: RecordId) -> Option<i64> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).get(&act).copied()
    }
}

impl Codec for Rows {
    type Record = Message;

    fn write(&self, _topic: Topic, record: &Message, row: &mut RowBuffer) {
        row.tick = journal::Sequenced::tick(record);
        match record {
            Message::Admitted(admitted) => {
                row.key.push_str(&admitted_key(admitted));
                self.write_admitted(admitted, &mut row.body);
            }
            Message::Assessment(assessment) => {
                row.key.push_str(&assessment_key(&assessment.regime, &assessment.jurisdiction));
                wire::assessment::assessment_to_json(assessment, &mut row.body);
            }
            Message::Decision(_, decision) => {
                row.key.push_str(&decision_key(decision));
                decision_json(decision, &mut row.body);
            }
            Message::Late(late) => {
                push_key(&mut row.key, [late.source.as_str(), late.source_record_id.as_str()]);
                wire::late::late_to_json(late, &mut row.body);
            }
            Message::Version(version) => {
                row.key.push_str(version.case_name.as_str());
                crate::lines::version(version, &mut row.body);
            }
            Message::Ledger(_, line) => {
                row.key.push_str(line.source.as_str());
                crate::lines::ledger(line, &mut row.body);
            }
            Message::Unlisted(_, unlisted) => {
                row.key.push_str(unlisted.regime.as_str());
                crate::lines::unlisted(unlisted, &mut row.body);
            }
            Message::Refused(_, refused, _) => {
                row.key.push_str(refused.reason.code());
                wire::refused::refused_to_json(refused, &mut row.body);
            }
            // What only a broker carries, or only memory, never comes to a file.
            Message::Kept(..) | Message::Raw(_) | Message::Tallies(_) | Message::Note(_) | Message::Fact(_) | Message::Statistic(..) => {}
        }
    }

    fn beside(&self, _topic: Topic, record: &Message, batch: &mut Batch<'_>) -> Result<(), JournalError> {
        match record {
            Message::Admitted(admitted) => self.asked(admitted.id).map_or(Ok(()), |id| batch.take(id, admitted.known.0)),
            Message::Decision(_, decision) => match &**decision {
                Decision::Answer(answer) => self.asked(answer.act).map_or(Ok(()), |id| batch.answer(id, &outcome(answer.outcome))),
                Decision::Transition(_) | Decision::Digest(_) | Decision::Seal(_) => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn read(&self, topic: Topic, row: &StoredRow) -> Result<Message, String> {
        if topic != ADMITTED {
            return Err("results are not read back into the log".to_owned());
        }
        admitted(&row.body).map(|admitted| Message::Admitted(Arc::new(admitted)))
    }
}

/// The answer to an act, in the words of the command line.
#[must_use]
pub fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::Stale(why) => format!("stale: {why}"),
    }
}

/// The key of an admitted record in its table.
#[must_use]
pub fn admitted_key(admitted: &Admitted) -> String {
    event_key(&admitted.event)
}

/// The key under which the record of an event stands.
#[must_use]
pub fn event_key(event: &Event) -> String {
    format!("{}/{}", event.source, event.source_record_id)
}

fn push_key(key: &mut String, [first, second]: [&str; 2]) {
    key.push_str(first);
    key.push('/');
    key.push_str(second);
}

/// The key of the assessments of a jurisdiction in their table.
#[must_use]
pub fn assessment_key(regime: &RegimeId, jurisdiction: &JurisdictionCode) -> String {
    format!("{regime}/{jurisdiction}")
}

/// The key of a decision in its table.
#[must_use]
pub fn decision_key(decision: &Decision) -> String {
    match decision {
        Decision::Transition(transition) => format!("alert/{}/{}", transition.alert, transition.n),
        Decision::Answer(answer) => format!("answer/{}", answer.act),
        Decision::Digest(digest) => format!("digest/{}/{}", digest.regime, digest.week),
        Decision::Seal(seal) => format!("seal/{}/{}", seal.regime, seal.day),
    }
}

/// A decision as one JSON object.
pub fn decision_json(decision: &Decision, out: &mut Vec<u8>) {
    match decision {
        Decision::Transition(transition) => wire::decision::transition_to_json(transition, out),
        Decision::Answer(answer) => wire::decision::answer_to_json(answer, out),
        Decision::Digest(digest) => wire::decision::digest_to_json(digest, out),
        Decision::Seal(seal) => wire::decision::seal_to_json(seal, out),
    }
}

/// An admitted record from its row, with the meaning of a pack filled in.
///
/// # Errors
/// A sentence that says what is wrong with the row.
pub fn admitted(body: &[u8]) -> Result<Admitted, String> {
    let mut admitted = wire::admitted::admitted_from_protobuf(body).map_err(|refusal| refusal.to_string())?;
    if let EventBody::PackActivated(activation) = &admitted.event.body {
        let mut activation = activation.clone();
        compile(&mut activation).map_err(|refusal| refusal.to_string())?;
        let event = Event { body: EventBody::PackActivated(activation), ..Event::clone(&admitted.event) };
        admitted.event = Arc::new(event);
    }
    Ok(admitted)
}

/// An error of the log as a failure with its exit code.
#[must_use]
pub fn failed(error: JournalError) -> Failure {
    Failure::of(error.exit_code(), error)
}

/// What ended the loop, as a failure.
#[must_use]
pub fn fatal(fatal: service_kit::Fatal) -> Failure {
    match fatal {
        service_kit::Fatal::Journal(error) => failed(error),
        service_kit::Fatal::Stage { .. } => Failure::Other(anyhow::Error::new(fatal)),
    }
}
