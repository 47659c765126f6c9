//! The order protocol: whole ticks, in one order, whatever the order of arrival.
//!
//! One [`TickOrder`] stands before each input partition of a task. It drops repeats, waits until every origin has
//! marked a tick, and hands the tick out sorted. What waits is bounded: past a limit only positions are kept and read
//! again, because stopping to read could hide the very mark that is missing. Must never enter: a clock, a time-out, a
//! tick handed out in parts.

use std::collections::{BTreeMap, VecDeque};

use crate::error::JournalError;
use crate::mark::{Entry, Mark, ORIGINS_MAX, Sequenced};
use crate::position::{InputPosition, Topic};

/// Bytes of waiting records above which only positions are kept, unless the caller says otherwise.
pub const HELD_BYTES_MAX: usize = 64 << 20;

/// Marks of an origin noted before those that are settled are looked for.
const LATER_MAX: usize = 1_024;

/// What became of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// A record that waits for its tick to be complete.
    Waiting,
    /// A record at or before its origin's last mark, or a mark that does not rise: dropped and counted.
    Repeat,
    /// A record the restored checkpoint already holds: dropped.
    Held,
    /// A mark that was noted.
    Marked,
}

/// What is known of one origin.
#[derive(Debug, Default)]
struct OriginMarks {
    last: Option<i64>,
    /// Last mark before the oldest waiting record: what a restart that reads from there will not see again.
    settled: Option<i64>,
    /// Later marks, with their positions. Two marks without a waiting record between them are one.
    later: VecDeque<(u64, i64)>,
}

/// The waiting records of one tick.
#[derive(Debug)]
struct Bucket<R> {
    first_position: u64,
    records: Vec<R>,
    /// Positions of records that did not fit and must be read again.
    absent: Vec<u64>,
}

/// Order within one input partition of one task.
#[derive(Debug)]
pub struct TickOrder<R> {
    topic: Topic,
    partition: u32,
    generation: u32,
    held_bytes: usize,
    held_bytes_max: usize,
    waiting: BTreeMap<i64, Bucket<R>>,
    origins: Vec<OriginMarks>,
    count: Option<u32>,
    passed: Option<i64>,
    /// Last tick the restored checkpoint holds.
    floor: Option<i64>,
    read_to: u64,
    newest_waiting: Option<u64>,
    repeats: u64,
}

impl<R: Sequenced> TickOrder<R> {
    /// Begins at a saved position. `floor` is the tick the saved state holds: what is at or before it is not handed
    /// out again. `held_bytes_max` bounds the records in memory.
    #[must_use]
    pub fn resume(at: &InputPosition, generation: u32, floor: Option<i64>, held_bytes_max: usize) -> Self {
        let origin = |mark: &Option<i64>| OriginMarks { last: *mark, settled: *mark, later: VecDeque::new() };
        let mut order = Self {
            topic: at.topic,
            partition: at.partition,
            generation,
            held_bytes: 0,
            held_bytes_max,
            waiting: BTreeMap::new(),
            origins: at.marks.iter().map(origin).collect(),
            count: at.count,
            passed: floor,
            floor,
            read_to: at.next,
            newest_waiting: None,
            repeats: 0,
        };
        // Marks before the position may reach further than the saved state does, and will not be read again.
        order.passed = order.passed.max(order.common_tick());
        order
    }

    /// Takes the next entry of the partition. Positions must rise.
    ///
    /// # Errors
    /// [`JournalError::Disorder`] when the entry cannot stand where it does, [`JournalError::OtherGeneration`] for a
    /// mark of another generation.
    pub fn accept(&mut self, position: u64, entry: Entry<R>) -> Result<Accepted, JournalError> {
        if position < self.read_to {
            return Err(disorder(position, "it was read before"));
        }
        self.read_to = position + 1;
        match entry {
            Entry::Record { origin, record } => self.accept_record(position, origin, record),
            Entry::Mark(mark) => self.accept_mark(position, mark),
        }
    }

