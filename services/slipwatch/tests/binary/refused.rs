//! What was refused: listed, shown as it came, and sent in again, once, whatever happens meanwhile.
//!
//! What must never enter: a refusal that is made here and not by intake.

use crate::{
    kills::Moments,
    support::{Folder, HEADER, Holds, MAPPING},
};
use serde_json::Value;
use slipwatch::book::Book;
use std::{path::Path, time::Instant};

const IMPORT: &str = "import -m map.toml -p pack.toml --db a.db";
const REDRIVE: &str = "refused redrive --db a.db -m mended.toml --columns-of log.csv";
/// Rows that nobody can read: a terminal's own language, bytes that are no text, a line that is turned around.
const HOSTILE: &[u8] = b"\x1b]0;owned\x07\x1b[2J\xff\xe2\x80\xae,0,seen,2017-01-02,2017-01-03,XA,arms,1\n";
/// Kills that must land between the first and the last commit of a redrive.
const KILLS_BETWEEN: u32 = 3;

/// A log of a feed whose word `seen` the mapping does not know, and a mapping that does.
fn folder(rows: &str) -> Folder {
    let folder = Folder::with_log(&format!("{HEADER}A1,0,assert,2017-01-02,2017-01-03,XA,arms,1\n{rows}"));
    folder.write("mended.toml", MAPPING.replace("assert = \"assert\"", "assert = \"assert\", seen = \"assert\""));
    folder
}

fn seen(id: &str) -> String {
    format!("{id},0,seen,2017-01-02,2017-01-04,XA,coal,2\n")
}

fn listed(folder: &Folder, filters: &str) -> Vec<Value> {
    let ran = folder.run(&format!("refused list --db a.db -o json {filters}")).ends(0);
    ran.out.lines().map(|line| serde_json::from_str(line).expect("a line of the list is JSON")).collect()
}

fn ats(listed: &[Value]) -> Vec<&str> {
    listed.iter().map(|line| line["at"].as_str().expect("it says where it stands")).collect()
}

/// Every admitted message of the feed is in the ledger once, under one word.
#[track_caller]
fn balances(held: &Holds) {
    let admitted = held.admitted.iter().filter(|(_, key, _)| key.starts_with("customs/")).count();
    let sum: i64 = ["effective", "duplicates", "superseded", "conflicts", "late"].map(|word| held.count("customs", word)).iter().sum();
    assert_eq!(usize::try_from(sum).unwrap_or(0), admitted, "{:?}", held.ledger);
}

