//! A pack as a whole: from the bytes of a file to the compiled value and its hash, or to every mistake at once.
//!
//! What must never enter: reading the file. The caller has its bytes, from a disk or from a record on the log.

use crate::{
    calendar::{Known, calendar},
    displacement::{Around, interventions},
    erosion::erosion,
    feed::{feeds, find_contradictions},
    findings::{Fault, Findings},
    form::{EFFORT, TOP},
    jurisdiction::jurisdictions,
    measure::measures,
    mistake::Mistakes,
    obligation::obligations,
    policy::policy,
    section::{Entry, Named, Section},
    source::Source,
    watch::watches,
    word::EXPOSURES,
};
use sha2::{Digest, Sha256};
use std::ops::Range;
use toml::de::DeTable;
use vocab::{
    name::{Label, RegimeId, Stratum},
    pack::{ExposureRule, Feed, Pack},
    record::PackHash,
    time::Week,
};

/// The largest pack that is read, in bytes: its bytes travel in one record of the log.
pub const PACK_BYTES_MAX: usize = 1 << 20;

/// Compiles the bytes of a pack. `file_name` is only repeated in mistakes.
///
/// # Errors
/// Every mistake of the pack, in the order of the file. If the text is no TOML, its errors of form alone: what they leave
/// unread would seem to be missing.
pub fn compile(file_name: &str, bytes: &[u8]) -> Result<Pack, Mistakes> {
    let mut out = Findings::default();
    let checked = readable(file_name, bytes);
    let Some(source) = out.keep(checked) else {
        return Err(out.tell());
    };
    let (table, errors) = DeTable::parse_recoverable(source.text);
    let broken = errors.iter().any(|error| !error.message().contains(DUPLICATE));
    for error in &errors {
        out.add(malformed(source, error));
    }
    if broken {
        return Err(out.tell());
    }
    if is_mapping(table.get_ref()) {
        out.add(strange(source));
        return Err(out.tell());
    }
    let top = Section::top(source, table.get_ref(), &TOP, &mut out);
    let hash = PackHash(Sha256::digest(bytes).into());
    match read(&top, hash, &mut out) {
        Some(pack) if out.is_empty() => Ok(pack),
        Some(_) | None => Err(out.tell()),
    }
}

/// How the parser's message of a key that stands twice begins; such a text is read on, every other error ends the reading.
const DUPLICATE: &str = "duplicate key";

fn readable<'t>(file: &'t str, bytes: &'t [u8]) -> Result<Source<'t>, Fault<'t>> {
    let fault = |text, span: Range<usize>, problem: String, help: &str| Fault {
        source: Source { file, text },
        span,
        key: String::new(),
        problem,
        help: help.to_owned(),
    };
    if bytes.len() > PACK_BYTES_MAX {
        let problem = format!("the pack has {} bytes", bytes.len());
        let help = "at most 1 MiB (1048576 bytes): it travels in one record of the log";
        return Err(fault("", 0..0, problem, help));
    }
    std::str::from_utf8(bytes).map(|text| Source { file, text }).map_err(|error| {
        let good = error.valid_up_to();
        let text = std::str::from_utf8(&bytes[..good]).unwrap_or("");
        let problem = format!("byte {} is not UTF-8", good + 1);
        fault(text, good..good, problem, "save the file as UTF-8")
    })
}

/// Whether a file looks like a feed's mapping: a newcomer has two files, and hands over the wrong one.
fn is_mapping(table: &DeTable<'_>) -> bool {
    ["source", "record", "occurred"].into_iter().all(|key| table.contains_key(key)) && !table.contains_key("measures")
}

fn strange(source: Source<'_>) -> Fault<'_> {
    Fault {
        source,
        span: 0..0,
        key: String::new(),
        problem: "this is the mapping of a feed and no regime pack".to_owned(),
        help: "the pack here: the file with [jurisdictions] and [[measures]]; a mapping is tried by `slipwatch import --check`".to_owned(),
    }
}

fn malformed<'t>(source: Source<'t>, error: &toml::de::Error) -> Fault<'t> {
    let end = source.text.len();
    let repeated = error.message().contains(DUPLICATE);
    let help = if repeated {
        "keep one of them; a section that repeats is written [[in two brackets]]"
    } else {
        "texts stand in quotes, lists in [ ], and each key on its own line, as in title = \"…\""
    };
    Fault {
        source,
        span: error.span().unwrap_or(end..end),
        key: String::new(),
        problem: format!("this is not TOML: {}", error.message()),
        help: help.to_owned(),
    }
}

