//! The SQLite file as its users meet it: opened twice, damaged, full, edited, read by others.
//!
//! Must never enter: what every store must do; that is `contract.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use journal::sqlite::{ADMITTED, Body, Chain, Inbox, Layout, Reader, Row, Sqlite, link};
use journal::{Checkpoint, Entry, Extent, InputPosition, JournalError, LinkFault, Mark, Origins, PageChange, PositionEntry, Store, Topic};

use crate::grounds::ToyCodec;
use crate::toy::Toy;

const RESULTS: Topic = Topic(1);
const NOTES: Topic = Topic(2);

fn layout() -> Layout {
    Layout::new(3, 1, "judge-1")
        .table("results", Body::Text, Chain::Linked)
        .table("notes", Body::Text, Chain::Plain)
        .view("CREATE VIEW by_key AS SELECT key, count(*) AS rows FROM admitted GROUP BY key")
        .view("CREATE INDEX results_by_key ON results (key)")
}

struct Place {
    folder: tempfile::TempDir,
    path: PathBuf,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.db");
        Self { folder, path }
    }

    fn open(&self) -> Sqlite {
        Sqlite::open(&self.path, &layout()).unwrap()
    }

    /// A file with `rows` admitted rows and as many results.
    fn filled(rows: i64) -> Self {
        let place = Self::new();
        write(&mut place.open(), 0..rows).unwrap();
        place
    }

    /// What somebody else does to the file.
    fn tamper(&self, sql: &str) {
        rusqlite::Connection::open(&self.path).unwrap().execute_batch(sql).unwrap();
    }

    fn refusal(&self, layout: &Layout) -> JournalError {
        Sqlite::open(&self.path, layout).unwrap_err()
    }
}

fn write(file: &mut Sqlite, ticks: std::ops::Range<i64>) -> Result<(), JournalError> {
    let mut batch = file.begin()?;
    for tick in ticks {
        let key = format!("a/{}", tick % 5);
        let body = format!("row {tick}");
        let row = Row { origin: 0, tick, key: &key, body: body.as_bytes() };
        batch.append(ADMITTED, &row)?;
        batch.append(RESULTS, &row)?;
    }
    batch.commit()
}

/// Takes the right to write away, or gives it back.
fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn one_process_writes() {
    let place = Place::new();
    let first = place.open();
    let second = place.refusal(&layout());
    assert!(matches!(second, JournalError::Locked { .. }), "{second}");
    assert_eq!(second.exit_code(), 75);
    drop(first);
    place.open();
}

#[test]
fn what_cannot_be_written_is_refused_before_anything_is() {
    let place = Place::filled(3);
    set_mode(&place.path, 0o444);
    let refused = place.refusal(&layout());
    assert!(matches!(&refused, JournalError::ReadOnly { path } if *path == place.path), "{refused}");
    assert_eq!(refused.exit_code(), 74);
    set_mode(&place.path, 0o644);
    set_mode(place.folder.path(), 0o555);
    assert!(matches!(place.refusal(&layout()), JournalError::ReadOnly { path } if path == place.folder.path()));
    assert_eq!(Reader::open(&place.path).unwrap().count("admitted").unwrap(), 3, "a reader needs no such right");
    set_mode(place.folder.path(), 0o755);
    let nowhere = Sqlite::open(&place.folder.path().join("no/such/log.db"), &layout()).unwrap_err();
    assert!(matches!(nowhere, JournalError::Missing { .. }));
    assert!(matches!(Sqlite::open(place.folder.path(), &layout()), Err(JournalError::NotAJournal { .. })));
}

#[test]
fn another_file_is_left_as_it_was() {
    let place = Place::new();
    let text = "a,b\n1,2\n".repeat(900);
    fs::write(&place.path, &text).unwrap();
    let refused = place.refusal(&layout());
    assert!(matches!(refused, JournalError::NotAJournal { .. }), "{refused}");
    assert_eq!(refused.exit_code(), 66);
    assert_eq!(fs::read_to_string(&place.path).unwrap(), text);
    let other = Place::new();
    other.tamper("CREATE TABLE accounts (id INTEGER)");
    let before = fs::read(&other.path).unwrap();
    assert!(matches!(other.refusal(&layout()), JournalError::NotAJournal { .. }));
    assert_eq!(fs::read(&other.path).unwrap(), before);
    assert!(matches!(Reader::open(&other.path), Err(JournalError::NotAJournal { .. })));
    assert!(matches!(Reader::open(&other.folder.path().join("none")), Err(JournalError::Missing { .. })));
}

