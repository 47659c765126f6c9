//! Every event log against its snapshot: what it came to, as a person reads it.
//!
//! A new snapshot is written by `UPDATE_SNAPSHOTS=1 cargo test -p tests --test replay`, read by a person, and committed; without
//! that variable nothing is ever written. Must never enter: a figure that is masked or left out because it moves.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};
use tests::{
    agree::assert_agree,
    event_log, generate,
    naive::Figures,
    play::{Setup, play},
    transcript,
    watched::{assert_overdue, assert_watched},
};

fn snapshots() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots")
}

#[test]
fn every_log_comes_to_what_its_snapshot_says() {
    let writes = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut wrong = Vec::new();
    for (name, log) in event_log::all().unwrap() {
        let played = play(&log, Setup::PLAIN).unwrap_or_else(|why| panic!("{name}: {why}"));
        let told = transcript::text(&log.about, &played);
        let path = snapshots().join(format!("{name}.txt"));
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        if kept != told && writes {
            std::fs::write(&path, &told).unwrap();
        } else if kept != told {
            wrong.push(format!("{name}\n{}", first_difference(&kept, &told)));
        }
    }
    assert!(wrong.is_empty(), "these logs came to something else:\n{}", wrong.join("\n"));
}

fn first_difference(kept: &str, told: &str) -> String {
    let mut lines = kept.lines().zip(told.lines()).enumerate().filter(|(_, (kept, told))| kept != told);
    match lines.next() {
        Some((number, (kept, told))) => format!("  line {}\n  kept {kept}\n  told {told}", number + 1),
        None => format!("  {} lines kept, {} told", kept.lines().count(), told.lines().count()),
    }
}

#[test]
fn every_snapshot_belongs_to_a_log_and_every_log_is_small_and_says_what_it_shows() {
    let logs = event_log::all().unwrap();
    let names: BTreeSet<String> = logs.iter().map(|(name, _)| format!("{name}.txt")).collect();
    let kept: BTreeSet<String> =
        std::fs::read_dir(snapshots()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(kept, names);
    for (name, log) in logs {
        assert!(log.lines.len() < 200, "{name} has {} lines", log.lines.len());
        assert!(!log.about.is_empty(), "{name} does not say what it shows");
    }
}

#[test]
fn a_log_that_is_cut_or_broken_is_named_by_line() {
    let table = [
        ("{\"known\":\"2020-03-01\"}", "line 1: neither an event, a pack, a clock nor an end"),
        ("\n{\"event\":{}}", "line 2: an event without `known`"),
        ("{\"known\":\"2020-02-30\",\"event\":{}}", "line 1: not a date or time of the form expected"),
        ("{\"pack\":\"absent.toml\"}", "absent.toml: No such file or directory (os error 2)"),
    ];
    for (text, want) in table {
        assert_eq!(event_log::parse(text).unwrap_err().to_string(), want, "{text}");
    }
}

#[test]
fn every_log_has_the_figures_of_the_naive_checker() {
    for (name, log) in event_log::all().unwrap() {
        let played = play(&log, Setup::PLAIN).unwrap();
        assert_agree(&name, &played, &Figures::of(&played.admitted));
    }
}

#[test]
fn every_log_has_the_watched_alerts_of_the_naive_checker() {
    let mut sorts = BTreeMap::<String, usize>::new();
    for (name, log) in event_log::all().unwrap() {
        let played = play(&log, Setup::PLAIN).unwrap();
        let figures = Figures::of(&played.admitted);
        let found = assert_watched(&name, &played, &figures);
        *sorts.entry("duty listed".to_owned()).or_default() += assert_overdue(&name, &played, &figures);
        found.into_iter().for_each(|(sort, n)| *sorts.entry(sort).or_default() += n);
    }
    for sort in ["incident fired", "incident recalled", "incident ended", "duty fired", "duty recalled", "duty ended", "duty listed"] {
        assert!(sorts.get(sort).is_some_and(|n| *n > 0), "no log has {sort}, only {sorts:?}");
    }
}

#[test]
fn twenty_thousand_lines_have_the_figures_of_the_naive_checker() {
    let log = generate::long_log(1).unwrap();
    assert!(log.lines.len() > 20_000, "{} lines", log.lines.len());
    let played = play(&log, Setup { partitions: 3, ..Setup::PLAIN }).unwrap();
    assert_agree("a long log", &played, &Figures::of(&played.admitted));
    let booked = played
        .ledger
        .values()
        .fold([0; 4], |sum, line| [sum[0] + line.late, sum[1] + line.conflicts, sum[2] + line.superseded, sum[3] + line.unlisted]);
    assert!(booked.iter().all(|n| *n > 0), "late, conflicts, superseded, unlisted: {booked:?}");
}
