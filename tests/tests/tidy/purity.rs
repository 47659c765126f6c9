//! What the crates that decide must not say. `no_std` stops most of it, but `extern crate std as s`
//! compiles everywhere, so the words themselves are forbidden outside tests. What must never enter:
//! a word that a pure crate may need for the domain (`instant` is a precision of a date).

use crate::finding::{Finding, expect_lines, report};
use crate::lexer::{Kind, Token};
use crate::limits::PURE;
use crate::source::{Source, reads};
use crate::tree::sources;

const NO_STD: &str = "a pure crate begins with `#![no_std]`";
const NO_WILDCARD: &str = "a pure crate begins with `#![deny(clippy::wildcard_enum_match_arm)]`";
const NO_WORLD: &str = "a pure crate knows no clock, file, thread, print, environment, hash map or async";
const NO_PLATFORM_FLOAT: &str = "a pure crate takes ln, exp, sqrt, sin, cos from libm or its own code: the C library's last bit differs";

/// Words that are wrong wherever they stand as code.
const WORDS: [&str; 11] =
    ["HashMap", "HashSet", "RandomState", "SystemTime", "async", "await", "tokio", "rayon", "println", "eprintln", "dbg"];
/// Sequences that are wrong: paths and calls.
const SEQUENCES: [&[&str]; 14] = [
    &["extern", "crate", "std"],
    &["std", ":", ":"],
    &["use", "std"],
    &["Instant", ":", ":", "now"],
    &["Utc", ":", ":", "now"],
    &["Local", ":", ":", "now"],
    &["log", ":", ":"],
    &["tracing", ":", ":"],
    &["thread", ":", ":"],
    &["env", ":", ":"],
    &["fs", ":", ":"],
    &["print", "!"],
    &["libm", ":", ":", "fma"],
    &["num_traits", ":", ":"],
];
/// Methods and functions of `f64` and `f32` whose last bit the platform decides.
const FLOATS: [&str; 24] = [
    "ln", "log", "log2", "log10", "ln_1p", "exp", "exp2", "exp_m1", "sqrt", "cbrt", "sin", "cos", "tan", "sin_cos", "asin", "acos", "atan",
    "atan2", "sinh", "cosh", "tanh", "powf", "powi", "mul_add",
];

fn impure(source: &Source) -> Vec<Finding> {
    let code = source.shipped();
    let mut findings = Vec::new();
    for (at, token) in code.iter().enumerate() {
        let found = |rule, what: String| Finding::new(&source.path, token.line, rule, what);
        if token.kind == Kind::Word && WORDS.contains(&token.text.as_str()) {
            findings.push(found(NO_WORLD, format!("`{}`", token.text)));
        }
        let own = ["crate", "self", "super"].map(|word| [word, ":", ":"]);
        let own_path = at >= 3 && own.iter().any(|path| reads(&code, at - 3, path));
        let sequence = SEQUENCES.iter().find(|sequence| reads(&code, at, sequence));
        // `crate::log::Entry` is a module of ours; `log::info` is not.
        findings.extend(
            sequence
                .filter(|_| !own_path)
                .map(|words| found(NO_WORLD, format!("`{}`", words.join(" ").replace(" : :", "::").replace(" !", "!")))),
        );
        findings.extend(platform_float(&code, at).map(|what| found(NO_PLATFORM_FLOAT, what)));
    }
    findings
}

/// `x.ln()` and `f64::ln`; not `libm::log(x)` and not a function `exp(x)` of the crate.
fn platform_float(code: &[&Token], at: usize) -> Option<String> {
    let name = code.get(at).filter(|token| token.kind == Kind::Word && FLOATS.contains(&token.text.as_str()))?;
    let before = |back: usize| at.checked_sub(back).map(|place| code[place]);
    let is = |back: usize, text: &str| before(back).is_some_and(|token| token.is(text));
    let called = is(1, ".") && code.get(at + 1).is_some_and(|token| token.is("("));
    let inherent = is(1, ":") && is(2, ":") && (is(3, "f64") || is(3, "f32"));
    (called || inherent).then(|| format!("`{}` of the platform", name.text))
}

