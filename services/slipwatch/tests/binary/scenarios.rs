//! `slipwatch test`: the shipped packs say what their scenarios expect, failures are told as a diff, wrong files by line.
//!
//! What must never enter: a scenario of a shipped pack, which stands beside it in `deploy/regimes/tests`.

use crate::support::{Folder, PACK};
use std::path::Path;

fn shipped(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/regimes").join(name).display().to_string()
}

/// A folder with the pack of the other proofs and a file of cases.
fn folder(cases: &str) -> Folder {
    let folder = Folder::new();
    folder.write("pack.toml", PACK);
    folder.write("cases.toml", format!("pack = \"pack.toml\"\n{cases}"));
    folder
}

const FALL: &str = r#"
[[case]]
name = "a fall"
first_week = "2018-W01"
reports = [{ series = "XA/coal", inspections = "about 20 for 104 weeks, then 40 % of that for 12 weeks" }]
"#;

#[test]
fn the_shipped_packs_say_what_their_scenarios_expect() {
    let told = Folder::new().run(&format!("test {}", shipped("tests"))).ends(0).out;
    let passed = told.lines().filter(|line| line.starts_with("  ok  ")).count();
    assert!(passed >= 12, "{told}");
    assert!(told.contains(&format!("{passed} cases: {passed} passed, 0 failed")), "{told}");
}

#[test]
fn the_example_of_the_guide_passes() {
    let guide = std::fs::read_to_string(shipped("tests/README.md")).expect("the guide is there");
    let example = guide.split("```").nth(1).and_then(|block| block.strip_prefix("toml\n")).expect("the guide begins with an example");
    let folder = Folder::new();
    folder.write("a.toml", example.replace("../dprk.toml", &shipped("dprk.toml")));
    folder.run("test a.toml").ends(0);
}

#[test]
fn a_failure_shows_what_was_expected_beside_what_came_and_why() {
    let wanted = r#"
        verdicts = [{ series = "XA/coal", weeks = "103 to 106", verdict = "normal" }, { series = "XB/coal", weeks = "90", verdict = "slip" }]
        alerts = [{ series = "XA/coal", on = "105 to 106", change = "fired", kind = "effort" }]"#;
    let ran = folder(&format!("{FALL}{wanted}")).run("test cases.toml").ends(1).says(&["1 of 1 case failed"]);
    let shown: Vec<&str> = ran.out.lines().collect();
    assert_eq!(shown[0], "cases.toml");
    assert_eq!(shown[1], "  FAIL  a fall  (5 series-weeks, 1 transition)");
    assert_eq!(shown[2], "        - expected  + came");
    let plain: Vec<String> = shown.iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "2019-W51 (week 103) to 2020-W01 (week 105) XA/coal normal",
        "- 2020-W02 (week 106) XA/coal normal",
        "+ 2020-W02 (week 106) XA/coal watch 7 inspections, 20 expected; weight of evidence 2.0, an alert needs 2.6",
        "- 2019-W38 (week 90) XB/coal slip",
        "+ 2019-W38 (week 90) XB/coal gap nothing was ever reported",
        "- 2019-12-30 to 2020-01-12 XA/coal fired effort",
        "+ 2020-01-19 XA/coal fired effort level 41 % [21 %–81 %] of expected since 2020-W01; weight of evidence 3.2",
    ] {
        assert!(plain.iter().any(|plain| plain == line), "no line `{line}`:\n{}", ran.out);
    }
}