#[test]
fn a_newer_or_different_file_is_refused_with_the_way_out() {
    let place = Place::filled(1);
    let newer = place.refusal(&Layout::new(2, 1, "judge-1"));
    assert!(matches!(newer, JournalError::NewerLayout { found: 3, newest: 2 }));
    assert_eq!(newer.exit_code(), 78);
    assert!(place.refusal(&Layout::new(3, 1, "judge-2")).to_string().contains("import it anew"));
    let generation = place.refusal(&Layout::new(3, 2, "judge-1"));
    assert!(matches!(generation, JournalError::OtherGeneration { stored: 1, running: 2, .. }));
    let shape = place.refusal(&Layout::new(3, 1, "judge-1").table("results", Body::Bytes, Chain::Linked));
    assert!(matches!(shape, JournalError::OtherTable { .. }), "{shape}");
    for bad in ["admitted", "meta", "Results", "a b", "", "x;y", "sqlite_x"] {
        let layout = Layout::new(3, 1, "judge-1").table(bad, Body::Text, Chain::Plain);
        assert!(matches!(place.refusal(&layout), JournalError::BadTableName { .. }), "{bad:?}");
    }
    place.tamper("PRAGMA user_version = 9");
    assert!(matches!(place.refusal(&layout()), JournalError::NewerLayout { found: 9, .. }));
    assert!(matches!(Reader::open(&place.path), Err(JournalError::NewerLayout { found: 9, .. })));
}

#[test]
fn a_later_version_may_add_tables() {
    let place = Place::filled(2);
    let wider = layout().table("extra", Body::Bytes, Chain::Plain);
    let mut file = Sqlite::open(&place.path, &wider).unwrap();
    let mut batch = file.begin().unwrap();
    let row = Row { origin: 0, tick: 9, key: "k", body: &[0xff, 0] };
    batch.append(wider.topic("extra").unwrap(), &row).unwrap();
    batch.commit().unwrap();
    assert_eq!(file.rows(Topic(3), 0, 9).unwrap()[0].body, [0xff, 0]);
}

