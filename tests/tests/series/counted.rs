//! Every process on a real broker, with history and live messages: what they count is what stands on the topics.
//!
//! A real Prometheus scrapes them; what the shipped rules ask of them is there, and an origin that stops is told. Must never enter: a count
//! that is expected because it came out.

use crate::{
    expression,
    prometheus::{Prometheus, configure},
    scrape, site, tools,
};
use catalogue::{
    closed::Service,
    process::{Process, REVISION},
};
use journal::{
    Entry, Topic,
    kafka::{Inputs, Reader},
};
use service_kit::{
    Health, Stop,
    admin::serve,
    config::{Settings, Sources, load},
};
use slipwatch::command::service::exposing;
use stages::{
    bytes::Bytes,
    message::{ADMITTED, ASSESSMENTS, DECISIONS, DOCKETS, EVENTS, FACTS, LATE, LEDGER, Message, REFUSED, TALLIES, UNLISTED},
    process::Failed,
};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener},
    ops::ControlFlow,
    path::Path,
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};
use tests::{
    Outcome,
    broker::broker,
    event_log,
    feed::message,
    on_kafka::{Producer, Stand, put_in_slowly},
};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);
/// Live messages, of which every tenth says again what another said and every fiftieth is no event.
const MESSAGES: u32 = 200;
const PARTITIONS: u32 = 2;
/// How slow the clock of a source is.
const SLOW_HOURS: i64 = 27;

/// A process of the installation, in threads of this one.
struct Running {
    service: Service,
    address: SocketAddr,
    stop: Stop,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn end(&mut self) {
        self.stop.ask();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a service that is asked to end ends in order");
        }
    }

    fn scrape(&self) -> String {
        scrape::get(self.address, "/metrics", "").expect("the port answers").text()
    }
}

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().expect("an address")
}

/// A stage with its admin port, as the command of its name wires it.
fn stage(stand: &Stand, service: Service) -> Running {
    let health = Health::new(PATIENCE);
    let numbers = Arc::new(Process::new(service, "0.0.0", REVISION));
    let address = serve(loopback(), health.clone(), exposing(Arc::clone(&numbers))).expect("a free port");
    let (stop, section) = (Stop::new(), stand.section(0));
    let asked = stop.clone();
    let run = move || -> Result<(), Failed> {
        match service {
            Service::Intake => {
                let mut config: intake::Config = defaults();
                config.kafka = section;
                intake::build(config, health)?.counting_into(numbers).run(&asked)
            }
            Service::Casebook => {
                let mut config: casebook::Config = defaults();
                config.0.kafka = section;
                casebook::build(config, health).counting_into(numbers).run(&asked)
            }
            Service::Assessor => {
                let mut config: assessor::Config = defaults();
                config.0.kafka = section;
                assessor::build(config, health).counting_into(numbers).run(&asked)
            }
            Service::Sentinel => {
                let mut config: sentinel::Config = defaults();
                config.0.kafka = section;
                sentinel::build(config, health).counting_into(numbers).run(&asked)
            }
            Service::Herald | Service::Console | Service::Run => panic!("{} is started otherwise", service.as_str()),
        }
    };
    let thread = std::thread::spawn(move || run().unwrap_or_else(|failed| panic!("{}: {failed}", service.as_str())));
    Running { service, address, stop, thread: Some(thread) }
}

fn defaults<C: Settings>() -> C {
    load(&Sources::default()).expect("the defaults are good")
}

fn flags(pairs: &[(&str, String)]) -> Sources {
    let flags = pairs.iter().map(|(key, value)| ((*key).to_owned(), format!("\"{value}\""))).collect();
    Sources { flags, ..Sources::default() }
}

