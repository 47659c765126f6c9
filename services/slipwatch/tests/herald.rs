//! `slipwatch herald` as a process: killed at the two moments that matter, stopped, started twice, tried, misconfigured.
//!
//! Must never enter: a sleep that stands for an event.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

#[path = "../../herald/tests/support/mod.rs"]
mod support;

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use support::{
    Told, day,
    log::Log,
    receiver::{Does, Got, Receiver},
    running::{SECRET, webhook},
    transition,
};
use vocab::time::Tick;

fn slipwatch() -> Command {
    Command::new(env!("CARGO_BIN_EXE_slipwatch"))
}

/// A herald in a process of its own, killed when the test has ended.
struct Process {
    child: Child,
    log: PathBuf,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Process {
    fn start(config: &Path) -> Self {
        let log = config.with_extension("log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let child = slipwatch().args(["herald", "--config"]).arg(config).stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log }
    }

    /// kill -9.
    fn kill(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    fn wait_for(&self, words: &str) {
        let began = Instant::now();
        while !self.said().contains(words) {
            assert!(began.elapsed() < Duration::from_secs(60), "waited for `{words}`; it said: {}", self.said());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn terminate(&mut self) -> Option<i32> {
        let killed = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(killed.success());
        self.child.wait().unwrap().code()
    }
}

/// A configuration in a file of the log's folder.
fn configured(log: &Log, text: &str) -> PathBuf {
    let file = log.folder().join("herald.toml");
    std::fs::write(log.folder().join("secret"), SECRET).unwrap();
    let head = format!(
        "[admin]\nlisten = \"127.0.0.1:0\"\n[source]\ndb = {:?}\n[delivery]\nfence = \"2020-01-01T00:00:00Z\"\nanswer_within_seconds = 5\nbackoff_longest_seconds = 1\n",
        log.path
    );
    std::fs::write(&file, format!("{text}\n{head}")).unwrap();
    file
}

fn lives(log: &mut Log) {
    for (n, told) in [Told::Fired, Told::Escalated, Told::Recovered].into_iter().enumerate() {
        let at = Tick(day("2020-04-12").0 + i64::try_from(n).unwrap());
        let transitions: Vec<_> = (1..=3).map(|alert| transition(alert, u32::try_from(n).unwrap() + 1, told, at)).collect();
        log.decide(&transitions);
    }
}

/// How often each key came, whether or not it was answered.
fn keys(got: &[Got]) -> BTreeMap<String, usize> {
    let mut keys = BTreeMap::new();
    got.iter().for_each(|one| *keys.entry(one.id().to_owned()).or_default() += 1);
    keys
}

/// Alerts with the numbers of their transitions as they were first seen: in order.
fn orders(got: &[Got]) -> Vec<Vec<u64>> {
    let mut orders: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for one in got {
        let ours = &one.json()["slipwatch"];
        let order = orders.entry(ours["alert"].as_str().unwrap().to_owned()).or_default();
        let n = ours["n"].as_u64().unwrap();
        if !order.contains(&n) {
            order.push(n);
        }
    }
    orders.into_values().collect()
}

/// Fault 4.
#[test]
fn killed_between_commit_and_sending_it_sends_after_the_restart() {
    let mut log = Log::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let config = configured(&log, &webhook(&log, "desk", &format!("http://{address}/hook")));
    lives(&mut log);
    let mut herald = Process::start(&config);
    herald.wait_for("the receiver does not take letters");
    herald.kill();
    let receiver = Receiver::on(TcpListener::bind(address).unwrap(), Arc::new(|_, _| Does::Answers(200, &[])));
    let mut herald = Process::start(&config);
    let got = receiver.wait("nine letters", |got| keys(got).len() == 9);
    assert_eq!(herald.terminate(), Some(0), "{}", herald.said());
    assert!(keys(&got).values().all(|times| *times == 1), "nobody had them before: {:?}", keys(&got));
    assert!(orders(&got).iter().all(|order| *order == [1, 2, 3]));
}

/// Fault 5.
#[test]
fn killed_between_the_answer_and_its_record_it_repeats_once_with_the_same_key() {
    let mut log = Log::new();
    let herald: Arc<Mutex<Option<Process>>> = Arc::default();
    let victim = Arc::clone(&herald);
    // The second letter is taken, and before the answer is on its way the sender is dead.
    let receiver = Receiver::new(Arc::new(move |number, _| {
        if number == 1 {
            victim.lock().unwrap().take().unwrap().kill();
        }
        Does::Answers(200, &[])
    }));
    let config = configured(&log, &webhook(&log, "desk", &receiver.url()));
    log.decide(&[transition(1, 1, Told::Fired, day("2020-04-12"))]);
    log.decide(&[transition(1, 2, Told::Escalated, day("2020-04-19"))]);
    log.decide(&[transition(1, 3, Told::Recovered, day("2020-04-26"))]);
    let mut lock = herald.lock().unwrap();
    *lock = Some(Process::start(&config));
    drop(lock);
    receiver.wait("the second letter", |got| got.len() >= 2);
    let began = Instant::now();
    while herald.lock().unwrap().is_some() {
        assert!(began.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(2));
    }
    let mut again = Process::start(&config);
    let got = receiver.wait("all three", |got| keys(got).len() == 3);
    assert_eq!(again.terminate(), Some(0), "{}", again.said());
    let times: Vec<usize> = keys(&got).into_values().collect();
    // The second letter leaves as soon as the first is answered, so the kill may come before that answer is recorded as well.
    assert!(matches!(times[..], [1 | 2, 2, 1]), "only letters of which nobody knew, once more each, with the same key: {times:?}");
    assert_eq!(orders(&got), [[1, 2, 3]]);
}

/// Faults 4 and 5, wherever they fall.
#[test]
fn killed_again_and_again_it_loses_nothing_and_keeps_the_order() {
    let mut log = Log::new();
    let receiver = Receiver::new(Arc::new(|number, _| match number % 7 {
        3 => Does::Answers(503, &[]),
        5 => Does::Closes,
        _ => Does::Answers(200, &[]),
    }));
    let config = configured(&log, &webhook(&log, "desk", &receiver.url()));
    let kills = 12;
    for life in 0..kills {
        let mut herald = Process::start(&config);
        let at = Tick(day("2020-04-12").0 + i64::from(life) * 10);
        let told = if life == 0 { Told::Fired } else { Told::Escalated };
        let transitions: Vec<_> = (1..=10).map(|alert| transition(alert, u32::try_from(life).unwrap() + 1, told, at)).collect();
        log.decide(&transitions);
        // A different moment of its life each time, from before it reads to long after.
        let seen = receiver.got().len();
        if life % 3 != 0 {
            receiver.wait("a letter", |got| got.len() > seen + usize::try_from(life).unwrap() / 2);
        }
        herald.kill();
    }
    let mut herald = Process::start(&config);
    let taken = |got: &[Got]| got.iter().filter(|one| one.status == Some(200)).cloned().collect::<Vec<_>>();
    let got = receiver.wait("every letter", |got| keys(&taken(got)).len() == 10 * usize::try_from(kills).unwrap());
    assert_eq!(herald.terminate(), Some(0), "{}", herald.said());
    let numbers: Vec<u64> = (1..=u64::try_from(kills).unwrap()).collect();
    assert!(orders(&taken(&got)).iter().all(|order| *order == numbers), "{:?}", orders(&taken(&got)));
    // A life has at most eight letters under way.
    let repeats: usize = keys(&taken(&got)).values().map(|times| times - 1).sum();
    assert!(repeats <= 8 * usize::try_from(kills).unwrap(), "{repeats}");
}

/// Fault 43, embedded.
#[test]
fn a_second_herald_on_one_outbox_ends_with_75() {
    let log = Log::new();
    let config = configured(&log, &webhook(&log, "desk", "http://127.0.0.1:9/hook"));
    let mut herald = Process::start(&config);
    herald.wait_for("started");
    let second = slipwatch().args(["herald", "--config"]).arg(&config).output().unwrap();
    assert_eq!(second.status.code(), Some(75), "{second:?}");
    assert_eq!(herald.terminate(), Some(0));
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_trial_prints_what_came_back() {
    let log = Log::new();
    let receiver = Receiver::scripted(vec![Does::Answers(204, &[]), Does::Answers(404, &[])]);
    let config = configured(&log, &webhook(&log, "desk", &receiver.url()));
    let test = |receiver: &str| slipwatch().args(["herald", "test", receiver, "--config"]).arg(&config).output().unwrap();
    let taken = test("desk");
    assert_eq!(taken.status.code(), Some(0), "{taken:?}");
    assert!(text(&taken).contains("delivered") && text(&taken).contains("HTTP 204"), "{taken:?}");
    let refused = test("desk");
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(text(&refused).contains("would be given up: HTTP 404"), "{refused:?}");
    let unknown = test("desc");
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown).contains("no receiver is called `desc`; configured are: desk"), "{unknown:?}");
    let got = receiver.got();
    assert_eq!((got[0].json()["slipwatch"]["transition"]["series"]["regime"].as_str(), got.len()), (Some("slipwatch-test"), 2));
}

#[test]
fn a_wrong_configuration_ends_with_78_and_names_every_mistake() {
    let log = Log::new();
    let check = |text: &str| {
        let config = configured(&log, text);
        let output = slipwatch().args(["herald", "--check-config", "--config"]).arg(&config).output().unwrap();
        (output.status.code(), self::text(&output))
    };
    let good = webhook(&log, "desk", "https://cases.example/hook");
    assert_eq!(check(&good).0, Some(0));
    let table = [
        (good.replace("form", "from"), "from"),
        (good.replace("\"alertmanager\"", "\"xml\""), "webhooks `desk`: form is \"xml\"; it is \"alertmanager\" or \"cloudevents\""),
        (good.replace("https://cases.example/hook", "http://cases.example/hook").replace("\"plain_http\", ", ""), "http is not encrypted"),
        (good.replace("https://cases.example/hook", "https://169.254.169.254/latest"), "it needs `allow = [\"link_local\"]`"),
        (good.replace("https://cases.example/hook", "https://10.0.0.8/hook"), "it needs `allow = [\"private\"]`"),
        (good.replace("https://cases.example/hook", "https://me:hunter2@cases.example/"), "a user or password in a URL would be logged"),
        (good.replace("/secret", "/absent"), "absent: No such file"),
        (format!("{good}severity_min = \"high\"\n"), "severity_min is \"high\"; it is \"notice\", \"warning\" or \"critical\""),
        (format!("{good}{good}"), "another receiver has the same name"),
    ];
    for (wrong, want) in table {
        let (code, said) = check(&wrong);
        assert_eq!(code, Some(78), "{wrong}\n{said}");
        assert!(said.contains(want), "{want}\n{said}");
        assert!(!said.contains("hunter2") && !said.contains(SECRET), "{said}");
    }
}

#[test]
fn the_defaults_it_prints_are_the_file_that_is_kept() {
    let printed = slipwatch().args(["herald", "--print-default-config"]).output().unwrap();
    let kept = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/config/herald.toml")).unwrap();
    assert_eq!(printed.stdout, kept);
}

/// What really slipped, through the whole way: the demonstration's log, and a receiver of each form.
#[test]
fn what_the_judgement_decided_is_what_arrives() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("demo.db");
    let demo = slipwatch().args(["demo", "--db"]).arg(&db).stdout(Stdio::null()).output().unwrap();
    assert!(demo.status.success(), "{demo:?}");
    let log = Log::new();
    let receivers = [Receiver::willing(), Receiver::willing()];
    let sections = format!(
        "{}{}",
        webhook(&log, "desk", &receivers[0].url()),
        webhook(&log, "events", &receivers[1].url()).replace("\"alertmanager\"", "\"cloudevents\"")
    );
    let config = configured(&log, &sections);
    let mut herald = slipwatch().args(["herald", "--config"]).arg(&config).arg("--db").arg(&db).stdout(Stdio::null()).spawn().unwrap();
    let collapse = |got: &[Got]| {
        got.iter().any(|one| one.json()["slipwatch"]["at"].as_str().is_some_and(|at| at.starts_with("2020-03-22")))
            || got.iter().any(|one| one.json()["time"].as_str().is_some_and(|at| at.starts_with("2020-03-22")))
    };
    let got = receivers[0].wait("the collapse of March 2020", collapse);
    let events = receivers[1].wait("the same as an event", collapse);
    let _gone = herald.kill();
    let _reaped = herald.wait();
    let page = got.iter().map(Got::json).find(|one| one["slipwatch"]["at"].as_str().unwrap().starts_with("2020-03-22")).unwrap();
    assert_eq!(
        (&page["version"], &page["status"], &page["alerts"][0]["labels"]["regime"]),
        (&"4".into(), &"firing".into(), &"ma-traffic".into())
    );
    assert!(page["commonAnnotations"]["description"].as_str().unwrap().contains("Week 2020-W12: 2,155 inspections reported"), "{page}");
    let event = events.iter().map(Got::json).find(|one| one["time"].as_str().unwrap().starts_with("2020-03-22")).unwrap();
    assert_eq!((event["type"].as_str(), event["specversion"].as_str()), (Some("slipwatch.alert.escalated.v1"), Some("1.0")));
    assert_eq!(event["id"], events.iter().find(|one| one.json() == event).unwrap().id(), "the id of the event is the key");
}
