//! The envelope of an event: record, type, place of account, count, and the rarely used rest, read from a row.
//!
//! The sections `[record]`, `[event]` and `[location]` of a mapping. What happened is the body's affair, when is the
//! moment's.

use super::{
    body::{Bodies, EventType, free_text},
    cells::{Cells, ITEM_END},
    mistake::suggest,
    number::Number,
    reading::{Meaning, Need, Reading, Scope, Words, label, read_words},
    section::{Entry, Section},
};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use vocab::{
    event::{Context, Credibility, Marking, Operation, Reliability},
    name::{ActorId, CaseName, JurisdictionCode, Label, MeasureId, SourceRecordId, Stratum},
    place::Location,
    record::{BadValue, Refusal},
};

/// What the source calls the thing.
#[derive(Clone, Debug)]
enum Identity {
    Named(Reading),
    /// A source without ids: the hash of the row's bytes.
    Content,
}

/// Where revisions come from.
#[derive(Clone, Debug)]
pub(super) enum Revision {
    /// The same for every row.
    Constant(u32),
    /// A column that counts them.
    Column(Number),
    /// Seconds since 1970 of the time it became known: a later report replaces an earlier one.
    Known,
}

/// The section `[record]`.
#[derive(Clone, Debug)]
pub(super) struct Record {
    identity: Identity,
    pub(super) revision: Revision,
    operation: Option<Words<Operation>>,
}

const OPERATIONS: [(&str, Operation); 3] =
    [("assert", Operation::Assert), ("correct", Operation::Correct), ("retract", Operation::Retract)];
const RELIABILITIES: [(&str, Reliability); 6] = [
    ("A", Reliability::A),
    ("B", Reliability::B),
    ("C", Reliability::C),
    ("D", Reliability::D),
    ("E", Reliability::E),
    ("F", Reliability::F),
];
const MARKINGS: [(&str, Marking); 5] = [
    ("clear", Marking::Clear),
    ("green", Marking::Green),
    ("amber", Marking::Amber),
    ("amber+strict", Marking::AmberStrict),
    ("red", Marking::Red),
];

/// The value of a word in a table of code, whatever its case.
fn of_table<T: Copy>(table: &[(&str, T)], word: &str) -> Result<T, BadValue> {
    table.iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, value)| *value).ok_or(BadValue::UnknownWord)
}

impl Record {
    /// Compiles the section.
    pub(super) fn of(section: Section<'_>, scope: &Scope) -> Option<Self> {
        let identity = section.needed("id", "id = { column = \"…\" }, id = { columns = [\"…\", \"…\"] } or id = \"content\"");
        let identity = identity.and_then(|entry| Identity::of(&entry, scope));
        let revision = section.entry("revision").map(|entry| Revision::of(&entry, scope));
        let known = OPERATIONS.iter().map(|(name, _)| *name).collect();
        let meaning = Meaning { convert: |word| of_table(&OPERATIONS, word), known, need: Need::Required };
        let operation = section.entry("operation").and_then(|entry| Words::of(&entry, scope, meaning));
        section.close();
        let revision = revision.unwrap_or(Some(Revision::Constant(0)))?;
        Some(Self { identity: identity?, revision, operation })
    }

    /// What the source calls the thing that a row speaks of.
    pub(super) fn id(&self, cells: &Cells<'_>) -> Result<SourceRecordId, Refusal> {
        let reading = match &self.identity {
            Identity::Named(reading) => reading,
            Identity::Content => return content_id(cells.row),
        };
        let text = reading.text(cells)?.ok_or_else(|| Refusal::MissingField { field: reading.field().clone() })?;
        SourceRecordId::parse(&text).map_err(|problem| reading.bad(problem.into()))
    }

    /// What a row does to its record.
    pub(super) fn operation(&mut self, cells: &Cells<'_>) -> Result<Operation, Refusal> {
        Ok(read_words(&mut self.operation, cells)?.unwrap_or(Operation::Assert))
    }
}

