//! Receivers that hang, refuse, ask for time, close and drip: nothing is lost, order holds per alert, the key stays.
//!
//! Must never enter: a sleep that stands for an event.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

mod support;

use herald::{config::Config, outbox::News};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use support::{
    Told, day,
    log::Log,
    now,
    receiver::{Does, Got, Receiver},
    running::{Running, SECRET, configured, webhook},
    transition,
};
use vocab::{alert::Transition, time::Tick};

fn taken(got: &[Got]) -> Vec<&Got> {
    got.iter().filter(|one| one.status == Some(200)).collect()
}

/// The numbers of the transitions that a receiver took, by alert, in the order in which it took them.
fn in_order(got: &[Got]) -> BTreeMap<String, Vec<u64>> {
    let mut orders: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for one in taken(got) {
        let ours = &one.json()["slipwatch"];
        orders.entry(ours["alert"].as_str().unwrap().to_owned()).or_default().push(ours["n"].as_u64().unwrap());
    }
    orders
}

fn three_alerts() -> Vec<Vec<Transition>> {
    let told = [Told::Fired, Told::Escalated, Told::Recovered];
    let at = |n: usize| day(["2020-04-12", "2020-04-19", "2020-04-26"][n]);
    (0..3).map(|n| (1..=3).map(|alert| transition(alert, u32::try_from(n).unwrap() + 1, told[n], at(n))).collect()).collect()
}

#[test]
fn every_misbehaviour_is_outlasted_in_order_and_with_one_key() {
    let mut log = Log::new();
    three_alerts().iter().for_each(|tick| log.decide(tick));
    let script = vec![
        Does::Answers(500, &[]),
        Does::Hangs,
        Does::Closes,
        Does::Answers(429, &[("retry-after", "1")]),
        Does::Answers(408, &[]),
        Does::Drips(Duration::from_millis(60)),
        Does::Answers(200, &[]),
    ];
    let receiver = Receiver::scripted(script);
    let running = Running::start(&log, &configured(&log, &webhook(&log, "desk", &receiver.url())));
    let got = receiver.wait("nine letters", |got| taken(got).len() >= 9);
    let news = running.end();
    let orders = in_order(&got);
    assert_eq!(orders.len(), 3);
    assert!(orders.values().all(|order| *order == [1, 2, 3]), "{orders:?}");
    // One key per transition, equal at every try, and no transition twice among those that were taken.
    let mut keys: Vec<&str> = taken(&got).iter().map(|one| one.id()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 9);
    assert!(got.iter().all(|one| keys.contains(&one.id())), "no other key was ever used");
    assert_eq!(news.iter().filter(|one| matches!(one, News::Delivered { .. })).count(), 9);
    assert!(news.iter().any(|one| matches!(one, News::Retrying { why, .. } if why.contains("no answer within 1 s"))), "{news:?}");
}

#[test]
fn retry_after_is_obeyed_and_only_the_alert_that_is_refused_waits() {
    let mut log = Log::new();
    three_alerts().iter().for_each(|tick| log.decide(tick));
    // Alert 2 meets errors four times; the others are taken at once.
    let count = Arc::new(Mutex::new(0));
    let receiver = Receiver::new(Arc::new(move |_, got: &Got| {
        let mut errors = count.lock().unwrap();
        if got.json()["slipwatch"]["alert"].as_str().unwrap().starts_with("02") && *errors < 4 {
            *errors += 1;
            return Does::Answers(503, &[]);
        }
        Does::Answers(200, &[])
    }));
    let running = Running::start(&log, &configured(&log, &webhook(&log, "desk", &receiver.url())));
    let got = receiver.wait("six letters", |got| taken(got).len() >= 6);
    assert!(!in_order(&got).contains_key(&"02".repeat(16)), "the others did not wait: {:?}", in_order(&got));
    let got = receiver.wait("nine letters", |got| taken(got).len() >= 9);
    running.end();
    assert!(in_order(&got).values().all(|order| *order == [1, 2, 3]));

    let mut log = Log::new();
    log.decide(&[transition(1, 1, Told::Fired, day("2020-04-12"))]);
    let receiver = Receiver::scripted(vec![Does::Answers(429, &[("retry-after", "3")]), Does::Answers(200, &[])]);
    let running = Running::start(&log, &configured(&log, &webhook(&log, "desk", &receiver.url())));
    let got = receiver.wait("two tries", |got| got.len() >= 2);
    running.end();
    assert!(got[1].at - got[0].at >= Duration::from_millis(2_950), "{:?}", got[1].at - got[0].at);
}

