//! Duties of cases, from a feed to whoever is called: told at their instant, ended, recalled, and explained from the log.
//!
//! A feed that comes in two files, so that what is owed lives through an end of the program. Must never enter: the arithmetic of
//! duties (that is proven in the engine and by the naive checker).

use crate::support::{Folder, MAPPING, PACK};
use serde_json::Value;

const HEADER: &str = "id,occurred,reported,what,case\n";
const OPENED: &str = "S1,2020-03-01,2020-03-02,seizure,wise\nS2,2020-03-01,2020-03-02,seizure,kum\n";
const MET: &str =
    "I1,2020-04-02,2020-04-08,inspection,wise\nI2,2020-04-08,2020-04-09,inspection,kum\nI3,2020-05-01,2020-05-01,inspection,ore\n";

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
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told: Vec<(String, String)> = moves.iter().map(|moved| (text(&moved["change"]["kind"]), text(&moved["at"]))).collect();
    let expected = [
        ("CHANGE_KIND_FIRED", "2020-04-06T00:00:00Z"),
        ("CHANGE_KIND_FIRED", "2020-04-06T00:00:00Z"),
        ("CHANGE_KIND_RECALLED", "2020-04-08T23:59:59.750Z"),
        ("CHANGE_KIND_ENDED", "2020-04-09T23:59:59.750Z"),
    ];
    assert_eq!(told, expected.map(|(kind, at)| (kind.to_owned(), at.to_owned())));
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
        "matches one duty for all measures in First place (XA)",
        "recalled: 1 record that came later shows that the duty was met in time",
        "2020-04-09  XA/any  ended",
    ] {
        assert!(texts.contains(words), "`{words}` is nowhere in:\n{texts}");
    }
}
