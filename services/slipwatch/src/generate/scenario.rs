//! A scenario file: which jurisdictions there are, how much they do, how they report, and what happens to them.
//!
//! Reads the sheet as it is written and makes groups of it that are complete. The TOML reader tells unknown keys and wrong
//! values with their line; what concerns several keys is checked here, every mistake at once. Nothing is assumed that the
//! file does not say, but that what is left out does not happen. What must never enter: chance.

use crate::generate::{
    change::Change,
    number::{Amount, FirstWeek, Range, Share, Weeks, Word},
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use vocab::time::Week;

/// The largest number of weeks: some fifty years.
const WEEKS_MAX: u16 = 2_600;
/// Measures are bits of a number.
pub const MEASURES_MAX: usize = 16;
/// A reference of less than a year holds no season.
const REFERENCE_WEEKS_MIN: u16 = 52;
/// Strata that a table of them is readable with.
const STRATA_MAX: usize = 100;
/// A pack has at most a mebibyte.
const JURISDICTIONS_MAX: usize = 4_000;
/// Outages are drawn from the weeks after these.
pub const OUTAGES_FROM_WEEK: u16 = 26;

/// The file as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sheet {
    regime: Word,
    title: String,
    first_week: FirstWeek,
    weeks: u16,
    scored_from_week: Option<u16>,
    erosion_reference: Option<Weeks>,
    measures: Vec<Word>,
    effort_strata: Option<Vec<Word>>,
    #[serde(default)]
    defaults: Settings,
    groups: Vec<Settings>,
}

/// What may be said of a group, and of all groups in `[defaults]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    name: Option<Word>,
    jurisdictions: Option<u16>,
    neighbours: Option<Neighbours>,
    volume: Option<Volume>,
    noise: Option<Noise>,
    season: Option<Season>,
    growth_per_year: Option<f64>,
    delays: Option<Delays>,
    disorder: Option<Disorder>,
    sharing: Option<Sharing>,
    strata: Option<BTreeMap<Word, Share>>,
    outages: Option<u16>,
    onset: Option<Onset>,
    affected_measures: Option<u16>,
    change: Option<Change>,
}

/// Which jurisdictions of a group lie beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Neighbours {
    /// Each beside the one before and the one after; the last beside the first.
    Ring,
    /// None.
    None,
}

/// How much is done.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Inspections of a series a week, before any change.
    pub inspections_per_week: Range,
    /// What could be inspected for each inspection; without it no exposure is reported.
    pub exposure_per_inspection: Option<Range>,
    /// Share of inspections with a find; without it no interdictions are reported.
    pub hit_rate: Option<Range>,
}

/// How uneven the weeks are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    /// Size k of a negative binomial: the variance of a week's inspections is μ + μ²/k. Poisson without it.
    pub dispersion: Option<Amount>,
    /// The same for exposure.
    pub exposure_dispersion: Option<Amount>,
    /// Correlation of a week's level with the next, on the scale of logarithms.
    pub autocorrelation: Option<Share>,
    /// Standard deviation of that level.
    pub autocorrelation_sd: Option<Amount>,
}

/// Amplitudes of a yearly wave on the scale of logarithms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Season {
    /// Of exposure.
    pub exposure: Option<Share>,
    /// Of inspections per exposure.
    pub effort: Option<Share>,
}

/// A lognormal delay.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delay {
    /// Its median, in days.
    pub median_days: Amount,
    /// Standard deviation of its logarithm.
    pub sigma: Amount,
}

/// How long reports take.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delays {
    /// From an inspection to its report.
    pub inspections: Delay,
    /// From the inspection's report to that of its find.
    pub interdictions: Delay,
    /// From the end of a day to its return of exposure.
    pub exposure: Delay,
}

/// How untidy the file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disorder {
    /// Share of reports that come a second time.
    pub duplicates: Option<Share>,
    /// Share of lines that stand up to half a day later in the file than they should.
    pub out_of_order: Option<Share>,
}

/// Acts that serve several measures at once.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// Share of a jurisdiction's acts that do.
    pub share_of_acts: Share,
    /// How many measures such an act serves, drawn anew for each.
    pub measures: u16,
}

/// When a change begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onset {
    /// The first and last week it may begin in, counted from 0.
    pub weeks: Weeks,
    /// Who draws a week of its own.
    pub each: Each,
}

/// Who draws an onset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// The measures of a jurisdiction change together.
    Jurisdiction,
    /// Every series changes by itself.
    Series,
}

