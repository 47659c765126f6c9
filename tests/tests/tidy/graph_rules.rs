//! The graph of crates, compared with the table both ways. An arrow that is not in the table is a
//! breach; so is a row that has become too wide. What must never enter: the table (`graph`).

use std::collections::BTreeSet;

use crate::finding::{Finding, report};
use crate::graph::{Arrow, IMPURE_FEATURES, MAY_SEE_LESS, Member, Origin, ROOMS, Room, TEST_TOOLS, members};
use crate::limits::{ANYHOW, CHAIN_CRATES_MAX, LIBRARY_CRATES_MAX, PUBLISHABLE, PURE};

const OWN: &str = "a crate sees exactly the crates of ours that the table in tests/tidy/graph.rs gives it";
const OUTSIDE: &str = "third-party crates of a crate are a closed list, exact where the crate is pure";
const TOOLS: &str = "test tools are a closed list";
const NO_DEFAULTS: &str = "a pure crate asks for `default-features = false` and for no feature with std or a clock";
const KNOWN: &str = "every member has a row in the table, and every row a member";
const FOLDER: &str = "folder = crate = word, under crates/ or services/";
const REGISTRY: &str = "third-party crates come from the registry alone";
const UNPUBLISHED: &str = "every crate but surveillance says `publish = false`";
const CHAIN: &str = "the longest chain of crates, tests apart, has at most 5";
const FEW: &str = "at most 8 library crates: a new one needs another diet, consumer or promise";

fn ours(arrow: &Arrow) -> bool {
    arrow.origin == Origin::Ours
}

fn graph_breaches(members: &[Member], rooms: &[Room]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for member in members {
        match rooms.iter().find(|room| room.name == member.name) {
            Some(room) => findings.extend(member_breaches(member, room)),
            None => findings.push(Finding::new(&member.manifest(), 0, KNOWN, format!("member `{}`", member.name))),
        }
        findings.extend(stranger(member));
    }
    let names: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let empty = rooms.iter().filter(|room| !names.contains(room.name));
    findings.extend(empty.map(|room| Finding::new("Cargo.toml", 0, KNOWN, format!("row `{}`", room.name))));
    findings.extend(long_chain(members));
    let libraries = members.iter().filter(|member| member.folder.starts_with("crates/")).count();
    if libraries > LIBRARY_CRATES_MAX {
        findings.push(Finding::new("Cargo.toml", 0, FEW, format!("{libraries}")));
    }
    findings
}

fn member_breaches(member: &Member, room: &Room) -> Vec<Finding> {
    let own = member.names(|arrow| !arrow.for_tests && ours(arrow));
    let outside = member.names(|arrow| !arrow.for_tests && !ours(arrow));
    let own_in_tests = member.names(|arrow| arrow.for_tests && ours(arrow));
    let tools = member.names(|arrow| arrow.for_tests && !ours(arrow));
    let allowed_tools: Vec<&str> = TEST_TOOLS.iter().chain(room.outside).copied().collect();
    let mut findings = [
        beyond(member, OWN, &own, room.sees),
        beyond(member, OUTSIDE, &outside, room.outside),
        beyond(member, OWN, &own_in_tests, room.sees),
        beyond(member, TOOLS, &tools, &allowed_tools),
    ]
    .concat();
    if !MAY_SEE_LESS.contains(&room.name) {
        findings.extend(unused(member, OWN, &own, room.sees));
    }
    if PURE.contains(&room.name) {
        findings.extend(unused(member, OUTSIDE, &outside, room.outside));
        findings.extend(impure_features(member));
    }
    findings
}

/// What is there and not allowed.
fn beyond(member: &Member, rule: &'static str, there: &BTreeSet<&str>, allowed: &[&str]) -> Vec<Finding> {
    let extra = there.iter().filter(|name| !allowed.contains(name));
    extra.map(|name| Finding::new(&member.manifest(), member.line_of(name), rule, format!("`{} -> {name}`", member.name))).collect()
}

/// What is allowed and not there: the table has become too wide.
fn unused(member: &Member, rule: &'static str, there: &BTreeSet<&str>, allowed: &[&str]) -> Vec<Finding> {
    let missing = allowed.iter().filter(|name| !there.contains(*name));
    missing
        .map(|name| {
            let what = format!("no `{} -> {name}` although the table has it", member.name);
            Finding::new(&member.manifest(), 0, rule, what)
        })
        .collect()
}

fn impure_features(member: &Member) -> Vec<Finding> {
    let outside = member.arrows.iter().filter(|arrow| !arrow.for_tests && !ours(arrow));
    outside
        .filter(|arrow| {
            let impure = arrow.features.iter().any(|feature| IMPURE_FEATURES.contains(&feature.as_str()));
            impure || !arrow.without_default_features
        })
        .map(|arrow| {
            let what = format!("`{}` with default features {}, {:?}", arrow.to, !arrow.without_default_features, arrow.features);
            Finding::new(&member.manifest(), arrow.line, NO_DEFAULTS, what)
        })
        .collect()
}

