//! The table of faults, the table of guarantees and that of the client's rules: every row is there, and names tests that exist or says
//! what is not tested.
//!
//! What must never enter: whether a test shows what its row says; that is for people to read.

use std::collections::BTreeSet;

use crate::documents::{NAMED_TEST, rows_under, test_names};
use crate::finding::{Finding, expect_lines, report};
use crate::tree::{sources, text};

const TABLE: &str = "tests/FAULTS.md";
/// Rows of the table of faults.
const FAULTS: usize = 54;
/// Rows of the table of guarantees.
const GUARANTEES: usize = 16;
/// Rows of the table of the client's rules.
const RULES: usize = 14;
const EVERY_ROW: &str = "every fault has one row, in order, and every guarantee and every rule one";
const SAID: &str = "a cell names a test, or says `not tested: ` and why";
/// Letters of the shortest reason that can be one.
const REASON_MIN: usize = 12;

fn cells(row: &str) -> Vec<&str> {
    row.trim_matches('|').split('|').map(str::trim).collect()
}

/// Names in a cell that no test has, and whether it says nothing at all.
fn unproven(line: usize, cell: &str, tests: &BTreeSet<String>) -> Vec<Finding> {
    let looks_like_a_test = |name: &&str| {
        name.contains('_') && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
    };
    let names: Vec<&str> = cell.split('`').skip(1).step_by(2).filter(looks_like_a_test).collect();
    let reason = cell.split("not tested").nth(1).map_or("", |rest| rest.split_once(':').map_or("", |(_, reason)| reason.trim()));
    let says_nothing = names.is_empty() && reason.len() < REASON_MIN;
    let unknown = names.into_iter().filter(|name| !tests.contains(*name));
    let mut findings: Vec<Finding> = unknown.map(|name| Finding::new(TABLE, line, NAMED_TEST, format!("`{name}`"))).collect();
    findings.extend(says_nothing.then(|| Finding::new(TABLE, line, SAID, cell)));
    findings
}

fn wrong(text: &str, tests: &BTreeSet<String>, (faults, guarantees, rules): (usize, usize, usize)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let rows = rows_under(text, "faults");
    for (at, (line, row)) in rows.iter().enumerate() {
        let cells = cells(row);
        if cells.first() != Some(&(at + 1).to_string().as_str()) || cells.len() != 3 {
            findings.push(Finding::new(TABLE, *line, EVERY_ROW, format!("row {} is {row:.60}", at + 1)));
        }
        findings.extend(unproven(*line, cells.last().unwrap_or(&""), tests));
    }
    let promised = rows_under(text, "guarantees");
    for (line, row) in &promised {
        let cells = cells(row);
        findings.extend(cells.iter().skip(1).flat_map(|cell| unproven(*line, cell, tests)));
        if cells.len() != 3 {
            findings.push(Finding::new(TABLE, *line, EVERY_ROW, format!("{} cells", cells.len())));
        }
    }
    let ruled = rows_under(text, "rules");
    for (line, row) in &ruled {
        findings.extend(unproven(*line, cells(row).last().unwrap_or(&""), tests));
    }
    let counts = (rows.len(), promised.len(), ruled.len());
    if counts != (faults, guarantees, rules) {
        findings.push(Finding::new(TABLE, 0, EVERY_ROW, format!("{} faults, {} guarantees, {} rules", counts.0, counts.1, counts.2)));
    }
    findings
}

#[test]
fn every_fault_and_every_guarantee_names_its_tests() {
    report(wrong(&text(TABLE), &test_names(sources()), (FAULTS, GUARANTEES, RULES)));
}

#[test]
fn rules_of_faults_are_able_to_fail() {
    let tests = BTreeSet::from(["one_test".to_owned()]);
    let good = "## Faults\n\n| # | F | T |\n|---|---|---|\n| 1 | a | E `one_test` |\n| 2 | b | not tested: there is no such thing here |\n\n\
                ## Guarantees\n\n| P | E | K |\n|---|---|---|\n| p | `one_test` | not tested: nobody wrote one |\n\n\
                ## Rules\n\n| R | T |\n|---|---|\n| r | `one_test` |\n";
    assert_eq!(wrong(good, &tests, (2, 1, 1)), []);
    expect_lines(&wrong(&good.replace("E `one_test`", "E `another_test`"), &tests, (2, 1, 1)), &[5]);
    expect_lines(&wrong(&good.replace("there is no such thing here", "why"), &tests, (2, 1, 1)), &[6]);
    expect_lines(&wrong(&good.replace("| 2 |", "| 3 |"), &tests, (2, 1, 1)), &[6]);
    expect_lines(&wrong(&good.replace("nobody wrote one", "-"), &tests, (2, 1, 1)), &[12]);
    expect_lines(&wrong(&good.replace("| r | `one_test` |", "| r | `no_test` |"), &tests, (2, 1, 1)), &[18]);
    expect_lines(&wrong(good, &tests, (3, 1, 1)), &[0]);
    expect_lines(&wrong(good, &tests, (2, 1, 2)), &[0]);
}
