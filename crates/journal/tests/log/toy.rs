//! What the tests of the log share: a small record, a small stage, and grounds that a store can be restarted on.
//!
//! Must never enter: an assertion; those stand in the tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use journal::sqlite::{Body, Chain, Codec, Layout, RowBuffer, Sqlite, SqliteStore, StoredRow};
use journal::{
    Commit, Entry, FailHook, JournalError, Memory, Output, Page, PageChange, PositionEntry, Retention, Sequenced, Store, TaskPlan, Topic,
    TopicShape,
};

/// The topic tests read from, and the one they write to.
pub(crate) const IN: Topic = Topic(0);
pub(crate) const OUT: Topic = Topic(1);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Toy {
    pub(crate) tick: i64,
    pub(crate) id: u32,
    pub(crate) value: i64,
}

impl Sequenced for Toy {
    type Order = (u32, i64);
    fn tick(&self) -> i64 {
        self.tick
    }
    fn order(&self) -> (u32, i64) {
        (self.id, self.value)
    }
}

/// `id` is the key, `value` the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ToyCodec;

impl Codec for ToyCodec {
    type Record = Toy;
    fn write(&self, _topic: Topic, record: &Toy, row: &mut RowBuffer) {
        row.tick = record.tick;
        row.key.push_str(&record.id.to_string());
        row.body.extend_from_slice(record.value.to_string().as_bytes());
    }
    fn read(&self, _topic: Topic, row: &StoredRow) -> Result<Toy, String> {
        let value = str::from_utf8(&row.body).map_err(|error| error.to_string())?;
        let number = |text: &str| text.parse::<i64>().map_err(|error| error.to_string());
        Ok(Toy { tick: row.tick, id: number(&row.key)?.try_into().map_err(|_| "id")?, value: number(value)? })
    }
}

/// A place where a store lives through restarts of the process that uses it.
pub(crate) trait Ground {
    type Log: Store<Record = Toy>;
    fn new() -> Self;
    fn log(&mut self) -> &mut Self::Log;
    fn restart(&mut self);
    fn hang(&mut self, hook: Option<FailHook>);
    fn flip_bit_of_page(&mut self, task: &str, key: &str);
}

pub(crate) struct MemoryGround(Memory<Toy>);

impl Ground for MemoryGround {
    type Log = Memory<Toy>;
    fn new() -> Self {
        let topic = TopicShape { partitions: 1, readers: 0 };
        Self(Memory::new(Retention::All, &[topic, topic]))
    }
    fn log(&mut self) -> &mut Memory<Toy> {
        &mut self.0
    }
    fn restart(&mut self) {
        self.0.hang(None);
    }
    fn hang(&mut self, hook: Option<FailHook>) {
        self.0.hang(hook);
    }
    fn flip_bit_of_page(&mut self, task: &str, key: &str) {
        self.0.flip_bit_of_page(task, key);
    }
}

/// A file whose readers decode every row, and one that passes the newest on as values.
pub(crate) type SqliteGround = FileGround<0>;
pub(crate) type PassingGround = FileGround<1>;

