//! An embedded log that is watched live: its port has the same numbers and probes as the processes on a broker.
//!
//! What must never enter: a figure that is expected because it came out, a wait that has to be long enough.

use crate::{scrape, tools};
use engine::intake::Pace;
use service_kit::Stop;
use slipwatch::{
    counting::{AdminArgs, Counting},
    embedded::Embedded,
    history::Reading,
    inputs::Following,
    live::{AtEnd, Live, Source},
    rules,
};
use stages::intaking::Intaking;
use std::time::{Duration, Instant};
use tests::{event_log, feed::message};
use vocab::time::Day;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// Rows of the feed, of which every tenth says again what another said and every fiftieth is no event.
const ROWS: u32 = 100;
const MARK: &str = "slipwatch_mark_timestamp_seconds{topic=\"admitted\",origin=\"1\"}";

fn rows(day: Day) -> String {
    let row = |n| String::from_utf8(message(n, "harbour", day)).expect("a row of text");
    (0..ROWS).map(|n| row(n) + "\n").collect()
}

/// The value of a sample, by how its line begins.
fn value(text: &str, sample: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse().ok())
}

#[test]
fn a_log_that_is_watched_live_has_numbers_and_probes_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let (db, input) = (folder.path().join("live.db"), folder.path().join("feed.jsonl"));
    std::fs::write(&input, rows(intake::clock::now().day().plus(-1))).unwrap();
    let asked = AdminArgs { admin_listen: Some("127.0.0.1:0".parse().unwrap()) };
    let counting = Counting::open(asked).unwrap().expect("a port was asked for");
    let address = counting.address();
    let get = |path: &str| scrape::get(address, path, "").expect("the port answers");
    assert_eq!((get("/livez").status, get("/readyz").status), (200, 503), "alive, and not restored yet");
    let first = get("/metrics").text();
    assert_eq!(value(&first, "slipwatch_records_total{stage=\"intake\",outcome=\"taken\"}"), Some(0.0), "counts begin at 0");
    let stop = Stop::new();
    let ends = stop.clone();
    let judging = std::thread::spawn(move || {
        let mut log = Embedded::open(&db).unwrap().counted_by(Some(counting.clone()));
        let intaking = Intaking::open(&mut log.store, Pace::Live, 1).unwrap();
        let following = Following::restore(&mut log.store, &input).unwrap();
        let source = Source::open(&Reading::Native, &input, 0, AtEnd::Follow).unwrap();
        let pack = rules::pack(&event_log::folder().join("packs/duties.toml")).unwrap();
        let rows = log.rows.clone();
        let mut feed = Live::new(intaking, source, Some(pack), rows, following).counted_by(Some(counting));
        log.drive(&mut feed, &ends).unwrap();
    });
    // The first pack is admitted as well; no event are the last rows of both halves.
    let wanted = [
        ("slipwatch_records_total{stage=\"intake\",outcome=\"taken\"}", f64::from(ROWS + 1)),
        ("slipwatch_records_total{stage=\"intake\",outcome=\"emitted\"}", f64::from(ROWS + 1 - 2)),
        ("slipwatch_records_total{stage=\"register\",outcome=\"taken\"}", f64::from(ROWS + 1 - 2)),
        ("slipwatch_refused_total{source=\"__unnamed__\",reason=\"undecodable\"}", 2.0),
        ("slipwatch_duplicates_total{source=\"harbour\"}", f64::from(ROWS / 10 - 2)),
    ];
    let began = Instant::now();
    let shown = loop {
        let shown = get("/metrics").text();
        let differs: Vec<_> = wanted.iter().filter(|(sample, counted)| value(&shown, sample) != Some(*counted)).collect();
        // Where things stand is told once a second, counts with every commit.
        let stands = [MARK, "slipwatch_commit_duration_seconds_count"].map(|sample| value(&shown, sample).unwrap_or(0.0) > 0.0);
        if differs.is_empty() && stands == [true; 2] && get("/readyz").status == 200 {
            break shown;
        }
        assert!(began.elapsed() < PATIENCE, "not so: {differs:?}, {stands:?}\n{shown}");
        std::thread::sleep(Duration::from_millis(50));
    };
    if let Some(promtool) = tools::find("promtool", "a check of what an embedded log serves") {
        assert_eq!(tools::content(&promtool, &["check", "metrics"], shown.as_bytes()), "");
    }
    stop.ask();
    judging.join().unwrap();
}
