//! A live log that is killed and started again: followed files, pipes, acts, and the orderly end.
//!
//! The clock of the host stamps what a live log admits, so two runs differ in their stamps; what must hold is that nothing is
//! lost or counted twice and that the log decides the same again. What must never enter: a comparison of stamps.

use crate::support::{Chance, Folder, HEADER, alerts, count, kill_after, log, terminate, until, wait};
use slipwatch::{book::Book, embedded::BUCKET, fused::FusedStage};
use std::{
    fmt::Write as _,
    io::Write,
    process::Stdio,
    time::{Duration, Instant},
};

/// Rows of the last days, each a record of its own.
fn recent(rows: usize) -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "a live log counts only what lies within its horizon of the real day")]
    let today = slipwatch_day(chrono::Utc::now().timestamp());
    (0..rows).map(|row| format!("B{row},0,assert,{},{today},XA,arms,1\n", today.plus(-(i32::try_from(row % 20).unwrap_or(0))))).collect()
}

fn slipwatch_day(seconds: i64) -> vocab::time::Day {
    vocab::time::Day(i32::try_from(seconds.div_euclid(86_400)).expect("a day of our time"))
}

/// The keys of the feed's records, in the order of the log.
fn keys(folder: &Folder, db: &str) -> Vec<String> {
    folder.holds(db).admitted.into_iter().map(|(_, key, _)| key).filter(|key| key.starts_with("customs/B")).collect()
}

fn wanted(rows: &[String]) -> Vec<String> {
    rows.iter().map(|row| format!("customs/{}", row.split(',').next().unwrap_or(""))).collect()
}

/// Fails unless the records of a log decide again what it holds.
fn decides_the_same(folder: &Folder, db: &str) {
    let book = Book::open(&folder.path(db)).expect("the log can be read");
    let judged_to = book.judged_to().expect("the log can be read").expect("the log has been judged");
    let again = book.recompute(&mut FusedStage::new(BUCKET), judged_to, |_, _| Ok(())).expect("the records can be read");
    assert!(book.decisions().expect("the log can be read") == again, "the log does not decide the same again");
}

#[test]
fn a_followed_file_is_in_exactly_once_however_often_the_program_is_killed() {
    let folder = Folder::with_log(&log(2, 500));
    folder.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let rows = recent(1_500);
    let text = format!("{HEADER}{}", rows.concat());
    let mut chance = Chance::new(17);
    let (mut written, mut landed) = (0, 0);
    folder.write("grow.csv", "");
    while written < text.len() {
        let child = folder.command("run -m map.toml --db a.db grow.csv").spawn().expect("the program starts");
        // Pieces end anywhere, also in the middle of a line.
        let end = text.len().min(written + 1 + usize::try_from(chance.below(4_000)).unwrap_or(0));
        folder.append("grow.csv", &text[written..end]);
        written = end;
        landed += u32::from(kill_after(child, Duration::from_millis(chance.below(500))));
    }
    assert!(landed >= 10, "only {landed} kills landed");
    let child = folder.command("run -m map.toml --db a.db grow.csv").spawn().expect("the program starts");
    let before = count(&folder.path("a.db"), "admitted");
    until("the last row is in", || keys(&folder, "a.db").len() >= rows.len());
    terminate(&child);
    wait(child).ends(0).says(&["everything is committed"]);
    assert_eq!(keys(&folder, "a.db"), wanted(&rows), "{landed} kills, {before} rows before the last start");
    decides_the_same(&folder, "a.db");
    let alert = alerts(&folder, "a.db").first().cloned().expect("the log has alerts");
    folder.run(&format!("explain {alert} --db a.db")).ends(0);
}

#[test]
fn a_file_that_follows_another_under_its_name_is_read_from_its_first_row() {
    let folder = Folder::with_log("");
    let rows = recent(3_000);
    for text in rows.chunks(1_000) {
        // The program meets a file that has only its header, and is started again while it grows.
        folder.write("today.csv", HEADER);
        folder.run("run --once -m map.toml -p pack.toml --db a.db today.csv").ends(0);
        folder.append("today.csv", text[..400].concat());
        folder.run("run --once -m map.toml --db a.db today.csv").ends(0);
        folder.append("today.csv", text[400..].concat());
        folder.run("run --once -m map.toml --db a.db today.csv").ends(0).says(&["stopped: 600 events taken in"]);
    }
    assert_eq!(keys(&folder, "a.db"), wanted(&rows));
}

