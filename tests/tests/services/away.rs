//! All brokers away: services live and say that they are not ready, the console shows what it last knew and says how old it
//! is, and all of them go on by themselves.
//!
//! The short form takes seconds, the long one as many as its variable says. Must never enter: a restart of anything but brokers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use crate::{
    door::{post, tokens},
    running::Running,
};
use console::Config;
use service_kit::{
    Stop,
    config::{Sources, load},
};
use stages::{
    message::{ADMITTED, Message},
    process::Failed,
};
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};
use tests::{
    broker::Broker,
    event_log,
    form::amount,
    on_kafka::{self, Producer, Stand},
};

const PATIENCE: Duration = Duration::from_secs(300);

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The console of a regime's decisions.
fn console(stand: &Stand) -> (SocketAddr, Stop) {
    let flag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let flags = vec![
        flag("kafka.bootstrap", &format!("\"{}\"", stand.bootstrap)),
        flag("kafka.namespace", &format!("\"{}\"", stand.namespace)),
        flag("source.every_ms", "100"),
        flag("source.stale_after_s", "3"),
        flag("admin.listen", "\"127.0.0.1:0\""),
    ];
    let config: Config = load(&Sources { flags, ..Sources::default() }).unwrap();
    let service = console::build(config, "0.0.0", "test").unwrap();
    let (address, stop) = (service.serve().unwrap(), Stop::new());
    let asked = stop.clone();
    std::thread::spawn(move || service.run(&asked).unwrap());
    (address, stop)
}

/// What it says of regimes, and how old it says that is.
fn shown(address: SocketAddr) -> (BTreeSet<String>, f64) {
    let text = get(address, "/metrics");
    let ours = ["slipwatch_verdict{", "slipwatch_alerts{", "slipwatch_effort_ratio{", "slipwatch_evidence_nats{"];
    let figures = text.lines().filter(|line| ours.iter().any(|name| line.starts_with(name))).map(str::to_owned).collect();
    let age = text.lines().find_map(|line| line.strip_prefix("slipwatch_source_age_seconds "));
    (figures, age.and_then(|age| age.parse().ok()).unwrap_or(f64::NAN))
}

fn is_ready(address: SocketAddr) -> bool {
    get(address, "/readyz").contains(" 200 ")
}

fn wait(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it did not happen: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn event(n: u32) -> Vec<u8> {
    let day = intake::clock::now().day().plus(-1);
    let text = format!(
        "{{\"schemaVersion\":1,\"regime\":\"trial\",\"source\":\"customs\",\"sourceRecordId\":\"R{n}\",\"op\":\"OPERATION_ASSERT\",\
         \"occurred\":{{\"precision\":\"PRECISION_DAY\",\"day\":\"{day}\"}},\"jurisdiction\":\"XA\",\"measures\":[\"arms\"],\
         \"inspectionPerformed\":{{}}}}"
    );
    text.into_bytes()
}

/// The records of events that were let in.
fn admitted(stand: &Stand) -> BTreeSet<String> {
    let reader = stand.reader().unwrap();
    let mut found = BTreeSet::new();
    for partition in 0..stand.partitions {
        let took = reader.each((ADMITTED, partition), 0, |_, entry| {
            if let journal::Entry::Record { record: Message::Admitted(one), .. } = entry
                && one.origin != 0
            {
                found.insert(one.event.source_record_id.to_string());
            }
            Ok(std::ops::ControlFlow::Continue(()))
        });
        took.unwrap();
    }
    found
}

#[test]
fn while_all_brokers_are_away_services_live_and_say_so_and_go_on_by_themselves() {
    let Some(broker) = Broker::start(1) else { return };
    let stand =
        |namespace: &str| Stand { bootstrap: broker.bootstrap.clone(), namespace: namespace.to_owned(), partitions: 1, instances: 1 };
    let (decided, live) = (stand("decided"), stand("live"));
    let log = event_log::read(&event_log::folder().join("a_silence.jsonl")).unwrap();
    on_kafka::play(&log, &decided).unwrap();
    live.make_topics().unwrap();
    // The assessor has nothing to write while no week closes: it too must notice.
    let folder = tempfile::tempdir().unwrap();
    let (intake, door) = Running::intake_with_door(live.section(0), "small.toml", tokens(folder.path()));
    let services = [intake, Running::casebook(live.section(0)), Running::assessor(live.section(0))];
    let (console, stop) = console(&decided);
    services.iter().for_each(Running::ready);
    wait("the console is ready", || is_ready(console));
    let mut producer = Producer::open(&live).unwrap();
    producer.send([event(1)]).unwrap();
    wait("the first event is in", || admitted(&live).len() == 1);
    let (before, _) = shown(console);
    assert!(before.iter().any(|line| line.starts_with("slipwatch_alerts{") && line.ends_with(" 1")), "{before:?}");

    let away = Duration::from_secs(amount("SLIPWATCH_AWAY_SECONDS", 15));
    let began = Instant::now();
    broker.kill(1);
    services.iter().for_each(|service| service.wait("not ready", |complaint| complaint.is_some()));
    wait("the console is not ready", || !is_ready(console));
    println!("nobody was ready after {:?}", began.elapsed());
    // Whoever hands something in is not told that it lasts, and is told when to try again.
    let turned_away = post(door, "content-type: application/json", &event(3));
    assert!(turned_away.starts_with("HTTP/1.1 503 ") && turned_away.to_lowercase().contains("retry-after: "), "{turned_away}");
    while began.elapsed() < away {
        for service in &services {
            assert!(!service.has_ended(), "{} ended; it said {:?}", service.name, service.complaint());
            assert!(service.health.live().is_well, "{}: {:?}", service.name, service.health.live());
        }
        assert!(get(console, "/livez").contains(" 200 "));
        std::thread::sleep(Duration::from_millis(200));
    }
    let (after, age) = shown(console);
    assert_eq!(after, before, "the last state stands");
    assert!(age >= 3.0, "and is as old as {age} s");
    let why = get(console, "/readyz?verbose");
    assert!(why.contains("figures are as old as that"), "{why}");

    let back = Instant::now();
    broker.revive(1);
    broker.wait_until_whole(1); // on a starved machine one may end while it starts, and is started again
    services.iter().for_each(Running::ready);
    wait("the console is ready again", || is_ready(console));
    println!("all were ready {:?} after the broker was started again", back.elapsed());
    producer.send([event(2)]).unwrap();
    wait("the second event is in", || admitted(&live).contains("R2"));
    wait("the door is open again", || post(door, "content-type: application/json", &event(3)).starts_with("HTTP/1.1 202 "));
    wait("the third event is in", || admitted(&live).len() == 3);
    stop.ask();
    for service in services {
        let name = service.name;
        match service.end() {
            // A starved machine may cost the last commit: that is said, and no matter of this test.
            Ok(()) | Err(Failed::Undrained { .. }) => {}
            Err(failed) => panic!("{name}: {failed}"),
        }
    }
}
