//! A real Prometheus that scrapes consoles of replayed regimes and the numbers of every other process: every panel has data, every rule holds.
//!
//! The other processes are their numbers alone, filled by the one door of the catalogue and served as a service serves them. What must never
//! enter: a query of its own beyond those that wait.

use crate::{
    dashboards::{self, Query},
    scrape,
    served::{Served, databases},
    site,
    tools::{self, Running},
};
use catalogue::{
    closed::{DeliveryResult, Outcome, Service, Stage},
    exposition::Wanted,
    process::{Output, Process},
};
use serde_json::Value;
use service_kit::{
    Health,
    admin::{self, Exposition, Render},
};
use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use vocab::{
    name::{Label, SourceId},
    record::{Position, Refusal, Refused},
    tally::{Ledger, LedgerLine},
    time::{Day, Tick},
};

/// How long a query may have no data: scrapes and rules come once a second.
const PATIENCE: Duration = Duration::from_secs(90);

/// A process that does a little at every scrape.
fn busy(service: Service) -> SocketAddr {
    let process = Process::new(service, "0.0.0", "test");
    let customs = SourceId::parse("customs").expect("a good name");
    process.expect_sources([&customs]);
    let scrapes = AtomicU64::new(0);
    let render: Render = Arc::new(move |asked| {
        let now = scrapes.fetch_add(1, Ordering::Relaxed);
        work(&process, (service, now), &customs);
        let shown = process.families().expose(Wanted::of(asked.accept, asked.accept_encoding));
        Exposition { content_type: shown.content_type, content_encoding: shown.content_encoding, body: shown.body }
    });
    let any = "127.0.0.1:0".parse().expect("an address");
    admin::serve(any, Health::new(Duration::from_secs(600)), render).expect("a free port")
}

fn work(process: &Process, (service, now): (Service, u64), customs: &SourceId) {
    for stage in service.stages() {
        process.observe(Output::Records(*stage, Outcome::Taken, 100));
        process.observe(Output::Records(*stage, Outcome::Emitted, 99));
    }
    process.observe(Output::Committed(Duration::from_millis(12)));
    process.observe(Output::Lag("slipwatch.g1.admitted.v1", 0, now));
    process.observe(Output::Mark("slipwatch.g1.admitted.v1", 1, Tick(4 * 1_700_000_000)));
    match service {
        Service::Intake => {
            process.observe(Output::Records(Stage::Intake, Outcome::Refused, 1));
            process.observe(Output::Refused(&Refused {
                reason: Refusal::NotUtf8,
                position: Position { input: Label::parse("feed").expect("a good name"), at: now },
                bytes: Arc::from([]),
                length: 0,
                sha256: [0; 32],
                source: Some(customs.clone()),
                day: Day(0),
            }));
        }
        Service::Casebook => {
            let change = Ledger { late: 1, duplicates: 2, ..Ledger::default() };
            process.observe(Output::Ledger(&LedgerLine { source: customs.clone(), day: Day(0), change }));
        }
        Service::Herald => {
            process.observe(Output::Outbox("duty", 1));
            process.observe(Output::Delivered("duty", DeliveryResult::Delivered));
        }
        Service::Assessor | Service::Sentinel | Service::Console | Service::Run => {}
    }
}

/// The shipped rules with a quicker pace, and a scrape of everything every second.
fn configure(folder: &Path, targets: &[(String, SocketAddr)]) -> std::io::Result<()> {
    let mut text = "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files:\n".to_owned();
    for path in site::files("prometheus/rules", "yml") {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        std::fs::write(folder.join(&name), site::read(&path).replace("interval: 15s", "interval: 1s"))?;
        text.push_str(&format!("  - {name}\n"));
    }
    text.push_str("scrape_configs:\n");
    let mut jobs: Vec<&String> = targets.iter().map(|(job, _)| job).collect();
    jobs.dedup();
    for job in jobs {
        let of_job: Vec<String> = targets.iter().filter(|(of, _)| of == job).map(|(_, address)| format!("\"{address}\"")).collect();
        text.push_str(&format!("  - job_name: {job}\n    static_configs:\n      - targets: [{}]\n", of_job.join(", ")));
    }
    std::fs::write(folder.join("prometheus.yml"), text)
}

/// A Prometheus over loopback.
struct Prometheus {
    address: SocketAddr,
    _process: Running,
}

impl Prometheus {
    fn start(program: &Path, folder: &Path) -> Self {
        // The port is free until Prometheus takes it; it cannot be asked to choose one and say which.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
        let process = Command::new(program)
            .arg("--config.file=prometheus.yml")
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={address}"))
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log")).expect("a log file"))
            .spawn()
            .expect("an installed prometheus starts");
        Self { address, _process: Running(process) }
    }

