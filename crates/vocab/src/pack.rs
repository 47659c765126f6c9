//! Regime packs as values: measures, jurisdictions, feeds, what counts, calendar and policy.
//!
//! A pack is data that a person wrote and somebody may argue about; its meaning and checks live in the room of rules. Here
//! it is only the compiled value that the judgement receives.

use crate::{
    event::{Circumstance, Purpose},
    name::{JurisdictionCode, Label, MeasureId, RegimeId, SourceId, Stratum},
    quantity::Unit,
    record::PackHash,
    series::Count,
    time::{Day, Occurred, Week},
    watch::{Obligation, WatchRule},
};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A compiled regime pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pack {
    /// The regime it is about.
    pub regime: RegimeId,
    /// A name for people.
    pub title: Label,
    /// Rises with every published change.
    pub version: u32,
    /// SHA-256 of the bytes it was compiled from.
    pub hash: PackHash,
    /// The first week of every series, if declared.
    pub first_week: Option<Week>,
    /// Measures, sorted by id.
    pub measures: Vec<Measure>,
    /// Whose acts are counted.
    pub jurisdictions: Jurisdictions,
    /// The feeds expected.
    pub feeds: Vec<Feed>,
    /// Which strata count as effort; empty means every stratum.
    pub effort_strata: Vec<Stratum>,
    /// Whether exposure is reported at all.
    pub exposure: ExposureRule,
    /// Dated circumstances that are known beforehand or looked up afterwards, sorted by first day, then by text.
    pub calendar: Vec<CalendarEntry>,
    /// The frozen window that long erosion is measured against, if one is declared.
    pub erosion: Option<ErosionReference>,
    /// Interventions after which displacement is looked for, sorted by day, then by label.
    pub interventions: Vec<Intervention>,
    /// Obligations with a clock, sorted by name.
    pub obligations: Vec<Obligation>,
    /// Rules on facts, sorted by name.
    pub watches: Vec<WatchRule>,
    /// Thresholds and parameters.
    pub policy: Policy,
}

impl Eq for Pack {}

/// A measure of the regime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Its id.
    pub id: MeasureId,
    /// In words.
    pub title: Label,
    /// Instrument and paragraph it rests on, such as `UNSCR 2397 (2017), para 9`.
    pub instrument: Label,
    /// How that is known.
    pub basis: Basis,
    /// Who issued it.
    pub issuer: Label,
    /// What it is for.
    pub purpose: Purpose,
    /// HS chapters or headings in scope; empty means all goods or none named.
    pub hs_scope: Vec<Label>,
    /// Which way the goods go.
    pub direction: Direction,
    /// The unit of account of its series.
    pub unit: Unit,
    /// A second unit, never the count: what its acts weigh is a series of its own beside their count.
    pub weighed_in: Option<Unit>,
    /// First civil day in force.
    pub from: Option<Day>,
    /// First civil day no longer in force.
    pub to: Option<Day>,
}

impl Measure {
    /// Whether the measure was in force on a civil day.
    #[must_use]
    pub fn holds_on(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

/// How a statement about a measure is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Basis {
    /// Read in a named source.
    Read,
    /// Recalled; to be checked against the text.
    Recalled,
    /// Measured on data.
    Measured,
}

/// Which way the goods of a measure go, seen from the target of the regime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// To the target.
    Inbound,
    /// From the target.
    Outbound,
    /// Between third countries.
    ThirdCountry,
    /// Any of them.
    Any,
}

/// Whose acts are counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Jurisdictions {
    /// These, sorted by code.
    Listed(Vec<Jurisdiction>),
    /// Any code of a shape, up to a number of them.
    Pattern {
        /// For each character the ranges it may lie in.
        shape: Vec<Vec<(char, char)>>,
        /// How many at most; later ones count as unlisted.
        max: u32,
    },
}

/// One jurisdiction of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jurisdiction {
    /// Its code.
    pub code: JurisdictionCode,
    /// Its name for people.
    pub title: Label,
    /// Neighbours over which traffic may be displaced.
    pub neighbours: Vec<JurisdictionCode>,
}

