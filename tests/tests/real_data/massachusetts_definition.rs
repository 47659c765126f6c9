//! Massachusetts, warnings that began to be recorded: the total rises, what binds falls, and nothing is set anew by itself.
//! Expectations M3 and M4 of `tests/expectations/massachusetts.md`.
//!
//! Must never enter: a total of all strata as if it were effort.

use crate::massachusetts::{played, shipped};
use std::collections::BTreeMap;
use tests::{
    play::Played,
    real::{transitions, transitions_of},
};
use vocab::{
    alert::{LongView, Rule},
    assessment::{Mode, Verdict},
    event::Event,
    time::Week,
};

/// What the keeper of the figures could have put on record in December 2017.
const ON_RECORD: &str = r#"{"schemaVersion":1,"regime":"ma-traffic","source":"ma-citations","sourceRecordId":"written-warnings",
    "op":"OPERATION_ASSERT","occurred":{"precision":"PRECISION_DAY","day":"2017-12-01"},"jurisdiction":"US-MA",
    "definitionChanged":{"affects":{"jurisdiction":"US-MA","measure":"citations"},"effective":"2017-12-01",
    "text":"written warnings begin to be recorded electronically","comparable":false}}"#;

fn on_record() -> Event {
    wire::event::event_from_json(ON_RECORD.as_bytes()).unwrap()
}

/// Weeks from one on whose only series has the mode of a definition break.
fn broken_since(played: &Played, week: &str) -> (usize, usize) {
    let week = Week::parse(week).unwrap();
    let (later, earlier): (Vec<_>, Vec<_>) = played.assessments.iter().partition(|one| one.week >= week);
    let broken = |one: &&std::sync::Arc<vocab::assessment::Assessment>| one.series[0].modes.has(Mode::DefinitionBreak);
    assert_eq!(earlier.into_iter().filter(broken).count(), 0, "no week before {week} is broken");
    (later.iter().filter(|one| broken(one)).count(), later.len())
}

/// M4, the arithmetic: ALL rises by 16.7 % and 12.3 % while binding outcomes fall by 7.5 % and 2.4 %.
#[test]
fn what_binds_falls_while_the_total_rises() {
    let mut years = BTreeMap::<(String, bool), f64>::new();
    for (_, event) in shipped().events().unwrap() {
        let binds = event.stratum.as_ref().unwrap().as_str() != "WARN";
        *years.entry((event.occurred.day.to_string()[..4].to_owned(), binds)).or_default() += f64::from(event.count);
    }
    let of = |year: &str, binds: bool| years[&(year.to_owned(), binds)];
    let binding = |year: &str| of(year, true);
    let all = |year: &str| of(year, true) + of(year, false);
    let change = |from: f64, to: f64| ((to / from - 1.0) * 1000.0).round() / 10.0;
    assert_eq!([change(binding("2017"), binding("2018")), change(binding("2018"), binding("2019"))], [-7.5, -2.4]);
    assert_eq!([change(all("2017"), all("2018")), change(all("2018"), all("2019"))], [16.7, 12.3]);
}

/// M3: without a word on record, the mix itself is noted as broken, in the time expected. The expectation names WARN; the first share to
/// move by ten points at four standard errors is that of CIVIL, which falls as warnings come in, so that is the one told.
#[test]
fn warnings_that_begin_to_be_recorded_are_a_break_of_the_mix() {
    let [noted] = transitions_of(Rule::DefinitionBreak, played())[..] else { panic!("one notice, until somebody sets the level anew") };
    let day = noted.at.day().to_string();
    assert!(("2017-12-01".."2018-07-01").contains(&day.as_str()), "{day}");
    let Some(LongView::Mix(mix)) = noted.evidence.long.as_deref() else { panic!("{:?}", noted.evidence) };
    assert_eq!((mix.stratum.as_ref().map(|stratum| stratum.as_str()), noted.change.pages()), (Some("CIVIL"), false));
    assert!(mix.now < mix.before - 0.1 && mix.z < -4.0 && mix.total_ratio > 0.9, "{mix:?}");
}

/// M4: the mode from the week of the change on, the same alerts, and no level set anew.
#[test]
fn a_definition_on_record_breaks_every_later_week_and_sets_no_level_anew() {
    let recorded = shipped().with_event(on_record()).play(1).unwrap();
    let (broken, weeks) = broken_since(&recorded, "2017-W48");
    assert_eq!(broken, weeks, "every week from 2017-W48, until somebody sets the level anew");
    let moves = |played: &Played| {
        let others = transitions(played).into_iter().filter(|moved| moved.rule != Rule::DefinitionBreak);
        others.map(|moved| (moved.at, moved.change.as_str())).collect::<Vec<_>>()
    };
    assert_eq!(moves(&recorded), moves(played()), "it moves no alert");
    let notices: Vec<String> = transitions_of(Rule::DefinitionBreak, &recorded).iter().map(|moved| moved.at.day().to_string()).collect();
    assert_eq!(notices, ["2017-12-03"], "noted at the close of the week in which it takes force");
    let of_2018 = recorded.assessments.iter().filter(|one| one.week >= Week::parse("2017-W48").unwrap());
    assert!(of_2018.into_iter().all(|one| one.series[0].verdict == Verdict::Slip), "the fall of binding outcomes stands through it");
}
