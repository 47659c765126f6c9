//! Intervals by resampling: units of series are drawn anew, with replacement, inside their group, and every figure is counted again.
//!
//! A unit is a jurisdiction where evidence is pooled over it, since its series then speak for each other, and else a series. Two packs
//! are counted on the same draws. The draws follow from a seed alone. What must never enter: a clock, the order of a hash.

use crate::backtest::{
    figures::{Figure, Measure, exposure_years, false_pages, sorted_quantile},
    score::Score,
    value::Value,
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use std::collections::BTreeMap;

/// Fewest units for an interval. With five, even a difference that all of them share comes by chance more than once in twenty.
pub const UNITS_MIN: usize = 6;

/// What is drawn together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The series of a jurisdiction.
    Jurisdiction,
    /// One series.
    Series,
}

/// Series by unit and group; a series is its place among all that are scored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Units {
    /// The units of each group, in the order of their names.
    groups: Vec<(String, Vec<Vec<usize>>)>,
}

impl Units {
    /// Of series in their order, each with its name and group.
    #[must_use]
    pub fn of<'a>(unit: Unit, series: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut groups: BTreeMap<&str, BTreeMap<&str, Vec<usize>>> = BTreeMap::new();
        for (place, (name, group)) in series.enumerate() {
            let key = match unit {
                Unit::Jurisdiction => jurisdiction(name),
                Unit::Series => name,
            };
            groups.entry(group).or_default().entry(key).or_default().push(place);
        }
        let groups = groups.into_iter().map(|(group, units)| (group.to_owned(), units.into_values().collect()));
        Self { groups: groups.collect() }
    }

    /// The names of the groups, in order.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|(group, _)| group.as_str())
    }

    /// How many units there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.units(None).count()
    }

    /// The series of one group, or of all.
    #[must_use]
    pub fn series(&self, group: Option<usize>) -> Vec<usize> {
        self.units(group).flatten().copied().collect()
    }

    fn units(&self, group: Option<usize>) -> impl Iterator<Item = &Vec<usize>> {
        let groups = self.groups.iter().enumerate().filter(move |(place, _)| group.is_none_or(|group| group == *place));
        groups.flat_map(|(_, (_, units))| units)
    }

    /// Draws so many times; each draw has the series of every group.
    #[must_use]
    pub fn draws(&self, resamples: u32, seed: u64) -> Vec<Draw> {
        let mut chance = ChaCha8Rng::seed_from_u64(seed);
        (0..resamples).map(|_| self.draw(&mut chance)).collect()
    }

    fn draw(&self, chance: &mut ChaCha8Rng) -> Draw {
        let of_group = |(_, units): &(String, Vec<Vec<usize>>)| {
            let drawn = (0..units.len()).flat_map(|_| units[below(chance, units.len())].iter().copied());
            drawn.collect::<Vec<usize>>()
        };
        Draw { groups: self.groups.iter().map(of_group).collect() }
    }

    /// Units of a group, or of all, in which a figure has a value.
    fn bearing(&self, figure: Figure, scores: &[Score], group: Option<usize>) -> usize {
        self.units(group).filter(|unit| figure.of(&pick(scores, unit.iter().copied())).is_some()).count()
    }
}

/// The code before the first stroke of a series' name.
#[must_use]
pub fn jurisdiction(series: &str) -> &str {
    series.split_once('/').map_or(series, |(jurisdiction, _)| jurisdiction)
}

/// A whole number below another, every one as likely up to a part in 2^64.
#[expect(clippy::cast_possible_truncation, reason = "the high half of a product is below its factor")]
fn below(chance: &mut ChaCha8Rng, bound: usize) -> usize {
    ((u128::from(chance.next_u64()) * bound as u128) >> 64) as usize
}

/// One draw: series by group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    groups: Vec<Vec<usize>>,
}

impl Draw {
    /// The series drawn for one group, or for all.
    pub fn series(&self, group: Option<usize>) -> impl Iterator<Item = usize> {
        let groups = self.groups.iter().enumerate().filter(move |(place, _)| group.is_none_or(|group| group == *place));
        groups.flat_map(|(_, series)| series.iter().copied())
    }
}

/// The scores of some series.
#[must_use]
pub fn pick(scores: &[Score], series: impl Iterator<Item = usize>) -> Vec<&Score> {
    series.map(|place| &scores[place]).collect()
}

