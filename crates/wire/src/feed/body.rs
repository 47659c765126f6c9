//! Bodies of events: the fields that each type has of its own, each read from the row by its reading.
//!
//! A section of the mapping belongs to a type; one that no row can use is a mistake. What cannot come by a mapping (acts,
//! packs, definitions) is not here.

use super::{
    cells::Cells,
    mistake::any_of,
    number::{Amount, Number},
    reading::{Meaning, Need, Reading, Scope, Words, label, read_words},
    section::{Entry, Section},
};
use std::sync::Arc;
use vocab::{
    event::{
        Body, Capacity, Circumstance, CircumstanceEffect, CircumstanceKind, Exposure, ExposureKind, ExposureTotal, Inspection,
        InspectionDepth, InspectionResult, Interdiction, InterdictionEnd, Mode, Obstacle, Purpose, SeizedItem, Seizure, SeizureGround,
        Selector, Trigger,
    },
    identifier::{Checked, ContainerNumber, ImoNumber},
    name::{Label, MeasureId},
    record::{BadValue, Refusal},
};

/// The types of event that a mapping can give a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum EventType {
    InspectionPerformed,
    InspectionRefused,
    InspectionImpossible,
    ExposureObserved,
    ExposureAggregate,
    SeizureRecorded,
    InterdictionOutcome,
    CapacityReported,
    ContextNoted,
}

