//! The catalogue as it is published: its snapshot, the rules of names, closed sets, budgets, hostile text, forms.
//!
//! What must never enter: what a real scraper makes of it (that is in `tests/tests/series`).

use catalogue::{
    closed::{Cause, DeliveryResult, Move, Outcome, REASONS, Service, Stage},
    declared::{self, LATE, RECORDS, REFUSED},
    exposition::{Families, Wanted},
    lint,
    metric::{Beyond, Kind, Label, Metric, label_text},
    process::{Output, Process},
    reading::{Input, Mark},
};
use std::{fmt::Write, sync::Arc, time::Duration};
use vocab::{
    name::{Label as Text, SourceId},
    record::{BadValue, Encoding, Position, Refusal, Refused},
    tally::{Ledger, LedgerLine},
    time::{Day, Tick},
};

fn text(families: Families) -> String {
    String::from_utf8(families.expose(Wanted::TEXT).body).expect("text is UTF-8")
}

/// The lines of one metric.
fn lines(text: &str, name: &str) -> Vec<String> {
    let own = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ', '_']));
    text.lines().filter(own).map(str::to_owned).collect()
}

fn refused(source: Option<&str>, reason: Refusal) -> Refused {
    Refused {
        reason,
        position: Position { input: Text::parse("feed").expect("a good name"), at: 1 },
        bytes: Arc::from([]),
        length: 0,
        sha256: [0; 32],
        source: source.map(|source| SourceId::parse(source).expect("a good name")),
        day: Day(0),
    }
}

#[test]
fn the_catalogue_is_what_was_published() {
    let mut table = String::new();
    for Metric { name, kind, help, labels, samples_max, beyond } in declared::all() {
        let labels: Vec<String> = labels.iter().map(|label| label.as_str().to_owned()).collect();
        writeln!(
            table,
            "{name}{{{}}} {}\n    {help}\n    at most {samples_max} samples; beyond: {beyond:?}",
            labels.join(","),
            kind.as_str()
        )
        .unwrap();
    }
    // The words of rules, verdicts and streams are those of `vocab`.
    for label in
        [Label::Stage, Label::Outcome, Label::Reason, Label::Cause, Label::Reload, Label::Move, Label::Result, Label::Phase, Label::Bound]
    {
        writeln!(table, "{}: {}", label.as_str(), label.closed().unwrap().join(" ")).unwrap();
    }
    insta::assert_snapshot!("catalogue", table);
}

#[test]
fn every_metric_keeps_the_rules() {
    let mut names = Vec::new();
    for metric in declared::all() {
        assert_eq!(lint::mistakes(metric), Vec::<String>::new(), "{}", metric.name);
        assert!(!names.contains(&metric.name), "{} is declared twice", metric.name);
        names.push(metric.name);
    }
}

#[test]
fn the_linter_is_able_to_fail() {
    let good = Metric {
        name: "slipwatch_things_total",
        kind: Kind::Counter,
        help: "Things that were seen.",
        labels: &[],
        samples_max: 1,
        beyond: Beyond::Sum,
    };
    assert_eq!(lint::mistakes(&good), Vec::<String>::new());
    for bad in [
        Metric { name: "things_total", ..good },
        Metric { name: "slipwatch_Things_total", ..good },
        Metric { name: "slipwatch_things", ..good },
        Metric { name: "slipwatch_things_total", kind: Kind::Gauge, ..good },
        Metric { name: "slipwatch_wait_minutes", kind: Kind::Gauge, ..good },
        Metric { name: "slipwatch_timestamp_ratio", kind: Kind::Gauge, ..good },
        Metric { name: "slipwatch_source_things_total", labels: &[Label::Source], ..good },
        Metric { help: "things", ..good },
        Metric { labels: &[Label::Source, Label::Source], ..good },
        Metric { samples_max: 0, ..good },
        Metric { name: "slipwatch_wait_seconds", kind: Kind::Histogram(&[2.0, 1.0]), ..good },
    ] {
        assert_eq!(lint::mistakes(&bad).len(), 1, "{bad:?}: {:?}", lint::mistakes(&bad));
    }
}

