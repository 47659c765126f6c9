//! What the proofs share: a folder of their own, the program started in it, a log drawn from a seed, and what a database holds.
//!
//! Every ending is looked at here: a panic or an abort fails whichever proof met it. What must never enter: an expectation
//! of one proof.

use slipwatch::book::Book;
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    io::{Read, Write},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use vocab::time::Day;

/// How long a program may take before it counts as hanging: far longer than anything takes on a slow and busy machine.
pub(crate) const HANGS_AFTER: Duration = Duration::from_secs(300);

/// How a program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    fn of(status: ExitStatus, out: &[u8], err: &[u8]) -> Self {
        let ran = Self {
            code: status.code(),
            out: String::from_utf8(out.to_vec()).expect("what is printed is UTF-8"),
            err: String::from_utf8(err.to_vec()).expect("what is said is UTF-8"),
        };
        let panicked = matches!(ran.code, Some(101 | 134)) || status.signal().is_some() || ran.err.contains("panicked at");
        assert!(!panicked, "the program did not end in order: {status}\n{ran:?}");
        ran
    }

    /// The same, if it ended with a code; else what it said.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.err, self.out);
        self
    }

    /// The same, if it said every one of some words.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "does not say `{word}`:\n{}", self.err);
        }
        self
    }

    /// What it printed, as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("is no JSON ({error}):\n{}", self.out))
    }
}

/// A folder of one proof.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary folder can be made"))
    }

    /// A folder with a mapping `map.toml`, its pack `pack.toml`, and a log `log.csv`.
    pub(crate) fn with_log(log: &str) -> Self {
        let folder = Self::new();
        folder.write("map.toml", MAPPING);
        folder.write("pack.toml", PACK);
        folder.write("log.csv", log);
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("a file can be written");
    }

    pub(crate) fn append(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let file = std::fs::File::options().append(true).create(true).open(self.path(name));
        file.and_then(|mut file| file.write_all(bytes.as_ref())).expect("a file can grow");
    }

    pub(crate) fn copy(&self, from: &str, to: &str) {
        std::fs::copy(self.path(from), self.path(to)).expect("a file can be copied");
    }

    /// The program in this folder; arguments are parted by blanks, `_` inside one stands for a blank.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slipwatch"));
        command.current_dir(self.0.path()).args(arguments.split_whitespace().map(|word| word.replace('_', " ")));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A line of the shell in this folder; `$SLIPWATCH` is the program.
    pub(crate) fn shell(&self, line: &str) -> Ran {
        let mut command = Command::new("sh");
        command.args(["-c", line]).current_dir(self.0.path()).env("SLIPWATCH", env!("CARGO_BIN_EXE_slipwatch"));
        finish(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))
    }

    pub(crate) fn run(&self, arguments: &str) -> Ran {
        finish(&mut self.command(arguments))
    }

    /// Runs with something on standard input.
    pub(crate) fn run_with(&self, arguments: &str, input: &[u8]) -> Ran {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().expect("the program starts");
        let mut stdin = child.stdin.take().expect("standard input is a pipe");
        std::thread::scope(|scope| {
            scope.spawn(move || stdin.write_all(input));
            wait(child)
        })
    }

    /// What a database of this folder holds.
    pub(crate) fn holds(&self, db: &str) -> Holds {
        Holds::of(&self.path(db))
    }
}

fn finish(command: &mut Command) -> Ran {
    wait(command.spawn().expect("the program starts"))
}

/// Waits for a program, but not for ever.
pub(crate) fn wait(mut child: Child) -> Ran {
    let drain = |pipe: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            pipe.map(|mut pipe| pipe.read_to_end(&mut bytes)).transpose().map(|_| bytes)
        })
    };
    let out = drain(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let err = drain(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>));
    let status = ends_in_time(&mut child);
    let read = |thread: std::thread::JoinHandle<std::io::Result<Vec<u8>>>| {
        thread.join().expect("a reading thread ends").expect("a pipe can be read")
    };
    Ran::of(status, &read(out), &read(err))
}

