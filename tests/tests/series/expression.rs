//! Which metrics and labels an expression of PromQL names: enough to hold every one of them against the catalogue.
//!
//! Whether it is an expression at all, Prometheus says (`live`, and `promtool check rules`). What must never enter: an evaluation.

use catalogue::{declared, metric::Metric};
use std::collections::BTreeSet;

/// What recording rules and the system provide beside the catalogue.
const OTHERS: [&str; 1] = ["up"];
/// Labels that Prometheus adds, or that a histogram has.
const ADDED: [&str; 3] = ["job", "instance", "le"];

/// A word of an expression: a name, or the inside of a text.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Name(String),
    Sign(char),
}

fn tokens(expression: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(letter) = rest.next() {
        if letter == '"' {
            while let Some(letter) = rest.next() {
                match letter {
                    '\\' => drop(rest.next()),
                    '"' => break,
                    _ => {}
                }
            }
            tokens.push(Token::Sign('"'));
        } else if letter.is_ascii_alphabetic() || letter == '_' || letter == '$' {
            let mut name = String::from(letter);
            while let Some(letter) = rest.next_if(|letter| letter.is_ascii_alphanumeric() || "_:".contains(*letter)) {
                name.push(letter);
            }
            tokens.push(Token::Name(name));
        } else if letter.is_ascii_digit() {
            while rest.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '.').is_some() {}
            tokens.push(Token::Sign('0'));
        } else if !letter.is_whitespace() {
            tokens.push(Token::Sign(letter));
        }
    }
    tokens
}

/// Names of metrics: those of ours, of the system and of recording rules.
pub(crate) fn metrics(expression: &str) -> BTreeSet<String> {
    let is_metric =
        |name: &str| name.starts_with("slipwatch_") || name.starts_with("process_") || name.contains(':') || OTHERS.contains(&name);
    let names = tokens(expression).into_iter().filter_map(|token| match token {
        Token::Name(name) => Some(name),
        Token::Sign(_) => None,
    });
    names.filter(|name| is_metric(name)).collect()
}

/// Labels that are matched, or grouped and joined by.
pub(crate) fn labels(expression: &str) -> BTreeSet<String> {
    let tokens = tokens(expression);
    let mut found = BTreeSet::new();
    let mut inside = None;
    for (at, token) in tokens.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let groups = matches!(before, Some(Token::Name(name)) if matches!(name.as_str(), "by" | "without" | "on" | "ignoring"));
        match token {
            Token::Sign('{') => inside = Some('}'),
            Token::Sign('(') if groups => inside = Some(')'),
            Token::Sign(sign) if inside == Some(*sign) => inside = None,
            Token::Name(name) if inside.is_some() => {
                found.insert(name.clone());
            }
            Token::Name(_) | Token::Sign(_) => {}
        }
    }
    found
}

/// The metric of a name, or of a sample of a histogram.
pub(crate) fn declared(name: &str) -> Option<&'static Metric> {
    let bare = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    declared::all()
        .find(|metric| metric.name == name || metric.name == bare && matches!(metric.kind, catalogue::metric::Kind::Histogram(_)))
}

/// What is wrong with the names in an expression; `recorded` are the names of recording rules.
pub(crate) fn unknown(expression: &str, recorded: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut may: BTreeSet<&str> = ADDED.into();
    for name in metrics(expression) {
        match declared(&name) {
            Some(metric) => may.extend(metric.labels.iter().map(|label| label.as_str())),
            None if recorded.contains(&name) => may.extend(level(&name)),
            None if OTHERS.contains(&name.as_str()) || declared::OPERATING_SYSTEM.contains(&name.as_str()) => {}
            None => wrong.push(format!("no metric {name}")),
        }
    }
    wrong.extend(labels(expression).into_iter().filter(|label| !may.contains(label.as_str())).map(|label| format!("no label {label}")));
    wrong
}

/// The labels a recording rule keeps, as the first part of its name says.
fn level(name: &str) -> Vec<&'static str> {
    let level = name.split(':').next().unwrap_or_default();
    let labels = declared::all().flat_map(|metric| metric.labels).map(|label| label.as_str()).chain(["job", "instance"]);
    labels.filter(|label| level.split('_').any(|word| word == *label)).collect()
}

#[test]
fn names_are_found_and_wrong_ones_told() {
    let text = r#"sum by (job, le) (rate(slipwatch_commit_duration_seconds_bucket{job=~"$job"}[5m])) / on () up > 1e9"#;
    assert_eq!(metrics(text), ["slipwatch_commit_duration_seconds_bucket", "up"].map(str::to_owned).into());
    assert_eq!(labels(text), ["job", "le"].map(str::to_owned).into());
    assert_eq!(unknown(text, &BTreeSet::new()), Vec::<String>::new());
    let wrong = r#"slipwatch_verdicts{jurisdiction="slipwatch_in_a_text"} + sum by (vessel) (slipwatch_verdict) + a:b"#;
    assert_eq!(unknown(wrong, &BTreeSet::new()), ["no metric a:b", "no metric slipwatch_verdicts", "no label vessel"]);
}
