//! The life of alerts: deadlines, answers, recalls, what coincides, seals, saved state.

use crate::{
    judged::{act, affects, code, day, instant, label, note, record, regime, seen, series, week},
    script::{FIRED, Script, alert, assessment},
};
use engine::{
    page::BadPage,
    sentinel::{
        Sentinel,
        life::{Request, Unmoved, next},
    },
};
use vocab::{
    act::Deed,
    alert::{AlertPhase, Decision},
    assessment::{FiredBy, Turn},
    event::{Circumstance, CircumstanceKind, DefinitionChange, TargetChange},
    record::{AlertId, PackHash},
    tally::{Fact, Matter, Withdrawal},
    time::{Occurred, Tick},
};

#[test]
fn every_phase_answers_every_request() {
    use AlertPhase::{Acknowledged, Firing, Recalled, Resolved};
    let (absent, ended, standing) = (Err(Unmoved::Absent), Err(Unmoved::Ended), Err(Unmoved::Standing));
    // Fire, Escalate, Recover, Fade, Recall, Acknowledge, Expire, Close, Rebase
    let table = [
        (None, [Ok(Firing), absent, absent, absent, absent, absent, absent, absent, absent]),
        (
            Some(Firing),
            [standing, Ok(Firing), Ok(Resolved), Ok(Resolved), Ok(Recalled), Ok(Acknowledged), standing, Ok(Resolved), Ok(Resolved)],
        ),
        (
            Some(Acknowledged),
            [standing, Ok(Firing), Ok(Resolved), Ok(Resolved), Ok(Recalled), Ok(Acknowledged), Ok(Firing), Ok(Resolved), Ok(Resolved)],
        ),
        (Some(Resolved), [Ok(Firing), ended, ended, ended, ended, ended, ended, ended, ended]),
        (Some(Recalled), [Ok(Firing), ended, ended, ended, ended, ended, ended, ended, ended]),
    ];
    for (phase, row) in table {
        for (request, want) in Request::ALL.into_iter().zip(row) {
            assert_eq!(next(phase, request), want, "{phase:?} meets {request:?}");
        }
    }
}

#[test]
fn an_acknowledgement_expires_at_its_tick_between_records() {
    let mut script = Script::from("2020-03-01");
    script.weigh("2020-03-22", "KR/coal", FIRED);
    let fired = alert("KR/coal", "2020-03-22");
    script.act("2020-03-23T09:00:00Z", 1, Deed::Acknowledge { seen: seen("KR/coal", fired, 1), until: instant("2020-03-23T14:00:00Z") });
    // The next record comes an hour after the expiry, which stands at its own instant all the same.
    script.act("2020-03-23T15:00:00Z", 2, Deed::Acknowledge { seen: seen("KR/coal", fired, 2), until: instant("2020-03-24T14:00:00Z") });
    script.passed("2020-03-23").check(
        "2020-03-22T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-03-23T09:00:00Z KR/coal 2 acknowledged until 2020-03-23T14:00:00Z -> acknowledged
         2020-03-23T09:00:00Z act 1 Applied
         2020-03-23T14:00:00Z KR/coal 3 acknowledgement_expired -> firing
         2020-03-23T15:00:00Z act 2 Stale(Moved { newest: 3 })",
    );
}

#[test]
fn an_act_is_answered_once_with_the_reason() {
    let mut script = Script::from("2020-03-01");
    script.weigh("2020-03-22", "KR/coal", FIRED);
    let fired = alert("KR/coal", "2020-03-22");
    let until = instant("2020-03-25T00:00:00Z");
    let coal = |transition| seen("KR/coal", fired, transition);
    script.act("2020-03-23T01:00:00Z", 1, Deed::Acknowledge { seen: seen("KR/arms", fired, 1), until });
    script.act("2020-03-23T02:00:00Z", 2, Deed::Acknowledge { seen: coal(1), until: instant("2020-03-23T02:00:00.100Z") });
    script.act("2020-03-23T03:00:00Z", 3, Deed::Close { seen: coal(1) });
    script.act("2020-03-23T04:00:00Z", 4, Deed::Close { seen: coal(2) });
    script.act("2020-03-23T05:00:00Z", 5, Deed::Acknowledge { seen: coal(2), until });
    script.act("2020-03-23T06:00:00Z", 6, Deed::Close { seen: seen("KR/coal", AlertId([9; 16]), 1) });
    let window = |from, until| (week(from), week(until));
    for (number, of, (from, until)) in [
        (7, "KR/coal", window("2020-W09", "2020-W12")),
        (8, "KR/gold", window("2020-W09", "2020-W12")),
        (9, "KR/coal", window("2020-W12", "2020-W13")),
        (10, "KR/coal", window("2018-W09", "2018-W12")),
    ] {
        script.act(&format!("2020-03-23T{number:02}:00:00Z"), number, Deed::Rebase { series: series(of), from, until });
    }
    let outage = |measure| Deed::DeclareOutage { affects: affects(Some("KR"), measure), from: day("2020-03-01"), until: day("2020-03-09") };
    script.act("2020-03-23T11:00:00Z", 11, outage(None));
    script.act("2020-03-23T12:00:00Z", 12, outage(Some("gold")));
    script.check(
        "2020-03-22T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-03-23T01:00:00Z act 1 Stale(NoSuchAlert)
         2020-03-23T02:00:00Z act 2 Stale(Expired)
         2020-03-23T03:00:00Z KR/coal 2 closed -> resolved
         2020-03-23T03:00:00Z act 3 Applied
         2020-03-23T04:00:00Z act 4 Stale(Ended)
         2020-03-23T05:00:00Z act 5 Stale(Ended)
         2020-03-23T06:00:00Z act 6 Stale(NoSuchAlert)
         2020-03-23T07:00:00Z act 7 Applied
         2020-03-23T08:00:00Z act 8 Stale(Unlisted)
         2020-03-23T09:00:00Z act 9 Applied
         2020-03-23T10:00:00Z act 10 Stale(EmptyWindow)
         2020-03-23T11:00:00Z act 11 Applied
         2020-03-23T12:00:00Z act 12 Stale(Unlisted)",
    );
}