impl EventType {
    /// All of them, with the words of the event catalogue.
    pub(super) const ALL: [(Self, &'static str); 9] = [
        (Self::InspectionPerformed, "inspection.performed"),
        (Self::InspectionRefused, "inspection.refused"),
        (Self::InspectionImpossible, "inspection.impossible"),
        (Self::ExposureObserved, "exposure.observed"),
        (Self::ExposureAggregate, "exposure.aggregate"),
        (Self::SeizureRecorded, "seizure.recorded"),
        (Self::InterdictionOutcome, "interdiction.outcome"),
        (Self::CapacityReported, "capacity.reported"),
        (Self::ContextNoted, "context.noted"),
    ];

    /// The type of a word.
    pub(super) fn parse(word: &str) -> Result<Self, BadValue> {
        Self::ALL.iter().find(|(_, name)| *name == word).map(|(of, _)| *of).ok_or(BadValue::UnknownWord)
    }
}

/// The sections and the types they serve.
const SECTIONS: [(&str, &[&str]); 8] = [
    ("inspection", &["inspection.performed"]),
    ("obstacle", &["inspection.refused", "inspection.impossible"]),
    ("exposure", &["exposure.observed"]),
    ("exposure_total", &["exposure.aggregate"]),
    ("seizure", &["seizure.recorded"]),
    ("interdiction", &["interdiction.outcome"]),
    ("capacity", &["capacity.reported"]),
    ("circumstance", &["context.noted"]),
];

type Hull = Option<Words<Checked<ImoNumber>>>;

#[derive(Clone, Debug, Default)]
struct InspectionFields {
    depth: Option<Words<InspectionDepth>>,
    trigger: Option<Words<Trigger>>,
    result: Option<Words<InspectionResult>>,
    deficiencies: Option<Number>,
    duration_minutes: Option<Number>,
    ship: Hull,
    container: Option<Words<Checked<ContainerNumber>>>,
    exposure_id: Option<Reading>,
    quantity: Option<Amount>,
}

#[derive(Clone, Debug, Default)]
struct ObstacleFields {
    ground: Option<Words<Label>>,
    next_action: Option<Words<Label>>,
    ship: Hull,
}

#[derive(Clone, Debug, Default)]
struct ExposureFields {
    kind: Option<Words<ExposureKind>>,
    mode: Option<Words<Mode>>,
    ship: Hull,
    cargo_hs: Option<Words<Arc<[Label]>>>,
    quantity: Option<Amount>,
    must_inspect: Option<Words<bool>>,
}

#[derive(Clone, Debug, Default)]
struct ExposureTotalFields {
    kind: Option<Words<ExposureKind>>,
    coverage: Option<Number>,
}

#[derive(Clone, Debug, Default)]
struct SeizureFields {
    hs: Option<Words<Label>>,
    quantity: Option<Amount>,
    purpose: Option<Words<Purpose>>,
    ground: Option<Words<SeizureGround>>,
    concealment: Option<Words<Label>>,
    ship: Hull,
}

#[derive(Clone, Debug, Default)]
struct InterdictionFields {
    request: Option<Reading>,
    end: Option<Words<InterdictionEnd>>,
    on_high_seas: Option<Words<bool>>,
    ship: Hull,
}

#[derive(Clone, Debug)]
struct CapacityFields {
    resource: Words<Label>,
    amount: Amount,
}

#[derive(Clone, Debug)]
struct CircumstanceFields {
    kind: Words<CircumstanceKind>,
    effect: Option<Words<CircumstanceEffect>>,
    text: Reading,
    measure: Option<Words<MeasureId>>,
}

/// The fields of all types.
#[derive(Clone, Debug, Default)]
pub(super) struct Bodies {
    inspection: InspectionFields,
    obstacle: ObstacleFields,
    exposure: ExposureFields,
    exposure_total: ExposureTotalFields,
    seizure: SeizureFields,
    interdiction: InterdictionFields,
    capacity: Option<CapacityFields>,
    circumstance: Option<CircumstanceFields>,
}

impl Bodies {
    /// Compiles the sections of the bodies; `types` are the types that rows of this mapping can have.
    pub(super) fn of(root: &Section<'_>, scope: &Scope, types: &[&str]) -> Self {
        for (section, serves) in SECTIONS {
            if let Some(entry) = root.entry(section).filter(|_| !types.is_empty() && !serves.iter().any(|of| types.contains(of))) {
                let hint = format!("a type {} in [event], or no section [{section}]", any_of(serves.iter().copied()));
                entry.wrong(format!("belongs to {}, but no row becomes one", any_of(serves.iter().copied())), hint);
            }
        }
        let capacity = needed_for(
            root,
            types,
            "capacity",
            "capacity.reported",
            "[capacity]\nresource = \"ship\"\namount = { column = \"days\", unit = \"ship-day\" }",
        );
        let circumstance =
            needed_for(root, types, "circumstance", "context.noted", "[circumstance]\nkind = \"summit\"\ntext = { column = \"title\" }");
        Self {
            inspection: fields(root, "inspection", |section| InspectionFields::of(section, scope)),
            obstacle: fields(root, "obstacle", |section| ObstacleFields::of(section, scope)),
            exposure: fields(root, "exposure", |section| ExposureFields::of(section, scope)),
            exposure_total: fields(root, "exposure_total", |section| ExposureTotalFields::of(section, scope)),
            seizure: fields(root, "seizure", |section| SeizureFields::of(section, scope)),
            interdiction: fields(root, "interdiction", |section| InterdictionFields::of(section, scope)),
            capacity: capacity.and_then(|section| CapacityFields::of(section, scope)),
            circumstance: circumstance.and_then(|section| CircumstanceFields::of(section, scope)),
        }
    }

    /// The body of a row of a type.
    pub(super) fn read(&mut self, of: EventType, cells: &Cells<'_>) -> Result<Body, Refusal> {
        match of {
            EventType::InspectionPerformed => self.inspection.read(cells).map(Body::InspectionPerformed),
            EventType::InspectionRefused => self.obstacle.read(cells).map(Body::InspectionRefused),
            EventType::InspectionImpossible => self.obstacle.read(cells).map(Body::InspectionImpossible),
            EventType::ExposureObserved => self.exposure.read(cells).map(Body::ExposureObserved),
            EventType::ExposureAggregate => self.exposure_total.read(cells).map(Body::ExposureAggregate),
            EventType::SeizureRecorded => self.seizure.read(cells).map(Body::SeizureRecorded),
            EventType::InterdictionOutcome => self.interdiction.read(cells).map(Body::InterdictionOutcome),
            EventType::CapacityReported => needed(&mut self.capacity, "capacity")?.read(cells).map(Body::CapacityReported),
            EventType::ContextNoted => needed(&mut self.circumstance, "circumstance")?.read(cells).map(Body::ContextNoted),
        }
    }
}

/// A mapping whose type is a table with free words may still lack the section of a type that a row then names.
fn needed<'f, F>(fields: &'f mut Option<F>, section: &str) -> Result<&'f mut F, Refusal> {
    fields.as_mut().ok_or_else(|| Refusal::MissingField { field: label(section) })
}

