//! An altered log is found: whichever row of the chain was edited, deleted or re-chained, `explain` names the first bad one.
//!
//! The chain is broken with SQL, as somebody with the file would. What must never enter: knowledge of how the chain is
//! computed beyond what the description of the file says.

use crate::support::{Folder, alerts, log};

/// A finished log and the id of an alert of it.
fn finished() -> (Folder, String) {
    let folder = Folder::with_log(&log(1, 1_100));
    folder.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let alert = alerts(&folder, "a.db").first().cloned().expect("the log has alerts");
    (folder, alert)
}

fn edit(folder: &Folder, sql: &str) -> usize {
    let database = rusqlite::Connection::open(folder.path("b.db")).expect("the file is a database");
    let edited = database.execute(sql, []).expect("the edit is valid SQL");
    database.close().expect("the file closes");
    edited
}

/// What is edited, the edit (`{row}`, `{next}` and `{other}` are positions of records), and what `explain` must name.
const EDITS: [(&str, &str, &str); 14] = [
    ("a record's day", "UPDATE admitted SET tick = tick - 345600 WHERE position = {row}", "admitted row {row} "),
    ("a record's bytes", "UPDATE admitted SET body = CAST(body || x'00' AS BLOB) WHERE position = {row}", "admitted row {row} "),
    ("a record's name", "UPDATE admitted SET key = key || 'x' WHERE position = 0", "admitted row 0 "),
    ("a record that is gone", "DELETE FROM admitted WHERE position = {row}", "admitted row {next} "),
    ("the last record gone", "DELETE FROM admitted WHERE position = (SELECT max(position) FROM admitted)", "(Cut)"),
    ("a link written anew", "UPDATE admitted SET link = randomblob(32) WHERE position = {row}", "admitted row {row} "),
    (
        "a link taken from elsewhere",
        "UPDATE admitted SET link = (SELECT link FROM admitted WHERE position = {other}) WHERE position = {row}",
        "admitted row {row} ",
    ),
    (
        "two records change places",
        "UPDATE admitted SET (key, body) = (SELECT key, body FROM admitted AS other WHERE other.position = {row} + {next} - admitted.position)
         WHERE position IN ({row}, {next})",
        "admitted row {row} ",
    ),
    (
        "a record said twice",
        "INSERT INTO admitted SELECT 1000000, origin, tick, key, body, link FROM admitted WHERE position = {row}",
        "admitted row 1000000 ",
    ),
    ("the end of the chain", "UPDATE heads SET link = zeroblob(32) WHERE topic = 'admitted'", "admitted row "),
    ("a decision", "UPDATE decisions SET body = replace(body, 'FIRED', 'CLOSED') WHERE key LIKE 'alert/%/1'", "decisions row "),
    ("a seal", "UPDATE decisions SET tick = tick + 1 WHERE key LIKE 'seal/%/2018-03-05'", "decisions row "),
    ("a decision that is gone", "DELETE FROM decisions WHERE n = (SELECT min(n) FROM decisions WHERE n > 100)", "decisions row "),
    ("the newest decision gone", "DELETE FROM decisions WHERE n = (SELECT max(n) FROM decisions)", "decisions row "),
];

#[test]
fn every_edit_of_the_chain_is_named_by_its_first_bad_row() {
    let (folder, alert) = finished();
    let explain = format!("explain {alert} --db b.db");
    folder.copy("a.db", "b.db");
    folder.run(&explain).ends(0);
    let [row, next, other] = [900, 901, 10].map(|at| position(&folder, at));
    let fill = |text: &str| text.replace("{row}", &row).replace("{next}", &next).replace("{other}", &other);
    for (what, sql, named) in EDITS {
        folder.copy("a.db", "b.db");
        assert!(edit(&folder, &fill(sql)) > 0, "{what}: nothing was edited");
        let ran = folder.run(&explain);
        assert_eq!(ran.code, Some(1), "{what}: {}", ran.err);
        let named = fill(named);
        assert!(ran.err.contains(&named) && ran.err.contains("does not fit the chain"), "{what}: wanted `{named}`:\n{}", ran.err);
    }
}

/// The position of a record by its place among the records: marks take positions too.
fn position(folder: &Folder, at: usize) -> String {
    let database = rusqlite::Connection::open(folder.path("b.db")).expect("the file is a database");
    let sql = format!("SELECT position FROM admitted ORDER BY position LIMIT 1 OFFSET {at}");
    database.query_row(&sql, [], |row| row.get::<_, i64>(0)).expect("there are so many records").to_string()
}

/// Somebody who rewrites a chain as a whole is found by the decisions: the records no longer decide what is stored.
#[test]
fn a_chain_rewritten_as_a_whole_no_longer_decides_the_same() {
    let (folder, alert) = finished();
    folder.copy("a.db", "b.db");
    rewrite(&folder, "DELETE FROM admitted WHERE tick / 345600 BETWEEN 17600 AND 17700 AND position > 0");
    let ran = folder.run(&format!("explain {alert} --db b.db")).ends(1);
    assert!(ran.err.contains("does not decide the same again"), "{}", ran.err);
}

/// Edits the records and makes every link and the head anew.
fn rewrite(folder: &Folder, sql: &str) {
    assert!(edit(folder, sql) > 0);
    let database = rusqlite::Connection::open(folder.path("b.db")).expect("the file is a database");
    let mut rows: Vec<(i64, i64, String, Vec<u8>)> = Vec::new();
    let mut statement = database.prepare("SELECT position, tick, key, body FROM admitted ORDER BY position").expect("the table is there");
    let read = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))).expect("it can be read");
    rows.extend(read.map(|row| row.expect("a row has four columns")));
    let mut link = [0; 32];
    let transaction = database.unchecked_transaction().expect("nobody else writes");
    for (position, tick, key, body) in &rows {
        link = journal::sqlite::link(&link, *tick, key.as_bytes(), body);
        transaction.execute("UPDATE admitted SET link = ?1 WHERE position = ?2", (link, position)).expect("a link can be written");
    }
    transaction
        .execute("UPDATE heads SET link = ?1, rows = ?2 WHERE topic = 'admitted'", (link, i64::try_from(rows.len()).expect("few rows")))
        .expect("the head too");
    transaction.commit().expect("and all of it is kept");
}
