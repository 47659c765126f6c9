//! `slipwatch generate` as a command: what ships works end to end, the seed decides everything, and a wrong scenario is told
//! with its key, its value and what would be right.
//!
//! What must never enter: a test of figures (`generated`).

use crate::support::Folder;
use std::collections::{BTreeMap, BTreeSet};

/// Small, and with something of everything that a wrong line below changes.
const SMALL: &str = r#"
regime = "small"
title = "A small one"
first_week = "2018-W01"
weeks = 60
measures = ["arms", "coal"]

[defaults]
jurisdictions = 2
neighbours = "ring"
volume = { inspections_per_week = [4, 8], exposure_per_inspection = [3, 5], hit_rate = [0.1, 0.3] }
onset = { weeks = [20, 30], each = "jurisdiction" }

[defaults.delays]
inspections = { median_days = 2, sigma = 0.8 }
interdictions = { median_days = 2, sigma = 0.8 }
exposure = { median_days = 0.5, sigma = 0.5 }

[[groups]]
name = "steady"

[[groups]]
name = "half"
change.effort_step = { to = 0.5 }
"#;

fn made(folder: &Folder, arguments: &str, out: &str) -> [String; 4] {
    folder.run(&format!("generate --scenario {arguments} --out {out}")).ends(0);
    ["events.jsonl", "truth.jsonl", "pack.toml", "mapping.toml"]
        .map(|name| std::fs::read_to_string(folder.path(out).join(name)).unwrap_or_else(|error| panic!("{name}: {error}")))
}

/// The lines of a jurisdiction's events, by id.
fn of_place(events: &str, place: &str) -> BTreeMap<String, serde_json::Value> {
    let lines = events.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON"));
    let own = lines.filter(|line| line["jurisdiction"] == place);
    own.map(|line| (line["id"].as_str().expect("a line has an id").to_owned(), line)).collect()
}

#[test]
fn a_seed_decides_everything_and_a_stream_belongs_to_its_series_alone() {
    let folder = Folder::new();
    folder.write("small.toml", SMALL);
    let first = made(&folder, "small.toml --seed 5", "a");
    assert_eq!(first, made(&folder, "small.toml --seed 5", "b"), "the same seed");
    assert_ne!(first[0], made(&folder, "small.toml --seed 6", "c")[0], "another seed");
    // A measure and a group more: what was there is drawn as before.
    let wider = SMALL.replace("[\"arms\", \"coal\"]", "[\"arms\", \"coal\", \"oil\"]") + "\n[[groups]]\nname = \"more\"\n";
    folder.write("wider.toml", &wider);
    let wider = made(&folder, "wider.toml --seed 5", "d");
    for place in ["J001", "J004"] {
        let (before, mut after) = (of_place(&first[0], place), of_place(&wider[0], place));
        after.retain(|_, line| line["measures"][0] != "oil");
        assert_eq!(before, after, "{place}");
    }
    // The same acts, reported more slowly.
    folder.write("slow.toml", SMALL.replace("inspections = { median_days = 2,", "inspections = { median_days = 9,"));
    let slow = made(&folder, "slow.toml --seed 5", "e");
    let (before, after) = (of_place(&first[0], "J001"), of_place(&slow[0], "J001"));
    let both: BTreeSet<&String> = before.keys().filter(|id| after.contains_key(*id)).collect();
    assert!(both.len() > 500, "{}", both.len());
    let mut later = 0;
    for id in both {
        assert_eq!(before[id]["occurred"], after[id]["occurred"], "{id}");
        later += u32::from(before[id]["reported"].as_str() < after[id]["reported"].as_str());
    }
    assert!(later > 200, "{later}");
}

