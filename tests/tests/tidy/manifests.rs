//! What every manifest must say: versions and lints live in the root, so that no crate drifts.
//! What must never enter: dependencies (`graph_rules`).

use crate::finding::{Finding, report};
use crate::graph::members;
use crate::tree::text;

const ROOT_LINTS: &str = "every member says `[lints] workspace = true`; stricter lints stand at the head of lib.rs";
const ROOT_VERSIONS: &str = "versions of dependencies live in the root manifest: say `.workspace = true`";
const ROOT_DENIES: &str = "the root manifest denies this lint";
/// What the root manifest must deny, so that the rules above it are also the compiler's.
const DENIED: [&str; 12] = [
    "missing_docs",
    "unsafe_code",
    "unwrap_used",
    "print_stdout",
    "print_stderr",
    "allow_attributes",
    "allow_attributes_without_reason",
    "todo",
    "unimplemented",
    "fn_params_excessive_bools",
    "too_many_lines",
    "too_many_arguments",
];

/// The lines of one table of a manifest, with their numbers from 1.
fn table<'a>(text: &'a str, name: &str) -> Vec<(usize, &'a str)> {
    let head = format!("[{name}]");
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    lines
        .skip_while(|(_, line)| *line != head)
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

fn drifting(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    if table(text, "lints").iter().map(|(_, line)| *line).collect::<Vec<_>>() != ["workspace = true"] {
        findings.push(Finding::new(path, 0, ROOT_LINTS, "another `[lints]`, or none"));
    }
    for name in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let own = table(text, name).into_iter().filter(|(_, line)| !line.replace(' ', "").contains("workspace=true"));
        findings.extend(own.map(|(line, what)| Finding::new(path, line, ROOT_VERSIONS, what)));
    }
    findings
}

fn lenient_root(text: &str) -> Vec<Finding> {
    let lints = [table(text, "workspace.lints.rust"), table(text, "workspace.lints.clippy")].concat();
    let denied = |lint: &&&str| lints.iter().any(|(_, line)| line.replace(' ', "") == format!("{lint}=\"deny\""));
    let missing = DENIED.iter().filter(|lint| !denied(lint));
    missing.map(|lint| Finding::new("Cargo.toml", 0, ROOT_DENIES, format!("`{lint}` not denied"))).collect()
}

#[test]
fn manifests_leave_versions_and_lints_to_the_root() {
    let findings = members().iter().map(|member| member.manifest());
    report(findings.flat_map(|path| drifting(&path, &text(&path))).collect());
}

#[test]
fn the_root_denies_what_the_style_denies() {
    report(lenient_root(&text("Cargo.toml")));
}

#[test]
fn rules_of_manifests_are_able_to_fail() {
    let good =
        "[lints]\nworkspace = true\n\n[dependencies]\n# why\nserde.workspace = true\nchrono = { workspace = true, features = [\"std\"] }\n";
    assert_eq!(drifting("a", good), []);
    assert_eq!(drifting("a", &good.replace("[lints]", "[lints.rust]")).len(), 1);
    assert_eq!(drifting("a", &format!("{good}rand = \"1\"\n"))[0].line, 8);
    let root = text("Cargo.toml");
    assert_eq!(lenient_root(&root.replace("unwrap_used = \"deny\"", "unwrap_used = \"warn\"")).len(), 1);
}