#[test]
fn the_reasons_are_those_of_refusals() {
    let word = Text::parse("x").unwrap();
    let all = [
        Refusal::NotUtf8,
        Refusal::Undecodable { encoding: Encoding::Json, detail: word.clone() },
        Refusal::TooDeep { limit: 1 },
        Refusal::TooLarge { bytes: 2, limit: 1 },
        Refusal::NewerVersion { found: 2, newest: 1 },
        Refusal::MissingField { field: word.clone() },
        Refusal::BadField { field: word.clone(), problem: BadValue::Empty },
        Refusal::FromTheFuture { ahead_hours: 1 },
        Refusal::WrongInput { type_name: word.clone() },
        Refusal::BadPack { mistakes: 1, first: word.clone() },
        Refusal::BrokenRow { detail: word },
    ];
    assert_eq!(all.iter().map(Refusal::code).collect::<Vec<_>>(), REASONS);
}

#[test]
fn counters_stand_at_0_before_the_first_event() {
    for service in Service::ALL {
        let shown = text(Process::new(service, "0.1.0", "unknown").families());
        let counts = lines(&shown, RECORDS.name);
        assert_eq!(counts.len(), service.stages().len() * Outcome::ALL.len(), "{}", service.as_str());
        assert!(counts.iter().all(|line| line.ends_with(" 0")), "{counts:?}");
        assert_eq!(shown.contains("slipwatch_commit_duration_seconds_count 0\n"), service.commits(), "{}", service.as_str());
    }
    let process = Process::new(Service::Herald, "0.1.0", "unknown");
    process.expect_sources([&SourceId::parse("customs").unwrap()]);
    process.expect_receivers(["duty"]);
    let shown = text(process.families());
    assert_eq!(lines(&shown, REFUSED.name).len(), REASONS.len());
    assert_eq!(lines(&shown, LATE.name), ["slipwatch_late_total{source=\"customs\"} 0"]);
    assert_eq!(lines(&shown, "slipwatch_deliveries_total").len(), DeliveryResult::ALL.len());
    assert_eq!(lines(&shown, "slipwatch_outbox_records"), ["slipwatch_outbox_records{receiver=\"duty\"} 0"]);
}

#[test]
fn outputs_become_samples() {
    let process = Process::new(Service::Intake, "0.1.0", "abc");
    process.observe(Output::Records(Stage::Intake, Outcome::Taken, 3));
    process.observe(Output::Records(Stage::Intake, Outcome::Taken, 4));
    process.observe(Output::Refused(&refused(None, Refusal::NotUtf8)));
    process.observe(Output::TurnedAway(Refusal::NotUtf8.code()));
    let change = Ledger { duplicates: 2, late: 1, effective: -1, ..Ledger::default() };
    process.observe(Output::Ledger(&LedgerLine { source: SourceId::parse("customs").unwrap(), day: Day(0), change }));
    let back = Ledger { duplicates: -1, superseded: 1, ..Ledger::default() };
    process.observe(Output::Ledger(&LedgerLine { source: SourceId::parse("customs").unwrap(), day: Day(0), change: back }));
    let events = Input { topic: "slipwatch.events.v1", partition: 2, next: 5, lag: 17 };
    process.observe(Output::Inputs(Stage::Intake, &[events]));
    let mark = |origin, tick: Option<i64>| Mark { topic: "slipwatch.g1.admitted.v1", origin, tick: tick.map(Tick) };
    process.observe(Output::Marks(Stage::Register, &[mark(1, Some(7)), mark(1, Some(3)), mark(2, None)]));
    process.observe(Output::CheckpointAge(Stage::Register, Some(Duration::from_secs(9))));
    process.observe(Output::Failed(Cause::RolledBack));
    process.observe(Output::Moved(Move::Gained, 3));
    process.observe(Output::Committed(Duration::from_millis(30)));
    process.observe(Output::Delivered("duty", DeliveryResult::Retried));
    let shown = text(process.families());
    for line in [
        "slipwatch_build_info{version=\"0.1.0\",revision=\"abc\"} 1",
        "slipwatch_records_total{stage=\"intake\",outcome=\"taken\"} 7",
        "slipwatch_refused_total{source=\"__unnamed__\",reason=\"not_utf8\"} 1",
        "slipwatch_door_refused_total{reason=\"not_utf8\"} 1",
        "slipwatch_door_refused_total{reason=\"bad_field\"} 0",
        "slipwatch_duplicates_total{source=\"customs\"} 2",
        "slipwatch_late_total{source=\"customs\"} 1",
        "slipwatch_lag_records{topic=\"slipwatch.events.v1\",partition=\"2\"} 17",
        "slipwatch_position_records{topic=\"slipwatch.events.v1\",partition=\"2\"} 5",
        "slipwatch_mark_timestamp_seconds{topic=\"slipwatch.g1.admitted.v1\",origin=\"1\"} 2",
        "slipwatch_mark_timestamp_seconds{topic=\"slipwatch.g1.admitted.v1\",origin=\"2\"} 0",
        "slipwatch_checkpoint_age_seconds{stage=\"register\"} 9",
        "slipwatch_log_failures_total{cause=\"rolled_back\"} 1",
        "slipwatch_log_failures_total{cause=\"fenced\"} 0",
        "slipwatch_partition_moves_total{move=\"gained\"} 3",
        "slipwatch_partition_moves_total{move=\"lost\"} 0",
        "slipwatch_commit_duration_seconds_bucket{le=\"0.05\"} 1",
        "slipwatch_commit_duration_seconds_bucket{le=\"0.02\"} 0",
        "slipwatch_deliveries_total{receiver=\"duty\",result=\"retried\"} 1",
        "slipwatch_deliveries_total{receiver=\"duty\",result=\"delivered\"} 0",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "no line {line} in\n{shown}");
    }
    for name in declared::OPERATING_SYSTEM {
        assert!(!lines(&shown, name).is_empty(), "no {name}");
    }
}

