//! The life of one real series against the committed vector `ma_life`: the gate, the collapse rule, escalation by collapse,
//! recovery, all without a traffic feed. Values are compared as the vector prints them.

use crate::vectors::{number, text};
use surveillance::{Cause, Cell, Condition, Feed, Group, Role, SeriesWeek, Settings, Stream, Traffic, Turn};

fn run(counts: &[serde_json::Value]) -> Vec<SeriesWeek> {
    let settings = Settings { traffic: Traffic::Absent, ..Settings::default() };
    let mut group = Group::new();
    group.join(0, 0, Role::Measure);
    let mut said = Vec::new();
    for (week, count) in counts.iter().enumerate() {
        let week = week as i64;
        let cell = Cell { series: 0, feed: Feed::Inspections, week, known_week: week };
        group.add(cell, count.as_i64().unwrap()).unwrap();
        group.close(&settings, [1.0; 2], &mut said).unwrap();
    }
    said
}

/// The Monday on which a week begins, by civil reckoning from 2001-12-31.
fn monday(week: i64) -> String {
    let (mut year, mut day) = (2001, 364 + 7 * week);
    let length = |year: i64| if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) { 366 } else { 365 };
    while day >= length(year) {
        day -= length(year);
        year += 1;
    }
    let february = length(year) - 337;
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", day + 1)
}

fn print(said: &SeriesWeek) -> Option<Vec<String>> {
    let (week, said) = (said.week, said.stream(Stream::Effort));
    let cause = |by: Cause| match by {
        Cause::Evidence => "evidence",
        Cause::Pool => "pool",
        Cause::Collapse => "collapse",
    };
    let named = |name: String, condition: Condition, from: Option<i64>| {
        let size = said.size.unwrap().ratio;
        vec![
            monday(week + 1),
            name,
            "onset".into(),
            monday(condition.onset),
            format!("L {:.1}", said.evidence.combined),
            format!("rho {size:.2}"),
            format!("a {:.4} infl {:.1}", said.noise, said.inflation),
            from.map_or("None".into(), monday),
        ]
    };
    match said.turn? {
        Turn::Pending | Turn::Calmed => None,
        Turn::Fired(condition) => Some(named(format!("FIRE {}", cause(condition.by)), condition, None)),
        Turn::Escalated { condition, by } => Some(named(format!("escalate by {} rho->{:.2}", cause(by), condition.ratio), condition, None)),
        Turn::Recalled(condition) => Some(named("recalled".into(), condition, None)),
        Turn::Faded(condition) => Some(named("faded".into(), condition, None)),
        Turn::Recovered { condition, from } => Some(named("recovered".into(), condition, Some(from))),
    }
}

#[test]
fn every_transition_of_the_massachusetts_weeks_is_met() {
    let vector = text("ma_life");
    let said = run(vector["counts"].as_array().unwrap());
    let ours: Vec<Vec<String>> = said.iter().filter_map(print).collect();
    for (ours, want) in ours.iter().zip(vector["transitions"].as_array().unwrap()) {
        let want: Vec<&str> = want.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        assert_eq!(*ours, want);
    }
    assert_eq!(ours.len(), vector["transitions"].as_array().unwrap().len());
}

#[test]
fn its_evidence_is_met_in_every_week() {
    let vector = text("ma_life");
    for said in run(vector["counts"].as_array().unwrap()) {
        let want = number(&vector["effort"][said.week as usize]);
        let ours = said.stream(Stream::Effort).evidence.own;
        assert!((ours - want).abs() <= 1e-6 || (ours < -1e8 && want < -1e8), "L in week {}: {ours}, not {want}", said.week);
    }
}