    fn accept_record(&mut self, position: u64, origin: u32, record: R) -> Result<Accepted, JournalError> {
        let tick = record.tick();
        if self.floor.is_some_and(|floor| tick <= floor) {
            return Ok(Accepted::Held);
        }
        let last = self.origins.get(origin as usize).and_then(|marks| marks.last);
        if last.is_some_and(|last| tick <= last) {
            self.repeats += 1;
            return Ok(Accepted::Repeat);
        }
        if self.passed.is_some_and(|passed| tick <= passed) {
            return Err(disorder(position, "its tick was complete without this origin, which was never announced"));
        }
        let bucket =
            self.waiting.entry(tick).or_insert_with(|| Bucket { first_position: position, records: Vec::new(), absent: Vec::new() });
        let size_bytes = record.size_bytes();
        if self.held_bytes + size_bytes > self.held_bytes_max {
            bucket.absent.push(position);
        } else {
            self.held_bytes += size_bytes;
            bucket.records.push(record);
        }
        self.newest_waiting = Some(position);
        Ok(Accepted::Waiting)
    }

    fn accept_mark(&mut self, position: u64, mark: Mark) -> Result<Accepted, JournalError> {
        if mark.generation != self.generation {
            let what = format!("the mark at position {position} of topic {}", self.topic.0);
            return Err(JournalError::OtherGeneration { what, stored: mark.generation, running: self.generation });
        }
        let range = mark.origins.range();
        if range.end > ORIGINS_MAX || mark.count > ORIGINS_MAX {
            return Err(disorder(position, "it speaks of more origins than there can be"));
        }
        if self.origins.len() < range.end as usize {
            self.origins.resize_with(range.end as usize, OriginMarks::default);
        }
        if range.start == 0 && !range.is_empty() {
            self.count = self.count.max(Some(mark.count));
        }
        let newest_waiting = self.newest_waiting;
        let mut rose = false;
        for marks in &mut self.origins[range.start as usize..range.end as usize] {
            rose |= marks.note(position, mark.tick, newest_waiting);
        }
        // Who never asks for a position (a long silent re-run) must not collect every mark there ever was.
        if self.origins[range.start as usize..range.end as usize].iter().any(|marks| marks.later.len() >= LATER_MAX) {
            self.settle();
        }
        self.repeats += u64::from(!rose);
        self.passed = self.passed.max(self.common_tick());
        Ok(if rose { Accepted::Marked } else { Accepted::Repeat })
    }

    /// The least last mark of all announced origins, if each has marked.
    fn common_tick(&self) -> Option<i64> {
        let announced = self.origins.get(..self.count? as usize)?;
        announced.iter().map(|marks| marks.last).min().flatten()
    }

    /// The tick that is complete: no record at or before it will come. Never falls; `None` before every announced
    /// origin has marked. A new origin holds it where it is until that origin marks.
    #[must_use]
    pub fn passed(&self) -> Option<i64> {
        self.passed
    }

    /// The first tick of which records wait, complete or not.
    #[must_use]
    pub fn first_waiting(&self) -> Option<i64> {
        self.waiting.first_key_value().map(|(tick, _)| *tick)
    }

    /// Moves the records of `tick` to `records`, unsorted, and the positions that must be read again to `absent`.
    /// Nothing happens unless `tick` is the first that waits and is complete.
    pub fn take(&mut self, tick: i64, records: &mut Vec<R>, absent: &mut Vec<u64>) {
        if self.first_waiting() != Some(tick) || self.passed.is_none_or(|passed| tick > passed) {
            return;
        }
        let Some((_, mut bucket)) = self.waiting.pop_first() else { return };
        self.held_bytes -= bucket.records.iter().map(Sequenced::size_bytes).sum::<usize>();
        if records.is_empty() && bucket.absent.is_empty() {
            *records = bucket.records; // the usual case: one input, all in memory, nothing is copied
        } else {
            records.append(&mut bucket.records);
            absent.append(&mut bucket.absent);
        }
    }