fn read<'t>(top: &Section<'t>, hash: PackHash, out: &mut Findings<'t>) -> Option<Pack> {
    let regime = part(top, "regime", out, regime);
    let title = part(top, "title", out, |entry, out| out.keep(entry.name(Label::parse)));
    let version = part(top, "version", out, |entry, out| out.keep(entry.whole(1..=i64::from(u32::MAX))));
    let first_week = top.entry("first_week").map(|entry| out.keep(entry.week()));
    let measures = part(top, "measures", out, measures);
    let jurisdictions = part(top, "jurisdictions", out, jurisdictions);
    let feeds = sources(top, out);
    let known = Known { measures: measures.as_deref(), jurisdictions: jurisdictions.as_ref() };
    let calendar = top.entry("calendar").map(|entry| calendar(&entry, known, out));
    let erosion = top.entry("erosion").map(|entry| erosion(&entry, first_week.flatten(), out));
    let around = Around { jurisdictions: jurisdictions.as_ref(), feeds: feeds.as_deref() };
    let interventions = top.entry("displacement").map(|entry| interventions(&entry, around, out));
    let obligations = top.entry("obligation").map(|entry| obligations(&entry, known, out));
    let named = obligations.as_ref().map_or(Some(&[][..]), |found| found.as_deref());
    let watches = top.entry("watch").map(|entry| watches(&entry, (known, named), out));
    let effort_strata = strata(top, out);
    let exposure = exposure(top, feeds.as_deref(), out);
    let policy = part(top, "policy", out, policy);
    let pack = Pack {
        regime: regime?,
        title: title?,
        version: version?,
        hash,
        first_week: first_week.map_or(Some(None), |week| week.map(Some))?,
        measures: measures?,
        jurisdictions: jurisdictions?,
        feeds: feeds?,
        effort_strata: effort_strata?,
        exposure: exposure?,
        calendar: calendar.map_or(Some(Vec::new()), |entries| entries)?,
        erosion: erosion.map_or(Some(None), |reference| reference.map(Some))?,
        interventions: interventions.map_or(Some(Vec::new()), |entries| entries)?,
        obligations: obligations.map_or(Some(Vec::new()), |entries| entries)?,
        watches: watches.map_or(Some(Vec::new()), |entries| entries)?,
        policy: policy?,
    };
    find_early_reference(top, &pack, out);
    Some(pack)
}

/// A key of the top that must be there.
fn part<'t, T>(
    top: &Section<'t>,
    key: &str,
    out: &mut Findings<'t>,
    read: impl FnOnce(&Entry<'t>, &mut Findings<'t>) -> Option<T>,
) -> Option<T> {
    let entry = out.keep(top.needed(key))?;
    read(&entry, out)
}

/// The regime is a part of keys, topics and file names, so its letters are few.
fn regime<'t>(entry: &Entry<'t>, out: &mut Findings<'t>) -> Option<RegimeId> {
    let regime = out.keep(entry.name(RegimeId::parse))?;
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !regime.as_str().bytes().all(fits) {
        let problem = format!("{} is no regime id", entry.found());
        let help = "small letters, digits and hyphens, as in \"dprk\" or \"ma-traffic\"";
        out.add(entry.fault(problem, help));
    }
    Some(regime)
}

fn sources<'t>(top: &Section<'t>, out: &mut Findings<'t>) -> Option<Vec<Feed>> {
    match top.entry("feeds") {
        Some(entry) => feeds(&entry, out),
        // A pack may be published before any feed of it is known; its site lists them.
        None => Some(Vec::new()),
    }
}

fn strata<'t>(top: &Section<'t>, out: &mut Findings<'t>) -> Option<Vec<Stratum>> {
    let Some(entry) = top.entry("effort") else {
        return Some(Vec::new());
    };
    let section = entry.section(&EFFORT, out);
    let section = out.keep(section)?;
    let list = out.keep(section.needed("strata"))?;
    let mut names = Named::default();
    let mut found = Vec::new();
    for item in out.keep(list.items())? {
        let stratum = out.keep(item.name(Stratum::parse));
        if let Some(stratum) = &stratum {
            out.keep(names.once(stratum.as_str(), &item));
        }
        found.push(stratum);
    }
    let mut found: Vec<Stratum> = found.into_iter().collect::<Option<_>>()?;
    found.sort();
    Some(found)
}

fn exposure<'t>(top: &Section<'t>, feeds: Option<&[Feed]>, out: &mut Findings<'t>) -> Option<ExposureRule> {
    let entry = out.keep(top.needed("exposure"))?;
    let rule = out.keep(entry.word(&EXPOSURES))?;
    // Feeds that could not be read would seem not to be there.
    if let Some(feeds) = feeds {
        // Displacement is seen in any count, so a pack of interventions may do without inspections; its explanation says what that costs.
        let listed = top.entry("feeds").filter(|_| top.entry("displacement").is_none());
        find_contradictions((&entry, rule), (listed.as_ref(), feeds), out);
    }
    Some(rule)
}

fn find_early_reference<'t>(top: &Section<'t>, pack: &Pack, out: &mut Findings<'t>) {
    let starts: (Option<Week>, Option<Week>) = (pack.policy.reference.map(|window| window.first), pack.first_week);
    let (Some(reference), Some(first)) = starts else {
        return;
    };
    if let Some(entry) = top.entry("first_week").filter(|_| reference < first) {
        let problem = format!("the reference window begins before it, in {reference}");
        let help = "begin the window in the first week or later, or set the first week earlier";
        out.add(entry.fault(problem, help));
    }
}
