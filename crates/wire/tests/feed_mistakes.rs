//! Wrong mappings: every mistake names its line, its key, what it has and what would be right. One table, text in, text out.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop at the line that says why")]

use std::io::{Cursor, Write};
use wire::feed::{Mapping, OpenError, Rows};

const RIGHT: &str = r#"source = "harbour"
regime = "ports"
format = "csv"
delimiter = ";"
missing = ["-"]
ignore = ["remark"]
[record]
id = { column = "no" }
revision = { column = "version" }
operation = { column = "state", table = { new = "assert", amended = "correct", withdrawn = "retract" } }
[occurred]
column = "date"
format = "%d.%m.%Y"
[reported]
column = "sent"
format = "rfc3339"
[known]
from = "reported"
window_days = 3
[event]
type = { column = "what", table = { check = "inspection.performed", call = "exposure.observed" } }
jurisdiction = { column = "flag" }
measures = { column = "basis", split = "," }
count = { column = "n", thousands = "." , decimal = "," }
[inspection]
result = { column = "found", table = { nothing = "clear", goods = "seized" } }
quantity = { column = "tons", unit = "t" }
[[skip]]
column = "what"
is = ["test"]
because = "test messages of the source"
[words]
inspections = "check"
"#;

/// Replaces one piece of the right mapping and gives the mistakes of what comes out.
fn mistakes(from: &str, to: &str) -> String {
    assert!(RIGHT.contains(from), "{from}");
    match Mapping::parse("m.toml", &RIGHT.replacen(from, to, 1)) {
        Ok(_) => "none\n".to_owned(),
        Err(mistakes) => mistakes.to_string(),
    }
}

#[test]
fn the_right_mapping_has_no_mistake() {
    assert_eq!(mistakes("harbour", "harbour"), "none\n");
}

