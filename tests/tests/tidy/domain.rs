//! The crates that carry records must not know what the records say: no word of the domain stands in
//! them, not in code, comments, strings or tests. What must never enter: a word of the log itself
//! (record, tick, mark, page, position).

use crate::finding::{Finding, expect_lines, report};
use crate::limits::WORDLESS;
use crate::names::parts;
use crate::tree::files;

const WORDLESS_LOG: &str = "journal and service-kit know no word of the domain";
const WORDS: [&str; 15] = [
    "inspection",
    "interdiction",
    "vessel",
    "sanction",
    "jurisdiction",
    "measure",
    "alert",
    "assessment",
    "regime",
    "seizure",
    "evidence",
    "tally",
    "tallies",
    "verdict",
    "slippage",
];

fn domain_words(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let identifiers = line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        for word in identifiers.flat_map(parts) {
            let singular = word.strip_suffix('s').unwrap_or(&word);
            if WORDS.contains(&word.as_str()) || WORDS.contains(&singular) {
                findings.push(Finding::new(path, number + 1, WORDLESS_LOG, format!("`{word}`")));
            }
        }
    }
    findings
}

#[test]
fn the_log_knows_no_word_of_the_domain() {
    let inside = |path: &str| WORDLESS.iter().any(|room| path.starts_with(&format!("crates/{room}/")));
    let rust_and_manifests = [files(".rs"), files("Cargo.toml")].concat();
    let findings = rust_and_manifests.iter().filter(|(path, _)| inside(path));
    report(findings.flat_map(|(path, text)| domain_words(path, text)).collect());
}

#[test]
fn the_rule_of_wordlessness_is_able_to_fail() {
    let text = "struct AlertRow;\nlet seizure_count = 1;\n// one Inspection\n\"TALLIES\"\nfn measured() {}\nlet vessels = 2;\n\
                struct Regimen;\nlet alertness = sanctioned;\nconst REGIME_MAX: u8 = 1;\n";
    expect_lines(&domain_words("crates/journal/src/a.rs", text), &[1, 2, 3, 4, 6, 9]);
}