#[test]
fn every_scenario_that_ships_makes_rules_that_compile_and_events_that_nobody_refuses() {
    let folder = Folder::new();
    let listed = folder.run("generate --list -o json").ends(0).json();
    let names: Vec<&str> = listed.as_array().unwrap().iter().map(|scenario| scenario["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["kinds", "lifecycle", "ports", "power", "sharing"]);
    for name in names {
        let [events, truth, pack, _] = made(&folder, &format!("{name} --jurisdictions 1"), name);
        folder.run(&format!("check {name}/pack.toml")).ends(0);
        let tried = folder.run(&format!("import --mapping {name}/mapping.toml --check 5000 -o json {name}/events.jsonl")).ends(0).json();
        assert_eq!((&tried[0]["rows"], &tried[0]["events"]), (&5_000.into(), &5_000.into()), "{name}");
        let mut known: Vec<&str> = events.lines().map(|line| &line[line.find("\"reported\"").unwrap()..][12..22]).collect();
        let disorder = known.windows(2).filter(|pair| pair[0] > pair[1]).count();
        assert!(name == "ports" || name == "kinds" || disorder == 0, "{name}: {disorder} days out of order");
        known.sort_unstable();
        let truth: Vec<serde_json::Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let scenario = listed.as_array().unwrap().iter().find(|scenario| scenario["name"] == name).unwrap();
        for group in scenario["groups"].as_array().unwrap() {
            assert!(truth.iter().any(|line| line["scenario"] == *group), "{name}: no truth of {group}");
        }
        for line in &truth {
            let (series, place) = (line["series"].as_str().unwrap(), line["jurisdiction"].as_str().unwrap());
            assert!(pack.contains(&format!("\"{place}\"")), "{name}: {series} is in no pack");
            assert!(events.contains(&format!("\"jurisdiction\":\"{place}\"")), "{name}: {series} has no events");
            assert_eq!(line["kind"] == "none", line["onset"].is_null(), "{name}: {line}");
        }
    }
}

#[test]
fn a_generated_regime_goes_through_every_stage_and_nothing_is_set_aside() {
    let folder = Folder::new();
    made(&folder, "ports", "a");
    let rules = "--mapping a/mapping.toml --pack a/pack.toml";
    let told = folder.run(&format!("replay -o json {rules} --out answers a/events.jsonl")).ends(0).json();
    for nothing in ["conflicts", "late", "unlisted", "superseded", "outOfWindow"] {
        assert_eq!(told[nothing], 0, "{nothing}: {told}");
    }
    assert_eq!(told["refused"].as_object().map(serde_json::Map::len), Some(0), "{told}");
    assert!(told["duplicates"].as_i64() > Some(1_000), "{told}");
    let truth = std::fs::read_to_string(folder.path("a/truth.jsonl")).unwrap();
    let assessments = std::fs::read_to_string(folder.path("answers/assessments.jsonl")).unwrap();
    let newest = assessments.lines().rev().take(6).collect::<String>();
    assert_eq!(truth.lines().count(), 18);
    assert_eq!(newest.matches("\"verdict\"").count(), 18, "every series of the truth is judged in the last week");
}

#[test]
fn a_wrong_scenario_is_told_with_key_value_and_what_would_be_right() {
    let folder = Folder::new();
    let half = "change.effort_step = { to = 0.5 }";
    for (right, wrong, words) in [
        ("neighbours = \"ring\"", "neighbors = \"ring\"", &["unknown field `neighbors`", "`neighbours`", "line 10"][..]),
        ("neighbours = \"ring\"", "neighbours = \"star\"", &["unknown variant `star`", "`ring`", "`none`"]),
        (half, "change.effort_stop = { to = 0.5 }", &["unknown variant `effort_stop`", "`effort_step`", "`blackout`"]),
        (half, "change.effort_step = { to = 1.5 }", &["1.5 is no fall", "as in 0.5 for a half", "change.effort_step"]),
        (half, "change.effort_step = { too = 0.5 }", &["unknown field `too`", "`to`", "`back_to`"]),
        ("[4, 8]", "[8, 4]", &["[8, 4] falls: write [4, 8]"]),
        ("[4, 8]", "[0, 4]", &["0 is out of range", "above 0"]),
        ("\"2018-W01\"", "\"2018-W54\"", &["\"2018-W54\" is no week", "as in \"2015-W02\""]),
        ("regime = \"small\"", "regime = \"Small one\"", &["\"Small one\" is no word of a key", "half-shared"]),
        ("weeks = 60", "weeks = 25", &["group half: onset.weeks = [20, 30]", "weeks = 25 end with 24"]),
        ("weeks = 60", "weeks = 60\nscored_from_week = 60", &["scored_from_week = 60: weeks = 60 end before it"]),
        (
            "weeks = 60",
            "weeks = 60\nerosion_reference = [0, 50]",
            &["erosion_reference = [0, 50]: write 52 weeks or more within weeks = 60"],
        ),
        ("[0.1, 0.3]", "[0.1, 3]", &["volume.hit_rate goes up to 3", "at most 1"]),
        ("\"coal\"]", "\"arms\"]", &["\"arms\" is there twice"]),
        ("name = \"half\"", "jurisdictions = 2", &["group number 2: `name` is missing", "name = \"steady\""]),
        (
            "[[groups]]\nname = \"half\"",
            "[[groups]]\nname = \"half\"\njurisdictions = 3\nchange.displacement = { share = 0.5 }\n#",
            &["jurisdictions = 3", "even number"],
        ),
        (half, "change.definition = { strata = { a = 0.5 } }", &["needs strata", "do not add up to 1"]),
        (half, "sharing = { share_of_acts = 0.5, measures = 3 }", &["sharing.measures = 3", "2 to 2"]),
        ("title = \"A small one\"", "title = \"A small one\"\neffort_strata = [\"physical\"]", &["no group has the stratum \"physical\""]),
    ] {
        assert!(SMALL.contains(right), "{right}");
        let text = SMALL.replace(right, wrong).replace("#\nchange", "#change");
        folder.write("wrong.toml", &text);
        folder.run("generate --scenario wrong.toml --out out").ends(78).says(words);
        assert!(!folder.path("out").exists(), "nothing is written for {wrong}");
    }
    folder.run("generate --scenario port --out out").ends(2).says(&["no scenario `port` ships", "ports", "my-scenario.toml"]);
    folder.run("generate --scenario port.toml --out out").ends(66).says(&["port.toml"]);
    folder.run("generate --scenario ports").ends(2).says(&["--out"]);
    folder.write("there", "a file");
    folder.run("generate --scenario ports --out there").ends(74).says(&["there"]);
}

#[test]
fn a_regime_without_exposure_or_finds_is_one_too() {
    let folder = Folder::new();
    folder.write("bare.toml", SMALL.replace(", exposure_per_inspection = [3, 5], hit_rate = [0.1, 0.3]", ""));
    let [events, _, pack, _] = made(&folder, "bare.toml", "a");
    assert!(pack.contains("exposure = \"absent\"") && pack.contains("counts = [\"inspections\"]"), "{pack}");
    assert!(events.lines().count() > 1_000 && events.lines().all(|line| line.contains("\"kind\":\"inspection\"")));
    folder.run("check a/pack.toml").ends(0);
}

#[test]
fn a_scenario_can_be_drawn_after_a_log_of_ones_own() {
    let folder = Folder::new();
    folder.write("small.toml", SMALL);
    let [log, ..] = made(&folder, "small.toml --weeks 300", "a");
    let drawn = folder.run("generate --like a/events.jsonl --mapping a/mapping.toml").ends(0).says(&["0 refused"]).out;
    let number = |key: &str, nth: usize| -> f64 {
        let rest = drawn.split(key).nth(1).unwrap_or_else(|| panic!("no {key}:\n{drawn}"));
        let numbers = rest.split(|letter: char| !letter.is_ascii_digit() && letter != '.').filter_map(|word| word.parse().ok());
        numbers.collect::<Vec<f64>>()[nth]
    };
    // What the log was made from comes back; the log is counted by the day, and half a day stands for the same one.
    for (key, nth, low, high) in [
        ("inspections = { median_days", 0, 1.8, 3.0),
        ("inspections = { median_days", 1, 0.5, 0.9),
        ("inspections_per_week", 0, 1.9, 8.5),
        ("exposure_per_inspection", 0, 2.9, 10.5),
        ("hit_rate", 0, 0.08, 0.31),
        ("weeks =", 0, 285.0, 300.0),
    ] {
        let found = number(key, nth);
        assert!((low..=high).contains(&found), "{key} {nth}: {found} in\n{drawn}");
    }
    folder.write("like.toml", &drawn);
    let [events, truth, ..] = made(&folder, "like.toml", "b");
    assert!(events.lines().count() > 10_000 && truth.contains("\"scenario\":\"most-half\""), "{truth}");
    folder.run("check b/pack.toml").ends(0);
    folder.run("generate --like a/events.jsonl").ends(2).says(&["--mapping"]);
    folder.run("generate --like a/truth.jsonl --mapping a/mapping.toml").ends(78).says(&["the column `id`"]);
    let exposure: String = log.lines().filter(|line| line.contains("\"exposure\"")).flat_map(|line| [line, "\n"]).collect();
    folder.write("exposure.jsonl", exposure);
    folder.run("generate --like exposure.jsonl --mapping a/mapping.toml").ends(66).says(&["nothing to be like"]);
}
