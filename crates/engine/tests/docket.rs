//! The docket told directly what registers said of a case: duties by their clock, corrections, order, restarts.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its own script has failed")]

mod judged;

use engine::{docket::Docket, identity};
use judged::{code, day, label, listed, pack, record, regime};
use proptest::prelude::*;
use std::sync::Arc;
use vocab::{
    event::Selector,
    name::{CaseName, EventTypeName},
    pack::Pack,
    record::{Step, Version},
    tally::{Fact, Matter},
    time::{Day, Tick},
    watch::{DutyStanding, Obligation},
};

const OPENS: &str = "seizure.recorded";
const MEETS: &str = "seizure.disposed";

fn event(name: &str) -> EventTypeName {
    EventTypeName::parse(name).unwrap()
}

/// Within ten days, and two of grace.
fn owing() -> Arc<Pack> {
    let disposal = Obligation {
        name: label("disposal"),
        opened_by: vec![event(OPENS)],
        met_by: vec![event(MEETS)],
        of: Selector::default(),
        within_days: 10,
        grace_days: 2,
    };
    Arc::new(Pack { obligations: vec![disposal], jurisdictions: listed(&["JP", "KR"]), ..pack() })
}

/// A record joins a case with a step, or leaves it.
fn version(number: u8, case: &str, (occurred, known): (&str, Tick), step: Option<&str>) -> Version {
    let name = CaseName::parse(case).unwrap();
    let step =
        step.map(|name| Step { regime: regime(), event: event(name), jurisdiction: Some(code("KR")), measures: Vec::new(), stratum: None });
    let sign = if step.is_some() { 1 } else { -1 };
    Version { case: identity::case(&regime(), &name), case_name: name, record: record(number), sign, occurred: day(occurred), known, step }
}

struct Script {
    docket: Docket,
    told: Vec<Fact>,
}

impl Script {
    fn new() -> Self {
        let mut script = Self { docket: Docket::new(), told: Vec::new() };
        script.docket.step(day("2020-02-29").last_tick(), &[] as &[Version], &[owing()], &mut script.told);
        script
    }

    /// On a day become known: record, case, the day it occurred, and what joins.
    fn on(&mut self, known: &str, versions: &[(u8, &str, &str, Option<&str>)]) {
        let tick = day(known).last_tick();
        let versions: Vec<Version> =
            versions.iter().map(|(number, case, occurred, step)| version(*number, case, (occurred, tick), *step)).collect();
        self.docket.step(tick, &versions, &[], &mut self.told);
    }

    fn check(&mut self, until: &str, expected: &[&str]) {
        self.docket.pass(day(until).last_tick(), &mut self.told);
        assert_eq!(self.told.iter().map(line).collect::<Vec<_>>(), expected);
    }
}

fn line(fact: &Fact) -> String {
    let Fact::Told(note) = fact else { panic!("{fact:?}") };
    let Matter::Duty(duty) = &note.matter else { panic!("{note:?}") };
    let standing = match duty.standing {
        DutyStanding::Overdue => "overdue".to_owned(),
        DutyStanding::MetLate(day, by) => format!("met late on {day} by {}", by.0[0]),
        DutyStanding::Undone(by) => format!("undone by {}", by.0[0]),
    };
    format!("{} {} of {} in {}: {standing}", note.known.start(), note.record.0[0], duty.opened, duty.case)
}

#[test]
fn a_duty_is_overdue_at_midnight_after_its_last_day() {
    let mut script = Script::new();
    script.on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS))]);
    script.check("2020-03-13", &[]);
    script.check("2020-03-14", &["2020-03-14T00:00:00Z 1 of 2020-03-01 in a: overdue"]);
}

#[test]
fn what_opens_a_duty_that_is_past_is_overdue_at_once() {
    let mut script = Script::new();
    script.on("2020-04-05", &[(1, "a", "2020-03-01", Some(OPENS))]);
    script.check("2020-04-30", &["2020-04-05T23:59:59.750Z 1 of 2020-03-01 in a: overdue"]);
}

