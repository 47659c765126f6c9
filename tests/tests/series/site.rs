//! The files a site mounts: rules, their tests, dashboards, runbooks, read as they are shipped.
//!
//! Rules are YAML of one fixed shape, read line by line; whether they are YAML at all, `promtool` says. What must never enter: a copy of one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The folder `deploy`.
pub(crate) fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}

/// Files of a folder with an ending, in order.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let folder = deploy().join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("list {}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == ending));
    files.sort();
    files
}

/// A rule: its fields by name, those of labels and annotations among them.
#[derive(Debug, Default)]
pub(crate) struct Rule {
    fields: BTreeMap<String, String>,
}

impl Rule {
    pub(crate) fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
    pub(crate) fn name(&self) -> &str {
        if self.is_alert() { self.field("alert") } else { self.field("record") }
    }
    pub(crate) fn is_alert(&self) -> bool {
        self.fields.contains_key("alert")
    }
}

/// Every rule that is shipped.
pub(crate) fn rules() -> Vec<Rule> {
    let rules: Vec<Rule> = files("prometheus/rules", "yml").iter().flat_map(|path| rules_of(&read(path))).collect();
    assert!(rules.len() > 20, "the rules were not read");
    rules
}

fn rules_of(text: &str) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut folded: Option<(String, usize)> = None;
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#') && !line.trim().is_empty()) {
        let indent = line.len() - line.trim_start().len();
        let content = line.trim_start().trim_start_matches("- ");
        if let Some((field, _)) = folded.as_ref().filter(|(_, outer)| indent > *outer)
            && let Some(rule) = rules.last_mut()
        {
            let text = rule.fields.entry(field.clone()).or_default();
            text.push_str(if text.is_empty() { "" } else { " " });
            text.push_str(content);
            continue;
        }
        folded = None;
        let Some((field, value)) = content.split_once(':') else { continue };
        if field == "alert" || field == "record" {
            rules.push(Rule::default());
        }
        match (rules.last_mut(), value.trim()) {
            (Some(_), ">-") => folded = Some((field.to_owned(), indent)),
            (Some(rule), value) => drop(rule.fields.insert(field.to_owned(), value.trim_matches('"').to_owned())),
            (None, _) => {}
        }
    }
    rules
}

/// The names of recording rules.
pub(crate) fn recorded() -> BTreeSet<String> {
    rules().iter().filter(|rule| !rule.is_alert()).map(|rule| rule.name().to_owned()).collect()
}
