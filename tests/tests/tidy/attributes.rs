//! Shortcuts: silenced lints, unwrapped results, unwritten code, and `anyhow` where an error still
//! has a meaning. What must never enter: an allow-list of files.

use std::collections::BTreeMap;

use crate::finding::{Finding, expect_lines, report};
use crate::lexer::{Kind, Token};
use crate::limits::{ANYHOW, EXPECTS_PER_THOUSAND_LINES};
use crate::source::{Role, Source, closing, reads};
use crate::tree::sources;

const NO_ALLOW: &str = "a lint is never allowed: say `#[expect(.., reason = \"..\")]`";
const REASON: &str = "every `#[expect(..)]` has a reason";
const NO_UNWRAP: &str = "`unwrap` stands in tests only: handle the error, or state why it cannot be with `expect`";
const UNWRITTEN: &str = "no `todo!`, no `unimplemented!`: what is not written is not there";
const ANYHOW_AT_EDGE: &str = "`anyhow` is for services/slipwatch only: elsewhere an error is an enum";
const EXPECT_SAYS_WHY: &str = "`expect` states in words why the invariant holds";
const FEW_EXPECTS: &str = "at most one `expect` per 1,000 lines of shipped code in a crate";
const NO_IGNORE: &str = "no test is ignored";

fn silenced(source: &Source) -> Vec<Finding> {
    let code = source.code();
    let mut findings = Vec::new();
    for at in 0..code.len() {
        let bracket = if reads(&code, at, &["#", "["]) { at + 1 } else { at + 2 };
        if !reads(&code, at, &["#", "["]) && !reads(&code, at, &["#", "!", "["]) {
            continue;
        }
        let inside = &code[bracket..=closing(&code, bracket)];
        let line = code[at].line;
        let calls = |word: &str| (0..inside.len()).find(|&at| reads(inside, at, &[word, "("]));
        if calls("allow").is_some() {
            findings.push(Finding::new(&source.path, line, NO_ALLOW, "`allow(`"));
        }
        let reasonless = |open: usize| !inside[open..closing(inside, open + 1)].iter().any(|token| token.is("reason"));
        if calls("expect").is_some_and(reasonless) {
            findings.push(Finding::new(&source.path, line, REASON, "`expect(` without `reason`"));
        }
        if reads(inside, 1, &["ignore"]) {
            findings.push(Finding::new(&source.path, line, NO_IGNORE, "`#[ignore]`"));
        }
    }
    findings
}

fn shortcuts(source: &Source) -> Vec<Finding> {
    let found = |line, rule, what: &str| Finding::new(&source.path, line, rule, what);
    let everywhere = source.code();
    let unwritten = (0..everywhere.len())
        .filter(|&at| reads(&everywhere, at, &["todo", "!"]) || reads(&everywhere, at, &["unimplemented", "!"]))
        .map(|at| found(everywhere[at].line, UNWRITTEN, &everywhere[at].text));
    let shipped = source.shipped();
    let unwrapped = (0..shipped.len())
        .filter(|&at| reads(&shipped, at, &[".", "unwrap", "("]) || reads(&shipped, at, &[":", "unwrap"]))
        .map(|at| found(shipped[at].line, NO_UNWRAP, "`unwrap`"));
    let anyhow = shipped
        .iter()
        .filter(|token| token.is("anyhow") && !ANYHOW.contains(&source.room.as_str()))
        .map(|token| found(token.line, ANYHOW_AT_EDGE, "`anyhow`"));
    unwritten.chain(unwrapped).chain(anyhow).collect()
}

/// Calls of `.expect(..)` in shipped code, as the token of the argument.
fn expects(source: &Source) -> Vec<Token> {
    let code = source.shipped();
    (0..code.len()).filter(|&at| reads(&code, at, &[".", "expect", "("])).map(|at| code[at + 3].clone()).collect()
}

/// A reason is a sentence: at least two words. `expect` may also be a method of ours with no text.
fn wordless_expects(source: &Source) -> Vec<Finding> {
    expects(source)
        .into_iter()
        .filter(|token| token.kind == Kind::Text && token.text.split_whitespace().count() < 2)
        .map(|token| Finding::new(&source.path, token.line, EXPECT_SAYS_WHY, format!("\"{}\"", token.text)))
        .collect()
}

fn many_expects(sources: &[Source]) -> Vec<Finding> {
    let mut rooms: BTreeMap<&str, (Vec<String>, usize)> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.role == Role::Shipped) {
        let (places, lines) = rooms.entry(&source.room).or_default();
        let stated = expects(source).into_iter().filter(|token| token.kind == Kind::Text);
        places.extend(stated.map(|token| format!("{}:{}", source.path, token.line)));
        *lines += source.shipped_lines();
    }
    rooms
        .into_iter()
        .filter(|(_, (places, lines))| places.len() > lines.div_ceil(1000) * EXPECTS_PER_THOUSAND_LINES)
        .map(|(room, (places, lines))| {
            let what = format!("{} in {lines} lines: {}", places.len(), places.join(", "));
            Finding::new(room, 0, FEW_EXPECTS, what)
        })
        .collect()
}

#[test]
fn lints_are_not_silenced_and_tests_not_ignored() {
    report(sources().iter().flat_map(silenced).collect());
}

#[test]
fn shortcuts_are_absent() {
    report(sources().iter().flat_map(shortcuts).collect());
}

#[test]
fn expectations_are_rare_and_say_why() {
    let wordless = sources().iter().flat_map(wordless_expects);
    report(wordless.chain(many_expects(sources())).collect());
}

#[test]
fn rules_of_shortcuts_are_able_to_fail() {
    let text = "#![allow(dead_code)]\n#[allow(dead_code)]\n#[cfg_attr(test, allow(dead_code))]\n#[expect(dead_code)]\n\
                #[expect(dead_code, reason = \"read by the next stage\")]\n// #[allow(x)]\nfn allow() {}\n#[ignore]\n";
    expect_lines(&silenced(&Source::new("crates/x/src/a.rs", text)), &[1, 2, 3, 4, 8]);
    let text = "a.unwrap();\na.map(Option::unwrap);\na.unwrap_or(b);\ntodo!();\nunimplemented!()\nuse anyhow::Result;\n\
                #[cfg(test)]\nmod tests { fn f() { a.unwrap(); todo!(); } }\n";
    expect_lines(&shortcuts(&Source::new("crates/x/src/a.rs", text)), &[1, 2, 4, 5, 6, 8]);
    expect_lines(&shortcuts(&Source::new("services/slipwatch/src/a.rs", "use anyhow::Result;")), &[]);
    let text = "a.expect(\"\");\na.expect(\"works\");\na.expect(\"the ring is never empty\");\na.expect(token)";
    let source = Source::new("crates/x/src/a.rs", text);
    expect_lines(&wordless_expects(&source), &[1, 2]);
    assert_eq!(many_expects(&[source]).len(), 1);
    assert_eq!(many_expects(&[Source::new("crates/x/src/a.rs", "a.expect(\"one is fine\")")]), []);
}