#[test]
fn a_duty_met_on_its_last_day_is_met() {
    let mut script = Script::new();
    script.on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS))]);
    script.on("2020-03-13", &[(2, "a", "2020-03-13", Some(MEETS))]);
    script.check("2020-04-30", &[]);
}

#[test]
fn what_occurred_before_or_in_another_case_meets_nothing() {
    let mut script = Script::new();
    script
        .on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS)), (2, "a", "2020-02-29", Some(MEETS)), (3, "b", "2020-03-02", Some(MEETS))]);
    script.check("2020-04-30", &["2020-03-14T00:00:00Z 1 of 2020-03-01 in a: overdue"]);
}

#[test]
fn a_duty_is_met_late_or_turns_out_to_have_been_met() {
    let overdue = "2020-03-14T00:00:00Z 1 of 2020-03-01 in a: overdue";
    let mut late = Script::new();
    late.on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS))]);
    late.on("2020-03-20", &[(2, "a", "2020-03-18", Some(MEETS))]);
    // A report of an earlier day makes no difference any more, for nobody is told twice that it is over.
    late.on("2020-03-21", &[(3, "a", "2020-03-17", Some(MEETS))]);
    late.check("2020-04-30", &[overdue, "2020-03-20T23:59:59.750Z 1 of 2020-03-01 in a: met late on 2020-03-18 by 2"]);
    let mut in_time = Script::new();
    in_time.on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS))]);
    in_time.on("2020-03-20", &[(2, "a", "2020-03-13", Some(MEETS))]);
    in_time.check("2020-04-30", &[overdue, "2020-03-20T23:59:59.750Z 1 of 2020-03-01 in a: undone by 2"]);
}

#[test]
fn a_correction_brings_another_case() {
    let mut script = Script::new();
    script.on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS))]);
    script.on("2020-03-20", &[(1, "a", "2020-03-01", None), (1, "b", "2020-03-01", Some(OPENS)), (2, "b", "2020-03-02", Some(MEETS))]);
    script.on("2020-03-25", &[(2, "b", "2020-03-02", None)]);
    script.check(
        "2020-04-30",
        &[
            "2020-03-14T00:00:00Z 1 of 2020-03-01 in a: overdue",
            "2020-03-20T23:59:59.750Z 1 of 2020-03-01 in a: undone by 1",
            "2020-03-25T23:59:59.750Z 1 of 2020-03-01 in b: overdue",
        ],
    );
    assert_eq!(script.docket.cases(), 1);
}

#[test]
fn a_correction_that_changes_nothing_tells_nothing() {
    let mut script = Script::new();
    script.on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS))]);
    script.on("2020-03-20", &[(1, "a", "2020-03-01", None), (1, "a", "2020-03-01", Some(OPENS))]);
    script.check("2020-04-30", &["2020-03-14T00:00:00Z 1 of 2020-03-01 in a: overdue"]);
}

#[test]
fn a_case_behind_the_horizon_goes_unless_something_is_owed() {
    let mut script = Script::new();
    script.on("2020-03-05", &[(1, "a", "2020-03-01", Some(OPENS)), (2, "a", "2020-03-02", Some(MEETS))]);
    script.on("2020-03-05", &[(3, "b", "2020-03-01", Some(OPENS))]);
    assert_eq!(script.docket.cases(), 2);
    script.docket.pass(day("2022-06-01").last_tick(), &mut script.told);
    assert_eq!(script.docket.cases(), 1);
}

/// One thing that becomes known: a record of a few, in one of two cases, at a day.
type Drawn = (i32, u8, bool, i32, u8);

