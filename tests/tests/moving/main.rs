//! Logs that move between a file, archives and a real broker, and are decided anew: the same decisions, byte for byte.
//!
//! Needs a broker, like `services`. Must never enter: a broker that only resembles one, a comparison with a tolerance.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

mod cli;
mod edited;
mod keys;
mod live;
mod topic;

use cli::run;
use engine::intake::Pace;
use journal::{kafka::topics::Topics, sqlite::StoredEntry};
use service_kit::Stop;
use slipwatch::{
    book::Book,
    broker::{Broker, KafkaLog, Read},
    cli::BrokerArgs,
    embedded::Embedded,
    file,
};
use stages::{intaking::Intaking, space::Scale};
use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};
use tests::{
    broker::broker,
    event_log::{self, Log},
    generate,
    on_kafka::{Stand, with_services},
    play::{LogFeed, Setup},
};
use vocab::time::Tick;

/// How long anything may take before the test has failed.
const PATIENCE: Duration = Duration::from_secs(300);

/// Puts a log into a new embedded database; the tick it is complete to.
fn embed(log: &Log, db: &Path) -> Tick {
    let mut embedded = Embedded::open(db).unwrap();
    let intaking = Intaking::open(&mut embedded.store, Pace::Live, 1).unwrap();
    let mut feed = LogFeed::new(log, Setup::PLAIN, intaking).unwrap();
    embedded.drive(&mut feed, &Stop::new()).unwrap();
    feed.intaking.marked().unwrap()
}

/// Topics of their own on a broker: so many partitions of events, and of everything else.
fn new_stand(bootstrap: &str, namespace: String, (events, partitions): (u32, u32)) -> Stand {
    let stand = Stand { bootstrap: bootstrap.to_owned(), namespace, partitions, instances: 1 };
    let wanted = stand.section(0).space().wanted(Scale { events, partitions, replication: 1 });
    let topics = Topics::open(bootstrap, &[]).unwrap();
    topics.apply(&topics.plan(&wanted).unwrap()).unwrap();
    let began = Instant::now();
    while !topics.plan(&wanted).unwrap().is_done() {
        assert!(began.elapsed() < PATIENCE, "the topics are not there");
        std::thread::sleep(Duration::from_millis(20));
    }
    stand
}

fn on(stand: &Stand) -> String {
    format!("--kafka {} --namespace {}", stand.bootstrap, stand.namespace)
}

fn from(stand: &Stand) -> String {
    format!("--from-kafka {} --namespace {}", stand.bootstrap, stand.namespace)
}

fn broker_of(stand: &Stand) -> Broker {
    let arguments = BrokerArgs { namespace: Some(stand.namespace.clone()), ..BrokerArgs::default() };
    Broker::new(&stand.bootstrap, &arguments).expect("the defaults are good")
}