fn needed_for<'t>(root: &Section<'t>, types: &[&str], name: &'static str, of: &str, example: &str) -> Option<Section<'t>> {
    if types.contains(&of) { root.needed_section(name, example) } else { root.section(name) }
}

fn fields<F: Default>(root: &Section<'_>, name: &'static str, of: impl FnOnce(&Section<'_>) -> F) -> F {
    let Some(section) = root.section(name) else { return F::default() };
    let fields = of(&section);
    section.close();
    fields
}

/// An optional field whose words are a closed set.
fn coded<T: Clone>(section: &Section<'_>, key: &'static str, scope: &Scope, meaning: Meaning<T>) -> Option<Words<T>> {
    section.entry(key).and_then(|entry| Words::of(&entry, scope, meaning))
}

macro_rules! meaning_of {
    ($name:ident) => {
        Meaning {
            convert: |word| $name::of_word(word).ok_or(BadValue::UnknownWord),
            known: $name::KNOWN.iter().map(|value| value.as_str()).collect(),
            need: Need::Optional,
        }
    };
}

fn labels() -> Meaning<Label> {
    Meaning { convert: |word| Label::parse(word).map_err(BadValue::from), known: Vec::new(), need: Need::Optional }
}

fn label_lists() -> Meaning<Arc<[Label]>> {
    let convert = |words: &str| words.split(super::cells::ITEM_END).map(|word| Label::parse(word).map_err(BadValue::from)).collect();
    Meaning { convert, known: Vec::new(), need: Need::Optional }
}

fn hulls() -> Meaning<Checked<ImoNumber>> {
    // A wrong number is kept and flagged later, never refused: real feeds are full of them.
    Meaning { convert: |text| Ok(Checked::<ImoNumber>::of(text)), known: Vec::new(), need: Need::Optional }
}

fn containers() -> Meaning<Checked<ContainerNumber>> {
    Meaning { convert: |text| Ok(Checked::<ContainerNumber>::of(text)), known: Vec::new(), need: Need::Optional }
}

fn truths() -> Meaning<bool> {
    let convert = |word: &str| match word.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" => Ok(true),
        "false" | "no" | "n" | "0" => Ok(false),
        _ => Err(BadValue::UnknownWord),
    };
    Meaning { convert, known: vec!["true", "false", "yes", "no", "1", "0"], need: Need::Optional }
}

fn number(section: &Section<'_>, key: &'static str, scope: &Scope) -> Option<Number> {
    section.entry(key).and_then(|entry| Number::of(&entry, scope, Need::Optional))
}

fn amount(section: &Section<'_>, key: &'static str, scope: &Scope) -> Option<Amount> {
    section.entry(key).and_then(|entry| Amount::of(&entry, scope, Need::Optional))
}

fn reading(section: &Section<'_>, key: &'static str, scope: &Scope) -> Option<Reading> {
    section.entry(key).and_then(|entry| Reading::of(&entry, scope, Need::Optional))
}

/// A text that is different in every row.
pub(super) fn free_text(reading: &Option<Reading>, cells: &Cells<'_>) -> Result<Option<Label>, Refusal> {
    let Some(reading) = reading else { return Ok(None) };
    let text = reading.text(cells)?;
    text.map(|text| Label::parse(&text).map_err(|problem| reading.bad(problem.into()))).transpose()
}

fn small<N: TryFrom<u64>>(number: &Option<Number>, cells: &Cells<'_>) -> Result<Option<N>, Refusal> {
    number.as_ref().map_or(Ok(None), |number| number.small(cells))
}

fn quantity(amount: &mut Option<Amount>, cells: &Cells<'_>) -> Result<Option<vocab::quantity::Quantity>, Refusal> {
    amount.as_mut().map_or(Ok(None), |amount| amount.read(cells))
}

