//! How large the state of a jurisdiction is when it is saved: at most 5 KiB a series (`detection.md` §2 and §8), with reports of every
//! delay, so that no cell of its tables is empty.
//!
//! Measured are the bytes of the page as the assessor hands it out, and of the statistics in it. What must never enter: a size that
//! was not written.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod judged;

use judged::disturbed::Dice;
use judged::weeks::monday;
use judged::{Log, Run, count, log_with, measure, pack, tally};
use surveillance::{Cell, Feed, Group, Role, SeriesWeek, Settings};
use vocab::{
    pack::{ExposureRule, Pack},
    series::Count,
};

const BYTES_MAX: usize = 5 * 1_024;
const WEEKS: i32 = 160;

/// What is known first in a week, of so many series: (series, count, week it happened in, acts).
fn known_in(known: i32, (series, most): (usize, u64), dice: &mut Dice) -> Vec<(usize, usize, i32, i64)> {
    let mut cells = Vec::new();
    for (series, of) in (0..series).flat_map(|series| (0..3).map(move |of| (series, of))) {
        for delay in 0..=41.min(known) {
            cells.push((series, of, known - delay, 1 + dice.small(most)));
        }
    }
    cells
}

/// Bytes for each of so many series at 42 to 42 times `most` acts a week: of the page that is saved, and of the statistics alone.
fn bytes_each(series: usize, most: u64) -> (usize, usize) {
    let mut dice = Dice(3);
    let ids: Vec<String> = (0..series).map(|at| format!("measure-{at:02}")).collect();
    let measures = ids.iter().map(|id| measure(id)).collect();
    let mut log: Log = log_with(Pack { measures, exposure: ExposureRule::Reported, ..pack() }, monday(0));
    let mut group = Group::new();
    (0..series).for_each(|at| group.join(at, 0, Role::Measure));
    for known in 0..WEEKS {
        for (at, of, week, acts) in known_in(known, (series, most), &mut dice) {
            count(&mut log, tally(&format!("AA/{}", ids[at]), Count::ALL[of], (monday(week), monday(known)), acts));
            let cell = Cell { series: at, feed: Feed::ALL[of], week: i64::from(week), known_week: i64::from(known) };
            group.add(cell, acts).unwrap();
        }
        group.close(&Settings::default(), [1.0; 2], &mut Vec::new()).unwrap();
    }
    let mut run = Run::of(&log, monday(WEEKS).plus(-1));
    assert_eq!(run.assessments.len(), usize::try_from(WEEKS).unwrap());
    let page = run.assessors[0].pages_due().iter().map(|page| page.body.len()).max().unwrap();
    let statistics = postcard::to_allocvec(&group).unwrap().len();
    assert!(page > statistics, "the page holds the statistics");
    (page / series, statistics / series)
}

#[test]
fn statistics_stay_within_five_kib_a_series() {
    // From 42 to some 5,000 acts a week: the largest volume the method was measured on is some 40.
    for (series, most) in [(4, 1), (4, 9), (4, 30), (4, 250), (12, 1), (12, 9), (12, 250)] {
        let (_, bytes) = bytes_each(series, most);
        assert!((3_000..=BYTES_MAX).contains(&bytes), "{bytes} bytes each of {series} series, 1 to {most} acts a cell");
    }
}

#[test]
fn a_saved_page_stays_within_five_kib_a_series() {
    // Around the statistics stand names, alerts and what is shared: some 160 bytes a series of four.
    for (series, most) in [(4, 1), (4, 9), (4, 30), (4, 250), (12, 1), (12, 9), (12, 250)] {
        let (bytes, _) = bytes_each(series, most);
        assert!((3_000..=BYTES_MAX).contains(&bytes), "{bytes} bytes each of {series} series, 1 to {most} acts a cell");
    }
}

/// Counts of three years that vary, a sixth of them late by up to eight weeks, with a fall of all streams in the last of them.
fn seasoned(series: usize) -> (Group, Vec<SeriesWeek>) {
    let (mut group, mut said, mut dice) = (Group::new(), Vec::new(), Dice(11));
    (0..series).for_each(|at| group.join(at, 0, Role::Measure));
    for week in 0..156 {
        let has_fallen = week >= 144;
        for series in 0..series {
            let levels = if has_fallen { [40_i64, 2, 900] } else { [120, 24, 900] };
            for (feed, level) in Feed::ALL.into_iter().zip(levels) {
                for delay in 0..8.min(week + 1) {
                    let late = if has_fallen { 8 } else { 40 };
                    let varied = dice.small(level.unsigned_abs());
                    let count = if delay == 0 { level + varied } else { varied / late };
                    group.add(Cell { series, feed, week: week - delay, known_week: week }, count).unwrap();
                }
            }
        }
        said.clear();
        group.close(&Settings::default(), [1.0; 2], &mut said).unwrap();
    }
    (group, said)
}

#[test]
fn statistics_with_every_condition_standing_stay_within_five_kib_a_series() {
    for series in [4, 12] {
        let (group, said) = seasoned(series);
        let firing = said.iter().flat_map(|line| &line.streams).filter(|stream| stream.phase.condition().is_some()).count();
        assert!(firing >= 2 * series, "{firing} conditions of {series} series");
        let bytes = postcard::to_allocvec(&group).unwrap().len() / series;
        assert!(bytes <= BYTES_MAX, "{bytes} bytes a series, {series} in a jurisdiction");
    }
}
