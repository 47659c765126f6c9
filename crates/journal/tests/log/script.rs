//! A log that keeps the protocol of marks, made from a tape of numbers: stalls, skipped marks, marks for all, repeats,
//! growth of origins.
//!
//! Must never enter: the order protocol itself; what is expected is computed here in the plainest way.

use std::collections::BTreeMap;

use journal::{Entry, Mark, Origins};

use crate::toy::Toy;

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) entries: Vec<Entry<Toy>>,
    /// Every record once, by tick, sorted.
    pub(crate) whole: BTreeMap<i64, Vec<Toy>>,
    /// The tick that is passed after each entry.
    pub(crate) passed: Vec<Option<i64>>,
    pub(crate) repeats: u64,
}

#[derive(Debug, Default)]
struct Origin {
    /// The last tick promised (or, for a new one, the tick it was announced at).
    floor: i64,
    marked: Option<i64>,
    sent: Vec<Toy>,
}

#[derive(Debug)]
struct Writer {
    origins: Vec<Origin>,
    script: Script,
    next_id: u32,
    high: Option<i64>,
}

impl Script {
    pub(crate) fn of(tape: &[u32], origins: usize) -> Self {
        let script = Self { entries: Vec::new(), whole: BTreeMap::new(), passed: Vec::new(), repeats: 0 };
        let origins = (0..origins).map(|_| Origin::default()).collect();
        let mut writer = Writer { origins, script, next_id: 0, high: None };
        for &number in tape {
            writer.write(number);
        }
        writer.end();
        for records in writer.script.whole.values_mut() {
            records.sort_by_key(|record| (record.id, record.value));
        }
        writer.script
    }
}

impl Writer {
    fn write(&mut self, number: u32) {
        let origin = number as usize % self.origins.len();
        let extent = i64::from(number / 64 % 4);
        match number / 1_000 % 20 {
            0..=10 => self.record(origin, self.origins[origin].floor + 1 + extent, number),
            11..=14 => self.mark(origin, self.origins[origin].floor + 1 + extent),
            15 => self.mark_for_all(extent),
            16..=18 => self.repeat(origin, number),
            _ => self.grow(),
        }
    }

    fn push(&mut self, entry: Entry<Toy>) {
        self.script.entries.push(entry);
        if self.origins.iter().all(|origin| origin.marked.is_some()) {
            self.high = self.high.max(self.origins.iter().filter_map(|origin| origin.marked).min());
        }
        self.script.passed.push(self.high);
    }

    fn record(&mut self, origin: usize, tick: i64, number: u32) {
        // Identifiers are unique and fall as well as rise, so that the order inside a tick is not that of arrival.
        let id = ((self.next_id.wrapping_mul(2_654_435_761) >> 8) << 8) | (self.next_id % 256);
        self.next_id += 1;
        let record = Toy { tick, id, value: i64::from(number % 23) - 9 };
        self.origins[origin].sent.push(record);
        self.script.whole.entry(tick).or_default().push(record);
        self.push(Entry::Record { origin: u32::try_from(origin).unwrap(), record });
    }

    fn mark(&mut self, origin: usize, tick: i64) {
        self.origins[origin].floor = tick;
        self.origins[origin].marked = Some(tick);
        let origins = Origins::One(u32::try_from(origin).unwrap());
        self.push(Entry::Mark(self.mark_of(origins, tick)));
    }

    fn mark_for_all(&mut self, extent: i64) {
        let tick = self.origins.iter().map(|origin| origin.floor).max().unwrap() + 1 + extent;
        for origin in &mut self.origins {
            origin.floor = tick;
            origin.marked = Some(tick);
        }
        let count = u32::try_from(self.origins.len()).unwrap();
        self.push(Entry::Mark(self.mark_of(Origins::all(count), tick)));
    }

    fn mark_of(&self, origins: Origins, tick: i64) -> Mark {
        Mark { generation: 1, stage: 1, origins, tick, count: u32::try_from(self.origins.len()).unwrap() }
    }

    fn repeat(&mut self, origin: usize, number: u32) {
        let Some(marked) = self.origins[origin].marked else { return };
        let old: Vec<Toy> = self.origins[origin].sent.iter().filter(|record| record.tick <= marked).copied().collect();
        if old.is_empty() {
            return;
        }
        let record = old[number as usize / 7 % old.len()];
        self.script.repeats += 1;
        self.push(Entry::Record { origin: u32::try_from(origin).unwrap(), record });
    }

    /// A new origin is announced by a mark of origin 0 and sends nothing at or before it.
    fn grow(&mut self) {
        if self.origins.len() >= 5 {
            return;
        }
        let tick = self.origins[0].floor + 1;
        self.origins.push(Origin { floor: tick, marked: None, sent: Vec::new() });
        self.mark(0, tick);
    }

    fn end(&mut self) {
        let last = self.script.whole.keys().copied().max().unwrap_or(0);
        let last = self.origins.iter().map(|origin| origin.floor).max().unwrap().max(last) + 10;
        for origin in (0..self.origins.len()).rev() {
            self.mark(origin, last);
        }
    }
}