#[test]
fn what_people_do_in_a_case_moves_what_comes() {
    let cases = r#"
[[case]]
name = "a level is set anew"
first_week = "2018-W01"
reports = [{ series = "XA/coal", inspections = "about 20 for 104 weeks, then 40 % of that for 30 weeks", also_serves = ["arms"] }]
rebases = [{ series = "XA/coal", weeks = "105 to 116", told = "week 117" }]
circumstances = [{ kind = "strike", weeks = "105 to 116", told = "week 105", text = "a strike" }]
definitions = [{ series = "XA/arms", effective = "100", told = "week 118", text = "counted otherwise" }]
verdicts = [
  { series = "XA/coal", weeks = "115 to 116", verdict = "slip" },
  { series = "XA/coal", weeks = "117 to the end", verdict = "insufficient" },
  { series = "XA/arms", weeks = "117 to the end", verdict = "slip" },
]
alerts = [
  { series = "XA/arms", on = "105 to 110", change = "fired" },
  { series = "XA/coal", on = "105 to 110", change = "fired" },
  { series = "XA/coal", on = "117", change = "rebased", kind = "effort" },
  { series = "XA/arms", on = "118", change = "noted", kind = "definition" },
]

[[case]]
name = "an inspection that is taken back, and one that is corrected"
first_week = "2018-W01"
reports = [{ series = "XA/coal", inspections = "about 20 for 104 weeks" }]
records = [
  { series = "XA/coal", what = "inspections", count = 20, occurred = "105", id = "a" },
  { series = "XA/coal", what = "inspections", count = 20, occurred = "106", id = "b" },
  { series = "XA/coal", what = "inspections", count = 20, occurred = "106", id = "b", operation = "retract", known = "week 107" },
  { series = "XA/coal", what = "inspections", count = 1, occurred = "105", id = "a", operation = "correct", known = "week 107" },
  { series = "XA/coal", what = "inspections", count = 1, occurred = "107" },
]
verdicts = [
  { series = "XA/coal", weeks = "105 to 106", verdict = "normal" },
  { series = "XA/coal", weeks = "107", verdict = "slip" },
]
"#;
    folder(cases).run("test cases.toml").ends(0);
}

#[test]
fn every_mistake_of_a_file_is_told_with_what_would_be_right() {
    let cases = r#"
[[case]]
name = "a"
first_week = "2018-W01"
reports = [{ series = "XA/cole", inspections = "20 for weeks" }, { series = "XX/coal", exposure = "3 for 1 week" }]
verdicts = [{ series = "XA/coal", weeks = "9 to 3", verdict = "slipp" }]
[[case]]
name = "a"
records = [{ series = "XA/coal", what = "inspections", count = 1, occurred = "12" }]
"#;
    let ran = folder(cases).run("test cases.toml").ends(2);
    let ran = ran.says(&[
        "cases.toml:6:23\n",
        "the pack has no measure `cole`",
        "coal",
        "`20 for weeks` is no amount for some weeks",
        "the pack has no jurisdiction `XX`",
        "the pack says exposure = \"absent\"",
        "`9 to 3` ends before it begins",
        "`slipp` is no verdict",
        "one of slip, gap, watch, insufficient, learning, normal",
        "two cases have this name",
        "the case expects nothing, so it cannot fail",
        "`12` counts weeks, and the case does not say which week is the first",
        "9 mistakes",
    ]);
    assert!(ran.out.is_empty(), "nothing runs: {}", ran.out);
    folder("[[case]]\nname = \"a\"\nrepots = []").run("test cases.toml").ends(2).says(&["unknown field `repots`", "cases.toml:4:1"]);
    folder(FALL).run("test cases.toml").ends(2).says(&["cannot fail"]);
    folder(FALL).run("test absent.toml").ends(66);
    folder(FALL).run("test --only other pack.toml").ends(2);
}

#[test]
fn results_are_json_for_programs() {
    let wanted = "verdicts = [{ series = \"XA/coal\", weeks = \"104 to the end\", verdict = \"normal\" }]\nalerts = []";
    let told = folder(&format!("{FALL}{wanted}")).run("test -o json cases.toml").ends(1).json();
    assert_eq!((told["passed"].as_u64(), told["failed"].as_u64()), (Some(0), Some(1)));
    let case = &told["cases"][0];
    assert_eq!((case["case"].as_str(), case["seriesWeeks"].as_u64()), (Some("a fall"), Some(13)));
    let rows = case["differences"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["side"] == "came" && row["what"] == "fired effort"), "{rows:?}");
    assert!(rows.iter().any(|row| row["side"] == "expected" && row["what"] == "normal"), "{rows:?}");
}