impl InspectionFields {
    fn of(section: &Section<'_>, scope: &Scope) -> Self {
        Self {
            depth: coded(section, "depth", scope, meaning_of!(InspectionDepth)),
            trigger: coded(section, "trigger", scope, meaning_of!(Trigger)),
            result: coded(section, "result", scope, meaning_of!(InspectionResult)),
            deficiencies: number(section, "deficiencies", scope),
            duration_minutes: number(section, "duration_minutes", scope),
            ship: coded(section, "ship", scope, hulls()),
            container: coded(section, "container", scope, containers()),
            exposure_id: reading(section, "exposure_id", scope),
            quantity: amount(section, "quantity", scope),
        }
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<Inspection, Refusal> {
        Ok(Inspection {
            depth: read_words(&mut self.depth, cells)?,
            trigger: read_words(&mut self.trigger, cells)?,
            result: read_words(&mut self.result, cells)?,
            deficiencies: small(&self.deficiencies, cells)?,
            duration_minutes: small(&self.duration_minutes, cells)?,
            ship: read_words(&mut self.ship, cells)?,
            container: read_words(&mut self.container, cells)?,
            exposure_id: free_text(&self.exposure_id, cells)?,
            quantity: quantity(&mut self.quantity, cells)?,
        })
    }
}

impl ObstacleFields {
    fn of(section: &Section<'_>, scope: &Scope) -> Self {
        Self {
            ground: coded(section, "ground", scope, labels()),
            next_action: coded(section, "next_action", scope, labels()),
            ship: coded(section, "ship", scope, hulls()),
        }
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<Obstacle, Refusal> {
        Ok(Obstacle {
            ground: read_words(&mut self.ground, cells)?,
            next_action: read_words(&mut self.next_action, cells)?,
            ship: read_words(&mut self.ship, cells)?,
        })
    }
}

impl ExposureFields {
    fn of(section: &Section<'_>, scope: &Scope) -> Self {
        Self {
            kind: coded(section, "kind", scope, meaning_of!(ExposureKind)),
            mode: coded(section, "mode", scope, meaning_of!(Mode)),
            ship: coded(section, "ship", scope, hulls()),
            cargo_hs: coded(section, "cargo_hs", scope, label_lists()),
            quantity: amount(section, "quantity", scope),
            must_inspect: coded(section, "must_inspect", scope, truths()),
        }
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<Exposure, Refusal> {
        Ok(Exposure {
            kind: read_words(&mut self.kind, cells)?,
            mode: read_words(&mut self.mode, cells)?,
            ship: read_words(&mut self.ship, cells)?,
            cargo_hs: read_words(&mut self.cargo_hs, cells)?.map_or_else(Vec::new, |codes| codes.to_vec()),
            quantity: quantity(&mut self.quantity, cells)?,
            must_inspect: read_words(&mut self.must_inspect, cells)?,
        })
    }
}

impl ExposureTotalFields {
    fn of(section: &Section<'_>, scope: &Scope) -> Self {
        Self { kind: coded(section, "kind", scope, meaning_of!(ExposureKind)), coverage: number(section, "coverage", scope) }
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<ExposureTotal, Refusal> {
        Ok(ExposureTotal { kind: read_words(&mut self.kind, cells)?, coverage_ppm: self.coverage_ppm(cells)? })
    }

    fn coverage_ppm(&self, cells: &Cells<'_>) -> Result<Option<u32>, Refusal> {
        let Some(coverage) = &self.coverage else { return Ok(None) };
        match coverage.fixed(cells, 6)? {
            None => Ok(None),
            Some(share) if share < 0 => Err(coverage.bad(BadValue::Negative)),
            Some(share) => {
                u32::try_from(share).ok().filter(|ppm| *ppm <= 1_000_000).map(Some).ok_or_else(|| coverage.bad(BadValue::TooLarge))
            }
        }
    }
}

impl SeizureFields {
    fn of(section: &Section<'_>, scope: &Scope) -> Self {
        Self {
            hs: coded(section, "hs", scope, labels()),
            quantity: amount(section, "quantity", scope),
            purpose: coded(section, "purpose", scope, meaning_of!(Purpose)),
            ground: coded(section, "ground", scope, meaning_of!(SeizureGround)),
            concealment: coded(section, "concealment", scope, labels()),
            ship: coded(section, "ship", scope, hulls()),
        }
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<Seizure, Refusal> {
        let hs = read_words(&mut self.hs, cells)?;
        let quantity = quantity(&mut self.quantity, cells)?;
        let purpose = read_words(&mut self.purpose, cells)?;
        let is_said = hs.is_some() || quantity.is_some() || purpose.is_some();
        Ok(Seizure {
            items: if is_said { vec![SeizedItem { hs, quantity, purpose }] } else { Vec::new() },
            ground: read_words(&mut self.ground, cells)?,
            concealment: read_words(&mut self.concealment, cells)?,
            ship: read_words(&mut self.ship, cells)?,
        })
    }
}

impl InterdictionFields {
    fn of(section: &Section<'_>, scope: &Scope) -> Self {
        Self {
            request: reading(section, "request", scope),
            end: coded(section, "end", scope, meaning_of!(InterdictionEnd)),
            on_high_seas: coded(section, "on_high_seas", scope, truths()),
            ship: coded(section, "ship", scope, hulls()),
        }
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<Interdiction, Refusal> {
        Ok(Interdiction {
            request: free_text(&self.request, cells)?,
            end: read_words(&mut self.end, cells)?,
            on_high_seas: read_words(&mut self.on_high_seas, cells)?,
            ship: read_words(&mut self.ship, cells)?,
        })
    }
}

impl CapacityFields {
    fn of(section: Section<'_>, scope: &Scope) -> Option<Self> {
        let resource = section.needed("resource", "resource = \"ship\"");
        let resource = resource.and_then(|entry| Words::of(&entry, scope, Meaning { need: Need::Required, ..labels() }));
        let amount = section.needed("amount", "amount = { column = \"days\", unit = \"ship-day\" }");
        let amount = amount.and_then(|entry: Entry<'_>| Amount::of(&entry, scope, Need::Required));
        section.close();
        Some(Self { resource: resource?, amount: amount? })
    }

    fn read(&mut self, cells: &Cells<'_>) -> Result<Capacity, Refusal> {
        let resource = self.resource.read(cells)?.ok_or_else(|| missing(self.resource.reading()))?;
        let amount = self.amount.read(cells)?.ok_or_else(|| Refusal::MissingField { field: label("capacity.amount") })?;
        Ok(Capacity { resource, amount })
    }
}

impl CircumstanceFields {
    fn of(section: Section<'_>, scope: &Scope) -> Option<Self> {
        let kind = section.needed("kind", "kind = \"summit\"");
        let kind = kind.and_then(|entry| Words::of(&entry, scope, Meaning { need: Need::Required, ..meaning_of!(CircumstanceKind) }));
        let effect = coded(&section, "effect", scope, meaning_of!(CircumstanceEffect));
        let text = section.needed("text", "text = { column = \"title\" }");
        let text = text.and_then(|entry| Reading::of(&entry, scope, Need::Required));
        let measure = coded(&section, "measure", scope, super::mapping::measure_names());
        section.close();
        Some(Self { kind: kind?, effect, text: text?, measure })
    }

    /// The jurisdiction it concerns is the event's own, and is filled in there.
    fn read(&mut self, cells: &Cells<'_>) -> Result<Circumstance, Refusal> {
        let kind = self.kind.read(cells)?.ok_or_else(|| missing(self.kind.reading()))?;
        let text = self.text.text(cells)?.ok_or_else(|| missing(&self.text))?;
        let affects = Selector { jurisdiction: None, measure: read_words(&mut self.measure, cells)? };
        Ok(Circumstance { kind, effect: read_words(&mut self.effect, cells)?, affects, text: label(&text) })
    }
}

fn missing(reading: &Reading) -> Refusal {
    Refusal::MissingField { field: reading.field().clone() }
}
