//! The measures of a regime: what each rests on, how that is known, what it covers and when it holds.
//!
//! What must never enter: a nomenclature of goods. Codes are checked for their form alone; editions differ.

use crate::{
    findings::{Fault, Findings},
    form::MEASURE,
    section::{Entry, Named, Section},
    word::{BASES, DIRECTIONS, PURPOSES, UNITS, WEIGHTS},
};
use vocab::{
    name::{BadName, Label, MeasureId},
    pack::Measure,
    quantity::Unit,
    time::Day,
};

/// Reads `[[measures]]`.
pub(crate) fn measures<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Vec<Measure>> {
    let mut ids = Named::default();
    let mut found = Vec::new();
    for item in out.keep(entry.items())? {
        let section = item.section(&MEASURE, out);
        found.push(out.keep(section).and_then(|section| measure(&section, &mut ids, out)));
    }
    let mut found: Vec<Measure> = found.into_iter().collect::<Option<_>>()?;
    found.sort_by(|left, right| left.id.cmp(&right.id));
    Some(found)
}

fn measure<'t>(section: &Section<'t>, ids: &mut Named, out: &mut Findings<'t>) -> Option<Measure> {
    let id = id(section, ids, out);
    let title = label(section, "title", out);
    let instrument = instrument(section, out);
    let basis = word(section, "basis", &BASES, out);
    let issuer = label(section, "issuer", out);
    let purpose = word(section, "purpose", &PURPOSES, out);
    let hs_scope = match section.entry("hs") {
        Some(entry) => goods(&entry, out),
        None => Some(Vec::new()),
    };
    let direction = word(section, "direction", &DIRECTIONS, out);
    let unit = word(section, "unit", &UNITS, out);
    let weighed_in = weighed_in(section, out);
    let interval = interval(section, out);
    let (from, to) = interval?;
    Some(Measure {
        id: id?,
        title: title?,
        instrument: instrument?,
        basis: basis?,
        issuer: issuer?,
        purpose: purpose?,
        hs_scope: hs_scope?,
        direction: direction?,
        unit: unit?,
        weighed_in: weighed_in?,
        from,
        to,
    })
}

/// A word of a closed list that must be there.
pub(crate) fn word<'t, T: Copy>(section: &Section<'t>, key: &str, words: &[(&'static str, T)], out: &mut Findings<'t>) -> Option<T> {
    let entry = out.keep(section.needed(key))?;
    out.keep(entry.word(words))
}

/// A text for people that must be there.
pub(crate) fn label<'t>(section: &Section<'t>, key: &str, out: &mut Findings<'t>) -> Option<Label> {
    let entry = out.keep(section.needed(key))?;
    out.keep(entry.name(Label::parse))
}

fn id<'t>(section: &Section<'t>, ids: &mut Named, out: &mut Findings<'t>) -> Option<MeasureId> {
    let entry = out.keep(section.needed("id"))?;
    let id = out.keep(entry.name(MeasureId::parse))?;
    let unfit = |letter: char| letter.is_whitespace() || letter == '#';
    if id.as_str() == "any" {
        let help = "give the measure another id";
        out.add(entry.fault("\"any\" stands for all measures together", help));
    }
    if let Some(letter) = id.as_str().chars().find(|letter| unfit(*letter)) {
        let help = "an id is a part of keys: write it without spaces and without `#`";
        out.add(entry.fault(format!("an id cannot hold `{letter}`"), help));
    }
    out.keep(ids.once(id.as_str(), &entry)).map(|()| id)
}

/// Instrument, paragraph and the note on their basis, as they are shown: `UNSCR 2397 (2017), para 9 (para recalled)`.
fn instrument<'t>(section: &Section<'t>, out: &mut Findings<'t>) -> Option<Label> {
    let entry = out.keep(section.needed("instrument"))?;
    let mut shown = out.keep(entry.name(Label::parse))?.as_str().to_owned();
    for (key, before, after) in [("paragraph", ", para ", ""), ("basis_note", " (", ")")] {
        if let Some(entry) = section.entry(key) {
            let part = out.keep(entry.name(Label::parse))?;
            shown = format!("{shown}{before}{part}{after}");
        }
    }
    let shown = Label::parse(&shown).map_err(|bad: BadName| {
        let problem = format!("with its paragraph and note it is no name: {bad}");
        entry.fault(problem, "shorten it to 256 bytes together")
    });
    out.keep(shown)
}

fn goods<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<Vec<Label>> {
    let mut names = Named::default();
    let mut found = Vec::new();
    for item in out.keep(entry.items())? {
        let Some(code) = out.keep(item.name(Label::parse)) else {
            continue;
        };
        if !is_goods_code(code.as_str()) {
            let problem = format!("{} is no HS code", item.found());
            let help = "write 2, 4 or 6 digits, or a rising range of such, as in \"8901-8908\"";
            out.add(item.fault(problem, help));
        }
        out.keep(names.once(code.as_str(), &item));
        found.push(code);
    }
    Some(found)
}

/// `84`, `2701`, `270112`, or a rising range such as `8901-8908`.
fn is_goods_code(code: &str) -> bool {
    let plain = |code: &str| matches!(code.len(), 2 | 4 | 6) && code.bytes().all(|byte| byte.is_ascii_digit());
    match code.split_once('-') {
        Some((low, high)) => plain(low) && plain(high) && low.len() == high.len() && low < high,
        None => plain(code),
    }
}

/// A second unit of account. Acts are counted as it is, so the count is no such unit.
fn weighed_in<'t>(section: &Section<'t>, out: &mut Findings<'t>) -> Option<Option<Unit>> {
    let Some(entry) = section.entry("weighed_in") else { return Some(None) };
    out.keep(entry.word(&WEIGHTS)).map(Some)
}

type Interval = (Option<Day>, Option<Day>);

fn interval<'t>(section: &Section<'t>, out: &mut Findings<'t>) -> Option<Interval> {
    let (first, last) = (section.entry("from"), section.entry("to"));
    let from = first.as_ref().map(|entry| out.keep(entry.day()));
    let to = last.as_ref().map(|entry| out.keep(entry.day()));
    if let (Some(entry), Some(Some(from)), Some(Some(to))) = (&last, from, to) {
        out.keep(rising(entry, from, to));
    }
    // A key that is there and cannot be read leaves nothing to compile.
    Some((from.map_or(Some(None), |day| day.map(Some))?, to.map_or(Some(None), |day| day.map(Some))?))
}

fn rising<'t>(entry: &Entry<'t>, from: Day, to: Day) -> Result<(), Fault<'t>> {
    if from < to {
        return Ok(());
    }
    let problem = format!("{to} does not come after from = {from}");
    let help = "`to` is the first day on which the measure no longer holds; leave it out while it does";
    Err(entry.fault(problem, help))
}