fn content_id(row: &[u8]) -> Result<SourceRecordId, Refusal> {
    let hash = Sha256::digest(row);
    let text: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    SourceRecordId::parse(&text).map_err(|problem| Refusal::BadField { field: label("record.id"), problem: problem.into() })
}

impl Identity {
    fn of(entry: &Entry<'_>, scope: &Scope) -> Option<Self> {
        match entry.as_text() {
            Some("content") => Some(Self::Content),
            None if entry.is_table() => Reading::of(entry, scope, Need::Required).map(Self::Named),
            Some(_) | None => {
                let hint = "id = { column = \"…\" }, id = { columns = [\"…\", \"…\"] }, or \"content\" for a source without ids";
                entry.wrong(format!("has {}, so every row would be one record", entry.shown()), hint);
                None
            }
        }
    }
}

impl Revision {
    fn of(entry: &Entry<'_>, scope: &Scope) -> Option<Self> {
        match entry.as_text() {
            Some("known") => Some(Self::Known),
            Some(word) => {
                entry
                    .wrong(format!("has {}", entry.shown()), format!("{}; or a number; or {{ column = \"…\" }}", suggest(word, ["known"])));
                None
            }
            None if entry.is_table() => Number::of(entry, scope, Need::Required).map(Self::Column),
            None => entry.whole(u32::MAX).map(Self::Constant),
        }
    }
}

/// The section `[event]` without its times, and `[location]`.
#[derive(Clone, Debug)]
pub(super) struct Envelope {
    event_type: Words<EventType>,
    jurisdiction: Option<Words<JurisdictionCode>>,
    measures: Option<Words<Arc<[MeasureId]>>>,
    stratum: Option<Words<Stratum>>,
    count: Option<Number>,
    bodies: Bodies,
    rest: Option<Box<Rest>>,
}

/// The rarely used rest.
#[derive(Clone, Debug, Default)]
struct Rest {
    case: Option<Reading>,
    authority: Option<Words<Label>>,
    asserted_by: Option<Words<ActorId>>,
    causation: Option<Reading>,
    reliability: Option<Words<Reliability>>,
    credibility: Option<Words<Credibility>>,
    marking: Option<Words<Marking>>,
    place: Place,
}

/// The section `[location]`.
#[derive(Clone, Debug, Default)]
struct Place {
    locode: Option<Words<Label>>,
    area: Option<Words<Label>>,
    latitude: Option<Number>,
    longitude: Option<Number>,
}

fn names<T>(convert: fn(&str) -> Result<T, BadValue>, need: Need) -> Meaning<T> {
    Meaning { convert, known: Vec::new(), need }
}

impl Envelope {
    /// Compiles the sections.
    pub(super) fn of(root: &Section<'_>, scope: &Scope) -> Option<Self> {
        let section =
            root.needed_section("event", "[event]\ntype = \"inspection.performed\"\njurisdiction = { column = \"…\" }\nmeasures = \"…\"");
        let Some(section) = section else {
            // Its fields cannot be known, but the other sections may still be checked for keys.
            Bodies::of(root, scope, &[]);
            Rest::of(root, None, scope);
            return None;
        };
        let known = type_names();
        let types = Meaning { convert: EventType::parse, known: known.clone(), need: Need::Required };
        let event_type = section.needed("type", "type = \"inspection.performed\", or type = { column = \"…\", table = { … } }");
        let event_type = event_type.and_then(|entry| Words::of(&entry, scope, types));
        let possible = event_type.as_ref().map_or_else(Vec::new, |words| words.reading().closed_words().unwrap_or(known));
        let is_counted = possible.iter().any(|name| !matches!(*name, "capacity.reported" | "context.noted"));
        let entry_of = |key, example| if is_counted { section.needed(key, example) } else { section.entry(key) };
        let jurisdiction = entry_of("jurisdiction", "jurisdiction = \"US-MA\", or jurisdiction = { column = \"…\" }");
        let measures = entry_of("measures", "measures = \"…\", measures = [\"…\", \"…\"] or measures = { column = \"…\", split = \";\" }");
        let codes = names(|word| JurisdictionCode::parse(word).map_err(BadValue::from), Need::Required);
        let strata = names(|word| Stratum::parse(word).map_err(BadValue::from), Need::Optional);
        let bodies = Bodies::of(root, scope, &possible);
        let jurisdiction = jurisdiction.map(|entry| Words::of(&entry, scope, codes));
        let measures = measures.map(|entry| Words::of(&entry, scope, names(measures_of, Need::Required)));
        let stratum = section.entry("stratum").and_then(|entry| Words::of(&entry, scope, strata));
        let count = section.entry("count").and_then(|entry| Number::of(&entry, scope, Need::Required));
        let rest = Rest::of(root, Some(&section), scope);
        section.close();
        let (jurisdiction, measures) = (jurisdiction.unwrap_or(None), measures.unwrap_or(None));
        Some(Self { event_type: event_type?, jurisdiction, measures, stratum, count, bodies, rest })
    }

