//! The commands as people and programs use them: exit codes in the help, JSON everywhere, the demo, acts and their answers.
//!
//! What must never enter: a snapshot of help texts, which may be said better.

use crate::support::{Folder, HEADER, alerts, answered, count, log, terminate, until, wait};

fn finished() -> (Folder, Vec<String>) {
    let folder = Folder::with_log(&log(1, 1_100));
    folder.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let found = alerts(&folder, "a.db");
    (folder, found)
}

#[test]
fn the_help_documents_every_exit_code() {
    let folder = Folder::new();
    let help = folder.run("--help").ends(0).out;
    for code in ["0", "1", "2", "66", "69", "70", "74", "75", "78"] {
        assert!(help.lines().any(|line| line.split_whitespace().next() == Some(code)), "exit code {code} is not in the help:\n{help}");
    }
    let commands = "demo run import export replay explain alerts status digest check test act generate backtest completions \
                    herald console intake casebook assessor sentinel topics up";
    for command in commands.split(' ') {
        assert!(help.contains(command), "{command}");
        let own = folder.run(&format!("{command} --help")).ends(0).out;
        assert!(own.contains("Usage: slipwatch"), "{own}");
    }
    for deed in ["acknowledge", "close", "rebase", "outage", "pack"] {
        folder.run(&format!("act {deed} --help")).ends(0);
    }
    assert!(folder.run("--version").ends(0).out.starts_with("slipwatch "));
    for shell in ["bash", "zsh", "fish"] {
        assert!(folder.run(&format!("completions {shell}")).ends(0).out.contains("explain"), "{shell}");
    }
}

#[test]
fn every_command_speaks_json() {
    let (folder, found) = finished();
    let alert = found.first().expect("the log has alerts");
    for asked in [
        "alerts -o json --db a.db",
        "alerts -o json --open --db a.db",
        &format!("explain -o json {alert} --db a.db"),
        "status -o json --db a.db",
        "digest -o json --db a.db",
        "check -o json pack.toml",
        "import -o json -m map.toml -p pack.toml --db b.db log.csv",
        "import -o json -m map.toml -p pack.toml --db b.db log.csv",
        "replay -o json -m map.toml -p pack.toml --out out log.csv",
        "act -o json outage XC --from 2018-01-01 --until 2018-01-07 --who ann --why why --db a.db",
        "demo -o json --db demo.db",
        "generate -o json --list",
        "generate -o json --scenario ports --jurisdictions 1 --out made",
    ] {
        let value = folder.run(asked).ends(0).json();
        assert!(value.is_object() || value.is_array(), "{asked}: {value}");
    }
    let explained = folder.run(&format!("explain -o json {alert} --db a.db")).ends(0).json();
    assert!(explained["verified"]["difference"].is_null() && explained["verified"]["recomputed"].as_u64() > Some(1_000), "{explained}");
    let csv = folder.run("alerts -o csv --db a.db").ends(0).out;
    assert!(csv.lines().count() > 1 && csv.lines().all(|line| line.matches(',').count() >= 7), "{csv}");
}

#[test]
fn the_demo_pages_the_collapse_and_leaves_a_log_that_explain_opens() {
    let folder = Folder::new();
    let told = folder.run("demo").ends(0).out;
    assert!(told.contains("2020-03-22  US-MA/citations  CRITICAL"), "{told}");
    assert!(told.contains("still stands at the end of 2021"), "{told}");
    let command = told.lines().rev().find_map(|line| line.trim().strip_prefix("slipwatch explain ")).expect("it ends with a command");
    let explained = folder.run(&format!("explain {command}")).ends(0).out;
    assert!(explained.contains("the same, byte for byte"), "{explained}");
    // The next one replaces it, and only it.
    folder.run("demo").ends(0);
    folder.write("mine.db", "something of mine");
    folder.run("demo --db mine.db").ends(2).says(&["mine.db exists and is no demo database"]);
    assert_eq!(std::fs::read(folder.path("mine.db")).expect("it is still there"), b"something of mine");
    let of_feed = Folder::with_log(&log(3, 40));
    of_feed.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let before = of_feed.holds("a.db");
    of_feed.run("demo --db a.db").ends(2).says(&["is no demo database"]);
    of_feed.holds("a.db").must_equal(&before, "a log of one's own is left alone");
}

#[test]
fn the_status_of_a_week_says_of_every_series_what_would_have_been_seen() {
    let (folder, _) = finished();
    let newest = folder.run("status --db a.db").ends(0).out;
    let told = folder.run("status -o json --db a.db").ends(0).json();
    let series = told.as_array().expect("a list of series");
    assert!(newest.contains(&format!("Week {}", series[0]["week"].as_str().expect("a week"))), "{newest}");
    for one in series.iter().filter(|one| one["modes"].as_array().is_some_and(|modes| !modes.contains(&"never_reported".into()))) {
        assert!(newest.contains(one["series"].as_str().expect("a name")), "{one}");
        let says = one["power"]["says"].as_str().expect("a sentence");
        assert!(says.contains("with probability .8"), "{says}");
    }
    let then = folder.run("status --db a.db --week 2018-W10").ends(0).out;
    assert!(then.starts_with("Week 2018-W10, as known on 2018-03-11: ") && then != newest, "{then}");
    folder.run("status --db a.db --week 1999-W01").ends(2).says(&["no week of this log"]);
    folder.run("status --db a.db --week soon").ends(2).says(&["2020-W12"]);
}

