//! What bad input gets: a clear word, a documented exit code or a counted refusal, and nothing lost.
//!
//! That no case panics is looked at where every ending is looked at (`support`). What must never enter: a case without its exit code
//! and a fragment of what it says.

use crate::kills::watches;
use crate::support::{Folder, HEADER, Holds, MAPPING, PACK, alerts, count, log, terminate, wait};
use std::{fs::Permissions, io::Write, os::unix::fs::PermissionsExt};

const IMPORT: &str = "import -m map.toml -p pack.toml --db a.db";

/// What is asked, the exit code, and fragments of what is said.
type Case<'a> = (&'a str, i32, &'a [&'a str]);

#[track_caller]
fn try_each(folder: &Folder, cases: &[Case<'_>]) {
    for (asked, code, said) in cases {
        let ran = folder.run(asked);
        assert_eq!(ran.code, Some(*code), "{asked}\n{}\n{}", ran.err, ran.out);
        for words in *said {
            assert!(ran.err.contains(words), "{asked}: does not say `{words}`:\n{}", ran.err);
        }
        if *code != 0 {
            assert!(ran.err.trim().len() > 10, "{asked} ends with {code} and says nothing");
        }
    }
}

fn small() -> Folder {
    Folder::with_log(&log(3, 40))
}

#[test]
fn wrong_commands_are_usage() {
    let folder = small();
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    try_each(
        &folder,
        &[
            ("", 2, &["Usage"]),
            ("bogus", 2, &["unrecognized subcommand"]),
            ("alerts --bogus", 2, &["unexpected argument"]),
            ("alerts", 2, &["--db"]),
            ("explain --db a.db", 2, &["ALERT"]),
            ("explain zzzz --db a.db", 2, &["no alerts"]),
            ("import -m map.toml -p pack.toml log.csv", 2, &["--db"]),
            ("import -m map.toml --db new.db log.csv", 2, &["new log", "--pack"]),
            ("import --check 10 log.csv", 2, &["--mapping"]),
            ("run -m map.toml --db new.db", 2, &["new log", "--pack"]),
            ("replay -m map.toml -p pack.toml --out out -n 0 log.csv", 2, &["1..=256"]),
            ("replay -m map.toml -p pack.toml --out out --until 2020-99-01 log.csv", 2, &["--until", "2021-12-31"]),
            ("act outage XA --from 2017-01-02 --until 2017-01-08 --db a.db --why why", 2, &["--who"]),
            ("act outage XA --from 2017-01-02 --until 2017-01-08 --db a.db --who ann", 2, &["--why"]),
            ("act outage XA --from 2017-13-02 --until 2017-01-08 --db a.db --who ann --why why", 2, &["--from", "2021-12-31"]),
            ("act outage XA --from 2017-02-02 --until 2017-01-08 --db a.db --who ann --why why", 2, &["lies after"]),
            ("act rebase XA --from 2017-W01 --until 2017-W03 --db a.db --who ann --why why", 2, &["JURISDICTION/MEASURE"]),
            ("act rebase XA/arms --from 2017-W09 --until 2017-W03 --db a.db --who ann --why why", 2, &["lies after"]),
            ("act close 12 --db a.db --who ann --why why", 2, &["no alerts"]),
            ("act outage XA --from 2017-01-02 --until 2017-01-08 --db a.db --who ann --why why --at 2199-01-01T00:00:00Z", 2, &["future"]),
            ("alerts -o yaml --db a.db", 2, &["possible values"]),
        ],
    );
}

#[test]
fn missing_and_unreadable_inputs_are_named() {
    let folder = small();
    folder.write("empty.csv", "");
    folder.write("fake.csv.gz", HEADER);
    folder.write("wide.csv", [0xff, 0xfe, b'i', 0, b'd', 0]);
    folder.write("random.db", (0..8_192_u32).map(|at| u8::try_from(at * 31 % 251).unwrap_or(7)).collect::<Vec<_>>());
    folder.write("zero.db", "");
    try_each(
        &folder,
        &[
            (&format!("{IMPORT} none.csv"), 66, &["none.csv", "No such file"]),
            (&format!("{IMPORT} empty.csv"), 66, &["empty.csv is empty"]),
            (&format!("{IMPORT} fake.csv.gz"), 66, &["fake.csv.gz", "rename it"]),
            (&format!("{IMPORT} wide.csv"), 66, &["UTF-16"]),
            (&format!("{IMPORT} ."), 66, &["read ."]),
            ("import -m none.toml -p pack.toml --db b.db log.csv", 66, &["none.toml"]),
            ("import -m map.toml -p none.toml --db b.db log.csv", 66, &["none.toml"]),
            ("check none.toml", 66, &["none.toml"]),
            ("run -m map.toml -p pack.toml --db b.db none.csv", 66, &["none.csv"]),
            ("replay -m map.toml -p pack.toml --out out none.csv", 66, &["none.csv"]),
            ("alerts --db none.db", 66, &["none.db", "no such file"]),
            ("explain 12 --db none.db", 66, &["none.db"]),
            ("alerts --db random.db", 66, &["random.db is not a journal"]),
            ("alerts --db zero.db", 66, &["zero.db is not a journal"]),
            ("alerts --db log.csv", 66, &["log.csv is not a journal"]),
            ("alerts --db .", 66, &[". cannot be opened"]),
            ("import -m map.toml -p pack.toml --db random.db log.csv", 66, &["random.db is not a journal"]),
            ("import -m map.toml -p pack.toml --db . log.csv", 66, &["not a file"]),
            ("import -m map.toml -p pack.toml --db none/a.db log.csv", 66, &["none cannot be opened"]),
            ("act close 12 --db none.db --who ann --why why", 66, &["none.db"]),
        ],
    );
}

#[test]
fn wrong_packs_and_mappings_are_told_by_file_line_and_key() {
    let folder = small();
    folder.write("place.toml", MAPPING.replace("\"place\"", "\"plaice\""));
    folder.write("key.toml", MAPPING.replace("[known]", "[knwon]"));
    folder.write("torn.toml", &MAPPING[..200]);
    folder.write("other.toml", MAPPING.replace("\"trial\"", "\"other\""));
    folder.write("bytes.toml", [b'a', 0xff, b'\n']);
    folder.write("twice.toml", PACK.replace("id = \"coal\"", "id = \"arms\""));
    folder.write("sizes.toml", PACK.replace("extends", "slip_sizes = [0.9, 0.2]\nextends"));
    folder.write("horizon.toml", PACK.replace("extends", "horizon_weeks = 10\nextends"));
    folder.write("hostile.toml", PACK.replace("\"A trial\"", "\"A \\n trial\""));
    try_each(
        &folder,
        &[
            (
                "import -m place.toml -p pack.toml --db b.db log.csv",
                78,
                &["place.toml:", "event.jurisdiction", "`plaice`", "did you mean `place`", "id, revision, op, occurred, reported"],
            ),
            ("import -m place.toml --check 5 log.csv", 78, &["`plaice`"]),
            ("replay -m place.toml -p pack.toml --out out log.csv", 78, &["`plaice`"]),
            ("run -m place.toml -p pack.toml --db b.db --once log.csv", 78, &["`plaice`"]),
            ("import -m key.toml -p pack.toml --db b.db log.csv", 78, &["key.toml:", "knwon"]),
            ("import -m torn.toml -p pack.toml --db b.db log.csv", 78, &["torn.toml:"]),
            ("import -m bytes.toml -p pack.toml --db b.db log.csv", 78, &["bytes.toml", "UTF-8"]),
            ("import -m other.toml -p pack.toml --db b.db log.csv", 78, &["`other`", "`trial`"]),
            ("import -m pack.toml -p pack.toml --db b.db log.csv", 78, &["pack.toml:"]),
            ("import -m map.toml -p map.toml --db b.db log.csv", 78, &["map.toml"]),
            ("import -m map.toml -p twice.toml --db b.db log.csv", 78, &["twice.toml:", "measures[2].id", "named twice"]),
            ("check twice.toml", 78, &["twice.toml:", "measures[2].id", "named twice"]),
            ("check sizes.toml", 78, &["sizes.toml:", "policy.slip_sizes", "not above"]),
            ("check horizon.toml", 78, &["horizon.toml:", "horizon_weeks"]),
            ("check hostile.toml", 78, &["hostile.toml:", "title", "control character"]),
            ("check bytes.toml", 78, &["bytes.toml:", "UTF-8"]),
            ("check pack.toml twice.toml", 78, &["twice.toml"]),
            ("check pack.toml", 0, &[]),
        ],
    );
    let told = folder.run("check -o json pack.toml twice.toml").ends(78).json();
    assert_eq!((&told[0]["valid"], &told[1]["valid"]), (&true.into(), &false.into()));
}

#[test]
fn a_bad_row_is_a_counted_refusal_with_its_line_and_bytes() {
    let rows = [
        ("A1,0,assert,2017-01-02,2017-01-03,XA,arms,1", ""),
        ("A1,0,assert,2017-01-02,2017-01-03,XA,arms,2", ""),
        ("A2,0,assert,9999-12-31,2017-01-03,XA,arms,1", "bad_field"),
        ("A3,0,assert,1969-12-31,2017-01-03,XA,arms,1", "bad_field"),
        ("A4,0,assert,2017-02-30,2017-03-03,XA,arms,1", "bad_field"),
        ("A5,0,assert,2017-01-02,2017-01-03,XA,arms,NaN", "bad_field"),
        ("A6,0,assert,2017-01-02,2017-01-03,XA,arms,-1", "bad_field"),
        ("A7,0,assert,2017-01-02,2017-01-03,XA,arms,0", "bad_field"),
        ("A8,0,assert,2017-01-02,2017-01-03,XA,arms,1e308", "bad_field"),
        ("A9,0,assert,2017-01-02,2017-01-03,XA,arms,-0", "bad_field"),
        ("B1,0,assert,2017-01-02,2017-01-03,XA,arms,inf", "bad_field"),
        ("B2,0,assert,2017-01-02,2017-01-03,XA,arms,99999999999999999999", "bad_field"),
        ("B3,0,assert,2018-01-09,2017-01-03,XA,arms,1", "from_the_future"),
        ("B4,0,assert,2017-01-02,9999-12-31,XA,arms,1", "bad_field"),
        ("B5,0,assert,2017-01-02", "broken_row"),
        ("B6,0,assert,2017-01-02,2017-01-03,XA,arms,1,more", "broken_row"),
        ("B7,-1,assert,2017-01-02,2017-01-03,XA,arms,1", "bad_field"),
        ("B8,0,undo,2017-01-02,2017-01-03,XA,arms,1", "bad_field"),
        ("B9,0,assert,2016-02-29,2017-01-03,XA,arms,1", ""),
    ];
    let mut text = HEADER.to_owned();
    rows.iter().for_each(|(row, _)| text.push_str(&format!("{row}\n")));
    let folder = Folder::with_log(&text);
    folder.append("log.csv", b"C1,0,assert,2017-01-02,2017-01-03,X\xffA,arms,1\n");
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    let held = folder.holds("a.db");
    let wanted: Vec<&str> = rows.iter().map(|(_, code)| *code).filter(|code| !code.is_empty()).chain(["not_utf8"]).collect();
    let mut found: Vec<String> = held.refused.iter().map(|(_, key, _)| key.clone()).collect();
    found.sort_unstable();
    let mut sorted = wanted.clone();
    sorted.sort_unstable();
    assert_eq!(found, sorted);
    assert_eq!((held.count("customs", "effective"), held.count("customs", "conflicts")), (2, 1), "{:?}", held.ledger);
    for (_, _, body) in &held.refused {
        let refused: serde_json::Value = serde_json::from_slice(body).expect("a refusal is JSON");
        assert!(refused["position"]["input"].is_string() && refused["bytes"].is_string() && refused["text"].is_string(), "{refused}");
    }
    let tried = folder.run("import -m map.toml --check 100 log.csv").ends(1).says(&["would be refused"]);
    assert!(tried.out.contains("records that come again: 1") && tried.out.contains("is negative"), "{}", tried.out);
}

#[test]
fn a_pack_with_mistakes_in_the_log_is_counted_among_the_refused() {
    let folder = Folder::with_log("");
    let rest = r#""op":"OPERATION_ASSERT","occurred":{"precision":"PRECISION_DAY","day":"2019-01-02"},"count":"1""#;
    let inspected = r#""source":"customs","sourceRecordId":"A","jurisdiction":"XA","measures":["arms"],"inspectionPerformed":{}"#;
    let bad_pack = r#""source":"operators","sourceRecordId":"pack/bad","packActivated":{"pack":"W3JlZ2ltZV0K","who":"lee","why":"trial"}"#;
    let line = |body: &str| format!("{{\"schemaVersion\":1,\"regime\":\"trial\",{rest},{body}}}\n");
    folder.write("native.jsonl", format!("{}{}no json\n", line(inspected), line(bad_pack)));
    let ran = folder.run("import -p pack.toml --db a.db native.jsonl").ends(0);
    assert!(ran.out.contains("read 3 rows: 0 passed over by the mapping, 2 refused"), "{}", ran.out);
    assert_eq!(count(&folder.path("a.db"), "refused"), 2);
}

/// Bad rows by another way: live, from a pipe. Nothing is different for them.
#[test]
fn a_bad_row_of_a_pipe_is_refused_and_the_next_one_taken() {
    let folder = small();
    let text = format!("{HEADER}A1,0,assert,2017-02-30,2017-01-03,XA,arms,1\nA2,0,assert,2017-01-02,2017-01-03,XA,arms,1\nA3,0,assert");
    let ran = folder.run_with("run -m map.toml -p pack.toml --db a.db", text.as_bytes()).ends(0);
    assert!(ran.err.contains("1 event taken in, 2 refused"), "{}", ran.err);
}

#[test]
fn a_file_that_breaks_off_is_used_up_to_there_and_taken_up_when_it_is_whole() {
    let folder = small();
    let whole = log(4, 400);
    assert!(whole.len() > 80_000, "longer than the beginning by which a file is known again");
    folder.write("whole.csv", &whole);
    folder.run("import -m map.toml -p pack.toml --db plain.db whole.csv").ends(0);
    let plain = folder.holds("plain.db");
    // Cut in the middle of a number would still be a row: it is cut inside a date.
    let end = whole[..whole.len() - 300].rfind("2018-").expect("there are dates") + 7;
    for (name, db, bytes) in [("cut.csv", "cut.db", whole.clone().into_bytes()), ("cut.csv.gz", "gz.db", gzip(&folder))] {
        let cut = if name == "cut.csv" { end } else { bytes.len() - 500 };
        folder.write(name, &bytes[..cut]);
        let import = format!("import -m map.toml -p pack.toml --db {db} {name}");
        let ran = folder.run(&import).ends(0);
        assert!(ran.out.contains("refused rows are kept"), "{name}: {}", ran.out);
        let before = folder.holds(db);
        let told = before.refused.last().map(|(_, key, body)| (key.clone(), String::from_utf8_lossy(body).into_owned()));
        let (key, body) = told.expect("the broken row is a refusal");
        assert!(key == "broken_row" && (body.contains("ends in the middle") || body.contains("breaks off here")), "{name}: {body}");
        folder.write(name, &bytes);
        folder.run(&import).ends(0);
        let after = folder.holds(db);
        let names = |held: &Holds| held.admitted.iter().map(|(_, key, _)| key.clone()).collect::<std::collections::BTreeSet<_>>();
        assert_eq!(names(&after), names(&plain), "{name}: every record is in");
        assert_eq!(after.count("customs", "effective"), plain.count("customs", "effective"), "{name}: {:?}", after.ledger);
    }
}

fn gzip(folder: &Folder) -> Vec<u8> {
    assert_eq!(folder.shell("gzip -c whole.csv > whole.csv.gz").code, Some(0));
    std::fs::read(folder.path("whole.csv.gz")).expect("the shell wrote it")
}

#[test]
fn a_log_that_another_process_writes_is_locked_for_writers_only() {
    let folder = small();
    let mut child =
        folder.command("run -m map.toml -p pack.toml --db a.db").stdin(std::process::Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("standard input is a pipe");
    stdin.write_all(HEADER.as_bytes()).expect("the program reads");
    watches(&mut child);
    try_each(
        &folder,
        &[
            ("run -m map.toml --db a.db log.csv", 75, &["a.db is locked by another writer"]),
            (&format!("{IMPORT} log.csv"), 75, &["a.db is locked by another writer"]),
            ("alerts --db a.db", 0, &[]),
            ("demo --db a.db", 2, &["is no demo database"]),
        ],
    );
    terminate(&child);
    wait(child).ends(0);
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
}

#[test]
fn what_may_not_be_written_is_said_before_anything_happens() {
    let folder = small();
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    let before = std::fs::read(folder.path("a.db")).expect("the log is a file");
    folder.write("more.csv", format!("{HEADER}Z1,0,assert,2017-03-02,2017-03-03,XA,arms,1\n"));
    std::fs::create_dir(folder.path("shut")).expect("a folder can be made");
    let mode = |name: &str, mode: u32| std::fs::set_permissions(folder.path(name), Permissions::from_mode(mode)).expect("it is ours");
    mode("a.db", 0o444);
    mode("shut", 0o555);
    try_each(
        &folder,
        &[
            (&format!("{IMPORT} more.csv"), 74, &["a.db is read-only"]),
            ("run -m map.toml --db a.db more.csv", 74, &["a.db is read-only"]),
            ("act outage XA --from 2017-01-02 --until 2017-01-08 --db a.db --who ann --why why", 74, &["read-only"]),
            ("import -m map.toml -p pack.toml --db shut/a.db log.csv", 74, &["shut is read-only"]),
            ("demo --db shut/demo.db", 74, &["shut is read-only"]),
            ("replay -m map.toml -p pack.toml --out a.db log.csv", 74, &["a.db"]),
            ("alerts --db a.db", 0, &[]),
        ],
    );
    assert!(std::fs::read(folder.path("a.db")).expect("the log is a file") == before, "a read-only log was changed");
    mode("a.db", 0o644);
    mode("shut", 0o755);
    folder.run(&format!("{IMPORT} more.csv")).ends(0);
}

#[test]
fn a_log_of_a_newer_program_is_left_alone() {
    let folder = small();
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    for (sql, said) in [
        ("PRAGMA user_version = 9", "layout version 9 is newer"),
        ("UPDATE meta SET value = '9' WHERE name = 'layout'", "layout version 9 is newer"),
        ("PRAGMA application_id = 7", "is not a journal: a database of another program"),
    ] {
        folder.copy("a.db", "b.db");
        let database = rusqlite::Connection::open(folder.path("b.db")).expect("the file is a database");
        database.execute_batch(sql).expect("the statement is valid");
        drop(database);
        let code = if said.contains("newer") { 78 } else { 66 };
        for asked in ["alerts --db b.db", "import -m map.toml --db b.db log.csv", "explain 12 --db b.db"] {
            folder.run(asked).ends(code).says(&[said]);
        }
    }
    folder.copy("a.db", "b.db");
    let database = rusqlite::Connection::open(folder.path("b.db")).expect("the file is a database");
    database.execute_batch("UPDATE meta SET value = 'another' WHERE name = 'judgement'").expect("the statement is valid");
    drop(database);
    folder.run("import -m map.toml --db b.db log.csv").ends(78).says(&["\"another\""]);
}

#[test]
fn a_full_disk_stops_with_74_and_the_same_command_goes_on_when_there_is_room() {
    let folder = Folder::with_log(&log(1, 600));
    folder.run("import -m map.toml -p pack.toml --db plain.db log.csv").ends(0);
    let plain = folder.holds("plain.db");
    let mut begun = 0;
    // Blocks of 512 bytes: the disk is full at the first byte, while tables are made, while leases are taken, between days.
    for blocks in (8..=240).step_by(24).chain([300, 500, 800, 1_200, 1_800]) {
        let db = format!("full-{blocks}.db");
        let ran = folder.shell(&format!("ulimit -f {blocks}; exec \"$SLIPWATCH\" import -m map.toml -p pack.toml --db {db} log.csv"));
        if ran.code == Some(0) {
            continue;
        }
        assert_eq!(ran.code, Some(74), "{blocks} blocks: {}", ran.err);
        assert!(ran.err.contains("disk"), "{}", ran.err);
        begun += 1;
        folder.run(&format!("import -m map.toml -p pack.toml --db {db} log.csv")).ends(0);
        folder.holds(&db).must_equal(&plain, &format!("full at {blocks} blocks"));
    }
    assert!(begun >= 10, "only {begun} disks were full");
    let full = folder.shell("\"$SLIPWATCH\" check pack.toml > /dev/full");
    assert_eq!(full.code, Some(74), "{}", full.err);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = Folder::with_log(&log(1, 1_100));
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    let alert = alerts(&folder, "a.db").first().cloned().expect("the log has alerts");
    for asked in
        ["alerts --db a.db", "alerts -o json --db a.db", &format!("explain {alert} -o json --db a.db"), "completions bash", "--help"]
    {
        // `pipefail` is not everywhere: the program says its code itself.
        let ran = folder.shell(&format!("( \"$SLIPWATCH\" {asked}; echo \"code $?\" >&2 ) | head -1"));
        assert!(ran.err.contains("code 0") && !ran.out.is_empty(), "{asked}: {ran:?}");
        let (reader, writer) = std::io::pipe().expect("a pipe can be made");
        drop(reader);
        let gone = folder.command(asked).stdout(writer).output().expect("the program starts");
        assert_eq!(gone.status.code(), Some(0), "{asked}, with nobody to read it: {gone:?}");
    }
    let ambiguous = folder.command("explain").args(["", "--db", "a.db"]).output().expect("the program starts");
    assert_eq!(ambiguous.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ambiguous.stderr).contains("several alerts"));
    folder.run(&format!("explain {alert} --transition 99 --db a.db")).ends(2).says(&["transitions 1"]);
    folder.run(&format!("act close {alert} --transition 99 --who ann --why why --db a.db")).ends(2).says(&["nobody has seen"]);
}

#[test]
fn hostile_text_is_refused_or_shown_for_what_it_is() {
    let big = "A".repeat(65_536);
    let rows = [
        ("\"A\"\"1\"\"\"", "XA", "arms"),
        ("=1+1", "XA", "arms"),
        ("\u{202e}A2", "XA", "arms"),
        ("\"A\n3\"", "XA", "arms"),
        (&big, "XA", "arms"),
        ("A4", "\"X,\"\"A\"", "arms"),
        ("A5", "=cmd()", "arms"),
        ("A6", "X\u{202e}A", "arms"),
        ("A7", "XA", "\"\"\"} 1e9\""),
        ("A8", "XA", &big),
        ("A9", "\"X\u{1b}[31mA\"", "arms"),
        ("A10", "\u{425}\u{410}", "arms"),
    ];
    let mut text = HEADER.to_owned();
    rows.iter().for_each(|(id, place, measure)| text.push_str(&format!("{id},0,assert,2017-01-02,2017-01-03,{place},{measure},1\n")));
    let folder = Folder::with_log(&text);
    for asked in [
        "import -m map.toml --check 100 log.csv",
        "import -m map.toml -p pack.toml --db a.db log.csv",
        "replay -m map.toml -p pack.toml --out out log.csv",
        "replay -m map.toml -p pack.toml --out out -o json log.csv",
        "import -m map.toml --check 100 -o json log.csv",
    ] {
        let ran = folder.run(asked);
        assert!(ran.code == Some(0) || asked.contains("--check") && ran.code == Some(1), "{asked}: {}", ran.err);
        let steers = |c: char| c.is_control() && c != '\n' || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!ran.out.contains(steers) && !ran.err.contains(steers), "{asked}: steers the terminal: {:?}", ran.out);
        if asked.contains("json") {
            ran.json();
        }
    }
    for entry in std::fs::read_dir(folder.path("out")).expect("the folder is there").flatten() {
        let text = std::fs::read_to_string(entry.path()).expect("answers are text");
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".jsonl") {
            text.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).expect("each line is JSON")));
        }
        if name.ends_with(".csv") {
            assert!(text.lines().all(|line| line.split(',').count() == 6 && !line.starts_with(['=', '+', '-', '@'])), "{text}");
        }
    }
    let held = folder.holds("a.db");
    assert_eq!(held.admitted.len() - 1 + held.refused.len(), rows.len(), "every row is admitted or refused");
    let why = folder.command("act outage XA --from 2017-01-02 --until 2017-01-03 --who ann --db a.db --why").arg("a\nb").output();
    assert_eq!(why.expect("the program starts").status.code(), Some(2));
}
