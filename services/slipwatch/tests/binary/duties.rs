//! Duties of cases, from a feed to whoever is called: told at their instant, ended, recalled, and explained from the log.
//!
//! A feed that comes in two files, so that what is owed lives through an end of the program. Must never enter: the arithmetic of
//! duties (that is proven in the engine and by the naive checker).

use crate::support::{Folder, MAPPING, PACK};
use serde_json::Value;

const HEADER: &str = "id,occurred,reported,what,case\n";
const OPENED: &str = "S1,2020-03-01,2020-03-02,seizure,wise\nS2,2020-03-01,2020-03-02,seizure,kum\n";
const MET: &str = "I1,2020-04-02,2020-04-08,inspection,wise\nI2,2020-04-08,2020-04-09,inspection,kum\nI3,2020-05-01,2020-05-01,inspection,ore\n";

const OWED: &str = r#"
[[obligation]]
name = "disposal"
opened_by = ["seizure.recorded"]
met_by = ["inspection.performed"]
within_days = 30
grace_days = 5

[[watch]]
name = "disposal-overdue"
overdue = "disposal"
about = "record"
severity = "warning"
action = "Ask customs what became of the goods."
resolves = "by-act"
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    let shared = &MAPPING[..MAPPING.find("[record]").expect("it has records")];
    let times = &MAPPING[MAPPING.find("[occurred]").expect("it says when")..MAPPING.find("[event]").expect("it says what")];
    let event = r#"
[event]
type = { column = "what", table = { seizure = "seizure.recorded", inspection = "inspection.performed" } }
jurisdiction = "XA"
measures = "arms"
case = { column = "case" }
"#;
    folder.write("map.toml", format!("{shared}[record]\nid = {{ column = \"id\" }}\n\n{times}{event}"));
    folder.write("pack.toml", format!("{PACK}{OWED}"));
    folder.write("opened.csv", format!("{HEADER}{OPENED}"));
    folder.write("met.csv", format!("{HEADER}{MET}"));
    folder.write("all.csv", format!("{HEADER}{OPENED}{MET}"));
    folder
}

#[test]
fn what_is_owed_lives_through_an_end_of_the_program_and_is_told_as_if_there_had_been_none() {
    let folder = folder();
    let check = folder.run("check pack.toml").ends(0);
    assert!(check.out.contains("overdue disposal") && !check.out.contains("never"), "{}", check.out);
    folder.run("import -m map.toml -p pack.toml --db parts.db opened.csv").ends(0);
    folder.run("import -m map.toml -p pack.toml --db parts.db met.csv").ends(0);
    folder.run("import -m map.toml -p pack.toml --db whole.db all.csv").ends(0);
    let (parts, whole) = (folder.holds("parts.db"), folder.holds("whole.db"));
    parts.must_equal(&whole, "in two parts and in one");
    folder.run("replay -m map.toml -p pack.toml --out answers all.csv").ends(0);
    let moves: Vec<Value> = std::fs::read_to_string(folder.path("answers/alerts.jsonl"))
        .expect("a replay writes its alerts")
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line is JSON"))
        .collect();
    let told: Vec<(&str, i64)> = moves.iter().map(|moved| (kind(moved), at(moved))).collect();
    // 00:00 on 6 April 2020 is 1,586,131,200 seconds; the reports of the 8th and 9th are known at the last tick of their days.
    let midnight = 1_586_131_200 * 4;
    let day = 86_400 * 4;
    let expected =
        [("fired", midnight), ("fired", midnight), ("recalled", midnight + 3 * day - 1), ("ended", midnight + 4 * day - 1)];
    assert_eq!(told, expected);
}

fn kind(moved: &Value) -> &str {
    moved["change"]["kind"].as_str().unwrap_or_default()
}

fn at(moved: &Value) -> i64 {
    moved["at"].as_str().and_then(|at| at.parse().ok()).or_else(|| moved["at"].as_i64()).unwrap_or_default()
}

#[test]
fn an_overdue_duty_is_explained_from_the_log() {
    let folder = folder();
    folder.run("import -m map.toml -p pack.toml --db a.db all.csv").ends(0);
    let found = crate::support::alerts(&folder, "a.db");
    assert_eq!(found.len(), 2, "{found:?}");
    let mut texts = String::new();
    for alert in &found {
        texts.push_str(&folder.run(&format!("explain {alert} --db a.db")).ends(0).out);
    }
    for words in [
        "Duty \"disposal\" of case \"wise\", begun on 2020-03-01, was due by 2020-04-05, grace included",
        "it was met on 2020-04-08",
        "Ask customs what became of the goods.",
    ] {
        assert!(texts.contains(words), "`{words}` is nowhere in:\n{texts}");
    }
}
