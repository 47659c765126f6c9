//! Dashboards as shipped: their addresses, their variables, and every expression by name. Queries are run in `live`.
//!
//! What must never enter: a query that is in no dashboard.

use crate::{expression, site};
use serde_json::Value;
use std::collections::BTreeSet;

/// A dashboard with its name.
pub(crate) struct Dashboard {
    pub(crate) name: String,
    json: Value,
}

/// One query of a panel.
pub(crate) struct Query {
    pub(crate) panel: String,
    pub(crate) expression: String,
}

/// Every dashboard that is shipped.
pub(crate) fn all() -> Vec<Dashboard> {
    let files = site::files("grafana/dashboards", "json");
    assert_eq!(files.len(), 2);
    files
        .iter()
        .map(|path| Dashboard {
            name: path.file_stem().expect("a file has a name").to_string_lossy().into_owned(),
            json: serde_json::from_str(&site::read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display())),
        })
        .collect()
}

impl Dashboard {
    fn list(&self, pointer: &str) -> &[Value] {
        self.json.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The queries of its panels.
    pub(crate) fn queries(&self) -> Vec<Query> {
        let text = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
        let of_panel = |panel: &Value| {
            let targets = panel["targets"].as_array().cloned().unwrap_or_default();
            let title = format!("{}: {}", self.name, text(panel, "title"));
            targets.into_iter().map(|target| Query { panel: title.clone(), expression: text(&target, "expr") }).collect::<Vec<_>>()
        };
        self.list("/panels").iter().flat_map(of_panel).collect()
    }

    /// The expressions that fill its variables: `label_values(expression, label)`.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let of = |variable: &Value| {
            let query = variable.pointer("/query/query")?.as_str()?;
            let (expression, label) = query.strip_prefix("label_values(")?.strip_suffix(')')?.rsplit_once(", ")?;
            Some((expression.to_owned(), label.to_owned()))
        };
        self.list("/templating/list").iter().filter_map(of).collect()
    }
}

#[test]
fn dashboards_have_the_addresses_that_alerts_link_to() {
    let uids: BTreeSet<String> = all().iter().map(|one| one.json["uid"].as_str().unwrap_or_default().to_owned()).collect();
    assert_eq!(uids, ["slipwatch-operations", "slipwatch-regime-health"].map(str::to_owned).into());
    for rule in site::rules().iter().filter(|rule| rule.is_alert()) {
        let uid = rule.field("dashboard_url").trim_start_matches("/d/").split('?').next().unwrap_or_default().to_owned();
        assert!(uids.contains(&uid), "{} links to {uid}", rule.name());
    }
}

#[test]
fn panels_are_told_apart_and_choose_their_prometheus() {
    for dashboard in all() {
        let panels = dashboard.list("/panels");
        let ids: BTreeSet<i64> = panels.iter().filter_map(|panel| panel["id"].as_i64()).collect();
        assert_eq!(ids.len(), panels.len(), "{}: two panels have one id", dashboard.name);
        for panel in panels.iter().filter(|panel| panel["type"] != "text") {
            assert!(panel["title"].as_str().is_some_and(|title| !title.is_empty()));
            assert_eq!(panel["datasource"]["uid"], "${datasource}", "{}: {}", dashboard.name, panel["title"]);
            assert!(panel["targets"].as_array().is_some_and(|targets| !targets.is_empty()));
        }
        let declared: BTreeSet<&str> = dashboard.list("/templating/list").iter().filter_map(|variable| variable["name"].as_str()).collect();
        for Query { panel, expression } in dashboard.queries() {
            let used =
                expression.split('$').skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or(""));
            for variable in used.filter(|variable| !variable.starts_with("__")) {
                assert!(declared.contains(variable), "{panel} uses ${variable}, which the dashboard does not have");
            }
        }
    }
}

#[test]
fn panels_ask_for_metrics_of_the_catalogue() {
    let recorded = site::recorded();
    let mut asked = BTreeSet::new();
    for dashboard in all() {
        let of_variables = dashboard.variables().into_iter().map(|(expression, _)| Query { panel: "variable".to_owned(), expression });
        for Query { panel, expression } in dashboard.queries().into_iter().chain(of_variables) {
            assert_eq!(expression::unknown(&expression, &recorded), Vec::<String>::new(), "{panel}: {expression}");
            asked.extend(expression::metrics(&expression));
        }
    }
    let through_rules = site::rules()
        .iter()
        .filter(|rule| asked.contains(rule.name()))
        .flat_map(|rule| expression::metrics(rule.field("expr")))
        .collect::<Vec<_>>();
    asked.extend(through_rules);
    let shown = |name: &str| asked.iter().any(|asked| expression::declared(asked).is_some_and(|metric| metric.name == name));
    let missing: Vec<&str> = catalogue::declared::all().map(|metric| metric.name).filter(|name| !shown(name)).collect();
    assert!(missing.is_empty(), "no panel shows {missing:?}");
}

#[test]
fn provisioning_names_the_folder_of_the_dashboards() {
    let dashboards = site::read(&site::deploy().join("grafana/provisioning/dashboards/slipwatch.yml"));
    assert!(dashboards.contains("path: /var/lib/grafana/dashboards/slipwatch"));
    let readme = site::read(&site::deploy().join("grafana/README.md"));
    assert!(readme.contains("/var/lib/grafana/dashboards/slipwatch"), "the README says where to mount them");
}
