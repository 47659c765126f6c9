//! Every mapping that ships, over small committed samples: the events come out as the `.expected` file
//! beside the sample says. `SLIPWATCH_WRITE_EXPECTED=1` writes these files anew; a plain run only compares.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use std::{fs, path::PathBuf};
use vocab::event::{Body, Event};
use wire::feed::{FeedCounts, KnownFrom, Mapping, Outcome, Rows, check_sample};

fn folder(of: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(of)
}

fn mapping(path: &str) -> Mapping {
    let text = fs::read_to_string(folder(path)).unwrap();
    Mapping::parse(path, &text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn known(known: KnownFrom) -> String {
    match known {
        KnownFrom::Day(day) => day.to_string(),
        KnownFrom::Instant(instant) => instant.to_string(),
    }
}

fn line(event: &Event, at: KnownFrom) -> String {
    let occurred = event.occurred.at.map_or_else(|| event.occurred.day.to_string(), |at| at.to_string());
    let measures: Vec<&str> = event.measures.iter().map(|measure| measure.as_str()).collect();
    let text = |value: Option<&str>| value.unwrap_or("-").to_owned();
    let mut fields = vec![
        known(at),
        occurred,
        event.body.type_name().to_owned(),
        text(event.jurisdiction.as_ref().map(|code| code.as_str())),
        measures.join("+"),
        text(event.stratum.as_ref().map(|stratum| stratum.as_str())),
        event.count.to_string(),
        event.source_record_id.to_string(),
    ];
    if let Body::InspectionPerformed(inspection) = &event.body
        && let Some(result) = inspection.result
    {
        fields.push(format!("result={}", result.as_str()));
    }
    if let Some(location) = event.context.as_ref().and_then(|context| context.location.as_ref()) {
        fields.push(format!("{location:?}"));
    }
    fields.join(" | ")
}

/// What every row of a sample becomes, one line each, with the counts at the end.
fn told(mapping: &Mapping, sample: &str) -> String {
    let mut rows = Rows::open(mapping, &folder(sample)).unwrap_or_else(|error| panic!("{error}"));
    let (mut mapper, mut counts, mut lines) = (rows.mapper(), FeedCounts::default(), Vec::new());
    let reasons: Vec<&str> = mapping.skip_reasons().collect();
    while let Some(batch) = rows.next_batch().unwrap() {
        for row in batch.rows() {
            let outcome = mapper.map(&row);
            counts.note(&outcome);
            let told = match outcome {
                Ok(Outcome::Event(mapped)) => {
                    let find = mapped.find.map(|find| format!("\n    and {}", line(&find, mapped.known)));
                    line(&mapped.event, mapped.known) + &find.unwrap_or_default()
                }
                Ok(Outcome::Skipped(reason)) => format!("skipped: {}", reasons[reason]),
                Err(refusal) => format!("refused: {refusal}"),
            };
            lines.push(format!("{:>3} {told}", row.line));
        }
    }
    let FeedCounts { rows, events, finds, skipped, refused } = counts;
    let finds = if finds > 0 { format!(", {finds} finds beside them") } else { String::new() };
    lines.push(format!("{rows} rows, {events} events{finds}, skipped {skipped:?}, refused {refused:?}\n"));
    lines.join("\n")
}

fn check(mapping_file: &str, sample: &str) {
    let has = told(&mapping(mapping_file), &format!("tests/feeds/{sample}"));
    let expected_file = folder(&format!("tests/feeds/{sample}.expected"));
    if std::env::var_os("SLIPWATCH_WRITE_EXPECTED").is_some() {
        fs::write(&expected_file, &has).unwrap();
    }
    let expected = fs::read_to_string(&expected_file).expect("the expected file is committed");
    assert_eq!(has, expected, "{sample} through {mapping_file}");
}

#[test]
fn citations_are_daily_totals_by_outcome() {
    check("../../deploy/mappings/ma-citations.toml", "ma-citations.csv");
}

#[test]
fn detection_rows_keep_their_reported_time_and_count_an_inspection_once() {
    check("../../deploy/mappings/detection.toml", "detection.jsonl");
}

#[test]
fn replay_rows_are_one_act_each_and_the_cut_last_line_is_refused() {
    check("../../deploy/mappings/replay.toml", "replay.jsonl");
}

#[test]
fn an_inspection_with_a_result_is_a_find_as_well() {
    check("../../deploy/mappings/cdc-vsp.toml", "cdc-vsp.csv");
}

#[test]
fn a_feed_without_ids_has_positions_and_unknown_places() {
    check("../../deploy/mappings/pirate-attacks.toml", "pirate-attacks.csv");
}

#[test]
fn every_shipped_mapping_compiles_and_is_tried_on_a_sample() {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder("../../deploy/mappings")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let mapping = mapping(&format!("../../deploy/mappings/{name}.toml"));
            assert_eq!(mapping.source().as_str(), name, "a mapping is named after its feed");
            let has_sample = ["csv", "jsonl"].iter().any(|ending| folder(&format!("tests/feeds/{name}.{ending}.expected")).exists());
            assert!(has_sample, "{name} has no sample under tests/feeds");
            found.push(name);
        }
    }
    found.sort();
    for shipped in ["cdc-vsp", "detection", "ma-citations", "pirate-attacks", "replay"] {
        assert!(found.iter().any(|name| name == shipped), "{shipped} is not among {found:?}");
    }
}