    /// Hands out the first complete tick, sorted, into `records` (which is emptied first); `None` when there is none.
    /// `again` reads the records at the given positions.
    ///
    /// # Errors
    /// Those of `again`.
    pub fn release(
        &mut self,
        records: &mut Vec<R>,
        again: impl FnOnce(&[u64], &mut Vec<R>) -> Result<(), JournalError>,
    ) -> Result<Option<i64>, JournalError> {
        records.clear();
        let Some(tick) = self.first_waiting().filter(|tick| self.passed.is_some_and(|passed| *tick <= passed)) else {
            return Ok(None);
        };
        let mut absent = Vec::new();
        self.take(tick, records, &mut absent);
        if !absent.is_empty() {
            again(&absent, records)?;
        }
        records.sort_by_key(Sequenced::order);
        Ok(Some(tick))
    }

    /// The oldest position a restart must read: that of the first waiting record, or the end of what was read.
    #[must_use]
    pub fn oldest(&self) -> u64 {
        self.waiting.values().map(|bucket| bucket.first_position).min().unwrap_or(self.read_to)
    }

    /// Where this input stands, as a restart needs it.
    #[must_use]
    pub fn position(&mut self) -> InputPosition {
        let next = self.settle();
        InputPosition {
            topic: self.topic,
            partition: self.partition,
            next,
            marks: self.origins.iter().map(|marks| marks.settled).collect(),
            count: self.count,
        }
    }

    /// Lets marks before the oldest position count as settled; returns that position.
    fn settle(&mut self) -> u64 {
        let next = self.oldest();
        for marks in &mut self.origins {
            marks.settle(next);
        }
        next
    }

    /// The next position to read.
    #[must_use]
    pub fn read_to(&self) -> u64 {
        self.read_to
    }

    /// Repeats dropped since the start: a reading for metrics, never for decisions.
    #[must_use]
    pub fn repeats(&self) -> u64 {
        self.repeats
    }

    /// The last mark of every origin that was announced, from 0 on; `None`: it has promised nothing yet, and holds back what follows.
    pub fn marks(&self) -> impl Iterator<Item = Option<i64>> + '_ {
        let announced = self.count.map_or(self.origins.len(), |count| count as usize);
        (0..announced).map(|origin| self.origins.get(origin).and_then(|marks| marks.last))
    }

    /// Bytes of records held in memory.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// The input this order stands before.
    #[must_use]
    pub fn input(&self) -> (Topic, u32) {
        (self.topic, self.partition)
    }
}

impl OriginMarks {
    /// Notes a mark; says whether it rose above the last one.
    fn note(&mut self, position: u64, tick: i64, newest_waiting: Option<u64>) -> bool {
        if self.last.is_some_and(|last| tick <= last) {
            return false;
        }
        self.last = Some(tick);
        match self.later.back_mut() {
            // No waiting record stands between the two, so no restart can begin between them.
            Some(back) if newest_waiting.is_none_or(|newest| back.0 > newest) => *back = (position, tick),
            Some(_) | None => self.later.push_back((position, tick)),
        }
        true
    }

    fn settle(&mut self, next: u64) {
        while let Some((_, tick)) = self.later.pop_front_if(|(position, _)| *position < next) {
            self.settled = Some(tick);
        }
    }
}

fn disorder(position: u64, why: &str) -> JournalError {
    JournalError::Disorder { position, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::Origins;

    #[derive(Clone, Copy)]
    struct At(i64);

    impl Sequenced for At {
        type Order = ();
        fn tick(&self) -> i64 {
            self.0
        }
        fn order(&self) {}
    }

    /// Nobody asks for a position in a long silent re-run; what is noted of marks stays small all the same.
    #[test]
    fn marks_do_not_pile_up() {
        let mut order = TickOrder::resume(&InputPosition::start(Topic(0), 0), 1, None, 1 << 20);
        let mut records = Vec::new();
        for tick in 0..20_000_i64 {
            let position = tick.unsigned_abs() * 2;
            order.accept(position, Entry::Record { origin: 0, record: At(tick) }).unwrap();
            let mark = Mark { generation: 1, stage: 0, origins: Origins::One(0), tick, count: 1 };
            order.accept(position + 1, Entry::Mark(mark)).unwrap();
            assert_eq!(order.release(&mut records, |_, _| Ok(())).unwrap(), Some(tick));
            assert!(order.origins[0].later.len() <= LATER_MAX);
        }
    }
}