    /// The types of event that rows can have.
    pub(super) fn possible_types(&self) -> Vec<&str> {
        match self.event_type.reading().closed_words() {
            Some(words) => words,
            None => type_names(),
        }
    }

    /// The jurisdiction in a row.
    pub(super) fn jurisdiction(&mut self, cells: &Cells<'_>) -> Result<Option<JurisdictionCode>, Refusal> {
        read_words(&mut self.jurisdiction, cells)
    }

    /// The measures in a row.
    pub(super) fn measures(&mut self, cells: &Cells<'_>) -> Result<Vec<MeasureId>, Refusal> {
        Ok(read_words(&mut self.measures, cells)?.map_or_else(Vec::new, |measures| measures.to_vec()))
    }

    /// The stratum in a row.
    pub(super) fn stratum(&mut self, cells: &Cells<'_>) -> Result<Option<Stratum>, Refusal> {
        read_words(&mut self.stratum, cells)
    }

    /// How many acts a row stands for, at least 1.
    pub(super) fn count(&self, cells: &Cells<'_>) -> Result<u32, Refusal> {
        let Some(number) = &self.count else { return Ok(1) };
        match number.small(cells)? {
            Some(0) => Err(number.bad(BadValue::Zero)),
            Some(count) => Ok(count),
            None => Ok(1),
        }
    }

    /// What happened, in a row.
    pub(super) fn body(&mut self, cells: &Cells<'_>) -> Result<vocab::event::Body, Refusal> {
        let Some(of) = self.event_type.read(cells)? else {
            return Err(Refusal::MissingField { field: self.event_type.reading().field().clone() });
        };
        self.bodies.read(of, cells)
    }

    /// The rest of the envelope, where a row has any of it.
    pub(super) fn context(&mut self, cells: &Cells<'_>) -> Result<Option<Arc<Context>>, Refusal> {
        let Some(rest) = &mut self.rest else { return Ok(None) };
        let context = rest.read(cells)?;
        Ok(if context == Context::default() { None } else { Some(Arc::new(context)) })
    }
}

fn type_names() -> Vec<&'static str> {
    EventType::ALL.iter().map(|(_, name)| *name).collect()
}