#[test]
fn the_page_of_an_alert_says_what_to_do_before_it_says_why() {
    let (folder, found) = finished();
    let page = folder.run(&format!("explain {} --db a.db", found[0])).ends(0).out;
    let at = |title: &str| page.find(&format!("\n{title}\n")).unwrap_or_else(|| panic!("no section `{title}`:\n{page}"));
    let titles =
        ["What happened", "What to do", "How sure that is", "What is allowed for", "What would have been seen", "Life of the alert"]
            .map(at);
    assert!(titles.is_sorted(), "{titles:?}\n{page}");
    assert!(page.contains("Which weeks made the evidence") && page.contains('█'), "{page}");
}

#[test]
fn figures_that_nobody_reports_are_neither_denied_nor_named() {
    let (folder, found) = finished();
    let digest = folder.run("digest --weeks 500 --db a.db").ends(0).out;
    assert!(digest.contains("inspections") && !digest.contains("exposure"), "no exposure is reported here:\n{digest}");
    for alert in found {
        let page = folder.run(&format!("explain {alert} --db a.db")).ends(0).out;
        assert!(!page.contains("Not a fall of finds") && !page.contains("than there was to inspect"), "{page}");
        // A silence is a notice about no series of its own.
        let is_of_series = !page.lines().next().is_some_and(|title| title.contains("/any"));
        assert_eq!(is_of_series, page.contains("Whether it was a fall of finds"), "{page}");
    }
}

#[test]
fn json_is_in_camel_case_as_the_contract_is() {
    let folder = Folder::with_log(&log(1, 400));
    let keys = |asked: &str| -> Vec<String> { folder.run(asked).ends(0).json().as_object().expect("an object").keys().cloned().collect() };
    let imported = keys("import -o json -m map.toml -p pack.toml --db a.db log.csv");
    assert_eq!(imported, ["completeTo", "ledger", "notListed", "outOfWindow", "refused", "rows", "skipped", "stopped"]);
    let replayed = keys("replay -o json -m map.toml -p pack.toml --out out log.csv");
    assert!(replayed.iter().any(|key| key == "rowsSkippedByTheMapping"), "{replayed:?}");
    assert!(replayed.iter().all(|key| !key.contains('_')), "{replayed:?}");
    let made = folder.run("generate -o json --scenario ports --out made --jurisdictions 1").ends(0).json();
    assert!(made["made"]["notKnownByTheEnd"].is_u64(), "{made}");
}

#[test]
fn an_act_is_applied_or_stale_and_stands_in_the_log() {
    let (folder, found) = finished();
    let alert = found.first().expect("the log has alerts");
    let who = "--who ann --why we_look_into_it --db a.db";
    let first = folder.run(&format!("act acknowledge {alert} --until 2020-06-01T14:00:00Z {who}"));
    assert_eq!((first.code, first.out.as_str()), (Some(0), "applied\n"), "{}", first.err);
    let held = folder.holds("a.db");
    let unseen = folder.run(&format!("act acknowledge {alert} --transition 1 --until 2020-07-01T14:00:00Z {who}")).ends(1);
    assert!(unseen.out.starts_with("stale: "), "it has moved since transition 1: {}", unseen.out);
    let closed = folder.run(&format!("act close {alert} {who}")).ends(0);
    assert_eq!(closed.out, "applied\n");
    let late = folder.run(&format!("act close {alert} --transition 1 {who}")).ends(1);
    assert!(late.out.starts_with("stale: "), "it is closed: {}", late.out);
    let nobody = folder.run("act outage XZ --from 2019-01-01 --until 2019-01-02 --who ann --why why --db a.db").ends(1);
    assert!(nobody.out.starts_with("stale: "), "{}", nobody.out);
    let acts = folder.holds("a.db").admitted.len();
    assert!(acts > held.admitted.len(), "acts are records");
    // The pack that holds is put into force again: a record more, and the same words are one act.
    for _ in 0..2 {
        assert_eq!(folder.run(&format!("act pack pack.toml {who}")).ends(0).out, "applied\n");
        assert_eq!(folder.holds("a.db").admitted.len(), acts + 1);
    }
    folder.run(&format!("act pack map.toml {who}")).ends(78).says(&["map.toml is not a valid pack"]);
    folder.run(&format!("explain {alert} --db a.db")).ends(0);
}

