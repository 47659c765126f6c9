//! How fast the log is: a million records through four hops in memory, and a million chained rows into a file.
//!
//! Plain clock, one run each: `cargo bench -p journal`. Bars: well under 1 s, and 8 s. Must never enter: a bar that fails
//! a build, because machines differ.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on should stop at the line that says why")]

use std::io::Write;
use std::time::Instant;

use journal::sqlite::{ADMITTED, Layout, Row, Sqlite};
use journal::{
    Commit, Entry, InputPosition, Mark, Memory, Origins, Output, PositionEntry, Retention, Sequenced, Start, Store, Target, Task, TaskPlan,
    Topic, TopicShape,
};

const RECORDS: u32 = 1_000_000;
const TICKS: u32 = 1_825;
const HOPS: u16 = 4;

#[derive(Clone, Copy, Debug)]
struct Small {
    tick: i64,
    id: [u8; 16],
    _rest: [u64; 8],
}

impl Sequenced for Small {
    type Order = ([u8; 16], u32, [u8; 16]);
    fn tick(&self) -> i64 {
        self.tick
    }
    fn order(&self) -> Self::Order {
        (self.id, 1, self.id)
    }
}

fn small(n: u32) -> Small {
    let id = u128::from(n).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834).to_le_bytes();
    Small { tick: i64::from(n / (RECORDS / TICKS)), id, _rest: [u64::from(n); 8] }
}

fn hop(topic: u16) -> TaskPlan {
    TaskPlan {
        name: format!("hop/{topic}"),
        stage: 1,
        origin: 0,
        inputs: vec![(Topic(topic), 0)],
        targets: vec![Target { topic: Topic(topic + 1), origins: 1 }],
        generation: 1,
        judgement: "bench".to_owned(),
        held_bytes_max: 64 << 20,
    }
}

/// Each hop reads whole ticks, sorts them, and sends every record on; the source sends 5,000 at a time.
fn through_memory() -> usize {
    let shapes: Vec<_> = (0..=HOPS).map(|topic| TopicShape { partitions: 1, readers: u32::from(topic < HOPS) }).collect();
    let mut log = Memory::<Small>::new(Retention::Unread, &shapes);
    let lease = log.restore("source").unwrap().lease;
    let mut tasks: Vec<_> = (0..HOPS).map(|topic| Task::open(&mut log, hop(topic), Start::Saved).unwrap()).collect();
    let (mut records, mut arrived) = (Vec::new(), 0);
    for chunk in 0..=RECORDS / 5_000 {
        let range = chunk * 5_000..(chunk * 5_000 + 5_000).min(RECORDS);
        let tick = if range.is_empty() { i64::MAX } else { small(range.start).tick - 1 };
        let record = |n| Output { topic: Topic(0), partition: 0, entry: Entry::Record { origin: 0, record: small(n) } };
        let mut outputs: Vec<_> = range.map(record).collect();
        let mark = Mark { generation: 1, stage: 0, origins: Origins::One(0), tick, count: 1 };
        outputs.push(Output { topic: Topic(0), partition: 0, entry: Entry::Mark(mark) });
        let position = PositionEntry {
            task: "source".to_owned(),
            generation: 1,
            judgement: "bench".to_owned(),
            tick: None,
            sent: Some(tick),
            inputs: Vec::<InputPosition>::new(),
            streams: Vec::new(),
        };
        log.commit(&mut [Commit { lease: lease.clone(), outputs, position, checkpoint: None }]).unwrap();
        for (topic, task) in (1..).map(Topic).zip(&mut tasks) {
            task.poll(&mut log, 100_000).unwrap();
            let mut outputs = Vec::new();
            while task.turn(&mut log, &mut records).unwrap().is_some() {
                let sent = |&record| Output { topic, partition: 0, entry: Entry::Record { origin: 0, record } };
                outputs.extend(records.iter().map(sent));
            }
            if let Some(part) = task.part(&log, outputs, None).unwrap() {
                let mut parts = [part];
                log.commit(&mut parts).unwrap();
                task.committed(&parts[0]);
            }
        }
        arrived += log.drain(Topic(HOPS), 0).unwrap().len();
    }
    arrived
}

/// Chained rows of 250 bytes, 5,000 to a commit, each commit synced.
fn into_a_file() -> u64 {
    let folder = tempfile::tempdir_in(".").unwrap();
    let mut file = Sqlite::open(&folder.path().join("log.db"), &Layout::new(1, 1, "bench")).unwrap();
    let mut body = [b'x'; 250];
    for chunk in 0..RECORDS / 5_000 {
        let mut batch = file.begin().unwrap();
        for n in chunk * 5_000..chunk * 5_000 + 5_000 {
            body[..4].copy_from_slice(&n.to_le_bytes());
            let key = format!("source/{n:08}");
            batch.append(ADMITTED, &Row { origin: 0, tick: i64::from(n / 548), key: &key, body: &body }).unwrap();
        }
        batch.commit().unwrap();
    }
    let written = Instant::now();
    let rows = file.verify_chain(ADMITTED).unwrap().rows;
    say(&format!("  of it verified again: {:.2} s", written.elapsed().as_secs_f64()));
    rows
}

fn say(line: &str) {
    let mut out = std::io::stdout();
    writeln!(out, "{line}").unwrap();
}

fn main() {
    let start = Instant::now();
    assert_eq!(through_memory(), RECORDS as usize);
    say(&format!("memory, {RECORDS} records, {HOPS} hops: {:.2} s", start.elapsed().as_secs_f64()));
    let start = Instant::now();
    assert_eq!(into_a_file(), u64::from(RECORDS));
    say(&format!("file, {RECORDS} rows, written and verified: {:.2} s", start.elapsed().as_secs_f64()));
}
