//! Rules about the monitor, and the one that forwards: what each must have, what it names, and what `promtool` says of it.
//!
//! What must never enter: a threshold (those stand in the rules, and their tests beside them).

use crate::{expression, site, tools};
use herald::labels::alert_name;
use vocab::{alert::Rule, assessment::Kind};

#[test]
fn rules_name_metrics_of_the_catalogue() {
    let recorded = site::recorded();
    let wrong: Vec<String> = site::rules()
        .iter()
        .flat_map(|rule| {
            expression::unknown(rule.field("expr"), &recorded).into_iter().map(move |wrong| format!("{}: {wrong}", rule.name()))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(site::rules().iter().all(|rule| !rule.field("expr").is_empty()));
}

#[test]
fn recording_rules_are_named_level_metric_operations() {
    for name in site::recorded() {
        let parts: Vec<&str> = name.split(':').collect();
        assert_eq!(parts.len(), 3, "{name}");
        let metric = parts[1];
        let known = expression::declared(metric).is_some() || metric == "slipwatch_records" || metric == "slipwatch_refused_records";
        assert!(known, "{name} names no metric");
    }
}

#[test]
fn alerts_say_what_to_do() {
    for rule in site::rules().iter().filter(|rule| rule.is_alert()) {
        let name = rule.name();
        for field in ["summary", "description", "runbook_url", "dashboard_url"] {
            assert!(!rule.field(field).is_empty(), "{name} has no {field}");
        }
        let severity = rule.field("severity");
        let known = catalogue::closed::SEVERITIES.contains(&severity);
        let own = match name {
            // It forwards the severity that was decided, and the one that always fires has none.
            "SlipwatchEnforcement" => severity.is_empty(),
            "SlipwatchWatchdog" => severity == "none",
            _ => known,
        };
        assert!(own, "{name} has the severity {severity:?}");
        assert_eq!(rule.field("runbook_url"), format!("deploy/runbooks/{name}.md"));
        let runbook = site::read(&site::deploy().join("..").join(rule.field("runbook_url")));
        assert!(runbook.starts_with(&format!("# {name}\n")), "the page of {name} has another title");
        for part in ["**What it means.**", "**Look.**", "**Do.**"] {
            assert!(runbook.contains(part), "the page of {name} has no {part}");
        }
        let index = site::read(&site::deploy().join("runbooks/README.md"));
        assert!(index.contains(&format!("({name}.md)")), "the list of pages lacks {name}");
    }
}

#[test]
fn every_alert_is_shown_firing_and_quiet() {
    let tests: String = site::files("prometheus/tests", "yml").iter().map(|path| site::read(path)).collect();
    let checks: Vec<&str> = tests.split("- eval_time:").skip(1).collect();
    for rule in site::rules().iter().filter(|rule| rule.is_alert()) {
        let name = format!("alertname: {}\n", rule.name());
        let (quiet, firing): (Vec<&str>, Vec<&str>) =
            checks.iter().filter(|check| check.contains(&name)).partition(|check| check.contains("exp_alerts: []"));
        assert!(!firing.is_empty(), "no history in which {} fires", rule.name());
        // The watchdog is never quiet: that is what it is for.
        assert!(!quiet.is_empty() || rule.name() == "SlipwatchWatchdog", "no history in which {} is quiet", rule.name());
    }
    for name in site::recorded() {
        assert!(tests.contains(&format!("expr: {name}\n")), "no check of {name}");
    }
}

#[test]
fn what_is_delivered_has_a_page_of_its_name() {
    let index = site::read(&site::deploy().join("runbooks/README.md"));
    for (rule, kind) in Rule::ALL.into_iter().flat_map(|rule| Kind::ALL.map(|kind| (rule, kind))) {
        let name = alert_name(rule, kind);
        let page = site::read(&site::deploy().join(format!("runbooks/{name}.md")));
        assert!(page.starts_with(&format!("# {name}\n")) && index.contains(&format!("({name}.md)")), "{name}");
    }
}

#[test]
fn services_are_scraped_where_their_configuration_listens() {
    let prometheus = site::read(&site::deploy().join("prometheus/prometheus.yml")).replace("# ", "");
    // What commands read has no port.
    for path in site::files("config", "toml").into_iter().filter(|path| path.file_stem().is_some_and(|name| name != "commands")) {
        let text = site::read(&path);
        let (_, admin) = text.split_once("[admin]").unwrap_or_else(|| panic!("{} has no admin port", path.display()));
        let listen = admin.lines().find_map(|line| line.strip_prefix("listen = ")).expect("an admin port has an address");
        let job = format!("job_name: slipwatch-{}\n", path.file_stem().expect("a file has a name").to_string_lossy());
        let (_, job) = prometheus.split_once(&job).unwrap_or_else(|| panic!("no {job}"));
        let targets = job.lines().find(|line| line.contains("targets:")).unwrap_or_default();
        assert!(targets.contains(listen), "{} listens on {listen}, and is asked at {targets}", path.display());
    }
}

#[test]
fn promtool_is_content_with_rules_configuration_and_tests() {
    let Some(promtool) = tools::find("promtool", "checks of rules and their tests") else { return };
    let paths = |folder| site::files(folder, "yml").into_iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>();
    let with = |verbs: &[&str], files: &[String]| {
        let arguments: Vec<&str> = verbs.iter().copied().chain(files.iter().map(String::as_str)).collect();
        tools::content(&promtool, &arguments, b"")
    };
    with(&["check", "rules"], &paths("prometheus/rules"));
    with(&["check", "config"], &["prometheus.yml".to_owned()]);
    with(&["test", "rules"], &paths("prometheus/tests"));
}
