//! What the statistics of a jurisdiction weigh when they are saved: the bar of `detection.md` §2, with every condition standing.
#![expect(clippy::unwrap_used, reason = "a world that cannot be set up must fail the test")]

use surveillance::{Cell, Feed, Group, Role, SeriesWeek, Settings};

/// Bytes a series may take in a page, its share of the jurisdiction included.
const BYTES_MAX: usize = 5 * 1024;

/// Counts of three years that vary, a sixth of them late by up to eight weeks, with a fall of all streams in the last of them.
fn seasoned(series: usize) -> (Group, Vec<SeriesWeek>) {
    let (mut group, mut said, mut state) = (Group::new(), Vec::new(), 11_u64);
    let mut below = |bound: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64 % bound
    };
    for at in 0..series {
        group.join(at, 0, Role::Measure);
    }
    for week in 0..156 {
        let has_fallen = week >= 144;
        for series in 0..series {
            let levels = if has_fallen { [40, 2, 900] } else { [120, 24, 900] };
            for (feed, level) in Feed::ALL.into_iter().zip(levels) {
                for delay in 0..8.min(week + 1) {
                    let late = if has_fallen { 8 } else { 40 };
                    let count = if delay == 0 { level + below(level) } else { below(level) / late };
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
fn a_series_is_saved_in_five_kibibytes() {
    for series in [4, 12] {
        let (group, said) = seasoned(series);
        let firing = said.iter().flat_map(|line| &line.streams).filter(|stream| stream.phase.condition().is_some()).count();
        assert!(firing >= 2 * series, "{firing} conditions of {series} series");
        let bytes = postcard::to_allocvec(&group).unwrap().len() / series;
        assert!(bytes <= BYTES_MAX, "{bytes} bytes a series, {series} in a jurisdiction");
    }
}