/// Versions by tick as a register tells them: what a record said before leaves first.
fn log(drawn: &[Drawn]) -> Vec<(Tick, Vec<Version>)> {
    let first = day("2020-03-01");
    let mut drawn: Vec<Drawn> = drawn.to_vec();
    drawn.sort_by_key(|one| (one.0, one.1));
    drawn.dedup_by_key(|one| (one.0, one.1));
    let mut stands = std::collections::BTreeMap::<u8, Version>::new();
    let mut ticks = Vec::<(Tick, Vec<Version>)>::new();
    for (known, number, case, occurred, what) in drawn {
        let tick = first.plus(known).last_tick();
        let step = [Some(OPENS), Some(MEETS), None][usize::from(what) % 3];
        let (case, occurred) = (if case { "a" } else { "b" }, first.plus(occurred.min(known)).to_string());
        let left = stands.remove(&number).map(|before| Version { sign: -1, step: None, known: tick, ..before });
        let joined = step.map(|step| version(number, case, (&occurred, tick), Some(step)));
        stands.extend(joined.clone().map(|joined| (number, joined)));
        match ticks.last_mut().filter(|(last, _)| *last == tick) {
            Some((_, versions)) => versions.extend(left.into_iter().chain(joined)),
            None => ticks.push((tick, left.into_iter().chain(joined).collect())),
        }
    }
    ticks
}

fn run(ticks: &[(Tick, Vec<Version>)], until: Day) -> Vec<Fact> {
    let mut script = Script::new();
    ticks.iter().for_each(|(tick, versions)| script.docket.step(*tick, versions, &[], &mut script.told));
    script.docket.pass(until.last_tick(), &mut script.told);
    script.told
}

/// What is told last of every duty, from the versions that stand: without a clock that moves, without a memory.
fn naive(ticks: &[(Tick, Vec<Version>)], until: Day) -> Vec<(u8, String)> {
    let mut stands = std::collections::BTreeMap::<u8, &Version>::new();
    for version in ticks.iter().flat_map(|(_, versions)| versions) {
        if version.sign > 0 {
            stands.insert(version.record.0[0], version)
        } else {
            stands.remove(&version.record.0[0])
        };
    }
    let is = |version: &Version, name: &str| version.step.as_ref().is_some_and(|step| step.event.as_str() == name);
    let overdue = stands.values().filter(|opener| is(opener, OPENS) && opener.occurred.plus(13) <= until).filter(|opener| {
        let meets = |other: &&&Version| is(other, MEETS) && other.case == opener.case && other.occurred >= opener.occurred;
        !stands.values().any(|other| meets(&other))
    });
    overdue.map(|opener| (opener.record.0[0], opener.case_name.to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Order inside a tick, the pace of passes and restarts change nothing; what stands at the end is what a naive look finds.
    #[test]
    fn nothing_but_the_versions_of_each_tick_decides(
        drawn in proptest::collection::vec((0..40_i32, 0..6_u8, any::<bool>(), 0..40_i32, 0..3_u8), 0..30),
        seed in any::<u64>(),
    ) {
        let (ticks, until) = (log(&drawn), day("2020-05-01"));
        let plain = run(&ticks, until);
        let mut script = Script::new();
        let mut pages = std::collections::BTreeMap::new();
        for (turn, (tick, versions)) in ticks.iter().enumerate() {
            let mut versions = versions.clone();
            let by = usize::try_from(seed % 7).unwrap();
            let middle = by.min(versions.len());
            versions.rotate_left(middle);
            if (seed >> (turn % 60)) & 1 == 1 {
                script.docket.pass(Tick(tick.0 - 1), &mut script.told);
            }
            script.docket.step(*tick, &versions, &[], &mut script.told);
            if (seed >> (turn % 59)) & 2 == 2 {
                pages.extend(script.docket.pages_due().into_iter().map(|page| (page.key.clone(), page)));
                script.docket = Docket::restore(pages.values().cloned()).unwrap();
            }
        }
        script.docket.pass(until.last_tick(), &mut script.told);
        prop_assert_eq!(&script.told, &plain);
        let mut standing = std::collections::BTreeMap::new();
        for fact in &plain {
            let Fact::Told(note) = fact else { panic!("{fact:?}") };
            let Matter::Duty(duty) = &note.matter else { panic!("{note:?}") };
            let key = (note.record.0[0], duty.case.to_string());
            if duty.standing == DutyStanding::Overdue { standing.insert(key, ()); } else { standing.remove(&key); }
        }
        prop_assert_eq!(standing.into_keys().collect::<Vec<_>>(), naive(&ticks, until));
    }
}
