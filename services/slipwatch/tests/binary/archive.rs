//! Archives: a log that was moved decides what it decided, and an archive that is not what was written is never taken for whole.
//!
//! What must never enter: the layout of an archive beyond where its parts end.

use crate::{
    kills::Moments,
    support::{Chance, Folder, Holds, Row, alerts, log},
};
use journal::sqlite::{Reader, StoredEntry};
use slipwatch::archive::{Archive, Entries as _, Next, Writer};
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

const FORMS: [&str; 2] = ["a.slipwatch", "a.jsonl"];

/// A log with an act in it, as `a.db` and as an archive of each form.
fn archived(days: i32) -> (Folder, Holds) {
    let folder = Folder::with_log(&log(1, days));
    folder.run("import -m map.toml -p pack.toml --db a.db log.csv").ends(0);
    let act = "act outage XC --from 2017-05-01 --until 2017-05-07 --who ann --why the_harbour_was_shut --db a.db";
    assert_eq!(folder.run(act).ends(0).out, "applied\n");
    for form in FORMS {
        folder.run(&format!("export --db a.db --out {form}")).ends(0);
    }
    let holds = folder.holds("a.db");
    assert!(holds.decisions.iter().any(|(_, key, _)| key.starts_with("answer/")) && holds.seals() > 100, "a log with something in it");
    (folder, holds)
}

/// Fails unless a log that came from an archive holds what its log held, but for what was refused.
#[track_caller]
fn must_be_moved(moved: Holds, from: &Holds, about: &str) {
    assert!(moved.refused.is_empty(), "{about}: refused messages are no part of the log");
    Holds { refused: from.refused.clone(), ..moved }.must_equal(from, about);
}

/// What an archive gives: entries, and whether it ended, was torn, or why not.
fn read(path: &Path) -> Result<(u64, Option<u64>), String> {
    let mut archive = Archive::open(path).map_err(|failure| failure.to_string())?;
    let mut entries = 0;
    loop {
        match archive.next_entry().map_err(|failure| failure.to_string())? {
            Next::Entry(_) => entries += 1,
            Next::End(end) => {
                assert_eq!(end.entries, entries);
                return Ok((entries, None));
            }
            Next::Torn { bytes } => return Ok((entries, Some(bytes))),
        }
    }
}

#[test]
fn a_log_that_was_moved_decides_what_it_decided() {
    let (folder, plain) = archived(700);
    for form in FORMS {
        folder.run(&format!("import --archive {form} --db {form}.db")).ends(0);
        must_be_moved(folder.holds(&format!("{form}.db")), &plain, form);
        folder.run(&format!("export --db {form}.db --out again-{form}")).ends(0);
        let bytes = |name: &str| std::fs::read(folder.path(name)).expect("an archive can be read");
        assert!(bytes(form) == bytes(&format!("again-{form}")), "{form}: the archive of the moved log is another");
        let again = folder.run(&format!("import --archive {form} --db {form}.db")).ends(0).out;
        assert!(again.contains("in already"), "{again}");
        let alert = alerts(&folder, &format!("{form}.db")).first().cloned().expect("the log has alerts");
        let explained = folder.run(&format!("explain {alert} --db {form}.db")).ends(0).out;
        assert!(explained.contains("the same, byte for byte"), "{explained}");
        // The files that were taken in are known there too.
        let more = folder.run(&format!("import -m map.toml --db {form}.db log.csv")).ends(0).out;
        assert!(more.contains("in already"), "{more}");
    }
}

#[test]
fn a_replay_of_an_archive_writes_the_decisions_of_its_log() {
    let (folder, plain) = archived(700);
    let of_kind = |kind: &str| -> BTreeSet<String> {
        let rows = plain.decisions.iter().filter(|(_, key, _)| key.starts_with(kind));
        rows.map(|(_, _, body)| String::from_utf8_lossy(body).into_owned()).collect()
    };
    for (form, partitions) in [(FORMS[0], 1), (FORMS[0], 3), (FORMS[1], 2)] {
        folder.run(&format!("replay --archive {form} -n {partitions} --out out-{partitions}")).ends(0);
        for (file, kind) in
            [("seals.jsonl", "seal/"), ("alerts.jsonl", "alert/"), ("answers.jsonl", "answer/"), ("digests.jsonl", "digest/")]
        {
            let text = std::fs::read_to_string(folder.path(&format!("out-{partitions}")).join(file)).expect("the file is written");
            assert!(text.lines().map(str::to_owned).collect::<BTreeSet<_>>() == of_kind(kind), "{form}, {partitions} partitions: {file}");
        }
    }
}

#[test]
fn kills_of_an_import_of_an_archive_change_nothing() {
    let (folder, plain) = archived(1_100);
    let begun = Instant::now();
    folder.run("import --archive a.slipwatch --db whole.db").ends(0);
    let (mut landed, mut runs, mut moments) = (0, 0, Moments::new(11, begun.elapsed().max(Duration::from_millis(1))));
    while landed < 20 {
        let import = format!("import --archive a.slipwatch --db {runs}.db");
        let mut kills = 0;
        while kills < 12 && moments.kill(folder.command(&import).spawn().expect("the program starts")) {
            kills += 1;
        }
        folder.run(&import).ends(0);
        must_be_moved(folder.holds(&format!("{runs}.db")), &plain, &format!("run {runs}, after {kills} kills"));
        (landed, runs) = (landed + kills, runs + 1);
    }
}

