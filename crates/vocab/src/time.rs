//! Times: the tick of knowledge, the civil day, the ISO week, and when something occurred.
//!
//! `occurred` (when it happened) and `known` (when we learned it) are different types without a conversion between them.
//! Nothing here reads a clock: a time is always handed in.

use chrono::{Datelike, NaiveDate};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Ticks in a second (live ticks last 250 ms).
pub const TICKS_PER_SECOND: i64 = 4;
/// Ticks in a UTC day.
pub const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;
/// Days between 0001-01-01 (chrono's day 1) and 1970-01-01.
const DAYS_TO_1970: i32 = 719_163;
/// First day that may be named: 1970-01-01.
pub const DAY_MIN: Day = Day(0);
/// Last day that may be named: 2199-12-31. Later dates in real feeds are placeholders such as 9999-12-31.
pub const DAY_MAX: Day = Day(84_005);

/// Why a text is no time of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTime {
    /// Not a date or time in the form expected.
    #[error("not a date or time of the form expected")]
    Shape,
    /// Before 1970 or after 2199.
    #[error("outside 1970-01-01 to 2199-12-31")]
    Range,
}

/// The atom of knowledge: 250 ms since 1970-01-01T00:00:00Z. Inside a tick nothing has an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tick(pub i64);

impl Tick {
    /// Before everything.
    pub const START: Self = Self(i64::MIN);

    /// The UTC day this tick belongs to.
    #[must_use]
    pub fn day(self) -> Day {
        let days = self.0.div_euclid(TICKS_PER_DAY);
        Day(i32::try_from(days.clamp(i64::from(i32::MIN), i64::from(i32::MAX))).unwrap_or(0))
    }

    /// The tick that holds an instant.
    #[must_use]
    pub fn of(instant: Instant) -> Self {
        Self(instant.0.div_euclid(1_000 / TICKS_PER_SECOND))
    }

    /// The instant at which this tick begins.
    #[must_use]
    pub fn start(self) -> Instant {
        Instant(self.0.saturating_mul(1_000 / TICKS_PER_SECOND))
    }
}

/// An instant in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instant(pub i64);

impl Instant {
    /// The UTC day of this instant.
    #[must_use]
    pub fn day(self) -> Day {
        Tick::of(self).day()
    }

    /// Reads RFC 3339, with any offset.
    ///
    /// # Errors
    /// [`BadTime`] when it is not RFC 3339 or lies outside 1970–2199.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let time = chrono::DateTime::parse_from_rfc3339(text).map_err(|_| BadTime::Shape)?;
        // A leap second reads as the last millisecond of the second before it: it belongs to the day it ends.
        let instant = Self(time.timestamp() * 1_000 + i64::from(time.timestamp_subsec_millis().min(999)));
        if (DAY_MIN..=DAY_MAX).contains(&instant.day()) { Ok(instant) } else { Err(BadTime::Range) }
    }
}

impl fmt::Display for Instant {
    /// RFC 3339 in UTC; milliseconds only when there are some.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.0.div_euclid(1_000);
        let (day, of_day) = (second.div_euclid(86_400), second.rem_euclid(86_400));
        let day = Day(i32::try_from(day).unwrap_or(i32::MAX));
        write!(f, "{day}T{:02}:{:02}:{:02}", of_day / 3_600, of_day / 60 % 60, of_day % 60)?;
        match self.0.rem_euclid(1_000) {
            0 => f.write_str("Z"),
            ms => write!(f, ".{ms:03}Z"),
        }
    }
}

/// A civil day, in days since 1970-01-01. Days of occurrence are the authority's own and are never converted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(pub i32);

impl Day {
    /// A day from its calendar date, where that exists and lies in 1970–2199.
    ///
    /// # Errors
    /// [`BadTime::Shape`] for a date that does not exist, [`BadTime::Range`] outside 1970–2199.
    pub fn of(year: i32, month: u32, day: u32) -> Result<Self, BadTime> {
        let date = NaiveDate::from_ymd_opt(year, month, day).ok_or(BadTime::Shape)?;
        let day = Self(date.num_days_from_ce() - DAYS_TO_1970);
        if (DAY_MIN..=DAY_MAX).contains(&day) { Ok(day) } else { Err(BadTime::Range) }
    }

