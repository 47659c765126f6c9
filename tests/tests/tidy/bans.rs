//! What clippy bans. A member's `clippy.toml` replaces the one of the root, it does not merge; so
//! every member that has one repeats the root's limits and bans, and each ban says why. What must
//! never enter: a ban itself; those stand in the `clippy.toml` files.

use std::collections::BTreeSet;

use crate::finding::{Finding, report};
use crate::limits::{FUNCTION_LINES_MAX, PARAMETERS_MAX, PURE};
use crate::tree::files;

const REPEATED: &str = "a member's clippy.toml repeats every limit and ban of the root, for it replaces it";
const REASON: &str = "every ban has a path and a reason, one to a line";
const PRESENT: &str = "every pure crate has a clippy.toml";
const PURE_BANS: &str = "the clippy.toml of a pure crate bans this";
const SAME_LIMIT: &str = "clippy and tidy hold the same limits";

/// What every pure crate must ban, whatever the root does.
const PURE_PATHS: [&str; 24] = [
    "chrono::Utc::now",
    "chrono::Local::now",
    "std::time::SystemTime::now",
    "std::time::Instant::now",
    "std::env::var",
    "std::thread::spawn",
    "std::fs::read",
    "std::fs::write",
    "std::fs::File::open",
    "std::collections::HashMap",
    "std::collections::HashSet",
    "std::collections::hash_map::RandomState",
    "std::println",
    "std::eprintln",
    "std::print",
    "std::dbg",
    "f64::ln",
    "f64::exp",
    "f64::sqrt",
    "f64::sin",
    "f64::cos",
    "f64::powf",
    "f64::powi",
    "f64::mul_add",
];

/// A `clippy.toml` as far as the rules look at it.
#[derive(Default)]
struct Bans {
    /// Limits as written, without spaces: `too-many-lines-threshold=60`.
    limits: BTreeSet<String>,
    /// (list, path) of each ban.
    banned: BTreeSet<(String, String)>,
    /// Lines inside a list that are no ban with a reason.
    bad_lines: Vec<(usize, String)>,
}

fn parse(text: &str) -> Bans {
    let mut bans = Bans::default();
    let mut list: Option<String> = None;
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        match (&list, line) {
            (_, "") => {}
            _ if line.starts_with('#') => {}
            (Some(_), "]") => list = None,
            (Some(name), _) => match (quoted(line, "path"), quoted(line, "reason")) {
                (Some(path), Some(reason)) if reason.split_whitespace().count() > 1 => {
                    bans.banned.insert((name.clone(), path));
                }
                _ => bans.bad_lines.push((number, line.to_owned())),
            },
            (None, _) => match line.strip_suffix("= [") {
                Some(name) => list = Some(name.trim().to_owned()),
                None => {
                    bans.limits.insert(line.replace(' ', ""));
                }
            },
        }
    }
    bans
}

/// The text after `key = ` in quotes.
fn quoted(line: &str, key: &str) -> Option<String> {
    let after = line.split_once(&format!("{key} = \""))?.1;
    after.split_once('"').map(|(text, _)| text.to_owned())
}

fn breaches(files: &[(String, String)]) -> Vec<Finding> {
    let Some((_, root)) = files.iter().find(|(path, _)| path == "clippy.toml") else {
        return vec![Finding::new("clippy.toml", 0, REPEATED, "no such file")];
    };
    let root = parse(root);
    let mut findings = Vec::new();
    for (path, text) in files {
        let bans = parse(text);
        let found = |line, rule, what: String| Finding::new(path, line, rule, what);
        findings.extend(bans.bad_lines.iter().map(|(line, text)| found(*line, REASON, text.clone())));
        findings.extend(root.limits.difference(&bans.limits).map(|limit| found(0, REPEATED, format!("no `{limit}`"))));
        findings.extend(root.banned.difference(&bans.banned).map(|(list, ban)| found(0, REPEATED, format!("no `{ban}` in {list}"))));
    }
    findings.extend(PURE.iter().flat_map(|room| pure_breaches(files, room)));
    let limits = [("too-many-lines-threshold", FUNCTION_LINES_MAX), ("too-many-arguments-threshold", PARAMETERS_MAX)];
    let unequal = limits.into_iter().filter(|(name, limit)| !root.limits.contains(&format!("{name}={limit}")));
    findings.extend(unequal.map(|(name, limit)| Finding::new("clippy.toml", 0, SAME_LIMIT, format!("{name} is not {limit}"))));
    findings
}

fn pure_breaches(files: &[(String, String)], room: &str) -> Vec<Finding> {
    let path = format!("crates/{room}/clippy.toml");
    let Some((_, text)) = files.iter().find(|(found, _)| *found == path) else {
        return vec![Finding::new(&path, 0, PRESENT, "no such file")];
    };
    let bans = parse(text);
    let banned: Vec<&str> = bans.banned.iter().map(|(_, path)| path.as_str()).collect();
    let missing = PURE_PATHS.iter().filter(|ban| !banned.contains(ban));
    missing.map(|ban| Finding::new(&path, 0, PURE_BANS, format!("`{ban}` not banned"))).collect()
}

#[test]
fn bans_are_repeated_in_every_member_and_say_why() {
    report(breaches(&files("clippy.toml")));
}

#[test]
fn rules_of_bans_are_able_to_fail() {
    let root = "too-many-lines-threshold = 60\ntoo-many-arguments-threshold = 5\ndisallowed-methods = [\n    { path = \"a::now\", reason = \"only intake reads a clock\" },\n]\n";
    let pure: String = PURE_PATHS.iter().map(|path| format!("    {{ path = \"{path}\", reason = \"not in a pure crate\" }},\n")).collect();
    let member = root.replace("]\n", &format!("{pure}]\n"));
    let tree = |change: fn(&mut Vec<(String, String)>)| {
        let mut files = vec![("clippy.toml".to_owned(), root.to_owned())];
        files.extend(PURE.iter().map(|room| (format!("crates/{room}/clippy.toml"), member.clone())));
        change(&mut files);
        breaches(&files).into_iter().map(|finding| finding.rule).collect::<Vec<_>>()
    };
    assert_eq!(tree(|_| {}), [""; 0]);
    assert_eq!(tree(|files| files[1].1 = files[1].1.replace("a::now", "b::now")), [REPEATED]);
    assert_eq!(tree(|files| files[1].1 = files[1].1.replace("threshold = 60", "threshold = 90")), [REPEATED]);
    assert_eq!(tree(|files| files[1].1 = files[1].1.replace("f64::ln", "f64::log")), [PURE_BANS]);
    assert_eq!(tree(|files| files[1].1 = files[1].1.replace("]\n", "    { path = \"x::y\" },\n]\n")), [REASON]);
    assert_eq!(tree(|files| files.truncate(3)), [PRESENT]);
    let wide = tree(|files| files.iter_mut().for_each(|file| file.1 = file.1.replace("threshold = 60", "threshold = 90")));
    assert_eq!(wide, [SAME_LIMIT]);
}
