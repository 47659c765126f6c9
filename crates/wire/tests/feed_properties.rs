//! Arbitrary bytes as mapping, as file and as row: a mistake or a refusal, never a panic, and every row is accounted for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use proptest::prelude::*;
use std::{io::Cursor, sync::LazyLock};
use wire::feed::{FeedCounts, Mapping, Rows};

const SHIPPED: [&str; 3] = [
    include_str!("../../../deploy/mappings/ma-citations.toml"),
    include_str!("../../../deploy/mappings/detection.toml"),
    include_str!("../../../deploy/mappings/replay.toml"),
];
const SAMPLES: [&str; 3] =
    [include_str!("feeds/ma-citations.csv"), include_str!("feeds/detection.jsonl"), include_str!("feeds/replay.jsonl")];

static COMPILED: LazyLock<[Mapping; 3]> = LazyLock::new(|| SHIPPED.map(|text| Mapping::parse("m.toml", text).unwrap()));

fn count(mapping: &Mapping, data: Vec<u8>) -> Option<(FeedCounts, u64)> {
    let mut rows = Rows::of(mapping, "data", Box::new(Cursor::new(data))).ok()?;
    let (mut mapper, mut counts, mut cut) = (rows.mapper(), FeedCounts::default(), 0);
    while let Some(batch) = rows.next_batch().unwrap() {
        for row in batch.rows() {
            cut += 1;
            counts.note(&mapper.map(&row));
        }
    }
    Some((counts, cut))
}

fn all_accounted(found: Option<(FeedCounts, u64)>) {
    let Some((counts, cut)) = found else { return };
    let (skipped, refused): (u64, u64) = (counts.skipped.values().sum(), counts.refused.values().sum());
    assert_eq!((counts.rows, counts.events + skipped + refused), (cut, cut));
}

proptest! {
    #[test]
    fn any_text_as_mapping(text in "\\PC*") {
        let _ = Mapping::parse("m.toml", &text);
    }

    #[test]
    fn a_shipped_mapping_with_a_piece_replaced(which in 0_usize..3, at in 0_usize..800, length in 0_usize..40, piece in "[a-z0-9\"={}\\[\\]., \n%;]{0,12}") {
        let text = SHIPPED[which];
        let (begin, end) = (at.min(text.len()), (at + length).min(text.len()));
        if let Err(mistakes) = Mapping::parse("m.toml", &format!("{}{piece}{}", &text[..begin], &text[end..])) {
            prop_assert!(!mistakes.list.is_empty());
            prop_assert!(mistakes.list.iter().all(|mistake| mistake.line > 0 && mistake.column > 0 && !mistake.hint.is_empty() && !mistake.key.is_empty()));
        }
    }

    #[test]
    fn any_bytes_as_a_file(which in 0_usize..3, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        all_accounted(count(&COMPILED[which], bytes));
    }

    #[test]
    fn a_sample_with_bytes_replaced(which in 0_usize..3, at in 0_usize..4_000, piece in prop::collection::vec(any::<u8>(), 0..20)) {
        let mut bytes = SAMPLES[which].as_bytes().to_vec();
        let at = at.min(bytes.len());
        let end = (at + piece.len()).min(bytes.len());
        bytes.splice(at..end, piece);
        all_accounted(count(&COMPILED[which], bytes));
    }

    #[test]
    fn csv_is_read_as_the_csv_crate_reads_it(rows in prop::collection::vec(prop::collection::vec("[a-z\"',;\r\n é]{0,6}", 3), 1..8)) {
        let mut writer = csv::Writer::from_writer(b"id,b,c\n".to_vec());
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        let bytes = writer.into_inner().unwrap();
        let mapping = "source = \"s\"\nregime = \"r\"\nformat = \"csv\"\nheader = [\"id\", \"b\", \"c\"]\nskip_lines = 1\nrecord.id = \"content\"\n\
                       occurred = { column = \"id\", format = \"date\" }\nknown.from = \"occurred\"\nevent = { type = \"inspection.performed\", \
                       jurisdiction = { column = \"b\" }, measures = { column = \"c\" } }\n";
        let mapping = Mapping::parse("m.toml", mapping).unwrap();
        let mut ours = Rows::of(&mapping, "d", Box::new(Cursor::new(bytes.clone()))).unwrap();
        let mut found = 0;
        while let Some(batch) = ours.next_batch().unwrap() {
            for row in batch.rows() {
                prop_assert!(row.broken.is_none());
                let mut theirs = csv::ReaderBuilder::new().has_headers(false).from_reader(row.bytes);
                let fields: Vec<String> = theirs.records().next().unwrap().unwrap().iter().map(str::to_owned).collect();
                prop_assert_eq!(&fields, &rows[found]);
                found += 1;
            }
        }
        prop_assert_eq!(found, rows.len());
    }
}