#[test]
fn a_sample_is_reported_with_reasons_lines_and_columns() {
    let text = fs::read_to_string(folder("../../deploy/mappings/ma-citations.toml")).unwrap();
    let mapping = Mapping::parse("x.toml", &text.replace("measures = \"citations\"", "measures = [\"citations\", \"other\"]")).unwrap();
    let mut rows = Rows::open(&mapping, &folder("tests/feeds/ma-citations.csv")).unwrap();
    let report = check_sample(&mapping, &mut rows, 1_000).unwrap();
    assert_eq!((report.counts.rows, report.counts.events), (19, 12));
    assert_eq!(report.skipped.into_iter().collect::<Vec<_>>(), [("no citation of this outcome on this day".to_owned(), 1)]);
    let reasons: Vec<(&str, &[u64])> = report.refused.iter().map(|reason| (&*reason.reason, &*reason.lines)).collect();
    assert_eq!(
        reasons,
        [
            ("field event.count (column n): is negative", &[19][..]),
            ("field event.count (column n): is not of the type expected", &[15]),
            ("field event.stratum (column outcome) is missing", &[20]),
            ("field occurred (column date): is not a date or time of the form expected", &[17]),
            ("field occurred (column date): lies outside 1970-01-01 to 2199-12-31", &[18]),
            ("the row is broken: 2 fields, where the header has 3", &[16]),
        ]
    );
    assert_eq!(report.measures.keys().collect::<Vec<_>>(), ["citations", "other"]);
    assert_eq!(
        report.occurred.map(|(first, last)| (first.to_string(), last.to_string())),
        Some(("2002-01-01".into(), "2002-01-03".into()))
    );
    assert_eq!((report.repeated_records, report.unplaced, report.disorder_days), (0, 0, 0));
}

#[test]
fn a_sample_names_columns_that_nobody_uses() {
    let text = fs::read_to_string(folder("../../deploy/mappings/replay.toml")).unwrap().replace("\"port\"", "\"prot\"");
    let mapping = Mapping::parse("x.toml", &text).unwrap();
    let mut rows = Rows::open(&mapping, &folder("tests/feeds/replay.jsonl")).unwrap();
    let report = check_sample(&mapping, &mut rows, 5).unwrap();
    assert_eq!((report.counts.rows, report.unused_columns, report.absent_columns), (5, vec!["port".to_owned()], vec!["prot".to_owned()]));
}

#[test]
fn the_mapping_that_the_guide_shows_is_right() {
    let guide = fs::read_to_string(folder("../../deploy/mappings/README.md")).unwrap();
    let shown = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mapping = Mapping::parse("guide", shown).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(mapping.columns().collect::<Vec<_>>(), ["no", "date", "flag"]);
}
