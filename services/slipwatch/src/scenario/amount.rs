//! How much is reported, week by week, as a person writes it: `20 for 80 weeks, then 8 for 12 weeks`.
//!
//! An amount is a number, `nothing`, a way (`40 to 10`), a season (`between 20 and 40 over the year`, low in January) or a share
//! of the piece before (`40 % of that`). `about` in front spreads the weeks as counts of rare acts spread, always in the same way.
//! What must never enter: chance.

use super::weeks::Wrong;
use std::f64::consts::TAU;
use vocab::time::Week;

/// Most weeks of a piece, and most acts of a week.
const MOST: f64 = 1_000_000.0;
/// Most acts a week for which `about` has a spread: more would take long, and spread by a few in a hundred.
const ABOUT_MAX: f64 = 500.0;
/// Where the golden section falls: steps of this size spread points evenly over an interval, however many there are.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

const RIGHT: &str = "such as `20 for 80 weeks, then 8 for 12 weeks`; also `nothing`, `40 to 10`, `between 20 and 40 over the year`, \
                     `40 % of that`, each with `about` before it for weeks that differ";

/// Some weeks of one amount.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    shape: Shape,
    spread: Spread,
    weeks: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    Level(f64),
    Way(f64, f64),
    Season(f64, f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Spread {
    Exact,
    About,
}

/// Amounts of consecutive weeks.
#[derive(Clone, Debug, PartialEq)]
pub struct Amounts(Vec<Piece>);

impl Amounts {
    /// Reads amounts.
    ///
    /// # Errors
    /// Naming the piece that is none, and what would be right.
    pub fn parse(text: &str) -> Result<Self, Wrong> {
        let mut pieces: Vec<Piece> = Vec::new();
        for part in text.split(',') {
            let part = part.trim();
            let part = part.strip_prefix("then ").unwrap_or(part);
            let piece = piece(part, pieces.last()).ok_or_else(|| (format!("`{part}` is no amount for some weeks"), RIGHT.to_owned()))?;
            pieces.push(piece);
        }
        Ok(Self(pieces))
    }

    /// How many weeks they cover.
    #[must_use]
    pub fn weeks(&self) -> u32 {
        self.0.iter().map(|piece| piece.weeks).fold(0, u32::saturating_add)
    }

    /// The acts of every week, from a first week on.
    #[must_use]
    pub fn counts(&self, first: Week) -> Vec<u32> {
        let mut counts = Vec::new();
        for piece in &self.0 {
            for at in 0..piece.weeks {
                let number = u32::try_from(counts.len()).unwrap_or(u32::MAX);
                let week = Week(first.0.saturating_add(i32::try_from(number).unwrap_or(i32::MAX)));
                let level = piece.level(at, week);
                counts.push(match piece.spread {
                    Spread::Exact => rounded(level),
                    Spread::About => spread(level, number),
                });
            }
        }
        counts
    }
}

impl Piece {
    /// The level of a week, the `at`-th of the piece.
    fn level(&self, at: u32, week: Week) -> f64 {
        match self.shape {
            Shape::Level(level) => level,
            Shape::Way(from, to) => from + (to - from) * f64::from(at) / f64::from(self.weeks.saturating_sub(1).max(1)),
            Shape::Season(low, high) => {
                // Days since 1970 are near enough to the year for a season: it drifts by a day in a century.
                let of_year = (f64::from(week.monday().0) / 365.2425).fract();
                (low + high) / 2.0 - (high - low) / 2.0 * (TAU * of_year).cos()
            }
        }
    }
}

fn piece(text: &str, before: Option<&Piece>) -> Option<Piece> {
    let (amount, weeks) = text.rsplit_once(" for ")?;
    let weeks = weeks.trim().strip_suffix("weeks").or_else(|| weeks.trim().strip_suffix("week"))?.trim();
    let weeks = weeks.parse().ok().filter(|weeks| (1..=5_000).contains(weeks))?;
    let (amount, spread) = match amount.trim().strip_prefix("about ") {
        Some(amount) => (amount.trim(), Spread::About),
        None => (amount.trim(), Spread::Exact),
    };
    if let Some(share) = amount.strip_suffix("of that") {
        let (before, share) = (before?, number(share.trim().strip_suffix('%')?)? / 100.0);
        let shape = match before.shape {
            Shape::Level(level) | Shape::Way(_, level) => Shape::Level(level * share),
            Shape::Season(low, high) => Shape::Season(low * share, high * share),
        };
        return Some(Piece { shape, spread: before.spread, weeks });
    }
    let shape = shape(amount)?;
    (spread == Spread::Exact || shape.most() <= ABOUT_MAX).then_some(Piece { shape, spread, weeks })
}

impl Shape {
    fn most(self) -> f64 {
        match self {
            Self::Level(level) => level,
            Self::Way(one, other) | Self::Season(one, other) => one.max(other),
        }
    }
}

fn shape(text: &str) -> Option<Shape> {
    if text == "nothing" {
        return Some(Shape::Level(0.0));
    }
    if let Some(season) = text.strip_prefix("between ") {
        let (low, high) = season.strip_suffix("over the year")?.split_once(" and ")?;
        return Some(Shape::Season(number(low)?, number(high)?));
    }
    match text.split_once(" to ") {
        Some((from, to)) => Some(Shape::Way(number(from)?, number(to)?)),
        None => number(text).map(Shape::Level),
    }
}

fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number| (0.0..=MOST).contains(number))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "levels lie between 0 and a million")]
fn rounded(level: f64) -> u32 {
    level.round() as u32
}