/// The inner attributes that a pure crate cannot do without. A crate that has only its head yet has
/// nothing to match on.
fn weak_head(source: &Source) -> Vec<Finding> {
    let code = source.shipped();
    let has = |pattern: &[&str]| (0..code.len()).any(|at| reads(&code, at, pattern));
    let empty = !code.iter().any(|token| ["mod", "fn", "pub", "use"].iter().any(|word| token.is(word)));
    let mut findings = Vec::new();
    if !has(&["#", "!", "[", "no_std", "]"]) {
        findings.push(Finding::new(&source.path, 1, NO_STD, "no such line"));
    }
    if !empty && !denies(&code, "wildcard_enum_match_arm") {
        findings.push(Finding::new(&source.path, 1, NO_WILDCARD, "no such line"));
    }
    findings
}

fn denies(code: &[&Token], lint: &str) -> bool {
    (0..code.len()).filter(|&at| reads(code, at, &["#", "!", "["])).any(|at| {
        let inside = &code[at..crate::source::closing(code, at + 2)];
        let has = |word: &str| inside.iter().any(|token| token.is(word));
        (has("deny") || has("forbid")) && has("clippy") && has(lint)
    })
}

fn is_pure(source: &Source) -> bool {
    PURE.contains(&source.room.as_str())
}

#[test]
fn pure_crates_do_not_name_the_world() {
    report(sources().iter().filter(|source| is_pure(source)).flat_map(impure).collect());
}

#[test]
fn pure_crates_begin_with_no_std_and_deny_wildcard_arms() {
    let heads: Vec<&Source> = sources().iter().filter(|source| is_pure(source) && source.path.ends_with("/src/lib.rs")).collect();
    assert_eq!(heads.len(), PURE.len(), "a pure crate without src/lib.rs");
    report(heads.into_iter().flat_map(weak_head).collect());
}

#[test]
fn rules_of_purity_are_able_to_fail() {
    let bad = [
        "extern crate std;",
        "extern crate std as s;",
        "use std::fmt;",
        "let a = ::std::mem::take(b);",
        "let m: HashMap<u8, u8>;",
        "async fn a() {}",
        "a.await;",
        "let t = Instant::now();",
        "SystemTime::UNIX_EPOCH;",
        "chrono::Utc::now();",
        "println!(\"a\");",
        "log::info!(\"a\");",
        "tracing::info!(\"a\");",
        "thread::spawn(f);",
        "std::fs::read(p);",
        "x.ln();",
        "f64::exp(x);",
        "(a + b).sqrt();",
        "x.powf(y);",
        "x.mul_add(a, b);",
        "libm::fma(a, b, c);",
        "x.sin();",
        "f32::cos(x);",
        "x.powi(2);",
    ];
    for text in bad {
        assert!(!impure(&Source::new("crates/vocab/src/a.rs", text)).is_empty(), "not found: {text}");
    }
    let good = "// std::fs and HashMap\nlet a = \"println!\";\n#[cfg(test)]\nextern crate std;\n#[cfg(test)]\nmod tests { use std::fs; }\n\
                libm::log(x);\nlet exp = exp(x);\nPrecision::Instant;\nstep.log.len();\nBTreeMap::new();\ncrate::log::Entry;\n";
    expect_lines(&impure(&Source::new("crates/vocab/src/a.rs", good)), &[]);
    let heads = [
        ("#![no_std]\nextern crate alloc;", 0),
        ("#![no_std]\n#![deny(clippy::wildcard_enum_match_arm)]\nmod a;", 0),
        ("#![no_std]\nmod a;", 1),
        ("#![deny(clippy::wildcard_enum_match_arm)]\nmod a;", 1),
        ("#![no_std]\n#![warn(clippy::wildcard_enum_match_arm)]\nmod a;", 1),
        ("mod a;", 2),
    ];
    for (text, count) in heads {
        assert_eq!(weak_head(&Source::new("crates/vocab/src/lib.rs", text)).len(), count, "{text}");
    }
}
