//! The grounds of the stores that need no broker: memory, and a file.
//!
//! Must never enter: an assertion; those stand in the tests.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use journal::sqlite::{Body, Chain, Codec, Layout, RowBuffer, Sqlite, SqliteStore, StoredRow};
use journal::{FailHook, JournalError, Memory, Retention, Topic, TopicShape};

use crate::contract::contract;
use crate::toy::{Ground, IN, Toy};

contract!(memory, MemoryGround);
contract!(passing, PassingGround);
contract!(sqlite, SqliteGround);

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

pub(crate) struct MemoryGround(Memory<Toy>);

impl Ground for MemoryGround {
    type Log = Memory<Toy>;
    fn new() -> Option<Self> {
        let topic = TopicShape { partitions: 1, readers: 0 };
        Some(Self(Memory::new(Retention::All, &[topic, topic])))
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

/// Opens a file whose lock was let go. Other tests of this program start processes: between its fork and its exec such a child has a
/// copy of every descriptor, and so for a moment the lock.
fn reopened(path: &Path) -> Sqlite {
    let began = Instant::now();
    loop {
        match Sqlite::open(path, &toy_layout()) {
            Err(JournalError::Locked { .. }) if began.elapsed() < Duration::from_secs(10) => std::thread::sleep(Duration::from_millis(1)),
            opened => return opened.unwrap(),
        }
    }
}

impl<const TAILS: usize> Ground for FileGround<TAILS> {
    type Log = SqliteStore<ToyCodec>;
    fn new() -> Option<Self> {
        let folder = fast_folder();
        let path = folder.path().join("toy.db");
        let mut ground = Self { log: None, path, _folder: folder };
        ground.restart();
        Some(ground)
    }
    fn log(&mut self) -> &mut SqliteStore<ToyCodec> {
        self.log.as_mut().unwrap()
    }
    fn restart(&mut self) {
        self.log = None; // the lock goes with the old process
        let store = SqliteStore::new(reopened(&self.path), ToyCodec);
        let tails = [IN; TAILS];
        self.log = Some(tails.into_iter().fold(store, |store, topic| store.passing(topic).unwrap()));
    }
    fn hang(&mut self, hook: Option<FailHook>) {
        self.log().file().hang(hook);
    }
}

/// A ground whose saved pages can be damaged.
pub(crate) trait Damage: Ground {
    fn flip_bit_of_page(&mut self, task: &str, key: &str);
}

impl Damage for MemoryGround {
    fn flip_bit_of_page(&mut self, task: &str, key: &str) {
        self.0.flip_bit_of_page(task, key);
    }
}

impl<const TAILS: usize> Damage for FileGround<TAILS> {
    fn flip_bit_of_page(&mut self, task: &str, key: &str) {
        let other = rusqlite::Connection::open(&self.path).unwrap();
        let body: Vec<u8> = other.query_row("SELECT body FROM pages WHERE task = ?1 AND key = ?2", (task, key), |row| row.get(0)).unwrap();
        let mut bad = body.clone();
        bad[0] ^= 1;
        other.execute("UPDATE pages SET body = ?3 WHERE task = ?1 AND key = ?2", (task, key, bad)).unwrap();
    }
}