/// The count that a share of all weeks with this level stays below, were its acts independent (Poisson); the shares of
/// consecutive weeks lie evenly.
fn spread(level: f64, number: u32) -> u32 {
    let share = (0.5 + f64::from(number) * GOLDEN).fract();
    let (mut count, mut chance) = (0, (-level).exp());
    let mut below = chance;
    while below < share && f64::from(count) < 4.0 * ABOUT_MAX {
        count += 1;
        chance *= level / f64::from(count);
        below += chance;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(text: &str) -> Vec<u32> {
        Amounts::parse(text).unwrap().counts(Week::parse("2018-W01").unwrap())
    }

    #[test]
    fn amounts_are_written_as_they_are_said() {
        for (text, want) in [
            ("3 for 2 weeks", vec![3, 3]),
            ("3 for 1 week, then nothing for 2 weeks", vec![3, 0, 0]),
            ("10 to 4 for 4 weeks, 50 % of that for 1 week", vec![10, 8, 6, 4, 2]),
            ("20 for 1 week, then 40 % of that for 1 week", vec![20, 8]),
        ] {
            assert_eq!(counts(text), want, "{text}");
        }
    }

    #[test]
    fn a_season_is_low_in_january_and_high_in_july() {
        let year = counts("between 20 and 40 over the year for 52 weeks");
        assert_eq!((year[0], year[26], year[13]), (20, 40, 30));
        assert_eq!(counts("between 20 and 40 over the year for 52 weeks, then 50 % of that for 27 weeks")[78], 20);
    }

    #[test]
    fn about_spreads_as_counts_do_and_always_the_same() {
        let weeks = counts("about 20 for 400 weeks");
        assert_eq!(weeks, counts("about 20 for 400 weeks"));
        let mean = weeks.iter().map(|count| f64::from(*count)).sum::<f64>() / 400.0;
        let variance = weeks.iter().map(|count| (f64::from(*count) - mean).powi(2)).sum::<f64>() / 400.0;
        assert!((mean - 20.0).abs() < 0.3, "{mean}");
        assert!((variance - 20.0).abs() < 2.0, "{variance}");
        assert_eq!(counts("about 0 for 2 weeks"), [0, 0]);
    }

    #[test]
    fn what_is_no_amount_is_named() {
        for (text, problem) in [
            ("20", "`20` is no amount for some weeks"),
            ("20 for 8 weeks, some for 3 weeks", "`some for 3 weeks` is no amount for some weeks"),
            ("40 % of that for 3 weeks", "`40 % of that for 3 weeks` is no amount for some weeks"),
            ("-1 for 3 weeks", "`-1 for 3 weeks` is no amount for some weeks"),
            ("about 5000 for 3 weeks", "`about 5000 for 3 weeks` is no amount for some weeks"),
        ] {
            assert_eq!(Amounts::parse(text).unwrap_err().0, problem);
        }
    }
}
