//! A real Alertmanager: the alert stands with the agreed labels, also when nobody sends it any more; it ends when it is resolved, when
//! it is taken back, and under its old labels when those change.
//!
//! Needs `prometheus-alertmanager` and `amtool` (Debian package `prometheus-alertmanager`). Must never enter: a receiver that only
//! resembles it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

mod support;

use serde_json::{Value, json};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support::{
    Told, day,
    log::Log,
    receiver::{Got, Receiver},
    running::{Running, configured},
    transition,
};

/// The programs, or nothing after it was said loudly that they are missing. In CI they must be there.
fn programs() -> Option<[PathBuf; 2]> {
    let find = |names: &[&str]| {
        let folders = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect::<Vec<_>>();
        let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        places.into_iter().find(|place| place.is_file())
    };
    let found = [find(&["prometheus-alertmanager", "alertmanager"]), find(&["amtool"])];
    if let [Some(server), Some(tool)] = found {
        return Some([server, tool]);
    }
    let say = "SKIPPED: no Alertmanager on this machine (apt-get install prometheus-alertmanager); nothing of what it does with our alerts was tested";
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{say}");
    let _said = writeln!(std::io::stderr(), "\n{say}\n");
    None
}

/// An Alertmanager that forgets what nobody sends for a second, and tells a receiver of everything.
struct Manager {
    child: Child,
    port: u16,
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Manager {
    fn start(program: &Path, folder: &Path, told: &Receiver) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = json!({
            "global": { "resolve_timeout": "1s" },
            "route": { "receiver": "told", "group_by": ["slipwatch_alert", "severity"], "group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h" },
            "receivers": [{ "name": "told", "webhook_configs": [{ "url": told.url(), "send_resolved": true }] }],
        });
        let place = folder.join(format!("am-{port}"));
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("config.yml"), config.to_string()).unwrap();
        let child = Command::new(program)
            .arg(format!("--config.file={}", place.join("config.yml").display()))
            .arg(format!("--storage.path={}", place.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .arg("--cluster.listen-address=")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let manager = Self { child, port };
        manager.wait("an answer", |_| true);
        manager
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The alerts that stand.
    fn alerts(&self) -> Option<Vec<Value>> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.write_all(b"GET /api/v2/alerts HTTP/1.0\r\n\r\n").ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()
    }

    /// Posts an alert as a sender without our care would: it ends when nobody repeats it in time.
    fn post_without_end(&self, name: &str) {
        let body = json!([{ "labels": { "alertname": name } }]).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let head = "POST /api/v2/alerts HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length:";
        write!(stream, "{head} {}\r\n\r\n{body}", body.len()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
    }

    fn wait(&self, what: &str, holds: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let alerts = self.alerts();
            if let Some(alerts) = alerts.as_ref().filter(|alerts| holds(alerts)) {
                return alerts.clone();
            }
            assert!(began.elapsed() < Duration::from_secs(30), "waited for {what}; there are {alerts:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn labels(alerts: &[Value], name: &str) -> Vec<String> {
    alerts.iter().map(|alert| alert["labels"][name].as_str().unwrap_or_default().to_owned()).collect()
}

fn receiver_of(log: &Log, managers: &[&Manager]) -> herald::config::Config {
    let urls: Vec<String> = managers.iter().map(|manager| manager.url()).collect();
    let text = format!("[[alertmanagers]]\nname = \"duty\"\nurls = {urls:?}\nallow = [\"plain_http\", \"loopback\"]\n");
    let mut config = configured(log, &text);
    config.delivery.resend_seconds = 1;
    config.links.console = "https://slipwatch.example".to_owned();
    config.links.runbooks = "https://slipwatch.example/runbooks/".to_owned();
    config
}

#[test]
fn an_alert_stands_with_the_agreed_labels_through_a_dead_herald_and_ends_when_it_is_over() {
    let Some([program, tool]) = programs() else { return };
    let mut log = Log::new();
    let told = Receiver::willing();
    let managers = [Manager::start(&program, log.folder(), &told), Manager::start(&program, log.folder(), &told)];
    let config = receiver_of(&log, &[&managers[0], &managers[1]]);
    log.decide(&[transition(1, 1, Told::Fired, day("2020-04-12"))]);
    let running = Running::start(&log, &config);
    for manager in &managers {
        // Every instance has it: nothing balances between them.
        let alerts = manager.wait("the alert", |alerts| alerts.len() == 1);
        agreed(&alerts[0]);
    }
    let shown = Command::new(&tool)
        .args(["alert", "query", "--alertmanager.url", &managers[0].url(), "regime=trial", "severity=warning", "-o", "simple"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&shown.stdout).contains("EffortSlip"), "amtool: {shown:?}");

    // Nobody sends it any more, for longer than the receiver waits by itself: until it has let go of one that says no end.
    running.end();
    for manager in &managers {
        manager.post_without_end("Forgotten");
        // It is there when the post is answered.
        let left = manager.wait("that one gone", |alerts| !labels(alerts, "alertname").contains(&"Forgotten".to_owned()));
        assert_eq!(left.len(), 1, "the alert still stands");
        agreed(&left[0]);
    }

    // Another severity and another name are other labels: the old sets end with the post that brings the new one.
    let running = Running::start(&log, &config);
    log.decide(&[transition(1, 2, Told::Escalated, day("2020-04-19"))]);
    managers[0].wait("the graver one alone", |alerts| labels(alerts, "severity") == ["critical"]);
    let mut renamed = transition(1, 3, Told::Reclassified, day("2020-04-26"));
    renamed.severity = vocab::pack::Severity::Critical;
    log.decide(&[renamed]);
    managers[0].wait("the renamed one alone", |alerts| labels(alerts, "alertname") == ["Displacement"]);
    let mut recovered = transition(1, 4, Told::Recovered, day("2020-06-01"));
    (recovered.severity, recovered.kind) = (vocab::pack::Severity::Critical, vocab::assessment::Kind::Displacement);
    log.decide(&[recovered]);
    managers.iter().for_each(|manager| drop(manager.wait("none", <[Value]>::is_empty)));
    running.end();
}

/// What operators route by, and what they read.
fn agreed(alert: &Value) {
    let want = json!({
        "alertname": "EffortSlip", "regime": "trial", "jurisdiction": "XA", "measure": "2397/9",
        "slipwatch_alert": "01".repeat(16), "severity": "warning",
    });
    assert_eq!(alert["labels"], want);
    let said = &alert["annotations"];
    for name in ["summary", "description", "onset", "size", "power", "completeness"] {
        assert!(said[name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {said}");
    }
    assert_eq!(said["runbook_url"], "https://slipwatch.example/runbooks/EffortSlip.md");
    assert_eq!(said["onset"], "2020-W13");
    assert_eq!(alert["generatorURL"], format!("https://slipwatch.example/alerts/{}", "01".repeat(16)));
    assert_eq!(alert["startsAt"], "2020-04-12T23:59:59.750Z");
    let labels = want.as_object().unwrap().iter().map(|(name, text)| (name.clone(), text.as_str().unwrap().to_owned())).collect();
    assert_eq!(alert["fingerprint"].as_str().unwrap(), herald::webhook::fingerprint(&labels), "our fingerprint is theirs");
}

#[test]
fn an_alert_that_is_taken_back_ends_and_says_so() {
    let Some([program, _]) = programs() else { return };
    let mut log = Log::new();
    let told = Receiver::willing();
    let manager = Manager::start(&program, log.folder(), &told);
    let config = receiver_of(&log, &[&manager]);
    log.decide(&[transition(1, 1, Told::Fired, day("2020-04-12")), transition(2, 1, Told::Fired, day("2020-04-12"))]);
    let running = Running::start(&log, &config);
    manager.wait("both", |alerts| alerts.len() == 2);
    log.decide(&[transition(1, 2, Told::Acknowledged, day("2020-04-13"))]);
    manager.wait("who looks after it", |alerts| alerts.iter().any(|alert| alert["annotations"]["acknowledged_by"] == "ana"));
    // It must have been told as firing before its end can be told.
    told.wait("both told", |got| of(got, "firing").len() == 2);
    log.decide(&[transition(1, 3, Told::Recalled, day("2020-05-01"))]);
    let left = manager.wait("one", |alerts| alerts.len() == 1);
    assert_eq!(labels(&left, "slipwatch_alert"), ["02".repeat(16)], "the other one stands");
    let got = told.wait("the end", |got| of(got, "resolved").iter().any(|one| one["annotations"]["recalled"].is_string()));
    running.end();
    let ended: Vec<Value> = of(&got, "resolved").into_iter().filter(|one| one["labels"]["slipwatch_alert"] == "01".repeat(16)).collect();
    assert_eq!(ended[0]["annotations"]["recalled"], "recalled: 3 records were withdrawn or corrected, and what arrived later explains it");
}

/// The alerts of what the Alertmanager told its own receiver.
fn of(got: &[Got], status: &str) -> Vec<Value> {
    let alerts = got.iter().flat_map(|one| one.json()["alerts"].as_array().cloned().unwrap_or_default());
    alerts.filter(|alert| alert["status"] == status).collect()
}

#[test]
fn the_shipped_configuration_is_one() {
    let Some([_, tool]) = programs() else { return };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/alertmanager/alertmanager.yml");
    let checked = Command::new(tool).arg("check-config").arg(file).output().unwrap();
    assert!(checked.status.success(), "amtool check-config: {}", String::from_utf8_lossy(&checked.stderr));
}