#[test]
fn a_live_log_says_what_came_too_late_and_that_its_pack_stays() {
    let folder = Folder::with_log(&log(2, 500));
    folder.run("run --once -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let late = count(&folder.path("a.db"), "late");
    assert!(late > 0, "rows of 2018 are late today");
    let again = folder.run("run --once -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    again.says(&[&format!("late: {late} records"), "the one in force here stays"]);
}

#[test]
fn a_pipe_sent_again_after_every_kill_counts_once() {
    let folder = Folder::with_log("");
    let rows = recent(3_000);
    let text = format!("{HEADER}{}", rows.concat());
    folder.run_with("run -m map.toml -p pack.toml --db plain.db", text.as_bytes()).ends(0);
    let mut chance = Chance::new(5);
    let mut landed = 0;
    for _ in 0..12 {
        let mut child = folder.command("run -m map.toml -p pack.toml --db a.db").stdin(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        std::thread::scope(|scope| {
            scope.spawn(|| {
                // The pipe breaks when the program is killed: that is what is tried here.
                for piece in text.as_bytes().chunks(6_000) {
                    if stdin.write_all(piece).is_err() {
                        return;
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
            });
            landed += u32::from(kill_after(child, Duration::from_millis(chance.below(250))));
        });
    }
    assert!(landed >= 8, "only {landed} kills landed");
    folder.run_with("run -m map.toml -p pack.toml --db a.db", text.as_bytes()).ends(0);
    let (plain, held) = (folder.holds("plain.db"), folder.holds("a.db"));
    assert_eq!(plain.count("customs", "effective"), 3_000);
    assert_eq!(held.count("customs", "effective"), 3_000, "counted once: {:?}", held.ledger);
    let all = held.admitted.iter().filter(|(_, key, _)| key.starts_with("customs/")).count();
    assert_eq!(i64::try_from(all).unwrap_or(0), 3_000 + held.count("customs", "duplicates"), "{:?}", held.ledger);
    decides_the_same(&folder, "a.db");
}

#[test]
fn a_stop_that_is_asked_for_drains_and_keeps_all_it_says() {
    let folder = Folder::with_log("");
    let mut child = folder.command("run -m map.toml -p pack.toml --db a.db").stdin(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(format!("{HEADER}{}", recent(700).concat()).as_bytes()).expect("the program reads");
    until("rows are in", || count(&folder.path("a.db"), "admitted") > 1);
    let asked = Instant::now();
    terminate(&child);
    let ran = wait(child).ends(0).says(&["everything is committed"]);
    assert!(asked.elapsed() < Duration::from_secs(10), "the drain is late");
    let said: usize = ran.err.split("stopped: ").nth(1).and_then(|rest| rest.split(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0);
    let kept = keys(&folder, "a.db").len();
    assert!(said > 0 && said == kept, "says {said} events and keeps {kept}:\n{}", ran.err);
    decides_the_same(&folder, "a.db");
}

#[test]
fn an_act_beside_a_process_that_is_killed_is_answered_once() {
    let folder = Folder::with_log(&log(2, 500));
    folder.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    folder.write("quiet.csv", HEADER);
    let mut chance = Chance::new(23);
    for round in 0..8 {
        let act = format!("act outage XC --from 2018-02-05 --until 2018-02-11 --who ann --why round_{round} --db a.db");
        let child = folder.command("run -m map.toml --db a.db quiet.csv").spawn().expect("the program starts");
        let mut first = folder.command(&act).spawn().expect("the program starts");
        kill_after(child, Duration::from_millis(100 + chance.below(600)));
        first.kill().expect("a child that has not been waited for can be killed");
        first.wait().expect("a child can be waited for");
        assert_eq!(folder.run(&act).ends(0).out, "applied\n", "round {round}");
    }
    // What was handed in and never taken is taken now, and changes nothing.
    let child = folder.command("run -m map.toml --db a.db quiet.csv").spawn().expect("the program starts");
    let asked = folder.run("act outage XB --from 2018-02-05 --until 2018-02-11 --who ann --why beside_a_live_one --db a.db");
    assert_eq!(asked.ends(0).out, "applied\n");
    terminate(&child);
    wait(child).ends(0);
    let mut answers = String::new();
    for (_, key, _) in folder.holds("a.db").decisions.iter().filter(|(_, key, _)| key.starts_with("answer/")) {
        let _ = writeln!(answers, "{key}");
    }
    assert_eq!(answers.lines().count(), 9, "each act is answered once:\n{answers}");
    decides_the_same(&folder, "a.db");
}