    /// Reads `2019-03-04`.
    ///
    /// # Errors
    /// [`BadTime`] when it is not such a date or lies outside 1970–2199.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return Err(BadTime::Shape);
        }
        let part = |from: usize, to: usize| {
            bytes[from..to].iter().try_fold(0_u32, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))
        };
        let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
        let year = i32::try_from(year.ok_or(BadTime::Shape)?).map_err(|_| BadTime::Shape)?;
        Self::of(year, month.ok_or(BadTime::Shape)?, day.ok_or(BadTime::Shape)?)
    }

    /// The calendar date.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(DAYS_TO_1970)).unwrap_or(NaiveDate::MAX)
    }

    /// The ISO week of this day.
    #[must_use]
    pub fn week(self) -> Week {
        Week::holding(self)
    }

    /// The last tick of this day in UTC: the tick of history that stands for the whole day.
    #[must_use]
    pub fn last_tick(self) -> Tick {
        Tick((i64::from(self.0) + 1) * TICKS_PER_DAY - 1)
    }

    /// This day moved by a number of days.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.date();
        let Some(year) = four_digits(date.year()) else { return write!(f, "{:04}-{:02}-{:02}", date.year(), date.month(), date.day()) };
        let (month, day) = (two_digits(date.month()), two_digits(date.day()));
        plain(&[year[0], year[1], year[2], year[3], b'-', month[0], month[1], b'-', day[0], day[1]], f)
    }
}

// Days and weeks are written by the million; without the padding of the formatting machinery each costs 15 to 30 ns less.
fn two_digits(number: u32) -> [u8; 2] {
    [(number / 10 % 10) as u8 + b'0', (number % 10) as u8 + b'0']
}

fn four_digits(year: i32) -> Option<[u8; 4]> {
    let year = u32::try_from(year).ok().filter(|year| *year <= 9_999)?;
    let ([a, b], [c, d]) = (two_digits(year / 100), two_digits(year % 100));
    Some([a, b, c, d])
}

fn plain(text: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(core::str::from_utf8(text).map_err(|_| fmt::Error)?)
}

/// An ISO 8601 week, counted from the week that holds 1970-01-01 (week 0 begins Monday 1969-12-29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Week(pub i32);

impl Week {
    /// The week that holds a day.
    #[must_use]
    pub fn holding(day: Day) -> Self {
        Self((day.0 + 3).div_euclid(7))
    }

    /// Its Monday.
    #[must_use]
    pub fn monday(self) -> Day {
        Day(self.0.saturating_mul(7).saturating_sub(3))
    }

    /// Its Sunday, the day with whose end the week closes.
    #[must_use]
    pub fn sunday(self) -> Day {
        self.monday().plus(6)
    }

    /// Reads `2019-W09`.
    ///
    /// # Errors
    /// [`BadTime`] when it is not such a week or lies outside 1970–2199.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let (year, week) = text.split_once("-W").ok_or(BadTime::Shape)?;
        if year.len() != 4 || week.len() != 2 {
            return Err(BadTime::Shape);
        }
        let year = year.parse::<i32>().map_err(|_| BadTime::Shape)?;
        let week = week.parse::<u32>().map_err(|_| BadTime::Shape)?;
        let monday = NaiveDate::from_isoywd_opt(year, week, chrono::Weekday::Mon).ok_or(BadTime::Shape)?;
        let day = Day(monday.num_days_from_ce() - DAYS_TO_1970);
        if (DAY_MIN.plus(-3)..=DAY_MAX).contains(&day) { Ok(Self::holding(day)) } else { Err(BadTime::Range) }
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let week = self.monday().date().iso_week();
        let Some(year) = four_digits(week.year()) else { return write!(f, "{:04}-W{:02}", week.year(), week.week()) };
        let number = two_digits(week.week());
        plain(&[year[0], year[1], year[2], year[3], b'-', b'W', number[0], number[1]], f)
    }
}

