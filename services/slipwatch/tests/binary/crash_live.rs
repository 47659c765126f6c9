//! A live log that is killed and started again: followed files, pipes, acts, and the orderly end.
//!
//! The clock of the host stamps what a live log admits, so two runs differ in their stamps; what must hold is that nothing is
//! lost or counted twice and that the log decides the same again. What must never enter: a comparison of stamps.

use crate::{
    kills::{Moments, kill_after, watches},
    support::{Chance, Folder, HEADER, alerts, answered, count, log, terminate, until, wait},
};
use slipwatch::{book::Book, embedded::BUCKET, fused::FusedStage};
use std::{fmt::Write as _, io::Write, process::Stdio, time::Duration};

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
pub(crate) fn decides_the_same(folder: &Folder, db: &str) {
    let book = Book::open(&folder.path(db)).expect("the log can be read");
    let judged_to = book.judged_to().expect("the log can be read").expect("the log has been judged");
    let again = book.recompute(&mut FusedStage::new(BUCKET), judged_to, |_, _| Ok(())).expect("the records can be read");
    assert!(book.decisions().expect("the log can be read") == again, "the log does not decide the same again");
}

#[test]
fn a_followed_file_is_in_exactly_once_however_often_the_program_is_killed() {
    let folder = Folder::with_log(&log(2, 500));
    folder.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let rows = recent(4_000);
    let text = format!("{HEADER}{}", rows.concat());
    let mut pieces = Chance::new(17);
    let mut moments = Moments::new(17, Duration::from_millis(250));
    let (mut written, mut working, mut idle) = (0, 0, 0);
    folder.write("grow.csv", "");
    // A kill meets a program that has taken rows in, or one that has not come to that yet; both are wanted.
    while working < 12 || idle < 6 {
        assert!(written < text.len(), "{working} kills came after rows were taken in and {idle} before, and the file is at its end");
        let before = count(&folder.path("a.db"), "admitted");
        let child = folder.command("run -m map.toml --db a.db grow.csv").spawn().expect("the program starts");
        // Pieces end anywhere, also in the middle of a line.
        let end = text.len().min(written + 100 + usize::try_from(pieces.below(1_500)).unwrap_or(0));
        folder.append("grow.csv", &text[written..end]);
        written = end;
        let ended = kill_after(child, moments.draw());
        assert!(ended.is_none(), "a followed file has no end: {ended:?}");
        if count(&folder.path("a.db"), "admitted") > before {
            working += 1;
            moments.sooner();
        } else {
            idle += 1;
            moments.later();
        }
    }
    folder.append("grow.csv", &text[written..]);
    let child = folder.command("run -m map.toml --db a.db grow.csv").spawn().expect("the program starts");
    let before = count(&folder.path("a.db"), "admitted");
    until("the last row is in", || keys(&folder, "a.db").len() >= rows.len());
    terminate(&child);
    wait(child).ends(0).says(&["everything is committed"]);
    assert_eq!(keys(&folder, "a.db"), wanted(&rows), "{} kills, {before} rows before the last start", working + idle);
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
    again.says(&[&format!("late: {late} records"), "learns a row when it arrives", "the one in force here stays"]);
}

#[test]
fn a_pipe_sent_again_after_every_kill_counts_once() {
    let folder = Folder::with_log("");
    let rows = recent(3_000);
    let text = format!("{HEADER}{}", rows.concat());
    folder.run_with("run -m map.toml -p pack.toml --db plain.db", text.as_bytes()).ends(0);
    let mut cuts = Chance::new(5);
    let mut moments = Moments::new(5, Duration::from_millis(150));
    let (mut working, mut idle) = (0, 0);
    while working < 8 || idle < 3 {
        let before = count(&folder.path("a.db"), "admitted");
        let mut child = folder.command("run -m map.toml -p pack.toml --db a.db").stdin(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        let sent = &text.as_bytes()[..text.len().min(1_000 + usize::try_from(cuts.below(text.len() as u64)).unwrap_or(0))];
        std::thread::scope(|scope| {
            // The sender is never done: it holds the pipe open, and the pipe breaks when the program is killed.
            scope.spawn(|| stdin.write_all(sent).is_err());
            let ended = kill_after(child, moments.draw());
            assert!(ended.is_none(), "a pipe that is held open has no end: {ended:?}");
        });
        if count(&folder.path("a.db"), "admitted") > before {
            working += 1;
            moments.sooner();
        } else {
            idle += 1;
            moments.later();
        }
    }
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
    terminate(&child);
    let ran = wait(child).ends(0).says(&["everything is committed"]);
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
    let outage =
        |place: &str, why: &str| format!("act outage {place} --from 2018-02-05 --until 2018-02-11 --who ann --why {why} --db a.db");
    let mut moments = Moments::new(23, Duration::from_millis(300));
    let (mut rounds, mut answered_before, mut waiting) = (0, 0, 0);
    // A kill comes before the other process has answered, or after it.
    while answered_before < 4 || waiting < 4 {
        let act = outage("XC", &format!("round_{rounds}"));
        rounds += 1;
        let mut child = folder.command("run -m map.toml --db a.db quiet.csv").spawn().expect("the program starts");
        // In every other round it is open which of the two gets the log.
        if rounds % 2 == 1 {
            watches(&mut child);
        }
        let mut first = folder.command(&act).spawn().expect("the program starts");
        let ended = kill_after(child, moments.draw());
        assert!(ended.is_none_or(|status| status.code() == Some(75)), "a log is watched until somebody asks to stop: {ended:?}");
        if first.try_wait().expect("a child can be waited for").is_some() {
            answered_before += 1;
            moments.sooner();
        } else {
            waiting += 1;
            moments.later();
        }
        first.kill().expect("a child that has not been waited for can be killed");
        first.wait().expect("a child can be waited for");
        assert_eq!(folder.run(&act).ends(0).out, "applied\n", "round {rounds}");
    }
    // What was handed in and never taken is taken now, and changes nothing.
    let mut child = folder.command("run -m map.toml --db a.db quiet.csv").spawn().expect("the program starts");
    watches(&mut child);
    assert_eq!(answered(&folder, &outage("XB", "beside_a_live_one")).ends(0).out, "applied\n");
    terminate(&child);
    wait(child).ends(0);
    let mut answers = String::new();
    for (_, key, _) in folder.holds("a.db").decisions.iter().filter(|(_, key, _)| key.starts_with("answer/")) {
        let _ = writeln!(answers, "{key}");
    }
    assert_eq!(answers.lines().count(), rounds + 1, "each act is answered once:\n{answers}");
    decides_the_same(&folder, "a.db");
}