    /// The samples of an instant query; what is wrong where there are none.
    fn query(&self, expression: &str) -> Result<usize, String> {
        let path = format!("/api/v1/query?query={}", scrape::encoded(expression));
        let answer = scrape::get(self.address, &path, "").map_err(|error| error.to_string())?;
        let json: Value = serde_json::from_slice(&answer.body).map_err(|error| format!("{}: {error}", answer.status))?;
        match (json["status"].as_str(), json.pointer("/data/result").and_then(Value::as_array)) {
            (Some("success"), Some(result)) => Ok(result.len()),
            _ => Err(json["error"].as_str().unwrap_or("no answer").to_owned()),
        }
    }

    /// How many rules are loaded, and what ails those that cannot be evaluated.
    fn rules(&self) -> (usize, Vec<String>) {
        let answer = scrape::get(self.address, "/api/v1/rules", "").expect("prometheus answers");
        let json: Value = serde_json::from_slice(&answer.body).expect("the answer is JSON");
        let groups = json.pointer("/data/groups").and_then(Value::as_array).cloned().unwrap_or_default();
        let rules: Vec<Value> = groups.iter().filter_map(|group| group["rules"].as_array().cloned()).flatten().collect();
        let ailing = rules.iter().filter(|rule| rule["health"] != "ok").map(|rule| format!("{}: {}", rule["name"], rule["lastError"]));
        (rules.len(), ailing.collect())
    }

    /// Waits until a query has data; what came instead after that long.
    fn waits_for(&self, expression: &str, until: Instant) -> Result<(), String> {
        loop {
            match self.query(expression) {
                Ok(samples) if samples > 0 => return Ok(()),
                other if Instant::now() > until => return Err(format!("{other:?}")),
                Ok(_) | Err(_) => std::thread::sleep(Duration::from_millis(200)),
            }
        }
    }
}

/// An expression as Grafana sends it when everything is chosen.
fn chosen(expression: &str) -> String {
    ["job", "regime", "jurisdiction", "measure"]
        .iter()
        .fold(expression.replace("$__rate_interval", "1m").replace("$__range", "1m"), |text, variable| {
            text.replace(&format!("${variable}"), ".+")
        })
}

#[test]
fn every_panel_has_data_on_a_prometheus_that_scraped_replayed_regimes() {
    let Some(program) = tools::find("prometheus", "the queries of dashboards and rules on a real Prometheus") else { return };
    let consoles: Vec<Served> = databases().iter().map(|db| Served::start(db)).collect();
    consoles.iter().for_each(|console| drop(console.until("/readyz", 200)));
    let others = [Service::Intake, Service::Casebook, Service::Assessor, Service::Sentinel, Service::Herald];
    let mut targets: Vec<(String, SocketAddr)> = consoles.iter().map(|console| ("slipwatch-console".to_owned(), console.address)).collect();
    targets.extend(others.map(|service| (format!("slipwatch-{}", service.as_str()), busy(service))));
    let folder = tempfile::tempdir().unwrap();
    configure(folder.path(), &targets).unwrap();
    let prometheus = Prometheus::start(&program, folder.path());
    let until = Instant::now() + PATIENCE;
    let log = || site::read(&folder.path().join("log"));
    prometheus.waits_for(&format!("count(up == 1) == {}", targets.len()), until).unwrap_or_else(|why| panic!("{why}\n{}", log()));
    let mut wrong = Vec::new();
    for dashboard in dashboards::all() {
        for Query { panel, expression } in dashboard.queries() {
            if let Err(why) = prometheus.waits_for(&chosen(&expression), until) {
                wrong.push(format!("{panel}\n  {expression}\n  {why}"));
            }
        }
        for (expression, label) in dashboard.variables() {
            let expression = format!("group by ({label}) ({})", chosen(&expression));
            if let Err(why) = prometheus.waits_for(&expression, until) {
                wrong.push(format!("a variable\n  {expression}\n  {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Rules are evaluated without an error, and what has to fire does: the watchdog, and the alert that stands in Massachusetts.
    for alert in ["SlipwatchWatchdog", "SlipwatchEnforcement"] {
        prometheus
            .waits_for(&format!("ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}"), until)
            .unwrap_or_else(|why| panic!("{alert}: {why}"));
    }
    assert_eq!(prometheus.rules(), (site::rules().len(), Vec::new()), "every rule is loaded, and none fails");
}