/// (what to replace, by what, how the message begins, what its hint says)
const TABLE: &[(&str, &str, &str, &str)] = &[
    ("regime = ", "regime: ", "m.toml:2:", "TOML: `key = \"text\"`"),
    ("delimiter", "delimitter", "m.toml:4:1: delimitter: is no key that is known here", "did you mean `delimiter`?"),
    ("window_days", "windowdays", "m.toml:19:1: known.windowdays: is no key that is known here", "did you mean `window_days`?"),
    ("thousands", "thousand", "m.toml:24:25: event.count.thousand: is no key that is known here", "did you mean `thousands`?"),
    ("source = \"harbour\"\n", "", "m.toml:1:1: source: is missing", "source = \"name-of-the-feed\""),
    ("source = \"harbour\"", "source = 7", "m.toml:1:10: source: has the number 7", "a text in quotes"),
    ("source = \"harbour\"", "source = \" \"", "m.toml:1:10: source: has the text ` `: empty", "a short name"),
    ("\"csv\"", "\"cvs\"", "m.toml:3:10: format: has the text `cvs`", "did you mean `csv`?"),
    ("\"csv\"", "\"jsonl\"", "m.toml:4:13: delimiter: says something about CSV", "no `delimiter`, or format = \"csv\""),
    ("\";\"", "\"ab\"", "m.toml:4:13: delimiter: has the text `ab`", "\"tab\""),
    ("[record]\nid", "[record]\nidd", "m.toml:7:1: record.id: is missing", "id = { column"),
    (
        "id = { column = \"no\" }",
        "id = \"no\"",
        "m.toml:8:6: record.id: has the text `no`, so every row would be one record",
        "\"content\"",
    ),
    ("id = { column = \"no\" }", "id = [\"no\", \"date\"]", "m.toml:8:6: record.id: has a list", "columns"),
    ("{ column = \"version\" }", "\"knwon\"", "m.toml:9:12: record.revision: has the text `knwon`", "did you mean `known`?"),
    (
        "\"correct\"",
        "\"corect\"",
        "m.toml:10:13: record.operation: has `corect`, which is not one of the known words",
        "did you mean `correct`?",
    ),
    ("\"%d.%m.%Y\"", "\"iso\"", "m.toml:13:10: occurred.format: has the text `iso`", "%d/%m/%Y"),
    ("\"%d.%m.%Y\"", "\"%Q\"", "m.toml:13:10: occurred.format: has the text `%Q`, which holds an unknown `%` letter", "rfc3339"),
    ("\"%d.%m.%Y\"", "\"%Y\"", "m.toml:13:10: occurred.format: has the text `%Y`, which gives neither a day nor a month", "date"),
    (
        "\"%d.%m.%Y\"",
        "\"date\"\nzone = \"Asia/Soul\"",
        "m.toml:14:8: occurred.zone: has the text `Asia/Soul`",
        "did you mean `Asia/Seoul`?",
    ),
    ("\"%d.%m.%Y\"", "\"date\"\nprecision = \"instant\"", "m.toml:11:1: occurred: declares a finer precision", "leave `precision` out"),
    ("\"%d.%m.%Y\"", "\"date\"\nprecision = \"dya\"", "m.toml:14:13: occurred.precision: has the text `dya`", "did you mean `day`?"),
    ("format = \"rfc3339\"", "", "m.toml:14:1: reported.format: is missing", "\"epoch_ms\""),
    ("from = \"reported\"", "from = \"recieved\"", "m.toml:18:8: known.from: has the text `recieved`", "reported or occurred"),
    ("window_days = 3", "window_days = 9999", "m.toml:19:15: known.window_days: has the number 9999", "a whole number from 0 to 366"),
    ("window_days = 3", "window_days = -1", "m.toml:19:15: known.window_days: has the number -1", "a whole number from 0 to 366"),
    (
        "[reported]\ncolumn = \"sent\"\nformat = \"rfc3339\"\n",
        "",
        "m.toml:15:8: known.from: takes the known time from [reported], which is missing",
        "from = \"occurred\"",
    ),
    (
        "\"inspection.performed\"",
        "\"inspection.preformed\"",
        "m.toml:21:8: event.type: has `inspection.preformed`",
        "did you mean `inspection.performed`?",
    ),
    ("jurisdiction = { column = \"flag\" }\n", "", "m.toml:20:1: event.jurisdiction: is missing", "jurisdiction = \"US-MA\""),
    ("measures = { column", "measures = { colum", "m.toml:23:12: event.measures: names no column", "column = \"name of a column"),
    (
        "{ column = \"n\", thousands = \".\" ,",
        "{ column = \"n\", thousands = \",\" ,",
        "m.toml:24:9: event.count: has the same letter",
        "thousands = \",\" with decimal = \".\"",
    ),
    ("\"seized\"", "\"siezed\"", "m.toml:26:10: inspection.result: has `siezed`", "did you mean `seized`?"),
    // No slip of the pen: another word would be a guess, and a wrong one here.
    ("\"seized\"", "\"failed\"", "m.toml:26:10: inspection.result: has `failed`", "one of: clear"),
    ("\"inspection.performed\"", "\"inspection.done\"", "m.toml:21:8: event.type: has `inspection.done`", "one of: inspection.performed"),
    (", unit = \"t\"", "", "m.toml:27:12: inspection.quantity.unit: is missing", "unit = \"t\""),
    ("\"t\"", "\"tonnes\"", "m.toml:27:38: inspection.quantity.unit: has `tonnes`", "one of: count, t, kg"),
    ("[inspection]", "[seizure]", "m.toml:25:1: seizure: belongs to seizure.recorded, but no row becomes one", "[event]"),
    ("is = [\"test\"]", "", "m.toml:28:1: skip: needs exactly one test", "is_empty = true"),
    ("because = \"test messages of the source\"", "", "m.toml:28:1: skip.because: is missing", "because = "),
    (
        "column = \"sent\"",
        "column = \"sent\"\ncolumns = [\"sent\"]",
        "m.toml:16:11: reported.columns: stands beside `column`",
        "either `column",
    ),
    (
        "inspections = \"check\"",
        "inspection = \"check\"",
        "m.toml:33:1: words.inspection: is no key that is known here",
        "did you mean `inspections`?",
    ),
];

