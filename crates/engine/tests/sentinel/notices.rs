//! Notices and digests: what is noted and never pages, how it ends, and what stands out when all series are looked at together.

use crate::{
    judged::{instant, regime, seen, series},
    script::{FIRED, Script, assessed, stream, sunday},
};
use engine::identity;
use vocab::{
    act::Deed,
    alert::{Decision, Digest, Rule},
    assessment::{Assessment, ConditionPhase, FiredBy, Hold, Stream, StreamAssessment, Turn},
    pack::Severity,
    series::Count,
};

fn silent(number: i32, counts: &[Count]) -> Assessment {
    Assessment { silent: counts.to_vec(), held: Some(Hold::Silence), ..assessed(sunday(number), "KR/coal", Vec::new()) }
}

#[test]
fn a_silence_is_one_notice_for_each_count_and_stands_beyond_the_hold() {
    let mut script = Script::from("2020-03-01");
    script.weigh_all(&[silent(0, &[Count::Inspections, Count::Exposure])]);
    script.weigh_all(&[silent(1, &[Count::Inspections])]);
    // The hold has lapsed: what stopped is slippage now, and the notice stands beside the alert.
    let fired = StreamAssessment { phase: ConditionPhase::Firing, turn: FIRED, ..stream(Stream::Effort, Some(9.0)) };
    script.weigh_all(&[Assessment { silent: vec![Count::Inspections], ..assessed(sunday(9), "KR/coal", vec![fired]) }]);
    script.weigh_all(&[silent(10, &[])]);
    script.check(
        "2020-03-22T23:59:59.750Z KR/any reporting-silence-inspections 1 noted -> firing
         2020-03-22T23:59:59.750Z KR/any reporting-silence-exposure 1 noted -> firing
         2020-03-29T23:59:59.750Z KR/any reporting-silence-exposure 2 ended -> resolved
         2020-05-24T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-05-31T23:59:59.750Z KR/any reporting-silence-inspections 2 ended -> resolved",
    );
    for moved in script.transitions().into_iter().filter(|moved| moved.rule != Rule::Slippage) {
        assert!(!moved.change.pages() && moved.severity == Severity::Notice && moved.kind.as_str() == "reporting", "{moved:?}");
    }
    let alert = script.transitions()[3];
    assert!(alert.evidence.ruled_out.iter().all(|out| out.kind.as_str() != "reporting"), "a silence is not ruled out");
}

#[test]
fn a_notice_closed_by_hand_is_not_noted_again_until_the_silence_has_ended_once() {
    let mut script = Script::from("2020-03-01");
    let noted = identity::alert(identity::claim(&regime(), Rule::ReportingSilence(Count::Inspections), &series("KR/any")), sunday(0));
    let any = |transition| seen("KR/any", noted, transition);
    script.weigh_all(&[silent(0, &[Count::Inspections])]);
    script.act("2020-03-23T09:00:00Z", 1, Deed::Acknowledge { seen: any(1), until: instant("2020-03-24T09:00:00Z") });
    script.act("2020-03-25T09:00:00Z", 2, Deed::Close { seen: any(3) });
    script.weigh_all(&[silent(1, &[Count::Inspections])]);
    script.weigh_all(&[silent(2, &[])]);
    script.weigh_all(&[silent(3, &[Count::Inspections])]);
    script.weigh_all(&[silent(4, &[])]);
    script.weigh_all(&[silent(20, &[Count::Inspections])]);
    script.check(
        "2020-03-22T23:59:59.750Z KR/any reporting-silence-inspections 1 noted -> firing
         2020-03-23T09:00:00Z KR/any reporting-silence-inspections 2 acknowledged until 2020-03-24T09:00:00Z -> acknowledged
         2020-03-23T09:00:00Z act 1 Applied
         2020-03-24T09:00:00Z KR/any reporting-silence-inspections 3 acknowledgement_expired -> firing
         2020-03-25T09:00:00Z KR/any reporting-silence-inspections 4 closed -> resolved
         2020-03-25T09:00:00Z act 2 Applied
         2020-04-12T23:59:59.750Z KR/any reporting-silence-inspections 5 noted -> firing
         2020-04-19T23:59:59.750Z KR/any reporting-silence-inspections 6 ended -> resolved
         2020-08-09T23:59:59.750Z KR/any reporting-silence-inspections 1 noted -> firing",
    );
    assert_eq!(script.transitions().last().unwrap().previous, Some(noted), "later than the weeks of merging it is a new notice");
}

/// A week of fallen exposure: its evidence, held or not, with a condition of effort that fires or stands or not.
fn fallen(number: i32, nats: Option<f64>, effort: Option<Turn>) -> Assessment {
    let phase = if effort.is_some() { ConditionPhase::Firing } else { ConditionPhase::Quiet };
    let effort = StreamAssessment { phase, turn: effort, ..stream(Stream::Effort, Some(7.0)) };
    let exposure = nats.map(|nats| stream(Stream::ExposureDown, Some(nats)));
    assessed(sunday(number), "KR/coal", std::iter::once(effort).chain(exposure).collect())
}

