//! Intake told by scripted clocks: stamps and marks that never fall, and what is turned away.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so")]

use engine::intake::{ACTIONS, Intake, Pace};
use std::sync::Arc;
use vocab::{
    act::{Act, Deed},
    event::{Body, Event, Inspection, InspectionResult, Operation, Selector, UnrecognisedBody},
    identifier::Checked,
    name::{ActorId, EventTypeName, Label, RegimeId, SourceId, SourceRecordId},
    record::{BadValue, Flag, Refusal},
    time::{Day, Instant, Occurred, TICKS_PER_DAY, Tick},
};

const HOUR: i64 = TICKS_PER_DAY / 24;
/// 2019-03-04T12:00:00Z.
const NOON: Tick = Tick(17_959 * TICKS_PER_DAY + 12 * HOUR);

fn event(occurred: Occurred) -> Event {
    Event {
        regime: RegimeId::parse("dprk").unwrap(),
        source: SourceId::parse("feed").unwrap(),
        source_record_id: SourceRecordId::parse("A1").unwrap(),
        revision: 1,
        operation: Operation::Assert,
        occurred,
        reported: None,
        count: 1,
        jurisdiction: None,
        measures: Vec::new(),
        stratum: None,
        body: Body::InspectionPerformed(Inspection::default()),
        context: None,
    }
}

fn plain() -> Event {
    event(Occurred::on(NOON.day()))
}

fn outage() -> Event {
    let deed = Deed::DeclareOutage { affects: Selector::default(), from: Day(0), until: Day(1) };
    let act = Act { who: ActorId::parse("ann").unwrap(), why: Label::parse("a strike").unwrap(), deed };
    Event { body: Body::Act(act), ..plain() }
}

fn later(ticks: i64) -> Tick {
    Tick(NOON.0 + ticks)
}

#[test]
fn known_is_the_clock_and_rises_past_every_mark() {
    let mut intake = Intake::resume(Pace::Live, []);
    assert_eq!(intake.admit(plain(), 1, NOON).unwrap().known, NOON);
    assert_eq!(intake.mark(1, NOON), Some(NOON));
    assert_eq!(intake.admit(plain(), 1, NOON).unwrap().known, later(1), "the tick is promised: what comes now belongs to the next");
    assert_eq!(intake.mark(1, later(5)), Some(later(5)), "ticks may be skipped");
    assert_eq!(intake.admit(plain(), 2, NOON).unwrap().known, NOON, "another origin made no promise");
}

#[test]
fn a_clock_set_back_one_hour_costs_nothing() {
    let mut intake = Intake::resume(Pace::Live, [(1, NOON)]);
    let (mut marks, mut last) = (Vec::new(), NOON);
    for n in 0..3 * HOUR {
        let clock = later(n - HOUR);
        let known = intake.admit(plain(), 1, clock).unwrap().known;
        assert!(known > last && known >= clock);
        if let Some(mark) = intake.mark(1, clock) {
            assert!(mark > last && mark >= clock, "marks rise strictly");
            (last, _) = (mark, marks.push(mark));
        }
    }
    // Ahead of its clock it advances one tick in two: after two hours the clock has caught up, and marks keep its pace again.
    assert_eq!(last, later(2 * HOUR - 1));
    let ahead = marks.iter().filter(|mark| mark.0 <= NOON.0 + HOUR).count();
    assert!((HOUR - 2..=HOUR + 1).contains(&i64::try_from(ahead).unwrap()), "{ahead}");
}

#[test]
fn a_restart_takes_over_after_the_last_mark() {
    let mut before = Intake::resume(Pace::Live, []);
    let mark = before.mark(1, NOON).unwrap();
    let mut after = Intake::resume(Pace::Live, [(1, mark)]);
    assert_eq!(after.admit(plain(), 1, later(-4)).unwrap().known, later(1));
    assert_eq!(after.mark(1, later(-4)), None, "one tick in two");
    assert_eq!(after.mark(1, later(-2)), Some(later(1)));
}

#[test]
fn an_origin_that_ends_promises_all_it_has_stamped() {
    let mut before = Intake::resume(Pace::Live, [(1, NOON)]);
    assert_eq!(before.finish(1, NOON), None, "nothing came, and the tick of the clock is promised already");
    let known = before.admit(plain(), 1, NOON).unwrap().known;
    assert_eq!((known, before.mark(1, NOON)), (later(1), None), "ahead of its clock it would have to wait");
    assert_eq!(before.finish(1, NOON), Some(known));
    let mut after = Intake::resume(Pace::Live, [(1, known)]);
    assert_eq!(after.admit(plain(), 1, NOON).unwrap().known, later(2), "whoever goes on in the same tick stamps behind it");
    assert_eq!(after.finish(1, later(7)), Some(later(7)), "the clock has passed it");
    assert_eq!(after.finish(1, later(7)), None, "marks rise strictly");
    assert_eq!(after.finish(2, NOON), Some(NOON), "an origin without records promises the tick of its clock");
}