/// What the services of a stand have decided, when they have come to a tick.
fn decided(stand: &Stand, until: Tick) -> BTreeMap<String, Vec<u8>> {
    let began = Instant::now();
    loop {
        let read = Read::of(&broker_of(stand)).unwrap();
        if read.complete_to >= Some(until) {
            let told = read.messages.iter().map(|live| live.told.as_ref().unwrap());
            return told.map(|decision| (file::decision_key(decision), json(decision))).collect();
        }
        assert!(began.elapsed() < PATIENCE, "the services have come to {:?}, not to {until:?}", read.complete_to);
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn json(decision: &vocab::alert::Decision) -> Vec<u8> {
    let mut body = Vec::new();
    file::decision_json(decision, &mut body);
    body
}

/// The rows of a table, without their places.
fn rows(db: &Path, table: &str) -> Vec<(String, Vec<u8>)> {
    let mut rows = Vec::new();
    let read = Book::open(db).unwrap().rows(table, |row| {
        rows.push((row.key.clone(), row.body.clone()));
        Ok(())
    });
    read.unwrap();
    rows.sort();
    rows
}

/// The files of a replay that say what was decided.
fn files(folder: &Path) -> Vec<Vec<u8>> {
    ["alerts.jsonl", "answers.jsonl", "digests.jsonl", "seals.jsonl", "assessments.jsonl", "dockets.jsonl", "late.jsonl"]
        .map(|name| std::fs::read(folder.join(name)).unwrap())
        .to_vec()
}

#[test]
fn a_log_that_moves_to_a_broker_and_back_decides_what_it_decided() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let go = |words: &str| run(folder.path(), words);
    let last = embed(&generate::log(5).unwrap(), &at("plain.db"));
    let plain = Book::open(&at("plain.db")).unwrap().decisions().unwrap();
    assert!(
        plain.keys().any(|key| key.starts_with("answer/")) && plain.keys().any(|key| key.starts_with("alert/")),
        "a log with something in it"
    );
    go("export --db @plain.db --out @plain.slipwatch").ends(0, &[]);

    // To a broker: the services decide there what was decided in the file.
    let first = new_stand(&broker.bootstrap, broker.space(), (3, 3));
    let there = on(&first);
    go(&format!("export {there} --out @none.slipwatch")).ends(66, &["no record yet"]);
    go(&format!("import {there} --archive @plain.slipwatch")).ends(0, &["start `slipwatch intake`"]);
    go(&format!("import {there} --archive @plain.slipwatch")).ends(0, &["in already"]);
    let live = with_services(&first, || Ok(decided(&first, last))).unwrap();
    assert!(live == plain, "{} decisions on the broker, {} in the file", live.len(), plain.len());
    go(&format!("replay {} --compare -n 2 --out @scratch", from(&first))).ends(0, &["all as the services decided them"]);

    // And back: the same decisions, the same records, and a log that goes on.
    go(&format!("export {there} --out @first.slipwatch")).ends(0, &[]);
    go("replay --archive @plain.slipwatch --out @plain").ends(0, &[]);
    go("replay --archive @first.slipwatch --out @first").ends(0, &[]);
    assert!(files(&at("plain")) == files(&at("first")) && files(&at("plain")) == files(&at("scratch")), "replays differ");
    go("import --archive @first.slipwatch --db @back.db").ends(0, &[]);
    assert!(Book::open(&at("back.db")).unwrap().decisions().unwrap() == plain, "the log that came back decides something else");
    assert!(rows(&at("back.db"), "admitted") == rows(&at("plain.db"), "admitted"), "other records came back");
    let act = "act outage XC --from 2020-01-01 --until 2020-01-07 --who ann --why the_harbour_was_shut --db @back.db";
    go(act).ends(0, &["applied"]);
}

/// So many of the first entries of a log on a broker, read in stretches.
fn entries(stand: &Stand, stretch: usize, count: usize) -> Vec<StoredEntry> {
    let mut log = KafkaLog::open(&broker_of(stand)).unwrap().in_stretches(stretch);
    std::iter::from_fn(|| log.next_stored().unwrap()).take(count).collect()
}

#[test]
fn an_archive_that_was_cut_short_goes_on_where_it_was() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let go = |words: &str| run(folder.path(), words);
    embed(&generate::log(9).unwrap(), &folder.path().join("plain.db"));
    go("export --db @plain.db --out @a.jsonl").ends(0, &[]);
    let whole = std::fs::read_to_string(folder.path().join("a.jsonl")).unwrap();
    let stand = new_stand(&broker.bootstrap, broker.space(), (2, 3));
    let there = on(&stand);
    // A line is an entry: the cut falls into one, and what was before is in.
    for cut in [whole.len() / 3, whole.len() / 2] {
        std::fs::write(folder.path().join("torn.jsonl"), &whole[..cut]).unwrap();
        go(&format!("import {there} --archive @torn.jsonl")).ends(0, &["the archive is torn"]);
    }
    go(&format!("import {there} -p @pack.toml @more.jsonl")).ends(66, &["pack.toml"]);
    std::fs::copy(event_log::folder().join("packs/small.toml"), folder.path().join("pack.toml")).unwrap();
    std::fs::write(folder.path().join("more.jsonl"), "").unwrap();
    go(&format!("import {there} -p @pack.toml @more.jsonl")).ends(2, &["finish it first"]);
    embed(&generate::log(10).unwrap(), &folder.path().join("other.db"));
    go("export --db @other.db --out @other.jsonl").ends(0, &[]);
    go(&format!("import {there} --archive @other.jsonl")).ends(2, &["is not the archive that this log was begun with"]);
    go(&format!("import {there} --archive @a.jsonl")).ends(0, &["start `slipwatch intake`"]);
    // What stands there is what stands where it went in at once, however it is read.
    let at_once = new_stand(&broker.bootstrap, broker.space(), (2, 3));
    go(&format!("import {} --archive @a.jsonl", on(&at_once))).ends(0, &[]);
    let expected = entries(&at_once, usize::MAX, usize::MAX);
    assert!(expected.len() > 500, "{} entries", expected.len());
    // A stretch costs a fifth of a second: in the shortest ones, which cut every tick, the beginning is read.
    for (stretch, count) in [(usize::MAX, expected.len() + 1), (50, expected.len() + 1), (3, 120)] {
        let wanted = &expected[..count.min(expected.len())];
        assert!(entries(&stand, stretch, count) == wanted, "read {stretch} at once it is another log");
    }
}

#[test]
fn the_archive_of_a_broker_does_not_depend_on_its_partitions() {
    let Some(broker) = broker() else { return };
    let folder = tempfile::tempdir().unwrap();
    let go = |words: &str| run(folder.path(), words);
    embed(&generate::log(6).unwrap(), &folder.path().join("plain.db"));
    go("export --db @plain.db --out @0.slipwatch").ends(0, &[]);
    go("replay --archive @0.slipwatch --out @0").ends(0, &[]);
    // From each to the next. Events have other partitions at the end: more origins, then fewer.
    let shapes = [(3, 1), (3, 4), (3, 2), (5, 2), (1, 2)];
    let mut archives = Vec::new();
    for (n, shape) in (1..).zip(shapes) {
        let there = on(&new_stand(&broker.bootstrap, broker.space(), shape));
        go(&format!("import {there} --archive @{}.slipwatch", n - 1)).ends(0, &[]);
        go(&format!("export {there} --out @{n}.slipwatch")).ends(0, &[]);
        go(&format!("replay --archive @{n}.slipwatch --out @{n}")).ends(0, &[]);
        archives.push(std::fs::read(folder.path().join(format!("{n}.slipwatch"))).unwrap());
        assert!(files(&folder.path().join("0")) == files(&folder.path().join(n.to_string())), "{shape:?} decides something else");
    }
    assert!(archives[0] == archives[1] && archives[1] == archives[2], "partitions show in the archive");
    assert!(archives[2] != archives[3], "marks say how many origins there are");
}
