//! SIGKILL at random points of an import and of an act: the answer is that of the run that nobody disturbed.
//!
//! Every kill has a seed; a failure names it. What must never enter: a kill at a point chosen because it works.

use crate::{
    kills::Moments,
    support::{FIRST_DAY, Folder, HEADER, Holds, alerts, count, log, terminate, until, wait},
};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use vocab::time::Day;

/// Every so many disturbed logs one is also explained, which recomputes it from its records.
const EXPLAINED_EVERY: u64 = 8;
/// Kills that must land while the program runs.
const KILLS: u32 = 110;
/// Of these, so many between the first and the last commit.
const KILLS_BETWEEN_COMMITS: u32 = 20;
/// Kills that must land while an act is done.
const KILLS_OF_AN_ACT: u32 = 25;
/// Kills that must land while a demonstration is made.
const KILLS_OF_A_DEMO: u32 = 20;

fn history() -> Folder {
    Folder::with_log(&log(1, 1_100))
}

fn import(db: &str) -> String {
    format!("import -m map.toml -p pack.toml --db {db} log.csv")
}

/// The import that nobody disturbed, what it holds and how long it took.
fn undisturbed(folder: &Folder) -> (Holds, Duration) {
    let begun = Instant::now();
    folder.run(&import("a.db")).ends(0);
    let took = begun.elapsed();
    (folder.holds("a.db"), took)
}

#[test]
fn a_hundred_kills_of_an_import_change_no_decision_and_no_record() {
    let folder = history();
    let (plain, took) = undisturbed(&folder);
    assert!(plain.admitted.len() > 5_000 && plain.seals() > 1_000, "the log is too small to be interrupted");
    let (landed, between) = (AtomicU32::new(0), AtomicU32::new(0));
    std::thread::scope(|scope| {
        for worker in 0..2_u64 {
            let (folder, plain, landed, between) = (&folder, &plain, &landed, &between);
            scope.spawn(move || {
                let mut moments = Moments::new(worker, took);
                for run in 0_u64.. {
                    if landed.load(Ordering::Relaxed) >= KILLS && between.load(Ordering::Relaxed) >= KILLS_BETWEEN_COMMITS {
                        break;
                    }
                    let kills = disturbed(folder, worker + 2 * run, &mut moments, plain);
                    landed.fetch_add(kills.0, Ordering::Relaxed);
                    between.fetch_add(kills.1, Ordering::Relaxed);
                }
            });
        }
    });
}

#[test]
fn an_import_that_is_asked_to_stop_drains_and_goes_on_where_it_was() {
    let mut stopped = 0;
    // A machine may be so fast that it is done before anybody can ask: then it gets more to do.
    for days in [1_100, 2_200, 4_400, 8_800] {
        let folder = Folder::with_log(&log(1, days));
        let (plain, _) = undisturbed(&folder);
        for attempt in 0..10 {
            let db = format!("s{attempt}.db");
            let child = folder.command(&import(&db)).spawn().expect("the program starts");
            until("the import has begun", || count(&folder.path(&db), "admitted") > 0);
            terminate(&child);
            let said = wait(child).ends(0).out;
            stopped += u32::from(said.contains("stopped as asked"));
            folder.run(&import(&db)).ends(0);
            folder.holds(&db).must_equal(&plain, &format!("stop {attempt} of {days} days"));
            if stopped == 3 {
                return;
            }
        }
    }
    panic!("only {stopped} of 40 stops came before the end: the log is too small to be interrupted");
}