#[test]
fn an_escalation_pages_over_an_acknowledgement_and_a_rebase_ends_the_alert() {
    let mut script = Script::from("2020-03-01");
    script.weigh("2020-03-22", "KR/coal", FIRED);
    let fired = alert("KR/coal", "2020-03-22");
    script.act("2020-03-23T09:00:00Z", 1, Deed::Acknowledge { seen: seen("KR/coal", fired, 1), until: instant("2020-06-01T00:00:00Z") });
    script.weigh("2020-03-29", "KR/coal", Some(Turn::Escalated(FiredBy::Collapse)));
    script.act("2020-03-30T09:00:00Z", 2, Deed::Rebase { series: series("KR/coal"), from: week("2020-W09"), until: week("2020-W13") });
    // The deadline of the acknowledgement went with it.
    script.passed("2020-06-30").check(
        "2020-03-22T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-03-23T09:00:00Z KR/coal 2 acknowledged until 2020-06-01T00:00:00Z -> acknowledged
         2020-03-23T09:00:00Z act 1 Applied
         2020-03-29T23:59:59.750Z KR/coal 3 escalated by collapse -> firing
         2020-03-30T09:00:00Z KR/coal 4 rebased -> resolved
         2020-03-30T09:00:00Z act 2 Applied",
    );
}