#[test]
fn each_mistake_is_told_with_its_place_and_what_would_be_right() {
    let mut wrong = String::new();
    for (from, to, begins, hint) in TABLE {
        let told = mistakes(from, to);
        if !(told.starts_with(begins) || told.contains(&format!("\n{begins}"))) || !told.contains(hint) {
            wrong += &format!("`{from}` → `{to}`\n  want `{begins}` … `{hint}`\n  in   {told}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn all_mistakes_are_told_at_once_in_the_order_of_the_file() {
    let text = RIGHT.replace("delimiter", "delimitter").replace("\"rfc3339\"", "\"rfc\"").replace("[inspection]", "[inspektion]");
    let mistakes = Mapping::parse("m.toml", &text).unwrap_err();
    let keys: Vec<(usize, &str)> = mistakes.list.iter().map(|mistake| (mistake.line, &*mistake.key)).collect();
    assert_eq!(keys, [(4, "delimitter"), (16, "reported.format"), (25, "inspektion")]);
}

#[test]
fn an_empty_mapping_says_what_it_needs() {
    let mistakes = Mapping::parse("m.toml", "").unwrap_err();
    let keys: Vec<&str> = mistakes.list.iter().map(|mistake| &*mistake.key).collect();
    assert_eq!(keys, ["event", "format", "known", "occurred", "record", "regime", "source"]);
}

fn opened(mapping: &str, data: &str) -> String {
    let mapping = Mapping::parse("m.toml", mapping).unwrap();
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(data.as_bytes()).unwrap();
    match Rows::open(&mapping, file.path()) {
        Ok(rows) => format!("{:?}", rows.columns()),
        Err(OpenError::Columns { mistakes, .. }) => mistakes.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_column_that_the_file_lacks_is_named_with_those_it_has() {
    let told = opened(RIGHT, "no;version;state;dat;sent;what;flag;basis;n;found;tons;remark\n");
    let hint = "did you mean `dat`? the file has the columns no, version, state, dat, sent, what, flag, basis, n, found, tons and remark";
    assert_eq!(
        told,
        format!("m.toml:12:10: occurred.column: names the column `date`, which the file does not have\n    right would be: {hint}\n")
    );
}

#[test]
fn a_header_read_as_one_column_names_its_delimiter() {
    let told = opened(RIGHT, "no,version,state,date,sent,what,flag,basis,n,found,tons,remark\n");
    assert!(told.contains("right would be: delimiter = \",\": the header is read as one column, `no,version,"), "{told}");
    let told = opened(&RIGHT.replace("delimiter = \";\"\n", ""), "no\tversion\tdate\n");
    assert!(told.contains("right would be: delimiter = \"tab\": the header is read as one column"), "{told}");
}

#[test]
fn a_pack_in_the_place_of_a_mapping_is_one_mistake() {
    let pack = "regime = \"r\"\npolicy = \"standard-1\"\n[jurisdictions]\nlist = []\n";
    let told = Mapping::parse("p.toml", pack).unwrap_err().to_string();
    assert_eq!(
        told,
        "p.toml:1:1: the file: is a regime pack and no mapping\n    right would be: the mapping here, and the pack with --pack FILE\n"
    );
}

#[test]
fn an_example_of_several_lines_stays_below_its_mistake() {
    let told = mistakes("[known]\nfrom = \"reported\"\nwindow_days = 3\n", "");
    assert!(told.contains("right would be: [known]\n        from = "), "{told}");
}

/// (the section [find], how the message begins, what its hint says)
const FINDS: &[(&str, &str, &str)] = &[
    ("[find]\ncolumn = \"found\"\nis = [\"goods\"]\n", "none", ""),
    ("[find]\ncolumn = \"found\"\n", "m.toml:32:1: find: needs exactly one test", "is = [\"0\"]"),
    ("[find]\nis = [\"goods\"]\n", "m.toml:32:1: find: names no column", "column = "),
    ("[find]\ncolumn = \"found\"\nis = [\"goods\"]\nwas = 1\n", "m.toml:35:1: find.was: is no key that is known here", "right would be"),
];

#[test]
fn a_wrong_find_is_named_with_its_remedy() {
    for (section, begins, hint) in FINDS {
        let told = mistakes("[words]", &format!("{section}[words]"));
        assert!(told.starts_with(begins) && told.contains(hint), "{section}\n{told}");
    }
    let calls = RIGHT
        .replace("check = \"inspection.performed\", ", "")
        .replace("[inspection]", "[find]\ncolumn = \"n\"\nis = [\"1\"]\n[inspection]");
    let told = Mapping::parse("m.toml", &calls).unwrap_err().to_string();
    assert!(told.contains("find: stands beside inspections, and no row is one"), "{told}");
}

#[test]
fn a_column_that_the_file_has_twice_is_named() {
    let told = opened(RIGHT, "no;version;state;date;sent;what;flag;basis;n;found;tons;n\n");
    assert!(told.contains("m.toml:24:20: event.count.column: names the column `n`, which the file has 2 times"), "{told}");
}

const JSON: &str = r#"source = "s"
regime = "r"
format = "jsonl"
record.id = { column = "id" }
occurred = { column = "when", format = "date" }
known.from = "occurred"
event = { type = "inspection.performed", jurisdiction = { column = "ship.flag" }, measures = "m", stratum = { column = "sort" } }
"#;

#[test]
fn a_key_that_no_row_of_json_has_is_named_unless_rows_may_lack_it() {
    let told = opened(JSON, "{\"id\":1,\"When\":\"2019-03-04\",\"ship\":{\"flag\":\"KR\"}}\n");
    assert!(
        told.starts_with("m.toml:5:23: occurred.column: names the column `when`, which the file (in its first rows) does not have"),
        "{told}"
    );
    assert!(told.contains("did you mean `When`? the file (in its first rows) has the columns When, id, ship and ship.flag"), "{told}");
    assert_eq!(opened(JSON, "{\"id\":1,\"when\":1,\"ship\":{\"flag\":2}}\n"), r#"["id", "ship", "ship.flag", "when"]"#);
}

#[test]
fn files_that_are_no_feed_at_all_are_told_apart() {
    let mapping = Mapping::parse("m.toml", RIGHT).unwrap();
    let of = |name: &str, data: &[u8]| Rows::of(&mapping, name, Box::new(Cursor::new(data.to_vec()))).unwrap_err().to_string();
    assert_eq!(of("data.csv", b""), "data.csv is empty: a CSV file begins with a line of column names");
    assert!(of("data.csv.gz", b"no;version\n").contains("its bytes are not gzip"));
    assert!(of("data.csv.zst", b"no;version\n").contains("its bytes are not zstd"));
    assert!(of("data.csv", b"\xff\xfen\0o\0").contains("save it as UTF-8"));
    assert!(
        Rows::open(&mapping, std::path::Path::new("/no/such/file.csv"))
            .unwrap_err()
            .to_string()
            .starts_with("cannot read /no/such/file.csv: ")
    );
}

#[test]
fn the_first_line_of_a_pipe_may_lack_a_key() {
    let mapping = Mapping::parse("m.toml", JSON).unwrap();
    let data = "{\"id\":1,\"ship\":{\"flag\":\"KR\"}}\n";
    assert!(Rows::of(&mapping, "-", Box::new(Cursor::new(data))).is_ok());
    assert!(opened(JSON, data).contains("names the column `when`"));
}
