//! The register as a task: admitted records in; tallies, facts, versions, and what nobody judges, out.
//!
//! Records are spread by record; tallies go to the task of their jurisdiction, facts to that of their regime. What the
//! register decides stands in the engine; what must never enter is a decision, or a state of its own.

use crate::{
    bad, key,
    message::{COUNTS, DOCKETS, FACTS, FILED, LATE, LEDGER, Message, TALLIES, UNLISTED},
};
use engine::{
    page::Page as EnginePage,
    register::{Bucket, Output, Register},
};
use journal::{Page, PageChange, Topic, partition_for};
use service_kit::{BadState, Outputs, Stage};
use std::sync::Arc;
use vocab::{
    record::{Admitted, Version},
    tally::{Note, Tallies, Tally},
    time::Tick,
};

/// The register of one partition.
pub struct RegisterStage {
    register: Register,
    place: (u32, u32),
    bucket: Bucket,
    said: Vec<Output>,
    tallies: Sorted,
}

/// Tallies told together at most: as bytes well below the megabyte that a broker takes as one message.
const TALLIES_TOGETHER_MAX: usize = 4_096;

/// Tallies by the partition of their jurisdiction.
#[derive(Default)]
struct Sorted {
    partitions: Vec<Vec<Tally>>,
    /// The partition of the newest: the tallies of one jurisdiction mostly come together.
    newest: usize,
    key: Vec<u8>,
}

impl Sorted {
    fn take(&mut self, tally: Tally, out: &mut Outputs<Message>) {
        let partitions = out.partitions(TALLIES).max(1);
        self.partitions.resize_with(partitions as usize, Vec::new);
        let newest = self.partitions[self.newest].last().map(|newest| &newest.cell.series);
        let series = &tally.cell.series;
        let is_beside = newest.is_some_and(|newest| (&newest.jurisdiction, &newest.regime) == (&series.jurisdiction, &series.regime));
        if partitions > 1 && !is_beside {
            self.key.clear();
            key::of_jurisdiction(&series.regime, &series.jurisdiction, &mut self.key);
            self.newest = partition_for(&self.key, partitions) as usize;
        }
        let waiting = &self.partitions[self.newest];
        if waiting.len() >= TALLIES_TOGETHER_MAX || waiting.first().is_some_and(|first| first.known != tally.known) {
            self.send(self.newest, out);
        }
        self.partitions[self.newest].push(tally);
    }

    fn send(&mut self, partition: usize, out: &mut Outputs<Message>) {
        let Some(known) = self.partitions[partition].first().map(|tally| tally.known) else { return };
        // The next day brings about as many.
        let room = Vec::with_capacity(self.partitions[partition].len());
        let tallies = std::mem::replace(&mut self.partitions[partition], room);
        let told = Arc::new(Tallies { known, tallies });
        if out.partitions(COUNTS) > 0 {
            out.send_to(COUNTS, 0, Message::Tallies(Arc::clone(&told)));
        }
        out.send_to(TALLIES, u32::try_from(partition).unwrap_or(0), Message::Tallies(told));
    }

    fn send_all(&mut self, out: &mut Outputs<Message>) {
        for partition in 0..self.partitions.len() {
            self.send(partition, out);
        }
    }
}

impl RegisterStage {
    /// The register of partition `place.0` of `place.1`.
    #[must_use]
    pub fn new(place: (u32, u32), bucket: Bucket) -> Self {
        let register = Register::new(place.0, place.1, bucket);
        Self { register, place, bucket, said: Vec::new(), tallies: Sorted::default() }
    }

    fn send(&mut self, tick: i64, out: &mut Outputs<Message>) {
        let tick = Tick(tick);
        for output in self.said.drain(..) {
            match output {
                Output::Tally(tally) => self.tallies.take(tally, out),
                Output::Note(note) => send_note(note, out),
                Output::Fact(fact) => key::send(out, FACTS, Message::Fact(Arc::new(fact))),
                Output::Version(version) => send_version(Arc::new(version), out),
                Output::Late(late) => key::send(out, LATE, Message::Late(Arc::new(late))),
                Output::Ledger(line) => key::send(out, LEDGER, Message::Ledger(tick, Arc::new(line))),
                Output::Unlisted(unlisted) => key::send(out, UNLISTED, Message::Unlisted(tick, Arc::new(unlisted))),
            }
        }
        self.tallies.send_all(out);
    }
}

/// Where the docket reads: in memory it has a copy of its own, for what it read is let go; on Kafka others read the same topic.
fn filed(out: &Outputs<Message>) -> Topic {
    if out.partitions(FILED) > 0 { FILED } else { DOCKETS }
}

fn send_version(version: Arc<Version>, out: &mut Outputs<Message>) {
    if filed(out) == FILED {
        key::send(out, FILED, Message::Version(Arc::clone(&version)));
    }
    key::send(out, DOCKETS, Message::Version(version));
}

/// A note of one jurisdiction goes to its task, any other to all of them; every docket hears of a pack, for its obligations.
fn send_note(note: Note, out: &mut Outputs<Message>) {
    let (is_of_one, is_pack) = (note.jurisdiction.is_some(), note.matter.pack().is_some());
    let message = Message::Note(Arc::new(note));
    if is_pack {
        out.broadcast(filed(out), &message);
    }
    if is_of_one { key::send(out, TALLIES, message) } else { out.broadcast(TALLIES, &message) }
}

impl Stage for RegisterStage {
    type Record = Message;

    fn step(&mut self, tick: i64, records: &[Message], out: &mut Outputs<Message>) {
        let admitted = records.iter().filter_map(|message| match message {
            Message::Admitted(admitted) => Some(&**admitted),
            _ => None,
        });
        let admitted: Vec<&Admitted> = admitted.collect();
        self.register.step(Tick(tick), &admitted, &mut self.said);
        self.send(tick, out);
    }

    fn pass(&mut self, tick: i64, out: &mut Outputs<Message>) {
        self.register.pass(Tick(tick), &mut self.said);
        self.send(tick, out);
    }

    fn pages_due(&mut self, pages: &mut Vec<PageChange>) {
        pages.extend(self.register.pages_due().into_iter().map(|page| PageChange { key: page.key, body: page.body }));
    }

    fn restore(&mut self, pages: Vec<Page>) -> Result<(), BadState> {
        let pages = pages.into_iter().map(|page| EnginePage { key: page.key, body: page.body });
        self.register = Register::restore(self.place.0, self.place.1, self.bucket, pages).map_err(bad("register"))?;
        Ok(())
    }
}