#[test]
fn a_firing_soon_after_an_end_reopens_the_alert_and_a_later_one_names_it() {
    let mut script = Script::from("2020-03-01");
    script.weigh("2020-03-22", "KR/coal", FIRED);
    script.weigh("2020-04-05", "KR/coal", Some(Turn::Recovered(week("2020-W13"))));
    script.weigh("2020-05-31", "KR/coal", Some(Turn::Fired(FiredBy::Pool)));
    script.weigh("2020-06-28", "KR/coal", Some(Turn::Faded));
    script.weigh("2020-08-30", "KR/coal", FIRED);
    script.check(
        "2020-03-22T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-04-05T23:59:59.750Z KR/coal 2 recovered since 2020-W13 -> resolved
         2020-05-31T23:59:59.750Z KR/coal 3 reopened by pool -> firing
         2020-06-28T23:59:59.750Z KR/coal 4 faded -> resolved
         2020-08-30T23:59:59.750Z KR/coal 1 fired by evidence -> firing",
    );
    let transitions: Vec<_> =
        script.out.iter().filter_map(|decision| if let Decision::Transition(moved) = decision { Some(moved) } else { None }).collect();
    let (first, last) = (alert("KR/coal", "2020-03-22"), alert("KR/coal", "2020-08-30"));
    assert_eq!(transitions.iter().map(|moved| moved.alert).collect::<Vec<_>>(), [first, first, first, first, last]);
    assert_eq!(transitions.iter().map(|moved| moved.previous).collect::<Vec<_>>(), [None, None, None, None, Some(first)]);
    assert_eq!(transitions.iter().map(|moved| moved.change.pages()).collect::<Vec<_>>(), [true, false, false, false, true]);
    let mut ids: Vec<_> = transitions.iter().map(|moved| moved.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn a_recall_names_the_records_that_undid_it() {
    let mut script = Script::from("2020-03-01");
    let withdrawn = |number, of: &str, occurred: &str, at: Tick| {
        Fact::Withdrawn(Withdrawal {
            record: record(number),
            regime: regime(),
            known: at,
            occurred: day(occurred),
            series: vec![series(of)],
        })
    };
    // The same day as the firing, but known before it: the evidence knew of it.
    let before = day("2020-03-22").last_tick();
    script.facts(before, &[withdrawn(1, "KR/coal", "2020-03-10", before)]);
    script.weigh("2020-03-22", "KR/coal", FIRED);
    let after = Tick::of(instant("2020-03-25T10:00:00Z"));
    script.facts(
        after,
        &[
            withdrawn(7, "KR/coal", "2020-02-17", after), // Monday of the earliest onset week
            withdrawn(6, "KR/coal", "2020-02-16", after), // the day before
            withdrawn(5, "KR/coal", "2020-03-22", after), // the last day of the week it fired
            withdrawn(4, "KR/coal", "2020-03-23", after),
            withdrawn(3, "KR/arms", "2020-03-10", after),
            withdrawn(7, "KR/coal", "2020-02-18", after),
        ],
    );
    script.weigh("2020-03-29", "KR/coal", Some(Turn::Recalled));
    script.check(
        "2020-03-22T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-03-29T23:59:59.750Z KR/coal 2 recalled 2 withdrawn [5, 7] -> recalled",
    );
}

fn storm(text: &str, from: &str, until: &str, affects: vocab::event::Selector) -> Matter {
    let circumstance = Circumstance { kind: CircumstanceKind::Storm, effect: None, affects, text: label(text) };
    Matter::Circumstance(circumstance, Occurred::on(day(from)).until(day(until)).unwrap())
}

/// What is said to coincide with an alert that fires on 2020-03-22 with onset in the week of 2020-02-24.
fn coinciding(mut script: Script) -> Vec<String> {
    script.weigh("2020-03-22", "KR/coal", FIRED);
    let fired = script.out.iter().rev().find_map(|decision| if let Decision::Transition(moved) = decision { Some(moved) } else { None });
    fired.unwrap().coincides.iter().map(ToString::to_string).collect()
}

#[test]
fn circumstances_coincide_when_they_overlap_and_concern_the_series() {
    let mut script = Script::from("2020-03-01");
    let at = Tick::of(instant("2020-03-02T00:00:00Z"));
    script.told(at, 1, storm("storm", "2020-03-05", "2020-03-06", affects(None, None)));
    script.told(Tick(at.0 + 1), 2, storm("strike", "2020-02-01", "2020-02-24", affects(Some("KR"), Some("coal"))));
    script.told(Tick(at.0 + 2), 3, storm("elsewhere", "2020-03-05", "2020-03-06", affects(Some("JP"), None)));
    script.told(Tick(at.0 + 3), 4, storm("long before", "2020-01-05", "2020-02-23", affects(None, None)));
    script.told(Tick(at.0 + 4), 5, storm("to come", "2020-03-23", "2020-03-24", affects(None, None)));
    assert_eq!(coinciding(script), ["strike", "storm"]);
}

#[test]
fn a_changed_definition_and_a_moved_goal_are_named_in_neutral_words() {
    let mut script = Script::from("2020-03-01");
    let at = Tick::of(instant("2020-03-10T00:00:00Z"));
    let change = |effective: &str, measure: Option<&str>| {
        let (affects, text) = (affects(None, measure), label(&format!("boxes, not ships, {}", "x".repeat(230))));
        Matter::Definition(DefinitionChange { affects, effective: day(effective), text, comparable: None })
    };
    script.told(at, 1, change("2020-03-02", None));
    script.told(Tick(at.0 + 1), 2, change("2020-03-02", Some("fish")));
    script.told(Tick(at.0 + 2), 3, change("2019-11-01", None));
    let goal =
        TargetChange { affects: affects(Some("KR"), None), metric: label("inspections a year"), before: None, after: None, reason: None };
    script.told(Tick(at.0 + 3), 4, Matter::Target(goal));
    let told = coinciding(script);
    assert_eq!(told[1..], ["target changed, known on 2020-03-10: inspections a year"]);
    assert!(told[0].starts_with("definition changed on 2020-03-02: boxes, not ships, xxx") && told[0].len() <= 256, "{}", told[0]);
}

#[test]
fn a_circumstance_that_is_taken_back_or_corrected_coincides_no_more() {
    let at = Tick::of(instant("2020-03-02T00:00:00Z"));
    let later = Tick(at.0 + 1);
    let taken_back =
        Fact::Withdrawn(Withdrawal { record: record(1), regime: regime(), known: later, occurred: day("2020-03-05"), series: vec![] });
    let corrected = Fact::Told(note(1, later, storm("gale", "2020-03-05", "2020-03-06", affects(None, None))));
    let told = |facts: &[&Fact]| {
        let mut script = Script::from("2020-03-01");
        script.told(at, 1, storm("storm", "2020-03-05", "2020-03-06", affects(None, None)));
        let facts: Vec<Fact> = facts.iter().map(|&fact| fact.clone()).collect();
        script.facts(later, &facts);
        coinciding(script)
    };
    assert!(told(&[&taken_back]).is_empty());
    assert_eq!(told(&[&taken_back, &corrected]), ["gale"]);
    assert_eq!(told(&[&corrected, &taken_back]), ["gale"], "whatever the order inside a tick");
}

#[test]
fn every_day_is_sealed_once_and_seals_are_chained() {
    let mut script = Script::from("2020-03-01");
    script.weigh("2020-03-22", "KR/coal", FIRED);
    script.passed("2020-03-24");
    let seals = script.seals();
    assert_eq!(seals.len(), 25, "from the day of the pack, 2020-02-29, to 2020-03-24");
    for pair in seals.windows(2) {
        assert_eq!((pair[1].previous, pair[1].day), (pair[0].hash, pair[0].day.plus(1)));
    }
    let decisions: Vec<u32> = seals.iter().map(|seal| seal.decisions).collect();
    assert_eq!(decisions.iter().sum::<u32>(), 3);
    assert_eq!(seals[22].decisions, 3, "one assessment, one transition and one digest, on 2020-03-22");
    // The pack was proposed in the last tick of its day, so it holds from the next day on.
    assert_eq!((seals[0].pack, seals[1].pack), (PackHash::default(), PackHash([1; 32])));
}

#[test]
fn a_seal_depends_on_every_decision_and_not_on_the_pace() {
    let sealed = |turn: Option<Turn>, paces: &[&str]| {
        let mut script = Script::from("2020-03-01");
        for pace in paces {
            script.passed(pace);
        }
        script.weigh("2020-03-22", "KR/coal", turn);
        script.passed("2020-03-23").seals()
    };
    let plain = sealed(FIRED, &[]);
    assert_eq!(plain, sealed(FIRED, &["2020-03-01", "2020-03-07", "2020-03-21"]));
    let other = sealed(Some(Turn::Fired(FiredBy::Collapse)), &[]);
    assert_eq!(plain[..22], other[..22]);
    assert!(plain[22..].iter().zip(&other[22..]).all(|(one, other)| one.hash != other.hash));
    let quiet = sealed(None, &[]);
    assert_ne!(plain[22].hash, quiet[22].hash);
}

#[test]
fn facts_of_a_tick_have_no_order() {
    let at = Tick::of(instant("2020-03-23T09:00:00Z"));
    let acknowledge = |number, until: &str| {
        let deed = Deed::Acknowledge { seen: seen("KR/coal", alert("KR/coal", "2020-03-22"), 1), until: instant(until) };
        Fact::Told(note(number, at, act(deed)))
    };
    let facts = [acknowledge(1, "2020-04-01T00:00:00Z"), acknowledge(2, "2020-05-01T00:00:00Z")];
    let told = |facts: &[Fact]| {
        let mut script = Script::from("2020-03-01");
        script.weigh("2020-03-22", "KR/coal", FIRED);
        script.facts(at, facts);
        script.passed("2020-03-23");
        script.out
    };
    let [one, other] = facts.clone();
    assert_eq!(told(&facts), told(&[other, one]));
}

#[test]
fn a_jurisdiction_is_weighed_whatever_came_first() {
    let told = |order: [&str; 2]| {
        let mut script = Script::from("2020-03-01");
        let assessments = order.map(|of| assessment(day("2020-03-22"), of, FIRED));
        script.sentinel.weigh(day("2020-03-22"), &assessments, &mut script.out);
        script.passed("2020-03-22");
        script.out
    };
    assert_eq!(told(["KR/coal", "JP/coal"]), told(["JP/coal", "KR/coal"]));
    assert_eq!(code("KR"), series("KR/coal").jurisdiction);
}

#[test]
fn a_page_of_another_version_or_broken_is_refused_and_a_good_one_goes_on() {
    let mut script = Script::from("2020-03-01");
    script.weigh("2020-03-22", "KR/coal", FIRED);
    let [page] = script.sentinel.pages_due().try_into().expect("one regime, one page");
    assert!(script.sentinel.pages_due().is_empty(), "nothing was touched since");
    let read = |body: &[u8]| {
        let mut sentinel = Sentinel::new();
        sentinel.restore([body]).map(|()| sentinel)
    };
    assert_eq!(read(&page.body), Ok(script.sentinel));
    assert_eq!(read(&page.body[..page.body.len() - 1]), Err(BadPage::Broken));
    assert_eq!(read(&[]), Err(BadPage::Broken));
    let newer = [&[9], &page.body[1..]].concat();
    assert_eq!(read(&newer), Err(BadPage::Version { found: 9 }));
}
