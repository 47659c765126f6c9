//! The kind of a series as a truth table in words, and how it is renamed while its alert stands.

use crate::{
    judged::{listed, pack},
    script::{FIRED, Script, assessed, stream, sunday},
};
use engine::sentinel::kind::{Neighbours, Sighting};
use vocab::{
    alert::Grade,
    assessment::{
        Assessment, ConditionPhase, FiredBy, Hold, Interval, Mode, Modes, Onset, PoolShare, PooledEvidence, Stream, StreamAssessment, Turn,
    },
    pack::{Jurisdictions, Pack},
    time::Week,
};

/// The week in which everything here is looked at.
const NOW: Week = Week(2_600);

/// `effort! 9 x.7 @4`: a stream, firing or not, its evidence, its ratio, how many weeks ago it began.
fn read(text: &str) -> StreamAssessment {
    let mut words = text.split_whitespace();
    let name = words.next().unwrap();
    let which = Stream::ALL.into_iter().find(|stream| stream.as_str() == name.trim_end_matches('!')).unwrap();
    let mut read = stream(which, None);
    if name.ends_with('!') {
        read.phase = ConditionPhase::Firing;
    }
    for word in words {
        if let Some(ratio) = word.strip_prefix('x') {
            let estimate = ratio.parse().unwrap();
            read.size = Some(Interval { estimate, low: estimate, high: estimate });
        } else if let Some(weeks) = word.strip_prefix('@') {
            let week = Week(NOW.0 - weeks.parse::<i32>().unwrap());
            read.onset = Some(Onset { week, earliest: week, latest: week });
        } else {
            read.evidence_nats = Some(word.parse().unwrap());
            read.own_evidence_nats = read.evidence_nats;
        }
    }
    read
}

/// What a series is called, and against which kinds something speaks: `kind reason found/bound`.
fn told(streams: &str, (modes, neighbours): (Modes, Neighbours)) -> (String, Vec<String>) {
    let streams: Vec<StreamAssessment> = streams.split(',').map(read).collect();
    let sighting = Sighting { week: NOW, streams: &streams, modes, completeness: Some(0.9), silent: &[], neighbours, threshold_nats: 6.0 };
    let Some(label) = sighting.label() else { return ("-".to_owned(), Vec::new()) };
    let number = |number: Option<f64>| number.map_or_else(|| "-".to_owned(), |number| format!("{number:.2}"));
    let line =
        |out: &vocab::alert::RuledOut| format!("{} {} {}/{}", out.kind.as_str(), out.reason.as_str(), number(out.found), number(out.bound));
    (format!("{} by {}", label.kind.as_str(), label.stream.as_str()), sighting.ruled_out(label.kind).iter().map(line).collect())
}

