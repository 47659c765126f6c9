//! Killed for real: a child process writes a file and dies at random moments; what it acknowledged is there, and
//! nothing is there by half.
//!
//! Must never enter: a wait for a fixed time to be long enough; the parent reads what the child has acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use journal::sqlite::{ADMITTED, Body, Chain, Layout, Row, Sqlite};
use journal::{Checkpoint, Extent, InputPosition, PageChange, PositionEntry, Topic};

const CHILD: &str = "JOURNAL_TEST_CHILD";

fn layout() -> Layout {
    Layout::new(1, 1, "kill-1").table("results", Body::Text, Chain::Linked)
}

/// What the child does: batch after batch, each with its number in every kind of row, acknowledged on stdout.
fn child(path: &Path) {
    let mut file = Sqlite::open(path, &layout()).unwrap();
    let restored = file.restore("fused").unwrap();
    let first = restored.position.and_then(|entry| entry.tick).map_or(0, |tick| tick + 1);
    let mut out = std::io::stdout();
    for tick in first.. {
        let mut batch = file.begin().unwrap();
        for n in 0..20 {
            let body = format!("{tick}/{n} {}", "x".repeat(300));
            let row = Row { origin: 0, tick, key: "k", body: body.as_bytes() };
            batch.append(ADMITTED, &row).unwrap();
            batch.append(Topic(1), &row).unwrap();
        }
        let next = u64::try_from(tick).unwrap() * 20 + 20;
        let entry = PositionEntry {
            task: "fused".to_owned(),
            generation: 1,
            judgement: "kill-1".to_owned(),
            tick: Some(tick),
            sent: Some(tick),
            inputs: vec![InputPosition { topic: ADMITTED, partition: 0, next, marks: Vec::new(), count: None }],
            streams: Vec::new(),
        };
        let pages = vec![PageChange { key: "last".to_owned(), body: Some(tick.to_le_bytes().to_vec()) }];
        batch.checkpoint(&entry, &Checkpoint { extent: Extent::Touched, pages }).unwrap();
        batch.position(&entry).unwrap();
        batch.commit().unwrap();
        writeln!(out, "{tick}").unwrap();
        out.flush().unwrap();
    }
}

/// The same test is parent and child: the child is this binary, run with the file's name in its environment.
#[test]
fn killed_at_any_moment_nothing_is_half() {
    if let Some(path) = std::env::var_os(CHILD) {
        return child(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.db");
    let mut acknowledged = -1;
    for life in 0..25_u32 {
        acknowledged = live_and_die(&path, acknowledged, life);
        check(&path, acknowledged);
    }
    assert!(acknowledged > 25, "the lives were long enough to write: {acknowledged}");
}

/// Starts a child, waits until it acknowledged some batches, kills it; returns the last acknowledged batch.
fn live_and_die(path: &Path, acknowledged: i64, life: u32) -> i64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::killed_at_any_moment_nothing_is_half", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut last = acknowledged;
    let mut seen = 0;
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    while seen < 1 + life % 7 {
        let line = lines.next().expect("the child lives until it is killed").unwrap();
        // The test harness talks on the same pipe, at first on the same line.
        if let Some(tick) = line.rsplit(' ').next().and_then(|word| word.parse::<i64>().ok()) {
            (last, seen) = (tick, seen + 1);
        }
    }
    for _ in 0..life * 9_000 {
        std::hint::spin_loop(); // die somewhere inside the next batches
    }
    child.kill().unwrap();
    child.wait().unwrap();
    lines.map_while(Result::ok).filter_map(|line| line.parse().ok()).fold(last, i64::max)
}

/// All of a batch or nothing: rows of both tables, position, checkpoint and page agree, and reach what was acknowledged.
fn check(path: &Path, acknowledged: i64) {
    let mut file = Sqlite::open(path, &layout()).unwrap();
    let restored = file.restore("fused").unwrap();
    let position = restored.position.unwrap();
    let tick = position.tick.unwrap();
    assert!(tick >= acknowledged, "acknowledged {acknowledged}, found {tick}");
    let rows = u64::try_from(tick + 1).unwrap() * 20;
    assert_eq!(file.verify_chain(ADMITTED).unwrap().rows, rows);
    assert_eq!(file.verify_chain(Topic(1)).unwrap().rows, rows);
    assert_eq!(position.inputs[0].next, rows);
    assert_eq!(restored.checkpoint, Some(position));
    assert_eq!(file.pages("fused").unwrap()[0].body, tick.to_le_bytes());
}
