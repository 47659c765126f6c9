//! What a committed stage costs its client on a real broker, and what the tick costs an idle one.
//!
//! `BOOTSTRAP=host:port cargo bench -p journal --bench kafka`. Copies a million records of 200 bytes from one topic to
//! another through the log, in transactions of several sizes, and commits marks at the pace of the tick. CPU is that of this
//! process alone (`/proc/self/stat`); the broker's is not in it. Must never enter: a figure that is not measured here.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement that fails should stop, and what it prints is its result")]

use std::time::{Duration, Instant};

use journal::kafka::topics::{Topics, Wanted};
use journal::kafka::{Codec, Growth, Identity, Incoming, Inputs, KafkaStore, MessageBuffer, Settings, TopicName};
use journal::{Commit, Entry, InputPosition, Mark, Origins, Output, PositionEntry, Store, Topic};

const IN: Topic = Topic(0);
const OUT: Topic = Topic(1);
const RECORDS: usize = 1_000_000;
const BODY_BYTES: usize = 200;

/// Eight bytes of key, and a body that is carried along.
struct Bytes(Vec<TopicName>);

struct Body(Vec<u8>);

impl Codec for Bytes {
    type Record = Body;
    fn topics(&self) -> &[TopicName] {
        &self.0
    }
    fn encode(&self, _topic: Topic, entry: &Entry<Body>, message: &mut MessageBuffer) {
        match entry {
            Entry::Record { record, .. } => {
                message.key.extend_from_slice(&record.0[..8]);
                message.value.extend_from_slice(&record.0);
            }
            Entry::Mark(mark) => message.value.extend_from_slice(&mark.tick.to_le_bytes()),
        }
    }
    fn decode(&self, _topic: Topic, message: &Incoming<'_>) -> Result<Entry<Body>, String> {
        Ok(Entry::Record { origin: 0, record: Body(message.value.unwrap_or_default().to_vec()) })
    }
}

fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    // utime and stime, in ticks of 10 ms.
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

fn open(bootstrap: &str, space: &str, partitions: u32) -> KafkaStore<Bytes> {
    let identity = Identity::new(space, "bench", 0);
    let names = ["in", "out"].map(|topic| TopicName { name: format!("{space}.{topic}"), growth: Growth::Fixed });
    let wanted = |name: &str, settings: Vec<(String, String)>| Wanted {
        name: name.to_owned(),
        partitions,
        replication: 1,
        settings,
        growth: Growth::Fixed,
    };
    let compact = vec![("cleanup.policy".to_owned(), "compact".to_owned())];
    let all = [wanted(&names[0].name, Vec::new()), wanted(&names[1].name, Vec::new()), wanted(&identity.state_topic(), compact)];
    let topics = Topics::open(bootstrap, &[]).unwrap();
    topics.apply(&topics.plan(&all).unwrap()).unwrap();
    let on_stall: journal::kafka::OnStall = std::sync::Arc::new(|_, _| std::process::abort());
    KafkaStore::open(Settings::new(bootstrap, identity, Inputs::Chosen), Bytes(names.into()), on_stall).unwrap()
}

fn position(task: &str, tick: i64, inputs: Vec<InputPosition>) -> PositionEntry {
    PositionEntry {
        task: task.to_owned(),
        generation: 1,
        judgement: "bench".to_owned(),
        tick: Some(tick),
        sent: Some(tick),
        inputs,
        streams: Vec::new(),
    }
}

/// Commits, again after what passes: on a busy machine a broker may answer too late. It is said, for the figures hold it.
fn commit(store: &mut KafkaStore<Bytes>, part: Commit<Body>) {
    let mut parts = [part];
    while let Err(error) = store.commit(&mut parts) {
        assert!(error.is_passing(), "{error}");
        println!("  again: {error}");
    }
}

fn fill(store: &mut KafkaStore<Bytes>) {
    let lease = store.restore("fill/0").unwrap().lease;
    for at in (0..RECORDS).step_by(10_000) {
        let record = |n: usize| {
            let body = n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes().iter().copied().cycle().take(BODY_BYTES).collect();
            Output { topic: IN, partition: 0, entry: Entry::Record { origin: 0, record: Body(body) } }
        };
        let outputs = (at..at + 10_000).map(record).collect();
        let position = position("fill/0", i64::try_from(at).unwrap(), Vec::new());
        commit(store, Commit { lease: lease.clone(), outputs, position, checkpoint: None });
    }
}

