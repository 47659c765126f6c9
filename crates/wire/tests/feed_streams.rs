//! Streams of rows: compression, positions, and every way in which a file can be broken. Everything before a break is used,
//! and the break is a refusal with its position.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use std::io::{Cursor, Write};
use wire::feed::{Mapping, Outcome, ROW_BYTES_MAX, Rows};

const CSV: &str = "source = \"s\"\nregime = \"r\"\nformat = \"csv\"\nrecord.id = { column = \"id\" }\noccurred = { column = \"date\", format = \"date\" }\n\
                   known.from = \"occurred\"\nevent = { type = \"inspection.performed\", jurisdiction = \"KR\", measures = \"m\" }\n";

fn mapping(more: &str) -> Mapping {
    Mapping::parse("m.toml", &format!("{more}\n{CSV}")).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn jsonl() -> Mapping {
    Mapping::parse("m.toml", &CSV.replace("csv", "jsonl")).unwrap()
}

/// `line@offset: id` for every event, `line@offset: why` for every refusal.
fn told(mapping: &Mapping, name: &str, data: Vec<u8>) -> Vec<String> {
    let mut rows = Rows::of(mapping, name, Box::new(Cursor::new(data))).unwrap_or_else(|error| panic!("{error}"));
    let (mut mapper, mut lines) = (rows.mapper(), Vec::new());
    while let Some(batch) = rows.next_batch().unwrap() {
        for row in batch.rows() {
            let told = match mapper.map(&row) {
                Ok(Outcome::Event(mapped)) => mapped.event.source_record_id.to_string(),
                Ok(Outcome::Skipped(_)) => "skipped".to_owned(),
                Err(refusal) => refusal.to_string(),
            };
            lines.push(format!("{}@{}: {told}", row.line, row.offset));
        }
    }
    lines
}

fn csv(data: &str) -> Vec<String> {
    told(&mapping(""), "data.csv", data.as_bytes().to_vec())
}

fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn rows_have_their_line_and_their_offset() {
    assert_eq!(csv("id,date\na,2019-03-04\n\nb,2019-03-05"), ["2@8: a", "4@22: b"]);
    assert_eq!(csv("id,date\r\na,2019-03-04\r\n\r\nb,2019-03-05\r\n"), ["2@9: a", "4@25: b"]);
    assert_eq!(csv("\u{feff}id,date\na,2019-03-04\n"), ["2@11: a"]);
    assert_eq!(csv("date , \u{a0}id\n2019-03-04,a\n"), ["2@12: a"]);
}

#[test]
fn quoted_fields_hold_delimiters_line_ends_and_quotes() {
    assert_eq!(csv("id,date\n\"a,\"\"b\"\" c\",\"2019-03-04\"\nd,2019-03-05\n"), ["2@8: a,\"b\" c", "3@33: d"]);
    // A name may not hold a line end, so the row is refused whole, and the next one has its own line.
    assert_eq!(
        csv("id,date\n\"a\nb\",2019-03-04\nd,2019-03-05\n"),
        ["2@8: field record.id (column id): contains control characters", "4@25: d"]
    );
    assert_eq!(csv("id,date\n5\" pipe,2019-03-04\n"), ["2@8: 5\" pipe"]);
}

#[test]
fn a_quote_that_never_closes_costs_one_line() {
    let why = "the row is broken: a quote opens in this line and does not close";
    assert_eq!(csv("id,date\n\"a,2019-03-04\nb,2019-03-05\nc,2019-03-06\n"), [format!("2@8: {why}"), "3@22: b".into(), "4@35: c".into()]);
    let long = "b,2019-03-05\n".repeat(20_000);
    let told = csv(&format!("id,date\n\"a,2019-03-04\n{long}"));
    assert_eq!((told.len(), &*told[0], &*told[1], &*told[20_000]), (20_001, &*format!("2@8: {why}"), "3@22: b", "20002@260009: b"));
}

#[test]
fn a_row_with_other_fields_than_the_header_is_refused() {
    assert_eq!(
        csv("id,date\na\nb,2019-03-04,x\nc,2019-03-04\nd"),
        [
            "2@8: the row is broken: 1 fields, where the header has 2",
            "3@10: the row is broken: 3 fields, where the header has 2",
            "4@25: c",
            "5@38: the row is broken: 1 fields, where the header has 2: the file ends in the middle of its last line",
        ]
    );
}

#[test]
fn files_of_other_layouts_are_declared() {
    let semicolons = mapping("delimiter = \";\"\nquote = \"'\"\nskip_lines = 2");
    assert_eq!(told(&semicolons, "d", b"Report\nof 2019\nid;date\n'a;b';2019-03-04\n".to_vec()), ["4@23: a;b"]);
    let tabs = mapping("delimiter = \"tab\"\nquote = \"none\"\nheader = [\"date\", \"id\"]");
    assert_eq!(told(&tabs, "d", b"2019-03-04\t\"a\n2019-03-04\tb\"\n".to_vec()), ["1@0: \"a", "2@14: b\""]);
}

#[test]
fn a_row_that_is_not_utf8_is_refused_and_the_next_is_not() {
    let told = told(&mapping(""), "d", b"id,date\na\xff,2019-03-04\nb,2019-03-04\n".to_vec());
    assert_eq!(told, ["2@8: not UTF-8", "3@22: b"]);
}

#[test]
fn a_row_longer_than_is_read_is_refused_and_the_next_is_not() {
    for length in [ROW_BYTES_MAX + 1, 3 * ROW_BYTES_MAX] {
        let row = "x".repeat(length);
        let expected = [
            "2@8: a".to_owned(),
            format!("3@21: {length} bytes, more than the {ROW_BYTES_MAX} that are read"),
            format!("4@{}: b", 22 + length),
        ];
        assert_eq!(csv(&format!("id,date\na,2019-03-04\n{row}\nb,2019-03-04\n")), expected);
        let mut expected = expected.map(|told| told.replace("3@21", "2@31").replace("2@8", "1@0"));
        expected[2] = format!("3@{}: b", 32 + length);
        let data = format!("{{\"id\":\"a\",\"date\":\"2019-03-04\"}}\n{row}\n{{\"id\":\"b\",\"date\":\"2019-03-04\"}}\n");
        assert_eq!(told(&jsonl(), "d", data.into_bytes()), expected);
    }
    let endless = format!("id,date\n{}", "x".repeat(5 * ROW_BYTES_MAX));
    assert_eq!(csv(&endless), [format!("2@8: {} bytes, more than the {ROW_BYTES_MAX} that are read", 5 * ROW_BYTES_MAX)]);
}

#[test]
fn compressed_files_are_recognised_also_in_several_parts() {
    let plain = b"id,date\na,2019-03-04\nb,2019-03-05\n";
    let expected = ["2@8: a", "3@21: b"];
    assert_eq!(told(&mapping(""), "d.csv.gz", gzip(plain)), expected);
    assert_eq!(told(&mapping(""), "d", [gzip(&plain[..13]), gzip(&plain[13..])].concat()), expected);
    assert_eq!(told(&mapping(""), "d.csv.zst", zstd::encode_all(&plain[..], 3).unwrap()), expected);
    let parts = [zstd::encode_all(&plain[..13], 3).unwrap(), zstd::encode_all(&plain[13..], 3).unwrap()].concat();
    assert_eq!(told(&mapping(""), "d", parts), expected);
}

#[test]
fn a_compressed_file_that_breaks_off_is_used_up_to_there() {
    // Ids without pattern, so that the compressed file is long and its cut lies in the middle of the rows.
    let rows: String = (0..20_000_u64).map(|row| format!("{:x},2019-03-04\n", row.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let plain = format!("id,date\n{rows}");
    for whole in [gzip(plain.as_bytes()), zstd::encode_all(plain.as_bytes(), 3).unwrap()] {
        let complete = told(&mapping(""), "d", whole.clone());
        for keep in [whole.len() / 2, whole.len() - 1] {
            let cut = told(&mapping(""), "d", whole[..keep].to_vec());
            let (last, before) = cut.split_last().unwrap();
            assert!(last.contains("the row is broken: the compressed file breaks off here: "), "{last}");
            assert!(before.len() > 100 && complete.starts_with(before), "{} rows before the break", before.len());
        }
    }
}

#[test]
fn a_damaged_file_is_used_up_to_the_damage_or_to_its_failed_checksum() {
    let rows: String = (0..20_000_u64).map(|row| format!("{:x},2019-03-04\n", row.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    let mut damaged = gzip(format!("id,date\n{rows}").as_bytes());
    let middle = damaged.len() / 2;
    damaged[middle..middle + 64].fill(0xff);
    let told = told(&mapping(""), "d", damaged);
    assert!(told.len() > 100 && told.last().unwrap().contains("breaks off here"), "{:?}", told.last());
}

#[test]
fn a_last_line_of_json_that_is_cut_is_told_from_a_wrong_one() {
    let data = b"{\"id\":\"a\",\"date\":\"2019-03-04\"}\n{\"id\":\"b\",\"da".to_vec();
    assert_eq!(told(&jsonl(), "d", data), ["1@0: a", "2@31: the row is broken: the file ends in the middle of its last line"]);
    let data = b"{\"id\":\"a\",\"da\n{\"id\":\"b\",\"date\":\"2019-03-04\"}".to_vec();
    assert_eq!(told(&jsonl(), "d", data), ["1@0: not valid JSON: EOF while parsing a string at byte 13", "2@14: b"]);
}

#[test]
fn a_pipe_hands_out_rows_as_they_arrive() {
    /// Gives one piece at each read, as a pipe does, and fails the test when asked before the pieces were used.
    struct Pipe(Vec<&'static [u8]>);
    impl std::io::Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }
    let pieces: Vec<&[u8]> = vec![b"id,date\na,2019-03-04\nb,2019", b"-03-04\nc,2019-03-04\n"];
    let mut rows = Rows::of(&mapping(""), "-", Box::new(Pipe(pieces))).unwrap();
    let counts: Vec<usize> = (0..2).map(|_| rows.next_batch().unwrap().unwrap().rows().len()).collect();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn mappers_are_independent_and_travel_between_threads() {
    let data: String = (0..5_000).map(|row| format!("{{\"id\":\"r{row}\",\"date\":\"2019-03-04\"}}\n")).collect();
    let mut rows = Rows::of(&jsonl(), "d", Box::new(Cursor::new(data.into_bytes()))).unwrap();
    let mut batches = Vec::new();
    while let Some(batch) = rows.next_batch().unwrap() {
        batches.push((batch, rows.mapper()));
    }
    let counts: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = batches
            .iter_mut()
            .map(|(batch, mapper)| scope.spawn(move || batch.rows().filter(|row| mapper.map(row).is_ok()).count()))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(counts.iter().sum::<usize>(), 5_000);
}