#[test]
fn what_is_refused_is_a_dead_letter_and_the_life_goes_on() {
    let mut log = Log::new();
    three_alerts().iter().for_each(|tick| log.decide(&tick[..1]));
    for (status, headers) in [(400, &[] as &[_]), (401, &[]), (301, &[("location", "http://127.0.0.1:9/elsewhere")])] {
        let receiver = Receiver::scripted(vec![Does::Answers(status, headers), Does::Answers(200, &[])]);
        let config = configured(&log, &webhook(&log, &format!("desk{status}"), &receiver.url()));
        let config =
            Config { source: herald::config::SourceSection { outbox: log.folder().join(status.to_string()), ..config.source }, ..config };
        let running = Running::start(&log, &config);
        let got = receiver.wait("three letters", |got| got.len() >= 3);
        running.wait("two delivered", |news| news.iter().filter(|one| matches!(one, News::Delivered { .. })).count() == 2);
        let news = running.end();
        assert_eq!(in_order(&got).into_values().collect::<Vec<_>>(), [[2, 3]], "{status}: redirects are not followed, the rest comes");
        let dead: Vec<_> = news.iter().filter(|one| matches!(one, News::Dead { .. })).collect();
        assert_eq!(dead.len(), 1, "{news:?}");
    }
}

#[test]
fn a_receiver_that_was_down_gets_everything_after_restarts() {
    let mut log = Log::new();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port());
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = configured(&log, &webhook(&log, "desk", &url));
    for tick in three_alerts() {
        log.decide(&tick);
        let running = Running::start(&log, &config);
        running.wait("a failed try", |news| news.iter().any(|one| matches!(one, News::Retrying { .. })));
        let news = running.end();
        assert!(!news.iter().any(|one| matches!(one, News::Delivered { .. } | News::Dead { .. })), "{news:?}");
    }
    let receiver = Receiver::on(std::net::TcpListener::bind(address).unwrap(), Arc::new(|_, _| Does::Answers(200, &[])));
    let running = Running::start(&log, &config);
    let got = receiver.wait("nine letters", |got| taken(got).len() >= 9);
    running.wait("nine delivered", |news| news.iter().filter(|one| matches!(one, News::Delivered { .. })).count() == 9);
    running.end();
    assert!(in_order(&got).values().all(|order| *order == [1, 2, 3]));
    // Nothing is told twice when it starts again.
    let running = Running::start(&log, &config);
    log.mark(day("2020-05-01"));
    log.decide(&[transition(9, 1, Told::Fired, day("2020-05-02"))]);
    let got = receiver.wait("the next letter", |got| got.len() >= 10);
    running.end();
    assert_eq!(got[9].json()["slipwatch"]["alert"], "09".repeat(16));
}

#[test]
fn what_was_decided_before_the_fence_is_never_sent() {
    let mut log = Log::new();
    log.decide(&[transition(1, 1, Told::Fired, day("2019-06-01")), transition(2, 1, Told::Fired, day("2019-06-01"))]);
    // The end of an alert nobody was told of is nothing to tell; its escalation is.
    log.decide(&[transition(1, 2, Told::Recovered, day("2020-04-12")), transition(2, 2, Told::Escalated, day("2020-04-12"))]);
    log.decide(&[transition(2, 3, Told::Recovered, day("2020-04-19"))]);
    let receiver = Receiver::willing();
    let running = Running::start(&log, &configured(&log, &webhook(&log, "desk", &receiver.url())));
    let got = receiver.wait("two letters", |got| taken(got).len() >= 2);
    running.wait("two delivered", |news| news.iter().filter(|one| matches!(one, News::Delivered { .. })).count() == 2);
    let news = running.end();
    assert_eq!(in_order(&got), BTreeMap::from([("02".repeat(16), vec![2, 3])]));
    assert!(got.iter().all(|one| one.json()["slipwatch"]["late"] == true), "years later they are late evaluations");
    assert_eq!(news.iter().filter(|one| matches!(one, News::Withheld(_))).count(), 2);
}

/// Waits until the clock has passed a tick; the tick it has come to.
fn pass(tick: Tick) -> Tick {
    while now() <= tick {
        std::thread::sleep(Duration::from_millis(5));
    }
    now()
}

