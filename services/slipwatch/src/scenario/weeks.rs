//! Weeks and moments as people write them in a case: counted from its first week, or by the calendar.
//!
//! `81`, `81 to 84`, `81 to the end`, `2019-W29`, `2019-W29 to 2019-W40`; a moment is also a day or an instant. What must
//! never enter: a week that is not written down.

use super::Weeks;
use vocab::time::{Day, Instant, Tick, Week};

/// Days from Monday to the day on which reports of a week occur.
pub const REPORTED_ON: i32 = 2;

/// What is wrong with a text, and what would be right.
pub type Wrong = (String, String);

/// Where the weeks of a case begin and end.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    /// Week 1, if weeks are counted.
    pub first: Option<Week>,
    /// The last week that is reported.
    pub last: Option<Week>,
}

impl Calendar {
    /// Reads a run of weeks.
    ///
    /// # Errors
    /// When it is none, or ends before it begins.
    pub fn weeks(&self, text: &str) -> Result<Weeks, Wrong> {
        let plain = text.trim().trim_start_matches("weeks").trim_start_matches("week").trim();
        let (first, last) = match plain.split_once(" to ") {
            Some((first, "the end")) => (self.week(first)?, self.last.ok_or_else(|| endless(text))?),
            Some((first, last)) => (self.week(first)?, self.week(last)?),
            None => (self.week(plain)?, self.week(plain)?),
        };
        if first > last {
            return Err((format!("`{text}` ends before it begins"), format!("{last} to {first}")));
        }
        Ok(Weeks { first, last })
    }

    /// Reads the days of a run of weeks, or one day.
    ///
    /// # Errors
    /// When it is neither.
    pub fn days(&self, text: &str) -> Result<(Day, Day), Wrong> {
        match Day::parse(text.trim()) {
            Ok(day) => Ok((day, day)),
            Err(_) => self.weeks(text).map(|weeks| (weeks.first.monday(), weeks.last.sunday())),
        }
    }

    /// Reads a civil day; a week stands for the day on which its reports occur.
    ///
    /// # Errors
    /// When it is none.
    pub fn day(&self, text: &str) -> Result<Day, Wrong> {
        Day::parse(text.trim()).or_else(|_| self.weeks(text).map(|weeks| weeks.first.monday().plus(REPORTED_ON)))
    }

    /// Reads a moment: an instant, or the end of a day.
    ///
    /// # Errors
    /// When it is none.
    pub fn moment(&self, text: &str) -> Result<Tick, Wrong> {
        match Instant::parse(text.trim()) {
            Ok(instant) => Ok(Tick::of(instant)),
            Err(_) => self.day(text).map(Day::last_tick),
        }
    }

    /// How a week is called: by its number in the case beside its own name.
    #[must_use]
    pub fn name(&self, week: Week) -> String {
        match self.first {
            Some(first) if week >= first => format!("{week} (week {})", week.0 - first.0 + 1),
            Some(_) | None => week.to_string(),
        }
    }

    fn week(&self, text: &str) -> Result<Week, Wrong> {
        let text = text.trim();
        if let Ok(week) = Week::parse(text) {
            return Ok(week);
        }
        match (text.parse::<i32>(), self.first) {
            (Ok(number), Some(first)) if (1..=10_000).contains(&number) => Ok(Week(first.0 + number - 1)),
            (Ok(_), Some(_)) => Err((format!("`{text}` is no week of this case"), "weeks are counted from 1".to_owned())),
            (Ok(_), None) => Err((
                format!("`{text}` counts weeks, and the case does not say which week is the first"),
                "first_week = \"2018-W01\", or write weeks as 2019-W29".to_owned(),
            )),
            (Err(_), _) => Err((format!("`{text}` is no week"), "a number such as 81, or a week such as 2019-W29".to_owned())),
        }
    }
}

fn endless(text: &str) -> Wrong {
    (format!("`{text}`: the case has no `reports` that could end"), "81 to 92".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        let week = |text| Week::parse(text).ok();
        Calendar { first: week("2018-W01"), last: week("2019-W52") }
    }

    #[test]
    fn weeks_are_counted_or_named() {
        for (text, want) in [
            ("81", "2019-W29 to 2019-W29"),
            ("week 81", "2019-W29 to 2019-W29"),
            ("weeks 81 to 84", "2019-W29 to 2019-W32"),
            ("81 to the end", "2019-W29 to 2019-W52"),
            ("2019-W29 to 84", "2019-W29 to 2019-W32"),
        ] {
            let Weeks { first, last } = calendar().weeks(text).unwrap();
            assert_eq!(format!("{first} to {last}"), want, "{text}");
        }
    }

    #[test]
    fn what_is_no_week_is_told_with_what_would_be_right() {
        let uncounted = Calendar { first: None, last: None };
        for (calendar, text, problem) in [
            (calendar(), "0", "`0` is no week of this case"),
            (calendar(), "soon", "`soon` is no week"),
            (calendar(), "84 to 81", "`84 to 81` ends before it begins"),
            (uncounted, "81", "`81` counts weeks, and the case does not say which week is the first"),
            (uncounted, "2019-W29 to the end", "`2019-W29 to the end`: the case has no `reports` that could end"),
        ] {
            assert_eq!(calendar.weeks(text).unwrap_err().0, problem);
        }
    }

    #[test]
    fn a_week_stands_for_its_wednesday_and_a_day_for_its_end() {
        assert_eq!(calendar().day("81").unwrap().to_string(), "2019-07-17");
        assert_eq!(calendar().moment("2019-07-17").unwrap(), calendar().moment("week 81").unwrap());
        assert_eq!(calendar().moment("2019-07-17T08:00:00Z").unwrap().start().to_string(), "2019-07-17T08:00:00Z");
        assert_eq!(calendar().name(Week::parse("2019-W29").unwrap()), "2019-W29 (week 81)");
    }
}