#[test]
fn an_older_line_of_history_takes_the_open_day_and_is_counted() {
    let day = NOON.day();
    let mut intake = Intake::resume(Pace::History, []);
    assert_eq!(intake.admit(event(Occurred::on(day)), 1, day.last_tick()).unwrap().known, day.last_tick());
    assert_eq!(intake.mark(1, day.last_tick()), Some(day.last_tick()));
    assert_eq!(intake.mark(1, day.last_tick()), None, "marks rise strictly");
    let next = day.plus(3).last_tick();
    assert_eq!(intake.admit(event(Occurred::on(day)), 1, next).unwrap().flags.bits(), 0);
    let old = intake.admit(event(Occurred::on(day)), 1, day.plus(-7).last_tick()).unwrap();
    assert_eq!((old.known, old.flags.has(Flag::OutOfWindow)), (next, true));
    assert_eq!((intake.out_of_window(), intake.open(1)), (1, Some(next)));
    // With no day open the next one takes it, whole.
    intake.mark(1, next);
    let old = intake.admit(event(Occurred::on(day)), 1, day.last_tick()).unwrap();
    assert_eq!((old.known, intake.open(1)), (day.plus(4).last_tick(), Some(day.plus(4).last_tick())));
}

#[test]
fn the_future_is_refused_beyond_a_day_and_flagged_within() {
    let known = NOON.start().0;
    let at = |ms: i64| event(Occurred::at(Instant(ms), Instant(ms).day()));
    let on = |days: i32| event(Occurred::on(NOON.day().plus(days)));
    let hour = 3_600_000;
    let mut intake = Intake::resume(Pace::Live, []);
    let mut skewed = |event| intake.admit(event, 1, NOON).map(|admitted| admitted.flags.has(Flag::Skewed));
    assert_eq!(skewed(at(known)), Ok(false));
    assert_eq!(skewed(at(known + 1)), Ok(true));
    assert_eq!(skewed(at(known + 24 * hour)), Ok(true));
    assert_eq!(skewed(at(known + 25 * hour)), Err(Refusal::FromTheFuture { ahead_hours: 25 }));
    // Noon UTC is the next civil day in the far east already.
    assert_eq!(skewed(on(0)), Ok(false));
    assert_eq!(skewed(on(1)), Ok(false));
    assert_eq!(skewed(on(2)), Err(Refusal::FromTheFuture { ahead_hours: 36 }));
    assert_eq!(skewed(on(365)), Err(Refusal::FromTheFuture { ahead_hours: 365 * 24 - 12 }));
}

#[test]
fn acts_and_events_have_inputs_of_their_own() {
    let mut intake = Intake::resume(Pace::Live, []);
    assert_eq!(intake.admit(outage(), ACTIONS, NOON).unwrap().origin, ACTIONS);
    let wrong = |name| Err(Refusal::WrongInput { type_name: Label::parse(name).unwrap() });
    assert_eq!(intake.admit(outage(), 1, NOON), wrong("outage.declared"));
    assert_eq!(intake.admit(plain(), ACTIONS, NOON), wrong("inspection.performed"));
}

#[test]
fn a_count_of_zero_is_refused() {
    let mut intake = Intake::resume(Pace::Live, []);
    let refusal = Refusal::BadField { field: Label::parse("count").unwrap(), problem: BadValue::Zero };
    assert_eq!(intake.admit(Event { count: 0, ..plain() }, 1, NOON), Err(refusal));
    assert_eq!(intake.open(1), None, "a refusal moves nothing");
}

#[test]
fn what_is_odd_is_kept_and_flagged() {
    let inspection = |inspection| Event { body: Body::InspectionPerformed(inspection), ..plain() };
    let novel = UnrecognisedBody { type_name: EventTypeName::parse("drone.flown").unwrap(), bytes: Arc::from([]) };
    let rows = [
        (plain(), None),
        (
            inspection(Inspection { ship: Some(Checked::<vocab::identifier::ImoNumber>::of("9074730")), ..Inspection::default() }),
            Some(Flag::InvalidShip),
        ),
        (
            inspection(Inspection {
                container: Some(Checked::<vocab::identifier::ContainerNumber>::of("nonsense")),
                ..Inspection::default()
            }),
            Some(Flag::InvalidContainer),
        ),
        (
            inspection(Inspection { result: Some(InspectionResult::Unrecognised(77)), ..Inspection::default() }),
            Some(Flag::UnrecognisedValue),
        ),
        (Event { body: Body::Unrecognised(novel), ..plain() }, Some(Flag::UnrecognisedType)),
    ];
    let mut intake = Intake::resume(Pace::Live, []);
    for (event, want) in rows {
        let flags = intake.admit(event.clone(), 1, NOON).unwrap().flags;
        for (flag, word) in Flag::ALL {
            assert_eq!(flags.has(flag), want == Some(flag), "{word} of {event:?}");
        }
    }
}