#[test]
fn fallen_exposure_is_noted_and_fades_after_four_unheld_weeks_of_little_evidence() {
    let mut script = Script::from("2020-03-01");
    // Noted above 5. Little is below 2.5, or none at all; 2.5 is not little, and begins the count anew.
    let weeks = [Some(5.0), Some(5.1), Some(2.4), Some(2.4), Some(2.4), Some(2.5), Some(2.4), Some(2.4), None];
    for (number, nats) in (0..).zip(weeks) {
        script.weigh_all(&[fallen(number, nats, None)]);
    }
    script.weigh_all(&[Assessment { held: Some(Hold::Backlog), ..fallen(9, Some(0.0), None) }]);
    script.check("2020-03-29T23:59:59.750Z KR/coal deterrence 1 noted -> firing");
    // The held week counted for nothing; the fourth one ends it.
    script.weigh_all(&[fallen(10, Some(2.4), None)]);
    script.check(
        "2020-03-29T23:59:59.750Z KR/coal deterrence 1 noted -> firing
         2020-05-31T23:59:59.750Z KR/coal deterrence 2 ended -> resolved",
    );
    let noted = script.transitions()[0];
    assert_eq!((noted.evidence.stream, noted.severity, noted.kind.as_str()), (Some(Stream::ExposureDown), Severity::Notice, "deterrence"));
    assert!(!noted.evidence.ruled_out.is_empty());
}

#[test]
fn slippage_ends_the_notice_of_deterrence_and_keeps_it_from_being_noted() {
    let mut script = Script::from("2020-03-01");
    script.weigh_all(&[fallen(0, Some(6.0), None)]);
    script.weigh_all(&[fallen(1, Some(6.0), FIRED)]);
    script.weigh_all(&[fallen(2, Some(9.0), Some(Turn::Escalated(FiredBy::Evidence)))]);
    script.check(
        "2020-03-22T23:59:59.750Z KR/coal deterrence 1 noted -> firing
         2020-03-29T23:59:59.750Z KR/coal 1 fired by evidence -> firing
         2020-03-29T23:59:59.750Z KR/coal deterrence 2 ended -> resolved
         2020-04-05T23:59:59.750Z KR/coal 2 escalated by evidence -> firing",
    );
}

#[test]
fn no_exposure_is_no_fallen_exposure_while_it_is_silent() {
    let mut script = Script::from("2020-03-01");
    // The hold of a silence has lapsed: weeks without exposure look like a fall.
    script.weigh_all(&[Assessment { silent: vec![Count::Exposure], ..fallen(0, Some(20.0), None) }]);
    script.weigh_all(&[fallen(1, Some(20.0), None)]);
    script.check(
        "2020-03-22T23:59:59.750Z KR/any reporting-silence-exposure 1 noted -> firing
         2020-03-29T23:59:59.750Z KR/any reporting-silence-exposure 2 ended -> resolved
         2020-03-29T23:59:59.750Z KR/coal deterrence 1 noted -> firing",
    );
}

fn digests(script: &Script) -> Vec<&Digest> {
    script.out.iter().filter_map(|decision| if let Decision::Digest(digest) = decision { Some(digest) } else { None }).collect()
}

#[test]
fn the_digest_lists_what_stands_out_among_all_that_was_compared() {
    let mut script = Script::from("2020-03-01");
    let place = |of: &str, effort: Option<f64>, yields: f64| {
        let up = stream(Stream::ExposureUp, Some(50.0));
        assessed(sunday(0), of, vec![stream(Stream::Effort, effort), stream(Stream::Yield, Some(yields)), up])
    };
    // Eight streams compared at alpha .1: one needs ln 80 = 4.38, two need ln 40 = 3.69 each, three ln 26.7 = 3.28. But ln 52 = 3.95
    // is what a stream weighs that has seen nothing, and one nat more is asked.
    let mut held = place("CN/coal", Some(30.0), 30.0);
    held.held = Some(Hold::Silence);
    script.weigh_all(&[
        place("KR/coal", Some(5.1), 1.0),
        place("JP/coal", None, 5.1),
        place("AU/coal", Some(4.9), -2.0),
        place("US/coal", Some(0.0), 0.0),
        held,
    ]);
    let [digest] = digests(&script)[..] else { panic!("one digest") };
    let rows: Vec<String> = digest.rows.iter().map(|row| format!("{} {} {}", row.series, row.stream.as_str(), row.evidence_nats)).collect();
    assert_eq!((digest.compared, digest.alpha, rows.join(", ")), (8, 0.1, "JP/coal yield 5.1, KR/coal effort 5.1".to_owned()));
    script.passed("2020-03-22");
    assert_eq!(script.seals().last().unwrap().decisions, 5 + 1, "the seal covers the assessments and the digest");
}

#[test]
fn a_week_in_which_nothing_could_be_compared_has_no_digest() {
    let mut script = Script::from("2020-03-01");
    script.weigh_all(&[silent(0, &[])]);
    assert!(digests(&script).is_empty());
}