/// Measures of a text whose items are parted; each once.
fn measures_of(words: &str) -> Result<Arc<[MeasureId]>, BadValue> {
    let mut measures = Vec::new();
    for word in words.split(ITEM_END) {
        let measure = MeasureId::parse(word)?;
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    Ok(measures.into())
}

impl Rest {
    fn of(root: &Section<'_>, event: Option<&Section<'_>>, scope: &Scope) -> Option<Box<Self>> {
        let place = root.section("location").map(|section| Place::of(section, scope));
        let event = event?;
        let labels = || names(|word| Label::parse(word).map_err(BadValue::from), Need::Optional);
        let actors = names(|word| ActorId::parse(word).map_err(BadValue::from), Need::Optional);
        let known = RELIABILITIES.iter().map(|(name, _)| *name).collect();
        let reliabilities = Meaning { convert: |word| of_table(&RELIABILITIES, word), known, need: Need::Optional };
        let credibilities = Meaning { convert: credibility_of, known: vec!["1", "2", "3", "4", "5", "6"], need: Need::Optional };
        let known = MARKINGS.iter().map(|(name, _)| *name).collect();
        let markings = Meaning { convert: |word| of_table(&MARKINGS, word), known, need: Need::Optional };
        let rest = Self {
            case: event.entry("case").and_then(|entry| Reading::of(&entry, scope, Need::Optional)),
            authority: event.entry("authority").and_then(|entry| Words::of(&entry, scope, labels())),
            asserted_by: event.entry("asserted_by").and_then(|entry| Words::of(&entry, scope, actors)),
            causation: event.entry("causation").and_then(|entry| Reading::of(&entry, scope, Need::Optional)),
            reliability: event.entry("reliability").and_then(|entry| Words::of(&entry, scope, reliabilities)),
            credibility: event.entry("credibility").and_then(|entry| Words::of(&entry, scope, credibilities)),
            marking: event.entry("marking").and_then(|entry| Words::of(&entry, scope, markings)),
            place: place.unwrap_or_default(),
        };
        let is_named =
            ["case", "authority", "asserted_by", "causation", "reliability", "credibility", "marking"].iter().any(|key| event.has(key));
        (is_named || root.has("location")).then(|| Box::new(rest))
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<Context, Refusal> {
        Ok(Context {
            id: None,
            authority: read_words(&mut self.authority, cells)?,
            asserted_by: read_words(&mut self.asserted_by, cells)?,
            case: self.case(cells)?,
            causation: free_text(&self.causation, cells)?,
            reliability: read_words(&mut self.reliability, cells)?,
            credibility: read_words(&mut self.credibility, cells)?,
            marking: read_words(&mut self.marking, cells)?,
            location: self.place.read(cells)?,
        })
    }

    fn case(&self, cells: &Cells<'_>) -> Result<Option<CaseName>, Refusal> {
        let Some(reading) = &self.case else { return Ok(None) };
        let text = reading.text(cells)?;
        text.map(|text| CaseName::parse(&text).map_err(|problem| reading.bad(problem.into()))).transpose()
    }
}

fn credibility_of(word: &str) -> Result<Credibility, BadValue> {
    word.parse().ok().and_then(Credibility::of).ok_or(BadValue::UnknownWord)
}

impl Place {
    fn of(section: Section<'_>, scope: &Scope) -> Self {
        let labels = || names(|word| Label::parse(word).map_err(BadValue::from), Need::Optional);
        let number = |key| section.entry(key).and_then(|entry| Number::of(&entry, scope, Need::Optional));
        let place = Self {
            locode: section.entry("locode").and_then(|entry| Words::of(&entry, scope, labels())),
            area: section.entry("area").and_then(|entry| Words::of(&entry, scope, labels())),
            latitude: number("latitude"),
            longitude: number("longitude"),
        };
        if section.has("latitude") != section.has("longitude") {
            section.wrong("has only one of `latitude` and `longitude`", "both, in decimal degrees, north and east positive");
        }
        section.close();
        place
    }

    /// The finest that a row gives: a code, else a position, else an area.
    fn read(&mut self, cells: &Cells<'_>) -> Result<Option<Location>, Refusal> {
        if let Some(code) = read_words(&mut self.locode, cells)? {
            return Ok(Some(Location::Locode(code)));
        }
        let latitude = self.latitude.as_ref().map_or(Ok(None), |number| number.degrees_e7(cells, 90))?;
        let longitude = self.longitude.as_ref().map_or(Ok(None), |number| number.degrees_e7(cells, 180))?;
        if let (Some(latitude_e7), Some(longitude_e7)) = (latitude, longitude) {
            return Ok(Some(Location::Position { latitude_e7, longitude_e7 }));
        }
        Ok(read_words(&mut self.area, cells)?.map(Location::Area))
    }
}