#[test]
fn what_was_refused_is_listed_for_people_and_programs_and_shown_as_it_came() {
    let folder = folder(&format!("{}A3,0,assert,2017-02-30,2017-01-03,XA,arms,1\nA4,0,assert\n", seen("A2")));
    folder.append("log.csv", HOSTILE);
    folder.append("log.csv", [b"long,".as_slice(), &vec![b'x'; (1 << 20) + 7], b"\n"].concat());
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    let table = folder.run("refused list --db a.db").ends(0).says(&["5 refused: bad_field 2", "broken_row 1", "not_utf8 1", "too_large 1"]);
    assert!(!table.out.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "a terminal is steered: {:?}", table.out);
    for words in
        ["log.csv:3", "customs", "is not one of the known words", "1048588 (1024 kept)", r"\u{1b}]0;owned\u{7}\u{1b}[2J\xff\u{202e},0"]
    {
        assert!(table.out.contains(words), "{words}:\n{}", table.out);
    }
    let all = listed(&folder, "");
    let (whole, long) = (&all[0], &all[4]);
    assert_eq!(
        (&whole["code"], &whole["input"], &whole["place"], &whole["kept"]),
        (&"bad_field".into(), &"log.csv".into(), &3.into(), &"whole".into())
    );
    assert_eq!((&long["kept"], &long["bytes"], &long["bytesKept"]), (&"beginning".into(), &1_048_588.into(), &1_024.into()));
    for (filters, wanted) in [
        ("--reason is_not", &["0", "1"][..]),
        ("--reason not_UTF-8 --reason BROKEN", &["2", "3"]),
        ("--source customs --limit 2", &["3", "4"]),
        ("--source -", &[]),
        ("--since 2017-01-03 --until 2017-01-03", &["0", "1", "2", "3", "4"]),
        ("--since 2017-01-04", &[]),
        ("--until 2017-01-03T12:00:00Z", &[]),
        ("--waiting", &["0", "1", "2", "3", "4"]),
    ] {
        assert_eq!(ats(&listed(&folder, filters)), wanted, "{filters}");
    }
    let by_code = folder.shell("$SLIPWATCH refused list --db a.db -o json --reason bad_field").ends(0).out;
    assert_eq!(by_code.lines().count(), 2, "{by_code}");
    let csv = folder.run("refused list --db a.db -o csv --reason broken").ends(0).out;
    assert!(csv.starts_with("at,refused,from,feed,reason,") && csv.lines().count() == 2 && csv.contains("\"A4,0,assert\""), "{csv}");
    let summary = folder.run("refused list --db a.db --summary -o json").ends(0).json();
    assert_eq!((&summary[0]["code"], &summary[0]["source"], &summary[0]["refused"]), (&"bad_field".into(), &"customs".into(), &2.into()));
    folder.shell("$SLIPWATCH refused show 3 --db a.db > shown").ends(0).says(&["log.csv:6 was refused: not UTF-8"]);
    assert_eq!(std::fs::read(folder.path("shown")).expect("it was written"), HOSTILE.trim_ascii_end());
    assert!(
        folder
            .run("refused show 4 --db a.db")
            .ends(1)
            .says(&["only the first 1024 bytes are kept, of 1048588"])
            .out
            .starts_with("long,xxx")
    );
    folder.run("refused show 99 --db a.db").ends(2).says(&["no refusal stands at 99"]);
    folder.run("refused show 2/99 --db a.db").ends(2).says(&["no refusal stands at 2/99"]);
    folder.run("refused show here --db a.db").ends(2).says(&["PARTITION/POSITION"]);
    folder.run("refused list").ends(2).says(&["--db FILE or --kafka"]);
    folder.run("refused list --db a.db --since yesterday").ends(2).says(&["--since yesterday"]);
}

#[test]
fn what_a_narrow_mapping_refused_is_let_in_by_a_mended_one_and_counts_once() {
    // A2 was sent twice; A5 will never be a day.
    let folder = folder(&format!("{}{}{}A5,0,seen,2017-02-30,2017-01-03,XA,arms,1\nA6,0,\"seen\n", seen("A2"), seen("A3"), seen("A2")));
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    let before = folder.holds("a.db");
    folder.run("refused redrive --db a.db -m mended.toml").ends(2).says(&["--columns-of FILE is needed"]);
    let tried = folder.run(&format!("{REDRIVE} --dry-run -o json")).ends(0).json();
    folder.holds("a.db").must_equal(&before, "nothing is done by a trial");
    let sent = folder.run(&format!("{REDRIVE} -o json")).ends(0).json();
    assert_eq!(tried, sent, "what a trial says comes about");
    assert_eq!((&sent["sent"], &sent["admitted"], &sent["refusedAgain"]["bad_field"]), (&4.into(), &3.into(), &1.into()), "{sent}");
    assert_eq!(
        sent["left"].as_object().map(|left| left.values().cloned().collect::<Vec<_>>()),
        Some(vec![1.into()]),
        "a quote never closes"
    );
    let held = folder.holds("a.db");
    assert_eq!((held.count("customs", "effective"), held.count("customs", "duplicates")), (3, 1), "{:?}", held.ledger);
    assert_eq!(held.refused[..5], before.refused[..], "what was refused is history");
    balances(&held);
    let again = &listed(&folder, "--waiting")[..];
    assert_eq!(ats(again), ["4", "5"], "the piece, and what was refused again");
    assert_eq!((&again[1]["place"], &again[1]["begins"]), (&6.into(), &"A5,0,seen,2017-02-30,2017-01-03,XA,arms,1".into()));
    // A second run sends only what was refused since.
    let second = folder.run(REDRIVE).ends(0).out;
    assert!(second.starts_with("sent 1 refused message in again: 0 records let in"), "{second}");
    assert_eq!(folder.holds("a.db").ledger, held.ledger);
    assert_eq!(ats(&listed(&folder, "--reason is_not --waiting")), ["6"]);
    verified(&folder.path("a.db"));
}

