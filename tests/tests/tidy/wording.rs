//! What users may read must not claim too much: "enforcement health", and never that a context
//! brought a fall about. Reads string literals and docs of shipped code, Markdown, packs, mappings
//! and the contract. What must never enter: rules about style.

use crate::finding::{Finding, expect_lines, report};
use crate::lexer::{Kind, Token};
use crate::source::Source;
use crate::tree::{files, sources};

const NO_EFFECTIVENESS: &str = "say \"enforcement health\"; the other word only where we say that we never claim it";
const NO_CAUSE: &str = "context \"coincides with\"; no text for users says what something was \"caused by\"";

/// One paragraph: the line it begins on, and its lines.
struct Paragraph {
    line: usize,
    text: String,
}

fn claims(path: &str, paragraph: &Paragraph) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut offset = 0;
    for sentence in paragraph.text.split_inclusive(['.', '!', '?', '|']) {
        let line_of = |word: &str| {
            let at = sentence.to_lowercase().find(word)?;
            Some(paragraph.line + paragraph.text[..offset + at].matches('\n').count())
        };
        let words: Vec<String> = sentence.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase).collect();
        let denies = words.iter().any(|word| ["never", "not", "no"].contains(&word.as_str()));
        if let Some(line) = line_of("effectiveness").filter(|_| !denies) {
            findings.push(Finding::new(path, line, NO_EFFECTIVENESS, sentence.trim()));
        }
        if words.windows(2).any(|pair| pair[0] == "caused" && pair[1] == "by") {
            let line = line_of("caused").unwrap_or(paragraph.line);
            findings.push(Finding::new(path, line, NO_CAUSE, sentence.trim()));
        }
        offset += sentence.len();
    }
    findings
}

/// Blank lines part the paragraphs of a text file.
fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut open = false;
    for (number, line) in text.lines().enumerate() {
        let blank = line.trim().is_empty();
        match paragraphs.last_mut() {
            Some(last) if open && !blank => last.text.push_str(line),
            Some(_) | None if !blank => paragraphs.push(Paragraph { line: number + 1, text: line.to_owned() }),
            Some(_) | None => {}
        }
        if let Some(last) = paragraphs.last_mut().filter(|_| !blank) {
            last.text.push('\n');
        }
        open = !blank;
    }
    paragraphs
}

/// Strings and runs of docs of shipped code: `--help` is made of docs.
fn prose(source: &Source) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut last_doc: Option<Token> = None;
    for token in source.shipped_with_comments() {
        let doc = matches!(token.kind, Kind::InnerDoc | Kind::OuterDoc);
        let follows = last_doc.take().is_some_and(|last| last.kind == token.kind && last.last_line + 1 == token.line);
        match paragraphs.last_mut() {
            Some(last) if doc && follows => last.text.push_str(&format!("\n{}", token.text)),
            Some(_) | None if doc || token.kind == Kind::Text => {
                paragraphs.push(Paragraph { line: token.line, text: token.text.clone() });
            }
            Some(_) | None => {}
        }
        last_doc = doc.then(|| token.clone());
    }
    paragraphs
}

fn read_by_users(path: &str) -> bool {
    !path.starts_with("tests/") && !path.starts_with("benches/") && !path.ends_with("Cargo.toml")
}

#[test]
fn texts_for_users_claim_neither_effect_nor_cause() {
    let code = sources().iter().filter(|source| read_by_users(&source.path));
    let from_code = code.flat_map(|source| prose(source).into_iter().map(|found| (source.path.clone(), found)));
    let texts = [files(".md"), files(".toml"), files(".proto")].concat();
    let texts = texts.into_iter().filter(|(path, _)| read_by_users(path));
    let from_texts = texts.flat_map(|(path, text)| paragraphs(&text).into_iter().map(move |found| (path.clone(), found)));
    report(from_code.chain(from_texts).flat_map(|(path, paragraph)| claims(&path, &paragraph)).collect());
}

#[test]
fn rules_of_wording_are_able_to_fail() {
    let found = |text: &str| -> Vec<Finding> { paragraphs(text).iter().flat_map(|paragraph| claims("a.md", paragraph)).collect() };
    expect_lines(&found("The effectiveness\nof sanctions."), &[1]);
    expect_lines(&found("It reports health,\nnever *sanctions\neffectiveness*."), &[]);
    expect_lines(&found("Not here. But\neffectiveness rose."), &[2]);
    expect_lines(&found("A fall\n\nwas Caused\nby a treaty."), &[3]);
    let code = "//! A measure of\n//! effectiveness\nfn f() {\n    // caused by a race\n    print(\"a fall caused by x\");\n}\n\
                #[cfg(test)]\nmod tests { fn f() { \"caused by\" } }\n";
    let source = Source::new("crates/x/src/a.rs", code);
    let findings: Vec<Finding> = prose(&source).iter().flat_map(|paragraph| claims("a.rs", paragraph)).collect();
    expect_lines(&findings, &[2, 5]);
}
