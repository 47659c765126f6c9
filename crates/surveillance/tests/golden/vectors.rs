//! Reads the committed golden vectors and runs a group over the cells of one.

use surveillance::{Cell, Feed, Group, GroupWeek, Role, SeriesWeek, Settings};

/// One close.
pub(crate) struct Closed {
    /// What it said of the group.
    pub(crate) group: GroupWeek,
    /// And of each series.
    pub(crate) series: Vec<SeriesWeek>,
}

/// The vector of this name.
pub(crate) fn text(name: &str) -> serde_json::Value {
    let text = match name {
        "golden_reference" => include_str!("../vectors/golden_reference.json"),
        "golden_silence" => include_str!("../vectors/golden_silence.json"),
        "lifecycle_golden" => include_str!("../vectors/lifecycle_golden.json"),
        "ma_life" => include_str!("../vectors/ma_life.json"),
        _ => panic!("no vector {name}"),
    };
    serde_json::from_str(text).unwrap()
}

/// A number of a vector.
pub(crate) fn number(value: &serde_json::Value) -> f64 {
    value.as_f64().unwrap()
}

/// The cells of the given series of a vector as (known week, cell, count), the series renumbered from 0, in order of their being known.
pub(crate) fn cells(vector: &serde_json::Value, members: &[usize]) -> Vec<(Cell, i64)> {
    let mut cells = Vec::new();
    for row in vector["cells"].as_array().unwrap() {
        let int = |at: usize| row[at].as_i64().unwrap();
        let Some(series) = members.iter().position(|&member| member as i64 == int(0)) else { continue };
        let feed = Feed::ALL[int(1) as usize];
        cells.push((Cell { series, feed, week: int(2), known_week: int(2) + int(3) }, int(4)));
    }
    cells.sort_by_key(|(cell, _)| cell.known_week);
    cells
}

/// Runs a group of these series over all weeks of the vector.
pub(crate) fn run(vector: &serde_json::Value, members: &[usize], settings: &Settings) -> Vec<Closed> {
    let weeks = vector["effort"][0].as_array().unwrap().len() as i64;
    let cells = cells(vector, members);
    let mut group = Group::new();
    for at in 0..members.len() {
        group.join(at, 0, Role::Measure);
    }
    let mut rest = cells.as_slice();
    let mut closed = Vec::new();
    for week in 0..weeks {
        let now = rest.iter().take_while(|(cell, _)| cell.known_week <= week).count();
        for (cell, count) in &rest[..now] {
            group.add(*cell, *count).unwrap();
        }
        rest = &rest[now..];
        let mut series = Vec::new();
        let group = group.close(settings, [1.0; 2], &mut series).unwrap();
        closed.push(Closed { group, series });
    }
    closed
}