/// Copies all records, `per_commit` in a transaction.
fn copy(store: &mut KafkaStore<Bytes>, per_commit: usize) {
    let task = format!("copy-{per_commit}/0");
    let lease = store.restore(&task).unwrap().lease;
    let (mut next, mut copied, mut tick) = (0, 0, 0);
    let mut waits = Vec::new();
    store.read((IN, 0), 0, 0, &mut Vec::new()).unwrap();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    while copied < RECORDS {
        let mut came = Vec::new();
        while came.len() < per_commit.min(RECORDS - copied) {
            let before = came.len();
            let wanted = per_commit - before;
            store.read((IN, 0), next, wanted, &mut came).unwrap();
            next = came.last().map_or(next, |(position, _)| position + 1);
            if came.len() == before {
                store.wait(Duration::from_millis(5));
            }
        }
        copied += came.len();
        tick += 1;
        let outputs = came.into_iter().map(|(_, entry)| Output { topic: OUT, partition: 0, entry }).collect();
        let input = InputPosition { topic: IN, partition: 0, next, marks: Vec::new(), count: None };
        let begun = Instant::now();
        let position = position(&task, tick, vec![input]);
        commit(store, Commit { lease: lease.clone(), outputs, position, checkpoint: None });
        waits.push(begun.elapsed());
    }
    let (took, cpu) = (start.elapsed(), cpu_seconds() - cpu);
    waits.sort();
    println!(
        "copy {per_commit:>6} per commit: {:>7.0} records/s, {:.2} CPU-s per million, commit p50 {:.1} ms, p99 {:.1} ms",
        copied as f64 / took.as_secs_f64(),
        cpu * 1e6 / copied as f64,
        quantile(&waits, 50),
        quantile(&waits, 99)
    );
}

/// Of sorted waits, in milliseconds.
fn quantile(waits: &[Duration], share: usize) -> f64 {
    waits[(waits.len() * share / 100).min(waits.len() - 1)].as_secs_f64() * 1e3
}

/// Commits a mark to every partition at the pace of the tick, and as fast as it goes.
fn ticks(bootstrap: &str, space: &str, partitions: u32, pace: Option<Duration>) {
    let mut store = open(bootstrap, &format!("{space}p{partitions}"), partitions);
    let lease = store.restore("tick/0").unwrap().lease;
    let (start, cpu, mut count, mut waits) = (Instant::now(), cpu_seconds(), 0_u32, Vec::new());
    while start.elapsed() < Duration::from_secs(10) {
        count += 1;
        let tick = i64::from(count);
        let mark = Mark { generation: 1, stage: 1, origins: Origins::One(0), tick, count: 1 };
        let outputs = (0..partitions).map(|partition| Output { topic: OUT, partition, entry: Entry::Mark(mark) }).collect();
        let position = position("tick/0", tick, Vec::new());
        let begun = Instant::now();
        commit(&mut store, Commit { lease: lease.clone(), outputs, position, checkpoint: None });
        waits.push(begun.elapsed());
        if let Some(rest) = pace.and_then(|pace| (pace * count).checked_sub(start.elapsed())) {
            std::thread::sleep(rest);
        }
    }
    let took = start.elapsed().as_secs_f64();
    let (share, each) = ((cpu_seconds() - cpu) * 100.0 / took, (cpu_seconds() - cpu) * 1e3 / f64::from(count));
    waits.sort();
    println!(
        "marks to {partitions:>2} partitions, {}: {:>6.1} commits/s, {share:.1} % of a core, {each:.2} ms CPU per commit, p50 {:.1} ms, p99 {:.1} ms",
        pace.map_or("as fast as it goes".to_owned(), |pace| format!("every {} ms", pace.as_millis())),
        f64::from(count) / took,
        quantile(&waits, 50),
        quantile(&waits, 99)
    );
}

fn main() {
    let Ok(bootstrap) = std::env::var("BOOTSTRAP") else {
        println!("SKIPPED: set BOOTSTRAP=host:port to a broker, such as one of tests/broker/start.sh");
        return;
    };
    let space = format!("bench{}", std::process::id());
    let mut store = open(&bootstrap, &space, 1);
    fill(&mut store);
    for per_commit in [1_000, 10_000, 10_000] {
        copy(&mut store, per_commit);
    }
    drop(store);
    for partitions in [1, 8] {
        for pace_ms in [50, 100, 250, 500, 1_000] {
            ticks(&bootstrap, &format!("{space}t{pace_ms}"), partitions, Some(Duration::from_millis(pace_ms)));
        }
        ticks(&bootstrap, &format!("{space}f"), partitions, None);
    }
}
