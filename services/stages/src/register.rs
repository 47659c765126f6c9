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
    series::MeasureKey,
    tally::{Cell, Note, Tallies, Tally},
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

/// Tallies told together at most.
const TALLIES_TOGETHER_MAX: usize = 4_096;
/// And as bytes: well below what topics take as one message, however long the names are.
const BYTES_TOGETHER_MAX: usize = 1 << 20;
/// What a tally takes beside its names, bytes, at most.
const TALLY_BYTES: usize = 160;

/// Tallies of one partition that are told together.
#[derive(Default)]
struct Together {
    tallies: Vec<Tally>,
    bytes: usize,
}

/// Tallies by the partition of their jurisdiction.
#[derive(Default)]
struct Sorted {
    partitions: Vec<Together>,
    /// The partition of the newest: the tallies of one jurisdiction mostly come together.
    newest: usize,
    key: Vec<u8>,
}

impl Sorted {
    fn take(&mut self, tally: Tally, out: &mut Outputs<Message>) {
        let partitions = out.partitions(TALLIES).max(1);
        self.partitions.resize_with(partitions as usize, Together::default);
        let newest = self.partitions[self.newest].tallies.last().map(|newest| &newest.cell.series);
        let series = &tally.cell.series;
        let is_beside = newest.is_some_and(|newest| (&newest.jurisdiction, &newest.regime) == (&series.jurisdiction, &series.regime));
        if partitions > 1 && !is_beside {
            self.key.clear();
            key::of_jurisdiction(&series.regime, &series.jurisdiction, &mut self.key);
            self.newest = partition_for(&self.key, partitions) as usize;
        }
        let Together { tallies, bytes } = &self.partitions[self.newest];
        let own = bytes_of(&tally);
        let is_full = tallies.len() >= TALLIES_TOGETHER_MAX || bytes + own > BYTES_TOGETHER_MAX;
        if is_full || tallies.first().is_some_and(|first| first.known != tally.known) {
            self.send(self.newest, out);
        }
        let together = &mut self.partitions[self.newest];
        together.bytes += own;
        together.tallies.push(tally);
    }

    fn send(&mut self, partition: usize, out: &mut Outputs<Message>) {
        let together = &mut self.partitions[partition];
        let Some(known) = together.tallies.first().map(|tally| tally.known) else { return };
        // The next day brings about as many.
        let room = Vec::with_capacity(together.tallies.len());
        let tallies = std::mem::replace(&mut together.tallies, room);
        together.bytes = 0;
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

/// About what a tally takes in a message, and no less.
fn bytes_of(tally: &Tally) -> usize {
    let Cell { series, stratum, .. } = &tally.cell;
    let measure = match &series.measure {
        MeasureKey::Any => 0,
        MeasureKey::One(measure) => measure.as_str().len(),
    };
    let names = series.regime.as_str().len() + series.jurisdiction.as_str().len() + measure;
    TALLY_BYTES + names + stratum.as_ref().map_or(0, |stratum| stratum.as_str().len())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bytes::Bytes, space::Space};
    use journal::kafka::{Codec as _, MESSAGE_BYTES_MAX, MessageBuffer};
    use vocab::{
        name::{JurisdictionCode, MeasureId, NAME_BYTES_MAX, RegimeId, Stratum},
        quantity::Unit,
        series::{Count, SeriesKey},
        tally::Sum,
        time::Day,
    };

    fn tally(n: usize, name_bytes: usize) -> Tally {
        let name = |letter: char| format!("{n}{}", letter.to_string().repeat(name_bytes - n.to_string().len()));
        let series = SeriesKey {
            regime: RegimeId::parse("r").unwrap(),
            jurisdiction: JurisdictionCode::parse(&name('j')).unwrap(),
            measure: MeasureKey::One(MeasureId::parse(&name('m')).unwrap()),
            unit: Unit::Count,
        };
        let stratum = Some(Stratum::parse(&name('s')).unwrap());
        let (occurred, first_known) = (Day(i32::MAX), Day(i32::MAX));
        let most = Sum { acts: i64::MIN, measures: i64::MIN, measures_squared: i64::MIN, weight: i64::MIN, weight_squared: i128::MIN };
        Tally { cell: Cell { series, count: Count::Exposure, stratum, occurred, first_known }, known: Tick(i64::MAX), sum: most }
    }

    /// However long names are and however large counts, what is told together is a message that topics take, and that bound is not
    /// far off either.
    #[test]
    fn tallies_are_told_together_as_far_as_a_topic_takes_them() {
        for (name_bytes, messages) in [(8, 1..=1), (NAME_BYTES_MAX, 4..=5)] {
            let (mut sorted, mut out) = (Sorted::default(), Outputs::new(0, vec![(TALLIES, 1)]));
            (0..TALLIES_TOGETHER_MAX).for_each(|n| sorted.take(tally(n, name_bytes), &mut out));
            sorted.send_all(&mut out);
            let (told, codec) = (out.take(), Bytes::of(&Space::new("toy")));
            let mut count = 0;
            for output in &told {
                let mut message = MessageBuffer::default();
                codec.encode(TALLIES, &output.entry, &mut message);
                assert!(message.value.len() <= BYTES_TOGETHER_MAX.min(MESSAGE_BYTES_MAX as usize), "{} bytes", message.value.len());
                if let journal::Entry::Record { record: Message::Tallies(told), .. } = &output.entry {
                    count += told.tallies.len();
                }
            }
            assert_eq!(count, TALLIES_TOGETHER_MAX);
            assert!(messages.contains(&told.len()), "{} messages", told.len());
        }
    }
}
