//! What a console serves: of replayed regimes, of a source that falls silent, of a database that goes away and comes back.
//!
//! What must never enter: a figure that is expected because it came out.

use crate::{expression, scrape, tools};
use catalogue::{
    declared,
    exposition::Wanted,
    metric::{Metric, OTHER},
    regime::Known,
};
use console::{Config, ReadModel};
use service_kit::{
    Stop,
    config::{Sources, load},
};
use slipwatch::{
    cli::Format,
    command::import::import,
    generate::{
        generate,
        scenario::{Instead, Scenario},
    },
    history::Reading,
    output::Output,
    rules,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};
use tests::{
    event_log,
    play::{Setup, play},
    real::root,
};
use vocab::{
    alert::Decision,
    assessment::{Assessment, SeriesAssessment},
    name::JurisdictionCode,
    pack::{Jurisdictions, Pack},
    quantity::Unit,
    series::MeasureKey,
    time::Week,
};

/// Databases of replayed regimes, made once: real data without finds, a synthetic regime of several places and measures, and one with duties.
pub(crate) fn databases() -> &'static [PathBuf] {
    static MADE: OnceLock<(tempfile::TempDir, Vec<PathBuf>)> = OnceLock::new();
    let (_, files) = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder for databases");
        let shipped = |what: &str| root().join(format!("deploy/{what}/ma-citations.toml"));
        let citations = root().join("services/slipwatch/demo/daily.csv.gz");
        let massachusetts = database(&folder.path().join("ma.db"), &[shipped("mappings"), shipped("regimes")], citations);
        let ports = folder.path().join("ports");
        synthetic(&root().join("deploy/scenarios/ports.toml"), &ports);
        let rules = [ports.join("mapping.toml"), ports.join("pack.toml")];
        let ports = database(&folder.path().join("ports.db"), &rules, ports.join("events.jsonl"));
        let duties = duties(folder.path());
        (folder, vec![massachusetts, ports, duties])
    });
    files
}

/// Native events of a regime with obligations: two seizures that nothing follows, and one that is disposed of in time.
fn owed(reported: &str, record: &str, case: &str, body: &str) -> String {
    let (place, day) = if case == "far" { ("XB", "2020-03-01") } else { ("XA", "2020-03-01") };
    format!(
        "{{\"schemaVersion\":1,\"regime\":\"trial\",\"source\":\"customs\",\"sourceRecordId\":\"{record}\",\"op\":\"OPERATION_ASSERT\",\
         \"occurred\":{{\"precision\":\"PRECISION_DAY\",\"day\":\"{day}\"}},\"reported\":\"{reported}\",\"jurisdiction\":\"{place}\",\
         \"measures\":[\"arms\",\"not of the pack\"],\"caseId\":\"{case}\",\"{body}\":{{}}}}\n"
    )
}

/// A database in which duties are overdue.
fn duties(folder: &Path) -> PathBuf {
    let rows = [
        owed("2020-03-02T09:00:00Z", "S1", "near", "seizureRecorded"),
        owed("2020-03-02T09:00:00Z", "S2", "far", "seizureRecorded"),
        owed("2020-03-02T09:00:00Z", "S3", "other", "seizureRecorded"),
        owed("2020-03-20T09:00:00Z", "I3", "other", "inspectionPerformed"),
        owed("2020-04-28T09:00:00Z", "I9", "none", "inspectionPerformed"),
    ];
    let (events, db) = (folder.join("duties.jsonl"), folder.join("duties.db"));
    std::fs::write(&events, rows.concat()).expect("a file of events");
    let pack = rules::pack(&event_log::folder().join("packs/duties.toml")).unwrap_or_else(|why| panic!("{why}"));
    import((&db, None), &Reading::Native, Some(pack), &[events], &Output::standard(Format::Json)).unwrap_or_else(|why| panic!("{why}"));
    db
}

/// Makes a regime after a shipped scenario, with one place of each group.
fn synthetic(scenario: &Path, folder: &Path) {
    let instead = Instead { weeks: None, jurisdictions_max: Some(1) };
    let scenario = Scenario::parse(&crate::site::read(scenario), instead).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    generate(&scenario, 1, folder, &mut || {}).unwrap_or_else(|why| panic!("{why}"));
}

