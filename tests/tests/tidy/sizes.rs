//! Lengths of files and functions, numbers of parameters, docs at the head of files. The limits are
//! in `limits`. What must never enter: a limit of its own, or an exception by name.

use std::collections::BTreeMap;

use crate::finding::{Finding, expect_lines, report};
use crate::layout::{Function, functions};
use crate::lexer::Kind;
use crate::limits::{
    FILE_LINES_MAX, FILE_LINES_P90, FUNCTION_LINES_MAX, FUNCTION_LINES_P90, FUNCTIONS_FOR_P90, MODULE_DOC_LINES_MIN, PARAMETERS_MAX,
};
use crate::source::{Role, Source};
use crate::tree::sources;

const SHORT_FILE: &str = "a file has at most 500 lines without test modules";
const SHORT_FUNCTION: &str = "a function has at most 60 lines of code";
const FEW_PARAMETERS: &str = "a function has at most 5 parameters";
const MODULE_DOCS: &str = "a file begins with `//!`: what the room is for, what must never enter";
const SHORT_FUNCTIONS: &str = "nine functions of ten in a crate have at most 25 lines of code";
const SHORT_FILES: &str = "nine files of ten have at most 350 lines without test modules";

fn long_file(source: &Source) -> Option<Finding> {
    let lines = source.shipped_lines();
    (source.role == Role::Shipped && lines > FILE_LINES_MAX)
        .then(|| Finding::new(&source.path, FILE_LINES_MAX + 1, SHORT_FILE, format!("{lines} lines")))
}

fn long_functions(source: &Source) -> Vec<Finding> {
    let found = |function: Function, rule, what: String| Finding::new(&source.path, function.line, rule, what);
    functions(&source.shipped())
        .into_iter()
        .flat_map(|function| {
            let Function { name, lines, parameters, .. } = function.clone();
            let long = (lines > FUNCTION_LINES_MAX).then(|| found(function.clone(), SHORT_FUNCTION, format!("`{name}` with {lines}")));
            let wide = (parameters > PARAMETERS_MAX).then(|| found(function, FEW_PARAMETERS, format!("`{name}` with {parameters}")));
            [long, wide].into_iter().flatten()
        })
        .collect()
}

fn undocumented_file(source: &Source) -> Option<Finding> {
    let head = source.tokens.iter().take_while(|token| token.is_comment());
    let lines = head
        .filter(|token| token.kind == Kind::InnerDoc && !token.text.trim().is_empty())
        .map(|token| token.last_line + 1 - token.line)
        .sum::<usize>();
    (lines < MODULE_DOC_LINES_MIN).then(|| Finding::new(&source.path, 1, MODULE_DOCS, format!("{lines} lines of it")))
}

/// The smallest value that nine of ten do not exceed.
fn ninth_decile(mut values: Vec<usize>) -> usize {
    values.sort_unstable();
    let rank = (values.len() * 9).div_ceil(10);
    rank.checked_sub(1).map_or(0, |at| values[at])
}

/// Lengths of the shipped functions that have a body, by crate.
fn lengths_by_room(sources: &[Source]) -> BTreeMap<&str, Vec<usize>> {
    let mut rooms: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for source in sources {
        let bodies = functions(&source.shipped()).into_iter().map(|function| function.lines).filter(|lines| *lines > 0);
        rooms.entry(&source.room).or_default().extend(bodies);
    }
    rooms
}

fn long_deciles(sources: &[Source]) -> Vec<Finding> {
    lengths_by_room(sources)
        .into_iter()
        .filter(|(_, lengths)| lengths.len() >= FUNCTIONS_FOR_P90)
        .map(|(room, lengths)| (room, lengths.len(), ninth_decile(lengths)))
        .filter(|(_, _, decile)| *decile > FUNCTION_LINES_P90)
        .map(|(room, count, decile)| Finding::new(room, 0, SHORT_FUNCTIONS, format!("{decile} lines over {count} functions")))
        .collect()
}

#[test]
fn files_are_short() {
    let mut findings: Vec<Finding> = sources().iter().filter_map(long_file).collect();
    let shipped = sources().iter().filter(|source| source.role == Role::Shipped);
    let decile = ninth_decile(shipped.map(Source::shipped_lines).collect());
    if decile > FILE_LINES_P90 {
        findings.push(Finding::new(".", 0, SHORT_FILES, format!("{decile} lines")));
    }
    report(findings);
}

#[test]
fn functions_are_short_and_take_few_parameters() {
    report(sources().iter().flat_map(long_functions).collect());
}

#[test]
fn nine_functions_of_ten_are_short() {
    report(long_deciles(sources()));
}

#[test]
fn every_file_says_what_it_is_for() {
    report(sources().iter().filter_map(undocumented_file).collect());
}

#[test]
fn rules_of_size_are_able_to_fail() {
    let file = |lines: usize| Source::new("crates/x/src/lib.rs", &"//! x\n".repeat(lines));
    assert!(long_file(&file(FILE_LINES_MAX)).is_none());
    assert!(long_file(&file(FILE_LINES_MAX + 1)).is_some());
    let body = |lines: usize| format!("//! x\nfn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
    let sources = |lines: usize| vec![Source::new("crates/x/src/lib.rs", &body(lines).repeat(FUNCTIONS_FOR_P90))];
    assert_eq!(long_functions(&sources(FUNCTION_LINES_MAX)[0]), []);
    assert_eq!(long_functions(&sources(FUNCTION_LINES_MAX + 1)[0]).len(), FUNCTIONS_FOR_P90);
    assert_eq!(long_deciles(&sources(FUNCTION_LINES_P90)), []);
    assert_eq!(long_deciles(&sources(FUNCTION_LINES_P90 + 1)).len(), 1);
    let wide = Source::new("crates/x/src/a.rs", "fn a(&self, b: u8, c: u8, d: u8, e: u8) {}\nfn f(a: A, b: A, c: A, d: A, e: A, f: A);");
    expect_lines(&long_functions(&wide), &[2]);
    for (text, bad) in [("//! Says.\nfn a() {}", false), ("// No.\nfn a() {}", true), ("//!\n", true), ("#![no_std]\n//! x", true)] {
        assert_eq!(undocumented_file(&Source::new("crates/x/src/a.rs", text)).is_some(), bad, "{text}");
    }
    assert_eq!([ninth_decile((1..=10).collect()), ninth_decile(vec![7]), ninth_decile(vec![])], [9, 7, 0]);
}