/// Imports with kills until it is done; how many landed, and how many of them between the first and the last commit.
fn disturbed(folder: &Folder, seed: u64, moments: &mut Moments, plain: &Holds) -> (u32, u32) {
    let db = format!("{seed}.db");
    let (mut landed, mut between) = (0, 0);
    // Sometimes the next start is killed early, sometimes it comes far: both happen to a program that is restarted.
    while moments.kill(folder.command(&import(&db)).spawn().expect("the program starts")) {
        landed += 1;
        let rows = count(&folder.path(&db), "admitted");
        between += u32::from(rows > 0 && rows < plain.admitted.len() as u64);
        if landed == 30 {
            folder.run(&import(&db)).ends(0);
            break;
        }
    }
    folder.holds(&db).must_equal(plain, &format!("seed {seed}, after {landed} kills"));
    if seed % EXPLAINED_EVERY < 2 {
        assert!(folder.run(&import(&db)).ends(0).out.contains("in already"), "seed {seed}");
        let alert = alerts(folder, &db).first().cloned().expect("the log has alerts");
        let explained = folder.run(&format!("explain {alert} --db {db}")).ends(0);
        assert!(explained.out.contains("the same, byte for byte"), "seed {seed}");
    }
    (landed, between)
}

#[test]
fn kills_of_an_act_leave_it_done_once_or_not_at_all() {
    let folder = history();
    let (before, _) = undisturbed(&folder);
    folder.copy("a.db", "plain.db");
    let act = |db: &str| format!("act outage XC --from 2019-12-01 --until 2019-12-07 --who ann --why the_harbour_was_shut --db {db}");
    let begun = Instant::now();
    assert_eq!(folder.run(&act("plain.db")).ends(0).out, "applied\n");
    let (plain, took) = (folder.holds("plain.db"), begun.elapsed());
    let (mut landed, mut moments) = (0, Moments::new(7, took));
    while landed < KILLS_OF_AN_ACT {
        folder.copy("a.db", "b.db");
        while moments.kill(folder.command(&act("b.db")).spawn().expect("the program starts")) {
            landed += 1;
            let held = folder.holds("b.db");
            let new = held.admitted.len() - before.admitted.len();
            assert!(new <= 1, "after {landed} kills: the act is in {new} times");
        }
        assert_eq!(folder.run(&act("b.db")).ends(0).out, "applied\n", "after {landed} kills: said again, it is answered as before");
        folder.holds("b.db").must_equal(&plain, &format!("after {landed} kills"));
    }
}

#[test]
fn a_restart_from_every_checkpoint_decides_the_same() {
    let folder = history();
    let (plain, _) = undisturbed(&folder);
    let text = log(1, 1_100);
    let lines: Vec<&str> = text.lines().skip(1).collect();
    for parts in [2, 7, 12] {
        // A file ends with a checkpoint; rows of one day stay in one file, and so do rows that changed places.
        let mut files = vec![String::new(); parts];
        for line in &lines {
            let day = Day::parse(line.split(',').nth(4).expect("a row has a day")).expect("it is a day");
            let part = usize::try_from(day.0 - FIRST_DAY.0).unwrap_or(0) * parts / 1_200;
            files[part].push_str(line);
            files[part].push('\n');
        }
        let db = format!("parts-{parts}.db");
        for (n, rows) in files.iter().filter(|rows| !rows.is_empty()).enumerate() {
            folder.write(&format!("{parts}-{n}.csv"), format!("{}{rows}", HEADER));
            folder.run(&format!("import -m map.toml -p pack.toml --db {db} {parts}-{n}.csv")).ends(0);
        }
        let held = folder.holds(&db);
        assert_eq!(held.decisions.len(), plain.decisions.len(), "{parts} parts");
        assert!(held.decisions == plain.decisions, "{parts} parts: another decision");
        assert!(held.admitted == plain.admitted, "{parts} parts: other records");
    }
}

#[test]
fn a_demo_that_was_killed_is_replaced_by_the_next_one() {
    let folder = Folder::new();
    let (mut landed, mut moments) = (0, Moments::new(3, Duration::from_millis(40)));
    while landed < KILLS_OF_A_DEMO {
        landed += u32::from(moments.kill(folder.command("demo").spawn().expect("the program starts")));
    }
    folder.run("demo").ends(0);
}