fn ends_in_time(child: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status;
        }
        if begun.elapsed() > HANGS_AFTER {
            let _gone = child.kill();
            panic!("the program hangs");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until something holds.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < HANGS_AFTER, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Says an act beside a program that holds the log until it is answered: said again it is the same act, and a machine may be slow.
#[track_caller]
pub(crate) fn answered(folder: &Folder, act: &str) -> Ran {
    let begun = Instant::now();
    loop {
        let ran = folder.run(act);
        if ran.code != Some(75) {
            return ran;
        }
        assert!(begun.elapsed() < HANGS_AFTER, "never answered: {act}: {}", ran.err);
    }
}

/// Asks a program to stop, as a supervisor does.
pub(crate) fn terminate(child: &Child) {
    let asked = Command::new("sh").args(["-c", &format!("kill -TERM {}", child.id())]).status();
    assert!(asked.expect("a shell starts").success());
}

/// A row of a table: tick, key, body.
pub(crate) type Row = (i64, String, Vec<u8>);

/// What a database holds, as far as a crash must not change it. Positions and how the ledger was split are left out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Holds {
    pub(crate) admitted: Vec<Row>,
    pub(crate) decisions: Vec<Row>,
    pub(crate) refused: Vec<Row>,
    pub(crate) late: Vec<Row>,
    /// (source, what became of messages) to how many.
    pub(crate) ledger: BTreeMap<(String, String), i64>,
}

impl Holds {
    pub(crate) fn of(path: &Path) -> Self {
        let book = Book::open(path).unwrap_or_else(|failure| panic!("{}: {failure}", path.display()));
        let mut ledger = BTreeMap::new();
        for (_, source, body) in rows(&book, "ledger") {
            let line: serde_json::Value = serde_json::from_slice(&body).expect("a line of the ledger is JSON");
            for (what, count) in line.as_object().expect("it is an object").iter().filter(|(_, count)| count.is_i64()) {
                *ledger.entry((source.clone(), what.clone())).or_default() += count.as_i64().unwrap_or(0);
            }
        }
        let [admitted, decisions, refused, late] = ["admitted", "decisions", "refused", "late"].map(|table| rows(&book, table));
        Self { admitted, decisions, refused, late, ledger }
    }

    /// The ledger of a source.
    pub(crate) fn count(&self, source: &str, what: &str) -> i64 {
        self.ledger.get(&(source.to_owned(), what.to_owned())).copied().unwrap_or(0)
    }

    /// Seals among the decisions.
    pub(crate) fn seals(&self) -> usize {
        self.decisions.iter().filter(|(_, key, _)| key.starts_with("seal/")).count()
    }

    /// Fails with the first difference.
    #[track_caller]
    pub(crate) fn must_equal(&self, other: &Self, about: &str) {
        for (table, one, two) in [
            ("admitted", &self.admitted, &other.admitted),
            ("decisions", &self.decisions, &other.decisions),
            ("refused", &self.refused, &other.refused),
            ("late", &self.late, &other.late),
        ] {
            let differing = one.iter().zip(two).find(|(one, two)| one != two).map(|(one, two)| (text(one), text(two)));
            assert!(differing.is_none(), "{about}: table {table}: {differing:?}");
            assert_eq!(one.len(), two.len(), "{about}: rows of table {table}");
        }
        assert_eq!(self.ledger, other.ledger, "{about}");
    }
}

fn text((tick, key, body): &Row) -> String {
    format!("{tick} {key} {}", String::from_utf8_lossy(body))
}

fn rows(book: &Book, table: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    book.rows(table, |row| {
        rows.push((row.tick, row.key.clone(), row.body.clone()));
        Ok(())
    })
    .unwrap_or_else(|failure| panic!("{table}: {failure}"));
    rows
}

/// Rows of a table so far; 0 when there is no database yet.
pub(crate) fn count(path: &Path, table: &str) -> u64 {
    Book::open(path).ok().and_then(|book| book.reader().count(table).ok()).unwrap_or(0)
}

/// The ids of the alerts of a database, in the order in which they opened; open ones first.
pub(crate) fn alerts(folder: &Folder, db: &str) -> Vec<String> {
    let listed = folder.run(&format!("alerts -o json --db {db}")).ends(0).json();
    let mut listed = listed.as_array().expect("alerts are a list").clone();
    listed.sort_by_key(|alert| alert["phase"] != "firing");
    listed.iter().map(|alert| alert["alert"].as_str().expect("an alert has an id").to_owned()).collect()
}

/// Numbers from a seed (xorshift64*).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end.max(1)
    }

    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }
}

pub(crate) const HEADER: &str = "id,revision,op,occurred,reported,place,measure,n\n";

/// How the rows of the log become events.
pub(crate) const MAPPING: &str = r#"
source = "customs"
regime = "trial"
format = "csv"