impl Jurisdictions {
    /// Whether a code is listed, or has the shape of the pattern.
    #[must_use]
    pub fn admits(&self, code: &JurisdictionCode) -> bool {
        match self {
            Self::Listed(listed) => listed.iter().any(|jurisdiction| jurisdiction.code == *code),
            Self::Pattern { shape, .. } => has_shape(code.as_str(), shape),
        }
    }
}

/// Whether a code has a shape.
#[must_use]
pub fn has_shape(code: &str, shape: &[Vec<(char, char)>]) -> bool {
    let mut places = shape.iter();
    code.chars().all(|c| places.next().is_some_and(|ranges| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c))))
        && places.next().is_none()
}

/// An entry of the calendar: figures coincide with it, as with a circumstance that an event notes, while its pack is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarEntry {
    /// What it is, and which series it concerns.
    pub circumstance: Circumstance,
    /// The civil days it covers.
    pub occurred: Occurred,
}

/// A feed that the pack expects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feed {
    /// Its source id.
    pub source: SourceId,
    /// Which counts it brings.
    pub counts: Vec<Count>,
    /// Days between two reports.
    pub expected_interval_days: u16,
    /// One by one, or in lots (daily returns). Of a feed that brings exposure beside other counts it says how the exposure arrives.
    pub arrives_in: Arrival,
}

/// How the reports of a feed arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Arrival {
    /// One by one.
    Singly,
    /// In lots; the delay table counts a quarter of them (`detection.md` §2).
    Lots,
}

/// Whether exposure is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ExposureRule {
    /// Effort is judged against it.
    Reported,
    /// Declared absent: effort runs unadjusted and says so.
    Absent,
}

/// The weeks whose level long erosion is measured against (`detection.md` §6.1). No later record moves it once it is frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ErosionReference {
    /// The first week of it.
    pub first: Week,
    /// The last week of it.
    pub last: Week,
}

impl ErosionReference {
    /// How many weeks it has.
    #[must_use]
    pub const fn weeks(self) -> i32 {
        self.last.0 - self.first.0 + 1
    }

    /// Whether a week belongs to it.
    #[must_use]
    pub fn holds(self, week: Week) -> bool {
        (self.first..=self.last).contains(&week)
    }
}

/// Something that was done on a day in some jurisdictions, after which their neighbours may have taken over what moved away
/// (`detection.md` §6.7). Its coincidence in time is declared, no cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intervention {
    /// What it was, for people.
    pub label: Label,
    /// The first civil day after it.
    pub day: Day,
    /// Where it was done, sorted.
    pub treated: Vec<JurisdictionCode>,
    /// Where traffic may have gone instead, sorted.
    pub neighbours: Vec<JurisdictionCode>,
    /// Where neither is expected, sorted.
    pub controls: Vec<JurisdictionCode>,
    /// Which count is compared.
    pub counts: Count,
    /// How many weeks before the day are compared, at least 12.
    pub before_weeks: u16,
    /// How many weeks after it at most, at least 12.
    pub after_weeks: u16,
}

/// Weeks after an intervention with which it is looked at: looks are few, since each is one more chance of a false alert.
pub const LOOKS_WEEKS: [u16; 4] = [12, 26, 52, 104];

impl Intervention {
    /// The first civil day that is compared.
    #[must_use]
    pub fn from(&self) -> Day {
        self.day.plus(-7 * i32::from(self.before_weeks))
    }

    /// The looks it is given, in weeks after its day, rising.
    pub fn looks(&self) -> impl Iterator<Item = u16> + use<> {
        let last = self.after_weeks;
        LOOKS_WEEKS.into_iter().filter(move |weeks| *weeks <= last)
    }

    /// The look that is due at the close of a week: the one whose last day lies in it.
    #[must_use]
    pub fn look_at(&self, week: Week) -> Option<u16> {
        self.looks().find(|weeks| self.day.plus(7 * i32::from(*weeks) - 1).week() == week)
    }