/// Name, folder, origin and publication of one member.
fn stranger(member: &Member) -> Vec<Finding> {
    let found = |rule, what: String| Finding::new(&member.manifest(), 0, rule, what);
    let folders = [format!("crates/{}", member.name), format!("services/{}", member.name)];
    let mut findings = Vec::new();
    if !folders.contains(&member.folder) && member.folder != "tests" {
        findings.push(found(FOLDER, format!("`{}` in {}", member.name, member.folder)));
    }
    if member.publishable != PUBLISHABLE.contains(&member.name.as_str()) {
        findings.push(found(UNPUBLISHED, format!("publishable: {}", member.publishable)));
    }
    let elsewhere = member.names(|arrow| arrow.origin == Origin::Elsewhere);
    findings
        .extend(elsewhere.into_iter().map(|name| Finding::new(&member.manifest(), member.line_of(name), REGISTRY, format!("`{name}`"))));
    let anyhow = member.line_of("anyhow");
    if anyhow > 0 && !ANYHOW.contains(&member.name.as_str()) {
        findings.push(Finding::new(&member.manifest(), anyhow, OUTSIDE, "`anyhow`"));
    }
    findings
}

fn long_chain(members: &[Member]) -> Option<Finding> {
    let apart_from_tests = members.iter().filter(|member| member.name != "tests");
    let longest = apart_from_tests.map(|member| chain(members, &member.name, 0)).max_by_key(Vec::len)?;
    (longest.len() > CHAIN_CRATES_MAX).then(|| Finding::new("Cargo.toml", 0, CHAIN, longest.join(" -> ")))
}

/// The longest chain that begins at `name`. Cargo refuses cycles; the depth guards the tests of this rule.
fn chain(members: &[Member], name: &str, depth: usize) -> Vec<String> {
    let mut longest = Vec::new();
    if let Some(member) = members.iter().find(|member| member.name == name && depth <= members.len()) {
        let below = member.names(|arrow| ours(arrow) && !arrow.for_tests);
        longest = below.into_iter().map(|name| chain(members, name, depth + 1)).max_by_key(Vec::len).unwrap_or_default();
    }
    longest.insert(0, name.to_owned());
    longest
}

#[test]
fn the_graph_of_crates_is_the_table() {
    report(graph_breaches(members(), ROOMS));
}

/// A member of a bad workspace: `-> name` arrows of ours, `name` third-party without defaults.
fn example(name: &str, arrows: &[&str]) -> Member {
    let arrow = |text: &&str| {
        let (own, to) = text.strip_prefix("-> ").map_or((false, *text), |to| (true, to));
        let origin = if own { Origin::Ours } else { Origin::Registry };
        Arrow { to: to.to_owned(), for_tests: false, without_default_features: true, features: Vec::new(), origin, line: 1 }
    };
    let arrows = arrows.iter().map(arrow).collect();
    Member { name: name.to_owned(), folder: format!("crates/{name}"), publishable: false, arrows }
}

/// The rules that a good workspace of two crates breaks once `change` has been made to it.
fn rules_broken_by(change: fn(&mut Vec<Member>)) -> Vec<&'static str> {
    let rooms = [Room { name: "vocab", sees: &[], outside: &["serde"] }, Room { name: "engine", sees: &["vocab"], outside: &[] }];
    let mut members = vec![example("vocab", &["serde"]), example("engine", &["-> vocab"])];
    change(&mut members);
    graph_breaches(&members, &rooms).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn rules_of_arrows_are_able_to_fail() {
    assert_eq!(rules_broken_by(|_| {}), [""; 0]);
    assert!(rules_broken_by(|all| all[0] = example("vocab", &["serde", "-> engine"])).contains(&OWN));
    assert_eq!(rules_broken_by(|all| all[1] = example("engine", &[])), [OWN]);
    assert_eq!(rules_broken_by(|all| all[0] = example("vocab", &["serde", "rand"])), [OUTSIDE]);
    assert_eq!(rules_broken_by(|all| all[0] = example("vocab", &[])), [OUTSIDE]);
    let defaults = rules_broken_by(|all| all[0].arrows[0].without_default_features = false);
    assert_eq!(defaults, [NO_DEFAULTS]);
    let feature = rules_broken_by(|all| all[0].arrows[0].features.push("std".to_owned()));
    assert_eq!(feature, [NO_DEFAULTS]);
    let tool = rules_broken_by(|all| {
        let mut tool = example("x", &["mockall"]).arrows;
        tool[0].for_tests = true;
        all[0].arrows.append(&mut tool);
    });
    assert_eq!(tool, [TOOLS]);
}

#[test]
fn rules_of_members_are_able_to_fail() {
    assert_eq!(rules_broken_by(|all| all[0].arrows[0].origin = Origin::Elsewhere), [REGISTRY]);
    assert_eq!(rules_broken_by(|all| all[0].folder = "crates/words".to_owned()), [FOLDER]);
    assert_eq!(rules_broken_by(|all| all[0].publishable = true), [UNPUBLISHED]);
    assert_eq!(rules_broken_by(|all| all.push(example("herald", &[]))), [KNOWN]);
    assert_eq!(rules_broken_by(|all| all.truncate(1)), [KNOWN]);
}

#[test]
fn the_rule_of_the_longest_chain_is_able_to_fail() {
    let chained = |count: usize| -> Vec<Member> {
        let to: Vec<String> = (0..count).map(|at| format!("-> c{at}")).collect();
        (0..count).map(|at| example(&format!("c{at}"), &to.get(at + 1).map(String::as_str).into_iter().collect::<Vec<_>>())).collect()
    };
    assert_eq!(long_chain(&chained(CHAIN_CRATES_MAX)), None);
    assert!(long_chain(&chained(CHAIN_CRATES_MAX + 1)).is_some_and(|finding| finding.found == "c0 -> c1 -> c2 -> c3 -> c4 -> c5"));
}