[record]
id = { column = "id" }
revision = { column = "revision" }
operation = { column = "op", table = { assert = "assert", correct = "correct", retract = "retract" } }

[occurred]
column = "occurred"
format = "date"

[reported]
column = "reported"
format = "date"

[known]
from = "reported"
window_days = 2

[event]
type = "inspection.performed"
jurisdiction = { column = "place" }
measures = { column = "measure" }
count = { column = "n" }
"#;

/// Three places and two measures.
pub(crate) const PACK: &str = r#"
regime = "trial"
title = "A trial"
version = 1
exposure = "absent"

[jurisdictions]
list = [{ code = "XA", title = "First place" }, { code = "XB", title = "Second place" }, { code = "XC", title = "Third place" }]

[[feeds]]
source = "customs"
counts = ["inspections"]
every_days = 7
arrives = "singly"

[policy]
extends = "standard-1"

[[measures]]
id = "arms"
title = "inspections for arms"
instrument = "a trial"
basis = "measured"
issuer = "nobody"
purpose = "unknown"
direction = "any"
unit = "count"

[[measures]]
id = "coal"
title = "inspections for coal"
instrument = "a trial"
basis = "measured"
issuer = "nobody"
purpose = "unknown"
direction = "any"
unit = "count"
"#;

/// A row on its way into a log.
struct Line {
    reported: i32,
    text: String,
}

/// The text of a log of some days from [`FIRST_DAY`] on: rows in the order in which they were reported, nearly; with
/// duplicates, conflicts, corrections, retractions, rows that come late or not at all in shape, a fall and a silence.
pub(crate) fn log(seed: u64, days: i32) -> String {
    let mut chance = Chance::new(seed);
    let mut lines = Vec::new();
    for day in 0..days {
        for (place, mean) in [("XA", 2), ("XB", 1), ("XC", 1)] {
            let falls = place == "XA" && day > days * 4 / 5;
            let silent = place == "XB" && (days / 2..days / 2 + 50).contains(&day);
            for measure in ["arms", "coal"] {
                let acts = (0..mean * 2).filter(|_| chance.percent(if falls { 12 } else { 50 })).count();
                (0..if silent { 0 } else { acts }).for_each(|_| act(&mut chance, &mut lines, (day, place, measure)));
            }
        }
    }
    lines.retain(|line| line.reported <= days + 8);
    lines.sort_by_key(|line| line.reported);
    disorder(&mut chance, &mut lines);
    let mut text = HEADER.to_owned();
    lines.iter().for_each(|line| text.push_str(&line.text));
    text
}

/// One act, and what may become of its record.
fn act(chance: &mut Chance, lines: &mut Vec<Line>, (day, place, measure): (i32, &str, &str)) {
    let id = format!("A{}", lines.len());
    let reported = day + [0, 0, 1, 1, 2, 3, 5, 8][usize::try_from(chance.below(8)).unwrap_or(0)];
    let mut line = |id: &str, version: (u32, &str), occurred: &str, reported: i32, n: u64| {
        let mut text = String::new();
        let _ = writeln!(text, "{id},{},{},{occurred},{},{place},{measure},{n}", version.0, version.1, date(reported));
        lines.push(Line { reported, text });
    };
    let (asserted, occurred, n) = ((0, "assert"), date(day), 1 + chance.below(2));
    line(&id, asserted, &occurred, reported, n);
    match chance.below(100) {
        0..=4 => line(&id, asserted, &occurred, reported + 1, n),
        5..=7 => line(&id, (1, "correct"), &date(day + 1), reported + 12, n + 1),
        8..=9 => line(&id, (1, "retract"), &occurred, reported + 20, n),
        10 => line(&id, asserted, &occurred, reported + 1, n + 7),
        11 if chance.percent(50) => line(&format!("{id}-late"), asserted, &occurred, reported + 580, 3),
        11 => line(&format!("{id}-bad"), asserted, "2017-02-30", reported, 1),
        _ => {}
    }
}

/// Some lines change places with a neighbour.
fn disorder(chance: &mut Chance, lines: &mut [Line]) {
    for at in 1..lines.len() {
        if chance.percent(10) {
            lines.swap(at - 1, at);
        }
    }
}

/// 2017-01-02, a Monday: the first day of the log.
pub(crate) const FIRST_DAY: Day = Day(17_168);

/// The civil day so many days after the first.
pub(crate) fn date(day: i32) -> String {
    FIRST_DAY.plus(day).to_string()
}