    /// The part a jurisdiction has in it, if any.
    #[must_use]
    pub fn part_of(&self, code: &JurisdictionCode) -> Option<Part> {
        let parts = [(Part::Treated, &self.treated), (Part::Neighbour, &self.neighbours), (Part::Control, &self.controls)];
        parts.into_iter().find(|(_, codes)| codes.binary_search(code).is_ok()).map(|(part, _)| part)
    }
}

/// The part a jurisdiction has in an intervention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Part {
    /// It was done there.
    Treated,
    /// Traffic may have gone there.
    Neighbour,
    /// Neither is expected there.
    Control,
}

/// A declared reference window for programmes without a baseline yet (`detection.md` §4.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReferenceWindow {
    /// The first week of it.
    pub first: Week,
    /// The last week of it.
    pub last: Week,
    /// What becomes of it once a baseline is learnt.
    pub adoption: Adoption,
}

/// What becomes of a declared reference window once a baseline is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Adoption {
    /// The learnt baseline takes over.
    Adopt,
    /// The window stands until a person sets the level anew.
    Keep,
}

/// Thresholds and parameters (`detection.md` §7), without defaults: every value stands in the pack or in the shipped policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// False pages accepted per series and year; sets the threshold h.
    pub false_alarms_per_series_year: f64,
    /// Falls looked for, as shares (0.2 = a fall of 20 %), five of them, rising.
    pub slip_sizes: [f64; 5],
    /// Drifts looked for, share per week, two of them.
    pub drift_per_week: [f64; 2],
    /// Longest segment, weeks.
    pub lookback_weeks: u16,
    /// Newest weeks the baseline may not learn from.
    pub guard_weeks: u16,
    /// Share of a week that must be known before it is used.
    pub min_reported_share: f64,
    /// Whether it is estimated how much of a week is known.
    pub completeness: CompletenessRule,
    /// Weeks a silence may hold back alerts.
    pub silence_hold_weeks: u16,
    /// Weeks held after reports resume.
    pub silence_grace_weeks: u16,
    /// Most standard deviations one week's shortfall counts for.
    pub outage_cap_sd: f64,
    /// Whether evidence is pooled over a jurisdiction.
    pub pool: Pool,
    /// Ratio at which a fall has ended.
    pub recovered_at: f64,
    /// Evidence needed for that.
    pub recovery_evidence: f64,
    /// Weeks of little evidence after which an alert fades.
    pub fade_weeks: u16,
    /// Weeks within which late evidence may recall an alert.
    pub recall_weeks: u16,
    /// Weeks within which a new firing re-opens the last alert.
    pub merge_weeks: u16,
    /// Evidence at which a deeper fall pages again; 0 switches it off.
    pub escalation: f64,
    /// How far back a record may change figures, weeks.
    pub horizon_weeks: u16,
    /// How grave an effort alert is.
    pub effort_severity: Severity,
    /// A declared reference window.
    pub reference: Option<ReferenceWindow>,
}

/// How much of a week's reports is taken to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CompletenessRule {
    /// The share that past delays say.
    Estimated,
    /// All of it, from the first day: late reports are falls until they arrive. Only to compare with.
    Assumed,
}

impl CompletenessRule {
    /// The word used in packs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Estimated => "estimated",
            Self::Assumed => "assumed",
        }
    }
}

/// Whether evidence is pooled over the series of a jurisdiction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pool {
    /// Own evidence only.
    Off,
    /// The jurisdiction's evidence may stand in for a member's.
    Jurisdiction {
        /// What it costs, nats.
        penalty: f64,
        /// The member's own evidence needed, nats.
        own_floor: f64,
    },
    /// The same, where each member may have fallen with the jurisdiction or not.
    Mixture {
        /// Prior share of members that fall when the jurisdiction does, above 0 and below 1.
        part: f64,
        /// What it costs, nats.
        penalty: f64,
        /// The member's own evidence needed, nats.
        own_floor: f64,
    },
}

/// How grave an alert is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Severity {
    /// To be known.
    Notice,
    /// To be looked into.
    Warning,
    /// To be acted on.
    Critical,
}

impl Severity {
    /// The word used in labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}
