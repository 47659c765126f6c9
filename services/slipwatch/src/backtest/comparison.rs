//! Two packs side by side: the difference of each figure on the same draws, and whether it can be told from none.
//!
//! Several figures are compared at once, so a difference is also held against the interval that is wide enough for all of them
//! together (Bonferroni). What must never enter: a verdict on which pack is better as a whole.

use crate::backtest::{
    figures::Figure,
    resample::{self, Difference, Draw, Units},
    score::Score,
    value::Value,
};

/// What the interval of a difference says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Its interval lies on one side of none, also where all figures are taken together.
    Real,
    /// Its own interval does, the one for all figures together does not.
    RealAlone,
    /// Its interval holds none.
    NotApart,
    /// Too few units for an interval.
    TooFew,
}

impl Told {
    /// For people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::RealAlone => "real taken alone, not among all",
            Self::NotApart => "not told apart",
            Self::TooFew => "too few units to tell",
        }
    }
}

/// One figure of two packs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// Which.
    pub figure: Figure,
    /// The pack less the one it is compared with, with its 95 % interval.
    pub difference: Value,
    /// What that says.
    pub told: Told,
}

/// Compares two packs by every figure that both have.
#[must_use]
pub fn compare(sides: (&[Score], &[Score]), with: (&Units, &[Draw])) -> Vec<Compared> {
    let of = |figure| Some((figure, resample::difference(figure, sides, with)?));
    let differences: Vec<(Figure, Difference)> = Figure::COMPARED.into_iter().filter_map(of).collect();
    let share = 0.05 / f64::from(u32::try_from(differences.len()).unwrap_or(u32::MAX));
    let compared = differences.into_iter().map(|(figure, difference)| {
        let (alone, together) = (difference.without(0.05), difference.without(share));
        Compared { figure, difference: alone, told: told(alone.interval, together.interval) }
    });
    compared.collect()
}

fn told(alone: Option<(f64, f64)>, together: Option<(f64, f64)>) -> Told {
    let is_apart = |(low, high): (f64, f64)| low > 0.0 || high < 0.0;
    match (alone, together) {
        (Some(alone), Some(together)) if is_apart(alone) && is_apart(together) => Told::Real,
        (Some(alone), Some(_) | None) if is_apart(alone) => Told::RealAlone,
        (Some(_), Some(_) | None) => Told::NotApart,
        (None, Some(_) | None) => Told::TooFew,
    }
}

#[cfg(test)]
mod tests {
    use super::{Told, told};

    #[test]
    fn a_difference_is_told_by_its_interval() {
        let table = [
            (Some((0.1, 0.2)), Some((0.05, 0.25)), Told::Real),
            (Some((-0.2, -0.1)), Some((-0.25, -0.05)), Told::Real),
            (Some((0.1, 0.2)), Some((-0.05, 0.25)), Told::RealAlone),
            (Some((0.0, 0.2)), Some((-0.05, 0.25)), Told::NotApart),
            (Some((-0.1, 0.2)), Some((-0.2, 0.3)), Told::NotApart),
            (None, None, Told::TooFew),
        ];
        for (alone, together, want) in table {
            assert_eq!(told(alone, together), want, "{alone:?} {together:?}");
        }
    }
}