/// A figure of a group, or of all, with its interval.
#[must_use]
pub fn value(figure: Figure, scores: &[Score], (units, draws): (&Units, &[Draw]), group: Option<usize>) -> Option<Value> {
    let all = pick(scores, units.series(group).into_iter());
    let value = figure.of(&all)?;
    let bearing = units.bearing(figure, scores, group);
    if bearing < UNITS_MIN {
        return Some(Value { value, interval: None });
    }
    let drawn = rising(draws.iter().filter_map(|draw| figure.of(&pick(scores, draw.series(group)))));
    let drawn = middle(&drawn, 0.05);
    Some(Value { value, interval: drawn.map(|drawn| at_the_edge(figure, &all, bearing, drawn)) })
}

/// What was drawn, in rising order.
fn rising(drawn: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut drawn: Vec<f64> = drawn.collect();
    drawn.sort_by(f64::total_cmp);
    drawn
}

/// The middle of what was drawn, without `outside` of it.
fn middle(rising: &[f64], outside: f64) -> Option<(f64, f64)> {
    Some((sorted_quantile(rising, outside / 2.0)?, sorted_quantile(rising, 1.0 - outside / 2.0)?))
}

/// Where nothing was missed, or nothing false seen, every draw says so too, and the drawn interval would be a point. There the exact
/// limit stands: Clopper–Pearson over the units for a share (units, since what is pooled is no independent case), Garwood for a rate.
fn at_the_edge(figure: Figure, all: &[&Score], units: usize, (low, high): (f64, f64)) -> (f64, f64) {
    let units = f64::from(u32::try_from(units).unwrap_or(u32::MAX));
    match figure.measure() {
        Measure::Share if low == high && low == 1.0 => (0.025_f64.powf(1.0 / units), 1.0),
        Measure::Share if low == high && high == 0.0 => (0.0, 1.0 - 0.025_f64.powf(1.0 / units)),
        Measure::PerYear if false_pages(all) == 0 => (0.0, -(0.025_f64.ln()) / exposure_years(all)),
        Measure::Share | Measure::Weeks | Measure::PerYear | Measure::PerCase => (low, high),
    }
}

/// The difference of a figure between two packs, with what it was on every draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    value: f64,
    /// The differences drawn, in rising order; none where too few units bear the figure.
    drawn: Option<Vec<f64>>,
}

impl Difference {
    /// The value with its interval without `outside` of what was drawn.
    #[must_use]
    pub fn without(&self, outside: f64) -> Value {
        Value { value: self.value, interval: self.drawn.as_ref().and_then(|drawn| middle(drawn, outside)) }
    }
}

/// The difference of a figure between two packs, on the same draws; none where one of them has no case of it.
#[must_use]
pub fn difference(figure: Figure, (first, second): (&[Score], &[Score]), (units, draws): (&Units, &[Draw])) -> Option<Difference> {
    let of = |scores: &[Score], series: &[usize]| figure.of(&pick(scores, series.iter().copied()));
    let all = units.series(None);
    let value = of(first, &all)? - of(second, &all)?;
    let bearing = units.bearing(figure, first, None).min(units.bearing(figure, second, None));
    let differs = |draw: &Draw| {
        let series: Vec<usize> = draw.series(None).collect();
        Some(of(first, &series)? - of(second, &series)?)
    };
    Some(Difference { value, drawn: (bearing >= UNITS_MIN).then(|| rising(draws.iter().filter_map(differs))) })
}

#[cfg(test)]
mod tests {
    use super::{Unit, Units, difference, value};
    use crate::backtest::{
        figures::Figure,
        score::{Page, Score, Slip},
    };

    /// A slip found after so many days, or not.
    fn slip(days: Option<i32>) -> Score {
        let page = days.map(|delay_days| Page {
            delay_days,
            lead_days: None,
            onset_error_days: Some(0),
            kind: "effort",
            kind_later: "effort",
            is_recalled: false,
        });
        let slip = Slip { kind: "effort", open_days: days, page, standing: [None; 2], resolved: [None; 2], firings: 1, is_cut: false };
        Score { exposure_days: 365, slips: vec![slip], ..Score::default() }
    }

    /// Two series in each of so many jurisdictions.
    fn units(of: usize, unit: Unit) -> Units {
        let names: Vec<String> = (0..of).flat_map(|at| [format!("J{at:02}/coal"), format!("J{at:02}/oil")]).collect();
        Units::of(unit, names.iter().map(|name| (name.as_str(), "")))
    }

    #[test]
    fn a_seed_gives_the_same_draws_and_another_seed_others() {
        let units = units(20, Unit::Jurisdiction);
        assert_eq!(units.draws(50, 7), units.draws(50, 7));
        assert_ne!(units.draws(50, 7), units.draws(50, 8));
        // More draws begin with the same ones.
        assert_eq!(units.draws(60, 7)[..50], units.draws(50, 7)[..]);
    }

