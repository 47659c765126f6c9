//! When the newest alert of a series opened and ended: the one rule by which a firing soon after an end is the same alert.
//!
//! Assessor and sentinel must name the same alert without asking each other, so both keep this and move it at the same moments.
//! What must never enter: a phase, an act, anything only one of the two can see.

use serde::{Deserialize, Serialize};
use vocab::time::{Day, Week};

/// The life span of a series' newest alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The day it opened: part of its identity.
    pub(crate) opened: Day,
    /// The week in which it ended, if it did.
    ended: Option<Week>,
}

/// What a firing means for the alerts of its series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Firing {
    /// A new alert.
    Anew,
    /// The last alert again.
    Again,
}

impl Opening {
    /// The first alert of a series.
    pub(crate) const fn on(day: Day) -> Self {
        Self { opened: day, ended: None }
    }

    /// The condition fires again on a day; within `merge_weeks` of the end it is the same alert (`detection.md` §5.6).
    pub(crate) fn fire(&mut self, day: Day, merge_weeks: u16) -> Firing {
        let again = self.ended.is_some_and(|ended| day.week().0.saturating_sub(ended.0) <= i32::from(merge_weeks));
        if again {
            self.ended = None;
            return Firing::Again;
        }
        *self = Self::on(day);
        Firing::Anew
    }

    /// It ended on a day.
    pub(crate) fn end(&mut self, day: Day) {
        self.ended = Some(day.week());
    }

    /// Whether it stands.
    pub(crate) const fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::{Firing, Opening};
    use vocab::time::Day;

    #[test]
    fn a_firing_within_the_weeks_of_merging_is_the_same_alert() {
        let monday = Day::parse("2020-01-06").unwrap();
        for (weeks, firing) in [(0, Firing::Again), (8, Firing::Again), (9, Firing::Anew), (60, Firing::Anew)] {
            let mut opening = Opening::on(monday.plus(-700));
            opening.end(monday.plus(3));
            let again = monday.plus(6 + 7 * weeks);
            assert_eq!(opening.fire(again, 8), firing, "{weeks} weeks later");
            assert!(opening.is_open());
            assert_eq!(opening.opened == again, firing == Firing::Anew);
        }
    }
}
