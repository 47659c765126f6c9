//! What a run said of the only series of a place, and that it says so on any number of partitions.
//!
//! Must never enter: an expectation.

use tests::{play::Played, real::Real, transcript};
use vocab::{assessment::SeriesAssessment, time::Week};

/// What the only series says from a week to a week, both included; a run that judged none of them is no answer.
#[track_caller]
pub(crate) fn weeks<'a>(played: &'a Played, first: &str, last: &str) -> Vec<(Week, &'a SeriesAssessment)> {
    let weeks = Week::parse(first).unwrap()..=Week::parse(last).unwrap();
    let inside = played.assessments.iter().filter(|one| weeks.contains(&one.week));
    let said: Vec<_> = inside.map(|one| (one.week, &one.series[0])).collect();
    assert!(!said.is_empty(), "no week from {first} to {last} was judged");
    said
}

/// Every decision and seal is the same on several partitions.
#[track_caller]
pub(crate) fn decides_the_same(real: &Real, played: &Played) {
    let one = transcript::decided(played);
    for partitions in [3, 16] {
        assert!(transcript::decided(&real.play(partitions).unwrap()) == one, "{partitions} partitions decide something else");
    }
}