#[test]
fn the_kind_of_every_mix_of_streams_and_what_spoke_against_the_others() {
    let quiet = "yield 1.5, timeliness 0.4 x1.1 @3, exposure_down -1, exposure_up 0.2 x1.0 @9";
    let risen = "exposure_up 1.6 x1.3 @4";
    let next = |nats| (Modes::default(), Neighbours::Largest(nats));
    let alone = (Modes::default(), Neighbours::Undeclared);
    let unadjusted = {
        let mut modes = Modes::default();
        modes.raise(Mode::Unadjusted);
        (modes, Neighbours::Largest(Some(9.0)))
    };
    let table = [
        // No condition fires: nothing is called anything, however heavy the evidence.
        ("effort 9 x.5 @4, yield 9".to_owned(), next(None), "-", ""),
        // A plain fall of effort, and the numbers that decided.
        (
            format!("effort! 9 x.7 @4, {quiet}"),
            next(Some(0.3)),
            "effort by effort",
            "yield little_evidence 1.50/6.00; timeliness little_evidence 0.40/3.00; displacement little_evidence 0.20/1.50; deterrence slippage_fires 9.00/-; reporting reports_arrive 0.90/-",
        ),
        // Of two that fire the heavier leads; the first of equal ones.
        (
            "effort! 7 x.7 @4, yield! 8 x.6 @4".to_owned(),
            alone,
            "yield by yield",
            "effort less_evidence 7.00/8.00; timeliness little_evidence -/6.00; displacement less_evidence 7.00/8.00; deterrence slippage_fires 8.00/-; reporting reports_arrive 0.90/-",
        ),
        ("effort! 8 x.7 @4, yield! 8 x.6 @4".to_owned(), alone, "effort by effort", ""),
        ("effort 2 x.9 @4, timeliness! 7 x2 @40".to_owned(), alone, "timeliness by timeliness", ""),
        // Late reports explain effort: the condition fires and began with it, however long ago.
        ("effort! 9 x.7 @30, timeliness! 7 x1.2 @28".to_owned(), alone, "timeliness by effort", ""),
        ("effort! 9 x.7 @30, timeliness! 7 x1.2 @27".to_owned(), alone, "effort by effort", "timeliness other_onset 3.00/2.00"),
        // Or both are young, with evidence above 3 and a ratio above 1.25.
        ("effort! 9 x.7 @6, timeliness 3.1 x1.3 @8".to_owned(), alone, "timeliness by effort", ""),
        ("effort! 9 x.7 @7, timeliness 3.1 x1.3 @8".to_owned(), alone, "effort by effort", "timeliness too_old 7.00/6.00"),
        ("effort! 9 x.7 @6, timeliness 3.0 x1.3 @8".to_owned(), alone, "effort by effort", "timeliness little_evidence 3.00/3.00"),
        ("effort! 9 x.7 @6, timeliness 3.1 x1.25 @8".to_owned(), alone, "effort by effort", "timeliness near_one 1.25/1.25"),
        ("effort! 9 x.7 @6, timeliness 3.1 x1.3 @9".to_owned(), alone, "effort by effort", "timeliness other_onset 3.00/2.00"),
        // Displacement: exposure rose here, fell next door, and the number of inspections held.
        (
            format!("effort! 9 x.7 @4, {risen}"),
            next(Some(1.1)),
            "displacement by effort",
            "yield little_evidence -/6.00; timeliness little_evidence -/3.00",
        ),
        (format!("effort! 9 x.7 @4, {risen}"), next(Some(1.0)), "effort by effort", "displacement neighbours_hold 1.00/1.00"),
        (format!("effort! 9 x.7 @4, {risen}"), next(None), "effort by effort", "displacement neighbours_hold -/1.00"),
        (format!("effort! 9 x.7 @4, {risen}"), alone, "effort by effort", "displacement no_neighbour -/-"),
        (format!("effort! 9 x.6 @4, {risen}"), next(Some(9.0)), "effort by effort", "displacement unbalanced 0.78/0.80"),
        ("effort! 9 x.7 @4, exposure_up 1.6 x1.15 @4".to_owned(), next(Some(9.0)), "effort by effort", "displacement near_one 1.15/1.15"),
        (
            "effort! 9 x.7 @4, exposure_up 1.5 x1.3 @4".to_owned(),
            next(Some(9.0)),
            "effort by effort",
            "displacement little_evidence 1.50/1.50",
        ),
        // Without exposure neither displacement nor deterrence can be told.
        (format!("effort! 9 x.7 @4, {risen}"), unadjusted, "effort by effort", "displacement unadjusted -/-; deterrence unadjusted -/-"),
        // Late reports come before displacement.
        (format!("effort! 9 x.7 @4, timeliness 4 x1.4 @4, {risen}"), next(Some(9.0)), "timeliness by effort", ""),
        (format!("effort! 7 x.7 @4, yield! 8 x.6 @4, {risen}"), next(Some(9.0)), "yield by yield", ""),
    ];
    for (streams, around, kind, against) in table {
        let (found, ruled_out) = told(&streams, around);
        assert_eq!(found, kind, "{streams}");
        for against in against.split("; ").filter(|against| !against.is_empty()) {
            assert!(ruled_out.iter().any(|out| out == against), "{streams}: {against} is not among {ruled_out:?}");
        }
    }
}

fn effort(nats: f64, turn: Option<Turn>) -> StreamAssessment {
    let mut effort = read("effort! 9 x.7 @4");
    (effort.evidence_nats, effort.own_evidence_nats, effort.turn) = (Some(nats), Some(nats), turn);
    effort
}

