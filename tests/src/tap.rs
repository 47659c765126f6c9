//! What came of a log on a broker: read from the beginning of topics until all of it is there.
//!
//! Must never enter: a comparison, a pause that decides that something has ended.

use crate::{
    Outcome,
    on_kafka::{PATIENCE, Stand},
};
use journal::{
    Entry, JournalError, Store as _, Topic,
    kafka::{KafkaStore, Reader},
};
use stages::{bytes::Bytes, message::Message};
use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    time::{Duration, Instant},
};

/// Reads some topics from their beginning.
pub struct Tap {
    settled: Reader<Bytes>,
    places: Vec<Place>,
    /// Last mark of each origin, by topic.
    pub passed: BTreeMap<(u16, u32), i64>,
}

/// How far a partition is read.
struct Place {
    at: (Topic, u32),
    next: u64,
}

impl Tap {
    /// Opens topics.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn open(stand: &Stand, store: &mut KafkaStore<Bytes>, topics: &[Topic]) -> Outcome<Self> {
        let mut places = Vec::new();
        for topic in topics {
            for partition in 0..store.partitions(*topic)? {
                store.read((*topic, partition), 0, 0, &mut Vec::new())?;
                places.push(Place { at: (*topic, partition), next: 0 });
            }
        }
        Ok(Self { settled: stand.reader()?, places, passed: BTreeMap::new() })
    }

    /// Reads what there is without waiting; how many entries.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn read(&mut self, store: &mut KafkaStore<Bytes>, take: &mut impl FnMut(Message)) -> Outcome<usize> {
        let mut count = 0;
        for Place { at, next } in &mut self.places {
            let mut entries = Vec::new();
            store.read(*at, *next, 10_000, &mut entries)?;
            count += entries.len();
            for (position, entry) in entries {
                *next = position + 1;
                note(&mut self.passed, *at, entry, take);
            }
        }
        Ok(count)
    }

    /// Reads until so many origins of a topic have passed a tick: (topic, origins, tick). The last of them may take its time, as
    /// long as it goes on.
    ///
    /// # Errors
    /// Those of the broker, of `look`, and patience that ran out.
    pub fn until_passed(
        &mut self,
        store: &mut KafkaStore<Bytes>,
        (topic, origins, last): (Topic, u32, i64),
        look: &mut impl FnMut() -> Outcome<()>,
        take: &mut impl FnMut(Message),
    ) -> Outcome<()> {
        let (mut moved, mut reached) = (Instant::now(), None);
        while reached < Some(last) {
            if moved.elapsed() > PATIENCE {
                return Err(format!("for {} s topic {} has passed {:?}, not {last}", PATIENCE.as_secs(), topic.0, self.passed).into());
            }
            look()?;
            store.wait(Duration::from_millis(20));
            match self.read(store, take) {
                // A broker that is away for now: what it has is read when it is back.
                Err(error) if error.downcast_ref().is_some_and(JournalError::is_passing) => {}
                read => drop(read?),
            }
            let now = (0..origins).map(|origin| self.passed.get(&(topic.0, origin)).copied()).min().flatten();
            if now > reached {
                (moved, reached) = (Instant::now(), now);
            }
        }
        Ok(())
    }

    /// Reads what else is committed by now: to the end, which a reader of its own finds.
    ///
    /// # Errors
    /// Those of the broker.
    pub fn rest(&mut self, take: &mut impl FnMut(Message)) -> Outcome<()> {
        let began = Instant::now();
        for Place { at, next } in &mut self.places {
            loop {
                let from = *next;
                let read = self.settled.each(*at, from, |position, entry| {
                    *next = position + 1;
                    note(&mut self.passed, *at, entry, take);
                    Ok(ControlFlow::Continue(()))
                });
                match read {
                    // A broker on a busy machine is asked again.
                    Err(error) if error.is_passing() && began.elapsed() < PATIENCE => {}
                    read => break read?,
                }
            }
        }
        Ok(())
    }
}

fn note(passed: &mut BTreeMap<(u16, u32), i64>, (topic, partition): (Topic, u32), entry: Entry<Message>, take: &mut impl FnMut(Message)) {
    match entry {
        Entry::Record { record, .. } => take(record),
        // Marks stand in every partition; the least of them says what is complete, the first partition is enough.
        Entry::Mark(mark) if partition == 0 => mark.origins.range().for_each(|origin| {
            passed.insert((topic.0, origin), mark.tick);
        }),
        Entry::Mark(_) => {}
    }
}
