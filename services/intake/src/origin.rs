//! One origin: a partition of an input, with where it is read to and what of it was promised.
//!
//! A message becomes an admitted record or a refusal, and never nothing. Must never enter: a clock (its tick is handed in), a
//! commit, a judgement.

use engine::intake::{ACTIONS as ORIGIN_OF_ACTIONS, Pace, Prepared};
use journal::{Entry, InputPosition, JournalError, Lease, Mark, Origins, Output, PositionEntry, Store, Topic};
use stages::{
    GENERATION,
    admission::{Admission, label},
    intaking::{self, partitions_of},
    key,
    message::{ADMITTED, Message, REFUSED, Raw},
};
use std::sync::Arc;
use vocab::{
    event::Event,
    record::{Admitted, Position, Refusal, Refused},
    time::{TICKS_PER_SECOND, Tick},
};
use wire::{
    entry::{self, Content},
    inbound::{self, Envelope, Schemas},
};

/// Entries of the log read at once while an origin waits to be announced.
const LOG_AT_ONCE: usize = 1_000;
/// Ticks after which an origin that still waits to be announced is told of.
const UNANNOUNCED_TICKS: i64 = 10 * TICKS_PER_SECOND;

/// Whether an origin may admit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It is new: it waits for origin 0 to announce it, reading the log from this position.
    Unannounced(u64),
    /// It admits.
    Open,
}

/// A partition of an input on its way into the log.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Its number: 0 for the acts, partition + 1 for the events.
    pub(crate) number: u32,
    /// Topic and partition.
    pub(crate) input: (Topic, u32),
    /// What refusals call the input.
    pub(crate) input_name: String,
    /// The right to write for it.
    pub(crate) lease: Lease,
    /// The next message to read.
    pub(crate) next: u64,
    pub(crate) phase: Phase,
    pub(crate) admission: Admission,
    /// Whether something was done since the last commit.
    pub(crate) has_moved: bool,
    /// Messages taken since then.
    pub(crate) taken: u64,
}

/// What an origin writes to.
#[derive(Debug)]
pub(crate) struct Sink<'a> {
    /// Partitions of the admitted log.
    pub(crate) partitions: u32,
    /// Partitions of the topic of refusals.
    pub(crate) refusal_partitions: u32,
    /// What waits for the commit.
    pub(crate) outputs: &'a mut Vec<Output<Message>>,
    /// Ids of registries.
    pub(crate) schemas: &'a Schemas,
}

/// The name of the task of an origin.
pub(crate) fn task_name(number: u32) -> String {
    format!("intake/{number}")
}

impl Origin {
    /// Reads the log on until origin 0 announces this origin; from then on it admits, above that mark.
    pub(crate) fn listen(&mut self, store: &mut impl Store<Record = Message>, from: u64, now: Tick) -> Result<(), JournalError> {
        let mut entries = Vec::new();
        store.read((ADMITTED, 0), from, LOG_AT_ONCE, &mut entries)?;
        for (position, entry) in entries {
            self.phase = Phase::Unannounced(position + 1);
            if let Entry::Mark(mark) = entry
                && mark.origins.range().contains(&ORIGIN_OF_ACTIONS)
                && mark.count > self.number
            {
                self.resume(Some(Tick(mark.tick)));
                self.phase = Phase::Open;
                tracing::info!(origin = self.number, tick = mark.tick, "origin announced");
                return Ok(());
            }
        }
        if now.0 % UNANNOUNCED_TICKS == 0 {
            tracing::warn!(origin = self.number, "waits for origin 0 to announce it: is the partition of actions served?");
        }
        Ok(())
    }

    /// Goes on after a mark, or begins.
    pub(crate) fn resume(&mut self, mark: Option<Tick>) {
        self.admission = Admission::resume_origin(Pace::Live, self.number, mark);
    }

