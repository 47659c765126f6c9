//! Names that say nothing: `get_`, `Manager`, `Helper`, `Data`, `Info`, and rooms called `common`,
//! `utils` or `types`. What must never enter: taste. A name is on the list or it is not.

use crate::finding::{Finding, expect_lines, report};
use crate::lexer::{Kind, Token};
use crate::source::Source;
use crate::tree::sources;

const NO_GET: &str = "a function is named after what it gives, without `get_`";
const TELLING_TYPE: &str = "a type is not a Manager, Helper, Data or Info";
const TELLING_ROOM: &str = "no module is called common, utils or types: a line lives in the room of its meaning";
const EMPTY_PARTS: [&str; 4] = ["manager", "helper", "data", "info"];
const EMPTY_ROOMS: [&str; 9] = ["common", "util", "utils", "types", "helper", "helpers", "misc", "shared", "prelude"];

/// The words of an identifier: `LagSecondsMax`, `lag_seconds_max` and `LAG_SECONDS_MAX` have three.
pub(crate) fn parts(identifier: &str) -> Vec<String> {
    let letters: Vec<char> = identifier.chars().collect();
    let (mut parts, mut part) = (Vec::new(), String::new());
    for (at, &letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let rises = letter.is_uppercase() && before.is_some_and(char::is_lowercase);
        // The last capital of a run begins the next word: HTTPServer is http, server.
        let run_ends =
            letter.is_uppercase() && before.is_some_and(char::is_uppercase) && letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter == '_' || rises || run_ends {
            parts.push(std::mem::take(&mut part));
        }
        if letter != '_' {
            part.extend(letter.to_lowercase());
        }
    }
    parts.push(part);
    parts.retain(|part| !part.is_empty());
    parts
}

fn empty_names(source: &Source) -> Vec<Finding> {
    let code = source.shipped();
    code.windows(2).filter_map(|pair| empty_name(&source.path, pair[0], pair[1])).collect()
}

fn empty_name(path: &str, keyword: &Token, name: &Token) -> Option<Finding> {
    if keyword.kind != Kind::Word || name.kind != Kind::Word {
        return None;
    }
    let rule = match keyword.text.as_str() {
        "fn" if name.text.starts_with("get_") => NO_GET,
        "struct" | "enum" | "trait" | "type" | "union" if parts(&name.text).iter().any(|part| EMPTY_PARTS.contains(&part.as_str())) => {
            TELLING_TYPE
        }
        "mod" if EMPTY_ROOMS.contains(&name.text.as_str()) => TELLING_ROOM,
        _ => return None,
    };
    Some(Finding::new(path, name.line, rule, format!("`{} {}`", keyword.text, name.text)))
}

#[test]
fn names_say_something() {
    report(sources().iter().flat_map(empty_names).collect());
}

#[test]
fn rules_of_names_are_able_to_fail() {
    let text = "fn get_day() {}\nfn gets() {}\nstruct FeedManager;\nenum DataKind {}\nstruct Database;\ntrait HTTPInfo {}\n\
                mod utils;\nmod common { }\nmod units;\n#[cfg(test)]\nmod helpers;\nlet data = info;\n";
    expect_lines(&empty_names(&Source::new("crates/x/src/lib.rs", text)), &[1, 3, 4, 6, 7, 8]);
    assert_eq!(parts("HTTPServerIDs_of__x9"), ["http", "server", "i", "ds", "of", "x9"].map(str::to_owned));
}
