//! Duties told overdue: what the digest of a week lists of them, watched or not, and who may close an alert about one.

use crate::{
    judged::{affects, code, day, instant, label, note, pack, seen},
    script::{Script, assessed, sunday},
};
use engine::page::Page;
use vocab::{
    act::{Deed, Outcome, Staleness},
    alert::Decision,
    name::{CaseName, EventTypeName, MeasureId},
    pack::{Pack, Severity},
    record::RecordId,
    tally::{Fact, Matter, Note},
    time::{Instant, Tick},
    watch::{About, Duty, DutyStanding, Obligation, Resolves, WatchRule, Watches},
};

fn event(name: &str) -> EventTypeName {
    EventTypeName::parse(name).unwrap()
}

/// A pack in which disposals are owed; somebody is told of those that are overdue and serve `arms`.
fn owing() -> Pack {
    let obligation = Obligation {
        name: label("disposal"),
        opened_by: vec![event("seizure.recorded")],
        met_by: vec![event("seizure.disposed")],
        of: affects(None, None),
        within_days: 7,
        grace_days: 0,
    };
    let watch = WatchRule {
        name: label("overdue"),
        watches: Watches::Overdue(label("disposal")),
        of: affects(None, Some("arms")),
        stratum: None,
        about: About::Jurisdiction,
        severity: Severity::Warning,
        action: label("ask"),
        resolves: Resolves::ByAct,
    };
    Pack { obligations: vec![obligation], watches: vec![watch], ..pack() }
}

/// A duty of a place that a record opened, in a case of its own, as it stands now.
fn told(record: u8, of: (&str, &[&str], &str), standing: DutyStanding, at: Tick) -> Fact {
    let (place, measures, last_day) = of;
    let duty = Duty {
        name: label("disposal"),
        case: CaseName::parse(&format!("case {record}")).unwrap(),
        opened: day(last_day).plus(-7),
        last_day: day(last_day),
        measures: measures.iter().map(|id| MeasureId::parse(id).unwrap()).collect(),
        stratum: None,
        standing,
    };
    Fact::Told(Note { jurisdiction: Some(code(place)), ..note(record, at, Matter::Duty(duty)) })
}

/// What the newest digest lists, if it knows of duties.
fn listed(script: &Script) -> Option<Vec<String>> {
    let mut digests = script.out.iter().filter_map(|decision| if let Decision::Digest(digest) = decision { Some(digest) } else { None });
    let rows = digests.next_back()?.overdue.as_ref()?;
    Some(rows.iter().map(|row| format!("{} {} {} {}", row.series, row.duty, row.overdue, row.oldest)).collect())
}

fn close(script: &mut Script, number: i32) {
    script.weigh_all(&[assessed(sunday(number), "KR/coal", Vec::new())]);
}

#[test]
fn a_digest_lists_what_is_overdue_until_it_is_met_or_undone() {
    let mut script = Script::under(owing(), "2020-03-01");
    let at = |text: &str| Tick::of(instant(text));
    let coal = ("KR", &["coal", "of no pack"][..], "2020-03-17");
    let both = ("KR", &["arms", "coal"][..], "2020-03-16");
    close(&mut script, 0);
    assert_eq!(listed(&script), Some(Vec::new()), "obligations without anything overdue are an empty list");
    let monday = at("2020-03-23T09:00:00Z");
    let jp = ("JP", &["fish"][..], "2020-03-20");
    let overdue = |record, of| told(record, of, DutyStanding::Overdue, monday);
    script.facts(monday, &[overdue(1, coal), overdue(2, both), overdue(3, jp)]);
    close(&mut script, 1);
    let all = [
        "JP/any disposal 1 2020-03-20",
        "JP/fish disposal 1 2020-03-20",
        "KR/any disposal 2 2020-03-16",
        "KR/arms disposal 1 2020-03-16",
        "KR/coal disposal 2 2020-03-16",
    ];
    assert_eq!(listed(&script).unwrap(), all, "watched or not, each once in `any`, and in no measure that no pack lists");
    // A restart keeps what is owed.
    let pages: Vec<Page> = script.sentinel.pages_due();
    script.sentinel.restore(pages.iter().map(|page| page.body.as_slice())).unwrap();
    let later = at("2020-03-30T09:00:00Z");
    let met = DutyStanding::MetLate(day("2020-03-29"), RecordId([9; 16]));
    let undone = DutyStanding::Undone(RecordId([3; 16]));
    script.facts(later, &[told(2, both, met, later), told(3, jp, undone, later)]);
    close(&mut script, 2);
    assert_eq!(listed(&script).unwrap(), ["KR/any disposal 1 2020-03-17", "KR/coal disposal 1 2020-03-17"]);
}

#[test]
fn without_obligations_nobody_knows_of_duties() {
    let mut script = Script::from("2020-03-01");
    close(&mut script, 0);
    assert_eq!(listed(&script), None);
}

#[test]
fn whoever_closes_a_watched_alert_must_have_seen_how_it_stands() {
    let mut script = Script::under(owing(), "2020-03-01");
    let at = Tick::of(instant("2020-03-23T09:00:00Z"));
    script.facts(at, &[told(2, ("KR", &["arms"], "2020-03-16"), DutyStanding::Overdue, at)]);
    let alert = script.transitions()[0].alert;
    let act = |n| seen("KR/coal", alert, n);
    let until: Instant = instant("2020-03-27T09:00:00Z");
    script.act("2020-03-23T10:00:00Z", 20, Deed::Acknowledge { seen: act(1), until });
    script.act("2020-03-23T11:00:00Z", 21, Deed::Close { seen: act(1) });
    script.act("2020-03-23T12:00:00Z", 22, Deed::Close { seen: act(2) });
    script.act("2020-03-23T13:00:00Z", 23, Deed::Close { seen: act(3) });
    let answers =
        script.out.iter().filter_map(|decision| if let Decision::Answer(answer) = decision { Some(answer.outcome) } else { None });
    let stale = |why| Outcome::Stale(why);
    assert_eq!(
        answers.collect::<Vec<_>>(),
        [Outcome::Applied, stale(Staleness::Moved { newest: 2 }), Outcome::Applied, stale(Staleness::Ended)]
    );
}