#[test]
fn what_a_stage_says_of_its_inputs_takes_the_place_of_what_it_said_before() {
    let process = Process::new(Service::Sentinel, "0.1.0", "unknown");
    let input = |topic, partition, next, lag| Input { topic, partition, next, lag };
    let mark = |origin, tick| Mark { topic: "facts", origin, tick: Some(Tick(tick)) };
    process.observe(Output::Inputs(Stage::Watch, &[input("facts", 0, 90, 10), input("facts", 1, 5, 0)]));
    process.observe(Output::Inputs(Stage::Weigh, &[input("facts", 0, 40, 60), input("assessments", 0, 7, 1)]));
    process.observe(Output::Marks(Stage::Watch, &[mark(0, 3)]));
    process.observe(Output::Marks(Stage::Weigh, &[mark(0, 7), mark(1, 7)]));
    let shown = text(process.families());
    let lag = |topic: &str, partition: u32, lag: u32| format!("slipwatch_lag_records{{topic=\"{topic}\",partition=\"{partition}\"}} {lag}");
    // Two stages of a process read one partition: the worse is shown.
    assert_eq!(lines(&shown, "slipwatch_lag_records"), [lag("assessments", 0, 1), lag("facts", 0, 60), lag("facts", 1, 0)]);
    assert!(shown.contains("slipwatch_position_records{topic=\"facts\",partition=\"0\"} 40\n"));
    assert!(shown.contains("slipwatch_mark_timestamp_seconds{topic=\"facts\",origin=\"0\"} 2\n"));
    process.observe(Output::CheckpointAge(Stage::Weigh, Some(Duration::from_secs(1))));
    process.observe(Output::Inputs(Stage::Weigh, &[]));
    process.observe(Output::Marks(Stage::Weigh, &[]));
    process.observe(Output::CheckpointAge(Stage::Weigh, None));
    let shown = text(process.families());
    // A partition that is another's by now leaves nothing behind; what the other stage reads stays.
    assert_eq!(lines(&shown, "slipwatch_lag_records"), [lag("facts", 0, 10), lag("facts", 1, 0)]);
    assert_eq!(lines(&shown, "slipwatch_mark_timestamp_seconds"), ["slipwatch_mark_timestamp_seconds{topic=\"facts\",origin=\"0\"} 1"]);
    assert_eq!(lines(&shown, "slipwatch_checkpoint_age_seconds").len(), 0);
}