    #[test]
    fn a_jurisdiction_is_drawn_as_a_whole_and_a_group_keeps_its_size() {
        let names = ["A/x", "A/y", "B/x", "B/y", "C/x", "D/x"];
        let groups = ["g", "g", "g", "g", "h", "h"];
        let units = Units::of(Unit::Jurisdiction, names.into_iter().zip(groups));
        assert_eq!((units.count(), units.groups().collect::<Vec<_>>()), (4, vec!["g", "h"]));
        for draw in units.draws(100, 1) {
            let of_g: Vec<usize> = draw.series(Some(0)).collect();
            assert_eq!(of_g.len(), 4);
            assert!(of_g.chunks(2).all(|pair| pair[0] + 1 == pair[1] && pair[0] % 2 == 0), "{of_g:?}");
            assert!(draw.series(Some(1)).count() == 2 && draw.series(Some(1)).all(|place| place >= 4));
        }
        assert_eq!(Units::of(Unit::Series, names.into_iter().zip(groups)).count(), 6);
    }

    /// The interval of a share over independent series is near the binomial one, and wider where series come in pairs.
    #[test]
    fn an_interval_has_the_width_of_its_units() {
        let scores: Vec<Score> = (0..200).map(|place| slip((place / 2 % 10 < 8).then_some(35))).collect();
        let width = |unit| {
            let units = units(100, unit);
            let draws = units.draws(2000, 3);
            let (low, high) = value(Figure::FoundPaged, &scores, (&units, &draws), None).unwrap().interval.unwrap();
            assert!(low < 0.8 && 0.8 < high);
            high - low
        };
        let (of_series, of_pairs) = (width(Unit::Series), width(Unit::Jurisdiction));
        assert!((of_series - 2.0 * 1.96 * (0.16_f64 / 200.0).sqrt()).abs() < 0.02, "{of_series}");
        assert!((of_pairs - 2.0 * 1.96 * (0.16_f64 / 100.0).sqrt()).abs() < 0.025, "{of_pairs}");
    }

    #[test]
    fn where_nothing_was_missed_the_exact_limit_stands() {
        let all: Vec<Score> = (0..40).map(|_| slip(Some(35))).collect();
        let units = units(20, Unit::Jurisdiction);
        let draws = units.draws(200, 1);
        let of = |figure| value(figure, &all, (&units, &draws), None).unwrap();
        let found = of(Figure::FoundPaged).interval.unwrap();
        // 1 - 0.025^(1/20): Clopper and Pearson at 20 of 20.
        assert!((found.0 - 0.831_57).abs() < 1e-4 && found.1 == 1.0, "{found:?}");
        let wrong = of(Figure::FalsePages).interval.unwrap();
        // 3.6889 events at none seen, over 40 years of 365 days.
        assert!(wrong.0 == 0.0 && (wrong.1 - 3.6889 / (40.0 * 365.0 / 365.2425)).abs() < 1e-3, "{wrong:?}");
    }

    #[test]
    fn fewer_than_six_units_have_no_interval() {
        for (of, has) in [(5, false), (6, true)] {
            let scores: Vec<Score> = (0..2 * of).map(|place| slip((place % 3 > 0).then_some(35))).collect();
            let units = units(of, Unit::Jurisdiction);
            let draws = units.draws(100, 1);
            assert_eq!(value(Figure::FoundPaged, &scores, (&units, &draws), None).unwrap().interval.is_some(), has);
            assert_eq!(difference(Figure::FoundPaged, (&scores, &scores), (&units, &draws)).unwrap().without(0.05).interval.is_some(), has);
        }
    }

    #[test]
    fn a_pack_does_not_differ_from_itself_and_draws_are_paired() {
        let scores: Vec<Score> = (0..80).map(|place| slip((place % 3 > 0).then_some(35))).collect();
        let other: Vec<Score> = (0..80).map(|place| slip((place % 3 > 0 && place % 9 != 1).then_some(35))).collect();
        let units = units(40, Unit::Series);
        let draws = units.draws(500, 1);
        let same = difference(Figure::FoundPaged, (&scores, &scores), (&units, &draws)).unwrap().without(0.05);
        assert_eq!((same.value, same.interval), (0.0, Some((0.0, 0.0))));
        // Nine slips in eighty differ, all one way: paired, that is real although the two shares' own intervals overlap.
        let less = difference(Figure::FoundPaged, (&scores, &other), (&units, &draws)).unwrap().without(0.05);
        assert!(less.interval.unwrap().0 > 0.0, "{less:?}");
    }
}
