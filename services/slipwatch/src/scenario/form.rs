//! The shape of a file of cases as it is written: keys and texts, nothing checked.
//!
//! Every key has its doc here and its example in `deploy/regimes/tests/README.md`. Texts keep their place in the file, so that a
//! mistake can point at it. What must never enter: a check, a value for a key that is absent.

use serde::Deserialize;
use toml::Spanned;

/// A text and where it stands.
pub type Text = Spanned<String>;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The pack under test, by its path from this file.
    pub pack: Text,
    /// The cases.
    #[serde(rename = "case")]
    pub cases: Vec<CaseForm>,
}

/// A case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseForm {
    /// What it shows, in a sentence.
    pub name: Text,
    /// Week 1: then weeks may be counted, and `reports` may be written.
    pub first_week: Option<Text>,
    /// A file of records.
    pub log: Option<LogForm>,
    /// What is reported, week by week.
    #[serde(default)]
    pub reports: Vec<ReportForm>,
    /// Records one by one.
    #[serde(default)]
    pub records: Vec<RecordForm>,
    /// Outages that somebody declares.
    #[serde(default)]
    pub outages: Vec<OutageForm>,
    /// Levels that somebody sets anew.
    #[serde(default)]
    pub rebases: Vec<RebaseForm>,
    /// Changes of definition.
    #[serde(default)]
    pub definitions: Vec<DefinitionForm>,
    /// Circumstances on record.
    #[serde(default)]
    pub circumstances: Vec<CircumstanceForm>,
    /// Packs that follow the one under test.
    #[serde(default)]
    pub packs: Vec<PackForm>,
    /// Verdicts expected.
    #[serde(default)]
    pub verdicts: Vec<VerdictForm>,
    /// All transitions of alerts expected.
    pub alerts: Option<Vec<AlertForm>>,
}

/// A file of records.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogForm {
    /// Its path from this file.
    pub file: Text,
    /// The mapping of its rows; without one they are native events.
    pub mapping: Option<Text>,
}

/// Reports of one series from week 1 on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportForm {
    /// `JURISDICTION/MEASURE`.
    pub series: Text,
    /// Other measures that the same acts serve.
    #[serde(default)]
    pub also_serves: Vec<Text>,
    /// Inspections a week, as in `20 for 80 weeks, then 8 for 12 weeks`.
    pub inspections: Option<Text>,
    /// What inspections led to.
    pub interdictions: Option<Text>,
    /// What could be inspected.
    pub exposure: Option<Text>,
    /// What sort of inspection, where the pack says which count.
    pub stratum: Option<Text>,
    /// Days after the act until its report comes.
    #[serde(default)]
    pub known_after_days: u16,
}

/// One record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordForm {
    /// `JURISDICTION/MEASURE`.
    pub series: Text,
    /// `inspections`, `interdictions` or `exposure`.
    pub what: Text,
    /// How many acts.
    pub count: u32,
    /// The civil day, or the week.
    pub occurred: Text,
    /// When it became known; by default when it occurred.
    pub known: Option<Text>,
    /// What the source calls it; needed where it is corrected or taken back later.
    pub id: Option<Text>,
    /// `assert`, `correct` or `retract`.
    pub operation: Option<Text>,
    /// What sort of inspection.
    pub stratum: Option<Text>,
}

/// An outage that somebody declares.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutageForm {
    /// `JURISDICTION`, or `JURISDICTION/MEASURE`.
    pub series: Text,
    /// Which weeks.
    pub weeks: Text,
    /// When it is declared.
    pub told: Text,
}

/// A level that somebody sets anew.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RebaseForm {
    /// `JURISDICTION/MEASURE`.
    pub series: Text,
    /// From which weeks.
    pub weeks: Text,
    /// When it is done.
    pub told: Text,
}

/// A change of definition.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefinitionForm {
    /// `JURISDICTION`, or `JURISDICTION/MEASURE`; without it all.
    pub series: Option<Text>,
    /// First civil day of the new one, or its week.
    pub effective: Text,
    /// When it is told.
    pub told: Text,
    /// In words.
    pub text: Text,
}

/// A circumstance on record.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircumstanceForm {
    /// `JURISDICTION`, or `JURISDICTION/MEASURE`; without it all.
    pub series: Option<Text>,
    /// `summit`, `storm`, `strike` …
    pub kind: Text,
    /// Which weeks.
    pub weeks: Text,
    /// When it is told.
    pub told: Text,
    /// In words.
    pub text: Text,
}

/// A pack that follows.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackForm {
    /// Its path from this file.
    pub file: Text,
    /// When it is activated.
    pub told: Text,
}

/// A verdict expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictForm {
    /// `JURISDICTION/MEASURE`.
    pub series: Text,
    /// In every one of these weeks.
    pub weeks: Text,
    /// The word, or several with `or` between.
    pub verdict: Text,
}

/// A transition of an alert expected.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertForm {
    /// `JURISDICTION/MEASURE`.
    pub series: Text,
    /// The day it comes, or the weeks in which it may.
    pub on: Text,
    /// The word of its change.
    pub change: Text,
    /// The word of its kind.
    pub kind: Option<Text>,
}