fn database(db: &Path, [mapping, pack]: &[PathBuf; 2], data: PathBuf) -> PathBuf {
    let mapping = rules::mapping(mapping).unwrap_or_else(|why| panic!("{why}"));
    let pack = rules::pack(pack).unwrap_or_else(|why| panic!("{why}"));
    let out = Output::standard(Format::Json);
    import((db, None), &Reading::Mapped(Arc::new(mapping)), Some(pack), &[data], &out).unwrap_or_else(|why| panic!("{why}"));
    db.to_owned()
}

/// A console that ends with the test.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: Stop,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Served {
    pub(crate) fn start(db: &Path) -> Self {
        let flag = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let flags = vec![
            flag("source.db", &format!("\"{}\"", db.display())),
            flag("source.every_ms", "20"),
            flag("source.stale_after_s", "1"),
            flag("admin.listen", "\"127.0.0.1:0\""),
        ];
        let config: Config = load(&Sources { flags, ..Sources::default() }).expect("the defaults with these flags are good");
        let service = console::build(config, "0.0.0", "test").expect("a database is named");
        let address = service.serve().expect("a free port");
        let stop = Stop::new();
        let asked = stop.clone();
        Self { address, stop, thread: Some(std::thread::spawn(move || service.run(&asked).unwrap_or_else(|fatal| panic!("{fatal}")))) }
    }

    fn text(&self) -> String {
        scrape::get(self.address, "/metrics", "").expect("the port answers").text()
    }

    /// Waits until a probe answers so.
    pub(crate) fn until(&self, probe: &str, status: u16) -> String {
        let began = Instant::now();
        loop {
            let answer = scrape::get(self.address, probe, "").expect("the port answers");
            if answer.status == status {
                return answer.text();
            }
            assert!(began.elapsed() < Duration::from_secs(60), "{probe} stays at {}: {}", answer.status, answer.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.ask();
        let _ended = self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// A line of an exposition.
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: String,
}

impl Sample {
    fn label(&self, name: &str) -> &str {
        self.labels.iter().find(|(label, _)| label == name).map_or("", |(_, value)| value.as_str())
    }
}

fn samples(text: &str) -> Vec<Sample> {
    let sample = |line: &str| {
        let (series, value) = line.rsplit_once(' ').expect("a sample has a value");
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        let pairs = labels.trim_end_matches('}').split("\",").filter_map(|pair| pair.split_once("=\""));
        let labels = pairs.map(|(label, value)| (label.to_owned(), value.trim_end_matches('"').to_owned())).collect();
        Sample { name: name.to_owned(), labels, value: value.to_owned() }
    };
    text.lines().filter(|line| !line.starts_with('#')).map(sample).collect()
}

/// What the samples of a metric that are not 0 say of a place: the value of their last label.
fn said(samples: &[Sample], name: &str, place: &str) -> Vec<String> {
    let found = samples.iter().filter(|one| one.name == name && one.label("jurisdiction") == place && one.value != "0");
    found.map(|one| one.labels.last().map(|(_, value)| value.clone()).unwrap_or_default()).collect()
}

#[test]
fn every_sample_is_catalogued_and_within_its_budget() {
    for db in databases() {
        let console = Served::start(db);
        console.until("/readyz", 200);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for Sample { name, labels, value } in samples(&console.text()) {
            if declared::OPERATING_SYSTEM.contains(&name.as_str()) {
                continue;
            }
            let metric: &Metric = expression::declared(&name).unwrap_or_else(|| panic!("{name} is in no catalogue"));
            let allowed: Vec<&str> = metric.labels.iter().map(|label| label.as_str()).collect();
            assert_eq!(labels.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>(), allowed, "{name}");
            for (label, (_, value)) in metric.labels.iter().zip(&labels) {
                assert!(label.closed().is_none_or(|values| values.contains(&value.as_str())), "{name}: {value}");
            }
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{name} is {value}");
            *counts.entry(metric.name).or_default() += 1;
        }
        for metric in declared::REGIME {
            assert!(counts.get(metric.name).copied().unwrap_or(0) <= metric.samples_max, "{}", metric.name);
        }
        assert!(counts.len() >= 8, "{counts:?}");
    }
}

#[test]
fn promtool_is_content_with_what_is_served() {
    let Some(promtool) = tools::find("promtool", "a check of what the console serves") else { return };
    for db in databases() {
        let console = Served::start(db);
        console.until("/readyz", 200);
        assert_eq!(tools::content(&promtool, &["check", "metrics"], console.text().as_bytes()), "");
    }
}

#[test]
fn a_scrape_comes_in_the_form_that_is_asked_for() {
    let console = Served::start(&databases()[0]);
    console.until("/readyz", 200);
    let open = scrape::get(console.address, "/metrics", "accept: application/openmetrics-text;version=1.0.0\r\n").unwrap();
    assert!(open.head.contains("content-type: application/openmetrics-text; version=1.0.0") && open.text().ends_with("# EOF\n"));
    let packed = scrape::get(console.address, "/metrics", "accept-encoding: gzip\r\n").unwrap();
    assert!(packed.head.contains("content-encoding: gzip") && packed.body.starts_with(&[0x1f, 0x8b]));
    assert!(packed.body.len() * 3 < console.text().len(), "gzip packs it");
    let own = |text: String| {
        text.lines().filter(|line| !line.contains("process_") && !line.contains("age_seconds")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(own(console.text()), own(console.text()), "the order is fixed");
}

#[test]
fn duties_that_are_overdue_are_counted_by_place_and_measure() {
    let console = Served::start(&databases()[2]);
    console.until("/readyz", 200);
    let shown = samples(&console.text());
    let overdue: Vec<String> = shown
        .iter()
        .filter(|one| one.name == "slipwatch_duties_overdue" && (one.value != "0" || one.label("measure") == "any"))
        .map(|one| format!("{} {} {}", one.label("jurisdiction"), one.label("measure"), one.value))
        .collect();
    assert_eq!(
        overdue,
        ["XA any 1", "XA arms 1", "XB any 1", "XB arms 1", "XC any 0"],
        "what was met in time is not owed, and no label is free text"
    );
    let without = Served::start(&databases()[0]);
    without.until("/readyz", 200);
    assert!(!without.text().contains("slipwatch_duties_overdue{"), "a pack without obligations knows of no duties: that is not 0");
}

#[test]
fn a_source_that_falls_silent_has_no_figures_and_its_alert_stands() {
    let log = event_log::read(&event_log::folder().join("a_silence.jsonl")).unwrap();
    let played = play(&log, Setup::PLAIN).unwrap();
    let told = |week: &str| {
        let week = Week::parse(week).unwrap();
        let mut model = ReadModel::new();
        played.assessments.iter().filter(|one| one.week <= week).for_each(|one| model.assessed((**one).clone()));
        for (tick, decision) in &played.decisions {
            if let (true, Decision::Transition(transition)) = (*tick <= week.sunday().last_tick(), &**decision) {
                model.moved(transition.clone());
            }
        }
        samples(&String::from_utf8(model.families().expose(Wanted::TEXT).body).unwrap())
    };
    let (silent, resumed) = (told("2020-W25"), told("2020-W28"));
    for place in ["XA", "XB", "XC"] {
        for name in ["slipwatch_effort_ratio", "slipwatch_effort_recent_ratio", "slipwatch_yield_ratio", "slipwatch_completeness_ratio"] {
            assert_eq!(said(&silent, name, place), Vec::<String>::new(), "{name} of {place}: no report is not zero");
        }
    }
    assert_eq!(said(&silent, "slipwatch_verdict", "XA"), ["slip"]);
    assert_eq!(said(&silent, "slipwatch_verdict", "XB"), ["gap"]);
    assert!(said(&silent, "slipwatch_alerts", "XA").contains(&"firing".to_owned()), "no alert ends on silence");
    assert_eq!(said(&resumed, "slipwatch_effort_ratio", "XA").len(), 1);
    assert_eq!(said(&resumed, "slipwatch_verdict", "XB"), ["watch"]);
}

#[test]
fn a_database_that_goes_away_is_told_and_one_that_comes_back_is_read_anew() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("moving.db");
    let console = Served::start(&db);
    assert!(console.until("/readyz", 503).contains("not restored"));
    let never = console.text();
    assert!(!never.contains("slipwatch_source_age_seconds "), "what was never read has no age");
    assert!(!never.contains("slipwatch_verdict{"));
    std::fs::copy(&databases()[0], &db).unwrap();
    console.until("/readyz", 200);
    assert!(console.text().contains("regime=\"ma-traffic\""));
    std::fs::remove_file(&db).unwrap();
    assert!(console.until("/readyz", 503).contains("[-] source: not read to its end"));
    let away = console.text();
    assert!(away.contains("regime=\"ma-traffic\""), "what was known is still shown");
    let age = samples(&away).into_iter().find(|one| one.name == "slipwatch_source_age_seconds").unwrap().value;
    assert!(age.parse::<f64>().unwrap() > 0.9, "and how old it is: {age}");
    assert_eq!(scrape::get(console.address, "/livez", "").unwrap().status, 200, "waiting is no hang");
    std::fs::copy(&databases()[1], &db).unwrap();
    console.until("/readyz", 200);
    let shown = samples(&console.text());
    let regimes: BTreeSet<&str> = shown.iter().filter(|one| one.name == "slipwatch_verdict").map(|one| one.label("regime")).collect();
    assert_eq!(regimes, ["ports"].into(), "nothing of the other file is left");
}

#[test]
fn two_hundred_scrapers_at_once_are_all_answered_the_same() {
    let console = Served::start(&databases()[1]);
    console.until("/readyz", 200);
    let regimes = |text: &str| text.lines().filter(|line| line.starts_with("slipwatch_verdict")).map(str::to_owned).collect::<Vec<_>>();
    let wanted = regimes(&console.text());
    assert!(!wanted.is_empty());
    let address = console.address;
    let scrapers: Vec<_> = (0..200).map(|_| std::thread::spawn(move || scrape::get(address, "/metrics", ""))).collect();
    for scraper in scrapers {
        let answer = scraper.join().unwrap().expect("a scraper is answered");
        assert_eq!((answer.status, regimes(&answer.text())), (200, wanted.clone()));
    }
}

/// A week of every series that a pack could have: the last one of a played log, under its names.
fn everywhere(pack: &Pack, of: &Assessment) -> Vec<Assessment> {
    let places: Vec<String> = match &pack.jurisdictions {
        Jurisdictions::Listed(listed) => listed.iter().map(|place| place.code.to_string()).collect(),
        Jurisdictions::Pattern { max, .. } => (0..*max).map(|number| format!("P{number}")).collect(),
    };
    let units = |unit: Unit| if unit == Unit::Count { vec![unit] } else { vec![Unit::Count, unit] };
    let series = pack.measures.iter().flat_map(|measure| units(measure.unit).into_iter().map(move |unit| (measure.id.clone(), unit)));
    let series: Vec<SeriesAssessment> =
        series.map(|(id, unit)| SeriesAssessment { measure: MeasureKey::One(id), unit, ..of.series[0].clone() }).collect();
    let place = |code: &String| Assessment {
        regime: pack.regime.clone(),
        jurisdiction: JurisdictionCode::parse(code).expect("a good code"),
        series: series.clone(),
        ..of.clone()
    };
    places.iter().map(place).collect()
}

#[test]
fn every_shipped_pack_keeps_the_budget_also_where_all_of_it_is_reported() {
    let log = event_log::read(&event_log::folder().join("a_silence.jsonl")).unwrap();
    let played = play(&log, Setup::PLAIN).unwrap();
    let mut widest = 0;
    for path in crate::site::files("regimes", "toml") {
        let pack = rules::pack(&path).unwrap_or_else(|why| panic!("{why}")).pack;
        let all = everywhere(&pack, played.assessments.last().unwrap());
        let series: usize = all.iter().map(|one| one.series.len()).sum();
        widest = widest.max(series);
        let families = Known::new(&all, []).families();
        let beyond = series.saturating_sub(declared::SERIES_MAX);
        assert_eq!(families.folded(&declared::VERDICT), beyond as u64 * 6, "{}", path.display());
        let shown = samples(&String::from_utf8(families.expose(Wanted::TEXT).body).unwrap());
        for metric in declared::REGIME {
            let (own, other): (Vec<&Sample>, Vec<&Sample>) =
                shown.iter().filter(|one| one.name == metric.name).partition(|one| one.label("measure") != OTHER);
            assert!(own.len() <= metric.samples_max && other.len() <= 6, "{}: {} of {}", path.display(), own.len(), metric.name);
        }
    }
    assert!(widest > declared::SERIES_MAX, "the widest pack, {widest} series, does not try the budget");
}
