//! All streams against the committed golden vectors: evidence and onsets by week, silences, and the life of conditions.

#![expect(clippy::unwrap_used, reason = "a vector that cannot be read must fail the test")]

mod massachusetts;
mod vectors;

use surveillance::{Feed, Phase, Settings, Stream, Turn};
use vectors::{Closed, number, run, text};

/// "None" is −1e9 here and −50 for pooled evidence of held weeks.
fn same(ours: f64, want: f64) -> bool {
    let is_none = |value: f64| value == -50.0 || value < -1e8;
    (is_none(ours) && is_none(want)) || (ours - want).abs() <= 1e-6
}

fn check_reference(name: &str, groups: &[&[usize]]) {
    let vector = text(name);
    for members in groups {
        let closed = run(&vector, members, &Settings { life: surveillance::Life::Off, ..Settings::default() });
        for (t, close) in closed.iter().enumerate() {
            for (place, &series) in members.iter().enumerate() {
                check_week(&vector, (series, t), close, place);
            }
        }
    }
}

/// The streams as the vectors call them.
const NAMES: [(Stream, &str); 5] = [
    (Stream::Effort, "effort"),
    (Stream::Yield, "yield"),
    (Stream::Timeliness, "timeliness"),
    (Stream::TrafficDown, "traffic_down"),
    (Stream::TrafficUp, "traffic_up"),
];

fn check_week(vector: &serde_json::Value, of: (usize, usize), close: &Closed, place: usize) {
    let (series, t) = of;
    let want = |key: &str| number(&vector[key][series][t]);
    for (stream, name) in NAMES {
        let ours = close.series[place].stream(stream).evidence.own;
        assert!(same(ours, want(name)), "L of {name} of {series} in week {t}: {ours}, not {}", want(name));
    }
    let pooled = close.group.pooled[0].map_or(-1e9, |pooled| pooled.evidence);
    assert!(same(pooled, want("effort_pool")), "pooled L of {series} in week {t}: {pooled}, not {}", want("effort_pool"));
    let onset = close.group.pooled[0].map_or(-1, |pooled| pooled.segment.onset);
    assert_eq!(onset as f64, want("effort_pool_onset"), "pooled onset of {series} in week {t}");
    let onset = close.series[place].stream(Stream::Effort).evidence.own_segment.map_or(-1, |segment| segment.onset);
    assert_eq!(onset as f64, want("effort_onset"), "onset of {series} in week {t}");
}

#[test]
fn the_reference_run_is_met_in_every_week() {
    check_reference("golden_reference", &[&[0, 1], &[2, 3]]);
}

#[test]
fn silences_held_weeks_and_small_counts_are_met_in_every_week() {
    check_reference("golden_silence", &[&[0, 1], &[2, 3], &[4, 5]]);
}

#[test]
fn silent_weeks_are_exact() {
    let vector = text("golden_silence");
    for pair in 0..3 {
        let closed = run(&vector, &[2 * pair, 2 * pair + 1], &Settings::default());
        for (at, feed) in [Feed::Inspections, Feed::Traffic].into_iter().enumerate() {
            let silent =
                |close: &Closed| if feed == Feed::Inspections { close.group.silent.inspections } else { close.group.silent.traffic };
            let ours: Vec<i64> = closed.iter().filter(|close| silent(close)).map(|close| close.group.week).collect();
            let want: Vec<i64> = vector["silent"][2 * pair][at].as_array().unwrap().iter().map(|week| week.as_i64().unwrap()).collect();
            assert_eq!(ours, want, "group {pair}, {feed:?}");
        }
    }
}

/// A transition as the vector writes it: series, stream, week, name, onset, size, plain interval, recovery.
type Row = (usize, usize, i64, String, i64, [f64; 3], i64);

fn row(series: usize, week: i64, said: &surveillance::StreamWeek) -> Option<Row> {
    let (name, condition, from) = match said.turn? {
        Turn::Pending | Turn::Calmed => return None,
        Turn::Fired(condition) => ("fire", condition, -1),
        Turn::Escalated { condition, .. } => ("escalate", condition, -1),
        Turn::Recalled(condition) => ("recall", condition, -1),
        Turn::Faded(condition) => ("resolve_faded", condition, -1),
        Turn::Recovered { condition, from } => ("resolve_recovered", condition, from),
    };
    let size = said.size.unwrap();
    // The vector's interval is the one before it is widened by 1.4.
    let reach = libm::exp(libm::log(size.high / size.ratio) / 1.4);
    let sizes = [size.ratio, size.ratio / reach, size.ratio * reach];
    Some((series, said.stream.at(), week, name.into(), condition.onset, sizes, from))
}

fn wanted_row(of: &serde_json::Value) -> Row {
    let int = |at: usize| of[at].as_i64().unwrap();
    let sizes = [number(&of[5]), number(&of[6]), number(&of[7])];
    (int(0) as usize, int(1) as usize, int(2), of[3].as_str().unwrap().into(), int(4), sizes, int(8))
}

#[test]
fn every_transition_of_the_lifecycle_is_met() {
    let vector = text("lifecycle_golden");
    let want: Vec<Row> = vector["transitions"].as_array().unwrap().iter().map(wanted_row).collect();
    let mut ours: Vec<Row> = Vec::new();
    for pair in 0..4 {
        let members = [2 * pair, 2 * pair + 1];
        let closed = run(&vector, &members, &Settings::default());
        for (place, series) in members.into_iter().enumerate() {
            for stream in Stream::WITH_CONDITION {
                let weeks = || closed.iter().map(|close| (close.group.week, close.series[place].stream(stream)));
                ours.extend(weeks().filter_map(|(week, said)| row(series, week, said)));
                check_states(&vector, (series, stream), weeks());
            }
        }
    }
    for (ours, want) in ours.iter().zip(&want) {
        let plain = |row: &Row| (row.0, row.1, row.2, row.3.clone(), row.4, row.6);
        assert_eq!(plain(ours), plain(want));
        assert!(ours.5.iter().zip(want.5).all(|(ours, want)| (ours - want).abs() < 1e-6), "{ours:?} is not {want:?}");
    }
    assert_eq!(ours.len(), want.len());
}

fn check_states<'a>(vector: &serde_json::Value, of: (usize, Stream), weeks: impl Iterator<Item = (i64, &'a surveillance::StreamWeek)>) {
    let (series, stream) = of;
    let mut states = String::new();
    for (week, said) in weeks {
        states.push(match said.phase {
            Phase::Quiet => '0',
            Phase::Pending { .. } => '1',
            Phase::Firing(_) => '2',
        });
        let want = number(&vector["effort"][series][week as usize]);
        let ours = said.evidence.own;
        assert!(stream != Stream::Effort || same(ours, want), "L of {series} in week {week}: {ours}, not {want}");
    }
    assert_eq!(states, vector["state"][series][stream.at()].as_str().unwrap(), "states of {series}, {stream:?}");
}