#[test]
fn another_kind_for_two_unheld_weeks_running_renames_the_alert_and_pages_nobody() {
    let mut script = Script::from("2020-03-01");
    let yields = |nats| StreamAssessment { evidence_nats: Some(nats), phase: ConditionPhase::Firing, ..stream(Stream::Yield, Some(nats)) };
    let week = |number, of_effort, of_yield| assessed(sunday(number), "KR/coal", vec![effort(of_effort, None), yields(of_yield)]);
    let fired = assessed(sunday(0), "KR/coal", vec![effort(9.0, FIRED), stream(Stream::Yield, Some(3.0))]);
    let mut held = week(3, 0.0, 9.0);
    held.held = Some(Hold::Silence);
    held.silent = vec![vocab::series::Count::Exposure];
    // Once is not enough; a held week neither counts nor interrupts; back again takes two weeks as well.
    for assessment in [
        fired,
        week(1, 9.0, 12.0),
        week(2, 12.0, 9.0),
        held,
        week(4, 9.0, 12.0),
        week(5, 9.0, 13.0),
        week(6, 15.0, 13.0),
        week(7, 16.0, 13.0),
    ] {
        script.weigh_all(&[assessment]);
    }
    script.check(
        "2020-03-22T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-04-12T23:59:59.750Z KR/any reporting-silence-exposure 1 noted -> firing
         2020-04-19T23:59:59.750Z KR/any reporting-silence-exposure 2 ended -> resolved
         2020-04-26T23:59:59.750Z KR/coal 2 reclassified from effort to yield -> firing
         2020-05-10T23:59:59.750Z KR/coal 3 reclassified from yield to effort -> firing",
    );
    let moved = script.transitions().into_iter().find(|moved| moved.n == 2 && moved.series.to_string() == "KR/coal").unwrap();
    assert!(!moved.change.pages() && moved.evidence.stream == Some(Stream::Yield));
    let nats: Vec<Option<f64>> = moved.evidence.streams.iter().map(|stream| stream.evidence_nats).collect();
    assert_eq!(nats, [Some(9.0), Some(13.0)], "the evidence of both kinds goes with it");
}

#[test]
fn displacement_is_told_where_jurisdictions_meet() {
    let Jurisdictions::Listed(mut both) = listed(&["JP", "KR"]) else { panic!("listed") };
    both[1].neighbours = vec![crate::judged::code("JP")];
    let told = |neighbour: &str, nats| {
        let mut script = Script::under(Pack { jurisdictions: Jurisdictions::Listed(both.clone()), ..pack() }, "2020-03-01");
        let here = assessed(sunday(0), "KR/coal", vec![effort(9.0, FIRED), read("exposure_up 2 x1.4 @4")]);
        let there = assessed(sunday(0), neighbour, vec![stream(Stream::ExposureDown, Some(nats))]);
        script.weigh_all(&[here, there]);
        script.transitions()[0].kind.as_str()
    };
    assert_eq!(
        [told("JP/coal", 1.5), told("JP/coal", 0.5), told("JP/fish", 1.5), told("US/coal", 1.5)],
        ["displacement", "effort", "effort", "effort"]
    );
}

#[test]
fn a_member_of_a_pool_is_suspected_until_its_own_evidence_bears_it_out() {
    let week = |number, own: f64, share: Option<f64>| -> Assessment {
        let mut stream = effort(9.0, if number == 0 { Some(Turn::Fired(FiredBy::Pool)) } else { None });
        stream.own_evidence_nats = Some(own);
        let mut assessment = assessed(sunday(number), "KR/coal", vec![stream]);
        let measure = assessment.series[0].measure.clone();
        let members = share.map(|nats| PoolShare { measure, unit: vocab::quantity::Unit::Count, ratio: 0.6, nats });
        let pooled =
            PooledEvidence { stream: Stream::Effort, evidence_nats: 10.0, onset: None, ratio: 0.6, sharing: 1.0, members: Vec::new() };
        assessment.pooled = vec![PooledEvidence { members: members.into_iter().collect(), ..pooled }];
        assessment
    };
    // By its share in the pool, by its own weight, or not yet. What is confirmed once stays so.
    let graded = |weeks: &[(f64, Option<f64>)]| {
        let mut script = Script::from("2020-03-01");
        for (number, (own, share)) in weeks.iter().enumerate() {
            script.weigh_all(&[week(i32::try_from(number).unwrap(), *own, *share)]);
        }
        let mut end = week(9, 0.0, None);
        (end.series[0].streams[0].turn, end.series[0].streams[0].phase) = (Some(Turn::Faded), ConditionPhase::Quiet);
        script.weigh_all(&[end]);
        let grades: Vec<Grade> = script.transitions().iter().map(|moved| moved.evidence.grade).collect();
        grades
    };
    let (confirmed, suspected) = (Grade::Confirmed, Grade::Suspected);
    assert_eq!(graded(&[(2.0, Some(1.5))]), [suspected, suspected]);
    assert_eq!(graded(&[(2.0, Some(1.6))]), [confirmed, confirmed]);
    assert_eq!(graded(&[(2.0, None), (6.1, None), (2.0, None)]), [suspected, confirmed]);
}