#[test]
fn a_full_disk_stores_nothing_and_is_waited_out() {
    let place = Place::filled(10);
    let mut file = place.open();
    file.limit_pages(1).unwrap(); // no growth
    let mut refused = 0;
    for _ in 0..3 {
        match write(&mut file, 10..20_000) {
            Err(error @ JournalError::Full { .. }) => {
                assert_eq!(error.exit_code(), 74);
                refused += 1;
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(file.rows(ADMITTED, 0, 99_999).unwrap().len(), 10);
        assert_eq!(file.verify_chain(ADMITTED).unwrap().rows, 10);
    }
    assert_eq!(refused, 3);
    file.limit_pages(1_000_000).unwrap();
    write(&mut file, 10..20_000).unwrap();
    assert_eq!(file.verify_chain(ADMITTED).unwrap().rows, 20_000);
    assert_eq!(file.verify_chain(RESULTS).unwrap().rows, 20_000);
}

#[test]
fn a_dropped_batch_leaves_no_trace() {
    let place = Place::filled(4);
    let mut file = place.open();
    let mut batch = file.begin().unwrap();
    batch.append(ADMITTED, &Row { origin: 0, tick: 9, key: "gone", body: b"" }).unwrap();
    batch.answer(1, "gone").unwrap();
    drop(batch);
    Inbox::open(&place.path).unwrap().hand_in("nobody holds the file").unwrap();
    write(&mut file, 4..6).unwrap();
    let rows = file.rows(ADMITTED, 0, 99).unwrap();
    assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!(file.verify_chain(ADMITTED).unwrap().rows, 6);
}

#[test]
fn text_tables_hold_text() {
    let place = Place::new();
    let mut file = place.open();
    let mut batch = file.begin().unwrap();
    let bad = batch.append(NOTES, &Row { origin: 0, tick: 1, key: "k", body: &[0xff] });
    assert!(matches!(bad, Err(JournalError::BadRecord { .. })));
    assert!(matches!(batch.append(Topic(9), &Row { origin: 0, tick: 1, key: "k", body: b"" }), Err(JournalError::UnknownTopic { .. })));
}

#[test]
fn the_first_edited_row_is_named() {
    let edits = [
        ("UPDATE admitted SET body = CAST('row 7x' AS BLOB) WHERE position = 7", 7, LinkFault::Edited),
        ("UPDATE admitted SET tick = tick + 1 WHERE position = 3", 3, LinkFault::Edited),
        ("UPDATE admitted SET tick = 'soon' WHERE position = 3", 3, LinkFault::Edited),
        ("UPDATE admitted SET key = 'a/9' WHERE position IN (4, 12)", 4, LinkFault::Edited),
        ("UPDATE admitted SET link = zeroblob(32) WHERE position = 11", 11, LinkFault::Edited),
        ("DELETE FROM admitted WHERE position = 0", 1, LinkFault::Edited),
        ("DELETE FROM admitted WHERE position = 9", 10, LinkFault::Edited),
        ("DELETE FROM admitted WHERE position >= 18", 18, LinkFault::Cut),
        ("INSERT INTO admitted VALUES (20, 0, 99, 'a/1', x'00', zeroblob(32))", 20, LinkFault::Edited),
        (
            "UPDATE admitted SET position = -1 WHERE position = 5; UPDATE admitted SET position = 5 WHERE position = 6;
             UPDATE admitted SET position = 6 WHERE position = -1",
            5,
            LinkFault::Edited,
        ),
        ("UPDATE heads SET link = zeroblob(32) WHERE topic = 'admitted'", 19, LinkFault::Edited),
    ];
    for (sql, position, fault) in edits {
        let place = Place::filled(20);
        place.tamper(sql);
        let reader = Reader::open(&place.path).unwrap();
        let found = reader.verify_chain("admitted").unwrap_err();
        assert_eq!(found.exit_code(), 1);
        let JournalError::BadLink(bad) = found else { panic!("{found}") };
        assert_eq!((bad.position, bad.fault), (position, fault), "{sql}");
        assert_eq!(bad.table, "admitted");
        assert_eq!(reader.verify_chain("results").unwrap().rows, 20, "the other chain stands");
        assert!(matches!(place.open().verify_chain(ADMITTED), Err(JournalError::BadLink(_))));
    }
}

/// A row appended with a right link is still more than the file says it wrote.
#[test]
fn a_forged_end_is_found() {
    let place = Place::filled(3);
    let reader = Reader::open(&place.path).unwrap();
    let last = reader.verify_chain("admitted").unwrap().last;
    assert_eq!(reader.link_at("admitted", 2).unwrap(), last);
    let forged = link(&last, 5, b"a/1", b"forged");
    let other = rusqlite::Connection::open(&place.path).unwrap();
    let sql = "INSERT INTO admitted VALUES (3, 0, 5, 'a/1', CAST('forged' AS BLOB), ?1)";
    other.execute(sql, [forged]).unwrap();
    match reader.verify_chain("admitted") {
        Err(JournalError::BadLink(bad)) => assert_eq!((bad.position, bad.fault), (3, LinkFault::Surplus)),
        other => panic!("{other:?}"),
    }
}

/// Link of one row, computed with another program (Python's `struct` and `hashlib`).
#[test]
fn a_link_is_what_the_document_says() {
    let want = "3fbaa1d67ad68f64db16b68bf0cfc7fa65f29d56c386eec062cffeb2bdfd9e4f";
    let found = link(&[0; 32], 8, b"a/1", b"row 8");
    let hex: String = found.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(hex, want);
}

#[test]
fn others_read_while_a_writer_writes() {
    let place = Place::filled(5);
    let mut file = place.open();
    let reader = Reader::open(&place.path).unwrap();
    assert_eq!(reader.tables().collect::<Vec<_>>(), ["admitted", "notes", "results"]);
    let mut batch = file.begin().unwrap();
    batch.append(ADMITTED, &Row { origin: 0, tick: 5, key: "a/0", body: b"row 5" }).unwrap();
    assert_eq!(reader.verify_chain("admitted").unwrap().rows, 5, "what is not committed is not seen");
    batch.commit().unwrap();
    assert_eq!(reader.verify_chain("admitted").unwrap().rows, 6);
    let entries = reader.entries("admitted", 0, usize::MAX).unwrap();
    assert_eq!(entries.iter().map(journal::sqlite::StoredEntry::position).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    assert_eq!((reader.end("admitted").unwrap(), reader.entries("admitted", 4, 1).unwrap().len()), (6, 1));
    let keyed = reader.rows_with_key("admitted", "a/0", 10).unwrap();
    assert_eq!(keyed.iter().map(|row| row.tick).collect::<Vec<_>>(), [0, 5]);
    assert_eq!(reader.rows("results", 3, 1).unwrap()[0].body, b"row 3");
    assert_eq!(reader.meta("judgement").unwrap().as_deref(), Some("judge-1"));
    assert!(reader.position("none").unwrap().is_none());
    assert!(matches!(reader.rows("nothing", 0, 1), Err(JournalError::BadTableName { .. })));
}

#[test]
fn another_process_hands_in_an_act() {
    let place = Place::new();
    let mut file = place.open();
    let mut inbox = Inbox::open(&place.path).unwrap();
    let first = inbox.hand_in("close 1").unwrap();
    let second = inbox.hand_in("close 2").unwrap();
    let acts = file.acts(10).unwrap();
    assert_eq!(acts.iter().map(|act| (act.id, act.body.as_str())).collect::<Vec<_>>(), [(first, "close 1"), (second, "close 2")]);
    assert_eq!(inbox.answer(first).unwrap(), None);
    let mut batch = file.begin().unwrap();
    batch.append(ADMITTED, &Row { origin: 0, tick: 1, key: "act", body: acts[0].body.as_bytes() }).unwrap();
    batch.take(first, 1).unwrap();
    batch.answer(first, "applied").unwrap();
    batch.commit().unwrap();
    assert_eq!(inbox.answer(first).unwrap().as_deref(), Some("applied"));
    assert_eq!(file.acts(10).unwrap(), acts[1..]);
    assert!(matches!(Inbox::open(&place.folder.path().join("none.db")), Err(JournalError::Missing { .. })));
}

#[test]
fn idle_marks_are_one_row() {
    let place = Place::new();
    let mut file = place.open();
    let mark = |tick, origin| Mark { generation: 1, stage: 0, origins: Origins::One(origin), tick, count: 2 };
    for tick in 0..50 {
        let mut batch = file.begin().unwrap();
        batch.mark(ADMITTED, &mark(tick, 0)).unwrap();
        batch.commit().unwrap();
    }
    let mut batch = file.begin().unwrap();
    batch.mark(ADMITTED, &mark(50, 1)).unwrap();
    batch.append(ADMITTED, &Row { origin: 0, tick: 60, key: "1", body: b"4" }).unwrap();
    batch.mark(ADMITTED, &mark(60, 0)).unwrap();
    batch.mark(ADMITTED, &mark(61, 0)).unwrap();
    batch.commit().unwrap();
    drop(file);
    let mut store = journal::sqlite::SqliteStore::new(place.open(), ToyCodec);
    let mut out = Vec::new();
    store.read((ADMITTED, 0), 0, 99, &mut out).unwrap();
    let want: [(u64, Entry<Toy>); 4] = [
        (49, Entry::Mark(mark(49, 0))),
        (50, Entry::Mark(mark(50, 1))),
        (51, Entry::Record { origin: 0, record: Toy { tick: 60, id: 1, value: 4 } }),
        (53, Entry::Mark(mark(61, 0))),
    ];
    assert_eq!(out, want);
    assert_eq!(store.end(ADMITTED, 0).unwrap(), 54);
}

/// The document names every table and column there is, and its queries run and answer.
#[test]
fn the_document_is_true() {
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("FILE.md")).unwrap();
    let place = Place::filled(20);
    let mut file = place.open();
    let input = InputPosition { topic: ADMITTED, partition: 0, next: 4, marks: vec![Some(3)], count: Some(1) };
    let entry = PositionEntry {
        task: "fused".to_owned(),
        generation: 1,
        judgement: "judge-1".to_owned(),
        tick: Some(3),
        sent: Some(3),
        inputs: vec![input],
        streams: Vec::new(),
    };
    let pages = vec![PageChange { key: "p".to_owned(), body: Some(vec![1]) }];
    let mut batch = file.begin().unwrap();
    batch.position(&entry).unwrap();
    batch.checkpoint(&entry, &Checkpoint { extent: Extent::Touched, pages }).unwrap();
    batch.commit().unwrap();
    let connection = rusqlite::Connection::open(&place.path).unwrap();
    let columns = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
                   WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(columns).unwrap();
    let names = statement.query_map([], |row| Ok([row.get::<_, String>(0)?, row.get::<_, String>(1)?])).unwrap();
    for name in names.flat_map(Result::unwrap).filter(|name| name != "results" && name != "notes") {
        assert!(document.contains(&format!("`{name}`")), "FILE.md does not name {name}");
    }
    assert!(document.contains(&connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i64>(0)).unwrap().to_string()));
    let queries: Vec<&str> = document.split("```sql\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert_eq!(queries.len(), 3);
    for query in queries {
        let mut statement = connection.prepare(query).unwrap();
        assert!(statement.query([]).unwrap().next().unwrap().is_some(), "no answer: {query}");
    }
    let rows: i64 = connection.query_row("SELECT sum(rows) FROM by_key", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 20, "the view of the caller was made");
}
