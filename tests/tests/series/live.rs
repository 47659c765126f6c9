//! A real Prometheus that scrapes consoles of replayed regimes and the numbers of every other process: every panel has data, every rule holds.
//!
//! The other processes are their numbers alone, filled by the one door of the catalogue and served as a service serves them. What must never
//! enter: a query of its own beyond those that wait.

use crate::{
    dashboards::{self, Query},
    prometheus::{Prometheus, configure},
    served::{Served, databases},
    site, tools,
};
use catalogue::{
    closed::{Cause, DeliveryResult, Leap, Move, Outcome, Service, Stage},
    exposition::Wanted,
    process::{Output, Process},
    reading::{Input, Mark},
};
use service_kit::{
    Health,
    admin::{self, Exposition, Render},
};
use std::{
    net::SocketAddr,
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
const PATIENCE: Duration = Duration::from_secs(180);

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
    let stage = service.stages()[0];
    process.observe(Output::Inputs(stage, &[Input { topic: "slipwatch.g1.admitted.v1", partition: 0, next: now, lag: now }]));
    process.observe(Output::Marks(stage, &[Mark { topic: "slipwatch.g1.admitted.v1", origin: 1, tick: Some(Tick(4 * 1_700_000_000)) }]));
    process.observe(Output::CheckpointAge(stage, Some(Duration::from_secs(now))));
    process.observe(Output::Failed(Cause::RolledBack));
    process.observe(Output::Moved(Move::Gained, 1));
    match service {
        Service::Intake => {
            process.observe(Output::Skews(&[(customs.clone(), 97_200.0)]));
            process.observe(Output::Leapt(Leap::Ahead));
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