#[test]
fn an_act_beside_a_running_log_is_answered() {
    let (folder, _) = finished();
    folder.write("quiet.csv", HEADER);
    let decided = count(&folder.path("a.db"), "decisions");
    let child = folder.command("run -m map.toml --db a.db quiet.csv").spawn().expect("the program starts");
    until("days close, so the program runs", || count(&folder.path("a.db"), "decisions") > decided);
    let act = "act outage XC --from 2018-01-01 --until 2018-01-07 --who ann --why why --db a.db";
    assert_eq!(answered(&folder, act).ends(0).out, "applied\n");
    let stale = answered(&folder, "act outage XZ --from 2018-01-01 --until 2018-01-07 --who ann --why why --db a.db").ends(1);
    assert!(stale.out.starts_with("stale: "), "{}", stale.out);
    assert_eq!(folder.run(act).ends(0).out, "applied\n", "said again, it is answered as before");
    assert_eq!(answered(&folder, "act pack pack.toml --who ann --why why --db a.db").ends(0).out, "applied\n");
    folder.run(&format!("{act} --at 2019-01-01T00:00:00Z")).ends(2).says(&["--at is for a log of history"]);
    terminate(&child);
    wait(child).ends(0);
    let first = alerts(&folder, "a.db").first().cloned().expect("the log has alerts");
    folder.run(&format!("explain {first} --db a.db")).ends(0);
}

#[test]
fn an_act_that_cannot_be_read_is_answered_and_not_offered_again() {
    let (folder, _) = finished();
    folder.write("quiet.csv", HEADER);
    let id = {
        let mut inbox = journal::sqlite::Inbox::open(&folder.path("a.db")).unwrap();
        inbox.hand_in("no event").unwrap()
    };
    let child = folder.command("run -m map.toml --db a.db quiet.csv").spawn().expect("the program starts");
    let answer = || journal::sqlite::Inbox::open(&folder.path("a.db")).ok().and_then(|inbox| inbox.answer(id).ok().flatten());
    until("the act is answered", || answer().is_some());
    assert!(answer().is_some_and(|answer| answer.starts_with("refused: ")), "{:?}", answer());
    terminate(&child);
    wait(child).ends(0);
}

/// The queries that `services/README.md` shows an analyst, run on the file a demonstration leaves.
#[test]
fn the_queries_of_the_guide_answer() {
    let folder = Folder::new();
    folder.run("demo").ends(0);
    let guide = include_str!("../../../README.md");
    let queries: Vec<&str> =
        guide.lines().filter_map(|line| line.strip_prefix("sqlite3 slipwatch-demo.db \"")?.strip_suffix('"')).collect();
    assert_eq!(queries.len(), 3, "a query was added or lost");
    let file = rusqlite::Connection::open(folder.path("slipwatch-demo.db")).unwrap();
    let rows = |query: &str| {
        let mut statement = file.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let mut rows = statement.query([]).unwrap();
        let mut count = 0;
        while rows.next().unwrap().is_some() {
            count += 1;
        }
        count
    };
    assert_eq!(queries.iter().map(|query| rows(query)).collect::<Vec<_>>(), [15, 5, 0], "transitions, slips shown, refusals");
}

#[test]
fn an_alert_that_rests_on_silent_weeks_does_not_say_that_it_is_no_silence() {
    let mut rows = HEADER.to_owned();
    for day in 0..800 {
        let date = vocab::time::Day(17_532 + day);
        // The first place stops reporting; the third reports less and goes on.
        let acts = [("XA", if day < 600 { 3 } else { 0 }), ("XB", 3), ("XC", if day < 600 || day % 4 == 0 { 3 } else { 0 })];
        for (place, n) in acts.into_iter().filter(|(_, n)| *n > 0) {
            rows.push_str(&format!("{place}{day},0,assert,{date},{date},{place},arms,{n}\n"));
        }
    }
    let folder = Folder::with_log(&rows);
    folder.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let (mut silent, mut reporting) = (0, 0);
    for alert in alerts(&folder, "a.db") {
        let explained = folder.run(&format!("explain {alert} --db a.db")).ends(0).out;
        // The silence itself is a notice, about no series of its own.
        if explained.starts_with("XA/any") {
            continue;
        }
        let stopped = explained.contains("XA/arms");
        assert_eq!(explained.contains("Not a silence"), !stopped, "{explained}");
        assert_eq!(explained.contains("Whether inspections stopped or only their reports"), stopped, "{explained}");
        silent += u32::from(stopped);
        reporting += u32::from(!stopped);
    }
    assert!(silent > 0 && reporting > 0, "{silent} alerts of the silent place, {reporting} of the others");
}

#[test]
fn a_log_of_history_that_goes_live_says_which_days_it_closes() {
    let (folder, _) = finished();
    folder.write("quiet.csv", HEADER);
    folder.run("run -m map.toml --db a.db quiet.csv --once").ends(0).says(&["this log is complete to", "close as days without reports"]);
    let again = folder.run("run -m map.toml --db a.db quiet.csv --once").ends(0);
    assert!(!again.err.contains("complete to"), "it is up to date now: {}", again.err);
}
