//! Events: one immutable message of a feed, its envelope and its closed set of types (version 1).
//!
//! The envelope is that of every event; the body says what happened. A type this version does not know is kept with its
//! bytes. Nothing here judges: which body counts towards what is a pack's affair.

use crate::{
    act::Act,
    identifier::{Checked, ContainerNumber, ImoNumber},
    name::{ActorId, CaseName, EventTypeName, JurisdictionCode, Label, MeasureId, RegimeId, SourceId, SourceRecordId, Stratum},
    pack::Pack,
    place::Location,
    quantity::Quantity,
    time::{Day, Instant, Occurred},
};
use alloc::{sync::Arc, vec::Vec};
use serde::{Deserialize, Serialize};

mod word;
pub use word::{
    CircumstanceEffect, CircumstanceKind, ExposureKind, FeedCondition, InspectionDepth, InspectionResult, InterdictionEnd, Mode, Purpose,
    SeizureGround, Trigger,
};

/// What a message does to its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Operation {
    /// Says something for the first time (or again).
    Assert,
    /// Says it anew: takes back what the record contributed and adds this.
    Correct,
    /// Takes the record back.
    Retract,
}

/// How far a source is trusted (Admiralty code, first letter).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reliability {
    /// Completely reliable.
    A,
    /// Usually reliable.
    B,
    /// Fairly reliable.
    C,
    /// Not usually reliable.
    D,
    /// Unreliable.
    E,
    /// Cannot be judged.
    F,
}

/// How credible the information is (Admiralty code, 1 confirmed to 6 cannot be judged).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Credibility(u8);

impl Credibility {
    /// A credibility from 1 to 6; anything else is none.
    #[must_use]
    pub const fn of(value: u8) -> Option<Self> {
        if value >= 1 && value <= 6 { Some(Self(value)) } else { None }
    }
    /// 1 to 6.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }
}

/// How far a message may be passed on (Traffic Light Protocol 2.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Marking {
    /// No limit.
    Clear,
    /// Within the community.
    Green,
    /// Within the organisation and its clients.
    Amber,
    /// Within the organisation.
    AmberStrict,
    /// For the receiver's eyes.
    Red,
}

/// The envelope of an event and what it says (`domain.md` §8.0).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The regime it concerns.
    pub regime: RegimeId,
    /// The feed it came from.
    pub source: SourceId,
    /// What the source calls the thing it speaks of.
    pub source_record_id: SourceRecordId,
    /// Rises with every new version of the record.
    pub revision: u32,
    /// Assert, correct or retract.
    pub operation: Operation,
    /// When it happened.
    pub occurred: Occurred,
    /// The source's own time of reporting.
    pub reported: Option<Instant>,
    /// How many acts this one message stands for, at least 1; many real feeds send daily totals.
    pub count: u32,
    /// Where it is accounted for.
    pub jurisdiction: Option<JurisdictionCode>,
    /// The measures the act serves; several, when one inspection serves several.
    pub measures: Vec<MeasureId>,
    /// What sort of act, in the source's or the mapping's small code.
    pub stratum: Option<Stratum>,
    /// What happened.
    pub body: Body,
    /// The rarely used rest of the envelope.
    pub context: Option<Arc<Context>>,
}

/// The rarely used part of the envelope, apart so that a plain event stays small.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Context {
    /// The message's own id where it has one besides the record's.
    pub id: Option<Label>,
    /// The agency that acted, ISO 3166 and agency.
    pub authority: Option<Label>,
    /// Who asserts it.
    pub asserted_by: Option<ActorId>,
    /// The story it belongs to.
    pub case: Option<CaseName>,
    /// The event that caused this one.
    pub causation: Option<Label>,
    /// How far the source is trusted.
    pub reliability: Option<Reliability>,
    /// How credible the information is.
    pub credibility: Option<Credibility>,
    /// How far it may be passed on.
    pub marking: Option<Marking>,
    /// Where it took place.
    pub location: Option<Location>,
}

impl Event {
    /// The case this event names, if any.
    #[must_use]
    pub fn case(&self) -> Option<&CaseName> {
        self.context.as_ref().and_then(|context| context.case.as_ref())
    }
}

/// What happened: the closed set of version 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// An inspection was done.
    InspectionPerformed(Inspection),
    /// Access was denied.
    InspectionRefused(Obstacle),
    /// It could not be done (weather, equipment).
    InspectionImpossible(Obstacle),
    /// One port call, transit or declaration.
    ExposureObserved(Exposure),
    /// Only a total of exposure is known; the envelope's `count` and interval carry it.
    ExposureAggregate(ExposureTotal),
    /// Goods were taken.
    SeizureRecorded(Seizure),
    /// A boarding request came to its end.
    InterdictionOutcome(Interdiction),
    /// How much effort was available.
    CapacityReported(Capacity),
    /// Something that coincides with figures: a summit, a storm, a strike.
    ContextNoted(Circumstance),
    /// What is counted changed its meaning.
    DefinitionChanged(DefinitionChange),
    /// A goal was moved.
    TargetChanged(TargetChange),
    /// A feed says how it is.
    FeedStatus(FeedStatus),
    /// A regime pack holds from the next tick; carries its bytes.
    PackActivated(PackActivation),
    /// What a person or the command line did.
    Act(Act),
    /// A type this version does not know, with its bytes.
    Unrecognised(UnrecognisedBody),
}

