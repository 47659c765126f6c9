//! Messages handed in over HTTP to a live log that is killed: what was acknowledged is there, once, as it came.
//!
//! The sender is a feed as feeds are: it sends again whatever it has no answer to. What must never enter: a look into the process.

use crate::{
    crash_live::decides_the_same,
    kills::{Moments, kill_after, watches},
    support::{Folder, terminate, until, wait},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Child,
    sync::LazyLock,
    time::Duration,
};

const TOKENS: &str = "[[token]]\nname = \"customs\"\ntoken = \"0123456789abcdef\"\nsources = [\"customs\"]\n";
/// Messages of a request.
const AT_ONCE: usize = 20;

/// The day of all messages: the one on which the tests began, so that midnight changes none of them.
static TODAY: LazyLock<chrono::NaiveDate> = LazyLock::new(today);

#[expect(clippy::disallowed_methods, reason = "a live log counts only what lies within its horizon of the real day")]
fn today() -> chrono::NaiveDate {
    chrono::Utc::now().date_naive()
}

/// A message, with white space that no writer of ours would leave.
fn message(number: usize) -> String {
    let today = *TODAY;
    format!(
        r#"{{ "type":"inspection.performed", "regime":"trial", "source":"customs", "sourceRecordId":"H{number}", "op":"assert", "occurred":{{"day":"{today}"}}, "jurisdiction":"XA", "measures":["arms"] }}"#
    )
}

/// Starts a program that listens; where.
fn listening(folder: &Folder) -> (Child, String) {
    let mut child =
        folder.command("run -p pack.toml --db a.db --listen 127.0.0.1:0 --tokens tokens.toml").spawn().expect("the program starts");
    let said = watches(&mut child);
    let address = said.split("http://").nth(1).and_then(|rest| rest.split('/').next());
    let address = address.unwrap_or_else(|| panic!("does not say where it listens: {said}")).to_owned();
    (child, address)
}

/// Posts messages; the status of the answer, if there was one.
fn post(address: &str, messages: &[String]) -> Option<u16> {
    let body = messages.join("\n");
    let head = format!(
        "POST /api/v1/events HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer 0123456789abcdef\r\n\
         content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

/// Sends messages from a number on until the program is gone; the number after the last one acknowledged.
fn send_from(address: &str, mut number: usize) -> usize {
    loop {
        let messages: Vec<String> = (number..number + AT_ONCE).map(message).collect();
        match post(address, &messages) {
            Some(202) => number += AT_ONCE,
            Some(other) => panic!("answered {other}"),
            None => return number,
        }
    }
}

#[test]
fn what_was_acknowledged_is_there_once_and_as_it_came() {
    let folder = Folder::with_log("");
    folder.write("tokens.toml", TOKENS);
    let mut moments = Moments::new(41, Duration::from_millis(400));
    let (mut sent, mut working, mut idle) = (0, 0, 0);
    // A kill meets a program that has acknowledged something, or one that has not come to that yet.
    while working < 8 || idle < 2 {
        let (child, address) = listening(&folder);
        let acknowledged = std::thread::scope(|scope| {
            let sender = scope.spawn(|| send_from(&address, sent));
            let ended = kill_after(child, moments.draw());
            assert!(ended.is_none(), "a log that listens has no end: {ended:?}");
            sender.join().expect("the sender ends with the program")
        });
        if acknowledged > sent {
            working += 1;
            moments.sooner();
        } else {
            idle += 1;
            moments.later();
        }
        sent = acknowledged;
    }
    let (child, address) = listening(&folder);
    assert_eq!(post(&address, &[message(sent)]), Some(202));
    assert_eq!(post(&address, &[message(0)]), Some(202), "sent again");
    // What came in the tick that a stop cuts is counted by the next start: so the stop comes when all is counted.
    until("every record is counted once", || {
        let holds = folder.holds("a.db");
        let keys: BTreeSet<&String> = holds.admitted.iter().map(|(_, key, _)| key).filter(|key| key.starts_with("customs/")).collect();
        usize::try_from(holds.count("customs", "effective")) == Ok(keys.len())
    });
    terminate(&child);
    wait_for(child);

    let mut kept: BTreeMap<String, usize> = BTreeMap::new();
    for (_, key, body) in folder.holds("a.db").admitted.iter().filter(|(_, key, _)| key.starts_with("customs/")) {
        let number: usize = key.trim_start_matches("customs/H").parse().expect("a key of ours");
        let original = wire::admitted::original_of(body).expect("a row can be read");
        let (_, bytes) = original.unwrap_or_else(|| panic!("{key} has lost its bytes"));
        assert_eq!(String::from_utf8(bytes).expect("JSON is UTF-8"), message(number), "as it came");
        *kept.entry(key.clone()).or_default() += 1;
    }
    let wanted: BTreeSet<String> = (0..=sent).map(|number| format!("customs/H{number}")).collect();
    let missing: Vec<&String> = wanted.iter().filter(|key| !kept.contains_key(*key)).collect();
    assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
    // What was cut off before its answer may be in all the same: at most a request for each kill.
    assert!(kept.len() <= sent + 1 + AT_ONCE, "{} records of {sent}", kept.len());
    let effective = folder.holds("a.db").count("customs", "effective");
    assert_eq!(usize::try_from(effective), Ok(kept.len()), "whatever was sent twice counts once");
    assert!(kept["customs/H0"] >= 2, "and is on the log as often as it came");
    decides_the_same(&folder, "a.db");
}

/// Waits for the end of a program whose words were read by [`watches`].
fn wait_for(child: Child) {
    wait(child).ends(0);
}

#[test]
fn a_stop_answers_the_requests_in_hand() {
    let folder = Folder::with_log("");
    folder.write("tokens.toml", TOKENS);
    let (child, address) = listening(&folder);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            let mut acknowledged = 0;
            // A request that meets the stop is acknowledged, or told to come again, or finds nobody: never half of that.
            loop {
                match post(&address, &[message(acknowledged)]) {
                    Some(202) => acknowledged += 1,
                    Some(503) | None => return acknowledged,
                    Some(other) => panic!("answered {other}"),
                }
            }
        });
        until("messages are in", || crate::support::count(&folder.path("a.db"), "admitted") > 3);
        terminate(&child);
        wait_for(child);
        let acknowledged = sender.join().expect("the sender ends with the program");
        let kept = folder.holds("a.db").admitted.iter().filter(|(_, key, _)| key.starts_with("customs/")).count();
        assert!((acknowledged..=acknowledged + 1).contains(&kept), "{acknowledged} acknowledged, {kept} kept");
    });
}

#[test]
fn a_door_needs_tokens_and_an_address_that_is_free() {
    let folder = Folder::with_log("");
    folder.run("run -p pack.toml --db a.db --listen 127.0.0.1:0").ends(2).says(&["--tokens"]);
    folder.write("tokens.toml", "[[token]]\nname = \"x\"\ntoken = \"short\"\nsources = [\"s\"]\n");
    let refused = folder.run("run -p pack.toml --db a.db --listen 127.0.0.1:0 --tokens tokens.toml").ends(78);
    refused.says(&["tokens.toml: token 1: token has fewer than 16 characters"]);
    folder.write("tokens.toml", TOKENS);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = taken.local_addr().expect("it has an address");
    folder
        .run(&format!("run -p pack.toml --db a.db --listen {address} --tokens tokens.toml"))
        .ends(75)
        .says(&[&format!("--listen = {address}")]);
}
