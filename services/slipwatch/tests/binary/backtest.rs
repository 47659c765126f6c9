//! `backtest` as a person uses it: two packs on a log whose slips are known, the answer in every form, and what is refused.
//!
//! The log is written by the test: fourteen places, most of whose inspections are told a week late, and seven that fall at a known week. A
//! new snapshot is written by `UPDATE_SNAPSHOTS=1 cargo test -p slipwatch --test binary backtest`. What must never enter: a rule of
//! scoring (those are tested where they stand).

use crate::support::{Chance, Folder, HEADER, MAPPING};
use std::fmt::Write as _;
use vocab::time::{Day, Week};

/// Weeks of the log, and the one in which half of the places fall.
const WEEKS: i32 = 150;
const FALLS: i32 = 110;
const PLACES: [&str; 14] = ["XA", "XB", "XC", "XD", "XE", "XF", "XG", "XH", "XI", "XJ", "XK", "XL", "XM", "XN"];

fn week(number: i32) -> Week {
    Week(Week::parse("2016-W01").expect("it is a week").0 + number)
}

/// A folder with a log, its mapping, its truth, a pack and the same judged badly.
fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("map.toml", MAPPING);
    folder.write("log.csv", log());
    folder.write("truth.jsonl", truth());
    folder.write("good.toml", pack("extends = \"standard-1\""));
    // Two weeks, none of them too odd to count, and what is not told yet did not happen.
    let bad = "extends = \"standard-1\"\nlookback_weeks = 2\nguard_weeks = 2\noutage_cap_sd = 20\ncompleteness = \"assumed\"";
    folder.write("bad.toml", pack(bad));
    folder
}

/// Every place: about 40 inspections a week, told three tenths in their week and the rest in the next.
fn log() -> String {
    let mut chance = Chance::new(11);
    let mut text = HEADER.to_owned();
    let mut late = String::new();
    for number in 0..WEEKS {
        let (occurred, next) = (week(number).monday().plus(2), week(number + 1).monday().plus(3));
        let mut told = std::mem::take(&mut late);
        for (place, name) in PLACES.into_iter().enumerate() {
            let level = if number >= FALLS && place % 2 == 0 { 40 } else { 100 };
            let n = (0..80).filter(|_| chance.below(200) < level).count();
            let row = |part: &str, n: usize, reported: Day, into: &mut String| {
                writeln!(into, "{name}-{number}-{part},0,assert,{occurred},{reported},{name},arms,{n}").expect("a string takes every line");
            };
            row("a", n - n * 7 / 10, occurred.plus(1), &mut told);
            row("b", n * 7 / 10, next, &mut late);
        }
        text.push_str(&told);
    }
    text
}

fn truth() -> String {
    let line = |(place, name): (usize, &&str)| {
        let onset = week(FALLS).monday();
        match place % 2 {
            0 => format!("{{\"series\":\"{name}/arms\",\"kind\":\"effort\",\"onset\":\"{onset}\",\"group\":\"falls\"}}\n"),
            _ => format!("{{\"series\":\"{name}/arms\",\"kind\":\"none\",\"group\":\"steady\"}}\n"),
        }
    };
    PLACES.iter().enumerate().map(line).collect()
}

fn pack(policy: &str) -> String {
    let places = PLACES.map(|place| format!("{{ code = \"{place}\", title = \"Place {place}\" }}")).join(", ");
    format!(
        "regime = \"trial\"\ntitle = \"A trial\"\nversion = 1\nexposure = \"absent\"\n[jurisdictions]\nlist = [{places}]\n[[feeds]]\n\
         source = \"customs\"\ncounts = [\"inspections\"]\nevery_days = 7\narrives = \"singly\"\n[policy]\n{policy}\n[[measures]]\n\
         id = \"arms\"\ntitle = \"inspections for arms\"\ninstrument = \"a trial\"\nbasis = \"measured\"\nissuer = \"nobody\"\n\
         purpose = \"unknown\"\ndirection = \"any\"\nunit = \"count\"\n"
    )
}

const ASKED: &str = "backtest -m map.toml -p good.toml -t truth.jsonl --resamples 300 log.csv";

#[test]
fn two_packs_are_told_apart_and_the_answer_is_the_kept_one() {
    let folder = folder();
    let asked = format!("{ASKED} --against bad.toml --out out -o json");
    let answer = folder.run(&asked).ends(0);
    let value = answer.json();
    let [good, bad] = [0, 1].map(|side| value["packs"][side]["all"].clone());
    assert_eq!((good["slips"].as_u64(), good["foundByPage"].as_u64()), (Some(7), Some(7)), "{good}");
    assert!(good["falsePages"].as_u64() < bad["falsePages"].as_u64(), "{good} {bad}");
    let differences = value["differences"].as_array().unwrap();
    let wrong = differences.iter().find(|one| one["figure"] == "falsePagesPerSeriesYear").unwrap();
    assert_eq!((&wrong["told"], &wrong["isReal"]), (&"real".into(), &true.into()), "{wrong}");
    assert!(wrong["difference"]["high"].as_f64().unwrap() < 0.0, "{wrong}");
    let found = differences.iter().find(|one| one["figure"] == "foundPaged").unwrap();
    assert_eq!(found["told"], "real taken alone, not among all", "{found}");
    assert_eq!(std::fs::read_to_string(folder.path("out/report.json")).unwrap(), answer.out);
    assert_eq!(folder.run(&asked).ends(0).out, answer.out, "the same question has another answer");
    is_kept(&answer.out);
}

/// Compares with the snapshot, or writes it where that is asked for.
fn is_kept(told: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/binary/backtest.json");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, told).expect("the snapshot can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = kept.lines().zip(told.lines()).enumerate().find(|(_, (kept, told))| kept != told);
    assert!(kept == told, "tests/binary/backtest.json says something else: {differing:?}");
}

