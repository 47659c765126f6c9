//! The console as a process: its settings, what it says when they are wrong, and its orderly end.
//!
//! What it serves is looked at in `tests/tests/series`. What must never enter: a figure.

use crate::support::{Folder, terminate, until, wait};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::Stdio,
};

#[test]
fn the_defaults_it_prints_are_the_file_that_is_kept() {
    let kept = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/console.toml")).unwrap();
    assert_eq!(Folder::new().run("console --print-default-config").ends(0).out, kept);
}

#[test]
fn a_flag_is_stronger_than_the_environment_and_that_than_the_file() {
    let folder = Folder::new();
    folder.write("a.toml", "[source]\ndb = \"of-the-file.db\"\n[admin]\nlisten = \"nowhere\"\n");
    // The address is looked at wherever it comes from; the last word on it is the one that is told.
    folder.run("console --config a.toml --check-config").ends(78).says(&["admin.listen", "a.toml"]);
    let environment = |value: &str, arguments: &str| {
        let mut command = folder.command(arguments);
        wait(command.env("SLIPWATCH_ADMIN__LISTEN", value).spawn().unwrap())
    };
    environment("127.0.0.1:1", "console --config a.toml --check-config").ends(0);
    environment("somewhere", "console --config a.toml --check-config").ends(78).says(&["admin.listen", "SLIPWATCH_ADMIN__LISTEN"]);
    environment("somewhere", "console --config a.toml --listen 127.0.0.1:2 --check-config").ends(0);
    folder.run("console --config a.toml --listen everywhere --check-config").ends(78).says(&["admin.listen", "flags"]);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let folder = Folder::new();
    folder.run("console --check-config").ends(78).says(&["name one source", "--db FILE", "none is"]);
    folder.run("console --db a.db --kafka localhost:9092 --check-config").ends(2);
    folder.write("two.toml", "[source]\ndb = \"a.db\"\n[kafka]\nbootstrap = \"localhost:9092\"\n");
    folder.run("console --config two.toml --check-config").ends(78).says(&["both are"]);
    folder.write("unknown.toml", "[source]\ndatabase = \"a.db\"\n");
    folder.run("console --config unknown.toml --check-config").ends(78).says(&["database", "unknown.toml"]);
    folder.run("console --config absent.toml --check-config").ends(66).says(&["absent.toml"]);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    folder.run(&format!("console --db a.db --listen {address}")).ends(75).says(&[&address.to_string()]);
}

#[test]
fn it_waits_for_a_database_that_is_not_there_and_ends_when_it_is_asked_to() {
    let folder = Folder::new();
    let mut child = folder.command("console --db later.db --listen 127.0.0.1:0").stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let address = line.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let probe = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    until("it is live", || probe("/livez").contains(" 200 "));
    assert!(probe("/readyz").contains(" 503 "));
    assert!(probe("/metrics").contains("slipwatch_build_info"));
    terminate(&child);
    wait(child).ends(0);
}
