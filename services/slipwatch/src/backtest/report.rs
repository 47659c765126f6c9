//! The whole of a backtest: what was scored, every figure of every pack, the differences, and the same as JSON.
//!
//! Filled once, then only shown: as tables, as JSON, as a chart. What must never enter: a figure that is not said to rest on something.

use crate::backtest::{
    comparison::{Compared, Told},
    figures::{Figure, exposure_years, false_pages},
    lives::Lives,
    resample::{self, Draw, Unit, Units, pick},
    score::Score,
    value::Value,
};
use serde_json::{Map, Value as Json, json};
use stages::intaking::FirstPack;
use std::collections::BTreeMap;

/// A backtest.
#[derive(Clone, Debug)]
pub struct Report {
    /// The files of the log.
    pub log: Vec<String>,
    /// The truth file.
    pub truth: String,
    /// Series scored.
    pub series: usize,
    /// First and last moment that is scored in any series, as days.
    pub window: (String, String),
    /// What is drawn together.
    pub unit: Unit,
    /// Units in all.
    pub units: usize,
    /// How often.
    pub resamples: u32,
    /// From which seed.
    pub seed: u64,
    /// One or two packs.
    pub sides: Vec<Side>,
    /// The first less the second.
    pub compared: Vec<Compared>,
    /// What to keep in mind.
    pub notes: Vec<String>,
}

/// What one pack came to.
#[derive(Clone, Debug)]
pub struct Side {
    /// The file of the pack.
    pub name: String,
    /// The pack.
    pub pack: FirstPack,
    /// All series.
    pub all: Group,
    /// By scenario or group, where the truth names any.
    pub groups: Vec<Group>,
    /// Its alerts.
    pub lives: Lives,
    /// How often which kind was called what first.
    pub named: BTreeMap<&'static str, BTreeMap<&'static str, u32>>,
    /// Detection against false pages at other rates.
    pub curve: Vec<Point>,
}

/// The figures of a choice of series.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Series in it.
    pub series: usize,
    /// Slips among them.
    pub slips: usize,
    /// Slips found by a new page.
    pub found: usize,
    /// False pages.
    pub false_pages: u32,
    /// Series-years in which a page would be false.
    pub series_years: f64,
    /// Figures with a value.
    pub figures: BTreeMap<Figure, Value>,
}

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The rate the pack asks for.
    pub rate: f64,
    /// False pages per series and year that it came to.
    pub false_pages: f64,
    /// Share of slips found by a new page.
    pub found: f64,
}

impl Point {
    /// Of scores at a rate.
    #[must_use]
    pub fn of(rate: f64, scores: &[Score]) -> Option<Self> {
        let all: Vec<&Score> = scores.iter().collect();
        Some(Self { rate, false_pages: Figure::FalsePages.of(&all)?, found: Figure::FoundPaged.of(&all)? })
    }
}

impl Group {
    /// Of a group of scores, by its place, or of all of them.
    #[must_use]
    pub fn of(name: &str, scores: &[Score], (units, draws): (&Units, &[Draw]), place: Option<usize>) -> Self {
        let chosen = pick(scores, units.series(place).into_iter());
        let slips = chosen.iter().flat_map(|score| &score.slips);
        let wanted: &[Figure] = if place.is_some() { &Figure::OF_GROUPS } else { &Figure::ALL };
        let value = |figure: &Figure| Some((*figure, resample::value(*figure, scores, (units, draws), place)?));
        Self {
            name: name.to_owned(),
            series: chosen.len(),
            slips: slips.clone().count(),
            found: slips.filter(|slip| slip.page.is_some()).count(),
            false_pages: false_pages(&chosen),
            series_years: exposure_years(&chosen),
            figures: wanted.iter().filter_map(value).collect(),
        }
    }

    fn json(&self) -> Json {
        let figures = self.figures.iter().map(|(figure, value)| (figure.as_str().to_owned(), valued(*value)));
        json!({
            "name": self.name, "series": self.series, "slips": self.slips, "foundByPage": self.found, "falsePages": self.false_pages,
            "seriesYears": rounded(self.series_years), "figures": figures.collect::<Map<String, Json>>(),
        })
    }
}

impl Side {
    /// Of a pack's scores.
    #[must_use]
    pub fn of((name, pack): (String, FirstPack), scores: &[Score], lives: Lives, with: (&Units, &[Draw])) -> Self {
        let mut named: BTreeMap<&'static str, BTreeMap<&'static str, u32>> = BTreeMap::new();
        for (actual, said) in scores.iter().flat_map(|score| &score.named) {
            *named.entry(actual).or_default().entry(said).or_default() += 1;
        }
        let names: Vec<&str> = with.0.groups().collect();
        let groups = match names.as_slice() {
            [""] => Vec::new(),
            names => names.iter().enumerate().map(|(place, name)| Group::of(name, scores, with, Some(place))).collect(),
        };
        Self { name, pack, all: Group::of("all", scores, with, None), groups, lives, named, curve: Vec::new() }
    }

    fn json(&self) -> Json {
        let point = |point: &Point| json!({ "rate": point.rate, "falsePagesPerSeriesYear": rounded(point.false_pages), "foundPaged": rounded(point.found) });
        json!({
            "pack": self.name, "title": self.pack.pack.title.to_string(), "version": self.pack.pack.version,
            "sha256": self.pack.pack.hash.to_string(), "falseAlarmsPerSeriesYear": self.pack.pack.policy.false_alarms_per_series_year,
            "all": self.all.json(), "groups": self.groups.iter().map(Group::json).collect::<Vec<_>>(),
            "alerts": self.lives, "named": self.named, "curve": self.curve.iter().map(point).collect::<Vec<_>>(),
        })
    }
}

impl Report {
    /// As JSON.
    #[must_use]
    pub fn json(&self) -> Json {
        let compared = |one: &Compared| {
            json!({
                "figure": one.figure.as_str(), "difference": valued(one.difference), "told": one.told.words(),
                "isReal": matches!(one.told, Told::Real | Told::RealAlone), "isRealAmongAll": one.told == Told::Real,
            })
        };
        json!({
            "log": self.log, "truth": self.truth, "series": self.series,
            "window": { "from": self.window.0, "until": self.window.1 },
            "intervals": {
                "share": 0.95, "resampled": self.unit.words(), "units": self.units, "resamples": self.resamples, "seed": self.seed,
            },
            "judgement": engine::seal::JUDGEMENT,
            "packs": self.sides.iter().map(Side::json).collect::<Vec<_>>(),
            "differences": self.compared.iter().map(compared).collect::<Vec<_>>(),
            "comparedAtOnce": self.compared.len(),
            "notes": self.notes,
        })
    }
}

fn valued(value: Value) -> Json {
    json!({
        "value": rounded(value.value),
        "low": value.interval.map(|(low, _)| rounded(low)), "high": value.interval.map(|(_, high)| rounded(high)),
    })
}

/// To a millionth: more digits than any of these figures has, and the same text wherever sums end in another last bit.
fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