#[test]
fn people_get_tables_spreadsheets_rows_and_reports_a_chart() {
    let folder = folder();
    let ran = folder.run(&format!("{ASKED} --out out")).ends(0);
    assert_eq!(ran.err, "", "nothing is said where nobody watches");
    for words in ["7 of 7 slips found by a new page", "slips found within 26 weeks by a new page", "1.000", "seed 1", "falls", "steady"] {
        assert!(ran.out.contains(words), "does not say `{words}`:\n{}", ran.out);
    }
    assert!(!ran.out.contains("difference"), "{}", ran.out);
    assert_eq!(std::fs::read_to_string(folder.path("out/report.txt")).unwrap(), ran.out);
    let rows = std::fs::read_to_string(folder.path("out/series.csv")).unwrap();
    assert_eq!(rows, folder.run(&format!("{ASKED} -o csv")).ends(0).out);
    assert_eq!((rows.lines().count(), rows.matches(",effort,").count()), (15, 14), "{rows}");
    let chart = std::fs::read_to_string(folder.path("out/chart.svg")).unwrap();
    for words in ["<svg", "good.toml, as it is", "false pages per series and year"] {
        assert!(chart.contains(words), "the chart lacks `{words}`");
    }
}

#[test]
fn a_curve_goes_through_other_rates_and_through_the_packs_own() {
    let folder = folder();
    let value = folder.run(&format!("{ASKED} --curve -o json")).ends(0).json();
    let curve = value["packs"][0]["curve"].as_array().unwrap();
    let rates: Vec<f64> = curve.iter().filter_map(|point| point["rate"].as_f64()).collect();
    assert_eq!(rates, [0.023, 0.036, 0.052, 0.07, 0.1, 0.134, 0.24]);
    let own = value["packs"][0]["all"]["figures"]["falsePagesPerSeriesYear"]["value"].as_f64().unwrap();
    assert!((curve[3]["falsePagesPerSeriesYear"].as_f64().unwrap() - own).abs() < 1e-6, "{value}");
}

#[test]
fn another_seed_moves_intervals_and_no_figure() {
    let folder = folder();
    let [one, other] = ["1", "2"].map(|seed| folder.run(&format!("{ASKED} --against bad.toml -o json --seed {seed}")).ends(0).json());
    let figure = |value: &serde_json::Value, of: &str| value["packs"][0]["all"]["figures"]["delayCappedMeanWeeks"][of].clone();
    assert_eq!(figure(&one, "value"), figure(&other, "value"));
    assert_ne!(one["differences"], other["differences"]);
}

#[test]
fn the_window_can_be_narrowed() {
    let folder = folder();
    let years = |asked: &str| {
        let value = folder.run(&format!("{ASKED} -o json {asked}")).ends(0).json();
        value["packs"][0]["all"]["seriesYears"].as_f64().unwrap()
    };
    let (all, half) = (years(""), years("--from 2018-01-01"));
    assert!(half > 0.0 && half < all, "{half} of {all}");
    let cut = folder.run(&format!("{ASKED} --until 2018-06-03")).ends(0).out;
    assert!(cut.contains("7 slips begin less than 26 weeks before the end of what is scored"), "{cut}");
}

#[test]
fn what_cannot_be_scored_is_refused_with_its_line() {
    let folder = folder();
    folder.write("unknown.jsonl", format!("{}{{\"series\":\"XZ/arms\",\"kind\":\"none\"}}\n", truth()));
    folder.write("kind.jsonl", "{\"series\":\"XA/arms\",\"kind\":\"theft\",\"onset\":\"2018-01-01\"}\n");
    let table = [
        ("backtest -p good.toml log.csv", 2, "--truth"),
        ("backtest -m map.toml -p good.toml -t absent.jsonl log.csv", 66, "absent.jsonl"),
        ("backtest -m map.toml -p good.toml -t unknown.jsonl log.csv", 66, "in line 15: `XZ/arms`; one that was: `XA/arms`"),
        ("backtest -m map.toml -p good.toml -t kind.jsonl log.csv", 66, "kind.jsonl, line 1: unknown kind `theft`"),
        ("backtest -m map.toml -p good.toml -t truth.jsonl --from May log.csv", 2, "--from May"),
        ("backtest -m map.toml -p map.toml -t truth.jsonl log.csv", 78, "map.toml is not a valid pack"),
        ("backtest -m map.toml -p good.toml -t truth.jsonl absent.csv", 66, "absent.csv"),
    ];
    for (asked, code, words) in table {
        folder.run(asked).ends(code).says(&[words]);
    }
}

#[test]
fn a_synthetic_regime_is_scored_as_it_is_generated() {
    let folder = Folder::new();
    folder.run("generate --scenario ports --out made").ends(0);
    let asked = "backtest made/events.jsonl -m made/mapping.toml -p made/pack.toml -t made/truth.jsonl --resamples 100 -o json";
    let value = folder.run(asked).ends(0).json();
    let groups: Vec<&str> = value["packs"][0]["groups"].as_array().unwrap().iter().filter_map(|group| group["name"].as_str()).collect();
    assert_eq!((value["series"].as_u64(), groups), (Some(18), vec!["half", "late", "steady"]));
    // Falls by half at ten and more inspections a week: every one is found, and called what it is.
    let half = &value["packs"][0]["groups"][0];
    assert_eq!((half["slips"].as_u64(), half["foundByPage"].as_u64()), (Some(6), Some(6)), "{half}");
    assert_eq!(half["figures"]["kindRightAfter8Weeks"]["value"].as_f64(), Some(1.0), "{half}");
}
