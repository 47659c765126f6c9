//! When the newest alert of a series opened and ended: the one rule by which a firing soon after an end is the same alert.
//!
//! Assessor and sentinel must name the same alert without asking each other, so both keep this and move it at the same moments:
//! those that [`moved`] reads off a close. What must never enter: a phase of an alert, an act, anything only one of the two can see.

use serde::{Deserialize, Serialize};
use vocab::{
    assessment::{ConditionPhase, StreamAssessment, Turn},
    time::{Day, Week},
};

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

/// What a close means for the one alert over all conditions of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moved {
    /// A condition fired: the alert opens, unless another had opened it.
    Fires,
    /// The last condition that stood has ended.
    Ends,
}

/// Reads what a close means for the alert of a series off its conditions (`detection.md` §5): it opens when the first fires and
/// ends when the last has ended. Where one ends and another fires at the same close it stands.
pub(crate) fn moved(streams: &[StreamAssessment]) -> Option<Moved> {
    if streams.iter().any(|stream| matches!(stream.turn, Some(Turn::Fired(_)))) {
        return Some(Moved::Fires);
    }
    let stands = streams.iter().any(|stream| stream.phase == ConditionPhase::Firing);
    let ends = streams.iter().any(|stream| matches!(stream.turn, Some(Turn::Recalled | Turn::Recovered(_) | Turn::Faded)));
    (ends && !stands).then_some(Moved::Ends)
}

impl Opening {
    /// The first alert of a series.
    pub(crate) const fn on(day: Day) -> Self {
        Self { opened: day, ended: None }
    }

    /// A condition fires again on a day; within `merge_weeks` of the end it is the same alert (`detection.md` §5.6). While the alert
    /// stands nothing is opened.
    pub(crate) fn fire(&mut self, day: Day, merge_weeks: u16) -> Firing {
        let Some(ended) = self.ended else { return Firing::Again };
        if day.week().0.saturating_sub(ended.0) <= i32::from(merge_weeks) {
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
    use super::{Firing, Moved, Opening, moved};
    use std::vec::Vec;
    use vocab::{
        assessment::{ConditionPhase, EvidenceOf, FiredBy, Stream, StreamAssessment, Turn},
        time::{Day, Week},
    };

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

    #[test]
    fn a_second_condition_opens_nothing_while_the_alert_stands() {
        let monday = Day::parse("2020-01-06").unwrap();
        let mut opening = Opening::on(monday);
        assert_eq!(opening.fire(monday.plus(700), 8), Firing::Again);
        assert_eq!(opening, Opening::on(monday));
    }

    fn stream((phase, turn): (ConditionPhase, Option<Turn>)) -> StreamAssessment {
        StreamAssessment {
            stream: Stream::Effort,
            phase,
            turn,
            expected: None,
            evidence_nats: None,
            own_evidence_nats: None,
            by: EvidenceOf::Own,
            onset: None,
            size: None,
            recent: None,
            power: None,
            shares: Vec::new(),
        }
    }

    /// Every pair of what two conditions may do at a close.
    #[test]
    fn the_alert_over_two_conditions_opens_with_the_first_and_ends_with_the_last() {
        use ConditionPhase::{Firing, Pending, Quiet};
        let quiet = [(Quiet, None), (Pending, Some(Turn::Pended)), (Quiet, Some(Turn::Calmed))];
        let fires = [(Firing, Some(Turn::Fired(FiredBy::Evidence)))];
        let stands = [(Firing, None), (Firing, Some(Turn::Escalated(FiredBy::Collapse)))];
        let ends = [(Quiet, Some(Turn::Recalled)), (Quiet, Some(Turn::Faded)), (Pending, Some(Turn::Recovered(Week(1))))];
        let rows: [(&[_], [Option<Moved>; 4]); 4] = [
            (&quiet, [None, Some(Moved::Fires), None, Some(Moved::Ends)]),
            (&fires, [Some(Moved::Fires); 4]),
            (&stands, [None, Some(Moved::Fires), None, None]),
            (&ends, [Some(Moved::Ends), Some(Moved::Fires), None, Some(Moved::Ends)]),
        ];
        for (one, row) in rows {
            for (other, want) in [&quiet[..], &fires, &stands, &ends].into_iter().zip(row) {
                for (one, other) in one.iter().flat_map(|one| other.iter().map(move |other| (*one, *other))) {
                    assert_eq!(moved(&[stream(one), stream(other)]), want, "{one:?} beside {other:?}");
                }
            }
        }
    }
}
