//! Documents that cannot rot: relative links lead to a file or a heading that exists, and every
//! invariant in `crates/README.md` names a test that exists. What must never enter: the network.

use std::collections::BTreeSet;
use std::path::Path;

use crate::finding::{Finding, expect_lines, report};
use crate::source::{Source, closing, reads};
use crate::tree::{files, root, sources, text};

const LINK: &str = "a relative link leads to a file or heading that exists";
pub(crate) const NAMED_TEST: &str = "what a table says is proven names a test that exists";
const ARCHITECTURE: &str = "crates/README.md";

/// Is there such a path, from the root of the workspace? Kept apart so that the rule can be tested.
type Exists = fn(&Path) -> bool;

fn broken_links(path: &str, text: &str, exists: Exists) -> Vec<Finding> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let mut findings = Vec::new();
    for (line, target) in links(text) {
        if target.contains("://") || target.starts_with("mailto:") {
            continue;
        }
        let (file, anchor) = target.split_once('#').unwrap_or((&target, ""));
        let heading_is_here = file.is_empty() && headings(text).contains(anchor);
        let file_is_there = !file.is_empty() && exists(&folder.join(file));
        if !heading_is_here && !file_is_there {
            findings.push(Finding::new(path, line, LINK, format!("`{target}`")));
        }
    }
    findings
}

/// Targets of `[text](target)`, with their lines, outside of code.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (line, content) in lines_outside_fences(text) {
        let prose: String = content.split('`').step_by(2).collect::<Vec<_>>().join("``");
        let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        links.extend(targets.map(|(target, _)| (line, target.split(' ').next().unwrap_or("").to_owned())));
    }
    links
}

fn lines_outside_fences(text: &str) -> Vec<(usize, &str)> {
    let mut inside = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            lines.push((at + 1, line));
        }
    }
    lines
}

/// The anchors that headings get: lower case, hyphens for spaces, other signs left out.
fn headings(text: &str) -> BTreeSet<String> {
    let heads = lines_outside_fences(text).into_iter().filter(|(_, line)| line.starts_with('#'));
    heads
        .map(|(_, line)| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = title.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
            kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
        })
        .collect()
}

/// Names of all functions under `#[test]`, and of the tests inside `proptest!`.
pub(crate) fn test_names(sources: &[Source]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources {
        let code = source.code();
        for at in (0..code.len()).filter(|&at| reads(&code, at, &["#", "[", "test", "]"])) {
            let mut item = at;
            while reads(&code, item, &["#", "["]) {
                item = closing(&code, item + 1) + 1;
            }
            if reads(&code, item, &["fn"]) {
                names.extend(code.get(item + 1).map(|name| name.text.clone()));
            }
        }
    }
    names
}

/// The rows of the table under the heading "Invariants".
fn invariants(text: &str) -> Vec<(usize, &str)> {
    rows_under(text, "invariants")
}

/// The rows of the table under the first heading below the title that has a word; in lower case.
pub(crate) fn rows_under<'a>(text: &'a str, word: &str) -> Vec<(usize, &'a str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let section = lines
        .skip_while(|(_, line)| !(line.starts_with("##") && line.to_lowercase().contains(word)))
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('#'));
    section.filter(|(_, line)| line.starts_with('|')).skip(2).collect()
}

/// Rows whose last cell names no test, or one that does not exist.
fn unproven(path: &str, text: &str, tests: &BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, row) in invariants(text) {
        let cell = row.trim_end_matches('|').rsplit('|').next().unwrap_or("");
        let names: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            findings.push(Finding::new(path, line, NAMED_TEST, "no test"));
        }
        let unknown = names.into_iter().filter(|name| !tests.contains(*name));
        findings.extend(unknown.map(|name| Finding::new(path, line, NAMED_TEST, format!("`{name}`"))));
    }
    findings
}

#[test]
fn links_lead_somewhere() {
    let exists: Exists = |path| root().join(path).exists();
    report(files(".md").iter().flat_map(|(path, text)| broken_links(path, text, exists)).collect());
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let text = text(ARCHITECTURE);
    assert!(!invariants(&text).is_empty(), "{ARCHITECTURE} has no table under a heading \"Invariants\"");
    report(unproven(ARCHITECTURE, &text, &test_names(sources())));
}

#[test]
fn rules_of_documents_are_able_to_fail() {
    let exists: Exists = |path| [Path::new("a/b.md"), Path::new("a/../README.md")].contains(&path);
    let text = "# One Two!\n[a](b.md) [b](../README.md#x) [c](#one-two) [d](https://x.y) `[e](no.md)`\n[f](no.md)\n[g](#three)\n\
                ```\n[h](no.md)\n```\n![i](no.png \"title\")\n";
    expect_lines(&broken_links("a/c.md", text, exists), &[3, 4, 8]);
    let source = Source::new("tests/tests/a.rs", "#[test]\n#[should_panic]\nfn one() {}\nfn two() {}\n// #[test] fn three() {}");
    let tests = test_names(&[source]);
    assert_eq!(tests.iter().collect::<Vec<_>>(), ["one"]);
    let text = "## Invariants\n\n| Absence | Test |\n|---|---|\n| `x` never | `one` |\n| y | none |\n| z | `two` |\n\n## Next\n| a |\n|---|\n| b |\n";
    expect_lines(&unproven("a.md", text, &tests), &[6, 7]);
}