#[test]
fn the_fence_of_a_first_start_is_its_moment_and_stays() {
    let mut log = Log::new();
    log.decide(&[transition(1, 1, Told::Fired, day("2020-04-12"))]);
    let receiver = Receiver::willing();
    let mut config = configured(&log, &webhook(&log, "desk", &receiver.url()));
    config.delivery.fence = "first_start".to_owned();
    let running = Running::start(&log, &config);
    running.wait("the old one withheld", |news| news.iter().any(|one| matches!(one, News::Withheld(_))));
    running.end();
    // Decided while the herald is down, and sent when it comes back, although its clock has moved on.
    let decided = pass(now());
    log.decide(&[transition(2, 1, Told::Fired, decided)]);
    pass(decided);
    let running = Running::start(&log, &config);
    let got = receiver.wait("the new one", |got| !taken(got).is_empty());
    running.end();
    assert_eq!(in_order(&got), BTreeMap::from([("02".repeat(16), vec![1])]));
    assert_eq!(got[0].json()["slipwatch"]["late"], false);
}

#[test]
fn a_full_queue_throws_out_what_is_missed_least_and_says_so() {
    let mut log = Log::new();
    three_alerts().iter().for_each(|tick| log.decide(tick));
    let mut config = configured(&log, &webhook(&log, "desk", "http://127.0.0.1:1/hook"));
    config.delivery.waiting_max = 4;
    let running = Running::start(&log, &config);
    running.wait("five thrown out", |news| news.iter().filter(|one| matches!(one, News::Overflowed { .. })).count() == 5);
    let news = running.end();
    let gone: Vec<String> = news
        .iter()
        .filter_map(|one| match one {
            News::Overflowed { transition, .. } => Some(transition.to_string()),
            _ => None,
        })
        .collect();
    // The newest of each alert stays.
    assert!(gone.iter().all(|id| !id.ends_with("00000003")), "{gone:?}");
}

/// Fault 49: a name that leads to this machine, past every check that can be made beforehand.
#[test]
fn a_name_that_leads_inside_is_never_connected_to() {
    let mut log = Log::new();
    log.decide(&[transition(1, 1, Told::Fired, day("2020-04-12"))]);
    let receiver = Receiver::willing();
    for (url, want) in [
        (format!("https://localhost:{}/hook", receiver.port), "which needs the word loopback in `allow` of the receiver"),
        (format!("http://localhost:{}/hook", receiver.port), "which needs the word loopback in `allow` of the receiver"),
    ] {
        let mut config = configured(&log, &webhook(&log, "desk", &url).replace(", \"loopback\"", ""));
        config.source.outbox = log.folder().join(&url[..5]);
        let running = Running::start(&log, &config);
        running.wait("a failed try", |news| news.iter().any(|one| matches!(one, News::Retrying { why, .. } if why.contains(want))));
        running.end();
    }
    assert_eq!(receiver.got().len(), 0);
}

#[test]
fn signatures_verify_with_another_program() {
    let mut log = Log::new();
    log.decide(&[transition(1, 1, Told::Fired, day("2020-04-12"))]);
    let receiver = Receiver::willing();
    let old = log.folder().join("old");
    std::fs::write(&old, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n").unwrap();
    let mut config = configured(&log, &webhook(&log, "desk", &receiver.url()));
    config.webhooks[0].secret_files.push(old);
    let running = Running::start(&log, &config);
    let got = receiver.wait("the letter", |got| !taken(got).is_empty());
    running.end();
    let signatures: Vec<&str> = got[0].headers["webhook-signature"].split(' ').collect();
    assert_eq!(signatures.len(), 2);
    verify(&got[0], log.folder(), signatures[0], SECRET);
    verify(&got[0], log.folder(), signatures[1], "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
}

/// OpenSSL's HMAC over what came, against the signature that came with it.
fn verify(got: &Got, folder: &Path, signature: &str, secret: &str) {
    let signed = [got.id().as_bytes(), b".", got.headers["webhook-timestamp"].as_bytes(), b".", &got.body].concat();
    std::fs::write(folder.join("signed"), signed).unwrap();
    let script = format!(
        "set -o pipefail; key=$(printf %s '{}' | base64 -d | od -An -v -tx1 | tr -d ' \\n'); \
         openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary signed | base64 -w0",
        secret.trim_start_matches("whsec_")
    );
    let output = std::process::Command::new("bash").arg("-c").arg(script).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(format!("v1,{}", String::from_utf8(output.stdout).unwrap()), signature);
}