/// A group of jurisdictions that are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name: `scenario` in the truth.
    pub name: Word,
    /// How many jurisdictions.
    pub jurisdictions: u16,
    /// Which of them lie beside each other.
    pub neighbours: Neighbours,
    /// How much they do.
    pub volume: Volume,
    /// How uneven their weeks are.
    pub noise: Noise,
    /// Their yearly wave.
    pub season: Season,
    /// Growth of exposure a year on the scale of logarithms.
    pub growth_per_year: f64,
    /// How long their reports take.
    pub delays: Delays,
    /// How untidy their file is.
    pub disorder: Disorder,
    /// Whether acts serve several measures.
    pub sharing: Option<Sharing>,
    /// Shares of inspections by stratum; empty where inspections have none.
    pub strata: BTreeMap<Word, Share>,
    /// Single weeks without any inspection, as many in each jurisdiction.
    pub outages: u16,
    /// When the change begins.
    pub onset: Option<Onset>,
    /// How many of the measures change, the first ones; all without it.
    pub affected_measures: Option<u16>,
    /// What happens.
    pub change: Change,
}

/// A scenario that holds together.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The regime: a part of every key.
    pub regime: Word,
    /// What it shows, in a sentence.
    pub title: String,
    /// The week in which everything begins.
    pub first_week: Week,
    /// How many weeks there are.
    pub weeks: u16,
    /// The week from which a backtest scores, counted from 0; from the first on without it.
    pub scored_from_week: Option<u16>,
    /// First and last week, from 0, that the pack holds erosion against.
    pub erosion_reference: Option<Weeks>,
    /// The measures.
    pub measures: Vec<Word>,
    /// The strata that count as effort; all without it.
    pub effort_strata: Option<Vec<Word>>,
    /// The groups.
    pub groups: Vec<Group>,
}

/// What the command line says in place of the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Instead {
    /// How many weeks.
    pub weeks: Option<u16>,
    /// At most so many jurisdictions of each group.
    pub jurisdictions_max: Option<u16>,
}

impl Scenario {
    /// Reads a scenario.
    ///
    /// # Errors
    /// Every mistake found, one a line, with where it stands and what would be right.
    pub fn parse(text: &str, instead: Instead) -> Result<Self, String> {
        let sheet: Sheet = toml::from_str(text).map_err(|wrong| wrong.to_string())?;
        let mut mistakes = Vec::new();
        if sheet.defaults.name.is_some() {
            mistakes.push("[defaults]: `name` belongs to a group: leave it out".to_owned());
        }
        let groups = sheet.groups.iter().enumerate();
        let groups = groups.filter_map(|(at, settings)| settings.clone().group(&sheet.defaults, at, &mut mistakes)).collect();
        let mut scenario = Self {
            regime: sheet.regime,
            title: sheet.title,
            first_week: sheet.first_week.0,
            weeks: instead.weeks.unwrap_or(sheet.weeks),
            scored_from_week: sheet.scored_from_week,
            erosion_reference: sheet.erosion_reference,
            measures: sheet.measures,
            effort_strata: sheet.effort_strata,
            groups,
        };
        for group in &mut scenario.groups {
            // Displacement goes from one to the next: fewer than two of them would be another scenario.
            let least = if group.change.is_displacement() { 2 } else { 1 };
            group.jurisdictions = instead.jurisdictions_max.map_or(group.jurisdictions, |max| group.jurisdictions.min(max.max(least)));
        }
        scenario.check(&mut mistakes);
        if mistakes.is_empty() { Ok(scenario) } else { Err(mistakes.join("\n")) }
    }

    /// The ISO week so many weeks after the first.
    #[must_use]
    pub fn week(&self, number: u16) -> Week {
        Week(self.first_week.0 + i32::from(number))
    }

    /// Series in all groups.
    #[must_use]
    pub fn series(&self) -> usize {
        self.groups.iter().map(|group| usize::from(group.jurisdictions) * self.measures.len()).sum()
    }

    /// Whether exposure is reported; all groups agree.
    #[must_use]
    pub fn has_exposure(&self) -> bool {
        self.groups.iter().any(|group| group.volume.exposure_per_inspection.is_some())
    }

    /// Whether any group reports interdictions.
    #[must_use]
    pub fn has_interdictions(&self) -> bool {
        self.groups.iter().any(|group| group.volume.hit_rate.is_some())
    }

    /// All strata of all groups, sorted.
    #[must_use]
    pub fn strata(&self) -> Vec<Word> {
        let names: BTreeSet<&Word> = self.groups.iter().flat_map(Group::strata).collect();
        names.into_iter().cloned().collect()
    }