    /// Takes a message in at a tick of the clock.
    pub(crate) fn take(&mut self, position: u64, raw: &Raw, clock: Tick, sink: &mut Sink<'_>) {
        self.next = position + 1;
        self.has_moved = true;
        self.taken += 1;
        let headers = raw.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        let envelope = Envelope::of_kafka(headers);
        let admitted = envelope.as_ref().map_err(Clone::clone).and_then(|envelope| {
            let inbound = inbound::decode(envelope, &raw.bytes, sink.schemas)?;
            let admitted = self.admit(inbound.event, clock)?;
            let mut bytes = Vec::with_capacity(raw.bytes.len() + 128);
            entry::original_entry_to_protobuf(&admitted, inbound.original, &mut bytes);
            Ok((admitted, bytes))
        });
        match admitted {
            Ok((admitted, bytes)) => send(sink, self.number, &Arc::new(admitted), &Arc::from(bytes)),
            Err(reason) => {
                let bare = Envelope::bare();
                let source = inbound::sender(envelope.as_ref().unwrap_or(&bare), &raw.bytes, sink.schemas);
                let position = Position { input: label(&self.input_name), at: position };
                let refused = Refused { source, ..wire::refused::refused(reason, position, &raw.bytes, clock.day()) };
                self.keep(refused, raw, clock, sink);
            }
        }
    }

    /// Admits an event that came from no input: the first pack.
    ///
    /// # Errors
    /// [`Refusal`] of a pack that does not compile.
    pub(crate) fn propose(&mut self, event: Event, clock: Tick, sink: &mut Sink<'_>) -> Result<(), Refusal> {
        let admitted = Arc::new(self.admit(event, clock)?);
        let mut bytes = Vec::new();
        let content = Content::Admitted(Arc::clone(&admitted));
        entry::entry_to_protobuf(&entry::Entry { origin: self.number, content }, &mut bytes);
        send(sink, self.number, &admitted, &Arc::from(bytes));
        self.has_moved = true;
        Ok(())
    }

    fn admit(&mut self, event: Event, clock: Tick) -> Result<Admitted, Refusal> {
        self.admission.admit_from(Prepared::of(event), self.number, clock)
    }

    fn keep(&self, refused: Refused, raw: &Raw, clock: Tick, sink: &mut Sink<'_>) {
        let record = Message::Refused(clock, Arc::new(refused), Arc::new(raw.headers.clone()));
        let partition = key::partition(&record, sink.refusal_partitions, self.number);
        sink.outputs.push(Output { topic: REFUSED, partition, entry: Entry::Record { origin: self.number, record } });
    }

    /// Where it stands, for the commit.
    pub(crate) fn position(&self) -> PositionEntry {
        let (topic, partition) = self.input;
        let input = InputPosition { next: self.next, ..InputPosition::start(topic, partition) };
        intaking::position(&self.lease.task, self.admission.marked_of(self.number), vec![input])
    }
}

fn send(sink: &mut Sink<'_>, origin: u32, admitted: &Arc<Admitted>, bytes: &Arc<[u8]>) {
    for partition in partitions_of(admitted, sink.partitions) {
        let record = Message::Kept(Arc::clone(admitted), Arc::clone(bytes));
        sink.outputs.push(Output { topic: ADMITTED, partition, entry: Entry::Record { origin, record } });
    }
}

/// Marks as few as say it: origins that are neighbours and promise one tick share one.
pub(crate) fn marks(promised: &[(u32, Tick)], count: u32) -> Vec<Mark> {
    let is_one = |one: &(u32, Tick), next: &(u32, Tick)| next.0 == one.0 + 1 && next.1 == one.1;
    let mark = |origins: &[(u32, Tick)]| {
        let (first, tick) = *origins.first()?;
        let until = first + u32::try_from(origins.len()).ok()?;
        Some(Mark { generation: GENERATION, stage: 0, origins: Origins::Span { first, until }, tick: tick.0, count })
    };
    promised.chunk_by(is_one).filter_map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_with_one_tick_share_a_mark() {
        let told = marks(&[(0, Tick(5)), (1, Tick(5)), (2, Tick(6)), (4, Tick(6)), (5, Tick(6))], 7);
        let told: Vec<_> = told.iter().map(|mark| (mark.origins.range(), mark.tick, mark.count)).collect();
        assert_eq!(told, [(0..2, 5, 7), (2..3, 6, 7), (4..6, 6, 7)]);
    }
}