#[test]
fn ever_more_sources_are_a_budget_of_samples_and_a_count() {
    let process = Process::new(Service::Intake, "0.1.0", "unknown");
    for number in 0..100_000 {
        let change = Ledger { late: 1, ..Ledger::default() };
        process.observe(Output::Ledger(&LedgerLine { source: SourceId::parse(&format!("feed-{number}")).unwrap(), day: Day(0), change }));
    }
    let shown = text(process.families());
    assert_eq!(lines(&shown, LATE.name).len(), LATE.samples_max + 1);
    let others = 100_000 - LATE.samples_max;
    assert!(shown.contains(&format!("slipwatch_late_total{{source=\"__other__\"}} {others}\n")));
    assert!(shown.contains(&format!("slipwatch_overflow_samples{{metric=\"slipwatch_late_total\"}} {others}\n")));
    assert!(shown.contains("slipwatch_overflow_samples{metric=\"slipwatch_outbox_records\"} 0\n"));
}

#[test]
fn hostile_text_stays_inside_its_quotes() {
    let process = Process::new(Service::Herald, "0.1.0", "unknown");
    let hostile = ["a\"} 1e9", "a\nslipwatch_fake 1", "a\\", "a\u{202e}txt", "\u{202e}", "\\u202e", "раypal", "x\u{0}y"];
    hostile.iter().for_each(|receiver| process.observe(Output::Outbox(receiver, 1)));
    process.observe(Output::Outbox(&"w".repeat(64 * 1024), 1));
    let shown = text(process.families());
    let mine = lines(&shown, "slipwatch_outbox_records");
    assert_eq!(mine.len(), hostile.len() + 1, "{mine:?}");
    assert!(mine.iter().all(|line| line.ends_with("\"} 1")));
    assert!(lines(&shown, "slipwatch_fake").is_empty());
    assert!(shown.chars().all(|letter| letter == '\n' || !letter.is_control()));
    assert!(mine.contains(&r#"slipwatch_outbox_records{receiver="a\"} 1e9"} 1"#.to_owned()));
    assert!(mine.contains(&r#"slipwatch_outbox_records{receiver="a\\u202etxt"} 1"#.to_owned()));
    assert_ne!(label_text("\u{202e}"), label_text("\\u202e"), "two texts are two labels");
    assert!(mine.iter().all(|line| line.len() < 2_000), "a label is no place for a book");
}

#[test]
fn the_form_is_the_one_asked_for() {
    let families = || Process::new(Service::Intake, "0.1.0", "unknown").families();
    let shown = |accept: &str, encoding: &str| families().expose(Wanted::of(accept, encoding));
    let open = "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";
    for (accept, form) in [
        ("", "text/plain; version=0.0.4; charset=utf-8"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("text/plain", "text/plain; version=0.0.4; charset=utf-8"),
        (open, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        ("application/openmetrics-text; version=0.0.1", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text;q=0, text/plain", "text/plain; version=0.0.4; charset=utf-8"),
    ] {
        assert_eq!(shown(accept, "").content_type, form, "{accept:?}");
    }
    let open = String::from_utf8(shown(open, "").body).unwrap();
    assert!(open.ends_with("# EOF\n"));
    assert!(open.contains("# TYPE slipwatch_records counter\n"));
    assert!(open.contains("slipwatch_records_total{stage=\"intake\",outcome=\"taken\"} 0\n"));
    assert!(open.contains("slipwatch_commit_duration_seconds_bucket{le=\"1.0\"} 0\n"));
    let zipped = shown("", "deflate, gzip;q=1.0");
    assert_eq!((zipped.content_encoding, shown("", "gzip;q=0, br").content_encoding), (Some("gzip"), None));
    assert_eq!(zipped.body[..2], [0x1f, 0x8b]);
}

#[test]
fn the_order_is_fixed() {
    let shown = || {
        let process = Process::new(Service::Run, "0.1.0", "unknown");
        let shown = text(process.families());
        shown.lines().filter(|line| !line.starts_with("process_")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown(), shown());
    let families: Vec<String> = shown().into_iter().filter(|line| line.starts_with("# TYPE")).collect();
    assert!(families.is_sorted());
}