    fn check(&self, mistakes: &mut Vec<String>) {
        let mut wrong = |is_wrong: bool, said: String| {
            if is_wrong {
                mistakes.push(said);
            }
        };
        wrong(!(1..=WEEKS_MAX).contains(&self.weeks), format!("weeks = {}: write 1 to {WEEKS_MAX}", self.weeks));
        let scored = self.scored_from_week.unwrap_or(0);
        wrong(scored >= self.weeks, format!("scored_from_week = {scored}: weeks = {} end before it", self.weeks));
        if let Some(Weeks { low, high }) = self.erosion_reference {
            let fits = high < self.weeks && high - low >= REFERENCE_WEEKS_MIN - 1;
            wrong(
                !fits,
                format!("erosion_reference = [{low}, {high}]: write {REFERENCE_WEEKS_MIN} weeks or more within weeks = {}", self.weeks),
            );
        }
        let measures = self.measures.len();
        wrong(!(1..=MEASURES_MAX).contains(&measures), format!("measures: there are {measures}: name 1 to {MEASURES_MAX}"));
        wrong(self.groups.is_empty(), "groups: there is none: write [[groups]] with name and jurisdictions".to_owned());
        let jurisdictions = self.series() / measures.max(1);
        wrong(jurisdictions > JURISDICTIONS_MAX, format!("jurisdictions: {jurisdictions} in all groups: at most {JURISDICTIONS_MAX}"));
        for (what, words) in [("measures", twice(self.measures.iter())), ("groups", twice(self.groups.iter().map(|group| &group.name)))] {
            wrong(words.is_some(), format!("{what}: \"{}\" is there twice: choose another name", words.map_or("", Word::as_str)));
        }
        let exposed = self.groups.iter().filter(|group| group.volume.exposure_per_inspection.is_some()).count();
        let some = exposed > 0 && exposed < self.groups.len();
        wrong(some, "exposure_per_inspection: some groups have it and some not: a regime reports exposure, or it does not".to_owned());
        let strata = self.strata();
        for word in self.effort_strata.iter().flatten() {
            wrong(!strata.contains(word), format!("effort_strata: no group has the stratum \"{}\" in `strata`", word.as_str()));
        }
        wrong(strata.len() > STRATA_MAX, format!("strata: there are {}: at most {STRATA_MAX}", strata.len()));
        self.groups.iter().for_each(|group| group.check(self, mistakes));
    }
}

fn twice<'w>(words: impl Iterator<Item = &'w Word>) -> Option<&'w Word> {
    let mut seen = BTreeSet::new();
    words.into_iter().find(|word| !seen.insert(*word))
}

impl Group {
    /// The strata it has, before or after a change.
    pub fn strata(&self) -> impl Iterator<Item = &Word> {
        let after = if let Change::Definition { strata } = &self.change { Some(strata.keys()) } else { None };
        self.strata.keys().chain(after.into_iter().flatten())
    }
}

impl Settings {
    /// A group of its own settings and, where it has none, of the defaults.
    fn group(self, defaults: &Self, at: usize, mistakes: &mut Vec<String>) -> Option<Group> {
        let other = defaults.clone();
        let name = self.name.clone().map_or_else(|| format!("number {}", at + 1), |name| name.as_str().to_owned());
        let mut needed = |key: &str, example: &str, missing: bool| {
            if missing {
                mistakes.push(format!("group {name}: `{key}` is missing: write {example}, here or in [defaults]"));
            }
        };
        let (volume, delays) = (self.volume.or(other.volume), self.delays.or(other.delays));
        let jurisdictions = self.jurisdictions.or(other.jurisdictions);
        needed("name", "name = \"steady\"", self.name.is_none());
        needed("jurisdictions", "jurisdictions = 8", jurisdictions.is_none());
        needed("volume", "volume = { inspections_per_week = [4, 40] }", volume.is_none());
        let delay = "{ median_days = 1.5, sigma = 0.8 }";
        needed("delays", &format!("delays = {{ inspections = {delay}, interdictions = {delay}, exposure = {delay} }}"), delays.is_none());
        Some(Group {
            name: self.name?,
            jurisdictions: jurisdictions?,
            neighbours: self.neighbours.or(other.neighbours).unwrap_or(Neighbours::None),
            volume: volume?,
            noise: self.noise.or(other.noise).unwrap_or_default(),
            season: self.season.or(other.season).unwrap_or_default(),
            growth_per_year: self.growth_per_year.or(other.growth_per_year).unwrap_or(0.0),
            delays: delays?,
            disorder: self.disorder.or(other.disorder).unwrap_or_default(),
            sharing: self.sharing.or(other.sharing),
            strata: self.strata.or(other.strata).unwrap_or_default(),
            outages: self.outages.or(other.outages).unwrap_or(0),
            onset: self.onset.or(other.onset),
            affected_measures: self.affected_measures.or(other.affected_measures),
            change: self.change.or(other.change).unwrap_or(Change::None),
        })
    }
}