#[test]
fn a_torn_archive_is_cut_and_a_whole_copy_goes_on() {
    let (folder, plain) = archived(400);
    let admitted = |db: &str| -> Vec<Row> { folder.holds(db).admitted };
    for form in FORMS {
        let whole = std::fs::read(folder.path(form)).expect("an archive can be read");
        let (entries, _) = read(&folder.path(form)).expect("it is whole");
        let mut chance = Chance::new(3);
        for cut in 0..12 {
            let kept = 200 + usize::try_from(chance.below(whole.len() as u64 - 200)).expect("a length");
            folder.write("torn", &whole[..kept]);
            let (found, torn) = read(&folder.path("torn")).expect("torn is no damage");
            assert!(found <= entries && torn.is_some_and(|bytes| bytes <= kept as u64), "{form} cut at {kept}: {found}, {torn:?}");
            if cut < 3 {
                let db = format!("{form}-{kept}.db");
                let said = folder.run(&format!("import -o json --archive torn --db {db}")).ends(0).json();
                assert_eq!((&said["torn"], &said["cutBytes"], &said["entries"]), (&true.into(), &torn.into(), &found.into()));
                assert!(plain.admitted.starts_with(&admitted(&db)), "{form} cut at {kept}: other records");
                folder.write("copy", &whole);
                folder.run(&format!("import --archive copy --db {db}")).ends(0);
                must_be_moved(folder.holds(&db), &plain, &format!("{form} cut at {kept}, then whole"));
            }
        }
        folder.write("torn", &whole[..20]);
        folder.run("import --archive torn --db new.db").ends(66).says(&["torn is no archive", "ends inside"]);
    }
}

#[test]
fn a_flipped_bit_is_found_wherever_it_is() {
    let (folder, _) = archived(400);
    for form in FORMS {
        let whole = std::fs::read(folder.path(form)).expect("an archive can be read");
        let (entries, torn) = read(&folder.path(form)).expect("it is whole");
        assert_eq!(torn, None);
        let mut chance = Chance::new(5);
        for at in (0..400).map(|_| usize::try_from(chance.below(whole.len() as u64)).expect("a place")).chain(0..60) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            folder.write("flipped", &flipped);
            // A bit of the last length or the last line end makes the end look torn: nothing is lost by that, and it is said.
            let found = read(&folder.path("flipped"));
            assert!(
                found.is_err() || found.as_ref().is_ok_and(|(found, torn)| *found == entries && torn.is_some()),
                "{form}, byte {at}: {found:?}"
            );
        }
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 4;
        folder.write("flipped", &flipped);
        folder
            .run(&format!("import --archive flipped --db {form}-flipped.db"))
            .ends(1)
            .says(&["the archive flipped is damaged", "checksum"]);
        folder.run("replay --archive flipped --out out").ends(1).says(&["the archive flipped is damaged"]);
    }
}

#[test]
fn a_record_goes_over_as_it_is_stored_whatever_stands_in_it() {
    let (folder, plain) = archived(100);
    let reader = Reader::open(&folder.path("a.db")).expect("the log can be read");
    let mut entries = reader.entries("admitted", 0, usize::MAX).expect("the log can be read");
    let mut changed = 0;
    for row in entries.iter_mut().filter_map(|entry| if let StoredEntry::Row(row) = entry { Some(row) } else { None }) {
        if row.position % 3 == 0 {
            // Field 900, of no version there is.
            row.body.extend_from_slice(&[0xa2, 0x38, 0x03, b'n', b'e', b'w']);
            changed += 1;
        }
    }
    for name in ["later.slipwatch", "later.jsonl"] {
        let mut writer = Writer::create(&folder.path(name), 1, "2").expect("an archive can be written");
        entries.iter().for_each(|entry| writer.entry(entry).expect("an entry can be written"));
        writer.finish(None).expect("an archive can be written");
        folder.run(&format!("import --archive {name} --db {name}.db")).ends(0);
        let held = folder.holds(&format!("{name}.db"));
        assert!(held.decisions == plain.decisions && changed > 50, "{changed} records carry what nobody knows yet");
        let differing = held.admitted.iter().zip(&plain.admitted).filter(|(one, other)| one != other).count();
        assert_eq!(differing, changed, "{name}: what stands in them came over");
    }
}

#[test]
fn an_archive_goes_into_a_new_database_and_is_written_once() {
    let (folder, _) = archived(100);
    folder.run("import --archive a.slipwatch --db a.db").ends(2).says(&["holds a log already"]);
    folder.run("export --db a.db --out a.slipwatch").ends(2).says(&["a.slipwatch exists"]);
    folder.run("import --archive none --db new.db").ends(66).says(&["none"]);
    folder.run("import --archive log.csv --db new.db").ends(66).says(&["log.csv is no archive"]);
    folder.run("import --archive a.slipwatch -m map.toml --db new.db").ends(2).says(&["cannot be used with"]);
    folder.run("export --db none.db --out b.slipwatch").ends(66);
    folder.write("newer.jsonl", "{\"archive\":9,\"generation\":1,\"judgement\":\"2\",\"crc\":\"d3f46eb5\"}\n");
    folder.run("import --archive newer.jsonl --db new.db").ends(78).says(&["version 9", "reads up to 1"]);
    folder.copy("a.db", "edited.db");
    let file = rusqlite::Connection::open(folder.path("edited.db")).expect("the file is a database");
    file.execute("UPDATE admitted SET tick = tick + 1 WHERE position = 9", []).expect("somebody edits the log");
    drop(file);
    folder.run("export --db edited.db --out edited.slipwatch").ends(1).says(&["admitted", "9"]);
    assert!(!folder.path("edited.slipwatch").exists(), "an archive gets its name when it is whole");
}
