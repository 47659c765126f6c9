//! `slipwatch test`: scenario tests of regime packs, a line a case, failures as a diff.
//!
//! Every file is read and checked before the first case runs. What must never enter: a comparison (`scenario`), a decision.

use crate::{
    cli::{Format, TestArgs},
    failure::Failure,
    output::{Ink, Output},
    scenario::{
        Case,
        compare::{Compared, Row, Side, compare},
        play::play,
        read::read,
        show,
    },
};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A case that was run.
struct Ran {
    file: String,
    name: String,
    compared: Compared,
    remarks: Vec<String>,
}

/// Runs scenario tests.
///
/// # Errors
/// [`Failure::No`] when a case fails; [`Failure::Usage`] with every mistake of every file; [`Failure`] of what they name.
pub fn run(arguments: &TestArgs, out: &mut Output) -> Result<(), Failure> {
    let cases = cases(arguments)?;
    let mut values = Vec::new();
    let mut heading = None;
    let (mut failed, total) = (0, cases.len());
    for (file, case) in cases {
        let played = play(&case)?;
        let compared = compare(&case, &played);
        let ran = Ran { file: file.display().to_string(), name: case.name, compared, remarks: played.remarks };
        failed += usize::from(ran.compared.differences > 0);
        match out.format() {
            Format::Json => values.push(ran.value()),
            Format::Table | Format::Csv => {
                if heading.as_ref() != Some(&ran.file) {
                    out.lines(&[(Ink::Plain, ran.file.clone())])?;
                    heading = Some(ran.file.clone());
                }
                out.lines(&ran.lines())?;
            }
        }
    }
    match out.format() {
        Format::Json => out.json(&json!({ "cases": values, "passed": total - failed, "failed": failed }))?,
        Format::Table | Format::Csv => {
            let ink = if failed == 0 { Ink::Good } else { Ink::Bad };
            out.lines(&[(ink, format!("\n{}: {} passed, {failed} failed", counted(total, "case"), total - failed))])?;
        }
    }
    if failed == 0 { Ok(()) } else { Err(Failure::No(format!("{failed} of {} failed", counted(total, "case")))) }
}

/// Every case asked for, with the file it stands in.
fn cases(arguments: &TestArgs) -> Result<Vec<(PathBuf, Case)>, Failure> {
    let (mut cases, mut wrong) = (Vec::new(), Vec::new());
    for path in files(&arguments.tests)? {
        match read(&path) {
            Ok(read) => cases.extend(read.into_iter().map(|case| (path.clone(), case))),
            Err(Failure::Usage(mistakes)) => wrong.push(mistakes),
            Err(other) => return Err(other),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::Usage(format!("nothing was run\n\n{}", wrong.join("\n\n"))));
    }
    if let Some(text) = &arguments.only {
        cases.retain(|(_, case)| case.name.contains(text.as_str()));
        if cases.is_empty() {
            return Err(Failure::Usage(format!("no case has `{text}` in its name")));
        }
    }
    Ok(cases)
}

/// The files named, and those of the folders named.
fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if path.is_dir() {
            files.extend(of_folder(path)?);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn of_folder(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Input(format!("read the folder {}: {error}", folder.display()));
    let entries: Result<Vec<_>, _> = std::fs::read_dir(folder).map_err(unreadable)?.collect();
    let mut files: Vec<PathBuf> = entries.map_err(unreadable)?.into_iter().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    if files.is_empty() {
        return Err(Failure::Input(format!("the folder {} has no file that ends in .toml", folder.display())));
    }
    Ok(files)
}

impl Ran {
    fn lines(&self) -> Vec<show::Line> {
        let Compared { verdicts, transitions, differences, .. } = self.compared;
        let (ink, word) = if differences == 0 { (Ink::Good, "ok  ") } else { (Ink::Bad, "FAIL") };
        let looked = format!("{}, {}", counted(verdicts, "series-week"), counted(transitions, "transition"));
        let mut lines = vec![(ink, format!("  {word}  {}  ({looked})", self.name))];
        if differences > 0 {
            lines.push((Ink::Plain, "        - expected  + came".to_owned()));
            lines.extend(show::differences(&self.compared).into_iter().map(|(ink, line)| (ink, format!("      {line}"))));
        }
        // What became of the input may explain a failure, and hides nothing behind a success.
        lines.extend(self.remarks.iter().map(|remark| (Ink::Faint, format!("        note: {remark}"))));
        lines
    }

    fn value(&self) -> Value {
        let Compared { verdicts, transitions, differences, .. } = self.compared;
        let rows: Vec<Value> = self.compared.rows.iter().filter(|(side, _)| *side != Side::Both).map(value).collect();
        json!({
            "file": self.file, "case": self.name, "passed": differences == 0, "seriesWeeks": verdicts, "transitions": transitions,
            "differences": rows, "notes": self.remarks,
        })
    }
}

fn counted(number: usize, what: &str) -> String {
    words::counted(u64::try_from(number).unwrap_or(u64::MAX), what)
}

fn value((side, Row { when, series, what, why }): &(Side, Row)) -> Value {
    let side = match side {
        Side::Both => "both",
        Side::Expected => "expected",
        Side::Got => "came",
    };
    json!({ "side": side, "when": when, "series": series, "what": what, "why": why })
}