pub(crate) struct FileGround<const TAILS: usize> {
    log: Option<SqliteStore<ToyCodec>>,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// A folder in memory where there is one: the property tests commit thousands of times.
pub(crate) fn fast_folder() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

pub(crate) fn toy_layout() -> Layout {
    Layout::new(1, 1, "toy-1").table("results", Body::Text, Chain::Linked)
}

impl<const TAILS: usize> Ground for FileGround<TAILS> {
    type Log = SqliteStore<ToyCodec>;
    fn new() -> Self {
        let folder = fast_folder();
        let path = folder.path().join("toy.db");
        let mut ground = Self { log: None, path, _folder: folder };
        ground.restart();
        ground
    }
    fn log(&mut self) -> &mut SqliteStore<ToyCodec> {
        self.log.as_mut().unwrap()
    }
    fn restart(&mut self) {
        self.log = None; // the lock goes with the old process
        let store = SqliteStore::new(Sqlite::open(&self.path, &toy_layout()).unwrap(), ToyCodec);
        let tails = [IN; TAILS];
        self.log = Some(tails.into_iter().fold(store, |store, topic| store.passing(topic).unwrap()));
    }
    fn hang(&mut self, hook: Option<FailHook>) {
        self.log().file().hang(hook);
    }
    fn flip_bit_of_page(&mut self, task: &str, key: &str) {
        let other = rusqlite::Connection::open(&self.path).unwrap();
        let body: Vec<u8> = other.query_row("SELECT body FROM pages WHERE task = ?1 AND key = ?2", (task, key), |row| row.get(0)).unwrap();
        let mut bad = body.clone();
        bad[0] ^= 1;
        other.execute("UPDATE pages SET body = ?3 WHERE task = ?1 AND key = ?2", (task, key, bad)).unwrap();
    }
}

pub(crate) fn plan(name: &str) -> TaskPlan {
    TaskPlan {
        name: name.to_owned(),
        stage: 2,
        origin: 0,
        origins: 1,
        inputs: vec![(IN, 0)],
        targets: vec![OUT],
        generation: 1,
        judgement: "toy-1".to_owned(),
        held_bytes_max: 1 << 20,
    }
}

/// Appends entries to the input topic, as the stage before would.
pub(crate) fn append<L: Store<Record = Toy>>(log: &mut L, entries: &[Entry<Toy>]) -> Result<(), JournalError> {
    let lease = log.restore("source")?.lease;
    let position = PositionEntry {
        task: "source".to_owned(),
        generation: 1,
        judgement: "toy-1".to_owned(),
        tick: None,
        sent: None,
        inputs: Vec::new(),
        streams: Vec::new(),
    };
    let output = |entry: &Entry<Toy>| Output { topic: IN, partition: 0, entry: entry.clone() };
    let outputs = entries.iter().map(output).collect();
    log.commit(&mut [Commit { lease, outputs, position, checkpoint: None }])
}

/// All records of a topic, in order of position.
pub(crate) fn records_of<L: Store<Record = Toy>>(log: &mut L, topic: Topic) -> Vec<Toy> {
    let mut out = Vec::new();
    log.read((topic, 0), 0, usize::MAX, &mut out).unwrap();
    let record = |(_, entry)| match entry {
        Entry::Record { record, .. } => Some(record),
        Entry::Mark(_) => None,
    };
    out.into_iter().filter_map(record).collect()
}

/// A stage with sums and deadlines: each record tells the new sum of its group, and some ticks later tells it again.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    groups: BTreeMap<u32, Group>,
    touched: BTreeSet<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    sum: i64,
    due: Vec<i64>,
}

impl Fold {
    /// What falls due at or before `tick`.
    pub(crate) fn pass(&mut self, tick: i64, out: &mut Vec<Toy>) {
        loop {
            let due = |(group, state): (&u32, &Group)| state.due.iter().min().map(|due| (*due, *group));
            let Some((at, group)) = self.groups.iter().filter_map(due).min().filter(|(at, _)| *at <= tick) else {
                return;
            };
            let state = self.groups.get_mut(&group).unwrap();
            let place = state.due.iter().position(|due| *due == at).unwrap();
            state.due.remove(place);
            out.push(Toy { tick: at, id: 1_000 + group, value: state.sum });
            if state.due.is_empty() && state.sum % 3 == 0 {
                self.groups.remove(&group); // so that pages are deleted as well
            }
            self.touched.insert(group);
        }
    }

    pub(crate) fn step(&mut self, tick: i64, records: &[Toy], out: &mut Vec<Toy>) {
        self.pass(tick - 1, out);
        for record in records {
            let group = record.id % 4;
            let state = self.groups.entry(group).or_default();
            state.sum += record.value;
            if record.value % 2 == 0 {
                state.due.push(tick + 1 + record.value.rem_euclid(5));
            }
            out.push(Toy { tick, id: group, value: state.sum });
            self.touched.insert(group);
        }
        self.pass(tick, out);
    }

    pub(crate) fn pages_due(&mut self) -> Vec<PageChange> {
        let page = |group: u32| PageChange {
            key: format!("group/{group}"),
            body: self.groups.get(&group).map(|state| {
                let numbers: Vec<String> =
                    std::iter::once(state.sum).chain(state.due.iter().copied()).map(|number| number.to_string()).collect();
                numbers.join(" ").into_bytes()
            }),
        };
        std::mem::take(&mut self.touched).into_iter().map(page).collect()
    }

    pub(crate) fn restore(pages: Vec<Page>) -> Self {
        let mut fold = Self::default();
        for page in pages {
            let group = page.key.strip_prefix("group/").unwrap().parse().unwrap();
            let text = String::from_utf8(page.body).unwrap();
            let mut numbers = text.split(' ').map(|number| number.parse::<i64>().unwrap());
            let sum = numbers.next().unwrap();
            fold.groups.insert(group, Group { sum, due: numbers.collect() });
        }
        fold
    }
}
