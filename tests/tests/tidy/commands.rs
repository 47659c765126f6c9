//! The README and `.ci/run` say the same: the command that a newcomer types is the one that decides
//! whether a change lands, and nothing that must hold is left to memory. What must never enter: the
//! running of these commands.

use crate::finding::{Finding, report};
use crate::limits::README_LINES_MAX;
use crate::tree::{files, text};

const SAME_COMMAND: &str = "the README shows the test command that `.ci/run` runs last";
const EVERY_STEP: &str = "`.ci/run` runs this before the tests";
const SHORT_README: &str = "the README has at most 150 lines: what, one picture, two commands, map";
const SCRIPT: &str = ".ci/run";

/// What a change must pass, beside the tests.
const STEPS: [&str; 5] = [
    "cargo fmt --all --check",
    "cargo clippy --workspace --all-targets --locked --features tls -- -D warnings",
    "cargo check --manifest-path \"$manifest\" --locked",
    "env RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked --features tls",
    "cargo deny --offline check licenses bans sources",
];

/// The commands of the script's `step` lines, in order.
fn steps(script: &str) -> Vec<&str> {
    script.lines().filter_map(|line| line.trim().strip_prefix("step ")).collect()
}

fn differing(script: &str, readme: Option<&str>) -> Vec<Finding> {
    let steps = steps(script);
    let missing = STEPS.iter().filter(|step| !steps.contains(*step));
    let mut findings: Vec<Finding> = missing.map(|step| Finding::new(SCRIPT, 0, EVERY_STEP, format!("no `{step}`"))).collect();
    let last = script.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("");
    let test = last.strip_prefix("step ").filter(|command| command.starts_with("cargo test "));
    match (test, readme) {
        (None, _) => findings.push(Finding::new(SCRIPT, script.lines().count(), SAME_COMMAND, last)),
        (Some(command), Some(readme)) if !readme.contains(command) => {
            findings.push(Finding::new("README.md", 0, SAME_COMMAND, format!("no `{command}`")));
        }
        (Some(_), _) => {}
    }
    let lines = readme.map_or(0, |readme| readme.lines().count());
    if lines > README_LINES_MAX {
        findings.push(Finding::new("README.md", 0, SHORT_README, format!("{lines} lines")));
    }
    findings
}

#[test]
fn the_readme_and_ci_run_the_same_tests() {
    let documents = files("README.md");
    let readme = documents.iter().find(|(path, _)| path == "README.md").map(|(_, text)| text.as_str());
    report(differing(&text(SCRIPT), readme));
}

#[test]
fn rules_of_commands_are_able_to_fail() {
    let script = STEPS.map(|step| format!("    step {step}\n")).concat() + "step cargo test --workspace\n";
    let readme = "# X\n    cargo test --workspace\n";
    let rules =
        |script: &str, readme| -> Vec<&'static str> { differing(script, Some(readme)).into_iter().map(|finding| finding.rule).collect() };
    assert_eq!(rules(&script, readme), [""; 0]);
    assert_eq!(rules(&script.replace("fmt", "fnt"), readme), [EVERY_STEP]);
    assert_eq!(rules(&format!("{script}echo done\n"), readme), [SAME_COMMAND]);
    assert_eq!(rules(&script, "# X\n"), [SAME_COMMAND]);
    assert_eq!(rules(&script, &format!("{readme}{}", "x\n".repeat(README_LINES_MAX))), [SHORT_README]);
}
