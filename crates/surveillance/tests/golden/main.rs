//! The effort stream against the committed golden vectors: evidence and onsets by week, silences, and the life of conditions.

#![expect(clippy::unwrap_used, reason = "a vector that cannot be read must fail the test")]

mod massachusetts;
mod vectors;

use surveillance::{Feed, Phase, Settings, Turn};
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

fn check_week(vector: &serde_json::Value, of: (usize, usize), close: &Closed, place: usize) {
    let (series, t) = of;
    let said = &close.series[place];
    let want = |key: &str| number(&vector[key][series][t]);
    assert!(same(said.evidence.own, want("effort")), "L of {series} in week {t}: {}, not {}", said.evidence.own, want("effort"));
    let pooled = close.group.pooled.map_or(-1e9, |pooled| pooled.evidence);
    assert!(same(pooled, want("effort_pool")), "pooled L of {series} in week {t}: {pooled}, not {}", want("effort_pool"));
    let onset = close.group.pooled.map_or(-1, |pooled| pooled.segment.onset);
    assert_eq!(onset as f64, want("effort_pool_onset"), "pooled onset of {series} in week {t}");
    // The own onset is stated unless the pool speaks for the series.
    if said.evidence.source == surveillance::Source::Own {
        assert_eq!(said.evidence.segment.map_or(-1, |segment| segment.onset) as f64, want("effort_onset"), "onset of {series} in week {t}");
    }
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
fn without_a_pool_every_own_onset_is_met() {
    let settings = Settings { life: surveillance::Life::Off, pool: surveillance::Pooling::Off, ..Settings::default() };
    for (name, count) in [("golden_reference", 4), ("golden_silence", 6)] {
        let vector = text(name);
        for pair in 0..count / 2 {
            let closed = run(&vector, &[2 * pair, 2 * pair + 1], &settings);
            for (t, close) in closed.iter().enumerate() {
                for place in 0..2 {
                    let onset = close.series[place].evidence.segment.map_or(-1, |segment| segment.onset);
                    assert_eq!(
                        onset as f64,
                        number(&vector["effort_onset"][2 * pair + place][t]),
                        "{name}, series {}, week {t}",
                        2 * pair + place
                    );
                }
            }
        }
    }
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

/// A transition as the vector writes it: series, week, name, onset, size, plain interval, recovery.
type Row = (usize, i64, String, i64, [f64; 3], i64);

fn row(series: usize, said: &surveillance::SeriesWeek) -> Option<Row> {
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
    Some((series, said.week, name.into(), condition.onset, [size.ratio, size.ratio / reach, size.ratio * reach], from))
}

fn wanted_row(of: &serde_json::Value) -> Row {
    let int = |at: usize| of[at].as_i64().unwrap();
    let sizes = [number(&of[5]), number(&of[6]), number(&of[7])];
    (int(0) as usize, int(2), of[3].as_str().unwrap().into(), int(4), sizes, int(8))
}

#[test]
fn every_transition_of_the_lifecycle_is_met() {
    let vector = text("lifecycle_golden");
    let want: Vec<Row> = vector["transitions"].as_array().unwrap().iter().filter(|of| of[1] == 0).map(wanted_row).collect();
    let mut ours: Vec<Row> = Vec::new();
    for pair in 0..4 {
        let members = [2 * pair, 2 * pair + 1];
        let closed = run(&vector, &members, &Settings::default());
        for (place, series) in members.into_iter().enumerate() {
            ours.extend(closed.iter().filter_map(|close| row(series, &close.series[place])));
            check_states(&vector, series, closed.iter().map(|close| &close.series[place]));
        }
    }
    for (ours, want) in ours.iter().zip(&want) {
        assert_eq!((ours.0, ours.1, &ours.2, ours.3, ours.5), (want.0, want.1, &want.2, want.3, want.5));
        assert!(ours.4.iter().zip(want.4).all(|(ours, want)| (ours - want).abs() < 1e-6), "{ours:?} is not {want:?}");
    }
    assert_eq!(ours.len(), want.len());
}

fn check_states<'a>(vector: &serde_json::Value, series: usize, weeks: impl Iterator<Item = &'a surveillance::SeriesWeek>) {
    let mut states = String::new();
    for said in weeks {
        states.push(match said.phase {
            Phase::Quiet => '0',
            Phase::Pending { .. } => '1',
            Phase::Firing(_) => '2',
        });
        let want = number(&vector["effort"][series][said.week as usize]);
        assert!(same(said.evidence.own, want), "L of {series} in week {}: {}, not {want}", said.week, said.evidence.own);
    }
    assert_eq!(states, vector["state"][series][0].as_str().unwrap(), "states of {series}");
}
