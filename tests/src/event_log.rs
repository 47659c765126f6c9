//! Event logs as files: JSON lines that a person can read and write.
//!
//! `{"known":"2020-03-01","event":{…}}` is an event as it became known: on a day (its last tick) or at an instant. An event is
//! the native JSON of the contract; what cannot be read as one is a refusal of the log. `{"pack":"small.toml"}` activates a pack
//! of `tests/logs/packs` on the day before the first line, with `known` then. `{"clock":"…"}` is a reading of intake's clock
//! without an event, `{"until":"2020-12-31"}` the day up to which time passes, `{"about":"…"}` a sentence for the reader.
//! What must never enter: a stamp, which is intake's.

use crate::Outcome;
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use vocab::{
    event::{Body, Event, Operation, PackActivation},
    name::{ActorId, Label, SourceId, SourceRecordId},
    record::Refusal,
    time::{Day, Instant, Occurred, Tick},
};

/// What stands on a line.
#[derive(Clone, Debug)]
pub enum Said {
    /// An event.
    Event(Box<Event>),
    /// The line of bytes that are no event, and why.
    Refused(u64, Refusal, Vec<u8>),
    /// Nothing: the clock was read.
    Clock,
}

/// A line: what was said at a reading of intake's clock.
#[derive(Clone, Debug)]
pub struct Line {
    /// The clock.
    pub clock: Tick,
    /// What was said.
    pub said: Said,
}

/// An event log.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// What it shows, in a sentence.
    pub about: String,
    /// Its lines in their order.
    pub lines: Vec<Line>,
    /// Time passes to the end of this day.
    pub until: Option<Day>,
}

/// The folder of event logs.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("logs")
}

/// Every log of the folder, by name, in order.
///
/// # Errors
/// When the folder or a log cannot be read.
pub fn all() -> Outcome<Vec<(String, Log)>> {
    let mut logs = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            logs.push((name, read(&path)?));
        }
    }
    logs.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(logs)
}

/// Reads a log.
///
/// # Errors
/// When it cannot be read; the line is named.
pub fn read(path: &Path) -> Outcome<Log> {
    let text = std::fs::read_to_string(path)?;
    parse(&text).map_err(|why| format!("{}: {why}", path.display()).into())
}

/// Reads a log from its text.
///
/// # Errors
/// With the number of the line.
pub fn parse(text: &str) -> Outcome<Log> {
    let mut log = Log::default();
    let mut first_packs = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        take(&mut log, &mut first_packs, (number, line)).map_err(|why| format!("line {number}: {why}"))?;
    }
    let first = log.lines.first().map_or(Day(0), |line| line.clock.day()).plus(-1);
    let packs = first_packs.iter().map(|name| pack(name, first.last_tick())).collect::<Outcome<Vec<Line>>>()?;
    log.lines.splice(0..0, packs);
    Ok(log)
}

fn take(log: &mut Log, first_packs: &mut Vec<String>, (number, line): (u64, &str)) -> Outcome<()> {
    let value: Value = serde_json::from_str(line)?;
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let known = text("known").map(clock).transpose()?;
    if let Some(about) = text("about") {
        about.clone_into(&mut log.about);
    } else if let Some(until) = text("until") {
        log.until = Some(Day::parse(until)?);
    } else if let Some(reading) = text("clock") {
        log.lines.push(Line { clock: clock(reading)?, said: Said::Clock });
    } else if let Some(name) = text("pack") {
        match known {
            Some(known) => log.lines.push(pack(name, known)?),
            None => first_packs.push(name.to_owned()),
        }
    } else {
        let event = value.get("event").ok_or("neither an event, a pack, a clock nor an end")?.to_string().into_bytes();
        let clock = known.ok_or("an event without `known`")?;
        log.lines.push(Line { clock, said: said(number, event) });
    }
    Ok(())
}

/// What the JSON of an event says; what is none is kept with the number of its line.
#[must_use]
pub fn said(number: u64, event: Vec<u8>) -> Said {
    match wire::event::event_from_json(&event) {
        Ok(read) => Said::Event(Box::new(read)),
        Err(refusal) => Said::Refused(number, refusal, event),
    }
}

/// A day stands for its last tick.
fn clock(text: &str) -> Outcome<Tick> {
    if text.len() == 10 { Ok(Day::parse(text)?.last_tick()) } else { Ok(Tick::of(Instant::parse(text)?)) }
}

/// The line that activates a pack of the folder of packs.
///
/// # Errors
/// With every mistake of the pack.
pub fn pack(name: &str, known: Tick) -> Outcome<Line> {
    let bytes = std::fs::read(folder().join("packs").join(name)).map_err(|why| format!("{name}: {why}"))?;
    let pack = regime::compile(name, &bytes).map_err(|mistakes| mistakes.to_string())?;
    let event = Event {
        regime: pack.regime.clone(),
        source: SourceId::parse("operators")?,
        source_record_id: SourceRecordId::parse(&format!("pack/{name}"))?,
        revision: 0,
        operation: Operation::Assert,
        occurred: Occurred::on(known.day()),
        reported: None,
        count: 1,
        jurisdiction: None,
        measures: Vec::new(),
        stratum: None,
        body: Body::PackActivated(PackActivation {
            bytes: Arc::from(bytes),
            pack: Some(Arc::new(pack)),
            who: ActorId::parse("configuration")?,
            why: Label::parse("the pack of this log")?,
        }),
        context: None,
    };
    Ok(Line { clock: known, said: Said::Event(Box::new(event)) })
}