/// A herald with one receiver, at whom nothing is sent: what is decided of history is before its first start.
fn herald(stand: &Stand, folder: &Path) -> Running {
    let address = TcpListener::bind(loopback()).and_then(|listener| listener.local_addr()).expect("a free port");
    let (secret, file) = (folder.join("secret"), folder.join("herald.toml"));
    std::fs::write(&secret, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").expect("a file");
    let receiver =
        "[[webhooks]]\nname = \"desk\"\nurl = \"http://127.0.0.1:9/\"\nform = \"alertmanager\"\nallow = [\"plain_http\", \"loopback\"]\n";
    std::fs::write(&file, format!("{receiver}secret_files = [{secret:?}]\n")).expect("a file");
    let told =
        [("kafka.bootstrap", stand.bootstrap.clone()), ("kafka.namespace", stand.namespace.clone()), ("admin.listen", address.to_string())];
    let config: herald::config::Config = load(&Sources { file: Some(file), ..flags(&told) }).expect("the configuration is good");
    let stop = Stop::new();
    let asked = stop.clone();
    let thread = std::thread::spawn(move || {
        herald::process::run(&herald::process::Running::new(config), &asked, |_, _| Ok(()))
            .unwrap_or_else(|failed| panic!("herald: {failed}"))
    });
    Running { service: Service::Herald, address, stop, thread: Some(thread) }
}

fn console(stand: &Stand) -> Running {
    let told = [
        ("kafka.bootstrap", stand.bootstrap.clone()),
        ("kafka.namespace", stand.namespace.clone()),
        ("admin.listen", loopback().to_string()),
    ];
    let config: console::Config = load(&flags(&told)).expect("the configuration is good");
    let service = console::build(config, "0.0.0", REVISION).expect("a broker is named");
    let address = service.serve().expect("a free port");
    let stop = Stop::new();
    let asked = stop.clone();
    Running {
        service: Service::Console,
        address,
        stop,
        thread: Some(std::thread::spawn(move || service.run(&asked).unwrap_or_else(|fatal| panic!("{fatal}")))),
    }
}

/// Live message `n`.
fn live(n: u32) -> Vec<u8> {
    message(n, "harbour", intake::clock::now().day().plus(-1))
}

/// A message that is refused and still says whose it is.
fn nameable() -> Vec<u8> {
    String::from_utf8(live(0)).expect("text").replace("OPERATION_ASSERT", "OPERATION_UNHEARD_OF").into_bytes()
}

/// A message of a source whose clock is 27 hours slow: it says so of its report.
fn of_a_slow_clock() -> Vec<u8> {
    let reported = vocab::time::Instant(intake::clock::now().start().0 - SLOW_HOURS * 3_600_000);
    let text = String::from_utf8(live(0)).expect("text").replace("\"op\"", &format!("\"reported\":\"{reported}\",\"op\""));
    text.replace("\"harbour\"", "\"slow\"").into_bytes()
}

/// What stands on the topics: records of each, and what the ledger says.
#[derive(Debug, Default)]
struct Stands {
    records: BTreeMap<Topic, u64>,
    duplicates: u64,
    late: u64,
}

impl Stands {
    fn read(stand: &Stand) -> Outcome<Self> {
        let section = stand.section(902);
        let reader = Reader::open(&section.settings("reading", Inputs::Chosen)?, Bytes::of(&section.space()))?;
        let mut stands = Self::default();
        for topic in [EVENTS, ADMITTED, REFUSED, TALLIES, FACTS, DOCKETS, LATE, LEDGER, UNLISTED, ASSESSMENTS, DECISIONS] {
            for partition in 0..reader.partitions(topic)? {
                reader.each((topic, partition), 0, |_, entry| {
                    stands.take(topic, entry);
                    Ok(ControlFlow::Continue(()))
                })?;
            }
        }
        Ok(stands)
    }

    fn take(&mut self, topic: Topic, entry: Entry<Message>) {
        let Entry::Record { record, .. } = entry else { return };
        *self.records.entry(topic).or_default() += 1;
        if let Message::Ledger(_, line) = record {
            self.duplicates += line.change.duplicates.max(0).unsigned_abs();
            self.late += line.change.late.max(0).unsigned_abs();
        }
    }

    fn sum(&self, topics: &[Topic]) -> u64 {
        topics.iter().map(|topic| self.records.get(topic).copied().unwrap_or(0)).sum()
    }
}

/// The samples of all processes: service, name, labels as they are written, value.
struct Shown(Vec<(Service, String, f64)>);

impl Shown {
    fn of(processes: &[Running]) -> Self {
        let lines = |process: &Running| {
            let parse = |line: &str| {
                let (sample, value) = line.rsplit_once(' ')?;
                Some((process.service, sample.to_owned(), value.parse().ok()?))
            };
            process.scrape().lines().filter(|line| !line.starts_with('#')).filter_map(parse).collect::<Vec<_>>()
        };
        Self(processes.iter().flat_map(lines).collect())
    }

    /// The sum of the samples of a service that begin so and have these labels.
    fn sum(&self, service: Service, name: &str, labels: &[&str]) -> f64 {
        let has = |sample: &str| sample.starts_with(name) && labels.iter().all(|label| sample.contains(label));
        self.0.iter().filter(|(of, sample, _)| *of == service && has(sample)).map(|(_, _, value)| value).sum()
    }

    fn records(&self, service: Service, stages: &[&str], outcome: &str) -> f64 {
        let of = |stage: &&str| {
            let labels = [format!("stage=\"{stage}\""), format!("outcome=\"{outcome}\"")];
            self.sum(service, "slipwatch_records_total{", &[&labels[0], &labels[1]])
        };
        stages.iter().map(of).sum()
    }

    /// What differs from what stands on the topics; `history` records were put in by no intake.
    #[expect(clippy::cast_precision_loss, reason = "counts of a test")]
    fn differences(&self, stands: &Stands, history: u64) -> Vec<String> {
        let refused = self.sum(Service::Intake, "slipwatch_refused_total{", &[]);
        let told = |name: &str| self.sum(Service::Casebook, name, &["source="]);
        let rows = [
            ("messages taken in", self.records(Service::Intake, &["intake"], "taken"), stands.sum(&[EVENTS])),
            ("messages turned away", self.records(Service::Intake, &["intake"], "refused"), stands.sum(&[REFUSED])),
            ("messages turned away, by reason", refused, stands.sum(&[REFUSED])),
            ("records admitted", self.records(Service::Intake, &["intake"], "emitted"), stands.sum(&[ADMITTED]) - history),
            ("records registered", self.records(Service::Casebook, &["register"], "taken"), stands.sum(&[ADMITTED])),
            (
                "what the casebook writes",
                self.records(Service::Casebook, &["register", "docket"], "emitted"),
                stands.sum(&[TALLIES, FACTS, DOCKETS, LATE, LEDGER, UNLISTED]),
            ),
            ("versions of records in cases", self.records(Service::Casebook, &["docket"], "taken"), stands.sum(&[DOCKETS])),
            ("duplicates", told("slipwatch_duplicates_total{"), stands.duplicates),
            ("late records", told("slipwatch_late_total{"), stands.late),
            ("tallies assessed", self.records(Service::Assessor, &["assessor"], "taken"), stands.sum(&[TALLIES])),
            ("assessments", self.records(Service::Assessor, &["assessor"], "emitted"), stands.sum(&[ASSESSMENTS])),
            ("facts watched", self.records(Service::Sentinel, &["watch"], "taken"), stands.sum(&[FACTS])),
            ("facts and assessments weighed", self.records(Service::Sentinel, &["weigh"], "taken"), stands.sum(&[FACTS, ASSESSMENTS])),
            ("decisions", self.records(Service::Sentinel, &["watch", "weigh"], "emitted"), stands.sum(&[DECISIONS])),
            ("decisions heard", self.records(Service::Herald, &["herald"], "taken"), stands.sum(&[DECISIONS])),
            ("outputs shown", self.records(Service::Console, &["console"], "taken"), stands.sum(&[ASSESSMENTS, DECISIONS])),
        ];
        let differs = rows.iter().filter(|(_, counted, stands)| (*counted - *stands as f64).abs() > 0.5 || *stands == 0);
        differs.map(|(what, counted, stands)| format!("{what}: {counted} counted, {stands} on the topics")).collect()
    }
}

/// Waits until everything that is counted is what stands on the topics.
fn settled(processes: &[Running], stand: &Stand, history: u64) -> Shown {
    let began = Instant::now();
    loop {
        let stands = Stands::read(stand).expect("the broker answers");
        let shown = Shown::of(processes);
        let differences = shown.differences(&stands, history);
        if differences.is_empty() {
            return shown;
        }
        assert!(began.elapsed() < PATIENCE, "{}\n{stands:?}", differences.join("\n"));
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// What is measured rather than counted: commits, positions, lags, marks, moves.
fn check_readings(shown: &Shown, space: &stages::space::Space) {
    for service in [Service::Intake, Service::Casebook, Service::Assessor, Service::Sentinel, Service::Herald] {
        let name = service.as_str();
        assert!(shown.sum(service, "slipwatch_commit_duration_seconds_count", &[]) > 0.0, "{name} has made no commit");
        let gained = shown.sum(service, "slipwatch_partition_moves_total{", &["move=\"gained\""]);
        assert!(gained >= f64::from(PARTITIONS), "{name} has {gained} partitions");
        assert!(shown.sum(service, "slipwatch_position_records{", &[]) > 0.0, "{name} has read nothing");
        let inputs = shown.0.iter().filter(|(of, sample, _)| *of == service && sample.starts_with("slipwatch_lag_records{"));
        let inputs: Vec<_> = inputs.map(|(_, sample, lag)| (sample, *lag)).collect();
        assert!(inputs.len() >= PARTITIONS as usize && inputs.iter().all(|(_, lag)| *lag < 1_000.0), "{name}: {inputs:?}");
        let has_state = shown.0.iter().any(|(of, sample, _)| *of == service && sample.starts_with("slipwatch_checkpoint_age_seconds{"));
        assert_eq!(has_state, service != Service::Intake, "{name}: only intake has no state of its own");
    }
    let admitted = format!("topic=\"{}\"", space.name(ADMITTED).unwrap_or_default());
    for (service, origin) in
        [Service::Intake, Service::Casebook].into_iter().flat_map(|one| (0..=PARTITIONS).map(move |origin| (one, origin)))
    {
        let mark = shown.sum(service, "slipwatch_mark_timestamp_seconds{", &[&admitted, &format!("origin=\"{origin}\"")]);
        let age = real_now() - mark;
        assert!((-1.0..60.0).contains(&age), "{}: the last mark of origin {origin} is {age} s old", service.as_str());
    }
}

#[expect(clippy::cast_precision_loss, reason = "a tick of today has 33 bits")]
fn real_now() -> f64 {
    intake::clock::now().0 as f64 / vocab::time::TICKS_PER_SECOND as f64
}

/// Everything the shipped rules about processes ask for is there.
fn check_rules(prometheus: &Prometheus, until: Instant) {
    let recorded = site::recorded();
    let own = |rule: &&site::Rule| rule.name() != "SlipwatchEnforcement";
    let asked: std::collections::BTreeSet<String> =
        site::rules().iter().filter(own).flat_map(|rule| expression::metrics(rule.field("expr"))).collect();
    assert!(asked.len() > 10, "{asked:?}");
    let missing = asked.iter().filter_map(|name| prometheus.waits_for(name, until).err().map(|why| format!("{name}: {why}")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<String>::new());
    let missing = recorded.iter().filter_map(|name| prometheus.waits_for(name, until).err().map(|why| format!("{name}: {why}")));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<String>::new());
}

#[test]
fn what_processes_count_is_what_stands_on_the_topics_and_an_origin_that_stops_is_told() {
    let (Some(broker), Some(program)) = (broker(), tools::find("prometheus", "what a real Prometheus makes of processes on Kafka")) else {
        return;
    };
    let stand = Stand { bootstrap: broker.bootstrap.clone(), namespace: broker.space(), partitions: PARTITIONS, instances: 1 };
    stand.make_topics().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut processes: Vec<Running> = [Service::Casebook, Service::Assessor, Service::Sentinel].map(|one| stage(&stand, one)).into();
    processes.extend([herald(&stand, folder.path()), console(&stand)]);
    // History first, as an import puts it in; then intake takes over, live.
    let log = event_log::read(&event_log::folder().join("older_than_the_horizon.jsonl")).unwrap();
    put_in_slowly(&log, &stand, Duration::ZERO, &mut || Ok(())).unwrap();
    let history = Stands::read(&stand).unwrap().sum(&[ADMITTED]);
    assert!(history > 0);
    processes.push(stage(&stand, Service::Intake));
    let mut producer = Producer::open(&stand).unwrap();
    producer.send((0..MESSAGES).map(live).chain([nameable(), of_a_slow_clock()])).unwrap();
    let shown = settled(&processes, &stand, history);
    check_readings(&shown, &stand.section(0).space());
    let refused = |source: &str| shown.sum(Service::Intake, "slipwatch_refused_total{", &[&format!("source=\"{source}\"")]);
    assert_eq!((refused("harbour"), refused("__unnamed__")), (1.0, f64::from(MESSAGES / 50)), "who says who it is, is named");
    let skew = shown.sum(Service::Intake, "slipwatch_feed_skew_seconds{", &["source=\"slow\""]) / 3_600.0;
    assert!((27.0..27.1).contains(&skew), "the clock of the source is {skew} hours slow");
    if let Some(promtool) = tools::find("promtool", "a check of what processes serve") {
        for process in &processes {
            assert_eq!(tools::content(&promtool, &["check", "metrics"], process.scrape().as_bytes()), "", "{}", process.service.as_str());
        }
    }
    let targets: Vec<_> = processes.iter().map(|one| (format!("slipwatch-{}", one.service.as_str()), one.address)).collect();
    configure(folder.path(), &targets).unwrap();
    let prometheus = Prometheus::start(&program, folder.path());
    let until = Instant::now() + PATIENCE;
    prometheus.waits_for(&format!("count(up == 1) == {}", targets.len()), until).unwrap();
    prometheus.waits_for("slipwatch_records_total{stage=\"intake\",outcome=\"taken\"} > 0", until).unwrap();
    // Rates are of what comes while somebody looks.
    producer.send((MESSAGES..2 * MESSAGES).map(live)).unwrap();
    check_rules(&prometheus, until);
    let stuck = "ALERTS{alertname=\"SlipwatchMarkStuck\"}";
    assert_eq!(prometheus.query(stuck), Ok(0), "every origin goes on");
    processes.iter_mut().filter(|process| process.service == Service::Intake).for_each(Running::end);
    // Its own series ends with it; who reads what it wrote knows that its marks stand still.
    prometheus.waits_for(stuck, Instant::now() + PATIENCE).unwrap();
    processes.iter_mut().for_each(Running::end);
}
