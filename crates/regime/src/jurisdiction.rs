//! Whose acts are counted: a list with neighbours, or a pattern of codes with a maximum.
//!
//! What must never enter: a register of real codes. A pack may invent its own.

use crate::{
    findings::{Fault, Findings},
    form::{JURISDICTION, JURISDICTIONS},
    section::{Entry, Named, Section, suggestion},
    shape::{Shape, shape},
};
use vocab::{
    name::{JurisdictionCode, Label},
    pack::{Jurisdiction, Jurisdictions},
};

/// Reads `[jurisdictions]`.
pub(crate) fn jurisdictions<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Jurisdictions> {
    let section = entry.section(&JURISDICTIONS, out);
    let section = out.keep(section)?;
    let max = section.entry("max");
    match (section.entry("list"), section.entry("pattern")) {
        (Some(list), None) => {
            if let Some(max) = max {
                let help = "leave `max` out: it belongs to a pattern";
                out.add(max.fault("a list needs no maximum", help));
            }
            listed(&list, out)
        }
        (None, Some(pattern)) => patterned(&section, &pattern, out),
        (Some(list), Some(_)) => {
            let help = "keep one of them: a list with neighbours, or a pattern with a maximum";
            out.add(list.fault("there is a list and a pattern", help));
            None
        }
        (None, None) => {
            let help = "write [[jurisdictions.list]] with code and title, or pattern and max";
            out.add(section.fault("there is neither a list nor a pattern", help));
            None
        }
    }
}

fn patterned<'t>(section: &Section<'t>, pattern: &Entry<'t>, out: &mut Findings<'t>) -> Option<Jurisdictions> {
    let shape = out.keep(compiled(pattern));
    let max = out.keep(section.needed("max"));
    let max = max.and_then(|max| out.keep(max.whole(1..=i64::from(u32::MAX))));
    Some(Jurisdictions::Pattern { shape: shape?, max: max? })
}

fn compiled<'t>(pattern: &Entry<'t>) -> Result<Shape, Fault<'t>> {
    let text = pattern.text()?;
    shape(text).map_err(|bad| {
        let problem = format!("{} is no pattern: {}", pattern.found(), bad.problem);
        let mut fault = pattern.fault(problem, bad.help);
        // Where the text is written without escapes, the very part of it can be shown.
        let quoted = pattern.source.at(&pattern.span);
        if quoted.get(1..).and_then(|rest| rest.strip_prefix(text)).is_some() {
            let start = pattern.span.start + 1;
            fault.span = start + bad.span.start..start + bad.span.end;
        }
        fault
    })
}

fn listed<'t>(list: &Entry<'t>, out: &mut Findings<'t>) -> Option<Jurisdictions> {
    let items = out.keep(list.items())?;
    let mut codes = Named::default();
    let mut neighbours = Vec::new();
    let mut found = Vec::new();
    for item in &items {
        let section = item.section(&JURISDICTION, out);
        let Some(section) = out.keep(section) else {
            continue;
        };
        neighbours.extend(section.entry("neighbours"));
        found.push(jurisdiction(&section, &mut codes, out));
    }
    // Where a code could not be read, a neighbour may be missing for that reason alone.
    for entry in neighbours.iter().filter(|_| codes.count() == items.len()) {
        find_unlisted(entry, &codes, out);
    }
    let mut found: Vec<Jurisdiction> = found.into_iter().collect::<Option<_>>()?;
    found.sort_by(|left, right| left.code.cmp(&right.code));
    Some(Jurisdictions::Listed(found))
}

fn jurisdiction<'t>(section: &Section<'t>, codes: &mut Named, out: &mut Findings<'t>) -> Option<Jurisdiction> {
    let entry = out.keep(section.needed("code"));
    let code = entry.and_then(|entry| {
        let code = out.keep(code(&entry))?;
        out.keep(codes.once(code.as_str(), &entry)).map(|()| code)
    });
    let title = out.keep(section.needed("title"));
    let title = title.and_then(|title| out.keep(title.name(Label::parse)));
    let neighbours = match (section.entry("neighbours"), &code) {
        (Some(entry), Some(code)) => neighbours(&entry, code, out),
        (Some(_), None) => None,
        (None, _) => Some(Vec::new()),
    };
    Some(Jurisdiction { code: code?, title: title?, neighbours: neighbours? })
}

/// A code that can be part of a key.
fn code<'t>(entry: &Entry<'t>) -> Result<JurisdictionCode, Fault<'t>> {
    let code = entry.name(JurisdictionCode::parse)?;
    let unfit = |letter: char| letter.is_whitespace() || letter == '/' || letter == '#';
    match code.as_str().chars().find(|letter| unfit(*letter)) {
        None => Ok(code),
        Some(letter) => {
            let help = "a code is a part of keys, which are joined with `/` and `#`: leave it out";
            Err(entry.fault(format!("a code cannot hold `{letter}`"), help))
        }
    }
}

fn neighbours<'t>(entry: &Entry<'t>, own: &JurisdictionCode, out: &mut Findings<'t>) -> Option<Vec<JurisdictionCode>> {
    let mut names = Named::default();
    let mut found = Vec::new();
    for item in out.keep(entry.items())? {
        let Some(code) = out.keep(code(&item)) else {
            continue;
        };
        if code == *own {
            let help = "leave it out: traffic is displaced to others";
            out.add(item.fault(format!("\"{own}\" is its own neighbour"), help));
        }
        out.keep(names.once(code.as_str(), &item));
        found.push(code);
    }
    found.sort();
    Some(found)
}

/// Neighbours may be listed further down, so they are looked up when all codes are known.
fn find_unlisted<'t>(neighbours: &Entry<'t>, codes: &Named, out: &mut Findings<'t>) {
    for item in neighbours.items().unwrap_or_default() {
        let Ok(code) = code(&item) else {
            continue;
        };
        if !codes.has(code.as_str()) && out.is_full() {
            out.add(item.fault("", ""));
        } else if !codes.has(code.as_str()) {
            let problem = format!("\"{code}\" is no jurisdiction of this pack");
            let help = suggestion(code.as_str(), || codes.names(), "list it, or name one of ");
            out.add(item.fault(problem, help));
        }
    }
}