/// How finely a source says when something occurred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Precision {
    /// To the second or better.
    Instant,
    /// To the civil day.
    Day,
    /// To the month: never binned into weeks.
    Month,
}

/// When something occurred: a civil day or an interval of days, with the source's own precision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Occurred {
    /// How finely the source says it.
    pub precision: Precision,
    /// The authority's civil day on which it began (for a month, its first day).
    pub day: Day,
    /// The last civil day of an interval; equal to `day` for a moment, the month's last day for a month.
    pub last_day: Day,
    /// The instant it began, where the precision is [`Precision::Instant`].
    pub at: Option<Instant>,
}

impl Occurred {
    /// Something that occurred on a civil day.
    #[must_use]
    pub fn on(day: Day) -> Self {
        Self { precision: Precision::Day, day, last_day: day, at: None }
    }

    /// Something that occurred at an instant, on the authority's civil day.
    #[must_use]
    pub fn at(instant: Instant, civil_day: Day) -> Self {
        Self { precision: Precision::Instant, day: civil_day, last_day: civil_day, at: Some(instant) }
    }

    /// Something of which only the month is known; `day` is any day of it.
    #[must_use]
    pub fn in_month_of(day: Day) -> Self {
        let date = day.date();
        let first = day.plus(1 - i32::try_from(date.day()).unwrap_or(1));
        let next = first.plus(31);
        let last = next.plus(-i32::try_from(next.date().day()).unwrap_or(1));
        Self { precision: Precision::Month, day: first, last_day: last, at: None }
    }

    /// The same, lasting until a later civil day (inclusive).
    ///
    /// # Errors
    /// [`BadTime::Range`] when it would end before it began.
    pub fn until(mut self, last_day: Day) -> Result<Self, BadTime> {
        if last_day < self.day {
            return Err(BadTime::Range);
        }
        self.last_day = last_day;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn days_and_weeks_are_those_of_the_iso_calendar() {
        let monday = Day::parse("2015-01-05").unwrap();
        assert_eq!(monday.week().to_string(), "2015-W02");
        assert_eq!(monday.week().monday(), monday);
        assert_eq!(Day::parse("2001-12-31").unwrap().week().to_string(), "2002-W01");
        assert_eq!(Week::parse("2020-W12").unwrap().sunday().to_string(), "2020-03-22");
        assert_eq!(Day::of(2199, 12, 31), Ok(DAY_MAX));
    }

    #[test]
    fn every_day_and_week_reads_back_from_its_text() {
        for number in DAY_MIN.0..=DAY_MAX.0 {
            let day = Day(number);
            assert_eq!(Day::parse(&day.to_string()), Ok(day));
            assert_eq!(Week::parse(&day.week().to_string()), Ok(day.week()));
        }
        assert_eq!((Day(-719_528 - 365).to_string(), Day(2_932_897).to_string()), ("-001-01-01".into(), "10000-01-01".into()));
    }

    #[test]
    fn absurd_dates_are_refused_with_the_reason() {
        assert_eq!(Day::parse("9999-12-31"), Err(BadTime::Range));
        assert_eq!(Day::parse("1969-12-31"), Err(BadTime::Range));
        assert_eq!(Day::parse("2019-02-29"), Err(BadTime::Shape));
        assert_eq!(Day::parse("2019/02/28"), Err(BadTime::Shape));
        assert_eq!(Instant::parse("2016-12-31T23:59:60Z").map(Instant::day), Day::parse("2016-12-31"));
    }

    #[test]
    fn a_day_of_history_is_its_last_tick() {
        let day = Day::parse("2020-03-22").unwrap();
        assert_eq!(day.last_tick().day(), day);
        assert_eq!(Tick(day.last_tick().0 + 1).day(), day.plus(1));
        assert_eq!(day.last_tick().start().to_string(), "2020-03-22T23:59:59.750Z");
    }

    #[test]
    fn a_month_spans_its_days() {
        let month = Occurred::in_month_of(Day::parse("2020-02-17").unwrap());
        assert_eq!((month.day.to_string(), month.last_day.to_string()), ("2020-02-01".into(), "2020-02-29".into()));
    }
}
