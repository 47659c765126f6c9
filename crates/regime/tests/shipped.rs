//! The packs that are shipped: each compiles, says what its feed needs, and agrees with the table it was made from.
//!
//! What must never enter: a copy of a pack. The files that are shipped are the ones that are read.

use regime::{Explanation, compile, explain};
use std::{fs, path::PathBuf};
use vocab::{
    name::Stratum,
    pack::{Arrival, CompletenessRule, ExposureRule, Jurisdictions, Pack, Pool, Severity, has_shape},
    record::PackHash,
    series::Count,
};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../deploy/regimes")
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn shipped(name: &str) -> Pack {
    compile(name, &bytes(name)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn admits(pack: &Pack, code: &str) -> bool {
    match &pack.jurisdictions {
        Jurisdictions::Listed(list) => list.iter().any(|place| place.code.as_str() == code),
        Jurisdictions::Pattern { shape, .. } => has_shape(code, shape),
    }
}

#[test]
fn every_shipped_pack_compiles() {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["cdc-vsp.toml", "detection-naive.toml", "detection.toml", "dprk.toml", "ma-citations.toml", "pirate-attacks.toml", "replay.toml"]
    );
    let regimes: Vec<String> = names.iter().map(|name| shipped(name).regime.to_string()).collect();
    assert_eq!(regimes, ["us-ship-sanitation", "bench", "bench", "dprk", "ma-traffic", "sea-routes", "replay"]);
}

#[test]
fn the_shipped_policy_is_what_detection_was_measured_with() {
    let policy = shipped("detection.toml").policy;
    assert_eq!(policy.false_alarms_per_series_year, 0.07);
    assert_eq!(policy.slip_sizes, [0.20, 0.35, 0.50, 0.70, 0.88]);
    assert_eq!(policy.drift_per_week, [0.015, 0.035]);
    assert_eq!((policy.lookback_weeks, policy.guard_weeks, policy.horizon_weeks), (52, 26, 78));
    assert_eq!((policy.min_reported_share, policy.outage_cap_sd), (0.25, 2.5));
    assert_eq!((policy.silence_hold_weeks, policy.silence_grace_weeks), (8, 2));
    assert_eq!(policy.pool, Pool::Jurisdiction { penalty: 1.0, own_floor: 0.5 });
    assert_eq!((policy.recovered_at, policy.recovery_evidence), (0.9, 2.0));
    assert_eq!((policy.fade_weeks, policy.recall_weeks, policy.merge_weeks), (4, 26, 8));
    assert_eq!((policy.escalation, policy.effort_severity), (4.0, Severity::Warning));
    assert_eq!(policy.reference, None);
}

/// A pack that names a shipped policy is hashed without it, so a published policy never changes. This test fails when one does:
/// write another file, and leave this one.
#[test]
fn a_published_policy_is_never_edited() {
    use sha2::{Digest, Sha256};
    let hash = PackHash(Sha256::digest(bytes("policy/standard-1.toml")).into());
    assert_eq!(hash.to_string(), "fc3eceab8f05d804424a387ed88374c68e6a94aaed0b8c8450d6a9d1de2b2d08");
}

#[test]
fn the_massachusetts_pack_counts_binding_outcomes() {
    let pack = shipped("ma-citations.toml");
    let strata: Vec<&str> = pack.effort_strata.iter().map(Stratum::as_str).collect();
    assert_eq!(strata, ["ARREST", "CIVIL", "CRIM"]);
    assert_eq!(pack.first_week.unwrap().monday().to_string(), "2001-12-31");
    assert_eq!(pack.exposure, ExposureRule::Absent);
    assert_eq!(pack.policy.effort_severity, Severity::Critical);
    assert_eq!(pack.policy.lookback_weeks, 52);
    assert!(admits(&pack, "US-MA") && !admits(&pack, "US-NH"));
    assert_eq!(pack.feeds[0].source.as_str(), "ma-citations");
    let dated: Vec<(&str, String)> =
        pack.calendar.iter().map(|entry| (entry.circumstance.text.as_str(), entry.occurred.day.to_string())).collect();
    let [marathon, snow, declared, ..] = dated.as_slice() else { panic!("{dated:?}") };
    assert_eq!((marathon.1.as_str(), snow.1.as_str(), declared.0), ("2013-04-15", "2015-01-26", "state of emergency declared"));
}

#[test]
fn the_packs_of_the_benchmarks_admit_their_logs() {
    let detection = shipped("detection.toml");
    assert!(admits(&detection, "J000") && admits(&detection, "J239") && !admits(&detection, "J1000"));
    assert_eq!(detection.first_week.unwrap().monday().to_string(), "2015-01-05");
    assert_eq!((detection.measures.len(), detection.feeds[0].arrives_in), (4, Arrival::Lots));
    let naive = shipped("detection-naive.toml");
    assert_eq!((&naive.regime, naive.measures.len(), &naive.feeds), (&detection.regime, detection.measures.len(), &detection.feeds));
    let policies = [&detection, &naive].map(|pack| (pack.policy.lookback_weeks, pack.policy.guard_weeks, pack.policy.completeness));
    assert_eq!(policies, [(52, 26, CompletenessRule::Estimated), (2, 2, CompletenessRule::Assumed)]);
    let replay = shipped("replay.toml");
    let codes = ('A'..='Z').flat_map(|a| "ACEGIKMO".chars().map(move |b| format!("{a}{b}")));
    assert!(codes.clone().take(200).all(|code| admits(&replay, &code)));
    assert!(!codes.skip(200).any(|code| admits(&replay, &code)));
    assert_eq!((replay.measures.len(), replay.feeds[0].arrives_in), (12, Arrival::Singly));
    assert_eq!(replay.feeds[0].counts, Count::ALL);
}

/// A feed finds its pack by these words, and the pack expects the feed by them.
#[test]
fn a_mapping_of_the_same_name_speaks_of_the_same_regime_and_feed() {
    for name in ["detection.toml", "ma-citations.toml", "pirate-attacks.toml", "replay.toml"] {
        let mapping = String::from_utf8(bytes(&format!("../mappings/{name}"))).unwrap();
        let mapping: toml::Table = toml::from_str(&mapping).unwrap();
        let pack = shipped(name);
        assert_eq!(mapping["regime"].as_str(), Some(pack.regime.as_str()), "{name}");
        assert_eq!(mapping["source"].as_str(), Some(pack.feeds[0].source.as_str()), "{name}");
    }
}

/// A row of the table, as the pack must give it: the comment above the measure, and the keys.
fn expected(row: &[String]) -> String {
    let [id, family, resolution, para, adopted, summary, cap, duty, deadline, hs, events, basis] = row else {
        panic!("{row:?}");
    };
    let mut text = format!("# {family}");
    for (name, value, unit) in [("cap", cap, ""), ("duty", duty, ""), ("deadline", deadline, " days"), ("events", events, "")] {
        if !value.is_empty() {
            text = format!("{text} | {name}: {value}{unit}");
        }
    }
    let (basis, note) = match basis.as_str() {
        "read" | "recalled" => (basis.as_str(), None),
        basis => match basis.strip_prefix("read (").and_then(|rest| rest.strip_suffix(')')) {
            Some(note) => ("read", Some(note)),
            None => ("recalled", Some(basis)),
        },
    };
    let year = &adopted[..4];
    let note = note.map_or(String::new(), |note| format!(" ({note})"));
    let hs: Vec<&str> = hs.split_whitespace().collect();
    format!("{text}\n{id}\n{summary}\nUNSCR {resolution} ({year}), para {para}{note}\n{basis}\n{adopted}\n{hs:?}")
}

/// Fields of a line; the table has no quotes (checked by the number of fields).
fn fields(line: &str) -> Vec<String> {
    line.split(',').map(str::to_owned).collect()
}

#[test]
fn the_dprk_pack_is_its_table_row_by_row() {
    let table = include_str!("data/measures.csv");
    let text = String::from_utf8(bytes("dprk.toml")).unwrap();
    let explained: Explanation = explain(&shipped("dprk.toml"));
    let comments: Vec<&str> = text.lines().filter(|line| line.starts_with("# ") && line.contains("events: ")).collect();
    let rows: Vec<Vec<String>> = table.lines().skip(1).map(fields).collect();
    assert_eq!((rows.len(), explained.measures.len()), (52, 52));
    for row in &rows {
        let measure = explained.measures.iter().find(|measure| measure.id == row[0]);
        let measure = measure.unwrap_or_else(|| panic!("{} is not in the pack", row[0]));
        let head = text.find(&format!("id = \"{}\"", row[0])).unwrap();
        let comment = text[..head].lines().rev().nth(1).unwrap();
        assert!(comments.contains(&comment), "{comment}");
        let found = format!(
            "{comment}\n{}\n{}\n{}\n{}\n{}\n{:?}",
            measure.id,
            measure.title,
            measure.instrument,
            measure.basis,
            measure.from.as_deref().unwrap_or(""),
            measure.hs,
        );
        assert_eq!(found, expected(row));
    }
}

#[test]
fn only_superseded_measures_of_the_dprk_pack_end() {
    let explained = explain(&shipped("dprk.toml"));
    let ended = explained.measures.iter().filter_map(|measure| Some((measure.id.as_str(), measure.to.as_deref()?)));
    let ended: Vec<(&str, &str)> = ended.collect();
    assert_eq!(ended, [("M-COAL-CAP", "2017-08-05"), ("M-REFINED-2375", "2017-12-22")]);
    assert_eq!(explained.measures_by_basis, [("read", 16), ("recalled", 36), ("measured", 0)]);
    assert!(explained.measures.iter().all(|measure| measure.issuer == "UN Security Council"));
}
