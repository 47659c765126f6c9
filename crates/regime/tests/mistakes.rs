//! One bad pack per mistake, each with its message: the good pack with one edit, as data in `tests/mistakes/*.txt`.
//!
//! A case is `## name`, then lines of the good pack to take out (`- `), lines to put there (`+ `), and the message expected.
//! What must never enter: a test that writes; a message that changes is edited in the case by hand.

use regime::compile;
use std::{fs, path::PathBuf};

const GOOD: &str = include_str!("mistakes/good.toml");

const LONG: &str = include_str!("mistakes/long.toml");

const WATCH: &str = include_str!("mistakes/watch.toml");

struct Case<'c> {
    name: &'c str,
    pack: String,
    expected: String,
}

/// The lines of a case that begin with a sign, joined, and the rest of them.
fn case<'c>(good: &str, text: &'c str) -> Case<'c> {
    let (name, body) = text.split_once('\n').unwrap_or((text, ""));
    let (mut out, mut put, mut expected) = (String::new(), String::new(), String::new());
    for line in body.lines() {
        let unsigned = |sign: char| line.strip_prefix(sign).map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
        let (part, line) = match (unsigned('-'), unsigned('+')) {
            (Some(rest), _) => (&mut out, rest),
            (None, Some(rest)) => (&mut put, rest),
            (None, None) => (&mut expected, line),
        };
        part.push_str(line);
        part.push('\n');
    }
    assert!(!out.is_empty() && good.matches(&out).count() == 1, "{name}: not exactly once in the good pack:\n{out}");
    let expected = expected.trim_matches('\n').to_owned();
    Case { name, pack: good.replacen(&out, &put, 1), expected }
}

fn messages(pack: &str) -> String {
    match compile("pack.toml", pack.as_bytes()) {
        Ok(_) => "no mistake".to_owned(),
        Err(mistakes) => mistakes.shown().iter().map(|mistake| format!("{mistake}\n\n")).collect::<String>().trim_end().to_owned(),
    }
}

/// Every case of a file gives the message it states. Tells all that differ at once, ready to be copied.
fn check(file: &str) {
    check_against(GOOD, file);
}

/// The same, of another good pack.
fn check_against(good: &str, file: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/mistakes").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let cases: Vec<Case<'_>> = text.split("## ").skip(1).map(|text| case(good, text)).collect();
    assert!(!cases.is_empty(), "{file} has no case");
    let wrong = cases.iter().filter_map(|case| {
        let found = messages(&case.pack);
        (found != case.expected).then(|| format!("## {}\n{found}\n", case.name))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{file}: found\n{}", wrong.join("\n"));
}

#[test]
fn a_mapping_in_the_place_of_a_pack_is_one_mistake() {
    let mapping = "source = \"customs\"\nregime = \"border\"\n[record]\nid = \"content\"\n[occurred]\ncolumn = \"day\"\n";
    let told = messages(mapping);
    assert!(told.starts_with("error: this is the mapping of a feed and no regime pack\n --> pack.toml:1:1\n"), "{told}");
    assert_eq!(told.matches("error: ").count(), 1, "{told}");
}

#[test]
fn the_good_pack_compiles() {
    assert_eq!(messages(GOOD), "no mistake");
}

#[test]
fn mistakes_of_the_file_as_a_whole() {
    check("whole.txt");
}

#[test]
fn mistakes_of_measures() {
    check("measures.txt");
}

#[test]
fn mistakes_of_jurisdictions() {
    check("jurisdictions.txt");
}

#[test]
fn mistakes_of_feeds_and_effort() {
    check("feeds.txt");
}

#[test]
fn mistakes_of_the_calendar() {
    check("calendar.txt");
}

#[test]
fn mistakes_of_what_is_seen_over_years() {
    assert_eq!(messages(LONG), "no mistake");
    check_against(LONG, "long.txt");
}

#[test]
fn mistakes_of_what_is_watched() {
    assert_eq!(messages(WATCH), "no mistake");
    check_against(WATCH, "watch.txt");
}

#[test]
fn mistakes_of_policy() {
    check("policy.txt");
}

#[test]
fn a_pack_that_is_no_text_says_so() {
    let mistakes = compile("x.toml", b"regime = \"a\"\ntitle = \"\xff\"\n").unwrap_err();
    assert_eq!((mistakes.total(), mistakes.shown()[0].line, mistakes.shown()[0].column), (1, 2, 10));
    assert_eq!(mistakes.shown()[0].one_line(), "x.toml:2:10: byte 23 is not UTF-8");
}

#[test]
fn a_pack_is_at_most_a_mebibyte() {
    let comment = |length: usize| format!("{GOOD}#{}", "x".repeat(length - GOOD.len() - 1));
    assert!(compile("x.toml", comment(1 << 20).as_bytes()).is_ok());
    let mistakes = compile("x.toml", comment((1 << 20) + 1).as_bytes()).unwrap_err();
    assert_eq!(mistakes.shown()[0].one_line(), "x.toml:1:1: the pack has 1048577 bytes");
}

#[test]
fn a_calendar_has_at_most_a_thousand_entries() {
    let filled = |entries: usize| {
        let base = &GOOD[..GOOD.find("[[calendar]]").unwrap()];
        let entry = |number| format!("[[calendar]]\nlabel = \"festival {number}\"\nfrom = 2019-03-01\nkind = \"holiday\"\n");
        format!("{base}{}", (0..entries).map(entry).collect::<String>())
    };
    assert_eq!(compile("x.toml", filled(1_000).as_bytes()).unwrap().calendar.len(), 1_000);
    let mistakes = compile("x.toml", filled(1_001).as_bytes()).unwrap_err();
    assert_eq!(mistakes.shown()[0].one_line(), "x.toml:61:1: calendar: the calendar has 1001 entries");
}

#[test]
fn all_mistakes_are_told_in_one_go_in_the_order_of_the_file() {
    let pack =
        GOOD.replace("version = 1", "version = 0").replace("unit = \"t\"", "unit = \"tons\"").replace("every_days = 7", "every_days = 0");
    let mistakes = compile("x.toml", pack.as_bytes()).unwrap_err();
    let keys: Vec<&str> = mistakes.shown().iter().map(|mistake| mistake.key.as_str()).collect();
    assert_eq!(keys, ["version", "measures[2].unit", "feeds[2].every_days"]);
    assert!(mistakes.to_string().ends_with("\n\n3 mistakes"));
}

#[test]
fn a_hopeless_pack_shows_a_hundred_and_counts_the_rest() {
    let strangers: String = (0..5_000).map(|number| format!("x{number} = 1\n")).collect();
    let mistakes = compile("x.toml", format!("{strangers}{GOOD}").as_bytes()).unwrap_err();
    assert_eq!((mistakes.total(), mistakes.shown().len()), (5_000, 100));
    assert!(mistakes.to_string().ends_with("5000 mistakes, 100 of them shown"));
}