impl Body {
    /// The type as `domain.md` §8.1 writes it.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::InspectionPerformed(_) => "inspection.performed",
            Self::InspectionRefused(_) => "inspection.refused",
            Self::InspectionImpossible(_) => "inspection.impossible",
            Self::ExposureObserved(_) => "exposure.observed",
            Self::ExposureAggregate(_) => "exposure.aggregate",
            Self::SeizureRecorded(_) => "seizure.recorded",
            Self::InterdictionOutcome(_) => "interdiction.outcome",
            Self::CapacityReported(_) => "capacity.reported",
            Self::ContextNoted(_) => "context.noted",
            Self::DefinitionChanged(_) => "definition.changed",
            Self::TargetChanged(_) => "target.changed",
            Self::FeedStatus(_) => "feed.status",
            Self::PackActivated(_) => "pack.activated",
            Self::Act(act) => act.type_name(),
            Self::Unrecognised(body) => body.type_name.as_str(),
        }
    }
}

/// An inspection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// How deep it went.
    pub depth: Option<InspectionDepth>,
    /// Why it was made.
    pub trigger: Option<Trigger>,
    /// What it found.
    pub result: Option<InspectionResult>,
    /// Deficiencies noted.
    pub deficiencies: Option<u16>,
    /// How long it took, minutes.
    pub duration_minutes: Option<u32>,
    /// The hull inspected.
    pub ship: Option<Checked<ImoNumber>>,
    /// The container inspected.
    pub container: Option<Checked<ContainerNumber>>,
    /// The exposure it answers.
    pub exposure_id: Option<Label>,
    /// What was inspected, in a unit of account other than acts.
    pub quantity: Option<Quantity>,
}

/// Why an inspection did not take place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Obstacle {
    /// The ground given.
    pub ground: Option<Label>,
    /// What was decided next.
    pub next_action: Option<Label>,
    /// The hull concerned.
    pub ship: Option<Checked<ImoNumber>>,
}

/// One thing that could be inspected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// What sort.
    pub kind: Option<ExposureKind>,
    /// Mode of transport.
    pub mode: Option<Mode>,
    /// The hull.
    pub ship: Option<Checked<ImoNumber>>,
    /// HS codes of the cargo, six digits or fewer.
    pub cargo_hs: Vec<Label>,
    /// How much cargo.
    pub quantity: Option<Quantity>,
    /// Whether inspection is a duty.
    pub must_inspect: Option<bool>,
}

/// A total of exposure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExposureTotal {
    /// What sort.
    pub kind: Option<ExposureKind>,
    /// Share of all exposure that the total covers, parts per million.
    pub coverage_ppm: Option<u32>,
}

/// Goods taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seizure {
    /// What was taken.
    pub items: Vec<SeizedItem>,
    /// Under which rule.
    pub ground: Option<SeizureGround>,
    /// How it was hidden.
    pub concealment: Option<Label>,
    /// The hull it was found on.
    pub ship: Option<Checked<ImoNumber>>,
}

/// One item of a seizure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeizedItem {
    /// HS code with its edition, such as `271019/2017`.
    pub hs: Option<Label>,
    /// How much.
    pub quantity: Option<Quantity>,
    /// What for.
    pub purpose: Option<Purpose>,
}

/// The end of a boarding request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interdiction {
    /// The request it ends.
    pub request: Option<Label>,
    /// How it ended.
    pub end: Option<InterdictionEnd>,
    /// Whether it was on the high seas.
    pub on_high_seas: Option<bool>,
    /// The hull concerned.
    pub ship: Option<Checked<ImoNumber>>,
}

/// Effort that was available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Of what.
    pub resource: Label,
    /// How much, in its unit.
    pub amount: Quantity,
}

/// Which series something concerns: empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Selector {
    /// One jurisdiction, or all.
    pub jurisdiction: Option<JurisdictionCode>,
    /// One measure, or all.
    pub measure: Option<MeasureId>,
}

/// A dated circumstance: annotation only, it "coincides with" and never causes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circumstance {
    /// What sort.
    pub kind: CircumstanceKind,
    /// Which figures it may move.
    pub effect: Option<CircumstanceEffect>,
    /// Which series it concerns.
    pub affects: Selector,
    /// In words.
    pub text: Label,
}

/// A change of what is counted. Blocks comparison until an operator re-bases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefinitionChange {
    /// Which series it concerns.
    pub affects: Selector,
    /// The first civil day of the new definition.
    pub effective: Day,
    /// In words.
    pub text: Label,
    /// Whether figures before and after may be compared.
    pub comparable: Option<bool>,
}

/// A goal that was moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetChange {
    /// Which series it concerns.
    pub affects: Selector,
    /// Of which figure.
    pub metric: Label,
    /// Before.
    pub before: Option<Quantity>,
    /// After.
    pub after: Option<Quantity>,
    /// The reason given.
    pub reason: Option<Label>,
}

/// What a feed says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedStatus {
    /// How it is.
    pub condition: FeedCondition,
    /// It has sent everything up to this day.
    pub complete_to: Option<Day>,
    /// Days between two reports it promises.
    pub expected_interval_days: Option<u16>,
}

/// The activation of a regime pack: its bytes are the record, the compiled value is what they mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackActivation {
    /// The pack file as it was (TOML, at most 1 MiB).
    pub bytes: Arc<[u8]>,
    /// What the bytes mean; filled in by the shell that compiled them, absent while they are only bytes.
    pub pack: Option<Arc<Pack>>,
    /// Who activated it.
    pub who: ActorId,
    /// Why.
    pub why: Label,
}

/// A body of a type this version does not know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnrecognisedBody {
    /// The type it names.
    pub type_name: EventTypeName,
    /// The bytes as they came.
    pub bytes: Arc<[u8]>,
}