#[test]
fn a_redrive_sends_what_it_is_asked_and_no_row_of_another_feed() {
    let folder = folder(&format!("{}{}", seen("A2"), seen("A3")));
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    folder.write("other.toml", MAPPING.replace("\"customs\"", "\"harbour\""));
    let other = folder.run("refused redrive --db a.db -m other.toml --columns-of log.csv").ends(0).out;
    assert!(
        other.contains("sent 0 refused messages") && other.contains("not sent 2: a row of a feed whose mapping was not given"),
        "{other}"
    );
    assert!(folder.run(&format!("{REDRIVE} --reason undecodable")).ends(0).out.starts_with("sent 0 "));
    assert!(folder.run(&format!("{REDRIVE} --limit 1")).ends(0).out.starts_with("sent 1 refused message in again: 1 record let in"));
    assert_eq!(ats(&listed(&folder, "--waiting")), ["1"]);
    folder.run("refused redrive --db none.db").ends(66).says(&["none.db"]);
    folder.run("refused redrive --kafka localhost:1 -m mended.toml").ends(2).says(&["cannot be used with"]);
}

/// An event that intake turned away, not its mapping: after a wider pack or an upgrade it needs no mapping.
#[test]
fn a_native_event_needs_no_mapping_and_an_act_is_not_said_again() {
    let folder = Folder::with_log("");
    let rest = r#""op":"OPERATION_ASSERT","occurred":{"precision":"PRECISION_DAY","day":"2019-01-02"}"#;
    let line = |body: &str| format!("{{\"schemaVersion\":1,\"regime\":\"trial\",{rest},{body}}}\n");
    let inspected = |count: u32| {
        let what = r#""source":"customs","sourceRecordId":"A","jurisdiction":"XA","measures":["arms"],"inspectionPerformed":{}"#;
        line(&format!("{what},\"count\":\"{count}\""))
    };
    let pack =
        r#""source":"operators","sourceRecordId":"pack/bad","count":"1","packActivated":{"pack":"W3JlZ2ltZV0K","who":"lee","why":"trial"}"#;
    folder.write("native.jsonl", format!("{}{}{}", inspected(1), inspected(0), line(pack)));
    folder.run("import -p pack.toml --db a.db native.jsonl").ends(0);
    let told = folder.run("refused redrive --db a.db").ends(0).out;
    assert!(told.contains("0 records let in, 0 passed over by the mapping, 1 refused again"), "{told}");
    assert!(told.contains("not sent 1: an act of people"), "{told}");
}

#[test]
fn kills_of_a_redrive_let_every_record_in_once() {
    let rows: String = (0..3_000).map(|n| seen(&format!("R{n}"))).collect();
    let folder = folder(&rows);
    folder.run(&format!("{IMPORT} log.csv")).ends(0);
    folder.copy("a.db", "before.db");
    let begun = Instant::now();
    folder.run(REDRIVE).ends(0);
    let (took, plain) = (begun.elapsed(), folder.holds("a.db"));
    assert_eq!((plain.count("customs", "effective"), plain.count("customs", "duplicates")), (3_001, 0));
    let (mut between, mut moments) = (0, Moments::new(11, took));
    while between < KILLS_BETWEEN {
        folder.copy("before.db", "a.db");
        ["a.db-wal", "a.db-shm"].iter().for_each(|name| drop(std::fs::remove_file(folder.path(name))));
        while moments.kill(folder.command(REDRIVE).spawn().expect("the program starts")) {
            let sent = listed(&folder, "").iter().filter(|line| line["sentAgain"] == true).count();
            between += u32::from(sent > 0 && sent < 3_000);
        }
        folder.run(REDRIVE).ends(0);
        let held = folder.holds("a.db");
        assert_eq!(held.ledger, plain.ledger, "after {between} kills");
        assert_eq!(held.admitted.len(), plain.admitted.len(), "after {between} kills");
        assert!(listed(&folder, "--waiting").is_empty(), "after {between} kills");
    }
    verified(&folder.path("a.db"));
}

#[track_caller]
fn verified(db: &Path) {
    let rows = Book::open(db).and_then(|book| book.verify_chains());
    assert!(rows.is_ok(), "{rows:?}");
}
